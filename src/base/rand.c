/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/rand.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

void rand_bytes(void *out, size_t len)
{
	unsigned char *p = out;

	while (len > 0) {
		ssize_t n = getrandom(p, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			abort();
		p += n;
		len -= (size_t)n;
	}
}

uint32_t rand_below(uint32_t bound)
{
	/* Values below this would favour small results. */
	uint32_t skip = (uint32_t)(-bound) % bound;
	uint32_t v;

	do
		rand_bytes(&v, sizeof(v));
	while (v < skip);
	return v % bound;
}

void rand_text(char *out, size_t len)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	size_t i;

	for (i = 0; i < len; i++)
		out[i] = alphabet[rand_below(sizeof(alphabet) - 1)];
	out[len] = '\0';
}
