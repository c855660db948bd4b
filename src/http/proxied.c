/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/proxied.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "http/proxy_header.h"
#include "net/pseudonym.h"

/* ---------------------------------------------------------------- what is told */

enum reason { UNTRUSTED, MISSING, MALFORMED, TIMEOUT, CLOSED, REASONS };

static const struct {
	const char *name;
	enum log_level level;
} reasons[REASONS] = {
	/* Whoever finds the port may do so, and nothing is wrong here. */
	[UNTRUSTED] = {"the sender is none of trusted-proxies", LOG_LEVEL_INFO},
	/* The proxy and this listener are configured in different ways. */
	[MISSING] = {"another protocol begins at once", LOG_LEVEL_WARN},
	[MALFORMED] = {"the header breaks the protocol's rules", LOG_LEVEL_WARN},
	[TIMEOUT] = {"the header took too long", LOG_LEVEL_WARN},
	/* A check of the proxy whether the port is open looks like this. */
	[CLOSED] = {"the sender closed before the header was whole", LOG_LEVEL_DEBUG},
};

/* Counts each, and writes a line a second at most of each reason. */
static void report(enum reason why, const struct addr *peer)
{
	static struct {
		_Atomic long long next_log_ms;
		atomic_uint left_out;
	} lines[REASONS];

	metric_add((enum metric)(METRIC_PROXY_REFUSED_UNTRUSTED + (int)why), 1);
	if (!log_may_repeat(&lines[why].next_log_ms, clock_mono_ms())) {
		atomic_fetch_add(&lines[why].left_out, 1);
		return;
	}
	log_event(reasons[why].level, "connection closed: no PROXY header",
		  LOG_FIELDS(LOG_ADDR("peer", peer), log_str("why", reasons[why].name),
			     log_uint("more", atomic_exchange(&lines[why].left_out, 0))));
}

void proxied_refuse(const struct addr *peer)
{
	report(UNTRUSTED, peer);
}

/* ---------------------------------------------------------------- reading */

void proxied_begin(struct conn *c)
{
	c->proxied.state = PROXIED_AWAITED;
}

static int fail(int sys_errno)
{
	errno = sys_errno;
	return -1;
}

static void drop_bytes(struct proxied *p)
{
	free(p->bytes);
	p->bytes = NULL;
	p->len = 0;
}

/* Takes n bytes, which were seen there, out of the socket. Not by recv(2), which http/workarounds.c
 * has taken over for what libmicrohttpd reads. */
static bool consume(const struct conn *c, unsigned char *bytes, size_t n)
{
	return n == 0 || read(c->fd, bytes, n) == (ssize_t)n;
}

/* Keeps the first n bytes of the connection: it will take another turn to have them all. They
 * cannot stay in the socket, of which poll(2) would say without end that it can be read. */
static int keep(struct conn *c, size_t n)
{
	struct proxied *p = &c->proxied;

	if (p->bytes == NULL)
		p->bytes = malloc(PROXY_HEADER_MAX);
	if (p->bytes == NULL || !consume(c, p->bytes + p->len, n - p->len))
		return fail(ECONNRESET);
	p->len = n;
	return fail(EAGAIN);
}

static int finish(struct conn *c, const struct proxy_header *h, unsigned char *seen)
{
	struct proxied *p = &c->proxied;
	bool taken = consume(c, seen, h->len - p->len);

	drop_bytes(p);
	p->state = PROXIED_READ;
	p->is_nameless = h->source == PROXY_SOURCE_NOBODY;
	if (!taken ||
	    (h->source == PROXY_SOURCE_CLIENT && !conn_table_rename(c->table, c, &h->client)))
		return fail(ECONNRESET);
	if (c->tls == NULL)
		conn_table_enter(c->table, c, CONN_HEAD, 0);
	return 0;
}

static int refuse(struct proxied *p, enum proxy_verdict verdict)
{
	p->state = PROXIED_REFUSED;
	p->verdict = verdict;
	return fail(ECONNRESET);
}

/* seen: room for what is looked at. */
static int look_at_header(struct conn *c, unsigned char seen[PROXY_HEADER_MAX])
{
	struct proxied *p = &c->proxied;
	enum proxy_verdict verdict;
	struct proxy_header header;
	ssize_t n;

	if (p->len > 0)
		memcpy(seen, p->bytes, p->len);
	n = recv(c->fd, seen + p->len, PROXY_HEADER_MAX - p->len, MSG_PEEK | MSG_DONTWAIT);
	if (n <= 0)
		return fail(n < 0 && (errno == EAGAIN || errno == EINTR) ? EAGAIN : ECONNRESET);
	verdict = proxy_header_parse(seen, p->len + (size_t)n, &header);
	if (verdict == PROXY_WHOLE)
		return finish(c, &header, seen);
	if (verdict == PROXY_MORE)
		return keep(c, p->len + (size_t)n);
	return refuse(p, verdict);
}

/* Looks at what is in the socket, behind what was taken out of it before: of plain HTTP also at the
 * request, with its password. */
static int read_header(struct conn *c)
{
	unsigned char seen[PROXY_HEADER_MAX];
	int saved_errno, result = look_at_header(c, seen);

	saved_errno = errno;
	explicit_bzero(seen, sizeof(seen));
	errno = saved_errno;
	return result;
}

int proxied_read(struct conn *c)
{
	if (c->proxied.state == PROXIED_AWAITED)
		return read_header(c);
	return c->proxied.state == PROXIED_REFUSED ? fail(ECONNRESET) : 0;
}

bool proxied_end(struct conn *c, enum conn_fate fate)
{
	struct proxied *p = &c->proxied;

	drop_bytes(p);
	if (p->state == PROXIED_REFUSED)
		report(p->verdict == PROXY_MISSING ? MISSING : MALFORMED, &c->peer);
	else if (p->state == PROXIED_AWAITED && fate != CONN_TURNED_OUT)
		report(fate == CONN_TIMED_OUT ? TIMEOUT : CLOSED, &c->peer);
	return p->state == PROXIED_AWAITED || p->state == PROXIED_REFUSED;
}
