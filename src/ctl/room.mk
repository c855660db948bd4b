libmooring_a_SOURCES += \
	src/ctl/args.h \
	src/ctl/backup.c src/ctl/backup.h \
	src/ctl/command.c src/ctl/command.h \
	src/ctl/ctl.c src/ctl/ctl.h \
	src/ctl/delegation.c src/ctl/delegation.h \
	src/ctl/doctor.c src/ctl/doctor.h \
	src/ctl/doctor_aws.c src/ctl/doctor_aws.h \
	src/ctl/doctor_state.h \
	src/ctl/doctor_zone.c src/ctl/doctor_zone.h \
	src/ctl/drift.c src/ctl/drift.h \
	src/ctl/file.c src/ctl/file.h \
	src/ctl/frame.c src/ctl/frame.h \
	src/ctl/health.c src/ctl/health.h \
	src/ctl/hosts.c src/ctl/hosts.h \
	src/ctl/input.c src/ctl/input.h \
	src/ctl/interrupt.c src/ctl/interrupt.h \
	src/ctl/listing.c src/ctl/listing.h \
	src/ctl/parse.c src/ctl/parse.h \
	src/ctl/permission.c src/ctl/permission.h \
	src/ctl/policy.c src/ctl/policy.h \
	src/ctl/print.c src/ctl/print.h \
	src/ctl/doctor_call.c src/ctl/doctor_call.h \
	src/ctl/progress.c src/ctl/progress.h \
	src/ctl/records.c src/ctl/records.h \
	src/ctl/removal.c src/ctl/removal.h \
	src/ctl/repair.c src/ctl/repair.h \
	src/ctl/report.c src/ctl/report.h \
	src/ctl/resolver.c src/ctl/resolver.h \
	src/ctl/restore.c src/ctl/restore.h \
	src/ctl/say.c src/ctl/say.h \
	src/ctl/session.c src/ctl/session.h \
	src/ctl/table.c src/ctl/table.h \
	src/ctl/test.c src/ctl/test.h \
	src/ctl/usage.c src/ctl/usage.h \
	src/ctl/user.c src/ctl/user.h \
	src/ctl/verify_zones.c src/ctl/verify_zones.h \
	src/ctl/zone_read.c src/ctl/zone_read.h
