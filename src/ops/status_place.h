/* SPDX-License-Identifier: BSD-2-Clause
 * Where the status socket is, for the daemon that makes it and for the tool that asks there. */
#ifndef MOORING_OPS_STATUS_PLACE_H
#define MOORING_OPS_STATUS_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/un.h>

#include "base/err.h"

struct conf;

/* What status-socket says when nothing is configured. */
#define STATUS_PLACE_AUTO "auto"
/* Where a service of systemd has it, as its unit asks for that folder. */
#define STATUS_PLACE_OF_SERVICE "/run/mooring/status.sock"

/* Of the daemon: "auto" is in the folder that the service manager made for it ($RUNTIME_DIRECTORY),
 * and nowhere without one. *ret has an empty path when there is to be no socket. ERR_LIMIT with a
 * sentence: the path is too long for a socket. */
int status_place_of_daemon(const struct conf *conf, struct sockaddr_un *ret, struct errinfo *ei);
/* Of the tool: without such a folder "auto" is where a service has it. */
int status_place_of_tool(const struct conf *conf, struct sockaddr_un *ret, struct errinfo *ei);

#endif
