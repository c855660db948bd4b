/* SPDX-License-Identifier: BSD-2-Clause */
#include "dyndns/params.h"

#include <string.h>

#include "base/err.h"
#include "kit/unit.h"

static struct query_params params;

/* Which one has the value; PARAMS_KNOWN: none. */
static size_t find_value(const char *value)
{
	size_t i;

	for (i = 0; i < PARAMS_KNOWN; i++)
		if (slice_eq(params.at[i], value))
			break;
	return i;
}

static size_t count_values(void)
{
	size_t i, n = 0;

	for (i = 0; i < PARAMS_KNOWN; i++)
		n += params.at[i].len > 0;
	return n;
}

START_TEST(each_known_name_is_found_in_any_case_and_has_its_role)
{
	static const struct {
		const char *name;
		enum param_role role;
	} rows[] = {
		{"hostname", PARAM_HOSTS},	{"host", PARAM_HOSTS},
		{"domain", PARAM_HOSTS},	{"host_id", PARAM_HOSTS},
		{"HostName", PARAM_HOSTS},	{"HOST_ID", PARAM_HOSTS},
		{"myip", PARAM_ADDRESS},	{"myip2", PARAM_ADDRESS},
		{"ip", PARAM_ADDRESS},		{"MyIP", PARAM_ADDRESS},
		{"myipv4", PARAM_ADDRESS_V4},	{"ipv4", PARAM_ADDRESS_V4},
		{"myip4", PARAM_ADDRESS_V4},	{"ip4", PARAM_ADDRESS_V4},
		{"myipv6", PARAM_ADDRESS_V6},	{"myip6", PARAM_ADDRESS_V6},
		{"ipv6", PARAM_ADDRESS_V6},	{"IP6", PARAM_ADDRESS_V6},
		{"ip6lanprefix", PARAM_PREFIX}, {"IPv6Prefix", PARAM_PREFIX},
		{"offline", PARAM_OFFLINE},	{"OffLine", PARAM_OFFLINE},
	};
	size_t i, at;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		params_init(&params, PARAMS_OF_UPDATE);
		ck_assert(params_knows(&params, slice_of(rows[i].name)));
		ck_assert_int_eq(params_add(&params, slice_of(rows[i].name), slice_of("x+%41")), 0);
		at = find_value("x+%41");
		ck_assert_msg(at < PARAMS_KNOWN, "row %zu", i);
		ck_assert_msg(params_role(at) == rows[i].role, "row %zu", i);
		ck_assert(params_has(&params, at) && !params_has(&params, (at + 1) % PARAMS_KNOWN));
		ck_assert_int_eq(params_add(&params, slice_of(rows[i].name), slice_of("")), 0);
		ck_assert(params_has(&params, at) && params.at[at].len == 0);
	}
	ck_assert(!params_knows(&params, slice_of("hostnames")));
	ck_assert(!params_knows(&params, slice_of("")));
	params_init(&params, PARAMS_OF_UPDATE);
	ck_assert_int_eq(params_add(&params, slice_of("hostnames"), slice_of("x")), 0);
	ck_assert_uint_eq(count_values(), 0);
}
END_TEST

/* Of the two parameters of the request, which values are kept. */
START_TEST(a_separator_may_be_written_as_html_has_it_or_twice)
{
	static const struct {
		const char *form, *host, *myip;
	} rows[] = {
		{"hostname=a.b&myip=1", "a.b", "1"},
		{"hostname=a.b&amp;myip=1", "a.b", "1"},
		{"hostname=a.b&AMP;myip=1", "a.b", "1"},
		{"hostname=a.b&amp;amp;myip=1", "a.b", "1"},
		{"hostname=a.b&#38;myip=1", "a.b", "1"},
		{"hostname=a.b&#X26;myip=1", "a.b", "1"},
		{"amp;hostname=a.b&amp;&amp;myip=1&amp;", "a.b", "1"},
		{"HostName=a.b&MYIP=1", "a.b", "1"},
		{"?hostname=a.b&?myip=1", "a.b", "1"},
		/* The rest of "&amp;", encoded; and what was meant to separate. */
		{"hostname=a.b&amp%3Bmyip=1", "a.b", "1"},
		{"hostname=a.b&%26myip=1", "a.b", "1"},
		{"hostname=a.b&%3fmyip=1", "a.b", "1"},
		/* Encoded as a whole, or each by itself; a value is then decoded twice. */
		{"hostname%3da.b%26myip%3D1", "a.b", "1"},
		{"hostname%3da.b&myip%3D1", "a.b", "1"},
		{"hostname%3Da.b&myip=1", "a.b", "1"},
		{"hostname%3da%252eb%26myip%3d1%2526", "a.b", "1&"},
		{"%3fhostname%3da.b%26amp%3bmyip%3d1&x", "a.b", "1"},
		{"hostname%253da.b&myip=1&hostname=a.b", "a.b", "1"},
		{"x=hostname%3dc.d&myip=1&hostname=a.b", "a.b", "1"},
		{"hostname=a.b?myip=1", "a.b?myip=1", ""},
		{"myip=1&MyIp=2&hostname=a.b", "a.b", "2"},
		{"hostname=a.b&ampmyip=1", "a.b", ""},
		{"hostname=a.b%26amp;myip=1", "a.b&amp;myip=1", ""},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		params_init(&params, PARAMS_OF_UPDATE);
		ck_assert_int_eq(params_add_form(&params, slice_of(rows[i].form)), 0);
		ck_assert_msg(find_value(rows[i].host) < PARAMS_KNOWN, "row %zu", i);
		ck_assert_msg(rows[i].myip[0] == '\0' ? count_values() == 1
						      : find_value(rows[i].myip) < PARAMS_KNOWN,
			      "row %zu", i);
	}
}
END_TEST

START_TEST(a_nul_is_refused_in_a_name_and_in_what_is_known)
{
	static const struct slice nul = {"a\0b", 3}, name = {"my\0ip", 5};

	params_init(&params, PARAMS_OF_UPDATE);
	ck_assert_int_eq(params_add(&params, slice_of("myip"), nul), ERR_INVAL);
	ck_assert_int_eq(params_add(&params, slice_of("colour"), nul), 0);
	ck_assert_int_eq(params_add(&params, name, slice_of("a")), ERR_INVAL);
	ck_assert_int_eq(params_add_form(&params, slice_of("myip=a%00")), ERR_INVAL);
	ck_assert_int_eq(params_add_form(&params, slice_of("colour=a%00")), 0);
	ck_assert_uint_eq(count_values(), 0);
}
END_TEST

START_TEST(query_and_body_fit_and_no_byte_more)
{
	char text[QUERY_PARAMS_MAX + 1];
	struct slice most = {text, QUERY_PARAMS_MAX}, over = {text, QUERY_PARAMS_MAX + 1};

	memset(text, 'x', sizeof(text));
	params_init(&params, PARAMS_OF_UPDATE);
	ck_assert_int_eq(params_add(&params, slice_of("ip"), most), 0);
	ck_assert_int_eq(params_add(&params, slice_of("myip"), most), 0);
	ck_assert_int_eq(params_add(&params, slice_of("ip6"), slice_of("")), 0);
	ck_assert_int_eq(params_add(&params, slice_of("ip6"), slice_of("x")), ERR_LIMIT);
	ck_assert_int_eq(params_add_form(&params, slice_of("ip6=x")), ERR_LIMIT);
	ck_assert_int_eq(params_add_form(&params, over), ERR_LIMIT);
	ck_assert_uint_eq(count_values(), 2);
}
END_TEST

START_TEST(a_login_is_a_set_of_its_own)
{
	static const char form[] = "hostname=%zz&pass=x%26&%zz=1&pass[]=y&username=bob";

	params_init(&params, PARAMS_OF_UPDATE);
	ck_assert(!params_knows(&params, slice_of("pass")));
	params_init(&params, PARAMS_OF_LOGIN);
	ck_assert(params_knows(&params, slice_of("PASS")) &&
		  !params_knows(&params, slice_of("hostname")));
	ck_assert_int_eq(params_add_form(&params, slice_of(form)), 0);
	ck_assert_uint_eq(count_values(), 2);
	ck_assert_uint_eq(find_value("bob"), PARAM_USER);
	ck_assert_uint_eq(find_value("x&"), PARAM_PASSWORD + 1);
	params_wipe(&params);
	ck_assert_uint_eq(count_values(), 0);
	ck_assert_ptr_null(memmem(params.text, sizeof(params.text), "x&", 2));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		each_known_name_is_found_in_any_case_and_has_its_role,
		a_separator_may_be_written_as_html_has_it_or_twice,
		a_nul_is_refused_in_a_name_and_in_what_is_known,
		query_and_body_fit_and_no_byte_more,
		a_login_is_a_set_of_its_own,
	};

	return unit_run("params", tests, N_ELEMENTS(tests));
}
