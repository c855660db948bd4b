/* SPDX-License-Identifier: BSD-2-Clause
 * The header in which a trusted proxy names the client, both kinds of it: each line of the input is
 * one line of the header. */
#include "http/forwarded.h"

#include "fuzz.h"

static const struct prefix proxies[] = {
	{.addr = {.family = ADDR_V4, .bytes = {10}}, .len = 8},
	{.addr = {.family = ADDR_V6, .bytes = {0xfd}}, .len = 8},
};

static struct addr run(struct slice lines, enum http_client_header header)
{
	const struct forwarded_trust trust = {2, proxies, header};
	struct forwarded f;

	forwarded_begin(&f, &trust);
	while (lines.len > 0)
		forwarded_take(&f, fuzz_line(&lines));
	must(f.is_named || !addr_is_set(&f.client));
	must(!addr_is_unspecified(&f.client));
	return f.client;
}

/* Whoever a proxy names behind what came to it is the client, whatever that was: nobody can write
 * himself into its place. */
static void check_last(struct slice lines, enum http_client_header header, const char *last)
{
	const struct addr mine = {.family = ADDR_V4, .bytes = {192, 0, 2, 1}};
	const struct forwarded_trust trust = {2, proxies, header};
	struct forwarded f;

	forwarded_begin(&f, &trust);
	while (lines.len > 0)
		forwarded_take(&f, fuzz_line(&lines));
	forwarded_take(&f, slice_of(last));
	must(f.is_named && addr_equal(&f.client, &mine));
}

/* The same on one line, as most proxies append: the client is the one that the proxy names, or
 * nobody, where somebody has begun a quote for the proxy to end. */
static void check_appended(struct slice line, enum http_client_header header, const char *last)
{
	const struct addr mine = {.family = ADDR_V4, .bytes = {192, 0, 2, 1}};
	const struct forwarded_trust trust = {2, proxies, header};
	const size_t last_len = strlen(last);
	char *whole = malloc(line.len + last_len);
	struct forwarded f;

	must(whole != NULL);
	if (line.len > 0)
		memcpy(whole, line.p, line.len);
	memcpy(whole + line.len, last, last_len);
	forwarded_begin(&f, &trust);
	forwarded_take(&f, (struct slice){whole, line.len + last_len});
	must(f.is_named && (!addr_is_set(&f.client) || addr_equal(&f.client, &mine)));
	free(whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct slice lines = fuzz_slice(data, size);

	run(lines, HTTP_CLIENT_X_FORWARDED_FOR);
	run(lines, HTTP_CLIENT_FORWARDED);
	check_last(lines, HTTP_CLIENT_X_FORWARDED_FOR, "192.0.2.1");
	check_last(lines, HTTP_CLIENT_FORWARDED, "for=192.0.2.1");
	check_appended(lines, HTTP_CLIENT_X_FORWARDED_FOR, ", 192.0.2.1");
	check_appended(lines, HTTP_CLIENT_FORWARDED, ", for=192.0.2.1");
	check_appended(lines, HTTP_CLIENT_FORWARDED, ",for=\"192.0.2.1\"");
	return 0;
}
