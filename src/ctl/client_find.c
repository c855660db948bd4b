/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/client_find.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "ctl/client_text.h"

enum { WORD_MAX = 40, NEAREST = 3, FAR = WORD_MAX };

static const struct {
	const char *word;
	unsigned need;
} listener_words[] = {
	{"query-credentials", CLIENT_NEEDS_QUERY_CREDENTIALS},
	{"plain-http", CLIENT_NEEDS_PLAIN_HTTP},
	{"legacy-tls", CLIENT_NEEDS_LEGACY_TLS},
};

/* Letters, digits and dots in lower case, nothing else: how people write a name differs in that.
 * out is cut to what it holds. */
static void simplify(struct slice word, char out[WORD_MAX])
{
	size_t i, n = 0;

	for (i = 0; i < word.len && n < WORD_MAX - 1; i++) {
		char c = str_lower(word.p[i]);

		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.')
			out[n++] = c;
	}
	out[n] = '\0';
}

/* The next word of a list separated by blanks; false at its end. */
static bool next_word(struct slice *rest, struct slice *ret)
{
	*rest = slice_trim_start(*rest, STR_BLANKS);
	if (rest->len == 0)
		return false;
	slice_cut(*rest, ' ', ret, rest);
	return true;
}

static bool is_listener_word(struct slice word, unsigned *ret_need)
{
	size_t i;

	for (i = 0; i < sizeof(listener_words) / sizeof(listener_words[0]); i++)
		if (slice_eq(word, listener_words[i].word)) {
			*ret_need = listener_words[i].need;
			return true;
		}
	return false;
}

void client_each_quirk(const struct client_text *c, client_quirk_fn *each, void *arg)
{
	struct slice rest = slice_of(c->needs), word;
	char quirk[WORD_MAX];
	unsigned need;

	while (next_word(&rest, &word))
		if (!is_listener_word(word, &need) && str_copy(quirk, sizeof(quirk), word) == 0)
			each(arg, quirk);
}

unsigned client_needs(const struct client_text *c)
{
	struct slice rest = slice_of(c->needs), word;
	unsigned needs = 0, need;

	while (next_word(&rest, &word))
		if (is_listener_word(word, &need))
			needs |= need;
	return needs;
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* How many letters have to be changed, inserted or taken out to make b of a (Levenshtein). */
static unsigned edits(const char *a, const char *b)
{
	unsigned row[WORD_MAX], above, left;
	size_t i, j, n = strlen(b);

	for (j = 0; j <= n; j++)
		row[j] = (unsigned)j;
	for (i = 1; a[i - 1] != '\0'; i++) {
		above = row[0];
		row[0] = (unsigned)i;
		for (j = 1; j <= n; j++) {
			left = above + (a[i - 1] != b[j - 1]);
			above = row[j];
			row[j] = least(left, least(row[j], row[j - 1]) + 1);
		}
	}
	return row[n];
}

/* 0: it is this name. A part of a longer name is nearer than any mistake. */
static unsigned word_distance(const char *wanted, struct slice word)
{
	char name[WORD_MAX];

	simplify(word, name);
	if (strcmp(wanted, name) == 0)
		return 0;
	if (strlen(wanted) > 1 && (strstr(name, wanted) != NULL || strstr(wanted, name) != NULL))
		return 1;
	return edits(wanted, name) + 1;
}

static unsigned distance(const char *wanted, const struct client_text *c)
{
	struct slice rest = slice_of(c->aliases), word;
	unsigned best = word_distance(wanted, slice_of(c->name));

	while (next_word(&rest, &word))
		best = least(best, word_distance(wanted, word));
	return best;
}

/* The clients in the order of their distance, the first ones of them. */
static int refuse(const char *name, const unsigned *distances, struct errinfo *ei)
{
	char shown[WORD_MAX + 8], near[160] = "";
	size_t found = 0, i, at = 0;
	unsigned d;

	for (d = 0; d < FAR && found < NEAREST; d++)
		for (i = 0; i < n_client_texts && found < NEAREST; i++) {
			if (distances[i] != d)
				continue;
			at += (size_t)snprintf(near + at, sizeof(near) - at, "%s%s",
					       found++ > 0 ? ", " : "", client_texts[i].name);
		}
	return err_set(ei, ERR_NOTFOUND,
		       "no client is called \"%s\"; near to it are %s; \"mooringctl "
		       "client-config\" lists all",
		       str_printable(shown, sizeof(shown), slice_of(name)), near);
}

enum { CLIENTS_MAX = 128 };

int client_find(const char *name, const struct client_text **ret, struct errinfo *ei)
{
	unsigned distances[CLIENTS_MAX];
	char wanted[WORD_MAX];
	size_t i;

	simplify(slice_of(name), wanted);
	for (i = 0; i < n_client_texts && i < CLIENTS_MAX; i++) {
		distances[i] = distance(wanted, &client_texts[i]);
		if (distances[i] == 0) {
			*ret = &client_texts[i];
			return 0;
		}
	}
	return refuse(name, distances, ei);
}
