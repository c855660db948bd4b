/* SPDX-License-Identifier: BSD-2-Clause
 * A text with places for values: "{name}", a name of lower-case letters, digits and "-". "{{" is
 * one "{"; a "{" before anything but a letter is one, too, as in JSON. Pure; any thread. */
#ifndef MOORING_BASE_TEMPLATE_H
#define MOORING_BASE_TEMPLATE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/* What a value is made fit for. */
enum template_form {
	TEMPLATE_TEXT, /* as it is */
	TEMPLATE_JSON, /* within a string in double quotes */
	TEMPLATE_URL,  /* percent-encoded, but for the unreserved characters (RFC 3986 §2.3) */
};

/* Both are borrowed. */
struct template_value {
	const char *name;
	const char *value;
};

/* ERR_INVAL with a sentence when text has a place for something else than the names (a list that
 * ends with NULL), or one without an end. */
int template_check(const char *text, const char *const *names, struct errinfo *ei);
/* Appends text with the values in their places; returns the state of out, or ERR_INVAL for what
 * template_check() refuses. */
int template_add(struct buf *out, const char *text, enum template_form form,
		 const struct template_value *values, size_t n);
/* Appends one value. */
int template_add_value(struct buf *out, enum template_form form, struct slice value);

#endif
