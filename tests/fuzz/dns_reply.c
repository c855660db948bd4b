/* SPDX-License-Identifier: BSD-2-Clause
 * A reply of another name server: the whole input is the message, which is read as the reply to a
 * question for each type. */
#include "dns/dns_reply.h"

#include "dns/wire.h"
#include "fuzz.h"

enum { QUESTION_MAX = 512, ID = 0x1234 };

static void check_names(const struct dns_reply *r)
{
	size_t i;

	must(r->n_names <= DNS_REPLY_NAMES_MAX && r->n_addrs <= DNS_REPLY_ADDRS_MAX);
	for (i = 0; i < r->n_names; i++)
		must(r->names[i].len == strlen(r->names[i].text));
	for (i = 0; i < r->n_addrs; i++)
		must(addr_is_set(&r->addrs[i]));
}

static void check_type(const uint8_t *data, size_t size, const struct fqdn *name,
		       enum dns_type type)
{
	static struct dns_reply r;
	int err;

	memset(&r, 0, sizeof(r));
	err = dns_reply_parse(data, size, ID, name, type, &r);
	must(err == 0 || err == ERR_NOTFOUND || err == ERR_PROTOCOL);
	if (err != 0)
		return;
	check_names(&r);
	must(type == DNS_TYPE_NS || r.n_names == 0);
	must(type == DNS_TYPE_A || type == DNS_TYPE_AAAA || r.n_addrs == 0);
	must(dns_rcode_name(r.rcode) != NULL);
}

/* What was asked is no reply to itself. */
static void check_question(const struct fqdn *name, enum dns_type type)
{
	uint8_t question[QUESTION_MAX];
	struct dns_reply r;
	size_t len = dns_reply_ask(question, sizeof(question), ID, name, type, true);

	must(len > DNS_HEADER_LEN);
	must(dns_reply_parse(question, len, ID, name, type, &r) == ERR_NOTFOUND);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum dns_type types[] = {DNS_TYPE_A, DNS_TYPE_NS, DNS_TYPE_SOA, DNS_TYPE_AAAA};
	static const struct fqdn name = {.len = 11, .text = "a.e.example"};
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		check_type(data, size, &name, types[i]);
		check_question(&name, types[i]);
	}
	return 0;
}
