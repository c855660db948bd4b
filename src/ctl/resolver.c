/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/resolver.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "ctl/waiting.h"
#include "dns/dns_client.h"

enum { HOST_SIZE = 128, CONF_SIZE = 64 * 1024 };
/* A resolver needs this long to find out that the servers of a zone do not answer. */
enum { TIMEOUT_MS = 4000 };

static void set_port(struct sockaddr_storage *sa, uint16_t port)
{
	/* sin_port and sin6_port stand at the same offset. */
	((struct sockaddr_in *)sa)->sin_port = htons(port);
}

struct sockaddr_storage resolver_sockaddr(const struct addr *addr, uint16_t port)
{
	struct sockaddr_storage sa = {.ss_family = addr->family == ADDR_V4 ? AF_INET : AF_INET6};

	if (addr->family == ADDR_V4)
		memcpy(&((struct sockaddr_in *)&sa)->sin_addr, addr->bytes, 4);
	else
		memcpy(&((struct sockaddr_in6 *)&sa)->sin6_addr, addr->bytes, 16);
	set_port(&sa, port);
	return sa;
}

/* Splits off a port, which an IPv6 address has only behind its bracket. */
static int resolver_split(struct slice text, struct slice *ret_host, struct slice *ret_port)
{
	struct slice head, tail;

	*ret_host = text;
	*ret_port = slice_of(NULL);
	if (text.len > 0 && text.p[0] == '[') {
		text = (struct slice){text.p + 1, text.len - 1};
		if (!slice_cut(text, ']', ret_host, &tail) || tail.len == 1 ||
		    (tail.len > 0 && tail.p[0] != ':'))
			return ERR_INVAL;
		if (tail.len > 0)
			*ret_port = (struct slice){tail.p + 1, tail.len - 1};
		return 0;
	}
	if (!slice_cut(text, ':', &head, &tail) || memchr(tail.p, ':', tail.len) != NULL)
		return 0;
	*ret_host = head;
	*ret_port = tail;
	return tail.len > 0 ? 0 : ERR_INVAL;
}

int resolver_parse(struct slice text, struct sockaddr_storage *ret)
{
	const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_DGRAM};
	struct addrinfo *found = NULL;
	struct slice host, port_text;
	uint64_t port = RESOLVER_PORT;
	char host_text[HOST_SIZE];

	if (resolver_split(text, &host, &port_text) != 0 ||
	    str_copy(host_text, sizeof(host_text), host) != 0)
		return ERR_INVAL;
	if (port_text.len > 0 && (str_parse_uint(port_text, UINT16_MAX, &port) != 0 || port == 0))
		return ERR_INVAL;
	if (getaddrinfo(host_text, NULL, &hints, &found) != 0)
		return ERR_INVAL;
	memset(ret, 0, sizeof(*ret));
	memcpy(ret, found->ai_addr, found->ai_addrlen);
	freeaddrinfo(found);
	set_port(ret, (uint16_t)port);
	return 0;
}

static struct slice next_word(struct slice *line)
{
	struct slice word;

	*line = slice_trim_start(*line, " \t\r");
	word = *line;
	for (word.len = 0; word.len < line->len && strchr(" \t\r", line->p[word.len]) == NULL;)
		word.len++;
	*line = (struct slice){line->p + word.len, line->len - word.len};
	return word;
}

void resolver_parse_conf(struct slice text, struct resolvers *ret)
{
	static const struct addr loopback = {.family = ADDR_V4, .bytes = {127, 0, 0, 1}};
	struct slice line;

	ret->n = 0;
	while (text.len > 0 && ret->n < RESOLVERS_MAX) {
		slice_cut(text, '\n', &line, &text);
		if (slice_eq(next_word(&line), "nameserver") &&
		    resolver_parse(next_word(&line), &ret->at[ret->n]) == 0)
			ret->n++;
	}
	if (ret->n == 0)
		ret->at[ret->n++] = resolver_sockaddr(&loopback, RESOLVER_PORT);
}

void resolver_system(struct resolvers *ret)
{
	FILE *f = fopen("/etc/resolv.conf", "re");
	static char text[CONF_SIZE];
	size_t len = 0;

	if (f != NULL) {
		len = fread(text, 1, sizeof(text), f);
		fclose(f);
	}
	resolver_parse_conf((struct slice){text, len}, ret);
}

static int ask_each(const struct resolvers *r, const struct fqdn *name, enum dns_type type,
		    struct dns_reply *ret, struct errinfo *ei)
{
	int err = ERR_UNAVAILABLE;
	size_t i;

	for (i = 0; i < r->n; i++) {
		err_reset(ei);
		err = dns_client_ask(&r->at[i], name, type, true, TIMEOUT_MS, ret, ei);
		if (err == 0 && ret->rcode != DNS_RCODE_SERVFAIL && ret->rcode != DNS_RCODE_REFUSED)
			return 0;
	}
	return err;
}

int resolver_ask(const struct resolvers *r, const struct fqdn *name, enum dns_type type,
		 struct dns_reply *ret, struct errinfo *ei)
{
	const size_t most_s = r->n * DNS_CLIENT_TRIES * TIMEOUT_MS / 1000;
	int err;

	waiting_begin("waiting for a resolver", "seconds", most_s, NULL, NULL);
	err = ask_each(r, name, type, ret, ei);
	waiting_end();
	return err;
}
