check_PROGRAMS += \
	tests/unit/store/history \
	tests/unit/store/memory \
	tests/unit/store/notice \
	tests/unit/store/notice_set \
	tests/unit/store/overlay \
	tests/unit/store/sqlite \
	tests/unit/store/sqlite_create \
	tests/unit/store/sqlite_db \
	tests/unit/store/sqlite_history \
	tests/unit/store/sqlite_notice \
	tests/unit/store/sqlite_read \
	tests/unit/store/sqlite_restore \
	tests/unit/store/sqlite_schema \
	tests/unit/store/sqlite_seen \
	tests/unit/store/store
if WITH_AWS
check_PROGRAMS += \
	tests/unit/store/claim \
	tests/unit/store/dynamodb \
	tests/unit/store/dynamodb_claim \
	tests/unit/store/dynamodb_commit \
	tests/unit/store/dynamodb_empty \
	tests/unit/store/dynamodb_history \
	tests/unit/store/dynamodb_list \
	tests/unit/store/dynamodb_notice \
	tests/unit/store/dynamodb_owed \
	tests/unit/store/dynamodb_put \
	tests/unit/store/dynamodb_rename \
	tests/unit/store/dynamodb_secret \
	tests/unit/store/dynamodb_shared \
	tests/unit/store/dynamodb_state \
	tests/unit/store/dynamodb_table \
	tests/unit/store/history_item \
	tests/unit/store/item \
	tests/unit/store/item_owed \
	tests/unit/store/item_request \
	tests/unit/store/notice_item \
	tests/unit/store/scan_pace
endif
tests_unit_store_claim_SOURCES = tests/unit/store/claim.c tests/kit/json_text.h $(unit) $(values)
tests_unit_store_dynamodb_SOURCES = tests/unit/store/dynamodb.c $(fake_dynamodb) $(unit)
tests_unit_store_dynamodb_LDFLAGS = $(fake_clock_link)
tests_unit_store_dynamodb_claim_SOURCES = tests/unit/store/dynamodb_claim.c $(fake_dynamodb) $(unit)
tests_unit_store_dynamodb_claim_LDFLAGS = $(fake_clock_link)
tests_unit_store_dynamodb_commit_SOURCES = tests/unit/store/dynamodb_commit.c $(fake_dynamodb) $(unit)
tests_unit_store_dynamodb_commit_LDFLAGS = $(fake_clock_link)
tests_unit_store_dynamodb_empty_SOURCES = tests/unit/store/dynamodb_empty.c $(fake_dynamodb) \
	$(unit)
tests_unit_store_dynamodb_empty_LDFLAGS = $(fake_clock_link)
tests_unit_store_dynamodb_history_SOURCES = tests/unit/store/dynamodb_history.c $(fake_dynamodb) \
	$(unit)
tests_unit_store_dynamodb_history_LDFLAGS = $(fake_clock_link)
tests_unit_store_dynamodb_list_SOURCES = tests/unit/store/dynamodb_list.c $(fake_dynamodb) \
	tests/kit/engine_clock.c tests/kit/engine_kit.h $(unit)
tests_unit_store_dynamodb_list_LDFLAGS = $(engine_link)
tests_unit_store_dynamodb_notice_SOURCES = tests/unit/store/dynamodb_notice.c $(fake_dynamodb) \
	tests/kit/engine_clock.c tests/kit/engine_kit.h $(unit)
tests_unit_store_dynamodb_notice_LDFLAGS = $(engine_link)
tests_unit_store_dynamodb_owed_SOURCES = tests/unit/store/dynamodb_owed.c $(fake_dynamodb) \
	tests/kit/engine_clock.c tests/kit/engine_kit.h $(unit)
tests_unit_store_dynamodb_owed_LDFLAGS = $(engine_link)
tests_unit_store_dynamodb_put_SOURCES = tests/unit/store/dynamodb_put.c $(fake_dynamodb) $(unit)
tests_unit_store_dynamodb_put_LDFLAGS = $(fake_clock_link)
tests_unit_store_dynamodb_rename_SOURCES = tests/unit/store/dynamodb_rename.c $(fake_dynamodb) \
	$(unit)
tests_unit_store_dynamodb_rename_LDFLAGS = $(fake_clock_link)
tests_unit_store_dynamodb_secret_SOURCES = tests/unit/store/dynamodb_secret.c $(fake_dynamodb) $(unit)
tests_unit_store_dynamodb_secret_LDFLAGS = $(fake_clock_link)
tests_unit_store_dynamodb_shared_SOURCES = tests/unit/store/dynamodb_shared.c tests/kit/log_kit.h \
	$(fake_dynamodb) $(unit)
tests_unit_store_dynamodb_shared_LDFLAGS = $(fake_clock_link)
tests_unit_store_dynamodb_state_SOURCES = tests/unit/store/dynamodb_state.c $(fake_dynamodb) \
	$(fake_malloc) $(unit)
tests_unit_store_dynamodb_state_LDFLAGS = $(fake_malloc_link) $(fake_clock_link)
tests_unit_store_dynamodb_table_SOURCES = tests/unit/store/dynamodb_table.c tests/kit/log_kit.h \
	$(unit)
tests_unit_store_history_SOURCES = tests/unit/store/history.c $(unit) $(values)
tests_unit_store_history_item_SOURCES = tests/unit/store/history_item.c tests/kit/json_text.h \
	$(fake_malloc) $(unit) $(values)
tests_unit_store_history_item_LDFLAGS = $(fake_malloc_link)
tests_unit_store_item_SOURCES = tests/unit/store/item.c tests/kit/json_text.h $(fake_malloc) $(unit)
tests_unit_store_item_LDFLAGS = $(fake_malloc_link)
tests_unit_store_item_owed_SOURCES = tests/unit/store/item_owed.c tests/kit/json_text.h \
	$(fake_malloc) $(unit) $(values)
tests_unit_store_item_owed_LDFLAGS = $(fake_malloc_link)
tests_unit_store_item_request_SOURCES = tests/unit/store/item_request.c tests/kit/json_text.h \
	$(fake_malloc) $(unit) $(values)
tests_unit_store_item_request_LDFLAGS = $(fake_malloc_link)
tests_unit_store_memory_SOURCES = tests/unit/store/memory.c $(store_suite) $(store_kit) $(unit)
tests_unit_store_notice_SOURCES = tests/unit/store/notice.c $(unit)
tests_unit_store_notice_set_SOURCES = tests/unit/store/notice_set.c $(fake_malloc) $(unit)
tests_unit_store_notice_set_LDFLAGS = $(fake_malloc_link)
tests_unit_store_notice_item_SOURCES = tests/unit/store/notice_item.c tests/kit/json_text.h \
	$(fake_malloc) $(unit)
tests_unit_store_notice_item_LDFLAGS = $(fake_malloc_link)
tests_unit_store_overlay_SOURCES = tests/unit/store/overlay.c $(fake_malloc) $(unit) $(values)
tests_unit_store_overlay_LDFLAGS = $(fake_malloc_link)
tests_unit_store_scan_pace_SOURCES = tests/unit/store/scan_pace.c tests/kit/json_text.h $(unit)
tests_unit_store_sqlite_SOURCES = tests/unit/store/sqlite.c $(sqlite_kit) $(store_suite) $(unit)
tests_unit_store_sqlite_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=sqlite3_sleep
tests_unit_store_sqlite_db_SOURCES = tests/unit/store/sqlite_db.c $(fake_malloc) $(sqlite_kit) \
	$(store_suite) $(unit)
tests_unit_store_sqlite_db_LDFLAGS = $(fake_malloc_link)
tests_unit_store_sqlite_history_SOURCES = tests/unit/store/sqlite_history.c $(sqlite_kit) $(unit)
tests_unit_store_sqlite_notice_SOURCES = tests/unit/store/sqlite_notice.c $(sqlite_kit) $(unit)
tests_unit_store_sqlite_read_SOURCES = tests/unit/store/sqlite_read.c $(sqlite_kit) $(unit)
tests_unit_store_sqlite_restore_SOURCES = tests/unit/store/sqlite_restore.c $(sqlite_kit) \
	$(store_suite) $(unit)
tests_unit_store_sqlite_create_SOURCES = tests/unit/store/sqlite_create.c $(sqlite_kit) $(unit)
tests_unit_store_sqlite_seen_SOURCES = tests/unit/store/sqlite_seen.c $(sqlite_kit) $(unit)
tests_unit_store_sqlite_schema_SOURCES = tests/unit/store/sqlite_schema.c $(sqlite_kit) $(unit)
tests_unit_store_store_SOURCES = tests/unit/store/store.c $(unit) $(values)
