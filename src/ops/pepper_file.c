/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/pepper_file.h"

#include <string.h>

#include "account/pepper.h"
#include "base/secret_file.h"
#include "base/str.h"

static const char key[] = "pepper-file";

int pepper_file_read(const char *path, struct peppers *p, struct errinfo *ei)
{
	char text[PEPPER_TEXT_MAX + 1];
	struct errinfo why = ERRINFO_INIT;
	size_t len = 0;
	int err = secret_file_read(key, path, text, PEPPER_TEXT_MAX, &len, ei);

	if (err == 0) {
		err = peppers_read(p, (struct slice){text, len}, &why);
		if (err != 0)
			err_set(ei, err, "%s: %s: %s", key, path, why.text);
	}
	explicit_bzero(text, sizeof(text));
	return err;
}
