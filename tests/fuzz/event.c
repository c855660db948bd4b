/* SPDX-License-Identifier: BSD-2-Clause
 * A notice as the store has it: the first line of the input is its id, the rest its body. */
#include "notify/event.h"

#include "account/text.h"
#include "fuzz.h"

/* Each becomes a header of a mail, or an argument of a command. */
static void check_texts(const struct event *e)
{
	char title[EVENT_TITLE_MAX];

	event_title(e, title);
	must(text_is_printable(slice_of(title)) && text_is_printable(slice_of(e->host)));
	must(text_is_printable(slice_of(e->user)) && text_is_printable(slice_of(e->text)));
	must(text_is_printable(slice_of(e->old)) && text_is_printable(slice_of(e->new)));
}

/* What is written of it is read as the same. */
static void check_event(const struct event *e)
{
	char json[NOTICE_BODY_MAX + 1];
	struct event again;

	must(e->kind < EVENT_KINDS && e->at_s >= 0);
	check_texts(e);
	if (event_write(e, json) != 0)
		return;
	must(event_read(json, e->id, &again) == 0);
	must(again.kind == e->kind && again.at_s == e->at_s && strcmp(again.host, e->host) == 0);
	must(strcmp(again.user, e->user) == 0 && strcmp(again.text, e->text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice body = fuzz_slice(data, size), id = fuzz_line(&body);
	char *json = strndup(body.p != NULL ? body.p : "", body.len);
	char *name = strndup(id.p != NULL ? id.p : "", id.len);
	struct event e;

	must(json != NULL && name != NULL);
	if (event_read(json, name, &e) == 0)
		check_event(&e);
	free(json);
	free(name);
	return 0;
}
