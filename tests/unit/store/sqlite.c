/* SPDX-License-Identifier: BSD-2-Clause
 * The SQLite store: the conformance suite, what files it takes, and rows edited by hand. */
#include "store/sqlite.h"
#include "store/sqlite_create.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kit/sqlite_kit.h"
#include "kit/unit.h"

/* --- opening --- */

START_TEST(new_file_is_for_its_owner_only)
{
	static const char *const suffixes[] = {"", "-wal", "-shm"};
	char name[SQLITE_KIT_PATH_MAX];
	struct stat st;
	size_t i;

	store_kit_create("bob", "a.example.com", NULL);
	for (i = 0; i < N_ELEMENTS(suffixes); i++) {
		snprintf(name, sizeof(name), "%s%s", sqlite_kit_path(), suffixes[i]);
		ck_assert_int_eq(stat(name, &st), 0);
		ck_assert_msg((st.st_mode & 0777) == 0600, "%s has mode %o", name,
			      st.st_mode & 0777);
	}
}
END_TEST

static void make_text(const char *name)
{
	char text[4096];

	memset(text, 'x', sizeof(text));
	sqlite_kit_write(name, text, sizeof(text));
}

static void make_directory(const char *name)
{
	ck_assert_int_eq(mkdir(name, 0700), 0);
}

static void make_foreign(const char *name)
{
	sqlite_kit_sql(name, "CREATE TABLE things (a); INSERT INTO things VALUES (1)");
}

static void make_newer(const char *name)
{
	sqlite_kit_sql(name, "CREATE TABLE accounts (user); PRAGMA application_id = 0x4d6f6f72;"
			     " PRAGMA user_version = 77");
}

static void make_nothing(const char *name)
{
	(void)name;
}

/* What a restore leaves that failed. */
static void make_empty(const char *name)
{
	sqlite_kit_write(name, "", 0);
}

/* The same of one that SQLite has written. */
static void make_blank(const char *name)
{
	sqlite_kit_sql(name, "CREATE TABLE t (a); DROP TABLE t");
}

/* Root may write anything but to an immutable file, so the tests lend themselves another user. */
static void make_read_only(const char *name)
{
	sqlite_kit_sql(name, "CREATE TABLE t (a); DROP TABLE t");
	ck_assert_int_eq(chmod(name, 0444), 0);
}

static const struct {
	const char *file;
	void (*make)(const char *name);
	const char *sentence;
} bad_files[] = {
	{"empty", make_empty, "is an empty file: put the store back, or remove the file"},
	{"blank", make_blank, "is an empty file: put the store back, or remove the file"},
	{"text", make_text, "is not a SQLite database"},
	{"directory", make_directory, "failed: "},
	{"foreign", make_foreign, "is the database of another program"},
	{"newer", make_newer,
	 "was written by a later version (schema 77, this program knows up to 1)"},
	{"missing/store", make_nothing, "cannot create the store"},
	{"text/store", make_nothing, "cannot create the store"},
	{"readonly", make_read_only, "is not writable"},
};

/* -1 when there is no such file. */
static long long size_of(const char *name)
{
	struct stat st;

	return stat(name, &st) == 0 ? (long long)st.st_size : -1;
}

START_TEST(bad_file_is_refused_with_one_sentence_and_left_alone)
{
	char name[SQLITE_KIT_PATH_MAX];
	struct errinfo ei = ERRINFO_INIT;
	struct store *s = NULL;
	long long before;
	bool is_root = geteuid() == 0 && bad_files[_i].make == make_read_only;
	int err;

	sqlite_kit_beside(name, bad_files[_i].file);
	bad_files[_i].make(name);
	before = size_of(name);
	if (is_root)
		ck_assert_int_eq(seteuid(65534), 0);
	err = store_sqlite_open(&store_kit.loop, name, NULL, &s, &ei);
	if (is_root)
		ck_assert_int_eq(seteuid(0), 0);
	ck_assert_int_eq(err, ERR_IO);
	ck_assert_ptr_null(s);
	ck_assert_msg(strstr(ei.text, name) != NULL, "no path in: %s", ei.text);
	ck_assert_msg(strstr(ei.text, bad_files[_i].sentence) != NULL, "%s", ei.text);
	ck_assert(size_of(name) == before);
}
END_TEST

/* The tables as the version before made them, and its statements on what we made of them. */
START_TEST(store_of_an_earlier_version_works_and_still_works_with_it)
{
	static const char before[] =
		"CREATE TABLE accounts (user TEXT NOT NULL PRIMARY KEY, secret TEXT NOT NULL,"
		" ttl INTEGER NOT NULL DEFAULT 0, disabled INTEGER NOT NULL DEFAULT 0,"
		" quirks TEXT NOT NULL DEFAULT '') STRICT, WITHOUT ROWID;"
		"CREATE TABLE hosts (user TEXT NOT NULL REFERENCES accounts (user) ON DELETE"
		" CASCADE ON UPDATE CASCADE, name TEXT NOT NULL, position INTEGER NOT NULL DEFAULT"
		" 0, v4 TEXT, v6 TEXT, seq INTEGER NOT NULL DEFAULT 0, pub INTEGER NOT NULL DEFAULT"
		" 0, time INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (user, name)) STRICT, WITHOUT"
		" ROWID;"
		"PRAGMA application_id = 1299148658; PRAGMA user_version = 1;"
		"INSERT INTO accounts (user, secret) VALUES ('bob', 'secret');"
		"INSERT INTO hosts (user, name, v4, seq, pub, time)"
		" VALUES ('bob', 'a.example.com', '192.0.2.1', 3, 3, 1700000000);";
	struct store_confirm c = {
		.name = value_name("a.example.com"), .seq = 4, .ttl = 60, .zone = "Z1"};
	struct host_state s;

	store_kit_close_all();
	uv_run(&store_kit.loop, UV_RUN_DEFAULT);
	sqlite_kit_remove(sqlite_kit_path());
	sqlite_kit_sql(sqlite_kit_path(), before);
	store_kit.store = store_kit_open(false);
	s = store_kit_state("bob", "a.example.com");
	ck_assert(s.seq == 3 && s.pub == 3 && s.ttl == 0 && s.zone[0] == '\0' && s.repeats == 0);
	ck_assert_int_eq(store_kit_intend("bob", "a.example.com", 3, "192.0.2.2", NULL), 0);
	ck_assert_int_eq(store_kit_confirm("bob", &c), 0);
	s = store_kit_state("bob", "a.example.com");
	ck_assert(s.pub == 4 && s.ttl == 60 && strcmp(s.zone, "Z1") == 0);
	sqlite_kit_sql(sqlite_kit_path(),
		       "INSERT INTO hosts (user, name, position, v4, v6, seq, pub, time)"
		       " VALUES ('bob', 'b.example.com', 1, NULL, NULL, 0, 0, 0);"
		       "UPDATE hosts SET v4 = '192.0.2.3', v6 = NULL, seq = 5"
		       " WHERE user = 'bob' AND name = 'a.example.com' AND seq = 4;");
	s = store_kit_state("bob", "a.example.com");
	ck_assert(s.seq == 5 && s.pub == 4 && s.repeats == 0);
	/* Opened again, nothing is added twice. */
	store_kit_close_all();
	uv_run(&store_kit.loop, UV_RUN_DEFAULT);
	store_kit.store = store_kit_open(false);
	ck_assert_uint_eq(store_kit_state("bob", "a.example.com").seq, 5);
}
END_TEST

/* It writes the hosts of an account anew, and the account's row as far as it knows it. */
START_TEST(interface_ids_outlive_an_earlier_version_that_changes_the_hosts)
{
	struct fqdn name = value_name("a.example.com");
	struct account *a = store_kit_account("bob", "secret", "a.example.com", "b.example.com");

	a->hosts[0].interface_id = value_interface_id("::1:2:3:4");
	a->hosts[1].interface_id = value_interface_id("::2");
	ck_assert_int_eq(store_kit_put(a, STORE_CREATE), 0);
	sqlite_kit_sql(sqlite_kit_path(),
		       "UPDATE accounts SET secret = 'new', ttl = 60, disabled = 0, quirks = ''"
		       " WHERE user = 'bob';"
		       "DELETE FROM hosts WHERE user = 'bob';"
		       "INSERT INTO hosts (user, name, position, seq, pub, time, repeats, pub_ttl,"
		       " pub_zone, over) VALUES ('bob', 'c.example.com', 0, 0, 0, 0, 0, 0, '', 0),"
		       " ('bob', 'a.example.com', 1, 0, 0, 0, 0, 0, '', 0);");
	account_free(a);
	a = store_kit_find("bob");
	ck_assert_uint_eq(a->flaws, 0);
	ck_assert_uint_eq(account_interface_ids(a), 1);
	ck_assert(interface_id_equal(&account_find_host(a, &name)->interface_id,
				     &(struct interface_id){value_addr("::1:2:3:4")}));
	account_free(a);
}
END_TEST

static const struct {
	const char *text;
	const char *id; /* of a.example.com; NULL: none */
	bool is_flaw;
} id_rows[] = {
	{"a.example.com=::1", "::1", false},
	{"  b.example.com=::2  A.EXAMPLE.COM=00:53:00:12:34:56 ", "::253:ff:fe12:3456", false},
	{"gone.example.com=::1", NULL, false},
	{"..=::1 a.example.com=::3", "::3", false},
	{"a.example.com=2001:db8::1", NULL, true},
	{"a.example.com", NULL, true},
	{"= a.example.com=::4", "::4", true},
	{"none", NULL, true},
};

START_TEST(interface_ids_that_cannot_be_read_stay_as_they_are)
{
	struct account *a = store_kit_account("bob", "secret", "a.example.com", "b.example.com");
	char sql[256], id[ADDR_TEXT_MAX];

	ck_assert_int_eq(store_kit_put(a, STORE_CREATE), 0);
	account_free(a);
	snprintf(sql, sizeof(sql), "UPDATE accounts SET interface_ids = '%s'", id_rows[_i].text);
	sqlite_kit_sql(sqlite_kit_path(), sql);
	a = store_kit_find("bob");
	ck_assert_int_eq((a->flaws & ACCOUNT_FLAW_INTERFACE_IDS) != 0, id_rows[_i].is_flaw);
	interface_id_format(&a->hosts[0].interface_id, id);
	ck_assert_str_eq(id, id_rows[_i].id != NULL ? id_rows[_i].id : "");
	ck_assert_int_eq(store_kit_put(a, STORE_REPLACE), 0);
	account_free(a);
	a = store_kit_find("bob");
	ck_assert_int_eq((a->flaws & ACCOUNT_FLAW_INTERFACE_IDS) != 0, id_rows[_i].is_flaw);
	account_mend(a, ACCOUNT_FLAW_INTERFACE_IDS);
	ck_assert_int_eq(store_kit_put(a, STORE_REPLACE), 0);
	account_free(a);
	a = store_kit_find("bob");
	ck_assert_uint_eq(a->flaws, 0);
	account_free(a);
}
END_TEST

/* --- another program --- */

/* A store out of a backup has no write-ahead log yet; who opens it, too, holds a lock that SQLite
 * does not wait for by itself. */
static sqlite3 *other;
static unsigned n_sleeps, lets_go_at;

int __wrap_sqlite3_sleep(int ms);
int __wrap_sqlite3_sleep(int ms)
{
	if (++n_sleeps == lets_go_at)
		ck_assert_int_eq(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	return ms;
}

static const struct {
	const char *file;
	unsigned lets_go_at;
} busy_rows[] = {{"shared-1", 1}, {"shared-2", 3}};

START_TEST(store_without_a_log_that_somebody_else_opens_too_is_waited_for)
{
	char name[SQLITE_KIT_PATH_MAX];
	struct errinfo ei = ERRINFO_INIT;
	struct store *s = NULL;
	int err;

	sqlite_kit_beside(name, busy_rows[_i].file);
	ck_assert_int_eq(sqlite_create(name, NULL), 0);
	sqlite_kit_sql(name, "PRAGMA journal_mode = DELETE");
	n_sleeps = 0;
	lets_go_at = busy_rows[_i].lets_go_at;
	ck_assert_int_eq(sqlite3_open(name, &other), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	err = store_sqlite_open(&store_kit.loop, name, NULL, &s, &ei);
	ck_assert_msg(err == 0, "%s", ei.text);
	ck_assert_uint_eq(n_sleeps, lets_go_at);
	store_close(s);
	ck_assert_int_eq(sqlite3_close(other), SQLITE_OK);
}
END_TEST

static void on_decided(void *arg, int err, bool is_so, const struct errinfo *why)
{
	(void)is_so;
	store_kit_take(arg, err, why);
}

static void on_owners_read(void *arg, int err, const struct store_owners *owners,
			   const struct errinfo *why)
{
	(void)owners;
	store_kit_take(arg, err, why);
}

static void on_account(void *arg, const struct account *account)
{
	(void)arg;
	(void)account;
}

static int read_all(struct store_kit_answer r[5])
{
	struct fqdn name = value_name("a.example.com");

	return store_lookup(store_kit.store, "bob", store_kit_on_lookup, &r[0]) |
	       store_credential(store_kit.store, "bob", store_kit_on_lookup, &r[1]) |
	       store_is_empty(store_kit.store, on_decided, &r[2]) |
	       store_owners(store_kit.store, &name, on_owners_read, &r[3]) |
	       store_list(store_kit.store, on_account, store_kit_on_done, &r[4]);
}

/* "nochg" and "badauth" need no lock. */
START_TEST(reads_wait_for_nobody_who_writes)
{
	struct store_intent intent = store_kit_intent("a.example.com", 0, "192.0.2.1", NULL);
	struct store_kit_answer w = {0}, r[5] = {{0}};
	sqlite3 *handle;
	size_t i;

	store_kit_create("bob", "a.example.com", NULL);
	ck_assert_int_eq(sqlite3_open(sqlite_kit_path(), &handle), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(handle, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(store_intend(store_kit.store, "bob", &intent, 1, store_kit_on_done, &w),
			 0);
	ck_assert_int_eq(read_all(r), 0);
	store_kit_await(r, N_ELEMENTS(r));
	for (i = 0; i < N_ELEMENTS(r); i++) {
		ck_assert_msg(r[i].err == 0, "read %zu: %s", i, r[i].text);
		account_free(r[i].account);
	}
	/* It waits for the other program yet. */
	ck_assert_uint_eq(w.n_calls, 0);
	ck_assert_int_eq(sqlite3_exec(handle, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_close(handle), SQLITE_OK);
	store_kit_await(&w, 1);
}
END_TEST

START_TEST(close_waits_for_both_connections)
{
	struct store_intent intent = store_kit_intent("a.example.com", 0, "192.0.2.1", NULL);
	struct store_kit_answer a[2] = {{0}};

	store_kit_create("bob", "a.example.com", NULL);
	ck_assert_int_eq(store_intend(store_kit.store, "bob", &intent, 1, store_kit_on_done, &a[0]),
			 0);
	ck_assert_int_eq(store_lookup(store_kit.store, "bob", store_kit_on_lookup, &a[1]), 0);
	uv_run(&store_kit.loop, UV_RUN_NOWAIT);
	store_kit_close_all();
	store_kit_await(a, N_ELEMENTS(a));
	account_free(a[1].account);
}
END_TEST

START_TEST(version_changes_when_another_program_wrote)
{
	uint64_t before;

	store_kit_create("bob", "a.example.com", NULL);
	before = store_kit_version(store_kit.store);
	sqlite_kit_sql(sqlite_kit_path(), "UPDATE accounts SET disabled = 1 WHERE user = 'bob'");
	ck_assert_uint_ne(store_kit_version(store_kit.store), before);
}
END_TEST

START_TEST(version_stays_when_only_we_wrote)
{
	uint64_t before = store_kit_version(store_kit.store);

	store_kit_create("bob", "a.example.com", NULL);
	ck_assert_int_eq(store_kit_intend("bob", "a.example.com", 0, "192.0.2.1", NULL), 0);
	ck_assert_uint_eq(store_kit_version(store_kit.store), before);
}
END_TEST

START_TEST(lock_held_by_another_program_is_reported_and_passes)
{
	struct account *a;
	sqlite3 *handle;

	store_kit_create("bob", "a.example.com", NULL);
	ck_assert_int_eq(sqlite3_open(sqlite_kit_path(), &handle), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(handle, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(store_kit_intend("bob", "a.example.com", 0, "192.0.2.1", NULL),
			 ERR_UNAVAILABLE);
	ck_assert_int_eq(store_kit_lookup(store_kit.store, "bob", &a), 0);
	account_free(a);
	ck_assert_int_eq(sqlite3_exec(handle, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_close(handle), SQLITE_OK);
	ck_assert_int_eq(store_kit_intend("bob", "a.example.com", 0, "192.0.2.1", NULL), 0);
}
END_TEST

/* --- rows edited by hand --- */

static const struct {
	const char *sql;
	unsigned flaws;
	const char *sentence;
} malformed[] = {
	{"UPDATE accounts SET secret = '' WHERE user = 'bob'", ACCOUNT_FLAW_SECRET, "secret"},
	{"UPDATE accounts SET secret = '$6$sa:lt$x' WHERE user = 'bob'", ACCOUNT_FLAW_SECRET,
	 "hash"},
	{"UPDATE accounts SET secret = '$2b$04$x' WHERE user = 'bob'", ACCOUNT_FLAW_SECRET,
	 "cut off"},
	{"UPDATE accounts SET ttl = -1 WHERE user = 'bob'", ACCOUNT_FLAW_TTL, "ttl"},
	{"UPDATE accounts SET ttl = 604801 WHERE user = 'bob'", ACCOUNT_FLAW_TTL, "ttl"},
	{"UPDATE accounts SET ttl = 1764400000 WHERE user = 'bob'", ACCOUNT_FLAW_TTL, "ttl"},
	{"UPDATE accounts SET valid_until = 'soon' WHERE user = 'bob'", ACCOUNT_FLAW_UNTIL,
	 "valid_until"},
	{"UPDATE accounts SET sources = '192.0.2.0/24 home' WHERE user = 'bob'",
	 ACCOUNT_FLAW_SOURCES, "sources"},
	{"UPDATE hosts SET name = 'not a name' WHERE user = 'bob'", ACCOUNT_FLAW_HOSTS, ""},
	{"UPDATE hosts SET name = 'a..b' WHERE user = 'bob'", ACCOUNT_FLAW_HOSTS, ""},
	{"UPDATE hosts SET v4 = '192.0.2.256' WHERE user = 'bob'", ACCOUNT_FLAW_STATE, "v4"},
	{"UPDATE hosts SET v4 = '2001:db8::1' WHERE user = 'bob'", ACCOUNT_FLAW_STATE, "v4"},
	{"UPDATE hosts SET v6 = '192.0.2.1' WHERE user = 'bob'", ACCOUNT_FLAW_STATE, "v6"},
	{"UPDATE hosts SET v6 = '' WHERE user = 'bob'", ACCOUNT_FLAW_STATE, "v6"},
	{"UPDATE hosts SET seq = -1, pub = -1 WHERE user = 'bob'", ACCOUNT_FLAW_STATE, "seq"},
	{"UPDATE hosts SET pub = 1 WHERE user = 'bob'", ACCOUNT_FLAW_STATE, "pub"},
	{"INSERT INTO hosts (user, name) VALUES ('bob', 'A.example.COM')", ACCOUNT_FLAW_HOSTS, ""},
};

START_TEST(malformed_account_is_named_and_harms_no_other)
{
	struct account *a;

	store_kit_create("alice", "alice.example.com", NULL);
	store_kit_create("bob", "a.example.com", NULL);
	store_kit_create("carol", "carol.example.com", NULL);
	sqlite_kit_sql(sqlite_kit_path(), malformed[_i].sql);
	a = store_kit_find("bob");
	ck_assert_msg(a->flaws == malformed[_i].flaws, "%s: %u", malformed[_i].sql, a->flaws);
	ck_assert_msg(strstr(a->flaw_text, "\"bob\"") != NULL, "%s", a->flaw_text);
	ck_assert_msg(strstr(a->flaw_text, malformed[_i].sentence) != NULL, "%s", a->flaw_text);
	/* Nothing was published. */
	ck_assert(a->n_hosts == 0 || a->hosts[0].state.pub == 0);
	account_free(a);
	account_free(store_kit_find("alice"));
	account_free(store_kit_find("carol"));
}
END_TEST

/* What spares a publication that is not needed is not believed when it cannot be. */
START_TEST(what_was_published_last_is_unknown_when_somebody_wrote_nonsense)
{
	static const struct {
		const char *sql;
		uint32_t ttl;
	} rows[] = {
		{"UPDATE hosts SET pub_ttl = 604800", 604800},
		{"UPDATE hosts SET pub_ttl = 604801", 0},
		{"UPDATE hosts SET pub_ttl = -1", 0},
		{"UPDATE hosts SET pub_ttl = 4294967356", 0},
	};
	size_t i;

	store_kit_create("bob", "a.example.com", NULL);
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		sqlite_kit_sql(sqlite_kit_path(), rows[i].sql);
		ck_assert_msg(store_kit_state("bob", "a.example.com").ttl == rows[i].ttl, "row %zu",
			      i);
	}
}
END_TEST

/* They stay with their intent, also when the account's hosts are written anew. A program that does
 * not know them leaves them behind: then they are of another seq. */
START_TEST(the_moments_of_updates_are_of_their_seq)
{
	static const struct {
		const char *sql;
		int64_t wanted_ms, since_ms;
	} rows[] = {
		{"UPDATE hosts SET pub = seq", 1700000000123, 1700000000100},
		{"UPDATE hosts SET seq = 2", 0, 0},
		{"UPDATE hosts SET wanted_seq = 2", 1700000000123, 1700000000100},
		{"UPDATE hosts SET since = 1700000000124", 1700000000123, 1700000000123},
		{"UPDATE hosts SET since = 0", 1700000000123, 1700000000123},
		{"UPDATE hosts SET wanted = -1", 0, 0},
		{"UPDATE hosts SET wanted = 9223372036854775807", 0, 0},
		{"UPDATE hosts SET wanted_seq = -1, wanted = 7", 0, 0},
	};
	struct host_state s;
	struct store_intent intent = store_kit_intent("a.example.com", 0, "192.0.2.1", NULL);
	struct account *a;
	size_t i;

	store_kit_create("bob", "a.example.com", NULL);
	intent.wanted_ms = 1700000000123;
	intent.since_ms = 1700000000100;
	ck_assert_int_eq(store_kit_intend_in(store_kit.store, "bob", &intent, 1), 0);
	a = store_kit_account("bob", "another secret", "b.example.com", "a.example.com");
	ck_assert_int_eq(store_kit_put(a, STORE_REPLACE), 0);
	account_free(a);
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		sqlite_kit_sql(sqlite_kit_path(), rows[i].sql);
		s = store_kit_state("bob", "a.example.com");
		ck_assert_msg(s.wanted_ms == rows[i].wanted_ms && s.since_ms == rows[i].since_ms,
			      "row %zu", i);
	}
}
END_TEST

/* The table is ours: what is wrong in a state is written anew by the next intent. */
START_TEST(state_that_was_broken_by_hand_is_mended_by_an_update)
{
	static const char *const broken[] = {
		"UPDATE hosts SET v4 = 'x', seq = 7, pub = 7",
		"UPDATE hosts SET seq = -5, pub = 9",
		"UPDATE hosts SET seq = 3, pub = -1, v6 = ''",
	};
	struct store_confirm c = {.name = value_name("a.example.com"), .time_s = 1700000000};
	struct account *a;

	store_kit_create("bob", "a.example.com", NULL);
	sqlite_kit_sql(sqlite_kit_path(), broken[_i]);
	a = store_kit_find("bob");
	c.seq = a->hosts[0].state.seq + 1;
	ck_assert_uint_eq(a->flaws, ACCOUNT_FLAW_STATE);
	ck_assert_int_eq(store_kit_intend("bob", "a.example.com", c.seq + 1, "192.0.2.1", NULL),
			 ERR_CONFLICT);
	ck_assert_int_eq(store_kit_intend("bob", "a.example.com", c.seq - 1, "192.0.2.1", NULL), 0);
	ck_assert_int_eq(store_kit_confirm("bob", &c), 0);
	store_kit_assert_state("bob", "a.example.com", c.seq, c.seq, value_pair("192.0.2.1", NULL));
	account_free(a);
	a = store_kit_find("bob");
	ck_assert_uint_eq(a->flaws, 0);
	account_free(a);
}
END_TEST

enum { ALL_FLAWS = ACCOUNT_MALFORMED | ACCOUNT_FLAW_UNTIL | ACCOUNT_FLAW_SOURCES };

/* Whoever changes something else of it does not lose what a hand wrote there. */
START_TEST(replace_keeps_what_is_still_a_flaw)
{
	struct account *a;

	store_kit_create("bob", "a.example.com", "b.example.com");
	sqlite_kit_sql(sqlite_kit_path(), "UPDATE accounts SET secret = '$6$sa:lt$x';"
					  "UPDATE hosts SET name = 'no name' WHERE name LIKE 'a%';"
					  "UPDATE accounts SET valid_until = 'x', sources = 'y'");
	a = store_kit_find("bob");
	ck_assert_uint_eq(a->flaws, ALL_FLAWS);
	a->disabled = true;
	ck_assert_int_eq(store_kit_put(a, STORE_REPLACE), 0);
	account_free(a);
	a = store_kit_find("bob");
	ck_assert(a->disabled);
	ck_assert_uint_eq(a->flaws, ALL_FLAWS);
	ck_assert_int_eq(account_set_secret(a, slice_of("new"), NULL), 0);
	account_mend(a, ACCOUNT_FLAW_HOSTS);
	account_mend(a, ACCOUNT_FLAW_UNTIL);
	account_mend(a, ACCOUNT_FLAW_SOURCES);
	ck_assert_int_eq(store_kit_put(a, STORE_REPLACE), 0);
	account_free(a);
	a = store_kit_find("bob");
	ck_assert_uint_eq(a->flaws, 0);
	ck_assert_str_eq(a->secret, "new");
	ck_assert_uint_eq(a->n_hosts, 1);
	account_free(a);
}
END_TEST

static void count_each(void *arg, const struct account *account)
{
	size_t *n = ((void **)arg)[0];

	ck_assert_uint_eq(account->flaws,
			  strcmp(account->user, "user300") == 0 ? ACCOUNT_FLAW_TTL : 0);
	(*n)++;
}

static void count_done(void *arg, int err, const struct errinfo *why)
{
	store_kit_take(((void **)arg)[1], err, why);
}

START_TEST(list_has_malformed_accounts_and_turns_its_pages)
{
	struct store_kit_answer answer = {0};
	size_t n = 0;
	void *arg[2] = {&n, &answer};

	sqlite_kit_sql(
		sqlite_kit_path(),
		"WITH RECURSIVE c (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM c WHERE i < 599)"
		" INSERT INTO accounts (user, secret) SELECT 'user' || i, 'secret' FROM c");
	sqlite_kit_sql(sqlite_kit_path(), "UPDATE accounts SET ttl = -5 WHERE user = 'user300'");
	sqlite_kit_sql(
		sqlite_kit_path(),
		"INSERT INTO accounts (user, secret) VALUES (cast(x'7500ff61' AS TEXT), 'x')");
	ck_assert_int_eq(store_list(store_kit.store, count_each, count_done, arg), 0);
	store_kit_await(&answer, 1);
	ck_assert_int_eq(answer.err, 0);
	ck_assert_uint_eq(n, 600);
}
END_TEST

START_TEST(names_typed_by_hand_mean_the_same_host)
{
	struct store_confirm c = {.seq = 1, .time_s = 1700000000};
	struct account *a;

	sqlite_kit_sql(sqlite_kit_path(),
		       "INSERT INTO accounts (user, secret) VALUES ('bob', 'secret');"
		       "INSERT INTO hosts (user, name) VALUES ('bob', 'home');"
		       "INSERT INTO hosts (user, name) VALUES ('bob', 'Office.Example.COM.')");
	ck_assert_int_eq(store_kit_intend("bob", "home.dyn.example.com", 0, "192.0.2.1", NULL), 0);
	ck_assert_int_eq(store_kit_intend("bob", "home.dyn.example.com", 0, "192.0.2.1", NULL),
			 ERR_CONFLICT);
	ck_assert_int_eq(store_kit_intend("bob", "office.example.com", 0, "192.0.2.2", NULL), 0);
	c.name = value_name("office.example.com");
	ck_assert_int_eq(store_kit_confirm("bob", &c), 0);
	store_kit_assert_state("bob", "home.dyn.example.com", 1, 0, value_pair("192.0.2.1", NULL));
	a = store_kit_find("bob");
	ck_assert_int_eq(store_kit_put(a, STORE_REPLACE), 0);
	account_free(a);
	store_kit_assert_state("bob", "office.example.com", 1, 1, value_pair("192.0.2.2", NULL));
}
END_TEST

static void on_owners(void *arg, int err, const struct store_owners *owners,
		      const struct errinfo *why)
{
	struct store_kit_answer *a = arg;

	ck_assert_int_eq(err, 0);
	ck_assert_uint_eq(owners->n, 2);
	store_kit_take(a, err, why);
}

START_TEST(owners_of_a_name_have_it_in_full_or_without_the_default_zone)
{
	struct fqdn name = value_name("home.dyn.example.com");
	struct store_kit_answer a = {.err = 0};

	sqlite_kit_sql(sqlite_kit_path(),
		       "INSERT INTO accounts (user, secret) VALUES ('bob', 'secret');"
		       "INSERT INTO accounts (user, secret) VALUES ('zoe', 'secret');"
		       "INSERT INTO accounts (user, secret) VALUES ('eve', 'secret');"
		       "INSERT INTO hosts (user, name) VALUES ('bob', 'Home');"
		       "INSERT INTO hosts (user, name) VALUES ('zoe', 'home.dyn.example.com');"
		       "INSERT INTO hosts (user, name) VALUES ('eve', 'home.example.com')");
	ck_assert_int_eq(store_kit_finish(store_owners(store_kit.store, &name, on_owners, &a), &a),
			 0);
}
END_TEST

/* What somebody typed is compared as the address that it means. */
START_TEST(addresses_typed_by_hand_mean_the_same)
{
	struct store_intent intent = store_kit_intent("home.dyn.example.com", 3, NULL, NULL);

	sqlite_kit_sql(sqlite_kit_path(),
		       "INSERT INTO accounts (user, secret) VALUES ('bob', 'secret');"
		       "INSERT INTO hosts (user, name, seq, v4, v6)"
		       " VALUES ('bob', 'home', 3, '::ffff:192.0.2.1', '2001:DB8:0::1')");
	intent.want = value_pair(NULL, "2001:db8::9");
	intent.expect.want = value_pair("192.0.2.1", "2001:db8::2");
	ck_assert_int_eq(store_kit_intend_in(store_kit.store, "bob", &intent, 1), ERR_CONFLICT);
	intent.expect.want = value_pair("192.0.2.1", "2001:db8::1");
	ck_assert_int_eq(store_kit_intend_in(store_kit.store, "bob", &intent, 1), 0);
	store_kit_assert_state("bob", "home.dyn.example.com", 4, 0, intent.want);
}
END_TEST

START_TEST(rows_left_behind_by_hand_do_not_reach_a_new_account)
{
	sqlite_kit_sql(
		sqlite_kit_path(),
		"INSERT INTO hosts (user, name, v4, seq) VALUES"
		" ('bob', 'a.example.com', '192.0.2.1', 9), ('bob', 'x.example.com', NULL, 0)");
	store_kit_create("bob", "a.example.com", NULL);
	store_kit_assert_state("bob", "a.example.com", 0, 0, value_pair(NULL, NULL));
}
END_TEST

START_TEST(malformed_account_is_repaired_by_a_replace)
{
	struct account *a;

	store_kit_create("bob", "a.example.com", NULL);
	sqlite_kit_sql(sqlite_kit_path(), "UPDATE accounts SET ttl = -1");
	a = store_kit_account("bob", "secret", "a.example.com", NULL);
	ck_assert_int_eq(store_kit_put(a, STORE_REPLACE), 0);
	account_free(a);
	a = store_kit_find("bob");
	ck_assert_uint_eq(a->flaws, 0);
	account_free(a);
}
END_TEST

static void add_all(Suite *s)
{
	TCase *tc;

	store_suite_add(s, &sqlite_kit_subject);
	tc = store_kit_case(s, "the file");
	tcase_add_test(tc, new_file_is_for_its_owner_only);
	tcase_add_loop_test(tc, bad_file_is_refused_with_one_sentence_and_left_alone, 0,
			    N_ELEMENTS(bad_files));
	tcase_add_test(tc, store_of_an_earlier_version_works_and_still_works_with_it);
	tcase_add_loop_test(tc, store_without_a_log_that_somebody_else_opens_too_is_waited_for, 0,
			    N_ELEMENTS(busy_rows));
	tcase_add_test(tc, reads_wait_for_nobody_who_writes);
	tcase_add_test(tc, close_waits_for_both_connections);
	tcase_add_test(tc, version_changes_when_another_program_wrote);
	tcase_add_test(tc, version_stays_when_only_we_wrote);
	tcase_add_test(tc, lock_held_by_another_program_is_reported_and_passes);
	tcase_add_loop_test(tc, malformed_account_is_named_and_harms_no_other, 0,
			    N_ELEMENTS(malformed));
	tcase_add_test(tc, what_was_published_last_is_unknown_when_somebody_wrote_nonsense);
	tcase_add_test(tc, the_moments_of_updates_are_of_their_seq);
	tcase_add_test(tc, list_has_malformed_accounts_and_turns_its_pages);
	tcase_add_test(tc, interface_ids_outlive_an_earlier_version_that_changes_the_hosts);
	tcase_add_loop_test(tc, interface_ids_that_cannot_be_read_stay_as_they_are, 0,
			    (int)(sizeof(id_rows) / sizeof(id_rows[0])));
	tcase_add_test(tc, names_typed_by_hand_mean_the_same_host);
	tcase_add_test(tc, owners_of_a_name_have_it_in_full_or_without_the_default_zone);
	tcase_add_test(tc, addresses_typed_by_hand_mean_the_same);
	tcase_add_test(tc, rows_left_behind_by_hand_do_not_reach_a_new_account);
	tcase_add_test(tc, malformed_account_is_repaired_by_a_replace);
	tcase_add_loop_test(tc, state_that_was_broken_by_hand_is_mended_by_an_update, 0, 3);
	tcase_add_test(tc, replace_keeps_what_is_still_a_flaw);
}

int main(void)
{
	return sqlite_kit_run("sqlite", add_all);
}
