/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/webhook_sign.h"

#include <string.h>

#include "kit/unit.h"

/* The vector of the specification's libraries (webhook_symmetric_test.go, webhook.test.ts). */
#define KEY	  "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define ID	  "msg_p5jXN8AQM9LWM0D4loKWxJek"
#define BODY	  "{\"test\": 2432232314}"
#define SIGNATURE "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
enum { NOW_S = 1614265330 };

/* 23, 64 and 65 bytes. */
#define B23 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define B64                                                                                        \
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="
#define B65                                                                                        \
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static const struct {
	const char *text;
	size_t want; /* keys; 0: refused */
	const char *why;
} rows[] = {
	{KEY, 1, NULL},
	{"whsec_" KEY, 1, NULL},
	{"# the new one\n whsec_" KEY "\r\n\n" B64 "\n", 2, NULL},
	{KEY "\n" KEY "\n" KEY "\n" KEY, 4, NULL},
	{KEY "\n" KEY "\n" KEY "\n" KEY "\n" KEY, 0, "line 5: there are more than 4 keys"},
	{B23, 0, "line 1: the key is not 24 to 64 bytes in base64"},
	{"\n" B65, 0, "line 2: the key is not 24 to 64 bytes in base64"},
	{"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS*", 0, "line 1: the key is not"},
	{"whsec_", 0, "line 1: the key is not"},
	{KEY "\nwhpk_" KEY, 0, "line 2: the key is not"},
	{"", 0, "there is no key in it"},
	{"# none\n", 0, "there is no key in it"},
};

START_TEST(keys_are_read_as_the_specification_writes_them)
{
	const struct webhook_keys none = {.n = 0};
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		struct errinfo ei = ERRINFO_INIT;
		struct webhook_keys keys;
		int err = webhook_keys_parse(slice_of(rows[i].text), &keys, &ei);

		ck_assert_msg((err == 0) == (rows[i].want > 0), "row %zu: %s", i, ei.text);
		ck_assert_uint_eq(keys.n, rows[i].want);
		if (err != 0) {
			ck_assert_ptr_nonnull(strstr(ei.text, rows[i].why));
			ck_assert_ptr_null(strstr(ei.text, "MfKQ"));
			ck_assert_int_eq(memcmp(&keys, &none, sizeof(keys)), 0);
		}
	}
}
END_TEST

static void check_signature(const char *keys_text, const char *want)
{
	struct errinfo ei = ERRINFO_INIT;
	struct webhook_keys keys;
	struct buf out;

	buf_init(&out, 256);
	ck_assert_int_eq(webhook_keys_parse(slice_of(keys_text), &keys, &ei), 0);
	ck_assert_int_eq(webhook_sign(&keys, ID, NOW_S, slice_of(BODY), &out), 0);
	ck_assert_str_eq(buf_str(&out), want);
	buf_fini(&out);
}

START_TEST(the_signature_is_that_of_the_specifications_libraries)
{
	check_signature("whsec_" KEY, SIGNATURE);
	check_signature(KEY "\nwhsec_" KEY, SIGNATURE " " SIGNATURE);
}
END_TEST

START_TEST(what_does_not_fit_is_told)
{
	struct webhook_keys keys = {.n = 1};
	static char body[400000];
	struct buf out;

	keys.at[0].len = WEBHOOK_KEY_MIN;
	buf_init(&out, 16);
	ck_assert_int_eq(webhook_sign(&keys, ID, NOW_S, slice_of(BODY), &out), ERR_LIMIT);
	buf_fini(&out);
	buf_init(&out, 256);
	ck_assert_int_eq(webhook_sign(&keys, ID, NOW_S, (struct slice){body, sizeof(body)}, &out),
			 ERR_LIMIT);
	buf_fini(&out);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		keys_are_read_as_the_specification_writes_them,
		the_signature_is_that_of_the_specifications_libraries,
		what_does_not_fit_is_told,
	};

	return unit_run("webhook_sign", tests, N_ELEMENTS(tests));
}
