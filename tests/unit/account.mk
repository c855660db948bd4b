check_PROGRAMS += \
	tests/unit/t_account \
	tests/unit/t_secret \
	tests/unit/t_verify
tests_unit_t_account_SOURCES = tests/unit/t_account.c tests/unit/oom.c tests/unit/oom.h \
	tests/unit/unit.h
tests_unit_t_account_LDFLAGS = $(oom_link)
tests_unit_t_secret_SOURCES = tests/unit/t_secret.c tests/unit/unit.h
tests_unit_t_verify_SOURCES = tests/unit/t_verify.c tests/unit/oom.c tests/unit/oom.h \
	tests/unit/unit.h
tests_unit_t_verify_LDFLAGS = $(oom_link) -Wl,--wrap=mac_sha256
