libmooring_a_SOURCES += \
	src/aws/fetch.c src/aws/fetch.h \
	src/ctl/ctl.c src/ctl/ctl.h \
	src/ctl/drift.c src/ctl/drift.h \
	src/ctl/hosts.c src/ctl/hosts.h \
	src/ctl/input.c src/ctl/input.h \
	src/ctl/print.c src/ctl/print.h \
	src/ctl/records.c src/ctl/records.h \
	src/ctl/session.c src/ctl/session.h \
	src/ctl/test.c src/ctl/user.c \
	src/ctl/verify.c
