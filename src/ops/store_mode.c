/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/store_mode.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "conf/conf.h"

static bool is_for_others(const char *path, mode_t kind, mode_t right)
{
	struct stat st;

	return stat(path, &st) == 0 && (st.st_mode & S_IFMT) == kind && (st.st_mode & right) != 0;
}

/* A folder that others may not enter keeps them from all that is in it. */
static bool can_be_reached(const char *file)
{
	char folder[PATH_MAX], *slash;

	if (realpath(file, folder) == NULL)
		return false;
	while ((slash = strrchr(folder, '/')) != NULL && slash != folder) {
		*slash = '\0';
		if (!is_for_others(folder, S_IFDIR, S_IXOTH))
			return false;
	}
	return true;
}

const char *store_mode_problem(const struct conf *conf)
{
	if (conf->store.type != CONF_STORE_SQLITE ||
	    !is_for_others(conf->store.path, S_IFREG, S_IROTH | S_IWOTH) ||
	    !can_be_reached(conf->store.path))
		return NULL;
	return "every user of this machine can read or write the store: chmod 0600";
}

void store_mode_warn(const struct conf *conf)
{
	const char *problem = store_mode_problem(conf);

	if (problem != NULL)
		log_event(LOG_LEVEL_WARN, problem, LOG_FIELDS(log_str("path", conf->store.path)));
}
