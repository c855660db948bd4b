check_PROGRAMS += \
	tests/unit/dyndns/basic_auth \
	tests/unit/dyndns/query \
	tests/unit/dyndns/reply
tests_unit_dyndns_basic_auth_SOURCES = tests/unit/dyndns/basic_auth.c $(unit)
tests_unit_dyndns_query_SOURCES = tests/unit/dyndns/query.c $(unit)
tests_unit_dyndns_query_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=idn2_lookup_u8
tests_unit_dyndns_reply_SOURCES = tests/unit/dyndns/reply.c $(unit) $(values)
