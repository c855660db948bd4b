/* SPDX-License-Identifier: BSD-2-Clause
 * The file that gets new secrets, a line of CSV for each: "user,secret,hosts". It is its owner's
 * alone, and a line is on the disk before the account is stored, so that no secret is ever lost; of
 * a login with several lines the last counts. One run writes to it at a time. */
#ifndef MOORING_CTL_SECRETS_FILE_H
#define MOORING_CTL_SECRETS_FILE_H

#include "account/account.h"
#include "base/err.h"

struct secrets_file;

/* Makes the file, or goes on behind the last whole line of one that is there and began as ours.
 * ERR_EXISTS: what is there is not ours to write to, or another run does; ERR_IO, ERR_NOMEM,
 * ERR_LIMIT; with a sentence, and nothing is written. */
int secrets_file_open(const char *path, struct secrets_file **ret, struct errinfo *ei);
/* Removes a file that was made and got nothing. NULL is fine. */
void secrets_file_close(struct secrets_file *f);
/* The secret in clear text. ERR_IO, ERR_NOMEM with a sentence. */
int secrets_file_add(struct secrets_file *f, const struct account *a, const char *secret,
		     struct errinfo *ei);
/* The account was not stored, for sure: takes its line away again. */
void secrets_file_take_back(struct secrets_file *f);

#endif
