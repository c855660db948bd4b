/* SPDX-License-Identifier: BSD-2-Clause
 * Is this password that account's? Constant time, and the same work for an unknown login. Pure. */
#ifndef MOORING_ACCOUNT_PASSWORD_H
#define MOORING_ACCOUNT_PASSWORD_H

#include "account/account.h"
#include "base/str.h"

struct peppers;

enum password_result {
	PASSWORD_RIGHT,
	PASSWORD_WRONG,
	PASSWORD_SLOW,	    /* only password_check_slow() can tell: run it on a worker thread */
	PASSWORD_NO_MEMORY, /* the check could not be made: our trouble (911), never badauth */
	PASSWORD_NO_PEPPER, /* the same, since the pepper of the stored secret is not there */
};

/* The password of a secret with a pepper is what peppers_apply() makes of it, here and below.
 * account may be NULL (unknown) or disabled: the work is the same and the result PASSWORD_WRONG. So
 * it is for an empty password, and for a stored secret that is empty or of no known form. Core
 * thread: takes microseconds. */
enum password_result password_check_fast(const struct account *account, struct slice password);
/* The same for the password as it was sent; peppers may be NULL. */
enum password_result password_check_peppered(const struct peppers *peppers,
					     const struct account *account, struct slice password);

/* crypt(3) of password against stored, compared in constant time; takes milliseconds to seconds.
 * Never PASSWORD_SLOW. Thread-safe (crypt_r). A stored text that is no crypt(3) string costs what
 * one of the usual method costs, and is PASSWORD_WRONG: the work for a refused login. */
enum password_result password_check_slow(const char *stored, struct slice password);

#endif
