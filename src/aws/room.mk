libmooring_a_SOURCES += \
	src/aws/call.c src/aws/call.h \
	src/aws/client.c src/aws/client.h src/aws/client_int.h \
	src/aws/crc32.c src/aws/crc32.h \
	src/aws/credentials.c src/aws/credentials.h \
	src/aws/dynamodb.c src/aws/dynamodb.h \
	src/aws/endpoint.c src/aws/endpoint.h \
	src/aws/endpoint_find.c \
	src/aws/env.c src/aws/env.h \
	src/aws/error.h \
	src/aws/fault.c src/aws/fault.h \
	src/aws/multi.c src/aws/multi.h \
	src/aws/profile.c src/aws/profile.h \
	src/aws/profile_load.c \
	src/aws/provider.c \
	src/aws/retry.c src/aws/retry.h \
	src/aws/route53.c src/aws/route53.h \
	src/aws/sigv4.c src/aws/sigv4.h \
	src/aws/sigv4_canon.c src/aws/sigv4_canon.h \
	src/aws/sign.c src/aws/sign.h \
	src/aws/transfer.c src/aws/transfer.h \
	src/aws/xml.c src/aws/xml.h
