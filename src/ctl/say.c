/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/say.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "account/text.h"
#include "base/err.h"
#include "base/str.h"
#include "ctl/args.h"
#include "ctl/waiting.h"

enum { SENTENCE_MAX = ERR_TEXT_MAX * 2 };

/* The length of the printable character at the beginning of text; 0 when there is none. */
static size_t printable_len(const char *text)
{
	struct slice s = {.p = text, .len = str_utf8_length(slice_of(text))};

	return text_is_printable(s) ? s.len : 0;
}

static void make_printable(char *text)
{
	while (*text != '\0') {
		size_t len = printable_len(text);

		if (len == 0)
			*text = '?';
		text += len > 0 ? len : 1;
	}
}

static void say(const char *fmt, va_list ap, const char *hint)
	__attribute__((format(printf, 1, 0)));

static void say(const char *fmt, va_list ap, const char *hint)
{
	char text[SENTENCE_MAX];

	vsnprintf(text, sizeof(text), fmt, ap);
	make_printable(text);
	waiting_hide();
	fprintf(stderr, "mooringctl: %s%s\n", text, hint);
}

int ctl_fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap, "");
	va_end(ap);
	return CTL_FAILED;
}

int ctl_wrong_usage(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap, "; try mooringctl --help");
	va_end(ap);
	return CTL_USAGE;
}
