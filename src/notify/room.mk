# web_without.c and mail_without.c are in the place of what needs libcurl.
libmooring_a_SOURCES += \
	src/notify/delivery.c src/notify/delivery.h \
	src/notify/digest.c src/notify/digest.h \
	src/notify/event.c src/notify/event.h \
	src/notify/heartbeat.c src/notify/heartbeat.h \
	src/notify/host_part.c src/notify/host_part.h \
	src/notify/mail_word.c src/notify/mail_word.h \
	src/notify/message_text.c src/notify/message_text.h \
	src/notify/notify.c src/notify/notify.h \
	src/notify/notify_retry.c src/notify/notify_retry.h \
	src/notify/notify_target.h \
	src/notify/recent.c src/notify/recent.h \
	src/notify/rules.c src/notify/rules.h \
	src/notify/webhook.c src/notify/webhook.h \
	src/notify/webhook_form.c src/notify/webhook_form.h \
	src/notify/webhook_sign.c src/notify/webhook_sign.h
libmooring_a_SOURCES += src/notify/web.h
if WITH_CURL
libmooring_a_SOURCES += src/notify/web.c
else
libmooring_a_SOURCES += src/notify/web_without.c
endif
