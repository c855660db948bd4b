libmooring_a_SOURCES += \
	src/notify/notify_target.h
