/* SPDX-License-Identifier: BSD-2-Clause
 * The endpoint of a container: where it may be, what it is told, what it may say. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "aws/metadata.h"
#include "kit/fake_aws.h"
#include "kit/aws_vectors.h"
#include "kit/keys_kit.h"
#include "aws/container.h"
#include "kit/unit.h"

enum { ENV_SIZE = 8, TEXT_SIZE = 512 };

#define KEYS                                                                                       \
	FAKE_AWS_REPLY(200, NULL,                                                                  \
		       "{\"RoleArn\":\"arn:x\",\"AccessKeyId\":\"AKID\",\"SecretAccessKey\":"      \
		       "\"Sesame\",\"Token\":\"tok\",\"Expiration\":\"2999-01-01T00:00:00Z\"}")

static const struct aws_client_conf container_only = {.credentials = AWS_CREDENTIALS_CONTAINER};

struct fixture {
	struct fake_aws kit;
	char uri[TEXT_SIZE];
	const char *env[ENV_SIZE];
	struct fake_aws_answer answer;
};

static void start(struct fixture *f, const struct fake_aws_reply *script, size_t n,
		  const char *host, const char *extra, const char *extra2)
{
	fake_aws_listen(&f->kit, script, n);
	snprintf(f->uri, sizeof(f->uri), "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://%s%s/v1/c?a=1",
		 host, strchr(f->kit.host, ':'));
	f->env[0] = f->uri;
	f->env[1] = "AWS_EC2_METADATA_DISABLED=true";
	f->env[2] = extra;
	f->env[3] = extra != NULL ? extra2 : NULL;
	f->env[4] = NULL;
	fake_aws_open_client(&f->kit, &container_only, f->env);
}

static void stop(struct fixture *f)
{
	aws_credentials_unref(f->answer.creds);
	fake_aws_stop(&f->kit);
}

START_TEST(the_request_is_plain_and_bears_the_token)
{
	static const struct fake_aws_reply script[] = {KEYS};
	struct fixture f;

	ck_assert_int_eq(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
	start(&f, script, 1, "localhost", "AWS_CONTAINER_AUTHORIZATION_TOKEN=Basic abc=", NULL);
	fake_aws_ask(&f.kit, false, &f.answer);
	unsetenv("http_proxy");
	ck_assert_msg(f.answer.err == 0, "%s", f.answer.why.text);
	ck_assert_str_eq(f.answer.creds->key_id, "AKID");
	ck_assert(!f.answer.creds->is_instance);
	ck_assert_ptr_eq(strstr(f.kit.requests[0], "GET /v1/c?a=1 HTTP/1.1\r\n"),
			 f.kit.requests[0]);
	ck_assert_str_eq(fake_aws_header(&f.kit, 0, "Authorization"), "Basic abc=");
	ck_assert_str_eq(fake_aws_header(&f.kit, 0, "Accept"), "application/json");
	ck_assert_str_eq(fake_aws_header(&f.kit, 0, "Accept-Encoding"), "");
	stop(&f);
}
END_TEST

static void rewrite(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	ck_assert_int_eq(fclose(file), 0);
}

START_TEST(the_token_file_is_read_for_every_request)
{
	static const struct fake_aws_reply script[] = {KEYS};
	char path[] = "/tmp/mooring-container.XXXXXX", variable[96];
	struct fake_aws_answer again;
	struct fixture f;

	fake_aws_write_temp(path, "first\n");
	snprintf(variable, sizeof(variable), "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=%s", path);
	start(&f, script, 1, "127.0.0.1", variable, "AWS_CONTAINER_AUTHORIZATION_TOKEN=not-this");
	fake_aws_ask(&f.kit, false, &f.answer);
	ck_assert_msg(f.answer.err == 0, "%s", f.answer.why.text);
	ck_assert_str_eq(fake_aws_header(&f.kit, 0, "Authorization"), "first");
	rewrite(path, "second");
	fake_aws_ask(&f.kit, true, &again);
	ck_assert_int_eq(again.err, 0);
	ck_assert_str_eq(fake_aws_header(&f.kit, 1, "Authorization"), "second");
	aws_credentials_unref(again.creds);
	rewrite(path, "third\r\nX-Evil: 1");
	fake_aws_ask(&f.kit, true, &again);
	ck_assert_int_eq(again.err, ERR_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(again.why.text, "has a line break"));
	ck_assert_ptr_null(strstr(again.why.text, "third"));
	ck_assert_int_eq(unlink(path), 0);
	fake_aws_ask(&f.kit, true, &again);
	ck_assert_ptr_nonnull(strstr(again.why.text, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: "));
	ck_assert_uint_eq(f.kit.n_requests, 2);
	/* A connection that was kept would not be judged by its address. */
	ck_assert_uint_eq(f.kit.n_connections, 2);
	stop(&f);
}
END_TEST

static const struct {
	struct fake_aws_reply script[3];
	size_t n_script;
	size_t want_requests;
	const char *want_text; /* NULL: keys */
} rows[] = {
	{{FAKE_AWS_REPLY(503, NULL, NULL), {.status = 0, .raw = ""}, KEYS}, 3, 3, NULL},
	{{FAKE_AWS_REPLY(500, NULL, NULL)}, 1, 3, "answers with HTTP status 500"},
	{{FAKE_AWS_REPLY(404, NULL, "{\"code\":\"NoCreds\",\"message\":\"no role\"}")},
	 1,
	 1,
	 "answers with HTTP status 404: no role"},
	{{FAKE_AWS_REPLY(401, NULL, "<html>")}, 1, 1, "answers with HTTP status 401"},
	{{FAKE_AWS_REPLY(302, "Location: http://127.0.0.1:1/\r\n", NULL)}, 1, 1, "HTTP status 302"},
	{{FAKE_AWS_REPLY(200, NULL, "{}")}, 1, 1, "has no keys in it"},
	{{FAKE_AWS_REPLY(200, "X-Long: 1\r\n", "Sesame")}, 1, 1, "is no JSON object"},
	{{{.status = 0, .raw = "HTTP/1.1 200 X\r\nContent-Length: 99999999\r\n\r\n"}},
	 1,
	 1,
	 "container's credentials endpoint: "},
};

START_TEST(every_answer_gives_keys_or_one_sentence)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct fixture f;

		start(&f, rows[i].script, rows[i].n_script, "127.0.0.1", NULL, NULL);
		fake_aws_ask(&f.kit, false, &f.answer);
		keys_expect_answer(&f.kit, &f.answer, rows[i].want_text, rows[i].want_requests,
				   NULL, i);
		stop(&f);
	}
}
END_TEST

/* ---- where it may be ---- */

static const struct {
	const char *uri;
	const char *want_text; /* NULL: it may */
} uri_rows[] = {
	{"FULL_URI=http://127.0.0.1:80/c", NULL},
	{"FULL_URI=http://127.255.0.9/c", NULL},
	{"FULL_URI=http://[::1]:9/c", NULL},
	{"FULL_URI=http://any.example/c", NULL}, /* judged when it is resolved */
	{"FULL_URI=https://192.0.2.1/c", NULL},
	{"FULL_URI=http://192.0.2.1/c", "names a machine that is not this one: use https"},
	{"FULL_URI=http://169.254.169.254/latest", "names a machine that is not this one"},
	{"FULL_URI=http://0x7f000002.1/c", NULL},
	{"FULL_URI=http://[2001:db8::1]/c", "names a machine that is not this one"},
	{"FULL_URI=http://[::ffff:127.0.0.1]/c", "names a machine that is not this one"},
	{"FULL_URI=http://[fe80::1%25lo]/c", "names a machine that is not this one"},
	{"FULL_URI=ftp://127.0.0.1/c", "is not of the form"},
	{"FULL_URI=localhost/c", "is not of the form"},
	{"RELATIVE_URI=credentials", "does not begin with \"/\""},
	{"RELATIVE_URI=@192.0.2.1/c", "does not begin with \"/\""},
};

START_TEST(plain_http_stays_on_this_machine)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(uri_rows); i++) {
		char variable[TEXT_SIZE], url[AWS_URL_SIZE];
		const char *env[] = {variable, NULL};
		struct errinfo ei = ERRINFO_INIT;
		bool check = false;
		int err;

		snprintf(variable, sizeof(variable), "AWS_CONTAINER_CREDENTIALS_%s",
			 uri_rows[i].uri);
		err = aws_container_find_url(env, url, &check, &ei);
		if (uri_rows[i].want_text == NULL)
			ck_assert_msg(err == 0 && check == (strstr(url, "https:") == NULL),
				      "%s: %s", uri_rows[i].uri, ei.text);
		else
			ck_assert_msg(err == ERR_UNAVAILABLE &&
					      strstr(ei.text, uri_rows[i].want_text) != NULL,
				      "%s: %d, %s", uri_rows[i].uri, err, ei.text);
	}
}
END_TEST

START_TEST(plain_http_goes_to_this_machine_and_its_agents_alone)
{
	static const struct {
		const char *address;
		bool want;
	} rows4[] =
		{
			{"127.0.0.1", true},	  {"127.255.255.254", true},
			{"169.254.170.2", true},  {"169.254.170.23", true},
			{"169.254.170.3", false}, {"169.254.169.254", false},
			{"0.0.0.0", false},	  {"128.0.0.1", false},
			{"10.0.0.1", false},
		},
	  rows6[] = {
		  {"::1", true}, {"fd00:ec2::23", true},      {"fd00:ec2::254", false},
		  {"::", false}, {"::ffff:127.0.0.1", false}, {"fe80::1", false},
	  };
	struct sockaddr_in in4 = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	struct sockaddr other = {.sa_family = AF_UNIX};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows4); i++) {
		ck_assert_int_eq(inet_pton(AF_INET, rows4[i].address, &in4.sin_addr), 1);
		ck_assert_msg(aws_container_may_connect(
				      (const struct sockaddr *)(const void *)&in4) == rows4[i].want,
			      "%s", rows4[i].address);
	}
	for (i = 0; i < N_ELEMENTS(rows6); i++) {
		ck_assert_int_eq(inet_pton(AF_INET6, rows6[i].address, &in6.sin6_addr), 1);
		ck_assert_msg(aws_container_may_connect(
				      (const struct sockaddr *)(const void *)&in6) == rows6[i].want,
			      "%s", rows6[i].address);
	}
	ck_assert(!aws_container_may_connect(&other));
}
END_TEST

struct heard {
	unsigned n_done;
	enum fetch_transfer_result result;
	char why[FETCH_TRANSFER_WHY_SIZE];
};

static void on_reply(void *arg, const struct fetch_transfer_reply *reply)
{
	struct heard *h = arg;

	h->n_done++;
	h->result = reply->result;
	memcpy(h->why, reply->why, sizeof(h->why));
}

static bool refuse(const struct sockaddr *addr)
{
	ck_assert_int_eq(addr->sa_family, AF_INET);
	return false;
}

START_TEST(an_address_is_refused_after_the_name_was_resolved_and_before_anything_is_sent)
{
	static const struct fake_aws_reply script[] = {KEYS};
	struct aws_metadata_request req = {
		.may_connect = refuse, .timeout_ms = 2000, .attempts = 3};
	char url[TEXT_SIZE];
	struct heard h = {0};
	struct aws_metadata *ask;
	struct fixture f = {0};

	start(&f, script, 1, "127.0.0.1", NULL, NULL);
	snprintf(url, sizeof(url), "http://127.0.0.1%s/", strchr(f.kit.host, ':'));
	req.url = url;
	ck_assert_int_eq(aws_metadata_start(f.kit.client, &req, on_reply, &h, &ask), 0);
	fake_aws_run(&f.kit, &h.n_done, 1);
	ck_assert_int_eq(h.result, FETCH_TRANSFER_UNTRUSTED);
	ck_assert_str_eq(h.why, "its host has an address that is not allowed");
	ck_assert_uint_eq(f.kit.n_connections, 0);
	stop(&f);
}
END_TEST

START_TEST(a_failed_allocation_is_reported_and_leaks_nothing)
{
	static const struct fake_aws_reply script[] = {KEYS};
	struct fixture f = {0};

	start(&f, script, 1, "localhost", "AWS_CONTAINER_AUTHORIZATION_TOKEN=abc", NULL);
	keys_fail_allocations(&f.kit, script, 1, 15);
	stop(&f);
}
END_TEST

static bool check_vector(const json_t *test)
{
	const char *docs = json_string_value(json_object_get(test, "docs")), *name, *want;
	json_t *object = json_object_get(test, "env"), *value;
	char text[ENV_SIZE][TEXT_SIZE], url[AWS_URL_SIZE];
	const char *env[ENV_SIZE + 1] = {NULL};
	struct errinfo ei = ERRINFO_INIT;
	bool check;
	size_t n = 0;
	int err;

	json_object_foreach(object, name, value) {
		ck_assert_uint_lt(n, ENV_SIZE);
		snprintf(text[n], TEXT_SIZE, "%s=%s", name, json_string_value(value));
		env[n] = text[n];
		n++;
	}
	err = aws_container_find_url(env, url, &check, &ei);
	want = json_string_value(json_object_get(json_object_get(test, "result"), "Ok"));
	if (want == NULL) {
		ck_assert_msg(err != 0, "%s: %s", docs, url);
		ck_assert_msg((err == ERR_NOTFOUND) == (n == 0), "%s: %d", docs, err);
		return true;
	}
	ck_assert_msg(err == 0 && strcmp(url, want) == 0, "%s: %s", docs, ei.text);
	return true;
}

START_TEST(it_is_where_the_vectors_say)
{
	vectors_each("aws-testdata/cred-chain/aws-config/test-data/ecs-tests.json", "tests",
		     check_vector, 11);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_request_is_plain_and_bears_the_token,
		the_token_file_is_read_for_every_request,
		every_answer_gives_keys_or_one_sentence,
		plain_http_stays_on_this_machine,
		plain_http_goes_to_this_machine_and_its_agents_alone,
		an_address_is_refused_after_the_name_was_resolved_and_before_anything_is_sent,
		it_is_where_the_vectors_say,
		a_failed_allocation_is_reported_and_leaks_nothing,
	};

	return vectors_exit(unit_run("container", tests, N_ELEMENTS(tests)));
}
