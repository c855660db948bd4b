/* SPDX-License-Identifier: BSD-2-Clause */
#include "kit/values.h"

#include <check.h>

struct fqdn value_name(const char *text)
{
	struct fqdn name;

	ck_assert_msg(fqdn_parse(slice_of(text), &name) == 0, "%s", text);
	return name;
}

struct addr value_addr(const char *text)
{
	struct addr addr;

	ck_assert_msg(addr_parse(slice_of(text), &addr) == 0, "%s", text);
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
