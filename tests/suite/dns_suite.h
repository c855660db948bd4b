/* SPDX-License-Identifier: BSD-2-Clause
 * The conformance suite of dns/dns.h: one set of tests that every publisher must pass. It knows
 * nothing of a publisher but the vtable and what is told here. */
#ifndef MOORING_TESTS_SUITE_DNS_SUITE_H
#define MOORING_TESTS_SUITE_DNS_SUITE_H

#include <check.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "net/addr.h"
#include "net/fqdn.h"

struct dns;
struct uv_loop_s;

/* How the suite gets at the publisher under test. Every test has a loop of its own. */
struct dns_subject {
	const char *name;
	const char *zone; /* "dyn.example.com"; the suite makes names below it */
	/* A publisher of a zone that holds no A and AAAA record set but the apex's. May run the
	 * loop. */
	int (*open)(void *ctx, struct uv_loop_s *loop, const struct fqdn *zone, struct dns **ret,
		    struct errinfo *ei);
	/* What the world sees: 0 with both set, ERR_NOTFOUND when there is no such record set, any
	 * other error fails the test. Called outside of the loop, which it may run. */
	int (*read)(void *ctx, const struct fqdn *name, enum addr_family family, struct addr *ret,
		    uint32_t *ret_ttl);
	/* Optional: called after dns_close(), before the loop is run until it is empty: closes what
	 * open() made beside the publisher. */
	void (*shut)(void *ctx);
	void *ctx;
	bool is_volatile;    /* as ops must say; adds the tests of reconcile_*() */
	unsigned timeout_ms; /* a submit that takes longer has failed */
};

/* Adds the suite's test cases to s. subject is borrowed until the runner is freed; one subject per
 * program. Tests run with or without fork. */
void dns_suite_add(Suite *s, const struct dns_subject *subject);

#endif
