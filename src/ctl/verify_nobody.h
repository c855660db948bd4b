/* SPDX-License-Identifier: BSD-2-Clause
 * What "mooringctl verify" says of record sets that are nobody's, and their deletion after a
 * question. */
#ifndef MOORING_CTL_VERIFY_NOBODY_H
#define MOORING_CTL_VERIFY_NOBODY_H

#include <jansson.h>
#include <stdbool.h>

#include "ctl/nobody.h"
#include "ctl/progress.h"

struct verify_nobody {
	struct session *s;
	struct progress *progress;
	json_t *lines;	/* NULL: text */
	bool is_agreed; /* --yes: without a question */
	bool has_failed;
};

/* A line for each. */
void verify_nobody_report(const struct verify_nobody *v, const struct nobody *n,
			  const struct backend_zone *zone);
/* Asks, on a terminal, and deletes what was reported; without a terminal only what is_agreed. Sets
 * has_failed after a sentence on stderr. */
void verify_nobody_delete(struct verify_nobody *v, struct nobody *n,
			  const struct backend_zone *zone);

#endif
