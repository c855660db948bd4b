/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/walls_aws.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conf/conf.h"
#include "kit/unit.h"
#include "ops/landlock.h"
#include "ops/walls_places.h"

static char home[32], home_variable[64];
static struct walls_places *places;
static struct conf conf;
static char endpoint[] = "http://[::1]:8001";

static void write_profiles(const char *text)
{
	char path[64];
	FILE *f;

	strcpy(home, "/tmp/walls-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(home));
	snprintf(path, sizeof(path), "%s/.aws", home);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/.aws/config", home);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
	snprintf(home_variable, sizeof(home_variable), "HOME=%s", home);
}

static bool collect(const char *profiles, const char *variable)
{
	const char *const env[] = {home_variable, variable, NULL};

	write_profiles(profiles);
	ck_assert_int_eq(walls_places_new(&places), 0);
	memset(&conf, 0, sizeof(conf));
	conf.store.endpoint = endpoint;
	return walls_aws_collect(&conf, env, places);
}

static void finish(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", home);
	ck_assert_int_eq(system(command), 0);
	walls_places_free(places);
}

/* In a process of its own, behind the ports of places: nobody listens, which is another error. */
static bool may_connect(uint16_t port)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	pid_t child = fork();
	int rules, status, abi = landlock_abi();

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		if (landlock_new(abi, walls_places_limit_ports(places, abi), &rules) != 0 ||
		    walls_places_apply(places, rules, abi) != 0 || landlock_enter(rules) != 0)
			_exit(8);
		connect(fd, (struct sockaddr *)&to, sizeof(to));
		_exit(errno == EACCES ? 7 : 0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) != 8);
	return WEXITSTATUS(status) == 0;
}

START_TEST(profiles_and_variables_name_files)
{
	ck_assert(!collect("[default]\nweb_identity_token_file = /usr/share/doc/x\n"
			   "[profile b]\n ca_bundle=/usr/lib/y\r\nregion = eu-west-1",
			   "AWS_CA_BUNDLE=/usr/include/z"));
	ck_assert(walls_places_have(places, "/usr/share/doc/x"));
	ck_assert(walls_places_have(places, "/usr/lib/y"));
	ck_assert(walls_places_have(places, "/usr/include/z"));
	ck_assert(!walls_places_have(places, "/usr/bin/sh"));
	ck_assert(!walls_places_have(places, home));
	finish();
}
END_TEST

START_TEST(other_variables_name_nothing)
{
	ck_assert(!collect("", "PWD=/usr/include"));
	ck_assert(!walls_places_have(places, "/usr/include/x"));
	finish();
}
END_TEST

START_TEST(a_program_widens_the_walls)
{
	ck_assert(collect("[profile a]\nCredential_Process = \"/usr/include/x\" --y", NULL));
	ck_assert(walls_places_have(places, "/usr/include/x"));
	ck_assert(walls_places_have(places, home));
	ck_assert(!walls_places_limit_ports(places, LANDLOCK_ABI_PORTS));
	finish();
}
END_TEST

START_TEST(addresses_have_their_ports)
{
	static const struct {
		uint16_t port;
		bool want;
	} rows[] = {{53, true},	  {80, true},	 {443, true}, {8001, true}, {8002, true},
		    {8003, true}, {8004, false}, {22, false}, {25, false}};
	size_t i;

	ck_assert(!collect(
		"[services s]\ndynamodb =\n  endpoint_url = http://127.0.0.1:8002/x:8004\n",
		"AWS_ENDPOINT_URL_STS=https://sts.example.com:8003"));
	for (i = 0; landlock_abi() >= LANDLOCK_ABI_PORTS && i < N_ELEMENTS(rows); i++)
		ck_assert_msg(may_connect(rows[i].port) == rows[i].want, "port %u", rows[i].port);
	finish();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		profiles_and_variables_name_files,
		other_variables_name_nothing,
		a_program_widens_the_walls,
		addresses_have_their_ports,
	};

	return unit_run("walls_aws", tests, N_ELEMENTS(tests));
}
