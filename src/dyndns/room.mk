libmooring_a_SOURCES += \
	src/dyndns/basic_auth.c src/dyndns/basic_auth.h \
	src/dyndns/query.c src/dyndns/query.h \
	src/dyndns/reply.c src/dyndns/reply.h
