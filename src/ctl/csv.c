/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/csv.h"

#include <string.h>

static bool ends_line(char c)
{
	return c == '\n' || c == '\r';
}

void csv_begin(struct csv *c, char *text, size_t len)
{
	const char *p;

	*c = (struct csv){.p = text, .end = text + len, .line = 1, .sep = ','};
	for (p = c->p; p < c->end && !ends_line(*p); p++)
		if (*p == ',' || *p == ';' || *p == '\t') {
			c->sep = *p;
			return;
		}
}

/* Takes a cell in quotes apart where it lies; "" is a quote. */
static int read_quoted(struct csv *c, struct slice *ret, struct errinfo *ei)
{
	const size_t line = c->line;
	char *start = ++c->p, *to = start;

	for (; c->p < c->end; c->p++) {
		if (*c->p == '"' && (c->p + 1 == c->end || c->p[1] != '"'))
			break;
		if (*c->p == '"')
			c->p++;
		c->line += *c->p == '\n';
		*to++ = *c->p;
	}
	if (c->p == c->end)
		return err_set(ei, ERR_INVAL, "line %zu: a quote is not closed", line);
	c->p++;
	if (c->p < c->end && *c->p != c->sep && !ends_line(*c->p))
		return err_set(ei, ERR_INVAL, "line %zu: text follows a cell in quotes", c->line);
	*ret = (struct slice){start, (size_t)(to - start)};
	return 0;
}

static int read_plain(struct csv *c, struct slice *ret, struct errinfo *ei)
{
	const char *start = c->p;

	while (c->p < c->end && *c->p != c->sep && !ends_line(*c->p)) {
		if (*c->p == '"')
			return err_set(ei, ERR_INVAL,
				       "line %zu: a cell with a quote in it has to begin with one",
				       c->line);
		c->p++;
	}
	*ret = (struct slice){start, (size_t)(c->p - start)};
	return 0;
}

static void skip_line_ends(struct csv *c)
{
	for (; c->p < c->end && ends_line(*c->p); c->p++)
		c->line += *c->p == '\n';
}

int csv_next(struct csv *c, struct csv_record *ret, bool *ret_more, struct errinfo *ei)
{
	bool more = true;
	int err = 0;

	skip_line_ends(c);
	ret->line = c->line;
	ret->n = 0;
	*ret_more = c->p < c->end;
	while (*ret_more && more && err == 0) {
		struct slice *cell = &ret->cells[ret->n];

		if (ret->n == CSV_CELLS_MAX)
			return err_set(ei, ERR_LIMIT, "line %zu: more than %d cells", ret->line,
				       CSV_CELLS_MAX);
		err = c->p < c->end && *c->p == '"' ? read_quoted(c, cell, ei)
						    : read_plain(c, cell, ei);
		ret->n++;
		more = c->p < c->end && *c->p == c->sep;
		c->p += more;
	}
	return err;
}

int csv_add(struct buf *out, bool is_first, const char *text)
{
	const char *p;

	if (!is_first)
		buf_addc(out, ',');
	if (strpbrk(text, "\",;\t\r\n") == NULL)
		return buf_adds(out, text);
	buf_addc(out, '"');
	for (p = text; *p != '\0'; p++) {
		if (*p == '"')
			buf_addc(out, '"');
		buf_addc(out, *p);
	}
	return buf_addc(out, '"');
}
