/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/setup_talk.h"

#include <string.h>

#include "base/buf.h"
#include "ctl/setup_take.h"

static int take_given(struct setup_talk *t, enum setup_question q, struct errinfo *ei)
{
	struct errinfo why = ERRINFO_INIT;
	int err = setup_take(t->answers, q, t->given[q], &why);

	if (err == 0)
		return 0;
	return err_set(ei, err == ERR_NOMEM ? err : ERR_INVAL, "--%s %s", setup_row(q)->option,
		       why.text);
}

/* Before anybody is asked: who has answered five questions should not be told then that an option
 * was wrong. What depends on other answers is judged in its turn. */
static int judge_given(struct setup_talk *t, struct errinfo *ei)
{
	enum setup_question q;
	int err = 0;

	for (q = 0; err == 0 && q < SETUP_QUESTIONS; q++)
		if (t->given[q] != NULL)
			err = take_given(t, q, ei);
	memset(t->answers->text, 0, sizeof(t->answers->text));
	return err;
}

/* 1: a line is in text; 0: it was too long; ERR_CANCELED: there is none. */
static int read_answer(struct setup_talk *t, char text[SETUP_ANSWER_MAX])
{
	bool is_whole;
	size_t len;
	int c;

	if (fgets(text, SETUP_ANSWER_MAX, t->in) == NULL)
		return ERR_CANCELED;
	len = strcspn(text, "\n");
	is_whole = text[len] == '\n' || len < SETUP_ANSWER_MAX - 1;
	text[len] = '\0';
	for (c = 0; !is_whole && c != '\n' && c != EOF;)
		c = fgetc(t->in);
	return is_whole ? 1 : 0;
}

static int canceled(struct setup_talk *t, enum setup_question q, struct errinfo *ei)
{
	fputc('\n', t->out);
	return err_set(ei, ERR_CANCELED, "nothing was written: there is no answer for --%s",
		       setup_row(q)->option);
}

static void show_prompt(struct setup_talk *t, enum setup_question q, const char *preset)
{
	fputs(setup_row(q)->prompt, t->out);
	/* Brackets in brackets are hard to read. */
	if (*preset != '\0')
		fprintf(t->out, strchr(preset, '[') != NULL ? ", or Enter for %s" : " [%s]",
			preset);
	fputs(": ", t->out);
	fflush(t->out);
}

/* An empty line is the default. */
static int ask_question(struct setup_talk *t, enum setup_question q, const char *preset,
			struct errinfo *ei)
{
	char text[SETUP_ANSWER_MAX];
	int got;

	t->has_asked = true;
	fprintf(t->out, "\n%s\n", setup_row(q)->why);
	if (*preset == '\0' && setup_hint(q) != NULL)
		fprintf(t->out, "%s\n", setup_hint(q));
	for (;;) {
		struct errinfo why = ERRINFO_INIT;
		bool is_empty;

		show_prompt(t, q, preset);
		got = read_answer(t, text);
		if (got == ERR_CANCELED)
			return canceled(t, q, ei);
		is_empty = text[strspn(text, " \t\r")] == '\0';
		if (got == 0)
			err_set(&why, ERR_LIMIT, "is too long");
		else if (setup_take(t->answers, q, is_empty ? preset : text, &why) == 0)
			return 0;
		fprintf(t->out, "This %s.\n", why.text);
	}
}

static int take_preset(struct setup_talk *t, enum setup_question q, const char *preset,
		       struct errinfo *ei)
{
	struct errinfo why = ERRINFO_INIT;
	int err = setup_take(t->answers, q, preset, &why);

	if (err == 0)
		return 0;
	return err_set(ei, err, "the default for --%s, \"%s\", %s", setup_row(q)->option, preset,
		       why.text);
}

static bool takes_preset(const struct setup_talk *t, enum setup_question q, const char *preset)
{
	return *preset != '\0' && (t->takes_presets || !setup_is_worth_asking(t->answers, q) ||
				   (t->in == NULL && setup_row(q)->is_optional));
}

static int answer(struct setup_talk *t, enum setup_question q, struct errinfo *ei)
{
	char preset[SETUP_ANSWER_MAX];

	if (t->given[q] != NULL)
		return take_given(t, q, ei);
	setup_preset(t->answers, q, preset);
	if (takes_preset(t, q, preset))
		return take_preset(t, q, preset, ei);
	return ask_question(t, q, preset, ei);
}

/* ---------------------------------------------------------------- where nobody can be asked */

/* Options, with "and" before the last one. */
struct options {
	size_t n;
	enum setup_question at[SETUP_QUESTIONS];
};

static void list_options(const struct options *o, struct buf *out)
{
	size_t i;

	for (i = 0; i < o->n; i++)
		buf_addf(out, "%s--%s",
			 i == 0		? ""
			 : i + 1 < o->n ? ", "
					: " and ",
			 setup_row(o->at[i])->option);
}

/* bare: those of them without a default. */
static int tell_missing(const struct options *missing, const struct options *bare,
			struct errinfo *ei)
{
	struct buf text;
	int err;

	buf_init(&text, ERR_TEXT_MAX);
	list_options(missing, &text);
	buf_addf(&text, " %s to say it", missing->n == 1 ? "has" : "have");
	if (bare->n == 0) {
		buf_adds(&text, ", or --yes takes the default");
	} else if (bare->n < missing->n) {
		buf_adds(&text, "; with --yes only ");
		list_options(bare, &text);
	}
	err = err_set(ei, ERR_INVAL, "nobody can be asked here: %s", buf_str(&text));
	buf_fini(&text);
	return err;
}

/* Whether an option was given that counts only with another answer to q. */
static bool is_contradicted(const struct setup_talk *t, enum setup_question q)
{
	const char *option = setup_row(q)->option;
	enum setup_question k;

	for (k = 0; k < SETUP_QUESTIONS; k++) {
		const char *needs = setup_row(k)->needs;

		if (t->given[k] != NULL && needs != NULL &&
		    strncmp(needs + 2, option, strlen(option)) == 0 &&
		    needs[2 + strlen(option)] == ' ' && !setup_applies(t->answers, k))
			return true;
	}
	return false;
}

/* An answer on which defaults and further questions depend, for the look at those: they are named
 * in the same sentence. */
static void suppose(struct setup_talk *t, enum setup_question q, const char *preset)
{
	const char *text = preset;

	if (*text == '\0' && q == SETUP_DOMAIN)
		text = "dyn.example.com";
	else if (*text == '\0' && q == SETUP_ADDRESS)
		text = "192.0.2.1";
	if (*text == '\0' || setup_take(t->answers, q, text, NULL) != 0)
		return;
	if (is_contradicted(t, q))
		t->answers->text[q][0] = '\0';
}

/* All that is missing, before anything is looked up. */
static int judge_missing(struct setup_talk *t, struct errinfo *ei)
{
	struct options missing = {.n = 0}, bare = {.n = 0};
	char preset[SETUP_ANSWER_MAX];
	enum setup_question q;

	for (q = 0; q < SETUP_QUESTIONS; q++) {
		setup_preset(t->answers, q, preset);
		if (!setup_applies(t->answers, q))
			continue;
		if (t->given[q] != NULL) {
			setup_take(t->answers, q, t->given[q], NULL);
			continue;
		}
		if (!takes_preset(t, q, preset)) {
			missing.at[missing.n++] = q;
			if (*preset == '\0')
				bare.at[bare.n++] = q;
		}
		suppose(t, q, preset);
	}
	memset(t->answers->text, 0, sizeof(t->answers->text));
	return missing.n > 0 ? tell_missing(&missing, &bare, ei) : 0;
}

int setup_talk_run(struct setup_talk *t, struct errinfo *ei)
{
	enum setup_question q;
	int err = judge_given(t, ei);

	if (err == 0 && t->in == NULL)
		err = judge_missing(t, ei);
	for (q = 0; err == 0 && q < SETUP_QUESTIONS; q++) {
		if (setup_applies(t->answers, q)) {
			err = answer(t, q, ei);
			if (err == 0 && t->after != NULL)
				t->after(t->arg, q);
		} else if (t->given[q] != NULL) {
			err = err_set(ei, ERR_INVAL, "--%s counts only with %s",
				      setup_row(q)->option, setup_row(q)->needs);
		}
	}
	return err;
}
