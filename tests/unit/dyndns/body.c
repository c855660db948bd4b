/* SPDX-License-Identifier: BSD-2-Clause */
#include "dyndns/body.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "dyndns/params.h"
#include "kit/unit.h"

#define FORM	  "application/x-www-form-urlencoded"
#define JSON	  "application/json"
#define MULTIPART "multipart/form-data; boundary=XX"
#define PART	  "--XX\r\nContent-Disposition: form-data; name="

static struct query_params params;

static int read_body(const char *type, const char *encoding, struct slice bytes)
{
	const struct dyndns_body body = {slice_of(type), slice_of(encoding), bytes};

	params_init(&params, PARAMS_OF_UPDATE);
	return dyndns_body_read(&body, &params);
}

/* What is known of it, in the order of the parameters' names in docs/PROTOCOL.md. */
static const char *values(char *out, size_t cap)
{
	size_t i, n = 0;

	out[0] = '\0';
	for (i = 0; i < PARAMS_KNOWN; i++)
		if (params.at[i].len > 0)
			n += (size_t)snprintf(out + n, cap - n, "%s%.*s", n > 0 ? " " : "",
					      (int)params.at[i].len, params.at[i].p);
	return out;
}

static const struct {
	const char *type, *body;
	int err;
	const char *want;
} rows[] = {
	/* Nothing. */
	{"", "", 0, ""},
	{"text/plain", "", 0, ""},
	{"text/plain", "\r\n", 0, ""},
	{JSON, "", 0, ""},
	{MULTIPART, "", 0, ""},
	/* Forms. */
	{FORM, "hostname=a.b&myip=192.0.2.1", 0, "a.b 192.0.2.1"},
	{"", "hostname=a.b&myip=192.0.2.1", 0, "a.b 192.0.2.1"},
	{"Application/X-WWW-Form-Urlencoded ; charset=utf-8", "ip6=%3A%3a1", 0, "::1"},
	{FORM, "HOSTNAME=a.b&amp;MYIP=192.0.2.1\r\n", 0, "a.b 192.0.2.1"},
	{FORM, "colour=blue", 0, ""},
	{FORM, "myip=%zz", ERR_INVAL, ""},
	{FORM "x", "myip=192.0.2.1", ERR_REFUSED, ""},
	/* What is called a form and is none. */
	{FORM, "192.0.2.1", ERR_REFUSED, ""},
	{FORM, "2001:db8::1", ERR_REFUSED, ""},
	{"", "192.0.2.1,2001:db8::1", ERR_REFUSED, ""},
	{FORM, "192.0.2.1 , 2001:db8::1", ERR_REFUSED, ""},
	{FORM, "192.0.2.1+2001:db8::1", ERR_REFUSED, ""},
	{FORM, "192.0.2.0/24", ERR_REFUSED, ""},
	{FORM, "2001:db8::1%25eth0", ERR_REFUSED, ""},
	{FORM, "myip: 192.0.2.1", ERR_REFUSED, ""},
	{FORM, "myip%3D192.0.2.1", ERR_REFUSED, ""},
	{FORM, "'myip=192.0.2.1'", ERR_REFUSED, ""},
	{FORM, "\xef\xbb\xbfmyip=192.0.2.1", ERR_REFUSED, ""},
	{"", "\xef\xbb\xbf{\"myip\":\"192.0.2.1\"}", ERR_REFUSED, ""},
	{FORM, "\xef\xbb=1&myip=192.0.2.1", 0, "192.0.2.1"},
	{FORM, "hostname=a.b\nmyip=192.0.2.1", ERR_REFUSED, ""},
	{FORM, "[\"192.0.2.1\"]", ERR_REFUSED, ""},
	{"", "\"192.0.2.1\"", ERR_REFUSED, ""},
	{"", "<ip>192.0.2.1</ip>", ERR_REFUSED, ""},
	{"", PART "\"myip\"\r\n\r\n192.0.2.1\r\n--XX--", ERR_REFUSED, ""},
	{FORM, "{\"myip\":\"192.0.2.1\"}", 0, "192.0.2.1"},
	{"", " {\"myip\":\"192.0.2.1\"}\n", 0, "192.0.2.1"},
	/* JSON. */
	{JSON, "{}", 0, ""},
	{JSON, "{\"hostname\":\"a.b\",\"myip\":\"192.0.2.1\"}", 0, "a.b 192.0.2.1"},
	{"Application/JSON; charset=utf-8", "{\"MyIP\" : \"192.0.2.1\"}", 0, "192.0.2.1"},
	{JSON, "{\"myip\":\"192.0.2.1\",\"myip\":\"192.0.2.2\"}", 0, "192.0.2.2"},
	{JSON, "{\"myip\":\"192.0.2.1\",\"MYIP\":\"192.0.2.2\"}", 0, "192.0.2.2"},
	{JSON, "{\"myip\":\"19\\u0032.0.2.1\",\"ip6\":null,\"n\":1,\"t\":true}", 0, "192.0.2.1"},
	{JSON, "{\"myip\":\"a%2Cb+c\"}", 0, "a%2Cb+c"},
	{JSON, "{\"colour\":\"{[,]}\",\"myip\":\"\\\"\"}", 0, "\""},
	{JSON, "{\"myip[0]\":\"192.0.2.1\"}", ERR_INVAL, ""},
	{JSON, "{\"colour[0]\":\"blue\"}", 0, ""},
	{JSON, "{\"myip\":192}", ERR_REFUSED, ""},
	{JSON, "{\"hostname\":true}", ERR_REFUSED, ""},
	{JSON, "{\"myip\":[\"192.0.2.1\"]}", ERR_REFUSED, ""},
	{JSON, "{\"data\":{\"myip\":\"192.0.2.1\"}}", ERR_REFUSED, ""},
	{JSON, "{\"data\":[]}", ERR_REFUSED, ""},
	{JSON, "[{\"myip\":\"192.0.2.1\"}]", ERR_REFUSED, ""},
	{JSON, "\"192.0.2.1\"", ERR_REFUSED, ""},
	{JSON, "null", ERR_REFUSED, ""},
	{JSON, "{\"myip\":\"192.0.2.1\"", ERR_REFUSED, ""},
	{JSON, "{\"myip\":\"192.0.2.1\"} x", ERR_REFUSED, ""},
	{JSON, "{\"myip\":\"192.0.2.1\",}", ERR_REFUSED, ""},
	{JSON, "{'myip':'192.0.2.1'}", ERR_REFUSED, ""},
	{JSON, "{\"myip\":\"\xff\"}", ERR_REFUSED, ""},
	{JSON, "{\"myip\":\"1\\u0000\"}", ERR_REFUSED, ""},
	{JSON, "myip=192.0.2.1", ERR_REFUSED, ""},
	/* Multipart forms. */
	{MULTIPART, PART "\"MYIP\"\r\n\r\n192.0.2.1\r\n" PART "ip6\r\n\r\n::1\r\n--XX--\r\n", 0,
	 "192.0.2.1 ::1"},
	{MULTIPART, PART "\"myip\"; filename=\"f\"\r\n\r\n%41+\r\n--XX--", 0, "%41+"},
	{MULTIPART, PART "\"myip[]\"\r\n\r\n192.0.2.1\r\n--XX--", ERR_INVAL, ""},
	{MULTIPART, PART "\"myip\"\r\n\r\n192.0.2.1\r\n", ERR_REFUSED, ""},
	{MULTIPART, "myip=192.0.2.1", ERR_REFUSED, ""},
	{"multipart/mixed; boundary=XX", PART "\"myip\"\r\n\r\n192.0.2.1\r\n--XX--", ERR_REFUSED,
	 ""},
	/* Anything else. */
	{"text/plain", "myip=192.0.2.1", ERR_REFUSED, ""},
	{"text/html", "myip=192.0.2.1", ERR_REFUSED, ""},
	{"application/xml", "<ip>192.0.2.1</ip>", ERR_REFUSED, ""},
	{"application/octet-stream", "x", ERR_REFUSED, ""},
	{"application/json-seq", "{}", ERR_REFUSED, ""},
	{"nonsense", "myip=192.0.2.1", ERR_REFUSED, ""},
	{";", "myip=192.0.2.1", 0, "192.0.2.1"},
};

START_TEST(a_body_is_read_or_refused_as_a_whole)
{
	char text[256];
	size_t i;
	int err;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		err = read_body(rows[i].type, "", slice_of(rows[i].body));
		ck_assert_msg(err == rows[i].err, "row %zu: %d", i, err);
		if (err == 0)
			ck_assert_msg(strcmp(values(text, sizeof(text)), rows[i].want) == 0,
				      "row %zu: %s", i, text);
	}
}
END_TEST

START_TEST(a_body_that_is_compressed_is_refused)
{
	ck_assert_int_eq(read_body(FORM, "gzip", slice_of("myip=192.0.2.1")), ERR_REFUSED);
	ck_assert_int_eq(read_body(FORM, "Identity", slice_of("myip=192.0.2.1")), 0);
	ck_assert_int_eq(read_body(FORM, "gzip", slice_of("")), 0);
}
END_TEST

START_TEST(an_object_has_a_maximum_of_keys)
{
	char body[QUERY_PARAMS_MAX] = "{\"myip\":\"192.0.2.1\"";
	size_t i, n = strlen(body);

	for (i = 1; i < BODY_JSON_KEYS_MAX; i++)
		n += (size_t)snprintf(body + n, sizeof(body) - n, ",\"k%zu\":0", i);
	snprintf(body + n, sizeof(body) - n, "}");
	ck_assert_int_eq(read_body(JSON, "", slice_of(body)), 0);
	snprintf(body + n, sizeof(body) - n, ",\"k\":0}");
	ck_assert_int_eq(read_body(JSON, "", slice_of(body)), ERR_REFUSED);
}
END_TEST

START_TEST(the_limit_of_a_body_is_exact)
{
	static const char *const types[] = {FORM, JSON, MULTIPART, "text/plain"};
	char body[QUERY_PARAMS_MAX + 1];
	size_t i;

	memset(body, 'x', sizeof(body));
	body[1] = '=';
	for (i = 0; i < N_ELEMENTS(types); i++)
		ck_assert_int_eq(read_body(types[i], "", (struct slice){body, sizeof(body)}),
				 ERR_LIMIT);
	ck_assert_int_eq(read_body(FORM, "", (struct slice){body, QUERY_PARAMS_MAX}), 0);
	/* Brackets cost no stack. */
	memset(body, '[', sizeof(body));
	ck_assert_int_eq(read_body(JSON, "", (struct slice){body, QUERY_PARAMS_MAX}), ERR_REFUSED);
}
END_TEST

static size_t mallocs_left;
static bool mallocs_were_refused;

/* jansson's; only one of them fails. */
static void *lean_malloc(size_t size)
{
	if (mallocs_left-- == 0) {
		mallocs_were_refused = true;
		return NULL;
	}
	return malloc(size);
}

START_TEST(without_memory_nothing_is_read)
{
	struct slice body = slice_of("{\"hostname\":\"a.b\",\"myip\":\"192.0.2.1\"}");
	size_t n;
	int err = ERR_NOMEM;

	json_set_alloc_funcs(lean_malloc, free);
	for (n = 0; err != 0; n++) {
		mallocs_left = n;
		err = read_body(JSON, "", body);
		ck_assert(!mallocs_were_refused || err == ERR_NOMEM || err == ERR_REFUSED);
		mallocs_were_refused = false;
	}
	json_set_alloc_funcs(malloc, free);
	ck_assert_uint_gt(n, 3);
}
END_TEST

/* In memory of its exact length, so that AddressSanitizer sees a byte too far. */
START_TEST(bodies_with_bytes_changed_or_cut_off_are_read_or_refused)
{
	static const char bytes[] = "\r\n-{}[]\"\\:,=&%+\0\x80";
	unsigned seed = 1, n, changes;
	size_t i, len;
	char *body;
	int err;

	for (n = 0; n < 20000; n++) {
		seed = seed * 1103515245u + 12345u;
		i = n % N_ELEMENTS(rows);
		len = strlen(rows[i].body);
		len = n % 2 == 0 ? len : (seed >> 8) % (len + 1);
		body = malloc(len + 1);
		ck_assert_ptr_nonnull(body);
		body = realloc(body, len > 0 ? len : 1);
		memcpy(body, rows[i].body, len);
		for (changes = 0; changes < 3 && len > 0; changes++) {
			seed = seed * 1103515245u + 12345u;
			body[(seed >> 8) % len] = bytes[(seed >> 24) % (sizeof(bytes) - 1)];
		}
		err = read_body(rows[i].type, "", (struct slice){body, len});
		ck_assert(err == 0 || err == ERR_INVAL || err == ERR_REFUSED);
		free(body);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_body_is_read_or_refused_as_a_whole,
		a_body_that_is_compressed_is_refused,
		an_object_has_a_maximum_of_keys,
		the_limit_of_a_body_is_exact,
		without_memory_nothing_is_read,
		bodies_with_bytes_changed_or_cut_off_are_read_or_refused,
	};

	return unit_run("body", tests, N_ELEMENTS(tests));
}
