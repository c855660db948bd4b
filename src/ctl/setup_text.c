/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/setup_text.h"

#include <string.h>

static bool is_written(const struct setup_answers *a, enum setup_question q)
{
	if (*a->text[q] == '\0')
		return false;
	if (q == SETUP_ADDRESS)
		return setup_has_glue(a);
	if (q == SETUP_LAB)
		return setup_is(a, q, "yes");
	return q != SETUP_REGION || !setup_is(a, q, "auto");
}

static void add_list(const struct setup_answers *a, enum setup_question q, struct buf *out)
{
	char item[SETUP_ANSWER_MAX];
	size_t i;

	buf_adds(out, "{ ");
	for (i = 0; setup_item(a, q, i, item); i++)
		buf_addf(out, "%s\"%s\"", i > 0 ? ", " : "", item);
	buf_adds(out, " }\n");
}

static void add_key(const struct setup_answers *a, enum setup_question q, const char *indent,
		    struct buf *out)
{
	const struct setup_row *row = setup_row(q);
	/* Without a certificate the same answer is about plain HTTP. */
	bool is_plain = q == SETUP_LISTEN && setup_is(a, SETUP_CERTIFICATE, "none");

	if (row->comment != NULL)
		buf_addf(out, "%s# %s\n", indent, row->comment);
	if (is_plain)
		buf_adds(out, "listen = {}\n");
	buf_addf(out, "%s%s = ", indent, is_plain ? "listen-plain" : row->key);
	if (row->is_list)
		add_list(a, q, out);
	else if (q == SETUP_LAB)
		buf_adds(out, "true\n");
	else
		buf_addf(out, "\"%s\"\n", a->text[q]);
}

static void add_keys(const struct setup_answers *a, enum setup_place place, const char *indent,
		     struct buf *out)
{
	enum setup_question q;

	for (q = 0; q < SETUP_QUESTIONS; q++)
		if (setup_row(q)->place == place && is_written(a, q))
			add_key(a, q, indent, out);
}

void setup_text_conf(const struct setup_answers *a, struct buf *out)
{
	buf_adds(out,
		 "# Configuration of mooringd and mooringctl, by \"mooringctl setup\". All other "
		 "keys have\n# their defaults: mooring.conf(5).\n");
	buf_addf(out, "# Routers send their updates to %s.\n\n", a->text[SETUP_SERVER]);
	add_keys(a, SETUP_IN_TOP, "", out);
	buf_adds(out, "\nstore {\n");
	add_keys(a, SETUP_IN_STORE, "\t", out);
	buf_addf(out, "}\n\n# Hosts have names in it.\nzone \"%s\" {\n", a->text[SETUP_DOMAIN]);
	add_keys(a, SETUP_IN_ZONE, "\t", out);
	buf_adds(out, "}\n");
}

/* ---------------------------------------------------------------- the parent zone */

static void add_addresses(const struct setup_answers *a, const char *name, struct buf *out)
{
	char text[ADDR_TEXT_MAX];
	struct addr addr;
	size_t i;

	for (i = 0; setup_addr(a, i, &addr); i++)
		buf_addf(out, "%s. IN %s %s\n", name, addr.family == ADDR_V6 ? "AAAA" : "A",
			 addr_format(&addr, text));
}

/* Glue, and what lies beside the zone. Its parent has no other names where it is a registry's. */
static bool is_in_parent(const struct fqdn *name, const struct fqdn *zone)
{
	const char *above = strchr(zone->text, '.') + 1;
	struct fqdn parent;

	if (fqdn_is_within(name, zone))
		return true;
	return fqdn_parse(slice_of(above), &parent) == 0 && fqdn_is_within(name, &parent);
}

static bool is_name_server(const struct setup_answers *a, const struct fqdn *name)
{
	struct fqdn other;
	size_t i;

	for (i = 0; setup_name(a, SETUP_NAME_SERVER, i, &other); i++)
		if (fqdn_equal(&other, name))
			return true;
	return false;
}

/* Of all names that this server has. */
static void add_hosts(const struct setup_answers *a, const struct fqdn *zone, bool in_parent,
		      struct buf *out)
{
	struct fqdn name;
	size_t i;

	for (i = 0; setup_name(a, SETUP_NAME_SERVER, i, &name); i++)
		if (is_in_parent(&name, zone) == in_parent)
			add_addresses(a, name.text, out);
	if (setup_name(a, SETUP_SERVER, 0, &name) && is_in_parent(&name, zone) == in_parent &&
	    !is_name_server(a, &name))
		add_addresses(a, name.text, out);
}

void setup_text_parent(const struct setup_answers *a, struct buf *out)
{
	struct fqdn zone, name;
	size_t i;

	if (!setup_name(a, SETUP_DOMAIN, 0, &zone))
		return;
	for (i = 0; setup_name(a, SETUP_NAME_SERVER, i, &name); i++)
		buf_addf(out, "%s. IN NS %s.\n", zone.text, name.text);
	add_hosts(a, &zone, true, out);
}

void setup_text_elsewhere(const struct setup_answers *a, struct buf *out)
{
	struct fqdn zone;

	if (setup_name(a, SETUP_DOMAIN, 0, &zone))
		add_hosts(a, &zone, false, out);
}

/* ---------------------------------------------------------------- the certificate */

static void add_words(struct setup_command *c, const char *const *words, size_t n)
{
	size_t i;

	for (i = 0; i < n && c->n < SETUP_WORDS_MAX - 1; i++)
		c->argv[c->n++] = words[i];
	c->argv[c->n] = NULL;
}

static void command_certbot(const struct setup_answers *a, const char *hook,
			    struct setup_command *ret)
{
	const char *const first[] = {"certbot", "certonly", "--standalone", "-d",
				     a->text[SETUP_SERVER]};
	const char *const email[] = {"--email", a->text[SETUP_EMAIL]};
	const char *const nobody[] = {"--register-unsafely-without-email"};
	const char *const rest[] = {"--agree-tos", "--non-interactive", "--deploy-hook", hook};

	add_words(ret, first, sizeof(first) / sizeof(first[0]));
	if (setup_is(a, SETUP_EMAIL, "none"))
		add_words(ret, nobody, 1);
	else
		add_words(ret, email, sizeof(email) / sizeof(email[0]));
	add_words(ret, rest, sizeof(rest) / sizeof(rest[0]));
}

static void command_lego(const struct setup_answers *a, const char *verb, const char *hook_option,
			 const char *hook, struct setup_command *ret)
{
	const char *const words[] = {"lego",
				     "--path",
				     "/etc/lego",
				     "--email",
				     a->text[SETUP_EMAIL],
				     "--domains",
				     a->text[SETUP_SERVER],
				     "--http",
				     "--accept-tos",
				     verb,
				     hook_option,
				     hook};

	add_words(ret, words, sizeof(words) / sizeof(words[0]));
}

void setup_text_command(const struct setup_answers *a, const char *hook, struct setup_command *ret)
{
	ret->n = 0;
	ret->argv[0] = NULL;
	if (setup_is(a, SETUP_CERTIFICATE, "certbot"))
		command_certbot(a, hook, ret);
	else if (setup_is(a, SETUP_CERTIFICATE, "lego"))
		command_lego(a, "run", "--run-hook", hook, ret);
}

void setup_text_renewal(const struct setup_answers *a, const char *hook, struct setup_command *ret)
{
	ret->n = 0;
	ret->argv[0] = NULL;
	if (setup_is(a, SETUP_CERTIFICATE, "lego"))
		command_lego(a, "renew", "--renew-hook", hook, ret);
}

void setup_text_line(const struct setup_command *c, struct buf *out)
{
	size_t i;

	for (i = 0; i < c->n; i++) {
		if (i > 0)
			buf_addc(out, ' ');
		buf_add_shell_word(out, c->argv[i]);
	}
}
