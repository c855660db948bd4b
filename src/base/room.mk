libmooring_a_SOURCES += \
	src/base/backoff.c src/base/backoff.h \
	src/base/buf.c src/base/buf.h \
	src/base/clock.c src/base/clock.h \
	src/base/container_of.h \
	src/base/due_list.c src/base/due_list.h \
	src/base/due_timer.c src/base/due_timer.h \
	src/base/err.c src/base/err.h \
	src/base/hash_table.c src/base/hash_table.h \
	src/base/histogram.c src/base/histogram.h \
	src/base/log.c src/base/log.h \
	src/base/log_line.c src/base/log_line.h \
	src/base/mac.c src/base/mac.h \
	src/base/mailbox.c src/base/mailbox.h \
	src/base/metric.c src/base/metric.h \
	src/base/process_run.c src/base/process_run.h \
	src/base/rand.c src/base/rand.h \
	src/base/secret_file.c src/base/secret_file.h \
	src/base/str.c src/base/str.h \
	src/base/template.c src/base/template.h \
	src/base/turn.c src/base/turn.h \
	src/base/wiping.c src/base/wiping.h
