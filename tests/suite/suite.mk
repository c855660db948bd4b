# Suites of tests that each backend behind a vtable must pass, and the programs that run them against an
# emulator: built by `make emulator-programs`, started by tests/system.
dns_suite = tests/suite/dns_suite.c tests/suite/dns_suite.h
store_suite = tests/suite/store_suite.c tests/suite/store_suite.h tests/suite/store_suite_state.c \
	tests/suite/store_suite_notices.c tests/suite/store_suite_owners.c

if WITH_AWS
EXTRA_PROGRAMS += tests/suite/emu_dns_route53 tests/suite/emu_notices \
	tests/suite/emu_store_dynamodb
endif
tests_suite_emu_dns_route53_SOURCES = tests/suite/emu_dns_route53.c $(dns_suite) $(real_route53) \
	$(unit) $(values)
tests_suite_emu_notices_SOURCES = tests/suite/emu_notices.c $(unit)
tests_suite_emu_store_dynamodb_SOURCES = tests/suite/emu_store_dynamodb.c $(store_suite) $(store_kit) $(unit)
