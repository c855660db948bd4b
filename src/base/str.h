/* SPDX-License-Identifier: BSD-2-Clause
 * Small text and byte conversions on (pointer, length) slices. Pure; any thread. */
#ifndef MOORING_BASE_STR_H
#define MOORING_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A borrowed slice of bytes; not NUL-terminated, may hold NUL. */
struct slice {
	const char *p;
	size_t len;
};

/* The slice of a C string; NULL gives the empty slice. */
struct slice slice_of(const char *s);
bool slice_eq(struct slice s, const char *text);
/* ASCII letters compared without case; locale-free. */
bool slice_eq_nocase(struct slice s, const char *text);
/* Splits s at the first sep into *ret_head and *ret_tail (sep is in neither; either may be s
 * itself). Returns true; false when there is none: then the head is s and the tail is empty. */
bool slice_cut(struct slice s, char sep, struct slice *ret_head, struct slice *ret_tail);

/* An ASCII control character: below the blank, or DEL (RFC 20). */
bool slice_has_control(struct slice s);

/* What slice_trim() takes away in HTTP and in files; ASCII white space. */
#define STR_BLANKS " \t"
#define STR_SPACE  " \t\n\v\f\r"
/* s without those bytes at both ends, or at its start, that are in set. */
struct slice slice_trim(struct slice s, const char *set);
struct slice slice_trim_start(struct slice s, const char *set);

/* Decimal digits only, no sign, no blanks. Returns 0 with *ret set, or ERR_INVAL (also above max).
 */
int str_parse_uint(struct slice s, uint64_t max, uint64_t *ret);

/* Copies s as a C string into out[cap]. ERR_LIMIT when it does not fit, ERR_INVAL when it holds a
 * NUL; out is then "". */
int str_copy(char *out, size_t cap, struct slice s);

/* Lower-case hexadecimal; out needs 2*len+1 bytes. */
void str_hex(char *out, const void *data, size_t len);
/* Of a hexadecimal digit of either case; -1: it is none. */
int str_hex_value(char c);
/* The bytes of hexadecimal text. Returns 0 with *ret_len set, or ERR_INVAL: it is none, or of more
 * than cap bytes; out may then hold some of them. */
int str_unhex(struct slice hex, unsigned char *out, size_t cap, size_t *ret_len);

/* RFC 4648 base64 with or without padding. Writes at most cap bytes; 0 with *ret_len set, ERR_INVAL
 * for anything outside the alphabet or a wrong length, ERR_LIMIT when it does not fit. */
int str_base64_decode(struct slice s, void *out, size_t cap, size_t *ret_len);

/* application/x-www-form-urlencoded: %XX and '+' for a blank. out needs s.len bytes. Returns
 * 0 with *ret_len set, or ERR_INVAL for a broken escape. */
int str_form_decode(struct slice s, char *out, size_t *ret_len);

/* The bytes of the well-formed UTF-8 character that s begins with (RFC 3629 §4): 1 to 4; 0 when it
 * begins with none, or is empty. */
size_t str_utf8_length(struct slice s);

/* Lower-case of an ASCII letter, anything else as it is; locale-free. */
char str_lower(char c);

/* Overwrites and frees a C string; NULL is fine. */
void str_free_secret(char *s);

/* A copy of s for a log line or an error text: printable ASCII kept, all else as \xNN, cut with
 * "..." to fit out[cap] (cap >= 8). Returns out. */
const char *str_printable(char *out, size_t cap, struct slice s);

#endif
