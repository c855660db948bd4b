/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs a program under filters of system calls: under_filters FILE... -- PROGRAM ARG...
 *
 * Each FILE has the instructions of one filter, as seccomp_export_bpf(3) writes them; the last one
 * is put on last and may forbid what putting on another would need. Like systemd: no new privileges
 * first where the caller may not do without.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { FILTERS_MAX = 16, INSTRUCTIONS_MAX = 4096 };

static struct sock_filter instructions[FILTERS_MAX][INSTRUCTIONS_MAX];

static void die(const char *what)
{
	fprintf(stderr, "under_filters: %s: %s\n", what, strerror(errno));
	exit(125);
}

static struct sock_fprog read_filter(const char *path, struct sock_filter *to)
{
	struct sock_fprog filter = {.filter = to};
	FILE *f = fopen(path, "re");

	if (f == NULL)
		die(path);
	filter.len = (unsigned short)fread(to, sizeof(*to), INSTRUCTIONS_MAX, f);
	if (filter.len == 0 || filter.len == INSTRUCTIONS_MAX) {
		errno = EINVAL;
		die(path);
	}
	fclose(f);
	return filter;
}

static void put_on(const struct sock_fprog *filter)
{
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter) == 0)
		return;
	if (errno != EACCES || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter) != 0)
		die("a filter cannot be put on");
}

int main(int argc, char **argv)
{
	struct sock_fprog filters[FILTERS_MAX];
	int i, n = 0;

	for (i = 1; i < argc && strcmp(argv[i], "--") != 0 && n < FILTERS_MAX; i++, n++)
		filters[n] = read_filter(argv[i], instructions[n]);
	if (i + 1 >= argc || strcmp(argv[i], "--") != 0) {
		fputs("usage: under_filters FILE... -- PROGRAM ARG...\n", stderr);
		return 125;
	}
	for (int k = 0; k < n; k++)
		put_on(&filters[k]);
	execvp(argv[i + 1], &argv[i + 1]);
	die(argv[i + 1]);
}
