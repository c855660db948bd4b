/* SPDX-License-Identifier: BSD-2-Clause
 * Something that happened, and its form as JSON, in which it is kept and sent:
 * docs/NOTIFICATIONS.md has the members. Values, never with a secret. Pure; any thread. */
#ifndef MOORING_NOTIFY_EVENT_H
#define MOORING_NOTIFY_EVENT_H

#include <stdint.h>

#include "base/str.h"
#include "conf/conf.h"
#include "net/addr.h"
#include "net/fqdn.h"
#include "store/notice.h"

/* Those of enum conf_event, which a target may want, and two that nobody chooses. */
enum { EVENT_DIGEST = CONF_EVENTS, EVENT_TEST, EVENT_KINDS };

/* The longest sentence about a host, that it went from two addresses to two others, has 386 bytes:
 * one that is cut may end within an address, and say another one. */
enum { EVENT_USER_MAX = 128, EVENT_TEXT_MAX = 400, EVENT_TITLE_MAX = 320 };
/* Two addresses and a blank between them. */
enum { EVENT_ADDRS_MAX = 2 * ADDR_TEXT_MAX };

/* Texts are UTF-8 without control characters, "" where there is nothing to say. */
struct event {
	unsigned kind;
	char id[NOTICE_ID_MAX + 1];
	char host[FQDN_TEXT_MAX + 1];
	char user[EVENT_USER_MAX + 1];
	char old[EVENT_ADDRS_MAX], new[EVENT_ADDRS_MAX]; /* addresses */
	char text[EVENT_TEXT_MAX + 1];			 /* one sentence */
	int64_t at_s;					 /* wall clock */
};

/* "address-changed" and so on. */
const char *event_kind_word(unsigned kind);

/* Both as in the old and new of an event. */
void event_set_addrs(char out[EVENT_ADDRS_MAX], const struct addr_pair *pair);
/* A sentence, cut where there is no room, with '?' for control characters. */
void event_set_text(struct event *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The id is made of what is the same whoever tells it, and however often: kind, host and user of e,
 * and what is passed in; made is "" or what else belongs to it, mark a number as seq or time. */
int event_set_id(struct event *e, const char *made, uint64_t mark);

/* A few words on one line: "home.example.com: address changed". */
void event_title(const struct event *e, char out[EVENT_TITLE_MAX]);
/* One line of JSON. ERR_NOMEM, ERR_LIMIT. */
int event_write(const struct event *e, char out[NOTICE_BODY_MAX + 1]);
/* Of the notice with that id. Whoever writes to the table may have written anything: ERR_INVAL for
 * what event_write() would not have written of an event as above. */
int event_read(const char *json, const char *id, struct event *ret);

#endif
