/* SPDX-License-Identifier: BSD-2-Clause
 * The questions of "mooringctl setup" in their order: which apply, what each one's default is, and
 * what was answered. Pure: what was found on this machine is an argument. */
#ifndef MOORING_CTL_SETUP_ANSWERS_H
#define MOORING_CTL_SETUP_ANSWERS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "conf/conf.h"
#include "net/addr.h"
#include "net/fqdn.h"

enum setup_question {
	SETUP_DOMAIN,
	SETUP_PUBLISH,
	SETUP_HOSTED_ZONE,
	SETUP_NAME_SERVER,
	SETUP_ADDRESS,
	SETUP_LAB,
	SETUP_DNS_LISTEN,
	SETUP_SERVER,
	SETUP_CERTIFICATE,
	SETUP_EMAIL,
	SETUP_CERTIFICATE_FILE,
	SETUP_KEY_FILE,
	SETUP_LISTEN,
	SETUP_STORE,
	SETUP_STORE_PATH,
	SETUP_TABLE,
	SETUP_REGION,
	SETUP_USER,
	SETUP_HOST,
	SETUP_QUESTIONS,
};

enum { SETUP_ANSWER_MAX = 4096, SETUP_ITEMS_MAX = CONF_NS_MAX, SETUP_ADDRS_MAX = 32 };

/* What was found; all zero: nothing. */
struct setup_machine {
	size_t n_addrs; /* of its interfaces, without loopback and link-local ones */
	struct addr addrs[SETUP_ADDRS_MAX];
	char host[FQDN_TEXT_MAX + 1]; /* its name, if that has a dot; else "" */
	char region[65];	      /* of AWS, as the environment says; else "" */
	bool has_aws_keys;	      /* some place that they come from is set up */
	bool knows_aws;		      /* this build does */
	char hook[PATH_MAX];	      /* etc/deploy-certificate, as it is installed */
};

struct setup_answers {
	const struct setup_machine *machine; /* borrowed */
	/* "": not answered. Names and addresses are in their usual form; the items of a list are
	 * separated by commas. */
	char text[SETUP_QUESTIONS][SETUP_ANSWER_MAX];
};

/* Where in the configuration an answer stands. */
enum setup_place { SETUP_NOWHERE, SETUP_IN_TOP, SETUP_IN_STORE, SETUP_IN_ZONE };

struct setup_row {
	const char *option; /* which answers it, without the dashes */
	const char *prompt;
	const char *why;   /* one sentence */
	const char *needs; /* the answer with which it applies, as an option; NULL: any */
	bool is_list;
	bool is_optional; /* where nobody can be asked its default is taken */
	enum setup_place place;
	const char *key;
	const char *comment; /* in the configuration */
};

const struct setup_row *setup_row(enum setup_question q);

/* Where the answer is found by somebody who is not given a default; NULL: nothing to say. */
const char *setup_hint(enum setup_question q);
bool setup_applies(const struct setup_answers *a, enum setup_question q);
/* Whether somebody should be asked: else the default is what nearly everybody wants. */
bool setup_is_worth_asking(const struct setup_answers *a, enum setup_question q);
/* The default; "" when there is none. */
void setup_preset(const struct setup_answers *a, enum setup_question q, char out[SETUP_ANSWER_MAX]);
bool setup_is(const struct setup_answers *a, enum setup_question q, const char *word);
/* Item i of a list; false after the last. */
bool setup_item(const struct setup_answers *a, enum setup_question q, size_t i,
		char out[SETUP_ANSWER_MAX]);
/* A name, or an address, that was answered. False after the last. */
bool setup_name(const struct setup_answers *a, enum setup_question q, size_t i, struct fqdn *ret);
bool setup_addr(const struct setup_answers *a, size_t i, struct addr *ret);
/* Whether one of the name servers lies in the zone, so that their addresses are glue. */
bool setup_has_glue(const struct setup_answers *a);
bool setup_machine_has(const struct setup_machine *m, const struct addr *addr);

#endif
