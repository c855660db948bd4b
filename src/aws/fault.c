/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/fault.h"

#include <stdio.h>
#include <string.h>

#include "aws/aws_head.h"
#include "aws/env.h"
#include "aws/xml.h"

enum { SHOWN_MESSAGE_SIZE = 224 };

void aws_fault_init(struct aws_fault *f)
{
	memset(f, 0, sizeof(*f));
	buf_init(&f->message, AWS_FAULT_MESSAGE_MAX);
}

void aws_fault_fini(struct aws_fault *f)
{
	buf_fini(&f->message);
	json_decref(f->json);
	aws_fault_init(f);
}

/* "com.amazon.coral.service#ThrottlingException:http://..." -> "ThrottlingException". What is no
 * identifier then is no code. */
static void take_code(struct aws_fault *f, struct slice s)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";
	const char *cut;

	if (f->code[0] != '\0' || s.len == 0)
		return;
	cut = memchr(s.p, ':', s.len);
	if (cut != NULL)
		s.len = (size_t)(cut - s.p);
	cut = memrchr(s.p, '#', s.len);
	if (cut != NULL) {
		s.len -= (size_t)(cut + 1 - s.p);
		s.p = cut + 1;
	}
	if (str_copy(f->code, sizeof(f->code), slice_trim(s, STR_SPACE)) != 0 ||
	    strspn(f->code, letters) != strlen(f->code))
		f->code[0] = '\0';
}

static void take_request_id(struct aws_fault *f, struct slice s)
{
	if (f->request_id[0] == '\0')
		str_printable(f->request_id, sizeof(f->request_id), slice_trim(s, STR_SPACE));
}

static struct slice member(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	return (struct slice){json_string_value(value), json_string_length(value)};
}

static int parse_json(struct aws_fault *f, struct slice body)
{
	static const char *const codes[] = {"__type", "code"};
	static const char *const messages[] = {"message", "Message", "errorMessage"};
	size_t i;

	f->json = json_loadb(body.p, body.len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	if (!json_is_object(f->json))
		return 0;
	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		take_code(f, member(f->json, codes[i]));
	for (i = 0; i < sizeof(messages) / sizeof(messages[0]) && f->message.len == 0; i++) {
		struct slice text = member(f->json, messages[i]);

		buf_add(&f->message, text.p, text.len);
	}
	if (json_is_object(json_object_get(f->json, "Item")))
		f->item = json_object_get(f->json, "Item");
	if (json_is_array(json_object_get(f->json, "CancellationReasons")))
		f->reasons = json_object_get(f->json, "CancellationReasons");
	return 0;
}

static bool ends_with(const char *path, const char *end)
{
	size_t len = strlen(path), end_len = strlen(end);

	return len >= end_len && strcmp(path + len - end_len, end) == 0 &&
	       (len == end_len || path[len - end_len - 1] == '/');
}

/* InvalidChangeBatch has a list of them, an Error one. */
static int take_message(struct aws_fault *f, const char *text, bool is_list)
{
	struct slice s = slice_trim(slice_of(text), STR_SPACE);

	if (!is_list)
		return f->message.len > 0 ? 0 : buf_add(&f->message, s.p, s.len);
	if (f->message.len > 0)
		f->message.len--; /* the bracket that closed the list so far */
	buf_adds(&f->message, f->message.len > 0 ? ", " : "[");
	buf_add(&f->message, s.p, s.len);
	return buf_addc(&f->message, ']');
}

static int on_fault_leaf(void *arg, const char *path, const char *text)
{
	static const char batch[] = "InvalidChangeBatch";
	struct aws_fault *f = arg;
	int err = 0;

	if (strncmp(path, batch, sizeof(batch) - 1) == 0)
		take_code(f, slice_of(batch));
	if (ends_with(path, "Error/Code"))
		take_code(f, slice_of(text));
	else if (ends_with(path, "Error/Message"))
		err = take_message(f, text, false);
	else if (ends_with(path, "Messages/Message"))
		err = take_message(f, text, true);
	else if (ends_with(path, "RequestId") || ends_with(path, "RequestID"))
		take_request_id(f, slice_of(text));
	return err == ERR_NOMEM ? err : 0;
}

int aws_fault_parse(struct aws_fault *f, struct slice body, const char *error_type,
		    const char *request_id)
{
	struct slice text = slice_trim(body, STR_SPACE);
	int err = 0;

	take_code(f, slice_of(error_type));
	take_request_id(f, slice_of(request_id));
	if (text.len > 0 && text.p[0] == '{')
		err = parse_json(f, text);
	else if (text.len > 0 && text.p[0] == '<')
		err = xml_parse(text, on_fault_leaf, f);
	if (err == ERR_NOMEM || f->message.err == ERR_NOMEM)
		return ERR_NOMEM;
	return 0;
}

/* API reference, TransactWriteItems: the reasons, the worst first, as exceptions. */
static const struct {
	const char *reason, *code;
} causes[] = {
	{"AccessDenied", "AccessDeniedException"},
	{"ValidationError", "ValidationException"},
	{"ItemCollectionSizeLimitExceeded", "ValidationException"},
	{"ConditionalCheckFailed", "ConditionalCheckFailedException"},
	{"ThrottlingError", "ThrottlingException"},
	{"ProvisionedThroughputExceeded", "ProvisionedThroughputExceededException"},
	{"TransactionConflict", "TransactionConflictException"},
};

static bool has_reason(const struct aws_fault *f, const char *code)
{
	const json_t *reason;
	size_t i;

	json_array_foreach(f->reasons, i, reason) {
		const char *text = json_string_value(json_object_get(reason, "Code"));

		if (text != NULL && strcmp(text, code) == 0)
			return true;
	}
	return false;
}

const char *aws_fault_cause(const struct aws_fault *f)
{
	size_t i;

	for (i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
		if (has_reason(f, causes[i].reason))
			return causes[i].code;
	return f->code;
}

/* AWS explains a bad signature by the texts that it made of our request. */
static struct slice first_line(const struct buf *message)
{
	const char *text = buf_str(message);
	const char *echo = strstr(text, "Canonical String");
	struct slice s = {text, strcspn(text, "\r\n")};

	if (echo != NULL && (size_t)(echo - text) < s.len)
		s.len = (size_t)(echo - text);
	return slice_trim(s, STR_SPACE);
}

void aws_fault_explain(const struct aws_fault *f, const char *label, int err, struct aws_error *e)
{
	struct slice message = first_line(&f->message);
	char shown[SHOWN_MESSAGE_SIZE], id[AWS_REQUEST_ID_MAX + 16] = "";

	str_printable(shown, sizeof(shown), message);
	if (f->request_id[0] != '\0')
		snprintf(id, sizeof(id), " (request id %s)", f->request_id);
	str_copy(e->code, sizeof(e->code), slice_of(f->code));
	str_copy(e->request_id, sizeof(e->request_id), slice_of(f->request_id));
	e->err = err;
	e->message = buf_str(&f->message);
	e->item = f->item;
	e->reasons = f->reasons;
	err_reset(&e->why);
	if (f->code[0] == '\0')
		err_set(&e->why, err, "%s: HTTP status %ld without an error of AWS's%s", label,
			e->status, id);
	else
		err_set(&e->why, err, "%s: %s%s%s%s", label, f->code, message.len > 0 ? ": " : "",
			message.len > 0 ? shown : "", id);
}

void aws_fault_misread(const struct fetch_transfer_reply *reply, const char *label, int err,
		       const char *what, struct aws_error *ret)
{
	*ret = (struct aws_error){.err = err == ERR_NOMEM ? ERR_NOMEM : ERR_PROTOCOL,
				  .status = reply->status,
				  .message = ""};
	str_copy(ret->request_id, sizeof(ret->request_id),
		 slice_of(aws_head_of(reply)->request_id));
	err_set(&ret->why, ret->err, "%s: %s", label, err == ERR_NOMEM ? err_str(err) : what);
}
