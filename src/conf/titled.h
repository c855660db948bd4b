/* SPDX-License-Identifier: BSD-2-Clause
 * The sections that have a name, of which there may be several: listen-at, zone, notify and
 * heartbeat. Private to conf/. Main thread, at start. */
#ifndef MOORING_CONF_TITLED_H
#define MOORING_CONF_TITLED_H

#include "conf/loader.h"

/* Whether the sections of this kind have a name, and there may be several. */
bool conf_has_title(enum conf_section section);
/* The section of that kind and name; NULL when there is none yet. */
struct conf_place *conf_find_titled(struct conf_loader *l, enum conf_section section,
				    struct slice name);
/* The only section of that kind; NULL when there is none, or several. */
struct conf_place *conf_find_only(struct conf_loader *l, enum conf_section section);
/* Adds a section with the defaults of its keys. *ret is its place. */
int conf_add_titled(struct conf_loader *l, enum conf_section section, struct slice name,
		    const struct conf_origin *origin, struct conf_place **ret);

#endif
