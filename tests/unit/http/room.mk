check_PROGRAMS += \
	tests/unit/http/acceptor \
	tests/unit/http/admin \
	tests/unit/http/endpoints \
	tests/unit/http/forwarded \
	tests/unit/http/handshake \
	tests/unit/http/head \
	tests/unit/http/conn_clients \
	tests/unit/http/conn_ranks \
	tests/unit/http/conn_shed \
	tests/unit/http/conn_table \
	tests/unit/http/known_clients \
	tests/unit/http/listener \
	tests/unit/http/proxied \
	tests/unit/http/proxy_header \
	tests/unit/http/refused \
	tests/unit/http/screen \
	tests/unit/http/server \
	tests/unit/http/target \
	tests/unit/http/tls \
	tests/unit/http/tls_pairs \
	tests/unit/http/tls_profile \
	tests/unit/http/workarounds \
	tests/unit/http/certificate \
	tests/unit/http/challenge \
	tests/unit/http/certificate_fit \
	tests/unit/http/certificate_name
tests_unit_http_acceptor_SOURCES = tests/unit/http/acceptor.c tests/kit/log_kit.h $(unit)
tests_unit_http_acceptor_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=accept4
tests_unit_http_admin_SOURCES = tests/unit/http/admin.c $(http_fixture) $(unit)
tests_unit_http_endpoints_SOURCES = tests/unit/http/endpoints.c $(unit) $(values)
tests_unit_http_forwarded_SOURCES = tests/unit/http/forwarded.c $(unit) $(values)
tests_unit_http_handshake_SOURCES = tests/unit/http/handshake.c $(http_fixture) $(unit)
tests_unit_http_conn_clients_SOURCES = tests/unit/http/conn_clients.c $(unit) $(values)
tests_unit_http_conn_ranks_SOURCES = tests/unit/http/conn_ranks.c $(unit)
tests_unit_http_conn_shed_SOURCES = tests/unit/http/conn_shed.c tests/kit/log_kit.h $(unit)
tests_unit_http_known_clients_SOURCES = tests/unit/http/known_clients.c $(unit) $(values)
tests_unit_http_conn_table_SOURCES = tests/unit/http/conn_table.c $(unit) $(values)
tests_unit_http_listener_SOURCES = tests/unit/http/listener.c $(http_fixture) $(unit)
tests_unit_http_listener_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=refused_log
tests_unit_http_head_SOURCES = tests/unit/http/head.c $(unit)
tests_unit_http_head_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=MHD_get_connection_values_n
tests_unit_http_proxied_SOURCES = tests/unit/http/proxied.c tests/kit/log_kit.h $(http_fixture) $(unit) $(values)
tests_unit_http_proxy_header_SOURCES = tests/unit/http/proxy_header.c $(unit) $(values)
tests_unit_http_refused_SOURCES = tests/unit/http/refused.c tests/kit/log_kit.h $(unit) $(values)
tests_unit_http_screen_SOURCES = tests/unit/http/screen.c $(unit)
tests_unit_http_server_SOURCES = tests/unit/http/server.c $(http_fixture) $(unit)
tests_unit_http_target_SOURCES = tests/unit/http/target.c $(unit)
tests_unit_http_tls_SOURCES = tests/unit/http/tls.c $(http_fixture) $(unit)
tests_unit_http_tls_pairs_SOURCES = tests/unit/http/tls_pairs.c tests/kit/certificate_kit.h \
	$(http_fixture) $(unit)
tests_unit_http_tls_profile_SOURCES = tests/unit/http/tls_profile.c $(unit)
tests_unit_http_workarounds_SOURCES = tests/unit/http/workarounds.c $(unit)
tests_unit_http_certificate_SOURCES = tests/unit/http/certificate.c $(http_fixture) $(unit)
tests_unit_http_challenge_SOURCES = tests/unit/http/challenge.c $(http_fixture) $(unit)
tests_unit_http_certificate_fit_SOURCES = tests/unit/http/certificate_fit.c \
	tests/kit/certificate_kit.h $(unit)
tests_unit_http_certificate_name_SOURCES = tests/unit/http/certificate_name.c \
	tests/kit/certificate_kit.h $(unit)
