/* SPDX-License-Identifier: BSD-2-Clause
 * Replies of an instance's metadata service to the questions for its keys and its region, a line
 * each, the last one for all that follow: three digits of the status, a blank, the body. Instead,
 * "x": there is no reply. */
#include "aws/imds.h"

#include <uv.h>

#include "aws/client_int.h"
#include "fuzz.h"

enum { QUESTIONS_MAX = 16 };

static const char *environment[] = {"AWS_CONFIG_FILE=/dev/null",
				    "AWS_SHARED_CREDENTIALS_FILE=/dev/null", NULL};
static fetch_transfer_fn *open_done;
static void *open_arg;
static unsigned n_asked, n_answered;

int __wrap_aws_metadata_start(struct aws_client *client, const struct aws_metadata_request *req,
			      fetch_transfer_fn *done, void *arg, struct aws_metadata **ret);

/* In the place of the question: what it asks for is a line of a request whatever was answered
 * before.
 */
int __wrap_aws_metadata_start(struct aws_client *client, const struct aws_metadata_request *req,
			      fetch_transfer_fn *done, void *arg, struct aws_metadata **ret)
{
	size_t i;

	(void)client;
	must(open_done == NULL && ++n_asked <= QUESTIONS_MAX);
	must(strncmp(req->url, "http://169.254.169.254/latest/", 30) == 0);
	must(strstr(req->url, "..") == NULL && strpbrk(req->url, " ?#%\\") == NULL);
	for (i = 0; i < req->n_headers; i++)
		must(!slice_has_control(req->headers[i].value));
	open_done = done;
	open_arg = arg;
	*ret = (struct aws_metadata *)&open_done;
	return 0;
}

static void answer(struct slice line)
{
	struct fetch_transfer_reply reply = {.result = FETCH_TRANSFER_TIMEOUT, .why = "late"};
	fetch_transfer_fn *done = open_done;
	uint64_t status;

	if (line.len >= 4 && str_parse_uint((struct slice){line.p, 3}, 999, &status) == 0) {
		reply.result = FETCH_TRANSFER_DONE;
		reply.status = (long)status;
		reply.body = (struct slice){line.p + 4, line.len - 4};
	}
	open_done = NULL;
	done(open_arg, &reply);
}

static void on_keys(void *arg, int err, struct aws_credentials *creds, const struct errinfo *why)
{
	n_answered++;
	must((err == 0) == (creds != NULL) && (err == 0) == (why == NULL));
	if (why != NULL)
		must(!slice_has_control(slice_of(why->text)));
	else
		must(creds->is_instance && creds->key_id[0] != '\0' &&
		     (creds->region != NULL) == *(const bool *)arg);
}

static void run(struct slice script, bool wants_region)
{
	struct slice line = {"", 0};
	struct aws_client client = {.env = environment, .wants_region = wants_region};
	struct aws_credentials_wait wait = {.done = on_keys, .arg = &wants_region};
	struct aws_provider *p = NULL;

	open_done = NULL;
	n_asked = n_answered = 0;
	must(aws_source_new_imds(&client, &p) == 0);
	p->ops->get(p, false, &wait);
	while (open_done != NULL) {
		if (script.len > 0)
			line = fuzz_line(&script);
		answer(line);
	}
	must(n_answered == 1);
	p->ops->close(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	run(fuzz_slice(data, size), true);
	run(fuzz_slice(data, size), false);
	return 0;
}
