/* SPDX-License-Identifier: BSD-2-Clause
 * For script/walk: writes each call of a program that is compiled with -finstrument-functions, as
 * one line of a file. Loaded with LD_PRELOAD; WALK_FILE names the file. The lines of all threads
 * are in the order of the calls: each is one write(2) to the end of the file. */
#include <dlfcn.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define NOT_TRACED __attribute__((no_instrument_function))

enum { LINE_MAX_LEN = 64 };

static int file = -1;

void __cyg_profile_func_enter(void *function, void *caller);
void __cyg_profile_func_exit(void *function, void *caller);

__attribute__((constructor)) NOT_TRACED static void open_file(void)
{
	const char *path = getenv("WALK_FILE");

	if (path != NULL)
		file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* The thread, and the function's place in the program's file. */
NOT_TRACED void __cyg_profile_func_enter(void *function, void *caller)
{
	char line[LINE_MAX_LEN];
	Dl_info info;
	int len;

	(void)caller;
	if (file < 0 || dladdr(function, &info) == 0)
		return;
	len = snprintf(line, sizeof(line), "%d %" PRIxPTR "\n", (int)gettid(),
		       (uintptr_t)function - (uintptr_t)info.dli_fbase);
	if (len > 0 && write(file, line, (size_t)len) != len)
		abort();
}

NOT_TRACED void __cyg_profile_func_exit(void *function, void *caller)
{
	(void)function;
	(void)caller;
}
