# What several test programs are made with, and the linker's options that go with it.
unit = tests/kit/unit.h
values = tests/kit/values.c tests/kit/values.h

# Allocations that fail: tests/kit/fake_malloc.h.
fake_malloc = tests/kit/fake_malloc.c tests/kit/fake_malloc.h
fake_malloc_link = $(AM_LDFLAGS) \
	-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup,--wrap=strndup

# A clock that the test moves: tests/kit/fake_clock.h.
fake_clock = tests/kit/fake_clock.c tests/kit/fake_clock.h
fake_clock_link = $(AM_LDFLAGS) -Wl,--wrap=clock_mono_ms

conf_kit = tests/kit/conf_kit.c tests/kit/conf_kit.h
import_kit = tests/kit/import_kit.c tests/kit/import_kit.h $(conf_kit)
dns_kit = tests/kit/dns_kit.c tests/kit/dns_kit.h $(values)
fake_calls = tests/kit/fake_calls.c tests/kit/fake_calls.h
fake_aws = tests/kit/fake_aws.c tests/kit/fake_aws.h
keys_kit = tests/kit/keys_kit.c tests/kit/keys_kit.h $(fake_aws) $(fake_malloc)
fake_dynamodb = tests/kit/fake_dynamodb.c tests/kit/fake_dynamodb.h tests/kit/json_text.h \
	$(fake_clock) $(values)
http_fixture = tests/kit/http_fixture.c tests/kit/http_fixture.h
real_route53 = tests/kit/real_route53.c tests/kit/real_route53.h
store_kit = tests/kit/store_kit.c tests/kit/store_kit.h $(values)
sqlite_kit = tests/kit/sqlite_kit.c tests/kit/sqlite_kit.h $(store_kit)

# With MOORING_VECTORS set, AWS's own suites are run too: tests/kit/aws_vectors.h.
aws_vectors = tests/kit/aws_vectors.c tests/kit/aws_vectors.h

# The engine's tests turn a clock of their own: tests/kit/engine_kit.h. engine_clock is that alone, for
# tests of one file, which put fakes in the place of what is below it.
engine_clock = tests/kit/engine_clock.c tests/kit/engine_kit.h $(fake_clock) $(values)
engine_kit = $(engine_clock) tests/kit/engine_kit.c \
	tests/kit/fake_dns.c tests/kit/fake_dns.h tests/kit/fault_store.c tests/kit/fault_store.h
engine_world = $(engine_kit) tests/kit/engine_world.c tests/kit/engine_world.h
notify_kit = tests/kit/notify_kit.c tests/kit/notify_kit.h $(engine_clock)
engine_link = $(fake_clock_link) -Wl,--wrap=clock_wall_s,--wrap=clock_wall_ms,--wrap=rand_below \
	-Wl,--wrap=uv_timer_start,--wrap=uv_timer_stop,--wrap=uv_is_active,--wrap=uv_close \
	-Wl,--wrap=uv_async_send,--wrap=uv_queue_work,--wrap=password_check_slow
