/* SPDX-License-Identifier: BSD-2-Clause
 * The configuration is read, from file and environment. Main thread, at start. */
#ifndef MOORING_CONF_LOAD_H
#define MOORING_CONF_LOAD_H

#include "base/err.h"
#include "conf/conf.h"

/* path NULL: the environment alone. environ_list is a NULL-terminated list of "NAME=value" (pass
 * environ). Every value is checked; the first thing wrong gives one sentence in ei that names file
 * and line, or the variable, and the key. Reads no other file but the configuration. Returns 0 with
 * *ret set; ERR_INVAL, ERR_NOTFOUND or ERR_DENIED when somebody has to mend the configuration, its
 * name or its mode; ERR_IO or ERR_NOMEM for what may pass by itself. */
int conf_load(const char *path, const char *const *environ_list, struct conf **ret,
	      struct errinfo *ei);
/* NULL is fine. */
void conf_free(struct conf *c);
/* Calls each for every number outside the zones, limits and timeouts, with the key's name; a
 * store's is called "store-timeout". */
typedef void conf_number_fn(void *arg, const char *name, unsigned value);
void conf_each_number(const struct conf *c, conf_number_fn *each, void *arg);

#endif
