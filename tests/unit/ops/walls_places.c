/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/walls_places.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "kit/fake_malloc.h"
#include "kit/unit.h"
#include "ops/landlock.h"

static struct walls_places *places;

static void new_places(void)
{
	ck_assert_int_eq(walls_places_new(&places), 0);
}

static void free_places(void)
{
	walls_places_free(places);
}

START_TEST(what_may_be_read_is_within)
{
	new_places();
	walls_places_add(places, "/usr/share", LANDLOCK_READ);
	walls_places_add(places, "/usr/lib", LANDLOCK_WRITE);
	ck_assert(walls_places_have(places, "/usr/share"));
	ck_assert(walls_places_have(places, "/usr/share/doc/x"));
	ck_assert(!walls_places_have(places, "/usr/shared"));
	ck_assert(!walls_places_have(places, "/usr"));
	ck_assert(!walls_places_have(places, "/usr/lib/x"));
	walls_places_add(places, "/usr/lib", LANDLOCK_READ);
	ck_assert(walls_places_have(places, "/usr/lib/x"));
	ck_assert_int_eq(walls_places_error(places), 0);
	free_places();
}
END_TEST

START_TEST(neither_the_root_nor_a_relative_path_is_a_place)
{
	new_places();
	walls_places_add(places, "/", LANDLOCK_READ);
	walls_places_add(places, "//", LANDLOCK_READ);
	walls_places_add(places, "", LANDLOCK_READ);
	walls_places_add(places, "usr", LANDLOCK_READ);
	walls_places_follow(places, "/file", LANDLOCK_READ);
	ck_assert(!walls_places_have(places, "/usr"));
	free_places();
}
END_TEST

START_TEST(a_relative_file_is_one_of_the_working_directory)
{
	char here[4096], file[4200];

	new_places();
	ck_assert_int_eq(chdir("/usr/share"), 0);
	ck_assert_ptr_nonnull(getcwd(here, sizeof(here)));
	snprintf(file, sizeof(file), "%s/x", here);
	walls_places_follow(places, "mooring.conf", LANDLOCK_READ);
	ck_assert(walls_places_have(places, file));
	free_places();
}
END_TEST

START_TEST(ports_are_limited_until_all_are_wanted_or_there_are_too_many)
{
	uint16_t port;

	new_places();
	ck_assert(!walls_places_limit_ports(places, LANDLOCK_ABI_PORTS - 1));
	for (port = 1; port <= 64; port++) {
		walls_places_add_port(places, port);
		walls_places_add_port(places, port);
	}
	ck_assert(walls_places_limit_ports(places, LANDLOCK_ABI_PORTS));
	walls_places_add_port(places, 65);
	ck_assert(!walls_places_limit_ports(places, LANDLOCK_ABI_PORTS));
	free_places();
	new_places();
	walls_places_add_all_ports(places);
	ck_assert(!walls_places_limit_ports(places, LANDLOCK_ABI_PORTS));
	free_places();
}
END_TEST

START_TEST(an_error_stays)
{
	char path[32];
	size_t i;

	fake_malloc_fail_at(1);
	ck_assert_int_eq(walls_places_new(&places), ERR_NOMEM);
	ck_assert(fake_malloc_off());
	new_places();
	fake_malloc_fail_at(1);
	walls_places_add(places, "/a", LANDLOCK_READ);
	ck_assert(fake_malloc_off());
	walls_places_add(places, "/usr", LANDLOCK_READ);
	ck_assert_int_eq(walls_places_error(places), ERR_NOMEM);
	free_places();
	new_places();
	for (i = 0; i < 4096; i++) {
		snprintf(path, sizeof(path), "/%zu", i);
		walls_places_add(places, path, LANDLOCK_READ);
	}
	ck_assert_int_eq(walls_places_error(places), 0);
	walls_places_add(places, "/one-more", LANDLOCK_READ);
	ck_assert_int_eq(walls_places_error(places), ERR_LIMIT);
	free_places();
	walls_places_free(NULL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_may_be_read_is_within,
		neither_the_root_nor_a_relative_path_is_a_place,
		a_relative_file_is_one_of_the_working_directory,
		ports_are_limited_until_all_are_wanted_or_there_are_too_many,
		an_error_stays,
	};

	return unit_run("walls_places", tests, N_ELEMENTS(tests));
}
