/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/fqdn.h"

#include <idn2.h>
#include <string.h>

#include "base/err.h"
#include "net/hash.h"

enum { LABEL_MAX = 63 };
/* A U-label is never more than four times as long as its A-label. */
enum { INPUT_MAX = 4 * FQDN_TEXT_MAX };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_ldh(char c)
{
	return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-';
}

static bool is_alabel(struct slice label)
{
	return label.len >= 4 && slice_eq_nocase((struct slice){label.p, 4}, "xn--");
}

/* A lower-case label of RFC 1123 §2.1. "--" in places 3 and 4 is kept for encodings (RFC 5891
 * §4.2.3.1); the only one there is has been checked by libidn2 when we come here. */
static bool is_label(struct slice label)
{
	size_t i;

	if (label.len == 0 || label.len > LABEL_MAX)
		return false;
	for (i = 0; i < label.len; i++)
		if (!is_ldh(label.p[i]))
			return false;
	if (label.p[0] == '-' || label.p[label.len - 1] == '-')
		return false;
	return label.len < 4 || label.p[2] != '-' || label.p[3] != '-' || is_alabel(label);
}

/* Only these need libidn2; the rest never allocates. */
static bool needs_idna(struct slice name)
{
	struct slice label;
	bool more;
	size_t i;

	for (i = 0; i < name.len; i++)
		if ((unsigned char)name.p[i] >= 0x80)
			return true;
	do {
		more = slice_cut(name, '.', &label, &name);
		if (is_alabel(label))
			return true;
	} while (more);
	return false;
}

static int lower_into(struct fqdn *out, struct slice name)
{
	size_t i;

	if (str_copy(out->text, sizeof(out->text), name) != 0)
		return ERR_INVAL;
	for (i = 0; i < name.len; i++)
		out->text[i] = str_lower(out->text[i]);
	out->len = (uint8_t)name.len;
	return 0;
}

/* IDNA2008 with the case folding of UTS #46; A-labels are decoded and encoded again, so that what
 * is not the one spelling of its U-label is refused. */
static int idna_into(struct fqdn *out, struct slice name)
{
	char input[INPUT_MAX + 1];
	uint8_t *ascii = NULL;
	int err;

	if (str_copy(input, sizeof(input), name) != 0)
		return ERR_INVAL;
	err = idn2_lookup_u8((const uint8_t *)input, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (err != IDN2_OK)
		return err == IDN2_MALLOC ? ERR_NOMEM : ERR_INVAL;
	err = lower_into(out, slice_of((const char *)ascii));
	idn2_free(ascii);
	return err;
}

static int to_ascii(struct slice name, struct fqdn *out)
{
	return needs_idna(name) ? idna_into(out, name) : lower_into(out, name);
}

/* Converts the whole name but a leading "*", which libidn2 does not take for a label. */
static int fqdn_normalise(struct slice text, struct fqdn *out)
{
	bool wildcard = text.len >= 2 && text.p[0] == '*' && text.p[1] == '.';
	struct fqdn rest = {0};
	int err;

	if (text.len > 0 && text.p[text.len - 1] == '.')
		text.len--;
	if (text.len == 0)
		return ERR_INVAL;
	if (!wildcard || text.len < 2)
		return to_ascii(text, out);
	err = to_ascii((struct slice){text.p + 2, text.len - 2}, &rest);
	if (err != 0)
		return err;
	if (rest.len + 2 > FQDN_TEXT_MAX)
		return ERR_INVAL;
	memcpy(out->text, "*.", 2);
	memcpy(out->text + 2, rest.text, rest.len + 1u);
	out->len = (uint8_t)(rest.len + 2);
	return 0;
}

static bool all_digits(struct slice label)
{
	size_t i;

	for (i = 0; i < label.len; i++)
		if (!is_digit(label.p[i]))
			return false;
	return true;
}

static bool is_host_name(const struct fqdn *name)
{
	struct slice rest = {name->text, name->len}, label;
	size_t n = 0;
	bool more;

	do {
		more = slice_cut(rest, '.', &label, &rest);
		if (!is_label(label) && !(n == 0 && slice_eq(label, "*")))
			return false;
		n++;
	} while (more);
	return n >= 2 && !all_digits(label);
}

static int append_zone(struct fqdn *name, const struct fqdn *zone)
{
	if (name->len + 1 + zone->len > FQDN_TEXT_MAX)
		return ERR_INVAL;
	name->text[name->len] = '.';
	memcpy(name->text + name->len + 1, zone->text, zone->len + 1u);
	name->len = (uint8_t)(name->len + 1 + zone->len);
	return 0;
}

int fqdn_complete(struct slice text, const struct fqdn *zone, struct fqdn *ret)
{
	bool absolute = text.len > 0 && text.p[text.len - 1] == '.';
	struct fqdn name = {0};
	int err = fqdn_normalise(text, &name);

	if (err == 0 && zone != NULL && !absolute && strchr(name.text, '.') == NULL)
		err = append_zone(&name, zone);
	if (err != 0)
		return err;
	if (!is_host_name(&name))
		return ERR_INVAL;
	*ret = name;
	return 0;
}

int fqdn_parse(struct slice text, struct fqdn *ret)
{
	return fqdn_complete(text, NULL, ret);
}

bool fqdn_equal(const struct fqdn *a, const struct fqdn *b)
{
	return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

bool fqdn_is_within(const struct fqdn *name, const struct fqdn *zone)
{
	size_t before;

	if (name->len <= zone->len)
		return fqdn_equal(name, zone);
	before = (size_t)name->len - zone->len;
	return name->text[before - 1] == '.' &&
	       memcmp(name->text + before, zone->text, zone->len) == 0;
}

size_t fqdn_find_zone(const struct fqdn *name, const void *zones, size_t n, fqdn_zone_fn *name_of)
{
	size_t i, best = n;

	for (i = 0; i < n; i++) {
		const struct fqdn *zone = name_of(zones, i);

		if (fqdn_is_within(name, zone) &&
		    (best == n || zone->len > name_of(zones, best)->len))
			best = i;
	}
	return best;
}

uint64_t fqdn_hash(const struct fqdn *name, uint64_t seed)
{
	return hash_bytes(name->text, name->len, seed);
}
