/* SPDX-License-Identifier: BSD-2-Clause
 * Whether others can read the file of the embedded store: it has secrets and addresses. SQLite and
 * mooring make it for its owner alone; a copy that somebody put there may be for all. Any thread.
 */
#ifndef MOORING_OPS_STORE_MODE_H
#define MOORING_OPS_STORE_MODE_H

struct conf;

/* A sentence, or NULL: there is no such store yet, or only its owner and group can read it. */
const char *store_mode_problem(const struct conf *conf);
/* Logs it. */
void store_mode_warn(const struct conf *conf);

#endif
