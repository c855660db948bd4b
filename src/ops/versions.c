/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/versions.h"

#include <stdio.h>

#include "base/mac.h"
#include "fetch/fetch.h"
#include "http/http_versions.h"
#include "ops/parts_aws.h"
#include "store/sqlite.h"

const char *versions_print(char out[VERSIONS_TEXT_MAX])
{
	const char *curl = fetch_libcurl_version();

	snprintf(out, VERSIONS_TEXT_MAX, "libmicrohttpd %s, GnuTLS %s, %s%s%sOpenSSL %s, SQLite %s",
		 http_microhttpd_version(), http_gnutls_version(), curl != NULL ? "libcurl " : "",
		 curl != NULL ? curl : "", curl != NULL ? ", " : "", mac_openssl_version(),
		 store_sqlite_version());
	return out;
}

const char *versions_parts(void)
{
	if (parts_aws != NULL)
		return "stores: sqlite dynamodb; publishers: builtin route53; HTTP client: yes";
	return fetch_libcurl_version() != NULL
		       ? "stores: sqlite; publishers: builtin; HTTP client: yes"
		       : "stores: sqlite; publishers: builtin; HTTP client: no";
}
