/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/client_form.h"

#include <string.h>

#define LETTERS_AND_DIGITS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
/* RFC 3986 §2.3 */
#define UNRESERVED LETTERS_AND_DIGITS "-._~"
/* They mean nothing to any configuration here. */
#define BARE LETTERS_AND_DIGITS "-._@+"

static int as_it_is(struct buf *out, const char *text)
{
	return buf_adds(out, text);
}

static int as_url(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++)
		if (strchr(UNRESERVED ",", *text) != NULL)
			buf_addc(out, *text);
		else
			buf_addf(out, "%%%02X", (unsigned char)*text);
	return buf_err(out);
}

static int as_bare(struct buf *out, const char *text)
{
	return text[strspn(text, BARE)] != '\0' ? ERR_INVAL : buf_adds(out, text);
}

/* It takes one blank for several, and all behind a "#" for a comment even between quotes. */
static int as_ddclient(struct buf *out, const char *text)
{
	size_t len = strlen(text);

	if (text[strspn(text, BARE)] == '\0')
		return buf_adds(out, text);
	if (strpbrk(text, "#'\\\"\t") != NULL || strstr(text, "  ") != NULL || text[0] == ' ' ||
	    text[len - 1] == ' ')
		return ERR_INVAL;
	return buf_addf(out, "'%s'", text);
}

static int escape(struct buf *out, const char *text, const char *special)
{
	for (; *text != '\0'; text++) {
		if (strchr(special, *text) != NULL)
			buf_addc(out, '\\');
		buf_addc(out, *text);
	}
	return buf_err(out);
}

static int as_quoted(struct buf *out, const char *text)
{
	return escape(out, text, "\\\"$");
}

static int as_xml(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++)
		if (strchr("&<>\"'", *text) != NULL)
			buf_addf(out, "&#%d;", *text);
		else
			buf_addc(out, *text);
	return buf_err(out);
}

static int as_json(struct buf *out, const char *text)
{
	return escape(out, text, "\\\"");
}

static const struct {
	const char *name;
	client_form_fn *write;
} forms[] = {
	{"", as_it_is},	   {"url", as_url},   {"sh", buf_add_shell_word}, {"quoted", as_quoted},
	{"json", as_json}, {"bare", as_bare}, {"ddclient", as_ddclient},  {"xml", as_xml},
};

client_form_fn *client_form_find(struct slice name)
{
	size_t i;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (slice_eq(name, forms[i].name))
			return forms[i].write;
	return NULL;
}
