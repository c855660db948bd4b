/* SPDX-License-Identifier: BSD-2-Clause
 * Questions to AWS that change nothing, waited for. What would write is refused by a condition that
 * never holds, or with the rest of a batch that Route 53 refuses as a whole. */
#ifndef MOORING_CTL_DOCTOR_CALL_H
#define MOORING_CTL_DOCTOR_CALL_H

#include <jansson.h>

#include "aws/credentials.h"
#include "aws/aws_route53.h"
#include "aws/route53_limit.h"
#include "aws/route53_zone.h"
#include "aws/sts.h"
#include "ctl/permission.h"
#include "ctl/session.h"

enum { DOCTOR_CALL_MESSAGE_SIZE = 512 };

/* How a question ended. */
struct doctor_call {
	bool was_asked;
	int err;
	char code[AWS_CODE_MAX];		/* AWS's name of the error; "" when there is none */
	char message[DOCTOR_CALL_MESSAGE_SIZE]; /* AWS's words, printable */
	char text[ERR_TEXT_MAX];		/* a sentence, unless err is 0 */
};

/* *ret is the caller's to let go of. */
int doctor_call_credentials(struct session *s, struct aws_credentials **ret, struct errinfo *ei);
/* region NULL: the one of the environment; fallback when there is none. */
void doctor_call_caller(struct session *s, const char *region, const char *fallback,
			struct aws_caller *ret, struct doctor_call *call);

/* One of the table's permissions, by a login that no account can have. */
void doctor_call_table(struct session *s, enum permission p, struct doctor_call *call);

/* The reply to one of the reads that take a table's name alone; NULL when there is none. The
 * caller's. */
json_t *doctor_call_describe(struct session *s, const char *action, struct doctor_call *call);

/* Of a Route 53 zone. The batch is taken back should something that is not Route 53 accept it. */
void doctor_call_change(struct session *s, const struct backend_zone *zone,
			struct doctor_call *call);
/* By a change that there never was. */
void doctor_call_get_change(struct session *s, const struct backend_zone *zone,
			    struct doctor_call *call);
void doctor_call_list(struct session *s, const struct backend_zone *zone, struct doctor_call *call);
void doctor_call_zone(struct session *s, const struct backend_zone *zone,
		      struct aws_route53_zone *ret, struct doctor_call *call);
void doctor_call_limit(struct session *s, const struct backend_zone *zone,
		       struct aws_route53_limit *ret, struct doctor_call *call);

#endif
