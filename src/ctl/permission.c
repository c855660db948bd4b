/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/permission.h"

#include <stddef.h>
#include <string.h>

#include "base/err.h"

static const char condition_failed[] = "ConditionalCheckFailedException";

static const struct permission_info infos[PERMISSIONS] = {
	[PERMISSION_GET_ITEM] = {"dynamodb:GetItem", true,
				 "no update is accepted: every login is answered 911", NULL},
	[PERMISSION_SCAN] = {"dynamodb:Scan", false,
			     "what a daemon still owed when it ended is published at the router's "
			     "next update only, and \"mooringctl user list\" and \"verify\" do not "
			     "work",
			     NULL},
	[PERMISSION_UPDATE_ITEM] = {"dynamodb:UpdateItem", false,
				    "state and notices are kept in memory: they are lost at a "
				    "restart, one daemon alone may use the table, and mooringctl "
				    "changes no account",
				    condition_failed},
	[PERMISSION_PUT_ITEM] = {"dynamodb:PutItem", false, "\"mooringctl user add\" does not work",
				 condition_failed},
	[PERMISSION_DELETE_ITEM] = {"dynamodb:DeleteItem", false,
				    "\"mooringctl user remove\" does not work", condition_failed},
	[PERMISSION_CHANGE] = {"route53:ChangeResourceRecordSets", true,
			       "no address is published: every change is answered 911",
			       "InvalidChangeBatch"},
	[PERMISSION_GET_ZONE] = {"route53:GetHostedZone", false,
				 "this command cannot tell the zone's name and name servers", NULL},
	[PERMISSION_LIST] = {"route53:ListResourceRecordSets", false,
			     "\"mooringctl verify\" does not work, and what is removed is deleted "
			     "without a look at it",
			     NULL},
	[PERMISSION_GET_CHANGE] = {"route53:GetChange", false,
				   "how long Route 53 takes is not measured "
				   "(mooring_route53_propagation_seconds)",
				   "NoSuchChange"},
};

const struct permission_info *permission_info(enum permission p)
{
	return &infos[p];
}

enum permission_answer permission_judge(enum permission p, int err, const char *code)
{
	if (err == 0 || (infos[p].proof != NULL && strcmp(code, infos[p].proof) == 0))
		return PERMISSION_GIVEN;
	return err == ERR_DENIED ? PERMISSION_MISSING : PERMISSION_UNKNOWN;
}

bool permission_is_signed_in(int err)
{
	return err == 0 || err == ERR_DENIED || err == ERR_NOTFOUND || err == ERR_CONFLICT ||
	       err == ERR_REFUSED;
}
