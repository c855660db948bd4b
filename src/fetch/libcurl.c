/* SPDX-License-Identifier: BSD-2-Clause */
#include "fetch/libcurl.h"

#include <curl/curl.h>

/* Without an asynchronous resolver every lookup would stop the core thread. */
int fetch_libcurl_init(struct errinfo *ei)
{
	const curl_version_info_data *v;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return err_set(ei, ERR_UNAVAILABLE, "libcurl cannot be initialised");
	v = curl_version_info(CURLVERSION_NOW);
	if (!(v->features & CURL_VERSION_SSL))
		return err_set(ei, ERR_UNAVAILABLE, "libcurl %s has no TLS", v->version);
	if (!(v->features & CURL_VERSION_ASYNCHDNS))
		return err_set(ei, ERR_UNAVAILABLE, "libcurl %s has no asynchronous resolver",
			       v->version);
	return 0;
}
