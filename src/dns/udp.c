/* SPDX-License-Identifier: BSD-2-Clause
 * UDP with the kernel's packet information: a socket bound to all addresses must answer from the
 * one that was asked (RFC 2181 §4), which uv_udp_t cannot do. */
#include "dns/udp.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "net/listen.h"

/* One wake-up answers so many datagrams before others on the loop have their turn. */
enum { BURST = 64 };

union control {
	struct cmsghdr align;
	uint8_t bytes[CMSG_SPACE(sizeof(struct in6_pktinfo)) +
		      CMSG_SPACE(sizeof(struct in_pktinfo))];
};

struct dns_udp {
	uv_poll_t poll;
	int fd;
	struct dns_transport_owner owner;
	uint8_t query[DNS_TRANSPORT_QUERY_MAX];
	uint8_t answer[DNS_ANSWER_MAX];
};

/* The control message of the query becomes that of its answer, except that routing chooses the
 * interface: the way back need not be the way in. Link-local addresses mean nothing without one. */
static void turn_around(struct msghdr *msg)
{
	struct cmsghdr *c;
	struct in_pktinfo v4;
	struct in6_pktinfo v6;

	for (c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			memcpy(&v4, CMSG_DATA(c), sizeof(v4));
			v4.ipi_ifindex = 0;
			memcpy(CMSG_DATA(c), &v4, sizeof(v4));
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			memcpy(&v6, CMSG_DATA(c), sizeof(v6));
			if (!IN6_IS_ADDR_LINKLOCAL(&v6.ipi6_addr))
				v6.ipi6_ifindex = 0;
			memcpy(CMSG_DATA(c), &v6, sizeof(v6));
		}
	}
}

/* False when there is nothing to receive any more. */
static bool serve_one(struct dns_udp *u)
{
	struct sockaddr_storage peer;
	union control control;
	struct iovec iov = {.iov_base = u->query, .iov_len = sizeof(u->query)};
	struct msghdr msg = {.msg_name = &peer,
			     .msg_namelen = sizeof(peer),
			     .msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(u->fd, &msg, 0);
	struct addr client;

	/* An ICMP error of an earlier answer ends here too; the next datagram may be fine. */
	if (n < 0)
		return errno != EAGAIN && errno != EWOULDBLOCK;
	if (addr_from_sockaddr((struct sockaddr *)&peer, &client) < 0)
		return true;
	iov.iov_base = u->answer;
	iov.iov_len = u->owner.answer(u->owner.arg, &client, DNS_OVER_UDP, u->query, (size_t)n,
				      u->answer);
	if (iov.iov_len == 0)
		return true;
	turn_around(&msg);
	/* A full socket buffer loses the answer: the client asks again, as for any lost datagram.
	 */
	sendmsg(u->fd, &msg, MSG_NOSIGNAL);
	return true;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct dns_udp *u = poll->data;
	int i;

	(void)status;
	(void)events;
	for (i = 0; i < BURST && serve_one(u); i++)
		;
}

int dns_udp_open(struct uv_loop_s *loop, const struct listen_at *at,
		 const struct dns_transport_owner *owner, struct dns_udp **ret, uint16_t *ret_port,
		 struct errinfo *ei)
{
	struct dns_udp *u = calloc(1, sizeof(*u));
	int err;

	if (u == NULL)
		return err_set(ei, ERR_NOMEM, "%s", err_str(ERR_NOMEM));
	u->owner = *owner;
	u->poll.data = u;
	err = listen_open(at, LISTEN_UDP, &u->fd, ei);
	if (err != 0) {
		free(u);
		return err;
	}
	*ret_port = listen_port(u->fd);
	err = uv_poll_init(loop, &u->poll, u->fd);
	if (err < 0) {
		close(u->fd);
		free(u);
		return listen_fail(at, LISTEN_UDP, -err, ei);
	}
	err = uv_poll_start(&u->poll, UV_READABLE, on_readable);
	if (err < 0) {
		u->owner.gone = NULL;
		dns_udp_close(u);
		return listen_fail(at, LISTEN_UDP, -err, ei);
	}
	*ret = u;
	return 0;
}

static void on_udp_closed(uv_handle_t *handle)
{
	struct dns_udp *u = handle->data;

	close(u->fd);
	if (u->owner.gone != NULL)
		u->owner.gone(u->owner.arg);
	free(u);
}

void dns_udp_close(struct dns_udp *u)
{
	if (u != NULL)
		uv_close((uv_handle_t *)&u->poll, on_udp_closed);
}
