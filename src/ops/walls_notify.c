/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/walls_notify.h"

#include "base/str.h"
#include "conf/conf.h"
#include "ops/landlock.h"
#include "ops/walls_places.h"

/* Of a URL that names none; DNS when an answer is too long for UDP. */
enum { PORT_SMTP = 25, PORT_DNS = 53, PORT_HTTP = 80, PORT_HTTPS = 443, PORT_SMTPS = 465 };

static void add_secret(struct walls_places *p, const char *path)
{
	if (*path != '\0')
		walls_places_follow(p, path, LANDLOCK_READ);
}

static void add_default_port(struct walls_places *p, const char *url)
{
	static const struct {
		const char *scheme;
		uint16_t port;
	} rows[] = {{"http", PORT_HTTP},
		    {"https", PORT_HTTPS},
		    {"smtp", PORT_SMTP},
		    {"smtps", PORT_SMTPS}};
	struct slice scheme, rest;
	size_t i;

	slice_cut(slice_of(url), ':', &scheme, &rest);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (slice_eq_nocase(scheme, rows[i].scheme))
			walls_places_add_port(p, rows[i].port);
}

static void add_destination(struct walls_places *p, const char *url)
{
	if (*url == '\0')
		return;
	add_default_port(p, url);
	walls_places_add_url(p, slice_of(url));
	walls_places_add_port(p, PORT_DNS);
}

static bool add_target(const struct conf_notify *n, struct walls_places *p)
{
	add_secret(p, n->secret_file);
	add_secret(p, n->token_file);
	add_secret(p, n->password_file);
	add_secret(p, n->ca_file);
	add_destination(p, n->url);
	if (n->type != CONF_NOTIFY_EXEC)
		return false;
	walls_places_follow(p, n->command.at[0], LANDLOCK_READ | LANDLOCK_EXECUTE);
	walls_places_add_all_ports(p);
	return true;
}

bool walls_notify_collect(const struct conf *conf, const char *const *env, struct walls_places *p)
{
	/* As libcurl reads them. */
	static const char *const variables[] = {"SSL_CERT_",   "CURL_CA_",   "HTTPS_PROXY",
						"https_proxy", "http_proxy", "ALL_PROXY",
						"all_proxy",   NULL};
	bool runs_program = false;
	size_t i;

	for (i = 0; i < conf->n_notifies; i++)
		runs_program |= add_target(&conf->notifies[i], p);
	for (i = 0; i < conf->n_heartbeats; i++) {
		add_secret(p, conf->heartbeats[i].token_file);
		add_destination(p, conf->heartbeats[i].url);
	}
	if (conf->n_notifies + conf->n_heartbeats > 0)
		walls_places_add_variables(p, env, variables);
	return runs_program;
}
