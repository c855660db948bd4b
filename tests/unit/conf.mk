check_PROGRAMS += \
	tests/unit/t_conf \
	tests/unit/t_conf_diff \
	tests/unit/t_conf_env \
	tests/unit/t_conf_errors \
	tests/unit/t_conf_find
conf_kit = tests/unit/conf_kit.c tests/unit/conf_kit.h tests/unit/unit.h
tests_unit_t_conf_SOURCES = tests/unit/t_conf.c tests/unit/oom.c tests/unit/oom.h $(conf_kit)
tests_unit_t_conf_LDFLAGS = $(oom_link)
tests_unit_t_conf_diff_SOURCES = tests/unit/t_conf_diff.c $(conf_kit)
tests_unit_t_conf_env_SOURCES = tests/unit/t_conf_env.c $(conf_kit)
tests_unit_t_conf_errors_SOURCES = tests/unit/t_conf_errors.c $(conf_kit)
tests_unit_t_conf_find_SOURCES = tests/unit/t_conf_find.c tests/unit/unit.h
