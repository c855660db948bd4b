/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/dns.h"

void dns_close(struct dns *d)
{
	if (d != NULL)
		d->ops->close(d);
}

int dns_submit(struct dns *d, const struct dns_change *changes, size_t n, dns_done_fn *done,
	       void *arg)
{
	return d->ops->submit(d, changes, n, done, arg);
}
