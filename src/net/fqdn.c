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

/* What names of hosts consist of in practice. DNS has no rule for labels (RFC 2181 §11), and the
 * zones that are published to take any. */
static bool is_label_char(char c)
{
	return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_';
}

static bool is_label(struct slice label)
{
	size_t i;

	if (label.len == 0 || label.len > LABEL_MAX)
		return false;
	for (i = 0; i < label.len; i++)
		if (!is_label_char(label.p[i]))
			return false;
	return true;
}

static bool is_ascii(struct slice s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

static int append_lower(struct fqdn *out, struct slice text)
{
	size_t i;

	if (out->len + text.len > FQDN_TEXT_MAX)
		return ERR_INVAL;
	for (i = 0; i < text.len; i++) {
		if (text.p[i] == '\0')
			return ERR_INVAL;
		out->text[out->len++] = str_lower(text.p[i]);
	}
	return 0;
}

/* IDNA2008 with the case folding of UTS #46. What comes out may be several labels: other scripts
 * have dots of their own. */
static int append_idna(struct fqdn *out, struct slice label)
{
	char input[INPUT_MAX + 1];
	uint8_t *ascii = NULL;
	int err;

	/* No U-label has an underscore (RFC 5892), but libidn2 lets it pass. */
	if (str_copy(input, sizeof(input), label) != 0 || strchr(input, '_') != NULL)
		return ERR_INVAL;
	err = idn2_lookup_u8((const uint8_t *)input, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (err != IDN2_OK)
		return err == IDN2_MALLOC ? ERR_NOMEM : ERR_INVAL;
	err = append_lower(out, slice_of((const char *)ascii));
	idn2_free(ascii);
	return err;
}

/* A label that is ASCII is taken as it is, an "xn--" one, too: whoever wrote it knows what is in
 * the zone. Only the others need libidn2, and memory. */
static int to_ascii(struct slice name, struct fqdn *out)
{
	struct slice label;
	bool more;
	int err = 0;

	do {
		more = slice_cut(name, '.', &label, &name);
		err = is_ascii(label) ? append_lower(out, label) : append_idna(out, label);
		if (err == 0 && more)
			err = append_lower(out, (struct slice){".", 1});
	} while (more && err == 0);
	return err;
}

static int fqdn_normalise(struct slice text, struct fqdn *out)
{
	if (text.len > 0 && text.p[text.len - 1] == '.')
		text.len--;
	return text.len > 0 ? to_ascii(text, out) : ERR_INVAL;
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
