/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/conform_table.h"

#include <string.h>

#include "base/buf.h"

/* What is being read. */
struct reader {
	struct conform_row *row;
	enum conform_login login;
};

/* The step whose request is being said: after a reply another one begins. NULL: there are too many.
 */
static struct conform_step *asked_step(struct reader *r)
{
	struct conform_row *row = r->row;

	if (row->n_steps == 0 || row->steps[row->n_steps - 1].status != 0) {
		if (row->n_steps == CONFORM_STEPS_MAX)
			return NULL;
		row->steps[row->n_steps++] = (struct conform_step){
			.login = r->login, .judge = CONFORM_STATUS | CONFORM_WORDS};
	}
	return &row->steps[row->n_steps - 1];
}

static struct conform_step *last_step(struct reader *r)
{
	return r->row->n_steps > 0 ? &r->row->steps[r->row->n_steps - 1] : NULL;
}

static int put_line(struct conform_lines *lines, struct slice value)
{
	if (lines->n == FETCH_LINES_MAX)
		return ERR_LIMIT;
	lines->at[lines->n++] = value;
	return 0;
}

static int take_as(struct reader *r, struct slice value)
{
	static const char *const names[] = {
		[CONFORM_NOBODY] = "nobody", [CONFORM_WRONG] = "wrong", [CONFORM_EMPTY] = "empty"};
	size_t i;

	for (i = CONFORM_NOBODY; i < sizeof(names) / sizeof(names[0]); i++)
		if (slice_eq(value, names[i])) {
			r->login = (enum conform_login)i;
			return 0;
		}
	return ERR_INVAL;
}

static int take_ask(struct reader *r, struct slice value)
{
	static const char old[] = " HTTP/1.0";
	struct conform_step *step = asked_step(r);
	size_t len = sizeof(old) - 1;

	if (step == NULL)
		return ERR_LIMIT;
	if (value.len > len && memcmp(value.p + value.len - len, old, len) == 0) {
		step->is_old = true;
		value.len -= len;
	}
	return slice_cut(value, ' ', &step->method, &step->target) ? 0 : ERR_INVAL;
}

static int take_head(struct reader *r, struct slice value)
{
	struct conform_step *step = asked_step(r);

	return step != NULL ? put_line(&step->head, value) : ERR_LIMIT;
}

static int take_body(struct reader *r, struct slice value)
{
	struct conform_step *step = asked_step(r);

	if (step == NULL || step->body.p != NULL)
		return ERR_LIMIT;
	step->body = value;
	return 0;
}

static int take_reply(struct reader *r, struct slice value)
{
	struct conform_step *step = last_step(r);
	struct slice status;
	uint64_t number;

	slice_cut(value, ' ', &status, &value);
	if (step == NULL || step->target.len == 0 || str_parse_uint(status, 599, &number) != 0)
		return ERR_INVAL;
	step->status = (unsigned)number;
	step->reply = value;
	return 0;
}

static int take_with(struct reader *r, struct slice value)
{
	return last_step(r) != NULL ? put_line(&last_step(r)->with, value) : ERR_INVAL;
}

static int take_without(struct reader *r, struct slice value)
{
	return last_step(r) != NULL ? put_line(&last_step(r)->without, value) : ERR_INVAL;
}

static unsigned judge_word(struct slice word)
{
	static const char *const words[] = {"status",  "words", "word",	   "address",
					    "verdict", "bytes", "headers", "refused"};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (slice_eq(word, words[i]))
			return 1u << i;
	return 0;
}

static int take_judge(struct reader *r, struct slice value)
{
	struct conform_step *step = last_step(r);
	struct slice word;

	if (step == NULL)
		return ERR_INVAL;
	for (step->judge = 0; value.len > 0;) {
		slice_cut(value, ' ', &word, &value);
		if (judge_word(word) == 0)
			return ERR_INVAL;
		step->judge |= judge_word(word);
	}
	return 0;
}

static struct slice some_address(struct slice text)
{
	return slice_eq(text, "*") ? slice_of("") : text;
}

/* HOST IPV4 IPV6 */
static int take_state(struct conform_state states[CONFORM_HOSTS_MAX], struct slice value)
{
	struct slice host, v4;
	struct conform_state *state;

	slice_cut(value, ' ', &host, &value);
	slice_cut(value, ' ', &v4, &value);
	if (slice_eq(host, "$host"))
		state = &states[0];
	else if (slice_eq(host, "$host2"))
		state = &states[1];
	else
		return ERR_INVAL;
	*state = (struct conform_state){.v4 = some_address(v4), .v6 = some_address(value)};
	return 0;
}

static int take_before(struct reader *r, struct slice value)
{
	return take_state(r->row->before, value);
}

static int take_after(struct reader *r, struct slice value)
{
	return take_state(r->row->after, value);
}

static int take_hurts(struct reader *r, struct slice value)
{
	r->row->hurts = value;
	return 0;
}

static const struct {
	const char *key;
	int (*take)(struct reader *r, struct slice value);
} takers[] = {
	{"as", take_as},	   {"ask", take_ask},	  {"head", take_head},
	{"body", take_body},	   {"reply", take_reply}, {"with", take_with},
	{"without", take_without}, {"judge", take_judge}, {"before", take_before},
	{"after", take_after},	   {"hurts", take_hurts},
};

static int read_line(struct reader *r, struct slice line)
{
	struct slice key, value;
	size_t i;

	slice_cut(line, ' ', &key, &value);
	for (i = 0; i < sizeof(takers) / sizeof(takers[0]); i++)
		if (slice_eq(key, takers[i].key))
			return takers[i].take(r, value);
	return ERR_INVAL;
}

/* RULES: WHAT */
static int take_row(struct slice value, struct conform_row *row)
{
	memset(row, 0, sizeof(*row));
	if (!slice_cut(value, ':', &row->rules, &row->what))
		return ERR_INVAL;
	row->what = slice_trim_start(row->what, STR_BLANKS);
	return 0;
}

int conform_table_parse(const char *const *lines, size_t n, struct conform_row *rows, size_t cap,
			size_t *ret_n, struct errinfo *ei)
{
	struct reader r = {.row = NULL};
	size_t i, n_rows = 0;

	for (i = 0; i < n; i++) {
		struct slice line = slice_of(lines[i]);
		int err;

		if (strncmp(lines[i], "row ", 4) == 0) {
			if (n_rows == cap)
				return err_set(ei, ERR_LIMIT, "more than %zu rows", cap);
			r = (struct reader){.row = &rows[n_rows++]};
			err = take_row((struct slice){line.p + 4, line.len - 4}, r.row);
		} else {
			err = r.row != NULL ? read_line(&r, line) : ERR_INVAL;
		}
		if (err != 0)
			return err_set(ei, err, "a line of the table: %s", lines[i]);
		if (strstr(lines[i], "$host2") != NULL)
			r.row->has_second = true;
	}
	*ret_n = n_rows;
	return 0;
}

static bool begins(struct slice text, const char *with)
{
	size_t len = strlen(with);

	return text.len >= len && memcmp(text.p, with, len) == 0;
}

static void put_upper(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		char c = *text;

		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		buf_addc(out, c);
	}
}

/* A name at the start of text; returns its length there, 0: there is none. */
static size_t put_name(struct buf *out, struct slice text, const struct conform_names *names)
{
	if (begins(text, "$host2")) {
		buf_adds(out, names->second != NULL ? names->second : "");
		return 6;
	}
	if (begins(text, "$host")) {
		buf_adds(out, names->host);
		return 5;
	}
	if (begins(text, "$HOST")) {
		put_upper(out, names->host);
		return 5;
	}
	return 0;
}

/* An escape at the start of text; returns its length there, 0: there is none. */
static size_t put_escape(struct buf *out, struct slice text)
{
	static const char from[] = "rnt\\", to[] = "\r\n\t\\";
	const char *found;
	char byte;

	if (text.len < 2 || text.p[0] != '\\')
		return 0;
	found = memchr(from, text.p[1], sizeof(from) - 1);
	if (found != NULL) {
		buf_addc(out, to[found - from]);
		return 2;
	}
	if (text.len < 4 || text.p[1] != 'x' || str_hex_value(text.p[2]) < 0 ||
	    str_hex_value(text.p[3]) < 0)
		return 0;
	byte = (char)(str_hex_value(text.p[2]) << 4 | str_hex_value(text.p[3]));
	buf_addc(out, byte);
	return 4;
}

int conform_fill(struct slice text, const struct conform_names *names, char *out, size_t cap)
{
	static const char path[] = "/nic/update";
	struct buf b;
	size_t i = 0;
	int err;

	buf_init(&b, cap);
	if (names->path != NULL && begins(text, path)) {
		buf_adds(&b, names->path);
		i = sizeof(path) - 1;
	}
	while (i < text.len) {
		struct slice rest = {text.p + i, text.len - i};
		size_t len = put_name(&b, rest, names);

		len = len > 0 ? len : put_escape(&b, rest);
		if (len == 0) {
			buf_addc(&b, rest.p[0]);
			len = 1;
		}
		i += len;
	}
	err = buf_err(&b) != 0 ? buf_err(&b)
			       : str_copy(out, cap, (struct slice){buf_str(&b), b.len});
	if (err != 0)
		out[0] = '\0';
	buf_fini(&b);
	return err;
}
