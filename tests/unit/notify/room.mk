check_PROGRAMS += \
	tests/unit/notify/delivery \
	tests/unit/notify/digest \
	tests/unit/notify/event \
	tests/unit/notify/exec \
	tests/unit/notify/heartbeat \
	tests/unit/notify/host_part \
	tests/unit/notify/mail_message \
	tests/unit/notify/mail_word \
	tests/unit/notify/message_text \
	tests/unit/notify/notify \
	tests/unit/notify/notify_retry \
	tests/unit/notify/recent \
	tests/unit/notify/rules \
	tests/unit/notify/saying \
	tests/unit/notify/token_url \
	tests/unit/notify/webhook_form \
	tests/unit/notify/webhook_sign
tests_unit_notify_delivery_SOURCES = tests/unit/notify/delivery.c $(notify_kit) $(unit)
tests_unit_notify_delivery_LDFLAGS = $(engine_link)
tests_unit_notify_digest_SOURCES = tests/unit/notify/digest.c $(unit)
tests_unit_notify_event_SOURCES = tests/unit/notify/event.c $(values) $(unit)
tests_unit_notify_exec_SOURCES = tests/unit/notify/exec.c tests/kit/message_kit.h $(unit)
tests_unit_notify_host_part_SOURCES = tests/unit/notify/host_part.c $(unit)
tests_unit_notify_mail_message_SOURCES = tests/unit/notify/mail_message.c tests/kit/message_kit.h $(unit)
tests_unit_notify_mail_word_SOURCES = tests/unit/notify/mail_word.c $(unit)
tests_unit_notify_message_text_SOURCES = tests/unit/notify/message_text.c tests/kit/message_kit.h $(unit)
tests_unit_notify_notify_SOURCES = tests/unit/notify/notify.c $(notify_kit) $(unit)
tests_unit_notify_notify_LDFLAGS = $(engine_link)
tests_unit_notify_notify_retry_SOURCES = tests/unit/notify/notify_retry.c $(unit)
tests_unit_notify_rules_SOURCES = tests/unit/notify/rules.c $(unit)
tests_unit_notify_saying_SOURCES = tests/unit/notify/saying.c $(unit)
tests_unit_notify_token_url_SOURCES = tests/unit/notify/token_url.c $(unit)
tests_unit_notify_webhook_form_SOURCES = tests/unit/notify/webhook_form.c tests/kit/message_kit.h \
	tests/kit/json_text.h $(fake_malloc) $(unit)
tests_unit_notify_webhook_form_LDFLAGS = $(fake_malloc_link)
tests_unit_notify_webhook_sign_SOURCES = tests/unit/notify/webhook_sign.c $(unit)

# The server of the rest is that of the tests of aws/.
if WITH_CURL
check_PROGRAMS += tests/unit/notify/smtp
endif
if WITH_AWS
check_PROGRAMS += \
	tests/unit/notify/sns \
	tests/unit/notify/web \
	tests/unit/notify/webhook
endif
tests_unit_notify_smtp_SOURCES = tests/unit/notify/smtp.c tests/kit/message_kit.h tests/kit/smtp_kit.h $(unit)
tests_unit_notify_sns_SOURCES = tests/unit/notify/sns.c tests/kit/message_kit.h $(fake_aws) $(unit)
tests_unit_notify_web_SOURCES = tests/unit/notify/web.c tests/kit/message_kit.h $(fake_aws) $(unit)
tests_unit_notify_webhook_SOURCES = tests/unit/notify/webhook.c tests/kit/message_kit.h $(fake_aws) $(unit)
tests_unit_notify_heartbeat_SOURCES = tests/unit/notify/heartbeat.c $(fake_clock) $(values) $(unit)
tests_unit_notify_heartbeat_LDFLAGS = $(fake_clock_link)
tests_unit_notify_recent_SOURCES = tests/unit/notify/recent.c $(unit)
