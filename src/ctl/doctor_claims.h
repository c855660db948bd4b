/* SPDX-License-Identifier: BSD-2-Clause
 * What "mooringctl doctor" says of the claims of names in a DynamoDB table. */
#ifndef MOORING_CTL_DOCTOR_CLAIMS_H
#define MOORING_CTL_DOCTOR_CLAIMS_H

struct claim_pairs;
struct doctor;

/* pairs: of all accounts and claims. */
void doctor_report_claims(struct doctor *d, struct claim_pairs *pairs);

#endif
