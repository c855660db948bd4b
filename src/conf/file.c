/* SPDX-License-Identifier: BSD-2-Clause
 * The file, parsed by libconfuse. To libconfuse every value is a string: conf_set() gives it its
 * type and, unlike libconfuse, knows the line it stands in. */
#include "conf/file.h"

#include <confuse.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "conf/loader.h"
#include "conf/scan.h"

enum { FILE_BYTES_MAX = 1 << 20 };

/* libconfuse hands nothing of ours to its callbacks, and its scanner is one per process, too. */
static struct {
	struct conf_loader *l;
	const cfg_t *root;
	const cfg_t *section;	  /* the zone section that place belongs to */
	struct conf_place *place; /* the zone added last */
	int err;
} parsing;

static int code_of(int sys_errno)
{
	switch (sys_errno) {
	case ENOENT:
	case ENOTDIR:
	case ELOOP:
	case ENAMETOOLONG:
		return ERR_NOTFOUND;
	case EACCES:
	case EPERM:
		return ERR_DENIED;
	case EISDIR:
		return ERR_INVAL;
	case ENOMEM:
		return ERR_NOMEM;
	default:
		return ERR_IO;
	}
}

static int read_all(const struct conf_loader *l, FILE *f, struct buf *out)
{
	char block[4096];
	size_t n;

	while ((n = fread(block, 1, sizeof(block), f)) > 0)
		if (buf_add(out, block, n) != 0)
			break;
	if (ferror(f) != 0)
		return err_set(l->ei, code_of(errno), "%s: cannot be read: %s", l->path,
			       strerror(errno));
	if (buf_err(out) == ERR_LIMIT)
		return err_set(l->ei, ERR_INVAL, "%s: is larger than %d bytes", l->path,
			       FILE_BYTES_MAX);
	if (buf_err(out) != 0)
		return err_set(l->ei, buf_err(out), "%s", err_str(buf_err(out)));
	return 0;
}

static int read_text(const struct conf_loader *l, struct buf *out)
{
	FILE *f = fopen(l->path, "re");
	int r;

	if (f == NULL)
		return err_set(l->ei, code_of(errno), "%s: cannot be read: %s", l->path,
			       strerror(errno));
	r = read_all(l, f, out);
	(void)fclose(f);
	return r;
}

static unsigned line_of(const cfg_t *cfg)
{
	return cfg->line > 0 ? (unsigned)cfg->line : 1;
}

static void on_error(cfg_t *cfg, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

static void on_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	const struct conf_origin origin = {.line = line_of(cfg)};
	char text[ERR_TEXT_MAX], shown[ERR_TEXT_MAX];

	(void)vsnprintf(text, sizeof(text), fmt, ap);
	(void)str_printable(shown, sizeof(shown), slice_of(text));
	parsing.err = conf_fail(parsing.l, &origin, "%s", shown);
}

/* Adds the zone of a section when its first key comes, or its end. */
static int open_zone(const cfg_t *section)
{
	/* The outer counter stands still at the head of the section. */
	const struct conf_origin origin = {.line = line_of(parsing.root)};
	int r;

	if (parsing.section == section)
		return 0;
	r = conf_add_zone(parsing.l, slice_of(section->title), &origin, &parsing.place);
	parsing.section = section;
	return r;
}

static int find_place(const cfg_t *cfg, struct conf_place **ret)
{
	int r;

	if (cfg == parsing.root) {
		*ret = &parsing.l->top;
		return 0;
	}
	if (strcmp(cfg->name, conf_keys(CONF_IN_STORE)->section) == 0) {
		*ret = &parsing.l->store;
		return 0;
	}
	r = open_zone(cfg);
	*ret = parsing.place;
	return r;
}

static int set_value(const cfg_t *cfg, const cfg_opt_t *opt, const char *value)
{
	const struct conf_origin origin = {.line = line_of(cfg)};
	const struct conf_key *key;
	struct conf_place *place = NULL;
	int r = find_place(cfg, &place);

	if (r != 0)
		return r;
	/* libconfuse takes "store|type" for a key of the store, but counts its lines here. */
	key = conf_keys_find(place->section, opt->name);
	if (key == NULL)
		return conf_fail(parsing.l, &origin, "%s: does not belong here", opt->name);
	if (conf_key_is_list(key) && strcmp(value, CONF_EMPTY_LIST) == 0)
		return conf_set_empty(parsing.l, place, key, &origin);
	/* The value is in the list already when we are called. */
	return conf_set(parsing.l, place, key, slice_of(value), opt->nvalues <= 1, &origin);
}

static int on_value(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	parsing.err = set_value(cfg, opt, value);
	if (parsing.err != 0)
		return -1;
	*(const char **)result = value;
	return 0;
}

/* A zone without keys is a zone, too. */
static int on_zone_end(cfg_t *cfg, cfg_opt_t *opt)
{
	(void)cfg;
	parsing.err = open_zone(cfg_opt_getnsec(opt, cfg_opt_size(opt) - 1));
	return parsing.err == 0 ? 0 : -1;
}

static size_t fill_keys(cfg_opt_t *opts, enum conf_section section)
{
	const struct conf_keys *keys = conf_keys(section);
	size_t i;

	for (i = 0; i < keys->n; i++) {
		opts[i] = (cfg_opt_t)CFG_STR_CB(keys->at[i].name, NULL, CFGF_NODEFAULT, on_value);
		if (conf_key_is_list(&keys->at[i]))
			opts[i].flags |= CFGF_LIST;
	}
	opts[i] = (cfg_opt_t)CFG_END();
	return i;
}

static cfg_t *new_parser(void)
{
	cfg_opt_t top[CONF_KEYS_MAX + CONF_SECTIONS], store[CONF_KEYS_MAX + 1],
		zone[CONF_KEYS_MAX + 1];
	size_t n = fill_keys(top, CONF_IN_TOP);
	cfg_t *cfg;

	(void)fill_keys(store, CONF_IN_STORE);
	(void)fill_keys(zone, CONF_IN_ZONE);
	top[n++] = (cfg_opt_t)CFG_SEC("store", store, CFGF_NONE);
	top[n++] = (cfg_opt_t)CFG_SEC("zone", zone, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES);
	top[n] = (cfg_opt_t)CFG_END();
	cfg = cfg_init(top, CFGF_NONE);
	if (cfg == NULL)
		return NULL;
	(void)cfg_set_error_function(cfg, on_error);
	(void)cfg_set_validate_func(cfg, "zone", on_zone_end);
	return cfg;
}

static int parse(struct conf_loader *l, const char *text)
{
	cfg_t *cfg = new_parser();
	int r;

	if (cfg == NULL)
		return err_set(l->ei, ERR_NOMEM, "%s", err_str(ERR_NOMEM));
	memset(&parsing, 0, sizeof(parsing));
	parsing.l = l;
	parsing.root = cfg;
	r = cfg_parse_buf(cfg, text);
	if (r != CFG_SUCCESS && parsing.err == 0)
		parsing.err = err_set(l->ei, ERR_NOMEM, "%s: cannot be parsed: %s", l->path,
				      err_str(ERR_NOMEM));
	r = parsing.err;
	(void)cfg_free(cfg);
	memset(&parsing, 0, sizeof(parsing));
	return r;
}

int conf_read_file(struct conf_loader *l)
{
	struct buf raw, text;
	int r;

	buf_init(&raw, FILE_BYTES_MAX);
	/* A little longer: for the marks of empty lists. */
	buf_init(&text, 2 * FILE_BYTES_MAX);
	r = read_text(l, &raw);
	if (r == 0)
		r = conf_scan(l, (struct slice){raw.data, raw.len}, &text);
	if (buf_err(&text) != 0)
		r = err_set(l->ei, buf_err(&text), "%s", err_str(buf_err(&text)));
	if (r == 0)
		r = parse(l, buf_str(&text));
	buf_fini(&raw);
	buf_fini(&text);
	return r;
}
