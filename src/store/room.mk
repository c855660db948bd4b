libmooring_a_SOURCES += src/store/store.c src/store/store.h src/store/store_verb.h \
	src/store/history.c src/store/history.h \
	src/store/notice.c src/store/notice.h \
	src/store/notice_set.c src/store/notice_set.h
libmooring_a_SOURCES += \
	src/store/sqlite.c src/store/sqlite.h \
	src/store/sqlite_backup.c src/store/sqlite_backup.h \
	src/store/sqlite_db.c src/store/sqlite_db.h \
	src/store/sqlite_conn.c src/store/sqlite_conn.h \
	src/store/sqlite_create.c src/store/sqlite_create.h \
	src/store/sqlite_history.c src/store/sqlite_history.h \
	src/store/sqlite_notice.c src/store/sqlite_notice.h \
	src/store/sqlite_owners.c src/store/sqlite_owners.h \
	src/store/sqlite_read.c src/store/sqlite_read.h \
	src/store/sqlite_req.c src/store/sqlite_req.h \
	src/store/sqlite_restore.c src/store/sqlite_restore.h \
	src/store/sqlite_same.c src/store/sqlite_same.h \
	src/store/sqlite_schema.c src/store/sqlite_schema.h \
	src/store/sqlite_seen.c src/store/sqlite_seen.h \
	src/store/sqlite_write.c src/store/sqlite_write.h
libmooring_a_SOURCES += \
	src/store/item.c src/store/item.h \
	src/store/memory.c src/store/memory.h \
	src/store/overlay.c src/store/overlay.h
if WITH_AWS
libmooring_a_SOURCES += \
	src/store/claim.c src/store/claim.h \
	src/store/dynamodb.c src/store/dynamodb.h \
	src/store/dynamodb_claim.c src/store/dynamodb_claim.h \
	src/store/dynamodb_commit.c src/store/dynamodb_commit.h \
	src/store/dynamodb_empty.c src/store/dynamodb_empty.h \
	src/store/dynamodb_history.c src/store/dynamodb_history.h \
	src/store/dynamodb_list.c src/store/dynamodb_list.h \
	src/store/dynamodb_notice.c src/store/dynamodb_notice.h \
	src/store/dynamodb_op.c src/store/dynamodb_op.h \
	src/store/dynamodb_owed.c src/store/dynamodb_owed.h \
	src/store/dynamodb_put.c src/store/dynamodb_put.h \
	src/store/dynamodb_reading.c src/store/dynamodb_reading.h \
	src/store/dynamodb_rename.c src/store/dynamodb_rename.h \
	src/store/dynamodb_secret.c src/store/dynamodb_secret.h \
	src/store/dynamodb_shared.c src/store/dynamodb_shared.h \
	src/store/dynamodb_state.c src/store/dynamodb_state.h \
	src/store/dynamodb_table.c src/store/dynamodb_table.h \
	src/store/history_item.c src/store/history_item.h \
	src/store/item_owed.c src/store/item_owed.h \
	src/store/item_request.c src/store/item_request.h \
	src/store/notice_item.c src/store/notice_item.h \
	src/store/scan_pace.c src/store/scan_pace.h
endif
