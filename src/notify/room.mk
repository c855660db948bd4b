libmooring_a_SOURCES += \
	src/notify/delivery.c src/notify/delivery.h \
	src/notify/digest.c src/notify/digest.h \
	src/notify/event.c src/notify/event.h \
	src/notify/notify.c src/notify/notify.h \
	src/notify/notify_retry.c src/notify/notify_retry.h \
	src/notify/notify_target.h \
	src/notify/rules.c src/notify/rules.h
