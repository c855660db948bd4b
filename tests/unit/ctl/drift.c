/* SPDX-License-Identifier: BSD-2-Clause
 * What mooringctl verify makes of a record set of a zone. */

#include <string.h>

#include "aws/route53_list.h"
#include "conf/conf.h"
#include "ctl/drift.h"
#include "kit/unit.h"
#include "kit/values.h"

static const struct {
	const char *want;
	uint32_t want_ttl;
	uint64_t seq, pub;
	struct aws_route53_set found; /* without a type: there is none */
	enum drift_kind kind;
} judge_rows[] = {
	{"", 60, 0, 0, {.type = NULL}, DRIFT_NONE},
	{"", 60, 1, 1, {.type = "A", .ttl = 60, .n_values = 1, .values = "192.0.2.9"}, DRIFT_NONE},
	{"192.0.2.1", 60, 3, 3, {.type = NULL}, DRIFT_MISSING},
	{"192.0.2.1", 60, 3, 2, {.type = NULL}, DRIFT_WAITING},
	{"192.0.2.1",
	 60,
	 3,
	 3,
	 {.type = "A", .ttl = 60, .n_values = 1, .values = "192.0.2.1"},
	 DRIFT_NONE},
	{"192.0.2.1",
	 60,
	 3,
	 3,
	 {.type = "A", .ttl = 61, .n_values = 1, .values = "192.0.2.1"},
	 DRIFT_DIFFERENT},
	{"192.0.2.1",
	 60,
	 3,
	 3,
	 {.type = "A", .ttl = 60, .n_values = 1, .values = "192.0.2.2"},
	 DRIFT_DIFFERENT},
	{"192.0.2.1",
	 60,
	 3,
	 2,
	 {.type = "A", .ttl = 60, .n_values = 1, .values = "192.0.2.2"},
	 DRIFT_WAITING},
	{"2001:db8::1",
	 60,
	 3,
	 3,
	 {.type = "AAAA", .ttl = 60, .n_values = 1, .values = "2001:DB8:0::0001"},
	 DRIFT_NONE},
	{"192.0.2.1", 60, 3, 3, {.type = "A", .is_alias = true}, DRIFT_FOREIGN},
	{"192.0.2.1", 60, 3, 2, {.type = "A", .is_alias = true}, DRIFT_FOREIGN},
	{"192.0.2.1",
	 60,
	 3,
	 3,
	 {.type = "A", .ttl = 60, .n_values = 1, .values = "192.0.2.1", .is_routed = true},
	 DRIFT_FOREIGN},
	{"192.0.2.1",
	 60,
	 3,
	 3,
	 {.type = "A",
	  .ttl = 60,
	  .n_values = 2,
	  .values = "192.0.2.1\0"
		    "192.0.2.2"},
	 DRIFT_FOREIGN},
	{"192.0.2.1",
	 60,
	 3,
	 3,
	 {.type = "A", .ttl = 60, .n_values = 1, .values = "x"},
	 DRIFT_FOREIGN},
	{"192.0.2.1",
	 60,
	 3,
	 2,
	 {.type = "CNAME", .ttl = 9, .n_values = 1, .values = "x."},
	 DRIFT_FOREIGN},
	{"192.0.2.1",
	 60,
	 3,
	 3,
	 {.type = "CNAME", .ttl = 9, .n_values = 1, .values = "x."},
	 DRIFT_FOREIGN},
	{"", 60, 0, 0, {.type = "CNAME", .ttl = 9, .n_values = 1, .values = "x."}, DRIFT_FOREIGN},
};

START_TEST(a_record_set_is_drift_when_the_store_says_otherwise)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(judge_rows); i++) {
		struct drift_set set = {
			.type = judge_rows[i].found.type != NULL &&
						strcmp(judge_rows[i].found.type, "CNAME") != 0
					? judge_rows[i].found.type
					: "A",
			.want = value_addr(judge_rows[i].want),
			.want_ttl = judge_rows[i].want_ttl,
			.state = {.seq = judge_rows[i].seq, .pub = judge_rows[i].pub}};

		if (judge_rows[i].found.type != NULL)
			drift_found(&set, &judge_rows[i].found);
		ck_assert_msg(drift_judge(&set) == judge_rows[i].kind, "row %zu: %s", i,
			      drift_kind_name(drift_judge(&set)));
	}
}
END_TEST

START_TEST(what_another_account_takes_over_meanwhile_is_left_to_it)
{
	struct drift_set set = {.type = "A",
				.want = value_addr("192.0.2.1"),
				.want_ttl = 60,
				.state = {.seq = 3, .pub = 3}};

	ck_assert_int_eq(drift_judge(&set), DRIFT_MISSING);
	/* Over from the start: nobody else may be there any more. */
	set.state.over = 3;
	ck_assert_int_eq(drift_judge(&set), DRIFT_MISSING);
	set.is_overtaken = true;
	ck_assert_int_eq(drift_judge(&set), DRIFT_WAITING);
}
END_TEST

START_TEST(a_cname_beside_a_host_without_an_address_is_told_once)
{
	static const struct aws_route53_set cname = {
		.type = "CNAME", .n_values = 1, .values = "x."};
	struct drift_set set = {.type = "AAAA"};

	drift_found(&set, &cname);
	ck_assert_int_eq(drift_judge(&set), DRIFT_NONE);
	ck_assert_str_eq(set.foreign, "a CNAME");
	ck_assert_uint_eq(set.found_ttl, 0);
	set.want = value_addr("2001:db8::1");
	ck_assert_int_eq(drift_judge(&set), DRIFT_FOREIGN);
}
END_TEST

START_TEST(what_is_wanted_follows_the_account)
{
	const struct conf_zone conf = {.ttl = 60};
	const struct backend_zone zone = {.conf = &conf};
	struct drift_set set = {
		.zone = &zone, .name = value_name("home.dyn.example.com"), .type = "AAAA"};
	struct account_host *host = NULL;
	struct account *a = NULL;

	ck_assert_int_eq(account_new(slice_of("router1"), &a, NULL), 0);
	ck_assert_int_eq(account_add_host(a, slice_of(set.name.text), NULL, &host, NULL), 0);
	host->state.want.v6 = value_addr("2001:db8::1");
	host->state.seq = 7;
	drift_want(&set, a);
	ck_assert(addr_equal(&set.want, &host->state.want.v6));
	ck_assert_uint_eq(set.want_ttl, 60);
	ck_assert_uint_eq(set.state.seq, 7);
	a->ttl = 300;
	drift_want(&set, a);
	ck_assert_uint_eq(set.want_ttl, 300);
	/* The host is taken away, then the account. */
	ck_assert(account_drop_host(a, &set.name));
	drift_want(&set, a);
	ck_assert(!addr_is_set(&set.want) && set.state.seq == 0);
	drift_want(&set, NULL);
	ck_assert(!addr_is_set(&set.want) && set.state.seq == 0);
	account_free(a);
}
END_TEST

static const struct {
	struct {
		const char *want;
		int64_t time_s;
		enum drift_kind kind;
		bool is_over;
	} sets[3];
	size_t left; /* the one that is still compared */
} choose_rows[] = {
	{{{"192.0.2.1", 5, DRIFT_NONE, false},
	  {"192.0.2.2", 9, DRIFT_DIFFERENT, false},
	  {"", 0, DRIFT_NONE, false}},
	 0},
	{{{"192.0.2.1", 5, DRIFT_DIFFERENT, false},
	  {"192.0.2.2", 9, DRIFT_NONE, false},
	  {"", 0, DRIFT_NONE, false}},
	 1},
	{{{"192.0.2.1", 5, DRIFT_MISSING, false},
	  {"192.0.2.2", 9, DRIFT_MISSING, false},
	  {"", 0, DRIFT_NONE, false}},
	 1},
	{{{"", 0, DRIFT_NONE, false},
	  {"192.0.2.2", 9, DRIFT_MISSING, false},
	  {"192.0.2.3", 3, DRIFT_MISSING, false}},
	 1},
	{{{"192.0.2.1", 9, DRIFT_WAITING, false},
	  {"192.0.2.2", 5, DRIFT_MISSING, false},
	  {"", 0, DRIFT_NONE, false}},
	 0},
	/* What was published last, or is in the zone, is over: the other one is the later. */
	{{{"192.0.2.1", 9, DRIFT_NONE, true},
	  {"192.0.2.2", 0, DRIFT_WAITING, false},
	  {"", 0, DRIFT_NONE, false}},
	 1},
	/* All are over: the last of them is gone. */
	{{{"192.0.2.1", 5, DRIFT_DIFFERENT, true},
	  {"192.0.2.2", 9, DRIFT_DIFFERENT, true},
	  {"", 0, DRIFT_NONE, false}},
	 1},
	{{{"192.0.2.1", 3, DRIFT_DIFFERENT, false},
	  {"192.0.2.2", 9, DRIFT_NONE, true},
	  {"192.0.2.3", 9, DRIFT_NONE, true}},
	 0},
};

START_TEST(of_several_accounts_with_one_name_one_is_compared)
{
	size_t i, k;

	for (i = 0; i < N_ELEMENTS(choose_rows); i++) {
		struct drift_set sets[3];

		for (k = 0; k < 3; k++)
			sets[k] = (struct drift_set){
				.want = value_addr(choose_rows[i].sets[k].want),
				.state = {.seq = 2,
					  .over = choose_rows[i].sets[k].is_over ? 2 : 0,
					  .time_s = choose_rows[i].sets[k].time_s},
				.kind = choose_rows[i].sets[k].kind};
		drift_choose(sets, 3);
		for (k = 0; k < 3; k++) {
			bool is_left = k == choose_rows[i].left;

			ck_assert_msg(addr_is_set(&sets[k].want) == is_left, "row %zu.%zu", i, k);
			ck_assert_msg(sets[k].kind ==
					      (is_left ? choose_rows[i].sets[k].kind : DRIFT_NONE),
				      "row %zu.%zu", i, k);
		}
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_record_set_is_drift_when_the_store_says_otherwise,
		what_another_account_takes_over_meanwhile_is_left_to_it,
		a_cname_beside_a_host_without_an_address_is_told_once,
		what_is_wanted_follows_the_account,
		of_several_accounts_with_one_name_one_is_compared,
	};

	return unit_run("drift", tests, N_ELEMENTS(tests));
}
