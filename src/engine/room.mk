libmooring_a_SOURCES += \
	src/engine/auth.c \
	src/engine/brakes.c src/engine/brakes.h \
	src/engine/cache.c src/engine/cache.h \
	src/engine/confirm.c \
	src/engine/engine.c src/engine/engine.h \
	src/engine/family.h \
	src/engine/host.c \
	src/engine/internal.h \
	src/engine/lookup.c \
	src/engine/orphan.c \
	src/engine/plan.c src/engine/plan.h \
	src/engine/probe.c \
	src/engine/publish.c src/engine/publish.h \
	src/engine/rollback.c \
	src/engine/settle.c \
	src/engine/stale.c \
	src/engine/sync.c \
	src/engine/update.c \
	src/engine/update_log.c
