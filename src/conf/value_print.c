/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/value_print.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/texts.h"
#include "conf/value.h"

static bool is_string(enum conf_type type)
{
	return type == CONF_TYPE_PATH || type == CONF_TYPE_TABLE || type == CONF_TYPE_REGION ||
	       type == CONF_TYPE_URL || type == CONF_TYPE_ZONE_ID || type == CONF_TYPE_TARGET_URL ||
	       type == CONF_TYPE_HEARTBEAT_URL || type == CONF_TYPE_TEXT ||
	       type == CONF_TYPE_MAIL || type == CONF_TYPE_TOPIC;
}

static void clear_pairs(struct conf_pairs *list)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		free(list->at[i].certificate);
		free(list->at[i].private_key);
	}
	list->n = 0;
}

void conf_value_clear(const struct conf_key *key, void *base)
{
	struct conf_listens *listens = (void *)((char *)base + key->offset);
	struct conf_prefixes *prefixes = (void *)((char *)base + key->offset);
	struct conf_pairs *pairs = (void *)((char *)base + key->offset);
	struct conf_zone *zone = base;

	if (conf_key_is_texts(key))
		conf_texts_clear((void *)((char *)base + key->offset));
	else if (key->type == CONF_TYPE_LISTENS)
		listens->n = 0;
	else if (key->type == CONF_TYPE_PAIRS)
		clear_pairs(pairs);
	else if (key->type == CONF_TYPE_NAMES)
		zone->n_name_servers = 0;
	else if (key->type == CONF_TYPE_ADDRS)
		zone->n_name_server_addresses = 0;
	else if (key->type == CONF_TYPE_PREFIXES)
		prefixes->n = 0;
}

void conf_value_free(const struct conf_key *key, void *base)
{
	char **text = (void *)((char *)base + key->offset);

	if (key->type == CONF_TYPE_PAIRS || conf_key_is_texts(key))
		conf_value_clear(key, base);
	if (!is_string(key->type))
		return;
	free(*text);
	*text = NULL;
}

static void describe_words(const struct conf_key *key, struct buf *out)
{
	const char *word;
	unsigned i;

	for (i = 0; (word = conf_key_word(key, i)) != NULL; i++) {
		if (i > 0)
			buf_adds(out, conf_key_word(key, i + 1) == NULL ? " or " : ", ");
		buf_adds(out, word);
	}
}

void conf_value_describe(const struct conf_key *key, struct buf *out)
{
	switch (key->type) {
	case CONF_TYPE_LISTENS:
		buf_adds(out, "a numeric address and a port, as 192.0.2.1:443 or [::]:443");
		break;
	case CONF_TYPE_NAMES:
		buf_adds(out, "a host name of two labels or more");
		break;
	case CONF_TYPE_ADDRS:
		buf_adds(out, "an IPv4 or IPv6 address");
		break;
	case CONF_TYPE_PREFIXES:
		buf_adds(out, "an address or a prefix without host bits, as 192.0.2.0/24");
		break;
	case CONF_TYPE_PAIRS:
		buf_adds(out, "the paths of a certificate and of its private key, as "
			      "rsa.pem:rsa.key");
		break;
	case CONF_TYPE_PATH:
		buf_addf(out, "a path of 1 to %d bytes", CONF_PATH_MAX);
		break;
	case CONF_TYPE_TABLE:
	case CONF_TYPE_REGION:
		buf_addf(out, "%" PRIu32 " to %" PRIu32 " letters, digits, '_', '.' or '-'",
			 key->min, key->max);
		break;
	case CONF_TYPE_URL:
		buf_adds(out,
			 "a URL with http:// or https:// and a host, without a user or a query");
		break;
	case CONF_TYPE_ZONE_ID:
		buf_addf(out, "1 to %" PRIu32 " capital letters and digits", key->max);
		break;
	case CONF_TYPE_UINT:
		buf_addf(out, "a whole number from %" PRIu32 " to %" PRIu32, key->min, key->max);
		break;
	case CONF_TYPE_BOOL:
		buf_adds(out, "true or false");
		break;
	default:
		if (!conf_text_describe(key->type, out))
			describe_words(key, out);
	}
}

/* '$' is escaped as well: "${" is refused in the file. */
static void add_escaped(const char *text, struct buf *out)
{
	for (; *text != '\0'; text++) {
		if (strchr("\\\"$", *text) != NULL)
			buf_addc(out, '\\');
		buf_addc(out, *text);
	}
}

void conf_value_quote(const char *text, struct buf *out)
{
	buf_addc(out, '"');
	add_escaped(text, out);
	buf_addc(out, '"');
}

static void print_pair(const struct conf_pair *pair, struct buf *out)
{
	buf_addc(out, '"');
	add_escaped(pair->certificate, out);
	buf_addc(out, ':');
	add_escaped(pair->private_key, out);
	buf_addc(out, '"');
}

static size_t count_items(const struct conf_key *key, const void *base)
{
	const void *field = (const char *)base + key->offset;
	const struct conf_zone *zone = base;

	if (conf_key_is_texts(key))
		return ((const struct conf_texts *)field)->n;
	switch (key->type) {
	case CONF_TYPE_LISTENS:
		return ((const struct conf_listens *)field)->n;
	case CONF_TYPE_PREFIXES:
		return ((const struct conf_prefixes *)field)->n;
	case CONF_TYPE_PAIRS:
		return ((const struct conf_pairs *)field)->n;
	case CONF_TYPE_NAMES:
		return zone->n_name_servers;
	default:
		return zone->n_name_server_addresses;
	}
}

static void print_prefix(const struct prefix *p, struct buf *out)
{
	char addr[ADDR_TEXT_MAX], text[ADDR_TEXT_MAX + 5];

	snprintf(text, sizeof(text), "%s/%u", addr_format(&p->addr, addr), p->len);
	conf_value_quote(text, out);
}

static void print_item(const struct conf_key *key, const void *base, size_t i, struct buf *out)
{
	const void *field = (const char *)base + key->offset;
	const struct conf_zone *zone = base;
	char text[ADDR_TEXT_MAX];

	if (conf_key_is_texts(key)) {
		conf_value_quote(((const struct conf_texts *)field)->at[i], out);
		return;
	}
	switch (key->type) {
	case CONF_TYPE_LISTENS:
		conf_value_quote(((const struct conf_listens *)field)->at[i].text, out);
		break;
	case CONF_TYPE_PREFIXES:
		print_prefix(&((const struct conf_prefixes *)field)->at[i], out);
		break;
	case CONF_TYPE_PAIRS:
		print_pair(&((const struct conf_pairs *)field)->at[i], out);
		break;
	case CONF_TYPE_NAMES:
		conf_value_quote(zone->name_servers[i].text, out);
		break;
	default:
		conf_value_quote(addr_format(&zone->name_server_addresses[i], text), out);
	}
}

void conf_value_print(const struct conf_key *key, const void *base, struct buf *out)
{
	const void *field = (const char *)base + key->offset;
	unsigned number;
	size_t i;

	if (conf_key_is_list(key)) {
		buf_addc(out, '{');
		for (i = 0; i < count_items(key, base); i++) {
			buf_adds(out, i > 0 ? ", " : "");
			print_item(key, base, i, out);
		}
		buf_addc(out, '}');
	} else if (is_string(key->type)) {
		conf_value_quote(*(char *const *)field, out);
	} else if (key->type == CONF_TYPE_BOOL) {
		buf_adds(out, *(const bool *)field ? "true" : "false");
	} else if (key->type == CONF_TYPE_QUIET) {
		conf_quiet_print(field, out);
	} else {
		memcpy(&number, field, sizeof(number));
		if (key->type == CONF_TYPE_UINT)
			buf_addf(out, "%u", number);
		else
			buf_adds(out, conf_key_word(key, number));
	}
}
