check_PROGRAMS += \
	tests/unit/notify/delivery \
	tests/unit/notify/digest \
	tests/unit/notify/event \
	tests/unit/notify/notify \
	tests/unit/notify/notify_retry \
	tests/unit/notify/rules
tests_unit_notify_delivery_SOURCES = tests/unit/notify/delivery.c $(notify_kit) $(unit)
tests_unit_notify_delivery_LDFLAGS = $(engine_link)
tests_unit_notify_digest_SOURCES = tests/unit/notify/digest.c $(unit)
tests_unit_notify_event_SOURCES = tests/unit/notify/event.c $(values) $(unit)
tests_unit_notify_notify_SOURCES = tests/unit/notify/notify.c $(notify_kit) $(unit)
tests_unit_notify_notify_LDFLAGS = $(engine_link)
tests_unit_notify_notify_retry_SOURCES = tests/unit/notify/notify_retry.c $(unit)
tests_unit_notify_rules_SOURCES = tests/unit/notify/rules.c $(unit)
