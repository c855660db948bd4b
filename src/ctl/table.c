/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/table.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "account/text.h"
#include "base/err.h"

enum { ROWS_FIRST = 64, GAP = 2 };

struct table {
	size_t n_columns;
	unsigned width[TABLE_COLUMNS_MAX];
	size_t n_cells, cap; /* of all lines, one after the other */
	char **cells;
};

/* The columns of one character. The output is UTF-8 in every locale, so the locale is not asked. */
static unsigned next_columns(const char **text)
{
	mbstate_t state = {0};
	wchar_t c;
	size_t len = mbrtowc(&c, *text, strlen(*text), &state);
	int columns;

	if (len == 0 || len == (size_t)-1 || len == (size_t)-2) {
		(*text)++;
		return 1;
	}
	*text += len;
	columns = wcwidth(c);
	return columns >= 0 ? (unsigned)columns : 1;
}

/* The columns of UTF-8 text on a terminal. A byte that is no UTF-8 counts as one. A locale is read
 * from files, which takes longer than all else: most cells are ASCII, and need none. */
static unsigned text_columns(const char *text)
{
	locale_t utf8, before = (locale_t)0;
	unsigned n = 0;

	if (text_is_ascii(slice_of(text)))
		return (unsigned)strlen(text);
	utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	if (utf8 != (locale_t)0)
		before = uselocale(utf8);
	while (*text != '\0')
		n += next_columns(&text);
	if (utf8 != (locale_t)0) {
		uselocale(before);
		freelocale(utf8);
	}
	return n;
}

struct table *table_new(size_t n_columns)
{
	struct table *t = calloc(1, sizeof(*t));

	if (t != NULL)
		t->n_columns = n_columns;
	return t;
}

void table_free(struct table *t)
{
	size_t i;

	if (t == NULL)
		return;
	for (i = 0; i < t->n_cells; i++)
		free(t->cells[i]);
	free(t->cells);
	free(t);
}

static int make_room(struct table *t)
{
	size_t cap = t->cap > 0 ? 2 * t->cap : ROWS_FIRST * t->n_columns;
	char **cells;

	if (t->n_cells + t->n_columns <= t->cap)
		return 0;
	cells = reallocarray(t->cells, cap, sizeof(*cells));
	if (cells == NULL)
		return ERR_NOMEM;
	t->cells = cells;
	t->cap = cap;
	return 0;
}

int table_add(struct table *t, const char *const *cells)
{
	size_t i, first = t->n_cells;

	if (make_room(t) != 0)
		return ERR_NOMEM;
	for (i = 0; i < t->n_columns; i++) {
		unsigned columns = i + 1 < t->n_columns ? text_columns(cells[i]) : 0;

		t->cells[t->n_cells] = strdup(cells[i]);
		if (t->cells[t->n_cells] == NULL)
			goto nomem;
		t->n_cells++;
		if (columns > t->width[i])
			t->width[i] = columns;
	}
	return 0;
nomem:
	while (t->n_cells > first)
		free(t->cells[--t->n_cells]);
	return ERR_NOMEM;
}

static void print_line(const struct table *t, char *const *cells, FILE *out)
{
	size_t i, n = t->n_columns;

	while (n > 1 && *cells[n - 1] == '\0')
		n--;
	for (i = 0; i + 1 < n; i++)
		fprintf(out, "%s%*s", cells[i], (int)(t->width[i] - text_columns(cells[i]) + GAP),
			"");
	fprintf(out, "%s\n", cells[n - 1]);
}

void table_print(const struct table *t, FILE *out)
{
	size_t i;

	for (i = 0; i < t->n_cells; i += t->n_columns)
		print_line(t, t->cells + i, out);
}
