/* SPDX-License-Identifier: BSD-2-Clause
 * Which record sets look like ours. */
#include "ctl/nobody.h"

#include <stdio.h>
#include <string.h>

#include "conf/conf.h"
#include "kit/unit.h"
#include "kit/values.h"

#define ONE(n, t) .name = n, .type = t, .ttl = 60, .n_values = 1

static const struct {
	struct aws_route53_set set;
	bool is_taken;
} nobody_rows[] = {
	{{ONE("h.example.com.", "A"), .values = "192.0.2.1"}, true},
	{{ONE("H.example.com.", "AAAA"), .values = "2001:DB8::01"}, true},
	{{ONE("*.example.com.", "A"), .values = "192.0.2.1"}, true},
	{{ONE("example.com.", "A"), .values = "192.0.2.1"}, true},
	{{.name = "h.example.com.", .type = "A", .ttl = 61, .n_values = 1, .values = "192.0.2.1"},
	 false},
	{{.name = "h.example.com.",
	  .type = "A",
	  .ttl = 60,
	  .n_values = 2,
	  .values = "192.0.2.1\0"
		    "192.0.2.2"},
	 false},
	{{ONE("h.example.com.", "A"), .values = "192.0.2.1", .is_alias = true}, false},
	{{ONE("h.example.com.", "A"), .values = "192.0.2.1", .is_routed = true}, false},
	{{ONE("h.example.com.", "A"), .values = "no address"}, false},
	{{ONE("h.example.com.", "TXT"), .values = "\"x\""}, false},
	{{ONE("h.example.com.", "CNAME"), .values = "x.example.net."}, false},
	{{ONE("a\\056b.example.com.", "A"), .values = "192.0.2.1"}, false},
	/* Of a zone below it, of a name server that is configured, of another domain. */
	{{ONE("h.sub.example.com.", "A"), .values = "192.0.2.1"}, false},
	{{ONE("ns.example.com.", "A"), .values = "192.0.2.1"}, false},
	{{ONE("h.example.org.", "A"), .values = "192.0.2.1"}, false},
};

START_TEST(what_has_our_form_is_taken_and_nothing_else)
{
	static char id[] = "Z1";
	struct conf_zone zones[2] = {
		{.name = value_name("example.com"),
		 .publisher = CONF_PUBLISHER_ROUTE53,
		 .hosted_zone_id = id,
		 .ttl = 60},
		{.name = value_name("sub.example.com"),
		 .publisher = CONF_PUBLISHER_BUILTIN,
		 .ttl = 60,
		 .n_name_servers = 1,
		 .name_servers = {value_name("ns.example.com")}},
	};
	struct backend_zone open[2] = {{.conf = &zones[0]}, {.conf = &zones[1]}};
	struct conf conf = {.n_zones = 2, .zones = zones};
	struct session s = {.conf = &conf, .backends = {.n_zones = 2, .zones = open}};
	struct nobody n = {0};
	size_t i;

	for (i = 0; i < N_ELEMENTS(nobody_rows); i++) {
		const struct aws_route53_set *set = &nobody_rows[i].set;
		size_t before = n.n;

		ck_assert_int_eq(nobody_take(&n, &s, &open[0], set), 0);
		ck_assert_msg((n.n > before) == nobody_rows[i].is_taken, "row %zu", i);
		if (n.n == before)
			continue;
		/* To be deleted it has to be spelled as the zone does. */
		ck_assert_str_eq(n.sets[before].value, set->values);
		ck_assert_str_eq(n.sets[before].type, set->type);
		ck_assert_uint_eq(n.sets[before].ttl, 60);
	}
	nobody_fini(&n);
	ck_assert_uint_eq(n.n, 0);
}
END_TEST

START_TEST(there_may_be_many)
{
	struct conf_zone zone = {.name = value_name("example.com"), .ttl = 60};
	struct backend_zone open = {.conf = &zone};
	struct conf conf = {.n_zones = 1, .zones = &zone};
	struct session s = {.conf = &conf, .backends = {.n_zones = 1, .zones = &open}};
	struct nobody n = {0};
	char name[64];
	size_t i;

	for (i = 0; i < 1000; i++) {
		const struct aws_route53_set set = {ONE(name, "A"), .values = "192.0.2.1"};

		snprintf(name, sizeof(name), "h%zu.example.com.", i);
		ck_assert_int_eq(nobody_take(&n, &s, &open, &set), 0);
	}
	ck_assert_uint_eq(n.n, 1000);
	ck_assert_str_eq(n.sets[999].name.text, "h999.example.com");
	nobody_fini(&n);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_has_our_form_is_taken_and_nothing_else,
		there_may_be_many,
	};

	return unit_run("nobody", tests, N_ELEMENTS(tests));
}
