/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/request.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/container_of.h"
#include "base/mailbox.h"
#include "base/wiping.h"
#include "dyndns/reply.h"
#include "engine/engine.h"
#include "http/admin.h"
#include "http/challenge.h"
#include "http/conninfo.h"
#include "http/endpoints.h"
#include "http/head.h"
#include "http/conn_table.h"
#include "http/refused.h"
#include "http/respond.h"
#include "http/target.h"
#include "http/workarounds.h"

enum request_state {
	REQUEST_NEW,	  /* head not seen */
	REQUEST_BODY,	  /* body coming, or complete */
	REQUEST_WAITING,  /* suspended: it belongs to the core thread */
	REQUEST_ANSWERED, /* resumed: the answer is there */
	REQUEST_REFUSED,  /* by its head alone: no body is read */
};

struct request {
	struct mail mail; /* must be the first member: on_request_mail() casts it back */
	struct request_context *context;
	struct MHD_Connection *connection;
	struct conn *conn;
	enum request_state state;
	struct head head;
	struct addr client; /* the peer, or whom a trusted proxy speaks for */
	struct target target;
	enum method method;
	size_t body_len;
	char *body; /* head.body_len bytes; owned */
	struct engine_request update;
	struct dyndns_answer answer;
	size_t raw_len;
	char raw[]; /* the target as it was sent, and a NUL */
};

/* The target as it was sent. */
static void copy_target(struct request *r, const char *target, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		r->raw[i] = target[i] == SCREEN_QUESTION_MARK ? '?' : target[i];
	r->raw[len] = '\0';
	r->raw_len = len;
}

void *request_begin(void *context, const char *target, struct MHD_Connection *c)
{
	struct conn *conn = conninfo_conn(c);
	size_t len = target != NULL ? strlen(target) : 0;
	struct request *r;

	if (conn == NULL || !workaround_is_screened(conn))
		return NULL;
	r = malloc(sizeof(*r) + len + 1);
	if (r == NULL)
		return NULL;
	/* Clear the first members only: query and answer are kilobytes, and filled before they are
	 * read. */
	memset(r, 0, offsetof(struct request, update));
	r->context = context;
	r->connection = c;
	r->conn = conn;
	copy_target(r, target, len);
	conn->requests++;
	conn_table_enter(r->context->conns, conn, CONN_HEAD, clock_mono_ms());
	return r;
}

static void read_target(struct request *r, struct slice raw)
{
	const struct request_context *g = r->context;
	bool is_challenge;

	if (g->admin != NULL) {
		target_parse_admin(raw, &r->target);
		return;
	}
	target_parse(raw, r->head.host, &r->target);
	is_challenge = r->target.endpoint == ENDPOINT_CHALLENGE;
	if (is_challenge ? g->acme_webroot == NULL : g->challenges_only)
		r->target.endpoint = ENDPOINT_NONE;
}

static uint64_t next_id(struct front *f)
{
	return atomic_fetch_add(&f->next_id, 1) + 1;
}

/* An update that is refused has a log line with the reason. */
static void log_refused(struct request *r, struct refused *line)
{
	struct front *f = r->context->front;

	if (r->target.endpoint != ENDPOINT_UPDATE)
		return;
	line->id = r->state == REQUEST_WAITING ? r->update.id : next_id(f);
	line->client = &r->client;
	line->agent = r->head.user_agent;
	refused_log(f->refused, line, clock_mono_ms());
}

static void log_fixed(struct request *r, enum fixed what, const char *reason, struct slice user)
{
	log_refused(r, &(struct refused){.verdict = fixed_body(what),
					 .status = fixed_status(what),
					 .reason = reason,
					 .user = user});
}

void request_end(void *context, struct MHD_Connection *c, void **request,
		 enum MHD_RequestTerminationCode how)
{
	struct request *r = *request;
	const struct request_context *g = context;

	(void)c;
	if (r == NULL)
		return;
	*request = NULL;
	r->conn->holds_back = false;
	if (how == MHD_REQUEST_TERMINATED_COMPLETED_OK)
		conn_table_enter(g->conns, r->conn, CONN_IDLE, clock_mono_ms());
	explicit_bzero(&r->update.credentials, sizeof(r->update.credentials));
	explicit_bzero(r->raw, r->raw_len); /* some clients put a password there */
	screen_forget(&r->conn->screen);
	if (r->body != NULL)
		explicit_bzero(r->body, r->body_len);
	free(r->body);
	free(r);
	wiping_stack();
}

static bool may_keep(const struct request *r)
{
	const struct front *f = r->context->front;

	return r->head.keep_alive && r->conn->requests < f->keepalive_requests &&
	       !atomic_load(&f->draining) && !atomic_load(&r->conn->is_hurried);
}

static void request_enter(struct request *r, enum conn_phase phase)
{
	conn_table_enter(r->context->conns, r->conn, phase, clock_mono_ms());
}

static enum MHD_Result request_refuse(struct request *r, enum fixed what, const char *reason)
{
	request_enter(r, CONN_REPLY);
	log_fixed(r, what, reason, slice_of(NULL));
	r->state = REQUEST_REFUSED;
	return respond_fixed(r->context->front->responses, r->connection, what, false);
}

static void on_proxy_line(void *arg, struct slice value)
{
	forwarded_take(arg, value);
}

/* A proxy that names nobody leaves the client unknown. */
static struct addr ask_proxy(struct request *r)
{
	const struct forwarded_trust *trust = &r->context->front->trust;
	struct forwarded f;

	forwarded_begin(&f, trust);
	head_each(r->connection, forwarded_header_name(trust->header), on_proxy_line, &f);
	/* One that names itself has heard from nobody. */
	if (addr_equal(&f.client, &r->conn->peer))
		f.client = (struct addr){.family = ADDR_NONE};
	return f.client;
}

/* libmicrohttpd's first call for a request, after its head. When a request is refused here, the
 * library reads no further and closes the connection. Every other reply is queued in the last call:
 * one that is sent while the body is still coming would be lost. */
static enum MHD_Result request_open(struct request *r, const char *method)
{
	static const struct {
		enum fixed what;
		const char *reason;
	} refusals[] = {
		[SCREEN_BAD] = {FIXED_BAD_REQUEST, "the request head is malformed"},
		[SCREEN_BODY_TOO_LARGE] = {FIXED_TOO_LARGE, "the body is longer than 4096 bytes"},
		[SCREEN_HEAD_TOO_LARGE] = {FIXED_HEAD_TOO_LARGE, "the request head is too large"},
		[SCREEN_VERSION] = {FIXED_VERSION, "the HTTP version is not known"},
	};
	const struct forwarded_trust *trust = &r->context->front->trust;
	const struct screen *screen = &r->conn->screen;

	r->client = r->conn->peer;
	if (screen->verdict != SCREEN_OK && screen->heads == r->conn->requests) {
		read_target(r, (struct slice){.p = screen->target, .len = screen->target_len});
		return request_refuse(r, refusals[screen->verdict].what,
				      refusals[screen->verdict].reason);
	}
	head_read(r->connection, &r->head);
	read_target(r, (struct slice){.p = r->raw, .len = r->raw_len});
	/* Whoever sends the bytes of a connection that says not whose they are may have written the
	 * headers, too: these name nobody. */
	if (r->conn->proxied.is_nameless)
		r->client = (struct addr){0};
	else if (forwarded_is_trusted(trust, &r->conn->peer))
		r->client = ask_proxy(r);
	r->method = method_parse(method);
	if (r->head.body_len > 0) {
		r->body = malloc(r->head.body_len);
		if (r->body == NULL)
			return MHD_NO;
		request_enter(r, CONN_BODY);
	}
	r->state = REQUEST_BODY;
	return MHD_YES;
}

static enum MHD_Result take_body(struct request *r, const char *data, size_t *data_len)
{
	if (*data_len > r->head.body_len - r->body_len)
		return MHD_NO;
	memcpy(r->body + r->body_len, data, *data_len);
	r->body_len += *data_len;
	*data_len = 0;
	return MHD_YES;
}

/* Core thread. */
static void on_request_answer(void *arg, const struct dyndns_answer *answer)
{
	struct request *r = arg;
	struct front *f = r->context->front;
	struct MHD_Connection *c = r->connection;

	r->answer = *answer;
	r->state = REQUEST_ANSWERED;
	MHD_resume_connection(c);
	/* The pool thread may have freed r by now. */
	atomic_fetch_sub(&f->crossing, 1);
}

/* Core thread: answered without the engine. */
static void answer_911(struct request *r, const char *reason)
{
	struct dyndns_answer refusal;

	log_fixed(r, FIXED_911, reason, slice_of(r->update.credentials.user));
	dyndns_answer_one(&refusal, DYNDNS_911);
	on_request_answer(r, &refusal);
}

/* Core thread. While closing, the engine may be freed already. */
static void on_request_mail(struct mail *m)
{
	struct request *r = (struct request *)m;
	struct front *f = r->context->front;

	if (atomic_load(&f->closing))
		answer_911(r, "the daemon stops");
	else if (atomic_load(&r->conn->is_hurried))
		answer_911(r, "another connection needed its place");
	else
		engine_update(f->engine, &r->update, on_request_answer, r);
}

/* Core thread. What is not posted yet is answered when it arrives. */
static void on_hurried_mail(struct mail *m)
{
	struct request_context *g = CONTAINER_OF(m, struct request_context, hurried);
	uint64_t id;

	atomic_store(&g->is_posted, false);
	while (conn_table_take_hurried(g->conns, &id))
		if (!atomic_load(&g->front->closing))
			engine_hurry(g->front->engine, id);
}

void request_hurry(void *context)
{
	struct request_context *g = context;

	if (!atomic_exchange(&g->is_posted, true))
		mailbox_post(g->front->mailbox, &g->hurried, on_hurried_mail);
}

static enum MHD_Result request_suspend(struct request *r)
{
	struct front *f = r->context->front;

	atomic_fetch_add(&f->crossing, 1);
	if (atomic_load(&f->closing)) {
		atomic_fetch_sub(&f->crossing, 1);
		return request_refuse(r, FIXED_911, "the daemon stops");
	}
	r->update.peer = r->client;
	r->update.agent = r->head.user_agent;
	r->update.id = next_id(f);
	r->state = REQUEST_WAITING;
	r->conn->holds_back = true;
	conn_table_wait(r->context->conns, r->conn, r->update.id);
	MHD_suspend_connection(r->connection);
	mailbox_post(f->mailbox, &r->mail, on_request_mail);
	return MHD_YES;
}

/* libmicrohttpd's last call: the request is complete. */
static enum MHD_Result request_run(struct request *r)
{
	struct call call = {
		.method = r->method,
		.query = r->target.query,
		.authorization = r->head.authorization,
		.query_login = r->context->query_login,
		.body = {.type = r->head.content_type,
			 .encoding = r->head.content_encoding,
			 .bytes = {.p = r->body, .len = r->body_len}},
		.peer = &r->client,
		.update = &r->update,
	};
	struct front *f = r->context->front;
	struct outcome out;
	struct slice user;

	if (r->context->admin != NULL) {
		request_enter(r, CONN_REPLY);
		return admin_respond(r->context->admin, f->responses, r->connection,
				     r->target.endpoint, r->method, may_keep(r));
	}
	if (r->target.endpoint == ENDPOINT_CHALLENGE) {
		request_enter(r, CONN_REPLY);
		return challenge_respond(r->context->acme_webroot, r->target.token, r->method,
					 f->responses, r->connection, may_keep(r));
	}
	endpoint_run(r->target.endpoint, &call, &out);
	if (out.kind == OUTCOME_UPDATE)
		return request_suspend(r);
	request_enter(r, CONN_REPLY);
	if (out.kind == OUTCOME_FIXED) {
		user.len = out.why.user_len;
		user.p = user.len > 0 ? out.why.user : NULL;
		log_fixed(r, out.fixed, out.why.reason, user);
		return respond_fixed(f->responses, r->connection, out.fixed, may_keep(r));
	}
	return respond_text(r->connection, MHD_HTTP_OK, out.type, slice_of(out.text), may_keep(r));
}

static enum MHD_Result request_finish(struct request *r)
{
	struct front *f = r->context->front;
	struct dyndns_reply reply;

	if (dyndns_answer_is_to_login(&r->answer) && addr_is_set(&r->client))
		conn_table_logged_in(r->context->conns, r->conn, &r->client, clock_mono_ms());
	request_enter(r, CONN_REPLY);
	explicit_bzero(&r->update.credentials, sizeof(r->update.credentials));
	dyndns_render(&r->answer, f->retry_after_s, &reply);
	return respond_dyndns(f->responses, r->connection, &reply, may_keep(r));
}

enum MHD_Result request_handle(void *context, struct MHD_Connection *c, const char *url,
			       const char *method, const char *version, const char *data,
			       size_t *data_len, void **request)
{
	struct request *r = *request;

	(void)context;
	(void)c;
	(void)url;
	(void)version;
	if (r == NULL)
		return MHD_NO;
	switch (r->state) {
	case REQUEST_NEW:
		return request_open(r, method);
	case REQUEST_BODY:
		return *data_len > 0 ? take_body(r, data, data_len) : request_run(r);
	case REQUEST_ANSWERED:
		return request_finish(r);
	case REQUEST_WAITING:
	case REQUEST_REFUSED:
		break;
	}
	return MHD_NO;
}
