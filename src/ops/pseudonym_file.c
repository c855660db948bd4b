/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/pseudonym_file.h"

#include <string.h>

#include "base/secret_file.h"
#include "base/str.h"
#include "conf/conf.h"

/* The only line that is neither empty nor a comment. */
static int find_key(struct slice text, struct slice *ret)
{
	struct slice line, found = {NULL, 0};

	while (text.len > 0) {
		slice_cut(text, '\n', &line, &text);
		line = slice_trim(line, STR_SPACE);
		if (line.len == 0 || line.p[0] == '#')
			continue;
		if (found.p != NULL)
			return ERR_INVAL;
		found = line;
	}
	*ret = found;
	return found.p != NULL ? 0 : ERR_INVAL;
}

static int take_key(struct slice text, const char *path, enum pseudonym_kinds kinds,
		    struct errinfo *ei)
{
	unsigned char key[PSEUDONYM_KEY_MAX];
	struct slice hex;
	size_t len = 0;
	int err;

	if (find_key(text, &hex) != 0 || str_unhex(hex, key, sizeof(key), &len) != 0 ||
	    len < PSEUDONYM_KEY_MIN)
		err = err_set(ei, ERR_INVAL,
			      "pseudonym-key-file: %s does not have one line of %d to %d "
			      "hexadecimal digits",
			      path, 2 * PSEUDONYM_KEY_MIN, 2 * PSEUDONYM_KEY_MAX);
	else if (pseudonym_setup(kinds, (struct slice){(const char *)key, len}) != 0)
		err = err_set(ei, ERR_NOMEM, "out of memory");
	else
		err = 0;
	explicit_bzero(key, sizeof(key));
	return err;
}

int pseudonym_file_setup(const char *path, enum pseudonym_kinds kinds, struct errinfo *ei)
{
	char text[PSEUDONYM_FILE_MAX + 1];
	size_t len = 0;
	int err = secret_file_read("pseudonym-key-file", path, text, PSEUDONYM_FILE_MAX, &len, ei);

	if (err == 0)
		err = take_key((struct slice){text, len}, path, kinds, ei);
	explicit_bzero(text, sizeof(text));
	return err;
}

int pseudonym_file_setup_as(const struct conf *conf, struct errinfo *ei)
{
	static const enum pseudonym_kinds kinds[] = {
		[CONF_PSEUDONYMS_NONE] = PSEUDONYM_NONE,
		[CONF_PSEUDONYMS_LOGINS] = PSEUDONYM_LOGINS,
		[CONF_PSEUDONYMS_ADDRESSES] = PSEUDONYM_ADDRESSES,
		[CONF_PSEUDONYMS_BOTH] = PSEUDONYM_ALL,
	};

	return conf->pseudonyms == CONF_PSEUDONYMS_NONE
		       ? 0
		       : pseudonym_file_setup(conf->pseudonym_key_file, kinds[conf->pseudonyms],
					      ei);
}
