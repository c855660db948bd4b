/* SPDX-License-Identifier: BSD-2-Clause
 * mooringctl test URL: one update as a router sends it, and what its reply means. */
#include "ctl/test.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "ctl/args.h"
#include "ctl/input.h"
#include "ctl/print.h"
#include "ctl/say.h"
#include "ctl/waiting.h"
#include "dyndns/basic_auth.h"
#include "dyndns/query.h"
#include "fetch/fetch.h"

/* ddclient gives up after 120 s, Home Assistant after 10: a reply that takes longer is trouble. */
enum { TEST_TIMEOUT_MS = 15000, VERDICT_MAX = 512 };

/* The words of docs/PROTOCOL.md and what an administrator should do about each. */
static const struct word {
	const char *word;
	bool success;
	const char *meaning;
} words[] = {
	{"good", true, "the address was changed and is published"},
	{"nochg", true, "the address was this one already"},
	{"badauth", false, "login or password is wrong, or the account is disabled"},
	{"nohost", false, "the account does not have this host name"},
	{"notfqdn", false,
	 "no usable host name: give hostname=NAME, the account has more than one, or none of that "
	 "form"},
	{"numhost", false, "more than 20 host names in one request"},
	{"abuse", false, "the host is blocked"},
	{"badagent", false, "the method is not one of an update"},
	{"dnserr", false,
	 "the name server refused this name or address, or the address is not a public one"},
	{"911", false, "the server is in trouble or busy; its log says why; clients retry"},
};

static const struct word *find_word(struct slice line)
{
	const char *blank = memchr(line.p, ' ', line.len);
	size_t i;

	line.len = blank != NULL ? (size_t)(blank - line.p) : line.len;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (slice_eq(line, words[i].word))
			return &words[i];
	return NULL;
}

static const char *status_meaning(const struct fetch_reply *reply)
{
	if (reply->status >= 300 && reply->status < 400)
		return "a redirect: most routers do not follow one; use the final URL";
	if (reply->status == 404)
		return "nothing answers at this path; updates go to /nic/update";
	if (reply->is_chunked)
		return "chunked: ddclient before 3.11 and inadyn cannot read this";
	if (reply->status == 401 && !reply->has_challenge)
		return "401 without WWW-Authenticate: wget-based routers never send the password";
	return NULL;
}

/* Explains each line of the reply. Returns true when every line is a success. */
static bool test_explain(const struct fetch_reply *reply, json_t *lines)
{
	bool ok = reply->status == 200 && reply->body_len > 0;
	const char *p = reply->body, *end;

	for (; *p != '\0'; p = *end != '\0' ? end + 1 : end) {
		struct slice line = {.p = p};
		char shown[VERDICT_MAX];
		const struct word *w;

		end = strchrnul(p, '\n');
		line.len = (size_t)(end - p);
		w = find_word(line);
		ok = ok && w != NULL && w->success;
		str_printable(shown, sizeof(shown), line);
		if (lines == NULL)
			printf("%s: %s\n", shown, w != NULL ? w->meaning : "not a dyndns2 reply");
		else
			json_array_append_new(
				lines, json_pack("{s:s, s:s}", "reply", shown, "meaning",
						 w != NULL ? w->meaning : "not a dyndns2 reply"));
	}
	return ok;
}

static int test_report(const struct fetch_reply *reply, bool as_json)
{
	json_t *lines = as_json ? json_array() : NULL;
	const char *note = status_meaning(reply);
	bool ok;

	if (!as_json)
		printf("HTTP %ld\n", reply->status);
	ok = test_explain(reply, lines) && note == NULL;
	if (as_json)
		print_json(json_pack("{s:i, s:o, s:b, s:s?}", "status", (int)reply->status, "lines",
				     lines, "ok", ok, "note", note));
	else if (note != NULL)
		printf("note: %s\n", note);
	return ok ? CTL_OK : CTL_FAILED;
}

/* "https://user:secret@host" would put the secret where ps(1) shows it. */
static bool has_userinfo(const char *url)
{
	const char *authority = strstr(url, "://");
	const char *at = authority != NULL ? strchr(authority + 3, '@') : NULL;

	return at != NULL && at < authority + 3 + strcspn(authority + 3, "/?#");
}

int ctl_test(const struct ctl_args *args)
{
	char password[QUERY_PASSWORD_MAX + 2] = "";
	struct fetch_request rq = {.url = args->operand[0],
				   .user = args->user,
				   .password = password,
				   .cacert = args->cacert,
				   .timeout_ms = TEST_TIMEOUT_MS};
	struct fetch_reply reply;
	struct errinfo ei = ERRINFO_INIT;
	int err;

	if (fetch_check(&ei) != 0)
		return ctl_fail("%s", ei.text);
	if (has_userinfo(rq.url))
		return ctl_fail("give the login as --user NAME: a password in the URL can be seen "
				"by every user of this machine");
	if (args->user != NULL && input_secret("Password: ", password, sizeof(password), &ei) != 0)
		return ctl_fail("%s", ei.text);
	waiting_begin("waiting for an answer", "seconds", TEST_TIMEOUT_MS / 1000, NULL, NULL);
	err = fetch_ask(&rq, &reply, &ei);
	waiting_end();
	explicit_bzero(password, sizeof(password));
	if (err != 0)
		return ctl_fail("%s", ei.text);
	return test_report(&reply, args->json);
}
