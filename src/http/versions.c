/* SPDX-License-Identifier: BSD-2-Clause */
#include <gnutls/gnutls.h>
#include <microhttpd.h>

#include "http/server.h"

const char *http_microhttpd_version(void)
{
	return MHD_get_version();
}

const char *http_gnutls_version(void)
{
	return gnutls_check_version(NULL);
}
