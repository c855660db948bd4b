check_PROGRAMS += \
	tests/unit/t_credentials \
	tests/unit/t_query \
	tests/unit/t_reply
tests_unit_t_credentials_SOURCES = tests/unit/t_credentials.c tests/unit/unit.h
tests_unit_t_query_SOURCES = tests/unit/t_query.c tests/unit/unit.h
tests_unit_t_reply_SOURCES = tests/unit/t_reply.c tests/unit/unit.h
tests_unit_t_query_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=idn2_lookup_u8
