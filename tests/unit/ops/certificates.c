/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/certificates.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "base/clock.h"
#include "base/metric.h"
#include "conf/conf.h"
#include "http/tls.h"
#include "kit/http_fixture.h"
#include "kit/unit.h"

/* The pairs of files: the common one, and those of two listeners. */
enum { COMMON, FIRST, SECOND, PAIRS, PATH_LEN = 128 };

static char dir[] = "/tmp/mooring-certificates.XXXXXX";
static char certificate[PAIRS][PATH_LEN], private_key[PAIRS][PATH_LEN];
static struct conf conf;

static void make_conf(void)
{
	size_t i;

	strcpy(dir + sizeof(dir) - sizeof("XXXXXX"), "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	for (i = 0; i < PAIRS; i++) {
		snprintf(certificate[i], PATH_LEN, "%s/%zu.pem", dir, i);
		snprintf(private_key[i], PATH_LEN, "%s/%zu.key", dir, i);
		fixture_write_pair(certificate[i], private_key[i], (unsigned char)(i + 1));
	}
	memset(&conf, 0, sizeof(conf));
	conf.certificate = certificate[COMMON];
	conf.private_key = private_key[COMMON];
	/* [2] has no certificate of its own, [3] no TLS. */
	conf.n_listeners = 4;
	for (i = FIRST; i <= SECOND; i++) {
		conf.listeners[i - 1].certificates.n = 1;
		conf.listeners[i - 1].certificates.at[0] =
			(struct conf_pair){certificate[i], private_key[i]};
	}
}

static void remove_files(void)
{
	size_t i;

	for (i = 0; i < PAIRS; i++) {
		unlink(certificate[i]);
		unlink(private_key[i]);
	}
	ck_assert_int_eq(rmdir(dir), 0);
}

static void add_front(const struct conf_listener *listener, bool is_tls)
{
	conf.fronts[conf.n_fronts++] = (struct conf_front){.listener = listener, .is_tls = is_tls};
}

static struct certificates *open_good(void)
{
	struct errinfo ei = ERRINFO_INIT;
	struct certificates *c = NULL;

	ck_assert_msg(certificates_open(&conf, &c, &ei) == 0, "%s", ei.text);
	return c;
}

START_TEST(each_listener_has_its_own_or_the_common_ones)
{
	struct certificates *c;
	const struct http_tls *own, *other, *common;

	make_conf();
	add_front(NULL, true);
	add_front(NULL, false);
	add_front(&conf.listeners[0], true);
	add_front(&conf.listeners[0], true);
	add_front(&conf.listeners[1], true);
	add_front(&conf.listeners[2], true);
	add_front(&conf.listeners[3], false);
	c = open_good();
	common = certificates_of(c, &conf.fronts[0]);
	own = certificates_of(c, &conf.fronts[2]);
	other = certificates_of(c, &conf.fronts[4]);
	ck_assert(common != NULL && own != NULL && other != NULL);
	ck_assert(common != own && common != other && own != other);
	ck_assert_ptr_null(certificates_of(c, &conf.fronts[1]));
	ck_assert_ptr_eq(certificates_of(c, &conf.fronts[3]), own);
	ck_assert_ptr_eq(certificates_of(c, &conf.fronts[5]), common);
	ck_assert_ptr_null(certificates_of(c, &conf.fronts[6]));
	ck_assert_ptr_nonnull(certificates_any(c));
	certificates_free(c);
	remove_files();
}
END_TEST

/* Who serves nothing by it needs no common certificate; who has no HTTPS needs none at all. */
START_TEST(only_what_is_served_is_read)
{
	struct errinfo ei = ERRINFO_INIT;
	struct certificates *c, *untouched = NULL;

	make_conf();
	conf.certificate = conf.private_key = private_key[PAIRS - 1];
	add_front(NULL, false);
	c = open_good();
	ck_assert_ptr_null(certificates_any(c));
	certificates_reload(c);
	certificates_free(c);
	add_front(&conf.listeners[0], true);
	c = open_good();
	ck_assert_ptr_eq(certificates_any(c), certificates_of(c, &conf.fronts[1]));
	certificates_free(c);
	add_front(NULL, true);
	ck_assert_int_lt(certificates_open(&conf, &untouched, &ei), 0);
	ck_assert_msg(strstr(ei.text, private_key[PAIRS - 1]) != NULL, "%s", ei.text);
	ck_assert_ptr_null(untouched);
	ck_assert_ptr_null(certificates_any(NULL));
	certificates_free(NULL);
	remove_files();
}
END_TEST

START_TEST(what_cannot_be_read_again_keeps_no_other_from_it)
{
	struct certificates *c;

	make_conf();
	add_front(NULL, true);
	add_front(&conf.listeners[0], true);
	add_front(&conf.listeners[1], true);
	c = open_good();
	ck_assert_int_gt(metric_get(METRIC_CERTIFICATE_END), clock_wall_s());
	metric_set(METRIC_CERTIFICATE_END, 1);
	fixture_write_file(private_key[COMMON], "nothing");
	ck_assert_int_eq(metric_get(METRIC_RELOAD_FAILED_CERTIFICATES), 0);
	certificates_reload(c);
	ck_assert_int_eq(metric_get(METRIC_RELOAD_FAILED_CERTIFICATES), 1);
	/* It is still the old one that ends first. */
	ck_assert_int_eq(metric_get(METRIC_CERTIFICATE_END),
			 http_tls_not_after(certificates_of(c, &conf.fronts[0])));
	ck_assert_int_gt(http_tls_not_after(certificates_of(c, &conf.fronts[1])), clock_wall_s());
	fixture_write_pair(certificate[COMMON], private_key[COMMON], 9);
	certificates_reload(c);
	ck_assert_int_eq(metric_get(METRIC_RELOAD_FAILED_CERTIFICATES), 0);
	certificates_free(c);
	remove_files();
}
END_TEST

static void on_due(void *arg, const char *path, int64_t end_s)
{
	ck_assert_str_eq(path, certificate[FIRST]);
	*(int64_t *)arg = end_s;
}

START_TEST(a_look_finds_what_changed_and_what_time_brings)
{
	struct certificates *c;
	int64_t end_s = 0;

	make_conf();
	add_front(NULL, true);
	add_front(&conf.listeners[0], true);
	c = open_good();
	ck_assert_int_eq(metric_get(METRIC_CERTIFICATES_DUE), 0);
	fixture_write_pair_from(certificate[FIRST], private_key[FIRST], 9, -22);
	certificates_look(c);
	ck_assert_int_eq(metric_get(METRIC_CERTIFICATES_DUE), 0);
	certificates_look(c);
	ck_assert_int_eq(metric_get(METRIC_CERTIFICATES_DUE), 1);
	ck_assert_int_eq(metric_get(METRIC_CERTIFICATE_END),
			 http_tls_not_after(certificates_of(c, &conf.fronts[1])));
	certificates_each_due(c, clock_wall_s(), on_due, &end_s);
	ck_assert_int_eq(end_s, metric_get(METRIC_CERTIFICATE_END));
	certificates_each_due(NULL, clock_wall_s(), NULL, NULL);
	fixture_write_file(private_key[COMMON], "nothing");
	certificates_look(c);
	certificates_look(c);
	ck_assert_int_eq(metric_get(METRIC_RELOAD_FAILED_CERTIFICATES), 1);
	fixture_write_pair(certificate[COMMON], private_key[COMMON], 9);
	certificates_look(c);
	certificates_look(c);
	ck_assert_int_eq(metric_get(METRIC_RELOAD_FAILED_CERTIFICATES), 0);
	certificates_free(c);
	remove_files();
}
END_TEST

/* By the timer, and for the names of the configuration's list, too. */
START_TEST(a_pair_of_the_common_list_is_watched)
{
	struct certificates *c;
	int64_t end_s;
	uv_loop_t loop;

	make_conf();
	conf.more_certificates.n = 1;
	conf.more_certificates.at[0] = (struct conf_pair){certificate[FIRST], private_key[FIRST]};
	add_front(NULL, true);
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	c = open_good();
	certificates_watch(c, &loop);
	end_s = metric_get(METRIC_CERTIFICATE_END);
	fixture_write_pair_from(certificate[FIRST], private_key[FIRST], 9, -1);
	while (metric_get(METRIC_CERTIFICATE_END) == end_s)
		uv_run(&loop, UV_RUN_ONCE);
	certificates_unwatch(c);
	certificates_unwatch(NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
	certificates_free(c);
	remove_files();
}
END_TEST

/* The common files serve both, but no ticket of the one opens a session of the other. */
START_TEST(an_address_for_old_routers_has_a_set_of_its_own)
{
	struct certificates *c;

	make_conf();
	conf.listeners[2].tls = CONF_TLS_LEGACY;
	add_front(NULL, true);
	add_front(&conf.listeners[2], true);
	c = open_good();
	ck_assert_ptr_ne(certificates_of(c, &conf.fronts[0]), certificates_of(c, &conf.fronts[1]));
	ck_assert(!certificates_have_rsa(c, &conf.fronts[1]));
	fixture_write_rsa_pair(certificate[COMMON], private_key[COMMON], 7);
	certificates_reload(c);
	ck_assert(certificates_have_rsa(c, &conf.fronts[1]));
	certificates_free(c);
	remove_files();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		each_listener_has_its_own_or_the_common_ones,
		only_what_is_served_is_read,
		what_cannot_be_read_again_keeps_no_other_from_it,
		a_look_finds_what_changed_and_what_time_brings,
		a_pair_of_the_common_list_is_watched,
		an_address_for_old_routers_has_a_set_of_its_own,
	};

	return unit_run("certificates", tests, N_ELEMENTS(tests));
}
