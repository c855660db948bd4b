/* SPDX-License-Identifier: BSD-2-Clause
 * GetHostedZone. */
#include "aws/route53_zone.h"

#include <stdlib.h>
#include <string.h>

#include "aws/fault.h"
#include "aws/aws_route53_int.h"
#include "aws/xml.h"

enum { PATH_SIZE = 96 };

#define OPERATION "GetHostedZone"

struct pending {
	aws_route53_zone_fn *done;
	void *arg;
};

static int take_name_server(struct aws_route53_zone *zone, const char *text)
{
	if (zone->n_ns == AWS_ROUTE53_NS_MAX)
		return ERR_LIMIT;
	return str_copy(zone->ns[zone->n_ns++], AWS_ROUTE53_NAME_SIZE, slice_of(text));
}

static int on_get_zone_leaf(void *arg, const char *path, const char *text)
{
	static const char root[] = "GetHostedZoneResponse/";
	struct aws_route53_zone *zone = arg;
	uint64_t n;

	if (strncmp(path, root, sizeof(root) - 1) != 0)
		return 0;
	path += sizeof(root) - 1;
	if (strcmp(path, "HostedZone/Name") == 0)
		return str_copy(zone->name, sizeof(zone->name), slice_of(text));
	if (strcmp(path, "DelegationSet/NameServers/NameServer") == 0)
		return take_name_server(zone, text);
	if (strcmp(path, "HostedZone/Config/PrivateZone") == 0)
		zone->is_private = strcmp(text, "true") == 0;
	if (strcmp(path, "HostedZone/ResourceRecordSetCount") == 0 &&
	    str_parse_uint(slice_of(text), SIZE_MAX, &n) == 0)
		zone->n_sets = (size_t)n;
	return 0;
}

static void get_zone_parse_reply(const struct pending *p, const struct fetch_transfer_reply *reply)
{
	struct aws_error e;
	struct aws_route53_zone zone = {.name = ""};
	int err = xml_parse(reply->body, on_get_zone_leaf, &zone);

	if (err == 0 && zone.name[0] != '\0') {
		p->done(p->arg, 0, &zone, NULL);
		return;
	}
	aws_fault_misread(reply, "Route 53 " OPERATION, err, "the reply describes no zone", &e);
	p->done(p->arg, e.err, NULL, &e);
}

static void on_get_zone_done(void *arg, const struct fetch_transfer_reply *reply,
			     const struct aws_error *error)
{
	struct pending *p = arg;

	if (error != NULL)
		p->done(p->arg, error->err, NULL, error);
	else
		get_zone_parse_reply(p, reply);
	free(p);
}

int aws_route53_get_zone(struct aws_route53 *r, const char *hosted_zone_id,
			 aws_route53_zone_fn *done, void *arg)
{
	struct aws_call_request req = {.operation = OPERATION, .query = ""};
	struct pending *p = calloc(1, sizeof(*p));
	char id[AWS_ROUTE53_ID_SIZE];
	struct buf path;
	int err;

	if (p == NULL)
		return ERR_NOMEM;
	p->done = done;
	p->arg = arg;
	buf_init(&path, PATH_SIZE);
	err = route53_take_id(id, hosted_zone_id);
	if (err == 0)
		err = buf_addf(&path, "/2013-04-01/hostedzone/%s", id);
	req.path = buf_str(&path);
	if (err == 0)
		err = aws_call_start(&r->state, &req, on_get_zone_done, p);
	buf_fini(&path);
	if (err != 0)
		free(p);
	return err;
}
