/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/inherited.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "base/str.h"

enum {
	FIRST_FD = 3,	    /* SD_LISTEN_FDS_START */
	NAME_MAX_LEN = 255, /* of FileDescriptorName=: systemd.socket(5) */
	ADDRESS_TEXT_MAX = INET6_ADDRSTRLEN + sizeof("[]:65535 (UDP)"),
};

struct inherited {
	int fd; /* -1: taken */
	int type;
	struct sockaddr_storage sa;
	bool is_expected;
	char name[NAME_MAX_LEN + 1]; /* "": it has none */
};

static struct {
	size_t n;
	struct inherited at[INHERITED_MAX];
} all;

static bool is_any_v6(const struct sockaddr_storage *sa)
{
	return sa->ss_family == AF_INET6 &&
	       IN6_IS_ADDR_UNSPECIFIED(&((const struct sockaddr_in6 *)sa)->sin6_addr);
}

static bool same_address(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	const struct sockaddr_in *a4 = (const struct sockaddr_in *)a,
				 *b4 = (const struct sockaddr_in *)b;
	const struct sockaddr_in6 *a6 = (const struct sockaddr_in6 *)a,
				  *b6 = (const struct sockaddr_in6 *)b;

	if (a->ss_family != b->ss_family)
		return false;
	if (a->ss_family == AF_INET)
		return a4->sin_port == b4->sin_port && a4->sin_addr.s_addr == b4->sin_addr.s_addr;
	return a6->sin6_port == b6->sin6_port && a6->sin6_scope_id == b6->sin6_scope_id &&
	       memcmp(&a6->sin6_addr, &b6->sin6_addr, sizeof(a6->sin6_addr)) == 0;
}

static const char *print_address(const struct inherited *s, char out[ADDRESS_TEXT_MAX])
{
	bool v6 = s->sa.ss_family == AF_INET6;
	in_port_t port = v6 ? ((const struct sockaddr_in6 *)&s->sa)->sin6_port
			    : ((const struct sockaddr_in *)&s->sa)->sin_port;
	char host[INET6_ADDRSTRLEN] = "?";

	uv_ip_name((const struct sockaddr *)&s->sa, host, sizeof(host));
	snprintf(out, ADDRESS_TEXT_MAX, "%s%s%s:%u (%s)", v6 ? "[" : "", host, v6 ? "]" : "",
		 (unsigned)ntohs(port), s->type == SOCK_STREAM ? "TCP" : "UDP");
	return out;
}

/* ---------------------------------------------------------------- what was handed over */

static int inherited_fail(const struct inherited *s, struct errinfo *ei, const char *why)
{
	return err_set(ei, ERR_INVAL, "inherited file descriptor %d%s%s%s: %s", s->fd,
		       *s->name != '\0' ? " (" : "", s->name, *s->name != '\0' ? ")" : "", why);
}

static int look_at_socket(struct inherited *s, struct errinfo *ei)
{
	socklen_t len = sizeof(s->type), sa_len = sizeof(s->sa);
	int listens = 0;

	if (getsockopt(s->fd, SOL_SOCKET, SO_TYPE, &s->type, &len) != 0)
		return inherited_fail(s, ei, "it is no socket");
	if (getsockname(s->fd, (struct sockaddr *)&s->sa, &sa_len) != 0 ||
	    (s->sa.ss_family != AF_INET && s->sa.ss_family != AF_INET6) ||
	    (s->type != SOCK_STREAM && s->type != SOCK_DGRAM))
		return inherited_fail(s, ei, "it is no socket of TCP or UDP");
	len = sizeof(listens);
	if (s->type == SOCK_STREAM &&
	    (getsockopt(s->fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) != 0 || listens == 0))
		return inherited_fail(s, ei,
				      "it does not listen; with systemd it must be one of "
				      "ListenStream= with Accept=no");
	return 0;
}

/* What the file descriptor is shared with sees O_NONBLOCK, too; systemd itself only polls. */
static int prepare(struct inherited *s, struct errinfo *ei)
{
	int flags = fcntl(s->fd, F_GETFL);

	if (flags < 0 || fcntl(s->fd, F_SETFD, FD_CLOEXEC) != 0)
		return inherited_fail(s, ei, "it is not open");
	if (look_at_socket(s, ei) != 0)
		return ERR_INVAL;
	if (fcntl(s->fd, F_SETFL, flags | O_NONBLOCK) != 0)
		return inherited_fail(s, ei, strerror(errno));
	return 0;
}

/* The variables stay in the environment of everything that a shell of the service starts, so they
 * say whom they are for. */
static bool is_for_us(void)
{
	const char *text = getenv("LISTEN_PID");
	uint64_t pid;

	return getenv("LISTEN_FDS") != NULL && text != NULL &&
	       str_parse_uint(slice_of(text), INT32_MAX, &pid) == 0 && pid == (uint64_t)getpid();
}

/* Names are divided by colons, and there may be fewer than sockets. */
static void read_name(const char **names, struct inherited *s)
{
	size_t len;

	if (*names == NULL)
		return;
	len = strcspn(*names, ":");
	str_copy(s->name, sizeof(s->name),
		 (struct slice){*names, len < sizeof(s->name) ? len : sizeof(s->name) - 1});
	*names = (*names)[len] == ':' ? *names + len + 1 : NULL;
}

static int read_sockets(struct errinfo *ei)
{
	const char *text = getenv("LISTEN_FDS"), *names = getenv("LISTEN_FDNAMES");
	struct inherited *s;
	uint64_t n;

	if (str_parse_uint(slice_of(text), INHERITED_MAX, &n) != 0)
		return err_set(ei, ERR_INVAL, "LISTEN_FDS: \"%s\" is no number of at most %d", text,
			       INHERITED_MAX);
	for (; all.n < n; all.n++) {
		s = &all.at[all.n];
		*s = (struct inherited){.fd = FIRST_FD + (int)all.n};
		read_name(&names, s);
		if (prepare(s, ei) != 0)
			return ERR_INVAL;
	}
	return 0;
}

int inherited_read(struct errinfo *ei)
{
	int err = is_for_us() ? read_sockets(ei) : 0;

	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDNAMES");
	unsetenv("LISTEN_PIDFDID"); /* beside LISTEN_PID since systemd 259 */
	return err;
}

/* ---------------------------------------------------------------- who wants it */

static struct inherited *find_inherited(const struct sockaddr_storage *sa, int type)
{
	struct inherited *s;

	for (s = all.at; s < all.at + all.n; s++)
		if (s->fd >= 0 && s->type == type && same_address(&s->sa, sa))
			return s;
	return NULL;
}

/* IPV6_V6ONLY cannot be changed once a socket is bound: ipv6(7). */
static int check_families(const struct inherited *s, bool v6_only, struct errinfo *ei)
{
	socklen_t len = sizeof(int);
	int has = 0;

	if (!is_any_v6(&s->sa) || getsockopt(s->fd, IPPROTO_IPV6, IPV6_V6ONLY, &has, &len) != 0 ||
	    (has != 0) == v6_only)
		return 0;
	return inherited_fail(s, ei,
			      v6_only ? "it takes IPv4, too, for which the configuration has an "
					"address of its own: BindIPv6Only=ipv6-only"
				      : "it takes no IPv4, which [::] of the configuration is "
					"for, too: BindIPv6Only=both");
}

int inherited_expect(const struct sockaddr_storage *sa, int type, bool v6_only, struct errinfo *ei)
{
	struct inherited *s = find_inherited(sa, type);

	if (s == NULL)
		return 0;
	s->is_expected = true;
	return check_families(s, v6_only, ei);
}

int inherited_check(struct errinfo *ei)
{
	char text[ADDRESS_TEXT_MAX], why[ADDRESS_TEXT_MAX + 64];
	const struct inherited *s;

	for (s = all.at; s < all.at + all.n; s++) {
		if (s->is_expected)
			continue;
		snprintf(why, sizeof(why), "no listener of the configuration has its address, %s",
			 print_address(s, text));
		return inherited_fail(s, ei, why);
	}
	return 0;
}

int inherited_take(const struct sockaddr_storage *sa, int type)
{
	struct inherited *s = find_inherited(sa, type);
	int fd;

	if (s == NULL || !s->is_expected)
		return -1;
	fd = s->fd;
	s->fd = -1;
	return fd;
}

void inherited_close(void)
{
	struct inherited *s;

	for (s = all.at; s < all.at + all.n; s++)
		if (s->fd >= 0)
			close(s->fd);
	all.n = 0;
}
