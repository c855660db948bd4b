/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/texts.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum { MINUTES_PER_HOUR = 60, QUIET_LEN = sizeof("22:00-07:00") - 1 };

static bool only_of(struct slice s, const char *allowed)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (s.p[i] == '\0' || strchr(allowed, s.p[i]) == NULL)
			return false;
	return true;
}

/* Printable ASCII without a blank and without any of those characters. */
static bool is_visible(struct slice s, const char *but)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' || strchr(but, s.p[i]) != NULL)
			return false;
	return true;
}

/* RFC 3986 §3.2.3: none, or an empty one, is the scheme's. */
static bool has_fit_port(struct slice authority)
{
	struct slice host, rest = authority, port;
	uint64_t n = 0;

	if (authority.p[0] == '[')
		slice_cut(authority, ']', &host, &rest);
	return !slice_cut(rest, ':', &host, &port) || port.len == 0 ||
	       (str_parse_uint(port, UINT16_MAX, &n) == 0 && n > 0);
}

/* A scheme of the list, a host, and what may follow. A user and a password have files of their own,
 * and a fragment is never sent. Braces are no characters of URLs (RFC 3986), so that whoever writes
 * some is told. */
static bool is_url_of(struct slice s, const char *const *schemes, const char *but)
{
	struct slice scheme, rest, authority, after;

	if (!is_visible(s, but) || !slice_cut(s, ':', &scheme, &rest))
		return false;
	while (*schemes != NULL && !slice_eq_nocase(scheme, *schemes))
		schemes++;
	if (*schemes == NULL || rest.len < 3 || rest.p[0] != '/' || rest.p[1] != '/')
		return false;
	slice_cut((struct slice){rest.p + 2, rest.len - 2}, '/', &authority, &after);
	slice_cut(authority, '?', &authority, &after);
	return authority.len > 0 && authority.p[0] != ':' && has_fit_port(authority) &&
	       memchr(authority.p, '@', authority.len) == NULL &&
	       memchr(authority.p, '{', authority.len) == NULL;
}

/* The length of the place that s begins with; 0: of none. */
static size_t place_len(struct slice s, const char *const *places)
{
	for (; *places != NULL; places++) {
		size_t len = strlen(*places);

		if (s.len >= len && memcmp(s.p, *places, len) == 0)
			return len;
	}
	return 0;
}

/* Has no brace but those of the places. */
static bool has_only_places(struct slice s, const char *const *places)
{
	size_t i, len;

	for (i = 0; i < s.len; i++) {
		len = place_len((struct slice){s.p + i, s.len - i}, places);
		if (len > 0)
			i += len - 1;
		else if (s.p[i] == '{' || s.p[i] == '}')
			return false;
	}
	return true;
}

static bool is_target_url(struct slice s)
{
	static const char *const schemes[] = {"http", "https", "smtp", "smtps", NULL};
	static const char *const places[] = {"{token}", NULL};

	return has_only_places(s, places) && is_url_of(s, schemes, "\"<>\\^`|#");
}

static bool is_heartbeat_url(struct slice s)
{
	static const char *const schemes[] = {"http", "https", NULL};
	static const char *const places[] = {"{host}", "{token}", NULL};

	return has_only_places(s, places) && is_url_of(s, schemes, "\"<>\\^`|#");
}

/* Not all that RFC 5321 allows: no quoted local part, no address literal. */
static bool is_mail(struct slice s)
{
	struct slice local, domain;

	return s.len <= CONF_MAIL_MAX && is_visible(s, "\"<>(),:;[]\\") &&
	       slice_cut(s, '@', &local, &domain) && local.len > 0 && domain.len > 0 &&
	       memchr(domain.p, '@', domain.len) == NULL;
}

/* RFC 9110, 5.1 and 5.5. */
static bool is_header(struct slice s)
{
	static const char token[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "!#$%&'*+-.^_`|~";
	struct slice name, value;

	return slice_cut(s, ':', &name, &value) && name.len > 0 && only_of(name, token) &&
	       !slice_has_control(value) && slice_trim(value, STR_BLANKS).len > 0;
}

/* arn:PARTITION:sns:REGION:ACCOUNT:NAME */
static bool is_topic(struct slice s)
{
	struct slice part, rest = s;
	size_t n;

	if (!is_visible(s, "\"\\"))
		return false;
	for (n = 0; n < 5; n++) {
		if (!slice_cut(rest, ':', &part, &rest) || part.len == 0 ||
		    (n == 0 && !slice_eq(part, "arn")) || (n == 2 && !slice_eq(part, "sns")))
			return false;
	}
	return rest.len > 0 && memchr(rest.p, ':', rest.len) == NULL;
}

static bool is_event(struct slice s)
{
	unsigned event;

	for (event = 0; event < CONF_EVENTS; event++)
		if (slice_eq(s, conf_event_word((enum conf_event)event)))
			return true;
	return false;
}

static bool is_host(struct slice s)
{
	struct fqdn name;

	return fqdn_parse(s, &name) == 0;
}

bool conf_text_is_valid(enum conf_type type, struct slice s)
{
	switch (type) {
	case CONF_TYPE_TARGET_URL:
		return is_target_url(s);
	case CONF_TYPE_HEARTBEAT_URL:
		return is_heartbeat_url(s);
	case CONF_TYPE_MAIL:
	case CONF_TYPE_MAILS:
		return is_mail(s);
	case CONF_TYPE_HEADERS:
		return is_header(s);
	case CONF_TYPE_TOPIC:
		return is_topic(s);
	case CONF_TYPE_EVENTS:
		return is_event(s);
	case CONF_TYPE_HOSTS:
		return is_host(s);
	default:
		return !slice_has_control(s);
	}
}

static void describe_events(struct buf *out)
{
	unsigned event;

	for (event = 0; event < CONF_EVENTS; event++)
		buf_addf(out, "%s%s",
			 event == 0		    ? ""
			 : event + 1 == CONF_EVENTS ? " or "
						    : ", ",
			 conf_event_word((enum conf_event)event));
}

bool conf_text_describe(enum conf_type type, struct buf *out)
{
	static const char *const what[] = {
		[CONF_TYPE_TARGET_URL] = "a URL with http://, https://, smtp:// or smtps:// and a "
					 "host, without a user, and with no other "
					 "brace than {token} behind the host",
		[CONF_TYPE_HEARTBEAT_URL] = "a URL with http:// or https:// and a host, without a "
					    "user, and with no other brace than {host} and "
					    "{token} behind the host",
		[CONF_TYPE_MAIL] = "an address of mail, as admin@example.com",
		[CONF_TYPE_MAILS] = "an address of mail, as admin@example.com",
		[CONF_TYPE_HEADERS] = "a header of HTTP, as Name: value",
		[CONF_TYPE_TOPIC] = "the ARN of a topic, as arn:aws:sns:REGION:ACCOUNT:NAME",
		[CONF_TYPE_HOSTS] = "a host name of two labels or more, or *. and one",
		[CONF_TYPE_TEXT] = "text on one line that is not longer than it may be",
		[CONF_TYPE_COMMAND] = "text on one line that is not longer than it may be",
		[CONF_TYPE_QUIET] = "two times of the day, as 22:00-07:00",
	};

	if (type == CONF_TYPE_EVENTS) {
		describe_events(out);
		return true;
	}
	if (type >= sizeof(what) / sizeof(what[0]) || what[type] == NULL)
		return false;
	buf_adds(out, what[type]);
	return true;
}

/* A copy as it is compared later: names without case and without the root's dot. */
static int copy_text(enum conf_type type, struct slice s, char **ret)
{
	struct fqdn name;
	char *copy;

	if (type == CONF_TYPE_HOSTS) {
		int err = fqdn_parse(s, &name);

		if (err != 0)
			return err;
		s = slice_of(name.text);
	}
	copy = malloc(s.len + 1);
	if (copy == NULL)
		return ERR_NOMEM;
	str_copy(copy, s.len + 1, s);
	*ret = copy;
	return 0;
}

int conf_texts_add(const struct conf_key *key, struct conf_texts *list, struct slice s)
{
	char *copy = NULL;
	size_t i;
	int err;

	if (s.len == 0 || s.len > CONF_PATH_MAX || !conf_text_is_valid(key->type, s))
		return ERR_INVAL;
	err = copy_text(key->type, s, &copy);
	if (err != 0)
		return err;
	for (i = 0; i < list->n && key->type != CONF_TYPE_COMMAND; i++)
		if (strcmp(list->at[i], copy) == 0)
			err = ERR_EXISTS;
	if (err == 0 && list->n >= key->max)
		err = ERR_LIMIT;
	if (err == 0)
		list->at[list->n++] = copy;
	else
		free(copy);
	return err;
}

void conf_texts_clear(struct conf_texts *list)
{
	while (list->n > 0)
		free(list->at[--list->n]);
}

/* "HH:MM" */
static bool parse_time(struct slice s, unsigned *ret)
{
	struct slice hour, minute;
	uint64_t h, m;

	if (s.len != sizeof("HH:MM") - 1 || !slice_cut(s, ':', &hour, &minute) || hour.len != 2 ||
	    str_parse_uint(hour, 23, &h) != 0 ||
	    str_parse_uint(minute, MINUTES_PER_HOUR - 1, &m) != 0)
		return false;
	*ret = (unsigned)(h * MINUTES_PER_HOUR + m);
	return true;
}

int conf_quiet_parse(struct slice s, struct conf_quiet *ret)
{
	struct slice from, to;
	struct conf_quiet q = {0};

	if (s.len > 0 && (s.len != QUIET_LEN || !slice_cut(s, '-', &from, &to) ||
			  !parse_time(from, &q.from_min) || !parse_time(to, &q.to_min) ||
			  q.from_min == q.to_min))
		return ERR_INVAL;
	*ret = q;
	return 0;
}

void conf_quiet_print(const struct conf_quiet *q, struct buf *out)
{
	if (q->from_min == q->to_min)
		buf_adds(out, "\"\"");
	else
		buf_addf(out, "\"%02u:%02u-%02u:%02u\"", q->from_min / MINUTES_PER_HOUR,
			 q->from_min % MINUTES_PER_HOUR, q->to_min / MINUTES_PER_HOUR,
			 q->to_min % MINUTES_PER_HOUR);
}
