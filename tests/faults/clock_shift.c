/* SPDX-License-Identifier: BSD-2-Clause
 * Preloaded, it moves the clocks of one process by as many seconds as the file $CLOCK_SHIFT_FILE
 * says at that moment (two int64_t of this machine): the first is for the wall clock alone, the
 * second for all, as if so much time had passed. What sleeps wakes up as late as before, and then
 * sees what time it is. By system calls alone: it works in front of a sanitizer's runtime, which
 * faketime(1) does not. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct shift {
	int64_t wall_s, passed_s;
};

static const volatile struct shift *shift;

__attribute__((constructor)) static void map_file(void)
{
	const char *path = getenv("CLOCK_SHIFT_FILE");
	int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *p;

	if (fd < 0)
		abort();
	p = mmap(NULL, sizeof(*shift), PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		abort();
	close(fd);
	shift = p;
}

int clock_gettime(clockid_t clock, struct timespec *ts)
{
	int r = (int)syscall(SYS_clock_gettime, clock, ts);

	if (r != 0 || shift == NULL)
		return r;
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
		ts->tv_sec += shift->wall_s + shift->passed_s;
		break;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_BOOTTIME:
		ts->tv_sec += shift->passed_s;
	}
	return 0;
}

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	struct timespec ts;
	int r = clock_gettime(CLOCK_REALTIME, &ts);

	(void)zone;
	tv->tv_sec = ts.tv_sec;
	tv->tv_usec = ts.tv_nsec / 1000;
	return r;
}

time_t time(time_t *ret)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	if (ret != NULL)
		*ret = ts.tv_sec;
	return ts.tv_sec;
}
