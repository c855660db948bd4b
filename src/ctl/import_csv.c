/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/import_csv.h"

#include "ctl/csv.h"

enum { NO_COLUMN = CSV_CELLS_MAX };

/* Where each field is. */
static int read_head(const struct csv_record *head, size_t columns[FIELDS], struct errinfo *ei)
{
	enum field f;
	char shown[64];
	size_t i;

	for (f = 0; f < FIELDS; f++)
		columns[f] = NO_COLUMN;
	for (i = 0; i < head->n; i++) {
		str_printable(shown, sizeof(shown), head->cells[i]);
		f = field_find(head->cells[i]);
		if (f == FIELDS)
			return err_set(ei, ERR_INVAL, "line %zu: there is no column \"%s\"",
				       head->line, shown);
		if (columns[f] != NO_COLUMN)
			return err_set(ei, ERR_INVAL, "line %zu: \"%s\" is there twice", head->line,
				       shown);
		columns[f] = i;
	}
	if (columns[FIELD_USER] == NO_COLUMN || columns[FIELD_HOSTS] == NO_COLUMN)
		return err_set(ei, ERR_INVAL,
			       "line %zu: the first line has to name the columns, \"user\" and "
			       "\"hosts\" among them",
			       head->line);
	return 0;
}

static void csv_take_record(struct import_list *l, const struct csv_record *r,
			    const size_t columns[FIELDS], size_t n_columns)
{
	struct slice user = {"", 0};
	struct import_row *row;
	enum field f;

	if (columns[FIELD_USER] < r->n)
		user = r->cells[columns[FIELD_USER]];
	row = import_add(l, r->line, user);
	if (row == NULL)
		return;
	if (r->n != n_columns)
		import_refuse(l, row, "the line has %zu cells, the first one has %zu", r->n,
			      n_columns);
	for (f = FIELD_SECRET; f < FIELDS; f++)
		if (columns[f] < r->n)
			import_set_text(l, row, f, r->cells[columns[f]]);
}

int import_csv(struct import_list *l, char *text, size_t len, struct errinfo *ei)
{
	size_t columns[FIELDS], n_columns;
	struct csv_record r;
	struct csv c;
	bool more;
	int err;

	csv_begin(&c, text, len);
	err = csv_next(&c, &r, &more, ei);
	if (err == 0)
		err = read_head(&r, columns, ei);
	n_columns = r.n;
	while (err == 0 && more) {
		err = csv_next(&c, &r, &more, ei);
		if (err == 0 && more)
			csv_take_record(l, &r, columns, n_columns);
	}
	return err;
}
