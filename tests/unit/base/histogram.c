/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/histogram.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "kit/unit.h"

enum { PRINT_MAX = 64 * 1024 };

static struct buf out;

static const char *print(void)
{
	buf_init(&out, PRINT_MAX);
	histogram_print(&out);
	ck_assert_int_eq(buf_err(&out), 0);
	return buf_str(&out);
}

/* The number behind "NAME " at the beginning of a line of text; -1: there is no such line. */
static double number_of(const char *text, const char *name)
{
	char line[128];
	const char *at;

	snprintf(line, sizeof(line), "\n%s ", name);
	at = strstr(text, line);
	return at != NULL ? strtod(at + strlen(line), NULL) : -1;
}

static double bucket(const char *text, const char *answer, const char *bound)
{
	char name[96];

	snprintf(name, sizeof(name), "mooring_update_seconds_bucket{answer=\"%s\",le=\"%s\"}",
		 answer, bound);
	return number_of(text, name);
}

START_TEST(a_family_has_one_head_before_its_samples)
{
	const char *text = print(), *head = strstr(text, "# TYPE mooring_update_seconds ");

	ck_assert(strncmp(text, "# HELP mooring_update_seconds ", 30) == 0);
	ck_assert_ptr_nonnull(head);
	ck_assert(strncmp(head,
			  "# TYPE mooring_update_seconds histogram\n"
			  "mooring_update_seconds_bucket{answer=\"good\",le=\"0.001\"} 0\n",
			  strlen("# TYPE mooring_update_seconds histogram\n"
				 "mooring_update_seconds_bucket{answer=\"good\",le=\"0.001\"} "
				 "0\n")) == 0);
	ck_assert_ptr_null(strstr(head + 1, "# TYPE mooring_update_seconds "));
	ck_assert_ptr_nonnull(strstr(text, "# TYPE mooring_publication_seconds histogram\n"
					   "mooring_publication_seconds_bucket{le=\"0.001\"} 0\n"));
	ck_assert(number_of(text, "mooring_publication_seconds_sum") == 0);
	ck_assert(number_of(text, "mooring_publication_seconds_count") == 0);
	buf_fini(&out);
}
END_TEST

START_TEST(bounds_are_in_seconds_without_needless_digits)
{
	static const char *const bounds[] = {"0.001", "0.002", "0.005", "0.01", "0.025", "0.05",
					     "0.1",   "0.25",  "0.5",	"1",	"2.5",	 "5",
					     "8",     "15",    "30",	"60",	"300",	 "+Inf"};
	const char *at = print();
	char mark[32];
	size_t i;

	for (i = 0; i < N_ELEMENTS(bounds); i++) {
		snprintf(mark, sizeof(mark), "le=\"%s\"}", bounds[i]);
		at = strstr(at, "le=");
		ck_assert_ptr_nonnull(at);
		ck_assert_msg(strncmp(at, mark, strlen(mark)) == 0, "%s: %.20s", mark, at);
		at++;
	}
	buf_fini(&out);
}
END_TEST

/* A bound is part of its bucket. */
START_TEST(what_took_so_long_is_in_every_bucket_from_there_on)
{
	static const struct {
		int64_t ms;
		const char *not_in, *in;
	} rows[] = {
		{-5, NULL, "0.001"},	 {0, NULL, "0.001"},	     {1, NULL, "0.001"},
		{2, "0.001", "0.002"},	 {3, "0.002", "0.005"},	     {26, "0.025", "0.05"},
		{8000, "5", "8"},	 {8001, "8", "15"},	     {300000, "60", "300"},
		{300001, "300", "+Inf"}, {INT32_MAX, "300", "+Inf"},
	};
	double in, not_in = 0;
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		in = bucket(print(), "nochg", rows[i].in);
		if (rows[i].not_in != NULL)
			not_in = bucket(buf_str(&out), "nochg", rows[i].not_in);
		buf_fini(&out);
		histogram_add(HISTOGRAM_UPDATE_NOCHG, rows[i].ms);
		ck_assert_msg(bucket(print(), "nochg", rows[i].in) == in + 1, "row %zu", i);
		if (rows[i].not_in != NULL)
			ck_assert_msg(bucket(buf_str(&out), "nochg", rows[i].not_in) == not_in,
				      "row %zu", i);
		ck_assert(bucket(buf_str(&out), "nochg", "+Inf") == (double)i + 1);
		ck_assert(number_of(buf_str(&out),
				    "mooring_update_seconds_count{answer=\"nochg\"}") ==
			  (double)i + 1);
		buf_fini(&out);
	}
}
END_TEST

START_TEST(the_sum_is_in_seconds_and_of_its_own_samples)
{
	static const struct {
		int64_t ms;
		const char *sum;
	} rows[] = {
		{5, "0.005"}, {95, "0.1"}, {1900, "2"}, {50, "2.05"}, {-7, "2.05"}, {47, "2.097"},
	};
	char line[96];
	size_t i;

	for (i = 0; i < N_ELEMENTS(rows); i++) {
		histogram_add(HISTOGRAM_PUBLICATION, rows[i].ms);
		snprintf(line, sizeof(line), "\nmooring_publication_seconds_sum %s\n", rows[i].sum);
		ck_assert_msg(strstr(print(), line) != NULL, "row %zu", i);
		buf_fini(&out);
	}
	ck_assert_int_eq(histogram_total(HISTOGRAM_PUBLICATION).n, N_ELEMENTS(rows));
	ck_assert_int_eq(histogram_total(HISTOGRAM_PUBLICATION).ms, 2097);
	ck_assert_int_eq(histogram_total(HISTOGRAM_UPDATE_GOOD).n, 0);
}
END_TEST

int main(void)
{
	/* In this order: the numbers are the process's. */
	const TTest *const tests[] = {
		a_family_has_one_head_before_its_samples,
		bounds_are_in_seconds_without_needless_digits,
		what_took_so_long_is_in_every_bucket_from_there_on,
		the_sum_is_in_seconds_and_of_its_own_samples,
	};

	return unit_run("histogram", tests, N_ELEMENTS(tests));
}
