/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/endpoints.h"

#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"
#include "engine/update_request.h"
#include "kit/unit.h"
#include "kit/values.h"

#define LOGIN "Basic cm91dGVyOlNlc2FtZQ==" /* router:Sesame */
#define FORM  "application/x-www-form-urlencoded"

static struct engine_request update;
static struct addr peer;
static struct outcome outcome;
static bool query_login;

static void run(enum endpoint e, enum method method, const char *query, const char *login,
		const char *type, const char *body)
{
	struct call call = {
		.method = method,
		.query = slice_of(query),
		.authorization = slice_of(login),
		.query_login = query_login,
		.body = {.type = slice_of(type), .bytes = slice_of(body)},
		.peer = &peer,
		.update = &update,
	};

	memset(&update, 0, sizeof(update));
	memset(&outcome, 0xee, sizeof(outcome));
	endpoint_run(e, &call, &outcome);
}

START_TEST(methods_are_words_in_capitals)
{
	static const struct {
		const char *name;
		enum method want;
	} rows[] = {
		{"GET", METHOD_GET},	{"HEAD", METHOD_HEAD}, {"POST", METHOD_POST},
		{"PUT", METHOD_PUT},	{"get", METHOD_OTHER}, {"DELETE", METHOD_OTHER},
		{"GETS", METHOD_OTHER}, {"", METHOD_OTHER},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++)
		ck_assert_msg(method_parse(rows[i].name) == rows[i].want, "%s", rows[i].name);
}
END_TEST

static const struct {
	enum endpoint endpoint;
	enum method method;
	enum fixed want;
} fixed_rows[] = {
	{ENDPOINT_NONE, METHOD_GET, FIXED_NOT_FOUND},
	{ENDPOINT_NONE, METHOD_OTHER, FIXED_NOT_FOUND},
	{ENDPOINT_CHECKIP, METHOD_POST, FIXED_METHOD},
	{ENDPOINT_MYIP, METHOD_PUT, FIXED_METHOD},
	{ENDPOINT_MYIP, METHOD_OTHER, FIXED_METHOD},
	{ENDPOINT_HEALTH, METHOD_GET, FIXED_OK},
	{ENDPOINT_HEALTH, METHOD_HEAD, FIXED_OK},
	{ENDPOINT_HEALTH, METHOD_POST, FIXED_METHOD},
};

START_TEST(each_endpoint_has_its_methods)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(fixed_rows); i++) {
		run(fixed_rows[i].endpoint, fixed_rows[i].method, "", "", "", "");
		ck_assert_msg(outcome.kind == OUTCOME_FIXED && outcome.fixed == fixed_rows[i].want,
			      "row %zu: %d %d", i, outcome.kind, outcome.fixed);
		ck_assert_ptr_null(outcome.why.reason);
	}
}
END_TEST

/* Byte for byte: clients search it with fixed patterns. */
START_TEST(the_address_of_the_client_is_told)
{
	static const struct {
		enum endpoint endpoint;
		enum method method;
		const char *addr, *type, *want;
	} rows[] = {
		{ENDPOINT_CHECKIP, METHOD_GET, "81.2.69.1", "text/html",
		 "<html><head><title>Current IP Check</title></head>"
		 "<body>Current IP Address: 81.2.69.1</body></html>\r\n"},
		{ENDPOINT_CHECKIP, METHOD_HEAD, "2001:db8:1111:2222:3333:4444:5555:6666",
		 "text/html",
		 "<html><head><title>Current IP Check</title></head><body>Current IP Address: "
		 "2001:db8:1111:2222:3333:4444:5555:6666</body></html>\r\n"},
		{ENDPOINT_MYIP, METHOD_GET, "81.2.69.1", "text/plain", "81.2.69.1"},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		peer = value_addr(rows[i].addr);
		run(rows[i].endpoint, rows[i].method, "", "", "", "");
		ck_assert_int_eq(outcome.kind, OUTCOME_TEXT);
		ck_assert_str_eq(outcome.type, rows[i].type);
		ck_assert_msg(strcmp(outcome.text, rows[i].want) == 0, "row %zu: %s", i,
			      outcome.text);
	}
}
END_TEST

START_TEST(an_address_that_is_not_known_is_not_told)
{
	peer = (struct addr){.family = ADDR_NONE};
	run(ENDPOINT_CHECKIP, METHOD_GET, "", "", "", "");
	ck_assert(outcome.kind == OUTCOME_FIXED && outcome.fixed == FIXED_NO_ADDRESS);
	run(ENDPOINT_MYIP, METHOD_HEAD, "", "", "", "");
	ck_assert(outcome.kind == OUTCOME_FIXED && outcome.fixed == FIXED_NO_ADDRESS);
	run(ENDPOINT_MYIP, METHOD_POST, "", "", "", "");
	ck_assert(outcome.kind == OUTCOME_FIXED && outcome.fixed == FIXED_METHOD);
	run(ENDPOINT_HEALTH, METHOD_GET, "", "", "", "");
	ck_assert(outcome.kind == OUTCOME_FIXED && outcome.fixed == FIXED_OK);
}
END_TEST

static const struct {
	enum method method;
	const char *query, *login, *type, *body;
	enum outcome_kind kind;
	enum fixed fixed;
	const char *reason; /* NULL: none */
} update_rows[] = {
	{METHOD_GET, "hostname=a.example", LOGIN, "", "", OUTCOME_UPDATE, 0, NULL},
	{METHOD_GET, "", LOGIN, "", "", OUTCOME_UPDATE, 0, NULL},
	{METHOD_HEAD, "hostname=a.example", LOGIN, "", "", OUTCOME_FIXED, FIXED_BADAGENT,
	 "the method is none of GET, POST and PUT"},
	{METHOD_OTHER, "hostname=a.example", LOGIN, "", "", OUTCOME_FIXED, FIXED_BADAGENT,
	 "the method is none of GET, POST and PUT"},
	{METHOD_GET, "hostname=%zz", LOGIN, "", "", OUTCOME_FIXED, FIXED_BAD_REQUEST,
	 "a parameter cannot be read"},
	{METHOD_POST, "", LOGIN, FORM, "hostname=%zz", OUTCOME_FIXED, FIXED_BAD_REQUEST,
	 "a parameter cannot be read"},
	{METHOD_POST, "myip=81.2.69.1", LOGIN, "text/plain", "x", OUTCOME_FIXED, FIXED_MEDIA_TYPE,
	 "the body is no form and no flat JSON object"},
	/* A client without a login learns nothing of the query. */
	{METHOD_GET, "hostname=%zz", "", "", "", OUTCOME_FIXED, FIXED_BADAUTH, ""},
};

START_TEST(an_update_is_read_or_refused)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(update_rows); i++) {
		const char *reason = update_rows[i].reason;

		run(ENDPOINT_UPDATE, update_rows[i].method, update_rows[i].query,
		    update_rows[i].login, update_rows[i].type, update_rows[i].body);
		ck_assert_msg(outcome.kind == update_rows[i].kind, "row %zu: %d", i, outcome.kind);
		if (outcome.kind == OUTCOME_FIXED)
			ck_assert_msg(outcome.fixed == update_rows[i].fixed, "row %zu: %d", i,
				      outcome.fixed);
		ck_assert_msg((outcome.why.reason != NULL) == (reason != NULL), "row %zu", i);
		if (reason != NULL && *reason != '\0')
			ck_assert_msg(strcmp(outcome.why.reason, reason) == 0, "row %zu: %s", i,
				      outcome.why.reason);
		if (outcome.kind == OUTCOME_UPDATE)
			ck_assert_str_eq(update.credentials.user, "router");
	}
	/* A query that is refused is logged with its login. */
	run(ENDPOINT_UPDATE, METHOD_GET, "hostname=%zz", LOGIN, "", "");
	ck_assert_uint_eq(outcome.why.user_len, 6);
	ck_assert_int_eq(memcmp(outcome.why.user, "router", 6), 0);
}
END_TEST

/* With query_login and without it. */
static const struct {
	const char *query, *login;
	const char *reason, *off; /* why not, where it is and where it is not */
} query_login_rows[] = {
	{"user=router&pass=Sesame", "", NULL,
	 "a login in the query is not taken on this listener: query-credentials"},
	{"user=router&pass=Sesame", "Basic Og==", NULL, "the login is empty"},
	{"user=router&pass=Sesame", "Bearer x", NULL,
	 "the Authorization is not of the Basic scheme"},
	{"user=eve&pass=x", LOGIN, NULL, NULL},
	{"user=router&pass=%zz", LOGIN, NULL, NULL},
	{"user=router", "", "the query has a login and no password",
	 "a login in the query is not taken on this listener: query-credentials"},
	{"hostname=a.example", "", "no Authorization header", "no Authorization header"},
};

START_TEST(a_login_in_the_query_counts_where_it_may_and_the_header_has_none)
{
	size_t i, on;

	for (i = 0; i < N_ELEMENTS(query_login_rows); i++)
		for (on = 0; on < 2; on++) {
			const char *reason =
				on ? query_login_rows[i].reason : query_login_rows[i].off;

			query_login = on;
			run(ENDPOINT_UPDATE, METHOD_GET, query_login_rows[i].query,
			    query_login_rows[i].login, "", "");
			ck_assert_msg(outcome.kind ==
					      (reason == NULL ? OUTCOME_UPDATE : OUTCOME_FIXED),
				      "row %zu", i);
			if (reason == NULL)
				ck_assert_str_eq(update.credentials.user, "router");
			else
				ck_assert_str_eq(outcome.why.reason, reason);
			ck_assert(reason == NULL || outcome.fixed == FIXED_BADAUTH);
		}
	query_login = false;
}
END_TEST

START_TEST(a_body_is_read_whatever_the_method)
{
	static const struct {
		enum method method;
		const char *type;
		bool is_read;
	} rows[] = {
		{METHOD_POST, FORM, true},	    {METHOD_PUT, FORM, true},
		{METHOD_GET, FORM, true},	    {METHOD_POST, "", true},
		{METHOD_POST, "text/plain", false}, {METHOD_GET, "text/plain", false},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		run(ENDPOINT_UPDATE, rows[i].method, "", LOGIN, rows[i].type, "hostname=a.example");
		ck_assert_msg(outcome.kind == (rows[i].is_read ? OUTCOME_UPDATE : OUTCOME_FIXED),
			      "row %zu", i);
		ck_assert_msg(update.query.n_hosts == (rows[i].is_read ? 1 : 0), "row %zu", i);
		if (!rows[i].is_read)
			ck_assert_int_eq(outcome.fixed, FIXED_MEDIA_TYPE);
	}
}
END_TEST

START_TEST(a_query_has_its_maximum)
{
	char *query = malloc(QUERY_PARAMS_MAX + 2);

	ck_assert_ptr_nonnull(query);
	memset(query, '&', QUERY_PARAMS_MAX + 1);
	query[QUERY_PARAMS_MAX + 1] = '\0';
	run(ENDPOINT_UPDATE, METHOD_GET, query, LOGIN, "", "");
	ck_assert(outcome.kind == OUTCOME_FIXED && outcome.fixed == FIXED_BAD_REQUEST);
	ck_assert_str_eq(outcome.why.reason, "the parameters are too long");
	query[QUERY_PARAMS_MAX] = '\0';
	run(ENDPOINT_UPDATE, METHOD_GET, query, LOGIN, "", "");
	ck_assert_int_eq(outcome.kind, OUTCOME_UPDATE);
	free(query);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		methods_are_words_in_capitals,
		each_endpoint_has_its_methods,
		the_address_of_the_client_is_told,
		an_address_that_is_not_known_is_not_told,
		an_update_is_read_or_refused,
		a_body_is_read_whatever_the_method,
		a_login_in_the_query_counts_where_it_may_and_the_header_has_none,
		a_query_has_its_maximum,
	};

	return unit_run("endpoints", tests, N_ELEMENTS(tests));
}
