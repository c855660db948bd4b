/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/doctor_tls.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "conf/conf.h"
#include "ctl/doctor_state.h"
#include "ops/certificates.h"

/* The check on one section listen-at: its name begins a line. */
static void add_listener(struct doctor *d, const struct conf_listener *l, bool has_rsa)
{
	char check[CONF_LISTENER_NAME_MAX + sizeof("listen-at ")];

	snprintf(check, sizeof(check), "listen-at %s", l->name);
	report_add(&d->report, REPORT_WARN, check,
		   "tls = legacy serves TLS 1.0 and 1.1, CBC and the RSA key exchange: for old "
		   "routers only, with passwords that are used nowhere else%s",
		   has_rsa ? "" : "; most of them know RSA certificates only, and it has none");
}

static void check_legacy(struct doctor *d, const struct certificates *c)
{
	const struct conf *conf = d->s.conf;
	const struct conf_listener *l, *last = NULL;
	size_t i;

	for (i = 0; i < conf->n_fronts; i++) {
		l = conf->fronts[i].listener;
		if (l != NULL && l != last && l->tls == CONF_TLS_LEGACY)
			add_listener(d, l, certificates_have_rsa(c, &conf->fronts[i]));
		last = l;
	}
}

static void add_weakness(void *arg, const char *path, const char *why)
{
	struct doctor *d = arg;

	report_add(&d->report, REPORT_WARN, "certificate", "%s: %s", path, why);
}

static bool is_hidden(const char *path)
{
	return access(path, R_OK) != 0 && errno == EACCES;
}

static bool list_is_hidden(const struct conf_pairs *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (is_hidden(list->at[i].certificate) || is_hidden(list->at[i].private_key))
			return true;
	return false;
}

/* Whoever runs the doctor may be another user than the daemon, who may read less. */
static bool are_hidden(const struct conf *conf)
{
	const struct conf_listener *l;
	size_t i;

	for (i = 0; i < conf->n_fronts; i++) {
		if (!conf->fronts[i].is_tls)
			continue;
		l = conf->fronts[i].listener;
		if (l != NULL && l->certificates.n > 0) {
			if (list_is_hidden(&l->certificates))
				return true;
		} else if (is_hidden(conf->certificate) || is_hidden(conf->private_key) ||
			   list_is_hidden(&conf->more_certificates)) {
			return true;
		}
	}
	return false;
}

void doctor_check_tls(struct doctor *d)
{
	struct errinfo ei = ERRINFO_INIT;
	struct certificates *c = NULL;

	if (certificates_open(d->s.conf, &c, &ei) != 0) {
		if (are_hidden(d->s.conf))
			report_add(&d->report, REPORT_NOTE, "certificates", "not known: %s",
				   ei.text);
		else
			report_add(&d->report, REPORT_FAIL, "certificates", "%s", ei.text);
		return;
	}
	if (certificates_any(c) != NULL) {
		certificates_each_weakness(c, add_weakness, d);
		check_legacy(d, c);
	}
	certificates_free(c);
}
