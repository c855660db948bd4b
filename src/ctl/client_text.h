/* SPDX-License-Identifier: BSD-2-Clause
 * What is known of each client, from the files in ctl/clients/: ctl/clients/embed makes a C file of
 * them when the program is built, because a container has no folder of documents. */
#ifndef MOORING_CTL_CLIENT_TEXT_H
#define MOORING_CTL_CLIENT_TEXT_H

#include <stddef.h>

struct client_text {
	const char *name;    /* as it is asked for, and as its page is called */
	const char *title;   /* for people */
	const char *aliases; /* other names, separated by blanks */
	const char *needs;   /* what it cannot do without: quirks, and the words of
				enum client_need, separated by blanks */
	const char *text;    /* its page, with the placeholders of ctl/client_page.h */
};

/* In the order of their names. */
extern const struct client_text client_texts[];
extern const size_t n_client_texts;

#endif
