/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/dns.h"

void dns_close(struct dns *d)
{
	if (d != NULL)
		d->ops->close(d);
}

size_t dns_batch_len(struct dns *d)
{
	return d->ops->batch_len != NULL ? d->ops->batch_len(d) : d->ops->max_changes;
}

size_t dns_spare_len(struct dns *d)
{
	return d->ops->spare_len != NULL ? d->ops->spare_len(d) : d->ops->max_changes;
}

uint32_t dns_wait_ms(struct dns *d, const struct dns_change *changes, size_t n)
{
	return d->ops->wait_ms != NULL ? d->ops->wait_ms(d, changes, n) : 0;
}

void dns_leave(struct dns *d)
{
	if (d->ops->leave != NULL)
		d->ops->leave(d);
}

bool dns_was_lost(const struct dns *d, int err)
{
	if (d->ops->was_lost != NULL)
		return d->ops->was_lost(d);
	return err != 0 && err != ERR_REFUSED && err != ERR_NOTFOUND && err != ERR_DENIED &&
	       err != ERR_THROTTLED;
}

int dns_submit(struct dns *d, const struct dns_change *changes, size_t n, dns_done_fn *done,
	       void *arg)
{
	return d->ops->submit(d, changes, n, done, arg);
}
