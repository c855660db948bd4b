/* SPDX-License-Identifier: BSD-2-Clause */
#include "kit/import_kit.h"

#include <stdio.h>

#include "conf/load.h"
#include "kit/conf_kit.h"
#include "kit/unit.h"

enum { PRINTED_MAX = 65536 };

static const char conf_text[] = "listen = {}\nlisten-plain = { \"127.0.0.1:0\" }\n"
				"zone dyn.example.com { name-servers = { ns.dyn.example.com } "
				"name-server-addresses = { 192.0.2.53 } }\n"
				"zone lab.example.org { name-servers = { ns.example.net } }\n";

static struct conf *kept;

static void free_kept(void)
{
	conf_free(kept);
}

const struct conf *import_kit_conf(void)
{
	if (kept == NULL) {
		kept = conf_kit_good(conf_text, NULL);
		atexit(free_kept);
	}
	return kept;
}

static void print_fields(const struct import_row *row, struct buf *out)
{
	enum field f;

	for (f = FIELD_SECRET; f < FIELDS; f++) {
		if ((row->says & 1U << f) == 0)
			continue;
		buf_adds(out, f > FIELD_HOSTS ? " " : "");
		if (f > FIELD_HOSTS)
			buf_addf(out, "%s=", field_name(f));
		else
			buf_addc(out, ' ');
		field_print(row->account, f, out);
	}
}

char *import_kit_print(const struct import_list *l)
{
	static const char *const words[IMPORT_STATES] = {"new",	    "made",    "there",
							 "differs", "refused", "passed over"};
	struct buf out;
	size_t i;
	char *copy;

	buf_init(&out, PRINTED_MAX);
	for (i = 0; i < l->n; i++) {
		const struct import_row *row = l->rows[i];

		buf_addf(&out, "%s%zu %s:", i > 0 ? "\n" : "", row->line, row->shown);
		if (row->state != IMPORT_NEW)
			buf_addf(&out, " %s%s%s", words[row->state], row->why != NULL ? ", " : "",
				 row->why != NULL ? row->why : "");
		else
			print_fields(row, &out);
	}
	ck_assert_int_eq(buf_err(&out), 0);
	copy = strdup(buf_str(&out));
	buf_fini(&out);
	return copy;
}

static void check_row(import_kit_read_fn *read, const struct import_kit_row *row, size_t i)
{
	struct errinfo ei = ERRINFO_INIT;
	struct import_list l;
	char *text = strdup(row->text), *got = NULL;
	int err;

	ck_assert_int_eq(import_list_init(&l, import_kit_conf(), false), 0);
	err = read(&l, text, strlen(text), &ei);
	if (err == 0)
		got = import_kit_print(&l);
	if (err != 0 || l.err != 0) {
		ck_assert_msg(row->want[0] == '!', "row %zu: %s", i, ei.text);
		ck_assert_msg(strcmp(ei.text, row->want + 2) == 0, "row %zu: %s", i, ei.text);
	} else {
		ck_assert_msg(strcmp(got, row->want) == 0, "row %zu:\n%s\nwanted\n%s", i, got,
			      row->want);
	}
	free(got);
	free(text);
	import_list_fini(&l);
}

void import_kit_check(import_kit_read_fn *read, const struct import_kit_row *rows, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		check_row(read, &rows[i], i);
}
