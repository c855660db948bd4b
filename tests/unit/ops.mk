check_PROGRAMS += \
	tests/unit/t_admin \
	tests/unit/t_envfile \
	tests/unit/t_options \
	tests/unit/t_process \
	tests/unit/t_sd
tests_unit_t_admin_SOURCES = tests/unit/t_admin.c tests/unit/unit.h
tests_unit_t_envfile_SOURCES = tests/unit/t_envfile.c tests/unit/unit.h
tests_unit_t_options_SOURCES = tests/unit/t_options.c tests/unit/unit.h
tests_unit_t_process_SOURCES = tests/unit/t_process.c tests/unit/unit.h
tests_unit_t_sd_SOURCES = tests/unit/t_sd.c tests/unit/unit.h
