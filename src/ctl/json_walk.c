/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/json_walk.h"

#include <string.h>

static int not_json(const struct json_walk *w, struct errinfo *ei)
{
	return err_set(ei, ERR_INVAL, "line %zu: this is not JSON", w->line);
}

void json_walk_begin(struct json_walk *w, struct slice text)
{
	*w = (struct json_walk){.p = text.p, .end = text.p + text.len, .line = 1};
}

static void advance(struct json_walk *w, size_t n)
{
	for (; n > 0; n--)
		w->line += *w->p++ == '\n';
}

char json_walk_peek(struct json_walk *w)
{
	while (w->p < w->end && *w->p != '\0' && strchr(" \t\r\n", *w->p) != NULL)
		advance(w, 1);
	return w->p < w->end ? *w->p : '\0';
}

void json_walk_enter(struct json_walk *w)
{
	advance(w, 1);
	w->is_first = true;
}

int json_walk_more(struct json_walk *w, char close, bool *ret, struct errinfo *ei)
{
	const char next = json_walk_peek(w);
	const bool is_first = w->is_first;

	w->is_first = false;
	*ret = next != close;
	if (next == close || (next == ',' && !is_first))
		advance(w, 1);
	else if (!is_first || next == '\0')
		return not_json(w, ei);
	return 0;
}

int json_walk_value(struct json_walk *w, size_t *ret_line, json_t **ret, struct errinfo *ei)
{
	json_error_t error;
	json_t *value;

	json_walk_peek(w);
	*ret_line = w->line;
	value = json_loadb(w->p, (size_t)(w->end - w->p),
			   JSON_DECODE_ANY | JSON_DISABLE_EOF_CHECK | JSON_REJECT_DUPLICATES,
			   &error);
	if (value == NULL && json_error_code(&error) == json_error_out_of_memory)
		return err_set(ei, ERR_NOMEM, "out of memory");
	if (value == NULL) {
		w->line += error.line > 0 ? (size_t)error.line - 1 : 0;
		return not_json(w, ei);
	}
	advance(w, (size_t)error.position);
	*ret = value;
	return 0;
}

int json_walk_name(struct json_walk *w, json_t **ret, struct errinfo *ei)
{
	json_t *name = NULL;
	size_t line;
	int err = json_walk_peek(w) == '"' ? json_walk_value(w, &line, &name, ei) : not_json(w, ei);

	if (err == 0 && json_walk_peek(w) != ':')
		err = not_json(w, ei);
	if (err != 0) {
		json_decref(name);
		return err;
	}
	advance(w, 1);
	*ret = name;
	return 0;
}

int json_walk_end(struct json_walk *w, struct errinfo *ei)
{
	return json_walk_peek(w) == '\0' && w->p == w->end ? 0 : not_json(w, ei);
}
