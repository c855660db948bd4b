/* SPDX-License-Identifier: BSD-2-Clause
 * The resolvers that the doctor asks: named ones, and those of the system. */
#include "ctl/resolver.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "kit/unit.h"

static const char *format(const struct sockaddr_storage *sa)
{
	static char text[128];
	char host[64];
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)sa;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)sa;

	if (sa->ss_family == AF_INET)
		inet_ntop(AF_INET, &v4->sin_addr, host, sizeof(host));
	else
		inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof(host));
	snprintf(text, sizeof(text), "%s#%d", host, ntohs(v4->sin_port));
	return text;
}

static const struct {
	const char *text;
	const char *want; /* NULL: refused */
} address_rows[] = {
	{"192.0.2.1", "192.0.2.1#53"},
	{"192.0.2.1:5353", "192.0.2.1#5353"},
	{"2001:db8::1", "2001:db8::1#53"},
	{"::1", "::1#53"},
	{"[2001:db8::1]", "2001:db8::1#53"},
	{"[2001:db8::1]:5353", "2001:db8::1#5353"},
	{"fe80::1%lo", "fe80::1#53"},
	{"", NULL},
	{"localhost", NULL},
	{"192.0.2.1:", NULL},
	{"192.0.2.1:0", NULL},
	{"192.0.2.1:65536", NULL},
	{"192.0.2.1:dns", NULL},
	{"192.0.2.256", NULL},
	{":53", NULL},
	{"[::1", NULL},
	{"[::1]53", NULL},
	{"[::1]:", NULL},
	{"[]", NULL},
};

START_TEST(resolvers_are_addresses_with_or_without_a_port)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(address_rows); i++) {
		const char *want = address_rows[i].want;
		struct sockaddr_storage sa;
		int err = resolver_parse(slice_of(address_rows[i].text), &sa);

		ck_assert_msg(want != NULL ? err == 0 && strcmp(format(&sa), want) == 0
					   : err == ERR_INVAL,
			      "row %zu: %d %s", i, err, err == 0 ? format(&sa) : "");
	}
}
END_TEST

static const struct {
	const char *text;
	const char *want;
} conf_rows[] = {
	{"", "127.0.0.1#53 "},
	{"search example.com\noptions edns0\n", "127.0.0.1#53 "},
	{"nameserver 192.0.2.1\n", "192.0.2.1#53 "},
	{"# nameserver 192.0.2.9\n nameserver\t 192.0.2.1 \r\nnameserver ::1",
	 "192.0.2.1#53 ::1#53 "},
	{"nameserver\nnameserver localhost\nnameserver 192.0.2.2 # x\n", "192.0.2.2#53 "},
	{"nameservers 192.0.2.1\nnameserver 192.0.2.2", "192.0.2.2#53 "},
	{"nameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\nnameserver 192.0.2.4\n",
	 "192.0.2.1#53 192.0.2.2#53 192.0.2.3#53 "},
};

START_TEST(the_system_names_its_resolvers)
{
	size_t i, j;

	for (i = 0; i < N_ELEMENTS(conf_rows); i++) {
		struct resolvers found;
		char text[256] = "";

		resolver_parse_conf(slice_of(conf_rows[i].text), &found);
		for (j = 0; j < found.n; j++) {
			strcat(text, format(&found.at[j]));
			strcat(text, " ");
		}
		ck_assert_msg(strcmp(text, conf_rows[i].want) == 0, "row %zu: %s", i, text);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		resolvers_are_addresses_with_or_without_a_port,
		the_system_names_its_resolvers,
	};

	return unit_run("resolver", tests, N_ELEMENTS(tests));
}
