/* SPDX-License-Identifier: BSD-2-Clause
 * mooringctl: the administrator's tool. One thread, one loop that runs only while something is
 * waited for. */
#ifndef MOORING_CTL_CTL_H
#define MOORING_CTL_CTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct account;
struct backends;
struct conf;
struct conf_zone;
struct fqdn;
struct uv_loop_s;

/* Exit statuses. */
enum { CTL_OK = 0, CTL_FAILED = 1, CTL_USAGE = 2 };

/* How often --quirk may be given. */
enum { CTL_QUIRKS_MAX = 8 };
/* Of --rate: as much as the configuration takes. */
enum { CTL_RATE_MAX = 10000 };

/* What a subcommand was given. Strings are borrowed from argv; every value of an option is one that
 * its check in ctl/command.c let pass. */
struct ctl_args {
	const char *conf_path; /* -c; NULL: not given */
	bool json;
	bool secret_stdin;
	bool ready;	  /* --ready of "health" */
	bool repair;	  /* --repair of "verify" */
	const char *rate; /* --rate of "verify" */
	const char *ttl;
	unsigned n_quirks;
	const char *quirks[CTL_QUIRKS_MAX]; /* "WORD", or "-WORD" */
	const char *resolver;		    /* of "doctor" */
	const char *dns_port;
	const char *user;   /* --user of "test" */
	const char *cacert; /* --cacert of "test" */
	int n;		    /* operands after the subcommand's words */
	char **operand;
};

/* One subcommand: returns an exit status, after at most one sentence on stderr. */
typedef int ctl_fn(const struct ctl_args *args);

/* argv as main() gets it; returns the exit status. */
int ctl_main(int argc, char **argv);

/* "mooringctl: sentence" on stderr; returns CTL_FAILED. Nothing in the sentence can steer a
 * terminal: control characters and what is not UTF-8 become '?'. */
int ctl_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

ctl_fn ctl_user_add, ctl_user_list, ctl_user_show, ctl_user_passwd, ctl_user_set, ctl_user_rename,
	ctl_user_remove, ctl_user_disable, ctl_user_enable, ctl_host_list, ctl_host_add,
	ctl_host_remove, ctl_test, ctl_backup, ctl_restore, ctl_verify, ctl_doctor, ctl_health;

#endif
