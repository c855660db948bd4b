/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/import_hosts.h"

#include "conf/conf.h"

static void hosts_take_line(struct import_list *l, size_t line, struct slice text)
{
	struct slice name, comment;
	struct import_row *row;
	struct fqdn fqdn;

	slice_cut(text, '#', &name, &comment);
	name = slice_trim(name, STR_SPACE);
	if (name.len == 0)
		return;
	if (fqdn_complete(name, &l->conf->zones[0].name, &fqdn) != 0) {
		row = import_add(l, line, name);
		if (row != NULL)
			import_refuse(l, row, "it is not one host name");
		return;
	}
	row = import_add(l, line, slice_of(fqdn.text));
	if (row != NULL)
		import_set(l, row, FIELD_HOSTS, slice_of(fqdn.text));
}

void import_hosts(struct import_list *l, struct slice text)
{
	struct slice line;
	size_t n = 0;
	bool more = true;

	while (more) {
		more = slice_cut(text, '\n', &line, &text);
		hosts_take_line(l, ++n, line);
	}
}
