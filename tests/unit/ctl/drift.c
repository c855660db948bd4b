/* SPDX-License-Identifier: BSD-2-Clause
 * What mooringctl makes of a record set of a zone: drift, or its own to delete. */
#include <string.h>

#include "aws/route53_list.h"
#include "conf/conf.h"
#include "ctl/drift.h"
#include "ctl/progress.h"
#include "ctl/records.h"
#include "kit/unit.h"

static struct addr address(const char *text)
{
	struct addr a = {.family = ADDR_NONE};

	if (text[0] != '\0')
		ck_assert_int_eq(addr_parse(slice_of(text), &a), 0);
	return a;
}

static struct fqdn name(const char *text)
{
	struct fqdn f;

	ck_assert_int_eq(fqdn_parse(slice_of(text), &f), 0);
	return f;
}

/* ---- drift ---- */

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
};

START_TEST(a_record_set_is_drift_when_the_store_says_otherwise)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(judge_rows); i++) {
		struct drift_set set = {
			.type = judge_rows[i].found.type != NULL ? judge_rows[i].found.type : "A",
			.want = address(judge_rows[i].want),
			.want_ttl = judge_rows[i].want_ttl,
			.state = {.seq = judge_rows[i].seq, .pub = judge_rows[i].pub}};

		if (judge_rows[i].found.type != NULL)
			drift_found(&set, &judge_rows[i].found);
		ck_assert_msg(drift_judge(&set) == judge_rows[i].kind, "row %zu: %s", i,
			      drift_kind_name(drift_judge(&set)));
	}
}
END_TEST

START_TEST(what_is_wanted_follows_the_account)
{
	const struct conf_zone conf = {.ttl = 60};
	const struct backend_zone zone = {.conf = &conf};
	struct drift_set set = {
		.zone = &zone, .name = name("home.dyn.example.com"), .type = "AAAA"};
	struct account_host *host = NULL;
	struct account *a = NULL;

	ck_assert_int_eq(account_new(slice_of("router1"), &a, NULL), 0);
	ck_assert_int_eq(account_add_host(a, slice_of(set.name.text), NULL, &host, NULL), 0);
	host->state.want.v6 = address("2001:db8::1");
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
	} sets[3];
	size_t left; /* the one that is still compared */
} choose_rows[] = {
	{{{"192.0.2.1", 5, DRIFT_NONE}, {"192.0.2.2", 9, DRIFT_DIFFERENT}, {"", 0, DRIFT_NONE}}, 0},
	{{{"192.0.2.1", 5, DRIFT_DIFFERENT}, {"192.0.2.2", 9, DRIFT_NONE}, {"", 0, DRIFT_NONE}}, 1},
	{{{"192.0.2.1", 5, DRIFT_MISSING}, {"192.0.2.2", 9, DRIFT_MISSING}, {"", 0, DRIFT_NONE}},
	 1},
	{{{"", 0, DRIFT_NONE}, {"192.0.2.2", 9, DRIFT_MISSING}, {"192.0.2.3", 3, DRIFT_MISSING}},
	 1},
	{{{"192.0.2.1", 9, DRIFT_WAITING}, {"192.0.2.2", 5, DRIFT_MISSING}, {"", 0, DRIFT_NONE}},
	 0},
};

START_TEST(of_several_accounts_with_one_name_one_is_compared)
{
	size_t i, k;

	for (i = 0; i < N_ELEMENTS(choose_rows); i++) {
		struct drift_set sets[3];

		for (k = 0; k < 3; k++)
			sets[k] = (struct drift_set){
				.want = address(choose_rows[i].sets[k].want),
				.state = {.time_s = choose_rows[i].sets[k].time_s},
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

/* ---- removal ---- */

static const struct {
	const char *name, *type, *want;
	struct aws_route53_set set;
	enum records_verdict verdict;
	const char *text; /* the value to delete, or what is in the way */
} take_rows[] = {
	{"h.example.com",
	 "A",
	 "192.0.2.1",
	 {.name = "h.example.com.", .type = "A", .ttl = 60, .n_values = 1, .values = "192.0.2.1"},
	 RECORDS_OURS,
	 "192.0.2.1"},
	{"h.example.com",
	 "AAAA",
	 "2001:db8::1",
	 {.name = "H.example.com.",
	  .type = "AAAA",
	  .ttl = 60,
	  .n_values = 1,
	  .values = "2001:0DB8::0:1"},
	 RECORDS_OURS,
	 "2001:0DB8::0:1"},
	{"*.example.com",
	 "A",
	 "192.0.2.1",
	 {.name = "*.example.com.", .type = "A", .ttl = 60, .n_values = 1, .values = "192.0.2.1"},
	 RECORDS_OURS,
	 "192.0.2.1"},
	/* The listing goes on behind what is not there. */
	{"h.example.com",
	 "A",
	 "192.0.2.1",
	 {.name = "h.example.com.", .type = "AAAA", .n_values = 1, .values = "2001:db8::1"},
	 RECORDS_ABSENT,
	 ""},
	{"h.example.com",
	 "A",
	 "192.0.2.1",
	 {.name = "i.example.com.", .type = "A", .n_values = 1, .values = "192.0.2.1"},
	 RECORDS_ABSENT,
	 ""},
	{"h.example.com",
	 "A",
	 "192.0.2.1",
	 {.name = "h\\056x.example.com.", .type = "A", .n_values = 1, .values = "192.0.2.1"},
	 RECORDS_ABSENT,
	 ""},
	{"h.example.com",
	 "A",
	 "192.0.2.1",
	 {.name = "i.example.com.", .type = "CNAME", .n_values = 1, .values = "x."},
	 RECORDS_ABSENT,
	 ""},
	{"h.example.com",
	 "A",
	 "192.0.2.1",
	 {.name = "h.example.com.", .type = "CNAME", .n_values = 1, .values = "x."},
	 RECORDS_OTHERS,
	 "a CNAME"},
	{"h.example.com",
	 "A",
	 "192.0.2.1",
	 {.name = "h.example.com.", .type = "A", .is_alias = true, .values = ""},
	 RECORDS_OTHERS,
	 "an alias"},
	{"h.example.com",
	 "A",
	 "192.0.2.1",
	 {.name = "h.example.com.",
	  .type = "A",
	  .n_values = 1,
	  .values = "192.0.2.1",
	  .is_routed = true},
	 RECORDS_OTHERS,
	 "a routing policy"},
	{"h.example.com",
	 "A",
	 "192.0.2.1",
	 {.name = "h.example.com.",
	  .type = "A",
	  .n_values = 2,
	  .values = "192.0.2.1\0"
		    "192.0.2.2"},
	 RECORDS_OTHERS,
	 "several values"},
	{"h.example.com",
	 "A",
	 "192.0.2.1",
	 {.name = "h.example.com.", .type = "A", .n_values = 0, .values = ""},
	 RECORDS_OTHERS,
	 "several values"},
	{"h.example.com",
	 "A",
	 "192.0.2.1",
	 {.name = "h.example.com.", .type = "A", .n_values = 1, .values = "192.0.2.2"},
	 RECORDS_OTHERS,
	 "192.0.2.2"},
};

START_TEST(only_a_set_with_our_address_alone_is_ours_to_delete)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(take_rows); i++) {
		struct records_found f = {.name = name(take_rows[i].name),
					  .type = take_rows[i].type,
					  .want = address(take_rows[i].want)};
		const char *text;

		records_take(&f, &take_rows[i].set);
		text = f.verdict == RECORDS_OURS ? f.value : f.what;
		ck_assert_msg(f.verdict == take_rows[i].verdict, "row %zu: %d", i, (int)f.verdict);
		ck_assert_msg(strcmp(text, take_rows[i].text) == 0, "row %zu: %s", i, text);
	}
}
END_TEST

/* ---- progress ---- */

static const struct {
	size_t done, total;
	int64_t ms;
	const char *want;
} progress_rows[] = {
	{0, 0, 0, "dyn.example.com: 0 record sets listed, at most 5 requests/s"},
	{0, 900, 10, "dyn.example.com: 0 of 900 record sets listed, at most 5 requests/s"},
	{300, 0, 10, "dyn.example.com: 300 record sets listed, at most 5 requests/s"},
	{300, 900, 2000,
	 "dyn.example.com: 300 of 900 record sets listed, at most 5 requests/s, about 4 s left"},
	{899, 900, 10,
	 "dyn.example.com: 899 of 900 record sets listed, at most 5 requests/s, about 1 s left"},
	{900, 900, 10, "dyn.example.com: 900 of 900 record sets listed, at most 5 requests/s"},
	{901, 900, 10, "dyn.example.com: 901 of 900 record sets listed, at most 5 requests/s"},
};

START_TEST(progress_says_how_far_and_how_long)
{
	char text[PROGRESS_TEXT_MAX];
	size_t i;

	for (i = 0; i < N_ELEMENTS(progress_rows); i++) {
		const struct progress p = {.what = "record sets listed",
					   .of = "dyn.example.com",
					   .rate = 5,
					   .done = progress_rows[i].done,
					   .total = progress_rows[i].total};

		ck_assert_str_eq(progress_text(&p, progress_rows[i].ms, text),
				 progress_rows[i].want);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_record_set_is_drift_when_the_store_says_otherwise,
		what_is_wanted_follows_the_account,
		of_several_accounts_with_one_name_one_is_compared,
		only_a_set_with_our_address_alone_is_ours_to_delete,
		progress_says_how_far_and_how_long,
	};

	return unit_run("drift", tests, N_ELEMENTS(tests));
}
