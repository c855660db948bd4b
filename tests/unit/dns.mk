check_PROGRAMS += tests/unit/t_dns_route53
tests_unit_t_dns_route53_SOURCES = tests/unit/t_dns_route53.c tests/unit/oom.c tests/unit/oom.h \
	tests/unit/unit.h
tests_unit_t_dns_route53_LDFLAGS = $(oom_link) -Wl,--wrap=clock_mono_ms

# Needs an emulator: built by `make emulator-programs`, started by tests/system.
EXTRA_PROGRAMS += tests/unit/emu_dns_route53
tests_unit_emu_dns_route53_SOURCES = tests/unit/emu_dns_route53.c tests/unit/route53_list.c \
	tests/unit/route53_list.h tests/unit/dns_suite.c tests/unit/dns_suite.h tests/unit/unit.h

DNS_KIT = tests/unit/dns_kit.c tests/unit/dns_kit.h tests/unit/unit.h
check_PROGRAMS += \
	tests/unit/t_dns_answer \
	tests/unit/t_dns_builtin \
	tests/unit/t_dns_reply \
	tests/unit/t_dns_rrl \
	tests/unit/t_dns_server \
	tests/unit/t_dns_zone
tests_unit_t_dns_answer_SOURCES = tests/unit/t_dns_answer.c $(DNS_KIT)
tests_unit_t_dns_builtin_SOURCES = tests/unit/t_dns_builtin.c $(DNS_KIT) \
	tests/unit/dns_suite.c tests/unit/dns_suite.h
tests_unit_t_dns_reply_SOURCES = tests/unit/t_dns_reply.c $(DNS_KIT)
tests_unit_t_dns_rrl_SOURCES = tests/unit/t_dns_rrl.c tests/unit/unit.h
tests_unit_t_dns_server_SOURCES = tests/unit/t_dns_server.c $(DNS_KIT)
tests_unit_t_dns_zone_SOURCES = tests/unit/t_dns_zone.c $(DNS_KIT) \
	tests/unit/oom.c tests/unit/oom.h
tests_unit_t_dns_zone_LDFLAGS = $(oom_link)
check_PROGRAMS += tests/unit/t_dns_route53_retries
tests_unit_t_dns_route53_retries_SOURCES = tests/unit/t_dns_route53_retries.c \
	tests/unit/aws_kit.c tests/unit/aws_kit.h tests/unit/unit.h
tests_unit_t_dns_route53_retries_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=clock_mono_ms
check_PROGRAMS += tests/unit/t_pace
tests_unit_t_pace_SOURCES = tests/unit/t_pace.c tests/unit/unit.h
check_PROGRAMS += tests/unit/t_propagation
tests_unit_t_propagation_SOURCES = tests/unit/t_propagation.c tests/unit/unit.h
tests_unit_t_propagation_LDFLAGS = -Wl,--wrap=clock_mono_ms
