check_PROGRAMS += tests/unit/t_doctor
tests_unit_t_doctor_SOURCES = tests/unit/t_doctor.c tests/unit/unit.h

check_PROGRAMS += tests/unit/t_drift
tests_unit_t_drift_SOURCES = tests/unit/t_drift.c tests/unit/unit.h

check_PROGRAMS += tests/unit/t_file
tests_unit_t_file_SOURCES = tests/unit/t_file.c tests/unit/unit.h
