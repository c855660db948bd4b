/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/status_ask.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/str.h"
#include "ops/status_lines.h"

enum { ASK_READ_MAX = 64 * 1024 };

/* One more than it serves at a time is closed at once, with or without what it has sent. */
static int refuse_busy(const struct sockaddr_un *at, struct errinfo *ei)
{
	return err_set(ei, ERR_UNAVAILABLE, "mooringd is busy with others at %s: try again",
		       at->sun_path);
}

static int fail(const struct sockaddr_un *at, struct errinfo *ei)
{
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
	case ECONNREFUSED:
		return err_set(ei, ERR_NOTFOUND,
			       "nobody listens at %s: mooringd does not run, or has no status "
			       "socket (status-socket)",
			       at->sun_path);
	case EACCES:
	case EPERM:
		return err_set(ei, ERR_DENIED,
			       "%s: root and the group of the service may ask there, and this user "
			       "is neither",
			       at->sun_path);
	case EAGAIN:
		return err_set(ei, ERR_TIMEOUT,
			       "mooringd listens at %s, and does not answer within %d s",
			       at->sun_path, STATUS_ASK_TIMEOUT_MS / 1000);
	case ECONNRESET:
	case EPIPE:
		return refuse_busy(at, ei);
	default:
		return err_set(ei, ERR_IO, "%s: %s", at->sun_path, strerror(errno));
	}
}

static int open_socket(const struct sockaddr_un *at, int *ret, struct errinfo *ei)
{
	const struct timeval limit = {.tv_sec = STATUS_ASK_TIMEOUT_MS / 1000};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), err;

	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0 &&
	    connect(fd, (const struct sockaddr *)at, sizeof(*at)) == 0) {
		*ret = fd;
		return 0;
	}
	err = fail(at, ei);
	if (fd >= 0)
		close(fd);
	return err;
}

static int send_request(int fd, const struct sockaddr_un *at, const char *host, struct errinfo *ei)
{
	char line[STATUS_REQUEST_MAX + 2];
	int n = host == NULL ? snprintf(line, sizeof(line), "{\"version\":%d,\"ask\":\"status\"}\n",
					STATUS_PROTOCOL)
			     : snprintf(line, sizeof(line),
					"{\"version\":%d,\"ask\":\"host\",\"host\":\"%s\"}\n",
					STATUS_PROTOCOL, host);

	/* It is shorter than what the kernel takes at once. */
	return send(fd, line, (size_t)n, MSG_NOSIGNAL) == n ? 0 : fail(at, ei);
}

/* Until the daemon closes the connection; an answer of which a part is missing is found by its
 * missing end. */
static int read_answer(int fd, const struct sockaddr_un *at, struct buf *ret, struct errinfo *ei)
{
	static char piece[ASK_READ_MAX];
	ssize_t n;

	while ((n = recv(fd, piece, sizeof(piece), 0)) > 0)
		if (buf_add(ret, piece, (size_t)n) != 0)
			return err_set(ei, buf_err(ret), "the answer at %s is too long",
				       at->sun_path);
	if (n < 0 && !(errno == ECONNRESET && ret->len > 0))
		return fail(at, ei);
	return ret->len > 0 ? 0 : refuse_busy(at, ei);
}

static int not_understood(struct errinfo *ei)
{
	return err_set(
		ei, ERR_PROTOCOL,
		"the answer at the status socket is not understood, or cut off: mooringd and "
		"mooringctl may be of different versions");
}

/* True: it was the last line. */
static bool answer_take_line(json_t *o, struct status_answer *ret, int *ret_err, struct errinfo *ei)
{
	const char *line = json_string_value(json_object_get(o, "line"));

	if (line == NULL) {
		*ret_err = not_understood(ei);
	} else if (strcmp(line, "error") == 0) {
		*ret_err = err_set(ei, ERR_REFUSED, "mooringd says: %s",
				   json_string_value(json_object_get(o, "why")));
	} else if (strcmp(line, "daemon") == 0 && ret->daemon == NULL) {
		ret->daemon = json_incref(o);
	} else if (strcmp(line, "host") == 0 && json_array_append(ret->hosts, o) != 0) {
		*ret_err = err_set(ei, ERR_NOMEM, "out of memory");
	}
	/* Lines of other names are of later versions. */
	return *ret_err != 0 || strcmp(line, "end") == 0;
}

static int parse_answer(struct slice text, struct status_answer *ret, struct errinfo *ei)
{
	bool is_over = false;
	struct slice line;
	int err = 0;

	while (!is_over && text.len > 0) {
		json_t *o;

		slice_cut(text, '\n', &line, &text);
		o = json_loadb(line.p, line.len, 0, NULL);
		is_over = answer_take_line(o, ret, &err, ei);
		json_decref(o);
	}
	if (err == 0 && (!is_over || ret->daemon == NULL))
		err = not_understood(ei);
	return err;
}

int status_ask(const struct sockaddr_un *at, const char *host, struct status_answer *ret,
	       struct errinfo *ei)
{
	struct status_answer answer = {.hosts = json_array()};
	struct buf text;
	int fd = -1, err = open_socket(at, &fd, ei);

	buf_init(&text, STATUS_ASK_MAX);
	if (err == 0)
		err = send_request(fd, at, host, ei);
	if (err == 0)
		err = read_answer(fd, at, &text, ei);
	if (err == 0 && answer.hosts == NULL)
		err = err_set(ei, ERR_NOMEM, "out of memory");
	if (err == 0)
		err = parse_answer((struct slice){text.data, text.len}, &answer, ei);
	buf_fini(&text);
	if (fd >= 0)
		close(fd);
	if (err == 0)
		*ret = answer;
	else
		status_answer_fini(&answer);
	return err;
}

void status_answer_fini(struct status_answer *a)
{
	json_decref(a->daemon);
	json_decref(a->hosts);
	*a = (struct status_answer){.daemon = NULL};
}
