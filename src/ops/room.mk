libmooring_a_SOURCES += \
	src/ops/addresses.c src/ops/addresses.h \
	src/ops/status.c src/ops/status.h \
	src/ops/status_file.c src/ops/status_file.h \
	src/ops/status_lines.c src/ops/status_lines.h \
	src/ops/status_place.c src/ops/status_place.h \
	src/ops/status_socket.c src/ops/status_socket.h \
	src/ops/store_watch.c src/ops/store_watch.h \
	src/ops/backend.h \
	src/ops/backends.c src/ops/backends.h \
	src/ops/certificates.c src/ops/certificates.h \
	src/ops/daemon.c src/ops/daemon.h \
	src/ops/emf.c src/ops/emf.h \
	src/ops/envfile.c src/ops/envfile.h \
	src/ops/landlock.c src/ops/landlock.h \
	src/ops/links.c src/ops/links.h \
	src/ops/logging.c src/ops/logging.h \
	src/ops/options.c src/ops/options.h \
	src/ops/pepper_file.c src/ops/pepper_file.h \
	src/ops/process.c src/ops/process.h \
	src/ops/pseudonym_file.c src/ops/pseudonym_file.h \
	src/ops/sd.c src/ops/sd.h \
	src/ops/server_name.c src/ops/server_name.h \
	src/ops/start_check.c src/ops/start_check.h \
	src/ops/store_mode.c src/ops/store_mode.h \
	src/ops/targets.c src/ops/targets.h \
	src/ops/threads.c src/ops/threads.h \
	src/ops/versions.c src/ops/versions.h \
	src/ops/walls.c src/ops/walls.h \
	src/ops/notices.c src/ops/notices.h \
	src/ops/silence.c src/ops/silence.h \
	src/ops/targets.c src/ops/targets.h \
	src/ops/walls_notify.c src/ops/walls_notify.h \
	src/ops/walls_places.c src/ops/walls_places.h \
	src/ops/watchdog.c src/ops/watchdog.h
libmooring_a_SOURCES += src/ops/parts_aws.h
if WITH_AWS
libmooring_a_SOURCES += \
	src/ops/backends_aws.c src/ops/backends_aws.h \
	src/ops/parts_aws.c \
	src/ops/walls_aws.c src/ops/walls_aws.h
else
libmooring_a_SOURCES += src/ops/parts_aws_without.c
endif
