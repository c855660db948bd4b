/* SPDX-License-Identifier: BSD-2-Clause
 * A URL of the configuration whose secret stands in a file: "{token}" is the place for it. The
 * configuration, which more people may read, has the rest. */
#ifndef MOORING_NOTIFY_TOKEN_URL_H
#define MOORING_NOTIFY_TOKEN_URL_H

#include <stdbool.h>

#include "base/err.h"

enum { TOKEN_URL_SECRET_MAX = 4096 };

/* Whether url has such a place. */
bool token_url_has_place(const char *url);
/* Reads the line of the file at path (base/secret_file.h) and puts it as it is into each place;
 * it may hold "/", "?" and whatever else a URL may, but for a fragment. The caller frees *ret by
 * str_free_secret(). A sentence without the token in ei. Main thread. */
int token_url_make(const char *url, const char *path, char **ret, struct errinfo *ei);

#endif
