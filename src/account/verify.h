/* SPDX-License-Identifier: BSD-2-Clause
 * Is this password that account's? Constant time, and the same work for an unknown login. Pure. */
#ifndef MOORING_ACCOUNT_VERIFY_H
#define MOORING_ACCOUNT_VERIFY_H

#include "account/account.h"
#include "base/str.h"

enum verify_result {
	VERIFY_OK,
	VERIFY_BAD,
	VERIFY_SLOW,	  /* only verify_slow() can tell: run it on a worker thread */
	VERIFY_NO_MEMORY, /* the check could not be made: our trouble (911), never badauth */
};

/* account may be NULL (unknown) or disabled: the work is the same and the result VERIFY_BAD. So it
 * is for an empty password, and for a stored secret that is empty or of no known form. Core thread:
 * takes microseconds. */
enum verify_result verify_fast(const struct account *account, struct slice password);

/* crypt(3) of password against stored, compared in constant time; takes milliseconds to seconds.
 * Never VERIFY_SLOW. Thread-safe (crypt_r). A stored text that is no crypt(3) string costs what one
 * of the usual method costs, and is VERIFY_BAD: the work for a refused login. */
enum verify_result verify_slow(const char *stored, struct slice password);

#endif
