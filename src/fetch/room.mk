libmooring_a_SOURCES += \
	src/fetch/fetch.c src/fetch/fetch.h \
	src/fetch/header.h \
	src/fetch/libcurl.c src/fetch/libcurl.h \
	src/fetch/multi.c src/fetch/multi.h \
	src/fetch/transfer.c src/fetch/transfer.h \
	src/fetch/url.c src/fetch/url.h
