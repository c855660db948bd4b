/* SPDX-License-Identifier: BSD-2-Clause
 * What mooringd asks of the kernel for itself, before any other thread runs. */
#ifndef MOORING_OPS_PROCESS_H
#define MOORING_OPS_PROCESS_H

#include <stdbool.h>

#include "base/err.h"
#include "base/secret_file.h"

struct conf;

/* Whom the unit runs the daemon as: systemd/mooring.sysusers.conf. */
#define PROCESS_USER SECRET_FILE_SERVICE

/* No core dump and no debugger of the same user: memory holds passwords and keys. Both stay as they
 * were, with a warning, when debuggable. A write to a closed socket is an error, not the end. A
 * program that we start has none of our capabilities. */
void process_harden(bool debuggable);

/* Signals that mean nothing to us and would end the process: what a script sends in error is
 * harmless. First of all, before any can come. */
void process_ignore_signals(void);

/* True when the standard error output is the journal itself (sd-daemon(3)), and not merely a
 * terminal or file of a process that some service started. */
bool process_logs_to_journal(void);

/* As root, becomes the user of the service for good, who may read less; nothing where there is no
 * such user, or for anybody else. ERR_IO. */
int process_become_user(struct errinfo *ei);

/* Raises the limit of open files to what conf's connections need, and files, DNS and AWS besides:
 * without that accept(2) fails, and libmicrohttpd with no connection open then spins. *ret is how
 * many connections each listener may have: max-connections, or fewer, with a warning, under a hard
 * limit that is too low for them. ERR_LIMIT when it is too low for any use. */
int process_fit_files(const struct conf *conf, unsigned *ret, struct errinfo *ei);

#endif
