/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/value_print.h"

#include <stddef.h>
#include <string.h>

#include "base/err.h"
#include "conf/value.h"
#include "kit/unit.h"

/* A field of each kind that is not in struct conf_zone. */
struct fields {
	struct conf_zone zone;
	struct conf_listens listens;
	struct conf_prefixes prefixes;
	struct conf_pairs pairs;
	char *string;
	unsigned number;
	bool is_on;
};

#define AT(field) offsetof(struct fields, field)

static struct fields fields;

static const struct {
	struct conf_key key;
	const char *texts[3]; /* its values */
	const char *want;
	const char *must_be;
} rows[] = {
	{{.type = CONF_TYPE_LISTENS, .offset = AT(listens), .max = 4},
	 {"192.0.2.1:443", "[::]:0"},
	 "{\"192.0.2.1:443\", \"[::]:0\"}",
	 "a numeric address and a port, as 192.0.2.1:443 or [::]:443"},
	{{.type = CONF_TYPE_NAMES, .max = 4},
	 {"a.example", "b.example", "c.example"},
	 "{\"a.example\", \"b.example\", \"c.example\"}",
	 "a host name of two labels or more"},
	{{.type = CONF_TYPE_ADDRS, .max = 4},
	 {"192.0.2.1", "2001:db8::1"},
	 "{\"192.0.2.1\", \"2001:db8::1\"}",
	 "an IPv4 or IPv6 address"},
	{{.type = CONF_TYPE_PREFIXES, .offset = AT(prefixes), .max = 4},
	 {"0.0.0.0/0", "2001:db8::/32"},
	 "{\"0.0.0.0/0\", \"2001:db8::/32\"}",
	 "an address or a prefix without host bits, as 192.0.2.0/24"},
	{{.type = CONF_TYPE_PAIRS, .offset = AT(pairs), .max = 4},
	 {"a\":$b", "c:\\d"},
	 "{\"a\\\":\\$b\", \"c:\\\\d\"}",
	 "the paths of a certificate and of its private key, as rsa.pem:rsa.key"},
	{{.type = CONF_TYPE_LISTENS, .offset = AT(listens)},
	 {NULL},
	 "{}",
	 "a numeric address and a port, as 192.0.2.1:443 or [::]:443"},
	{{.type = CONF_TYPE_PATH, .offset = AT(string), .min = 1, .max = 99},
	 {"/a \"b\" ${c} \\ 'd'"},
	 "\"/a \\\"b\\\" \\${c} \\\\ 'd'\"",
	 "a path of 1 to 4095 bytes"},
	{{.type = CONF_TYPE_TABLE, .offset = AT(string), .min = 3, .max = 255},
	 {"abc"},
	 "\"abc\"",
	 "3 to 255 letters, digits, '_', '.' or '-'"},
	{{.type = CONF_TYPE_REGION, .offset = AT(string), .max = 63},
	 {""},
	 "\"\"",
	 "0 to 63 letters, digits, '_', '.' or '-'"},
	{{.type = CONF_TYPE_URL, .offset = AT(string), .max = 99},
	 {"http://h"},
	 "\"http://h\"",
	 "a URL with http:// or https:// and a host, without a user or a query"},
	{{.type = CONF_TYPE_ZONE_ID, .offset = AT(string), .min = 1, .max = 32},
	 {"Z1"},
	 "\"Z1\"",
	 "1 to 32 capital letters and digits"},
	{{.type = CONF_TYPE_UINT, .offset = AT(number), .min = 2, .max = 4000000000},
	 {"4000000000"},
	 "4000000000",
	 "a whole number from 2 to 4000000000"},
	{{.type = CONF_TYPE_BOOL, .offset = AT(is_on)}, {"on"}, "true", "true or false"},
	{{.type = CONF_TYPE_TLS, .offset = AT(number)},
	 {"legacy"},
	 "legacy",
	 "modern, legacy or no"},
	{{.type = CONF_TYPE_PUBLISHER, .offset = AT(number)},
	 {"route53"},
	 "route53",
	 "builtin or route53"},
};

START_TEST(a_value_is_printed_and_described)
{
	size_t i, k;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		const struct conf_key *key = &rows[i].key;
		struct buf out;

		buf_init(&out, 1024);
		for (k = 0; k < N_ELEMENTS(rows[i].texts) && rows[i].texts[k] != NULL; k++)
			ck_assert_msg(conf_value_add(key, &fields, slice_of(rows[i].texts[k])) == 0,
				      "row %zu", i);
		conf_value_print(key, &fields, &out);
		ck_assert_msg(strcmp(buf_str(&out), rows[i].want) == 0, "row %zu: %s", i,
			      buf_str(&out));
		buf_reset(&out);
		conf_value_describe(key, &out);
		ck_assert_msg(strcmp(buf_str(&out), rows[i].must_be) == 0, "row %zu: %s", i,
			      buf_str(&out));
		conf_value_clear(key, &fields);
		conf_value_free(key, &fields);
		memset(&fields, 0, sizeof(fields));
		buf_fini(&out);
	}
}
END_TEST

START_TEST(a_list_is_made_empty_and_another_value_stays)
{
	size_t i, k;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		const struct conf_key *key = &rows[i].key;
		struct buf out;

		buf_init(&out, 1024);
		for (k = 0; k < N_ELEMENTS(rows[i].texts) && rows[i].texts[k] != NULL; k++)
			ck_assert_int_eq(conf_value_add(key, &fields, slice_of(rows[i].texts[k])),
					 0);
		conf_value_clear(key, &fields);
		conf_value_print(key, &fields, &out);
		ck_assert_msg(strcmp(buf_str(&out), conf_key_is_list(key) ? "{}" : rows[i].want) ==
				      0,
			      "row %zu: %s", i, buf_str(&out));
		conf_value_free(key, &fields);
		/* Twice is once. */
		conf_value_free(key, &fields);
		memset(&fields, 0, sizeof(fields));
		buf_fini(&out);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_value_is_printed_and_described,
		a_list_is_made_empty_and_another_value_stays,
	};

	return unit_run("value_print", tests, N_ELEMENTS(tests));
}
