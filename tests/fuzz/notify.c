/* SPDX-License-Identifier: BSD-2-Clause
 * What an administrator writes for a target, and what a name may bring into a mail: the first line
 * of the input is the template of a body, the rest the file of a webhook's keys, and a title. */
#include "base/template.h"
#include "notify/mail_word.h"
#include "notify/webhook_sign.h"

#include "fuzz.h"

enum { TEXT_MAX = 1 << 20, FIRST_LINE = 9 };

static void check_template(const char *text)
{
	static const char *const names[] = {"host", "text", NULL};
	static const struct template_value values[] = {{"host", "a.b"}, {"text", "\"\\\n\x01\xff"}};
	enum template_form form;
	struct errinfo ei = ERRINFO_INIT;
	int err = template_check(text, names, &ei);

	must(err == 0 || err == ERR_INVAL);
	fuzz_must_explain(err, &ei);
	for (form = TEMPLATE_TEXT; form <= TEMPLATE_URL; form++) {
		struct buf out;

		buf_init(&out, TEXT_MAX);
		must(template_add(&out, text, form, values, 2) == err);
		/* What a value brings is fit for its place. */
		if (form != TEMPLATE_TEXT)
			must(memchr(buf_str(&out), 0x01, out.len) == NULL ||
			     strchr(text, 0x01) != NULL);
		buf_fini(&out);
	}
}

static void check_keys(struct slice file)
{
	struct errinfo ei = ERRINFO_INIT;
	struct webhook_keys keys;
	int err = webhook_keys_parse(file, &keys, &ei);
	size_t i;

	must(err == 0 || err == ERR_INVAL || err == ERR_LIMIT);
	fuzz_must_explain(err, &ei);
	must((err == 0) == (keys.n > 0));
	must(err == 0 || fuzz_is_wiped(&keys, sizeof(keys)));
	for (i = 0; i < keys.n; i++)
		must(keys.at[i].len >= WEBHOOK_KEY_MIN && keys.at[i].len <= WEBHOOK_KEY_MAX);
}

/* Nobody ends the header, or begins another one. */
static void check_word(struct slice title, size_t fold_at)
{
	struct buf out;
	size_t i;

	buf_init(&out, TEXT_MAX);
	must(mail_word_add(&out, title, fold_at) == 0);
	for (i = 0; i < out.len; i++) {
		char c = out.data[i];

		must((c >= ' ' && c <= '~') || c == '\r' || c == '\n');
		must(c != '\r' || (fold_at > 0 && out.data[i + 1] == '\n'));
		must(c != '\n' || (i > 0 && out.data[i - 1] == '\r' && out.data[i + 1] == ' '));
	}
	buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = fuzz_slice(data, size), line = fuzz_line(&rest);
	char *text = strndup(line.p != NULL ? line.p : "", line.len);

	must(text != NULL);
	check_template(text);
	check_keys(rest);
	check_word(rest, 0);
	check_word(rest, FIRST_LINE);
	free(text);
	return 0;
}
