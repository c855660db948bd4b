/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/aws_versions.h"

#include <curl/curl.h>
#include <openssl/crypto.h>

const char *aws_curl_version(void)
{
	return curl_version_info(CURLVERSION_NOW)->version;
}

const char *aws_openssl_version(void)
{
	return OpenSSL_version(OPENSSL_VERSION_STRING);
}
