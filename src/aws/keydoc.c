/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/keydoc.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "aws/env.h"
#include "aws/xml.h"
#include "base/buf.h"

enum { TIME_SIZE = 48, SHOWN_SIZE = 160, MINUTE_S = 60, HOUR_S = 3600 };

/* The fraction and the zone: "Z", "+hh:mm" or "-hh:mm", whose colon programs leave out. */
static int parse_zone(const char *s, int64_t *ret_offset_s)
{
	uint64_t hours, minutes;
	size_t len;

	if (*s == '.')
		s += 1 + strspn(s + 1, "0123456789");
	*ret_offset_s = 0;
	if (strcmp(s, "Z") == 0)
		return 0;
	len = strlen(s);
	if ((*s != '+' && *s != '-') || (len != 5 && (len != 6 || s[3] != ':')))
		return ERR_INVAL;
	if (str_parse_uint((struct slice){s + 1, 2}, 23, &hours) != 0 ||
	    str_parse_uint((struct slice){s + len - 2, 2}, 59, &minutes) != 0)
		return ERR_INVAL;
	*ret_offset_s = (int64_t)(hours * HOUR_S + minutes * MINUTE_S) * (*s == '+' ? 1 : -1);
	return 0;
}

int aws_keydoc_parse_time(struct slice text, int64_t *ret_s)
{
	char copy[TIME_SIZE];
	struct tm tm = {0};
	int64_t offset_s;
	const char *rest;

	if (str_copy(copy, sizeof(copy), text) != 0 || strspn(copy, "0123456789") != 4)
		return ERR_INVAL;
	rest = strptime(copy, "%Y-%m-%dT%H:%M:%S", &tm);
	if (rest == NULL || parse_zone(rest, &offset_s) != 0)
		return ERR_INVAL;
	*ret_s = (int64_t)timegm(&tm) - offset_s;
	return 0;
}

/* What both forms have; borrowed from the document. */
struct keys {
	struct slice key_id;
	struct slice secret;
	struct slice token;
	struct slice expiration;
};

static int make(const struct keys *k, const char *origin, struct aws_credentials **ret,
		struct errinfo *ei)
{
	int64_t expires_s = 0;
	char shown[TIME_SIZE];

	if (k->key_id.len == 0 || k->secret.len == 0)
		return err_set(ei, ERR_PROTOCOL, "the reply of %s has no keys in it", origin);
	if (k->expiration.len > 0 && aws_keydoc_parse_time(k->expiration, &expires_s) != 0)
		return err_set(ei, ERR_PROTOCOL, "%s says that its keys expire at \"%s\"", origin,
			       str_printable(shown, sizeof(shown), k->expiration));
	return aws_credentials_new(k->key_id, k->secret, k->token, expires_s, origin, ret, ei);
}

static struct slice member(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	return (struct slice){json_string_value(value), json_string_length(value)};
}

/* jansson frees without wiping. */
static void wipe_member(const json_t *object, const char *name)
{
	struct slice value = member(object, name);

	if (value.p != NULL)
		explicit_bzero((char *)(uintptr_t)value.p, value.len);
}

static int take_json(const json_t *doc, const char *origin, struct aws_credentials **ret,
		     struct errinfo *ei)
{
	struct slice code = member(doc, "Code"), message = member(doc, "Message");
	struct keys k = {
		.key_id = member(doc, "AccessKeyId"),
		.secret = member(doc, "SecretAccessKey"),
		.token = member(doc, "Token"),
		.expiration = member(doc, "Expiration"),
	};
	char shown_code[AWS_KEY_ID_MAX], shown[SHOWN_SIZE];

	if (code.len > 0 && !slice_eq(code, "Success"))
		return err_set(ei, ERR_UNAVAILABLE, "%s has no keys: %s%s%s", origin,
			       str_printable(shown_code, sizeof(shown_code), code),
			       message.len > 0 ? ": " : "",
			       str_printable(shown, sizeof(shown), message));
	return make(&k, origin, ret, ei);
}

static int take_process(const json_t *doc, const char *origin, struct aws_credentials **ret,
			struct errinfo *ei)
{
	const json_t *version = json_object_get(doc, "Version");
	const json_t *expiration = json_object_get(doc, "Expiration");
	struct keys k = {
		.key_id = member(doc, "AccessKeyId"),
		.secret = member(doc, "SecretAccessKey"),
		.token = member(doc, "SessionToken"),
		.expiration = member(doc, "Expiration"),
	};

	if (!json_is_integer(version) || json_integer_value(version) != 1)
		return err_set(ei, ERR_PROTOCOL, "the reply of %s does not say \"Version\": 1",
			       origin);
	if (expiration != NULL && !json_is_string(expiration) && !json_is_null(expiration))
		return err_set(ei, ERR_PROTOCOL, "the Expiration in the reply of %s is no text",
			       origin);
	return make(&k, origin, ret, ei);
}

typedef int take_fn(const json_t *doc, const char *origin, struct aws_credentials **ret,
		    struct errinfo *ei);

static int parse_document(struct slice body, take_fn *take, const char *origin,
			  struct aws_credentials **ret, struct errinfo *ei)
{
	json_error_t why;
	json_t *doc =
		json_loadb(body.p != NULL ? body.p : "", body.len, JSON_REJECT_DUPLICATES, &why);
	int err;

	if (!json_is_object(doc)) {
		err = doc == NULL && json_error_code(&why) == json_error_out_of_memory
			      ? ERR_NOMEM
			      : ERR_PROTOCOL;
		json_decref(doc);
		return err_set(ei, err, "the reply of %s is no JSON object", origin);
	}
	err = take(doc, origin, ret, ei);
	wipe_member(doc, "SecretAccessKey");
	wipe_member(doc, "Token");
	wipe_member(doc, "SessionToken");
	json_decref(doc);
	return err;
}

int aws_keydoc_parse_json(struct slice body, const char *origin, struct aws_credentials **ret,
			  struct errinfo *ei)
{
	return parse_document(body, take_json, origin, ret, ei);
}

int aws_keydoc_parse_process(struct slice output, const char *origin, struct aws_credentials **ret,
			     struct errinfo *ei)
{
	return parse_document(output, take_process, origin, ret, ei);
}

/* Each is at most XML_LEAF_MAX long. */
struct sts_reply {
	struct buf key_id;
	struct buf secret;
	struct buf token;
	struct buf expiration;
};

static int on_keydoc_leaf(void *arg, const char *path, const char *text)
{
	struct sts_reply *r = arg;
	const char *at = strstr(path, "Result/Credentials/");
	struct {
		const char *name;
		struct buf *value;
	} const wanted[] = {
		{"AccessKeyId", &r->key_id},
		{"SecretAccessKey", &r->secret},
		{"SessionToken", &r->token},
		{"Expiration", &r->expiration},
	};
	size_t i;

	if (at == NULL)
		return 0;
	at += strlen("Result/Credentials/");
	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		if (strcmp(at, wanted[i].name) != 0)
			continue;
		return wanted[i].value->len > 0 ? ERR_INVAL : buf_adds(wanted[i].value, text);
	}
	return 0;
}

static struct slice content(const struct buf *b)
{
	return slice_trim((struct slice){buf_str(b), b->len}, STR_SPACE);
}

int aws_keydoc_parse_sts(struct slice body, struct aws_credentials **ret, struct errinfo *ei)
{
	struct sts_reply r = {0};
	struct keys k;
	int err;

	buf_init(&r.key_id, AWS_KEYDOC_MAX);
	buf_init(&r.secret, AWS_KEYDOC_MAX);
	buf_init(&r.token, AWS_KEYDOC_MAX);
	buf_init(&r.expiration, AWS_KEYDOC_MAX);
	err = xml_parse(body, on_keydoc_leaf, &r);
	k = (struct keys){content(&r.key_id), content(&r.secret), content(&r.token),
			  content(&r.expiration)};
	if (err == 0)
		err = make(&k, "STS", ret, ei);
	else if (err != ERR_NOMEM)
		err = err_set(ei, ERR_PROTOCOL, "the reply of STS is not what its manual says");
	buf_fini(&r.key_id);
	buf_fini_secret(&r.secret);
	buf_fini_secret(&r.token);
	buf_fini(&r.expiration);
	return err;
}
