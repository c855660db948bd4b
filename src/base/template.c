/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/template.h"

#include <stdbool.h>
#include <string.h>

enum { SHOWN_SIZE = 48 };

#define LETTERS "abcdefghijklmnopqrstuvwxyz"
#define DIGITS	"0123456789"

/* What stands before the first place of the text, and its name; without a name it was the last. */
struct piece {
	struct slice literal;
	bool has_name;
	struct slice name;
};

/* Takes it from the beginning of *text. ERR_INVAL: a name without a "}" behind it; it is in p. */
static int take_piece(const char **text, struct piece *p)
{
	const char *open = strchr(*text, '{');

	*p = (struct piece){.literal = slice_of(*text)};
	if (open == NULL) {
		*text += p->literal.len;
		return 0;
	}
	p->literal.len = (size_t)(open - *text);
	*text = open + 1;
	if (**text == '\0' || strchr(LETTERS, **text) == NULL) {
		p->literal.len++;
		*text += **text == '{';
		return 0;
	}
	p->has_name = true;
	p->name = (struct slice){*text, strspn(*text, LETTERS DIGITS "-")};
	*text += p->name.len;
	if (**text != '}')
		return ERR_INVAL;
	(*text)++;
	return 0;
}

static bool is_among(struct slice name, const char *const *names)
{
	for (; *names != NULL; names++)
		if (slice_eq(name, *names))
			return true;
	return false;
}

int template_check(const char *text, const char *const *names, struct errinfo *ei)
{
	char shown[SHOWN_SIZE];
	struct piece p;

	while (*text != '\0') {
		if (take_piece(&text, &p) != 0)
			return err_set(ei, ERR_INVAL, "\"{%s\" has no \"}\"",
				       str_printable(shown, sizeof(shown), p.name));
		if (p.has_name && !is_among(p.name, names))
			return err_set(ei, ERR_INVAL, "nothing is called \"{%s}\"",
				       str_printable(shown, sizeof(shown), p.name));
	}
	return 0;
}

static int add_named(struct buf *out, enum template_form form, struct slice name,
		     const struct template_value *values, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (slice_eq(name, values[i].name))
			return template_add_value(out, form, slice_of(values[i].value));
	return ERR_INVAL;
}

int template_add(struct buf *out, const char *text, enum template_form form,
		 const struct template_value *values, size_t n)
{
	struct piece p;
	int err = 0;

	while (err == 0 && *text != '\0') {
		err = take_piece(&text, &p);
		if (err == 0)
			err = buf_add(out, p.literal.p, p.literal.len);
		if (err == 0 && p.has_name)
			err = add_named(out, form, p.name, values, n);
	}
	return err != 0 ? err : buf_err(out);
}

/* RFC 8259 §7. */
static void add_to_json(struct buf *out, char c)
{
	if (c == '"' || c == '\\')
		buf_addf(out, "\\%c", c);
	else if (c == '\n')
		buf_adds(out, "\\n");
	else if ((unsigned char)c < ' ')
		buf_addf(out, "\\u%04x", (unsigned)(unsigned char)c);
	else
		buf_addc(out, c);
}

static void add_to_url(struct buf *out, char c)
{
	bool is_letter = str_lower(c) >= 'a' && str_lower(c) <= 'z';

	if (is_letter || (c >= '0' && c <= '9') || (c != '\0' && strchr("-._~", c) != NULL))
		buf_addc(out, c);
	else
		buf_addf(out, "%%%02X", (unsigned)(unsigned char)c);
}

int template_add_value(struct buf *out, enum template_form form, struct slice value)
{
	size_t i;

	if (form == TEMPLATE_TEXT)
		return buf_add(out, value.p, value.len);
	for (i = 0; i < value.len; i++)
		if (form == TEMPLATE_JSON)
			add_to_json(out, value.p[i]);
		else
			add_to_url(out, value.p[i]);
	return buf_err(out);
}
