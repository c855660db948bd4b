/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/notice.h"

#include <string.h>

#include "account/text.h"
#include "store/history.h"

static const char *const words[] = {[NOTICE_WAITING] = "waiting", [NOTICE_DEAD] = "dead"};

const char *notice_state_word(enum notice_state state)
{
	return words[state];
}

int notice_parse_state(struct slice word, enum notice_state *ret)
{
	if (slice_eq(word, words[NOTICE_WAITING]))
		*ret = NOTICE_WAITING;
	else if (slice_eq(word, words[NOTICE_DEAD]))
		*ret = NOTICE_DEAD;
	else
		return ERR_INVAL;
	return 0;
}

/* Printable ASCII without blanks. */
static bool is_word(struct slice text, size_t max)
{
	size_t i;

	for (i = 0; i < text.len; i++)
		if (text.p[i] <= ' ' || text.p[i] > '~')
			return false;
	return text.len > 0 && text.len <= max;
}

bool notice_has_key(const struct notice *n, const char *id, const char *target)
{
	return strcmp(n->id, id) == 0 && strcmp(n->target, target) == 0;
}

/* The text of an array, which may lack its NUL. */
static struct slice text_in(const char *array, size_t size)
{
	return (struct slice){array, strnlen(array, size)};
}

int notice_check(const struct notice *n, struct errinfo *ei)
{
	const struct slice body = text_in(n->body, sizeof(n->body)),
			   why = text_in(n->why, sizeof(n->why)),
			   holder = text_in(n->holder, sizeof(n->holder));

	if (!is_word(text_in(n->id, sizeof(n->id)), NOTICE_ID_MAX))
		return err_set(ei, ERR_INVAL, "the notice has no usable id");
	if (!is_word(text_in(n->target, sizeof(n->target)), NOTICE_TARGET_MAX))
		return err_set(ei, ERR_INVAL, "the notice has no usable target");
	if (body.len == 0 || body.len > NOTICE_BODY_MAX || !text_is_printable(body))
		return err_set(ei, ERR_INVAL, "the notice's body is no line of text");
	if (why.len > NOTICE_WHY_MAX || !text_is_printable(why))
		return err_set(ei, ERR_INVAL, "the notice's last failure is no line of text");
	if (holder.len > 0 && !is_word(holder, NOTICE_HOLDER_MAX))
		return err_set(ei, ERR_INVAL, "the notice has no usable holder");
	if (n->made_s <= 0 || n->next_s < 0 || n->held_until_s < 0)
		return err_set(ei, ERR_INVAL, "the notice has no usable time");
	return 0;
}

int notice_check_update(const struct notice *n)
{
	return n->holder[0] != '\0' ? notice_check(n, NULL) : ERR_INVAL;
}

int notice_name(struct notice *n, const char *id, const char *target, const char *holder)
{
	if (!is_word(slice_of(id), NOTICE_ID_MAX) ||
	    !is_word(slice_of(target), NOTICE_TARGET_MAX) ||
	    !is_word(slice_of(holder), NOTICE_HOLDER_MAX))
		return ERR_INVAL;
	str_copy(n->id, sizeof(n->id), slice_of(id));
	str_copy(n->target, sizeof(n->target), slice_of(target));
	str_copy(n->holder, sizeof(n->holder), slice_of(holder));
	return 0;
}

void notice_set_why(struct notice *n, struct slice text)
{
	history_copy_text(n->why, sizeof(n->why), text);
}

bool notice_is_free(const struct notice *n, const char *holder, int64_t now_s)
{
	return n->holder[0] == '\0' || strcmp(n->holder, holder) == 0 || n->held_until_s <= now_s ||
	       n->held_until_s > now_s + NOTICE_HOLD_MAX_S;
}

void notice_apply(struct notice *kept, const struct notice *update)
{
	kept->made_s = update->made_s;
	kept->next_s = update->next_s;
	kept->attempts = update->attempts;
	kept->state = update->state;
	memcpy(kept->why, update->why, sizeof(kept->why));
	kept->held_until_s = update->held_until_s;
}
