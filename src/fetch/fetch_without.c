/* SPDX-License-Identifier: BSD-2-Clause */
#include "fetch/fetch.h"

#include <string.h>

int fetch_check(struct errinfo *ei)
{
	return err_set(ei, ERR_INVAL, "this mooringctl was built without an HTTP client");
}

int fetch_ask(const struct fetch_request *rq, struct fetch_reply *ret, struct errinfo *ei)
{
	(void)rq;
	memset(ret, 0, sizeof(*ret));
	return fetch_check(ei);
}

const char *fetch_libcurl_version(void)
{
	return NULL;
}
