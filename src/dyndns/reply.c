/* SPDX-License-Identifier: BSD-2-Clause */
#include "dyndns/reply.h"

#include <assert.h>
#include <string.h>

enum {
	STATUS_OK = 200,
	STATUS_BAD = 400,
	STATUS_UNAUTHORIZED = 401,
	STATUS_NOT_FOUND = 404,
	STATUS_UNPROCESSABLE = 422,
	STATUS_LATER = 503,
};

/* badness: of several lines the one with the highest is told (one_line). What is about the account
 * or the request stands alone, and is not compared. */
static const struct {
	const char *word;
	unsigned status;
	unsigned status_4xx; /* with errors_as_4xx */
	unsigned badness;
} codes[] = {
	[DYNDNS_GOOD] = {"good", STATUS_OK, STATUS_OK, 1},
	[DYNDNS_NOCHG] = {"nochg", STATUS_OK, STATUS_OK, 0},
	[DYNDNS_BADAUTH] = {"badauth", STATUS_UNAUTHORIZED, STATUS_UNAUTHORIZED, 0},
	[DYNDNS_NOHOST] = {"nohost", STATUS_OK, STATUS_NOT_FOUND, 4},
	[DYNDNS_NOTFQDN] = {"notfqdn", STATUS_OK, STATUS_BAD, 3},
	[DYNDNS_NUMHOST] = {"numhost", STATUS_OK, STATUS_BAD, 0},
	[DYNDNS_DNSERR] = {"dnserr", STATUS_OK, STATUS_UNPROCESSABLE, 2},
	[DYNDNS_DNSERR_LATER] = {"dnserr", STATUS_LATER, STATUS_LATER, 5},
	[DYNDNS_911] = {"911", STATUS_LATER, STATUS_LATER, 6},
};

const char *dyndns_word(enum dyndns_code code)
{
	return codes[code].word;
}

void dyndns_answer_one(struct dyndns_answer *a, enum dyndns_code code)
{
	memset(a, 0, sizeof(*a));
	a->n_lines = 1;
	a->lines[0].code = code;
}

bool dyndns_answer_is_to_login(const struct dyndns_answer *a)
{
	size_t i;

	for (i = 0; i < a->n_lines; i++)
		if (a->lines[i].code != DYNDNS_BADAUTH && a->lines[i].code != DYNDNS_911)
			return true;
	return false;
}

/* DYNDNS_BODY_MAX holds the longest answer, so that this never cuts one. */
static void reply_put(struct dyndns_reply *r, const char *text)
{
	size_t len = strlen(text);

	assert(len < sizeof(r->body) - r->body_len);
	memcpy(r->body + r->body_len, text, len + 1);
	r->body_len += len;
}

static void put_address(struct dyndns_reply *r, char before, const struct addr *a)
{
	char text[1 + ADDR_TEXT_MAX] = {before};

	addr_format(a, text + 1);
	reply_put(r, text);
}

static void put_prefix(struct dyndns_reply *r, const struct prefix *p)
{
	char text[PREFIX_TEXT_MAX];

	reply_put(r, " ");
	reply_put(r, prefix_format(p, text));
}

static void put_line(struct dyndns_reply *r, const struct dyndns_line *line)
{
	bool v4 = addr_is_set(&line->addrs.v4), v6 = addr_is_set(&line->addrs.v6);

	reply_put(r, dyndns_word(line->code));
	if (line->code != DYNDNS_GOOD && line->code != DYNDNS_NOCHG)
		return;
	if (v4)
		put_address(r, ' ', &line->addrs.v4);
	if (v6)
		put_address(r, v4 ? ',' : ' ', &line->addrs.v6);
	if (!v4 && !v6 && line->prefix.len != 0)
		put_prefix(r, &line->prefix);
}

/* 503 beats the rest: a client that takes any 200 for success has to come back for the line that
 * failed. Otherwise it is that of the first error. */
static unsigned status_of(const struct dyndns_form *form, const struct dyndns_line *lines, size_t n)
{
	unsigned status = STATUS_OK;
	size_t i;

	for (i = 0; i < n; i++) {
		const unsigned own = form->errors_as_4xx ? codes[lines[i].code].status_4xx
							 : codes[lines[i].code].status;

		if (own == STATUS_LATER || status == STATUS_OK)
			status = own;
		if (status == STATUS_LATER)
			break;
	}
	return status;
}

/* The first of those that are the worst. */
static const struct dyndns_line *worst_line(const struct dyndns_answer *a)
{
	const struct dyndns_line *worst = &a->lines[0];
	size_t i;

	for (i = 1; i < a->n_lines; i++)
		if (codes[a->lines[i].code].badness > codes[worst->code].badness)
			worst = &a->lines[i];
	return worst;
}

void dyndns_render(const struct dyndns_answer *a, unsigned retry_after_s, struct dyndns_reply *ret)
{
	const struct dyndns_line *lines = a->lines;
	size_t i, n = a->n_lines;

	assert(n > 0 && n <= QUERY_HOSTS_MAX);
	if (a->form.one_line) {
		lines = worst_line(a);
		n = 1;
	}
	memset(ret, 0, sizeof(*ret));
	ret->status = status_of(&a->form, lines, n);
	ret->challenge = ret->status == STATUS_UNAUTHORIZED;
	if (ret->status == STATUS_LATER)
		ret->retry_after_s = a->retry_after_s > 0 ? a->retry_after_s : retry_after_s;
	for (i = 0; i < n; i++) {
		if (i > 0)
			reply_put(ret, "\n");
		put_line(ret, &lines[i]);
	}
}
