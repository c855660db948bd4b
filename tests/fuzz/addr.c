/* SPDX-License-Identifier: BSD-2-Clause
 * An address, a prefix, an interface id and a prefix of a LAN, as text: the whole input is read as
 * each of them. */
#include "net/addr.h"

#include "fuzz.h"
#include "net/interface_id.h"
#include "net/prefix.h"

static void check_addr(struct slice text)
{
	struct addr a = {.family = 7}, again;
	char out[ADDR_TEXT_MAX];

	if (addr_parse(text, &a) != 0) {
		must(a.family == 7);
		return;
	}
	must(a.family == ADDR_V4 || a.family == ADDR_V6);
	must(addr_parse(slice_of(addr_format(&a, out)), &again) == 0 && addr_equal(&a, &again));
	must(a.family == ADDR_V6 || fuzz_is_wiped(a.bytes + 4, sizeof(a.bytes) - 4));
}

/* Its own address, and none that differs in its first bit or is of the other family. */
static void check_contains(const struct prefix *p)
{
	struct addr a = p->addr;

	must(prefix_contains(p, &a));
	a.bytes[0] ^= 0x80;
	must(prefix_contains(p, &a) == (p->len == 0));
	a.family = a.family == ADDR_V4 ? ADDR_V6 : ADDR_V4;
	must(!prefix_contains(p, &a));
}

static void check_prefix(struct slice text, int (*parse)(struct slice text, struct prefix *ret))
{
	struct prefix p, again;
	char out[PREFIX_TEXT_MAX];

	if (parse(text, &p) != 0)
		return;
	must(p.len <= (p.addr.family == ADDR_V4 ? 32 : 128));
	must(prefix_parse(slice_of(prefix_format(&p, out)), &again) == 0 &&
	     prefix_equal(&p, &again));
	check_contains(&p);
}

/* An id goes behind a prefix, or does not; then the address lies in the prefix. */
static void check_join(const struct interface_id *id)
{
	const struct prefix lan = {.addr = {.family = ADDR_V6, .bytes = {0x20, 1, 0xd, 0xb8}},
				   .len = 56};
	struct addr a;

	if (interface_id_join(id, &lan, &a))
		must(prefix_contains(&lan, &a));
}

static void check_interface_id(struct slice text)
{
	struct errinfo ei = ERRINFO_INIT;
	struct interface_id id, again;
	char out[ADDR_TEXT_MAX];
	int err = interface_id_parse(text, &id, &ei);

	fuzz_must_explain(err, &ei);
	if (err != 0)
		return;
	must(interface_id_is_set(&id));
	must(interface_id_parse(slice_of(interface_id_format(&id, out)), &again, &ei) == 0 &&
	     interface_id_equal(&id, &again));
	check_join(&id);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct slice text = fuzz_slice(data, size);

	check_addr(text);
	check_prefix(text, prefix_parse);
	check_prefix(text, interface_prefix_parse);
	check_interface_id(text);
	return 0;
}
