/* SPDX-License-Identifier: BSD-2-Clause
 * A host name, complete and as a bare label: the whole input. */
#include "net/fqdn.h"

#include "fuzz.h"

/* Of lower-case ASCII, no longer than the DNS allows; and its own canonical form. */
static void check(const struct fqdn *name)
{
	const char *label;
	struct fqdn again;
	size_t len;

	must(name->len == strlen(name->text) && name->len > 0 && name->len <= FQDN_TEXT_MAX);
	must(strspn(name->text, "abcdefghijklmnopqrstuvwxyz0123456789-_.*") == name->len);
	must(strchr(name->text, '.') != NULL);
	for (label = name->text; *label != '\0'; label += len + (label[len] == '.')) {
		len = strcspn(label, ".");
		must(len > 0 && len <= 63);
	}
	must(fqdn_parse((struct slice){name->text, name->len}, &again) == 0);
	must(fqdn_equal(name, &again));
	must(fqdn_hash(name, 1) == fqdn_hash(&again, 1));
	must(fqdn_is_within(name, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct fqdn zone = {.len = 15, .text = "dyn.example.com"};
	const struct slice text = fuzz_slice(data, size);
	struct fqdn name, completed;
	int err = fqdn_parse(text, &name);

	must(err == 0 || err == ERR_INVAL);
	if (err == 0)
		check(&name);
	if (fqdn_complete(text, &zone, &completed) != 0) {
		must(err != 0);
		return 0;
	}
	check(&completed);
	must(err == 0 ? fqdn_equal(&name, &completed) : fqdn_is_within(&completed, &zone));
	return 0;
}
