/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/setup_take.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "account/account.h"
#include "base/buf.h"
#include "conf/load.h"
#include "net/addr_special.h"

enum { WORD_SHOWN_MAX = 80, VARIABLE_MAX = 64, COMPANIONS_MAX = 3 };

/* What an item of an answer is. */
enum kind { KIND_WORD, KIND_NAME, KIND_HOST, KIND_ADDR, KIND_LISTEN, KIND_PATH, KIND_TEXT };

/* How an answer is judged. */
struct rule {
	enum kind kind;
	const char *words;    /* of KIND_WORD, separated by commas */
	const char *variable; /* which gives it to the loader; NULL: it is no key */
	const char *companions[COMPANIONS_MAX]; /* and with which it is one */
};

/* A zone that needs nothing else, for answers that have nothing to do with it. */
#define ANY_ZONE   "MOORING_ZONE=zone.invalid"
#define ANY_SERVER "MOORING_ZONE_NAME_SERVERS=ns.other.invalid"
#define DYNAMODB   "MOORING_STORE_TYPE=dynamodb"

static const struct rule rules[SETUP_QUESTIONS] = {
	[SETUP_DOMAIN] = {KIND_NAME,
			  NULL,
			  "MOORING_ZONE",
			  {"MOORING_ZONE_NAME_SERVERS=ns.invalid"}},
	[SETUP_PUBLISH] = {.kind = KIND_WORD, .words = "builtin,route53"},
	[SETUP_HOSTED_ZONE] = {KIND_TEXT,
			       NULL,
			       "MOORING_ZONE_HOSTED_ZONE_ID",
			       {ANY_ZONE, "MOORING_ZONE_PUBLISHER=route53"}},
	[SETUP_NAME_SERVER] = {KIND_NAME, NULL, "MOORING_ZONE_NAME_SERVERS", {ANY_ZONE}},
	[SETUP_ADDRESS] = {KIND_ADDR, NULL, "MOORING_ZONE_NAME_SERVER_ADDRESSES", {ANY_ZONE}},
	[SETUP_LAB] = {.kind = KIND_WORD, .words = "yes,no"},
	[SETUP_DNS_LISTEN] = {KIND_LISTEN, NULL, "MOORING_DNS_LISTEN", {ANY_ZONE, ANY_SERVER}},
	[SETUP_SERVER] = {.kind = KIND_NAME},
	[SETUP_CERTIFICATE] = {.kind = KIND_WORD, .words = "certbot,lego,files,none"},
	[SETUP_EMAIL] = {.kind = KIND_TEXT},
	[SETUP_CERTIFICATE_FILE] = {KIND_PATH, NULL, "MOORING_CERTIFICATE", {ANY_ZONE, ANY_SERVER}},
	[SETUP_KEY_FILE] = {KIND_PATH, NULL, "MOORING_PRIVATE_KEY", {ANY_ZONE, ANY_SERVER}},
	[SETUP_LISTEN] = {KIND_LISTEN, NULL, "MOORING_LISTEN", {ANY_ZONE, ANY_SERVER}},
	[SETUP_STORE] = {.kind = KIND_WORD, .words = "sqlite,dynamodb"},
	[SETUP_STORE_PATH] = {KIND_PATH, NULL, "MOORING_STORE_PATH", {ANY_ZONE, ANY_SERVER}},
	[SETUP_TABLE] = {KIND_TEXT, NULL, "MOORING_STORE_TABLE", {ANY_ZONE, ANY_SERVER, DYNAMODB}},
	[SETUP_REGION] = {KIND_TEXT,
			  NULL,
			  "MOORING_STORE_REGION",
			  {ANY_ZONE, ANY_SERVER, DYNAMODB}},
	[SETUP_USER] = {.kind = KIND_TEXT},
	[SETUP_HOST] = {.kind = KIND_HOST},
};

/* ---------------------------------------------------------------- is it one */

static int refuse_item(struct slice item, const char *want, struct errinfo *ei)
{
	char shown[WORD_SHOWN_MAX];

	return err_set(ei, ERR_INVAL, "must be %s, not \"%s\"", want,
		       str_printable(shown, sizeof(shown), item));
}

static int take_word(const char *words, struct slice item, char *out, struct errinfo *ei)
{
	struct slice word, rest = slice_of(words);
	char want[WORD_SHOWN_MAX] = "";

	while (rest.len > 0) {
		slice_cut(rest, ',', &word, &rest);
		if (word.len == item.len && memcmp(word.p, item.p, word.len) == 0)
			return str_copy(out, SETUP_ANSWER_MAX, item);
		snprintf(want + strlen(want), sizeof(want) - strlen(want), "%s%.*s",
			 want[0] == '\0' ? ""
			 : rest.len == 0 ? " or "
					 : ", ",
			 (int)word.len, word.p);
	}
	return refuse_item(item, want, ei);
}

static bool has_empty_label(struct slice name)
{
	size_t i;

	for (i = 0; i < name.len; i++)
		if (name.p[i] == '.' && (i == 0 || name.p[i - 1] == '.'))
			return true;
	return false;
}

static bool has_other_characters(struct slice name)
{
	size_t i;

	for (i = 0; i < name.len; i++)
		if ((unsigned char)name.p[i] < 0x80 && !isalnum((unsigned char)name.p[i]) &&
		    strchr("-_.", name.p[i]) == NULL)
			return true;
	return false;
}

static int refuse_name(struct slice item, struct errinfo *ei)
{
	struct addr addr;

	if (memchr(item.p, '/', item.len) == NULL && addr_parse(item, &addr) == 0)
		return refuse_item(item, "a name and no address", ei);
	if (has_other_characters(item))
		return refuse_item(item, "a name alone, of letters, digits, dots and -", ei);
	if (memchr(item.p, '.', item.len) == NULL)
		return refuse_item(item, "a name with a dot in it", ei);
	if (has_empty_label(item))
		return refuse_item(item, "a name with something before each dot", ei);
	return refuse_item(item,
			   "a name of DNS, of 253 characters at most, 63 between two dots, and no "
			   "number behind the last one",
			   ei);
}

static int take_dns_name(const struct setup_answers *a, enum kind kind, struct slice item,
			 char *out, struct errinfo *ei)
{
	struct fqdn name, zone;
	bool has_zone = setup_name(a, SETUP_DOMAIN, 0, &zone);
	int err;

	/* Hosts may have a name for all that is below one; nothing else here does. */
	if (kind == KIND_NAME && memchr(item.p, '*', item.len) != NULL)
		return refuse_item(item, "one name, without a *", ei);
	/* A label alone is good in any zone. */
	if (!has_zone)
		fqdn_parse(slice_of("zone.invalid"), &zone);
	err = kind == KIND_HOST ? fqdn_complete(item, &zone, &name) : fqdn_parse(item, &name);

	if (err == ERR_NOMEM)
		return err_set(ei, err, "%s", err_str(err));
	if (err != 0)
		return refuse_name(item, ei);
	if (kind == KIND_HOST && has_zone &&
	    (!fqdn_is_within(&name, &zone) || fqdn_equal(&name, &zone)))
		return err_set(ei, ERR_INVAL, "must lie in %s, and %s does not", zone.text,
			       name.text);
	return str_copy(out, SETUP_ANSWER_MAX, slice_of(name.text));
}

/* An address with a length, as routers send it, is a network to everybody else. */
static int take_addr(struct slice item, char *out, struct errinfo *ei)
{
	struct addr addr;

	if (memchr(item.p, '/', item.len) != NULL || addr_parse(item, &addr) != 0)
		return refuse_item(item, "an IPv4 or IPv6 address", ei);
	if (addr_is_no_host(&addr))
		return refuse_item(item, "the address of a host", ei);
	addr_format(&addr, out);
	return 0;
}

/* By its form, or because there is one. */
static bool leads_to_folder(struct slice path)
{
	char text[SETUP_ANSWER_MAX];
	struct stat st;
	const char *last;

	if (str_copy(text, sizeof(text), path) != 0)
		return false; /* too long, which is told */
	last = strrchr(text, '/') + 1;
	if (*last == '\0' || strcmp(last, ".") == 0 || strcmp(last, "..") == 0)
		return true;
	return stat(text, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Quotes would need an escape in the file, which nobody has in such a path. */
static int take_path(struct slice item, char *out, struct errinfo *ei)
{
	if (item.p[0] != '/' || slice_has_control(item) || memchr(item.p, '"', item.len) != NULL ||
	    memchr(item.p, '\\', item.len) != NULL)
		return refuse_item(item, "a path that begins with / and has no quotes in it", ei);
	if (leads_to_folder(item))
		return refuse_item(item, "a file and no folder", ei);
	return str_copy(out, SETUP_ANSWER_MAX, item);
}

static int take_one_item(const struct setup_answers *a, enum setup_question q, struct slice item,
			 char *out, struct errinfo *ei)
{
	const struct rule *rule = &rules[q];

	switch (rule->kind) {
	case KIND_WORD:
		return take_word(rule->words, item, out, ei);
	case KIND_NAME:
	case KIND_HOST:
		return take_dns_name(a, rule->kind, item, out, ei);
	case KIND_ADDR:
		return take_addr(item, out, ei);
	case KIND_PATH:
		return take_path(item, out, ei);
	default:
		return str_copy(out, SETUP_ANSWER_MAX, item);
	}
}

static int add_item(const struct setup_answers *a, enum setup_question q, struct slice item,
		    struct buf *list, struct errinfo *ei)
{
	char text[SETUP_ANSWER_MAX];
	int err = take_one_item(a, q, item, text, ei);

	if (err != 0)
		return err;
	return buf_addf(list, "%s%s", list->len > 0 ? "," : "", text);
}

/* Blanks and commas separate the items of a list. */
static int take_items(const struct setup_answers *a, enum setup_question q, struct slice text,
		      struct buf *list, struct errinfo *ei)
{
	int err = 0;

	if (!setup_row(q)->is_list)
		return add_item(a, q, text, list, ei);
	while (err == 0 && text.len > 0) {
		size_t len = 0;

		while (len < text.len && strchr(" \t,;", text.p[len]) == NULL)
			len++;
		if (len > 0)
			err = add_item(a, q, (struct slice){text.p, len}, list, ei);
		len += len < text.len;
		text = (struct slice){text.p + len, text.len - len};
	}
	return err;
}

/* ---------------------------------------------------------------- may it be */

/* The loader's sentence begins with the variable, of which nobody has heard here. */
static int load_alone(const struct rule *rule, const char *text, struct conf **ret,
		      struct errinfo *ei)
{
	char entry[VARIABLE_MAX + SETUP_ANSWER_MAX];
	const char *const list[] = {entry, rule->companions[0], rule->companions[1],
				    rule->companions[2], NULL};
	struct errinfo why = ERRINFO_INIT;
	const char *sentence;
	int err;

	snprintf(entry, sizeof(entry), "%s=%s", rule->variable, text);
	err = conf_load(NULL, list, ret, &why);
	if (err == 0)
		return 0;
	sentence = strstr(why.text, ": ");
	return err_set(ei, err, "%s", sentence != NULL ? sentence + 2 : why.text);
}

int setup_take_listens(enum setup_question q, const char *text, struct conf_listens *ret,
		       struct errinfo *ei)
{
	struct conf *conf = NULL;
	int err = load_alone(&rules[q], text, &conf, ei);

	if (err == 0)
		*ret = q == SETUP_DNS_LISTEN ? conf->dns_listen : conf->listen;
	conf_free(conf);
	return err;
}

static int check_key(enum setup_question q, const char *text, struct errinfo *ei)
{
	struct conf *conf = NULL;
	int err = load_alone(&rules[q], text, &conf, ei);

	conf_free(conf);
	return err;
}

/* Inside of the zone only hosts' names are served. */
static int check_server(const struct setup_answers *a, const char *text, struct errinfo *ei)
{
	struct fqdn zone, name;

	if (setup_name(a, SETUP_DOMAIN, 0, &zone) && fqdn_parse(slice_of(text), &name) == 0 &&
	    fqdn_is_within(&name, &zone))
		return err_set(ei, ERR_INVAL,
			       "must lie outside of %s, in which only hosts' names are served",
			       zone.text);
	return 0;
}

/* It becomes a word of another program's command line. */
static int check_email(const struct setup_answers *a, const char *text, struct errinfo *ei)
{
	const char *at = strchr(text, '@');
	size_t i;

	if (strcmp(text, "none") == 0 && !setup_is(a, SETUP_CERTIFICATE, "lego"))
		return 0;
	if (strcmp(text, "none") == 0)
		return err_set(ei, ERR_INVAL,
			       "must be an address: lego makes no account without one");
	for (i = 0; text[i] != '\0'; i++)
		if (text[i] <= ' ' || text[i] >= 0x7f)
			at = NULL;
	if (at == NULL || at == text || text[0] == '-' || strchr(at + 1, '@') != NULL ||
	    strchr(at + 1, '.') == NULL || i > FQDN_TEXT_MAX)
		return refuse_item(slice_of(text), "an address such as you@example.com", ei);
	return 0;
}

static int check_aws(const struct setup_answers *a, const char *text, struct errinfo *ei)
{
	if (a->machine->knows_aws ||
	    (strcmp(text, "route53") != 0 && strcmp(text, "dynamodb") != 0))
		return 0;
	return err_set(ei, ERR_INVAL, "cannot be %s: this program was built without AWS", text);
}

static int check_login_name(const char *text, struct errinfo *ei)
{
	struct errinfo why = ERRINFO_INIT;
	int err = account_check_user(slice_of(text), &why);

	return err == 0 ? 0 : err_set(ei, err, "must be a login: %s", why.text);
}

static int setup_check(const struct setup_answers *a, enum setup_question q, const char *text,
		       struct errinfo *ei)
{
	if (q == SETUP_REGION && strcmp(text, "auto") == 0)
		return 0;
	if (rules[q].variable != NULL)
		return check_key(q, text, ei);
	switch (q) {
	case SETUP_SERVER:
		return check_server(a, text, ei);
	case SETUP_EMAIL:
		return check_email(a, text, ei);
	case SETUP_PUBLISH:
	case SETUP_STORE:
		return check_aws(a, text, ei);
	case SETUP_USER:
		return check_login_name(text, ei);
	default:
		return 0;
	}
}

int setup_take(struct setup_answers *a, enum setup_question q, const char *text, struct errinfo *ei)
{
	struct slice trimmed = slice_trim(slice_of(text), STR_SPACE);
	struct buf list;
	int err;

	buf_init(&list, SETUP_ANSWER_MAX - 1);
	err = trimmed.len > 0 ? take_items(a, q, trimmed, &list, ei) : 0;
	if (err == 0 && list.len == 0)
		err = err_set(ei, ERR_INVAL, "must be answered");
	else if (err == ERR_LIMIT || err == ERR_NOMEM)
		err = err_set(ei, err, "%s", err == ERR_LIMIT ? "is too long" : err_str(err));
	if (err == 0)
		err = setup_check(a, q, buf_str(&list), ei);
	if (err == 0)
		err = str_copy(a->text[q], SETUP_ANSWER_MAX, slice_of(buf_str(&list)));
	buf_fini(&list);
	return err;
}
