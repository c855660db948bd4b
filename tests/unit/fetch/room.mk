if WITH_CURL
check_PROGRAMS += \
	tests/unit/fetch/libcurl \
	tests/unit/fetch/mail \
	tests/unit/fetch/transfer \
	tests/unit/fetch/url
endif
tests_unit_fetch_libcurl_SOURCES = tests/unit/fetch/libcurl.c $(unit)
tests_unit_fetch_mail_SOURCES = tests/unit/fetch/mail.c tests/kit/smtp_kit.h $(unit)
tests_unit_fetch_transfer_SOURCES = tests/unit/fetch/transfer.c $(unit)
tests_unit_fetch_url_SOURCES = tests/unit/fetch/url.c $(unit)
