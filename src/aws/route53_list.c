/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "aws/route53_list.h"
#include "aws/aws_head.h"
#include "aws/aws_route53_int.h"
#include "aws/sigv4_canon.h"
#include "aws/xml.h"

enum {
	PATH_SIZE = 96,
	QUERY_MAX = 4096,
	VALUES_MAX = 4 * 1024 * 1024,
};

#define ROOT "ListResourceRecordSetsResponse/"
#define SET  ROOT "ResourceRecordSets/ResourceRecordSet/"
static const char operation[] = "ListResourceRecordSets";

/* The record set that is being read; one begins with its name. */
struct current {
	char name[AWS_ROUTE53_SET_NAME_SIZE];
	char type[16];
	uint32_t ttl;
	size_t n_values;
	bool is_alias;
	bool is_routed;
};

struct listing {
	aws_route53_set_fn *each;
	aws_route53_page_fn *done;
	void *arg;
	struct aws_route53_place from;
	struct aws_route53_place next;
	bool is_truncated;
	bool has_end; /* the page said whether it is truncated */
	struct current set;
	struct buf values;
};

static void listing_free(struct listing *l)
{
	buf_fini(&l->values);
	free(l);
}

static void list_finish(struct listing *l, int err, const struct aws_error *error)
{
	l->done(l->arg, err, err == 0 && l->is_truncated ? &l->next : NULL, error);
	listing_free(l);
}

static void finish_with(struct listing *l, int err, const char *what, const char *request_id)
{
	struct aws_error e = {.err = err, .message = ""};

	str_copy(e.request_id, sizeof(e.request_id), slice_of(request_id));
	err_set(&e.why, err, "Route 53 %s: %s", operation, what);
	list_finish(l, err, &e);
}

/* The byte that an escape "\ooo" stands for, or -1. */
static int octal_at(const char *s)
{
	size_t i;
	int byte = 0;

	for (i = 1; i <= 3; i++) {
		if (s[i] < '0' || s[i] > '7')
			return -1;
		byte = byte * 8 + (s[i] - '0');
	}
	return byte;
}

/* In place. Only what cannot change which name it is: "a\056b" is one label, "a.b" would be two. */
static void decode_name(char *name)
{
	char *in = name, *out = name;

	while (*in != '\0') {
		int byte = *in == '\\' ? octal_at(in) : -1;

		if (byte > ' ' && byte < 0x7f && byte != '.' && byte != '\\') {
			*out++ = (char)byte;
			in += 4;
		} else {
			*out++ = *in++;
		}
	}
	*out = '\0';
}

static int end_set(struct listing *l)
{
	const struct aws_route53_set set = {
		.name = l->set.name,
		.type = l->set.type,
		.ttl = l->set.ttl,
		.n_values = l->set.n_values,
		.values = buf_str(&l->values),
		.is_alias = l->set.is_alias,
		.is_routed = l->set.is_routed,
	};

	if (l->set.name[0] == '\0')
		return 0;
	if (l->set.type[0] == '\0')
		return ERR_PROTOCOL;
	l->each(l->arg, &set);
	return 0;
}

static int begin_set(struct listing *l, const char *name)
{
	int err = end_set(l);

	memset(&l->set, 0, sizeof(l->set));
	buf_reset(&l->values);
	if (err != 0 || name[0] == '\0' ||
	    str_copy(l->set.name, sizeof(l->set.name), slice_of(name)) != 0)
		return ERR_PROTOCOL;
	decode_name(l->set.name);
	return 0;
}

static int take_ttl(struct listing *l, const char *text)
{
	uint64_t ttl;

	if (str_parse_uint(slice_of(text), ROUTE53_TTL_MAX, &ttl) != 0)
		return ERR_PROTOCOL;
	l->set.ttl = (uint32_t)ttl;
	return 0;
}

/* What a set has besides name, type, TTL and values makes it one of a policy, an alias, or has no
 * meaning here (HealthCheckId). */
static int take_of_set(struct listing *l, const char *what, const char *text)
{
	if (strcmp(what, "Name") == 0)
		return begin_set(l, text);
	if (l->set.name[0] == '\0')
		return ERR_PROTOCOL;
	if (strcmp(what, "Type") == 0)
		return str_copy(l->set.type, sizeof(l->set.type), slice_of(text));
	if (strcmp(what, "TTL") == 0)
		return take_ttl(l, text);
	if (strcmp(what, "ResourceRecords/ResourceRecord/Value") == 0) {
		l->set.n_values++;
		return buf_add(&l->values, text, strlen(text) + 1);
	}
	if (strncmp(what, "AliasTarget/", strlen("AliasTarget/")) == 0)
		l->set.is_alias = true;
	else if (strcmp(what, "SetIdentifier") == 0 || strcmp(what, "TrafficPolicyInstanceId") == 0)
		l->set.is_routed = true;
	return 0;
}

static int on_list_leaf(void *arg, const char *path, const char *text)
{
	struct listing *l = arg;

	if (strncmp(path, SET, strlen(SET)) == 0)
		return take_of_set(l, path + strlen(SET), text);
	if (strcmp(path, ROOT "IsTruncated") == 0) {
		l->is_truncated = strcmp(text, "true") == 0;
		l->has_end = l->is_truncated || strcmp(text, "false") == 0;
		return 0;
	}
	if (strcmp(path, ROOT "NextRecordName") == 0)
		return str_copy(l->next.name, sizeof(l->next.name), slice_of(text));
	if (strcmp(path, ROOT "NextRecordType") == 0)
		return str_copy(l->next.type, sizeof(l->next.type), slice_of(text));
	if (strcmp(path, ROOT "NextRecordIdentifier") == 0)
		return str_copy(l->next.identifier, sizeof(l->next.identifier), slice_of(text));
	return 0;
}

/* NULL, or what is wrong with the page. *ret_err is then set. */
static const char *read_page(struct listing *l, struct slice body, int *ret_err)
{
	int err;

	memset(&l->next, 0, sizeof(l->next));
	memset(&l->set, 0, sizeof(l->set));
	l->is_truncated = l->has_end = false;
	err = xml_parse(body, on_list_leaf, l);
	if (err == 0)
		err = end_set(l);
	*ret_err = err == ERR_NOMEM ? err : ERR_PROTOCOL;
	if (err != 0)
		return err == ERR_NOMEM ? err_str(err) : "the reply is no listing";
	if (!l->has_end)
		return "the reply does not tell whether it is the last";
	if (!l->is_truncated)
		return NULL;
	if (l->next.name[0] == '\0' || l->next.type[0] == '\0')
		return "the reply does not tell where the next one begins";
	if (memcmp(&l->next, &l->from, sizeof(l->next)) == 0)
		return "the next page would be the same again";
	return NULL;
}

static void on_list_page(void *arg, const struct fetch_transfer_reply *reply,
			 const struct aws_error *error)
{
	struct listing *l = arg;
	const char *problem;
	int err = 0;

	if (error != NULL) {
		list_finish(l, error->err, error);
		return;
	}
	problem = read_page(l, reply->body, &err);
	if (problem != NULL)
		finish_with(l, err, problem, aws_head_of(reply)->request_id);
	else
		list_finish(l, 0, NULL);
}

static void add_parameter(struct buf *out, const char *name, const char *value)
{
	if (value[0] == '\0')
		return;
	buf_addf(out, "&%s=", name);
	sigv4_add_encoded(out, slice_of(value));
}

static int start_page(struct aws_route53 *r, const char *zone_id, unsigned max_sets,
		      struct listing *l)
{
	struct aws_call_request req = {.operation = operation};
	struct buf path, query;
	int err;

	buf_init(&path, PATH_SIZE);
	buf_init(&query, QUERY_MAX);
	buf_addf(&path, "/2013-04-01/hostedzone/%s/rrset", zone_id);
	buf_addf(&query, "maxitems=%u", max_sets);
	add_parameter(&query, "name", l->from.name);
	add_parameter(&query, "type", l->from.type);
	add_parameter(&query, "identifier", l->from.identifier);
	req.path = buf_str(&path);
	req.query = buf_str(&query);
	err = buf_err(&path) != 0 ? buf_err(&path) : buf_err(&query);
	if (err == 0)
		err = aws_call_start(&r->state, &req, on_list_page, l);
	buf_fini(&query);
	buf_fini(&path);
	return err;
}

int aws_route53_list_page(struct aws_route53 *r, const char *hosted_zone_id,
			  const struct aws_route53_place *from, unsigned max_sets,
			  aws_route53_set_fn *each, aws_route53_page_fn *done, void *arg)
{
	struct listing *l = calloc(1, sizeof(*l));
	char id[AWS_ROUTE53_ID_SIZE];
	int err;

	if (l == NULL)
		return ERR_NOMEM;
	l->from = *from;
	l->each = each;
	l->done = done;
	l->arg = arg;
	buf_init(&l->values, VALUES_MAX);
	err = route53_take_id(id, hosted_zone_id);
	if (err == 0)
		err = start_page(r, id, max_sets, l);
	if (err != 0)
		listing_free(l);
	return err;
}
