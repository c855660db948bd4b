/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/command.h"

#include <stdio.h>
#include <string.h>

#include "account/account.h"
#include "base/str.h"
#include "conf/conf.h"
#include "ctl/backup.h"
#include "ctl/claims.h"
#include "ctl/clear.h"
#include "ctl/conformance.h"
#include "ctl/client_config.h"
#include "ctl/doctor.h"
#include "ctl/export.h"
#include "ctl/health.h"
#include "ctl/history_list.h"
#include "ctl/hosts.h"
#include "ctl/import.h"
#include "ctl/import_file.h"
#include "ctl/notify_list.h"
#include "ctl/notify_test.h"
#include "ctl/rehash.h"
#include "ctl/resolver.h"
#include "ctl/restore.h"
#include "ctl/setup.h"
#include "ctl/show_pseudonym.h"
#include "ctl/show_status.h"
#include "ctl/test.h"
#include "ctl/user.h"
#include "ctl/verify_zones.h"
#include "net/addr.h"
#include "net/fqdn.h"

static int check_ttl(const char *value, struct errinfo *ei)
{
	uint64_t ttl;

	if (strcmp(value, "default") == 0)
		return 0;
	if (str_parse_uint(slice_of(value), CONF_TTL_MAX, &ttl) == 0 && ttl >= CONF_TTL_MIN)
		return 0;
	return err_set(ei, ERR_INVAL, "takes a whole number from %d to %d, or \"default\"",
		       CONF_TTL_MIN, CONF_TTL_MAX);
}

static int check_quirk(const char *value, struct errinfo *ei)
{
	const char *word = value[0] == '-' ? value + 1 : value;

	if (account_quirk_parse(slice_of(word)) != 0)
		return 0;
	return err_set(ei, ERR_INVAL,
		       "takes nochg-as-good, errors-as-4xx, one-line, any-hostname or may-clear, "
		       "or one of them with a - before it, not \"%s\"",
		       value);
}

static int check_until(const char *value, struct errinfo *ei)
{
	struct bounds b = {0};

	if (strcmp(value, "never") == 0 || bounds_set_until(&b, slice_of(value), NULL) == 0)
		return 0;
	return err_set(ei, ERR_INVAL,
		       "takes a day or a time such as 2027-01-31 or 2027-01-31T12:00:00Z, or "
		       "\"never\"");
}

static int check_from(const char *value, struct errinfo *ei)
{
	struct bounds b = {0};

	if (strcmp(value, "anywhere") == 0 || bounds_add_source(&b, slice_of(value), NULL) == 0)
		return 0;
	return err_set(ei, ERR_INVAL,
		       "takes an address or a prefix such as 192.0.2.0/24 or 2001:db8::/32, or "
		       "\"anywhere\"");
}

static int check_interface_id(const char *value, struct errinfo *ei)
{
	struct errinfo why = ERRINFO_INIT;
	struct interface_id id;

	if (strcmp(value, "none") == 0 || interface_id_parse(slice_of(value), &id, &why) == 0)
		return 0;
	return err_set(ei, ERR_INVAL,
		       "takes an interface id such as ::1:2:3:4, a MAC address, or \"none\": %s",
		       why.text);
}

static int check_resolver(const char *value, struct errinfo *ei)
{
	struct sockaddr_storage sa;

	if (resolver_parse(slice_of(value), &sa) == 0)
		return 0;
	return err_set(ei, ERR_INVAL,
		       "takes ADDRESS or ADDRESS:PORT, an IPv6 address before a port in brackets");
}

static int check_port(const char *value, struct errinfo *ei)
{
	uint64_t port;

	if (str_parse_uint(slice_of(value), UINT16_MAX, &port) == 0 && port > 0)
		return 0;
	return err_set(ei, ERR_INVAL, "takes a number from 1 to 65535");
}

static int check_rate(const char *value, struct errinfo *ei)
{
	uint64_t rate;

	if (str_parse_uint(slice_of(value), CTL_RATE_MAX, &rate) == 0 && rate > 0)
		return 0;
	return err_set(ei, ERR_INVAL, "takes requests a second, from 1 to %d", CTL_RATE_MAX);
}

static int check_format(const char *value, struct errinfo *ei)
{
	if (import_format_find(value) != IMPORT_FORMATS)
		return 0;
	return err_set(ei, ERR_INVAL,
		       "takes csv or json, or for an import dynamodb, dyndnsd, ddclient or hosts, "
		       "not \"%s\"",
		       value);
}

static int check_last(const char *value, struct errinfo *ei)
{
	uint64_t n;

	if (str_parse_uint(slice_of(value), CTL_LAST_MAX, &n) == 0 && n > 0)
		return 0;
	return err_set(ei, ERR_INVAL, "takes a number from 1 to %d", CTL_LAST_MAX);
}

static int check_login(const char *value, struct errinfo *ei)
{
	struct errinfo why = ERRINFO_INIT;
	int err = account_check_user(slice_of(value), &why);

	return err == 0 ? 0 : err_set(ei, err, "takes a login: %s", why.text);
}

static int check_host(const char *value, struct errinfo *ei)
{
	struct fqdn name;

	if (fqdn_parse(slice_of(value), &name) == 0)
		return 0;
	return err_set(ei, ERR_INVAL, "takes a host name with a dot in it, not \"%s\"", value);
}

/* What stands before the port: a name of any number of labels, or an IPv6 address in brackets. */
static size_t server_name_length(const char *value)
{
	size_t len = strcspn(value, "]");
	struct addr a;

	if (value[0] != '[')
		return strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "0123456789-._");
	if (value[len] != ']' || addr_parse((struct slice){value + 1, len - 1}, &a) != 0 ||
	    a.family != ADDR_V6)
		return 0;
	return len + 1;
}

static int check_server(const char *value, struct errinfo *ei)
{
	size_t len = server_name_length(value);

	if (len > 0 && len <= FQDN_TEXT_MAX &&
	    (value[len] == '\0' || (value[len] == ':' && check_port(value + len + 1, NULL) == 0)))
		return 0;
	return err_set(ei, ERR_INVAL, "takes NAME or NAME:PORT, without https:// and a path");
}

/* clang-format off */
const struct ctl_option ctl_options[] = {
	{"json", CTL_FLAG, NULL, offsetof(struct ctl_args, json), NULL,
	 "machine-readable output"},
	{"ttl", CTL_VALUE, "SECONDS", offsetof(struct ctl_args, ttl), check_ttl,
	 "of the account's records; default: the zone's"},
	{"quirk", CTL_VALUES, "WORD", offsetof(struct ctl_args, quirks), check_quirk,
	 "what its client needs (see the manual); with a - before it: no longer"},
	{"valid-until", CTL_VALUE, "DAY", offsetof(struct ctl_args, valid_until), check_until,
	 "the last day, or second, of the account; never: it has no end"},
	{"from", CTL_VALUES, "PREFIX", offsetof(struct ctl_args, from), check_from,
	 "addresses that it may be used from; anywhere: all"},
	{"interface-id", CTL_VALUE, "ID", offsetof(struct ctl_args, interface_id), check_interface_id,
	 "of a host on the LAN, which gets the router's prefix before it"},
	{"secret-stdin", CTL_FLAG, NULL, offsetof(struct ctl_args, secret_stdin), NULL,
	 "read the secret from standard input"},
	{"shared", CTL_FLAG, NULL, offsetof(struct ctl_args, shared), NULL,
	 "another account may have the name, too"},
	{"ipv4", CTL_FLAG, NULL, offsetof(struct ctl_args, ipv4), NULL,
	 "or -4: of IPv4 alone"},
	{"ipv6", CTL_FLAG, NULL, offsetof(struct ctl_args, ipv6), NULL,
	 "or -6: of IPv6 alone"},
	{"ready", CTL_FLAG, NULL, offsetof(struct ctl_args, ready), NULL,
	 "ask whether updates are welcome"},
	{"watch", CTL_FLAG, NULL, offsetof(struct ctl_args, watch), NULL,
	 "show it anew every two seconds"},
	{"repair", CTL_FLAG, NULL, offsetof(struct ctl_args, repair), NULL,
	 "publish what is missing or different"},
	{"yes", CTL_FLAG, NULL, offsetof(struct ctl_args, yes), NULL,
	 "ask no question before records, secrets or accounts change"},
	{"all", CTL_FLAG, NULL, offsetof(struct ctl_args, all), NULL,
	 "of all accounts"},
	{"dry-run", CTL_FLAG, NULL, offsetof(struct ctl_args, dry_run), NULL,
	 "tell what would be done, and change nothing"},
	{"format", CTL_VALUE, "WORD", offsetof(struct ctl_args, format), check_format,
	 "what the file is: json, csv, dynamodb, dyndnsd, ddclient, hosts"},
	{"new-secrets", CTL_VALUE, "FILE", offsetof(struct ctl_args, new_secrets), NULL,
	 "gets the secrets of accounts that have none in the file"},
	{"skip-bad", CTL_FLAG, NULL, offsetof(struct ctl_args, skip_bad), NULL,
	 "write the others where an account is refused"},
	{"last", CTL_VALUE, "N", offsetof(struct ctl_args, last), check_last,
	 "only the newest N"},
	{"rate", CTL_VALUE, "N", offsetof(struct ctl_args, rate), check_rate,
	 "requests a second"},
	{"resolver", CTL_VALUE, "ADDRESS", offsetof(struct ctl_args, resolver), check_resolver,
	 "ask this resolver, not the system's"},
	{"dns-port", CTL_VALUE, "PORT", offsetof(struct ctl_args, dns_port), check_port,
	 "of the name servers, instead of 53"},
	{"policy", CTL_FLAG, NULL, offsetof(struct ctl_args, policy), NULL,
	 "print the least IAM policy that this configuration needs"},
	{"user", CTL_VALUE, "NAME", offsetof(struct ctl_args, user), check_login,
	 "the account's login"},
	{"host", CTL_VALUES, "NAME", offsetof(struct ctl_args, hosts), check_host,
	 "a host name; default: those of the account"},
	{"server", CTL_VALUE, "NAME[:PORT]", offsetof(struct ctl_args, server), check_server,
	 "what routers call the server; default: what its certificate says"},
	{"cacert", CTL_VALUE, "FILE", offsetof(struct ctl_args, cacert), NULL,
	 "trust this certificate authority"},
	{"domain", CTL_VALUE, "NAME", offsetof(struct ctl_args, domain), NULL,
	 "the zone in which hosts have names"},
	{"publish", CTL_VALUE, "WORD", offsetof(struct ctl_args, publish), NULL,
	 "who answers for the zone: builtin or route53"},
	{"hosted-zone", CTL_VALUE, "ID", offsetof(struct ctl_args, hosted_zone), NULL,
	 "the zone at Route 53"},
	{"name-server", CTL_VALUES, "NAME", offsetof(struct ctl_args, name_servers), NULL,
	 "a name of the builtin name server"},
	{"address", CTL_VALUES, "ADDRESS", offsetof(struct ctl_args, addresses), NULL,
	 "a public address of this server"},
	{"lab", CTL_VALUE, "WORD", offsetof(struct ctl_args, lab), NULL,
	 "whether hosts may have private addresses: yes or no"},
	{"dns-listen", CTL_VALUES, "ADDRESS:PORT", offsetof(struct ctl_args, dns_listen), NULL,
	 "where the name server answers"},
	{"certificate", CTL_VALUE, "WORD", offsetof(struct ctl_args, certificate), NULL,
	 "where it comes from: certbot, lego, files, none"},
	{"email", CTL_VALUE, "ADDRESS", offsetof(struct ctl_args, email), NULL,
	 "where the certificate's authority writes"},
	{"certificate-file", CTL_VALUE, "FILE", offsetof(struct ctl_args, certificate_file), NULL,
	 "the certificate, in PEM"},
	{"key-file", CTL_VALUE, "FILE", offsetof(struct ctl_args, key_file), NULL,
	 "its private key"},
	{"listen", CTL_VALUES, "ADDRESS:PORT", offsetof(struct ctl_args, listen), NULL,
	 "where updates are taken"},
	{"store", CTL_VALUE, "WORD", offsetof(struct ctl_args, store), NULL,
	 "where accounts are kept: sqlite or dynamodb"},
	{"store-path", CTL_VALUE, "FILE", offsetof(struct ctl_args, store_path), NULL,
	 "the file of the store"},
	{"table", CTL_VALUE, "NAME", offsetof(struct ctl_args, table), NULL,
	 "the table of DynamoDB"},
	{"region", CTL_VALUE, "NAME", offsetof(struct ctl_args, region), NULL,
	 "its region, or auto"},
	{"run-certificate", CTL_FLAG, NULL, offsetof(struct ctl_args, run_certificate), NULL,
	 "run certbot or lego, and agree to the authority's terms"},
	{"replace", CTL_FLAG, NULL, offsetof(struct ctl_args, replace), NULL,
	 "write another configuration, and keep the one that is there"},
};

const struct ctl_command ctl_commands[] = {
	{"user", "add", "NAME HOST...", "ttl quirk valid-until from shared secret-stdin json",
	 "create an account; prints its generated secret, once", ctl_user_add},
	{"user", "list", "", "json",
	 "list the accounts", ctl_user_list},
	{"user", "show", "NAME", "json",
	 "show one account and the state of its hosts", ctl_user_show},
	{"user", "set", "NAME", "ttl quirk valid-until from json",
	 "change TTL, quirks, end or sources of an account", ctl_user_set},
	{"user", "rename", "NAME NEW", "json",
	 "give an account another login", ctl_user_rename},
	{"user", "passwd", "NAME", "secret-stdin json",
	 "give an account a new secret; prints it, once", ctl_user_passwd},
	{"user", "rehash", "[NAME]", "all dry-run yes json",
	 "turn secrets in clear text into hashes", ctl_user_rehash},
	{"user", "disable", "NAME", "json",
	 "refuse an account's updates", ctl_user_disable},
	{"user", "enable", "NAME", "json",
	 "allow them again", ctl_user_enable},
	{"user", "remove", "NAME", "json",
	 "remove an account and its records", ctl_user_remove},
	{"host", "list", "[NAME]", "json",
	 "list the host names, of all accounts or of one", ctl_host_list},
	{"host", "add", "NAME HOST...", "interface-id shared json",
	 "give an account more host names", ctl_host_add},
	{"host", "set", "NAME HOST", "interface-id json",
	 "change or take away the interface id of a host", ctl_host_set},
	{"host", "remove", "NAME HOST...", "json",
	 "take host names and their records away", ctl_host_remove},
	{"host", "clear", "NAME HOST", "ipv4 ipv6 json",
	 "delete the records of a host whose addresses are gone", ctl_host_clear},
	{"setup", NULL, "", "domain publish hosted-zone name-server address lab dns-listen server "
	 "certificate email certificate-file key-file listen store store-path table region user host "
	 "run-certificate resolver replace dry-run yes",
	 "ask for what a server needs, check it, and write the configuration", ctl_setup},
	{"status", NULL, "[HOST]", "watch json",
	 "what the daemon does, and how each host stands", ctl_status},
	{"history", NULL, "HOST", "last json",
	 "list what happened to a host, the newest last", ctl_history},
	{"notify", "list", "", "json",
	 "list the notices that wait for their targets, and those given up", ctl_notify_list},
	{"notify", "test", "[TARGET]", "",
	 "send a test to all targets of the configuration, or to one", ctl_notify_test},
	{"notify", "retry", "[ID] [TARGET]", "all",
	 "have a notice sent again that was given up", ctl_notify_retry},
	{"notify", "drop", "[ID] [TARGET]", "all",
	 "forget a notice", ctl_notify_drop},
	{"pseudonym", NULL, "[LOGIN|ADDRESS]", "all json",
	 "tell what the log has in the place of a login or an address", ctl_pseudonym},
	{"doctor", NULL, "", "policy resolver dns-port json",
	 "prove credentials, permissions, zones, delegation; changes nothing", ctl_doctor},
	{"health", NULL, "", "ready json",
	 "ask the daemon on this machine whether it serves", ctl_health},
	{"backup", NULL, "FILE", "",
	 "copy the embedded store to FILE, while the daemon runs", ctl_backup},
	{"restore", NULL, "FILE", "",
	 "replace the embedded store's content by that of a backup", ctl_restore},
	{"export", NULL, "", "format",
	 "print all accounts with their stored secrets, for import", ctl_export},
	{"import", NULL, "FILE", "format new-secrets skip-bad shared dry-run yes json",
	 "create the accounts that a file of another server, or export, names", ctl_import},
	{"verify", NULL, "", "repair yes rate json",
	 "list where the zones and the store differ", ctl_verify},
	{"claims", NULL, "", "",
	 "claim the names of a DynamoDB table's accounts", ctl_claims},
	{"test", NULL, "URL", "user secret-stdin cacert json",
	 "send one update as a router does, and explain the reply", ctl_test},
	{"conformance", NULL, "URL", "user host secret-stdin rate resolver cacert yes json",
	 "ask a dyndns2 server what clients need of it; changes records", ctl_conformance},
	{"client-config", NULL, "[CLIENT]", "user host server json",
	 "print a client's configuration; without CLIENT: list the clients", ctl_client_config},
};
/* clang-format on */

const size_t ctl_n_commands = sizeof(ctl_commands) / sizeof(ctl_commands[0]);
const size_t ctl_n_options = sizeof(ctl_options) / sizeof(ctl_options[0]);

const char *ctl_command_name(const struct ctl_command *c, char out[32])
{
	snprintf(out, 32, "%s%s%s", c->noun, c->verb != NULL ? " " : "",
		 c->verb != NULL ? c->verb : "");
	return out;
}

/* Compares whole words, so that "ttl" is not found in "title". */
bool ctl_command_takes(const struct ctl_command *c, const char *option)
{
	const char *p = c->options;
	size_t len = strlen(option);

	while ((p = strstr(p, option)) != NULL) {
		bool starts = p == c->options || p[-1] == ' ';

		if (starts && (p[len] == ' ' || p[len] == '\0'))
			return true;
		p += len;
	}
	return false;
}

int ctl_command_check(const struct ctl_command *c, const struct ctl_option *o, const char *value,
		      struct errinfo *ei)
{
	if (o->check == NULL || (c != NULL && c->run == ctl_setup && ctl_setup_asks(o->name)))
		return 0;
	return o->check(value, ei);
}

void ctl_command_operands(const struct ctl_command *c, int *ret_min, int *ret_max)
{
	const char *p = c->operands;

	*ret_min = 0;
	*ret_max = 0;
	while (*p != '\0') {
		size_t len = strcspn(p, " ");

		*ret_min += *p != '[';
		*ret_max += 1;
		if (memchr(p, '.', len) != NULL)
			*ret_max = -1;
		p += len + (p[len] == ' ');
	}
}

void ctl_command_operand(const struct ctl_command *c, int i, char out[16])
{
	const char *p = c->operands;
	int at;

	for (at = 0; at < i && *p != '\0'; at++) {
		size_t len = strcspn(p, " ");

		p += len + (p[len] == ' ');
	}
	snprintf(out, 16, "%.*s", (int)strcspn(p, " ."), p);
}
