/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Thousands of routers at a daemon that is killed, reloaded and attacked: soak PORT DNS-PORT FILE
 * UPDATES.
 *
 * FILE has a router a line: its login as base64, a blank, its host. They connect in turn, each
 * for some requests, and ask for a new address, or once more for the last one, until UPDATES were
 * acknowledged; who gets no answer, or 911, comes again with the same address, as routers do. Now
 * and then one resets its connection behind its request. So a host's address in the DNS is the last
 * one acknowledged, or the one asked for since. Some answers are held against the DNS at once, all
 * of them at the end.
 *
 * Standard output has ten lines of JSON a second, one when all is acknowledged and compared, and
 * one more after a line on standard input, for who has killed and started the daemon in between.
 * Status 1: a lie.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ROUTERS_MAX = 4096, AT_ONCE = 48, LINE_LEN = 512, REPLY_LEN = 1024, EVENTS_MAX = 64 };
enum { SOURCES = 200, PERCENT_NEW = 60, PERCENT_RESET = 5, CHECK_EVERY = 10 };
enum { REQUESTS_MAX = 16 }; /* of a connection */
enum { POLL_MS = 5, DNS_MS = 2000, DNS_TRIES = 15, DNS_PAUSE_MS = 200, SETTLE_S = 120 };
/* Longer than the daemon's header-timeout: what was sent on a connection that was reset is over
 * then. */
enum { ANSWER_MAX_S = 20, AFTER_RESET_MS = 3000, AFTER_REFUSAL_MS = 500, AFTER_911_MS = 500 };
/* 198.18.0.0/15 and what follows it, so that each address is asked for once. */
static const uint32_t first_address = 0xC6120000;

struct router {
	char login[LINE_LEN], host[LINE_LEN];
	uint32_t acknowledged, asked; /* 0: none; asked: without an answer yet */
	int fd;			      /* -1: none */
	unsigned left;		      /* requests of this connection, with the one under way */
	bool is_sent, is_reset;
	uint64_t began_ns, due_ns;
	size_t have;
	char reply[REPLY_LEN];
};

static struct {
	uint16_t port;
	int epoll, dns;
	struct router *routers;
	unsigned n, n_open, wanted;
	uint32_t next_address;
	bool is_over; /* nobody asks for anything new */
	uint64_t random;
	unsigned good, nochg, later, unanswered, refused, reset, lies, checked, wrong;
	uint64_t slowest_ns;
} run = {.random = 88172645463325252U};

static void die(const char *what)
{
	fprintf(stderr, "soak: %s: %s\n", what, strerror(errno));
	exit(2);
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

/* Marsaglia's xorshift64. */
static unsigned chance(unsigned below)
{
	run.random ^= run.random << 13;
	run.random ^= run.random >> 7;
	run.random ^= run.random << 17;
	return (unsigned)(run.random % below);
}

static const char *text_of(uint32_t address)
{
	static char text[INET_ADDRSTRLEN];
	struct in_addr in = {.s_addr = htonl(address)};

	return inet_ntop(AF_INET, &in, text, sizeof(text));
}

static void lie(const struct router *r, const char *said)
{
	run.lies++;
	fprintf(stderr, "soak: a lie: %s asked for %s: %.200s\n", r->host, text_of(r->asked), said);
}

/* The DNS. */

static size_t put_question(uint8_t *to, const char *host, uint16_t id)
{
	uint8_t *p = to + 12;

	memset(to, 0, 12);
	to[0] = (uint8_t)(id >> 8);
	to[1] = (uint8_t)id;
	to[5] = 1; /* one question */
	while (*host != '\0') {
		size_t len = strcspn(host, ".");

		*p++ = (uint8_t)len;
		memcpy(p, host, len);
		p += len;
		host += len + (host[len] == '.');
	}
	memcpy(p, "\0\0\1\0\1", 5); /* the root, A, IN */
	return (size_t)(p + 5 - to);
}

/* The address in the answer's only record, 0 without one; false: there was no answer. */
static bool read_answer(uint16_t id, size_t question_len, uint32_t *address)
{
	uint8_t answer[512];
	struct pollfd fd = {.fd = run.dns, .events = POLLIN};
	ssize_t n;

	for (;;) {
		if (poll(&fd, 1, DNS_MS) != 1)
			return false;
		n = recv(run.dns, answer, sizeof(answer), 0);
		if (n < 12)
			return false; /* nobody is there */
		if (answer[0] == id >> 8 && answer[1] == (id & 0xFF))
			break;
	}
	/* Cut short (the rate limit), or the zone is not there yet. */
	if ((answer[2] & 2) != 0 || (answer[3] & 15) == 2)
		return false;
	*address = 0;
	/* Behind the question: two bytes that point to the name, ten, and the data. */
	if (answer[7] > 0 && (size_t)n >= question_len + 16) {
		memcpy(address, answer + question_len + 12, 4);
		*address = ntohl(*address);
	}
	return true;
}

static bool look_up(const struct router *r, uint32_t *address)
{
	static uint16_t id;
	uint8_t question[LINE_LEN];
	size_t len = put_question(question, r->host, ++id);

	return send(run.dns, question, len, 0) == (ssize_t)len && read_answer(id, len, address);
}

/* An address may be there that was asked for and not answered. */
static void check(const struct router *r)
{
	uint32_t found;

	if (!look_up(r, &found))
		return;
	run.checked++;
	if (found == r->acknowledged || (r->asked != 0 && found == r->asked))
		return;
	run.wrong++;
	fprintf(stderr, "soak: %s is %s in the DNS,", r->host, text_of(found));
	fprintf(stderr, " acknowledged is %s\n", text_of(r->acknowledged));
}

/* Requests. */

static void finish(struct router *r, unsigned pause_ms)
{
	close(r->fd);
	r->fd = -1;
	run.n_open--;
	r->due_ns = now_ns() + pause_ms * UINT64_C(1000000);
}

static void choose_address(struct router *r)
{
	if (r->asked != 0)
		return;
	if (r->acknowledged == 0 || chance(100) < PERCENT_NEW)
		r->asked = first_address + run.next_address++;
	else
		r->asked = r->acknowledged;
}

static void begin(struct router *r)
{
	struct sockaddr_in from = {.sin_family = AF_INET}, to = {.sin_family = AF_INET};
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = r};
	int one = 1;

	choose_address(r);
	r->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (r->fd < 0)
		die("socket");
	from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)(r - run.routers) % SOURCES);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = htons(run.port);
	setsockopt(r->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	r->is_sent = false;
	r->left = 1 + chance(REQUESTS_MAX);
	r->is_reset = !run.is_over && chance(100) < PERCENT_RESET;
	run.n_open++;
	if (bind(r->fd, (struct sockaddr *)&from, sizeof(from)) != 0 ||
	    (connect(r->fd, (struct sockaddr *)&to, sizeof(to)) != 0 && errno != EINPROGRESS)) {
		run.refused++;
		finish(r, AFTER_REFUSAL_MS);
		return;
	}
	if (epoll_ctl(run.epoll, EPOLL_CTL_ADD, r->fd, &event) != 0)
		die("epoll_ctl");
}

static void send_request(struct router *r)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = r};
	struct linger reset = {.l_onoff = 1};
	char request[3 * LINE_LEN];
	int len = snprintf(request, sizeof(request),
			   "GET /nic/update?hostname=%s&myip=%s HTTP/1.1\r\nHost: x\r\n"
			   "Authorization: Basic %s\r\nConnection: %s\r\n\r\n",
			   r->host, text_of(r->asked), r->login,
			   r->left > 1 ? "keep-alive" : "close");

	r->is_sent = true;
	r->have = 0;
	r->began_ns = now_ns();
	if (send(r->fd, request, (size_t)len, MSG_NOSIGNAL) != len) {
		run.refused++;
		finish(r, AFTER_REFUSAL_MS);
		return;
	}
	if (r->is_reset && r->left == 1) {
		setsockopt(r->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		run.reset++;
		finish(r, AFTER_RESET_MS);
		return;
	}
	epoll_ctl(run.epoll, EPOLL_CTL_MOD, r->fd, &event);
}

/* The body of a whole answer, NULL while it is none. */
static const char *whole_body(const struct router *r)
{
	const char *end = strstr(r->reply, "\r\n\r\n");
	const char *length = strcasestr(r->reply, "\r\nContent-Length:");

	if (end == NULL || length == NULL || length > end)
		return NULL;
	end += 4;
	return strlen(end) < strtoul(length + 17, NULL, 10) ? NULL : end;
}

static void on_acknowledged(struct router *r, unsigned *count)
{
	(*count)++;
	r->acknowledged = r->asked;
	r->asked = 0;
	if ((run.good + run.nochg) % CHECK_EVERY == 0)
		check(r);
	if (--r->left == 0 || run.is_over ||
	    strcasestr(r->reply, "\r\nConnection: close") != NULL) {
		finish(r, 0);
		return;
	}
	choose_address(r);
	send_request(r);
}

static void on_answer(struct router *r, const char *body)
{
	char good[64], nochg[64];
	uint64_t took = now_ns() - r->began_ns;

	if (took > run.slowest_ns)
		run.slowest_ns = took;
	snprintf(good, sizeof(good), "good %s", text_of(r->asked));
	snprintf(nochg, sizeof(nochg), "nochg %s", text_of(r->asked));
	if (strcmp(body, good) == 0) {
		on_acknowledged(r, &run.good);
	} else if (strcmp(body, nochg) == 0) {
		on_acknowledged(r, &run.nochg);
	} else {
		if (strcmp(body, "911") == 0)
			run.later++;
		else
			lie(r, r->reply);
		finish(r, AFTER_911_MS);
	}
}

static void on_readable(struct router *r)
{
	ssize_t n = recv(r->fd, r->reply + r->have, REPLY_LEN - 1 - r->have, 0);
	const char *body;

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		run.unanswered++;
		finish(r, AFTER_REFUSAL_MS);
		return;
	}
	r->have += (size_t)n;
	r->reply[r->have] = '\0';
	body = whole_body(r);
	if (body != NULL)
		on_answer(r, body);
}

static void on_event(struct router *r, uint32_t events)
{
	int problem = 0;
	socklen_t len = sizeof(problem);

	if (r->is_sent) {
		on_readable(r);
		return;
	}
	getsockopt(r->fd, SOL_SOCKET, SO_ERROR, &problem, &len);
	if (problem != 0 || !(events & EPOLLOUT)) {
		run.refused++;
		finish(r, AFTER_REFUSAL_MS);
		return;
	}
	send_request(r);
}

static void poll_events(void)
{
	struct epoll_event events[EVENTS_MAX];
	int i, n = epoll_wait(run.epoll, events, EVENTS_MAX, POLL_MS);

	for (i = 0; i < n; i++)
		on_event(events[i].data.ptr, events[i].events);
}

/* The server's end in the kernel: inode 0 is a connection that nobody has accepted, a second queue
 * that is not empty a request that nobody has read. */
static void tell_of_the_other_end(const struct router *r)
{
	struct sockaddr_in ours = {.sin_family = AF_INET};
	socklen_t len = sizeof(ours);
	char line[512], ends[64];
	FILE *f = fopen("/proc/net/tcp", "re");

	if (f == NULL || getsockname(r->fd, (struct sockaddr *)&ours, &len) != 0)
		die("/proc/net/tcp");
	snprintf(ends, sizeof(ends), ":%04X %08X:%04X ", run.port, ours.sin_addr.s_addr,
		 ntohs(ours.sin_port));
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strstr(line, ends) != NULL)
			fprintf(stderr, "soak: its other end:%.120s\n", line);
	}
	fclose(f);
	fprintf(stderr, "soak: %u requests of it were left\n", r->left);
}

static void give_up_the_slow(void)
{
	uint64_t now = now_ns();

	for (unsigned i = 0; i < run.n; i++) {
		struct router *r = &run.routers[i];

		if (r->fd < 0 || now - r->began_ns < ANSWER_MAX_S * UINT64_C(1000000000))
			continue;
		/* The kernel's handshake did not end, with room in the daemon's queue: it never
		 * saw this one. */
		if (!r->is_sent) {
			run.refused++;
			finish(r, AFTER_REFUSAL_MS);
			continue;
		}
		lie(r, "no answer in time");
		tell_of_the_other_end(r);
		finish(r, AFTER_RESET_MS);
	}
}

/* Rounds. */

static void print_state(const char *when, unsigned owed)
{
	printf("{\"when\": \"%s\", \"good\": %u, \"nochg\": %u, \"later\": %u, \"unanswered\": %u, "
	       "\"refused\": %u, \"reset\": %u, \"checked\": %u, \"wrong\": %u, \"lies\": %u, "
	       "\"owed\": %u, \"slowest_ms\": %u}\n",
	       when, run.good, run.nochg, run.later, run.unanswered, run.refused, run.reset,
	       run.checked, run.wrong, run.lies, owed, (unsigned)(run.slowest_ns / 1000000));
	fflush(stdout);
}

static void begin_some(void)
{
	uint64_t now = now_ns();

	for (unsigned tries = 0; tries < 4 * AT_ONCE && run.n_open < AT_ONCE; tries++) {
		struct router *r = &run.routers[chance(run.n)];

		if (r->fd < 0 && r->due_ns <= now)
			begin(r);
	}
}

static void turn(uint64_t *printed)
{
	poll_events();
	if (now_ns() - *printed < UINT64_C(100000000))
		return;
	*printed = now_ns();
	give_up_the_slow();
	print_state("running", 0);
}

static void run_updates(void)
{
	uint64_t printed = now_ns();

	while (run.good + run.nochg < run.wanted) {
		begin_some();
		turn(&printed);
	}
}

/* Until every router has its answer. Returns how many have not. */
static unsigned settle(void)
{
	uint64_t began = now_ns(), printed = began;
	unsigned owed = 1;

	run.is_over = true;
	while (owed > 0 && now_ns() - began < SETTLE_S * UINT64_C(1000000000)) {
		owed = 0;
		for (unsigned i = 0; i < run.n; i++) {
			struct router *r = &run.routers[i];

			owed += r->asked != 0;
			if (r->asked != 0 && r->fd < 0 && r->due_ns <= now_ns() &&
			    run.n_open < AT_ONCE)
				begin(r);
		}
		turn(&printed);
	}
	return owed;
}

static void compare_all(void)
{
	for (unsigned i = 0; i < run.n; i++) {
		unsigned before = run.checked, tries = 0;

		while (run.checked == before && tries++ < DNS_TRIES) {
			check(&run.routers[i]);
			if (run.checked == before)
				poll(NULL, 0, DNS_PAUSE_MS);
		}
		if (run.checked == before)
			die("the name server does not answer");
	}
}

static void read_routers(const char *path)
{
	FILE *f = fopen(path, "re");

	if (f == NULL)
		die(path);
	run.routers = calloc(ROUTERS_MAX, sizeof(*run.routers));
	if (run.routers == NULL)
		die("calloc");
	while (run.n < ROUTERS_MAX &&
	       fscanf(f, "%511s %511s", run.routers[run.n].login, run.routers[run.n].host) == 2)
		run.routers[run.n++].fd = -1;
	fclose(f);
	if (run.n == 0)
		die("no routers");
}

static void open_dns(uint16_t port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	run.dns = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (run.dns < 0 || connect(run.dns, (struct sockaddr *)&to, sizeof(to)) != 0)
		die("the name server's socket");
}

int main(int argc, char **argv)
{
	char line[16];
	unsigned owed;

	if (argc != 5) {
		fputs("usage: soak PORT DNS-PORT FILE UPDATES\n", stderr);
		return 2;
	}
	run.port = (uint16_t)atoi(argv[1]);
	open_dns((uint16_t)atoi(argv[2]));
	read_routers(argv[3]);
	run.wanted = (unsigned)atoi(argv[4]);
	run.epoll = epoll_create1(EPOLL_CLOEXEC);
	run_updates();
	print_state("settling", 0);
	owed = settle();
	compare_all();
	print_state("compared", owed);
	if (fgets(line, sizeof(line), stdin) != NULL)
		compare_all();
	print_state("compared again", owed);
	free(run.routers);
	return run.lies + run.wrong + owed > 0;
}
