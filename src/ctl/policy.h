/* SPDX-License-Identifier: BSD-2-Clause
 * IAM policies to paste: which actions on which resources. Pure. */
#ifndef MOORING_CTL_POLICY_H
#define MOORING_CTL_POLICY_H

#include <jansson.h>
#include <stdbool.h>

struct fqdn;

enum { POLICY_ARN_SIZE = 512 };

/* {"Version", "Statement": []}; NULL when memory is out. */
json_t *policy_new(void);
/* Allows action on resource: one statement for each resource, in the order they came, and each
 * action once. */
void policy_allow(json_t *policy, const char *action, const char *resource);
/* Allows what a publisher does in a hosted zone: to set and delete A and AAAA record sets named
 * zone or below it. Another zone in the same hosted zone joins the statement, because one batch has
 * to pass one statement as a whole. */
void policy_allow_records(json_t *policy, const char *zone_arn, const struct fqdn *zone);
/* No statement yet; NULL is empty, too. */
bool policy_is_empty(const json_t *policy);

/* ARNs. What is not known is "": region and account then become "*", a partition "aws". */
void policy_table_arn(char out[POLICY_ARN_SIZE], const char *partition, const char *region,
		      const char *account, const char *table);
/* id may have "/hostedzone/" before it. */
void policy_zone_arn(char out[POLICY_ARN_SIZE], const char *partition, const char *id);
/* Changes have ids that nobody knows before. */
void policy_changes_arn(char out[POLICY_ARN_SIZE], const char *partition);

#endif
