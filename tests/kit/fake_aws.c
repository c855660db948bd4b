/* SPDX-License-Identifier: BSD-2-Clause */
#include "kit/fake_aws.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aws/client.h"
#include "aws/client_int.h"
#include "aws/crc32.h"
#include "aws/aws_route53.h"
#include "aws/service.h"
#include "aws/sigv4.h"
#include "base/buf.h"
#include "base/clock.h"

enum {
	REQUEST_MAX = 8 * 1024 * 1024,
	REPLY_MAX = 8 * 1024 * 1024,
	RUN_MS = 10000,
	CONNS_MAX = 128
};

struct fake_aws_conn {
	struct fake_aws *kit;
	LIST_ENTRY(fake_aws_conn) link;
	uv_tcp_t tcp;
	uv_write_t write;
	struct buf in;
	struct buf out;
	bool is_used;
	bool close_after;
};

static const char *const fake_aws_env[] = {
	"AWS_ACCESS_KEY_ID=" FAKE_AWS_KEY, "AWS_SECRET_ACCESS_KEY=" FAKE_AWS_SECRET,
	"AWS_SESSION_TOKEN=" FAKE_AWS_TOKEN, "AWS_REGION=eu-west-1", NULL};

void fake_aws_must(bool ok)
{
	if (!ok)
		abort();
}

static void on_conn_closed(uv_handle_t *handle)
{
	struct fake_aws_conn *c = handle->data;

	buf_fini(&c->in);
	buf_fini(&c->out);
	c->is_used = false;
}

static void conn_close(struct fake_aws_conn *c)
{
	if (uv_is_closing((uv_handle_t *)&c->tcp))
		return;
	LIST_REMOVE(c, link);
	uv_close((uv_handle_t *)&c->tcp, on_conn_closed);
}

static void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *ret)
{
	static char chunk[65536];

	(void)handle;
	(void)size;
	*ret = uv_buf_init(chunk, sizeof(chunk));
}

/* The length of the first whole request in in, 0 when it is not whole. */
static size_t request_len(const struct buf *in)
{
	const char *end = strstr(buf_str(in), "\r\n\r\n"), *line;
	size_t head, body = 0;

	if (end == NULL)
		return 0;
	head = (size_t)(end - in->data) + 4;
	line = strcasestr(in->data, "\r\nContent-Length:");
	if (line != NULL && line < end)
		body = strtoul(line + 17, NULL, 10);
	return in->len >= head + body ? head + body : 0;
}

static void on_written(uv_write_t *write, int status)
{
	struct fake_aws_conn *c = write->data;

	if (status < 0 || c->close_after)
		conn_close(c);
}

static void write_reply(struct fake_aws_conn *c, const struct fake_aws_reply *r)
{
	const char *body = r->body != NULL ? r->body : "";
	uint32_t crc = aws_crc32(slice_of(body)) + (r->bad_crc ? 1 : 0);
	uv_buf_t piece;

	buf_reset(&c->out);
	if (r->status == 0)
		buf_adds(&c->out, r->raw);
	else
		buf_addf(&c->out,
			 "HTTP/1.1 %d X\r\nContent-Length: %zu\r\nx-amz-crc32: %u\r\n%s\r\n%s",
			 r->status, strlen(body), (unsigned)crc,
			 r->headers != NULL ? r->headers : "", body);
	c->close_after = r->status == 0 || r->cut_at > 0;
	if (r->cut_at > 0 && r->cut_at < c->out.len)
		c->out.len = r->cut_at;
	piece = uv_buf_init((char *)(uintptr_t)buf_str(&c->out), (unsigned)c->out.len);
	c->write.data = c;
	if (c->out.err != 0) {
		conn_close(c);
		return;
	}
	fake_aws_must(uv_write(&c->write, (uv_stream_t *)&c->tcp, &piece, 1, on_written) == 0);
}

static void answer(struct fake_aws_conn *c, size_t len)
{
	struct fake_aws *k = c->kit;
	size_t i = k->n_requests < k->n_script ? k->n_requests : k->n_script - 1;

	if (k->n_requests < FAKE_AWS_REQUESTS_MAX)
		k->requests[k->n_requests] = strndup(c->in.data, len);
	k->n_requests++;
	buf_reset(&c->in);
	if (k->script[i].status != -1)
		write_reply(c, &k->script[i]);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *data)
{
	struct fake_aws_conn *c = stream->data;
	size_t len;

	if (n < 0) {
		conn_close(c);
		return;
	}
	if (buf_add(&c->in, data->base, (size_t)n) != 0) {
		conn_close(c);
		return;
	}
	len = request_len(&c->in);
	if (len > 0)
		answer(c, len);
}

/* Not from the heap: a test that makes allocations fail means the client's. */
static struct fake_aws_conn *take_conn(struct fake_aws *k)
{
	static struct fake_aws_conn pool[CONNS_MAX];
	size_t i;

	for (i = 0; i < CONNS_MAX && pool[i].is_used; i++)
		continue;
	if (i == CONNS_MAX)
		abort();
	memset(&pool[i], 0, sizeof(pool[i]));
	pool[i].is_used = true;
	pool[i].kit = k;
	return &pool[i];
}

static void on_connection(uv_stream_t *server, int status)
{
	struct fake_aws *k = server->data;
	struct fake_aws_conn *c = take_conn(k);

	fake_aws_must(status == 0);
	c->tcp.data = c;
	buf_init(&c->in, REQUEST_MAX);
	buf_init(&c->out, REPLY_MAX);
	fake_aws_must(uv_tcp_init(&k->loop, &c->tcp) == 0);
	fake_aws_must(uv_accept(server, (uv_stream_t *)&c->tcp) == 0);
	LIST_INSERT_HEAD(&k->conns, c, link);
	k->n_connections++;
	fake_aws_must(uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read) == 0);
}

void fake_aws_script(struct fake_aws *k, const struct fake_aws_reply *script, size_t n_script)
{
	while (k->n_requests > 0)
		if (--k->n_requests < FAKE_AWS_REQUESTS_MAX)
			free(k->requests[k->n_requests]);
	k->script = script;
	k->n_script = n_script;
}

void fake_aws_listen(struct fake_aws *k, const struct fake_aws_reply *script, size_t n_script)
{
	struct sockaddr_in addr;
	int len = sizeof(addr);

	memset(k, 0, sizeof(*k));
	fake_aws_script(k, script, n_script);
	ck_assert_int_eq(uv_loop_init(&k->loop), 0);
	ck_assert_int_eq(uv_tcp_init(&k->loop, &k->server), 0);
	k->server.data = k;
	ck_assert_int_eq(uv_ip4_addr("127.0.0.1", 0, &addr), 0);
	ck_assert_int_eq(uv_tcp_bind(&k->server, (struct sockaddr *)&addr, 0), 0);
	ck_assert_int_eq(uv_listen((uv_stream_t *)&k->server, 128, on_connection), 0);
	ck_assert_int_eq(uv_tcp_getsockname(&k->server, (struct sockaddr *)&addr, &len), 0);
	snprintf(k->host, sizeof(k->host), "127.0.0.1:%u", ntohs(addr.sin_port));
	snprintf(k->url, sizeof(k->url), "http://%s", k->host);
}

void fake_aws_open_client(struct fake_aws *k, const struct aws_client_conf *conf,
			  const char *const *env)
{
	struct errinfo ei = ERRINFO_INIT;

	ck_assert_msg(aws_client_new_env(&k->loop, conf, env, &k->client, &ei) == 0, "%s", ei.text);
	aws_client_set_ask_delay_ms(k->client, 1);
}

void fake_aws_start(struct fake_aws *k, const struct fake_aws_reply *script, size_t n_script,
		    const struct aws_client_conf *conf)
{
	fake_aws_listen(k, script, n_script);
	fake_aws_open_client(k, conf, fake_aws_env);
}

static void on_credentials(void *arg, int err, struct aws_credentials *creds,
			   const struct errinfo *why)
{
	struct fake_aws_answer *a = arg;

	fake_aws_must((err == 0) == (creds != NULL) && (err == 0) == (why == NULL));
	a->n_done++;
	a->err = err;
	if (creds != NULL)
		a->creds = aws_credentials_ref(creds);
	if (why != NULL)
		a->why = *why;
}

void fake_aws_start_ask(struct fake_aws *k, bool refresh, struct fake_aws_answer *a)
{
	memset(a, 0, sizeof(*a));
	a->wait.done = on_credentials;
	a->wait.arg = a;
	aws_provider_get(k->client->provider, refresh, &a->wait);
}

void fake_aws_ask(struct fake_aws *k, bool refresh, struct fake_aws_answer *a)
{
	fake_aws_start_ask(k, refresh, a);
	fake_aws_run(k, &a->n_done, 1);
}

void fake_aws_write_temp(char *path, const char *text)
{
	int fd = mkstemp(path);
	size_t len = strlen(text);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, len), (int)len);
	ck_assert_int_eq(close(fd), 0);
}

/* The server alone must not keep the loop alive. */
void fake_aws_stop(struct fake_aws *k)
{
	aws_client_close(k->client);
	uv_close((uv_handle_t *)&k->server, NULL);
	while (!LIST_EMPTY(&k->conns))
		conn_close(LIST_FIRST(&k->conns));
	ck_assert_int_eq(uv_run(&k->loop, UV_RUN_DEFAULT), 0);
	ck_assert_int_eq(uv_loop_close(&k->loop), 0);
	fake_aws_script(k, NULL, 0);
}

void fake_aws_run(struct fake_aws *k, const unsigned *n_done, unsigned n)
{
	int64_t deadline_ms = clock_mono_ms() + RUN_MS;

	while (*n_done < n) {
		ck_assert_msg(clock_mono_ms() < deadline_ms, "only %u of %u calls ended", *n_done,
			      n);
		uv_run(&k->loop, UV_RUN_ONCE);
	}
	ck_assert_uint_eq(*n_done, n);
}

const char *fake_aws_header(const struct fake_aws *k, size_t i, const char *name)
{
	static char value[8192];
	char needle[64];
	const char *line;

	ck_assert_uint_lt(i, k->n_requests);
	snprintf(needle, sizeof(needle), "\r\n%s:", name);
	line = strcasestr(k->requests[i], needle);
	value[0] = '\0';
	if (line == NULL || line > strstr(k->requests[i], "\r\n\r\n"))
		return value;
	line += strlen(needle);
	line += strspn(line, " ");
	snprintf(value, sizeof(value), "%.*s", (int)strcspn(line, "\r"), line);
	return value;
}

const char *fake_aws_body(const struct fake_aws *k, size_t i)
{
	ck_assert_uint_lt(i, k->n_requests);
	return strstr(k->requests[i], "\r\n\r\n") + 4;
}

/* The headers that Authorization says are signed, from the bytes that came. */
static size_t take_signed(const struct fake_aws *k, size_t i, char *names,
			  struct fetch_header *headers, char values[][1024])
{
	char *save = NULL, *name;
	size_t n = 0;

	for (name = strtok_r(names, ";", &save); name != NULL; name = strtok_r(NULL, ";", &save)) {
		snprintf(values[n], sizeof(values[n]), "%s", fake_aws_header(k, i, name));
		ck_assert_msg(values[n][0] != '\0', "%s is signed and was not sent", name);
		headers[n] = (struct fetch_header){slice_of(name), slice_of(values[n])};
		n++;
	}
	return n;
}

void fake_aws_assert_signed(const struct fake_aws *k, size_t i, const char *region,
			    const char *service)
{
	struct sigv4_signer signer = {FAKE_AWS_KEY, FAKE_AWS_SECRET, region, service, ""};
	char names[256], values[8][1024], authorization[1024];
	const char *target = strchr(k->requests[i], ' ') + 1;
	struct fetch_header headers[8];
	struct sigv4_request req = {.headers = headers};
	struct buf want;

	req.method = (struct slice){k->requests[i], (size_t)(target - k->requests[i]) - 1};
	req.path = (struct slice){target, strcspn(target, " ?")};
	if (target[req.path.len] == '?')
		req.query = (struct slice){target + req.path.len + 1,
					   strcspn(target + req.path.len + 1, " ")};
	req.body = slice_of(fake_aws_body(k, i));
	snprintf(authorization, sizeof(authorization), "%s",
		 fake_aws_header(k, i, "Authorization"));
	ck_assert_ptr_nonnull(strstr(authorization, "SignedHeaders="));
	snprintf(names, sizeof(names), "%s", strstr(authorization, "SignedHeaders=") + 14);
	names[strcspn(names, ",")] = '\0';
	req.n_headers = take_signed(k, i, names, headers, values);
	snprintf(signer.time, sizeof(signer.time), "%s", fake_aws_header(k, i, "X-Amz-Date"));
	buf_init(&want, 4096);
	ck_assert_int_eq(sigv4_add_authorization(&want, &signer, &req), 0);
	ck_assert_str_eq(authorization, buf_str(&want));
	buf_fini(&want);
}

void fake_aws_take(struct fake_aws_result *r, int err, const struct aws_error *error)
{
	r->n_done++;
	r->err = err;
	if (error == NULL)
		return;
	fake_aws_must(error->err == err && err != 0 && error->message != NULL);
	r->attempts = error->attempts;
	r->status = error->status;
	snprintf(r->code, sizeof(r->code), "%s", error->code);
	snprintf(r->request_id, sizeof(r->request_id), "%s", error->request_id);
	snprintf(r->text, sizeof(r->text), "%s", error->why.text);
	snprintf(r->message, sizeof(r->message), "%s", error->message);
	fake_aws_must(strstr(r->text, FAKE_AWS_SECRET) == NULL &&
		      strstr(r->text, FAKE_AWS_TOKEN) == NULL);
	fake_aws_must(strchr(r->text, '\n') == NULL);
}

static void on_call_done(void *arg, const struct fetch_transfer_reply *reply,
			 const struct aws_error *error)
{
	struct fake_aws_result *r = arg;

	fake_aws_must((reply == NULL) != (error == NULL));
	fake_aws_take(r, error != NULL ? error->err : 0, error);
	if (reply != NULL)
		snprintf(r->body, sizeof(r->body), "%.*s", (int)reply->body.len, reply->body.p);
}

void fake_aws_service_start(struct fake_aws *k, struct aws_service_state *s, unsigned timeout_ms)
{
	struct errinfo ei = ERRINFO_INIT;

	ck_assert_msg(aws_service_init(s, k->client, AWS_SERVICE_DYNAMODB, NULL, k->url, timeout_ms,
				       &ei) == 0,
		      "%s", ei.text);
	s->base_ms = 1;
	aws_client_set_throttle_base_ms(k->client, 1);
}

int fake_aws_start_call(struct aws_service_state *s, struct fake_aws_result *r)
{
	struct aws_call_request req = {.operation = "GetItem",
				       .path = "/",
				       .content_type = "application/x-amz-json-1.0",
				       .target = "DynamoDB_20120810.GetItem"};
	struct buf body;
	int err;

	buf_init(&body, 1024);
	req.body = &body;
	err = buf_adds(&body, "{\"a\":1}");
	if (err == 0)
		err = aws_call_start(s, &req, on_call_done, r);
	buf_fini(&body);
	return err;
}

void fake_aws_call(struct fake_aws *k, struct aws_service_state *s, struct fake_aws_result *r)
{
	memset(r, 0, sizeof(*r));
	ck_assert_int_eq(fake_aws_start_call(s, r), 0);
	ck_assert_uint_eq(r->n_done, 0);
	fake_aws_run(k, &r->n_done, 1);
}

struct aws_route53 *fake_aws_open_route53(struct fake_aws *k)
{
	struct errinfo ei = ERRINFO_INIT;
	struct aws_route53 *r = NULL;

	ck_assert_msg(aws_route53_new(k->client, NULL, k->url, 5000, &r, &ei) == 0, "%s", ei.text);
	aws_client_set_throttle_base_ms(k->client, 1);
	return r;
}
