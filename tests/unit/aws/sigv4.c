/* SPDX-License-Identifier: BSD-2-Clause
 * AWS's two official suites and the requests of its reference SDK, byte for byte. */
#include "aws/sigv4.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "kit/aws_vectors.h"
#include "base/err.h"
#include "kit/fake_malloc.h"
#include "kit/unit.h"

enum { TEXT_MAX = 64 * 1024 };

/* A request.txt taken apart in place. */
struct sample {
	char *text;
	struct sigv4_request req;
	struct fetch_header headers[SIGV4_HEADERS_MAX];
	struct sigv4_signer signer;
	char hash[SIGV4_HASH_SIZE];
};

static struct slice from_to(const char *from, const char *to)
{
	return (struct slice){from, (size_t)(to - from)};
}

static void add_header(struct sample *s, struct slice name, struct slice value)
{
	ck_assert_uint_lt(s->req.n_headers, SIGV4_HEADERS_MAX);
	s->headers[s->req.n_headers++] = (struct fetch_header){name, value};
}

/* "Name:value", and lines that begin with a blank belong to the one before. */
static const char *take_header(struct sample *s, const char *line)
{
	const char *colon = strchr(line, ':'), *end = strchr(line, '\n');

	ck_assert_ptr_nonnull(colon);
	while (end != NULL && (end[1] == ' ' || end[1] == '\t'))
		end = strchr(end + 1, '\n');
	if (end == NULL)
		end = line + strlen(line);
	add_header(s, from_to(line, colon), from_to(colon + 1, end));
	return *end == '\n' ? end + 1 : end;
}

/* The target is what stands between the first and the last blank: it is not always valid HTTP. */
static void take_apart(struct sample *s, char *text)
{
	const char *eol = strchr(text, '\n'), *first = strchr(text, ' '), *last, *mark;

	memset(s, 0, sizeof(*s));
	s->text = text;
	s->req.headers = s->headers;
	if (eol == NULL)
		eol = text + strlen(text);
	last = memrchr(text, ' ', (size_t)(eol - text));
	s->req.method = from_to(text, first);
	mark = memchr(first, '?', (size_t)(last - first));
	s->req.path = from_to(first + 1, mark != NULL ? mark : last);
	if (mark != NULL)
		s->req.query = from_to(mark + 1, last);
	if (*eol == '\n')
		eol++;
	while (*eol != '\0' && *eol != '\n')
		eol = take_header(s, eol);
	s->req.body = slice_of(*eol == '\n' ? eol + 1 : eol);
}

static void assert_text(const char *where, const char *what, const struct buf *got,
			const char *want)
{
	size_t len = strlen(want);

	ck_assert_int_eq(got->err, 0);
	while (len > 0 && want[len - 1] == '\n')
		len--;
	ck_assert_msg(got->len == len && memcmp(buf_str(got), want, len) == 0,
		      "%s: %s is\n%s\nnot\n%s", where, what, buf_str(got), want);
}

/* The three stages, and the header when want_authorization is not NULL. */
static void assert_stages(const char *where, const struct sample *s, const char *want_canonical,
			  const char *want_to_sign, const char *want_signature,
			  const char *want_authorization)
{
	struct buf canonical, to_sign, authorization;
	char signature[SIGV4_HASH_SIZE];

	buf_init(&canonical, TEXT_MAX);
	buf_init(&to_sign, TEXT_MAX);
	buf_init(&authorization, TEXT_MAX);
	ck_assert_int_eq(sigv4_add_canonical(&canonical, &s->req), 0);
	assert_text(where, "the canonical request", &canonical, want_canonical);
	sigv4_add_string_to_sign(&to_sign, &s->signer,
				 (struct slice){canonical.data, canonical.len});
	assert_text(where, "the string to sign", &to_sign, want_to_sign);
	if (want_signature != NULL) {
		ck_assert_int_eq(sigv4_sign(&s->signer, (struct slice){to_sign.data, to_sign.len},
					    signature),
				 0);
		ck_assert_msg(strncmp(want_signature, signature, strlen(signature)) == 0,
			      "%s: the signature is %s, not %s", where, signature, want_signature);
	}
	if (want_authorization != NULL) {
		ck_assert_int_eq(sigv4_add_authorization(&authorization, &s->signer, &s->req), 0);
		assert_text(where, "Authorization", &authorization, want_authorization);
	}
	buf_fini(&canonical);
	buf_fini(&to_sign);
	buf_fini(&authorization);
}

static void set_time(struct sigv4_signer *signer, const char *iso)
{
	struct tm tm = {0};

	ck_assert_ptr_nonnull(strptime(iso, "%Y-%m-%dT%H:%M:%SZ", &tm));
	ck_assert_int_eq(sigv4_format_time(timegm(&tm), signer->time), 0);
}

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* ---- the suite of aws-c-auth: each case as a signed header and as a presigned query ---- */

#define NEW_SUITE "sigv4/aws-c-auth/v4"

static void set_context(struct sample *s, const json_t *context)
{
	const json_t *creds = json_object_get(context, "credentials");

	s->signer.key_id = text_of(creds, "access_key_id");
	s->signer.secret = text_of(creds, "secret_access_key");
	s->signer.region = text_of(context, "region");
	s->signer.service = text_of(context, "service");
	s->req.keep_path = !json_is_true(json_object_get(context, "normalize"));
	set_time(&s->signer, text_of(context, "timestamp"));
}

/* NULL when there is none, or it is added after signing. */
static const char *signed_token(const json_t *context)
{
	if (json_is_true(json_object_get(context, "omit_session_token")))
		return NULL;
	return text_of(json_object_get(context, "credentials"), "token");
}

static void check_files(const struct sample *s, const char *dir, const char *kind,
			bool has_authorization)
{
	static const char *const parts[] = {"canonical-request", "string-to-sign", "signature",
					    "signed-request"};
	char *texts[N_ELEMENTS(parts)], path[512];
	char *authorization = NULL;
	size_t i;

	for (i = 0; i < N_ELEMENTS(parts); i++) {
		snprintf(path, sizeof(path), "%s/%s-%s.txt", dir, kind, parts[i]);
		texts[i] = vectors_read(path);
	}
	if (has_authorization) {
		authorization = strstr(texts[3], "Authorization:");
		ck_assert_msg(authorization != NULL, "%s", path);
		authorization += strlen("Authorization:");
		*strchr(authorization, '\n') = '\0';
	}
	assert_stages(dir, s, texts[0], texts[1], texts[2], authorization);
	for (i = 0; i < N_ELEMENTS(parts); i++)
		free(texts[i]);
}

static void check_header_variant(struct sample *s, const char *dir, const json_t *context)
{
	const char *token = signed_token(context);

	add_header(s, slice_of("X-Amz-Date"), slice_of(s->signer.time));
	if (token != NULL)
		add_header(s, slice_of("X-Amz-Security-Token"), slice_of(token));
	if (json_is_true(json_object_get(context, "sign_body"))) {
		sigv4_hash(s->req.body, s->hash);
		add_header(s, slice_of("x-amz-content-sha256"), slice_of(s->hash));
	}
	check_files(s, dir, "header", true);
}

/* The same request with everything about the signature in its query. */
static void check_query_variant(struct sample *s, const char *dir, const json_t *context)
{
	const char *token = signed_token(context);
	struct buf query, part;

	buf_init(&query, TEXT_MAX);
	buf_init(&part, TEXT_MAX);
	buf_add(&query, s->req.query.p, s->req.query.len);
	buf_addf(&query, "&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=%s&X-Amz-Expires=%d",
		 s->signer.time,
		 (int)json_integer_value(json_object_get(context, "expiration_in_seconds")));
	buf_addf(&part, "%s/", s->signer.key_id);
	sigv4_add_scope(&part, &s->signer);
	buf_adds(&query, "&X-Amz-Credential=");
	sigv4_add_encoded(&query, (struct slice){part.data, part.len});
	buf_reset(&part);
	sigv4_add_signed_headers(&part, &s->req);
	buf_adds(&query, "&X-Amz-SignedHeaders=");
	sigv4_add_encoded(&query, (struct slice){part.data, part.len});
	if (token != NULL) {
		buf_adds(&query, "&X-Amz-Security-Token=");
		sigv4_add_encoded(&query, slice_of(token));
	}
	ck_assert_int_eq(query.err, 0);
	s->req.query = (struct slice){query.data, query.len};
	check_files(s, dir, "query", false);
	buf_fini(&query);
	buf_fini(&part);
}

static void check_new_case(char *context_path)
{
	json_t *context = vectors_read_json(context_path);
	char path[512], *text, *copy;
	struct sample s;

	*strrchr(context_path, '/') = '\0';
	snprintf(path, sizeof(path), "%s/request.txt", context_path);
	text = vectors_read(path);
	copy = strdup(text);
	take_apart(&s, text);
	set_context(&s, context);
	check_header_variant(&s, context_path, context);
	take_apart(&s, copy);
	set_context(&s, context);
	check_query_variant(&s, context_path, context);
	free(text);
	free(copy);
	json_decref(context);
}

START_TEST(the_suite_of_aws_c_auth_is_signed_alike)
{
	char **list;
	size_t i, n;

	if (!vectors_have(NEW_SUITE))
		return;
	list = vectors_list(NEW_SUITE "/*/context.json", &n);
	ck_assert_uint_eq(n, 38);
	for (i = 0; i < n; i++)
		check_new_case(list[i]);
	vectors_free_list(list, n);
}
END_TEST

/* ---- the classic suite ---- */

#define CLASSIC_SUITE "sigv4/aws4_testsuite-classic"

static char *sibling(const char *req_path, const char *suffix)
{
	char path[512];
	size_t len = strlen(req_path) - strlen(".req");

	snprintf(path, sizeof(path), "%.*s%s", (int)len, req_path, suffix);
	return vectors_read(path);
}

/* A token of the credentials shows in the signed request alone; "header-after" does not sign it. */
static void add_classic_token(struct sample *s, const char *sreq, const char *creq)
{
	static const char name[] = "X-Amz-Security-Token";
	const char *line = strstr(sreq, name);

	if (line == NULL || strstr(s->text, name) != NULL ||
	    strstr(creq, "x-amz-security-token") == NULL)
		return;
	line += sizeof(name);
	add_header(s, slice_of(name), from_to(line, strchr(line, '\n')));
}

static void check_classic_case(const char *req_path)
{
	char *text = vectors_read(req_path), *creq = sibling(req_path, ".creq");
	char *sts = sibling(req_path, ".sts"), *authz = sibling(req_path, ".authz");
	char *sreq = sibling(req_path, ".sreq");
	struct sample s;

	take_apart(&s, text);
	add_classic_token(&s, sreq, creq);
	s.signer.key_id = "AKIDEXAMPLE";
	s.signer.secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
	s.signer.region = "us-east-1";
	s.signer.service = "service";
	set_time(&s.signer, "2015-08-30T12:36:00Z");
	assert_stages(req_path, &s, creq, sts, NULL, authz);
	free(text);
	free(creq);
	free(sts);
	free(authz);
	free(sreq);
}

START_TEST(the_classic_suite_is_signed_alike)
{
	static const char *const patterns[] = {CLASSIC_SUITE "/*/*.req",
					       CLASSIC_SUITE "/*/*/*.req"};
	size_t i, k, n, total = 0;
	char **list;

	if (!vectors_have(CLASSIC_SUITE))
		return;
	for (k = 0; k < N_ELEMENTS(patterns); k++) {
		list = vectors_list(patterns[k], &n);
		for (i = 0; i < n; i++)
			check_classic_case(list[i]);
		vectors_free_list(list, n);
		total += n;
	}
	ck_assert_uint_eq(total, 34);
}
END_TEST

/* ---- what the reference SDK sends for our services ---- */

static void check_golden_case(const json_t *c)
{
	const json_t *creds = json_object_get(c, "credentials");
	const char *url = text_of(c, "url"), *host = strstr(url, "://") + 3;
	const char *path = strchr(host, '/'), *mark = strchr(path, '?'), *name;
	json_t *value;
	struct sample s = {0};

	s.req.headers = s.headers;
	s.req.method = slice_of(text_of(c, "method"));
	s.req.path = mark != NULL ? from_to(path, mark) : slice_of(path);
	s.req.query = slice_of(mark != NULL ? mark + 1 : NULL);
	s.req.body = slice_of(text_of(c, "body"));
	add_header(&s, slice_of("Host"), from_to(host, path));
	json_object_foreach(json_object_get(c, "headers"), name, value) {
		if (strcmp(name, "Content-Length") == 0) /* sent, never signed */
			continue;
		add_header(&s, slice_of(name), slice_of(json_string_value(value)));
	}
	s.signer.key_id = text_of(creds, "access_key_id");
	s.signer.secret = text_of(creds, "secret_access_key");
	s.signer.region = text_of(c, "signing_region");
	s.signer.service = text_of(c, "signing_service");
	set_time(&s.signer, text_of(c, "timestamp"));
	assert_stages(text_of(c, "name"), &s, text_of(c, "canonical_request"),
		      text_of(c, "string_to_sign"), NULL, text_of(c, "authorization"));
}

START_TEST(requests_of_the_reference_sdk_are_signed_alike)
{
	json_t *golden = vectors_read_json("sigv4/service-golden/golden.json");
	size_t i, n_signed = 0;
	json_t *c;

	json_array_foreach(json_object_get(golden, "cases"), i, c) {
		if (!json_is_string(json_object_get(c, "authorization")))
			continue;
		check_golden_case(c);
		n_signed++;
	}
	ck_assert_uint_eq(n_signed, 48);
	json_decref(golden);
}
END_TEST

/* ---- what the suites leave out ---- */

START_TEST(paths_and_queries_become_canonical)
{
	static const struct {
		const char *path;
		const char *query;
		const char *want; /* the second and third line of the canonical request */
	} rows[] = {
		{"/", "", "/\n\n"},
		{"", "", "/\n\n"},
		{"/a/b/", "", "/a/b/\n\n"},
		{"/../../a", "", "/a\n\n"},
		{"/a/./b/../c", "", "/a/c\n\n"},
		{"/a/..", "", "/\n\n"},
		{"/%20a:b", "", "/%2520a%3Ab\n\n"},
		{"/x", "b=2&a=1", "/x\na=1&b=2\n"},
		{"/x", "a=2&a=1&a", "/x\na=&a=1&a=2\n"},
		{"/x", "a-b=1&a=2&a.b=3", "/x\na=2&a-b=1&a.b=3\n"},
		{"/x", "k=%2a%c3%a9*", "/x\nk=%2A%C3%A9%2A\n"},
		{"/x", "k=a+b", "/x\nk=a%2Bb\n"},
		{"/x", "k=%zz%4", "/x\nk=%25zz%254\n"},
		{"/x", "&&a=1&", "/x\na=1\n"},
		{"/x", "k=a=b", "/x\nk=a%3Db\n"},
	};
	struct buf out;
	size_t i;

	buf_init(&out, TEXT_MAX);
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct sigv4_request req = {.method = slice_of("GET"),
					    .path = slice_of(rows[i].path),
					    .query = slice_of(rows[i].query)};

		buf_reset(&out);
		ck_assert_int_eq(sigv4_add_canonical(&out, &req), 0);
		ck_assert_msg(strncmp(buf_str(&out) + 4, rows[i].want, strlen(rows[i].want)) == 0,
			      "row %zu: %s?%s: %s", i, rows[i].path, rows[i].query, buf_str(&out));
	}
	buf_fini(&out);
}
END_TEST

START_TEST(headers_that_proxies_change_are_not_signed)
{
	struct fetch_header headers[] = {
		{slice_of("User-Agent"), slice_of("x")},
		{slice_of("host"), slice_of("h")},
		{slice_of("Connection"), slice_of("close")},
		{slice_of("Expect"), slice_of("100")},
		{slice_of("X-Amz-T"), slice_of("1")},
		{slice_of("X-Amz-T-X"), slice_of("2")},
		{slice_of("X-Amz-T2"), slice_of("3")},
		{slice_of("X-Amzn-Trace-Id"), slice_of("t")},
	};
	struct sigv4_request req = {.headers = headers, .n_headers = N_ELEMENTS(headers)};
	struct buf out;

	buf_init(&out, TEXT_MAX);
	ck_assert_int_eq(sigv4_add_signed_headers(&out, &req), 0);
	ck_assert_str_eq(buf_str(&out), "host;x-amz-t;x-amz-t-x;x-amz-t2");
	buf_fini(&out);
}
END_TEST

START_TEST(too_many_headers_or_parameters_are_an_error)
{
	struct fetch_header headers[SIGV4_HEADERS_MAX + 1];
	struct sigv4_request req = {.headers = headers, .n_headers = N_ELEMENTS(headers)};
	char query[4 * (SIGV4_PARAMS_MAX + 1) + 1] = "";
	struct buf out;
	size_t i;

	for (i = 0; i < N_ELEMENTS(headers); i++)
		headers[i] = (struct fetch_header){slice_of("a"), slice_of("b")};
	buf_init(&out, TEXT_MAX);
	ck_assert_int_eq(sigv4_add_signed_headers(&out, &req), ERR_LIMIT);
	ck_assert_int_eq(sigv4_add_canonical(&out, &req), ERR_LIMIT);
	for (i = 0; i <= SIGV4_PARAMS_MAX; i++)
		memcpy(query + 4 * i, "a=b&", 5);
	req.n_headers = 0;
	req.query = slice_of(query);
	ck_assert_int_eq(sigv4_add_canonical(&out, &req), ERR_LIMIT);
	buf_fini(&out);
}
END_TEST

START_TEST(time_has_the_basic_iso_form)
{
	char text[SIGV4_TIME_SIZE];

	ck_assert_int_eq(sigv4_format_time(0, text), 0);
	ck_assert_str_eq(text, "19700101T000000Z");
	ck_assert_int_eq(sigv4_format_time(1440938160, text), 0);
	ck_assert_str_eq(text, "20150830T123600Z");
	ck_assert_int_eq(sigv4_format_time(253402300800, text), ERR_INVAL);
	ck_assert_int_eq(sigv4_format_time(INT64_MAX, text), ERR_INVAL);
}
END_TEST

START_TEST(a_failed_allocation_is_reported_and_leaks_nothing)
{
	struct fetch_header host = {slice_of("Host"), slice_of("example.com")};
	struct sigv4_request req = {.method = slice_of("GET"),
				    .path = slice_of("/a/../b"),
				    .query = slice_of("b=1&a=2"),
				    .headers = &host,
				    .n_headers = 1};
	struct sigv4_signer signer = {.key_id = "k", .secret = "s", .region = "r", .service = "x"};
	struct buf out;
	size_t n;
	int err;

	sigv4_format_time(0, signer.time);
	for (n = 1;; n++) {
		buf_init(&out, TEXT_MAX);
		fake_malloc_fail_at(n);
		err = sigv4_add_authorization(&out, &signer, &req);
		if (!fake_malloc_off())
			break;
		ck_assert_msg(err == ERR_NOMEM, "allocation %zu: %d", n, err);
		buf_fini(&out);
	}
	ck_assert_int_eq(err, 0);
	ck_assert_uint_gt(n, 5);
	buf_fini(&out);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_suite_of_aws_c_auth_is_signed_alike,
		the_classic_suite_is_signed_alike,
		requests_of_the_reference_sdk_are_signed_alike,
		paths_and_queries_become_canonical,
		headers_that_proxies_change_are_not_signed,
		too_many_headers_or_parameters_are_an_error,
		time_has_the_basic_iso_form,
		a_failed_allocation_is_reported_and_leaks_nothing,
	};

	return vectors_exit(unit_run("sigv4", tests, N_ELEMENTS(tests)));
}
