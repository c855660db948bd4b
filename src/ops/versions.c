/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/versions.h"

#include <stdio.h>

#include "aws/aws_versions.h"
#include "aws/client.h"
#include "http/http_versions.h"
#include "http/server.h"
#include "store/sqlite.h"

const char *versions_print(char out[VERSIONS_TEXT_MAX])
{
	snprintf(out, VERSIONS_TEXT_MAX,
		 "libmicrohttpd %s, GnuTLS %s, libcurl %s, OpenSSL %s, SQLite %s",
		 http_microhttpd_version(), http_gnutls_version(), aws_curl_version(),
		 aws_openssl_version(), store_sqlite_version());
	return out;
}
