/* SPDX-License-Identifier: BSD-2-Clause
 * The configuration: a file, and behind a line "%%" variables of the environment, one a line. */
#include <sys/mman.h>
#include <unistd.h>

#include "conf/dump.h"
#include "conf/load.h"
#include "conf/variables.h"
#include "fuzz.h"

enum { VARIABLES_MAX = 16, PATH_SIZE = 40 };

/* In memory: the reader wants a file. */
static void write_file(char path[PATH_SIZE], struct slice text)
{
	static int fd = -1;

	if (fd < 0)
		fd = memfd_create("conf", MFD_CLOEXEC);
	must(fd >= 0 && ftruncate(fd, 0) == 0);
	must(pwrite(fd, text.len > 0 ? text.p : "", text.len, 0) == (ssize_t)text.len);
	snprintf(path, PATH_SIZE, "/proc/self/fd/%d", fd);
}

static char *dump(const struct conf *c, size_t *ret_len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, ret_len);

	must(out != NULL && conf_dump(c, out) == 0 && fclose(out) == 0);
	return text;
}

/* What is printed of a configuration is the same configuration. */
static void check_dump(const struct conf *c)
{
	static const char *const none[] = {NULL};
	struct errinfo ei = ERRINFO_INIT;
	char path[PATH_SIZE], *text, *again;
	struct conf *copy = NULL;
	size_t len, again_len;

	text = dump(c, &len);
	write_file(path, (struct slice){text, len});
	if (conf_load(path, none, &copy, &ei) != 0)
		fprintf(stderr, "%s\n%s", ei.text, text);
	must(copy != NULL);
	again = dump(copy, &again_len);
	must(len == again_len && memcmp(text, again, len) == 0);
	conf_free(copy);
	free(text);
	free(again);
}

static void check_log(const char *const *variables)
{
	enum conf_log_format format = CONF_LOG_TEXT;
	enum conf_log_level level = CONF_LOG_INFO;

	conf_read_log_environment(variables, &format, &level);
	must(format <= CONF_LOG_JSON && level <= CONF_LOG_DEBUG);
}

static void run(struct slice text, const char *const *variables)
{
	struct errinfo ei = ERRINFO_INIT;
	struct conf *c = NULL;
	char path[PATH_SIZE];
	int err;

	check_log(variables);
	write_file(path, text);
	err = conf_load(path, variables, &c, &ei);
	must(err == 0 || err == ERR_INVAL);
	fuzz_must_explain(err, &ei);
	must((err == 0) == (c != NULL));
	if (err == 0)
		check_dump(c);
	conf_free(c);
}

/* Splits "TEXT\n%%\nNAME=value\n..." at its mark, in place. */
static const char *const *take_variables(char *text, size_t *len)
{
	static const char *list[VARIABLES_MAX + 1];
	char *mark = strstr(text, "\n%%\n"), *save = NULL, *line;
	size_t n = 0;

	memset(list, 0, sizeof(list));
	if (mark == NULL)
		return list;
	*len = (size_t)(mark + 1 - text);
	for (line = strtok_r(mark + 4, "\n", &save); line != NULL && n < VARIABLES_MAX;
	     line = strtok_r(NULL, "\n", &save))
		list[n++] = line;
	return list;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	const char *const *variables;
	size_t len = size;

	must(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	variables = take_variables(text, &len);
	run((struct slice){text, len}, variables);
	free(text);
	return 0;
}
