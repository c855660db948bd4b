/* SPDX-License-Identifier: BSD-2-Clause
 * Who learns what of an answered update. */
#include "engine/update_learn.h"

#include <string.h>

#include "base/clock.h"
#include "dyndns/reply.h"
#include "engine/agents.h"
#include "engine/news.h"
#include "engine/seen.h"
#include "engine/update_request.h"
#include "kit/said.h"
#include "kit/unit.h"
#include "kit/values.h"

static struct agents *agents;
static struct seen *seen;

static void on_accepted(void *arg, const struct fqdn *name)
{
	(void)arg;
	note(name->text);
}

static void on_logins_refused(void *arg, const char *user, const struct addr *client)
{
	(void)arg;
	ck_assert(addr_is_set(client));
	note("logins");
	note(user);
}

static const struct engine_news news = {.accepted = on_accepted,
					.logins_refused = on_logins_refused};

static struct learners open_learners(const struct engine_news *n)
{
	ck_assert_int_eq(agents_new(&agents), 0);
	ck_assert_int_eq(seen_new(10, 1, &seen), 0);
	said[0] = '\0';
	return (struct learners){agents, seen, n};
}

static void close_learners(void)
{
	agents_free(agents);
	seen_free(seen);
}

static struct engine_request request(void)
{
	struct engine_request r = {.peer = value_addr("192.0.2.9"), .agent = slice_of("router/1")};

	strcpy(r.credentials.user, "router");
	r.query.hosts_kind = QUERY_HOSTS_GIVEN;
	r.query.n_hosts = 4;
	r.query.hosts[0].valid = r.query.hosts[1].valid = r.query.hosts[2].valid = true;
	r.query.hosts[0].name = value_name("a.example.com");
	r.query.hosts[1].name = value_name("b.example.com");
	r.query.hosts[2].name = value_name("c.example.com");
	return r;
}

START_TEST(hosts_that_were_accepted_are_told_and_noted)
{
	struct learners l = open_learners(&news);
	const struct fqdn nobody = {.len = 0}, only = value_name("only.example.com");
	struct engine_request r = request();
	struct dyndns_answer answer = {.n_lines = 4};
	struct seen_host first;

	answer.lines[0].code = DYNDNS_NOCHG;
	answer.lines[1].code = DYNDNS_911;
	answer.lines[2].code = DYNDNS_GOOD;
	answer.lines[3].code = DYNDNS_NOTFQDN;
	update_learn(&l, "router", 0, &r, &nobody, &answer);
	expect_said("a.example.com c.example.com");
	ck_assert_uint_eq(seen_count(seen), 2);
	seen_at(seen, 0, &first);
	ck_assert(first.time_s > 0 && first.time_s <= clock_wall_s());
	answer.n_lines = 1;
	update_learn(&l, "router", 0, &r, &only, &answer);
	expect_said("only.example.com");
	close_learners();
}
END_TEST

START_TEST(a_login_that_is_braked_is_told_and_a_change_is_not)
{
	struct learners l = open_learners(&news);
	struct engine_request r = request();

	update_learn_braked(&l, &r, NULL);
	update_learn_braked(&l, &r, "changes");
	expect_said("");
	update_learn_braked(&l, &r, "login");
	expect_said("logins router");
	update_learn_braked(&l, &r, "client");
	expect_said("logins router");
	close_learners();
}
END_TEST

START_TEST(where_nobody_is_told_it_is_noted_all_the_same)
{
	struct learners l = open_learners(NULL);
	const struct fqdn nobody = {.len = 0};
	struct engine_request r = request();
	struct dyndns_answer answer = {.n_lines = 1};

	answer.lines[0].code = DYNDNS_GOOD;
	update_learn(&l, "router", 0, &r, &nobody, &answer);
	update_learn_braked(&l, &r, "login");
	ck_assert_uint_eq(seen_count(seen), 1);
	expect_said("");
	close_learners();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		hosts_that_were_accepted_are_told_and_noted,
		a_login_that_is_braked_is_told_and_a_change_is_not,
		where_nobody_is_told_it_is_noted_all_the_same,
	};

	return unit_run("update_learn", tests, N_ELEMENTS(tests));
}
