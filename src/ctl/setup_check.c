/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/setup_check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/delegation_find.h"
#include "ctl/file.h"
#include "ctl/input.h"
#include "ctl/print.h"
#include "ctl/program.h"
#include "ctl/setup_take.h"
#include "ctl/setup_text.h"
#include "net/addr_special.h"

enum { CHECK_NAME_MAX = FQDN_TEXT_MAX + 32 };

/* The zone itself would be served here, whose parent is a registry's. */
static void check_domain(struct setup_check *c)
{
	char check[CHECK_NAME_MAX];
	struct fqdn name;

	if (!setup_name(c->answers, SETUP_DOMAIN, 0, &name) ||
	    strchr(strchr(name.text, '.') + 1, '.') != NULL)
		return;
	snprintf(check, sizeof(check), "domain %s", name.text);
	report_add(
		&c->doctor->report, REPORT_WARN, check,
		"all of it would be names of hosts, without web pages and mail, and the server's "
		"own name must lie outside of it: dyn.%s is the usual way",
		name.text);
}

/* ---------------------------------------------------------------- this machine */

static void check_address(struct setup_check *c, const struct addr *addr)
{
	struct report *report = &c->doctor->report;
	char text[ADDR_TEXT_MAX], name[CHECK_NAME_MAX];

	snprintf(name, sizeof(name), "address %s", addr_format(addr, text));
	if (addr_is_special(addr))
		report_add(report, REPORT_WARN, name,
			   "nobody on the Internet reaches it: good for a lab only");
	else if (setup_machine_has(c->answers->machine, addr))
		report_add(report, REPORT_OK, name, "on this machine");
	else
		report_add(report, REPORT_NOTE, name,
			   "not on this machine: whoever has it must forward port 53 (UDP and "
			   "TCP) and those of updates to here");
}

static void check_addresses(struct setup_check *c)
{
	struct addr addr;
	size_t i;

	for (i = 0; setup_addr(c->answers, i, &addr); i++)
		check_address(c, &addr);
}

/* A socket of it is opened and closed again. */
static bool check_socket(struct setup_check *c, const char *check, const struct listen_at *at,
			 enum listen_transport transport)
{
	struct errinfo ei = ERRINFO_INIT;
	int fd, err = listen_open(at, transport, &fd, &ei);

	if (err == 0) {
		close(fd);
		return true;
	}
	report_add(&c->doctor->report, err == ERR_DENIED ? REPORT_NOTE : REPORT_WARN, check,
		   "%s%s%s", err == ERR_DENIED ? "not known: " : "", ei.text,
		   err != ERR_DENIED && c->replaces ? " (mooringd itself, if it runs already)"
						    : "");
	return false;
}

static void check_ports(struct setup_check *c, enum setup_question q, const char *check,
			const char *text)
{
	struct errinfo ei = ERRINFO_INIT;
	struct conf_listens listens;
	size_t i;

	if (setup_take_listens(q, text, &listens, &ei) != 0)
		return; /* out of memory: the answer was judged before */
	for (i = 0; i < listens.n; i++)
		if (check_socket(c, check, &listens.at[i], LISTEN_TCP) &&
		    (q != SETUP_DNS_LISTEN || check_socket(c, check, &listens.at[i], LISTEN_UDP)))
			report_add(&c->doctor->report, REPORT_OK, check, "%s is free",
				   listens.at[i].text);
}

static void check_file(struct setup_check *c, enum setup_question q)
{
	const char *path = c->answers->text[q];

	if (access(path, R_OK) != 0)
		report_add(&c->doctor->report, REPORT_WARN, setup_row(q)->key, "%s: %s", path,
			   strerror(errno));
}

/* The unit makes the folder of the default. */
static void check_store_folder(struct setup_check *c)
{
	struct errinfo ei = ERRINFO_INIT;
	char folder[PATH_MAX];
	struct stat st;

	if (file_folder(c->answers->text[SETUP_STORE_PATH], folder, &ei) != 0 ||
	    stat(folder, &st) == 0 || errno != ENOENT)
		return;
	report_add(&c->doctor->report, REPORT_NOTE, "store",
		   "there is no folder %s yet: the unit of systemd makes /var/lib/mooring, any "
		   "other is to be made for the user that mooringd runs as",
		   folder);
}

static void check_keys(struct setup_check *c)
{
	if (c->answers->machine->has_aws_keys)
		report_add(&c->doctor->report, REPORT_OK, "credentials",
			   "there are some of AWS's here; \"mooringctl doctor\" tries them");
	else
		report_add(
			&c->doctor->report, REPORT_NOTE, "credentials",
			"none of AWS's are set up for this user: the daemon needs its own, or an "
			"instance's");
}

/* ---------------------------------------------------------------- the certificate */

static void check_program(struct setup_check *c)
{
	const char *name = c->answers->text[SETUP_CERTIFICATE];

	if (program_is_there(name))
		report_add(&c->doctor->report, REPORT_OK, name, "is installed");
	else
		report_add(&c->doctor->report, REPORT_WARN, name, "is not installed here");
	/* The authority asks at port 80, and nowhere else (RFC 8555 section 8.3). */
	check_ports(c, SETUP_LISTEN, "challenge", "[::]:80");
}

/* ---------------------------------------------------------------- the world */

/* While the parent zone names this server already, a resolver is told by nobody. */
static bool is_before_start(const struct setup_answers *a, const struct delegation *d)
{
	return d->err == 0 && d->rcode == DNS_RCODE_SERVFAIL &&
	       setup_is(a, SETUP_PUBLISH, "builtin");
}

static bool check_delegation(struct setup_check *c)
{
	const struct setup_answers *a = c->answers;
	struct names wanted = {.n = 0}, found;
	struct delegation d = {.wanted = &wanted, .is_lab = setup_is(a, SETUP_LAB, "yes")};
	struct errinfo ei = ERRINFO_INIT;
	enum report_result result;
	char name[CHECK_NAME_MAX];
	struct buf detail;
	struct fqdn zone;

	if (!setup_name(a, SETUP_DOMAIN, 0, &zone))
		return false;
	while (setup_name(a, SETUP_NAME_SERVER, wanted.n, &wanted.at[wanted.n]))
		wanted.n++;
	delegation_find(&c->doctor->resolvers, &zone, &found, &d, &ei);
	buf_init(&detail, REPORT_DETAIL_MAX);
	result = delegation_judge(&d, &detail);
	if (is_before_start(a, &d)) {
		buf_reset(&detail);
		buf_adds(&detail,
			 "a resolver answers SERVFAIL: as it is while the parent zone names "
			 "this server, and it is not started");
		result = REPORT_NOTE;
	}
	snprintf(name, sizeof(name), "delegation %s", zone.text);
	report_add(&c->doctor->report, result == REPORT_FAIL ? REPORT_WARN : result, name, "%s",
		   buf_str(&detail));
	buf_fini(&detail);
	return result == REPORT_OK;
}

static bool is_ours(const struct setup_answers *a, const struct addr *addr)
{
	struct addr own;
	size_t i;

	for (i = 0; setup_addr(a, i, &own); i++)
		if (addr_equal(&own, addr))
			return true;
	return i == 0; /* nobody has said which are */
}

/* Both families; 0 when a resolver answered for either. */
static int find_server(const struct setup_check *c, const struct fqdn *name, struct buf *found,
		       bool *ret_is_ours, struct errinfo *ei)
{
	static const enum dns_type types[] = {DNS_TYPE_A, DNS_TYPE_AAAA};
	char text[ADDR_TEXT_MAX];
	struct dns_reply reply;
	int err = ERR_UNAVAILABLE;
	size_t i, k;

	*ret_is_ours = true;
	for (i = 0; i < 2; i++) {
		if (resolver_ask(&c->doctor->resolvers, name, types[i], &reply, ei) != 0)
			continue;
		err = 0;
		for (k = 0; k < reply.n_addrs; k++) {
			buf_addf(found, "%s%s", found->len > 0 ? ", " : "",
				 addr_format(&reply.addrs[k], text));
			*ret_is_ours = *ret_is_ours && is_ours(c->answers, &reply.addrs[k]);
		}
	}
	return err;
}

static bool check_server_name(struct setup_check *c)
{
	struct report *report = &c->doctor->report;
	struct errinfo ei = ERRINFO_INIT;
	char check[CHECK_NAME_MAX];
	bool ours, is_good;
	struct buf found;
	struct fqdn name;

	if (!setup_name(c->answers, SETUP_SERVER, 0, &name))
		return false;
	buf_init(&found, REPORT_DETAIL_MAX);
	snprintf(check, sizeof(check), "server %s", name.text);
	if (find_server(c, &name, &found, &ours, &ei) != 0)
		report_add(report, REPORT_WARN, check, "not known: no resolver answers (%s)",
			   ei.text);
	else if (found.len == 0)
		report_add(report, REPORT_WARN, check, "has no address yet");
	else if (!ours)
		report_add(report, REPORT_WARN, check,
			   "has %s, and not only addresses of this server", buf_str(&found));
	else
		report_add(report, REPORT_OK, check, "has %s", buf_str(&found));
	is_good = found.len > 0 && ours;
	buf_fini(&found);
	return is_good;
}

/* A zone at Route 53 is served by names that Amazon has chosen. */
static void tell_hosted_parent(const struct setup_answers *a)
{
	printf("\nThe zone above %s needs NS records with the names that this prints:\n\n"
	       "    aws route53 get-hosted-zone --id %s --query DelegationSet.NameServers\n\n",
	       a->text[SETUP_DOMAIN], a->text[SETUP_HOSTED_ZONE]);
}

static void print_records(const struct buf *text)
{
	struct slice line, rest = slice_of(buf_str(text));

	while (rest.len > 0) {
		slice_cut(rest, '\n', &line, &rest);
		printf("    %.*s\n", (int)line.len, line.p);
	}
	putchar('\n');
}

static void tell_parent(const struct setup_answers *a)
{
	struct buf text;

	buf_init(&text, SETUP_TEXT_MAX);
	setup_text_parent(a, &text);
	printf("\nWhoever serves the zone above %s has to enter this; in the form of a zone "
	       "file:\n\n",
	       a->text[SETUP_DOMAIN]);
	print_records(&text);
	buf_reset(&text);
	setup_text_elsewhere(a, &text);
	if (text.len > 0) {
		puts("These names lie outside of that zone, and have to be in their own:\n");
		print_records(&text);
	}
	buf_fini(&text);
}

/* Once everything is as it should be, there is nothing more to be told. */
static bool check_world(struct setup_check *c)
{
	bool is_delegated = check_delegation(c), is_found = check_server_name(c);

	if (setup_is(c->answers, SETUP_PUBLISH, "builtin")) {
		if (!is_delegated || !is_found)
			tell_parent(c->answers);
	} else if (!is_delegated) {
		tell_hosted_parent(c->answers);
	}
	print_flush();
	return is_delegated && is_found;
}

/* Whoever has another window can enter it at once. */
static void check_world_until_agreed(struct setup_check *c)
{
	const struct setup_talk *t = c->talk;
	bool may_ask = t->in != NULL && t->has_asked && !t->takes_presets;

	while (!check_world(c) && may_ask) {
		fprintf(t->out, "look again? [y/N] ");
		if (!input_agrees())
			break;
	}
}

void setup_check_answer(void *arg, enum setup_question q)
{
	struct setup_check *c = arg;
	const struct setup_answers *a = c->answers;

	switch (q) {
	case SETUP_DOMAIN:
		check_domain(c);
		break;
	case SETUP_HOSTED_ZONE:
	case SETUP_TABLE:
		check_keys(c);
		break;
	case SETUP_ADDRESS:
		check_addresses(c);
		break;
	case SETUP_DNS_LISTEN:
		check_ports(c, q, "dns-listen", a->text[q]);
		break;
	case SETUP_SERVER:
		check_world_until_agreed(c);
		break;
	case SETUP_EMAIL:
		check_program(c);
		break;
	case SETUP_CERTIFICATE_FILE:
	case SETUP_KEY_FILE:
		check_file(c, q);
		break;
	case SETUP_LISTEN:
		check_ports(c, q, "listen", a->text[q]);
		break;
	case SETUP_STORE_PATH:
		check_store_folder(c);
		break;
	default:
		break;
	}
}
