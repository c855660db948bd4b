libmooring_a_SOURCES += \
	src/conf/check.c src/conf/check.h \
	src/conf/conf.c src/conf/conf.h \
	src/conf/conf_keys.h \
	src/conf/diff.c src/conf/diff.h \
	src/conf/dump.c src/conf/dump.h \
	src/conf/variables.c src/conf/variables.h \
	src/conf/grammar.c src/conf/grammar.h \
	src/conf/find.c src/conf/find.h \
	src/conf/keys.c src/conf/keys.h \
	src/conf/listens.c src/conf/listens.h \
	src/conf/load.c src/conf/load.h \
	src/conf/loader.c src/conf/loader.h \
	src/conf/scan.c src/conf/scan.h \
	src/conf/notify_check.c src/conf/notify_check.h \
	src/conf/texts.c src/conf/texts.h \
	src/conf/titled.c src/conf/titled.h \
	src/conf/uses.c src/conf/uses.h \
	src/conf/value.c src/conf/value.h \
	src/conf/value_print.c src/conf/value_print.h
