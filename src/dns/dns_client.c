/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/dns_client.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/rand.h"
#include "dns/read.h"
#include "dns/wire.h"

/* A header, a name, and what follows it. */
enum { NAME_MAX_LEN = 255, QUERY_MAX = DNS_HEADER_LEN + NAME_MAX_LEN + DNS_QUESTION_FIXED_LEN };
enum { UDP_MAX = 4096, TCP_MAX = 65535, TCP_LEN = 2 };

struct question {
	const struct sockaddr_storage *server;
	const struct fqdn *name;
	enum dns_type type;
	uint16_t id;
	uint8_t query[TCP_LEN + QUERY_MAX]; /* preceded by its length, as TCP sends it */
	size_t len;			    /* of the query alone */
	unsigned timeout_ms;		    /* of each try */
	int64_t until_ms;		    /* the end of the try under way */
	struct errinfo *ei;
};

static int fail_errno(const struct question *q)
{
	return err_set(q->ei, ERR_UNAVAILABLE, "%s", strerror(errno));
}

/* 0 when fd is ready for events. */
static int await(const struct question *q, int fd, short events)
{
	struct pollfd p = {.fd = fd, .events = events};
	int64_t left_ms;
	int n;

	do {
		left_ms = q->until_ms - clock_mono_ms();
		n = left_ms > 0 ? poll(&p, 1, (int)left_ms) : 0;
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return fail_errno(q);
	return n > 0 ? 0 : err_set(q->ei, ERR_TIMEOUT, "no reply");
}

/* A connected socket: what others send does not reach it. Returns it, or an error. */
static int open_socket(const struct question *q, int kind)
{
	const struct sockaddr_storage *sa = q->server;
	socklen_t len =
		sa->ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
	int fd = socket(sa->ss_family, kind | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		return fail_errno(q);
	if (connect(fd, (const struct sockaddr *)sa, len) < 0 && errno != EINPROGRESS) {
		err = fail_errno(q);
		close(fd);
		return err;
	}
	return fd;
}

static int exchange_udp(const struct question *q, int fd, struct dns_reply *ret)
{
	uint8_t reply[UDP_MAX];
	ssize_t n;
	int err;

	if (send(fd, q->query + TCP_LEN, q->len, MSG_NOSIGNAL) < 0)
		return fail_errno(q);
	for (;;) {
		err = await(q, fd, POLLIN);
		if (err != 0)
			return err;
		n = recv(fd, reply, sizeof(reply), 0);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return fail_errno(q);
		err = n < 0 ? ERR_NOTFOUND
			    : dns_reply_parse(reply, (size_t)n, q->id, q->name, q->type, ret);
		if (err != ERR_NOTFOUND)
			return err;
	}
}

/* Sends or receives exactly len bytes. */
static int move_bytes(const struct question *q, int fd, uint8_t *data, size_t len, bool is_send)
{
	size_t at = 0;
	ssize_t n;
	int err;

	while (at < len) {
		err = await(q, fd, is_send ? POLLOUT : POLLIN);
		if (err != 0)
			return err;
		n = is_send ? send(fd, data + at, len - at, MSG_NOSIGNAL)
			    : recv(fd, data + at, len - at, 0);
		if (n == 0)
			return err_set(q->ei, ERR_UNAVAILABLE, "it closed the connection");
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return fail_errno(q);
		at += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* RFC 7766 */
static int exchange_tcp(struct question *q, int fd, struct dns_reply *ret)
{
	uint8_t reply[TCP_MAX];
	size_t len = 0;
	int err;

	q->query[0] = (uint8_t)(q->len >> 8);
	q->query[1] = (uint8_t)q->len;
	err = move_bytes(q, fd, q->query, TCP_LEN + q->len, true);
	if (err == 0)
		err = move_bytes(q, fd, reply, TCP_LEN, false);
	if (err == 0) {
		len = (size_t)(reply[0] << 8 | reply[1]);
		err = move_bytes(q, fd, reply, len, false);
	}
	if (err == 0)
		err = dns_reply_parse(reply, len, q->id, q->name, q->type, ret);
	return err == ERR_NOTFOUND ? ERR_PROTOCOL : err;
}

static int try_once(struct question *q, int kind, struct dns_reply *ret)
{
	int err, fd;

	q->until_ms = clock_mono_ms() + q->timeout_ms;
	fd = open_socket(q, kind);
	if (fd < 0)
		return fd;
	err = kind == SOCK_DGRAM ? exchange_udp(q, fd, ret) : exchange_tcp(q, fd, ret);
	close(fd);
	return err;
}

int dns_client_ask(const struct sockaddr_storage *server, const struct fqdn *name,
		   enum dns_type type, bool is_recursive, unsigned timeout_ms,
		   struct dns_reply *ret, struct errinfo *ei)
{
	struct question q = {
		.server = server, .name = name, .type = type, .timeout_ms = timeout_ms, .ei = ei};
	unsigned i;
	int err = ERR_TIMEOUT;

	rand_bytes(&q.id, sizeof(q.id));
	q.len = dns_reply_ask(q.query + TCP_LEN, QUERY_MAX, q.id, name, type, is_recursive);
	if (q.len == 0)
		return err_set(ei, ERR_LIMIT, "the name is too long");
	for (i = 0; i < DNS_CLIENT_TRIES && err == ERR_TIMEOUT; i++)
		err = try_once(&q, SOCK_DGRAM, ret);
	if (err == 0 && ret->is_truncated)
		err = try_once(&q, SOCK_STREAM, ret);
	if (err != 0)
		return err_set(ei, err, "%s",
			       err == ERR_PROTOCOL ? "the reply is broken" : err_str(err));
	/* An earlier try that timed out has left a sentence. */
	err_reset(ei);
	return 0;
}
