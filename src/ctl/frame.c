/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/frame.h"

#include "ctl/print.h"
#include "ctl/say.h"

int frame_work(struct session *s, const struct ctl_args *args, enum frame_subject subject,
	       frame_work_fn *work)
{
	struct errinfo ei = ERRINFO_INIT;
	struct account *a = NULL;
	int status;

	if (subject != FRAME_STORE && session_lookup(s, args->operand[0], &a, &ei) != 0)
		return ctl_fail("%s", ei.text);
	status = work(s, args, a);
	if (status == CTL_OK && subject == FRAME_CHANGE && args->json)
		print_json(print_account_json(a, false));
	account_free(a);
	return status;
}

int frame_run(const struct ctl_args *args, enum frame_subject subject, frame_work_fn *work)
{
	struct session s;
	int status = session_open(&s, args);

	if (status == CTL_OK)
		status = frame_work(&s, args, subject, work);
	session_close(&s);
	return status;
}
