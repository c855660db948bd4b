/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/listen.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "net/inherited.h"

enum { BACKLOG = 1024 };

static socklen_t length_of(const struct sockaddr_storage *sa)
{
	return sa->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

static int set_int(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value));
}

uint16_t listen_port_of(const struct sockaddr_storage *sa)
{
	return ntohs(sa->ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)sa)->sin6_port
					       : ((const struct sockaddr_in *)sa)->sin_port);
}

uint16_t listen_port(int fd)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);

	return getsockname(fd, (struct sockaddr *)&sa, &len) == 0 ? listen_port_of(&sa) : 0;
}

/* A kernel booted with ipv6.disable=1, or a filter of the service manager's that lets only IPv4
 * through. net.ipv6.conf.all.disable_ipv6 is another thing: "[::]" can be bound then. */
static bool kernel_lacks_v6(void)
{
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return errno == EAFNOSUPPORT;
	close(fd);
	return false;
}

static bool v4_stands_in(const struct listen_at *at)
{
	return at->or_v4 && at->sa.ss_family == AF_INET6 && kernel_lacks_v6();
}

void listen_resolve(const struct listen_at *at, struct sockaddr_storage *ret)
{
	const struct sockaddr_in any = {.sin_family = AF_INET,
					.sin_port = htons(listen_port_of(&at->sa))};

	*ret = at->sa;
	if (!v4_stands_in(at))
		return;
	memset(ret, 0, sizeof(*ret));
	memcpy(ret, &any, sizeof(any));
}

int listen_fail(const struct listen_at *at, enum listen_transport transport, int sys_errno,
		struct errinfo *ei)
{
	const char *over = transport == LISTEN_UDP ? " (UDP)" : "";

	switch (sys_errno) {
	case EADDRINUSE:
		return err_set(ei, ERR_IO, "%s%s: the address is in use by another program",
			       at->text, over);
	case EACCES:
	case EPERM:
		return err_set(ei, ERR_DENIED,
			       "%s%s: not permitted; a port below 1024 needs CAP_NET_BIND_SERVICE",
			       at->text, over);
	case EADDRNOTAVAIL:
		return err_set(ei, ERR_IO, "%s%s: this machine does not have the address", at->text,
			       over);
	case EAFNOSUPPORT:
		return err_set(ei, ERR_IO, "%s%s: this kernel has no %s", at->text, over,
			       at->sa.ss_family == AF_INET6 ? "IPv6" : "IPv4");
	default:
		return err_set(ei, ERR_IO, "%s%s: cannot listen: %s", at->text, over,
			       strerror(sys_errno));
	}
}

/* A datagram's answer has to come from the address that was asked (RFC 2181 section 4): the kernel
 * tells which one that was. */
static int set_packet_info(int family, int fd)
{
	return family == AF_INET6 ? set_int(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
				  : set_int(fd, IPPROTO_IP, IP_PKTINFO, 1);
}

static int set_options(const struct listen_at *at, int family, enum listen_transport transport,
		       int fd)
{
	if (transport == LISTEN_TCP && set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1) != 0)
		return -1;
	/* Set it always: the default is whatever net.ipv6.bindv6only says. */
	if (family == AF_INET6 && set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, at->v6_only) != 0)
		return -1;
	return transport == LISTEN_UDP ? set_packet_info(family, fd) : 0;
}

/* It is bound and listens already. False: there is none. */
static bool take_inherited(const struct sockaddr_storage *sa, int type, int *ret)
{
	int fd = inherited_take(sa, type);

	if (fd < 0)
		return false;
	if (type == SOCK_DGRAM)
		set_packet_info(sa->ss_family, fd);
	*ret = fd;
	return true;
}

int listen_open(const struct listen_at *at, enum listen_transport transport, int *ret,
		struct errinfo *ei)
{
	int type = transport == LISTEN_TCP ? SOCK_STREAM : SOCK_DGRAM;
	struct sockaddr_storage sa;
	int fd, err;

	listen_resolve(at, &sa);
	if (take_inherited(&sa, type, ret))
		return 0;
	fd = socket(sa.ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return listen_fail(at, transport, errno, ei);
	if (set_options(at, sa.ss_family, transport, fd) != 0 ||
	    bind(fd, (const struct sockaddr *)&sa, length_of(&sa)) != 0 ||
	    (transport == LISTEN_TCP && listen(fd, BACKLOG) != 0)) {
		err = listen_fail(at, transport, errno, ei);
		close(fd);
		return err;
	}
	if (sa.ss_family != at->sa.ss_family && transport == LISTEN_TCP)
		log_warn("%s: this kernel has no IPv6: only IPv4 is served", at->text);
	*ret = fd;
	return 0;
}
