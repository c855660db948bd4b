/* SPDX-License-Identifier: BSD-2-Clause
 * The parts of a URL, as libcurl takes it apart that later goes to it. Any thread. */
#ifndef MOORING_FETCH_URL_H
#define MOORING_FETCH_URL_H

/* Owned; NULL: it has none. The host of an IPv6 address stands in brackets, a path is "/" at least.
 */
struct fetch_url {
	char *scheme, *user, *password, *host, *port, *path;
};

/* Of any scheme. ERR_INVAL: it is no URL; all parts are then NULL. ERR_NOMEM. */
int fetch_url_split(const char *text, struct fetch_url *ret);
void fetch_url_fini(struct fetch_url *u);

#endif
