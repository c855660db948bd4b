/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/addresses.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "conf/conf.h"
#include "conf/load.h"
#include "kit/conf_kit.h"
#include "kit/unit.h"

enum { TEXT_MAX = 512, FIRST = 3 };

#define BUILTIN "zone \"dyn.example.com\" { name-server-addresses = { \"192.0.2.1\" } }\n"
#define ROUTE53                                                                                    \
	"zone \"dyn.example.com\" { publisher = \"route53\" hosted-zone-id = \"Z0123456789\" }\n"

static void add_one(void *arg, const struct listen_at *at, enum listen_transport transport)
{
	buf_addf(arg, "%s%s ", at->text, transport == LISTEN_UDP ? "/udp" : "");
}

START_TEST(every_address_comes_once_for_each_transport)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{BUILTIN, "[::]:443 [::]:53/udp [::]:53 "},
		{ROUTE53, "[::]:443 "},
		{"listen = { \"192.0.2.1:1\", \"192.0.2.2:2\" }\nlisten-plain = { \"[::]:80\" }\n"
		 "admin-listen = {}\ndns-listen = { \"192.0.2.3:53\" }\n"
		 "listen-at \"x\" { address = \"[::1]:8443\" }\n" BUILTIN,
		 "192.0.2.1:1 192.0.2.2:2 [::]:80 [::1]:8443 192.0.2.3:53/udp 192.0.2.3:53 "},
	};
	struct conf *c;
	struct buf b;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		c = conf_kit_good(rows[i].text, NULL);
		buf_init(&b, TEXT_MAX);
		addresses_each(c, add_one, &b);
		ck_assert_msg(strcmp(buf_str(&b), rows[i].want) == 0, "row %zu: %s", i,
			      buf_str(&b));
		buf_fini(&b);
		conf_free(c);
	}
}
END_TEST

/* Inherits a socket of a free port, for a configuration whose words are before and behind that
 * port. Returns how the child ended. */
static int inherit(const char *before, const char *behind)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct errinfo ei = ERRINFO_INIT;
	char text[TEXT_MAX], pid[16];
	socklen_t len = sizeof(sa);
	int fd, status = 0, err;
	struct conf *c;
	pid_t child = fork();

	if (child == 0) {
		fd = socket(AF_INET, SOCK_STREAM, 0);
		if (bind(fd, (struct sockaddr *)&sa, len) != 0 || listen(fd, 1) != 0 ||
		    getsockname(fd, (struct sockaddr *)&sa, &len) != 0)
			_exit(101);
		snprintf(text, sizeof(text), "%s%u%s", before, (unsigned)ntohs(sa.sin_port),
			 behind);
		c = conf_kit_good(text, NULL);
		if (fd != FIRST && dup2(fd, FIRST) != FIRST)
			_exit(102);
		snprintf(pid, sizeof(pid), "%d", (int)getpid());
		setenv("LISTEN_PID", pid, 1);
		setenv("LISTEN_FDS", "1", 1);
		err = addresses_inherit(c, &ei);
		if (err != 0 && strstr(ei.text, "no listener of the configuration") == NULL)
			_exit(103);
		_exit(err == 0 ? 0 : err == ERR_INVAL ? 1 : 2);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

START_TEST(an_inherited_socket_is_that_of_one_address)
{
	static const struct {
		const char *before, *behind;
		int want;
	} rows[] = {
		{"listen = { \"127.0.0.1:", "\" }\n" BUILTIN, 0},
		{"listen-plain = { \"127.0.0.1:", "\" }\n" BUILTIN, 0},
		{"admin-listen = \"127.0.0.1:", "\"\n" BUILTIN, 0},
		{"dns-listen = { \"127.0.0.1:", "\" }\n" BUILTIN, 0},
		{"dns-listen = { \"127.0.0.1:", "\" }\n" ROUTE53, 1},
		{"listen = { \"127.0.0.2:", "\" }\n" BUILTIN, 1},
		{"listen = { \"0.0.0.0:", "\" }\n" BUILTIN, 1},
		{"listen = { \"[::1]:", "\" }\n" BUILTIN, 1},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++)
		ck_assert_msg(inherit(rows[i].before, rows[i].behind) == rows[i].want, "row %zu",
			      i);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		every_address_comes_once_for_each_transport,
		an_inherited_socket_is_that_of_one_address,
	};

	return unit_run("addresses", tests, N_ELEMENTS(tests));
}
