/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/sd.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/err.h"
#include "kit/unit.h"

/* A service manager's socket at path, "@..." in the abstract namespace. */
static int listen_at(const char *path)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	size_t len = strlen(path);
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	ck_assert_int_ge(fd, 0);
	memcpy(sa.sun_path, path, len);
	if (path[0] == '@')
		sa.sun_path[0] = '\0';
	len += offsetof(struct sockaddr_un, sun_path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sa, (socklen_t)len), 0);
	return fd;
}

START_TEST(a_state_arrives_at_a_path_and_in_the_abstract_namespace)
{
	static const char state[] = "READY=1\nSTATUS=serving";
	char paths[2][64], got[64];
	size_t i;
	int fd;

	snprintf(paths[0], sizeof(paths[0]), "/tmp/mooring-sd.%d", (int)getpid());
	snprintf(paths[1], sizeof(paths[1]), "@mooring-sd.%d", (int)getpid());
	for (i = 0; i < N_ELEMENTS(paths); i++) {
		fd = listen_at(paths[i]);
		ck_assert_int_eq(setenv("NOTIFY_SOCKET", paths[i], 1), 0);
		ck_assert_msg(sd_notify_send(state) == 1, "path %s", paths[i]);
		memset(got, 0, sizeof(got));
		ck_assert_int_eq(recv(fd, got, sizeof(got), MSG_DONTWAIT), (int)strlen(state));
		ck_assert_str_eq(got, state);
		ck_assert_int_eq(close(fd), 0);
	}
	ck_assert_int_eq(unlink(paths[0]), 0);
}
END_TEST

START_TEST(nobody_asked_or_nobody_there)
{
	char path[256];
	size_t i;
	static const char *const bad[] = {"relative", "@", "/"};

	ck_assert_int_eq(unsetenv("NOTIFY_SOCKET"), 0);
	ck_assert_int_eq(sd_notify_send("READY=1"), 0);
	ck_assert_int_eq(setenv("NOTIFY_SOCKET", "", 1), 0);
	ck_assert_int_eq(sd_notify_send("READY=1"), 0);
	for (i = 0; i < N_ELEMENTS(bad); i++) {
		ck_assert_int_eq(setenv("NOTIFY_SOCKET", bad[i], 1), 0);
		ck_assert_msg(sd_notify_send("READY=1") == ERR_INVAL, "row %zu", i);
	}
	memset(path, 'a', sizeof(path) - 1);
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	ck_assert_int_eq(setenv("NOTIFY_SOCKET", path, 1), 0);
	ck_assert_int_eq(sd_notify_send("READY=1"), ERR_INVAL);
	ck_assert_int_eq(setenv("NOTIFY_SOCKET", "/nonexistent/notify", 1), 0);
	ck_assert_int_eq(sd_notify_send("READY=1"), ERR_IO);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_state_arrives_at_a_path_and_in_the_abstract_namespace,
		nobody_asked_or_nobody_there,
	};

	return unit_run("sd", tests, N_ELEMENTS(tests));
}
