/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/history_print.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/buf.h"
#include "ctl/print.h"
#include "ctl/table.h"

enum { MINUTE_S = 60, HOUR_S = 60 * MINUTE_S, DAY_S = 24 * HOUR_S };
/* Two families, each with two addresses and what stands between them. */
enum { CELL_MAX = 4 * (ADDR_TEXT_MAX + 8) };

struct family_of_entry {
	enum addr_family family;
	const struct addr *old, *new;
	int64_t held_s;
};

/* Both families of an entry. */
static void families_of(const struct history_entry *entries, size_t i,
			struct family_of_entry ret[2])
{
	const struct history_entry *e = &entries[i];

	ret[0] = (struct family_of_entry){ADDR_V4, &e->old.v4, &e->new.v4,
					  history_held_s(entries, i, ADDR_V4)};
	ret[1] = (struct family_of_entry){ADDR_V6, &e->old.v6, &e->new.v6,
					  history_held_s(entries, i, ADDR_V6)};
}

const char *history_span(int64_t s, char out[HISTORY_SPAN_MAX])
{
	const int64_t d = s / DAY_S, h = s % DAY_S / HOUR_S, min = s % HOUR_S / MINUTE_S;

	if (d > 0)
		snprintf(out, HISTORY_SPAN_MAX, "%" PRId64 " d %" PRId64 " h", d, h);
	else if (h > 0)
		snprintf(out, HISTORY_SPAN_MAX, "%" PRId64 " h %" PRId64 " min", h, min);
	else if (min > 0)
		snprintf(out, HISTORY_SPAN_MAX, "%" PRId64 " min %" PRId64 " s", min, s % MINUTE_S);
	else
		snprintf(out, HISTORY_SPAN_MAX, "%" PRId64 " s", s);
	return out;
}

static const char *addr_or_none(const struct addr *a, char text[ADDR_TEXT_MAX])
{
	return addr_is_set(a) ? addr_format(a, text) : "none";
}

/* "192.0.2.1 -> 192.0.2.2, none -> 2001:db8::1"; of a host that stays, what it has. */
static void put_addresses(struct buf *b, const struct family_of_entry families[2], bool is_change)
{
	char old[ADDR_TEXT_MAX], new[ADDR_TEXT_MAX];
	size_t i;

	for (i = 0; i < 2; i++) {
		const struct family_of_entry *f = &families[i];

		if (is_change ? addr_equal(f->old, f->new) : !addr_is_set(f->new))
			continue;
		buf_adds(b, b->len > 0 ? ", " : "");
		if (is_change)
			buf_addf(b, "%s -> ", addr_or_none(f->old, old));
		buf_adds(b, addr_or_none(f->new, new));
	}
}

static void put_held(struct buf *b, const struct family_of_entry families[2])
{
	char span[HISTORY_SPAN_MAX];
	size_t i;

	for (i = 0; i < 2; i++)
		if (families[i].held_s >= 0)
			buf_addf(b, "%s%s", b->len > 0 ? ", " : "held ",
				 history_span(families[i].held_s, span));
}

static const char *or_dash(const char *text)
{
	return *text != '\0' ? text : "-";
}

int history_print_line(struct table *t, const struct history_entry *entries, size_t i)
{
	const struct history_entry *e = &entries[i];
	struct family_of_entry families[2];
	char when[PRINT_TIME_MAX], from[ADDR_TEXT_MAX];
	struct buf addresses, held;
	int err = 0;

	buf_init(&addresses, CELL_MAX);
	buf_init(&held, CELL_MAX);
	families_of(entries, i, families);
	put_addresses(&addresses, families, history_is_change(e));
	put_held(&held, families);
	if ((err = buf_err(&addresses)) == 0 && (err = buf_err(&held)) == 0) {
		const char *cells[HISTORY_COLUMNS] = {
			print_time(e->time_s, when),
			or_dash(buf_str(&addresses)),
			or_dash(buf_str(&held)),
			or_dash(e->verdict),
			or_dash(e->user),
			or_dash(addr_format(&e->from, from)),
			or_dash(e->agent),
		};

		err = table_add(t, cells);
	}
	buf_fini(&addresses);
	buf_fini(&held);
	return err;
}

static json_t *addr_json(const struct addr *a)
{
	char text[ADDR_TEXT_MAX];

	return addr_is_set(a) ? json_string(addr_format(a, text)) : json_null();
}

static void set_family(json_t *o, const char *name, const struct family_of_entry *f)
{
	char key[16];

	snprintf(key, sizeof(key), "old-%s", name);
	json_object_set_new(o, key, addr_json(f->old));
	json_object_set_new(o, name, addr_json(f->new));
	snprintf(key, sizeof(key), "held-%s", name);
	json_object_set_new(o, key, f->held_s >= 0 ? json_integer(f->held_s) : json_null());
}

json_t *history_print_json(const struct history_entry *entries, size_t i)
{
	const struct history_entry *e = &entries[i];
	struct family_of_entry families[2];
	char when[PRINT_TIME_MAX];
	json_t *o = json_object();

	families_of(entries, i, families);
	json_object_set_new(o, "time", json_string(print_time(e->time_s, when)));
	json_object_set_new(o, "host", json_string(e->host.text));
	json_object_set_new(o, "user", json_string(e->user));
	set_family(o, "ipv4", &families[0]);
	set_family(o, "ipv6", &families[1]);
	json_object_set_new(o, "verdict", json_string(e->verdict));
	json_object_set_new(o, "from", addr_json(&e->from));
	json_object_set_new(o, "agent", e->agent[0] != '\0' ? json_string(e->agent) : json_null());
	return o;
}
