/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/tls_pairs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "http/certificate.h"
#include "kit/certificate_kit.h"
#include "kit/http_fixture.h"
#include "kit/unit.h"

enum { FIRST, SECOND, PAIRS, PATH_LEN = 128, LOOKS_MAX = 20 };

static char dir[64], certificate[PAIRS][PATH_LEN], private_key[PAIRS][PATH_LEN];
static struct tls_pairs *pairs;

static void open_pairs(void)
{
	struct http_tls_pair files[PAIRS];
	struct errinfo ei = ERRINFO_INIT;
	size_t i;

	snprintf(dir, sizeof(dir), "/tmp/mooring-pairs.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	for (i = 0; i < PAIRS; i++) {
		snprintf(certificate[i], PATH_LEN, "%s/%zu.pem", dir, i);
		snprintf(private_key[i], PATH_LEN, "%s/%zu.key", dir, i);
		fixture_write_pair(certificate[i], private_key[i], (unsigned char)(i + 1));
		files[i] = (struct http_tls_pair){certificate[i], private_key[i]};
	}
	ck_assert_msg(tls_pairs_new(files, PAIRS, &pairs, &ei) == 0, "%s", ei.text);
	ck_assert_uint_eq(tls_pairs_count(pairs), PAIRS);
}

static void close_pairs(void)
{
	size_t i;

	tls_pairs_free(pairs);
	for (i = 0; i < PAIRS; i++) {
		unlink(certificate[i]);
		unlink(private_key[i]);
	}
	ck_assert_int_eq(rmdir(dir), 0);
}

/* What one look told. */
static struct {
	size_t n_read, n_kept;
	char why[ERR_TEXT_MAX], path[PATH_LEN];
} seen;

static void note(void *arg, const char *path, const char *why)
{
	ck_assert_ptr_eq(arg, &seen);
	snprintf(seen.path, sizeof(seen.path), "%s", path);
	if (why == NULL)
		seen.n_read++;
	else
		snprintf(seen.why, sizeof(seen.why), "%s", why);
	seen.n_kept += why != NULL;
}

static bool look(void)
{
	memset(&seen, 0, sizeof(seen));
	return tls_pairs_look(pairs, note, &seen);
}

/* Nothing is told, and nothing replaced. */
static void look_in_vain(void)
{
	ck_assert(!look());
	ck_assert_msg(seen.n_read + seen.n_kept == 0, "%s", seen.why);
}

START_TEST(a_pair_is_read_once_when_it_was_left_alone_for_a_look)
{
	open_pairs();
	look_in_vain();
	fixture_write_pair(certificate[SECOND], private_key[SECOND], 9);
	look_in_vain();
	ck_assert(look());
	ck_assert(seen.n_read == 1 && seen.n_kept == 0);
	ck_assert_str_eq(seen.path, certificate[SECOND]);
	look_in_vain();
	ck_assert(!tls_pairs_are_stale(pairs));
	close_pairs();
}
END_TEST

START_TEST(files_that_never_rest_are_read_all_the_same)
{
	size_t i;

	open_pairs();
	for (i = 0; i < LOOKS_MAX; i++) {
		fixture_write_pair(certificate[FIRST], private_key[FIRST], (unsigned char)(i + 9));
		if (look())
			break;
	}
	ck_assert_uint_lt(i, LOOKS_MAX);
	ck_assert_uint_gt(i, 1);
	close_pairs();
}
END_TEST

static void break_by_other_key(void)
{
	char aside[PATH_LEN + 8];

	snprintf(aside, sizeof(aside), "%s.aside", certificate[FIRST]);
	fixture_write_pair(aside, private_key[FIRST], 9);
	unlink(aside);
}

static void break_by_half_a_file(void)
{
	ck_assert_int_eq(truncate(certificate[FIRST], 200), 0);
}

static void break_by_an_empty_file(void)
{
	ck_assert_int_eq(truncate(private_key[FIRST], 0), 0);
}

static void break_by_no_file(void)
{
	ck_assert_int_eq(unlink(private_key[FIRST]), 0);
}

static void break_by_an_old_one(void)
{
	fixture_write_pair_from(certificate[FIRST], private_key[FIRST], 9, -40);
}

START_TEST(what_cannot_be_taken_is_told_once_and_taken_once_it_can_be)
{
	static const struct {
		void (*change)(void);
		const char *why;
	} rows[] = {
		{break_by_other_key, "not the private key of the certificate"},
		{break_by_half_a_file, "not a PEM certificate"},
		{break_by_an_empty_file, "the file is empty"},
		{break_by_no_file, "cannot be opened"},
		{break_by_an_old_one, "the certificate has expired, and the one in use is valid"},
	};
	int64_t end_s;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		open_pairs();
		end_s = tls_pairs_not_after(pairs);
		rows[i].change();
		look_in_vain();
		ck_assert(!look());
		ck_assert_msg(seen.n_kept == 1 && strstr(seen.why, rows[i].why) != NULL,
			      "row %zu: %s", i, seen.why);
		ck_assert(tls_pairs_are_stale(pairs));
		look_in_vain();
		ck_assert_int_eq(tls_pairs_not_after(pairs), end_s);
		fixture_write_pair(certificate[FIRST], private_key[FIRST], 10);
		look_in_vain();
		ck_assert(look());
		ck_assert(seen.n_read == 1 && !tls_pairs_are_stale(pairs));
		close_pairs();
	}
}
END_TEST

/* certbot: the names that the daemon knows are links, and each is led elsewhere by itself. */
START_TEST(a_link_that_leads_elsewhere_is_a_change)
{
	char target[2][PATH_LEN];
	size_t i;

	open_pairs();
	for (i = 0; i < 2; i++)
		snprintf(target[i], PATH_LEN, "%s/new%zu", dir, i);
	fixture_write_pair(target[0], target[1], 9);
	ck_assert_int_eq(unlink(certificate[FIRST]), 0);
	ck_assert_int_eq(symlink(target[0], certificate[FIRST]), 0);
	look_in_vain();
	ck_assert_int_eq(unlink(private_key[FIRST]), 0);
	ck_assert_int_eq(symlink(target[1], private_key[FIRST]), 0);
	look_in_vain();
	ck_assert(look());
	ck_assert(seen.n_read == 1 && seen.n_kept == 0);
	unlink(target[0]);
	unlink(target[1]);
	close_pairs();
}
END_TEST

static void count_weakness(void *arg, const char *path, const char *why)
{
	ck_assert(path != NULL && why != NULL);
	++*(size_t *)arg;
}

static void count_due(void *arg, const char *path, int64_t end_s)
{
	ck_assert(strcmp(path, certificate[FIRST]) == 0 || strcmp(path, certificate[SECOND]) == 0);
	ck_assert_int_gt(end_s, clock_wall_s());
	++*(size_t *)arg;
}

static size_t count_news(int days_later, bool is_news)
{
	size_t n = 0;

	tls_pairs_each_weakness(pairs, clock_wall_s() + days_later * 86400, is_news, count_weakness,
				&n);
	return n;
}

START_TEST(what_time_brings_is_told_once_for_each_certificate)
{
	size_t n_due = 0;

	open_pairs();
	ck_assert_int_eq(chmod(private_key[FIRST], 0600), 0);
	ck_assert_int_eq(chmod(private_key[SECOND], 0600), 0);
	look();
	ck_assert(look());
	ck_assert_uint_eq(count_news(0, true), 0);
	ck_assert_uint_eq(count_news(19, true), 0);
	ck_assert_uint_eq(count_news(21, true), 2);
	ck_assert_uint_eq(count_news(22, true), 0);
	ck_assert_uint_eq(count_news(22, false), 2);
	ck_assert_uint_eq(tls_pairs_count_due(pairs, clock_wall_s() + 22 * 86400), 2);
	tls_pairs_each_due(pairs, clock_wall_s() + 19 * 86400, count_due, &n_due);
	ck_assert_uint_eq(n_due, 0);
	tls_pairs_each_due(pairs, clock_wall_s() + 22 * 86400, count_due, &n_due);
	ck_assert_uint_eq(n_due, 2);
	ck_assert_uint_eq(count_news(31, true), 2);
	ck_assert_uint_eq(count_news(32, true), 0);
	fixture_write_pair(certificate[FIRST], private_key[FIRST], 9);
	look();
	ck_assert(look());
	ck_assert_uint_eq(count_news(32, true), 1);
	close_pairs();
}
END_TEST

/* Of which kind of key a client can use. */
enum { CLIENT_ANY, CLIENT_RSA, CLIENT_ECDSA, CLIENT_NONE };

static bool client_takes_kind(const void *client, gnutls_pk_algorithm_t kind)
{
	const int *which = client;

	return *which == CLIENT_ANY || (*which == CLIENT_RSA && kind == GNUTLS_PK_RSA) ||
	       (*which == CLIENT_ECDSA && kind == GNUTLS_PK_ECDSA);
}

static bool same_certificate(struct certificate *a, struct certificate *b)
{
	unsigned n;
	const gnutls_datum_t x = certificate_certs(a, &n)->cert, y = certificate_certs(b, &n)->cert;

	return x.size == y.size && memcmp(x.data, y.data, x.size) == 0;
}

static struct tls_pairs *open_for_names(const char *const *names, size_t n, char paths[][PATH_LEN])
{
	struct http_tls_pair files[HTTP_TLS_PAIRS_MAX];
	struct tls_pairs *made;
	size_t i;

	for (i = 0; i < n; i++) {
		snprintf(paths[i], PATH_LEN, "/tmp/mooring-names-%d-%zu.pem", (int)getpid(), i);
		certificate_kit_write_pair(paths[i], names[i] + 1,
					   names[i][0] == 'R' ? GNUTLS_PK_RSA : GNUTLS_PK_ECDSA);
		files[i] = (struct http_tls_pair){paths[i], paths[i]};
	}
	ck_assert_int_eq(tls_pairs_new(files, n, &made, NULL), 0);
	return made;
}

START_TEST(a_client_is_shown_what_it_can_use_and_asked_for)
{
	/* The first letter is the kind of key. */
	static const char *const names[] = {"Ea.example", "E*.b.example", "Ra.example",
					    "Rx.b.example", "Ex.b.example"};
	static const struct {
		int client;
		const char *name;
		int want;
	} rows[] = {
		{CLIENT_ANY, "a.example", 0},
		{CLIENT_RSA, "a.example", 2},
		{CLIENT_ECDSA, "a.example", 0},
		{CLIENT_ANY, "A.Example.", 0},
		{CLIENT_ANY, "y.b.example", 1},
		{CLIENT_ANY, "x.b.example", 3},
		{CLIENT_ECDSA, "x.b.example", 4},
		{CLIENT_RSA, "y.b.example", 2},
		{CLIENT_ANY, "", 0},
		{CLIENT_RSA, "", 2},
		{CLIENT_ANY, "else.example", 0},
		{CLIENT_RSA, "else.example", 2},
		{CLIENT_NONE, "x.b.example", 0},
	};
	char paths[N_ELEMENTS(names)][PATH_LEN];
	struct tls_pairs *made = open_for_names(names, N_ELEMENTS(names), paths);
	struct certificate *all[N_ELEMENTS(names)], *got;
	size_t i, j;

	for (i = 0; i < N_ELEMENTS(names); i++)
		ck_assert_int_eq(certificate_load(paths[i], paths[i], &all[i], NULL), 0);
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		got = tls_pairs_choose(made, slice_of(rows[i].name), client_takes_kind,
				       &rows[i].client);
		for (j = 0; j < N_ELEMENTS(names); j++)
			ck_assert_msg(same_certificate(got, all[j]) == ((int)j == rows[i].want),
				      "row %zu, certificate %zu", i, j);
		certificate_unref(got);
	}
	for (i = 0; i < N_ELEMENTS(names); i++) {
		certificate_unref(all[i]);
		unlink(paths[i]);
	}
	tls_pairs_free(made);
	tls_pairs_free(NULL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_pair_is_read_once_when_it_was_left_alone_for_a_look,
		files_that_never_rest_are_read_all_the_same,
		what_cannot_be_taken_is_told_once_and_taken_once_it_can_be,
		a_link_that_leads_elsewhere_is_a_change,
		what_time_brings_is_told_once_for_each_certificate,
		a_client_is_shown_what_it_can_use_and_asked_for,
	};

	return unit_run("tls_pairs", tests, N_ELEMENTS(tests));
}
