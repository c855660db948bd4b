/* SPDX-License-Identifier: BSD-2-Clause
 * What becomes of the state of hosts when a backup is restored. The rest is
 * tests/system/test_backup.py. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kit/sqlite_kit.h"
#include "store/notice.h"
#include "store/sqlite_backup.h"
#include "store/sqlite_restore.h"
#include "kit/unit.h"

enum { SQL_MAX = 1024 };

static char backup_path[SQLITE_KIT_PATH_MAX], before_path[SQLITE_KIT_PATH_MAX];

static void take_backup(void)
{
	struct errinfo ei = ERRINFO_INIT;
	struct sqlite_backup *b;
	uint64_t accounts = 99;

	sqlite_kit_write(sqlite_kit_beside(backup_path, "backup"), "", 0);
	ck_assert_int_eq(sqlite_backup_begin(backup_path, "b.db", &b, &ei), 0);
	ck_assert_int_eq(sqlite_backup_run(b, sqlite_kit_path(), &ei), 0);
	ck_assert_int_eq(sqlite_backup_end(b, &accounts, &ei), 0);
	ck_assert_uint_eq(accounts, 1);
}

static int restore(struct sqlite_restored *ret)
{
	struct errinfo ei = ERRINFO_INIT;
	struct fqdn zone = value_name("dyn.example.com");
	int err;

	sqlite_kit_write(sqlite_kit_beside(before_path, "before"), "", 0);
	err = sqlite_restore(sqlite_kit_path(), backup_path, "backup", before_path, &zone, ret,
			     &ei);
	ck_assert_msg(err == 0, "%s", ei.text);
	ck_assert_int_eq(unlink(before_path), 0);
	ck_assert_int_eq(unlink(backup_path), 0);
	return err;
}

/* A host's row as SQL values: v4, v6, seq, pub; NULL: no such host. */
static const struct {
	const char *in_backup, *in_store, *after;
	uint64_t owed;
	size_t gone;
} states[] = {
	/* Alike and published: nothing to do, and the store's own count goes on. */
	{"'192.0.2.1', NULL, 3, 3", "'192.0.2.1', NULL, 3, 3", "192.0.2.1||3|3", 0, 0},
	{"'192.0.2.1', NULL, 3, 3", "'192.0.2.1', NULL, 9, 9", "192.0.2.1||9|9", 0, 0},
	/* What was published since is not what the backup wants. */
	{"'192.0.2.1', NULL, 3, 3", "'192.0.2.2', NULL, 9, 9", "192.0.2.1||10|9", 1, 0},
	{"'192.0.2.1', NULL, 12, 12", "'192.0.2.2', NULL, 9, 9", "192.0.2.1||13|12", 1, 0},
	{"'192.0.2.1', '2001:db8::1', 3, 3", "'192.0.2.1', NULL, 4, 4", "192.0.2.1|2001:db8::1|5|4",
	 1, 0},
	/* A family goes: its record, too. */
	{"'192.0.2.1', NULL, 3, 3", "'192.0.2.1', '2001:db8::1', 4, 4", "192.0.2.1||5|4", 1, 1},
	/* On its way, or owed since long: what is older may still land. */
	{"'192.0.2.1', NULL, 3, 3", "'192.0.2.1', NULL, 9, 7", "192.0.2.1||10|7", 1, 0},
	{"'192.0.2.1', NULL, 3, 2", "'192.0.2.1', NULL, 3, 3", "192.0.2.1||3|3", 0, 0},
	{"'192.0.2.1', NULL, 3, 2", "'192.0.2.2', NULL, 9, 7", "192.0.2.1||10|7", 1, 0},
	/* Removed since: its record went with it. */
	{"'192.0.2.1', NULL, 3, 3", NULL, "192.0.2.1||4|3", 1, 0},
	/* Never updated at the time: no record is wanted. */
	{"NULL, NULL, 0, 0", "'192.0.2.2', NULL, 9, 9", "||0|0", 0, 1},
	{"NULL, NULL, 0, 0", NULL, "||0|0", 0, 0},
	/* Made since. */
	{NULL, "'192.0.2.2', NULL, 9, 9", "", 0, 1},
};

static void set_row(const char *values)
{
	char sql[SQL_MAX];

	sqlite_kit_sql(sqlite_kit_path(), "DELETE FROM hosts WHERE name = 'home.dyn.example.com'");
	if (values == NULL)
		return;
	snprintf(sql, sizeof(sql),
		 "INSERT INTO hosts (user, name, v4, v6, seq, pub)"
		 " VALUES ('router', 'home.dyn.example.com', %s)",
		 values);
	sqlite_kit_sql(sqlite_kit_path(), sql);
}

static void assert_row(const char *want, size_t i)
{
	struct account *a = store_kit_find("router");
	struct fqdn name = value_name("home.dyn.example.com");
	const struct account_host *h = account_find_host(a, &name);
	char got[128] = "", v4[ADDR_TEXT_MAX], v6[ADDR_TEXT_MAX];

	if (h != NULL)
		snprintf(got, sizeof(got), "%s|%s|%llu|%llu", addr_format(&h->state.want.v4, v4),
			 addr_format(&h->state.want.v6, v6), (unsigned long long)h->state.seq,
			 (unsigned long long)h->state.pub);
	ck_assert_msg(strcmp(got, want) == 0, "row %zu: %s", i, got);
	account_free(a);
}

START_TEST(what_differs_is_owed_with_a_seq_that_went_up)
{
	struct sqlite_restored done;

	store_kit_create("router", "other.dyn.example.com", NULL);
	set_row(states[_i].in_backup);
	take_backup();
	set_row(states[_i].in_store);
	restore(&done);
	ck_assert_uint_eq(done.accounts, 1);
	ck_assert_uint_eq(done.owed, states[_i].owed);
	ck_assert_uint_eq(done.n_gone, states[_i].gone);
	assert_row(states[_i].after, (size_t)_i);
	sqlite_restored_fini(&done);
}
END_TEST

/* By the moment of the backup a daemon would take what it knows for newer. */
START_TEST(what_is_restored_has_no_moment_and_what_stays_has_its_own)
{
	struct sqlite_restored done;
	int i;

	store_kit_create("router", "other.dyn.example.com", NULL);
	for (i = 0; i < 2; i++) {
		set_row("'192.0.2.1', NULL, 3, 3");
		sqlite_kit_sql(sqlite_kit_path(), "UPDATE hosts SET wanted = 77, wanted_seq = seq");
		take_backup();
		set_row(i == 0 ? "'192.0.2.2', NULL, 4, 4" : "'192.0.2.1', NULL, 5, 5");
		sqlite_kit_sql(sqlite_kit_path(), "UPDATE hosts SET wanted = 88, wanted_seq = seq");
		restore(&done);
		ck_assert_int_eq(store_kit_state("router", "home.dyn.example.com").wanted_ms,
				 i == 0 ? 0 : 88);
		sqlite_restored_fini(&done);
	}
}
END_TEST

START_TEST(another_ttl_is_published_anew)
{
	struct sqlite_restored done;

	store_kit_create("router", "other.dyn.example.com", NULL);
	set_row("'192.0.2.1', NULL, 3, 3");
	take_backup();
	sqlite_kit_sql(sqlite_kit_path(), "UPDATE accounts SET ttl = 77");
	restore(&done);
	ck_assert_uint_eq(done.owed, 1);
	assert_row("192.0.2.1||4|3", 0);
	sqlite_restored_fini(&done);
}
END_TEST

START_TEST(a_name_that_another_account_keeps_is_not_gone)
{
	struct sqlite_restored done;

	store_kit_create("router", "home.dyn.example.com", NULL);
	sqlite_kit_sql(sqlite_kit_path(), "UPDATE hosts SET v4 = '192.0.2.1', seq = 1, pub = 1");
	take_backup();
	sqlite_kit_sql(sqlite_kit_path(),
		       "DELETE FROM hosts; DELETE FROM accounts;"
		       "INSERT INTO accounts (user, secret) VALUES ('b', 'x'), ('c', 'x');"
		       "INSERT INTO hosts (user, name, v4, v6, seq, pub) VALUES"
		       " ('b', 'home.dyn.example.com', '192.0.2.2', '2001:db8::2', 5, 5),"
		       " ('c', 'c.dyn.example.com', '192.0.2.3', NULL, 1, 1)");
	restore(&done);
	assert_row("192.0.2.1||2|1", 0);
	ck_assert_uint_eq(done.n_gone, 2);
	ck_assert(!addr_is_set(&done.gone[0].was.v4) || !addr_is_set(&done.gone[1].was.v4));
	sqlite_restored_fini(&done);
}
END_TEST

START_TEST(each_restore_is_another_epoch_and_no_other_write_is)
{
	struct sqlite_restored done;
	uint64_t first = store_kit_whole_version(store_kit.store).epoch, second;

	store_kit_create("router", "home.dyn.example.com", NULL);
	take_backup();
	sqlite_kit_sql(sqlite_kit_path(), "UPDATE accounts SET ttl = 5");
	ck_assert_uint_eq(store_kit_whole_version(store_kit.store).epoch, first);
	restore(&done);
	sqlite_restored_fini(&done);
	second = store_kit_whole_version(store_kit.store).epoch;
	ck_assert_uint_ne(second, first);
	take_backup();
	restore(&done);
	sqlite_restored_fini(&done);
	ck_assert_uint_ne(store_kit_whole_version(store_kit.store).epoch, second);
}
END_TEST

/* A file that takes the place of another one is a restore, too, whoever made it. */
START_TEST(another_file_in_its_place_is_another_epoch)
{
	struct store_version first;

	store_kit_create("router", "home.dyn.example.com", NULL);
	first = store_kit_whole_version(store_kit.store);
	take_backup();
	ck_assert_int_eq(rename(backup_path, sqlite_kit_path()), 0);
	unlink(sqlite_kit_beside(before_path, "store.db-wal"));
	ck_assert_uint_ne(store_kit_whole_version(store_kit.store).epoch, first.epoch);
	ck_assert_uint_ne(store_kit_whole_version(store_kit.store).token, first.token);
}
END_TEST

static char kept_ids[64];

static void note_id(void *arg, const struct notice *n)
{
	(void)arg;
	ck_assert_uint_lt(strlen(kept_ids) + strlen(n->id), sizeof(kept_ids));
	strcat(kept_ids, n->id);
}

static void put_notice(const char *id)
{
	struct notice n = {.target = "ops", .body = "{}", .made_s = 1};
	struct store_kit_answer a = {0};

	memcpy(n.id, id, strlen(id) + 1);
	ck_assert_int_eq(
		store_kit_finish(store_put_notice(store_kit.store, &n, store_kit_on_done, &a), &a),
		0);
}

/* Of the backup's, what was delivered since would else be delivered again. */
START_TEST(what_is_to_be_told_is_what_the_store_had)
{
	struct store_kit_answer a = {0};
	struct sqlite_restored done;

	store_kit_create("router", "home.dyn.example.com", NULL);
	put_notice("e1");
	put_notice("e2");
	take_backup();
	sqlite_kit_sql(sqlite_kit_path(), "DELETE FROM notices WHERE id = 'e1'");
	put_notice("e3");
	restore(&done);
	sqlite_restored_fini(&done);
	kept_ids[0] = '\0';
	ck_assert_int_eq(
		store_kit_finish(
			store_list_notices(store_kit.store, note_id, store_kit_on_done, &a), &a),
		0);
	ck_assert_str_eq(kept_ids, "e2e3");
}
END_TEST

static void add(Suite *s)
{
	TCase *tc = store_kit_case(s, "backup");

	store_kit.subject = &sqlite_kit_subject;
	tcase_add_loop_test(tc, what_differs_is_owed_with_a_seq_that_went_up, 0,
			    (int)N_ELEMENTS(states));
	tcase_add_test(tc, what_is_restored_has_no_moment_and_what_stays_has_its_own);
	tcase_add_test(tc, another_ttl_is_published_anew);
	tcase_add_test(tc, what_is_to_be_told_is_what_the_store_had);
	tcase_add_test(tc, a_name_that_another_account_keeps_is_not_gone);
	tcase_add_test(tc, each_restore_is_another_epoch_and_no_other_write_is);
	tcase_add_test(tc, another_file_in_its_place_is_another_epoch);
}

int main(void)
{
	return sqlite_kit_run("sqlite_backup", add);
}
