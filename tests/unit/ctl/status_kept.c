/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/status_kept.h"

#include <stdlib.h>
#include <string.h>

#include "kit/fake_malloc.h"
#include "kit/unit.h"
#include "kit/values.h"

enum { NOW = 1000 };

static struct status_kept kept;
static const struct errinfo none = ERRINFO_INIT;
static const struct status_notices no_notices;

static struct status_rows two_rows(void)
{
	struct status_rows r = {.n = 2, .cap = 2, .at = calloc(2, sizeof(*r.at))};

	r.at[0].host = value_name("a.example.com");
	r.at[1].host = value_name("b.example.com");
	return r;
}

START_TEST(hosts_are_read_once_and_again_after_a_minute)
{
	struct status_rows read = two_rows(), given = {.n = 0};
	struct errinfo why = ERRINFO_INIT;
	struct status_notices notices;

	ck_assert(status_kept_rows_are_due(&kept, 0));
	status_kept_take_rows(&kept, &read, &none, &no_notices, NOW);
	ck_assert(!status_kept_rows_are_due(&kept, NOW));
	ck_assert(!status_kept_rows_are_due(&kept, NOW + 60 * 1000 - 1));
	ck_assert(status_kept_rows_are_due(&kept, NOW + 60 * 1000));
	ck_assert_int_eq(kept.rows_ms, NOW);

	/* Each has its own: what is done to one changes no other. */
	status_rows_fini(&read);
	status_kept_give_rows(&kept, &given, &why, &notices);
	ck_assert_uint_eq(given.n, 2);
	ck_assert_str_eq(given.at[1].host.text, "b.example.com");
	ck_assert_int_eq(why.code, 0);
	status_rows_fini(&given);
	status_kept_give_rows(&kept, &given, &why, &notices);
	ck_assert_str_eq(given.at[0].host.text, "a.example.com");
	status_rows_fini(&given);
	status_kept_fini(&kept);
	ck_assert(status_kept_rows_are_due(&kept, 0));
}
END_TEST

START_TEST(notices_are_kept_with_the_hosts)
{
	const struct status_notices read_notices = {.is_known = true, .waiting = 3, .dead = 2};
	struct status_rows read = two_rows(), given = {.n = 0};
	struct errinfo why = ERRINFO_INIT;
	struct status_notices notices;

	status_kept_take_rows(&kept, &read, &none, &read_notices, NOW);
	status_kept_give_rows(&kept, &given, &why, &notices);
	ck_assert(notices.is_known && notices.waiting == 3 && notices.dead == 2);
	status_rows_fini(&given);
	status_kept_take_rows(&kept, &read, &none, &no_notices, NOW);
	status_kept_give_rows(&kept, &given, &why, &notices);
	ck_assert(!notices.is_known);
	status_rows_fini(&read);
	status_rows_fini(&given);
	status_kept_fini(&kept);
}
END_TEST

/* A store that refuses is not asked again and again either. */
START_TEST(why_they_could_not_be_read_is_kept_and_forgotten)
{
	struct status_rows read = {.n = 0}, given = {.n = 0};
	struct errinfo why = ERRINFO_INIT, told = ERRINFO_INIT;
	struct status_notices notices;

	err_set(&why, ERR_DENIED, "not for you");
	status_kept_take_rows(&kept, &read, &why, &no_notices, NOW);
	ck_assert(!status_kept_rows_are_due(&kept, NOW + 1));
	status_kept_give_rows(&kept, &given, &told, &notices);
	ck_assert_uint_eq(given.n, 0);
	ck_assert_int_eq(told.code, ERR_DENIED);
	ck_assert_str_eq(told.text, "not for you");

	read = two_rows();
	status_kept_take_rows(&kept, &read, &none, &no_notices, NOW + 60 * 1000);
	status_kept_give_rows(&kept, &given, &told, &notices);
	ck_assert_uint_eq(given.n, 2);
	ck_assert_int_eq(told.code, 0);
	status_rows_fini(&read);
	status_rows_fini(&given);
	status_kept_fini(&kept);
}
END_TEST

START_TEST(hosts_of_which_some_are_missing_are_not_kept)
{
	struct status_rows read = two_rows(), given = {.n = 0};
	struct errinfo why = ERRINFO_INIT;
	struct status_notices notices;

	fake_malloc_fail_at(1);
	status_kept_take_rows(&kept, &read, &none, &no_notices, NOW);
	ck_assert(fake_malloc_off());
	ck_assert(status_kept_rows_are_due(&kept, NOW));

	read.err = ERR_NOMEM;
	status_kept_take_rows(&kept, &read, &none, &no_notices, NOW);
	ck_assert(status_kept_rows_are_due(&kept, NOW));

	read.err = 0;
	status_kept_take_rows(&kept, &read, &none, &no_notices, NOW);
	fake_malloc_fail_at(1);
	status_kept_give_rows(&kept, &given, &why, &notices);
	ck_assert(fake_malloc_off());
	ck_assert_int_eq(given.err, ERR_NOMEM);
	ck_assert_uint_eq(given.n, 0);
	status_rows_fini(&read);
	status_kept_fini(&kept);
}
END_TEST

START_TEST(a_history_is_kept_for_a_minute_too)
{
	struct history_entry entries[2] = {{.time_s = 5}, {.time_s = 6}};

	ck_assert(status_kept_entries_are_due(&kept, 0));
	status_kept_take_entries(&kept, entries, 2, NOW);
	entries[1].time_s = 7;
	ck_assert(!status_kept_entries_are_due(&kept, NOW + 60 * 1000 - 1));
	ck_assert(status_kept_entries_are_due(&kept, NOW + 60 * 1000));
	ck_assert(status_kept_rows_are_due(&kept, 0));
	ck_assert_uint_eq(kept.n_entries, 2);
	ck_assert_int_eq(kept.entries[1].time_s, 6);

	status_kept_take_entries(&kept, NULL, 0, 2 * NOW);
	ck_assert_uint_eq(kept.n_entries, 0);
	ck_assert(!status_kept_entries_are_due(&kept, 2 * NOW));

	fake_malloc_fail_at(1);
	status_kept_take_entries(&kept, entries, 2, 2 * NOW);
	ck_assert(fake_malloc_off());
	ck_assert_uint_eq(kept.n_entries, 0);
	ck_assert(status_kept_entries_are_due(&kept, 2 * NOW));
	status_kept_fini(&kept);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		hosts_are_read_once_and_again_after_a_minute,
		notices_are_kept_with_the_hosts,
		why_they_could_not_be_read_is_kept_and_forgotten,
		hosts_of_which_some_are_missing_are_not_kept,
		a_history_is_kept_for_a_minute_too,
	};

	return unit_run("status_kept", tests, N_ELEMENTS(tests));
}
