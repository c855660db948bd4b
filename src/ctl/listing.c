/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/listing.h"

#include <stdio.h>

#include "ctl/print.h"
#include "ctl/table.h"

void listing_begin(struct listing *l, bool as_json, size_t n_columns)
{
	*l = (struct listing){.json = as_json ? json_array() : NULL,
			      .table = as_json ? NULL : table_new(n_columns)};
	if (l->json == NULL && l->table == NULL)
		l->err = ERR_NOMEM;
}

void listing_add(struct listing *l, json_t *element)
{
	if (json_array_append_new(l->json, element) != 0)
		l->err = ERR_NOMEM;
}

int listing_end(struct listing *l, int err, struct errinfo *ei)
{
	if (err == 0 && l->err != 0)
		err = err_set(ei, l->err, "out of memory");
	if (err == 0 && l->json != NULL)
		print_json(json_incref(l->json));
	else if (err == 0)
		table_print(l->table, stdout);
	table_free(l->table);
	json_decref(l->json);
	return err;
}
