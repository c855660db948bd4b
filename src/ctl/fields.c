/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/fields.h"

static const struct {
	const char *name;
	bool is_list;
} fields[FIELDS] = {
	[FIELD_USER] = {"user", false},		[FIELD_SECRET] = {"secret", false},
	[FIELD_HOSTS] = {"hosts", true},	[FIELD_TTL] = {"ttl", false},
	[FIELD_DISABLED] = {"disabled", false}, [FIELD_QUIRKS] = {"quirks", true},
	[FIELD_UNTIL] = {"valid-until", false}, [FIELD_FROM] = {"from", true},
	[FIELD_IDS] = {"interface-ids", true},
};

const char *field_name(enum field f)
{
	return fields[f].name;
}

enum field field_find(struct slice name)
{
	enum field f = FIELD_USER;

	while (f < FIELDS && !slice_eq(name, fields[f].name))
		f++;
	return f;
}

bool field_is_list(enum field f)
{
	return fields[f].is_list;
}

static int field_add_host(struct account *a, struct slice text, const struct fqdn *zone,
			  struct errinfo *ei)
{
	struct errinfo why = ERRINFO_INIT;
	int err = account_add_host(a, text, zone, NULL, &why);

	return err == 0 || err == ERR_EXISTS ? 0 : err_set(ei, err, "%s", why.text);
}

static int set_disabled_text(struct account *a, struct slice text, struct errinfo *ei)
{
	if (!slice_eq(text, "true") && !slice_eq(text, "false"))
		return err_set(ei, ERR_INVAL, "\"disabled\" is neither true nor false");
	a->disabled = slice_eq(text, "true");
	return 0;
}

static int add_quirk_word(struct account *a, struct slice text, struct errinfo *ei)
{
	unsigned quirk = account_quirk_parse(text);
	char shown[64];

	if (quirk == 0)
		return err_set(ei, ERR_INVAL, "there is no quirk \"%s\"",
			       str_printable(shown, sizeof(shown), text));
	a->quirks |= quirk;
	return 0;
}

/* "HOST=ID". */
static int add_interface_id(struct account *a, struct slice text, const struct fqdn *zone,
			    struct errinfo *ei)
{
	struct account_host *host = NULL;
	struct interface_id id;
	struct slice name, rest;
	struct fqdn fqdn;
	char shown[64];
	int err;

	if (slice_cut(text, '=', &name, &rest) && fqdn_complete(name, zone, &fqdn) == 0)
		host = account_find_host(a, &fqdn);
	if (host == NULL)
		return err_set(ei, ERR_INVAL,
			       "\"%s\" is no host of the account with \"=\" and an interface id",
			       str_printable(shown, sizeof(shown), text));
	err = interface_id_parse(rest, &id, ei);
	return err == 0 ? account_set_interface_id(a, host, &id, ei) : err;
}

int field_set(struct account *a, enum field f, struct slice text, const struct fqdn *zone,
	      struct errinfo *ei)
{
	switch (f) {
	case FIELD_SECRET:
		return account_set_secret(a, text, ei);
	case FIELD_HOSTS:
		return field_add_host(a, text, zone, ei);
	case FIELD_TTL:
		return account_set_ttl(a, text, ei);
	case FIELD_DISABLED:
		return set_disabled_text(a, text, ei);
	case FIELD_QUIRKS:
		return add_quirk_word(a, text, ei);
	case FIELD_UNTIL:
		return bounds_set_until(&a->bounds, text, ei);
	case FIELD_FROM:
		return bounds_add_source(&a->bounds, text, ei);
	case FIELD_IDS:
		return add_interface_id(a, text, zone, ei);
	case FIELD_USER:
	case FIELDS:
		break;
	}
	return err_set(ei, ERR_INVAL, "that is no field");
}

static const char *gap(const struct buf *out, size_t start)
{
	return out->len > start ? " " : "";
}

static void print_hosts(const struct account *a, bool with_ids, struct buf *out)
{
	char id[ADDR_TEXT_MAX];
	size_t i, start = out->len;

	for (i = 0; i < a->n_hosts; i++) {
		const struct account_host *h = &a->hosts[i];

		if (!with_ids)
			buf_addf(out, "%s%s", gap(out, start), h->name.text);
		else if (interface_id_is_set(&h->interface_id))
			buf_addf(out, "%s%s=%s", gap(out, start), h->name.text,
				 interface_id_format(&h->interface_id, id));
	}
}

static void print_quirk_words(const struct account *a, struct buf *out)
{
	size_t i, start = out->len;
	unsigned quirk;

	for (i = 0; (quirk = account_quirk_at(i)) != 0; i++)
		if ((a->quirks & quirk) != 0)
			buf_addf(out, "%s%s", gap(out, start), account_quirk_name(quirk));
}

static void print_sources(const struct account *a, struct buf *out)
{
	char text[PREFIX_TEXT_MAX];
	size_t i, start = out->len;

	for (i = 0; i < a->bounds.n_sources; i++)
		buf_addf(out, "%s%s", gap(out, start), prefix_format(&a->bounds.sources[i], text));
}

int field_print(const struct account *a, enum field f, struct buf *out)
{
	char until[BOUNDS_UNTIL_TEXT_MAX];

	if (f == FIELD_USER)
		buf_adds(out, a->user);
	else if (f == FIELD_SECRET && a->secret != NULL)
		buf_adds(out, a->secret);
	else if (f == FIELD_HOSTS || f == FIELD_IDS)
		print_hosts(a, f == FIELD_IDS, out);
	else if (f == FIELD_TTL && a->ttl != 0)
		buf_addf(out, "%u", (unsigned)a->ttl);
	else if (f == FIELD_DISABLED && a->disabled)
		buf_adds(out, "true");
	else if (f == FIELD_QUIRKS)
		print_quirk_words(a, out);
	else if (f == FIELD_UNTIL)
		buf_adds(out, bounds_format_until(&a->bounds, until));
	else if (f == FIELD_FROM)
		print_sources(a, out);
	return buf_err(out);
}
