/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/http_versions.h"

#include <gnutls/gnutls.h>
#include <microhttpd.h>

const char *http_microhttpd_version(void)
{
	return MHD_get_version();
}

const char *http_gnutls_version(void)
{
	return gnutls_check_version(NULL);
}
