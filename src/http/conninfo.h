/* SPDX-License-Identifier: BSD-2-Clause
 * What libmicrohttpd knows about a connection, each as a value. Pool threads. Private to http/.
 *
 * MHD_get_connection_info() returns a pointer that is good until it is called again for the same
 * connection: since 1.0 all answers are in one union. So nobody else calls it (tests/style/rooms),
 * and no pointer into its answer leaves this file. */
#ifndef MOORING_HTTP_CONNINFO_H
#define MOORING_HTTP_CONNINFO_H

#include <gnutls/gnutls.h>

struct MHD_Connection;
struct conn;

/* -1: unknown. */
int conninfo_fd(struct MHD_Connection *mc);
/* NULL: plain HTTP. */
gnutls_session_t conninfo_tls(struct MHD_Connection *mc);
/* What the notification at the connection's start left there; NULL: nothing. */
struct conn *conninfo_conn(struct MHD_Connection *mc);

#endif
