/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/process.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "conf/conf.h"
#include "http/settings.h"
#include "notify/web.h"

enum {
	/* Files of the store, of AWS (64 connections for each host), of event loops, and spare
	 * ones. */
	FILES_OWN = 160,
	/* Of each listener: the socket, its pool, connections that are being closed. */
	FILES_LISTENER = HTTP_SPARE_DYING + 88,
	/* The same of an admin listener, with all its connections. */
	FILES_ADMIN = FILES_LISTENER + HTTP_ADMIN_CONNECTIONS,
	/* Of each section notify or heartbeat: its connections, or the pipes of a command. */
	FILES_TARGET = NOTIFY_WEB_CONNECTIONS_MAX + 8,
	CONNECTIONS_MIN = 8,
};

void process_harden(bool debuggable)
{
	const struct rlimit none = {0, 0};

	signal(SIGPIPE, SIG_IGN);
	/* We keep ours without it; a credential_process gets none. */
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (debuggable) {
		log_warn("--debuggable: core dumps and debuggers can read passwords and keys");
		return;
	}
	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

void process_ignore_signals(void)
{
	static const int meaningless[] = {SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM,
					  SIGPROF, SIGIO,   SIGPWR};
	size_t i;
	int real_time;

	for (i = 0; i < sizeof(meaningless) / sizeof(meaningless[0]); i++)
		signal(meaningless[i], SIG_IGN);
	/* valgrind wants the last one for itself. */
	for (real_time = SIGRTMIN; real_time < SIGRTMAX; real_time++)
		signal(real_time, SIG_IGN);
	/* A write beyond the limit of a file's size (LimitFSIZE) fails like one to a full disk. */
	signal(SIGXFSZ, SIG_IGN);
	/* Until the loop takes it: what it asks to be read again is being read. */
	signal(SIGHUP, SIG_IGN);
}

bool process_logs_to_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	return stream != NULL && sscanf(stream, "%llu:%llu", &dev, &ino) == 2 &&
	       fstat(STDERR_FILENO, &st) == 0 && st.st_dev == dev && st.st_ino == ino;
}

int process_become_user(struct errinfo *ei)
{
	const struct passwd *pw = geteuid() == 0 ? getpwnam(PROCESS_USER) : NULL;

	if (pw == NULL)
		return 0;
	if (initgroups(pw->pw_name, pw->pw_gid) == 0 &&
	    setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) == 0 &&
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) == 0)
		return 0;
	return err_set(ei, ERR_IO, "cannot become the user %s: %s", PROCESS_USER, strerror(errno));
}

static rlim_t files_beside(const struct conf *conf, size_t listeners)
{
	return FILES_OWN + CONF_DNS_TCP_CLIENTS + conf->dns_listen.n * 2 +
	       listeners * FILES_LISTENER + conf->admin_listen.n * FILES_ADMIN +
	       (conf->n_notifies + conf->n_heartbeats) * FILES_TARGET;
}

/* A share more than the limit may be there for a moment. */
static rlim_t files_of(rlim_t connections)
{
	return connections + connections / HTTP_SPARE_SHARE;
}

static int fit(const struct conf *conf, size_t listeners, rlim_t files, unsigned *ret,
	       struct errinfo *ei)
{
	rlim_t beside = files_beside(conf, listeners);
	rlim_t n = files > beside ? (files - beside) / listeners * HTTP_SPARE_SHARE /
					    (HTTP_SPARE_SHARE + 1)
				  : 0;

	if (n < CONNECTIONS_MIN)
		return err_set(ei, ERR_LIMIT,
			       "%llu open files are too few: raise LimitNOFILE (ulimit -n)",
			       (unsigned long long)files);
	log_warn("max-connections is %llu, not %u: no more fit into %llu open files; raise "
		 "LimitNOFILE (ulimit -n)",
		 (unsigned long long)n, conf->max_connections, (unsigned long long)files);
	*ret = (unsigned)n;
	return 0;
}

int process_fit_files(const struct conf *conf, unsigned *ret, struct errinfo *ei)
{
	size_t listeners = conf->n_fronts + conf->acme_listen.n;
	rlim_t need = files_beside(conf, listeners) + listeners * files_of(conf->max_connections);
	struct rlimit now;

	*ret = conf->max_connections;
	if (listeners == 0 || getrlimit(RLIMIT_NOFILE, &now) != 0 || now.rlim_cur >= need)
		return 0;
	now.rlim_cur = need < now.rlim_max ? need : now.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &now) != 0)
		return err_set(ei, ERR_LIMIT, "the limit of open files cannot be raised to %llu",
			       (unsigned long long)now.rlim_cur);
	return now.rlim_cur < need ? fit(conf, listeners, now.rlim_cur, ret, ei) : 0;
}
