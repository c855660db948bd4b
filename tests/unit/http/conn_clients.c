/* SPDX-License-Identifier: BSD-2-Clause
 * The clients of a table, and how many connections each has. */
#include "http/conn_clients.h"

#include "kit/unit.h"
#include "kit/values.h"

enum { PLACES = 2 };

static struct conn_clients clients;

static struct prefix client_of(const char *peer)
{
	struct addr a = value_addr(peer);

	return prefix_of_client(&a);
}

static struct client *take(const char *peer)
{
	struct prefix p = client_of(peer);

	return conn_clients_take(&clients, &p);
}

static struct client *find(const char *peer)
{
	struct prefix p = client_of(peer);

	return conn_clients_find(&clients, &p);
}

START_TEST(a_client_is_there_as_long_as_it_has_a_connection)
{
	struct client *a, *b;

	clients = (struct conn_clients){.seed = 0};
	ck_assert_int_eq(conn_clients_init(&clients, PLACES), 0);
	ck_assert_ptr_null(find("192.0.2.1"));
	a = take("192.0.2.1");
	ck_assert_ptr_eq(take("192.0.2.1"), a);
	ck_assert_uint_eq(a->count, 2);
	b = take("2001:db8::1");
	/* A site has one place, whatever its addresses are. */
	ck_assert_ptr_eq(take("2001:db8:0:ff::2"), b);
	/* No place is left. */
	ck_assert_ptr_null(take("192.0.2.2"));
	conn_clients_drop(&clients, a);
	ck_assert_ptr_eq(find("192.0.2.1"), a);
	conn_clients_drop(&clients, a);
	ck_assert_ptr_null(find("192.0.2.1"));
	a = take("192.0.2.2");
	ck_assert_ptr_nonnull(a);
	ck_assert_uint_eq(a->count, 1);
	ck_assert_ptr_eq(find("2001:db8:0:1::9"), b);
	conn_clients_fini(&clients);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_client_is_there_as_long_as_it_has_a_connection,
	};

	return unit_run("conn_clients", tests, N_ELEMENTS(tests));
}
