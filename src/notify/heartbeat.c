/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/heartbeat.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/container_of.h"
#include "base/hash_table.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/rand.h"
#include "net/pseudonym.h"
#include "notify/host_part.h"
#include "notify/rules.h"
#include "notify/token_url.h"
#include "notify/web.h"

/* The longest URL with as many names in it as have room. */
enum { HEARTBEAT_URL_MAX = 128 * 1024, HOSTS_MIN = 64 };

enum pulse_state {
	PULSE_WAITS, /* in the queue of its section */
	PULSE_ASKS,
	PULSE_ASKS_AGAIN, /* the same, and it was updated since */
};

/* One host of one section for which something is to be done. */
struct pulse {
	struct hash_node node;
	struct section *section;
	enum pulse_state state;
	int64_t since_ms; /* it waits */
	struct fqdn name;
	TAILQ_ENTRY(pulse) link; /* while it waits */
};

struct section {
	struct heartbeats *all;
	const struct conf_heartbeat *conf;
	/* Owned, and secrets: with the token in its place; NULL: that of conf. */
	char *url, *reread;
	struct notify_web *web; /* its own: one that hangs holds no other up */
	struct hash_table pulses;
	TAILQ_HEAD(, pulse) queue;
	unsigned n_asking;
	int64_t next_log_ms, next_skip_log_ms;
};

struct heartbeats {
	uint64_t seed;
	bool is_closed;
	size_t n;
	struct section sections[];
};

static struct pulse *find_pulse(const struct section *s, const struct fqdn *host, uint64_t hash)
{
	struct hash_node *node;

	for (node = hash_table_first(&s->pulses, hash); node != NULL;
	     node = hash_table_next(node)) {
		struct pulse *p = CONTAINER_OF(node, struct pulse, node);

		if (fqdn_equal(&p->name, host))
			return p;
	}
	return NULL;
}

static struct pulse *new_pulse(struct section *s, const struct fqdn *host, uint64_t hash)
{
	struct pulse *p = NULL;

	if (s->pulses.count < HEARTBEAT_HOSTS_MAX)
		p = calloc(1, sizeof(*p));
	if (p == NULL)
		return NULL;
	p->section = s;
	p->name = *host;
	hash_table_add(&s->pulses, &p->node, hash);
	return p;
}

static void pulse_free(struct pulse *p)
{
	hash_table_remove(&p->section->pulses, &p->node);
	free(p);
}

static void pulse_wait(struct pulse *p, int64_t now_ms)
{
	p->state = PULSE_WAITS;
	p->since_ms = now_ms;
	TAILQ_INSERT_TAIL(&p->section->queue, p, link);
}

static void write_url(const char *url, const char *host, struct buf *out)
{
	static const char word[] = "{host}";
	const char *at;

	while ((at = strstr(url, word)) != NULL) {
		buf_add(out, url, (size_t)(at - url));
		buf_adds(out, host);
		url = at + sizeof(word) - 1;
	}
	buf_adds(out, url);
}

static void log_missed(const struct pulse *p, const struct notify_answer *answer)
{
	const int64_t now_ms = clock_mono_ms();
	const struct addr own = host_part_addr(p->section->conf->url);
	char said[PSEUDONYM_TEXT_MAX];

	if (now_ms < p->section->next_log_ms)
		return;
	p->section->next_log_ms = now_ms + HEARTBEAT_LOG_MS;
	log_event(LOG_LEVEL_WARN, "a heartbeat failed; the next hour of failures is only counted",
		  LOG_FIELDS(log_str("heartbeat", p->section->conf->name),
			     log_str("host", p->name.text),
			     log_str("why", pseudonym_said(answer->said.text, "", &own, said))));
}

static void skip(struct section *s, const struct fqdn *host, const char *why)
{
	const int64_t now_ms = clock_mono_ms();

	metric_add(METRIC_HEARTBEATS_SKIPPED, 1);
	if (now_ms < s->next_skip_log_ms)
		return;
	s->next_skip_log_ms = now_ms + HEARTBEAT_LOG_MS;
	log_event(LOG_LEVEL_WARN, "a heartbeat was skipped; the next hour of these is only counted",
		  LOG_FIELDS(log_str("heartbeat", s->conf->name), log_str("host", host->text),
			     log_str("why", why)));
}

static void section_go_on(struct section *s);

static void on_asked(void *arg, int err, const struct notify_answer *answer)
{
	struct pulse *p = arg;
	struct section *s = p->section;

	s->n_asking--;
	if (s->all->is_closed)
		return;
	metric_add(err == 0 ? METRIC_HEARTBEATS_SENT : METRIC_HEARTBEATS_FAILED, 1);
	if (err != 0)
		log_missed(p, answer);
	if (p->state == PULSE_ASKS_AGAIN)
		pulse_wait(p, clock_mono_ms());
	else
		pulse_free(p);
	section_go_on(s);
}

static void pulse_ask(struct pulse *p)
{
	struct section *s = p->section;
	struct notify_web_request req = {.timeout_s = HEARTBEAT_TIMEOUT_S};
	struct buf url;
	int err;

	buf_init(&url, HEARTBEAT_URL_MAX);
	write_url(s->url != NULL ? s->url : s->conf->url, p->name.text, &url);
	req.url = buf_str(&url);
	err = buf_err(&url);
	if (err == 0)
		err = notify_web_send(s->web, &req, on_asked, p);
	buf_fini_secret(&url);
	if (err != 0) {
		skip(s, &p->name, err_str(err));
		pulse_free(p);
		return;
	}
	p->state = PULSE_ASKS;
	s->n_asking++;
}

static void section_go_on(struct section *s)
{
	const int64_t now_ms = clock_mono_ms();
	struct pulse *p;

	while (s->n_asking < HEARTBEAT_CALLS_MAX && (p = TAILQ_FIRST(&s->queue)) != NULL) {
		TAILQ_REMOVE(&s->queue, p, link);
		if (now_ms - p->since_ms <= HEARTBEAT_WAIT_MS) {
			pulse_ask(p);
			continue;
		}
		skip(s, &p->name, "the hosts before it took too long");
		pulse_free(p);
	}
}

/* What waits is asked after this update, too. */
static void beat(struct section *s, const struct fqdn *host, int64_t now_ms)
{
	const uint64_t hash = fqdn_hash(host, s->all->seed);
	struct pulse *p;

	if (!rules_have_host(&s->conf->hosts, host->text))
		return;
	p = find_pulse(s, host, hash);
	if (p != NULL) {
		if (p->state == PULSE_ASKS)
			p->state = PULSE_ASKS_AGAIN;
		return;
	}
	p = new_pulse(s, host, hash);
	if (p == NULL) {
		skip(s, host, "there are too many hosts, or there is no memory");
		return;
	}
	pulse_wait(p, now_ms);
	section_go_on(s);
}

void heartbeats_beat(struct heartbeats *h, const struct fqdn *host)
{
	const int64_t now_ms = clock_mono_ms();
	size_t i;

	for (i = 0; h != NULL && i < h->n; i++)
		beat(&h->sections[i], host, now_ms);
}

static int section_read_url(const struct section *s, char **ret, struct errinfo *ei)
{
	return token_url_has_place(s->conf->url)
		       ? token_url_make(s->conf->url, s->conf->token_file, ret, ei)
		       : 0;
}

static int section_fail(const struct section *s, int err, const struct errinfo *why,
			struct errinfo *ei)
{
	return err_set(ei, err, "heartbeat \"%s\": %s", s->conf->name,
		       why->text[0] != '\0' ? why->text : err_str(err));
}

static int section_init(struct section *s, struct uv_loop_s *loop, struct heartbeats *h,
			const struct conf_heartbeat *conf, struct errinfo *ei)
{
	struct errinfo why = ERRINFO_INIT;
	int err = 0;

	s->all = h;
	s->conf = conf;
	TAILQ_INIT(&s->queue);
	if (hash_table_init(&s->pulses, HOSTS_MIN) != 0)
		return err_set(ei, ERR_NOMEM, "%s", err_str(ERR_NOMEM));
	err = notify_web_new(loop, NULL, &s->web, &why);
	if (err == 0)
		err = section_read_url(s, &s->url, &why);
	return err == 0 ? 0 : section_fail(s, err, &why, ei);
}

static void section_fini(struct section *s)
{
	struct hash_node *node, *next;

	notify_web_close(s->web); /* all of its calls end within it */
	for (node = hash_table_walk(&s->pulses, NULL); node != NULL; node = next) {
		next = hash_table_walk(&s->pulses, node);
		free(CONTAINER_OF(node, struct pulse, node));
	}
	hash_table_fini(&s->pulses);
	str_free_secret(s->url);
	str_free_secret(s->reread);
}

void heartbeats_close(struct heartbeats *h)
{
	size_t i;

	if (h == NULL)
		return;
	h->is_closed = true;
	for (i = 0; i < h->n; i++)
		section_fini(&h->sections[i]);
	free(h);
}

int heartbeats_new(struct uv_loop_s *loop, const struct conf *conf, struct heartbeats **ret,
		   struct errinfo *ei)
{
	struct heartbeats *h = calloc(1, sizeof(*h) + conf->n_heartbeats * sizeof(h->sections[0]));
	int err = 0;

	if (h == NULL)
		return err_set(ei, ERR_NOMEM, "%s", err_str(ERR_NOMEM));
	rand_bytes(&h->seed, sizeof(h->seed));
	for (h->n = 0; err == 0 && h->n < conf->n_heartbeats; h->n++)
		err = section_init(&h->sections[h->n], loop, h, &conf->heartbeats[h->n], ei);
	if (err != 0) {
		heartbeats_close(h);
		return err;
	}
	*ret = h;
	return 0;
}

int heartbeats_reread(struct heartbeats *h, struct errinfo *ei)
{
	size_t i;
	int err = 0;

	for (i = 0; h != NULL && err == 0 && i < h->n; i++) {
		struct errinfo why = ERRINFO_INIT;

		err = section_read_url(&h->sections[i], &h->sections[i].reread, &why);
		if (err != 0)
			section_fail(&h->sections[i], err, &why, ei);
	}
	return err;
}

static void section_settle(struct section *s, bool is_taken)
{
	char *gone = is_taken ? s->url : s->reread;

	if (is_taken)
		s->url = s->reread;
	s->reread = NULL;
	str_free_secret(gone);
}

void heartbeats_settle(struct heartbeats *h, bool is_taken)
{
	size_t i;

	for (i = 0; h != NULL && i < h->n; i++)
		section_settle(&h->sections[i], is_taken);
}
