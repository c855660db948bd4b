check_PROGRAMS += \
	tests/unit/dyndns/basic_auth \
	tests/unit/dyndns/body \
	tests/unit/dyndns/user_password \
	tests/unit/dyndns/multipart \
	tests/unit/dyndns/params \
	tests/unit/dyndns/query \
	tests/unit/dyndns/query_auth \
	tests/unit/dyndns/reply
tests_unit_dyndns_basic_auth_SOURCES = tests/unit/dyndns/basic_auth.c $(unit)
tests_unit_dyndns_body_SOURCES = tests/unit/dyndns/body.c $(unit)
tests_unit_dyndns_user_password_SOURCES = tests/unit/dyndns/user_password.c $(unit)
tests_unit_dyndns_multipart_SOURCES = tests/unit/dyndns/multipart.c $(unit)
tests_unit_dyndns_params_SOURCES = tests/unit/dyndns/params.c $(unit)
tests_unit_dyndns_query_SOURCES = tests/unit/dyndns/query.c $(unit)
tests_unit_dyndns_query_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=idn2_lookup_u8
tests_unit_dyndns_query_auth_SOURCES = tests/unit/dyndns/query_auth.c $(unit)
tests_unit_dyndns_reply_SOURCES = tests/unit/dyndns/reply.c $(unit) $(values)
