libmooring_a_SOURCES += src/dns/pace.c src/dns/pace.h
if WITH_AWS
libmooring_a_SOURCES += src/dns/propagation.c src/dns/propagation.h
libmooring_a_SOURCES += src/dns/route53.c src/dns/route53.h
endif
libmooring_a_SOURCES += \
	src/dns/answer.c src/dns/answer.h \
	src/dns/dns_client.c src/dns/dns_client.h \
	src/dns/builtin.c src/dns/builtin.h \
	src/dns/cookie.c src/dns/cookie.h \
	src/dns/dns.c src/dns/dns.h \
	src/dns/dns_query.c src/dns/dns_query.h \
	src/dns/read.c src/dns/read.h \
	src/dns/dns_reply.c src/dns/dns_reply.h \
	src/dns/rrl.c src/dns/rrl.h \
	src/dns/dns_server.c src/dns/dns_server.h \
	src/dns/tcp.c src/dns/tcp.h \
	src/dns/tcp_table.c src/dns/tcp_table.h \
	src/dns/transport.h \
	src/dns/udp.c src/dns/udp.h \
	src/dns/wire.c src/dns/wire.h \
	src/dns/zone.c src/dns/zone.h \
	src/dns/zone_table.c src/dns/zone_table.h
