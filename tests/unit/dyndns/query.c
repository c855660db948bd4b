/* SPDX-License-Identifier: BSD-2-Clause */
#include "dyndns/query.h"

#include <idn2.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "dyndns/body.h"
#include "kit/unit.h"

static struct dyndns_query parse(const char *query, const char *form)
{
	const struct dyndns_body body = {.bytes = slice_of(form)};
	struct dyndns_query q;
	int err;

	memset(&q, 0xaa, sizeof(q));
	err = dyndns_query_parse(slice_of(query), &body, &q);
	ck_assert_msg(err == 0, "'%s' '%s': %d", query, form, err);
	ck_assert_int_eq(dyndns_query_read_names(&q), 0);
	return q;
}

/* "absent", "too many", or the names with "!" for one that is not valid. */
static const char *hosts_text(const struct dyndns_query *q, char *out, size_t cap)
{
	size_t i, n = 0;

	out[0] = '\0';
	if (q->hosts_kind != QUERY_HOSTS_GIVEN) {
		ck_assert_uint_eq(q->n_hosts, 0);
		return q->hosts_kind == QUERY_HOSTS_ABSENT ? "absent" : "too many";
	}
	for (i = 0; i < q->n_hosts; i++)
		n += (size_t)snprintf(out + n, cap - n, "%s%s", i > 0 ? " " : "",
				      q->hosts[i].valid ? q->hosts[i].name.text : "!");
	return out;
}

/* "peer", "bad", or the addresses; "" when given but none. */
static const char *addrs_text(const struct dyndns_query *q, char *out, size_t cap)
{
	char v4[ADDR_TEXT_MAX], v6[ADDR_TEXT_MAX];

	snprintf(out, cap, "%s%s%s", addr_format(&q->addrs.v4, v4),
		 addr_is_set(&q->addrs.v4) && addr_is_set(&q->addrs.v6) ? "," : "",
		 addr_format(&q->addrs.v6, v6));
	if (q->address_kind == QUERY_ADDRESS_GIVEN)
		return out;
	ck_assert_str_eq(out, "");
	return q->address_kind == QUERY_ADDRESS_PEER ? "peer" : "bad";
}

static const struct {
	const char *query;
	const char *want;
} host_rows[] = {
	{"hostname=home.example.com", "home.example.com"},
	{"hostname=Home.Example.COM.", "home.example.com"},
	{"hostname=a.example,b.example", "a.example b.example"},
	{"hostname=a.example%2Cb.example", "a.example b.example"},
	{"hostname=a.example%2cb.example", "a.example b.example"},
	{"hostname=b.example,a.example,b.example", "b.example a.example b.example"},
	{"hostname=a.example,,b.example,", "a.example b.example"},
	{"hostname=,a.example", "a.example"},
	{"hostname=%68ome%2eexample", "home.example"},
	{"host%6eame=home.example", "home.example"},
	{"hostname=%2a.example.com", "*.example.com"},
	{"hostname=b%C3%BCcher.example", "xn--bcher-kva.example"},
	{"host=home.example", "home.example"},
	{"domain=home.example", "home.example"},
	{"host_id=home.example", "home.example"},
	{"hostname=YES&host_id=home.example", "home.example"},
	{"host_id=home.example&hostname=yes", "home.example"},
	{"hostname=&host=home.example", "home.example"},
	{"domain=b.example&host=a.example", "a.example"},
	{"host=b.example&hostname=a.example", "a.example"},
	{"hostname=a.example&hostname=b.example", "b.example"},
	{"hostname=a.example&hostname=", "absent"},
	{"", "absent"},
	{"&", "absent"},
	{"hostname", "absent"},
	{"hostname=", "absent"},
	{"hostname=,", "absent"},
	{"hostname=YES", "absent"},
	{"hostname=any", "absent"},
	{"hostname=any,", "absent"},
	{"hostname=test1", "absent"},
	{"hostname=any&host=a.example", "absent"},
	{"HOSTNAME=a.example", "a.example"},
	{"HostName=a.example&Host=b.example", "a.example"},
	{"myip=&amp;hostname=a.example", "a.example"},
	{"hostnames=a.example", "absent"},
	{"hostname=any,a.example", "! a.example"},
	{"hostname=a.example,any", "a.example !"},
	{"hostname=any,all", "! !"},
	{"hostname=192.0.2.1", "!"},
	{"hostname=a.example+b.example", "!"},
	{"hostname=+a.example", "a.example"},
	{"hostname=a.example%0d%0A", "a.example"},
	{"hostname=+a.example+,%09b.example+", "a.example b.example"},
	{"hostname=+,+&host=b.example", "absent"},
	{"hostname=++&host=b.example", "b.example"},
	{"hostname=+YES+&host_id=a.example", "a.example"},
	{"myip=1&+hostname+=a.example", "a.example"},
	{"hostname=a_b.example", "a_b.example"},
};

START_TEST(host_names_are_found_in_every_parameter_that_clients_use)
{
	struct dyndns_query q;
	char text[512];
	size_t i;

	for (i = 0; i < N_ELEMENTS(host_rows); i++) {
		q = parse(host_rows[i].query, "");
		ck_assert_msg(strcmp(hosts_text(&q, text, sizeof(text)), host_rows[i].want) == 0,
			      "row %zu '%s': %s", i, host_rows[i].query,
			      hosts_text(&q, text, sizeof(text)));
	}
}
END_TEST

static const struct {
	const char *query;
	const char *want;
} address_rows[] = {
	{"myip=192.0.2.1", "192.0.2.1"},
	{"myip=2001:db8::1", "2001:db8::1"},
	{"myip=2001%3Adb8%3A%3a1", "2001:db8::1"},
	{"myip=2001:0DB8:0000:0000:0000:0000:0000:0001", "2001:db8::1"},
	{"myip=[2001:db8::1]", "2001:db8::1"},
	{"myip=%5B2001:db8::1%5d", "2001:db8::1"},
	{"myip=::ffff:192.0.2.1", "192.0.2.1"},
	{"myip=192.0.2.1,2001:db8::1", "192.0.2.1,2001:db8::1"},
	{"myip=2001:db8::1,192.0.2.1", "192.0.2.1,2001:db8::1"},
	{"myip=192.0.2.1%2C2001:db8::1", "192.0.2.1,2001:db8::1"},
	{"myip=192.0.2.1,", "192.0.2.1"},
	{"myip=+192.0.2.1", "192.0.2.1"},
	{"myip=192.0.2.1%0D%0a", "192.0.2.1"},
	{"myip=192.0.2.1,+2001:db8::1+", "192.0.2.1,2001:db8::1"},
	{"myip=192.0.2.1+,+,%09", "192.0.2.1"},
	{"myip=,2001:db8::1", "2001:db8::1"},
	{"myip=192.0.2.1,auto", "192.0.2.1"},
	{"myip=2001:db8:1:2::1/62", "2001:db8:1:2::1"},
	{"myip=2001:db8:1:4::/62", ""},
	{"myip=192.0.2.0/24", "bad"},
	{"myip=192.0.2.0/24,2001:db8::1", "bad"},
	{"myip=192.0.2.1&myipv6=2001:db8::/64", "192.0.2.1"},
	{"myip=2001:db8::/64,2001:db8::1", "2001:db8::1"},
	{"myip=192.0.2.1/24,2001:db8::1/64", "192.0.2.1,2001:db8::1"},
	{"myipv4=192.0.2.1", "192.0.2.1"},
	{"ip=192.0.2.1", "192.0.2.1"},
	{"ipv4=192.0.2.1", "192.0.2.1"},
	{"myipv6=2001:db8::1", "2001:db8::1"},
	{"myip6=2001:db8::1", "2001:db8::1"},
	{"myip2=2001:db8::1", "2001:db8::1"},
	{"ipv6=2001:db8::1", "2001:db8::1"},
	{"ip6=2001:db8::1", "2001:db8::1"},
	{"ip=2001:db8::1", "2001:db8::1"},
	{"myipv6=192.0.2.1", "192.0.2.1"},
	{"myip=192.0.2.1&myipv6=2001:db8::1", "192.0.2.1,2001:db8::1"},
	{"myip=&myipv6=2001:db8::1", "2001:db8::1"},
	{"ipv4=192.0.2.1&ip6=2001:db8::1", "192.0.2.1,2001:db8::1"},
	{"ip4=192.0.2.1&ip6=2001:db8::1", "192.0.2.1,2001:db8::1"},
	{"ip4=192.0.2.1&myip4=192.0.2.2", "bad"},
	/* The same address twice is one wish, two different ones are none. */
	{"myip=192.0.2.1,192.0.2.1", "192.0.2.1"},
	{"myip=192.0.2.1&ip=192.0.2.1", "192.0.2.1"},
	{"myip=2001:db8::1&myipv6=2001:DB8::0:1", "2001:db8::1"},
	{"myip=192.0.2.1,::ffff:192.0.2.1", "192.0.2.1"},
	{"myip=192.0.2.1,192.0.2.2", "bad"},
	{"myip=192.0.2.1&ip=192.0.2.2", "bad"},
	{"myip=2001:db8::1&ipv6=2001:db8::2", "bad"},
	{"myip=192.0.2.1&myip=192.0.2.2", "192.0.2.2"},
	{"myip=nonsense&myip=192.0.2.2", "192.0.2.2"},
	{"myip=192.0.2.1&myip=", "peer"},
	/* Nothing given. */
	{"", "peer"},
	{"myip", "peer"},
	{"myip=", "peer"},
	{"myip=,", "peer"},
	{"myip=auto", "peer"},
	{"myip=+auto+", "peer"},
	{"myip=%20", "peer"},
	{"myip=+,+", "peer"},
	{"myipv4=+no+", ""},
	{"myip=AUTO&myipv6=", "peer"},
	{"MYIP=192.0.2.1", "192.0.2.1"},
	{"hostname=a.example&amp;myip=192.0.2.1", "192.0.2.1"},
	{"myip=192.0.2.1&amp;MyIPv6=2001:db8::1", "192.0.2.1,2001:db8::1"},
	/* Left alone; an address beside it counts for its own family. */
	{"myip=preserve", ""},
	{"myip=no", ""},
	{"myipv6=preserve", ""},
	{"myipv4=No&myipv6=auto", ""},
	{"myip=no&myipv6=2001:db8::1", "2001:db8::1"},
	{"myip=192.0.2.1&myipv6=preserve", "192.0.2.1"},
	{"myip=192.0.2.1,2001:db8::1&myipv6=no", "192.0.2.1"},
	{"myip=192.0.2.1,2001:db8::1&ip4=no&ipv4=no", "2001:db8::1"},
	{"myip=192.0.2.1&ipv4=no", ""},
	{"myip=192.0.2.1,2001:db8::1&ip4=no", "2001:db8::1"},
	{"myip=192.0.2.1,2001:db8::1&myip4=no", "2001:db8::1"},
	{"myip=192.0.2.1&ip=preserve", "192.0.2.1"},
	/* Each name that is about one family, and each that is about none. */
	{"myip=192.0.2.1,2001:db8::1&myipv4=no", "2001:db8::1"},
	{"myip=192.0.2.1,2001:db8::1&ipv4=no", "2001:db8::1"},
	{"myip=192.0.2.1,2001:db8::1&myipv6=no", "192.0.2.1"},
	{"myip=192.0.2.1,2001:db8::1&myip6=no", "192.0.2.1"},
	{"myip=192.0.2.1,2001:db8::1&ipv6=no", "192.0.2.1"},
	{"myip=192.0.2.1,2001:db8::1&ip6=no", "192.0.2.1"},
	{"ip=192.0.2.1,2001:db8::1&myip=no", "192.0.2.1,2001:db8::1"},
	{"myip=192.0.2.1,2001:db8::1&myip2=no", "192.0.2.1,2001:db8::1"},
	{"myip=192.0.2.1,2001:db8::1&ip=no", "192.0.2.1,2001:db8::1"},
	/* One that cannot be read spoils the request. */
	{"myip=nonsense", "bad"},
	{"myip=192.0.2.256", "bad"},
	{"myip=192.0.2.01", "bad"},
	{"myip=192.0.2.1,nonsense", "bad"},
	{"myip=192.0.2.1&myipv6=nonsense", "bad"},
	{"myip=nonsense&myipv6=preserve", "bad"},
	{"myip=fe80::1%25eth0", "bad"},
	{"myip=192.0.2.1+x", "bad"},
	{"myip=192.0.2.1+2001:db8::1", "bad"},
	{"myip=home.example", "bad"},
	{"myip=%25IP%25", "bad"},
	/* Nothing but zeros counts for the family that its parameter is about. */
	{"myip=0.0.0.0", "0.0.0.0"},
	{"myip=::", "::"},
	{"myip=0:0:0:0:0:0:0:0", "::"},
	{"myip=[::]/128", "::"},
	{"myip=::0.0.0.0", "::"},
	{"myip=::ffff:0.0.0.0", "0.0.0.0"},
	{"myip=0.0.0.0,2001:db8::1", "0.0.0.0,2001:db8::1"},
	{"myip=0.0.0.0,::", "0.0.0.0,::"},
	{"myipv6=0.0.0.0", "::"},
	{"myipv4=::", "0.0.0.0"},
	{"myip=192.0.2.1&myipv6=0.0.0.0", "192.0.2.1,::"},
	{"myipv6=2001:db8::1&ip4=::", "0.0.0.0,2001:db8::1"},
	{"myipv6=0.0.0.0,::", "::"},
	{"myip=192.0.2.1&ip2=0.0.0.0&myip2=0.0.0.0", "bad"},
	{"myip=192.0.2.1,0.0.0.0", "bad"},
	{"myipv6=2001:db8::1,0.0.0.0", "bad"},
	{"myip=0.0.0.0&myipv4=preserve", ""},
	{"myip=0.0.0.0/0", "bad"},
	{"myip=::/0", "bad"},
	{"myip=0", "bad"},
	{"myip=00.00.00.00", "bad"},
};

START_TEST(only_yes_takes_a_host_off_line)
{
	static const struct {
		const char *query;
		bool v4, v6; /* are to be cleared */
	} rows[] = {
		{"offline=YES", true, true},
		{"offline=yes", true, true},
		{"myip=192.0.2.1&Offline=+Yes+", true, true},
		{"offline=NO&offline=YES", true, true},
		{"offline=YES&offline=NO", false, false},
		{"offline=YES&offline=", false, false},
		{"offline=NOCHG", false, false},
		{"offline=1", false, false},
		{"offline", false, false},
		{"", false, false},
		{"myip=YES", false, false},
		/* What is to be kept is. */
		{"offline=YES&myipv4=preserve", false, true},
		{"myipv6=no&offline=YES", true, false},
		{"offline=YES&myipv4=no&myipv6=no", false, false},
		{"offline=YES&myip=no", false, false},
		{"offline=YES&myip=preserve,192.0.2.1", false, false},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct addr_pair offline = parse(rows[i].query, "").offline;

		ck_assert_msg(addr_is_set(&offline.v4) == rows[i].v4, "row %zu", i);
		ck_assert_msg(addr_is_set(&offline.v6) == rows[i].v6, "row %zu", i);
	}
}
END_TEST

START_TEST(addresses_are_found_in_every_parameter_that_clients_use)
{
	struct dyndns_query q;
	char text[128];
	size_t i;

	for (i = 0; i < N_ELEMENTS(address_rows); i++) {
		q = parse(address_rows[i].query, "");
		ck_assert_msg(strcmp(addrs_text(&q, text, sizeof(text)), address_rows[i].want) == 0,
			      "row %zu '%s': %s", i, address_rows[i].query,
			      addrs_text(&q, text, sizeof(text)));
	}
}
END_TEST

/* "absent", "none", "bad", or the prefix, with "!" before it if it stands among the addresses. */
static const char *prefix_text(const struct dyndns_query *q, char *out, size_t cap)
{
	char text[ADDR_TEXT_MAX];

	snprintf(out, cap, "%s%s/%u", q->prefix_is_address ? "!" : "",
		 addr_format(&q->prefix.addr, text), q->prefix.len);
	if (q->prefix_kind == QUERY_PREFIX_GIVEN)
		return out;
	ck_assert_uint_eq(q->prefix.len, 0);
	return q->prefix_kind == QUERY_PREFIX_ABSENT ? "absent"
	       : q->prefix_kind == QUERY_PREFIX_NONE ? "none"
						     : "bad";
}

static const struct {
	const char *query;
	const char *want;
	const char *addrs;
} prefix_rows[] = {
	{"", "absent", "peer"},
	{"myip=2001:db8:1:2::1", "absent", "2001:db8:1:2::1"},
	{"myip=2001:db8:1:2::1/64", "absent", "2001:db8:1:2::1"},
	{"ip6lanprefix=2001:db8:1:2::/64", "2001:db8:1:2::/64", "peer"},
	{"ipv6prefix=2001:db8:1:2::/64", "2001:db8:1:2::/64", "peer"},
	{"IPv6Prefix=+2001:db8:1:2::/64+,", "2001:db8:1:2::/64", "peer"},
	{"ip6lanprefix=2001%3Adb8%3A1%3A100%3A%3A%2F56", "2001:db8:1:100::/56", "peer"},
	{"ip6lanprefix=2001:db8:1:123::1/56", "2001:db8:1:100::/56", "peer"},
	{"ip6lanprefix=2001:db8:1:2::", "2001:db8:1:2::/64", "peer"},
	{"ip6lanprefix=2001:db8:1:2::5", "2001:db8:1:2::/64", "peer"},
	{"myip=192.0.2.1,2001:db8:ff::1&ip6lanprefix=2001:db8:1:2::/64", "2001:db8:1:2::/64",
	 "192.0.2.1,2001:db8:ff::1"},
	{"myipv6=2001:db8:1:2::/64", "!2001:db8:1:2::/64", ""},
	{"myip=192.0.2.1,2001:db8:1:2::/64", "!2001:db8:1:2::/64", "192.0.2.1"},
	{"myipv6=2001:db8:1:2::/64&ip6lanprefix=2001:db8:1:2::/64", "!2001:db8:1:2::/64", ""},
	{"myipv6=2001:db8::/32", "!2001:db8::/32", ""},
	{"myipv6=2001:db8::fe/127", "!2001:db8::fe/127", ""},
	{"myipv6=preserve,2001:db8:1:2::/64", "!2001:db8:1:2::/64", ""},
	/* The same one twice is one. */
	{"ip6lanprefix=2001:db8:1:2::/64&ipv6prefix=2001:db8:1:2::1/64", "2001:db8:1:2::/64",
	 "peer"},
	{"ip6lanprefix=2001:db8:1:2::/64,2001:db8:1:2::", "2001:db8:1:2::/64", "peer"},
	{"ip6lanprefix=2001:db8:1:2::/64,2001:db8:1:3::/64", "bad", "peer"},
	{"ip6lanprefix=2001:db8:1:100::/56&ipv6prefix=2001:db8:1:100::/64", "bad", "peer"},
	{"myipv6=2001:db8:1:2::/64&ip6lanprefix=2001:db8:1:3::/64", "bad", ""},
	{"myip=2001:db8:1:2::/64,2001:db8:1:3::/64", "bad", ""},
	{"ip6lanprefix=2001:db8:1:3::/64&ip6lanprefix=2001:db8:1:2::/64", "2001:db8:1:2::/64",
	 "peer"},
	/* A client that could tell does not. */
	{"ip6lanprefix=", "none", "peer"},
	{"ip6lanprefix", "none", "peer"},
	{"myip=2001:db8:1:2::1&ip6lanprefix=", "none", "2001:db8:1:2::1"},
	{"ipv6prefix=auto", "none", "peer"},
	{"ip6lanprefix=&ipv6prefix=2001:db8:1:2::/64", "2001:db8:1:2::/64", "peer"},
	{"ip6lanprefix=&myipv6=2001:db8:1:2::/64", "!2001:db8:1:2::/64", ""},
	{"ip6lanprefix=preserve", "none", "peer"},
	{"ip6lanprefix=no&myipv6=2001:db8:1:2::/64", "none", ""},
	{"ip6lanprefix=2001:db8:1:2::/64&ipv6prefix=No", "none", "peer"},
	/* Not one. */
	{"ip6lanprefix=nonsense", "bad", "peer"},
	{"ip6lanprefix=2001:db8:1:2::1/128", "bad", "peer"},
	{"ip6lanprefix=2000::/16", "bad", "peer"},
	{"ip6lanprefix=192.0.2.0/24", "bad", "peer"},
	{"ip6lanprefix=192.0.2.1", "bad", "peer"},
	{"ip6lanprefix=/64", "bad", "peer"},
	{"ip6lanprefix=fe80::%25eth0/64", "bad", "peer"},
	{"myipv6=2001:db8:1:2::/64x", "absent", "bad"},
	{"myipv6=2000::/16", "absent", "bad"},
	{"myipv6=::/0", "absent", "bad"},
	{"myip=192.0.2.0/24", "absent", "bad"},
};

START_TEST(prefixes_are_found_in_their_parameters_and_among_the_addresses)
{
	struct dyndns_query q;
	char text[128];
	size_t i;

	for (i = 0; i < N_ELEMENTS(prefix_rows); i++) {
		q = parse(prefix_rows[i].query, "");
		ck_assert_msg(strcmp(prefix_text(&q, text, sizeof(text)), prefix_rows[i].want) == 0,
			      "row %zu '%s': %s", i, prefix_rows[i].query,
			      prefix_text(&q, text, sizeof(text)));
		ck_assert_msg(strcmp(addrs_text(&q, text, sizeof(text)), prefix_rows[i].addrs) == 0,
			      "row %zu '%s': %s", i, prefix_rows[i].query,
			      addrs_text(&q, text, sizeof(text)));
	}
	q = parse("ip6lanprefix=2001:db8:1:3::/64", "ip6lanprefix=2001:db8:1:2::/64");
	ck_assert_str_eq(prefix_text(&q, text, sizeof(text)), "2001:db8:1:2::/64");
	q = parse("", "{\"ip6lanprefix\":null}");
	ck_assert_str_eq(prefix_text(&q, text, sizeof(text)), "absent");
}
END_TEST

/* As they come from the field: names and order of the parameters are the clients'. */
START_TEST(the_queries_of_real_clients_are_understood)
{
	static const struct {
		const char *query;
		const char *hosts;
		const char *addrs;
	} rows[] = {
		{"system=dyndns&hostname=a.example,b.example&myip=192.0.2.1&wildcard=ON",
		 "a.example b.example", "192.0.2.1"},
		{"hostname=home.example&myip=2001%3adb8%3a%3a1", "home.example", "2001:db8::1"},
		{"hostname=home.example&myip=192.0.2.1,2001:db8::1", "home.example",
		 "192.0.2.1,2001:db8::1"},
		{"system=dyndns&hostname=home.example&myip=192.0.2.1&wildcard=OFF&mx=&backmx=NO",
		 "home.example", "192.0.2.1"},
		{"hostname=home.example&myip=192.0.2.1&wildcard=OFF&", "home.example", "192.0.2.1"},
		{"hostname=any&myip=192.0.2.1", "absent", "192.0.2.1"},
		{"myip=192.0.2.1", "absent", "192.0.2.1"},
		{"hostname=home.example", "home.example", "peer"},
		{"hostname=home.example&offline=YES", "home.example", "peer"},
		{"action=edit&started=1&hostname=YES&host_id=home.example&myip=192.0.2.1",
		 "home.example", "192.0.2.1"},
		{"hostname=home.example&myip=192.0.2.1&username=bob&password=50%zz&url=%",
		 "home.example", "192.0.2.1"},
		{"hostname=home.example&myip=192.0.2.1,&ip6lanprefix=2001:db8:1::/62",
		 "home.example", "192.0.2.1"},
	};
	struct dyndns_query q;
	char text[512];
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		q = parse(rows[i].query, "");
		ck_assert_msg(strcmp(hosts_text(&q, text, sizeof(text)), rows[i].hosts) == 0,
			      "row %zu: %s", i, hosts_text(&q, text, sizeof(text)));
		ck_assert_msg(strcmp(addrs_text(&q, text, sizeof(text)), rows[i].addrs) == 0,
			      "row %zu: %s", i, addrs_text(&q, text, sizeof(text)));
	}
}
END_TEST

START_TEST(the_form_body_is_read_after_the_query_and_wins)
{
	struct dyndns_query q;
	char text[128];

	q = parse("hostname=a.example&myip=192.0.2.1", "myip=192.0.2.2");
	ck_assert_str_eq(hosts_text(&q, text, sizeof(text)), "a.example");
	ck_assert_str_eq(addrs_text(&q, text, sizeof(text)), "192.0.2.2");
	q = parse("", "hostname=a.example&myip=2001%3Adb8%3A%3A1");
	ck_assert_str_eq(hosts_text(&q, text, sizeof(text)), "a.example");
	ck_assert_str_eq(addrs_text(&q, text, sizeof(text)), "2001:db8::1");
}
END_TEST

START_TEST(a_body_that_nobody_can_read_spoils_the_request)
{
	const struct dyndns_body body = {.type = slice_of("text/plain"),
					 .bytes = slice_of("myip=192.0.2.2")};
	struct dyndns_query q;
	int err = dyndns_query_parse(slice_of("myip=192.0.2.1"), &body, &q);

	ck_assert_int_eq(err, ERR_REFUSED);
	ck_assert_int_eq(q.address_kind, QUERY_ADDRESS_BAD);
}
END_TEST

START_TEST(a_broken_escape_a_nul_or_an_index_is_refused_in_what_is_read)
{
	static const char *const rows[] = {
		"hostname=%",
		"hostname=a.example%",
		"hostname=a.example%2",
		"hostname=%zz.example",
		"hostname=a.example%00",
		"host=%00&hostname=a.example",
		"myip=%",
		"myip=%0",
		"myip=192.0.2.1%00",
		"myip=%xx&myip=192.0.2.1",
		"ip6=%g0",
		"my%ip=192.0.2.1",
		"my%00ip=192.0.2.1",
		"%&ip=",
		"myip[]=192.0.2.1",
		"myip%5b0%5D=192.0.2.1",
		"HostName[x]=a.example&myip=192.0.2.1",
	};
	struct dyndns_query q;
	size_t i;

	for (i = 0; i < 2 * N_ELEMENTS(rows); i++) {
		struct slice bad = slice_of(rows[i / 2]), none = {NULL, 0};
		const struct dyndns_body body = {.bytes = bad};
		int err = i % 2 ? dyndns_query_parse(none, &body, &q)
				: dyndns_query_parse(bad, NULL, &q);

		ck_assert_msg(err == ERR_INVAL, "row %zu '%s': %d", i / 2, rows[i / 2], err);
		/* Whoever forgets to look at r changes nothing either. */
		ck_assert_int_eq(q.address_kind, QUERY_ADDRESS_BAD);
	}
}
END_TEST

START_TEST(twenty_names_are_taken_and_one_more_is_too_many)
{
	char query[QUERY_PARAMS_MAX] = "hostname=h0.example", text[1024];
	size_t i, n = strlen(query);
	struct dyndns_query q;

	for (i = 1; i < QUERY_HOSTS_MAX; i++)
		n += (size_t)snprintf(query + n, sizeof(query) - n, ",h%zu.example", i);
	q = parse(query, "");
	ck_assert_int_eq(q.hosts_kind, QUERY_HOSTS_GIVEN);
	ck_assert_uint_eq(q.n_hosts, QUERY_HOSTS_MAX);
	ck_assert_str_eq(q.hosts[QUERY_HOSTS_MAX - 1].name.text, "h19.example");
	snprintf(query + n, sizeof(query) - n, ",");
	q = parse(query, "");
	ck_assert_uint_eq(q.n_hosts, QUERY_HOSTS_MAX);
	snprintf(query + n, sizeof(query) - n, ",x");
	q = parse(query, "");
	ck_assert_str_eq(hosts_text(&q, text, sizeof(text)), "too many");
}
END_TEST

START_TEST(the_limit_of_each_part_is_exact)
{
	char text[QUERY_PARAMS_MAX + 1];
	struct slice fits = {text, QUERY_PARAMS_MAX}, over = {text, QUERY_PARAMS_MAX + 1};
	const struct dyndns_body fits_body = {.bytes = fits}, over_body = {.bytes = over};
	struct slice none = {NULL, 0};
	struct dyndns_query q;

	memset(text, 'x', sizeof(text));
	memcpy(text, "hostname=", 9);
	ck_assert_int_eq(dyndns_query_parse(fits, NULL, &q), 0);
	ck_assert_int_eq(dyndns_query_parse(fits, &fits_body, &q), 0);
	ck_assert_int_eq(dyndns_query_parse(over, NULL, &q), ERR_LIMIT);
	ck_assert_int_eq(dyndns_query_parse(none, &over_body, &q), ERR_LIMIT);
}
END_TEST

static bool idn2_has_no_memory;
static size_t n_conversions;
int __real_idn2_lookup_u8(const uint8_t *src, uint8_t **ret, int flags);
int __wrap_idn2_lookup_u8(const uint8_t *src, uint8_t **ret, int flags);

int __wrap_idn2_lookup_u8(const uint8_t *src, uint8_t **ret, int flags)
{
	n_conversions++;
	return idn2_has_no_memory ? IDN2_MALLOC : __real_idn2_lookup_u8(src, ret, flags);
}

START_TEST(no_memory_is_not_taken_for_a_bad_name)
{
	struct slice query = slice_of("hostname=a.example,b%C3%BC.example&myip=192.0.2.1");
	struct dyndns_query q;
	int err;

	ck_assert_int_eq(dyndns_query_parse(query, NULL, &q), 0);
	idn2_has_no_memory = true;
	err = dyndns_query_read_names(&q);
	idn2_has_no_memory = false;
	ck_assert_int_eq(err, ERR_NOMEM);
	ck_assert_int_eq(dyndns_query_read_names(&q), 0);
	ck_assert_str_eq(q.hosts[1].name.text, "xn--b-eha.example");
}
END_TEST

START_TEST(names_are_converted_when_they_are_asked_for)
{
	char query[QUERY_PARAMS_MAX] = "hostname=a.example,any", text[1024];
	size_t i, n = strlen(query);
	struct dyndns_query q;

	for (i = 2; i < QUERY_HOSTS_MAX; i++)
		n += (size_t)snprintf(query + n, sizeof(query) - n, ",b%%C3%%BC%zu.example", i);
	memset(&q, 0xaa, sizeof(q));
	n_conversions = 0;
	ck_assert_int_eq(dyndns_query_parse(slice_of(query), NULL, &q), 0);
	ck_assert_uint_eq(n_conversions, 0);
	ck_assert_str_eq(q.hosts[0].name.text, "a.example");
	for (i = 1; i < QUERY_HOSTS_MAX; i++)
		ck_assert(!q.hosts[i].valid);
	ck_assert_int_eq(dyndns_query_read_names(&q), 0);
	ck_assert_uint_eq(n_conversions, QUERY_HOSTS_MAX - 2);
	ck_assert_int_eq(strncmp(hosts_text(&q, text, sizeof(text)), "a.example ! xn--b2-", 19), 0);
	ck_assert_str_eq(q.hosts[19].name.text, "xn--b19-hoa.example");
	ck_assert_int_eq(dyndns_query_read_names(&q), 0);
	ck_assert_uint_eq(n_conversions, QUERY_HOSTS_MAX - 2);
}
END_TEST

/* One more than twenty, or one without a dot, leaves nothing behind. */
START_TEST(of_names_that_do_not_count_none_is_converted)
{
	static const char one[] = "hostname=b%C3%BCcher";
	char query[QUERY_PARAMS_MAX] = "hostname=b%C3%BC.example";
	size_t i, n = strlen(query);
	struct dyndns_query q;

	for (i = 0; i < QUERY_HOSTS_MAX; i++)
		n += (size_t)snprintf(query + n, sizeof(query) - n, ",b%%C3%%BC.example");
	n_conversions = 0;
	q = parse(query, "");
	ck_assert_int_eq(q.hosts_kind, QUERY_HOSTS_TOO_MANY);
	q = parse(one, "");
	ck_assert_int_eq(q.hosts_kind, QUERY_HOSTS_ABSENT);
	ck_assert_uint_eq(n_conversions, 0);
}
END_TEST

/* A body of JSON need not escape what is not ASCII: no value is longer. */
START_TEST(the_longest_list_is_kept_whole)
{
	char list[QUERY_PARAMS_MAX + 1] = "{\"hostname\":\"a.example,";
	const struct dyndns_body body = {.type = slice_of("application/json"),
					 .bytes = {list, QUERY_PARAMS_MAX}};
	size_t n = strlen(list);
	struct dyndns_query q;

	for (; n + 2 < QUERY_PARAMS_MAX - 1; n += 2)
		memcpy(list + n, "\xc3\xbc", 2);
	while (n < QUERY_PARAMS_MAX - 2)
		list[n++] = 'x';
	memcpy(list + n, "\"}", 2);
	n_conversions = 0;
	ck_assert_int_eq(dyndns_query_parse((struct slice){NULL, 0}, &body, &q), 0);
	ck_assert_uint_eq(q.n_hosts, 2);
	ck_assert_uint_gt(q.hosts[1].utf8_len, QUERY_PARAMS_MAX - 30);
	ck_assert_int_eq(dyndns_query_read_names(&q), 0);
	ck_assert(!q.hosts[1].valid);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		host_names_are_found_in_every_parameter_that_clients_use,
		addresses_are_found_in_every_parameter_that_clients_use,
		only_yes_takes_a_host_off_line,
		prefixes_are_found_in_their_parameters_and_among_the_addresses,
		the_queries_of_real_clients_are_understood,
		the_form_body_is_read_after_the_query_and_wins,
		a_body_that_nobody_can_read_spoils_the_request,
		a_broken_escape_a_nul_or_an_index_is_refused_in_what_is_read,
		twenty_names_are_taken_and_one_more_is_too_many,
		the_limit_of_each_part_is_exact,
		no_memory_is_not_taken_for_a_bad_name,
		names_are_converted_when_they_are_asked_for,
		of_names_that_do_not_count_none_is_converted,
		the_longest_list_is_kept_whole,
	};

	return unit_run("query", tests, N_ELEMENTS(tests));
}
