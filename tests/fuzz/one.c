/* SPDX-License-Identifier: BSD-2-Clause
 * `mooringd --fuzz-one`, of a build with --enable-fuzzing alone: sends what is on standard input to
 * a front with libmicrohttpd (world.h) and prints what comes back; for AFL++ and for looking at one
 * input by hand. It takes the place of main(), by the linker: the program that is installed has
 * nothing of it. */
#include "fuzz.h"
#include "world.h"

enum { REQUEST_MAX = 1 << 20 };

int __real_main(int argc, char **argv);
int __wrap_main(int argc, char **argv);

static int answer_one(void)
{
	static uint8_t request[REQUEST_MAX];
	static char reply[WORLD_REPLY_MAX];
	size_t size = fread(request, 1, sizeof(request), stdin), len;

	world_open();
	len = world_exchange(WORLD_PLAIN, request, size, reply);
	world_close();
	return fwrite(reply, 1, len, stdout) == len && fflush(stdout) == 0 ? EXIT_SUCCESS
									   : EXIT_FAILURE;
}

int __wrap_main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--fuzz-one") == 0)
		return answer_one();
	return __real_main(argc, argv);
}
