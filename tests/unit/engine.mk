# The engine's tests turn a clock of their own: tests/unit/engine_kit.h.
engine_kit = tests/unit/engine_clock.c tests/unit/engine_kit.c tests/unit/engine_kit.h \
	tests/unit/fake_dns.c tests/unit/fault_store.c tests/unit/unit.h
engine_world = $(engine_kit) tests/unit/engine_world.c tests/unit/engine_world.h
engine_link = $(AM_LDFLAGS) -Wl,--wrap=clock_mono_ms,--wrap=clock_wall_s,--wrap=rand_below \
	-Wl,--wrap=uv_timer_start,--wrap=uv_timer_stop,--wrap=uv_is_active,--wrap=uv_close \
	-Wl,--wrap=uv_async_send,--wrap=uv_queue_work,--wrap=verify_slow

check_PROGRAMS += \
	tests/unit/t_brakes \
	tests/unit/t_plan \
	tests/unit/t_publish \
	tests/unit/t_engine \
	tests/unit/t_cache \
	tests/unit/t_engine_cache \
	tests/unit/t_engine_stale \
	tests/unit/t_engine_trouble \
	tests/unit/t_engine_life \
	tests/unit/t_engine_race \
	tests/unit/t_engine_rollback \
	tests/unit/t_engine_rivals
tests_unit_t_brakes_SOURCES = tests/unit/t_brakes.c tests/unit/unit.h
tests_unit_t_plan_SOURCES = tests/unit/t_plan.c tests/unit/unit.h
tests_unit_t_publish_SOURCES = tests/unit/t_publish.c $(engine_kit)
tests_unit_t_publish_LDFLAGS = $(engine_link)
tests_unit_t_engine_SOURCES = tests/unit/t_engine.c $(engine_world)
tests_unit_t_engine_LDFLAGS = $(engine_link)
tests_unit_t_engine_trouble_SOURCES = tests/unit/t_engine_trouble.c $(engine_world)
tests_unit_t_engine_trouble_LDFLAGS = $(engine_link)
tests_unit_t_engine_life_SOURCES = tests/unit/t_engine_life.c tests/unit/oom.c tests/unit/oom.h \
	$(engine_world)
tests_unit_t_engine_life_LDFLAGS = $(engine_link) $(oom_link)
tests_unit_t_engine_race_SOURCES = tests/unit/t_engine_race.c $(engine_kit)
tests_unit_t_engine_race_LDFLAGS = $(engine_link)
tests_unit_t_engine_rollback_SOURCES = tests/unit/t_engine_rollback.c $(engine_world)
tests_unit_t_engine_rollback_LDFLAGS = $(engine_link)
tests_unit_t_engine_rivals_SOURCES = tests/unit/t_engine_rivals.c $(engine_kit)
tests_unit_t_engine_rivals_LDFLAGS = $(engine_link)
tests_unit_t_cache_SOURCES = tests/unit/t_cache.c tests/unit/unit.h
tests_unit_t_engine_cache_SOURCES = tests/unit/t_engine_cache.c $(engine_world)
tests_unit_t_engine_cache_LDFLAGS = $(engine_link)
tests_unit_t_engine_stale_SOURCES = tests/unit/t_engine_stale.c $(engine_world)
tests_unit_t_engine_stale_LDFLAGS = $(engine_link)
