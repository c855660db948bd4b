/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/target.h"

#include <string.h>

#include "kit/unit.h"

static const struct {
	const char *raw, *host;
	enum endpoint endpoint;
	const char *query;
} rows[] = {
	{"/nic/update", "", ENDPOINT_UPDATE, ""},
	{"/nic/update?a=b", "", ENDPOINT_UPDATE, "a=b"},
	{"/nic/update?", "", ENDPOINT_UPDATE, ""},
	{"/nic/update?a=b?c", "", ENDPOINT_UPDATE, "a=b?c"},
	/* inadyn 2.2 encodes all of it. */
	{"%2fnic%2fupdate%3fa%3db%26c%3dd", "", ENDPOINT_UPDATE, "a%3db%26c%3dd"},
	{"/nic/update%3Fa=b%3fc", "", ENDPOINT_UPDATE, "a=b%3fc"},
	{"/nic/update%3fa?b", "", ENDPOINT_NONE, "b"},
	{"/nic/update%3f", "", ENDPOINT_UPDATE, ""},
	{"/nic/update%3", "", ENDPOINT_NONE, ""},
	{"/nic/update/?a", "", ENDPOINT_UPDATE, "a"},
	{"/nic/update///", "", ENDPOINT_UPDATE, ""},
	{"//nic//update", "", ENDPOINT_UPDATE, ""},
	{"nic/update?a", "", ENDPOINT_UPDATE, "a"},
	{"/nic/update:8443?a", "", ENDPOINT_UPDATE, "a"},
	{"/nic/update/:8443", "", ENDPOINT_UPDATE, ""},
	{"/\\/nic/update?a", "", ENDPOINT_UPDATE, "a"},
	{"\\nic\\update", "", ENDPOINT_UPDATE, ""},
	{"http://h.example.com/nic/update?a", "", ENDPOINT_UPDATE, "a"},
	{"HTTPS://h.example.com:8443/nic/update", "", ENDPOINT_UPDATE, ""},
	{"/nic/update?x=%20http:/other", "", ENDPOINT_UPDATE, "x=%20http:/other"},
	{"/v3/update", "", ENDPOINT_UPDATE, ""},
	{"/update", "", ENDPOINT_UPDATE, ""},
	{"/dyndns/update", "", ENDPOINT_UPDATE, ""},
	{"/checkip", "", ENDPOINT_CHECKIP, ""},
	{"/nic/checkip", "", ENDPOINT_CHECKIP, ""},
	{"/", "checkip.example.com", ENDPOINT_CHECKIP, ""},
	{"http://checkip.example.com", "CheckIP.example.com:80", ENDPOINT_CHECKIP, ""},
	{"/?a", "checkip.example.com", ENDPOINT_CHECKIP, "a"},
	{"/", "checkip6.example.com", ENDPOINT_CHECKIP, ""},
	{"/", "CheckIPv4.example.com:8080", ENDPOINT_CHECKIP, ""},
	{"/", "checkip-v6.example.com.", ENDPOINT_CHECKIP, ""},
	{"%2F", "checkip.example.com", ENDPOINT_CHECKIP, ""},
	{"http://checkip6.example.com/", "example.com", ENDPOINT_CHECKIP, ""},
	{"http://checkip.example.com:80/?a", "", ENDPOINT_CHECKIP, "a"},
	{"http://u@checkip.example.com", "", ENDPOINT_CHECKIP, ""},
	{"http://checkip.example.com?a", "", ENDPOINT_CHECKIP, "a"},
	{"http://example.com/", "checkip.example.com", ENDPOINT_NONE, ""},
	{"http://checkip.x@example.com/", "checkip.example.com", ENDPOINT_NONE, ""},
	{"/", "checkip", ENDPOINT_NONE, ""},
	{"/", "check.ip.example.com", ENDPOINT_NONE, ""},
	{"/", "www.checkip.example.com", ENDPOINT_NONE, ""},
	{"/.well-known/acme-challenge/a_B-9", "", ENDPOINT_CHALLENGE, ""},
	{"http://h.example.com/.well-known/acme-challenge/a?b", "", ENDPOINT_CHALLENGE, "b"},
	/* As it is written, and nothing is taken off: the token is judged later. */
	{"/.well-known/acme-challenge/a/../b", "", ENDPOINT_CHALLENGE, ""},
	{"/.well-known/acme-challenge/", "", ENDPOINT_NONE, ""},
	{"/.well-known/acme-challenge", "", ENDPOINT_NONE, ""},
	{"//.well-known/acme-challenge/a", "", ENDPOINT_NONE, ""},
	{"/%2ewell-known/acme-challenge/a", "", ENDPOINT_NONE, ""},
	{"/.Well-Known/acme-challenge/a", "", ENDPOINT_NONE, ""},
	{"/myip", "", ENDPOINT_MYIP, ""},
	{"/healthz", "", ENDPOINT_HEALTH, ""},
	{"/", "example.com", ENDPOINT_NONE, ""},
	{"/", "checkip.", ENDPOINT_NONE, ""},
	{"/x", "checkip.example.com", ENDPOINT_NONE, ""},
	{"*", "", ENDPOINT_NONE, ""},
	{"", "", ENDPOINT_NONE, ""},
	{"?", "", ENDPOINT_NONE, ""},
	{"http://", "", ENDPOINT_NONE, ""},
	{"/NIC/UPDATE", "", ENDPOINT_NONE, ""},
	{"/nic/update:", "", ENDPOINT_NONE, ""},
	{"/nic/update:x", "", ENDPOINT_NONE, ""},
	{"/nic/updates", "", ENDPOINT_NONE, ""},
	{"/nic%2fupdate", "", ENDPOINT_UPDATE, ""},
	{"%2Fnic%2Fupdate%2F?a=%2F", "", ENDPOINT_UPDATE, "a=%2F"},
	{"/%6Eic/updat%65%3A8443", "", ENDPOINT_UPDATE, ""},
	{"/nic%5Cupdate", "", ENDPOINT_UPDATE, ""},
	{"%2f%2F/nic/update", "", ENDPOINT_UPDATE, ""},
	{"/%63heckip", "", ENDPOINT_CHECKIP, ""},
	/* Once, and what is broken is not decoded. */
	{"/nic%252fupdate", "", ENDPOINT_NONE, ""},
	{"/nic/update%", "", ENDPOINT_NONE, ""},
	{"/nic/update%2", "", ENDPOINT_NONE, ""},
	{"/nic/update%zz", "", ENDPOINT_NONE, ""},
	{"/nic/update%00", "", ENDPOINT_NONE, ""},
	{"/nic+update", "", ENDPOINT_NONE, ""},
	{"/nic/../nic/update", "", ENDPOINT_NONE, ""},
	{":8443", "", ENDPOINT_NONE, ""},
};

START_TEST(a_target_finds_its_endpoint_however_routers_spell_it)
{
	struct target t;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		target_parse(slice_of(rows[i].raw), slice_of(rows[i].host), &t);
		ck_assert_msg(t.endpoint == rows[i].endpoint, "row %zu: %d", i, (int)t.endpoint);
		ck_assert_msg(slice_eq(t.query, rows[i].query), "row %zu: %.*s", i,
			      (int)t.query.len, t.query.p);
	}
}
END_TEST

START_TEST(a_long_path_is_unknown_and_slashes_do_not_count)
{
	char raw[4096];
	struct target t;
	size_t len;

	memset(raw, '/', sizeof(raw));
	memcpy(raw + sizeof(raw) - 10, "nic/update", 10);
	target_parse((struct slice){.p = raw, .len = sizeof(raw)}, slice_of(""), &t);
	ck_assert_int_eq(t.endpoint, ENDPOINT_UPDATE);
	/* 64 bytes are looked at. */
	memcpy(raw, "/nic/update:", 12);
	memset(raw + 12, '1', 53);
	target_parse((struct slice){.p = raw, .len = 64}, slice_of(""), &t);
	ck_assert_int_eq(t.endpoint, ENDPOINT_UPDATE);
	target_parse((struct slice){.p = raw, .len = 65}, slice_of(""), &t);
	ck_assert_int_eq(t.endpoint, ENDPOINT_NONE);
	memset(raw, 'a', sizeof(raw));
	for (len = 0; len <= sizeof(raw); len++) {
		target_parse((struct slice){.p = raw, .len = len}, slice_of(""), &t);
		ck_assert_msg(t.endpoint == ENDPOINT_NONE, "length %zu", len);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_target_finds_its_endpoint_however_routers_spell_it,
		a_long_path_is_unknown_and_slashes_do_not_count,
	};

	return unit_run("target", tests, N_ELEMENTS(tests));
}
