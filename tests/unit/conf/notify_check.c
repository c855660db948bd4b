/* SPDX-License-Identifier: BSD-2-Clause
 * What a target and a heartbeat need, and what they must not have. */
#include "conf/notify_check.h"

#include <stdio.h>
#include <string.h>

#include "conf/load.h"
#include "kit/conf_kit.h"
#include "kit/unit.h"

#define ZONE "zone a.b { name-servers = n.s }\n"

static const struct conf_kit_row rows[] = {
	{ZONE "notify x {}", "m.conf:2: url: is needed with type = webhook"},
	{ZONE "notify x {\nurl = 'smtp://a' }",
	 "m.conf:3: url: must begin with http:// or https:// with type = webhook"},
	{ZONE "notify x { url = 'https://u:p@a' }",
	 "m.conf:2: url: must be a URL with http://, https://, smtp:// or smtps:// and a "
	 "host, without a user, and with no other brace than {token} behind the host"},
	{ZONE "notify x { url = 'http://h:99999/' }",
	 "m.conf:2: url: must be a URL with http://, https://, smtp:// or smtps:// and a "
	 "host, without a user, and with no other brace than {token} behind the host"},
	{ZONE "heartbeat x { url = 'https://[::1]:65536' }",
	 "m.conf:2: url: must be a URL with http:// or https:// and a host, without a "
	 "user, and with no other brace than {host} and {token} behind the host"},
	{ZONE "notify x { url = 'https://a:0/' }",
	 "m.conf:2: url: must be a URL with http://, https://, smtp:// or smtps:// and a "
	 "host, without a user, and with no other brace than {token} behind the host"},
	{ZONE "notify x { url = 'https://[::1]:65535/a:b' } notify y { url = 'https://[::1]' }\n"
	      "notify z {}",
	 "m.conf:3: url: is needed with type = webhook"},
	{ZONE "notify x {\nurl = 'https://a/{token}' }",
	 "m.conf:3: url: has {token}, which needs token-file"},
	{ZONE "notify x { type = smtp url = 'smtp://a/{token}' from = a@b to = c@d }",
	 "m.conf:2: url: has {token}, which needs token-file"},
	{ZONE "heartbeat x {\nurl = 'https://a/{token}' }",
	 "m.conf:3: url: has {token}, which needs token-file"},
	{ZONE "heartbeat x { url = 'https://a/'\ntoken-file = /t }",
	 "m.conf:3: token-file: is only used with {token} in the url"},
	{ZONE "notify x { url = 'https://a' format = template }",
	 "m.conf:2: body: is needed with format = template"},
	{ZONE "notify x { url = 'https://a'\nbody = x }",
	 "m.conf:3: body: is only used with format = template"},
	{ZONE "notify x { url = 'https://a' headers = 'Secret' }",
	 "m.conf:2: headers: must be a header of HTTP, as Name: value"},
	{ZONE "notify x { url = 'https://a'\nheaders = { 'X-A: 1', 'content-length: 3' } }",
	 "m.conf:3: headers: must not have content-length: mooring says that itself"},
	{ZONE "notify x { url = 'https://a' headers = 'Transfer-Encoding: chunked' }",
	 "m.conf:2: headers: must not have Transfer-Encoding: mooring says that itself"},
	{ZONE "notify x { url = 'https://a' headers = 'Host: b' }",
	 "m.conf:2: headers: must not have Host: mooring says that itself"},
	{ZONE "notify x { url = 'https://a' headers = 'Webhook-Id: 1' }",
	 "m.conf:2: headers: must not have Webhook-Id: mooring says that itself"},
	{ZONE "notify x { url = 'https://a'\nevents = address-moved }",
	 "m.conf:3: events: must be address-changed, host-silent, logins-refused, "
	 "name-refused, publication-late, certificate-ending, reload-failed or restarted, "
	 "not \"address-moved\""},
	{ZONE "notify x { url = 'https://a' events = {} }", "m.conf:2: events: must hold an event"},
	{ZONE "notify x { url = 'https://a' quiet = 22-7 }",
	 "m.conf:2: quiet: must be two times of the day, as 22:00-07:00, not \"22-7\""},
	{ZONE "notify x { url = 'https://a' hosts = home }",
	 "m.conf:2: hosts: must be a host name of two labels or more, or *. and one, not "
	 "\"home\""},
	{ZONE "notify x { type = pager }",
	 "m.conf:2: type: must be webhook, smtp, sns or exec, not \"pager\""},
	{ZONE "notify x { url = 'https://a'\ntopic = 'arn:aws:sns:r:1:t' }",
	 "m.conf:3: topic: is only used with type = sns"},
	{ZONE "notify x { type = sns\nurl = 'https://a' }",
	 "m.conf:3: url: is only used with type = webhook or smtp"},
	{ZONE "notify x { type = sns }", "m.conf:2: topic: is needed with type = sns"},
	{ZONE "notify x { type = sns topic = t }",
	 "m.conf:2: topic: must be the ARN of a topic, as "
	 "arn:aws:sns:REGION:ACCOUNT:NAME, not \"t\""},
	{ZONE "notify x { type = smtp }", "m.conf:2: url: is needed with type = smtp"},
	{ZONE "notify x { type = smtp url = 'https://a' }",
	 "m.conf:2: url: must begin with smtp:// or smtps:// with type = smtp"},
	{ZONE "notify x { type = smtp url = 'smtp://a' }",
	 "m.conf:2: from: is needed with type = smtp"},
	{ZONE "notify x { type = smtp url = 'smtp://a' from = a@b }",
	 "m.conf:2: to: must hold an address with type = smtp"},
	{ZONE "notify x { type = smtp url = 'smtp://a' from = a@b to = c@d user = u }",
	 "m.conf:2: password-file: is needed with user"},
	{ZONE "notify x { type = smtp url = 'smtp://a' from = a@b to = c@d\n"
	      "password-file = /p }",
	 "m.conf:2: user: is needed with password-file"},
	{ZONE "notify x { type = smtp url = 'smtp://a' from = a@b to = c@d user = u\n"
	      "password-file = /p starttls = no }",
	 "m.conf:3: starttls: must be true with user: its password would be readable"},
	{ZONE "notify x { type = smtp url = 'smtp://localhost.a:25' from = a@b to = c@d user = u\n"
	      "password-file = /p starttls = no }",
	 "m.conf:3: starttls: must be true with user: its password would be readable"},
	{ZONE "notify x { type = smtp url = 'smtp://127.a/' from = a@b to = c@d user = u\n"
	      "password-file = /p starttls = no }",
	 "m.conf:3: starttls: must be true with user: its password would be readable"},
	{ZONE "notify x { type = smtp url = 'smtps://a' from = a@b to = c@d\nstarttls = no }",
	 "m.conf:3: starttls: is only used with smtp://"},
	{ZONE "notify x { url = 'https://a' format = template\nbody = 'a {hots}' }",
	 "m.conf:3: body: nothing is called \"{hots}\""},
	{ZONE "notify x { url = 'https://a' format = template body = 'a {host' }",
	 "m.conf:2: body: \"{host\" has no \"}\""},
	{ZONE "notify x { type = exec }", "m.conf:2: command: is needed with type = exec"},
	{ZONE "notify x { type = exec\ncommand = { tell, '/x' } }",
	 "m.conf:3: command: must begin with the absolute path of a program"},
	{ZONE "notify x { type = exec command = '/x'\nformat = slack }",
	 "m.conf:3: format: is only used with type = webhook"},
	{ZONE "heartbeat x {}", "m.conf:2: url: is needed"},
	{ZONE "heartbeat x { url = 'https://a/{login}' }",
	 "m.conf:2: url: must be a URL with http:// or https:// and a host, without a "
	 "user, "
	 "and with no other brace than {host} and {token} behind the host"},
	{ZONE "notify x { url = 'https://a' per-minute = 0 }",
	 "m.conf:2: per-minute: must be a whole number from 1 to 600, not \"0\""},
};

START_TEST(what_is_missing_or_contradicts_is_refused)
{
	conf_kit_check_rows(rows, N_ELEMENTS(rows));
}
END_TEST

START_TEST(a_target_of_each_type_is_complete)
{
	struct conf *c = conf_kit_good(
		ZONE
		"notify w { url = 'https://a/?b' format = template body = x }"
		"notify m { type = smtp url = 'smtps://a' from = a@b to = { c@d, e@f } "
		"user = u password-file = /p events = restarted }"
		"notify s { type = sns topic = 'arn:aws:sns:r:1:t' }"
		"notify e { type = exec command = { /x, -v } quiet = '22:00-07:00' }"
		"notify t { url = 'https://a/{token}' format = slack token-file = /t }"
		"heartbeat h { url = 'http://a/{host}/{token}' hosts = '*.A.b' token-file = /t }",
		NULL);

	ck_assert(c->n_notifies == 5 && c->n_heartbeats == 1 && c->n_warnings == 0);
	ck_assert(conf_notify_wants(&c->notifies[0], CONF_EVENT_ADDRESS_CHANGED));
	ck_assert(conf_notify_wants(&c->notifies[0], CONF_EVENT_RESTARTED));
	ck_assert(conf_notify_wants(&c->notifies[1], CONF_EVENT_RESTARTED));
	ck_assert(!conf_notify_wants(&c->notifies[1], CONF_EVENT_ADDRESS_CHANGED));
	ck_assert_str_eq(c->notifies[1].to.at[1], "e@f");
	ck_assert(c->notifies[3].quiet.from_min == 1320 && c->notifies[3].quiet.to_min == 420);
	ck_assert_str_eq(c->notifies[3].command.at[1], "-v");
	ck_assert_str_eq(c->heartbeats[0].hosts.at[0], "*.a.b");
	conf_free(c);
}
END_TEST

START_TEST(a_token_that_everybody_can_read_is_a_warning)
{
	struct conf *c = conf_kit_good(ZONE "notify w { url = 'http://a'\ntoken-file = /t }", NULL);

	ck_assert_uint_eq(c->n_warnings, 1);
	ck_assert_ptr_nonnull(strstr(c->warnings[0], ":3: token-file: the token crosses"));
	conf_free(c);
	c = conf_kit_good(ZONE "notify w { url = 'https://a'\ntoken-file = /t }", NULL);
	ck_assert_uint_eq(c->n_warnings, 0);
	conf_free(c);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_is_missing_or_contradicts_is_refused,
		a_target_of_each_type_is_complete,
		a_token_that_everybody_can_read_is_a_warning,
	};

	return unit_run("notify_check", tests, N_ELEMENTS(tests));
}
