/* SPDX-License-Identifier: BSD-2-Clause
 * An event as JSON, and the id that is the same whoever makes it. */
#include "notify/event.h"

#include <string.h>

#include "base/err.h"
#include "kit/unit.h"
#include "kit/values.h"

static struct event example(void)
{
	struct event e = {.kind = CONF_EVENT_ADDRESS_CHANGED, .at_s = 1796078123};

	strcpy(e.host, "home.dyn.example.com");
	strcpy(e.user, "r\xc3\xb6uter \"1\"");
	strcpy(e.old, "192.0.2.1");
	strcpy(e.new, "192.0.2.2 2001:db8::2");
	event_set_text(&e, "%s is at %s", e.host, e.new);
	ck_assert_int_eq(event_set_id(&e, e.new, 7), 0);
	return e;
}

START_TEST(what_is_written_is_read)
{
	const struct event e = example();
	char json[NOTICE_BODY_MAX + 1];
	struct event back;

	ck_assert_int_eq(event_write(&e, json), 0);
	ck_assert_ptr_nonnull(strstr(json, "\"event\":\"address-changed\""));
	ck_assert_ptr_nonnull(strstr(json, "{\"version\":1,"));
	ck_assert_ptr_nonnull(strstr(json, "\"at\":\"2026-11-30T"));
	ck_assert_ptr_null(strchr(json, '\n'));
	ck_assert_int_eq(event_read(json, e.id, &back), 0);
	ck_assert_str_eq(back.id, e.id);
	ck_assert_str_eq(back.host, e.host);
	ck_assert_str_eq(back.user, e.user);
	ck_assert_str_eq(back.old, e.old);
	ck_assert_str_eq(back.new, e.new);
	ck_assert_str_eq(back.text, e.text);
	ck_assert(back.kind == e.kind && back.at_s == e.at_s);
}
END_TEST

START_TEST(every_kind_has_a_word_and_a_title)
{
	struct event e = example(), back;
	char json[NOTICE_BODY_MAX + 1], title[EVENT_TITLE_MAX];

	for (e.kind = 0; e.kind < EVENT_KINDS; e.kind++) {
		ck_assert_int_eq(event_write(&e, json), 0);
		ck_assert_int_eq(event_read(json, e.id, &back), 0);
		ck_assert_uint_eq(back.kind, e.kind);
		event_title(&e, title);
		ck_assert_ptr_nonnull(strstr(title, "home.dyn.example.com: "));
	}
	e.kind = CONF_EVENT_RESTARTED;
	e.host[0] = e.user[0] = '\0';
	event_title(&e, title);
	ck_assert_str_eq(title, "mooring: restarted after a crash");
}
END_TEST

#define ID "00112233445566778899aabbccddeeff"
#define BODY(id, kind, host, user, at)                                                             \
	"{\"id\":\"" id "\",\"event\":\"" kind "\",\"host\":\"" host "\",\"user\":\"" user         \
	"\",\"old\":\"\",\"new\":\"\",\"text\":\"\",\"at-s\":" at "}"

START_TEST(what_is_no_event_is_refused)
{
	static const char *const rows[] = {
		"",
		"{",
		"[]",
		"{}",
		BODY(ID, "moved", "", "", "1"),
		BODY(ID, "test", "", "", "\"1\""),
		BODY(ID, "test", "", "", "-1"),
		BODY(ID, "test", "", "", "253402300800"),
		BODY("1", "test", "", "", "1"),
		BODY(ID "0", "test", "", "", "1"),
		BODY("0x112233445566778899aabbccddeeff", "test", "", "", "1"),
		BODY("ff112233445566778899aabbccddeeff", "test", "", "", "1"),
		BODY("x\\r\\nX-Evil: 1", "test", "", "", "1"),
		BODY(ID, "test", "a b.example.com", "", "1"),
		BODY(ID, "test", "A.example.com", "", "1"),
		BODY(ID, "test", "a.example.com\\n", "", "1"),
		BODY(ID, "test", "", "\\u001b[31m", "1"),
		BODY(ID, "test", "", "a\\u007f", "1"),
		BODY(ID, "test", "", "a\\u009b", "1"),
	};
	struct event e = {.at_s = 5};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++)
		ck_assert_msg(event_read(rows[i], ID, &e) == ERR_INVAL, "%s", rows[i]);
	ck_assert_int_eq(e.at_s, 5);
	ck_assert_int_eq(
		event_read(BODY(ID, "test", "a.example.com", "\xc2\xa0", "253402300799"), ID, &e),
		0);
}
END_TEST

START_TEST(a_text_has_no_control_characters)
{
	struct event e = example();

	event_set_text(&e, "%s", "a\r\nb\033[1m\x7f\xc2\x9b\xc2\xa0");
	ck_assert_str_eq(e.text, "a??b?[1m???\xc2\xa0");
}
END_TEST

START_TEST(the_id_is_of_what_happened_and_of_nothing_else)
{
	const struct event e = example();
	struct event other = e;

	ck_assert_uint_eq(strlen(e.id), 32);
	other.at_s++;
	other.text[0] = other.old[0] = '\0';
	ck_assert_int_eq(event_set_id(&other, e.new, 7), 0);
	ck_assert_str_eq(other.id, e.id);
	ck_assert_int_eq(event_set_id(&other, e.new, 8), 0);
	ck_assert_str_ne(other.id, e.id);
	ck_assert_int_eq(event_set_id(&other, "192.0.2.3", 7), 0);
	ck_assert_str_ne(other.id, e.id);
	other.host[0] = 'x';
	ck_assert_int_eq(event_set_id(&other, e.new, 7), 0);
	ck_assert_str_ne(other.id, e.id);
}
END_TEST

START_TEST(a_long_text_is_cut_between_characters)
{
	char json[NOTICE_BODY_MAX + 1], text[2 * EVENT_TEXT_MAX];
	struct event e = example();
	size_t i;

	for (i = 0; i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "\xc3\xb6", 2);
	text[i] = '\0';
	event_set_text(&e, "x%s", text);
	ck_assert_uint_eq(strlen(e.text), EVENT_TEXT_MAX - 1);
	ck_assert_int_eq(event_write(&e, json), 0);
	event_set_text(&e, "a\xff"
			   "b");
	ck_assert_str_eq(e.text, "a");
}
END_TEST

START_TEST(the_longest_event_has_room)
{
	char json[NOTICE_BODY_MAX + 1];
	struct event e = example();

	memset(e.host, 'h', FQDN_TEXT_MAX);
	memset(e.user, '"', EVENT_USER_MAX);
	memset(e.text, '\\', EVENT_TEXT_MAX);
	memset(e.old, '1', sizeof(e.old) - 1);
	memset(e.new, '2', sizeof(e.new) - 1);
	ck_assert_int_eq(event_write(&e, json), 0);
}
END_TEST

START_TEST(addresses_of_a_pair_are_one_text)
{
	char text[EVENT_ADDRS_MAX];
	struct addr_pair pair = value_pair("192.0.2.1", "2001:db8::1");

	event_set_addrs(text, &pair);
	ck_assert_str_eq(text, "192.0.2.1 2001:db8::1");
	pair.v4 = (struct addr){0};
	event_set_addrs(text, &pair);
	ck_assert_str_eq(text, "2001:db8::1");
	pair.v6 = (struct addr){0};
	event_set_addrs(text, &pair);
	ck_assert_str_eq(text, "");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_is_written_is_read,
		every_kind_has_a_word_and_a_title,
		what_is_no_event_is_refused,
		a_text_has_no_control_characters,
		the_id_is_of_what_happened_and_of_nothing_else,
		a_long_text_is_cut_between_characters,
		the_longest_event_has_room,
		addresses_of_a_pair_are_one_text,
	};

	return unit_run("event", tests, N_ELEMENTS(tests));
}
