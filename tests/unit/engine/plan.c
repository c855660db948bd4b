/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "engine/family.h"
#include "kit/unit.h"
#include "kit/values.h"

enum { NOW_S = 1800000000, DAY_S = 86400, TTL = 60 };

static const char *const host_names[] = {
	"home.dyn.example.com", /* its state is the row's */
	"second.dyn.example.com",
	"box.lab.dyn.example.com", /* the lab zone lies in the other one and allows all */
	"away.example.net",	   /* in no zone */
};

static struct engine_zone zones[2];
/* The interface ids of these hosts, and what the second one has published; NULL: none. */
static const char *host_ids[4];
static const char *second_v6;

/* A host's state: addresses ("" for none), seq, pub, and how long ago it was published. */
struct state {
	const char *v4, *v6;
	uint64_t seq, pub;
	int64_t age_s;
	uint64_t repeats; /* the rest is 0 in most rows */
	uint32_t ttl;
	const char *zone;
	const char *gone4; /* NULL: none */
};

struct row {
	const char *query;
	const char *peer;
	struct state state;
	const char *lines; /* "good#0 nochg dnserr!special": '#' the item, '!' why */
	const char *items; /* "name/intend|again/seq/sent/awaited/want", and "-gone" if there is */
};

static struct addr addr_of(const char *text)
{
	struct addr a = {0};

	ck_assert(text[0] == '\0' || addr_parse(slice_of(text), &a) == 0);
	return a;
}

static struct fqdn fqdn_of(const char *text)
{
	struct fqdn name;

	ck_assert_int_eq(fqdn_parse(slice_of(text), &name), 0);
	return name;
}

static void make_zones(void)
{
	memset(zones, 0, sizeof(zones));
	zones[0].name = fqdn_of("dyn.example.com");
	zones[1].name = fqdn_of("lab.dyn.example.com");
	zones[1].allow_special_addresses = true;
	str_copy(zones[0].id, sizeof(zones[0].id), slice_of("Z1"));
	zones[0].ttl = zones[1].ttl = TTL;
	zones[0].republish_interval_s = zones[1].republish_interval_s = DAY_S;
}

static struct account *make_account(const struct state *s, size_t n_hosts)
{
	struct account *a;
	struct account_host *h;
	size_t i;

	ck_assert_int_eq(account_new(slice_of("router"), &a, NULL), 0);
	for (i = 0; i < n_hosts; i++)
		ck_assert_int_eq(account_add_host(a, slice_of(host_names[i]), NULL, NULL, NULL), 0);
	for (i = 0; i < n_hosts; i++) {
		struct fqdn name = fqdn_of(host_names[i]);

		h = account_find_host(a, &name);
		if (host_ids[i] != NULL)
			h->interface_id = value_interface_id(host_ids[i]);
		if (i == 1 && second_v6 != NULL)
			h->state = (struct host_state){.want.v6 = addr_of(second_v6),
						       .seq = 3,
						       .pub = 3,
						       .time_s = NOW_S - 100};
		if (i > 0)
			continue;
		h->state.want.v4 = addr_of(s->v4);
		h->state.want.v6 = addr_of(s->v6);
		h->state.seq = s->seq;
		h->state.pub = s->pub;
		h->state.time_s = s->seq > 0 ? NOW_S - s->age_s : 0;
		h->state.repeats = s->repeats;
		h->state.ttl = s->ttl;
		if (s->zone != NULL)
			str_copy(h->state.zone, sizeof(h->state.zone), slice_of(s->zone));
		if (s->gone4 != NULL)
			h->state.gone.v4 = addr_of(s->gone4);
	}
	return a;
}

static const char *note_text(enum plan_note note)
{
	static const char *const text[] = {
		[PLAN_NOTE_NONE] = "",
		[PLAN_NOTE_NO_ZONE] = "!zone",
		[PLAN_NOTE_BAD_ADDRESS] = "!bad",
		[PLAN_NOTE_NO_SENDER] = "!sender",
		[PLAN_NOTE_SPECIAL_ADDRESS] = "!special",
		[PLAN_NOTE_LAN_NO_ZONE] = "!lan-zone",
		[PLAN_NOTE_LAN_SPECIAL] = "!lan-special",
		[PLAN_NOTE_LAN_NO_FIT] = "!lan-fit",
	};

	return text[note];
}

static void print_lines(const struct plan *p, char *out, size_t cap)
{
	bool is_noted = p->note != PLAN_NOTE_NONE, is_unchanged = p->n_items == 0;
	char prefix[PREFIX_TEXT_MAX];
	size_t i, n = 0;

	out[0] = '\0';
	for (i = 0; i < p->n_lines; i++) {
		const struct plan_line *l = &p->lines[i];

		is_noted = is_noted || l->note != PLAN_NOTE_NONE;
		is_unchanged = is_unchanged && (l->code == DYNDNS_GOOD || l->code == DYNDNS_NOCHG);

		n += (size_t)snprintf(out + n, cap - n, "%s%s%s", i > 0 ? " " : "",
				      dyndns_word(l->code), note_text(l->note));
		if (l->item != PLAN_NO_ITEM)
			n += (size_t)snprintf(out + n, cap - n, "#%d", l->item);
		if (l->prefix.len != 0)
			n += (size_t)snprintf(out + n, cap - n, "=%s",
					      prefix_format(&l->prefix, prefix));
	}
	n += (size_t)snprintf(out + n, cap - n, "%s", note_text(p->note));
	ck_assert(p->is_noted == is_noted);
	ck_assert(p->is_unchanged == is_unchanged);
}

static size_t print_item(const struct plan_item *it, char *out, size_t cap)
{
	static const char *const families[] = {"-", "4", "6", "46"};
	char v4[ADDR_TEXT_MAX], v6[ADDR_TEXT_MAX], gone4[ADDR_TEXT_MAX], gone6[ADDR_TEXT_MAX];
	const bool has_gone = family_set(&it->gone) != 0;

	ck_assert_uint_eq(it->zone, strstr(it->name.text, ".lab.") != NULL ? 1 : 0);
	return (size_t)snprintf(out, cap, "%s%.*s/%s/%" PRIu64 "/%s/%s/%s,%s%s%s%s%s",
				it->repeats ? "+" : "", (int)strcspn(it->name.text, "."),
				it->name.text, it->intend ? "intend" : "again", it->seq,
				families[it->families], families[it->awaited],
				addr_format(&it->want.v4, v4), addr_format(&it->want.v6, v6),
				has_gone ? "-" : "", addr_format(&it->gone.v4, gone4),
				has_gone ? "," : "", addr_format(&it->gone.v6, gone6));
}

/* What only repeats, with a "+", comes last. */
static void print_items(const struct plan *p, char *out, size_t cap)
{
	size_t i, n = 0, all = p->n_items + p->n_repeats;

	out[0] = '\0';
	for (i = 0; i < all; i++) {
		const struct plan_item *it =
			i < p->n_items ? &p->items[i] : &p->repeats[i - p->n_items];

		ck_assert_int_eq(it->repeats, i >= p->n_items);
		n += (size_t)snprintf(out + n, cap - n, "%s", i > 0 ? " " : "");
		n += print_item(it, out + n, cap - n);
	}
}

static void plan_row(const struct row *row, size_t n_hosts, unsigned quirks, struct plan *ret)
{
	struct account *a = make_account(&row->state, n_hosts);
	struct addr peer = addr_of(row->peer);
	struct dyndns_query q;

	ck_assert_int_eq(dyndns_query_parse(slice_of(row->query), NULL, &q), 0);
	a->quirks = quirks;
	memset(ret, 0xaa, sizeof(*ret));
	plan_make(a, &q, &peer, zones, 2, NOW_S, ret);
	account_free(a);
}

static void check_rows(const struct row *rows, size_t n, size_t n_hosts, unsigned quirks)
{
	char lines[1024], items[4096];
	struct plan p;
	size_t i;

	make_zones();
	for (i = 0; i < n; i++) {
		plan_row(&rows[i], n_hosts, quirks, &p);
		print_lines(&p, lines, sizeof(lines));
		print_items(&p, items, sizeof(items));
		ck_assert_msg(strcmp(lines, rows[i].lines) == 0, "row %zu (%s): lines \"%s\"", i,
			      rows[i].query, lines);
		ck_assert_msg(strcmp(items, rows[i].items) == 0, "row %zu (%s): items \"%s\"", i,
			      rows[i].query, items);
	}
}

#define HOME_NAME "home.dyn.example.com"
#define HOME	  "hostname=" HOME_NAME
#define ADDR4	  "81.2.69.1"
#define OTHER4	  "81.2.69.2"
#define ADDR6	  "2a02::1"
#define OTHER6	  "2a02::2"
#define SPECIAL	  "192.168.1.1"
#define STATE(v4, v6, seq, pub, age)                                                               \
	{                                                                                          \
		v4, v6, seq, pub, age, 0, 0, NULL, NULL                                            \
	}
#define NEVER	STATE("", "", 0, 0, 0)
#define CURRENT STATE(ADDR4, ADDR6, 5, 5, 100)

START_TEST(a_changed_address_is_intended_and_only_its_family_is_sent)
{
	static const struct row rows[] = {
		{HOME "&myip=" ADDR4, "", NEVER, "good#0", "home/intend/1/4/4/" ADDR4 ","},
		{HOME "&myip=" OTHER4, "", CURRENT, "good#0",
		 "home/intend/6/4/4/" OTHER4 "," ADDR6},
		{HOME "&myip=" OTHER6, "", CURRENT, "good#0",
		 "home/intend/6/6/6/" ADDR4 "," OTHER6},
		{HOME "&myip=" OTHER4 "," OTHER6, "", CURRENT, "good#0",
		 "home/intend/6/46/46/" OTHER4 "," OTHER6},
		/* One of two is new. */
		{HOME "&myip=" ADDR4 "," OTHER6, "", CURRENT, "good#0",
		 "home/intend/6/6/6/" ADDR4 "," OTHER6},
		/* The peer's, when none is given. */
		{HOME, OTHER4, CURRENT, "good#0", "home/intend/6/4/4/" OTHER4 "," ADDR6},
		{HOME, OTHER6, CURRENT, "good#0", "home/intend/6/6/6/" ADDR4 "," OTHER6},
		/* What is owed or old of the other family goes along, but is not waited for. */
		{HOME "&myip=" OTHER4, "", STATE(ADDR4, ADDR6, 5, 4, 100), "good#0",
		 "home/intend/6/46/4/" OTHER4 "," ADDR6},
		{HOME "&myip=" OTHER4, "", STATE(ADDR4, ADDR6, 5, 5, DAY_S), "good#0",
		 "home/intend/6/46/4/" OTHER4 "," ADDR6},
	};

	check_rows(rows, N_ELEMENTS(rows), 4, 0);
}
END_TEST

START_TEST(nochg_needs_the_same_address_published_and_fresh)
{
	static const struct row rows[] = {
		{HOME "&myip=" ADDR4, "", CURRENT, "nochg", ""},
		{HOME "&myip=" ADDR6, "", CURRENT, "nochg", ""},
		{HOME "&myip=" ADDR4 "," ADDR6, "", CURRENT, "nochg", ""},
		{HOME "&myip=2A02:0::0001", "", CURRENT, "nochg", ""},
		{HOME, ADDR4, CURRENT, "nochg", ""},
		{HOME "&myip=" ADDR4, "", STATE(ADDR4, "", 5, 5, 0), "nochg", ""},
		/* Old: it is published once more, but nobody waits for it. */
		{HOME "&myip=" ADDR4, "", STATE(ADDR4, "", 5, 5, DAY_S * 3 / 4 - 1), "nochg", ""},
		{HOME "&myip=" ADDR4, "", STATE(ADDR4, "", 5, 5, DAY_S), "nochg",
		 "+home/intend/6/4/4/" ADDR4 ","},
		{HOME "&myip=" ADDR4, "", STATE(ADDR4, ADDR6, 5, 5, DAY_S), "nochg",
		 "+home/intend/6/46/4/" ADDR4 "," ADDR6},
		/* However often the request names it. */
		{HOME ",home.dyn.example.com&myip=" ADDR4, "", STATE(ADDR4, "", 5, 5, DAY_S),
		 "nochg nochg", "+home/intend/6/4/4/" ADDR4 ","},
		/* Beside a host that has changed. */
		{HOME ",second.dyn.example.com&myip=" ADDR4, "", STATE(ADDR4, "", 5, 5, DAY_S),
		 "nochg good#0", "second/intend/1/4/4/" ADDR4 ", +home/intend/6/4/4/" ADDR4 ","},
		/* Owed. */
		{HOME "&myip=" ADDR4, "", STATE(ADDR4, ADDR6, 5, 4, 0), "good#0",
		 "home/again/5/46/4/" ADDR4 "," ADDR6},
		/* Another daemon's clock is ahead: a little is believed, more is not. */
		{HOME "&myip=" ADDR4, "", STATE(ADDR4, "", 5, 5, -PLAN_CLOCK_SKEW_S), "nochg", ""},
		{HOME "&myip=" ADDR4, "", STATE(ADDR4, "", 5, 5, -PLAN_CLOCK_SKEW_S - 1), "nochg",
		 "+home/intend/6/4/4/" ADDR4 ","},
		/* Times that nobody can have written. */
		{HOME "&myip=" ADDR4, "", STATE(ADDR4, "", 5, 5, NOW_S), "nochg",
		 "+home/intend/6/4/4/" ADDR4 ","},
		{HOME "&myip=" ADDR4, "", STATE(ADDR4, "", 5, 5, NOW_S + 1), "nochg",
		 "+home/intend/6/4/4/" ADDR4 ","},
		/* An address without a seq was never intended. */
		{HOME "&myip=" ADDR4, "", STATE(ADDR4, "", 0, 0, 0), "good#0",
		 "home/intend/1/4/4/" ADDR4 ","},
	};

	check_rows(rows, N_ELEMENTS(rows), 4, 0);
}
END_TEST

/* As the state tells it: published with another TTL, in another hosted zone, or being repeated. */
START_TEST(what_was_published_otherwise_is_published_anew)
{
	static const struct row rows[] = {
		{HOME "&myip=" ADDR4, "", {ADDR4, "", 5, 5, 0, 0, TTL, "Z1", NULL}, "nochg", ""},
		/* A TTL that was changed in the table, in either direction, of both families. */
		{HOME "&myip=" ADDR4,
		 "",
		 {ADDR4, ADDR6, 5, 5, 0, 0, TTL + 1, "Z1", NULL},
		 "nochg",
		 "+home/intend/6/46/4/" ADDR4 "," ADDR6},
		{HOME "&myip=" ADDR6,
		 "",
		 {"", ADDR6, 5, 5, 0, 0, 1, "", NULL},
		 "nochg",
		 "+home/intend/6/6/6/," ADDR6},
		{HOME "&myip=" OTHER4,
		 "",
		 {ADDR4, ADDR6, 5, 5, 0, 0, 1, "Z1", NULL},
		 "good#0",
		 "home/intend/6/46/4/" OTHER4 "," ADDR6},
		/* Another hosted zone: it does not have the address. */
		{HOME "&myip=" ADDR4,
		 "",
		 {ADDR4, ADDR6, 5, 5, 0, 0, TTL, "Z2", NULL},
		 "good#0",
		 "home/intend/6/46/4/" ADDR4 "," ADDR6},
		{HOME "&myip=" OTHER4,
		 "",
		 {ADDR4, ADDR6, 5, 5, 0, 0, TTL, "Z", NULL},
		 "good#0",
		 "home/intend/6/46/4/" OTHER4 "," ADDR6},
		{HOME "&myip=" ADDR4,
		 "",
		 {ADDR4, "", 5, 4, 0, 5, TTL, "Z2", NULL},
		 "good#0",
		 "home/again/5/4/4/" ADDR4 ","},
		/* A repetition under way: nothing changed, and whoever repeats it may be gone. */
		{HOME "&myip=" ADDR4,
		 "",
		 {ADDR4, ADDR6, 5, 4, DAY_S, 5, TTL, "Z1", NULL},
		 "nochg",
		 "+home/again/5/46/4/" ADDR4 "," ADDR6},
		{HOME "&myip=" OTHER4,
		 "",
		 {ADDR4, ADDR6, 5, 4, DAY_S, 5, TTL, "Z1", NULL},
		 "good#0",
		 "home/intend/6/46/4/" OTHER4 "," ADDR6},
		/* Of an earlier seq: an older program has intended since. */
		{HOME "&myip=" ADDR4,
		 "",
		 {ADDR4, "", 5, 3, 0, 4, TTL, "Z1", NULL},
		 "good#0",
		 "home/again/5/4/4/" ADDR4 ","},
	};

	check_rows(rows, N_ELEMENTS(rows), 4, 0);
}
END_TEST

/* At the age of a day all are due, at three quarters none, and in between they come evenly. */
START_TEST(hosts_published_at_once_are_not_due_at_once)
{
	struct dyndns_query q;
	struct addr peer = addr_of(ADDR4);
	struct account *a;
	struct fqdn name;
	struct plan p;
	unsigned i, part, n_due[5] = {0};
	char text[64];

	make_zones();
	ck_assert_int_eq(dyndns_query_parse(slice_of("myip=" ADDR4), NULL, &q), 0);
	for (i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "h%u.dyn.example.com", i);
		name = fqdn_of(text);
		for (part = 0; part <= 4; part++) {
			ck_assert_int_eq(account_new(slice_of("router"), &a, NULL), 0);
			account_add_host(a, slice_of(name.text), NULL, NULL, NULL);
			a->hosts[0].state = (struct host_state){
				.want = {.v4 = peer},
				.seq = 1,
				.pub = 1,
				.time_s = NOW_S - DAY_S * 3 / 4 - part * DAY_S / 16,
			};
			plan_make(a, &q, &peer, zones, 2, NOW_S, &p);
			ck_assert_int_eq(p.lines[0].code, DYNDNS_NOCHG);
			n_due[part] += (unsigned)p.n_repeats;
			account_free(a);
		}
	}
	ck_assert_uint_eq(n_due[0], 0);
	ck_assert_uint_eq(n_due[4], 1000);
	for (part = 1; part < 4; part++)
		ck_assert_msg(n_due[part] > part * 250 - 80 && n_due[part] < part * 250 + 80,
			      "part %u: %u", part, n_due[part]);
}
END_TEST

START_TEST(the_quirk_turns_nochg_into_good)
{
	static const struct row rows[] = {
		{HOME "&myip=" ADDR4, "", CURRENT, "good", ""},
		{HOME "&myip=" OTHER4, "", CURRENT, "good#0",
		 "home/intend/6/4/4/" OTHER4 "," ADDR6},
	};

	check_rows(rows, N_ELEMENTS(rows), 4, ACCOUNT_NOCHG_AS_GOOD);
}
END_TEST

START_TEST(the_only_host_is_meant_whatever_is_named)
{
	static const struct row rows[] = {
		{"hostname=house.dyndns.example&myip=" ADDR4, "", CURRENT, "nochg", ""},
		{"hostname=my..router&myip=" OTHER4, "", CURRENT, "good#0",
		 "home/intend/6/4/4/" OTHER4 "," ADDR6},
		/* One line, whatever the list holds; the same name, too, and too many of them. */
		{"hostname=a.example," HOME_NAME ",b.example&myip=" ADDR4, "", CURRENT, "nochg",
		 ""},
		{HOME "&myip=" ADDR4, "", CURRENT, "nochg", ""},
		{"hostname=a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,"
		 "a.b,a.b,a.b&myip=" ADDR4,
		 "", CURRENT, "nochg", ""},
		{"myip=" ADDR4, "", CURRENT, "nochg", ""},
		{"hostname=a.example&myip=nonsense", "", CURRENT, "dnserr!bad", ""},
	};
	static const struct row of_several[] = {
		{"hostname=house.dyndns.example&myip=" ADDR4, "", CURRENT, "nohost", ""},
		{HOME "&myip=" ADDR4, "", CURRENT, "nochg", ""},
		{"myip=" ADDR4, "", CURRENT, "notfqdn", ""},
		{"hostname=my..router&myip=" ADDR4, "", CURRENT, "notfqdn", ""},
	};

	check_rows(rows, N_ELEMENTS(rows), 1, ACCOUNT_ANY_HOSTNAME);
	check_rows(of_several, N_ELEMENTS(of_several), 4, ACCOUNT_ANY_HOSTNAME);
}
END_TEST

#define CLEARED                                                                                    \
	{                                                                                          \
		"", ADDR6, 6, 5, 100, 0, 0, NULL, ADDR4                                            \
	}
#define ALL_GONE STATE("", "", 6, 6, 3 * DAY_S)

START_TEST(a_family_is_cleared_where_the_account_may)
{
	static const struct row rows[] = {
		{HOME "&myip=0.0.0.0", "", CURRENT, "good#0",
		 "home/intend/6/4/4/," ADDR6 "-" ADDR4 ","},
		{HOME "&myip=::", "", CURRENT, "good#0", "home/intend/6/6/6/" ADDR4 ",-," ADDR6},
		{HOME "&myip=0.0.0.0,::", "", CURRENT, "good#0",
		 "home/intend/6/46/46/,-" ADDR4 "," ADDR6},
		{HOME "&offline=yes", OTHER4, CURRENT, "good#0",
		 "home/intend/6/46/46/,-" ADDR4 "," ADDR6},
		{HOME "&offline=YES&myip=" OTHER4, "", CURRENT, "good#0",
		 "home/intend/6/46/46/,-" ADDR4 "," ADDR6},
		{HOME "&myip=0.0.0.0," OTHER6, "", CURRENT, "good#0",
		 "home/intend/6/46/46/," OTHER6 "-" ADDR4 ","},
		{HOME "&myip=" ADDR4 "&myipv6=0.0.0.0", "", CURRENT, "good#0",
		 "home/intend/6/6/6/" ADDR4 ",-," ADDR6},
		/* It is old: the other family goes along. */
		{HOME "&myip=0.0.0.0", "", STATE(ADDR4, ADDR6, 5, 5, DAY_S), "good#0",
		 "home/intend/6/46/4/," ADDR6 "-" ADDR4 ","},
		/* Nothing is there. */
		{HOME "&myip=0.0.0.0", "", NEVER, "nochg", ""},
		{HOME "&offline=YES", "", NEVER, "nochg", ""},
		{HOME "&myip=0.0.0.0", "", STATE("", ADDR6, 6, 6, 100), "nochg", ""},
		{HOME "&offline=YES", "", ALL_GONE, "nochg", ""},
		/* It was cleared, and that is owed: by somebody else, or before a crash. */
		{HOME "&myip=0.0.0.0", "", CLEARED, "good#0",
		 "home/again/6/46/4/," ADDR6 "-" ADDR4 ","},
		{HOME "&myip=" ADDR6, "", CLEARED, "good#0",
		 "home/again/6/46/6/," ADDR6 "-" ADDR4 ","},
		{HOME "&myip=" OTHER6, "", CLEARED, "good#0",
		 "home/intend/7/46/6/," OTHER6 "-" ADDR4 ","},
		/* Later updates. */
		{HOME "&myip=" OTHER4, "", CLEARED, "good#0",
		 "home/intend/7/46/4/" OTHER4 "," ADDR6},
		{HOME "&myip=" ADDR4, "", CLEARED, "good#0", "home/intend/7/46/4/" ADDR4 "," ADDR6},
		{HOME "&myip=" ADDR4, "", ALL_GONE, "good#0", "home/intend/7/4/4/" ADDR4 ","},
		/* Never by anything else. */
		{HOME "&myip=&myipv4=auto", OTHER6, CURRENT, "good#0",
		 "home/intend/6/6/6/" ADDR4 "," OTHER6},
		{HOME "&myip=" SPECIAL, "", CURRENT, "dnserr!special", ""},
		{HOME "&myip=255.255.255.255", "", CURRENT, "dnserr!special", ""},
		{HOME "&offline=NO&myip=" ADDR4, "", CURRENT, "nochg", ""},
		{HOME "&offline=YES&myip=nonsense", "", CURRENT, "dnserr!bad", ""},
		{HOME "&myip=0.0.0.0&myipv4=preserve", "", CURRENT, "dnserr!bad", ""},
	};

	check_rows(rows, N_ELEMENTS(rows), 4, ACCOUNT_MAY_CLEAR);
}
END_TEST

START_TEST(nothing_is_cleared_where_the_account_may_not)
{
	static const struct row rows[] = {
		{HOME "&myip=0.0.0.0", "", CURRENT, "dnserr!special", ""},
		{HOME "&myip=0.0.0.0," OTHER6, "", CURRENT, "good#0",
		 "home/intend/6/6/6/" ADDR4 "," OTHER6},
		{HOME "&offline=YES&myip=" ADDR4, "", CURRENT, "nochg", ""},
		{HOME "&offline=YES", ADDR4, CURRENT, "nochg", ""},
		/* What the administrator has cleared stays, and is published. */
		{HOME "&myip=" ADDR6, "", CLEARED, "good#0",
		 "home/again/6/46/6/," ADDR6 "-" ADDR4 ","},
	};

	check_rows(rows, N_ELEMENTS(rows), 4, ACCOUNT_ANY_HOSTNAME);
}
END_TEST

/* Of a change that is owed nobody knows whether the zone has it, or what was there before. */
START_TEST(what_is_owed_is_published_before_it_is_cleared)
{
	static const struct row rows[] = {
		{HOME "&myip=0.0.0.0", "", STATE(ADDR4, ADDR6, 5, 4, 100), "good#0",
		 "home/again/5/46/46/" ADDR4 "," ADDR6},
		/* The others wait. */
		{"hostname=home.dyn.example.com,second.dyn.example.com,other.example.com"
		 "&myip=0.0.0.0," ADDR6,
		 "", STATE(ADDR4, ADDR6, 5, 4, 100), "good#0 911 nohost",
		 "home/again/5/46/46/" ADDR4 "," ADDR6},
		/* Nothing is owed of that family, or only a repetition is. */
		{HOME "&myip=::", "", STATE(ADDR4, "", 5, 4, 100), "good#0",
		 "home/again/5/4/-/" ADDR4 ","},
		{HOME "&myip=0.0.0.0",
		 "",
		 {ADDR4, "", 5, 4, 100, 5, 0, NULL, NULL},
		 "good#0",
		 "home/intend/6/4/4/,-" ADDR4 ","},
	};
	struct plan p;
	size_t i;

	check_rows(rows, N_ELEMENTS(rows), 4, ACCOUNT_MAY_CLEAR);
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		plan_row(&rows[i], 4, ACCOUNT_MAY_CLEAR, &p);
		ck_assert_msg(p.is_prelude == (i < 2), "row %zu", i);
	}
}
END_TEST

START_TEST(every_name_has_a_line_in_request_order)
{
	static const struct row rows[] = {
		{"hostname=home.dyn.example.com,other.dyn.example.com,second.dyn.example.com"
		 "&myip=" ADDR4,
		 "", CURRENT, "nochg nohost good#0", "second/intend/1/4/4/" ADDR4 ","},
		{"hostname=bad..dyn.example.com,home.dyn.example.com&myip=" OTHER4, "", CURRENT,
		 "notfqdn good#0", "home/intend/6/4/4/" OTHER4 "," ADDR6},
		/* Twice the same name: one publication, two lines. */
		{"hostname=home.dyn.example.com,second.dyn.example.com,HOME.dyn.example.com."
		 "&myip=" OTHER4,
		 "", CURRENT, "good#0 good#1 good#0",
		 "home/intend/6/4/4/" OTHER4 "," ADDR6 " second/intend/1/4/4/" OTHER4 ","},
		{"hostname=home.dyn.example.com,home.dyn.example.com&myip=" ADDR4, "", CURRENT,
		 "nochg nochg", ""},
		/* No zone of ours: it can never succeed; the others do. */
		{"hostname=away.example.net,second.dyn.example.com&myip=" ADDR4, "", CURRENT,
		 "dnserr!zone good#0", "second/intend/1/4/4/" ADDR4 ","},
		{"hostname=box.lab.dyn.example.com&myip=" ADDR4, "", CURRENT, "good#0",
		 "box/intend/1/4/4/" ADDR4 ","},
	};

	check_rows(rows, N_ELEMENTS(rows), 4, 0);
}
END_TEST

START_TEST(a_request_without_a_name_means_the_only_host)
{
	static const struct row one[] = {
		{"myip=" OTHER4, "", CURRENT, "good#0", "home/intend/6/4/4/" OTHER4 "," ADDR6},
		{"hostname=YES&myip=" ADDR4, "", CURRENT, "nochg", ""},
		{"hostname=any&myip=" ADDR4, "", CURRENT, "nochg", ""},
		{"hostname=&myip=" SPECIAL, "", CURRENT, "dnserr!special", ""},
	};
	static const struct row several[] = {
		{"myip=" OTHER4, "", CURRENT, "notfqdn", ""},
		{"hostname=YES&myip=rubbish", "", CURRENT, "notfqdn", ""},
	};
	static const struct row none[] = {
		{"myip=" OTHER4, "", NEVER, "notfqdn", ""},
		{HOME "&myip=" OTHER4, "", NEVER, "nohost", ""},
	};

	check_rows(one, N_ELEMENTS(one), 1, 0);
	check_rows(several, N_ELEMENTS(several), 4, 0);
	check_rows(none, N_ELEMENTS(none), 0, 0);
}
END_TEST

START_TEST(an_address_that_cannot_be_used_changes_nothing)
{
	static const struct row rows[] = {
		{HOME "&myip=rubbish", ADDR4, CURRENT, "dnserr!bad", ""},
		{HOME "&myip=" OTHER4 ",rubbish", ADDR4, CURRENT, "dnserr!bad", ""},
		{HOME "&myip=" ADDR4 "," OTHER4, ADDR4, CURRENT, "dnserr!bad", ""},
		/* A peer without an address, as behind a unix socket. */
		{HOME, "", CURRENT, "dnserr!sender", ""},
		{HOME "&myip=" SPECIAL, ADDR4, CURRENT, "dnserr!special", ""},
		{HOME "&myip=" SPECIAL ",fe80::1", ADDR4, CURRENT, "dnserr!special", ""},
		{HOME, "10.0.0.1", CURRENT, "dnserr!special", ""},
		/* Even one that was wanted before the zone forbade it. */
		{HOME "&myip=" SPECIAL, "", STATE(SPECIAL, "", 5, 5, 0), "dnserr!special", ""},
		/* Lines that are decided already stay what they are. */
		{"hostname=other.dyn.example.com,home.dyn.example.com,x..y,away.example.net"
		 "&myip=rubbish",
		 "", CURRENT, "nohost dnserr!bad notfqdn dnserr!zone", ""},
		/* A zone that allows it, alone and with one that does not. */
		{"hostname=box.lab.dyn.example.com&myip=" SPECIAL, "", CURRENT, "good#0",
		 "box/intend/1/4/4/" SPECIAL ","},
		{"hostname=box.lab.dyn.example.com,home.dyn.example.com&myip=" SPECIAL, "", CURRENT,
		 "good#0 dnserr!special", "box/intend/1/4/4/" SPECIAL ","},
		/* What is no host's is allowed nowhere. */
		{"hostname=box.lab.dyn.example.com&myip=0.0.0.0", ADDR4, CURRENT, "dnserr!special",
		 ""},
		{"hostname=box.lab.dyn.example.com&myip=255.255.255.255,ff02::1", ADDR4, CURRENT,
		 "dnserr!special", ""},
		/* A host of no zone has no say. */
		{"hostname=away.example.net,box.lab.dyn.example.com&myip=" SPECIAL, "", CURRENT,
		 "dnserr!zone good#0", "box/intend/1/4/4/" SPECIAL ","},
	};

	check_rows(rows, N_ELEMENTS(rows), 4, 0);
}
END_TEST

/* The addresses of a line are the reply's. */
START_TEST(an_address_that_the_zone_does_not_take_leaves_the_other_family_alone)
{
	static const struct {
		struct row row;
		const char *v4, *v6;		       /* of the last line */
		const char *left_out_v4, *left_out_v6; /* of the plan */
	} rows[] = {
		{{HOME "&myip=" OTHER4 ",fe80::1", ADDR4, CURRENT, "good#0",
		  "home/intend/6/4/4/" OTHER4 "," ADDR6},
		 OTHER4,
		 "",
		 "",
		 "fe80::1"},
		{{HOME "&myip=100.64.0.1," OTHER6, ADDR4, CURRENT, "good#0",
		  "home/intend/6/6/6/" ADDR4 "," OTHER6},
		 "",
		 OTHER6,
		 "100.64.0.1",
		 ""},
		{{HOME "&myip=100.64.0.1," ADDR6, ADDR4, CURRENT, "nochg", ""},
		 "",
		 ADDR6,
		 "100.64.0.1",
		 ""},
		/* Each host by its own zone. */
		{{"hostname=home.dyn.example.com,box.lab.dyn.example.com&myip=" SPECIAL "," OTHER6,
		  ADDR4, CURRENT, "good#0 good#1",
		  "home/intend/6/6/6/" ADDR4 "," OTHER6 " box/intend/1/46/46/" SPECIAL "," OTHER6},
		 SPECIAL,
		 OTHER6,
		 SPECIAL,
		 ""},
		/* The sender's own does not stand in. */
		{{HOME "&myip=" SPECIAL, OTHER4, CURRENT, "dnserr!special", ""},
		 "",
		 "",
		 SPECIAL,
		 ""},
		{{"hostname=box.lab.dyn.example.com&myip=0.0.0.0," OTHER6, ADDR4, CURRENT, "good#0",
		  "box/intend/1/6/6/," OTHER6},
		 "",
		 OTHER6,
		 "0.0.0.0",
		 ""},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct addr_pair want = {addr_of(rows[i].v4), addr_of(rows[i].v6)};
		struct addr_pair left_out = {addr_of(rows[i].left_out_v4),
					     addr_of(rows[i].left_out_v6)};
		struct plan p;

		check_rows(&rows[i].row, 1, 4, 0);
		plan_row(&rows[i].row, 4, 0, &p);
		ck_assert_msg(addr_pair_equal(&p.lines[p.n_lines - 1].addrs, &want), "row %zu", i);
		ck_assert_msg(addr_pair_equal(&p.summary.left_out, &left_out), "row %zu", i);
	}
}
END_TEST

#define P64 "2a02:1:2:3::/64"
#define NAS "2a02:1:2:3:1:2:3:4"
#define BOX "2a02:1:2:3::b"

/* home is the router; second has ::1:2:3:4, box ::b in the other zone. */
START_TEST(a_prefix_renumbers_all_hosts_with_an_interface_id)
{
	static const struct row rows[] = {
		/* from each place that it may stand in */
		{HOME "&myip=" OTHER4 "&ip6lanprefix=" P64, "", CURRENT, "good#0",
		 "home/intend/6/4/4/" OTHER4 "," ADDR6 " second/intend/1/6/-/," NAS
		 " box/intend/1/6/-/," BOX},
		{HOME "&myip=" ADDR4 "&ipv6prefix=" P64, "", CURRENT, "nochg",
		 "second/intend/1/6/-/," NAS " box/intend/1/6/-/," BOX},
		{HOME "&myip=" ADDR4 "&myipv6=" P64, "", CURRENT, "nochg",
		 "second/intend/1/6/-/," NAS " box/intend/1/6/-/," BOX},
		/* the router's own address, given or the sender's */
		{HOME "&myip=2a02:1:2:3::1", "", CURRENT, "good#0",
		 "home/intend/6/6/6/" ADDR4 ",2a02:1:2:3::1 second/intend/1/6/-/," NAS
		 " box/intend/1/6/-/," BOX},
		{HOME, "2a02:1:2:3::1", CURRENT, "good#0",
		 "home/intend/6/6/6/" ADDR4 ",2a02:1:2:3::1 second/intend/1/6/-/," NAS
		 " box/intend/1/6/-/," BOX},
		{HOME "&myip=" ADDR4 "," ADDR6, "", CURRENT, "nochg",
		 "second/intend/1/6/-/,2a02::1:2:3:4 box/intend/1/6/-/,2a02::b"},
		/* the request's own prefix counts more than that address */
		{HOME "&myip=" ADDR6 "&ip6lanprefix=" P64, "", CURRENT, "nochg",
		 "second/intend/1/6/-/," NAS " box/intend/1/6/-/," BOX},
		/* nothing that says which one */
		{HOME "&myip=" OTHER4, "", CURRENT, "good#0",
		 "home/intend/6/4/4/" OTHER4 "," ADDR6},
		{HOME "&myip=" OTHER4 "&myipv6=preserve", "", CURRENT, "good#0",
		 "home/intend/6/4/4/" OTHER4 "," ADDR6},
		{HOME "&myip=" ADDR4 "," ADDR6 "&ip6lanprefix=", "", CURRENT, "nochg", ""},
		{HOME "&myip=" ADDR4 "," ADDR6 "&ip6lanprefix=no", "", CURRENT, "nochg", ""},
		{HOME "&myip=" ADDR4 "&myipv6=" P64 "&ipv6prefix=preserve", "", CURRENT, "nochg",
		 ""},
		{HOME "&myip=" ADDR4 ",fe80::1", "", CURRENT, "nochg", ""},
		{"hostname=nobody.example.com&ip6lanprefix=" P64, ADDR4, CURRENT, "nohost", ""},
		{"hostname=a..b&ip6lanprefix=" P64, ADDR4, CURRENT, "notfqdn", ""},
		/* one that is named and one that is not */
		{"hostname=nobody.example.com,home.dyn.example.com&ip6lanprefix=" P64, ADDR4,
		 CURRENT, "nohost nochg", "second/intend/1/6/-/," NAS " box/intend/1/6/-/," BOX},
		/* what cannot be read changes nothing */
		{HOME "&myip=" OTHER4 "&ip6lanprefix=rubbish", "", CURRENT, "dnserr!bad", ""},
		{HOME "&myip=" OTHER4 "&ip6lanprefix=" P64 ",2a02::/56", "", CURRENT, "dnserr!bad",
		 ""},
		{HOME "&ip6lanprefix=" P64, "", CURRENT, "dnserr!sender", ""},
	};

	host_ids[1] = "::1:2:3:4";
	host_ids[2] = "::b";
	second_v6 = NULL;
	check_rows(rows, N_ELEMENTS(rows), 3, 0);
}
END_TEST

START_TEST(who_gets_nothing_but_a_prefix_is_told_the_prefix)
{
	static const struct row rows[] = {
		{HOME "&myipv6=" P64, ADDR4, CURRENT, "good=" P64, "box/intend/1/6/-/," BOX},
		{HOME "&myip=100.64.0.1&ip6lanprefix=" P64, ADDR4, CURRENT, "good=" P64,
		 "box/intend/1/6/-/," BOX},
		{HOME "&myip=preserve&ip6lanprefix=2a02:1:2:0::/56", ADDR4, CURRENT,
		 "good=2a02:1:2::/56",
		 "second/intend/4/6/-/,2a02:1:2:0:1:2:3:4 box/intend/1/6/-/,"
		 "2a02:1:2::b"},
		{HOME ",second.dyn.example.com&myipv6=" P64, ADDR4, CURRENT, "good=" P64 " nochg",
		 "box/intend/1/6/-/," BOX},
		/* nobody can use it, or not everybody */
		{HOME "&myipv6=::/64", ADDR4, CURRENT, "dnserr!special!lan-special", ""},
		{HOME "&myipv6=fd00:1:2:3::/64", ADDR4, CURRENT, "good=fd00:1:2:3::/64!lan-special",
		 "box/intend/1/6/-/,fd00:1:2:3::b"},
	};
	static const struct row useless[] = {
		{HOME "&myipv6=fd00:1:2:3::/64", ADDR4, CURRENT, "dnserr!special!lan-special", ""},
		{HOME "&myipv6=2a02:1:2:3:ffff::/80", ADDR4, CURRENT, "dnserr!special!lan-fit", ""},
	};
	static const struct row known[] = {
		{HOME "&myipv6=" P64, ADDR4, CURRENT, "nochg=" P64, ""},
	};
	static const struct row quirk[] = {
		{HOME "&myipv6=" P64, ADDR4, CURRENT, "good=" P64, ""},
	};

	host_ids[1] = "::1:2:3:4";
	host_ids[2] = "::b";
	second_v6 = NAS;
	check_rows(rows, N_ELEMENTS(rows), 3, 0);
	check_rows(useless, N_ELEMENTS(useless), 2, 0);
	check_rows(known, N_ELEMENTS(known), 2, 0);
	check_rows(quirk, N_ELEMENTS(quirk), 2, ACCOUNT_NOCHG_AS_GOOD);
}
END_TEST

START_TEST(a_host_with_an_interface_id_that_is_named_gets_its_own_address)
{
	static const struct row rows[] = {
		{"hostname=second.dyn.example.com&myip=" OTHER4 "&ip6lanprefix=" P64, "", CURRENT,
		 "good#0", "second/intend/4/46/46/" OTHER4 "," NAS},
		{"hostname=home.dyn.example.com,second.dyn.example.com&myip=2a02:1:2:3::1", "",
		 CURRENT, "good#0 good#1",
		 "home/intend/6/6/6/" ADDR4 ",2a02:1:2:3::1 second/intend/4/6/6/," NAS},
		{"hostname=second.dyn.example.com&ip6lanprefix=" P64, "2a02:1:2:3::ffff", CURRENT,
		 "good#0", "second/intend/4/6/6/," NAS},
		/* preserve is about the addresses of the request */
		{"hostname=second.dyn.example.com&myipv6=no&ip6lanprefix=" P64, OTHER4, CURRENT,
		 "good#0", "second/intend/4/6/6/," NAS},
		/* without a prefix it is a host as any other */
		{"hostname=second.dyn.example.com&myip=" OTHER6, "", CURRENT, "good#0",
		 "second/intend/4/6/6/," OTHER6},
		{"hostname=second.dyn.example.com&myip=2a02:9::1", "", CURRENT, "nochg", ""},
		{"hostname=second.dyn.example.com", OTHER6, CURRENT, "good#0",
		 "second/intend/4/6/6/," OTHER6},
		{"hostname=second.dyn.example.com&myip=" OTHER4 "," OTHER6 "&ip6lanprefix=", "",
		 CURRENT, "good#0", "second/intend/4/46/46/" OTHER4 "," OTHER6},
		/* twice */
		{"hostname=second.dyn.example.com,second.dyn.example.com&ip6lanprefix=" P64, ADDR6,
		 CURRENT, "good#0 good#0", "second/intend/4/6/6/," NAS},
		/* a prefix that it cannot use leaves its other family */
		{"hostname=second.dyn.example.com&myip=" OTHER4 "&ip6lanprefix=fd00:1::/64", "",
		 CURRENT, "good#0!lan-special", "second/intend/4/46/4/" OTHER4 ",2a02:9::1"},
		{"hostname=second.dyn.example.com&myipv6=fd00:1::/64", "", CURRENT,
		 "dnserr!special!lan-special", ""},
	};

	host_ids[1] = "::1:2:3:4";
	host_ids[2] = NULL;
	second_v6 = "2a02:9::1";
	check_rows(rows, N_ELEMENTS(rows) - 2, 2, 0);
	check_rows(rows + N_ELEMENTS(rows) - 1, 1, 2, 0);
}
END_TEST

START_TEST(the_subnet_is_the_one_of_the_interface_id)
{
	static const struct row rows[] = {
		{HOME "&myip=" ADDR4 "&ip6lanprefix=2a02:1:2:100::/56", "", CURRENT, "nochg",
		 "second/intend/1/6/-/,2a02:1:2:105:1:2:3:4 box/intend/1/6/-/,2a02:1:2:100::b"},
		{HOME "&myip=" ADDR4 "&ip6lanprefix=2a02:1:2::/48", "", CURRENT, "nochg",
		 "second/intend/1/6/-/,2a02:1:2:5:1:2:3:4 box/intend/1/6/-/,2a02:1:2::b"},
		{HOME "&myip=" ADDR4 "&ip6lanprefix=2a02:1:2:100::/60", "", CURRENT, "nochg",
		 "second/intend/1/6/-/,2a02:1:2:105:1:2:3:4 box/intend/1/6/-/,2a02:1:2:100::b"},
		/* the link of the router says nothing of other subnets */
		{HOME "&myip=" ADDR4 "&ip6lanprefix=" P64, "", CURRENT, "nochg!lan-fit",
		 "box/intend/1/6/-/," BOX},
		{HOME "&myip=" ADDR6, "", CURRENT, "nochg!lan-fit", "box/intend/1/6/-/,2a02::b"},
		{HOME "&myip=" ADDR4 "&ip6lanprefix=2a02:1:2:3:4::/80", "", CURRENT,
		 "nochg!lan-fit", "box/intend/1/6/-/,2a02:1:2:3:4::b"},
	};

	host_ids[1] = "::5:1:2:3:4";
	host_ids[2] = "::b";
	second_v6 = NULL;
	check_rows(rows, N_ELEMENTS(rows), 3, 0);
}
END_TEST

START_TEST(a_host_in_no_zone_is_passed_over)
{
	static const struct row rows[] = {
		{HOME "&myip=" ADDR4 "&ip6lanprefix=" P64, "", CURRENT, "nochg!lan-zone",
		 "second/intend/1/6/-/," NAS},
		{"hostname=away.example.net&myip=" ADDR4 "&ip6lanprefix=" P64, "", CURRENT,
		 "dnserr!zone", ""},
	};

	host_ids[1] = "::1:2:3:4";
	host_ids[2] = NULL;
	host_ids[3] = "::1";
	second_v6 = NULL;
	check_rows(rows, N_ELEMENTS(rows), 4, 0);
}
END_TEST

START_TEST(an_address_of_a_prefix_is_judged_by_the_zone)
{
	static const struct {
		const char *id, *prefix;
		size_t host; /* 2: in the zone that takes all */
		enum plan_note note;
		const char *want; /* that it gets, or that is left out; "": neither */
	} rows[] = {
		{"::1", "2a02:1:2:3::/64", 1, PLAN_NOTE_NONE, "2a02:1:2:3::1"},
		{"::1", "2001:db8::/64", 1, PLAN_NOTE_LAN_SPECIAL, "2001:db8::1"},
		{"::1", "2001:db8::/64", 2, PLAN_NOTE_NONE, "2001:db8::1"},
		{"::1", "fd00::/64", 2, PLAN_NOTE_NONE, "fd00::1"},
		{"::1", "::/64", 2, PLAN_NOTE_LAN_SPECIAL, "::1"},
		{"::1", "ff02::/64", 2, PLAN_NOTE_LAN_SPECIAL, "ff02::1"},
		{"::5:0:0:0:1", "2a02:1:2:3::/64", 2, PLAN_NOTE_LAN_NO_FIT, ""},
		{"::5:0:0:0:1", "2a02:1:2::/48", 1, PLAN_NOTE_NONE, "2a02:1:2:5::1"},
	};
	char query[128], text[ADDR_TEXT_MAX];
	struct plan p;
	size_t i;

	make_zones();
	second_v6 = NULL;
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		const struct row row = {.query = query, .peer = "", .state = CURRENT};

		memset(host_ids, 0, sizeof(host_ids));
		host_ids[rows[i].host] = rows[i].id;
		snprintf(query, sizeof(query), HOME "&myip=" ADDR4 "&ip6lanprefix=%s",
			 rows[i].prefix);
		plan_row(&row, 3, 0, &p);
		ck_assert_msg(p.note == rows[i].note, "row %zu", i);
		ck_assert_uint_eq(p.n_items, rows[i].note == PLAN_NOTE_NONE);
		ck_assert_str_eq(
			addr_format(p.n_items > 0 ? &p.items[0].want.v6 : &p.summary.left_out.v6,
				    text),
			rows[i].want);
	}
	memset(host_ids, 0, sizeof(host_ids));
}
END_TEST

/* To whom it means nothing. */
START_TEST(an_account_without_interface_ids_has_no_use_for_a_prefix)
{
	static const struct row rows[] = {
		{HOME "&myip=" ADDR4 "&ip6lanprefix=" P64, "", CURRENT, "nochg", ""},
		{HOME "&myip=" ADDR4 "&ip6lanprefix=rubbish", "", CURRENT, "nochg", ""},
		{HOME "&ip6lanprefix=" P64, OTHER4, CURRENT, "good#0",
		 "home/intend/6/4/4/" OTHER4 "," ADDR6},
		{HOME "&myip=" OTHER4 "&myipv6=" P64, "", CURRENT, "dnserr!bad", ""},
		{HOME "&myipv6=" P64, OTHER4, CURRENT, "dnserr!bad", ""},
		{HOME "&myip=" OTHER4 "," P64 "&ip6lanprefix=no", "", CURRENT, "dnserr!bad", ""},
	};

	memset(host_ids, 0, sizeof(host_ids));
	check_rows(rows, N_ELEMENTS(rows), 3, 0);
}
END_TEST

START_TEST(hosts_on_the_lan_do_not_hide_the_only_host)
{
	static const struct row rows[] = {
		{"myip=" OTHER4, "", CURRENT, "good#0", "home/intend/6/4/4/" OTHER4 "," ADDR6},
		{"hostname=any&myip=2a02:1:2:3::1", "", CURRENT, "good#0",
		 "home/intend/6/6/6/" ADDR4 ",2a02:1:2:3::1 second/intend/1/6/-/," NAS
		 " box/intend/1/6/-/," BOX},
	};
	static const struct row none[] = {
		{"ip6lanprefix=" P64, OTHER4, CURRENT, "notfqdn", ""},
	};
	static const struct row one[] = {
		{"ip6lanprefix=" P64, ADDR6, CURRENT, "good#0",
		 "home/intend/6/6/6/" ADDR4 ",2a02:1:2:3::a"},
	};

	host_ids[1] = "::1:2:3:4";
	host_ids[2] = "::b";
	second_v6 = NULL;
	check_rows(rows, N_ELEMENTS(rows), 3, 0);
	host_ids[0] = "::a";
	check_rows(none, N_ELEMENTS(none), 3, 0);
	check_rows(one, N_ELEMENTS(one), 1, 0);
	host_ids[0] = NULL;
}
END_TEST

/* What has to be published again though nothing changed comes behind. */
START_TEST(the_summary_counts_who_is_renumbered)
{
	static const struct row row = {HOME "&myip=2a02:1:2:3::1", "", CURRENT, "", ""};
	char text[PREFIX_TEXT_MAX];
	struct plan p;

	make_zones();
	host_ids[1] = "::1:2:3:4";
	host_ids[2] = "::b";
	host_ids[3] = NULL;
	second_v6 = NAS;
	plan_row(&row, 3, 0, &p);
	ck_assert_str_eq(prefix_format(&p.summary.prefix, text), P64);
	ck_assert_uint_eq(p.summary.n_renumbered, 1);
	ck_assert_uint_eq(p.n_items, 2);
	ck_assert_uint_eq(p.n_named, 1);
}
END_TEST

/* As many as there can be of both. */
START_TEST(the_largest_account_fits)
{
	struct dyndns_query q = {.hosts_kind = QUERY_HOSTS_GIVEN, .n_hosts = QUERY_HOSTS_MAX};
	struct interface_id id = value_interface_id("::1");
	struct addr peer = addr_of("2a02:1:2:3::1");
	struct account *a;
	struct plan p;
	char name[32];
	size_t i;

	make_zones();
	ck_assert_int_eq(account_new(slice_of("router"), &a, NULL), 0);
	for (i = 0; i < PLAN_ITEMS_MAX; i++) {
		struct account_host *h;

		snprintf(name, sizeof(name), "h%zu.dyn.example.com", i);
		ck_assert_int_eq(account_add_host(a, slice_of(name), NULL, &h, NULL), 0);
		if (i < QUERY_HOSTS_MAX)
			q.hosts[i] = (struct query_host){.valid = true, .name = h->name};
		else
			ck_assert_int_eq(account_set_interface_id(a, h, &id, NULL), 0);
	}
	plan_make(a, &q, &peer, zones, 2, NOW_S, &p);
	ck_assert_uint_eq(p.n_items, PLAN_ITEMS_MAX);
	ck_assert_uint_eq(p.n_named, QUERY_HOSTS_MAX);
	ck_assert_uint_eq(p.summary.n_renumbered, ACCOUNT_INTERFACE_IDS_MAX);
	for (i = 0; i < a->n_hosts; i++) {
		struct host_state *s = &a->hosts[i].state;

		s->want = p.items[i].want;
		s->seq = s->pub = 1;
		s->time_s = NOW_S - 2 * DAY_S;
	}
	plan_make(a, &q, &peer, zones, 2, NOW_S, &p);
	ck_assert(p.is_unchanged && p.summary.n_renumbered == 0);
	ck_assert_uint_eq(p.n_repeats, PLAN_REPEATS_MAX);
	account_free(a);
}
END_TEST

START_TEST(more_names_than_the_protocol_takes_are_one_line)
{
	static const struct row rows[] = {
		{"hostname=a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,"
		 "a.b,a.b,a.b&myip=" ADDR4,
		 "", CURRENT, "numhost", ""},
		{"hostname=a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,a.b,"
		 "a.b,a.b,home.dyn.example.com&myip=rubbish",
		 "", CURRENT, "numhost", ""},
	};

	check_rows(rows, N_ELEMENTS(rows), 4, 0);
}
END_TEST

START_TEST(the_plan_carries_the_request_addresses_and_the_ttl)
{
	static const struct row row = {HOME "&myip=" OTHER4, ADDR6, CURRENT, "", ""};
	struct account *a;
	struct dyndns_query q;
	struct addr peer = addr_of(ADDR6);
	struct plan p;

	make_zones();
	plan_row(&row, 1, 0, &p);
	ck_assert_uint_eq(p.items[0].ttl, TTL);
	ck_assert(!addr_is_set(&p.addrs.v6));
	a = make_account(&row.state, 1);
	a->ttl = 300;
	ck_assert_int_eq(dyndns_query_parse(slice_of(HOME), NULL, &q), 0);
	/* A zone that never lets a publication pass as fresh. */
	zones[0].republish_interval_s = 0;
	plan_make(a, &q, &peer, zones, 2, NOW_S, &p);
	ck_assert_uint_eq(p.n_repeats, 1);
	ck_assert_uint_eq(p.repeats[0].ttl, 300);
	ck_assert_uint_eq(p.repeats[0].families, FAMILY_BOTH);
	ck_assert(addr_equal(&p.addrs.v6, &peer));
	account_free(a);
}
END_TEST

/* Hosts a, b, c ... of which those that stand in lan are on the LAN. */
static struct account *account_with(size_t n_hosts, const char *lan)
{
	struct account *a;
	size_t i;

	ck_assert_int_eq(account_new(slice_of("router"), &a, NULL), 0);
	for (i = 0; i < n_hosts; i++) {
		char name[] = "a.example.com";
		struct account_host *h;

		name[0] = (char)('a' + i);
		ck_assert_int_eq(account_add_host(a, slice_of(name), NULL, &h, NULL), 0);
		if (strchr(lan, name[0]) != NULL)
			h->interface_id = value_interface_id("::1");
	}
	return a;
}

START_TEST(the_only_host_is_the_one_that_is_not_on_the_lan)
{
	static const struct {
		size_t n_hosts;
		const char *lan, *query;
		unsigned quirks;
		const char *want; /* NULL: none */
	} rows[] = {
		{1, "", "", 0, "a"},
		{1, "a", "", 0, "a"},
		{2, "", "", 0, NULL},
		{2, "b", "", 0, "a"},
		{2, "a", "hostname=any", 0, "b"},
		{2, "ab", "", 0, NULL},
		{3, "bc", "", 0, "a"},
		{3, "c", "", 0, NULL},
		{0, "", "", 0, NULL},
		/* what is named is meant, unless any name will do */
		{1, "", "hostname=a.example.com", 0, NULL},
		{2, "b", "hostname=a.example.com", 0, NULL},
		{1, "", "hostname=x.example.org", ACCOUNT_ANY_HOSTNAME, "a"},
		{2, "b", "hostname=x.example.org", ACCOUNT_ANY_HOSTNAME, "a"},
		{2, "b", "hostname=x..", ACCOUNT_ANY_HOSTNAME, "a"},
		{2, "b", "hostname=b.example.com", ACCOUNT_ANY_HOSTNAME, NULL},
		{2, "", "hostname=x.example.org", ACCOUNT_ANY_HOSTNAME, NULL},
	};
	size_t i;

	make_zones();
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct account *a = account_with(rows[i].n_hosts, rows[i].lan);
		const struct addr peer = {.family = ADDR_NONE};
		struct dyndns_query q;
		struct plan p;

		a->quirks = rows[i].quirks;
		ck_assert_int_eq(dyndns_query_parse(slice_of(rows[i].query), NULL, &q), 0);
		plan_make(a, &q, &peer, zones, 2, NOW_S, &p);
		ck_assert_msg((p.only_host != NULL) == (rows[i].want != NULL), "row %zu", i);
		if (p.only_host != NULL)
			ck_assert_msg(p.only_host->name.text[0] == rows[i].want[0], "row %zu", i);
		account_free(a);
	}
}
END_TEST

START_TEST(the_longest_zone_wins_and_never_inside_a_label)
{
	static const struct {
		const char *name;
		size_t zone;
	} rows[] = {
		{"a.dyn.example.com", 0}, {"a.lab.dyn.example.com", 1}, {"lab.dyn.example.com", 1},
		{"dyn.example.com", 0},	  {"xlab.dyn.example.com", 0},	{"xdyn.example.com", 2},
		{"example.com", 2},
	};
	struct fqdn name;
	size_t i;

	make_zones();
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		name = fqdn_of(rows[i].name);
		ck_assert_msg(plan_find_zone(zones, 2, &name) == rows[i].zone, "%s", rows[i].name);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_changed_address_is_intended_and_only_its_family_is_sent,
		nochg_needs_the_same_address_published_and_fresh,
		what_was_published_otherwise_is_published_anew,
		hosts_published_at_once_are_not_due_at_once,
		the_quirk_turns_nochg_into_good,
		the_only_host_is_meant_whatever_is_named,
		a_family_is_cleared_where_the_account_may,
		nothing_is_cleared_where_the_account_may_not,
		what_is_owed_is_published_before_it_is_cleared,
		every_name_has_a_line_in_request_order,
		a_request_without_a_name_means_the_only_host,
		an_address_that_cannot_be_used_changes_nothing,
		an_address_that_the_zone_does_not_take_leaves_the_other_family_alone,
		a_prefix_renumbers_all_hosts_with_an_interface_id,
		who_gets_nothing_but_a_prefix_is_told_the_prefix,
		a_host_with_an_interface_id_that_is_named_gets_its_own_address,
		the_subnet_is_the_one_of_the_interface_id,
		a_host_in_no_zone_is_passed_over,
		an_address_of_a_prefix_is_judged_by_the_zone,
		an_account_without_interface_ids_has_no_use_for_a_prefix,
		hosts_on_the_lan_do_not_hide_the_only_host,
		the_summary_counts_who_is_renumbered,
		the_largest_account_fits,
		more_names_than_the_protocol_takes_are_one_line,
		the_plan_carries_the_request_addresses_and_the_ttl,
		the_only_host_is_the_one_that_is_not_on_the_lan,
		the_longest_zone_wins_and_never_inside_a_label,
	};

	return unit_run("plan", tests, N_ELEMENTS(tests));
}
