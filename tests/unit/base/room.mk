check_PROGRAMS += \
	tests/unit/base/backoff \
	tests/unit/base/buf \
	tests/unit/base/due_list \
	tests/unit/base/due_timer \
	tests/unit/base/err \
	tests/unit/base/hash_table \
	tests/unit/base/histogram \
	tests/unit/base/log \
	tests/unit/base/log_line \
	tests/unit/base/mac \
	tests/unit/base/mailbox \
	tests/unit/base/metric \
	tests/unit/base/process_run \
	tests/unit/base/rand \
	tests/unit/base/secret_file \
	tests/unit/base/str \
	tests/unit/base/template \
	tests/unit/base/turn \
	tests/unit/base/wiping
tests_unit_base_backoff_SOURCES = tests/unit/base/backoff.c $(unit)
tests_unit_base_buf_SOURCES = tests/unit/base/buf.c $(fake_malloc) $(unit)
tests_unit_base_buf_LDFLAGS = $(fake_malloc_link)
tests_unit_base_due_list_SOURCES = tests/unit/base/due_list.c $(unit)
tests_unit_base_due_timer_SOURCES = tests/unit/base/due_timer.c $(fake_clock) $(unit)
tests_unit_base_due_timer_LDFLAGS = $(fake_clock_link) -Wl,--wrap=uv_timer_start
tests_unit_base_err_SOURCES = tests/unit/base/err.c $(unit)
tests_unit_base_hash_table_SOURCES = tests/unit/base/hash_table.c $(fake_malloc) $(unit)
tests_unit_base_hash_table_LDFLAGS = $(fake_malloc_link)
tests_unit_base_histogram_SOURCES = tests/unit/base/histogram.c $(unit)
tests_unit_base_log_SOURCES = tests/unit/base/log.c tests/kit/log_kit.h $(fake_malloc) $(unit)
tests_unit_base_log_LDFLAGS = $(fake_malloc_link)
tests_unit_base_log_line_SOURCES = tests/unit/base/log_line.c $(unit)
tests_unit_base_mac_SOURCES = tests/unit/base/mac.c $(unit)
tests_unit_base_mailbox_SOURCES = tests/unit/base/mailbox.c $(fake_malloc) $(unit)
tests_unit_base_mailbox_LDFLAGS = $(fake_malloc_link)
tests_unit_base_metric_SOURCES = tests/unit/base/metric.c $(unit)
tests_unit_base_process_run_SOURCES = tests/unit/base/process_run.c $(fake_malloc) $(unit)
tests_unit_base_process_run_LDFLAGS = $(fake_malloc_link)
tests_unit_base_rand_SOURCES = tests/unit/base/rand.c $(unit)
tests_unit_base_secret_file_SOURCES = tests/unit/base/secret_file.c $(unit)
tests_unit_base_str_SOURCES = tests/unit/base/str.c $(unit)
tests_unit_base_template_SOURCES = tests/unit/base/template.c $(fake_malloc) $(unit)
tests_unit_base_template_LDFLAGS = $(fake_malloc_link)
tests_unit_base_turn_SOURCES = tests/unit/base/turn.c $(fake_malloc) $(unit)
tests_unit_base_turn_LDFLAGS = $(fake_malloc_link)
tests_unit_base_wiping_SOURCES = tests/unit/base/wiping.c $(fake_malloc) $(unit)
tests_unit_base_wiping_LDFLAGS = $(fake_malloc_link) -Wl,--wrap=free
