check_PROGRAMS += \
	tests/unit/account/account \
	tests/unit/account/decay \
	tests/unit/account/hash_cost \
	tests/unit/account/bounds \
	tests/unit/account/password \
	tests/unit/account/penalty \
	tests/unit/account/pepper \
	tests/unit/account/secret \
	tests/unit/account/text \
	tests/unit/account/verify
tests_unit_account_account_SOURCES = tests/unit/account/account.c $(fake_malloc) $(unit) $(values)
tests_unit_account_account_LDFLAGS = $(fake_malloc_link)
tests_unit_account_decay_SOURCES = tests/unit/account/decay.c $(fake_malloc) $(unit)
tests_unit_account_decay_LDFLAGS = $(fake_malloc_link)
tests_unit_account_penalty_SOURCES = tests/unit/account/penalty.c $(fake_malloc) $(unit) $(values)
tests_unit_account_penalty_LDFLAGS = $(fake_malloc_link)
tests_unit_account_pepper_SOURCES = tests/unit/account/pepper.c $(fake_malloc) $(unit)
tests_unit_account_pepper_LDFLAGS = $(fake_malloc_link)
tests_unit_account_verify_SOURCES = tests/unit/account/verify.c $(fake_malloc) $(unit)
tests_unit_account_verify_LDFLAGS = $(fake_malloc_link)
tests_unit_account_hash_cost_SOURCES = tests/unit/account/hash_cost.c $(fake_malloc) $(unit)
tests_unit_account_hash_cost_LDFLAGS = $(fake_malloc_link) -Wl,--wrap=crypt_r,--wrap=clock_gettime
tests_unit_account_bounds_SOURCES = tests/unit/account/bounds.c $(unit) $(values)
tests_unit_account_secret_SOURCES = tests/unit/account/secret.c $(unit)
tests_unit_account_password_SOURCES = tests/unit/account/password.c $(fake_malloc) $(unit)
tests_unit_account_password_LDFLAGS = $(fake_malloc_link) -Wl,--wrap=mac_sha256,--wrap=crypt_r
tests_unit_account_text_SOURCES = tests/unit/account/text.c $(unit)
