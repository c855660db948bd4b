/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/fqdn.h"

#include <idn2.h>
#include <string.h>

#include "base/err.h"
#include "kit/unit.h"
#include "kit/values.h"

#define L10  "aaaaaaaaaa"
#define L63  L10 L10 L10 L10 L10 L10 "aaa"
#define N127 L63 "." L63
#define N251 N127 "." L63 "." L10 L10 L10 L10 L10 "aaaaaaaaa"
#define N253 N251 "aa"

static const struct {
	const char *text;
	const char *want;
} good_names[] = {
	{"home.example.com", "home.example.com"},
	{"a.b", "a.b"},
	{"Home.EXAMPLE.com", "home.example.com"},
	{"home.example.com.", "home.example.com"},
	{"1.2.3.4.example", "1.2.3.4.example"},
	{"3com.1a", "3com.1a"},
	{"a-b--c.example", "a-b--c.example"},
	{"*.example.com", "*.example.com"},
	{"*.EXAMPLE.com.", "*.example.com"},
	{L63 ".example", L63 ".example"},
	{N253, N253},
	{N253 ".", N253},
	/* IDNA2008: UTF-8 in any case, and A-labels that stand for a U-label. */
	{"b\xc3\xbc"
	 "cher.example",
	 "xn--bcher-kva.example"},
	{"B\xc3\x9c"
	 "CHER.example.",
	 "xn--bcher-kva.example"},
	{"*.b\xc3\xbc"
	 "cher.example",
	 "*.xn--bcher-kva.example"},
	{"bu\xcc\x88"
	 "cher.example",
	 "xn--bcher-kva.example"},
	{"fa\xc3\x9f.example", "xn--fa-hia.example"},
	{"home.b\xc3\xbc", "home.xn--b-eha"},
	{"xn--bcher-kva.example", "xn--bcher-kva.example"},
	{"XN--BCHER-KVA.Example", "xn--bcher-kva.example"},
	{"home\xe3\x80\x82"
	 "example",
	 "home.example"},
	/* What Route 53 takes, and the serverless stack passed on. */
	{"home_pc.example", "home_pc.example"},
	{"_acme.home.Example", "_acme.home.example"},
	{"_.__.example", "_.__.example"},
	{"-home.example", "-home.example"},
	{"home-.example", "home-.example"},
	{"-.--.example", "-.--.example"},
	{"ho--me.example", "ho--me.example"},
	{"home.-example", "home.-example"},
	{"xn--.example", "xn--.example"},
	{"xn--a.example", "xn--a.example"},
	{"xn--abc-.example", "xn--abc-.example"},
	{"XN--n3h.example", "xn--n3h.example"},
	{"xn--xn--bcher-kva.example", "xn--xn--bcher-kva.example"},
	{"xn--" L10 L10 L10 L10 L10 "aaaaaaaaa.example",
	 "xn--" L10 L10 L10 L10 L10 "aaaaaaaaa.example"},
	/* IDNA is for the labels that need it. */
	{"b\xc3\xbc"
	 "cher.ho--me.home_pc.example",
	 "xn--bcher-kva.ho--me.home_pc.example"},
	{"_dyn.b\xc3\xbc"
	 "cher.xn--n3h.-x-",
	 "_dyn.xn--bcher-kva.xn--n3h.-x-"},
};

START_TEST(host_names_are_read_and_normalised)
{
	struct fqdn name;
	size_t i;
	int err;

	for (i = 0; i < N_ELEMENTS(good_names); i++) {
		memset(&name, 0xaa, sizeof(name));
		err = fqdn_parse(slice_of(good_names[i].text), &name);
		ck_assert_msg(err == 0, "row %zu '%s': %d", i, good_names[i].text, err);
		ck_assert_msg(strcmp(name.text, good_names[i].want) == 0, "row %zu: %s", i,
			      name.text);
		ck_assert_msg(name.len == strlen(good_names[i].want), "row %zu: %u", i, name.len);
	}
}
END_TEST

static const char *const refused_names[] = {
	"",
	".",
	"..",
	"home",
	"home.",
	"any",
	".home.example",
	"home..example",
	"home.example..",
	"ho me.example",
	" home.example",
	"home.example ",
	"home.example\n",
	"home+pc.example",
	"home\\052.example",
	"home\x7f.example",
	"home.example/",
	"home.example:53",
	"home@example.com",
	"192.0.2.1",
	"192.0.2.1.",
	"home.1",
	"2001:db8::1",
	"*",
	"*.",
	"home.*",
	"home.*.example",
	"**.example",
	"*home.example",
	"*..example",
	L63 "a.example",
	N253 "a",
	"*." N253,
	"XN--home.",
	"\xe2\x98\x83.example",
	"a\xff.example",
	"a\xc3.example",
	"b\xc3\xbc_cher.example",
	"b\xc3\xbc"
	"cher",
	"-b\xc3\xbc"
	"cher.example",
	"a.\xef\xbc\x91",
};

START_TEST(anything_else_is_refused_and_leaves_the_result_alone)
{
	struct fqdn name, before;
	size_t i;

	memset(&before, 0x55, sizeof(before));
	for (i = 0; i < N_ELEMENTS(refused_names); i++) {
		name = before;
		ck_assert_msg(fqdn_parse(slice_of(refused_names[i]), &name) == ERR_INVAL,
			      "row %zu '%s'", i, refused_names[i]);
		ck_assert_msg(memcmp(&name, &before, sizeof(name)) == 0, "row %zu '%s'", i,
			      refused_names[i]);
	}
}
END_TEST

START_TEST(bytes_after_the_slice_are_not_read)
{
	struct fqdn name;

	ck_assert_int_eq(fqdn_parse((struct slice){"a.example", 3}, &name), 0);
	ck_assert_str_eq(name.text, "a.e");
	ck_assert_int_eq(fqdn_parse((struct slice){"a.e\0x", 5}, &name), ERR_INVAL);
	ck_assert_int_eq(fqdn_parse((struct slice){"\xc3\xbc.e\0x", 6}, &name), ERR_INVAL);
	ck_assert_int_eq(fqdn_parse((struct slice){NULL, 0}, &name), ERR_INVAL);
}
END_TEST

START_TEST(a_very_long_name_is_refused)
{
	static char text[8192];
	struct fqdn name;
	size_t len;

	memset(text, 'a', sizeof(text));
	text[0] = '\xc3';
	text[1] = '\xbc';
	for (len = 64; len < sizeof(text); len += 64)
		text[len - 1] = '.';
	for (len = FQDN_TEXT_MAX + 1; len < sizeof(text); len += 61) {
		ck_assert_int_eq(fqdn_parse((struct slice){text, len}, &name), ERR_INVAL);
		ck_assert_int_eq(fqdn_parse((struct slice){text + 64, len - 64}, &name),
				 len - 64 > FQDN_TEXT_MAX ? ERR_INVAL : 0);
	}
}
END_TEST

START_TEST(a_bare_label_is_completed_with_the_zone)
{
	static const struct {
		const char *text;
		const char *want; /* NULL: refused */
	} rows[] = {
		{"test1", "test1.dyn.example.com"},
		{"TEST1", "test1.dyn.example.com"},
		{"123", "123.dyn.example.com"},
		{"b\xc3\xbc"
		 "cher",
		 "xn--bcher-kva.dyn.example.com"},
		{"*", "*.dyn.example.com"},
		{"home.example.net", "home.example.net"},
		{"home.example.net.", "home.example.net"},
		{"*.example.net", "*.example.net"},
		{"test1.", NULL},
		{"", NULL},
		{".", NULL},
		{"te_st", "te_st.dyn.example.com"},
		{"-test", "-test.dyn.example.com"},
		{"te st", NULL},
		{L63 "a", NULL},
	};
	struct fqdn zone = value_name("dyn.example.com"), name;
	size_t i;
	int err;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		err = fqdn_complete(slice_of(rows[i].text), &zone, &name);
		if (rows[i].want == NULL) {
			ck_assert_msg(err == ERR_INVAL, "row %zu: %d", i, err);
			continue;
		}
		ck_assert_msg(err == 0, "row %zu: %d", i, err);
		ck_assert_msg(strcmp(name.text, rows[i].want) == 0, "row %zu: %s", i, name.text);
		ck_assert_msg(name.len == strlen(rows[i].want), "row %zu: %u", i, name.len);
	}
	ck_assert_int_eq(fqdn_complete(slice_of("test1"), NULL, &name), ERR_INVAL);
	ck_assert_int_eq(fqdn_complete(slice_of("a.b"), NULL, &name), 0);
}
END_TEST

START_TEST(a_completed_name_has_to_fit)
{
	struct fqdn zone = value_name(N251), name;

	ck_assert_int_eq(fqdn_complete(slice_of("a"), &zone, &name), 0);
	ck_assert_uint_eq(name.len, FQDN_TEXT_MAX);
	ck_assert_int_eq(fqdn_complete(slice_of("ab"), &zone, &name), ERR_INVAL);
}
END_TEST

START_TEST(a_name_is_within_a_zone_at_label_boundaries_only)
{
	static const struct {
		const char *name;
		const char *zone;
		bool want;
	} rows[] = {
		{"home.dyn.example.com", "dyn.example.com", true},
		{"a.b.dyn.example.com", "dyn.example.com", true},
		{"dyn.example.com", "dyn.example.com", true},
		{"*.dyn.example.com", "dyn.example.com", true},
		{"xdyn.example.com", "dyn.example.com", false},
		{"example.com", "dyn.example.com", false},
		{"dyn.example.net", "dyn.example.com", false},
		{"home.dyn.example.net", "dyn.example.com", false},
	};
	struct fqdn name, zone;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		name = value_name(rows[i].name);
		zone = value_name(rows[i].zone);
		ck_assert_msg(fqdn_is_within(&name, &zone) == rows[i].want, "%s in %s",
			      rows[i].name, rows[i].zone);
	}
}
END_TEST

static const struct fqdn *zone_at(const void *zones, size_t i)
{
	return &((const struct fqdn *)zones)[i];
}

START_TEST(the_deepest_zone_is_found_in_any_order)
{
	static const char *const orders[][3] = {
		{"example.com", "dyn.example.com", "example.net"},
		{"dyn.example.com", "example.com", "example.net"},
		{"example.net", "dyn.example.com", "example.com"},
	};
	static const struct {
		const char *name;
		const char *zone; /* NULL: none */
	} rows[] = {
		{"home.dyn.example.com", "dyn.example.com"},
		{"dyn.example.com", "dyn.example.com"},
		{"xdyn.example.com", "example.com"},
		{"example.com", "example.com"},
		{"a.example.net", "example.net"},
		{"example.org", NULL},
	};
	struct fqdn zones[3], name;
	size_t i, k, found;

	for (i = 0; i < N_ELEMENTS(orders); i++) {
		for (k = 0; k < 3; k++)
			zones[k] = value_name(orders[i][k]);
		for (k = 0; k < N_ELEMENTS(rows); k++) {
			name = value_name(rows[k].name);
			found = fqdn_find_zone(&name, zones, 3, zone_at);
			ck_assert_msg(rows[k].zone == NULL ? found == 3
							   : found < 3 && strcmp(zones[found].text,
										 rows[k].zone) == 0,
				      "order %zu, %s: %zu", i, rows[k].name, found);
			ck_assert_uint_eq(fqdn_find_zone(&name, zones, 0, zone_at), 0);
		}
	}
}
END_TEST

START_TEST(names_are_equal_and_hash_alike_whatever_their_spelling)
{
	struct fqdn a = value_name("Home.Example.com."), b = value_name("home.example.com");
	struct fqdn other = value_name("home.example.co");

	ck_assert(fqdn_equal(&a, &b));
	ck_assert(!fqdn_equal(&a, &other));
	ck_assert(fqdn_hash(&a, 7) == fqdn_hash(&b, 7));
	ck_assert(fqdn_hash(&a, 7) != fqdn_hash(&a, 8));
	ck_assert(fqdn_hash(&a, 7) != fqdn_hash(&other, 7));
}
END_TEST

/* libidn2's allocations are out of reach of kit/fake_malloc.h. */
static bool idn2_has_no_memory;
int __real_idn2_lookup_u8(const uint8_t *src, uint8_t **ret, int flags);
int __wrap_idn2_lookup_u8(const uint8_t *src, uint8_t **ret, int flags);

int __wrap_idn2_lookup_u8(const uint8_t *src, uint8_t **ret, int flags)
{
	return idn2_has_no_memory ? IDN2_MALLOC : __real_idn2_lookup_u8(src, ret, flags);
}

START_TEST(no_memory_is_not_taken_for_a_bad_name)
{
	static const char *const names[] = {"b\xc3\xbc.example", "*.b\xc3\xbc.example"};
	struct fqdn name, before;
	size_t i;
	int err;

	memset(&before, 0x55, sizeof(before));
	for (i = 0; i < N_ELEMENTS(names); i++) {
		name = before;
		idn2_has_no_memory = true;
		err = fqdn_parse(slice_of(names[i]), &name);
		idn2_has_no_memory = false;
		ck_assert_int_eq(err, ERR_NOMEM);
		ck_assert_mem_eq(&name, &before, sizeof(name));
	}
	idn2_has_no_memory = true;
	err = fqdn_parse(slice_of("home.example"), &name);
	idn2_has_no_memory = false;
	ck_assert_int_eq(err, 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		host_names_are_read_and_normalised,
		anything_else_is_refused_and_leaves_the_result_alone,
		bytes_after_the_slice_are_not_read,
		a_very_long_name_is_refused,
		a_bare_label_is_completed_with_the_zone,
		a_completed_name_has_to_fit,
		a_name_is_within_a_zone_at_label_boundaries_only,
		the_deepest_zone_is_found_in_any_order,
		names_are_equal_and_hash_alike_whatever_their_spelling,
		no_memory_is_not_taken_for_a_bad_name,
	};

	return unit_run("fqdn", tests, N_ELEMENTS(tests));
}
