# web_without.c is in the place of web.c, which needs libcurl.
libmooring_a_SOURCES += \
	src/notify/delivery.c src/notify/delivery.h \
	src/notify/digest.c src/notify/digest.h \
	src/notify/event.c src/notify/event.h \
	src/notify/exec.c src/notify/exec.h \
	src/notify/heartbeat.c src/notify/heartbeat.h \
	src/notify/host_part.c src/notify/host_part.h \
	src/notify/mail_message.c src/notify/mail_message.h \
	src/notify/mail_word.c src/notify/mail_word.h \
	src/notify/message_text.c src/notify/message_text.h \
	src/notify/notify.c src/notify/notify.h \
	src/notify/notify_retry.c src/notify/notify_retry.h \
	src/notify/notify_target.h \
	src/notify/recent.c src/notify/recent.h \
	src/notify/rules.c src/notify/rules.h \
	src/notify/saying.c src/notify/saying.h \
	src/notify/smtp.c src/notify/smtp.h \
	src/notify/token_url.c src/notify/token_url.h \
	src/notify/webhook.c src/notify/webhook.h \
	src/notify/webhook_form.c src/notify/webhook_form.h \
	src/notify/webhook_sign.c src/notify/webhook_sign.h
libmooring_a_SOURCES += src/notify/web.h
if WITH_AWS
libmooring_a_SOURCES += src/notify/sns.c src/notify/sns.h
endif
if WITH_CURL
libmooring_a_SOURCES += src/notify/web.c
else
libmooring_a_SOURCES += src/notify/web_without.c
endif
