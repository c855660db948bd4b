/* SPDX-License-Identifier: BSD-2-Clause
 * Many routers at once, by plain HTTP on loopback, from several source addresses; for script/bench.
 *
 *	routers change PORT FILE SECONDS	each asks until it is told good or nochg, SECONDS
 *						after it was told anything else
 *	routers wait PORT FILE			each asks once and waits: prints "waiting" when all
 *						have asked, ends when standard input ends
 *	routers ask PORT FILE SECONDS		each asks on a connection that it keeps, again as
 *						soon as it is told nochg, for so many SECONDS
 *
 * FILE has a line for each router: USER:PASSWORD, a blank, and the target of its request. change
 * and ask print their figures as one line of JSON. What goes otherwise than said ends the run with
 * status 1. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kit.h"

enum { ROUTERS_MAX = 200000, LINE_MAX_LEN = 4096, REPLY_MAX = 2048, EVENTS_MAX = 512 };
/* So many new connections before the answers are looked at: a listener's backlog is short. */
enum { OPEN_AT_ONCE = 64 };
/* Each source address has some 28,000 ports. */
enum { SOURCES = 8 };
enum { LATENCIES_MAX = 8 << 20, SECONDS_MAX = 600, POLL_MS = 5 };

struct router {
	const char *credentials; /* base64 */
	const char *target;
	int fd; /* -1: none */
	uint64_t asked_ns, due_ns;
	size_t have;
	char *reply; /* REPLY_MAX, while a connection is open */
	struct router *next;
};

static struct {
	void (*on_reply)(struct router *r, const char *head, const char *body);
	bool keeps; /* connections */
	uint16_t port;
	int epoll;
	unsigned n, n_open, n_asked, n_told;
	struct router *routers;
	uint64_t pause_ns;
	struct router *later, **later_end; /* who asks again, the first to come back first */
	unsigned n_good, n_later;
	bool is_over;
	struct latencies latencies;
} run = {.later_end = &run.later};

/* The routers. */

static void add_router(char *line)
{
	char *blank = strchr(line, ' ');
	struct router *r;
	char *encoded;
	size_t len;

	if (blank == NULL || run.n == ROUTERS_MAX)
		die("a line of the file is no router, or they are too many");
	*blank = '\0';
	len = strlen(line);
	encoded = need(malloc(4 * (len / 3 + 1) + 1));
	EVP_EncodeBlock((unsigned char *)encoded, (const unsigned char *)line, (int)len);
	r = &run.routers[run.n++];
	r->credentials = encoded;
	blank[1 + strcspn(blank + 1, "\n")] = '\0';
	r->target = need(strdup(blank + 1));
	r->fd = -1;
}

static void read_routers(const char *path)
{
	char line[LINE_MAX_LEN];
	FILE *f = fopen(path, "r");

	if (f == NULL)
		die("cannot read the file of routers");
	run.routers = need(calloc(ROUTERS_MAX, sizeof(*run.routers)));
	while (fgets(line, sizeof(line), f) != NULL)
		add_router(line);
	fclose(f);
	if (run.n == 0)
		die("the file of routers is empty");
}

static void open_connection(struct router *r)
{
	struct sockaddr_in from = {.sin_family = AF_INET}, to = {.sin_family = AF_INET};
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = r};
	int one = 1;

	from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)(r - run.routers) % SOURCES);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = htons(run.port);
	r->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (r->fd < 0)
		die("too few open files: ulimit -n");
	/* The port is chosen for the pair of addresses: one may serve several. */
	setsockopt(r->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	setsockopt(r->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (bind(r->fd, (struct sockaddr *)&from, sizeof(from)) != 0 ||
	    connect(r->fd, (struct sockaddr *)&to, sizeof(to)) != 0 ||
	    epoll_ctl(run.epoll, EPOLL_CTL_ADD, r->fd, &event) != 0)
		die("cannot connect");
	r->reply = need(malloc(REPLY_MAX));
	run.n_open++;
}

static void close_connection(struct router *r)
{
	close(r->fd);
	free(r->reply);
	r->reply = NULL;
	r->fd = -1;
	run.n_open--;
}

/* A request is short and the socket empty: it is sent at once or not at all. */
static void ask(struct router *r)
{
	char request[LINE_MAX_LEN + 512];
	int n;

	if (r->fd < 0)
		open_connection(r);
	n = snprintf(request, sizeof(request),
		     "GET %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic %s\r\n"
		     "Connection: %s\r\n\r\n",
		     r->target, r->credentials, run.keeps ? "keep-alive" : "close");
	if (n < 0 || (size_t)n >= sizeof(request))
		die("a request is too long");
	r->have = 0;
	r->asked_ns = now_ns();
	run.n_asked++;
	if (send(r->fd, request, (size_t)n, MSG_NOSIGNAL) != n)
		die("a request cannot be sent");
}

/* Returns the body once the reply is complete by its Content-Length. */
static const char *find_body(const struct router *r)
{
	const char *end = strstr(r->reply, "\r\n\r\n");
	const char *length = strcasestr(r->reply, "\r\nContent-Length:");

	if (end == NULL)
		return NULL;
	if (length == NULL || length > end)
		die("a reply has no Content-Length");
	end += 4;
	return strlen(end) < strtoul(length + 17, NULL, 10) ? NULL : end;
}

static void on_readable(struct router *r)
{
	ssize_t n = recv(r->fd, r->reply + r->have, REPLY_MAX - 1 - r->have, MSG_DONTWAIT);
	const char *body;

	if (n <= 0)
		die("a connection was closed before its reply was complete");
	r->have += (size_t)n;
	r->reply[r->have] = '\0';
	body = find_body(r);
	if (body == NULL)
		return;
	run.n_told++;
	run.on_reply(r, r->reply, body);
}

static void poll_replies(int timeout_ms)
{
	struct epoll_event events[EVENTS_MAX];
	int i, n = epoll_wait(run.epoll, events, EVENTS_MAX, timeout_ms);

	for (i = 0; i < n; i++)
		on_readable(events[i].data.ptr);
}

static void ask_all(void)
{
	unsigned i;

	for (i = 0; i < run.n; i++) {
		ask(&run.routers[i]);
		if (i % OPEN_AT_ONCE == OPEN_AT_ONCE - 1)
			poll_replies(0);
	}
}

/* change */

/* Every line of the answer: a router has several hosts. */
static bool is_published(const char *body)
{
	while (strncmp(body, "good ", 5) == 0 || strncmp(body, "nochg ", 6) == 0) {
		body = strchr(body, '\n');
		if (body == NULL)
			return true;
		body++;
	}
	return false;
}

static void on_change(struct router *r, const char *head, const char *body)
{
	bool published = is_published(body);

	if (!published && strncmp(head, "HTTP/1.1 503", 12) != 0)
		die(body);
	close_connection(r);
	if (published) {
		run.n_good++;
		return;
	}
	run.n_later++;
	r->due_ns = now_ns() + run.pause_ns;
	r->next = NULL;
	*run.later_end = r;
	run.later_end = &r->next;
}

static void ask_who_is_due(void)
{
	struct router *r;
	unsigned i;

	for (i = 0; i < OPEN_AT_ONCE; i++) {
		r = run.later;
		if (r == NULL || r->due_ns > now_ns())
			return;
		run.later = r->next;
		if (run.later == NULL)
			run.later_end = &run.later;
		ask(r);
	}
}

static void run_change(unsigned pause_s)
{
	uint64_t start = now_ns();

	run.on_reply = on_change;
	run.pause_ns = pause_s * UINT64_C(1000000000);
	ask_all();
	while (run.n_good < run.n) {
		poll_replies(POLL_MS);
		ask_who_is_due();
	}
	printf("{\"routers\": %u, \"asked\": %u, \"later\": %u, \"seconds\": %.3f}\n", run.n,
	       run.n_asked, run.n_later, (double)(now_ns() - start) / 1e9);
}

/* wait */

static void on_early(struct router *r, const char *head, const char *body)
{
	(void)r;
	(void)head;
	die(body);
}

static void run_wait(void)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};

	run.on_reply = on_early;
	ask_all();
	puts("waiting");
	fflush(stdout);
	while (poll(&input, 1, POLL_MS) == 0)
		poll_replies(0);
}

/* ask */

static void on_nochg(struct router *r, const char *head, const char *body)
{
	if (strncmp(head, "HTTP/1.1 200", 12) != 0 || strncmp(body, "nochg ", 6) != 0)
		die(body);
	if (run.is_over)
		return;
	latencies_add(&run.latencies, r->asked_ns);
	/* After many requests the server wants a new connection. */
	if (strcasestr(head, "\r\nConnection: close") != NULL)
		close_connection(r);
	ask(r);
}

static void run_ask(unsigned seconds)
{
	uint64_t start = now_ns(), now = start;

	run.on_reply = on_nochg;
	run.keeps = true;
	latencies_open(&run.latencies, LATENCIES_MAX);
	ask_all();
	for (; now - start < seconds * UINT64_C(1000000000); now = now_ns())
		poll_replies(POLL_MS);
	run.is_over = true;
	while (run.n_told < run.n_asked)
		poll_replies(POLL_MS);
	latencies_print(&run.latencies, (double)(now - start) / 1e9);
	puts("");
}

static void allow_files(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		die("getrlimit");
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
}

static void close_all(void)
{
	unsigned i;

	for (i = 0; i < run.n; i++) {
		if (run.routers[i].fd >= 0)
			close_connection(&run.routers[i]);
		free((void *)(uintptr_t)run.routers[i].credentials);
		free((void *)(uintptr_t)run.routers[i].target);
	}
	free(run.routers);
	latencies_close(&run.latencies);
	close(run.epoll);
}

int main(int argc, char **argv)
{
	bool waits = argc == 4 && strcmp(argv[1], "wait") == 0;
	bool changes = argc == 5 && strcmp(argv[1], "change") == 0;

	if (!waits && !changes && !(argc == 5 && strcmp(argv[1], "ask") == 0))
		die("usage: routers change|ask PORT FILE SECONDS | wait PORT FILE");
	allow_files();
	run.port = (uint16_t)number(argv[2], 1, UINT16_MAX);
	run.epoll = epoll_create1(0);
	read_routers(argv[3]);
	if (waits)
		run_wait();
	else if (changes)
		run_change(number(argv[4], 1, SECONDS_MAX));
	else
		run_ask(number(argv[4], 1, SECONDS_MAX));
	close_all();
	return 0;
}
