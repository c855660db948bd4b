/* SPDX-License-Identifier: BSD-2-Clause */
#include "kit/conf_kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/dump.h"
#include "conf/load.h"
#include "kit/unit.h"

void conf_kit_write(const char *text, size_t len, char ret_path[CONF_KIT_PATH_MAX])
{
	int fd;

	(void)snprintf(ret_path, CONF_KIT_PATH_MAX, "/tmp/t_conf_XXXXXX");
	fd = mkstemp(ret_path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq((int)write(fd, text, len), (int)len);
	ck_assert_int_eq(close(fd), 0);
}

static void rename_in(struct errinfo *ei, const char *path)
{
	static const char name[] = "m.conf";
	char *at = strstr(ei->text, path);

	if (at == NULL)
		return;
	memmove(at + sizeof(name) - 1, at + strlen(path), strlen(at + strlen(path)) + 1);
	memcpy(at, name, sizeof(name) - 1);
}

int conf_kit_load(const char *text, size_t len, const char *const *environ_list, struct conf **ret,
		  struct errinfo *ei)
{
	static const char *const nothing[] = {NULL};
	char path[CONF_KIT_PATH_MAX];
	int r;

	if (text != NULL)
		conf_kit_write(text, len, path);
	r = conf_load(text != NULL ? path : NULL, environ_list != NULL ? environ_list : nothing,
		      ret, ei);
	if (text == NULL)
		return r;
	rename_in(ei, path);
	ck_assert_int_eq(unlink(path), 0);
	return r;
}

struct conf *conf_kit_good(const char *text, const char *const *environ_list)
{
	struct errinfo ei = ERRINFO_INIT;
	struct conf *c = NULL;
	int r = conf_kit_load(text, text != NULL ? strlen(text) : 0, environ_list, &c, &ei);

	ck_assert_msg(r == 0, "%s: %d: %s", text != NULL ? text : "environment", r, ei.text);
	return c;
}

const char *conf_kit_error(const char *text, const char *const *environ_list, struct errinfo *ei)
{
	struct conf *c = NULL;
	int r;

	memset(ei, 0, sizeof(*ei));
	r = conf_kit_load(text, text != NULL ? strlen(text) : 0, environ_list, &c, ei);
	ck_assert_msg(r == 0 || (r == ERR_INVAL && c == NULL && ei->code == r), "%d: %s", r,
		      ei->text);
	ck_assert_msg((r == 0) == (ei->text[0] == '\0'), "%d: %s", r, ei->text);
	conf_free(c);
	return ei->text;
}

char *conf_kit_dump(const struct conf *c)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(conf_dump(c, f), 0);
	ck_assert_int_eq(fclose(f), 0);
	return text;
}
