/* SPDX-License-Identifier: BSD-2-Clause
 * The formats of "mooringctl import", and the file. */
#ifndef MOORING_CTL_IMPORT_FILE_H
#define MOORING_CTL_IMPORT_FILE_H

#include "base/err.h"
#include "ctl/import_list.h"

enum import_format {
	IMPORT_CSV,
	IMPORT_JSON,
	IMPORT_DYNAMODB,
	IMPORT_DYNDNSD,
	IMPORT_DDCLIENT,
	IMPORT_HOSTS,
	IMPORT_FORMATS,
};

/* IMPORT_FORMATS: there is none of that name. */
enum import_format import_format_find(const char *name);

/* Reads path ("-": standard input) into l. format may be NULL: then the end of the name tells. What
 * is wrong with one account refuses its row; else an error with a sentence, which names the line
 * where there is one, and never holds a secret. */
int import_file_read(struct import_list *l, const char *path, const char *format,
		     struct errinfo *ei);

#endif
