/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/doctor_claims.h"

#include "base/buf.h"
#include "base/str.h"
#include "ctl/claim_pairs.h"
#include "ctl/doctor_state.h"

/* So many are named; the others are counted. */
enum { CLAIMS_SHOWN = 10 };

/* The differences of one kind. */
static void name_claims(struct claim_pairs *pairs, bool is_missing, size_t n, struct buf *detail)
{
	char shown[ACCOUNT_USER_MAX + 1];
	struct claim_difference d;
	size_t named = 0;

	while (claim_pairs_next(pairs, &d)) {
		if (d.is_missing != is_missing || named == CLAIMS_SHOWN)
			continue;
		buf_addf(detail, "%s%s (%s)", named++ > 0 ? ", " : "", d.name,
			 str_printable(shown, sizeof(shown), slice_of(d.user)));
	}
	if (n > named)
		buf_addf(detail, ", and %zu more", n - named);
	claim_pairs_rewind(pairs);
}

/* A row that was made by hand is claimed when its router changes the address, so some may miss. */
static void describe_claims(struct claim_pairs *pairs, size_t missing, size_t stale,
			    struct buf *detail)
{
	buf_adds(detail, "complete");
	if (missing > 0) {
		buf_addf(detail, "; %zu name%s of accounts made by hand without a claim: ", missing,
			 missing == 1 ? "" : "s");
		name_claims(pairs, true, missing, detail);
	}
	if (stale > 0) {
		buf_addf(detail, "; %zu of accounts that do not have the name: ", stale);
		name_claims(pairs, false, stale, detail);
	}
	if (missing + stale > 0)
		buf_adds(detail, "; \"mooringctl claims\" mends them");
}

void doctor_report_claims(struct doctor *d, struct claim_pairs *pairs)
{
	struct errinfo ei = ERRINFO_INIT;
	size_t missing = 0, stale = 0;
	bool is_complete = false;
	struct buf detail;
	int err;

	if (d->table[PERMISSION_GET_ITEM].err != 0)
		return; /* which was reported */
	err = claim_pairs_compare(pairs, &missing, &stale);
	if (err == 0)
		err = session_claims_are_complete(&d->s, &is_complete, &ei);
	if (err != 0) {
		report_add(&d->report, REPORT_WARN, "claims", "not known: %s",
			   ei.code != 0 ? ei.text : err_str(err));
		return;
	}
	if (!is_complete) {
		report_add(&d->report, REPORT_OK, "claims",
			   "not complete: \"user add\" and \"host add\" read the whole table; "
			   "\"mooringctl claims\" makes them so");
		return;
	}
	buf_init(&detail, REPORT_DETAIL_MAX);
	describe_claims(pairs, missing, stale, &detail);
	report_add(&d->report, missing + stale > 0 ? REPORT_WARN : REPORT_OK, "claims", "%s",
		   buf_str(&detail));
	buf_fini(&detail);
}
