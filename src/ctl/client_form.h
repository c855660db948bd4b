/* SPDX-License-Identifier: BSD-2-Clause
 * Text as a configuration takes it: how a login or a host name with odd characters is written.
 * Pure.
 */
#ifndef MOORING_CTL_CLIENT_FORM_H
#define MOORING_CTL_CLIENT_FORM_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/* Appends text. ERR_INVAL when the form has no way to write it; or what buf_err() says. */
typedef int client_form_fn(struct buf *out, const char *text);

/* By its name in a placeholder (ctl/client_page.h); "" is the text as it is. NULL: unknown. */
client_form_fn *client_form_find(struct slice name);

#endif
