libmooring_a_SOURCES += \
	src/ops/status.c src/ops/status.h \
	src/ops/store_watch.c src/ops/store_watch.h \
	src/ops/backends.c src/ops/backends.h \
	src/ops/certificates.c src/ops/certificates.h \
	src/ops/daemon.c src/ops/daemon.h \
	src/ops/envfile.c src/ops/envfile.h \
	src/ops/logging.c src/ops/logging.h \
	src/ops/options.c src/ops/options.h \
	src/ops/process.c src/ops/process.h \
	src/ops/sd.c src/ops/sd.h \
	src/ops/server_name.c src/ops/server_name.h \
	src/ops/start_check.c src/ops/start_check.h \
	src/ops/versions.c src/ops/versions.h
