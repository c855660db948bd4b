/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/conform_server.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "ctl/conform_judge.h"
#include "ctl/interrupt.h"
#include "net/addr_special.h"

enum { REPLY_TIMEOUT_MS = 15000, SILENT_MAX = 3, URL_MAX = 2048, WORDS_MAX = 80 };

static const char wrong_password[] = "not-the-password";

int conform_server_init(struct conform_server *s, const char *url, struct errinfo *ei)
{
	const char *authority = strstr(url, "://"), *path;

	memset(s, 0, sizeof(*s));
	if (authority == NULL ||
	    (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0))
		return err_set(ei, ERR_INVAL, "URL is https://NAME, or http://NAME, of the server");
	path = authority + 3 + strcspn(authority + 3, "/?#");
	if (memchr(authority, '@', (size_t)(path - authority)) != NULL)
		return err_set(
			ei, ERR_INVAL,
			"give the login as --user NAME: a password in the URL can be seen by "
			"every user of this machine");
	if (strcspn(path, "?#") != strlen(path))
		return err_set(ei, ERR_INVAL, "URL ends with the path: the tool appends the rest");
	if (str_copy(s->base, sizeof(s->base), (struct slice){url, (size_t)(path - url)}) != 0 ||
	    str_copy(s->path, sizeof(s->path), slice_of(path)) != 0)
		return err_set(ei, ERR_LIMIT, "URL is too long");
	if (s->path[0] != '\0' && strcmp(s->path, "/") != 0)
		s->names.path = s->path;
	s->rate = 1;
	return 0;
}

/* A short sleep ends when a signal comes. */
static void wait_turn(struct conform_server *s)
{
	int64_t pause_ms = 1000 / s->rate, left;

	while ((left = s->last_ms + pause_ms - clock_mono_ms()) > 0 &&
	       (s->is_ending || !interrupt_came())) {
		struct timespec ts = {.tv_sec = left / 1000, .tv_nsec = (left % 1000) * 1000000};

		if (nanosleep(&ts, NULL) != 0 && errno != EINTR)
			break;
	}
	s->last_ms = clock_mono_ms();
}

void conform_server_end(struct conform_server *s)
{
	s->is_ending = true;
}

static int check_limits(struct conform_server *s, struct errinfo *ei)
{
	if (s->is_ending)
		return 0;
	if (s->started_ms == 0)
		s->started_ms = clock_mono_ms();
	if (s->n_requests >= CONFORM_REQUESTS_MAX)
		return err_set(ei, ERR_LIMIT, "stopped after %d requests", CONFORM_REQUESTS_MAX);
	if (clock_mono_ms() - s->started_ms > CONFORM_TIME_MAX_MS)
		return err_set(ei, ERR_LIMIT, "stopped after %d minutes",
			       CONFORM_TIME_MAX_MS / 60000);
	return interrupt_check(ei);
}

static const char *words_of(const struct fetch_reply *reply, char out[WORDS_MAX])
{
	return str_printable(out, WORDS_MAX, (struct slice){reply->body, reply->body_len});
}

/* A server that has had enough must not be asked again. */
static int check_patience(const struct fetch_reply *reply, struct errinfo *ei)
{
	char words[WORDS_MAX];

	if (reply->status == 429 || strncmp(reply->body, "abuse", 5) == 0)
		return err_set(ei, ERR_THROTTLED, "the server wants no more requests: %ld \"%s\"",
			       reply->status, words_of(reply, words));
	return 0;
}

/* One request, when it is its turn. The result of fetch_ask() is in *ret_err, its sentence in why;
 * an error is one after which nothing more is asked. */
static int take_turn(struct conform_server *s, const struct fetch_request *rq,
		     struct fetch_reply *reply, int *ret_err, struct errinfo *why,
		     struct errinfo *ei)
{
	int err = check_limits(s, ei);

	if (err != 0)
		return err;
	wait_turn(s);
	if ((err = check_limits(s, ei)) != 0)
		return err;
	s->n_requests++;
	*ret_err = fetch_ask(rq, reply, why);
	s->n_silent = *ret_err == 0 ? 0 : s->n_silent + 1;
	if (s->n_silent == SILENT_MAX)
		return err_set(ei, ERR_UNAVAILABLE, "%s", why->text);
	return *ret_err == 0 && !s->is_ending ? check_patience(reply, ei) : 0;
}

static void take_login(const struct conform_server *s, enum conform_login login,
		       struct fetch_request *rq)
{
	rq->user = login == CONFORM_NOBODY ? NULL : s->user;
	rq->password = s->password;
	if (login == CONFORM_WRONG)
		rq->password = wrong_password;
	else if (login == CONFORM_EMPTY)
		rq->password = "";
	rq->cacert = s->cacert;
	rq->timeout_ms = REPLY_TIMEOUT_MS;
}

int conform_server_set(struct conform_server *s, int host, const struct addr *addr,
		       struct errinfo *ei)
{
	struct fetch_request rq = {.method = NULL};
	struct fetch_reply reply;
	struct errinfo why = ERRINFO_INIT;
	char url[URL_MAX], text[ADDR_TEXT_MAX], words[WORDS_MAX];
	int err, sent;

	snprintf(url, sizeof(url), "%s%s?hostname=%s&myip=%s", s->base,
		 s->names.path != NULL ? s->names.path : "/nic/update",
		 host == 0 ? s->names.host : s->names.second, addr_format(addr, text));
	rq.url = url;
	take_login(s, CONFORM_OWN, &rq);
	err = take_turn(s, &rq, &reply, &sent, &why, ei);
	if (err != 0)
		return err;
	/* Without a reply it may have been carried out, but for one that nobody got. */
	if (sent != 0 ? reply.local_ip[0] != '\0' : conform_is_success(&reply))
		s->is_touched[host] = true;
	if (sent != 0)
		return err_set(ei, ERR_REFUSED, "%s", why.text);
	if (!conform_is_success(&reply))
		return err_set(ei, ERR_REFUSED, "%ld \"%s\"", reply.status,
			       words_of(&reply, words));
	*(addr->family == ADDR_V4 ? &s->known[host].v4 : &s->known[host].v6) = *addr;
	return 0;
}

/* The address that a text of the table is; ADDR_NONE: whatever there is. */
static struct addr wanted_address(struct slice text)
{
	struct addr addr = {.family = ADDR_NONE};

	addr_parse(text, &addr);
	return addr;
}

/* What the host has to have before; most rows leave what the next one needs. A set-up that is
 * refused is no error: the row cannot be judged. */
static int prepare_family(struct conform_server *s, int host, struct slice text,
			  const struct addr *known, struct buf *found, struct errinfo *ei)
{
	struct addr wanted = wanted_address(text);
	struct errinfo why = ERRINFO_INIT;
	int err;

	if (!addr_is_set(&wanted) || addr_equal(&wanted, known) || found->len > 0)
		return 0;
	err = conform_server_set(s, host, &wanted, &why);
	if (err == ERR_REFUSED && s->n_requests > 1) {
		buf_addf(found, "it could not be prepared: %s", why.text);
		return 0;
	}
	if (err == ERR_REFUSED)
		return err_set(ei, err,
			       "the first update, as every router sends it, is refused: %s",
			       why.text);
	return err != 0 ? err_set(ei, err, "%s", why.text) : 0;
}

static int prepare(struct conform_server *s, const struct conform_row *row, struct buf *found,
		   struct errinfo *ei)
{
	int host, err;

	for (host = 0; host < CONFORM_HOSTS_MAX; host++) {
		if (s->names.second == NULL && host == 1)
			break;
		err = prepare_family(s, host, row->before[host].v4, &s->known[host].v4, found, ei);
		if (err == 0)
			err = prepare_family(s, host, row->before[host].v6, &s->known[host].v6,
					     found, ei);
		if (err != 0)
			return err;
	}
	return 0;
}

/* "-NAME" is what libcurl leaves out as "NAME:". */
static int fill_line(struct conform_server *s, struct slice line, char *out, size_t cap)
{
	size_t len;

	if (line.len == 0 || line.p[0] != '-')
		return conform_fill(line, &s->names, out, cap);
	if (str_copy(out, cap - 1, (struct slice){line.p + 1, line.len - 1}) != 0)
		return ERR_LIMIT;
	len = strlen(out);
	out[len] = ':';
	out[len + 1] = '\0';
	return 0;
}

/* A step's request, with its texts. */
struct asked {
	struct fetch_request rq;
	char method[16];
	char target[CONFORM_TEXT_MAX];
	char url[CONFORM_BASE_MAX + CONFORM_TEXT_MAX];
	char lines[FETCH_LINES_MAX][CONFORM_TEXT_MAX];
	char body[CONFORM_TEXT_MAX];
	char reply[CONFORM_TEXT_MAX];
};

static int fill_step(struct conform_server *s, const struct conform_step *step, struct asked *a)
{
	size_t i;

	memset(a, 0, sizeof(*a));
	if (str_copy(a->method, sizeof(a->method), step->method) != 0 ||
	    conform_fill(step->target, &s->names, a->target, sizeof(a->target)) != 0 ||
	    conform_fill(step->reply, &s->names, a->reply, sizeof(a->reply)) != 0 ||
	    conform_fill(step->body, &s->names, a->body, sizeof(a->body)) != 0)
		return ERR_LIMIT;
	for (i = 0; i < step->head.n; i++) {
		if (fill_line(s, step->head.at[i], a->lines[i], sizeof(a->lines[i])) != 0)
			return ERR_LIMIT;
		a->rq.lines[i] = a->lines[i];
	}
	snprintf(a->url, sizeof(a->url), "%s%s", s->base, a->target);
	a->rq.url = a->url;
	a->rq.method = a->method;
	a->rq.body = step->body.p != NULL ? a->body : NULL;
	a->rq.is_old = step->is_old;
	take_login(s, step->login, &a->rq);
	return 0;
}

/* The reply that the row wants names the sender, whose address is none that a public name may have:
 * a server is right to refuse it, and right to take it. */
static bool is_private_sender(const struct conform_step *step, const struct fetch_reply *reply)
{
	static const char own[] = "127.0.0.1";
	struct slice got = slice_trim((struct slice){reply->body, reply->body_len}, STR_SPACE);
	struct addr local;

	return memmem(step->reply.p, step->reply.len, own, strlen(own)) != NULL &&
	       addr_parse(slice_of(reply->local_ip), &local) == 0 && addr_is_special(&local) &&
	       slice_eq(got, "dnserr");
}

/* ERR_REFUSED: it cannot be judged from here. */
static int ask_step(struct conform_server *s, const struct conform_step *step, struct buf *found,
		    struct errinfo *ei)
{
	struct errinfo why = ERRINFO_INIT;
	struct fetch_reply reply;
	struct asked a;
	int sent, err = fill_step(s, step, &a);

	if (err != 0)
		return err_set(ei, err, "a row of the table is too long");
	err = take_turn(s, &a.rq, &reply, &sent, &why, ei);
	if (err != 0)
		return err;
	if (sent != 0)
		buf_addf(found, "no reply: %s", why.text);
	else if (is_private_sender(step, &reply))
		return ERR_REFUSED;
	else
		conform_judge(step, a.reply, &reply, found);
	return 0;
}

static void learn(struct addr *known, struct slice before, struct slice after)
{
	struct addr now = wanted_address(after.len > 0 ? after : before);

	if (addr_is_set(&now))
		*known = now;
}

/* After what was not expected, nobody knows what the hosts have. */
static void learn_all(struct conform_server *s, const struct conform_row *row, bool passes)
{
	int host;

	if (!passes) {
		memset(s->known, 0, sizeof(s->known));
		return;
	}
	for (host = 0; host < CONFORM_HOSTS_MAX; host++) {
		learn(&s->known[host].v4, row->before[host].v4, row->after[host].v4);
		learn(&s->known[host].v6, row->before[host].v6, row->after[host].v6);
	}
}

int conform_server_ask(struct conform_server *s, const struct conform_row *row,
		       enum conform_result *ret, struct buf *found, struct errinfo *ei)
{
	size_t i;
	int err;

	*ret = CONFORM_UNJUDGED;
	if (row->has_second && s->names.second == NULL) {
		buf_adds(found, "it needs a second host (--host)");
		return 0;
	}
	err = prepare(s, row, found, ei);
	if (err != 0 || found->len > 0)
		return err;
	s->is_touched[0] = true;
	s->is_touched[1] = s->is_touched[1] || row->has_second;
	for (i = 0; i < row->n_steps && err == 0; i++)
		err = ask_step(s, &row->steps[i], found, ei);
	if (err == ERR_REFUSED) {
		buf_adds(found, "the server does not take the sender's address, which is private");
		memset(s->known, 0, sizeof(s->known));
		return 0;
	}
	*ret = found->len > 0 ? CONFORM_DEVIATES : CONFORM_PASSES;
	learn_all(s, row, err == 0 && found->len == 0);
	return err;
}
