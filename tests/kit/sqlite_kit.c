/* SPDX-License-Identifier: BSD-2-Clause */
#include "kit/sqlite_kit.h"

#include <dirent.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/sqlite.h"

enum { DIR_MAX = 256 };

static char dir[DIR_MAX];
static char path[SQLITE_KIT_PATH_MAX];
static struct fqdn zone;

const char *sqlite_kit_path(void)
{
	return path;
}

char *sqlite_kit_beside(char *out, const char *name)
{
	snprintf(out, SQLITE_KIT_PATH_MAX, "%s/%s", dir, name);
	return out;
}

void sqlite_kit_remove(const char *base)
{
	static const char *const suffixes[] = {"", "-wal", "-shm"};
	char name[SQLITE_KIT_PATH_MAX + 8];
	size_t i;

	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", base, suffixes[i]);
		unlink(name);
	}
}

size_t sqlite_kit_read(const char *name, char out[SQLITE_KIT_FILE_MAX])
{
	FILE *f = fopen(name, "rb");
	size_t n;

	ck_assert_ptr_nonnull(f);
	n = fread(out, 1, SQLITE_KIT_FILE_MAX, f);
	ck_assert_uint_lt(n, SQLITE_KIT_FILE_MAX);
	fclose(f);
	return n;
}

void sqlite_kit_write(const char *name, const void *data, size_t len)
{
	FILE *f = fopen(name, "wb");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(data, 1, len, f), len);
	ck_assert_int_eq(fclose(f), 0);
}

void sqlite_kit_sql(const char *name, const char *sql)
{
	sqlite3 *handle;
	char *why = NULL;

	ck_assert_int_eq(sqlite3_open(name, &handle), SQLITE_OK);
	ck_assert_int_eq(sqlite3_busy_timeout(handle, SQLITE_KIT_TIMEOUT_MS), SQLITE_OK);
	ck_assert_msg(sqlite3_exec(handle, sql, NULL, NULL, &why) == SQLITE_OK, "%s: %s", sql, why);
	ck_assert_int_eq(sqlite3_close(handle), SQLITE_OK);
}

static int open_sqlite(void *ctx, struct uv_loop_s *loop, bool fresh, struct store **ret,
		       struct errinfo *ei)
{
	(void)ctx;
	if (fresh)
		sqlite_kit_remove(path);
	return store_sqlite_open(loop, path, &zone, ret, ei);
}

const struct store_subject sqlite_kit_subject = {
	.name = "sqlite",
	.open = open_sqlite,
	.is_shared = true,
	.timeout_ms = SQLITE_KIT_TIMEOUT_MS,
};

static bool make_dir(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, sizeof(dir), "%s/mooring-XXXXXX", tmp != NULL ? tmp : "/tmp");
	/* Tests lend themselves another user, who must get in. */
	return mkdtemp(dir) != NULL && chmod(dir, 0755) == 0;
}

static void remove_dir(void)
{
	struct dirent *entry;
	DIR *d = opendir(dir);

	if (d == NULL)
		return;
	while ((entry = readdir(d)) != NULL)
		if (unlinkat(dirfd(d), entry->d_name, 0) != 0)
			unlinkat(dirfd(d), entry->d_name, AT_REMOVEDIR);
	closedir(d);
	rmdir(dir);
}

int sqlite_kit_run(const char *name, void (*add)(Suite *s))
{
	Suite *s = suite_create(name);
	SRunner *runner;
	int failed;

	if (!make_dir() || fqdn_parse(slice_of("dyn.example.com"), &zone) < 0)
		return EXIT_FAILURE;
	sqlite_kit_beside(path, "store.db");
	add(s);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	remove_dir();
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
