/* SPDX-License-Identifier: BSD-2-Clause
 * A header field as it is sent; borrowed. A value. */
#ifndef MOORING_FETCH_HEADER_H
#define MOORING_FETCH_HEADER_H

#include "base/str.h"

struct fetch_header {
	struct slice name, value;
};

#endif
