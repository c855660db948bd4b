/* SPDX-License-Identifier: BSD-2-Clause
 * A client's page with one's own names in it. A placeholder is {{WHAT}} or {{WHAT:FORM}}.
 *
 * WHAT is
 *	server	name of the service with its port, if that is not the usual one
 *	name	the same without a port
 *	port	the port alone, 443 (80 for plain HTTP) too
 *	host	the first host name
 *	hosts	all of them, separated by commas
 *	user	the login
 *
 * FORM says what surrounds it; without one the text is taken as it is, as a field of a form takes
 * it.
 *	url	a part of an URL, percent-encoded (RFC 3986)
 *	sh	a word of the shell, in quotes if it needs any
 *	quoted	inside of "...", backslashes before backslash, quote and dollar (libconfuse,
 *		RouterOS)
 *	json	inside of a string of JSON, or of Python
 *	xml	text between two tags
 *	ddclient a value of ddclient.conf, in quotes if it needs any; ERR_INVAL for one that it
 *		cannot read
 *	bare	a word that nothing can quote: ERR_INVAL for one that would need it
 *
 * Pure. */
#ifndef MOORING_CTL_CLIENT_PAGE_H
#define MOORING_CTL_CLIENT_PAGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

struct client_text;

struct client_values {
	const char *server; /* "ddns.example.com", or with ":8443" */
	const char *user;
	const char *const *hosts;
	size_t n_hosts; /* 1 or more */
	bool is_plain;	/* the port that goes without saying is 80 */
};

enum { CLIENT_PAGE_MAX = 65536 };

/* Appends the page to out. ERR_INVAL with a sentence when a value has a character that this client
 * cannot be told; ERR_NOMEM. */
int client_page(const struct client_text *c, const struct client_values *v, struct buf *out,
		struct errinfo *ei);
/* Whether its configuration takes more than one host name. */
bool client_takes_hosts(const struct client_text *c);
/* The page in pieces: what stands between bare fences, all of it, is the member "config"; each
 * paragraph or table of the rest is an item of "notes", and so is what stands between fences that
 * say what they hold: it is for the server. NULL: out of memory. */
json_t *client_page_json(const struct client_text *c, const char *page);

#endif
