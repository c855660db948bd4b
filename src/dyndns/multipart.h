/* SPDX-License-Identifier: BSD-2-Clause
 * A multipart/form-data body (RFC 7578), part by part. It is strict: what is not read may have held
 * the address that the client wanted. Pure; pool threads. */
#ifndef MOORING_DYNDNS_MULTIPART_H
#define MOORING_DYNDNS_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

enum { MULTIPART_BOUNDARY_MAX = 70 }; /* RFC 2046 §5.1.1 */

struct multipart {
	struct slice rest;	/* after the last delimiter line */
	struct slice delimiter; /* without the "--" before it */
	bool is_closed;
};

/* type is the Content-Type; type and body are borrowed. ERR_INVAL: it has no usable boundary, or
 * body does not begin with it. */
int multipart_open(struct slice type, struct slice body, struct multipart *ret);
/* The name and the content of the next part, slices of the body; a file counts like any other.
 * ERR_NOTFOUND: the last one was read, and the body ends as it should. ERR_INVAL: it does not, or a
 * part has no name, or an encoding. */
int multipart_next(struct multipart *m, struct slice *ret_name, struct slice *ret_value);

#endif
