/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/conf.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kit/conf_kit.h"
#include "kit/fake_malloc.h"
#include "conf/load.h"
#include "kit/unit.h"

START_TEST(the_sample_file_loads)
{
	static const char *const nothing[] = {NULL};
	const char *srcdir = getenv("srcdir");
	struct errinfo ei = ERRINFO_INIT;
	struct conf *c = NULL;
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/etc/mooring.conf", srcdir != NULL ? srcdir : ".");
	ck_assert_msg(conf_load(path, nothing, &c, &ei) == 0, "%s", ei.text);
	ck_assert_uint_eq(c->n_zones, 1);
	ck_assert_str_eq(c->zones[0].name.text, "dyn.example.com");
	ck_assert(c->zones[0].publisher == CONF_PUBLISHER_BUILTIN);
	ck_assert(c->store.type == CONF_STORE_SQLITE);
	conf_free(c);
}
END_TEST

START_TEST(a_name_belongs_to_its_longest_zone)
{
	static const struct {
		const char *name;
		const char *want;
	} rows[] = {
		{"a.example.com", "example.com"},
		{"example.com", "example.com"},
		{"a.dyn.example.com", "dyn.example.com"},
		{"dyn.example.com", "dyn.example.com"},
		{"a.xdyn.example.com", "example.com"},
		{"xexample.com", NULL},
		{"a.example.org", NULL},
	};
	struct conf *c = conf_kit_good("zone example.com { name-servers = n.s } "
				       "zone dyn.example.com { name-servers = n.s }",
				       NULL);
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		const struct conf_zone *z;
		struct fqdn name;

		ck_assert_int_eq(fqdn_parse(slice_of(rows[i].name), &name), 0);
		z = conf_find_zone(c, &name);
		ck_assert_msg(rows[i].want == NULL
				      ? z == NULL
				      : z != NULL && strcmp(z->name.text, rows[i].want) == 0,
			      "%s", rows[i].name);
	}
	conf_free(c);
}
END_TEST

START_TEST(a_failed_allocation_is_an_error_and_leaks_nothing)
{
	static const char *const environ_list[] = {"MOORING_LOG_LEVEL=warn",
						   "MOORING_LISTEN=",
						   "MOORING_DNS_TCP_IDLE=1",
						   "MOORING_ROUTE53_SAMPLE=1",
						   "MOORING_LISTEN_PLAIN=127.0.0.1:80",
						   NULL};
	struct errinfo ei = ERRINFO_INIT;
	char path[CONF_KIT_PATH_MAX];
	struct conf *c = NULL;
	size_t n;

	conf_kit_write(conf_kit_everything, strlen(conf_kit_everything), path);
	for (n = 1;; n++) {
		int r;

		memset(&ei, 0, sizeof(ei));
		fake_malloc_fail_at(n);
		r = conf_load(path, environ_list, &c, &ei);
		if (!fake_malloc_off())
			break;
		ck_assert_msg(r == ERR_NOMEM && c == NULL, "allocation %zu: %d: %s", n, r, ei.text);
		ck_assert_msg(ei.code == r && ei.text[0] != '\0', "allocation %zu", n);
	}
	ck_assert_uint_gt(n, 20);
	ck_assert_ptr_nonnull(c);
	ck_assert_int_eq(unlink(path), 0);
	conf_free(c);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_sample_file_loads,
		a_name_belongs_to_its_longest_zone,
		a_failed_allocation_is_an_error_and_leaks_nothing,
	};

	return unit_run("conf", tests, N_ELEMENTS(tests));
}
