/* SPDX-License-Identifier: BSD-2-Clause
 * Which record sets mooringctl may delete. */
#include "ctl/records.h"

#include <string.h>

#include "aws/route53_list.h"
#include "kit/unit.h"
#include "kit/values.h"

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
		struct records_found f = {.name = value_name(take_rows[i].name),
					  .type = take_rows[i].type,
					  .want = value_addr(take_rows[i].want)};
		const char *text;

		records_take(&f, &take_rows[i].set);
		text = f.verdict == RECORDS_OURS ? f.value : f.what;
		ck_assert_msg(f.verdict == take_rows[i].verdict, "row %zu: %d", i, (int)f.verdict);
		ck_assert_msg(strcmp(text, take_rows[i].text) == 0, "row %zu: %s", i, text);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		only_a_set_with_our_address_alone_is_ours_to_delete,
	};

	return unit_run("records", tests, N_ELEMENTS(tests));
}
