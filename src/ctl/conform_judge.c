/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/conform_judge.h"

#include <stdio.h>
#include <string.h>

#include "net/addr.h"

enum { SHOWN_MAX = 120 };

static void differs(struct buf *found, const char *clause)
{
	if (found->len > 0)
		buf_adds(found, "; ");
	buf_adds(found, clause);
}

static void body_differs(struct buf *found, const char *want, const struct fetch_reply *reply)
{
	char shown[SHOWN_MAX], wanted[SHOWN_MAX], clause[2 * SHOWN_MAX + 32];

	str_printable(shown, sizeof(shown), (struct slice){reply->body, reply->body_len});
	str_printable(wanted, sizeof(wanted), slice_of(want));
	snprintf(clause, sizeof(clause), "the body is \"%s\", not \"%s\"", shown, wanted);
	differs(found, clause);
}

/* The first line of text, without blanks at its ends, as word and rest; text goes on after it. */
static void next_line(struct slice *text, struct slice *word, struct slice *rest)
{
	struct slice line;

	slice_cut(*text, '\n', &line, text);
	slice_cut(slice_trim(line, STR_SPACE), ' ', word, rest);
	*rest = slice_trim(*rest, STR_SPACE);
}

static bool is_fine(struct slice word)
{
	return slice_eq(word, "good") || slice_eq(word, "nochg");
}

static bool words_match(struct slice want, struct slice got, bool exactly)
{
	if (!exactly && is_fine(want) && is_fine(got))
		return true;
	return want.len == got.len && memcmp(want.p, got.p, want.len) == 0;
}

/* One address of each family at most, in any order and spelling. */
static bool read_addresses(struct slice text, struct addr_pair *ret)
{
	memset(ret, 0, sizeof(*ret));
	while (text.len > 0) {
		struct slice item;
		struct addr addr;

		slice_cut(text, ',', &item, &text);
		if (addr_parse(slice_trim(item, STR_SPACE), &addr) != 0)
			return false;
		*(addr.family == ADDR_V4 ? &ret->v4 : &ret->v6) = addr;
	}
	return true;
}

static bool addresses_match(struct slice want, struct slice got, unsigned judge)
{
	struct addr_pair wanted, found;

	if (want.len == 0 || (judge & CONFORM_VERDICT) != 0)
		return true;
	if (got.len == 0)
		return (judge & CONFORM_ADDRESS) == 0;
	return read_addresses(want, &wanted) && read_addresses(got, &found) &&
	       addr_pair_equal(&wanted, &found);
}

/* Line by line; what a server appends to the last one is its own affair here. */
static bool lines_match(const char *want, const struct fetch_reply *reply, unsigned judge)
{
	struct slice wanted = slice_of(want);
	struct slice got = slice_trim((struct slice){reply->body, reply->body_len}, STR_SPACE);
	bool is_first = true;

	while (is_first || wanted.len > 0 || got.len > 0) {
		struct slice word, rest, got_word, got_rest;

		next_line(&wanted, &word, &rest);
		next_line(&got, &got_word, &got_rest);
		if (!words_match(word, got_word, (judge & CONFORM_WORD) != 0) ||
		    !addresses_match(rest, got_rest, judge))
			return false;
		is_first = false;
	}
	return true;
}

bool conform_is_success(const struct fetch_reply *reply)
{
	struct slice text = slice_trim((struct slice){reply->body, reply->body_len}, STR_SPACE);
	bool fine = reply->status >= 200 && reply->status < 300 && text.len > 0;

	while (text.len > 0) {
		struct slice word, rest;

		next_line(&text, &word, &rest);
		fine = fine && is_fine(word);
	}
	return fine;
}

/* Whether any line claims a success: one is enough for clients that look for the word. */
static bool claims_success(const struct fetch_reply *reply)
{
	struct slice text = {reply->body, reply->body_len};
	bool found = false;

	while (text.len > 0) {
		struct slice word, rest;

		next_line(&text, &word, &rest);
		found = found || is_fine(word);
	}
	return found;
}

/* The value of a header of the reply; p NULL: it has none of that name. */
static struct slice find_header(const struct fetch_reply *reply, struct slice name)
{
	struct slice text = {reply->head, reply->head_len};
	char wanted[64];

	if (str_copy(wanted, sizeof(wanted), name) != 0)
		return (struct slice){.p = NULL};
	while (text.len > 0) {
		struct slice line, key, value;

		slice_cut(text, '\n', &line, &text);
		if (slice_cut(line, ':', &key, &value) && slice_eq_nocase(key, wanted))
			return slice_trim(value, STR_SPACE);
	}
	return (struct slice){.p = NULL};
}

/* Only the first word of the value: a realm is the server's own. */
static bool header_matches(struct slice found, struct slice want)
{
	char word[64];

	slice_cut(found, ' ', &found, &(struct slice){0});
	slice_cut(slice_trim_start(want, STR_BLANKS), ' ', &want, &(struct slice){0});
	return str_copy(word, sizeof(word), want) == 0 && slice_eq_nocase(found, word);
}

static void judge_headers(const struct conform_step *step, const struct fetch_reply *reply,
			  struct buf *found)
{
	char clause[SHOWN_MAX + 32];
	struct slice name, value;
	size_t i;

	for (i = 0; i < step->with.n; i++) {
		slice_cut(step->with.at[i], ':', &name, &value);
		if (header_matches(find_header(reply, name), value))
			continue;
		snprintf(clause, sizeof(clause), "no header \"%.*s\"",
			 (int)(step->with.at[i].len < SHOWN_MAX ? step->with.at[i].len : SHOWN_MAX),
			 step->with.at[i].p);
		differs(found, clause);
	}
	for (i = 0; i < step->without.n; i++) {
		name = step->without.at[i];
		if (find_header(reply, name).p == NULL)
			continue;
		snprintf(clause, sizeof(clause), "a header %.*s", (int)name.len, name.p);
		differs(found, clause);
	}
}

static bool body_matches(const struct conform_step *step, const char *want,
			 const struct fetch_reply *reply)
{
	if ((step->judge & CONFORM_BYTES) != 0)
		return reply->body_len == strlen(want) &&
		       memcmp(reply->body, want, reply->body_len) == 0;
	if ((step->judge & CONFORM_REFUSED) != 0)
		return !claims_success(reply);
	if ((step->judge & (CONFORM_WORDS | CONFORM_WORD | CONFORM_ADDRESS | CONFORM_VERDICT)) == 0)
		return true;
	return lines_match(want, reply, step->judge);
}

void conform_judge(const struct conform_step *step, const char *want,
		   const struct fetch_reply *reply, struct buf *found)
{
	char clause[64];

	if ((step->judge & CONFORM_STATUS) != 0 && reply->status != (long)step->status) {
		snprintf(clause, sizeof(clause), "the status is %ld, not %u", reply->status,
			 step->status);
		differs(found, clause);
	}
	if (!body_matches(step, want, reply))
		body_differs(found, want, reply);
	if ((step->judge & CONFORM_HEADERS) != 0)
		judge_headers(step, reply, found);
}
