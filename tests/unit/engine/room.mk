check_PROGRAMS += \
	tests/unit/engine/accounts \
	tests/unit/engine/agents \
	tests/unit/engine/brakes \
	tests/unit/engine/cache \
	tests/unit/engine/calls \
	tests/unit/engine/change \
	tests/unit/engine/change_limit \
	tests/unit/engine/hashes \
	tests/unit/engine/history_queue \
	tests/unit/engine/history_wait \
	tests/unit/engine/host \
	tests/unit/engine/intents \
	tests/unit/engine/known \
	tests/unit/engine/listed \
	tests/unit/engine/login \
	tests/unit/engine/outbox \
	tests/unit/engine/owners \
	tests/unit/engine/plan \
	tests/unit/engine/plan_item \
	tests/unit/engine/price \
	tests/unit/engine/publish \
	tests/unit/engine/reconcile \
	tests/unit/engine/repeat \
	tests/unit/engine/seen \
	tests/unit/engine/seen_keep \
	tests/unit/engine/stateless \
	tests/unit/engine/sweep \
	tests/unit/engine/update \
	tests/unit/engine/update_history \
	tests/unit/engine/update_learn \
	tests/unit/engine/update_lines \
	tests/unit/engine/update_report \
	tests/unit/engine/updates \
	tests/unit/engine/view \
	tests/unit/engine/writers \
	tests/unit/engine/zones \
	tests/unit/engine/t_engine \
	tests/unit/engine/t_engine_cache \
	tests/unit/engine/t_engine_clear \
	tests/unit/engine/t_engine_life \
	tests/unit/engine/t_engine_race \
	tests/unit/engine/t_engine_repeat \
	tests/unit/engine/t_engine_rivals \
	tests/unit/engine/t_engine_rollback \
	tests/unit/engine/t_engine_shared \
	tests/unit/engine/t_engine_stateless \
	tests/unit/engine/t_engine_stale \
	tests/unit/engine/t_engine_trouble \
	tests/unit/engine/t_engine_turns
tests_unit_engine_accounts_SOURCES = tests/unit/engine/accounts.c $(engine_clock) $(fake_calls) $(fake_malloc) \
	tests/kit/log_kit.h $(unit)
tests_unit_engine_accounts_LDFLAGS = $(engine_link) $(fake_malloc_link)
tests_unit_engine_brakes_SOURCES = tests/unit/engine/brakes.c $(unit)
tests_unit_engine_cache_SOURCES = tests/unit/engine/cache.c $(unit)
tests_unit_engine_agents_SOURCES = tests/unit/engine/agents.c $(fake_clock) $(fake_malloc) \
	tests/kit/log_kit.h $(unit)
tests_unit_engine_agents_LDFLAGS = $(fake_clock_link) $(fake_malloc_link)
tests_unit_engine_calls_SOURCES = tests/unit/engine/calls.c $(engine_clock) $(fake_malloc) \
	tests/kit/log_kit.h $(unit)
tests_unit_engine_calls_LDFLAGS = $(engine_link) $(fake_malloc_link)
tests_unit_engine_change_SOURCES = tests/unit/engine/change.c $(engine_clock) $(fake_calls) $(fake_malloc) \
	$(unit)
tests_unit_engine_change_LDFLAGS = $(engine_link) $(fake_malloc_link)
tests_unit_engine_change_limit_SOURCES = tests/unit/engine/change_limit.c $(fake_malloc) $(values) $(unit)
tests_unit_engine_change_limit_LDFLAGS = $(fake_malloc_link)
tests_unit_engine_hashes_SOURCES = tests/unit/engine/hashes.c $(engine_clock) $(fake_malloc) $(unit)
tests_unit_engine_hashes_LDFLAGS = $(engine_link) $(fake_malloc_link)
tests_unit_engine_history_queue_SOURCES = tests/unit/engine/history_queue.c $(engine_clock) $(fake_calls) \
	$(fake_malloc) tests/kit/log_kit.h $(unit)
tests_unit_engine_history_queue_LDFLAGS = $(engine_link) $(fake_malloc_link)
tests_unit_engine_history_wait_SOURCES = tests/unit/engine/history_wait.c $(fake_malloc) $(values) $(unit)
tests_unit_engine_history_wait_LDFLAGS = $(fake_malloc_link)
tests_unit_engine_host_SOURCES = tests/unit/engine/host.c \
	tests/kit/said.h $(engine_clock) $(fake_malloc) $(unit)
tests_unit_engine_host_LDFLAGS = $(engine_link) $(fake_malloc_link)
tests_unit_engine_intents_SOURCES = tests/unit/engine/intents.c $(fake_clock) $(fake_malloc) $(values) \
	$(unit)
tests_unit_engine_intents_LDFLAGS = $(fake_clock_link) $(fake_malloc_link)
tests_unit_engine_known_SOURCES = tests/unit/engine/known.c $(fake_malloc) $(values) $(unit)
tests_unit_engine_known_LDFLAGS = $(fake_malloc_link)
tests_unit_engine_listed_SOURCES = tests/unit/engine/listed.c $(fake_malloc) $(unit)
tests_unit_engine_listed_LDFLAGS = $(fake_malloc_link)
tests_unit_engine_login_SOURCES = tests/unit/engine/login.c $(engine_clock) $(fake_malloc) \
	$(unit)
tests_unit_engine_login_LDFLAGS = $(engine_link) $(fake_malloc_link)
tests_unit_engine_outbox_SOURCES = tests/unit/engine/outbox.c $(fake_malloc) $(values) $(unit)
tests_unit_engine_outbox_LDFLAGS = $(fake_malloc_link)
tests_unit_engine_owners_SOURCES = tests/unit/engine/owners.c $(fake_malloc) $(values) $(unit)
tests_unit_engine_owners_LDFLAGS = $(fake_malloc_link)
tests_unit_engine_plan_item_SOURCES = tests/unit/engine/plan_item.c $(unit) $(values)
tests_unit_engine_price_SOURCES = tests/unit/engine/price.c $(fake_malloc) $(unit)
tests_unit_engine_price_LDFLAGS = $(fake_malloc_link)
tests_unit_engine_plan_SOURCES = tests/unit/engine/plan.c $(unit) $(values)
tests_unit_engine_publish_SOURCES = tests/unit/engine/publish.c tests/kit/log_kit.h $(engine_kit) \
	$(unit)
tests_unit_engine_publish_LDFLAGS = $(engine_link)
tests_unit_engine_reconcile_SOURCES = tests/unit/engine/reconcile.c \
	tests/kit/log_kit.h tests/kit/said.h $(engine_clock) $(fake_calls) \
	$(fake_malloc) $(unit)
tests_unit_engine_reconcile_LDFLAGS = $(engine_link) $(fake_malloc_link)
tests_unit_engine_repeat_SOURCES = tests/unit/engine/repeat.c $(engine_clock) $(fake_malloc) $(unit)
tests_unit_engine_repeat_LDFLAGS = $(engine_link) $(fake_malloc_link)
tests_unit_engine_seen_SOURCES = tests/unit/engine/seen.c $(fake_malloc) $(values) $(unit)
tests_unit_engine_seen_LDFLAGS = $(fake_malloc_link)
tests_unit_engine_seen_keep_SOURCES = tests/unit/engine/seen_keep.c $(engine_clock) $(fake_malloc) \
	$(unit)
tests_unit_engine_seen_keep_LDFLAGS = $(engine_link) $(fake_malloc_link)
tests_unit_engine_view_SOURCES = tests/unit/engine/view.c $(engine_world) $(unit)
tests_unit_engine_view_LDFLAGS = $(engine_link)
tests_unit_engine_stateless_SOURCES = tests/unit/engine/stateless.c $(engine_clock) \
	$(fake_malloc) $(unit)
tests_unit_engine_stateless_LDFLAGS = $(engine_link) $(fake_malloc_link)
tests_unit_engine_sweep_SOURCES = tests/unit/engine/sweep.c tests/kit/log_kit.h tests/kit/said.h \
	$(fake_malloc) $(values) $(unit)
tests_unit_engine_sweep_LDFLAGS = $(fake_malloc_link)
tests_unit_engine_update_SOURCES = tests/unit/engine/update.c $(engine_clock) $(fake_malloc) \
	$(unit)
tests_unit_engine_update_LDFLAGS = $(engine_link) $(fake_malloc_link) \
	-Wl,--wrap=idn2_lookup_u8
tests_unit_engine_update_history_SOURCES = tests/unit/engine/update_history.c $(fake_malloc) \
	$(values) $(unit)
tests_unit_engine_update_history_LDFLAGS = $(fake_malloc_link)
tests_unit_engine_update_lines_SOURCES = tests/unit/engine/update_lines.c $(unit) $(values)
tests_unit_engine_update_report_SOURCES = tests/unit/engine/update_report.c $(fake_malloc) \
	tests/kit/log_kit.h $(values) $(unit)
tests_unit_engine_update_report_LDFLAGS = $(fake_malloc_link)
tests_unit_engine_updates_SOURCES = tests/unit/engine/updates.c $(engine_clock) $(fake_malloc) \
	tests/kit/log_kit.h $(unit)
tests_unit_engine_updates_LDFLAGS = $(engine_link) $(fake_malloc_link)
tests_unit_engine_writers_SOURCES = tests/unit/engine/writers.c $(fake_malloc) $(values) $(unit)
tests_unit_engine_writers_LDFLAGS = $(fake_malloc_link)
tests_unit_engine_zones_SOURCES = tests/unit/engine/zones.c $(fake_malloc) $(values) $(unit)
tests_unit_engine_zones_LDFLAGS = $(fake_malloc_link)
tests_unit_engine_t_engine_SOURCES = tests/unit/engine/t_engine.c $(engine_world) $(unit)
tests_unit_engine_t_engine_LDFLAGS = $(engine_link)
tests_unit_engine_t_engine_cache_SOURCES = tests/unit/engine/t_engine_cache.c $(engine_world) \
	$(unit)
tests_unit_engine_t_engine_cache_LDFLAGS = $(engine_link)
tests_unit_engine_t_engine_clear_SOURCES = tests/unit/engine/t_engine_clear.c $(engine_kit) $(unit)
tests_unit_engine_t_engine_clear_LDFLAGS = $(engine_link)
tests_unit_engine_t_engine_life_SOURCES = tests/unit/engine/t_engine_life.c $(engine_world) \
	$(fake_malloc) $(unit)
tests_unit_engine_t_engine_life_LDFLAGS = $(engine_link) $(fake_malloc_link)
tests_unit_engine_t_engine_race_SOURCES = tests/unit/engine/t_engine_race.c $(engine_kit) $(unit)
tests_unit_engine_t_engine_race_LDFLAGS = $(engine_link)
tests_unit_engine_t_engine_repeat_SOURCES = tests/unit/engine/t_engine_repeat.c $(engine_world) \
	$(unit)
tests_unit_engine_t_engine_repeat_LDFLAGS = $(engine_link)
tests_unit_engine_t_engine_rivals_SOURCES = tests/unit/engine/t_engine_rivals.c $(engine_kit) \
	$(unit)
tests_unit_engine_t_engine_rivals_LDFLAGS = $(engine_link)
tests_unit_engine_t_engine_rollback_SOURCES = tests/unit/engine/t_engine_rollback.c $(engine_world) \
	$(unit)
tests_unit_engine_t_engine_rollback_LDFLAGS = $(engine_link)
tests_unit_engine_t_engine_shared_SOURCES = tests/unit/engine/t_engine_shared.c $(engine_world) \
	$(unit)
tests_unit_engine_t_engine_shared_LDFLAGS = $(engine_link)
tests_unit_engine_t_engine_stateless_SOURCES = tests/unit/engine/t_engine_stateless.c \
	$(engine_kit) $(unit)
tests_unit_engine_t_engine_stateless_LDFLAGS = $(engine_link)
tests_unit_engine_t_engine_stale_SOURCES = tests/unit/engine/t_engine_stale.c $(engine_world) \
	$(unit)
tests_unit_engine_t_engine_stale_LDFLAGS = $(engine_link)
tests_unit_engine_t_engine_trouble_SOURCES = tests/unit/engine/t_engine_trouble.c $(engine_world) \
	$(unit)
tests_unit_engine_t_engine_trouble_LDFLAGS = $(engine_link)
tests_unit_engine_t_engine_turns_SOURCES = tests/unit/engine/t_engine_turns.c $(engine_world) \
	$(unit)
tests_unit_engine_t_engine_turns_LDFLAGS = $(engine_link)
tests_unit_engine_update_learn_SOURCES = tests/unit/engine/update_learn.c tests/kit/said.h $(values) $(unit)
