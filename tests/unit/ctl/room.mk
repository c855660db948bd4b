check_PROGRAMS += \
	tests/unit/ctl/doctor \
	tests/unit/ctl/drift \
	tests/unit/ctl/file
tests_unit_ctl_doctor_SOURCES = tests/unit/ctl/doctor.c $(unit)
tests_unit_ctl_drift_SOURCES = tests/unit/ctl/drift.c $(unit)
tests_unit_ctl_file_SOURCES = tests/unit/ctl/file.c $(unit)
