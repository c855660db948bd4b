/* SPDX-License-Identifier: BSD-2-Clause
 * The first line of the input is a format of "mooringctl import", the rest is the file. */
#include <sys/mman.h>
#include <unistd.h>

#include "account/account.h"
#include "base/buf.h"
#include "conf/load.h"
#include "ctl/csv.h"
#include "ctl/import_csv.h"
#include "ctl/import_ddclient.h"
#include "ctl/import_dyndnsd.h"
#include "ctl/import_file.h"
#include "ctl/import_hosts.h"
#include "ctl/import_json.h"
#include "ctl/import_list.h"
#include "fuzz.h"

enum { LINE_MAX_BYTES = 1024 * 1024 };

static const char conf_text[] = "listen = {}\nlisten-plain = { \"127.0.0.1:0\" }\n"
				"zone dyn.example.com { name-servers = { ns.example.net } }\n";

static const struct conf *the_conf(void)
{
	static const char *const none[] = {NULL};
	static struct conf *conf;
	char path[40];
	int fd;

	if (conf != NULL)
		return conf;
	fd = memfd_create("conf", MFD_CLOEXEC);
	must(fd >= 0 && write(fd, conf_text, sizeof(conf_text) - 1) > 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	must(conf_load(path, none, &conf, NULL) == 0);
	close(fd);
	return conf;
}

static int read_format(struct import_list *l, enum import_format f, char *text, size_t len,
		       struct errinfo *ei)
{
	const struct slice all = {text, len};

	switch (f) {
	case IMPORT_CSV:
		return import_csv(l, text, len, ei);
	case IMPORT_JSON:
		return import_json(l, all, IMPORT_JSON_ANY, ei);
	case IMPORT_DYNAMODB:
		return import_json(l, all, IMPORT_JSON_DYNAMODB, ei);
	case IMPORT_DYNDNSD:
		return import_dyndnsd(l, all, ei);
	case IMPORT_DDCLIENT:
		return import_ddclient(l, all, ei);
	case IMPORT_HOSTS:
	case IMPORT_FORMATS:
		import_hosts(l, all);
		break;
	}
	return 0;
}

static void print_account(const struct account *a, struct buf *out)
{
	struct buf text;
	enum field f;

	buf_init(&text, LINE_MAX_BYTES);
	for (f = FIELD_USER; f < FIELDS; f++)
		csv_add(out, f == FIELD_USER, field_name(f));
	buf_addc(out, '\n');
	for (f = FIELD_USER; f < FIELDS; f++) {
		buf_reset(&text);
		must(field_print(a, f, &text) == 0);
		csv_add(out, f == FIELD_USER, buf_str(&text));
	}
	must(buf_err(out) == 0);
	buf_fini(&text);
}

/* What is exported of an account is the same account. */
static void check_export(const struct account *a)
{
	struct buf text, again;
	struct import_list l;
	char *copy;

	buf_init(&text, LINE_MAX_BYTES);
	buf_init(&again, LINE_MAX_BYTES);
	print_account(a, &text);
	copy = strdup(buf_str(&text));
	must(copy != NULL && import_list_init(&l, the_conf(), false) == 0);
	must(import_csv(&l, copy, strlen(copy), NULL) == 0);
	must(l.n == 1 && l.rows[0]->state == IMPORT_NEW);
	print_account(l.rows[0]->account, &again);
	must(strcmp(buf_str(&text), buf_str(&again)) == 0);
	import_list_fini(&l);
	free(copy);
	buf_fini(&again);
	buf_fini(&text);
}

static void check_row(const struct import_list *l, const struct import_row *row, size_t n_lines)
{
	must(row->line >= 1 && row->line <= n_lines);
	must(!slice_has_control(slice_of(row->shown)));
	must((row->state == IMPORT_NEW) == (row->why == NULL));
	must(row->why == NULL || !slice_has_control(slice_of(row->why)));
	if (row->state != IMPORT_NEW)
		return;
	must(import_find(l, row->account->user) == row);
	must(row->account->n_hosts > 0 && row->account->flaws == 0);
	must((row->account->secret == NULL) == (row->secret == IMPORT_SECRET_MISSING));
	check_export(row->account);
}

static void check_list(const struct import_list *l, const char *text, size_t len)
{
	size_t i, n_lines = 1;

	for (i = 0; i < len; i++)
		n_lines += text[i] == '\n';
	for (i = 0; i < l->n; i++)
		check_row(l, l->rows[i], n_lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = fuzz_slice(data, size), name = fuzz_line(&text);
	struct errinfo ei = ERRINFO_INIT;
	struct import_list l;
	char format[16], *copy;
	int err;

	/* As import_file_read() has seen to. */
	if (str_copy(format, sizeof(format), name) != 0 || text.len == 0 ||
	    memchr(text.p, '\0', text.len) != NULL)
		return 0;
	/* Of its very size, so that a read behind it is seen. */
	copy = malloc(text.len);
	must(copy != NULL && import_list_init(&l, the_conf(), false) == 0);
	memcpy(copy, text.p, text.len);
	err = read_format(&l, import_format_find(format), copy, text.len, &ei);
	must(err == 0 || err == ERR_INVAL || err == ERR_LIMIT);
	fuzz_must_explain(err, &ei);
	if (err == 0) {
		must(import_judge(&l, NULL) == 0);
		check_list(&l, text.p, text.len);
	}
	import_list_fini(&l);
	free(copy);
	return 0;
}
