/* SPDX-License-Identifier: BSD-2-Clause
 * A document of JSON, element by element, with the line that each is on: jansson reads one as a
 * whole and tells no lines. Pure. */
#ifndef MOORING_CTL_JSON_WALK_H
#define MOORING_CTL_JSON_WALK_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/str.h"

struct json_walk {
	const char *p, *end;
	size_t line;   /* of p, from 1 */
	bool is_first; /* nothing of the array or object was read yet */
};

/* text is borrowed. */
void json_walk_begin(struct json_walk *w, struct slice text);
/* The next character that is no blank, which stays; '\0' at the end. */
char json_walk_peek(struct json_walk *w);
/* Begins an array or an object, whose first character was peeked. Elements of it that are walked
 * through themselves end before the next one is asked for. */
void json_walk_enter(struct json_walk *w);
/* Whether there is another element; close is ']' or '}', which is taken then. ERR_INVAL with a
 * sentence, which tells the line and nothing of the text. */
int json_walk_more(struct json_walk *w, char close, bool *ret, struct errinfo *ei);
/* The name of a member, and what stands between it and its value; the caller owns it. */
int json_walk_name(struct json_walk *w, json_t **ret, struct errinfo *ei);
/* A whole value and the line that it begins on. The caller owns it. */
int json_walk_value(struct json_walk *w, size_t *ret_line, json_t **ret, struct errinfo *ei);
/* What follows the document is nothing. */
int json_walk_end(struct json_walk *w, struct errinfo *ei);

#endif
