HTTP_FIXTURE = tests/unit/http_fixture.c tests/unit/http_fixture.h tests/unit/unit.h
check_PROGRAMS += \
	tests/unit/t_http \
	tests/unit/t_http_admin \
	tests/unit/t_http_conn \
	tests/unit/t_http_handshake \
	tests/unit/t_http_tls \
	tests/unit/t_limits \
	tests/unit/t_line_limit \
	tests/unit/t_pair \
	tests/unit/t_screen \
	tests/unit/t_target
tests_unit_t_http_SOURCES = tests/unit/t_http.c $(HTTP_FIXTURE)
tests_unit_t_http_admin_SOURCES = tests/unit/t_http_admin.c $(HTTP_FIXTURE)
tests_unit_t_http_conn_SOURCES = tests/unit/t_http_conn.c $(HTTP_FIXTURE)
tests_unit_t_http_handshake_SOURCES = tests/unit/t_http_handshake.c $(HTTP_FIXTURE)
tests_unit_t_http_tls_SOURCES = tests/unit/t_http_tls.c $(HTTP_FIXTURE)
tests_unit_t_limits_SOURCES = tests/unit/t_limits.c tests/unit/unit.h
tests_unit_t_line_limit_SOURCES = tests/unit/t_line_limit.c tests/unit/log_kit.h tests/unit/unit.h
tests_unit_t_pair_SOURCES = tests/unit/t_pair.c $(HTTP_FIXTURE)
tests_unit_t_screen_SOURCES = tests/unit/t_screen.c tests/unit/unit.h
tests_unit_t_target_SOURCES = tests/unit/t_target.c tests/unit/unit.h

check_PROGRAMS += tests/unit/t_forwarded
tests_unit_t_forwarded_SOURCES = tests/unit/t_forwarded.c tests/unit/unit.h
