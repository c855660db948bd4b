# The conformance suite of store/store.h, for every program that runs it against a backend.
STORE_SUITE = tests/unit/store_suite.c tests/unit/store_suite.h tests/unit/store_suite_state.c \
	tests/unit/store_kit.c tests/unit/store_kit.h tests/unit/unit.h

SQLITE_KIT = tests/unit/sqlite_kit.c tests/unit/sqlite_kit.h $(STORE_SUITE)

check_PROGRAMS += tests/unit/t_sqlite tests/unit/t_sqlite_backup tests/unit/t_sqlite_trouble
tests_unit_t_sqlite_SOURCES = tests/unit/t_sqlite.c $(SQLITE_KIT)
tests_unit_t_sqlite_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=sqlite3_sleep
tests_unit_t_sqlite_backup_SOURCES = tests/unit/t_sqlite_backup.c $(SQLITE_KIT)
tests_unit_t_sqlite_trouble_SOURCES = tests/unit/t_sqlite_trouble.c $(SQLITE_KIT) \
	tests/unit/oom.c tests/unit/oom.h
tests_unit_t_sqlite_trouble_LDFLAGS = $(oom_link)
check_PROGRAMS += tests/unit/t_store_memory
tests_unit_t_store_memory_SOURCES = tests/unit/t_store_memory.c $(STORE_SUITE)

check_PROGRAMS += \
	tests/unit/t_item \
	tests/unit/t_item_request \
	tests/unit/t_overlay \
	tests/unit/t_store_dynamodb \
	tests/unit/t_store_dynamodb_memory \
	tests/unit/t_store_dynamodb_state
store_oom = tests/unit/oom.c tests/unit/oom.h tests/unit/unit.h tests/unit/json_text.h
fake_dynamodb = tests/unit/fake_dynamodb.c tests/unit/fake_dynamodb.h $(store_oom)
fake_dynamodb_link = $(oom_link) -Wl,--wrap=clock_mono_ms
tests_unit_t_item_SOURCES = tests/unit/t_item.c $(store_oom)
tests_unit_t_item_LDFLAGS = $(oom_link)
tests_unit_t_item_request_SOURCES = tests/unit/t_item_request.c $(store_oom)
tests_unit_t_item_request_LDFLAGS = $(oom_link)
tests_unit_t_overlay_SOURCES = tests/unit/t_overlay.c $(store_oom)
tests_unit_t_overlay_LDFLAGS = $(oom_link)
tests_unit_t_store_dynamodb_SOURCES = tests/unit/t_store_dynamodb.c $(fake_dynamodb)
tests_unit_t_store_dynamodb_LDFLAGS = $(fake_dynamodb_link)
tests_unit_t_store_dynamodb_memory_SOURCES = tests/unit/t_store_dynamodb_memory.c $(fake_dynamodb)
tests_unit_t_store_dynamodb_memory_LDFLAGS = $(fake_dynamodb_link)
tests_unit_t_store_dynamodb_state_SOURCES = tests/unit/t_store_dynamodb_state.c $(fake_dynamodb)
tests_unit_t_store_dynamodb_state_LDFLAGS = $(fake_dynamodb_link)

# Needs an emulator: built by `make emulator-programs`, started by tests/system.
EXTRA_PROGRAMS += tests/unit/emu_store_dynamodb
tests_unit_emu_store_dynamodb_SOURCES = tests/unit/emu_store_dynamodb.c $(STORE_SUITE)
