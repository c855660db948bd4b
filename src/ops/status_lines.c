/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/status_lines.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "base/buf.h"
#include "engine/view.h"
#include "net/addr.h"
#include "net/pseudonym.h"

/* ---------------------------------------------------------------- the request */

/* Who asks for something newer would not understand what it gets. */
static int check_version(const json_t *root, struct errinfo *ei)
{
	const json_t *version = json_object_get(root, "version");

	if (version == NULL || json_integer_value(version) == STATUS_PROTOCOL)
		return 0;
	return err_set(ei, ERR_INVAL, "this daemon speaks version %d", STATUS_PROTOCOL);
}

static int read_ask(const json_t *root, struct status_request *ret, struct errinfo *ei)
{
	const char *ask = json_string_value(json_object_get(root, "ask"));
	const char *host = json_string_value(json_object_get(root, "host"));

	if (ask == NULL)
		return err_set(ei, ERR_INVAL,
			       "a request is {\"ask\":\"status\"} or "
			       "{\"ask\":\"host\",\"host\":\"NAME\"}");
	if (strcmp(ask, "status") == 0)
		return 0;
	if (strcmp(ask, "host") != 0)
		return err_set(ei, ERR_INVAL, "\"ask\" is \"status\" or \"host\"");
	if (host == NULL || fqdn_parse(slice_of(host), &ret->host) != 0)
		return err_set(ei, ERR_INVAL, "\"host\" is a host name with a dot in it");
	return 0;
}

int status_request_parse(struct slice line, struct status_request *ret, struct errinfo *ei)
{
	struct status_request request = {.host = {.len = 0}};
	json_t *root = json_loadb(line.p, line.len, JSON_REJECT_DUPLICATES, NULL);
	int err;

	if (!json_is_object(root)) {
		json_decref(root);
		return err_set(ei, ERR_INVAL, "a request is one line with a JSON object");
	}
	err = check_version(root, ei);
	if (err == 0)
		err = read_ask(root, &request, ei);
	json_decref(root);
	if (err == 0)
		*ret = request;
	return err;
}

/* ---------------------------------------------------------------- the answer */

/* How many bytes of s stand in a string of JSON as they are (RFC 8259 §7). */
static size_t plain_length(struct slice s)
{
	size_t i = 0;

	while (i < s.len && (unsigned char)s.p[i] >= ' ' && (unsigned char)s.p[i] < 0x80 &&
	       s.p[i] != '"' && s.p[i] != '\\')
		i++;
	return i;
}

/* The character that s begins with; returns its length. What is no UTF-8 becomes '?', which is
 * better than a line that nobody can read. */
static size_t put_character(struct buf *b, struct slice s)
{
	const size_t len = str_utf8_length(s);

	if (len == 0)
		buf_addc(b, '?');
	else if (len > 1)
		buf_add(b, s.p, len);
	else if ((unsigned char)*s.p < ' ')
		buf_addf(b, "\\u%04x", (unsigned)*s.p);
	else
		buf_addf(b, "\\%c", *s.p);
	return len > 0 ? len : 1;
}

static void put_string(struct buf *b, struct slice s)
{
	size_t len;

	buf_addc(b, '"');
	for (; s.len > 0; s.p += len, s.len -= len) {
		len = plain_length(s);
		if (len > 0)
			buf_add(b, s.p, len);
		else
			len = put_character(b, s);
	}
	buf_addc(b, '"');
}

/* key is a constant of ours. Each field but the first begins with a comma. */
static void put_key(struct buf *b, const char *key)
{
	buf_adds(b, ",\"");
	buf_adds(b, key);
	buf_adds(b, "\":");
}

static void put_text(struct buf *b, const char *key, struct slice value)
{
	put_key(b, key);
	put_string(b, value);
}

static void put_number(struct buf *b, const char *key, int64_t value)
{
	put_key(b, key);
	buf_addf(b, "%" PRId64, value);
}

static void put_flag(struct buf *b, const char *key, bool value)
{
	put_key(b, key);
	buf_adds(b, value ? "true" : "false");
}

static void put_addr(struct buf *b, const char *key, const struct addr *a)
{
	char text[ADDR_TEXT_MAX];

	if (addr_is_set(a))
		put_text(b, key, slice_of(addr_format(a, text)));
}

void status_put_head(struct buf *b, const struct status_head *head)
{
	size_t i;

	buf_addf(b, "{\"line\":\"daemon\",\"protocol\":%d", STATUS_PROTOCOL);
	put_text(b, "version", slice_of(head->version));
	put_number(b, "pid", head->pid);
	put_number(b, "time", head->now_s);
	put_number(b, "started", head->started_s);
	buf_adds(b, ",\"trouble\":[");
	for (i = 0; i < head->n_reasons; i++) {
		buf_adds(b, i > 0 ? "," : "");
		put_string(b, slice_of(head->reasons[i]));
	}
	buf_addc(b, ']');
	put_number(b, "queued", (int64_t)head->queued);
	put_flag(b, "complete", head->is_complete);
	put_flag(b, "asked-kept", head->is_kept);
	put_number(b, "notices-waiting", (int64_t)head->notices_waiting);
	put_number(b, "notices-given-up", (int64_t)head->notices_dead);
	put_flag(b, "notices-kept", !head->are_notices_unkept);
	if (head->notices_looked_s != 0)
		put_number(b, "notices-read", head->notices_looked_s);
	buf_adds(b, "}\n");
}

static const char *state_word(enum view_standing standing)
{
	static const char *const words[] = {
		[VIEW_UNKNOWN] = "unknown", [VIEW_PUBLISHED] = "published",
		[VIEW_QUEUED] = "queued",   [VIEW_UNSTORED] = "unstored",
		[VIEW_OWED] = "owed",
	};

	return words[standing];
}

static void put_queued(struct buf *b, const struct view_host *h, int64_t now_s)
{
	char why[PSEUDONYM_TEXT_MAX];

	put_text(b, "publisher", slice_of(h->is_builtin ? "builtin" : "route53"));
	put_number(b, "waits-since", now_s - h->waits_ms / 1000);
	if (h->why != NULL)
		put_text(b, "why", slice_of(pseudonym_sentence(h->why, why)));
}

/* What is not known has no field. */
void status_put_host(struct buf *b, const struct view_host *h, int64_t now_s)
{
	char user[PSEUDONYM_LOGIN_MAX];

	buf_adds(b, "{\"line\":\"host\"");
	put_text(b, "host", h->name);
	put_text(b, "user", slice_of(pseudonym_login(h->user, user)));
	put_text(b, "state", slice_of(state_word(h->standing)));
	put_addr(b, "ipv4", &h->addrs.v4);
	put_addr(b, "ipv6", &h->addrs.v6);
	if (h->published_s > 0)
		put_number(b, "published", h->published_s);
	if (h->since_s > 0)
		put_number(b, "since", h->since_s);
	if (h->standing == VIEW_QUEUED)
		put_queued(b, h, now_s);
	if (h->asked_s > 0) {
		put_number(b, "asked", h->asked_s);
		put_addr(b, "from", &h->from);
		if (h->agent[0] != '\0')
			put_text(b, "agent", slice_of(h->agent));
	}
	buf_adds(b, "}\n");
}

void status_put_end(struct buf *b, uint64_t n_hosts)
{
	buf_addf(b, "{\"line\":\"end\",\"hosts\":%" PRIu64 "}\n", n_hosts);
}

void status_put_error(struct buf *b, const char *sentence)
{
	buf_adds(b, "{\"line\":\"error\"");
	put_text(b, "why", slice_of(sentence));
	buf_adds(b, "}\n");
}
