/* SPDX-License-Identifier: BSD-2-Clause
 * The verbs of struct store_ops, for a store that notes a call and answers it later. */
#ifndef MOORING_STORE_STORE_VERB_H
#define MOORING_STORE_STORE_VERB_H

enum store_verb {
	VERB_LOOKUP,
	VERB_CREDENTIAL,
	VERB_INTEND,
	VERB_CONFIRM,
	VERB_LIST,
	VERB_PUT,
	VERB_REMOVE,
	VERB_RENAME,
	VERB_REPLACE_SECRET,
	VERB_VERSION,
	VERB_OWNERS,
	VERB_IS_EMPTY,
	VERB_ADD_HISTORY,
	VERB_READ_HISTORY,
	VERB_PRUNE_HISTORY,
};

#endif
