/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>

int err_set(struct errinfo *ei, int code, const char *fmt, ...)
{
	va_list ap;

	if (ei == NULL || ei->code != 0)
		return code;
	ei->code = code;
	va_start(ap, fmt);
	vsnprintf(ei->text, sizeof(ei->text), fmt, ap);
	va_end(ap);
	return code;
}

void err_reset(struct errinfo *ei)
{
	*ei = (struct errinfo)ERRINFO_INIT;
}

bool err_is_passing(int code)
{
	return code == ERR_THROTTLED || code == ERR_TIMEOUT || code == ERR_UNAVAILABLE;
}

const char *err_str(int code)
{
	static const char *const text[] = {
		"no error",	  "out of memory",	"invalid input", "limit reached",
		"not found",	  "exists already",	"conflict",	 "permission denied",
		"refused",	  "throttled",		"timed out",	 "unavailable",
		"not understood", "input/output error", "cancelled",
	};
	size_t i = (size_t)-code;

	return code <= 0 && i < sizeof(text) / sizeof(text[0]) ? text[i] : "unknown error";
}
