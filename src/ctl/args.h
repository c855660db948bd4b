/* SPDX-License-Identifier: BSD-2-Clause
 * What a subcommand is given, and what it returns. */
#ifndef MOORING_CTL_ARGS_H
#define MOORING_CTL_ARGS_H

#include <stdbool.h>

/* Exit statuses. */
enum { CTL_OK = 0, CTL_FAILED = 1, CTL_USAGE = 2, CTL_NO_ANSWER = 3 };

/* How often an option with several values may be given. */
enum { CTL_VALUES_MAX = 8 };
/* Of --rate: as much as the configuration takes. */
enum { CTL_RATE_MAX = 10000 };
/* Of --last: as many as a store keeps of one host. */
enum { CTL_LAST_MAX = 10000 };

/* Of an option that may be given several times. */
struct ctl_values {
	unsigned n;
	const char *at[CTL_VALUES_MAX];
};

/* What a subcommand was given. Strings are borrowed from argv; every value of an option is one that
 * its check in ctl/command.c let pass. */
struct ctl_args {
	const char *conf_path; /* -c; NULL: not given */
	bool json;
	bool secret_stdin;
	bool shared;	 /* --shared of "user add", "host add" and "import" */
	bool ipv4, ipv6; /* -4 and -6 of "host clear" */
	bool ready;	 /* --ready of "health" */
	bool watch;	 /* --watch of "status" */
	bool repair;	 /* --repair of "verify" */
	bool yes; /* --yes of "verify --repair", "conformance", "user rehash", "import" and "setup"
		   */
	bool all; /* --all of "user rehash", --dry-run of that and "import" */
	bool dry_run;
	const char *format;	 /* of "import" and "export" */
	const char *new_secrets; /* --new-secrets of "import": a file */
	bool skip_bad;		 /* --skip-bad of "import" */
	const char *rate;	 /* --rate of both */
	const char *last;	 /* --last of "history" */
	const char *ttl;
	const char *interface_id; /* "none", or one that can be read */
	struct ctl_values quirks; /* "WORD", or "-WORD" */
	const char *valid_until;  /* "never", or one that can be read */
	struct ctl_values from;	  /* "anywhere" alone, or prefixes */
	bool policy;		  /* --policy of "doctor" */
	const char *resolver;	  /* of "doctor" */
	const char *dns_port;
	const char *user;	 /* --user of those that ask or name a server */
	const char *server;	 /* --server of "client-config" */
	struct ctl_values hosts; /* --host of "client-config" */
	const char *cacert;	 /* --cacert of "test" */
	/* Of "setup"; ctl/setup_take.h judges them. */
	const char *domain, *publish, *hosted_zone, *lab;
	const char *certificate, *email, *certificate_file, *key_file;
	const char *store, *store_path, *table, *region;
	struct ctl_values name_servers, addresses, dns_listen, listen;
	bool replace, run_certificate;
	int n; /* operands after the subcommand's words */
	char **operand;
};

/* One subcommand: returns an exit status, after at most one sentence on stderr. */
typedef int ctl_fn(const struct ctl_args *args);

#endif
