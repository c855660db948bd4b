/* SPDX-License-Identifier: BSD-2-Clause
 * What a store has of an account as text, a line each: the secret, until when it may be used, and
 * prefixes with blanks between them. */
#include "account/account.h"
#include "account/hash_cost.h"
#include "account/secret.h"

#include "fuzz.h"

/* What a check costs is known of each that crypt(3) would be asked for. */
static void check_cost(const struct account *a)
{
	enum secret_kind kind;

	must(secret_kind(a->secret, &kind) == 0);
	must(kind != SECRET_CRYPT ||
	     hash_cost_ms(secret_unpepper(a->secret, NULL)) <= HASH_COST_MAX_MS);
	must(secret_is_whole(a->secret) || kind == SECRET_CRYPT);
}

static void check_secret(struct slice secret)
{
	struct errinfo ei = ERRINFO_INIT;
	struct account *a = NULL;
	int err;

	must(account_new(slice_of("a"), &a, &ei) == 0);
	err = account_set_secret(a, secret, &ei);
	must(err == 0 || err == ERR_INVAL);
	fuzz_must_explain(err, &ei);
	must((err == 0) == (a->secret != NULL));
	if (err == 0)
		check_cost(a);
	account_free(a);
}

static void check_until(struct slice text)
{
	struct errinfo ei = ERRINFO_INIT;
	struct bounds b = {0}, again = {0};
	char shown[BOUNDS_UNTIL_TEXT_MAX];
	int err = bounds_set_until(&b, text, &ei);

	must(err == 0 || err == ERR_INVAL);
	fuzz_must_explain(err, &ei);
	must((err == 0) == (b.until_s > 0));
	if (err != 0)
		return;
	must(bounds_set_until(&again, slice_of(bounds_format_until(&b, shown)), &ei) == 0);
	must(bounds_equal(&b, &again));
	must(!bounds_are_over(&b, b.until_s) && bounds_are_over(&b, b.until_s + 1));
}

static void check_sources(struct slice texts)
{
	struct bounds b = {0};
	struct slice text;
	size_t i;

	while (texts.len > 0) {
		struct errinfo ei = ERRINFO_INIT;
		int err;

		slice_cut(texts, ' ', &text, &texts);
		err = bounds_add_source(&b, text, &ei);
		must(err == 0 || err == ERR_INVAL || err == ERR_LIMIT);
		fuzz_must_explain(err, &ei);
	}
	must(b.n_sources <= BOUNDS_SOURCES_MAX && bounds_equal(&b, &b));
	for (i = 0; i < b.n_sources; i++)
		must(bounds_allow(&b, &b.sources[i].addr, 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = fuzz_slice(data, size), secret = fuzz_line(&rest);
	struct slice until = fuzz_line(&rest);

	check_secret(secret);
	check_until(until);
	check_sources(fuzz_line(&rest));
	return 0;
}
