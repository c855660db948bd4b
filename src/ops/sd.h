/* SPDX-License-Identifier: BSD-2-Clause
 * sd_notify(3) without libsystemd: one datagram to $NOTIFY_SOCKET. Core thread. */
#ifndef MOORING_OPS_SD_H
#define MOORING_OPS_SD_H

/* Sends state, newline-separated assignments: "READY=1\nSTATUS=...". Returns 1 when it was sent, 0
 * when nobody asked for it (NOTIFY_SOCKET is not set), or negative enum err. */
int sd_notify_send(const char *state);

#endif
