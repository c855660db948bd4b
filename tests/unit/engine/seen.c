/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/seen.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/metric.h"
#include "dyndns/reply.h"
#include "engine/update_request.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"
#include "kit/values.h"
#include "net/pseudonym.h"
#include "store/store.h"

enum { SEED = 7, MAX = 100, NOW = 1800000000 };

static struct seen *seen;
static size_t fails_at; /* which allocation of the next update fails; 0: none */

static void open_seen(size_t max)
{
	ck_assert_int_eq(seen_new(max, SEED, &seen), 0);
}

/* The hosts of one request, with their answers: "name=word name=word". */
static void update(const char *user, const char *lines, const char *agent, int64_t now_s)
{
	static struct engine_request r;
	struct dyndns_answer answer = {.n_lines = 0};
	const struct fqdn nobody = {.len = 0};
	char copy[256], *save = NULL, *word;
	enum dyndns_code code;

	r = (struct engine_request){.peer = value_addr("81.2.69.99"), .agent = slice_of(agent)};
	snprintf(copy, sizeof(copy), "%s", lines);
	for (word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		char *verdict = strchr(word, '=');

		*verdict++ = '\0';
		for (code = 0; strcmp(dyndns_word(code), verdict) != 0;)
			code++;
		r.query.hosts[r.query.n_hosts].name = value_name(word);
		r.query.hosts[r.query.n_hosts++].valid = true;
		answer.lines[answer.n_lines++].code = code;
	}
	if (fails_at > 0)
		fake_malloc_fail_at(fails_at);
	seen_update(seen, user, &r, &nobody, &answer, now_s);
	ck_assert(fake_malloc_off() == (fails_at > 0));
	fails_at = 0;
}

/* "user/name/time/agent" of a host; "" without one. */
static const char *get(const char *user, const char *name)
{
	static char text[512];
	struct seen_host h;
	size_t i;

	for (i = 0; i < seen_count(seen); i++) {
		seen_at(seen, i, &h);
		if (strcmp(h.user, user) != 0 || strcmp(h.name.p, name) != 0)
			continue;
		snprintf(text, sizeof(text), "%d/%s", (int)(h.time_s == 0 ? 0 : h.time_s - NOW),
			 h.agent);
		return text;
	}
	return "";
}

START_TEST(who_asks_is_noted_with_time_and_agent)
{
	open_seen(MAX);
	update("router", "a.example.com=good b.example.com=nochg", "curl/8.5.0", NOW);
	ck_assert_str_eq(get("router", "a.example.com"), "0/curl/8.5.0");
	ck_assert_str_eq(get("router", "b.example.com"), "0/curl/8.5.0");
	update("router", "b.example.com=nochg", "inadyn/2 \x1b[31m", NOW + 5);
	ck_assert_str_eq(get("router", "b.example.com"), "5/inadyn/2 \\x1b[31m");
	ck_assert_str_eq(get("router", "a.example.com"), "0/curl/8.5.0");
	update("router", "b.example.com=nochg", "", NOW + 6);
	ck_assert_str_eq(get("router", "b.example.com"), "6/");
	/* The same name in another account is another host. */
	update("other", "b.example.com=good", "x", NOW + 7);
	ck_assert_str_eq(get("router", "b.example.com"), "6/");
	ck_assert_str_eq(get("other", "b.example.com"), "7/x");
	seen_free(seen);
}
END_TEST

START_TEST(a_name_is_noted_only_if_it_is_the_account_s)
{
	open_seen(MAX);
	update("router", "a.example.com=nohost b.example.com=911 c.example.com=dnserr", "x", NOW);
	ck_assert_uint_eq(seen_count(seen), 0);
	update("router", "b.example.com=good", "x", NOW);
	update("router", "b.example.com=911", "x", NOW + 9);
	ck_assert_str_eq(get("router", "b.example.com"), "9/x");
	update("router", "b.example.com=nohost", "x", NOW + 10);
	ck_assert_str_eq(get("router", "b.example.com"), "9/x");
	seen_free(seen);
}
END_TEST

START_TEST(who_was_asked_for_longest_ago_makes_room)
{
	const struct fqdn never = value_name("never.example.com");
	const int64_t before = metric_get(METRIC_SEEN_FORGOTTEN);

	open_seen(3);
	seen_list_begin(seen);
	seen_list(seen, "router", &never);
	update("router", "a.example.com=good b.example.com=good", "x", NOW);
	update("router", "a.example.com=nochg", "x", NOW + 1);
	ck_assert_str_eq(get("router", never.text), "0/");
	update("router", "c.example.com=good", "x", NOW + 2);
	ck_assert_str_eq(get("router", never.text), "");
	update("router", "d.example.com=good", "x", NOW + 3);
	ck_assert_str_eq(get("router", "b.example.com"), "");
	ck_assert_str_eq(get("router", "a.example.com"), "1/x");
	/* One that never was asked for takes nobody's. */
	seen_list(seen, "router", &never);
	ck_assert_str_eq(get("router", never.text), "");
	ck_assert_uint_eq(seen_count(seen), 3);
	ck_assert_int_eq(metric_get(METRIC_SEEN_FORGOTTEN), before + 2);
	seen_list_end(seen, true);
	ck_assert(!seen_is_complete(seen));
	seen_free(seen);
}
END_TEST

START_TEST(a_complete_listing_tells_who_there_is)
{
	const struct fqdn a = value_name("a.example.com"), b = value_name("b.example.com");

	open_seen(MAX);
	update("router", "gone.example.com=good", "x", NOW);
	ck_assert(!seen_is_complete(seen));
	seen_list_begin(seen);
	seen_list(seen, "router", &a);
	seen_list_end(seen, false);
	ck_assert(!seen_is_complete(seen));
	ck_assert_uint_eq(seen_count(seen), 2);
	seen_list_begin(seen);
	seen_list(seen, "router", &b);
	update("router", "new.example.com=good", "x", NOW);
	seen_list_end(seen, true);
	ck_assert(seen_is_complete(seen));
	ck_assert_str_eq(get("router", "a.example.com"), "");
	ck_assert_str_eq(get("router", "gone.example.com"), "");
	ck_assert_str_eq(get("router", "b.example.com"), "0/");
	ck_assert_str_eq(get("router", "new.example.com"), "0/x");
	seen_free(seen);
}
END_TEST

START_TEST(the_store_is_told_once_what_is_new)
{
	struct store_seen news[4];
	struct store_seen stored = {.user = "router", .name = value_name("old.example.com")};

	open_seen(MAX);
	stored.time_s = NOW - 7;
	seen_take_stored(seen, &stored, NOW);
	ck_assert_str_eq(get("router", "old.example.com"), "-7/");
	ck_assert_uint_eq(seen_take_news(seen, news, 4), 0);
	update("router", "old.example.com=nochg a.example.com=good b.example.com=good", "x", NOW);
	stored.time_s = NOW - 1;
	seen_take_stored(seen, &stored, NOW);
	ck_assert_str_eq(get("router", "old.example.com"), "0/x");
	ck_assert_uint_eq(seen_take_news(seen, news, 2), 2);
	ck_assert_str_eq(news[0].name.text, "old.example.com");
	ck_assert_str_eq(news[1].agent, "x");
	seen_put_back(seen, news, 1);
	ck_assert_uint_eq(seen_take_news(seen, news, 4), 2);
	ck_assert_str_eq(news[0].name.text, "b.example.com");
	ck_assert_str_eq(news[1].name.text, "old.example.com");
	ck_assert_str_eq(news[1].user, "router");
	ck_assert_int_eq(news[1].time_s, NOW);
	ck_assert_uint_eq(seen_take_news(seen, news, 4), 0);
	seen_free(seen);
}
END_TEST

static void check_from(const struct store_seen *seen_one, const char *name, const char *address)
{
	const struct addr clear = value_addr(address);
	struct addr want;

	want = pseudonym_addr(&clear);
	ck_assert_str_eq(seen_one->name.text, name);
	ck_assert(addr_equal(&seen_one->from, &want));
	ck_assert(!addr_equal(&seen_one->from, &clear));
}

/* Of what the store has from before, too, which is written anew. */
START_TEST(who_asks_has_a_pseudonym_where_addresses_have)
{
	struct store_seen news[4];
	struct store_seen stored = {.user = "router", .name = value_name("old.example.com")};

	ck_assert_int_eq(pseudonym_setup(PSEUDONYM_ALL, slice_of("key")), 0);
	open_seen(MAX);
	stored.time_s = NOW - 7;
	stored.from = value_addr("203.0.113.1");
	seen_take_stored(seen, &stored, NOW);
	update("router", "new.example.com=good", "x", NOW);
	ck_assert_uint_eq(seen_take_news(seen, news, 4), 2);
	check_from(&news[0], "old.example.com", "203.0.113.1");
	check_from(&news[1], "new.example.com", "81.2.69.99");
	/* The account is found by its login. */
	ck_assert_str_eq(news[1].user, "router");
	stored.time_s = NOW - 1;
	stored.from = news[0].from;
	seen_take_stored(seen, &stored, NOW);
	ck_assert_uint_eq(seen_take_news(seen, news, 4), 0);
	seen_free(seen);
	pseudonym_setup(PSEUDONYM_NONE, slice_of(""));
}
END_TEST

static void take_stored(const char *name, int64_t time_s)
{
	struct store_seen stored = {.user = "router", .name = value_name(name), .time_s = time_s};

	seen_take_stored(seen, &stored, NOW);
}

static void list(const char *name)
{
	const struct fqdn host = value_name(name);

	seen_list(seen, "router", &host);
}

static void list_of(const char *user, const char *name)
{
	const struct fqdn host = value_name(name);

	seen_list(seen, user, &host);
}

/* As after a rename, or when another account has got the host. */
START_TEST(a_host_of_another_login_is_still_the_host)
{
	struct store_seen news[4];

	open_seen(MAX);
	seen_list_begin(seen);
	list_of("old", "a.example.com");
	list_of("old", "b.example.com");
	list_of("else", "c.example.com");
	seen_list_end(seen, true);
	update("old", "a.example.com=good", "x", NOW - 9);
	update("else", "c.example.com=good", "z", NOW - 7);
	ck_assert_uint_eq(seen_take_news(seen, news, 4), 2);
	/* What is not there for sure is not handed over. */
	seen_list_begin(seen);
	list_of("new", "a.example.com");
	seen_list_end(seen, false);
	ck_assert_str_eq(get("old", "a.example.com"), "-9/x");
	seen_list_begin(seen);
	list_of("new", "a.example.com");
	list_of("new", "b.example.com");
	list_of("else", "c.example.com");
	list_of("new", "c.example.com");
	seen_list_end(seen, true);
	ck_assert_str_eq(get("old", "a.example.com"), "");
	ck_assert_str_eq(get("new", "a.example.com"), "-9/x");
	ck_assert_str_eq(get("new", "b.example.com"), "0/");
	/* It has not gone from there. */
	ck_assert_str_eq(get("new", "c.example.com"), "0/");
	ck_assert_uint_eq(seen_take_news(seen, news, 4), 1);
	ck_assert_str_eq(news[0].user, "new");
	ck_assert_str_eq(news[0].agent, "x");
	ck_assert_str_eq(get("else", "c.example.com"), "-7/z");
	seen_free(seen);
}
END_TEST

/* The store's memory is read beside the listing, and has hosts that are gone. */
START_TEST(who_is_stored_but_not_listed_is_gone)
{
	open_seen(MAX);
	take_stored("gone.example.com", NOW - 9);
	take_stored("early.example.com", NOW - 8);
	ck_assert_str_eq(get("router", "gone.example.com"), "-9/");
	seen_list_begin(seen);
	take_stored("left.example.com", NOW - 7);
	take_stored("late.example.com", NOW - 6);
	list("early.example.com");
	list("late.example.com");
	list("last.example.com");
	take_stored("last.example.com", NOW - 5);
	seen_list_end(seen, true);
	ck_assert_str_eq(get("router", "gone.example.com"), "");
	ck_assert_str_eq(get("router", "left.example.com"), "");
	ck_assert_str_eq(get("router", "early.example.com"), "-8/");
	ck_assert_str_eq(get("router", "late.example.com"), "-6/");
	ck_assert_str_eq(get("router", "last.example.com"), "-5/");
	take_stored("left.example.com", NOW - 7);
	take_stored("late.example.com", NOW - 4);
	ck_assert_str_eq(get("router", "left.example.com"), "");
	ck_assert_str_eq(get("router", "late.example.com"), "-4/");
	ck_assert_uint_eq(seen_count(seen), 3);
	seen_free(seen);
}
END_TEST

START_TEST(what_is_stored_for_a_time_to_come_is_not_believed)
{
	open_seen(MAX);
	take_stored("a.example.com", NOW + 1);
	ck_assert_uint_eq(seen_count(seen), 0);
	take_stored("a.example.com", NOW);
	ck_assert_str_eq(get("router", "a.example.com"), "0/");
	seen_free(seen);
}
END_TEST

/* Also when there is room again, as others are gone. */
START_TEST(a_listing_for_which_there_was_no_room_is_not_complete)
{
	open_seen(2);
	take_stored("gone.example.com", NOW - 9);
	take_stored("left.example.com", NOW - 9);
	seen_list_begin(seen);
	list("a.example.com");
	seen_list_end(seen, true);
	ck_assert_uint_eq(seen_count(seen), 0);
	ck_assert(!seen_is_complete(seen));
	seen_list_begin(seen);
	list("a.example.com");
	list("b.example.com");
	seen_list_end(seen, true);
	ck_assert(seen_is_complete(seen));
	/* One more takes the place of one that never was asked for. */
	update("router", "c.example.com=good", "x", NOW);
	ck_assert(!seen_is_complete(seen));
	seen_list_begin(seen);
	ck_assert(!seen_is_complete(seen));
	seen_list_end(seen, false);
	ck_assert(!seen_is_complete(seen));
	seen_free(seen);
}
END_TEST

START_TEST(thousands_are_found_again)
{
	char line[64];
	int i;

	open_seen(SEEN_MAX);
	for (i = 0; i < 3000; i++) {
		snprintf(line, sizeof(line), "h%d.example.com=good", i);
		update("router", line, "x", NOW + i);
	}
	ck_assert_uint_eq(seen_count(seen), 3000);
	ck_assert_str_eq(get("router", "h0.example.com"), "0/x");
	ck_assert_str_eq(get("router", "h2999.example.com"), "2999/x");
	seen_free(seen);
}
END_TEST

START_TEST(without_memory_a_host_is_not_noted)
{
	size_t n;
	int err;

	for (n = 1;; n++) {
		fake_malloc_fail_at(n);
		err = seen_new(MAX, SEED, &seen);
		if (!fake_malloc_off())
			break;
		ck_assert_int_eq(err, ERR_NOMEM);
	}
	ck_assert_uint_eq(n, 4);
	fails_at = 1;
	update("router", "a.example.com=good", "x", NOW);
	ck_assert_uint_eq(seen_count(seen), 0);
	/* Nor is what it calls itself. */
	fails_at = 2;
	update("router", "a.example.com=good", "x", NOW);
	ck_assert_str_eq(get("router", "a.example.com"), "0/");
	seen_free(seen);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		who_asks_is_noted_with_time_and_agent,
		a_name_is_noted_only_if_it_is_the_account_s,
		who_was_asked_for_longest_ago_makes_room,
		a_complete_listing_tells_who_there_is,
		the_store_is_told_once_what_is_new,
		who_asks_has_a_pseudonym_where_addresses_have,
		a_host_of_another_login_is_still_the_host,
		who_is_stored_but_not_listed_is_gone,
		what_is_stored_for_a_time_to_come_is_not_believed,
		a_listing_for_which_there_was_no_room_is_not_complete,
		thousands_are_found_again,
		without_memory_a_host_is_not_noted,
	};

	return unit_run("seen", tests, N_ELEMENTS(tests));
}
