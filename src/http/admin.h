/* SPDX-License-Identifier: BSD-2-Clause
 * What an admin listener answers. Pool threads. Private to http/. */
#ifndef MOORING_HTTP_ADMIN_H
#define MOORING_HTTP_ADMIN_H

#include <microhttpd.h>
#include <stdbool.h>

#include "http/endpoints.h"
#include "http/respond.h"
#include "http/target.h"

struct http_admin;

/* e as target_parse_admin() found it. Queues one response; MHD_NO: it could not be made. */
enum MHD_Result admin_respond(const struct http_admin *admin, const struct responses *rs,
			      struct MHD_Connection *c, enum endpoint e, enum method method,
			      bool keep);

#endif
