/* SPDX-License-Identifier: BSD-2-Clause
 * An SMTP server of a few lines, in a thread of its own: it answers one conversation, each command
 * by the row that its first letters match, and keeps what it was told. One test program. */
#ifndef MOORING_TESTS_KIT_SMTP_KIT_H
#define MOORING_TESTS_KIT_SMTP_KIT_H

#include <arpa/inet.h>
#include <check.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SMTP_KIT_WAIT_MS = 30000, SMTP_KIT_SAID_MAX = 32 * 1024, SMTP_KIT_ROWS = 4 };

struct smtp_kit {
	int fd;
	unsigned port;
	pthread_t thread;
	/* Answers that are not the usual ones; reply NULL: the connection is closed. */
	struct {
		const char *command, *reply;
	} rows[SMTP_KIT_ROWS];
	const char *greeting; /* NULL: the usual one */
	size_t len;
	char said[SMTP_KIT_SAID_MAX]; /* all that came */
};

static inline const char *smtp_kit_answer(const struct smtp_kit *k, const char *line)
{
	size_t i;

	for (i = 0; i < SMTP_KIT_ROWS && k->rows[i].command != NULL; i++)
		if (strncmp(line, k->rows[i].command, strlen(k->rows[i].command)) == 0)
			return k->rows[i].reply;
	if (strncmp(line, "EHLO", 4) == 0)
		return "250-kit\r\n250-AUTH PLAIN\r\n250 SIZE 100000\r\n";
	if (strncmp(line, "DATA", 4) == 0)
		return "354 go on\r\n";
	if (strncmp(line, "AUTH", 4) == 0)
		return "334 \r\n";
	if (strncmp(line, "AHUA", 4) == 0) /* RFC 4616 of a login "u" */
		return "235 welcome\r\n";
	return strncmp(line, "QUIT", 4) == 0 ? "221 bye\r\n" : "250 ok\r\n";
}

static inline bool smtp_kit_send(int fd, const char *text)
{
	return text != NULL && send(fd, text, strlen(text), MSG_NOSIGNAL) > 0;
}

/* The line, or the whole mail after DATA, that begins at from; its end, or NULL: none came. */
static inline char *smtp_kit_read(struct smtp_kit *k, int fd, size_t from, const char *end)
{
	char *found;
	ssize_t n;

	while ((found = strstr(k->said + from, end)) == NULL) {
		n = recv(fd, k->said + k->len, sizeof(k->said) - 1 - k->len, 0);
		if (n <= 0)
			return NULL;
		k->len += (size_t)n;
		k->said[k->len] = '\0';
	}
	return found + strlen(end);
}

static inline void smtp_kit_talk(struct smtp_kit *k, int fd)
{
	const char *end = "\r\n", *reply;
	size_t from = 0;
	char *next;

	if (!smtp_kit_send(fd, k->greeting != NULL ? k->greeting : "220 kit\r\n"))
		return;
	while ((next = smtp_kit_read(k, fd, from, end)) != NULL) {
		bool was_mail = end[2] == '.';

		reply = smtp_kit_answer(k, was_mail ? "." : k->said + from);
		end = reply != NULL && strncmp(reply, "354", 3) == 0 ? "\r\n.\r\n" : "\r\n";
		from = (size_t)(next - k->said);
		if (!smtp_kit_send(fd, reply))
			return;
	}
}

static inline void *smtp_kit_serve(void *arg)
{
	struct smtp_kit *k = arg;
	struct pollfd waiting = {.fd = k->fd, .events = POLLIN};
	int fd;

	if (poll(&waiting, 1, SMTP_KIT_WAIT_MS) != 1)
		return NULL;
	fd = accept(k->fd, NULL, NULL);
	if (fd < 0)
		return NULL;
	smtp_kit_talk(k, fd);
	close(fd);
	return NULL;
}

/* k->rows and greeting are set already. */
static inline void smtp_kit_open(struct smtp_kit *k)
{
	struct sockaddr_in addr = {.sin_family = AF_INET};
	socklen_t len = sizeof(addr);

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	k->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(k->fd, 0);
	ck_assert_int_eq(bind(k->fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	ck_assert_int_eq(listen(k->fd, 4), 0);
	ck_assert_int_eq(getsockname(k->fd, (struct sockaddr *)&addr, &len), 0);
	k->port = ntohs(addr.sin_port);
	ck_assert_int_eq(pthread_create(&k->thread, NULL, smtp_kit_serve, k), 0);
}

/* The conversation is over, or is ended by the client. */
static inline void smtp_kit_close(struct smtp_kit *k)
{
	ck_assert_int_eq(pthread_join(k->thread, NULL), 0);
	close(k->fd);
}

#endif
