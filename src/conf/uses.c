/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/uses.h"

/* Refuses keys that were set but belong to another kind of store or publisher: whoever set them
 * expects an effect. */
int conf_check_uses(const struct conf_loader *l, const struct conf_place *place, const void *base)
{
	const struct conf_keys *keys = conf_keys(place->section);
	size_t i;

	for (i = 0; i < keys->n; i++)
		if (conf_is_set(&place->keys[i]) &&
		    !conf_use_applies(keys->at[i].use, l->conf, base))
			return conf_fail_key(l, place, keys->at[i].name, "is only used with %s",
					     conf_use_text(keys->at[i].use));
	return 0;
}
