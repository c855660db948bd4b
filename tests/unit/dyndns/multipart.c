/* SPDX-License-Identifier: BSD-2-Clause */
#include "dyndns/multipart.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "kit/unit.h"

#define TYPE "multipart/form-data; boundary=XX"
#define PART "Content-Disposition: form-data; name="

/* "name=value|name=value|", or "!" at the end when it is refused. */
static const char *read_all(struct slice type, struct slice body, char *out, size_t cap)
{
	struct multipart m;
	struct slice name, value;
	size_t n = 0;
	int err = multipart_open(type, body, &m);

	out[0] = '\0';
	while (err == 0) {
		err = multipart_next(&m, &name, &value);
		if (err == 0)
			n += (size_t)snprintf(out + n, cap - n, "%.*s=%.*s|", (int)name.len, name.p,
					      (int)value.len, value.p);
	}
	if (err != ERR_NOTFOUND) {
		ck_assert_int_eq(err, ERR_INVAL);
		snprintf(out + n, cap - n, "!");
	}
	return out;
}

static const struct {
	const char *type, *body, *want;
} rows[] = {
	{TYPE, "--XX\r\n" PART "\"myip\"\r\n\r\n192.0.2.1\r\n--XX--\r\n", "myip=192.0.2.1|"},
	{TYPE, "--XX\r\n" PART "\"a\"\r\n\r\n1\r\n--XX\r\n" PART "\"b\"\r\n\r\n2\r\n--XX--",
	 "a=1|b=2|"},
	/* Lines that end with LF alone, an empty line before, blanks after a delimiter. */
	{TYPE, "--XX\n" PART "a\n\n1\n--XX--\n", "a=1|"},
	{TYPE, "\r\n--XX \t\r\n" PART "a\r\n\r\n1\r\n--XX-- \r\n\r\n", "a=1|"},
	/* Values: empty, of several lines, with what looks like a delimiter. */
	{TYPE, "--XX\r\n" PART "a\r\n\r\n\r\n--XX--", "a=|"},
	{TYPE, "--XX\r\n" PART "a\r\n\r\n--XX--", "a=|"},
	{TYPE, "--XX\r\n" PART "a\r\n\r\n1\r\n2\r\n\r\n--XX--", "a=1\r\n2\r\n|"},
	{TYPE, "--XX\r\n" PART "a\r\n\r\n--XXX\r\n-XX\r\n--XX--", "a=--XXX\r\n-XX|"},
	/* What clients write into the header of a part. */
	{TYPE,
	 "--XX\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 1\r\n" PART
	 "\"a\"; filename=\"x;y\"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n1\r\n--XX--",
	 "a=1|"},
	{TYPE,
	 "--XX\r\ncontent-disposition:form-data;filename=\"name=z\" ; NAME=\"a\"\r\n\r\n1"
	 "\r\n--XX--",
	 "a=1|"},
	{TYPE, "--XX\r\n" PART "\"a\\\";b\"\r\n\r\n1\r\n--XX--", "a\\\";b=1|"},
	{TYPE, "--XX--", ""},
	/* The boundary. */
	{"multipart/form-data; charset=utf-8; Boundary=\"--x y\"",
	 "----x y\r\n" PART "a\r\n\r\n1\r\n----x y--", "a=1|"},
	{"multipart/form-data;boundary=XX;charset=utf-8", "--XX\r\n" PART "a\r\n\r\n1\r\n--XX--",
	 "a=1|"},
	{"multipart/form-data", "--XX\r\n" PART "a\r\n\r\n1\r\n--XX--", "!"},
	{"multipart/form-data; boundary=", "--\r\n" PART "a\r\n\r\n1\r\n----", "!"},
	{"multipart/form-data; boundary=\"XX", "--XX\r\n" PART "a\r\n\r\n1\r\n--XX--", "!"},
	{"multipart/form-data; boundary=YY", "--XX\r\n" PART "a\r\n\r\n1\r\n--XX--", "!"},
	/* What is not whole, or not understood. */
	{TYPE, "", "!"},
	{TYPE, "--XX", "!"},
	{TYPE, "--XX\r\n", "!"},
	{TYPE, "hostname=a.b&myip=192.0.2.1", "!"},
	{TYPE, "text\r\n--XX\r\n" PART "a\r\n\r\n1\r\n--XX--", "!"},
	{TYPE, "--XX\r\n" PART "a", "!"},
	{TYPE, "--XX\r\n" PART "a\r\n", "!"},
	{TYPE, "--XX\r\n" PART "a\r\n\r\n1", "!"},
	{TYPE, "--XX\r\n" PART "a\r\n\r\n1\r\n--XX", "!"},
	{TYPE, "--XX\r\n" PART "a\r\n\r\n1\r\n--XX\r\n", "a=1|!"},
	{TYPE, "--XX\r\n" PART "a\r\n\r\n1\r\n--XX--\r\nmore", "a=1|!"},
	{TYPE, "--XX\r\n" PART "a\r\nno header\r\n\r\n1\r\n--XX--", "!"},
	{TYPE, "--XX\r\n\r\n1\r\n--XX--", "!"},
	{TYPE, "--XX\r\nContent-Disposition: form-data\r\n\r\n1\r\n--XX--", "!"},
	{TYPE, "--XX\r\n" PART "\"a\r\n\r\n1\r\n--XX--", "!"},
	{TYPE,
	 "--XX\r\n" PART "a\r\nContent-Type: Multipart/mixed; boundary=YY\r\n\r\n--YY\r\n" PART
	 "b\r\n\r\n1\r\n--YY--\r\n--XX--",
	 "!"},
	{TYPE, "--XX\r\n" PART "a\r\nContent-Transfer-Encoding: base64\r\n\r\nMQ==\r\n--XX--", "!"},
};

START_TEST(parts_are_read_or_the_body_is_refused)
{
	char text[512];
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++)
		ck_assert_msg(strcmp(read_all(slice_of(rows[i].type), slice_of(rows[i].body), text,
					      sizeof(text)),
				     rows[i].want) == 0,
			      "row %zu: %s", i, text);
}
END_TEST

START_TEST(a_boundary_has_seventy_bytes_at_most)
{
	char type[128], body[256], text[256];
	int len;

	for (len = MULTIPART_BOUNDARY_MAX; len <= MULTIPART_BOUNDARY_MAX + 1; len++) {
		snprintf(type, sizeof(type), "multipart/form-data; boundary=%0*d", len, 0);
		snprintf(body, sizeof(body), "--%0*d\r\n" PART "a\r\n\r\n1\r\n--%0*d--", len, 0,
			 len, 0);
		read_all(slice_of(type), slice_of(body), text, sizeof(text));
		ck_assert_str_eq(text, len == MULTIPART_BOUNDARY_MAX ? "a=1|" : "!");
	}
}
END_TEST

/* In memory of its exact length, so that AddressSanitizer sees a byte too far. */
static void read_exactly(const char *type, const char *body, size_t len)
{
	char text[1024], *copy = malloc(len > 0 ? len : 1);

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, body, len);
	read_all(slice_of(type), (struct slice){copy, len}, text, sizeof(text));
	free(copy);
}

START_TEST(no_beginning_of_a_body_is_read_beyond_its_end)
{
	size_t i, len;

	for (i = 0; i < N_ELEMENTS(rows); i++)
		for (len = 0; len <= strlen(rows[i].body); len++)
			read_exactly(rows[i].type, rows[i].body, len);
}
END_TEST

/* A reader that trusts a byte of its input falls over one of these. */
START_TEST(bodies_with_bytes_changed_are_read_or_refused)
{
	static const char bytes[] = "\r\n-X\";=:\\ \t\0a";
	char body[512];
	unsigned seed = 1, n;
	size_t i, len;

	for (n = 0; n < 20000; n++) {
		i = n % N_ELEMENTS(rows);
		len = strlen(rows[i].body);
		memcpy(body, rows[i].body, len);
		for (unsigned changes = 0; changes < 3 && len > 0; changes++) {
			seed = seed * 1103515245u + 12345u;
			body[(seed >> 8) % len] = bytes[(seed >> 24) % (sizeof(bytes) - 1)];
		}
		read_exactly(rows[i].type, body, len);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		parts_are_read_or_the_body_is_refused,
		a_boundary_has_seventy_bytes_at_most,
		no_beginning_of_a_body_is_read_beyond_its_end,
		bodies_with_bytes_changed_are_read_or_refused,
	};

	return unit_run("multipart", tests, N_ELEMENTS(tests));
}
