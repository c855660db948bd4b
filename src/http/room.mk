libmooring_a_SOURCES += \
	src/http/acceptor.c src/http/acceptor.h \
	src/http/admin.c src/http/admin.h \
	src/http/challenge.c src/http/challenge.h \
	src/http/conninfo.c src/http/conninfo.h \
	src/http/endpoints.c src/http/endpoints.h \
	src/http/forwarded.c src/http/forwarded.h \
	src/http/handshake.c src/http/handshake.h \
	src/http/head.c src/http/head.h \
	src/http/http_versions.c src/http/http_versions.h \
	src/http/known_clients.c src/http/known_clients.h \
	src/http/conn.h \
	src/http/conn_clients.c src/http/conn_clients.h \
	src/http/conn_ranks.c src/http/conn_ranks.h \
	src/http/conn_shed.c src/http/conn_shed.h \
	src/http/conn_table.c src/http/conn_table.h \
	src/http/listener.c src/http/listener.h \
	src/http/proxied.c src/http/proxied.h \
	src/http/proxy_header.c src/http/proxy_header.h \
	src/http/refused.c src/http/refused.h \
	src/http/request.c src/http/request.h \
	src/http/respond.c src/http/respond.h \
	src/http/screen.c src/http/screen.h \
	src/http/server.c src/http/server.h \
	src/http/settings.h \
	src/http/target.c src/http/target.h \
	src/http/tls.c src/http/tls.h src/http/tls_int.h \
	src/http/tls_pairs.c src/http/tls_pairs.h \
	src/http/tls_profile.c src/http/tls_profile.h \
	src/http/certificate.c src/http/certificate.h \
	src/http/certificate_fit.c src/http/certificate_fit.h \
	src/http/certificate_name.c src/http/certificate_name.h \
	src/http/workarounds.c src/http/workarounds.h
