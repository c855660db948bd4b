/* SPDX-License-Identifier: BSD-2-Clause
 * What is a file, and odd forms that are right; what is wrong in a file is told by the tests of
 * grammar, loader, check and listens. */
#include "conf/load.h"

#include <stdlib.h>
#include <string.h>

#include "kit/conf_kit.h"
#include "kit/unit.h"

START_TEST(what_looks_odd_but_is_right_is_taken)
{
	static const char *const rows[] = {
		"zone a.b { name-server-addresses = ::1 }",
		"zone 'a.b' { ttl = '5' name-servers = n.s }",
		"\"zone\" a.b { \"ttl\"=5 \"name-servers\"=n.s }",
		"zone a.b { ttl = 5 name-servers = n.s } store { } store { timeout = 5 }",
		"zone a.b { allow-special-addresses = ON name-servers = n.s }",
		"zone a.b { name-servers = { n.s } name-server-addresses = {} }",
		"listen = { \"[::]:0\", \"[::]:0\" } listen-plain = \"[::]:0\" zone a.b { "
		"name-servers = n.s }",
		"listen = {} listen-plain = 127.0.0.1:80 zone a.b { name-servers = n.s }",
		"dns-listen = {} zone a.b { publisher = route53 hosted-zone-id = Z1 }",
		"zone a.b { endpoint = '' hosted-zone-id = Z1 publisher = route53 }",
		"zone a.b { name-servers = n.s } zone c.a.b { name-servers = n.s }"
		" zone xn--mnchen-3ya.example { name-servers = n.s }",
		"zone m\xc3\xbcnchen.example { name-servers = n.s }",
		"zone a.b { name-server-addresses = ::1 } zone c.d { name-servers = ns1.a.b }",
		"zone a.b { publisher = route53 hosted-zone-id = Z1 } zone c.d { name-servers = "
		"x.a.b }",
		"listen = { 0.0.0.0:1, '[::]:1' } zone c.d { name-servers = n.s }",
		"listen = { '[::]:1', 192.0.2.1:1, 192.0.2.2:1 } zone c.d { name-servers = n.s }",
		"listen = '[::]:1' dns-listen = '[::]:1' zone a.b { publisher = route53 "
		"hosted-zone-id = Z1 }",
		"certificate = /a//b zone a.b { name-servers = n.s }",
		"certificate = '$x ${y}' zone a.b { name-servers = n.s }#",
		"certificate = \"\\$x \\${y}\" zone a.b { name-servers = n.s }//",
		"/**/zone/***/a.b{/* { */name-servers=n.s}/* # */",
		"zone a.b { name-servers = { n.s, } }",
		"retry-after=1#x\nzone a.b{name-servers={n.s,m.s}}listen={'[::]:1'}",
		"listen = { // one\n'[::]:1' /* two */ , # three\n} zone a.b { name-servers = n.s "
		"}",
		"listen-at a.b_c-d { address = '[::]:1' } zone a.b { name-servers = n.s }",
		"listen-at a { address = '[::]:1' } listen-at A { address = '[::]:2' } zone a.b { "
		"name-servers = n.s }",
		"listen-at a { address = { '[::]:1', 0.0.0.0:1 } } zone a.b { name-servers = n.s }",
		"zone a.b { name-servers\n=\n{\n}\nname-server-addresses = ::1 }\r\n",
	};
	struct errinfo ei;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++)
		ck_assert_msg(*conf_kit_error(rows[i], NULL, &ei) == '\0', "%s: %s", rows[i],
			      ei.text);
}
END_TEST

START_TEST(a_file_that_is_not_one_is_an_error)
{
	static const char *const nothing[] = {NULL};
	static const char nul[] = "zone a.b {\n\0}";
	char *large = calloc(1, (1 << 20) + 1);
	struct errinfo ei = ERRINFO_INIT;
	struct conf *c = NULL;

	ck_assert_int_eq(conf_load("/nonexistent/m.conf", nothing, &c, &ei), ERR_NOTFOUND);
	ck_assert_str_eq(ei.text, "/nonexistent/m.conf: cannot be read: No such file or directory");
	memset(&ei, 0, sizeof(ei));
	ck_assert_int_eq(conf_load("/", nothing, &c, &ei), ERR_INVAL);
	ck_assert_str_eq(ei.text, "/: cannot be read: Is a directory");
	memset(&ei, 0, sizeof(ei));
	ck_assert_int_eq(conf_kit_load(nul, sizeof(nul) - 1, NULL, &c, &ei), ERR_INVAL);
	ck_assert_str_eq(ei.text, "m.conf:2: a control character is in the file");
	ck_assert_ptr_nonnull(large);
	memset(large, '#', (1 << 20) + 1);
	memset(&ei, 0, sizeof(ei));
	ck_assert_int_eq(conf_kit_load(large, (1 << 20) + 1, NULL, &c, &ei), ERR_INVAL);
	ck_assert_str_eq(ei.text, "m.conf: is larger than 1048576 bytes");
	ck_assert_int_eq(conf_load("/nonexistent", nothing, &c, NULL), ERR_NOTFOUND);
	ck_assert_ptr_null(c);
	free(large);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_looks_odd_but_is_right_is_taken,
		a_file_that_is_not_one_is_an_error,
	};

	return unit_run("load", tests, N_ELEMENTS(tests));
}
