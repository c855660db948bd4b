check_PROGRAMS += \
	tests/unit/ctl/claim_pairs \
	tests/unit/ctl/clear \
	tests/unit/ctl/client_find \
	tests/unit/ctl/client_form \
	tests/unit/ctl/client_notes \
	tests/unit/ctl/client_page \
	tests/unit/ctl/command \
	tests/unit/ctl/conform_judge \
	tests/unit/ctl/conform_table \
	tests/unit/ctl/delegation \
	tests/unit/ctl/drift \
	tests/unit/ctl/file \
	tests/unit/ctl/history_print \
	tests/unit/ctl/nobody \
	tests/unit/ctl/permission \
	tests/unit/ctl/program \
	tests/unit/ctl/progress \
	tests/unit/ctl/records \
	tests/unit/ctl/resolver \
	tests/unit/ctl/input \
	tests/unit/ctl/interrupt \
	tests/unit/ctl/listing \
	tests/unit/ctl/owner_search \
	tests/unit/ctl/parse \
	tests/unit/ctl/print \
	tests/unit/ctl/report \
	tests/unit/ctl/say \
	tests/unit/ctl/secret_need \
	tests/unit/ctl/setup_answers \
	tests/unit/ctl/setup_file \
	tests/unit/ctl/setup_take \
	tests/unit/ctl/setup_talk \
	tests/unit/ctl/setup_text \
	tests/unit/ctl/shared \
	tests/unit/ctl/status_kept \
	tests/unit/ctl/status_rows \
	tests/unit/ctl/table \
	tests/unit/ctl/usage \
	tests/unit/ctl/zone_read \
	tests/unit/ctl/csv \
	tests/unit/ctl/fields \
	tests/unit/ctl/import_csv \
	tests/unit/ctl/import_ddclient \
	tests/unit/ctl/import_dyndnsd \
	tests/unit/ctl/import_file \
	tests/unit/ctl/import_hosts \
	tests/unit/ctl/import_json \
	tests/unit/ctl/import_list \
	tests/unit/ctl/import_match \
	tests/unit/ctl/json_walk \
	tests/unit/ctl/secret_given \
	tests/unit/ctl/secrets_file
if WITH_AWS
check_PROGRAMS += \
	tests/unit/ctl/capacity \
	tests/unit/ctl/policy \
	tests/unit/ctl/policy_least
endif
tests_unit_ctl_capacity_SOURCES = tests/unit/ctl/capacity.c $(unit)
tests_unit_ctl_claim_pairs_SOURCES = tests/unit/ctl/claim_pairs.c $(fake_malloc) $(unit) $(values)
tests_unit_ctl_claim_pairs_LDFLAGS = $(fake_malloc_link)
tests_unit_ctl_clear_SOURCES = tests/unit/ctl/clear.c $(unit) $(values)
tests_unit_ctl_conform_judge_SOURCES = tests/unit/ctl/conform_judge.c $(unit)
tests_unit_ctl_conform_table_SOURCES = tests/unit/ctl/conform_table.c $(unit)
tests_unit_ctl_delegation_SOURCES = tests/unit/ctl/delegation.c $(unit)
tests_unit_ctl_drift_SOURCES = tests/unit/ctl/drift.c $(unit) $(values)
tests_unit_ctl_file_SOURCES = tests/unit/ctl/file.c $(unit)
tests_unit_ctl_nobody_SOURCES = tests/unit/ctl/nobody.c $(unit) $(values)
tests_unit_ctl_permission_SOURCES = tests/unit/ctl/permission.c $(unit)
tests_unit_ctl_policy_SOURCES = tests/unit/ctl/policy.c $(unit)
tests_unit_ctl_policy_least_SOURCES = tests/unit/ctl/policy_least.c $(unit)
tests_unit_ctl_progress_SOURCES = tests/unit/ctl/progress.c $(unit)
tests_unit_ctl_program_SOURCES = tests/unit/ctl/program.c tests/kit/output_kit.h $(unit)
tests_unit_ctl_setup_answers_SOURCES = tests/unit/ctl/setup_answers.c $(unit)
tests_unit_ctl_setup_file_SOURCES = tests/unit/ctl/setup_file.c $(unit)
tests_unit_ctl_setup_take_SOURCES = tests/unit/ctl/setup_take.c $(unit)
tests_unit_ctl_setup_talk_SOURCES = tests/unit/ctl/setup_talk.c $(unit)
tests_unit_ctl_setup_text_SOURCES = tests/unit/ctl/setup_text.c $(unit)
tests_unit_ctl_records_SOURCES = tests/unit/ctl/records.c $(unit) $(values)
tests_unit_ctl_resolver_SOURCES = tests/unit/ctl/resolver.c $(unit)
tests_unit_ctl_input_SOURCES = tests/unit/ctl/input.c $(unit)
tests_unit_ctl_interrupt_SOURCES = tests/unit/ctl/interrupt.c $(unit)
tests_unit_ctl_owner_search_SOURCES = tests/unit/ctl/owner_search.c $(unit) $(values)
tests_unit_ctl_parse_SOURCES = tests/unit/ctl/parse.c tests/kit/output_kit.h $(unit)
tests_unit_ctl_print_SOURCES = tests/unit/ctl/print.c tests/kit/output_kit.h $(unit) $(values)
tests_unit_ctl_report_SOURCES = tests/unit/ctl/report.c tests/kit/output_kit.h $(unit)
tests_unit_ctl_say_SOURCES = tests/unit/ctl/say.c tests/kit/output_kit.h $(unit)
tests_unit_ctl_secret_need_SOURCES = tests/unit/ctl/secret_need.c $(unit)
tests_unit_ctl_shared_SOURCES = tests/unit/ctl/shared.c $(unit)
tests_unit_ctl_status_kept_SOURCES = tests/unit/ctl/status_kept.c $(fake_malloc) $(values) $(unit)
tests_unit_ctl_status_kept_LDFLAGS = $(fake_malloc_link)
tests_unit_ctl_status_rows_SOURCES = tests/unit/ctl/status_rows.c $(fake_malloc) $(values) $(unit)
tests_unit_ctl_status_rows_LDFLAGS = $(fake_malloc_link)
tests_unit_ctl_history_print_SOURCES = tests/unit/ctl/history_print.c $(fake_malloc) $(values) \
	$(unit)
tests_unit_ctl_history_print_LDFLAGS = $(fake_malloc_link)
tests_unit_ctl_table_SOURCES = tests/unit/ctl/table.c $(fake_malloc) $(unit)
tests_unit_ctl_table_LDFLAGS = $(fake_malloc_link)
tests_unit_ctl_client_find_SOURCES = tests/unit/ctl/client_find.c $(unit)
tests_unit_ctl_client_form_SOURCES = tests/unit/ctl/client_form.c $(unit)
tests_unit_ctl_client_notes_SOURCES = tests/unit/ctl/client_notes.c $(unit)
tests_unit_ctl_client_page_SOURCES = tests/unit/ctl/client_page.c $(unit)
tests_unit_ctl_command_SOURCES = tests/unit/ctl/command.c $(unit)
tests_unit_ctl_listing_SOURCES = tests/unit/ctl/listing.c tests/kit/output_kit.h $(fake_malloc) \
	$(unit)
tests_unit_ctl_listing_LDFLAGS = $(fake_malloc_link)
tests_unit_ctl_usage_SOURCES = tests/unit/ctl/usage.c tests/kit/output_kit.h $(unit)
tests_unit_ctl_zone_read_SOURCES = tests/unit/ctl/zone_read.c $(fake_clock) $(unit) $(values)
tests_unit_ctl_zone_read_LDFLAGS = $(fake_clock_link)
tests_unit_ctl_csv_SOURCES = tests/unit/ctl/csv.c $(unit)
tests_unit_ctl_fields_SOURCES = tests/unit/ctl/fields.c $(values) $(unit)
tests_unit_ctl_import_csv_SOURCES = tests/unit/ctl/import_csv.c $(import_kit) $(unit)
tests_unit_ctl_import_ddclient_SOURCES = tests/unit/ctl/import_ddclient.c $(import_kit) $(unit)
tests_unit_ctl_import_dyndnsd_SOURCES = tests/unit/ctl/import_dyndnsd.c $(import_kit) $(unit)
tests_unit_ctl_import_file_SOURCES = tests/unit/ctl/import_file.c $(import_kit) $(unit)
tests_unit_ctl_import_hosts_SOURCES = tests/unit/ctl/import_hosts.c $(import_kit) $(unit)
tests_unit_ctl_import_json_SOURCES = tests/unit/ctl/import_json.c $(import_kit) $(unit)
tests_unit_ctl_import_list_SOURCES = tests/unit/ctl/import_list.c $(import_kit) $(unit)
tests_unit_ctl_import_match_SOURCES = tests/unit/ctl/import_match.c $(import_kit) $(unit)
tests_unit_ctl_json_walk_SOURCES = tests/unit/ctl/json_walk.c $(unit)
tests_unit_ctl_secret_given_SOURCES = tests/unit/ctl/secret_given.c $(unit)
tests_unit_ctl_secrets_file_SOURCES = tests/unit/ctl/secrets_file.c $(unit)
