/* SPDX-License-Identifier: BSD-2-Clause
 * What a stored secret lacks of what a new one would have. Pure. */
#ifndef MOORING_CTL_SECRET_NEED_H
#define MOORING_CTL_SECRET_NEED_H

struct account;
struct peppers;

enum secret_need {
	SECRET_NEEDS_NOTHING,
	SECRET_IS_CLEAR,
	/* Of these only a new secret can have the newest pepper: nobody knows what they are. */
	SECRET_WITHOUT_PEPPER, /* while there is one */
	SECRET_OF_OLD_PEPPER,
	/* Nobody can log in. */
	SECRET_OF_LOST_PEPPER, /* its version is not in the file */
	SECRET_UNUSABLE,
	SECRET_NEEDS,
};

enum secret_need secret_need_of(const struct account *a, const struct peppers *peppers);

#endif
