check_PROGRAMS += \
	tests/unit/ops/addresses \
	tests/unit/ops/certificates \
	tests/unit/ops/status \
	tests/unit/ops/status_file \
	tests/unit/ops/status_lines \
	tests/unit/ops/status_place \
	tests/unit/ops/status_socket \
	tests/unit/ops/store_watch \
	tests/unit/ops/emf \
	tests/unit/ops/envfile \
	tests/unit/ops/landlock \
	tests/unit/ops/links \
	tests/unit/ops/walls_notify \
	tests/unit/ops/walls_places \
	tests/unit/ops/notices \
	tests/unit/ops/options \
	tests/unit/ops/pepper_file \
	tests/unit/ops/process \
	tests/unit/ops/pseudonym_file \
	tests/unit/ops/sd \
	tests/unit/ops/server_name \
	tests/unit/ops/silence \
	tests/unit/ops/threads \
	tests/unit/ops/watchdog
if WITH_AWS
check_PROGRAMS += \
	tests/unit/ops/walls_aws
endif
tests_unit_ops_addresses_SOURCES = tests/unit/ops/addresses.c $(conf_kit) $(unit)
tests_unit_ops_watchdog_SOURCES = tests/unit/ops/watchdog.c tests/kit/log_kit.h $(unit)
tests_unit_ops_certificates_SOURCES = tests/unit/ops/certificates.c $(http_fixture) $(unit)
tests_unit_ops_status_file_SOURCES = tests/unit/ops/status_file.c $(fake_malloc) $(unit)
tests_unit_ops_status_file_LDFLAGS = $(fake_malloc_link)
tests_unit_ops_status_lines_SOURCES = tests/unit/ops/status_lines.c $(values) $(unit)
tests_unit_ops_status_place_SOURCES = tests/unit/ops/status_place.c $(unit)
tests_unit_ops_status_socket_SOURCES = tests/unit/ops/status_socket.c $(fake_malloc) $(unit)
tests_unit_ops_status_socket_LDFLAGS = $(fake_malloc_link)
tests_unit_ops_status_SOURCES = tests/unit/ops/status.c $(unit)
tests_unit_ops_emf_SOURCES = tests/unit/ops/emf.c tests/kit/log_kit.h $(fake_malloc) $(unit)
tests_unit_ops_emf_LDFLAGS = $(fake_malloc_link)
tests_unit_ops_envfile_SOURCES = tests/unit/ops/envfile.c $(unit)
tests_unit_ops_options_SOURCES = tests/unit/ops/options.c $(unit)
tests_unit_ops_pepper_file_SOURCES = tests/unit/ops/pepper_file.c $(unit)
tests_unit_ops_pseudonym_file_SOURCES = tests/unit/ops/pseudonym_file.c $(values) $(unit)
tests_unit_ops_process_SOURCES = tests/unit/ops/process.c $(unit)
tests_unit_ops_threads_SOURCES = tests/unit/ops/threads.c $(unit)
tests_unit_ops_sd_SOURCES = tests/unit/ops/sd.c $(unit)
tests_unit_ops_store_watch_SOURCES = tests/unit/ops/store_watch.c $(engine_clock) $(fake_malloc) \
	$(unit)
tests_unit_ops_store_watch_LDFLAGS = $(fake_malloc_link) $(engine_link)
tests_unit_ops_server_name_SOURCES = tests/unit/ops/server_name.c tests/kit/certificate_kit.h \
	$(conf_kit) $(http_fixture) $(unit)
tests_unit_ops_landlock_SOURCES = tests/unit/ops/landlock.c $(unit)
tests_unit_ops_links_SOURCES = tests/unit/ops/links.c $(unit)
tests_unit_ops_walls_aws_SOURCES = tests/unit/ops/walls_aws.c $(unit)
tests_unit_ops_walls_notify_SOURCES = tests/unit/ops/walls_notify.c $(conf_kit) $(unit)
tests_unit_ops_walls_places_SOURCES = tests/unit/ops/walls_places.c $(fake_malloc) $(unit)
tests_unit_ops_walls_places_LDFLAGS = $(fake_malloc_link)
tests_unit_ops_silence_SOURCES = tests/unit/ops/silence.c $(notify_kit) $(unit)
tests_unit_ops_silence_LDFLAGS = $(engine_link)
tests_unit_ops_notices_SOURCES = tests/unit/ops/notices.c $(notify_kit) $(unit)
tests_unit_ops_notices_LDFLAGS = $(engine_link)
