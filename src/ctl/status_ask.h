/* SPDX-License-Identifier: BSD-2-Clause
 * One question at the daemon's status socket, and its answer: docs/STATUS.md. */
#ifndef MOORING_CTL_STATUS_ASK_H
#define MOORING_CTL_STATUS_ASK_H

#include <jansson.h>
#include <sys/un.h>

#include "base/err.h"

/* What a daemon may take for each part of its answer, and how long an answer may be: of as many
 * hosts as it tells of. */
enum { STATUS_ASK_TIMEOUT_MS = 10000, STATUS_ASK_MAX = 256 * 1024 * 1024 };

struct status_answer {
	json_t *daemon; /* the first line */
	json_t *hosts;	/* an array of the others */
};

/* host NULL: of all. The caller frees *ret by status_answer_fini(). ERR_NOTFOUND: nobody listens
 * there; ERR_TIMEOUT: somebody does, and is silent; ERR_UNAVAILABLE: it is busy with as many as it
 * serves at a time; ERR_DENIED: this user may not ask; ERR_REFUSED: the daemon's own sentence;
 * ERR_PROTOCOL, ERR_IO, ERR_NOMEM. */
int status_ask(const struct sockaddr_un *at, const char *host, struct status_answer *ret,
	       struct errinfo *ei);
/* Zeros are fine. */
void status_answer_fini(struct status_answer *a);

#endif
