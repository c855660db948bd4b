# fetch_without.c is in the place of all of them.
libmooring_a_SOURCES += src/fetch/fetch.h
if WITH_CURL
libmooring_a_SOURCES += \
	src/fetch/fetch.c \
	src/fetch/header.h \
	src/fetch/libcurl.c src/fetch/libcurl.h \
	src/fetch/multi.c src/fetch/multi.h \
	src/fetch/transfer.c src/fetch/transfer.h \
	src/fetch/url.c src/fetch/url.h
else
libmooring_a_SOURCES += src/fetch/fetch_without.c
endif
