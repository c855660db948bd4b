/* SPDX-License-Identifier: BSD-2-Clause
 * What an administrator still has to do before a client works: quirks that the account lacks,
 * listeners that the configuration lacks. user is the login as a word of the shell. Pure. */
#ifndef MOORING_CTL_CLIENT_NOTES_H
#define MOORING_CTL_CLIENT_NOTES_H

#include <jansson.h>

struct account;
struct client_text;
struct conf;
struct server_name;

/* Appends a sentence to the array notes. */
void client_note(json_t *notes, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The quirks that the client needs and the account does not have; a NULL account has none that are
 * known. */
void client_note_quirks(json_t *notes, const struct client_text *c, const char *user,
			const struct account *a);
/* What the configuration has to have before this client can be served. */
void client_note_listeners(json_t *notes, const struct client_text *c, const struct conf *conf);
/* Where the server's name is from. */
void client_note_server(json_t *notes, const struct server_name *name);
/* Of an account that is disabled. */
void client_note_account(json_t *notes, const char *user, const struct account *a);

#endif
