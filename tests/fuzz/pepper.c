/* SPDX-License-Identifier: BSD-2-Clause
 * The first line of the input is a stored secret, the rest is the file of peppers. */
#include "account/pepper.h"

#include "fuzz.h"

static const char before[] =
	"999999 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n";

/* The sentence is logged: of a key, which has 64 digits and more, it holds none. */
static void check_sentence(const char *sentence)
{
	enum { RUN = 9 };
	size_t n = 0;

	for (; *sentence != '\0'; sentence++) {
		n = str_hex_value(*sentence) >= 0 ? n + 1 : 0;
		must(n < RUN);
	}
}

static void check_use(const struct peppers *p, struct slice secret)
{
	char stored[SECRET_STORED_MAX], text[PEPPERED_LEN + 1];
	static const char password[] = "password";
	struct slice got = {NULL, 0};
	uint32_t version = 0;
	int err;

	if (secret.len >= sizeof(stored) || slice_has_control(secret))
		return;
	str_copy(stored, sizeof(stored), secret);
	must(strstr(stored, secret_unpepper(stored, &version)) != NULL);
	err = peppers_apply(p, stored, slice_of(password), text, &got);
	must((err == ERR_NOTFOUND) == (version != 0 && !peppers_have(p, version)));
	must(err == ERR_NOTFOUND || (version == 0 && slice_eq(got, password)) ||
	     (version != 0 && got.p == text && strlen(text) == PEPPERED_LEN));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice file = fuzz_slice(data, size), secret = fuzz_line(&file);
	struct errinfo ei = ERRINFO_INIT;
	struct peppers *p = NULL;
	int err;

	must(peppers_new(&p) == 0);
	must(peppers_read(p, slice_of(before), NULL) == 0);
	err = peppers_read(p, file, &ei);
	must(err == 0 || err == ERR_INVAL || err == ERR_LIMIT);
	fuzz_must_explain(err, &ei);
	check_sentence(ei.text);
	must(peppers_newest(p) != 0 && peppers_have(p, peppers_newest(p)));
	must(err == 0 || peppers_newest(p) == SECRET_PEPPER_MAX);
	check_use(p, secret);
	peppers_free(p);
	return 0;
}
