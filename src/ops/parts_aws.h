/* SPDX-License-Identifier: BSD-2-Clause
 * What this room has for AWS. Only what stands in the table is reached from elsewhere, so that a
 * build can do without the files. */
#ifndef MOORING_OPS_PARTS_AWS_H
#define MOORING_OPS_PARTS_AWS_H

#include <stdbool.h>

#include "base/err.h"

struct backend_zone;
struct backends;
struct conf;
struct conf_notify;
struct fqdn;
struct notify_target;
struct uv_loop_s;
struct walls_places;

/* See ops/backends_aws.h and ops/walls_aws.h. */
struct parts_aws {
	int (*open_store)(struct uv_loop_s *loop, const struct conf *conf,
			  const struct fqdn *default_zone, struct backends *b, struct errinfo *ei);
	int (*open_zone)(struct uv_loop_s *loop, const struct conf *conf, struct backends *b,
			 struct backend_zone *z, struct errinfo *ei);
	int (*open_sns)(struct uv_loop_s *loop, const struct conf *conf,
			const struct conf_notify *c, struct backends *b, struct notify_target **ret,
			struct errinfo *ei);
	void (*close)(struct backends *b);
	bool (*collect_walls)(const struct conf *conf, const char *const *env,
			      struct walls_places *p);
};

/* NULL: this build has no AWS (configure --without-aws). */
extern const struct parts_aws *const parts_aws;

#endif
