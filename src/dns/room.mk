libmooring_a_SOURCES += src/dns/pace.c src/dns/pace.h
libmooring_a_SOURCES += src/dns/propagation.c src/dns/propagation.h
libmooring_a_SOURCES += src/dns/route53.c src/dns/route53.h
libmooring_a_SOURCES += \
	src/dns/answer.c src/dns/answer.h \
	src/dns/ask.c src/dns/ask.h \
	src/dns/builtin.c src/dns/builtin.h \
	src/dns/dns.c src/dns/dns.h \
	src/dns/query.c src/dns/query.h \
	src/dns/read.c src/dns/read.h \
	src/dns/reply.c src/dns/reply.h \
	src/dns/rrl.c src/dns/rrl.h \
	src/dns/server.c src/dns/server.h \
	src/dns/tcp.c src/dns/tcp.h \
	src/dns/transport.h \
	src/dns/udp.c src/dns/udp.h \
	src/dns/wire.c src/dns/wire.h \
	src/dns/zone.c src/dns/zone.h \
	src/dns/zone_table.c src/dns/zone_table.h
