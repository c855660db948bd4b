check_PROGRAMS += \
	tests/unit/conf/check \
	tests/unit/conf/conf \
	tests/unit/conf/diff \
	tests/unit/conf/dump \
	tests/unit/conf/find \
	tests/unit/conf/grammar \
	tests/unit/conf/keys \
	tests/unit/conf/listens \
	tests/unit/conf/load \
	tests/unit/conf/loader \
	tests/unit/conf/notify_check \
	tests/unit/conf/scan \
	tests/unit/conf/texts \
	tests/unit/conf/titled \
	tests/unit/conf/value \
	tests/unit/conf/value_print \
	tests/unit/conf/variables
tests_unit_conf_conf_SOURCES = tests/unit/conf/conf.c $(conf_kit) $(fake_malloc) $(unit)
tests_unit_conf_conf_LDFLAGS = $(fake_malloc_link)
tests_unit_conf_diff_SOURCES = tests/unit/conf/diff.c $(conf_kit) $(unit)
tests_unit_conf_dump_SOURCES = tests/unit/conf/dump.c $(conf_kit) $(fake_malloc) $(unit)
tests_unit_conf_dump_LDFLAGS = $(fake_malloc_link)
tests_unit_conf_find_SOURCES = tests/unit/conf/find.c $(unit)
tests_unit_conf_keys_SOURCES = tests/unit/conf/keys.c $(conf_kit) $(unit)
tests_unit_conf_load_SOURCES = tests/unit/conf/load.c $(conf_kit) $(unit)
tests_unit_conf_scan_SOURCES = tests/unit/conf/scan.c $(fake_malloc) $(unit)
tests_unit_conf_scan_LDFLAGS = $(fake_malloc_link)
tests_unit_conf_titled_SOURCES = tests/unit/conf/titled.c $(unit)
tests_unit_conf_value_SOURCES = tests/unit/conf/value.c $(fake_malloc) $(unit)
tests_unit_conf_value_LDFLAGS = $(fake_malloc_link)
tests_unit_conf_value_print_SOURCES = tests/unit/conf/value_print.c $(unit)
tests_unit_conf_variables_SOURCES = tests/unit/conf/variables.c $(conf_kit) $(unit)
tests_unit_conf_check_SOURCES = tests/unit/conf/check.c $(conf_kit) $(unit)
tests_unit_conf_grammar_SOURCES = tests/unit/conf/grammar.c $(conf_kit) $(unit)
tests_unit_conf_listens_SOURCES = tests/unit/conf/listens.c $(conf_kit) $(unit)
tests_unit_conf_loader_SOURCES = tests/unit/conf/loader.c $(conf_kit) $(unit)
tests_unit_conf_notify_check_SOURCES = tests/unit/conf/notify_check.c $(conf_kit) $(unit)
tests_unit_conf_texts_SOURCES = tests/unit/conf/texts.c $(fake_malloc) $(unit)
tests_unit_conf_texts_LDFLAGS = $(fake_malloc_link)
