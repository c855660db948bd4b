/* SPDX-License-Identifier: BSD-2-Clause
 * A secret that a person chose, or that another server gave. Pure. */
#ifndef MOORING_CTL_SECRET_GIVEN_H
#define MOORING_CTL_SECRET_GIVEN_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

/* Minimum length, the same as in the serverless stack. */
enum { SECRET_GIVEN_MIN = 8 };

/* ERR_INVAL, ERR_LIMIT with a sentence that does not hold it: no account should have it, or no
 * client can send it. */
int secret_given_check(struct slice secret, struct errinfo *ei);

/* Whether it has the form of a hash that another program made, of whatever method: "$P$...",
 * Django's "pbkdf2_sha256$...$...", Werkzeug's "scrypt:...$...$...", LDAP's "{SSHA}..." (RFC
 * 2307 5.3). Taken for a password it would let in whoever has seen that program's database. A
 * traditional crypt(3) string and bare hexadecimal digits cannot be told from a password. */
bool secret_given_looks_hashed(struct slice secret);

#endif
