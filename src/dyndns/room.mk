libmooring_a_SOURCES += \
	src/dyndns/basic_auth.c src/dyndns/basic_auth.h \
	src/dyndns/body.c src/dyndns/body.h \
	src/dyndns/user_password.c src/dyndns/user_password.h \
	src/dyndns/multipart.c src/dyndns/multipart.h \
	src/dyndns/params.c src/dyndns/params.h \
	src/dyndns/query.c src/dyndns/query.h \
	src/dyndns/query_auth.c src/dyndns/query_auth.h \
	src/dyndns/reply.c src/dyndns/reply.h
