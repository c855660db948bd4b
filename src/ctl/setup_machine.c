/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/setup_machine.h"

#include <ifaddrs.h>
#include <limits.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"

/* One of the interface alone tells nobody where this machine is. */
static bool is_link_local(const struct sockaddr *sa)
{
	return sa->sa_family == AF_INET6 &&
	       IN6_IS_ADDR_LINKLOCAL(&((const struct sockaddr_in6 *)sa)->sin6_addr);
}

static void read_addrs(struct setup_machine *m)
{
	struct ifaddrs *list = NULL, *at;

	if (getifaddrs(&list) != 0)
		return;
	for (at = list; at != NULL && m->n_addrs < SETUP_ADDRS_MAX; at = at->ifa_next) {
		if (at->ifa_addr == NULL || (at->ifa_flags & IFF_LOOPBACK) != 0 ||
		    is_link_local(at->ifa_addr))
			continue;
		if (addr_from_sockaddr(at->ifa_addr, &m->addrs[m->n_addrs]) == 0)
			m->n_addrs++;
	}
	freeifaddrs(list);
}

static void read_host(struct setup_machine *m)
{
	char text[HOST_NAME_MAX + 1] = "";
	struct fqdn name;

	if (gethostname(text, sizeof(text) - 1) == 0 && fqdn_parse(slice_of(text), &name) == 0)
		str_copy(m->host, sizeof(m->host), slice_of(name.text));
}

static bool is_in_home(const char *file)
{
	const char *home = getenv("HOME");
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s/.aws/%s", home != NULL ? home : "", file);

	return home != NULL && n > 0 && n < PATH_MAX && access(path, R_OK) == 0;
}

/* The places that can be seen; a role of the instance is not among them. */
static bool has_keys(void)
{
	static const char *const names[] = {
		"AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE",
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (getenv(names[i]) != NULL)
			return true;
	return is_in_home("credentials") || is_in_home("config");
}

static void read_region(struct setup_machine *m)
{
	const char *region = getenv("AWS_REGION");

	if (region == NULL)
		region = getenv("AWS_DEFAULT_REGION");
	if (region != NULL)
		str_copy(m->region, sizeof(m->region), slice_of(region));
}

/* Beside the folder of this program; where that is not installed, where packages have it. */
static void find_hook(struct setup_machine *m)
{
	static const char name[] = "/share/mooring/deploy-certificate";
	char program[PATH_MAX - sizeof(name)];
	ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);
	char *slash = NULL;
	int i;

	program[len > 0 ? len : 0] = '\0';
	for (i = 0; i < 2; i++) {
		slash = strrchr(program, '/');
		if (slash != NULL)
			*slash = '\0';
	}
	snprintf(m->hook, sizeof(m->hook), "%s%s", program, name);
	if (slash == NULL || access(m->hook, X_OK) != 0)
		snprintf(m->hook, sizeof(m->hook), "/usr%s", name);
}

void setup_machine_read(struct setup_machine *ret)
{
	*ret = (struct setup_machine){.n_addrs = 0};
	read_addrs(ret);
	read_host(ret);
	read_region(ret);
	find_hook(ret);
	ret->has_aws_keys = has_keys();
}
