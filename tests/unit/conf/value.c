/* SPDX-License-Identifier: BSD-2-Clause
 * Which texts are values of which type; what they are is told by conf/value_print. */
#include "conf/value.h"

#include <stddef.h>
#include <string.h>

#include "base/err.h"
#include "conf/value_print.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"

enum { LIST_MAX = 2 };

/* A field of each kind. */
struct fields {
	struct conf_zone zone; /* names and addresses are of this */
	struct conf_listens listens;
	struct conf_prefixes prefixes;
	struct conf_pairs pairs;
	char *string;
	unsigned number;
	bool is_on;
};

static struct fields fields;
static const struct conf_key keys[] = {
	{.name = "listens", CONF_TYPE_LISTENS, offsetof(struct fields, listens), .max = LIST_MAX},
	{.name = "names", CONF_TYPE_NAMES, 0, .max = LIST_MAX},
	{.name = "addrs", CONF_TYPE_ADDRS, 0, .max = LIST_MAX},
	{.name = "prefixes",
	 CONF_TYPE_PREFIXES,
	 offsetof(struct fields, prefixes),
	 .max = LIST_MAX},
	{.name = "pairs", CONF_TYPE_PAIRS, offsetof(struct fields, pairs), .max = LIST_MAX},
	{.name = "path", CONF_TYPE_PATH, offsetof(struct fields, string), .min = 1, .max = 8},
	{.name = "table", CONF_TYPE_TABLE, offsetof(struct fields, string), .min = 3, .max = 8},
	{.name = "region", CONF_TYPE_REGION, offsetof(struct fields, string), .min = 0, .max = 8},
	{.name = "url", CONF_TYPE_URL, offsetof(struct fields, string), .min = 0, .max = 40},
	{.name = "zone-id", CONF_TYPE_ZONE_ID, offsetof(struct fields, string), .min = 1, .max = 5},
	{.name = "uint", CONF_TYPE_UINT, offsetof(struct fields, number), .min = 2, .max = 12},
	{.name = "bool", CONF_TYPE_BOOL, offsetof(struct fields, is_on)},
	{.name = "tls", CONF_TYPE_TLS, offsetof(struct fields, number)},
};

static const struct conf_key *key_of(const char *name)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(keys); i++)
		if (strcmp(keys[i].name, name) == 0)
			return &keys[i];
	ck_abort_msg("%s", name);
}

static void forget(const struct conf_key *key)
{
	conf_value_clear(key, &fields);
	conf_value_free(key, &fields);
	memset(&fields, 0, sizeof(fields));
}

static const struct {
	const char *key;
	const char *text;
	const char *want; /* as it is printed; NULL: ERR_INVAL */
} rows[] = {
	{"listens", "192.0.2.1:443", "{\"192.0.2.1:443\"}"},
	{"listens", "[2001:db8::1]:0", "{\"[2001:db8::1]:0\"}"},
	{"listens", "0.0.0.0:65535", "{\"0.0.0.0:65535\"}"},
	{"listens", "192.0.2.1:65536", NULL},
	{"listens", "192.0.2.1:", NULL},
	{"listens", "192.0.2.1", NULL},
	{"listens", ":443", NULL},
	{"listens", "[]:443", NULL},
	{"listens", "[::1:443", NULL},
	{"listens", "::1]:443", NULL},
	{"listens", "::1:443", NULL},
	{"listens", "[::ffff:192.0.2.1]:443", NULL},
	{"listens", "[192.0.2.1]:443", NULL},
	{"listens", "192.0.2.256:443", NULL},
	{"listens", "localhost:443", NULL},
	{"listens", "192.0.2.1:+1", NULL},
	{"listens", "", NULL},
	{"names", "NS.example.com.", "{\"ns.example.com\"}"},
	{"names", "*.example.com", NULL},
	{"names", "ns", NULL},
	{"addrs", "192.0.2.1", "{\"192.0.2.1\"}"},
	{"addrs", "2001:DB8::0", "{\"2001:db8::\"}"},
	{"addrs", "192.0.2.1/32", NULL},
	{"addrs", "", NULL},
	{"addrs", "ns.example.com", NULL},
	{"prefixes", "192.0.2.0/24", "{\"192.0.2.0/24\"}"},
	{"prefixes", "2001:db8::1", "{\"2001:db8::1/128\"}"},
	{"prefixes", "192.0.2.1/24", NULL},
	{"prefixes", "", NULL},
	{"pairs", "a.pem:a.key", "{\"a.pem:a.key\"}"},
	{"pairs", "a:b", "{\"a:b\"}"},
	{"pairs", "a", NULL},
	{"pairs", "a:", NULL},
	{"pairs", ":b", NULL},
	{"pairs", "a:b:c", NULL},
	{"pairs", "a\n:b", NULL},
	{"path", "a", "\"a\""},
	{"path", "/a b\"\303", "\"/a b\\\"\303\""},
	{"path", "12345678", "\"12345678\""},
	{"path", "123456789", NULL},
	{"path", "", NULL},
	{"path", "a\037", NULL},
	{"path", "a\177", NULL},
	{"table", "aZ_", "\"aZ_\""},
	{"table", "0-9.", "\"0-9.\""},
	{"table", "ab", NULL},
	{"table", "abcdefghi", NULL},
	{"table", "ab/", NULL},
	{"table", "ab:", NULL},
	{"table", "ab@", NULL},
	{"table", "ab[", NULL},
	{"table", "ab`", NULL},
	{"table", "ab{", NULL},
	{"region", "", "\"\""},
	{"region", "eu-west1", "\"eu-west1\""},
	{"region", "eu west", NULL},
	{"url", "", "\"\""},
	{"url", "http://h", "\"http://h\""},
	{"url", "HTTPS://[::1]:8000/a/b", "\"HTTPS://[::1]:8000/a/b\""},
	{"url", "ftp://h", NULL},
	{"url", "http:/h", NULL},
	{"url", "http:h/", NULL},
	{"url", "http://", NULL},
	{"url", "http:///a", NULL},
	{"url", "http://:80", NULL},
	{"url", "http://u@h", NULL},
	{"url", "http://h?a", NULL},
	{"url", "http://h#a", NULL},
	{"url", "http://h\"", NULL},
	{"url", "http://h\\", NULL},
	{"url", "http://h{}", NULL},
	{"url", "http://h a", NULL},
	{"url", "http://h\177", NULL},
	{"url", "http://\303\274", NULL},
	{"url", "h", NULL},
	{"zone-id", "Z09AB", "\"Z09AB\""},
	{"zone-id", "/hostedzone/Z09AB", "\"Z09AB\""},
	{"zone-id", "/hostedzone/", NULL},
	{"zone-id", "hostedzone/Z", NULL},
	{"zone-id", "Z09ABC", NULL},
	{"zone-id", "z", NULL},
	{"zone-id", "A[", NULL},
	{"zone-id", "A@", NULL},
	{"zone-id", "", NULL},
	{"uint", "2", "2"},
	{"uint", "12", "12"},
	{"uint", "007", "7"},
	{"uint", "1", NULL},
	{"uint", "13", NULL},
	{"uint", "4294967298", NULL},
	{"uint", " 2", NULL},
	{"uint", "-2", NULL},
	{"uint", "", NULL},
	{"bool", "TRUE", "true"},
	{"bool", "yes", "true"},
	{"bool", "on", "true"},
	{"bool", "false", "false"},
	{"bool", "No", "false"},
	{"bool", "off", "false"},
	{"bool", "1", NULL},
	{"bool", "", NULL},
	{"tls", "modern", "modern"},
	{"tls", "legacy", "legacy"},
	{"tls", "Modern", NULL},
	{"tls", "", NULL},
};

START_TEST(each_type_takes_its_texts_and_no_others)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		const struct conf_key *key = key_of(rows[i].key);
		struct buf out;
		int err;

		buf_init(&out, 1024);
		fields.is_on = rows[i].want != NULL && strcmp(rows[i].want, "false") == 0;
		err = conf_value_add(key, &fields, slice_of(rows[i].text));
		if (rows[i].want == NULL) {
			ck_assert_msg(err == ERR_INVAL, "row %zu: %d", i, err);
			forget(key);
			continue;
		}
		ck_assert_msg(err == 0, "row %zu: %d", i, err);
		conf_value_print(key, &fields, &out);
		ck_assert_msg(strcmp(buf_str(&out), rows[i].want) == 0, "row %zu: %s", i,
			      buf_str(&out));
		forget(key);
		buf_fini(&out);
	}
}
END_TEST

START_TEST(what_is_refused_changes_nothing)
{
	static const struct {
		const char *key, *good, *bad, *want;
	} unchanged[] = {
		{"path", "a", "", "\"a\""},
		{"uint", "3", "99", "3"},
		{"bool", "on", "maybe", "true"},
		{"tls", "legacy", "x", "legacy"},
		{"names", "a.example", "*", "{\"a.example\"}"},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(unchanged); i++) {
		const struct conf_key *key = key_of(unchanged[i].key);
		struct buf out;

		buf_init(&out, 1024);
		ck_assert_int_eq(conf_value_add(key, &fields, slice_of(unchanged[i].good)), 0);
		ck_assert_int_eq(conf_value_add(key, &fields, slice_of(unchanged[i].bad)),
				 ERR_INVAL);
		conf_value_print(key, &fields, &out);
		ck_assert_str_eq(buf_str(&out), unchanged[i].want);
		forget(key);
		buf_fini(&out);
	}
}
END_TEST

static const struct {
	const char *key;
	const char *first, *same, *second, *third;
} list_rows[] = {
	{"listens", "192.0.2.1:443", "192.0.2.1:443", "192.0.2.1:444", "[::1]:443"},
	{"names", "a.example", "A.example.", "b.example", "c.example"},
	{"addrs", "192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2", "::1"},
	{"prefixes", "192.0.2.1", "192.0.2.1/32", "192.0.2.0/24", "::1"},
	{"pairs", "a:b", "a:c", "b:b", "c:b"},
};

START_TEST(a_list_has_each_item_once_and_ends_somewhere)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(list_rows); i++) {
		const struct conf_key *key = key_of(list_rows[i].key);

		ck_assert_int_eq(conf_value_add(key, &fields, slice_of(list_rows[i].first)), 0);
		ck_assert_msg(conf_value_add(key, &fields, slice_of(list_rows[i].same)) ==
				      ERR_EXISTS,
			      "row %zu", i);
		ck_assert_int_eq(conf_value_add(key, &fields, slice_of(list_rows[i].second)), 0);
		ck_assert_msg(conf_value_add(key, &fields, slice_of(list_rows[i].third)) ==
				      ERR_LIMIT,
			      "row %zu", i);
		/* One that is there is that, also when the list is full. */
		ck_assert_int_eq(conf_value_add(key, &fields, slice_of(list_rows[i].same)),
				 ERR_EXISTS);
		forget(key);
	}
}
END_TEST

/* The system chooses another one each time. */
START_TEST(port_0_is_never_the_same)
{
	static const struct {
		const char *one, *other;
		bool is_equal;
	} pairs[] = {
		{"192.0.2.1:0", "192.0.2.1:0", false},	 {"[::1]:0", "[::1]:0", false},
		{"192.0.2.1:80", "192.0.2.1:80", true},	 {"192.0.2.1:80", "192.0.2.2:80", false},
		{"192.0.2.1:80", "192.0.2.1:81", false}, {"[::1]:80", "[0:0::1]:80", true},
		{"[::]:80", "0.0.0.0:80", false},
	};
	const struct conf_key *key = key_of("listens");
	size_t i;

	for (i = 0; i < N_ELEMENTS(pairs); i++) {
		struct conf_listens one, other;

		conf_value_add(key, &fields, slice_of(pairs[i].one));
		one = fields.listens;
		forget(key);
		conf_value_add(key, &fields, slice_of(pairs[i].other));
		other = fields.listens;
		forget(key);
		ck_assert_msg(conf_listen_equal(&one.at[0], &other.at[0]) == pairs[i].is_equal,
			      "row %zu", i);
	}
}
END_TEST

START_TEST(without_memory_nothing_changes)
{
	static const char *const strings[] = {"path", "pairs"};
	size_t i, n;

	for (i = 0; i < N_ELEMENTS(strings); i++) {
		const struct conf_key *key = key_of(strings[i]);

		ck_assert_int_eq(conf_value_add(key, &fields, slice_of("a:b")), 0);
		for (n = 1;; n++) {
			int err;

			fake_malloc_fail_at(n);
			err = conf_value_add(key, &fields, slice_of("c:d"));
			if (!fake_malloc_off())
				break;
			ck_assert_int_eq(err, ERR_NOMEM);
			if (key->type == CONF_TYPE_PATH)
				ck_assert_str_eq(fields.string, "a:b");
			else
				ck_assert_uint_eq(fields.pairs.n, 1);
		}
		ck_assert_uint_eq(n, i + 2);
		forget(key);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		each_type_takes_its_texts_and_no_others,
		what_is_refused_changes_nothing,
		a_list_has_each_item_once_and_ends_somewhere,
		port_0_is_never_the_same,
		without_memory_nothing_changes,
	};

	return unit_run("value", tests, N_ELEMENTS(tests));
}
