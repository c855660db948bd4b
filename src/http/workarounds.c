/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/workarounds.h"

#include <dlfcn.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <uv.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/wiping.h"
#include "http/handshake.h"
#include "http/conn_table.h"
#include "http/proxied.h"

/* ---------------------------------------------------------------- libmicrohttpd's log */

/* The beginnings of its messages; they are the same in 0.9.75, 1.0.1 and 1.0.10. A message that is
 * not among them is for debugging. */
bool workaround_is_our_trouble(const char *fmt)
{
	static const char *const beginnings[] = {
		"Error allocating memory", "poll failed",      "Server reached connection limit",
		"Failed to create",	   "Failed to signal",
	};
	size_t i;

	for (i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
		if (strncmp(fmt, beginnings[i], strlen(beginnings[i])) == 0)
			return true;
	return false;
}

/* ---------------------------------------------------------------- libmicrohttpd's pool */

/* Each thread has its share of the limit. One that is at its share and is given another connection
 * by MHD_add_connection() keeps a lock for ever before 1.0, and stops; so that none ever is, every
 * share is above our own limit. */
unsigned workaround_connection_limit(size_t most, unsigned threads)
{
	size_t n = (most + 1) * threads;

	return n < INT_MAX ? (unsigned)n : INT_MAX;
}

/* ---------------------------------------------------------------- GnuTLS's memory */

/* gnutls_global_set_mem_functions() does nothing since 3.3, but the library's own calls go through
 * these variables. */
void workaround_wipe_records(void)
{
	gnutls_free = wiping_free;
	gnutls_realloc = wiping_realloc;
}

/* ---------------------------------------------------------------- functions taken over
 *
 * What is defined here, in the program, the dynamic linker finds before it looks into libraries. */

typedef ssize_t recv_fn(int fd, void *buf, size_t len, int flags);
typedef ssize_t record_recv_fn(gnutls_session_t session, void *buf, size_t len);
typedef int handshake_fn(gnutls_session_t session);

static uv_once_t found = UV_ONCE_INIT;
static recv_fn *real_recv;
static record_recv_fn *real_record_recv;
static handshake_fn *real_handshake;

static uintptr_t find_real_function(const char *name)
{
	void *symbol = dlsym(RTLD_NEXT, name);

	if (symbol == NULL) {
		log_error("no function %s in any library", name);
		abort();
	}
	return (uintptr_t)symbol;
}

static void find_real_functions(void)
{
	real_recv = (recv_fn *)find_real_function("recv");
	real_record_recv = (record_recv_fn *)find_real_function("gnutls_record_recv");
	real_handshake = (handshake_fn *)find_real_function("gnutls_handshake");
}

/* ---------------------------------------------------------------- how a handshake ended */

__attribute__((visibility("default"))) int gnutls_handshake(gnutls_session_t session)
{
	struct handshake *h = handshake_of(session);
	struct conn *c = h != NULL ? gnutls_session_get_ptr(session) : NULL;
	int err;

	uv_once(&found, find_real_functions);
	if (c != NULL && proxied_read(c) != 0)
		return errno == EAGAIN ? GNUTLS_E_AGAIN : GNUTLS_E_PULL_ERROR;
	err = real_handshake(session);
	if (c != NULL)
		handshake_returned(h, session, err);
	if (c != NULL && err == 0 && c->requests == 0)
		conn_table_enter(c->table, c, CONN_HEAD, 0);
	return err;
}

/* ---------------------------------------------------------------- what libmicrohttpd reads
 *
 * All versions answer what they cannot parse by themselves, in HTML and without the headers that
 * every reply of ours has, and each parses something else: 0.9.75 appends a folded line to its
 * header's name, ends a value at a NUL, and answers a Content-Length of -1 twice; 1.0 redirects to
 * a target with blanks in it, joins folded lines, and closes without a reply when a target has a
 * NUL. MHD_OPTION_CLIENT_DISCIPLINE_LVL (1.0) moves the limit and takes heads with bare line feeds
 * with it. There is no callback before the parser. So its two functions for reading are defined
 * here, in the program, where the dynamic linker looks first: the bytes pass through a screen
 * (http/screen.h) that lets nothing through which any version would refuse. */

__attribute__((visibility("default"))) ssize_t workaround_recv(int fd, void *buf, size_t len,
							       int flags) __asm__("recv");

/* The plain connections that this thread serves, by descriptor. is_pool_thread is set on the
 * threads of libmicrohttpd, where every TLS session is one of ours. */
enum { SCREENED_BUCKETS = 1024, DISCARD_MAX = 128 * 1024, DISCARD_PIECE = 4096 };
LIST_HEAD(screened_list, conn);
static _Thread_local struct screened_list screened[SCREENED_BUCKETS];
static _Thread_local bool is_pool_thread;

static struct screened_list *screened_bucket(int fd)
{
	return &screened[(unsigned)fd % SCREENED_BUCKETS];
}

static struct conn *find_screened(int fd)
{
	struct conn *c;

	LIST_FOREACH(c, screened_bucket(fd), screened_link)
		if (c->fd == fd)
			return c;
	return NULL;
}

void workaround_screen(struct conn *c)
{
	is_pool_thread = true;
	if (c->tls == NULL)
		LIST_INSERT_HEAD(screened_bucket(c->fd), c, screened_link);
}

void workaround_unscreen(struct conn *c)
{
	if (find_screened(c->fd) == c)
		LIST_REMOVE(c, screened_link);
}

bool workaround_is_screened(const struct conn *c)
{
	static _Atomic long long next_log_ms;

	if (c->screen.heads > c->requests)
		return true;
	if (log_may_repeat(&next_log_ms, clock_mono_ms()))
		log_error("libmicrohttpd does not read through this program's own functions: "
			  "requests are not served");
	return false;
}

static ssize_t receive_bytes(struct conn *c, gnutls_session_t session, void *buf, size_t len,
			     int flags)
{
	return session != NULL ? real_record_recv(session, buf, len)
			       : real_recv(c->fd, buf, len, flags);
}

/* Reads and drops what the client has sent after a refused head: closing a socket with unread bytes
 * resets the connection, and the client may lose the reply. */
static void discard_rest(struct conn *c, gnutls_session_t session)
{
	char piece[DISCARD_PIECE];
	size_t n;

	for (n = 0; n < DISCARD_MAX; n += sizeof(piece))
		if (receive_bytes(c, session, piece, sizeof(piece), MSG_DONTWAIT) <= 0)
			break;
	explicit_bzero(piece, sizeof(piece));
}

void workaround_discard(struct conn *c)
{
	if (c->screen.verdict != SCREEN_OK)
		discard_rest(c, NULL);
}

/* libmicrohttpd reads once more when a request is resumed, before it asks for the reply, and closes
 * at the end of the stream, which is there when the client has closed its side after the request
 * (nc -N). So nothing is to be read until the reply is sent. */
static ssize_t hold_back(gnutls_session_t session)
{
	errno = EAGAIN;
	return session != NULL ? GNUTLS_E_AGAIN : -1;
}

static ssize_t receive_screened(struct conn *c, gnutls_session_t session, void *buf, size_t len,
				int flags)
{
	size_t kept, at = 0;
	ssize_t n;

	if (c->holds_back)
		return hold_back(session);
	if (proxied_read(c) != 0)
		return -1;
	if (c->screen.owed_len > 0)
		return (ssize_t)screen_owed(&c->screen, buf, len);
	do {
		n = receive_bytes(c, session, (char *)buf + at, len - at, flags);
		if (n <= 0)
			return at > 0 ? (ssize_t)at : n;
		kept = screen_filter(&c->screen, (char *)buf + at, (size_t)n, len - at);
		at += kept;
		/* Read until buf is full: libmicrohttpd takes a short read for a sign that GnuTLS
		 * has no more. */
	} while (kept < (size_t)n && c->screen.verdict == SCREEN_OK);
	if (c->screen.verdict == SCREEN_OK)
		return (ssize_t)at;
	discard_rest(c, session);
	/* The ending did not fit: shut down, the socket can be read, and libmicrohttpd comes back
	 * for the rest. */
	if (c->screen.owed_len > 0)
		shutdown(c->fd, SHUT_RD);
	return (ssize_t)at;
}

ssize_t workaround_recv(int fd, void *buf, size_t len, int flags)
{
	struct conn *c = is_pool_thread && fd >= 0 ? find_screened(fd) : NULL;

	uv_once(&found, find_real_functions);
	if (c == NULL || (flags & MSG_PEEK) != 0)
		return real_recv(fd, buf, len, flags);
	return receive_screened(c, NULL, buf, len, flags);
}

__attribute__((visibility("default"))) ssize_t gnutls_record_recv(gnutls_session_t session,
								  void *buf, size_t len)
{
	struct conn *c = is_pool_thread ? gnutls_session_get_ptr(session) : NULL;

	uv_once(&found, find_real_functions);
	if (c == NULL)
		return real_record_recv(session, buf, len);
	return receive_screened(c, session, buf, len, 0);
}
