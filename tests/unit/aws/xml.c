/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/xml.h"

#include <stdio.h>
#include <string.h>

#include "kit/fake_malloc.h"
#include "kit/unit.h"

/* "path=text;" for each leaf. */
static int on_leaf(void *arg, const char *path, const char *text)
{
	return buf_addf(arg, "%s=%s;", path, text);
}

START_TEST(leaves_are_told_with_their_paths)
{
	static const struct {
		const char *xml;
		const char *want;
	} rows[] = {
		{"<a/>", "a=;"},
		{"<a>x</a>", "a=x;"},
		{"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a><b>1</b><c><d>2</d></c></a>",
		 "a/b=1;a/c/d=2;"},
		{"<n:a xmlns:n='urn:x'><n:b y='z'>1</n:b></n:a>", "a/b=1;"},
		{"<a>text<b>1</b>tail</a>", "a/b=1;"},
		{"<a>&amp;&lt;&gt;&quot;&apos;&#65;&#x42;</a>", "a=&<>\"'AB;"},
		{"<a><![CDATA[<b>]]></a>", "a=<b>;"},
		{"<a><!-- <b>1</b> --><?pi x?>2</a>", "a=2;"},
		{"<a>x<b/>y<c>z</c></a>", "a/b=;a/c=z;"},
		{"<a>\n  <b>\n x \n</b>\n</a>", "a/b=\n x \n;"},
	};
	struct buf out;
	size_t i;

	buf_init(&out, 4096);
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		buf_reset(&out);
		ck_assert_msg(xml_parse(slice_of(rows[i].xml), on_leaf, &out) == 0, "row %zu", i);
		ck_assert_msg(strcmp(buf_str(&out), rows[i].want) == 0, "row %zu: %s", i,
			      buf_str(&out));
	}
	buf_fini(&out);
}
END_TEST

START_TEST(what_is_no_document_is_refused)
{
	static const char *const rows[] = {
		"",
		"x",
		"<a>",
		"<a></b>",
		"<a/><b/>",
		"<a>&nope;</a>",
		"<a>\xff</a>",
		"<a b=1/>",
		"<!DOCTYPE a><a/>",
		"<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>",
		"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
		"<!DOCTYPE a [<!ENTITY a '1234567890'><!ENTITY b '&a;&a;&a;&a;'>]><a>&b;</a>",
		"<html><body><p>not<br>closed</body></html>",
	};
	struct buf out;
	size_t i;

	buf_init(&out, 4096);
	for (i = 0; i < N_ELEMENTS(rows); i++) {
		buf_reset(&out);
		ck_assert_msg(xml_parse(slice_of(rows[i]), on_leaf, &out) == ERR_INVAL, "row %zu",
			      i);
		ck_assert_msg(strstr(buf_str(&out), "1234567890") == NULL, "row %zu", i);
	}
	buf_fini(&out);
}
END_TEST

/* A document of n pieces, each between the two. */
static struct slice repeat(struct buf *out, const char *before, const char *piece, size_t n,
			   const char *after, const char *end)
{
	size_t i;

	buf_reset(out);
	buf_adds(out, before);
	for (i = 0; i < n; i++)
		buf_adds(out, piece);
	for (i = 0; end != NULL && i < n; i++)
		buf_adds(out, end);
	buf_adds(out, after);
	ck_assert_int_eq(out->err, 0);
	return (struct slice){out->data, out->len};
}

static int count_leaf(void *arg, const char *path, const char *text)
{
	(void)path;
	(void)text;
	++*(size_t *)arg;
	return 0;
}

START_TEST(depth_and_size_have_limits)
{
	struct buf doc;
	size_t n = 0;

	buf_init(&doc, 4 * 1024 * 1024);
	ck_assert_int_eq(
		xml_parse(repeat(&doc, "", "<a>", XML_DEPTH_MAX, "", "</a>"), count_leaf, &n), 0);
	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq(
		xml_parse(repeat(&doc, "", "<a>", XML_DEPTH_MAX + 1, "", "</a>"), count_leaf, &n),
		ERR_LIMIT);
	ck_assert_int_eq(xml_parse(repeat(&doc, "<a>", "<b/>", XML_LEAVES_MAX, "</a>", NULL),
				   count_leaf, &n),
			 0);
	ck_assert_int_eq(xml_parse(repeat(&doc, "<a>", "<b/>", XML_LEAVES_MAX + 1, "</a>", NULL),
				   count_leaf, &n),
			 ERR_LIMIT);
	ck_assert_int_eq(
		xml_parse(repeat(&doc, "<a>", "x", XML_LEAF_MAX, "</a>", NULL), count_leaf, &n), 0);
	ck_assert_int_eq(
		xml_parse(repeat(&doc, "<a>", "x", XML_LEAF_MAX + 1, "</a>", NULL), count_leaf, &n),
		ERR_LIMIT);
	ck_assert_int_eq(
		xml_parse(repeat(&doc, "<", "x", XML_PATH_MAX + 1, "/>", NULL), count_leaf, &n),
		ERR_LIMIT);
	buf_fini(&doc);
}
END_TEST

static int refuse(void *arg, const char *path, const char *text)
{
	(void)path;
	(void)text;
	++*(size_t *)arg;
	return ERR_EXISTS;
}

START_TEST(a_leaf_may_end_the_parsing)
{
	size_t n = 0;

	ck_assert_int_eq(xml_parse(slice_of("<a><b/><c/><d/></a>"), refuse, &n), ERR_EXISTS);
	ck_assert_uint_eq(n, 1);
}
END_TEST

START_TEST(text_is_escaped_or_refused)
{
	static const struct {
		const char *text;
		const char *want; /* NULL: refused */
	} rows[] = {
		{"", ""},
		{"home.example.com.", "home.example.com."},
		{"a&b<c>d\"e'f", "a&amp;b&lt;c&gt;d&quot;e&apos;f"},
		{"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x82", "caf\xc3\xa9 \xe2\x82\xac "
							      "\xf0\x9f\x98\x82"},
		{"\\052", "\\052"},
		{"a\nb", NULL},
		{"a\x01", NULL},
		{"a\x7f", NULL},
		{"\xff", NULL},
		{"\xc3", NULL},
		{"\xc0\xaf", NULL},
		{"\xe0\x80\xaf", NULL},
		{"\xed\xa0\x80", NULL},
		{"\xf0\x80\x80\x80", NULL},
		{"\xf4\x90\x80\x80", NULL},
		{"\x80", NULL},
	};
	struct buf out;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		int err;

		buf_init(&out, 256);
		err = xml_add_text(&out, rows[i].text);
		if (rows[i].want == NULL)
			ck_assert_msg(err == ERR_INVAL && out.err == ERR_INVAL, "row %zu: %d", i,
				      err);
		else
			ck_assert_msg(err == 0 && strcmp(buf_str(&out), rows[i].want) == 0,
				      "row %zu: %s", i, buf_str(&out));
		buf_fini(&out);
	}
}
END_TEST

START_TEST(a_failed_allocation_is_reported_and_leaks_nothing)
{
	static const char doc[] =
		"<a><bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb>"
		"some text</bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
		"bbbbbbbb></a>";
	struct buf out;
	size_t n;
	int err;

	for (n = 1;; n++) {
		buf_init(&out, 4096);
		fake_malloc_fail_at(n);
		err = xml_parse(slice_of(doc), on_leaf, &out);
		if (!fake_malloc_off())
			break;
		ck_assert_msg(err == ERR_NOMEM, "allocation %zu: %d", n, err);
		buf_fini(&out);
	}
	ck_assert_int_eq(err, 0);
	ck_assert_uint_gt(n, 3);
	buf_fini(&out);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		leaves_are_told_with_their_paths, what_is_no_document_is_refused,
		depth_and_size_have_limits,	  a_leaf_may_end_the_parsing,
		text_is_escaped_or_refused,	  a_failed_allocation_is_reported_and_leaks_nothing,
	};

	return unit_run("xml", tests, N_ELEMENTS(tests));
}
