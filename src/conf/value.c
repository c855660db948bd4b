/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/value.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "conf/texts.h"

_Static_assert(sizeof(unsigned) == sizeof(uint32_t) && sizeof(enum conf_store) == sizeof(unsigned),
	       "numbers and words are stored alike");

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (str_lower(c) >= 'a' && str_lower(c) <= 'z');
}

static bool all_of(struct slice s, bool (*is)(char c))
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (!is(s.p[i]))
			return false;
	return true;
}

/* The characters of a DynamoDB table name, which include those of a region. */
static bool is_table_char(char c)
{
	return is_alnum(c) || c == '_' || c == '.' || c == '-';
}

static bool is_zone_id_char(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_path_char(char c)
{
	return (unsigned char)c >= 0x20 && c != 0x7f;
}

static bool is_url_char(char c)
{
	return c > 0x20 && c < 0x7f && strchr("\"<>\\^`{|}@?#", c) == NULL;
}

/* http or https, a host, perhaps a port and a path. User names, queries and fragments have no place
 * in an endpoint, and a password in one would reach logs. */
static bool is_url(struct slice s)
{
	struct slice scheme, rest, path;

	if (!all_of(s, is_url_char) || !slice_cut(s, ':', &scheme, &rest) ||
	    (!slice_eq_nocase(scheme, "http") && !slice_eq_nocase(scheme, "https")))
		return false;
	if (rest.len < 2 || rest.p[0] != '/' || rest.p[1] != '/')
		return false;
	slice_cut((struct slice){rest.p + 2, rest.len - 2}, '/', &rest, &path);
	return rest.len > 0 && rest.p[0] != ':';
}

/* Checks the characters of a string whose length was checked already. */
static bool is_valid_string(enum conf_type type, struct slice s)
{
	switch (type) {
	case CONF_TYPE_PATH:
		return all_of(s, is_path_char);
	case CONF_TYPE_TABLE:
	case CONF_TYPE_REGION:
		return all_of(s, is_table_char);
	case CONF_TYPE_ZONE_ID:
		return all_of(s, is_zone_id_char);
	case CONF_TYPE_URL:
		return s.len == 0 || is_url(s);
	default:
		return s.len == 0 || conf_text_is_valid(type, s);
	}
}

static char *copy_of(struct slice s)
{
	char *copy = malloc(s.len + 1);

	if (copy != NULL)
		str_copy(copy, s.len + 1, s);
	return copy;
}

static int set_string(const struct conf_key *key, char **field, struct slice s)
{
	static const char prefix[] = "/hostedzone/"; /* as Route 53's own answers write the id */
	size_t skip = sizeof(prefix) - 1;
	char *copy;

	if (key->type == CONF_TYPE_ZONE_ID && s.len > skip && memcmp(s.p, prefix, skip) == 0)
		s = (struct slice){s.p + skip, s.len - skip};
	if (s.len < key->min || s.len > key->max || !is_valid_string(key->type, s))
		return ERR_INVAL;
	copy = copy_of(s);
	if (copy == NULL)
		return ERR_NOMEM;
	free(*field);
	*field = copy;
	return 0;
}

static int set_uint(const struct conf_key *key, void *field, struct slice s)
{
	uint64_t value;
	uint32_t small;

	if (str_parse_uint(s, key->max, &value) != 0 || value < key->min)
		return ERR_INVAL;
	small = (uint32_t)value;
	memcpy(field, &small, sizeof(small));
	return 0;
}

static int set_bool(bool *field, struct slice s)
{
	if (slice_eq_nocase(s, "true") || slice_eq_nocase(s, "yes") || slice_eq_nocase(s, "on"))
		*field = true;
	else if (slice_eq_nocase(s, "false") || slice_eq_nocase(s, "no") ||
		 slice_eq_nocase(s, "off"))
		*field = false;
	else
		return ERR_INVAL;
	return 0;
}

static int set_word(const struct conf_key *key, void *field, struct slice s)
{
	const char *word;
	unsigned i;

	for (i = 0; (word = conf_key_word(key, i)) != NULL; i++) {
		/* Headers have names without case. */
		if (key->type == CONF_TYPE_CLIENT_HEADER ? !slice_eq_nocase(s, word)
							 : !slice_eq(s, word))
			continue;
		memcpy(field, &i, sizeof(i));
		return 0;
	}
	return ERR_INVAL;
}

/* Parses "192.0.2.1:443" or "[2001:db8::1]:443". An IPv4-mapped address is refused: which address
 * it binds to depends on the system's settings. */
static int parse_listen(struct slice s, struct listen_at *ret)
{
	struct listen_at l = {0};
	struct sockaddr_in *in4 = (struct sockaddr_in *)&l.sa;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&l.sa;
	char host[sizeof(l.text)];
	uint64_t port;
	size_t colon = s.len;

	while (colon > 0 && s.p[colon - 1] != ':')
		colon--;
	if (colon < 2 || str_copy(l.text, sizeof(l.text), s) != 0 ||
	    str_parse_uint((struct slice){s.p + colon, s.len - colon}, UINT16_MAX, &port) != 0)
		return ERR_INVAL;
	s.len = colon - 1;
	if (s.len > 2 && s.p[0] == '[' && s.p[s.len - 1] == ']') {
		str_copy(host, sizeof(host), (struct slice){s.p + 1, s.len - 2});
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons((uint16_t)port);
		if (inet_pton(AF_INET6, host, &in6->sin6_addr) != 1 ||
		    IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
			return ERR_INVAL;
	} else {
		str_copy(host, sizeof(host), s);
		in4->sin_family = AF_INET;
		in4->sin_port = htons((uint16_t)port);
		if (inet_pton(AF_INET, host, &in4->sin_addr) != 1)
			return ERR_INVAL;
	}
	*ret = l;
	return 0;
}

static bool has_port(const struct listen_at *l)
{
	return ((const struct sockaddr_in *)&l->sa)->sin_port != 0;
}

bool conf_listen_equal(const struct listen_at *a, const struct listen_at *b)
{
	return has_port(a) && memcmp(&a->sa, &b->sa, sizeof(a->sa)) == 0;
}

static int add_listen(const struct conf_key *key, struct conf_listens *list, struct slice s)
{
	struct listen_at l;
	size_t i;

	if (parse_listen(s, &l) != 0)
		return ERR_INVAL;
	for (i = 0; i < list->n; i++)
		if (conf_listen_equal(&l, &list->at[i]))
			return ERR_EXISTS;
	if (list->n >= key->max)
		return ERR_LIMIT;
	list->at[list->n++] = l;
	return 0;
}

static int value_add_name(const struct conf_key *key, struct conf_zone *z, struct slice s)
{
	struct fqdn name;
	size_t i;
	int err = fqdn_parse(s, &name);

	if (err != 0)
		return err;
	if (name.text[0] == '*')
		return ERR_INVAL;
	for (i = 0; i < z->n_name_servers; i++)
		if (fqdn_equal(&name, &z->name_servers[i]))
			return ERR_EXISTS;
	if (z->n_name_servers >= key->max)
		return ERR_LIMIT;
	z->name_servers[z->n_name_servers++] = name;
	return 0;
}

/* addr_parse() accepts a prefix length, because routers send it; the address of a name server has
 * none. */
static int value_add_addr(const struct conf_key *key, struct conf_zone *z, struct slice s)
{
	struct addr a;
	size_t i;

	if (s.len == 0 || memchr(s.p, '/', s.len) != NULL || addr_parse(s, &a) != 0)
		return ERR_INVAL;
	for (i = 0; i < z->n_name_server_addresses; i++)
		if (addr_equal(&a, &z->name_server_addresses[i]))
			return ERR_EXISTS;
	if (z->n_name_server_addresses >= key->max)
		return ERR_LIMIT;
	z->name_server_addresses[z->n_name_server_addresses++] = a;
	return 0;
}

static int add_prefix(const struct conf_key *key, struct conf_prefixes *list, struct slice s)
{
	struct prefix p;
	size_t i;

	if (prefix_parse(s, &p) != 0)
		return ERR_INVAL;
	for (i = 0; i < list->n; i++)
		if (prefix_equal(&p, &list->at[i]))
			return ERR_EXISTS;
	if (list->n >= key->max)
		return ERR_LIMIT;
	list->at[list->n++] = p;
	return 0;
}

/* "certificate.pem:private-key.pem" */
static int add_pair(const struct conf_key *key, struct conf_pairs *list, struct slice s)
{
	struct slice certificate, private_key;
	struct conf_pair pair;
	size_t i;

	if (!all_of(s, is_path_char) || !slice_cut(s, ':', &certificate, &private_key) ||
	    certificate.len == 0 || certificate.len > CONF_PATH_MAX || private_key.len == 0 ||
	    private_key.len > CONF_PATH_MAX || memchr(private_key.p, ':', private_key.len) != NULL)
		return ERR_INVAL;
	for (i = 0; i < list->n; i++)
		if (slice_eq(certificate, list->at[i].certificate))
			return ERR_EXISTS;
	if (list->n >= key->max)
		return ERR_LIMIT;
	pair = (struct conf_pair){copy_of(certificate), copy_of(private_key)};
	if (pair.certificate == NULL || pair.private_key == NULL) {
		free(pair.certificate);
		free(pair.private_key);
		return ERR_NOMEM;
	}
	list->at[list->n++] = pair;
	return 0;
}

int conf_value_add(const struct conf_key *key, void *base, struct slice text)
{
	void *field = (char *)base + key->offset;

	switch (key->type) {
	case CONF_TYPE_LISTENS:
		return add_listen(key, field, text);
	case CONF_TYPE_NAMES:
		return value_add_name(key, base, text);
	case CONF_TYPE_ADDRS:
		return value_add_addr(key, base, text);
	case CONF_TYPE_PREFIXES:
		return add_prefix(key, field, text);
	case CONF_TYPE_PAIRS:
		return add_pair(key, field, text);
	case CONF_TYPE_UINT:
		return set_uint(key, field, text);
	case CONF_TYPE_BOOL:
		return set_bool(field, text);
	case CONF_TYPE_PATH:
	case CONF_TYPE_TABLE:
	case CONF_TYPE_REGION:
	case CONF_TYPE_URL:
	case CONF_TYPE_ZONE_ID:
	case CONF_TYPE_TARGET_URL:
	case CONF_TYPE_HEARTBEAT_URL:
	case CONF_TYPE_TEXT:
	case CONF_TYPE_MAIL:
	case CONF_TYPE_TOPIC:
		return set_string(key, field, text);
	case CONF_TYPE_EVENTS:
	case CONF_TYPE_HOSTS:
	case CONF_TYPE_HEADERS:
	case CONF_TYPE_MAILS:
	case CONF_TYPE_COMMAND:
		return conf_texts_add(key, field, text);
	case CONF_TYPE_QUIET:
		return conf_quiet_parse(text, field);
	default:
		return set_word(key, field, text);
	}
}
