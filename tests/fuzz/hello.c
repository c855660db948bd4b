/* SPDX-License-Identifier: BSD-2-Clause
 * A ClientHello, of which the cipher suites are read before GnuTLS does: the whole input. */
#include "http/tls_profile.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct tls_profile profile;
	unsigned wanted;

	if (profile.priorities == NULL)
		tls_profile_init(&profile, HTTP_TLS_LEGACY);
	wanted = tls_profile_wanted(&profile, data, size);
	must((wanted & ~(unsigned)(TLS_SUITE_RSA | TLS_SUITE_ECDSA)) == 0);
	must(tls_suites_take(wanted, GNUTLS_PK_RSA) || tls_suites_take(wanted, GNUTLS_PK_ECDSA));
	return 0;
}
