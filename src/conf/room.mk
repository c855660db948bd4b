libmooring_a_SOURCES += \
	src/conf/check.c \
	src/conf/conf.c src/conf/conf.h \
	src/conf/conf_keys.h \
	src/conf/diff.c \
	src/conf/dump.c \
	src/conf/env.c \
	src/conf/file.c \
	src/conf/find.c src/conf/find.h \
	src/conf/keys.c src/conf/keys.h \
	src/conf/listens.c \
	src/conf/loader.c src/conf/loader.h \
	src/conf/scan.c \
	src/conf/value.c src/conf/value.h \
	src/conf/value_print.c
