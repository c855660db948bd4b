/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/versions.h"

#include <stdio.h>

#include "base/mac.h"
#include "fetch/libcurl.h"
#include "http/http_versions.h"
#include "store/sqlite.h"

const char *versions_print(char out[VERSIONS_TEXT_MAX])
{
	snprintf(out, VERSIONS_TEXT_MAX,
		 "libmicrohttpd %s, GnuTLS %s, libcurl %s, OpenSSL %s, SQLite %s",
		 http_microhttpd_version(), http_gnutls_version(), fetch_libcurl_version(),
		 mac_openssl_version(), store_sqlite_version());
	return out;
}
