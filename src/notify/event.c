/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/event.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mac.h"
#include "notify/message_text.h"

/* Of the id: 16 bytes in hexadecimal digits. */
enum { ID_BYTES = 16 };
/* What an id is made of. */
enum { ID_TEXT_MAX = 1024 };
/* Members may be added without a change of it. */
enum { EVENT_VERSION = 1 };
/* The end of the year 9999, beyond which no form of a time goes (RFC 3339 §1). */
#define EVENT_AT_MAX_S INT64_C(253402300799)

const char *event_kind_word(unsigned kind)
{
	if (kind < CONF_EVENTS)
		return conf_event_word((enum conf_event)kind);
	return kind == EVENT_DIGEST ? "digest" : "test";
}

static void add_addr(char out[EVENT_ADDRS_MAX], const struct addr *a)
{
	char text[ADDR_TEXT_MAX];
	size_t used = strlen(out);

	if (addr_is_set(a))
		snprintf(out + used, EVENT_ADDRS_MAX - used, "%s%s", used > 0 ? " " : "",
			 addr_format(a, text));
}

void event_set_addrs(char out[EVENT_ADDRS_MAX], const struct addr_pair *pair)
{
	out[0] = '\0';
	add_addr(out, &pair->v4);
	add_addr(out, &pair->v6);
}

/* C0 and DEL, or of UTF-8 that is well-formed C1: U+0080 to U+009F. */
static bool is_control(const char *p)
{
	const unsigned char c = (unsigned char)p[0], next = (unsigned char)p[1];

	return c < 0x20 || c == 0x7f || (c == 0xc2 && next < 0xa0);
}

static bool has_control(const char *text)
{
	while (*text != '\0' && !is_control(text))
		text++;
	return *text != '\0';
}

/* It may have the words of a server. */
static void replace_controls(char *text)
{
	for (; *text != '\0'; text++) {
		if (!is_control(text))
			continue;
		if ((unsigned char)*text == 0xc2)
			*text++ = '?';
		*text = '?';
	}
}

/* A character that was cut in two would be no JSON. */
static void end_where_broken(char *text)
{
	struct slice rest = slice_of(text);
	size_t n;

	while (rest.len > 0 && (n = str_utf8_length(rest)) > 0)
		rest = (struct slice){rest.p + n, rest.len - n};
	text[strlen(text) - rest.len] = '\0';
}

void event_set_text(struct event *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	end_where_broken(e->text);
	replace_controls(e->text);
}

int event_set_id(struct event *e, const char *made, uint64_t mark)
{
	static const char key[] = "mooring event";
	unsigned char mac[MAC_LEN];
	struct buf text;
	int err;

	buf_init(&text, ID_TEXT_MAX);
	buf_addf(&text, "%s\n%s\n%s\n%s\n%" PRIu64, event_kind_word(e->kind), e->host, e->user,
		 made, mark);
	err = buf_err(&text);
	if (err == 0)
		err = mac_sha256(slice_of(key), (struct slice){text.data, text.len}, mac);
	buf_fini(&text);
	if (err == 0)
		str_hex(e->id, mac, ID_BYTES);
	return err;
}

void event_title(const struct event *e, char out[EVENT_TITLE_MAX])
{
	static const char *const words[EVENT_KINDS] = {
		[CONF_EVENT_ADDRESS_CHANGED] = "address changed",
		[CONF_EVENT_HOST_SILENT] = "silent",
		[CONF_EVENT_LOGINS_REFUSED] = "logins refused",
		[CONF_EVENT_NAME_REFUSED] = "name refused by DNS",
		[CONF_EVENT_PUBLICATION_LATE] = "publication late",
		[CONF_EVENT_CERTIFICATE_ENDING] = "certificate about to end",
		[CONF_EVENT_RELOAD_FAILED] = "reload failed",
		[CONF_EVENT_RESTARTED] = "restarted after a crash",
		[EVENT_DIGEST] = "more happened than is told",
		[EVENT_TEST] = "test",
	};
	const char *of = e->host[0] != '\0' ? e->host : e->user[0] != '\0' ? e->user : "mooring";

	snprintf(out, EVENT_TITLE_MAX, "%s: %s", of, words[e->kind]);
}

static int write_json(const json_t *doc, char out[NOTICE_BODY_MAX + 1])
{
	size_t len = json_dumpb(doc, out, NOTICE_BODY_MAX, JSON_COMPACT);

	if (len == 0 || len > NOTICE_BODY_MAX)
		return len == 0 ? ERR_NOMEM : ERR_LIMIT;
	out[len] = '\0';
	return 0;
}

int event_write(const struct event *e, char out[NOTICE_BODY_MAX + 1])
{
	char at[MESSAGE_TIME_SIZE];
	json_t *doc;
	int err;

	message_time(e->at_s, at);
	doc = json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I}", "version",
			EVENT_VERSION, "id", e->id, "event", event_kind_word(e->kind), "host",
			e->host, "user", e->user, "old", e->old, "new", e->new, "text", e->text,
			"at", at, "at-s", (json_int_t)e->at_s);
	if (doc == NULL)
		return ERR_NOMEM;
	err = write_json(doc, out);
	json_decref(doc);
	return err;
}

static int read_kind(const char *word, unsigned *ret)
{
	unsigned kind;

	for (kind = 0; kind < EVENT_KINDS; kind++) {
		if (strcmp(word, event_kind_word(kind)) == 0) {
			*ret = kind;
			return 0;
		}
	}
	return ERR_INVAL;
}

/* A target makes a header, a variable or a line of it: without a control character nobody can make
 * two. */
static int take_text(char *out, size_t size, const char *text)
{
	return !has_control(text) && str_copy(out, size, slice_of(text)) == 0 ? 0 : ERR_INVAL;
}

/* As event_set_id() makes it. */
static bool is_id(const char *id)
{
	size_t i;

	for (i = 0; i < (size_t)2 * ID_BYTES; i++)
		if (str_hex_value(id[i]) < 0)
			return false;
	return id[i] == '\0';
}

static bool is_host(const char *host)
{
	struct fqdn name;

	return *host == '\0' ||
	       (fqdn_parse(slice_of(host), &name) == 0 && strcmp(name.text, host) == 0);
}

static int read_doc(json_t *doc, struct event *e)
{
	const char *id, *kind, *host, *user, *old, *new, *text;
	json_int_t at_s;

	if (json_unpack(doc, "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I}", "id", &id, "event", &kind,
			"host", &host, "user", &user, "old", &old, "new", &new, "text", &text,
			"at-s", &at_s) != 0)
		return ERR_INVAL;
	if (!is_id(id) || !is_host(host) || at_s < 0 || at_s > EVENT_AT_MAX_S)
		return ERR_INVAL;
	e->at_s = at_s;
	if (read_kind(kind, &e->kind) != 0 || take_text(e->id, sizeof(e->id), id) != 0 ||
	    take_text(e->host, sizeof(e->host), host) != 0 ||
	    take_text(e->user, sizeof(e->user), user) != 0 ||
	    take_text(e->old, sizeof(e->old), old) != 0 ||
	    take_text(e->new, sizeof(e->new), new) != 0 ||
	    take_text(e->text, sizeof(e->text), text) != 0)
		return ERR_INVAL;
	return 0;
}

int event_read(const char *json, const char *id, struct event *ret)
{
	json_t *doc = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
	struct event e = {0};
	int err;

	if (doc == NULL)
		return ERR_INVAL;
	err = read_doc(doc, &e);
	json_decref(doc);
	if (err == 0 && strcmp(e.id, id) != 0)
		err = ERR_INVAL;
	if (err == 0)
		*ret = e;
	return err;
}
