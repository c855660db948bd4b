libmooring_a_SOURCES += \
	src/dyndns/credentials.c src/dyndns/credentials.h \
	src/dyndns/query.c src/dyndns/query.h \
	src/dyndns/reply.c src/dyndns/reply.h
