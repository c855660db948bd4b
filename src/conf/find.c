/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/find.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

int conf_find(const char *given, const char *fallback, const char **ret, struct errinfo *ei)
{
	const char *named = given != NULL ? given : getenv("MOORING_CONFIG");

	if (named != NULL && named[0] != '\0') {
		*ret = named;
		return 0;
	}
	/* Only a missing file is passed over: one that cannot be read has to be reported. */
	if (access(fallback, F_OK) == 0 || errno != ENOENT) {
		*ret = fallback;
		return 0;
	}
	if (getenv("MOORING_ZONE") != NULL) {
		*ret = NULL;
		return 0;
	}
	return err_set(ei, ERR_NOTFOUND,
		       "nothing is configured: write %s, or set MOORING_ZONE, "
		       "MOORING_ZONE_NAME_SERVER_ADDRESSES, MOORING_CERTIFICATE and "
		       "MOORING_PRIVATE_KEY (for Route 53 MOORING_ZONE_PUBLISHER and "
		       "MOORING_ZONE_HOSTED_ZONE_ID, for DynamoDB MOORING_STORE_TYPE, too)",
		       fallback);
}
