/* SPDX-License-Identifier: BSD-2-Clause
 * Addresses to listen on, of all forms together. */
#include "conf/listens.h"

#include <stdio.h>
#include <string.h>

#include "kit/conf_kit.h"
#include "kit/unit.h"

START_TEST(addresses_that_cannot_be_had_together_are_refused)
{
	static const struct conf_kit_row rows[] = {
		{"listen = { \"0.0.0.0:1\",\n\"127.0.0.1:1\" } zone a.b {}",
		 "m.conf:1: listen: \"127.0.0.1:1\" and \"0.0.0.0:1\" of listen cannot both be "
		 "had"},
		{"listen = { \"127.0.0.1:1\",\n\"0.0.0.0:1\" } zone a.b {}",
		 "m.conf:1: listen: \"0.0.0.0:1\" and \"127.0.0.1:1\" of listen cannot both be "
		 "had"},
		{"listen = { \"[::1]:1\", \"[::]:1\" } zone a.b {}",
		 "m.conf:1: listen: \"[::]:1\" and \"[::1]:1\" of listen cannot both be had"},
		{"listen = \"[::]:1\"\nlisten-plain = \"127.0.0.1:1\" zone a.b {}",
		 "m.conf:2: listen-plain: \"127.0.0.1:1\" and \"[::]:1\" of listen cannot both be "
		 "had"},
		{"admin-listen = \"127.0.0.1:443\" zone a.b {}",
		 "m.conf:1: admin-listen: \"127.0.0.1:443\" and \"[::]:443\" of listen cannot both "
		 "be had"},
		{"dns-listen = \"192.0.2.1:443\" zone a.b {}",
		 "m.conf:1: dns-listen: \"192.0.2.1:443\" and \"[::]:443\" of listen cannot both "
		 "be "
		 "had"},
		{"dns-listen = { \"0.0.0.0:5\", \"127.0.0.1:5\" } zone a.b {}",
		 "m.conf:1: dns-listen: \"127.0.0.1:5\" and \"0.0.0.0:5\" of dns-listen cannot "
		 "both "
		 "be had"},
		/* The IPv4 of port 1 is the second list's already. */
		{"listen = { \"0.0.0.0:1\", \"[::]:1\" }\nlisten-plain = \"127.0.0.1:1\" zone a.b "
		 "{}",
		 "m.conf:2: listen-plain: \"127.0.0.1:1\" and \"0.0.0.0:1\" of listen cannot both "
		 "be "
		 "had"},
	};

	conf_kit_check_rows(rows, N_ELEMENTS(rows));
}
END_TEST

START_TEST(a_listener_of_its_own_is_checked_like_the_short_forms)
{
	static const struct conf_kit_row rows[] = {
		{"listen-at { }", "m.conf:1: missing title for section 'listen-at'"},
		{"listen-at ''", "m.conf:1: an empty string is no name"},
		{"listen-at x", "m.conf:1: premature end of file"},
		{"listen-at x address", "m.conf:1: missing opening brace for section 'listen-at'"},
		{"listen-at x {\nlisten = {} }", "m.conf:2: no such option 'listen'"},
		{"listen-at 'a b' {}", "m.conf:1: listen-at \"a b\": the name must be 1 to 32 "
				       "letters, digits, '.', '_' or '-'"},
		{"listen-at 123456789012345678901234567890123 {}",
		 "m.conf:1: listen-at \"123456789012345678901234567890123\": the name must be 1 to "
		 "32 letters, digits, '.', '_' or '-'"},
		{"listen-at x {}\nlisten-at x {}", "m.conf:2: listen-at \"x\" is there twice"},
		{"\nlisten-at x {\n}", "m.conf:2: address: must hold an address"},
		{"listen-at x {\naddress = {} }", "m.conf:2: address: must hold an address"},
		{"listen-at x {\naddress = 1 }",
		 "m.conf:2: address: must be a numeric address and a port, as 192.0.2.1:443 or "
		 "[::]:443, not \"1\""},
		{"listen-at x { tls = tls1 }",
		 "m.conf:1: tls: must be modern, legacy or no, not \"tls1\""},
		{"listen-at x { query-credentials = yes }",
		 "m.conf:1: query-credentials: must be no, tls or always, not \"yes\""},
		{"listen-at x { address = '[::]:1' tls = no\ncertificates = a:b }",
		 "m.conf:2: certificates: is only used with tls = modern or legacy"},
		{"listen-at x { certificates = { a:b, a:c } }",
		 "m.conf:1: certificates: \"a:c\" is in the list twice"},
		{"listen-at x { certificates = { a:a, b:b, c:c, d:d, e:e, f:f, g:g, h:h, i:i, j:j, "
		 "k:k, l:l, m:m, n:n, o:o, p:p, q:q } }",
		 "m.conf:1: certificates: the list has more than 16 items"},
		{"listen = '[::]:443'\nlisten-at x { address = '[::]:443' }",
		 "m.conf:2: address: \"[::]:443\" and \"[::]:443\" of listen cannot both be had"},
		{"listen-at x { address = 127.0.0.1:80 }\nlisten-plain = '[::]:80'",
		 "m.conf:1: address: \"127.0.0.1:80\" and \"[::]:80\" of listen-plain cannot both "
		 "be had"},
		{"listen-at x { address = '[::]:1' }\nlisten-at y { address = 0.0.0.0:1 }",
		 "m.conf:2: address: \"0.0.0.0:1\" and \"[::]:1\" of listen-at \"x\" cannot both "
		 "be "
		 "had"},
		{"listen-at x { address = { '[::1]:1', '[::]:1' } }",
		 "m.conf:1: address: \"[::]:1\" and \"[::1]:1\" of listen-at \"x\" cannot both be "
		 "had"},
		{"admin-listen = '[::]:1' listen-at x { address = 0.0.0.0:1 }",
		 "m.conf:1: admin-listen: \"[::]:1\" and \"0.0.0.0:1\" of listen-at \"x\" cannot "
		 "both "
		 "be had"},
		{"dns-listen = '[::]:1' listen-at x { address = '[::]:1' } zone a.b {}",
		 "m.conf:1: dns-listen: \"[::]:1\" and \"[::]:1\" of listen-at \"x\" cannot both "
		 "be "
		 "had"},
	};

	conf_kit_check_rows(rows, N_ELEMENTS(rows));
}
END_TEST

START_TEST(listeners_have_a_limit)
{
	static char text[CONF_FRONTS_MAX * 64];
	struct errinfo ei;
	size_t i, k, n = 0;

	for (i = 0; i <= CONF_LISTENERS_MAX; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "listen-at x%zu {}\n", i);
	ck_assert_str_eq(conf_kit_error(text, NULL, &ei),
			 "m.conf:17: there are more than 16 sections listen-at");
	for (i = 0, n = 0; i < 4; i++) {
		n += (size_t)snprintf(text + n, sizeof(text) - n, "listen-at x%zu { address = {",
				      i);
		for (k = 0; k < CONF_LISTEN_MAX; k++)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "127.0.0.%zu:%zu,", i + 1,
					      k + 1);
		n += (size_t)snprintf(text + n, sizeof(text) - n, "} }");
	}
	ck_assert_str_eq(conf_kit_error(text, NULL, &ei),
			 "m.conf: there are more than 48 addresses for HTTP and HTTPS");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		addresses_that_cannot_be_had_together_are_refused,
		a_listener_of_its_own_is_checked_like_the_short_forms,
		listeners_have_a_limit,
	};

	return unit_run("listens", tests, N_ELEMENTS(tests));
}
