/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/conf.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kit/conf_kit.h"
#include "kit/fake_malloc.h"
#include "conf/load.h"
#include "kit/unit.h"

START_TEST(what_is_served_is_one_list_of_all_forms)
{
	static const struct {
		const char *address, *listener;
		bool is_tls;
	} want[] = {
		{"192.0.2.1:8443", NULL, true}, {"[2001:db8::1]:8443", NULL, true},
		{"127.0.0.1:0", NULL, false},	{"[::]:9443", "nlb", true},
		{"0.0.0.0:9443", "nlb", true},	{"127.0.0.1:81", "Plain_2", false},
	};
	struct conf *c = conf_kit_good(conf_kit_everything, NULL);
	size_t i;

	ck_assert_uint_eq(c->n_fronts, N_ELEMENTS(want));
	for (i = 0; i < N_ELEMENTS(want); i++) {
		const struct conf_front *front = &c->fronts[i];

		ck_assert_str_eq(front->at->text, want[i].address);
		ck_assert_msg((front->listener == NULL) == (want[i].listener == NULL), "%zu", i);
		if (front->listener != NULL)
			ck_assert_str_eq(front->listener->name, want[i].listener);
		ck_assert_msg(front->is_tls == want[i].is_tls, "%zu", i);
	}
	conf_free(c);
}
END_TEST

START_TEST(all_forms_of_listeners_stand_side_by_side)
{
	struct conf *c = conf_kit_good(conf_kit_all_forms, NULL);

	ck_assert(c->listen.n == 1 && c->listen_plain.n == 0 && c->n_listeners == 1);
	ck_assert_uint_eq(c->n_fronts, 2);
	ck_assert_str_eq(c->fronts[0].at->text, "[::]:443");
	ck_assert_str_eq(c->fronts[1].at->text, "[::]:8443");
	ck_assert_uint_eq(c->listeners[0].certificates.n, 2);
	ck_assert_uint_eq(c->n_warnings, 0);
	conf_free(c);
}
END_TEST

START_TEST(a_default_address_is_not_served_beside_a_section)
{
	static const struct {
		const char *text;
		size_t n;
	} rows[] = {
		{"zone a.b { name-servers = n.s }", 1},
		{"zone a.b { name-servers = n.s } listen-at x { address = '[::]:443' }", 1},
		{"zone a.b { name-servers = n.s } listen-at x { address = '[::]:8443' }", 1},
		{"zone a.b { name-servers = n.s } listen-at x { address = '[::]:8443' } "
		 "listen = '[::]:443'",
		 2},
		{"zone a.b { name-servers = n.s } listen-at x { address = '[::]:8443' } "
		 "listen-plain = '[::]:80'",
		 2},
		{"zone a.b { name-servers = n.s } listen-at x { address = '[::]:81' tls = no } "
		 "listen = {}",
		 1},
	};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct conf *c = conf_kit_good(rows[i].text, NULL);

		ck_assert_msg(c->n_fronts == rows[i].n, "row %zu: %zu", i, c->n_fronts);
		conf_free(c);
	}
}
END_TEST

START_TEST(the_sample_file_loads)
{
	static const char *const nothing[] = {NULL};
	const char *srcdir = getenv("srcdir");
	struct errinfo ei = ERRINFO_INIT;
	struct conf *c = NULL;
	char path[4096];

	snprintf(path, sizeof(path), "%s/etc/mooring.conf", srcdir != NULL ? srcdir : ".");
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
		int err;

		memset(&ei, 0, sizeof(ei));
		fake_malloc_fail_at(n);
		err = conf_load(path, environ_list, &c, &ei);
		if (!fake_malloc_off())
			break;
		ck_assert_msg(err == ERR_NOMEM && c == NULL, "allocation %zu: %d: %s", n, err,
			      ei.text);
		ck_assert_msg(ei.code == err && ei.text[0] != '\0', "allocation %zu", n);
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
		what_is_served_is_one_list_of_all_forms,
		all_forms_of_listeners_stand_side_by_side,
		a_default_address_is_not_served_beside_a_section,
		the_sample_file_loads,
		a_name_belongs_to_its_longest_zone,
		a_failed_allocation_is_an_error_and_leaks_nothing,
	};

	return unit_run("conf", tests, N_ELEMENTS(tests));
}
