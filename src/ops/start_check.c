/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/start_check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "conf/conf.h"
#include "ops/addresses.h"
#include "ops/daemon.h"
#include "ops/process.h"

/* The sockets stay open until all addresses were tried, so that two of ours collide here, too. */
enum { SOCKETS_MAX = CONF_FRONTS_MAX + 4 * CONF_LISTEN_MAX };

struct sockets {
	size_t n;
	int at[SOCKETS_MAX];
	unsigned faults;
};

static void try_one(void *arg, const struct listen_at *at, enum listen_transport transport)
{
	struct sockets *s = arg;
	struct errinfo ei = ERRINFO_INIT;

	if (listen_open(at, transport, &s->at[s->n], &ei) == 0) {
		s->n++;
		return;
	}
	log_error("%s", ei.text);
	s->faults++;
}

static unsigned check_addresses(const struct conf *conf)
{
	struct sockets s = {.n = 0};
	size_t i;

	addresses_each(conf, try_one, &s);
	for (i = 0; i < s.n; i++)
		close(s.at[i]);
	return s.faults;
}

static unsigned check_readable(const char *path)
{
	if (path == NULL || access(path, R_OK) == 0)
		return 0;
	log_error("%s: cannot be read: %s", path, strerror(errno));
	return 1;
}

/* No fault: the daemon starts without it, and the ACME client needs it later. */
static void warn_of_webroot(const struct conf *conf)
{
	if (*conf->acme_webroot != '\0' && access(conf->acme_webroot, X_OK) != 0)
		log_warn("acme-webroot: %s cannot be entered: %s", conf->acme_webroot,
			 strerror(errno));
}

static unsigned check_certificate(const struct conf *conf)
{
	struct errinfo ei = ERRINFO_INIT;

	if (daemon_check(conf, &ei) == 0)
		return 0;
	log_error("%s", ei.text);
	return 1;
}

/* The bytes that every database begins with (https://www.sqlite.org/fileformat.html, 1.3.1); an
 * empty file becomes one. */
static unsigned check_database(const char *path)
{
	static const char magic[] = "SQLite format 3";
	char head[sizeof(magic)];
	struct stat st;
	ssize_t n = -1;
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0) {
		log_error("the store %s cannot be written: %s", path, strerror(errno));
		return 1;
	}
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		n = read(fd, head, sizeof(head));
	close(fd);
	if (n == 0 || (n == sizeof(head) && memcmp(head, magic, sizeof(head)) == 0))
		return 0;
	log_error("the store %s is not a SQLite database", path);
	return 1;
}

/* systemd makes the folder of StateDirectory= below /var/lib when it starts the service. */
static bool is_made_by_unit(const char *dir)
{
	static const char parent[] = "/var/lib/";
	size_t len = sizeof(parent) - 1;

	return strncmp(dir, parent, len) == 0 && strchr(dir + len, '/') == NULL;
}

/* The folder must be writable, because SQLite makes files beside the database. */
static unsigned check_folder(const char *dir)
{
	if (access(dir, W_OK | X_OK) == 0 || (errno == ENOENT && is_made_by_unit(dir)))
		return 0;
	log_error("the folder of the store, %s, cannot be written: %s", dir, strerror(errno));
	return 1;
}

static unsigned check_store(const struct conf *conf)
{
	const char *path = conf->store.path, *slash;
	char *dir;
	unsigned faults;

	if (conf->store.type != CONF_STORE_SQLITE)
		return 0;
	slash = strrchr(path, '/');
	dir = slash == NULL   ? strdup(".")
	      : slash == path ? strdup("/")
			      : strndup(path, (size_t)(slash - path));
	if (dir == NULL)
		return 0;
	faults = check_folder(dir);
	free(dir);
	return faults > 0 ? faults : check_database(path);
}

unsigned start_check(const struct conf *conf, const char *path)
{
	/* Before the change of user: like the service, root may bind any port. */
	unsigned faults = check_addresses(conf);
	struct errinfo ei = ERRINFO_INIT;

	/* Root can read every file. */
	if (process_become_user(&ei) != 0) {
		log_error("%s", ei.text);
		return faults + 1;
	}
	warn_of_webroot(conf);
	return faults + check_readable(path) + check_certificate(conf) + check_store(conf);
}
