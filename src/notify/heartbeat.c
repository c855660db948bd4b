/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/heartbeat.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

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

/* One host of one section. */
struct pulse {
	struct hash_node node;
	struct section *section;
	bool is_asking;
	int64_t next_ms; /* it is not asked before */
	struct fqdn name;
};

struct section {
	struct heartbeats *all;
	const struct conf_heartbeat *conf;
	char *url; /* owned, and a secret: with the token in its place; NULL: that of conf */
	struct hash_table pulses;
};

struct heartbeats {
	struct notify_web *web;
	uint64_t seed;
	bool is_closed;
	int64_t next_log_ms;
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

/* One that is due again needs no memory of the last time. */
static bool forget_due(struct section *s, int64_t now_ms)
{
	struct hash_node *node, *next;

	for (node = hash_table_walk(&s->pulses, NULL); node != NULL; node = next) {
		struct pulse *p = CONTAINER_OF(node, struct pulse, node);

		next = hash_table_walk(&s->pulses, node);
		if (p->is_asking || p->next_ms > now_ms)
			continue;
		hash_table_remove(&s->pulses, node);
		free(p);
	}
	return s->pulses.count < HEARTBEAT_HOSTS_MAX;
}

static struct pulse *get_pulse(struct section *s, const struct fqdn *host, int64_t now_ms)
{
	const uint64_t hash = fqdn_hash(host, s->all->seed);
	struct pulse *p = find_pulse(s, host, hash);

	if (p != NULL || (s->pulses.count >= HEARTBEAT_HOSTS_MAX && !forget_due(s, now_ms)))
		return p;
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return NULL;
	p->section = s;
	p->name = *host;
	hash_table_add(&s->pulses, &p->node, hash);
	return p;
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

static void log_missed(struct heartbeats *h, const struct pulse *p,
		       const struct notify_answer *answer)
{
	const int64_t now_ms = clock_mono_ms();
	const struct addr own = host_part_addr(p->section->conf->url);
	char said[PSEUDONYM_TEXT_MAX];

	if (now_ms < h->next_log_ms)
		return;
	h->next_log_ms = now_ms + HEARTBEAT_LOG_MS;
	log_event(LOG_LEVEL_WARN, "a heartbeat failed; the next hour of failures is only counted",
		  LOG_FIELDS(log_str("heartbeat", p->section->conf->name),
			     log_str("host", p->name.text),
			     log_str("why", pseudonym_said(answer->said.text, "", &own, said))));
}

static void on_asked(void *arg, int err, const struct notify_answer *answer)
{
	struct pulse *p = arg;
	struct heartbeats *h = p->section->all;

	p->is_asking = false;
	if (h->is_closed)
		return;
	metric_add(err == 0 ? METRIC_HEARTBEATS_SENT : METRIC_HEARTBEATS_FAILED, 1);
	if (err != 0)
		log_missed(h, p, answer);
}

static void pulse_ask(struct pulse *p)
{
	struct heartbeats *h = p->section->all;
	struct notify_web_request req = {.timeout_s = HEARTBEAT_TIMEOUT_S};
	struct buf url;
	int err;

	buf_init(&url, HEARTBEAT_URL_MAX);
	write_url(p->section->url != NULL ? p->section->url : p->section->conf->url, p->name.text,
		  &url);
	req.url = buf_str(&url);
	err = buf_err(&url);
	if (err == 0)
		err = notify_web_send(h->web, &req, on_asked, p);
	buf_fini_secret(&url);
	p->is_asking = err == 0;
	if (err != 0)
		metric_add(METRIC_HEARTBEATS_SKIPPED, 1);
}

static void beat(struct section *s, const struct fqdn *host, int64_t now_ms)
{
	struct pulse *p;

	if (!rules_have_host(&s->conf->hosts, host->text))
		return;
	p = get_pulse(s, host, now_ms);
	if (p == NULL) {
		metric_add(METRIC_HEARTBEATS_SKIPPED, 1);
		return;
	}
	if (p->is_asking || now_ms < p->next_ms)
		return;
	p->next_ms = now_ms + HEARTBEAT_PERIOD_MS;
	pulse_ask(p);
}

void heartbeats_beat(struct heartbeats *h, const struct fqdn *host)
{
	const int64_t now_ms = clock_mono_ms();
	size_t i;

	for (i = 0; h != NULL && i < h->n; i++)
		beat(&h->sections[i], host, now_ms);
}

static int section_init(struct section *s, struct heartbeats *h, const struct conf_heartbeat *conf,
			struct errinfo *ei)
{
	struct errinfo why = ERRINFO_INIT;
	int err = 0;

	s->all = h;
	s->conf = conf;
	if (hash_table_init(&s->pulses, HOSTS_MIN) != 0)
		return err_set(ei, ERR_NOMEM, "%s", err_str(ERR_NOMEM));
	if (token_url_has_place(conf->url))
		err = token_url_make(conf->url, conf->token_file, &s->url, &why);
	if (err == 0)
		return 0;
	return err_set(ei, err, "heartbeat \"%s\": %s", conf->name,
		       why.text[0] != '\0' ? why.text : err_str(err));
}

static void section_fini(struct section *s)
{
	struct hash_node *node, *next;

	for (node = hash_table_walk(&s->pulses, NULL); node != NULL; node = next) {
		next = hash_table_walk(&s->pulses, node);
		free(CONTAINER_OF(node, struct pulse, node));
	}
	hash_table_fini(&s->pulses);
	str_free_secret(s->url);
}

void heartbeats_close(struct heartbeats *h)
{
	size_t i;

	if (h == NULL)
		return;
	h->is_closed = true;
	notify_web_close(h->web); /* all calls end within it */
	for (i = 0; i < h->n; i++)
		section_fini(&h->sections[i]);
	free(h);
}

int heartbeats_new(struct uv_loop_s *loop, const struct conf *conf, struct heartbeats **ret,
		   struct errinfo *ei)
{
	struct heartbeats *h = calloc(1, sizeof(*h) + conf->n_heartbeats * sizeof(h->sections[0]));
	int err = h != NULL ? notify_web_new(loop, NULL, &h->web, ei) : ERR_NOMEM;

	if (err != 0) {
		free(h);
		return err_set(ei, err, "%s", err_str(err));
	}
	rand_bytes(&h->seed, sizeof(h->seed));
	for (h->n = 0; err == 0 && h->n < conf->n_heartbeats; h->n++)
		err = section_init(&h->sections[h->n], h, &conf->heartbeats[h->n], ei);
	if (err != 0) {
		heartbeats_close(h);
		return err;
	}
	*ret = h;
	return 0;
}
