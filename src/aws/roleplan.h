/* SPDX-License-Identifier: BSD-2-Clause
 * What a profile demands: the keys to begin with, and the roles to assume with them, one after the
 * other. https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html
 * Pure; any thread. */
#ifndef MOORING_AWS_ROLEPLAN_H
#define MOORING_AWS_ROLEPLAN_H

#include "aws/profile.h"

/* Each role is a call of STS: nobody has good reason for more. */
enum { AWS_ROLES_MAX = 8, AWS_ROLE_DURATION_MIN_S = 900, AWS_ROLE_DURATION_MAX_S = 43200 };

enum aws_role_base {
	AWS_BASE_KEYS,
	AWS_BASE_WEB_IDENTITY, /* the first role is assumed with a token instead of keys */
	AWS_BASE_ENVIRONMENT,
	AWS_BASE_CONTAINER,
	AWS_BASE_IMDS,
	AWS_BASE_PROCESS,
};

struct aws_role {
	struct slice arn;
	struct slice session_name; /* empty: ours */
	struct slice external_id;
	unsigned duration_s; /* 0: what STS takes by default */
};

/* All slices are borrowed from the profiles. */
struct aws_roleplan {
	enum aws_role_base base;
	struct slice key_id, secret, session_token; /* AWS_BASE_KEYS */
	struct slice token_file;		    /* AWS_BASE_WEB_IDENTITY */
	struct slice process, profile;		    /* AWS_BASE_PROCESS: the line, and whose */
	char origin[128];			    /* of the keys: "profile x" */
	size_t n_roles;
	struct aws_role roles[AWS_ROLES_MAX]; /* to be assumed in this order */
};

/* ERR_NOTFOUND without a sentence when the profile is not there or says nothing of credentials;
 * ERR_UNAVAILABLE with one for what is wrong, not supported, or a loop. */
int aws_roleplan_make(const struct aws_profiles *profiles, struct slice name,
		      struct aws_roleplan *ret, struct errinfo *ei);

/* Whether STS would take it: 2 to 64 of [A-Za-z0-9_+=,.@-]. */
bool aws_role_is_session_name(struct slice name);

#endif
