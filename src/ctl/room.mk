libmooring_a_SOURCES += \
	src/ctl/args.h \
	src/ctl/backup.c src/ctl/backup.h \
	src/ctl/claim_pairs.c src/ctl/claim_pairs.h \
	src/ctl/claims.c src/ctl/claims.h \
	src/ctl/clear.c src/ctl/clear.h \
	src/ctl/client_config.c src/ctl/client_config.h \
	src/ctl/client_find.c src/ctl/client_find.h \
	src/ctl/client_form.c src/ctl/client_form.h \
	src/ctl/client_notes.c src/ctl/client_notes.h \
	src/ctl/client_page.c src/ctl/client_page.h \
	src/ctl/client_text.h \
	src/ctl/command.c src/ctl/command.h \
	src/ctl/ctl.c src/ctl/ctl.h \
	src/ctl/conform_judge.c src/ctl/conform_judge.h \
	src/ctl/conform_restore.c src/ctl/conform_restore.h \
	src/ctl/conform_server.c src/ctl/conform_server.h \
	src/ctl/conform_table.c src/ctl/conform_table.h \
	src/ctl/conformance.c src/ctl/conformance.h \
	src/ctl/csv.c src/ctl/csv.h \
	src/ctl/delegation.c src/ctl/delegation.h \
	src/ctl/delegation_find.c src/ctl/delegation_find.h \
	src/ctl/doctor.c src/ctl/doctor.h \
	src/ctl/doctor_accounts.c src/ctl/doctor_accounts.h \
	src/ctl/doctor_claims.c src/ctl/doctor_claims.h \
	src/ctl/doctor_tls.c src/ctl/doctor_tls.h \
	src/ctl/doctor_parts.h \
	src/ctl/doctor_state.h \
	src/ctl/doctor_zone.c src/ctl/doctor_zone.h \
	src/ctl/drift.c src/ctl/drift.h \
	src/ctl/export.c src/ctl/export.h \
	src/ctl/fields.c src/ctl/fields.h \
	src/ctl/file.c src/ctl/file.h \
	src/ctl/history_list.c src/ctl/history_list.h \
	src/ctl/history_print.c src/ctl/history_print.h \
	src/ctl/frame.c src/ctl/frame.h \
	src/ctl/health.c src/ctl/health.h \
	src/ctl/hosts.c src/ctl/hosts.h \
	src/ctl/import.c src/ctl/import.h \
	src/ctl/import_csv.c src/ctl/import_csv.h \
	src/ctl/import_ddclient.c src/ctl/import_ddclient.h \
	src/ctl/import_dyndnsd.c src/ctl/import_dyndnsd.h \
	src/ctl/import_file.c src/ctl/import_file.h \
	src/ctl/import_hosts.c src/ctl/import_hosts.h \
	src/ctl/import_json.c src/ctl/import_json.h \
	src/ctl/import_list.c src/ctl/import_list.h \
	src/ctl/import_match.c src/ctl/import_match.h \
	src/ctl/input.c src/ctl/input.h \
	src/ctl/interrupt.c src/ctl/interrupt.h \
	src/ctl/json_walk.c src/ctl/json_walk.h \
	src/ctl/listing.c src/ctl/listing.h \
	src/ctl/notify_list.c src/ctl/notify_list.h \
	src/ctl/notify_test.c src/ctl/notify_test.h \
	src/ctl/nobody.c src/ctl/nobody.h \
	src/ctl/parse.c src/ctl/parse.h \
	src/ctl/owner_search.c src/ctl/owner_search.h \
	src/ctl/permission.c src/ctl/permission.h \
	src/ctl/policy.c src/ctl/policy.h \
	src/ctl/print.c src/ctl/print.h \
	src/ctl/program.c src/ctl/program.h \
	src/ctl/progress.c src/ctl/progress.h \
	src/ctl/records.c src/ctl/records.h \
	src/ctl/rehash.c src/ctl/rehash.h \
	src/ctl/removal.c src/ctl/removal.h \
	src/ctl/repair.c src/ctl/repair.h \
	src/ctl/report.c src/ctl/report.h \
	src/ctl/resolver.c src/ctl/resolver.h \
	src/ctl/restore.c src/ctl/restore.h \
	src/ctl/say.c src/ctl/say.h \
	src/ctl/secret_need.c src/ctl/secret_need.h \
	src/ctl/secret_given.c src/ctl/secret_given.h \
	src/ctl/secrets_file.c src/ctl/secrets_file.h \
	src/ctl/session.c src/ctl/session.h \
	src/ctl/setup.c src/ctl/setup.h \
	src/ctl/setup_answers.c src/ctl/setup_answers.h \
	src/ctl/setup_check.c src/ctl/setup_check.h \
	src/ctl/setup_file.c src/ctl/setup_file.h \
	src/ctl/setup_machine.c src/ctl/setup_machine.h \
	src/ctl/setup_take.c src/ctl/setup_take.h \
	src/ctl/setup_talk.c src/ctl/setup_talk.h \
	src/ctl/setup_text.c src/ctl/setup_text.h \
	src/ctl/shared.c src/ctl/shared.h \
	src/ctl/table.c src/ctl/table.h \
	src/ctl/show_pseudonym.c src/ctl/show_pseudonym.h \
	src/ctl/show_status.c src/ctl/show_status.h \
	src/ctl/status_ask.c src/ctl/status_ask.h \
	src/ctl/status_gather.c src/ctl/status_gather.h \
	src/ctl/status_kept.c src/ctl/status_kept.h \
	src/ctl/status_print.c src/ctl/status_print.h \
	src/ctl/status_rows.c src/ctl/status_rows.h \
	src/ctl/takeover.c src/ctl/takeover.h \
	src/ctl/test.c src/ctl/test.h \
	src/ctl/waiting.c src/ctl/waiting.h \
	src/ctl/usage.c src/ctl/usage.h \
	src/ctl/user.c src/ctl/user.h \
	src/ctl/verify_nobody.c src/ctl/verify_nobody.h \
	src/ctl/verify_zones.c src/ctl/verify_zones.h \
	src/ctl/zone_read.c src/ctl/zone_read.h
if WITH_AWS
libmooring_a_SOURCES += \
	src/ctl/capacity.c src/ctl/capacity.h \
	src/ctl/doctor_aws.c src/ctl/doctor_aws.h \
	src/ctl/doctor_call.c src/ctl/doctor_call.h \
	src/ctl/doctor_hosted.c src/ctl/doctor_hosted.h \
	src/ctl/doctor_limits.c src/ctl/doctor_limits.h \
	src/ctl/doctor_parts.c \
	src/ctl/doctor_policy.c src/ctl/doctor_policy.h \
	src/ctl/policy_least.c src/ctl/policy_least.h
else
libmooring_a_SOURCES += src/ctl/doctor_parts_without.c
endif

# What is known of each client becomes a part of the library.
client_pages = \
	src/ctl/clients/asus.md \
	src/ctl/clients/asuswrt-merlin.md \
	src/ctl/clients/busybox.md \
	src/ctl/clients/cisco.md \
	src/ctl/clients/curl.md \
	src/ctl/clients/d-link.md \
	src/ctl/clients/dd-wrt.md \
	src/ctl/clients/ddclient-3.11.md \
	src/ctl/clients/ddclient-3.8.md \
	src/ctl/clients/ddclient-4.md \
	src/ctl/clients/ddclient-noip.md \
	src/ctl/clients/ddclient.md \
	src/ctl/clients/ddns-go.md \
	src/ctl/clients/ddns-updater-dyn.md \
	src/ctl/clients/ddns-updater.md \
	src/ctl/clients/ddupdate.md \
	src/ctl/clients/draytek.md \
	src/ctl/clients/edgerouter.md \
	src/ctl/clients/external-dns.md \
	src/ctl/clients/ez-ipupdate.md \
	src/ctl/clients/fritzbox.md \
	src/ctl/clients/home-assistant.md \
	src/ctl/clients/hpe.md \
	src/ctl/clients/inadyn-1.md \
	src/ctl/clients/inadyn-dyndns.md \
	src/ctl/clients/inadyn.md \
	src/ctl/clients/ipfire.md \
	src/ctl/clients/mikrotik.md \
	src/ctl/clients/omada.md \
	src/ctl/clients/openwrt.md \
	src/ctl/clients/opnsense-custom.md \
	src/ctl/clients/opnsense.md \
	src/ctl/clients/pfsense-dyndns.md \
	src/ctl/clients/pfsense.md \
	src/ctl/clients/qnap.md \
	src/ctl/clients/speedport.md \
	src/ctl/clients/synology.md \
	src/ctl/clients/unifi.md \
	src/ctl/clients/vyos.md \
	src/ctl/clients/wget.md
EXTRA_DIST += src/ctl/clients/embed $(client_pages)
nodist_libmooring_a_SOURCES = src/ctl/client_texts.c
CLEANFILES += src/ctl/client_texts.c
src/ctl/client_texts.c: src/ctl/clients/embed $(client_pages)
	$(AM_V_GEN)$(MKDIR_P) src/ctl && cd '$(srcdir)' && src/ctl/clients/embed $(client_pages) \
		>'$(abs_builddir)/$@.tmp' && mv '$(abs_builddir)/$@.tmp' '$(abs_builddir)/$@'

# The rows that `mooringctl conformance` asks are those that the tests ask the daemon.
nodist_libmooring_a_SOURCES += src/ctl/conform_texts.c
CLEANFILES += src/ctl/conform_texts.c
src/ctl/conform_texts.c: tests/protocol/public.rows
	$(AM_V_GEN)$(MKDIR_P) src/ctl && { echo '#include "ctl/conform_table.h"'; \
		echo 'const char *const conform_table_lines[] = {'; \
		sed -e '/^#/d' -e '/^$$/d' -e 's/[\\"]/\\&/g' -e 's/.*/"&",/' \
			'$(srcdir)/tests/protocol/public.rows'; \
		echo '};'; \
		echo 'const size_t conform_table_n_lines ='; \
		echo '	sizeof(conform_table_lines) / sizeof(conform_table_lines[0]);'; } \
		>$@.tmp && mv $@.tmp $@
