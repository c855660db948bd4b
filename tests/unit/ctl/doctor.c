/* SPDX-License-Identifier: BSD-2-Clause
 * What mooringctl doctor makes of what it finds: permissions, policies, resolvers, delegations. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "aws/endpoint.h"
#include "ctl/delegation.h"
#include "ctl/permission.h"
#include "ctl/policy.h"
#include "ctl/resolver.h"
#include "kit/unit.h"

/* ---- permissions ---- */

static const struct {
	enum permission p;
	int err;
	const char *code;
	enum permission_answer want;
} permission_rows[] = {
	{PERMISSION_GET_ITEM, 0, "", PERMISSION_GIVEN},
	{PERMISSION_GET_ITEM, ERR_DENIED, "AccessDeniedException", PERMISSION_MISSING},
	{PERMISSION_GET_ITEM, ERR_NOTFOUND, "ResourceNotFoundException", PERMISSION_UNKNOWN},
	{PERMISSION_GET_ITEM, ERR_REFUSED, "ValidationException", PERMISSION_UNKNOWN},
	{PERMISSION_SCAN, 0, "", PERMISSION_GIVEN},
	{PERMISSION_SCAN, ERR_THROTTLED, "ThrottlingException", PERMISSION_UNKNOWN},
	{PERMISSION_UPDATE_ITEM, ERR_CONFLICT, "ConditionalCheckFailedException", PERMISSION_GIVEN},
	{PERMISSION_UPDATE_ITEM, ERR_DENIED, "AccessDeniedException", PERMISSION_MISSING},
	{PERMISSION_UPDATE_ITEM, ERR_REFUSED, "ValidationException", PERMISSION_UNKNOWN},
	{PERMISSION_PUT_ITEM, ERR_CONFLICT, "ConditionalCheckFailedException", PERMISSION_GIVEN},
	{PERMISSION_DELETE_ITEM, ERR_CONFLICT, "ConditionalCheckFailedException", PERMISSION_GIVEN},
	{PERMISSION_CHANGE, ERR_REFUSED, "InvalidChangeBatch", PERMISSION_GIVEN},
	{PERMISSION_CHANGE, ERR_REFUSED, "InvalidInput", PERMISSION_UNKNOWN},
	{PERMISSION_CHANGE, ERR_DENIED, "AccessDenied", PERMISSION_MISSING},
	{PERMISSION_CHANGE, ERR_NOTFOUND, "NoSuchHostedZone", PERMISSION_UNKNOWN},
	{PERMISSION_CHANGE, ERR_THROTTLED, "PriorRequestNotComplete", PERMISSION_UNKNOWN},
	{PERMISSION_GET_ZONE, ERR_DENIED, "AccessDenied", PERMISSION_MISSING},
	{PERMISSION_LIST, 0, "", PERMISSION_GIVEN},
	{PERMISSION_GET_CHANGE, ERR_NOTFOUND, "NoSuchChange", PERMISSION_GIVEN},
	{PERMISSION_GET_CHANGE, ERR_NOTFOUND, "NoSuchHostedZone", PERMISSION_UNKNOWN},
	{PERMISSION_GET_CHANGE, ERR_UNAVAILABLE, "", PERMISSION_UNKNOWN},
};

START_TEST(a_permission_is_proven_by_the_right_refusal)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(permission_rows); i++)
		ck_assert_msg(permission_judge(permission_rows[i].p, permission_rows[i].err,
					       permission_rows[i].code) == permission_rows[i].want,
			      "row %zu", i);
}
END_TEST

/* The policy of the serverless stack. */
START_TEST(two_permissions_are_required)
{
	size_t p, n = 0;

	for (p = 0; p < PERMISSIONS; p++) {
		const struct permission_info *info = permission_info((enum permission)p);

		ck_assert_ptr_nonnull(strchr(info->action, ':'));
		ck_assert_ptr_nonnull(info->lost);
		n += info->is_required;
	}
	ck_assert_uint_eq(n, 2);
	ck_assert(permission_info(PERMISSION_GET_ITEM)->is_required);
	ck_assert(permission_info(PERMISSION_CHANGE)->is_required);
}
END_TEST

START_TEST(a_refusal_that_needs_an_identity_proves_the_signature)
{
	static const int yes[] = {0, ERR_DENIED, ERR_NOTFOUND, ERR_CONFLICT, ERR_REFUSED};
	static const int no[] = {ERR_UNAVAILABLE, ERR_TIMEOUT, ERR_PROTOCOL, ERR_THROTTLED,
				 ERR_NOMEM};
	size_t i;

	for (i = 0; i < N_ELEMENTS(yes); i++)
		ck_assert_msg(permission_is_signed_in(yes[i]), "%d", yes[i]);
	for (i = 0; i < N_ELEMENTS(no); i++)
		ck_assert_msg(!permission_is_signed_in(no[i]), "%d", no[i]);
}
END_TEST

/* ---- policies ---- */

START_TEST(a_policy_has_one_statement_for_each_resource)
{
	json_t *policy = policy_new();
	char *text;

	ck_assert(policy_is_empty(policy));
	policy_allow(policy, "dynamodb:Scan", "arn:t");
	policy_allow(policy, "route53:GetHostedZone", "arn:z");
	policy_allow(policy, "dynamodb:PutItem", "arn:t");
	policy_allow(policy, "dynamodb:Scan", "arn:t");
	ck_assert(!policy_is_empty(policy));
	text = json_dumps(policy, JSON_COMPACT | JSON_PRESERVE_ORDER);
	ck_assert_str_eq(
		text, "{\"Version\":\"2012-10-17\",\"Statement\":["
		      "{\"Effect\":\"Allow\",\"Action\":[\"dynamodb:Scan\",\"dynamodb:PutItem\"],"
		      "\"Resource\":\"arn:t\"},"
		      "{\"Effect\":\"Allow\",\"Action\":[\"route53:GetHostedZone\"],"
		      "\"Resource\":\"arn:z\"}]}");
	free(text);
	json_decref(policy);
	ck_assert(policy_is_empty(NULL));
}
END_TEST

static const struct {
	const char *region;
	const char *account;
	const char *want;
} arn_rows[] = {
	{"eu-west-1", "123456789012", "arn:aws:dynamodb:eu-west-1:123456789012:table/t"},
	{"cn-north-1", "123456789012", "arn:aws-cn:dynamodb:cn-north-1:123456789012:table/t"},
	{"us-gov-west-1", "1", "arn:aws-us-gov:dynamodb:us-gov-west-1:1:table/t"},
	{"us-iso-east-1", "1", "arn:aws-iso:dynamodb:us-iso-east-1:1:table/t"},
	{"us-isob-east-1", "1", "arn:aws-iso-b:dynamodb:us-isob-east-1:1:table/t"},
	{"us-isof-south-1", "1", "arn:aws-iso-f:dynamodb:us-isof-south-1:1:table/t"},
	{"eu-isoe-west-1", "1", "arn:aws-iso-e:dynamodb:eu-isoe-west-1:1:table/t"},
	{"eusc-de-east-1", "1", "arn:aws-eusc:dynamodb:eusc-de-east-1:1:table/t"},
	{"", "", "arn:aws:dynamodb:*:*:table/t"},
};

START_TEST(arns_name_partition_region_and_account)
{
	char arn[POLICY_ARN_SIZE];
	size_t i;

	for (i = 0; i < N_ELEMENTS(arn_rows); i++) {
		policy_table_arn(arn, aws_partition_name(slice_of(arn_rows[i].region)),
				 arn_rows[i].region, arn_rows[i].account, "t");
		ck_assert_msg(strcmp(arn, arn_rows[i].want) == 0, "row %zu: %s", i, arn);
	}
	policy_zone_arn(arn, "aws-cn", "/hostedzone/Z1");
	ck_assert_str_eq(arn, "arn:aws-cn:route53:::hostedzone/Z1");
	policy_zone_arn(arn, "", "Z1");
	ck_assert_str_eq(arn, "arn:aws:route53:::hostedzone/Z1");
	policy_changes_arn(arn, "aws-us-gov");
	ck_assert_str_eq(arn, "arn:aws-us-gov:route53:::change/*");
}
END_TEST

/* ---- resolvers ---- */

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

/* ---- delegation ---- */

static struct names names_of(const char *text)
{
	struct names names = {.n = 0};
	struct slice rest = slice_of(text), head;

	while (rest.len > 0) {
		(void)slice_cut(rest, ' ', &head, &rest);
		ck_assert_int_eq(fqdn_parse(head, &names.at[names.n++]), 0);
	}
	return names;
}

static const struct {
	const char *wanted;
	const char *found;
	int err;
	unsigned rcode;
	enum report_result want;
	const char *want_text;
} delegation_rows[] = {
	{"a.x b.x", "b.x a.x", 0, DNS_RCODE_OK, REPORT_OK, "delegated to b.x, a.x"},
	{"a.x b.x", "a.x", 0, DNS_RCODE_OK, REPORT_WARN, "delegated to a.x; missing: b.x"},
	{"a.x", "a.x c.x", 0, DNS_RCODE_OK, REPORT_WARN,
	 "delegated to a.x, c.x; not the zone's: c.x"},
	{"a.x b.x", "a.x c.x", 0, DNS_RCODE_OK, REPORT_WARN,
	 "delegated to a.x, c.x; missing: b.x; not the zone's: c.x"},
	{"a.x b.x", "c.x", 0, DNS_RCODE_OK, REPORT_FAIL,
	 "delegated to c.x, none of which is the zone's: a.x, b.x"},
	{"", "c.x", 0, DNS_RCODE_OK, REPORT_WARN,
	 "delegated to c.x; whether these are the zone's is not known"},
	{"a.x b.x", "", 0, DNS_RCODE_OK, REPORT_FAIL,
	 "not delegated: nobody names its name servers; the parent zone needs NS records for it: "
	 "a.x, b.x"},
	{"", "", 0, DNS_RCODE_NXDOMAIN, REPORT_FAIL,
	 "not delegated: nobody names its name servers"},
	{"a.x", "", 0, DNS_RCODE_SERVFAIL, REPORT_FAIL,
	 "a resolver answers SERVFAIL: most likely the parent zone names servers that do not serve "
	 "it; the parent zone needs NS records for it: a.x"},
	{"a.x", "", ERR_TIMEOUT, 0, REPORT_WARN, "not known: no resolver answers (no reply)"},
};

static const char lab[] = " (no failure: allow-special-addresses makes it a lab)";

START_TEST(a_delegation_is_compared_with_the_zone)
{
	char want[1024];
	size_t i;
	int is_lab;

	for (i = 0; i < 2 * N_ELEMENTS(delegation_rows); i++) {
		size_t row = i / 2;
		struct names wanted = names_of(delegation_rows[row].wanted);
		struct names found = names_of(delegation_rows[row].found);
		struct delegation d = {.wanted = &wanted,
				       .found = &found,
				       .err = delegation_rows[row].err,
				       .why = "no reply",
				       .rcode = delegation_rows[row].rcode};
		enum report_result want_result = delegation_rows[row].want, result;
		struct buf detail;

		is_lab = i % 2 == 1 && want_result == REPORT_FAIL;
		d.is_lab = i % 2 == 1;
		snprintf(want, sizeof(want), "%s%s", delegation_rows[row].want_text,
			 is_lab ? lab : "");
		buf_init(&detail, REPORT_DETAIL_MAX);
		result = delegation_judge(&d, &detail);
		ck_assert_msg(result == (is_lab ? REPORT_WARN : want_result) &&
				      strcmp(buf_str(&detail), want) == 0,
			      "row %zu: %d %s", row, (int)result, buf_str(&detail));
		buf_fini(&detail);
	}
}
END_TEST

static const struct {
	unsigned n[SERVER_GOOD + 1]; /* unknown, silent, lame, good */
	bool is_lab;
	bool is_builtin;
	enum report_result want;
	const char *want_text;
} server_rows[] = {
	{{0, 0, 0, 4}, false, false, REPORT_OK, "4 of 4 answer with authority"},
	{{0, 1, 0, 3}, false, false, REPORT_WARN, "3 of 4 answer with authority; bad"},
	{{0, 0, 1, 3}, false, false, REPORT_WARN, "3 of 4 answer with authority; bad"},
	{{1, 0, 0, 1}, false, true, REPORT_WARN, "1 of 2 answer with authority; bad"},
	{{0, 0, 4, 0}, false, false, REPORT_FAIL, "0 of 4 answer with authority; bad"},
	{{0, 3, 1, 0}, false, false, REPORT_FAIL, "0 of 4 answer with authority; bad"},
	{{4, 0, 0, 0}, false, false, REPORT_FAIL, "0 of 4 answer with authority; bad"},
	{{0, 4, 0, 0},
	 false,
	 false,
	 REPORT_WARN,
	 "0 of 4 answer with authority; bad; a firewall may block port 53 from here"},
	{{0, 1, 0, 0},
	 false,
	 true,
	 REPORT_FAIL,
	 "0 of 1 answer with authority; bad; is mooringd running, and port 53 open?"},
	{{0, 1, 0, 0},
	 true,
	 true,
	 REPORT_WARN,
	 "0 of 1 answer with authority; bad; is mooringd running, and port 53 open?"},
	{{0, 0, 4, 0}, true, false, REPORT_WARN, "0 of 4 answer with authority; bad"},
};

START_TEST(name_servers_are_counted)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(server_rows); i++) {
		struct servers s = {.first_bad = "bad",
				    .is_lab = server_rows[i].is_lab,
				    .is_builtin = server_rows[i].is_builtin};
		enum report_result result;
		struct buf detail;

		memcpy(s.n, server_rows[i].n, sizeof(s.n));
		buf_init(&detail, REPORT_DETAIL_MAX);
		result = servers_judge(&s, &detail);
		ck_assert_msg(result == server_rows[i].want &&
				      strcmp(buf_str(&detail), server_rows[i].want_text) == 0,
			      "row %zu: %d %s", i, (int)result, buf_str(&detail));
		buf_fini(&detail);
	}
}
END_TEST

START_TEST(authority_is_a_soa_with_its_flag)
{
	struct dns_reply good = {.is_authoritative = true, .has_soa = true}, r;

	ck_assert_int_eq(server_judge(&good), SERVER_GOOD);
	r = good;
	r.is_authoritative = false;
	ck_assert_int_eq(server_judge(&r), SERVER_LAME);
	r = good;
	r.has_soa = false;
	ck_assert_int_eq(server_judge(&r), SERVER_LAME);
	r = good;
	r.rcode = DNS_RCODE_REFUSED;
	ck_assert_int_eq(server_judge(&r), SERVER_LAME);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_permission_is_proven_by_the_right_refusal,
		two_permissions_are_required,
		a_refusal_that_needs_an_identity_proves_the_signature,
		a_policy_has_one_statement_for_each_resource,
		arns_name_partition_region_and_account,
		resolvers_are_addresses_with_or_without_a_port,
		the_system_names_its_resolvers,
		a_delegation_is_compared_with_the_zone,
		name_servers_are_counted,
		authority_is_a_soa_with_its_flag,
	};

	return unit_run("doctor", tests, N_ELEMENTS(tests));
}
