/* SPDX-License-Identifier: BSD-2-Clause
 * The least IAM policies with which a configuration works: that of the daemon, and what mooringctl
 * uses besides. An action that the code begins to call has its line here. Pure. */
#ifndef MOORING_CTL_POLICY_LEAST_H
#define MOORING_CTL_POLICY_LEAST_H

#include <jansson.h>
#include <stdbool.h>

struct aws_roleplan;
struct conf;

/* What the configuration does not say; "" when it is not known, as in ctl/policy.h. */
struct policy_place {
	const char *partition;
	const char *region; /* of the table */
	const char *account;
	bool has_owed_index; /* the table has; store/item_owed.h */
};

/* Both without statements when there is nothing of AWS in the configuration. The caller's; NULL
 * when memory is out. */
json_t *policy_of_daemon(const struct conf *conf, const struct policy_place *place);
/* What it has no need of: mooringctl's alone. */
json_t *policy_of_tool(const struct conf *conf, const struct policy_place *place);

/* The policies that let the keys of a profile assume its roles: [{"of", "policy"}], each role the
 * next one. of: whose policy it is, a sentence's part. Empty when no role is assumed with keys. */
json_t *policies_of_roles(const struct aws_roleplan *plan);

#endif
