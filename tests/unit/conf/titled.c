/* SPDX-License-Identifier: BSD-2-Clause
 * Sections that have a name. */
#include "conf/titled.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/value_print.h"
#include "kit/unit.h"

static struct conf conf;
static struct conf_loader loader;
static struct errinfo why;

static void open_loader(void)
{
	memset(&conf, 0, sizeof(conf));
	memset(&loader, 0, sizeof(loader));
	err_reset(&why);
	loader.conf = &conf;
	loader.path = "m.conf";
	loader.ei = &why;
}

static void free_values(enum conf_section section, size_t n, void *first, size_t size)
{
	const struct conf_keys *keys = conf_keys(section);
	size_t i, k;

	for (i = 0; i < n; i++)
		for (k = 0; k < keys->n; k++)
			conf_value_free(&keys->at[k], (char *)first + i * size);
}

static void close_loader(void)
{
	free_values(CONF_IN_ZONE, conf.n_zones, conf.zones, sizeof(conf.zones[0]));
	free(conf.zones);
	free_values(CONF_IN_NOTIFY, conf.n_notifies, conf.notifies, sizeof(conf.notifies[0]));
	free_values(CONF_IN_HEARTBEAT, conf.n_heartbeats, conf.heartbeats,
		    sizeof(conf.heartbeats[0]));
}

static int add(enum conf_section section, const char *name, struct conf_place **ret)
{
	const struct conf_origin origin = {.line = 7};

	err_reset(&why);
	return conf_add_titled(&loader, section, slice_of(name), &origin, ret);
}

static const struct {
	enum conf_section section;
	const char *name;
	const char *want; /* the sentence; NULL: it is added */
} rows[] = {
	{CONF_IN_ZONE, "dyn.example.com", NULL},
	{CONF_IN_ZONE, "Dyn.example.com.", "m.conf:7: zone \"Dyn.example.com.\" is there twice"},
	{CONF_IN_ZONE, "com",
	 "m.conf:7: zone \"com\": the name must be a host name of two labels or more"},
	{CONF_IN_ZONE, "*.example.com",
	 "m.conf:7: zone \"*.example.com\": the name must be a host name of two labels or more"},
	{CONF_IN_ZONE, "example.com", NULL},
	{CONF_IN_LISTENER, "Lan-0._", NULL},
	{CONF_IN_LISTENER, "Lan-0._", "m.conf:7: listen-at \"Lan-0._\" is there twice"},
	{CONF_IN_LISTENER, "lan-0._", NULL},
	{CONF_IN_LISTENER, "",
	 "m.conf:7: listen-at \"\": the name must be 1 to 32 letters, digits, '.', '_' or '-'"},
	{CONF_IN_LISTENER, "a b",
	 "m.conf:7: listen-at \"a b\": the name must be 1 to 32 letters, digits, '.', '_' or '-'"},
	{CONF_IN_LISTENER, "-x", "m.conf:7: listen-at \"-x\": the name must not begin with '-'"},
	{CONF_IN_NOTIFY, "-x", "m.conf:7: notify \"-x\": the name must not begin with '-'"},
	{CONF_IN_HEARTBEAT, ".x", "m.conf:7: heartbeat \".x\": the name must not begin with '.'"},
	{CONF_IN_NOTIFY, "Lan-0._", NULL},
	{CONF_IN_NOTIFY, "Lan-0._", "m.conf:7: notify \"Lan-0._\" is there twice"},
	{CONF_IN_HEARTBEAT, "Lan-0._", NULL},
	{CONF_IN_HEARTBEAT, "a:b",
	 "m.conf:7: heartbeat \"a:b\": the name must be 1 to 32 letters, digits, '.', '_' or '-'"},
	{CONF_IN_LISTENER, "12345678901234567890123456789012", NULL},
	{CONF_IN_LISTENER, "123456789012345678901234567890123",
	 "m.conf:7: listen-at \"123456789012345678901234567890123\": the name must be 1 to 32 "
	 "letters, digits, '.', '_' or '-'"},
};

START_TEST(a_section_has_a_name_of_its_own)
{
	size_t i;

	open_loader();
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct conf_place *place = NULL;
		int err = add(rows[i].section, rows[i].name, &place);

		ck_assert_msg((err == 0) == (rows[i].want == NULL), "row %zu: %d %s", i, err,
			      why.text);
		if (err != 0) {
			ck_assert_msg(err == ERR_INVAL && strcmp(why.text, rows[i].want) == 0,
				      "row %zu: %s", i, why.text);
			continue;
		}
		ck_assert(place->section == rows[i].section && place->origin.line == 7);
		ck_assert_ptr_eq(conf_find_titled(&loader, rows[i].section, slice_of(rows[i].name)),
				 place);
	}
	ck_assert_uint_eq(conf.n_zones, 2);
	ck_assert_uint_eq(conf.n_listeners, 3);
	/* With the defaults of its keys. */
	ck_assert_uint_eq(conf.zones[1].ttl, 60);
	ck_assert_str_eq(conf.zones[1].hosted_zone_id, "");
	close_loader();
}
END_TEST

START_TEST(a_section_is_found_by_its_name_and_the_only_one_without)
{
	struct conf_place *first, *second;

	open_loader();
	ck_assert_ptr_null(conf_find_only(&loader, CONF_IN_ZONE));
	ck_assert_ptr_null(conf_find_only(&loader, CONF_IN_LISTENER));
	ck_assert_int_eq(add(CONF_IN_ZONE, "a.example", &first), 0);
	ck_assert_ptr_eq(conf_find_only(&loader, CONF_IN_ZONE), first);
	ck_assert_ptr_null(conf_find_only(&loader, CONF_IN_LISTENER));
	ck_assert_int_eq(add(CONF_IN_ZONE, "b.example", &second), 0);
	ck_assert_ptr_null(conf_find_only(&loader, CONF_IN_ZONE));
	ck_assert_ptr_eq(conf_find_titled(&loader, CONF_IN_ZONE, slice_of("B.example")), second);
	ck_assert_ptr_null(conf_find_titled(&loader, CONF_IN_ZONE, slice_of("c.example")));
	ck_assert_ptr_null(conf_find_titled(&loader, CONF_IN_ZONE, slice_of("")));
	ck_assert_ptr_null(conf_find_titled(&loader, CONF_IN_LISTENER, slice_of("a.example")));
	ck_assert_int_eq(add(CONF_IN_LISTENER, "lan", &first), 0);
	ck_assert_ptr_eq(conf_find_only(&loader, CONF_IN_LISTENER), first);
	/* As it is written. */
	ck_assert_ptr_null(conf_find_titled(&loader, CONF_IN_LISTENER, slice_of("LAN")));
	ck_assert_int_eq(add(CONF_IN_LISTENER, "wan", &second), 0);
	ck_assert_ptr_null(conf_find_only(&loader, CONF_IN_LISTENER));
	close_loader();
}
END_TEST

START_TEST(there_are_not_too_many)
{
	struct conf_place *place;
	char name[64], want[128];
	int i;

	open_loader();
	for (i = 0; i < CONF_ZONES_MAX; i++) {
		snprintf(name, sizeof(name), "z%d.example", i);
		ck_assert_int_eq(add(CONF_IN_ZONE, name, &place), 0);
	}
	for (i = 0; i < CONF_LISTENERS_MAX; i++) {
		snprintf(name, sizeof(name), "l%d", i);
		ck_assert_int_eq(add(CONF_IN_LISTENER, name, &place), 0);
	}
	ck_assert_int_eq(add(CONF_IN_ZONE, "more.example", &place), ERR_INVAL);
	snprintf(want, sizeof(want), "m.conf:7: there are more than %d zones", CONF_ZONES_MAX);
	ck_assert_str_eq(why.text, want);
	ck_assert_int_eq(add(CONF_IN_LISTENER, "more", &place), ERR_INVAL);
	snprintf(want, sizeof(want), "m.conf:7: there are more than %d sections listen-at",
		 CONF_LISTENERS_MAX);
	ck_assert_str_eq(why.text, want);
	for (i = 0; i < CONF_NOTIFIES_MAX; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		ck_assert_int_eq(add(CONF_IN_NOTIFY, name, &place), 0);
	}
	ck_assert_int_eq(add(CONF_IN_NOTIFY, "more", &place), ERR_INVAL);
	snprintf(want, sizeof(want), "m.conf:7: there are more than %d sections notify",
		 CONF_NOTIFIES_MAX);
	ck_assert_str_eq(why.text, want);
	close_loader();
}
END_TEST

START_TEST(the_store_alone_is_a_section_without_a_name)
{
	ck_assert(conf_has_title(CONF_IN_ZONE) && conf_has_title(CONF_IN_LISTENER));
	ck_assert(conf_has_title(CONF_IN_NOTIFY) && conf_has_title(CONF_IN_HEARTBEAT));
	ck_assert(!conf_has_title(CONF_IN_TOP) && !conf_has_title(CONF_IN_STORE));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_section_has_a_name_of_its_own,
		a_section_is_found_by_its_name_and_the_only_one_without,
		there_are_not_too_many,
		the_store_alone_is_a_section_without_a_name,
	};

	return unit_run("titled", tests, N_ELEMENTS(tests));
}
