# Tests that make allocations fail: tests/unit/oom.h.
oom_link = $(AM_LDFLAGS) \
	-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup,--wrap=strndup

check_PROGRAMS += \
	tests/unit/t_buf \
	tests/unit/t_due_list \
	tests/unit/t_due_timer \
	tests/unit/t_err \
	tests/unit/t_hash_table \
	tests/unit/t_log \
	tests/unit/t_log_line \
	tests/unit/t_mailbox \
	tests/unit/t_metric \
	tests/unit/t_rand \
	tests/unit/t_str
tests_unit_t_buf_SOURCES = tests/unit/t_buf.c tests/unit/oom.c tests/unit/oom.h tests/unit/unit.h
tests_unit_t_buf_LDFLAGS = $(oom_link)
tests_unit_t_due_list_SOURCES = tests/unit/t_due_list.c tests/unit/unit.h
tests_unit_t_due_timer_SOURCES = tests/unit/t_due_timer.c tests/unit/unit.h
tests_unit_t_due_timer_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=clock_mono_ms,--wrap=uv_timer_start
tests_unit_t_err_SOURCES = tests/unit/t_err.c tests/unit/unit.h
tests_unit_t_hash_table_SOURCES = tests/unit/t_hash_table.c tests/unit/oom.c tests/unit/oom.h \
	tests/unit/unit.h
tests_unit_t_hash_table_LDFLAGS = $(oom_link)
tests_unit_t_log_SOURCES = tests/unit/t_log.c tests/unit/log_kit.h tests/unit/oom.c tests/unit/oom.h \
	tests/unit/unit.h
tests_unit_t_log_LDFLAGS = $(oom_link)
tests_unit_t_log_line_SOURCES = tests/unit/t_log_line.c tests/unit/unit.h
tests_unit_t_mailbox_SOURCES = tests/unit/t_mailbox.c tests/unit/oom.c tests/unit/oom.h \
	tests/unit/unit.h
tests_unit_t_mailbox_LDFLAGS = $(oom_link)
tests_unit_t_metric_SOURCES = tests/unit/t_metric.c tests/unit/unit.h
tests_unit_t_rand_SOURCES = tests/unit/t_rand.c tests/unit/unit.h
tests_unit_t_str_SOURCES = tests/unit/t_str.c tests/unit/unit.h
