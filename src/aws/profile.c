/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/profile.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "aws/env.h"
#include "base/buf.h"

struct property {
	SLIST_ENTRY(property) link;
	char *key;
	struct buf value;
};

struct section {
	SLIST_ENTRY(section) link;
	enum aws_profile_section kind;
	bool is_prefixed; /* "[profile default]", which beats "[default]" */
	size_t n_properties;
	SLIST_HEAD(, property) properties;
	char *name;
};

struct aws_profiles {
	size_t n_sections;
	SLIST_HEAD(, section) sections;
	struct errinfo left_out;
};

/* Where the parser is in one file. A section or property that the rules ignore has in_x set and a
 * NULL pointer: its syntax is checked all the same. */
struct parser {
	struct aws_profiles *profiles;
	enum aws_profile_file file;
	const char *origin;
	unsigned line;
	struct errinfo *ei;
	bool in_section;
	bool in_property;
	bool is_nested; /* the property's own line had no value: sub-properties follow */
	struct section *section;
	struct property *property;
};

int aws_profiles_new(struct aws_profiles **ret)
{
	struct aws_profiles *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return ERR_NOMEM;
	*ret = p;
	return 0;
}

static void free_properties(struct section *s)
{
	struct property *p;

	while ((p = SLIST_FIRST(&s->properties)) != NULL) {
		SLIST_REMOVE_HEAD(&s->properties, link);
		buf_fini_secret(&p->value);
		free(p->key);
		free(p);
	}
	s->n_properties = 0;
}

void aws_profiles_free(struct aws_profiles *p)
{
	struct section *s;

	if (p == NULL)
		return;
	while ((s = SLIST_FIRST(&p->sections)) != NULL) {
		SLIST_REMOVE_HEAD(&p->sections, link);
		free_properties(s);
		free(s->name);
		free(s);
	}
	free(p);
}

void aws_profiles_leave_out(struct aws_profiles *p, const char *why)
{
	err_set(&p->left_out, ERR_IO, "%s", why);
}

const char *aws_profiles_left_out(const struct aws_profiles *p)
{
	return p->left_out.text;
}

static int profile_fail(const struct parser *ps, int err, const char *what)
{
	return err_set(ps->ei, err, "%s, line %u: %s", ps->origin, ps->line, what);
}

/* The alphabet of profile names, and of property names. */
static bool is_name(struct slice s)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		char c = str_lower(s.p[i]);

		if ((c < 'a' || c > 'z') && (c < '0' || c > '9') &&
		    (c == '\0' || strchr("_-/.%@:+", c) == NULL))
			return false;
	}
	return s.len > 0;
}

static struct section *find_section(const struct aws_profiles *p, enum aws_profile_section kind,
				    struct slice name)
{
	struct section *s;

	SLIST_FOREACH(s, &p->sections, link) {
		if (s->kind == kind && slice_eq(name, s->name))
			return s;
	}
	return NULL;
}

static int add_section(struct parser *ps, enum aws_profile_section kind, struct slice name,
		       struct section **ret)
{
	struct section *s;

	if (ps->profiles->n_sections >= AWS_PROFILE_SECTIONS_MAX)
		return profile_fail(ps, ERR_LIMIT, "Too many profiles");
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return ERR_NOMEM;
	s->name = strndup(name.p, name.len);
	if (s->name == NULL) {
		free(s);
		return ERR_NOMEM;
	}
	s->kind = kind;
	SLIST_INSERT_HEAD(&ps->profiles->sections, s, link);
	ps->profiles->n_sections++;
	*ret = s;
	return 0;
}

/* Splits "word name" and tells what word opens; false when it opens nothing. */
static bool take_kind(struct slice *text, enum aws_profile_section *ret)
{
	static const struct {
		const char *word;
		enum aws_profile_section kind;
	} kinds[] = {
		{"profile", AWS_SECTION_PROFILE},
		{"sso-session", AWS_SECTION_SSO_SESSION},
		{"services", AWS_SECTION_SERVICES},
	};
	size_t i, len = 0;

	while (len < text->len && text->p[len] != ' ' && text->p[len] != '\t')
		len++;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (len == text->len || !slice_eq((struct slice){text->p, len}, kinds[i].word))
			continue;
		*ret = kinds[i].kind;
		*text = slice_trim((struct slice){text->p + len, text->len - len}, STR_SPACE);
		return true;
	}
	return false;
}

/* Enters the section called name, a new one or one that was there, or ignores it. */
static int open_section(struct parser *ps, struct slice name)
{
	enum aws_profile_section kind = AWS_SECTION_PROFILE;
	bool is_config = ps->file == AWS_FILE_CONFIG;
	bool is_prefixed = is_config && take_kind(&name, &kind);
	struct section *s;
	int err;

	if (!is_name(name) || (is_config && !is_prefixed && !slice_eq(name, "default")))
		return 0;
	s = find_section(ps->profiles, kind, name);
	if (s != NULL && is_config && !is_prefixed && s->is_prefixed)
		return 0;
	if (s == NULL) {
		err = add_section(ps, kind, name, &s);
		if (err != 0)
			return err;
	} else if (is_prefixed && !s->is_prefixed) {
		free_properties(s);
	}
	s->is_prefixed = s->is_prefixed || is_prefixed;
	ps->section = s;
	return 0;
}

static int parse_section(struct parser *ps, struct slice line)
{
	size_t i;

	ps->in_section = true;
	ps->in_property = false;
	ps->section = NULL;
	ps->property = NULL;
	for (i = 0; i < line.len && line.p[i] != '#' && line.p[i] != ';'; i++)
		continue;
	line = slice_trim((struct slice){line.p, i}, STR_SPACE);
	if (line.p[line.len - 1] != ']')
		return profile_fail(ps, ERR_INVAL, "Profile definition must end with ']'");
	return open_section(ps, slice_trim((struct slice){line.p + 1, line.len - 2}, STR_SPACE));
}

static char *lower_dup(struct slice s)
{
	char *copy = strndup(s.p, s.len);
	size_t i;

	for (i = 0; copy != NULL && copy[i] != '\0'; i++)
		copy[i] = str_lower(copy[i]);
	return copy;
}

static int add_property(struct parser *ps, struct slice key, struct property **ret)
{
	struct property *p;

	SLIST_FOREACH(p, &ps->section->properties, link) {
		if (slice_eq_nocase(key, p->key)) {
			buf_reset(&p->value);
			*ret = p;
			return 0;
		}
	}
	if (ps->section->n_properties >= AWS_PROFILE_PROPERTIES_MAX)
		return profile_fail(ps, ERR_LIMIT, "Too many properties");
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return ERR_NOMEM;
	p->key = lower_dup(key);
	if (p->key == NULL) {
		free(p);
		return ERR_NOMEM;
	}
	buf_init(&p->value, AWS_PROFILE_FILE_MAX);
	SLIST_INSERT_HEAD(&ps->section->properties, p, link);
	ps->section->n_properties++;
	*ret = p;
	return 0;
}

/* A comment begins with '#' or ';' after a blank. */
static struct slice without_comment(struct slice s)
{
	size_t i;

	for (i = 1; i < s.len; i++)
		if ((s.p[i] == '#' || s.p[i] == ';') && (s.p[i - 1] == ' ' || s.p[i - 1] == '\t'))
			return (struct slice){s.p, i - 1};
	return s;
}

static int parse_property(struct parser *ps, struct slice line)
{
	const char *eq = memchr(line.p, '=', line.len);
	struct slice key, value;
	int err;

	if (!ps->in_section)
		return profile_fail(ps, ERR_INVAL, "Expected a profile definition");
	if (eq == NULL)
		return profile_fail(ps, ERR_INVAL, "Expected an '=' sign defining a property");
	key = slice_trim((struct slice){line.p, (size_t)(eq - line.p)}, STR_SPACE);
	if (key.len == 0)
		return profile_fail(ps, ERR_INVAL, "Property did not have a name");
	value = (struct slice){eq + 1, line.len - (size_t)(eq + 1 - line.p)};
	value = slice_trim(without_comment(value), STR_SPACE);
	ps->in_property = true;
	ps->is_nested = value.len == 0;
	ps->property = NULL;
	if (ps->section == NULL || !is_name(key))
		return 0;
	err = add_property(ps, key, &ps->property);
	if (err != 0)
		return err;
	return buf_add(&ps->property->value, value.p, value.len);
}

static int parse_continuation(struct parser *ps, struct slice line)
{
	const char *eq;

	if (!ps->in_section)
		return profile_fail(ps, ERR_INVAL, "Expected a profile definition");
	if (!ps->in_property)
		return profile_fail(ps, ERR_INVAL,
				    "Expected a property definition, found continuation");
	line = slice_trim(line, STR_SPACE);
	eq = memchr(line.p, '=', line.len);
	if (ps->is_nested && eq == NULL)
		return profile_fail(ps, ERR_INVAL, "Expected an '=' sign defining a sub-property");
	if (ps->is_nested && eq == line.p)
		return profile_fail(ps, ERR_INVAL, "Sub-property did not have a name");
	if (ps->property == NULL)
		return 0;
	buf_addc(&ps->property->value, '\n');
	return buf_add(&ps->property->value, line.p, line.len);
}

static int parse_line(struct parser *ps, struct slice line)
{
	if (slice_trim(line, STR_SPACE).len == 0 || line.p[0] == '#' || line.p[0] == ';')
		return 0;
	if (line.p[0] == '[')
		return parse_section(ps, line);
	if (line.p[0] == ' ' || line.p[0] == '\t')
		return parse_continuation(ps, line);
	return parse_property(ps, line);
}

/* Editors of other systems put one in front: of UTF-8, or of the two orders of UTF-16. */
static bool begins_with_mark(struct slice text)
{
	static const struct slice marks[] = {{"\xef\xbb\xbf", 3}, {"\xff\xfe", 2}, {"\xfe\xff", 2}};
	size_t i;

	for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (text.len >= marks[i].len && memcmp(text.p, marks[i].p, marks[i].len) == 0)
			return true;
	return false;
}

int aws_profiles_parse(struct aws_profiles *p, enum aws_profile_file file, const char *origin,
		       struct slice text, struct errinfo *ei)
{
	struct parser ps = {.profiles = p, .file = file, .origin = origin, .ei = ei};
	size_t at = 0;
	int err = 0;

	if (text.len > AWS_PROFILE_FILE_MAX)
		return err_set(ei, ERR_LIMIT, "%s is larger than %d bytes", origin,
			       AWS_PROFILE_FILE_MAX);
	if (begins_with_mark(text))
		return err_set(ei, ERR_INVAL,
			       "%s begins with a byte order mark (BOM): save it as UTF-8 without",
			       origin);
	while (err == 0 && at < text.len) {
		const char *start = text.p + at;
		const char *end = memchr(start, '\n', text.len - at);
		size_t len = end != NULL ? (size_t)(end - start) : text.len - at;

		ps.line++;
		at += len + 1;
		if (memchr(start, '\0', len) != NULL)
			return profile_fail(&ps, ERR_INVAL, "A NUL byte is no text");
		err = parse_line(&ps, (struct slice){start, len});
	}
	return err;
}

bool aws_profiles_has(const struct aws_profiles *p, enum aws_profile_section section,
		      struct slice name)
{
	return find_section(p, section, name) != NULL;
}

struct slice aws_profiles_get(const struct aws_profiles *p, enum aws_profile_section section,
			      struct slice name, const char *key)
{
	const struct section *s = find_section(p, section, name);
	const struct property *prop;

	if (s == NULL)
		return (struct slice){NULL, 0};
	SLIST_FOREACH(prop, &s->properties, link) {
		if (strcmp(prop->key, key) == 0)
			return (struct slice){buf_str(&prop->value), prop->value.len};
	}
	return (struct slice){NULL, 0};
}

struct slice aws_profile_sub(struct slice value, const char *key)
{
	struct slice found = {NULL, 0};
	size_t at = 0;

	while (at < value.len) {
		const char *start = value.p + at;
		const char *end = memchr(start, '\n', value.len - at);
		size_t len = end != NULL ? (size_t)(end - start) : value.len - at;
		const char *eq = memchr(start, '=', len);
		struct slice name = {start, eq != NULL ? (size_t)(eq - start) : len};

		at += len + 1;
		if (eq != NULL && slice_eq_nocase(slice_trim(name, STR_SPACE), key))
			found = slice_trim((struct slice){eq + 1, len - name.len - 1}, STR_SPACE);
	}
	return found;
}
