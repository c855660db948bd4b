/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/status_place.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "conf/conf.h"

#define STATUS_PLACE_NAME "/status.sock"

static int set_path(struct slice folder, const char *name, struct sockaddr_un *ret,
		    struct errinfo *ei)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	const size_t name_len = strlen(name);

	if (folder.len + name_len >= sizeof(sa.sun_path))
		return err_set(ei, ERR_LIMIT,
			       "status-socket: a socket's path has at most %zu bytes, \"%.*s%s\" "
			       "has more",
			       sizeof(sa.sun_path) - 1, (int)folder.len, folder.p, name);
	memcpy(sa.sun_path, folder.p, folder.len);
	memcpy(sa.sun_path + folder.len, name, name_len);
	*ret = sa;
	return 0;
}

/* The first of the folders, which colons part: systemd.exec(5). */
static struct slice runtime_folder(void)
{
	struct slice first, rest;

	slice_cut(slice_of(getenv("RUNTIME_DIRECTORY")), ':', &first, &rest);
	return first;
}

static int find_place(const struct conf *conf, const char *otherwise, struct sockaddr_un *ret,
		      struct errinfo *ei)
{
	const struct slice folder = runtime_folder();

	if (strcmp(conf->status_socket, STATUS_PLACE_AUTO) != 0)
		return set_path(slice_of(conf->status_socket), "", ret, ei);
	if (folder.len == 0)
		return set_path(slice_of(otherwise), "", ret, ei);
	return set_path(folder, STATUS_PLACE_NAME, ret, ei);
}

int status_place_of_daemon(const struct conf *conf, struct sockaddr_un *ret, struct errinfo *ei)
{
	return find_place(conf, "", ret, ei);
}

int status_place_of_tool(const struct conf *conf, struct sockaddr_un *ret, struct errinfo *ei)
{
	return find_place(conf, STATUS_PLACE_OF_SERVICE, ret, ei);
}
