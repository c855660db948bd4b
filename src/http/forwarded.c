/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/forwarded.h"

bool forwarded_is_trusted(const struct forwarded_trust *trust, const struct addr *a)
{
	size_t i;

	for (i = 0; i < trust->n; i++)
		if (prefix_contains(&trust->at[i], a))
			return true;
	return false;
}

/* Takes the last item off the list. */
static struct slice take_last_address(struct slice *list)
{
	size_t start = list->len;
	struct slice item;

	while (start > 0 && list->p[start - 1] != ',')
		start--;
	item = (struct slice){.p = list->p + start, .len = list->len - start};
	list->len = start > 0 ? start - 1 : 0;
	return slice_trim(item, STR_BLANKS);
}

struct addr forwarded_client(const struct forwarded_trust *trust, const struct addr *peer,
			     struct slice header)
{
	struct addr client = *peer, said;

	while (header.len > 0 && forwarded_is_trusted(trust, &client)) {
		if (addr_parse(take_last_address(&header), &said) != 0)
			return (struct addr){.family = ADDR_NONE};
		client = said;
	}
	return client;
}
