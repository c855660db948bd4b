/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/admin.h"

#include "base/buf.h"
#include "base/str.h"
#include "http/settings.h"

#define TEXT_PLAIN   "text/plain"
#define TEXT_METRICS "text/plain; version=0.0.4; charset=utf-8"

enum { METRICS_BYTES_MAX = 256 * 1024 }; /* ten times the text of today's metrics */

static enum MHD_Result respond_word(struct MHD_Connection *c, unsigned status, const char *word,
				    bool keep)
{
	return respond_text(c, status, TEXT_PLAIN, slice_of(word), keep);
}

static enum MHD_Result respond_health(const struct http_admin *admin, struct MHD_Connection *c,
				      bool keep)
{
	if (admin->is_alive(admin->arg))
		return respond_word(c, MHD_HTTP_OK, "ok", keep);
	return respond_word(c, MHD_HTTP_SERVICE_UNAVAILABLE, "stuck", keep);
}

static enum MHD_Result respond_ready(const struct http_admin *admin, struct MHD_Connection *c,
				     bool keep)
{
	const char *why = admin->why_not_ready(admin->arg);

	if (why == NULL)
		return respond_word(c, MHD_HTTP_OK, "ready", keep);
	return respond_word(c, MHD_HTTP_SERVICE_UNAVAILABLE, why, keep);
}

/* All metrics or no reply: to a monitor, those that a cut text leaves out look like counters that
 * were reset. */
static enum MHD_Result respond_metrics(const struct http_admin *admin, struct MHD_Connection *c,
				       bool keep)
{
	enum MHD_Result result = MHD_NO;
	struct buf text;

	buf_init(&text, METRICS_BYTES_MAX);
	admin->print_metrics(admin->arg, &text);
	if (buf_err(&text) == 0)
		result = respond_text(c, MHD_HTTP_OK, TEXT_METRICS, slice_of(buf_str(&text)), keep);
	buf_fini(&text);
	return result;
}

enum MHD_Result admin_respond(const struct http_admin *admin, const struct responses *rs,
			      struct MHD_Connection *c, enum endpoint e, enum method method,
			      bool keep)
{
	if (e != ENDPOINT_HEALTH && e != ENDPOINT_READY && e != ENDPOINT_METRICS)
		return respond_fixed(rs, c, FIXED_NOT_FOUND, keep);
	if (method != METHOD_GET && method != METHOD_HEAD)
		return respond_fixed(rs, c, FIXED_METHOD, keep);
	if (e == ENDPOINT_HEALTH)
		return respond_health(admin, c, keep);
	if (e == ENDPOINT_READY)
		return respond_ready(admin, c, keep);
	return respond_metrics(admin, c, keep);
}
