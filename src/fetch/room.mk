# fetch_without.c and mail_without.c are in the place of all of them.
libmooring_a_SOURCES += src/fetch/fetch.h src/fetch/mail.h
if WITH_CURL
libmooring_a_SOURCES += \
	src/fetch/fetch.c \
	src/fetch/header.h \
	src/fetch/libcurl.c src/fetch/libcurl.h \
	src/fetch/mail.c \
	src/fetch/multi.c src/fetch/multi.h \
	src/fetch/transfer.c src/fetch/transfer.h \
	src/fetch/url.c src/fetch/url.h
else
libmooring_a_SOURCES += src/fetch/fetch_without.c src/fetch/mail_without.c
endif
