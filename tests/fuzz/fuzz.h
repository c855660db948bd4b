/* SPDX-License-Identifier: BSD-2-Clause
 * What the harnesses have in common. Each is one function of libFuzzer's, which is given bytes and
 * returns 0; what must be true of every input, beside that nothing crashes, it checks by must().
 * The same function is called by libFuzzer (script/fuzz) and by replay.c (make check). */
#ifndef MOORING_TESTS_FUZZ_FUZZ_H
#define MOORING_TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Unlike assert(), also there with NDEBUG. */
#define must(condition)                                                                            \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition);  \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

static inline struct slice fuzz_slice(const uint8_t *data, size_t size)
{
	return (struct slice){(const char *)data, size};
}

/* Takes the first line, without its end, off the input: where a parser is given several texts. */
static inline struct slice fuzz_line(struct slice *rest)
{
	struct slice line;

	slice_cut(*rest, '\n', &line, rest);
	return line;
}

/* A sentence is there exactly when there is an error, with its code, on one line. */
static inline void fuzz_must_explain(int err, const struct errinfo *ei)
{
	must((err == 0) == (ei->text[0] == '\0') && (err == 0) == (ei->code == 0));
	must(!slice_has_control(slice_of(ei->text)));
}

/* All bytes are zero: nothing of a secret is left. */
static inline bool fuzz_is_wiped(const void *bytes, size_t n)
{
	const unsigned char *p = bytes;
	size_t i;

	for (i = 0; i < n; i++)
		if (p[i] != 0)
			return false;
	return true;
}

#endif
