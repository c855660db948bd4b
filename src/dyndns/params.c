/* SPDX-License-Identifier: BSD-2-Clause */
#include "dyndns/params.h"

#include <assert.h>
#include <string.h>

#include "base/err.h"

/* Where there are several names for the same thing each one has a client that knows no other
 * (docs/PROTOCOL.md, "Parameters"). */
static const struct {
	const char *name;
	enum param_role role;
} known[PARAMS_KNOWN] = {
	{"hostname", PARAM_HOSTS},	{"host", PARAM_HOSTS},	      {"domain", PARAM_HOSTS},
	{"host_id", PARAM_HOSTS},	{"myip", PARAM_ADDRESS},      {"myip2", PARAM_ADDRESS},
	{"ip", PARAM_ADDRESS},		{"myipv4", PARAM_ADDRESS_V4}, {"ipv4", PARAM_ADDRESS_V4},
	{"myip4", PARAM_ADDRESS_V4},	{"ip4", PARAM_ADDRESS_V4},    {"myipv6", PARAM_ADDRESS_V6},
	{"myip6", PARAM_ADDRESS_V6},	{"ipv6", PARAM_ADDRESS_V6},   {"ip6", PARAM_ADDRESS_V6},
	{"ip6lanprefix", PARAM_PREFIX}, {"ipv6prefix", PARAM_PREFIX}, {"offline", PARAM_OFFLINE},
};

/* The words of Synology's documentation, of deSEC's and of what other servers take. */
static const char *const login_names[PARAMS_LOGIN] = {
	"username", "user", "login", "password", "pass", "pw", "passwd", "pwd", "token",
};

_Static_assert((int)PARAMS_LOGIN <= (int)PARAMS_KNOWN, "at has room for both sets");

void params_init(struct query_params *p, enum params_set set)
{
	p->set = set;
	memset(p->at, 0, sizeof(p->at));
	p->text_len = 0;
}

enum param_role params_role(size_t i)
{
	assert(i < PARAMS_KNOWN);
	return known[i].role;
}

bool params_has(const struct query_params *p, size_t i)
{
	return p->at[i].p != NULL;
}

/* PARAMS_KNOWN: none of that name. */
static size_t find_known(const struct query_params *p, struct slice name)
{
	bool login = p->set == PARAMS_OF_LOGIN;
	size_t i, n = login ? (size_t)PARAMS_LOGIN : (size_t)PARAMS_KNOWN;

	for (i = 0; i < n; i++)
		if (slice_eq_nocase(name, login ? login_names[i] : known[i].name))
			return i;
	return PARAMS_KNOWN;
}

bool params_knows(const struct query_params *p, struct slice name)
{
	return find_known(p, name) < PARAMS_KNOWN;
}

void params_wipe(struct query_params *p)
{
	/* All of it: what could not be decoded is behind text_len. */
	explicit_bzero(p->text, sizeof(p->text));
	params_init(p, p->set);
}

/* An unknown name is ignored, unless it is a known one with an index ("myip[0]"), as PHP writes the
 * elements of a list: then an address stands there that would not be read. */
static int pass_over(const struct query_params *p, struct slice name)
{
	struct slice list, index;

	if (p->set == PARAMS_OF_LOGIN)
		return 0;
	return slice_cut(name, '[', &list, &index) && params_knows(p, list) ? ERR_INVAL : 0;
}

/* An editor for HTML or XML writes "&amp;" where an '&' is meant, and people copy it from there. A
 * client adds the '?' that its user has written already. */
static struct slice skip_slip(struct slice param)
{
	static const char *const rests[] = {"amp;", "#38;", "#x26;", "?", "&"};
	size_t i = 0, len;

	while (i < sizeof(rests) / sizeof(rests[0])) {
		len = strlen(rests[i]);
		if (param.len >= len && slice_eq_nocase((struct slice){param.p, len}, rests[i])) {
			param = (struct slice){param.p + len, param.len - len};
			i = 0;
		} else {
			i++;
		}
	}
	return param;
}

static int decode(struct slice raw, char *out, struct slice *ret)
{
	size_t len;

	if (str_form_decode(raw, out, &len) != 0 || memchr(out, '\0', len) != NULL)
		return ERR_INVAL;
	*ret = slice_trim((struct slice){out, len}, STR_SPACE);
	return 0;
}

/* Where the next value is decoded to. */
static char *params_room(struct query_params *p, size_t len)
{
	return len <= sizeof(p->text) - p->text_len ? p->text + p->text_len : NULL;
}

/* Unknown parameters are not decoded: FRITZ!Box and Synology put unescaped passwords into them. */
static int add_encoded_value(struct query_params *p, struct slice name, struct slice raw_value)
{
	size_t i = find_known(p, name);
	struct slice value;
	char *out;
	int err;

	if (i == PARAMS_KNOWN)
		return pass_over(p, name);
	out = params_room(p, raw_value.len);
	if (out == NULL)
		return ERR_LIMIT;
	err = decode(raw_value, out, &value);
	if (err != 0)
		return err;
	p->at[i] = value;
	p->text_len += raw_value.len;
	return 0;
}

static int add_form(struct query_params *p, struct slice encoded, bool wrapped);

/* inadyn 2.2 encodes all of its target ("%2fupdate%3fhostname%3da.example%26myip%3d..."): what has
 * no
 * '=' and has one inside is encoded once more than usual. Nobody is taken for one who said nothing,
 * or the sender's address would be published. */
static int add_param(struct query_params *p, struct slice param, bool wrapped,
		     char text[QUERY_PARAMS_MAX])
{
	struct slice raw_name, raw_value, name;
	bool whole = !slice_cut(skip_slip(param), '=', &raw_name, &raw_value) && !wrapped;
	int err = decode(raw_name, text, &name);

	/* Whether the request can be read is of no concern to a login. */
	if (err != 0)
		return p->set == PARAMS_OF_LOGIN ? 0 : err;
	/* A library that encodes what HTML has made of an '&' encodes the rest of it, too. */
	name = skip_slip(name);
	if (!whole || name.len == 0 || memchr(name.p, '=', name.len) == NULL)
		return add_encoded_value(p, name, raw_value);
	return add_form(p, name, true);
}

static int add_encoded(struct query_params *p, struct slice param, bool wrapped)
{
	char text[QUERY_PARAMS_MAX]; /* the decoded name */
	int err = add_param(p, param, wrapped, text);

	/* A client that encodes all of its target has its password in there. */
	explicit_bzero(text, param.len < sizeof(text) ? param.len : sizeof(text));
	return err;
}

static int add_form(struct query_params *p, struct slice encoded, bool wrapped)
{
	struct slice param;
	bool more = true;
	int err = 0;

	while (err == 0 && more) {
		more = slice_cut(encoded, '&', &param, &encoded);
		err = add_encoded(p, param, wrapped);
	}
	return err;
}

int params_add_form(struct query_params *p, struct slice encoded)
{
	return encoded.len > QUERY_PARAMS_MAX ? ERR_LIMIT : add_form(p, encoded, false);
}

int params_add(struct query_params *p, struct slice name, struct slice value)
{
	size_t i;
	char *out;

	name = slice_trim(name, STR_SPACE);
	if (name.len > 0 && memchr(name.p, '\0', name.len) != NULL)
		return ERR_INVAL;
	i = find_known(p, name);
	if (i == PARAMS_KNOWN)
		return pass_over(p, name);
	if (value.len > 0 && memchr(value.p, '\0', value.len) != NULL)
		return ERR_INVAL;
	out = params_room(p, value.len);
	if (out == NULL)
		return ERR_LIMIT;
	if (value.len > 0)
		memcpy(out, value.p, value.len);
	p->at[i] = slice_trim((struct slice){out, value.len}, STR_SPACE);
	p->text_len += value.len;
	return 0;
}
