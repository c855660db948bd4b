# Harnesses for a fuzzer (tests/fuzz/README.md). Each is a test, too: a program that runs its corpus. With
# --enable-fuzzing it is a fuzzer's own program instead, and mooringd has --fuzz-one.
fuzz_programs = \
	tests/fuzz/addr \
	tests/fuzz/basic \
	tests/fuzz/conf \
	tests/fuzz/dns_query \
	tests/fuzz/dns_reply \
	tests/fuzz/envfile \
	tests/fuzz/event \
	tests/fuzz/form \
	tests/fuzz/forwarded \
	tests/fuzz/hello \
	tests/fuzz/host \
	tests/fuzz/import \
	tests/fuzz/json \
	tests/fuzz/multipart \
	tests/fuzz/notify \
	tests/fuzz/pepper \
	tests/fuzz/proxy \
	tests/fuzz/query \
	tests/fuzz/request \
	tests/fuzz/resolver \
	tests/fuzz/screen \
	tests/fuzz/status \
	tests/fuzz/stored \
	tests/fuzz/target
if WITH_AWS
fuzz_programs += \
	tests/fuzz/command \
	tests/fuzz/dynamodb \
	tests/fuzz/head \
	tests/fuzz/keys \
	tests/fuzz/metadata \
	tests/fuzz/profile \
	tests/fuzz/xml
endif
if FUZZING
EXTRA_PROGRAMS += $(fuzz_programs)
fuzz = tests/fuzz/fuzz.h
fuzz_libs = libmooring.a $(DEPS_LIBS) $(LIB_FUZZING_ENGINE)
mooringd_SOURCES += tests/fuzz/one.c $(fuzz_world)
mooringd_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=main
else
check_PROGRAMS += $(fuzz_programs)
fuzz = tests/fuzz/fuzz.h tests/fuzz/replay.c
fuzz_libs = libmooring.a $(DEPS_LIBS)
endif
fuzz_query = tests/fuzz/query.h $(fuzz)
fuzz_calls = tests/fuzz/calls.c tests/fuzz/calls.h $(fuzz)
fuzz_calls_link = $(AM_LDFLAGS) -Wl,--wrap=aws_call_start
fuzz_world = tests/fuzz/world.c tests/fuzz/world.h

tests_fuzz_addr_SOURCES = tests/fuzz/addr.c $(fuzz)
tests_fuzz_addr_LDADD = $(fuzz_libs)
tests_fuzz_basic_SOURCES = tests/fuzz/basic.c $(fuzz_query)
tests_fuzz_basic_LDADD = $(fuzz_libs)
tests_fuzz_command_SOURCES = tests/fuzz/command.c $(fuzz)
tests_fuzz_command_LDADD = $(fuzz_libs)
tests_fuzz_conf_SOURCES = tests/fuzz/conf.c $(fuzz)
tests_fuzz_conf_LDADD = $(fuzz_libs)
tests_fuzz_dns_query_SOURCES = tests/fuzz/dns_query.c $(fuzz)
tests_fuzz_dns_query_LDADD = $(fuzz_libs)
tests_fuzz_dns_reply_SOURCES = tests/fuzz/dns_reply.c $(fuzz)
tests_fuzz_dns_reply_LDADD = $(fuzz_libs)
tests_fuzz_dynamodb_SOURCES = tests/fuzz/dynamodb.c $(fuzz_calls)
tests_fuzz_dynamodb_LDADD = $(fuzz_libs)
tests_fuzz_dynamodb_LDFLAGS = $(fuzz_calls_link)
tests_fuzz_envfile_SOURCES = tests/fuzz/envfile.c $(fuzz)
tests_fuzz_envfile_LDADD = $(fuzz_libs)
tests_fuzz_event_SOURCES = tests/fuzz/event.c $(fuzz)
tests_fuzz_event_LDADD = $(fuzz_libs)
tests_fuzz_form_SOURCES = tests/fuzz/form.c $(fuzz_query)
tests_fuzz_form_LDADD = $(fuzz_libs)
tests_fuzz_forwarded_SOURCES = tests/fuzz/forwarded.c $(fuzz)
tests_fuzz_forwarded_LDADD = $(fuzz_libs)
tests_fuzz_head_SOURCES = tests/fuzz/head.c $(fuzz)
tests_fuzz_head_LDADD = $(fuzz_libs)
tests_fuzz_hello_SOURCES = tests/fuzz/hello.c $(fuzz)
tests_fuzz_hello_LDADD = $(fuzz_libs)
tests_fuzz_host_SOURCES = tests/fuzz/host.c $(fuzz)
tests_fuzz_host_LDADD = $(fuzz_libs)
tests_fuzz_import_SOURCES = tests/fuzz/import.c $(fuzz)
tests_fuzz_import_LDADD = $(fuzz_libs)
tests_fuzz_json_SOURCES = tests/fuzz/json.c $(fuzz_query)
tests_fuzz_json_LDADD = $(fuzz_libs)
tests_fuzz_keys_SOURCES = tests/fuzz/keys.c $(fuzz)
tests_fuzz_keys_LDADD = $(fuzz_libs)
tests_fuzz_metadata_SOURCES = tests/fuzz/metadata.c $(fuzz)
tests_fuzz_metadata_LDADD = $(fuzz_libs)
tests_fuzz_metadata_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=aws_metadata_start
tests_fuzz_multipart_SOURCES = tests/fuzz/multipart.c $(fuzz_query)
tests_fuzz_multipart_LDADD = $(fuzz_libs)
tests_fuzz_notify_SOURCES = tests/fuzz/notify.c $(fuzz)
tests_fuzz_notify_LDADD = $(fuzz_libs)
tests_fuzz_pepper_SOURCES = tests/fuzz/pepper.c $(fuzz)
tests_fuzz_pepper_LDADD = $(fuzz_libs)
tests_fuzz_profile_SOURCES = tests/fuzz/profile.c $(fuzz)
tests_fuzz_profile_LDADD = $(fuzz_libs)
tests_fuzz_proxy_SOURCES = tests/fuzz/proxy.c $(fuzz)
tests_fuzz_proxy_LDADD = $(fuzz_libs)
tests_fuzz_query_SOURCES = tests/fuzz/query.c $(fuzz_query)
tests_fuzz_query_LDADD = $(fuzz_libs)
tests_fuzz_request_SOURCES = tests/fuzz/request.c $(fuzz_world) $(fuzz)
tests_fuzz_request_LDADD = $(fuzz_libs)
tests_fuzz_resolver_SOURCES = tests/fuzz/resolver.c $(fuzz)
tests_fuzz_resolver_LDADD = $(fuzz_libs)
tests_fuzz_screen_SOURCES = tests/fuzz/screen.c $(fuzz)
tests_fuzz_screen_LDADD = $(fuzz_libs)
tests_fuzz_status_SOURCES = tests/fuzz/status.c $(fuzz)
tests_fuzz_status_LDADD = $(fuzz_libs)
tests_fuzz_stored_SOURCES = tests/fuzz/stored.c $(fuzz)
tests_fuzz_stored_LDADD = $(fuzz_libs)
tests_fuzz_target_SOURCES = tests/fuzz/target.c $(fuzz)
tests_fuzz_target_LDADD = $(fuzz_libs)
tests_fuzz_xml_SOURCES = tests/fuzz/xml.c $(fuzz_calls)
tests_fuzz_xml_LDADD = $(fuzz_libs)
tests_fuzz_xml_LDFLAGS = $(fuzz_calls_link)

fuzz-programs: $(fuzz_programs)
.PHONY: fuzz-programs
