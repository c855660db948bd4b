/* SPDX-License-Identifier: BSD-2-Clause */
#include "dyndns/reply.h"

#include <assert.h>
#include <string.h>

enum { STATUS_OK = 200, STATUS_UNAUTHORIZED = 401, STATUS_LATER = 503 };

static const struct {
	const char *word;
	unsigned status;
} codes[] = {
	[DYNDNS_GOOD] = {"good", STATUS_OK},
	[DYNDNS_NOCHG] = {"nochg", STATUS_OK},
	[DYNDNS_BADAUTH] = {"badauth", STATUS_UNAUTHORIZED},
	[DYNDNS_NOHOST] = {"nohost", STATUS_OK},
	[DYNDNS_NOTFQDN] = {"notfqdn", STATUS_OK},
	[DYNDNS_NUMHOST] = {"numhost", STATUS_OK},
	[DYNDNS_DNSERR] = {"dnserr", STATUS_OK},
	[DYNDNS_DNSERR_LATER] = {"dnserr", STATUS_LATER},
	[DYNDNS_911] = {"911", STATUS_LATER},
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
}

/* 503 beats the rest: a client that takes any 200 for success has to come back for the line that
 * failed. No other status is ever mixed. */
static unsigned status_of(const struct dyndns_answer *a)
{
	unsigned status = codes[a->lines[0].code].status;
	size_t i;

	for (i = 1; i < a->n_lines; i++)
		if (codes[a->lines[i].code].status > status)
			status = codes[a->lines[i].code].status;
	return status;
}

void dyndns_render(const struct dyndns_answer *a, unsigned retry_after_s, struct dyndns_reply *ret)
{
	size_t i;

	assert(a->n_lines > 0 && a->n_lines <= QUERY_HOSTS_MAX);
	memset(ret, 0, sizeof(*ret));
	ret->status = status_of(a);
	ret->challenge = ret->status == STATUS_UNAUTHORIZED;
	ret->retry_after_s = ret->status == STATUS_LATER ? retry_after_s : 0;
	for (i = 0; i < a->n_lines; i++) {
		if (i > 0)
			reply_put(ret, "\n");
		put_line(ret, &a->lines[i]);
	}
}
