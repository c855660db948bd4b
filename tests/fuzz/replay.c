/* SPDX-License-Identifier: BSD-2-Clause
 * A harness without libFuzzer: runs it on each file of its corpus, or on the files and folders of
 * the command line. So the inputs that were worth keeping are tests, with any compiler. */
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#include "fuzz.h"

enum { PATH_SIZE = 1024 };

static void replay_die(const char *path)
{
	fprintf(stderr, "%s: %s\n", path, strerror(errno));
	exit(99);
}

/* The input has memory of its own, of its own size: a byte read behind it is seen. */
static void replay_file(const char *path, size_t size)
{
	FILE *in = fopen(path, "rb");
	uint8_t *data = malloc(size > 0 ? size : 1);

	if (in == NULL || data == NULL || fread(data, 1, size, in) != size)
		replay_die(path);
	fclose(in);
	fprintf(stderr, "%s\n", path);
	LLVMFuzzerTestOneInput(size > 0 ? data : NULL, size);
	free(data);
}

static unsigned replay(const char *path);

static unsigned replay_folder(const char *path)
{
	struct dirent **entries;
	char entry[PATH_SIZE];
	unsigned n_run = 0;
	int i, n = scandir(path, &entries, NULL, alphasort);

	if (n < 0)
		replay_die(path);
	for (i = 0; i < n; i++) {
		snprintf(entry, sizeof(entry), "%s/%s", path, entries[i]->d_name);
		if (entries[i]->d_name[0] != '.')
			n_run += replay(entry);
		free(entries[i]);
	}
	free(entries);
	return n_run;
}

static unsigned replay(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		replay_die(path);
	if (S_ISDIR(st.st_mode))
		return replay_folder(path);
	replay_file(path, (size_t)st.st_size);
	return 1;
}

int main(int argc, char **argv)
{
	const char *srcdir = getenv("srcdir");
	char path[PATH_SIZE];
	unsigned n = 0;
	int i;

	for (i = 1; i < argc; i++)
		n += replay(argv[i]);
	if (argc == 1) {
		snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/%s",
			 srcdir != NULL ? srcdir : ".", program_invocation_short_name);
		n = replay_folder(path);
	}
	printf("%u inputs\n", n);
	return n > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
