/* SPDX-License-Identifier: BSD-2-Clause */
#include "kit/values.h"

#include <arpa/inet.h>
#include <check.h>
#include <string.h>

struct fqdn value_name(const char *text)
{
	struct fqdn name;

	ck_assert_msg(fqdn_parse(slice_of(text), &name) == 0, "%s", text);
	return name;
}

struct addr value_addr(const char *text)
{
	struct addr addr = {.family = ADDR_NONE};

	ck_assert_msg(*text == '\0' || addr_parse(slice_of(text), &addr) == 0, "%s", text);
	return addr;
}

struct interface_id value_interface_id(const char *text)
{
	struct interface_id id;

	ck_assert_msg(interface_id_parse(slice_of(text), &id, NULL) == 0, "%s", text);
	return id;
}

struct addr value_addr_by_libc(const char *text)
{
	struct addr addr = {.family = strchr(text, ':') != NULL ? ADDR_V6 : ADDR_V4};

	ck_assert_msg(inet_pton(addr.family == ADDR_V6 ? AF_INET6 : AF_INET, text, addr.bytes) == 1,
		      "%s", text);
	return addr;
}

struct addr_pair value_pair(const char *v4, const char *v6)
{
	struct addr_pair pair = {.v4.family = ADDR_NONE};

	if (v4 != NULL)
		pair.v4 = value_addr(v4);
	if (v6 != NULL)
		pair.v6 = value_addr(v6);
	return pair;
}
