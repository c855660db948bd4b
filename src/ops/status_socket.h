/* SPDX-License-Identifier: BSD-2-Clause
 * The socket at which `mooringctl status` asks: who may write to it is decided by the mode of the
 * file, which root and the service's group have. An answer is written in slices, one in a turn of
 * the loop, so that no update waits for it. Core thread. */
#ifndef MOORING_OPS_STATUS_SOCKET_H
#define MOORING_OPS_STATUS_SOCKET_H

#include <stdbool.h>

#include "base/err.h"

struct conf;
struct engine;
struct notify;
struct status;
struct status_socket;
struct uv_loop_s;

enum {
	STATUS_TIMEOUT_MS = 10000, /* from the connection to the end of the answer */
	STATUS_SLICE = 128,	   /* hosts told in one turn of the loop */
};

/* Makes the socket, before there are threads. An old one, which a crash has left, is replaced. *ret
 * is NULL where none is configured, another daemon has it, or it cannot be made: the daemon goes
 * without, and has warned. ERR_LIMIT with a sentence: the path is too long. ERR_NOMEM. */
int status_socket_open(const struct conf *conf, struct status_socket **ret, struct errinfo *ei);
/* A process before this one had it and did not remove it: it crashed, or was killed. */
bool status_socket_was_left(const struct status_socket *s);
/* What it tells of; borrowed until status_socket_close(). */
struct status_subjects {
	const struct engine *engine;
	const struct status *status;
	const struct notify *notify; /* NULL: nobody is told of anything */
	bool is_kept;		     /* the store keeps what was seen */
};
/* Answers from now on. NULL is fine, here and below. */
int status_socket_serve(struct status_socket *s, struct uv_loop_s *loop,
			const struct status_subjects *subjects, struct errinfo *ei);
/* Removes the file and closes all connections. Before the engine is closed. */
void status_socket_close(struct status_socket *s);
/* After the loop is empty. */
void status_socket_free(struct status_socket *s);

#endif
