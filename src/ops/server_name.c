/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/server_name.h"

#include <stdio.h>

#include "http/certificate_name.h"
#include "net/listen.h"

enum { PORT_HTTPS = 443, PORT_HTTP = 80 };

static bool grants(const struct conf_front *f, const struct server_wish *wish)
{
	const struct conf_listener *l = f->listener;
	enum conf_query_credentials query =
		l != NULL ? l->query_credentials : CONF_QUERY_CREDENTIALS_NO;

	if (f->is_tls == wish->plain)
		return false;
	if (wish->legacy && (l == NULL || l->tls != CONF_TLS_LEGACY))
		return false;
	return !wish->query_login || query == CONF_QUERY_CREDENTIALS_ALWAYS ||
	       (query == CONF_QUERY_CREDENTIALS_TLS && f->is_tls);
}

static bool has_usual_port(const struct conf_front *f)
{
	return listen_port_of(&f->at->sa) == (f->is_tls ? PORT_HTTPS : PORT_HTTP);
}

/* No client can connect where only a proxy may: what counts is that one's port, which nobody knows
 * here. */
static int rank_front(const struct conf_front *f)
{
	const bool is_direct = f->listener == NULL || !f->listener->proxy_protocol;

	return (is_direct ? 2 : 0) + (has_usual_port(f) ? 1 : 0);
}

/* Of the addresses that grant the wish one that clients reach, at the usual port, or else the
 * first; NULL: none. */
static const struct conf_front *find_front(const struct conf *conf, const struct server_wish *wish)
{
	const struct conf_front *best = NULL;
	size_t i;

	for (i = 0; i < conf->n_fronts; i++) {
		const struct conf_front *f = &conf->fronts[i];

		if (grants(f, wish) && (best == NULL || rank_front(f) > rank_front(best)))
			best = f;
	}
	return best;
}

bool server_grants(const struct conf *conf, const struct server_wish *wish)
{
	return find_front(conf, wish) != NULL;
}

/* The file that names the server: the front's own, or for plain HTTP that of any HTTPS address. */
static const char *certificate_of(const struct conf *conf, const struct conf_front *front)
{
	static const struct server_wish any = {.plain = false};
	const struct conf_front *f = front->is_tls ? front : find_front(conf, &any);

	if (f == NULL)
		return NULL;
	return f->listener != NULL && f->listener->certificates.n > 0
		       ? f->listener->certificates.at[0].certificate
		       : conf->certificate;
}

int server_name_find(const struct conf *conf, const struct server_wish *wish,
		     struct server_name *ret, struct errinfo *ei)
{
	const struct server_wish less = {.plain = wish->plain}, least = {.plain = false};
	const struct server_wish *const wishes[] = {wish, &less, &least};
	struct server_name found = {.front = NULL};
	char name[FQDN_TEXT_MAX + 1];
	unsigned port;
	size_t i;
	int err;

	for (i = 0; i < sizeof(wishes) / sizeof(wishes[0]) && found.front == NULL; i++)
		found.front = find_front(conf, wishes[i]);
	if (found.front == NULL || (found.certificate = certificate_of(conf, found.front)) == NULL)
		return err_set(ei, ERR_NOTFOUND,
			       "the configuration has no HTTPS address whose certificate would "
			       "name the server");
	err = certificate_name(found.certificate, name, ei);
	if (err != 0)
		return err;
	port = listen_port_of(&found.front->at->sa);
	if (port == 0)
		return err_set(ei, ERR_NOTFOUND, "%s: the system chooses the port",
			       found.front->at->text);
	found.is_another = i > 1;
	snprintf(found.text, sizeof(found.text), has_usual_port(found.front) ? "%s" : "%s:%u", name,
		 port);
	*ret = found;
	return 0;
}
