/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/walls.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/log.h"
#include "conf/conf.h"
#include "ops/landlock.h"
#include "ops/parts_aws.h"
#include "ops/status_place.h"
#include "ops/walls_notify.h"
#include "ops/walls_places.h"

struct walls {
	const struct conf *conf;
	bool is_up;
	struct walls_places *places;
};

/* What libraries read while the daemon runs: name resolution and its modules, certificate
 * authorities, character sets, time zones. All of /etc, since resolv.conf and its like are replaced
 * by renaming: a rule for such a file would hold for the old one. */
static const char *const of_system[] = {
	"/usr",
	"/lib",
	"/lib32",
	"/lib64",
	"/libx32",
	"/bin",
	"/sbin",
	"/nix/store",
	"/etc",
	"/proc/self",
	"/proc/sys",
	"/proc/stat",
	"/proc/cpuinfo",
	"/proc/meminfo",
	"/sys/devices/system",
	"/dev/urandom",
	"/dev/random",
	"/run/systemd/resolve",
	"/run/resolvconf",
	"/run/NetworkManager",
};

/* What a program that prints keys may want beside. */
static const char *const of_programs[] = {"/opt", "/proc", "/sys", "/run"};
static const char *const temporary[] = {"/tmp", "/var/tmp", "/dev/shm", "/dev/null", "/dev/zero"};

static void add_system(struct walls_places *p, bool runs_program)
{
	unsigned access = LANDLOCK_READ | (runs_program ? LANDLOCK_EXECUTE : 0);
	size_t i;

	for (i = 0; i < sizeof(of_system) / sizeof(of_system[0]); i++)
		walls_places_add(p, of_system[i], access);
	walls_places_follow(p, "/etc/resolv.conf", LANDLOCK_READ);
	walls_places_add(p, "/dev/null", LANDLOCK_READ | LANDLOCK_WRITE);
	if (!runs_program)
		return;
	for (i = 0; i < sizeof(of_programs) / sizeof(of_programs[0]); i++)
		walls_places_add(p, of_programs[i], access);
	for (i = 0; i < sizeof(temporary) / sizeof(temporary[0]); i++)
		walls_places_add(p, temporary[i], LANDLOCK_READ | LANDLOCK_WRITE);
}

typedef void pair_file_fn(void *arg, const char *path);

static void each_file_of(const struct conf_pairs *pairs, pair_file_fn *fn, void *arg)
{
	size_t i;

	for (i = 0; i < pairs->n; i++) {
		fn(arg, pairs->at[i].certificate);
		fn(arg, pairs->at[i].private_key);
	}
}

static void each_certificate_file(const struct conf *conf, pair_file_fn *fn, void *arg)
{
	size_t i;

	fn(arg, conf->certificate);
	fn(arg, conf->private_key);
	each_file_of(&conf->more_certificates, fn, arg);
	for (i = 0; i < conf->n_listeners; i++)
		each_file_of(&conf->listeners[i].certificates, fn, arg);
}

static void add_readable(void *arg, const char *path)
{
	walls_places_follow(arg, path, LANDLOCK_READ);
}

static bool uses_aws(const struct conf *conf)
{
	size_t i;

	for (i = 0; i < conf->n_zones; i++)
		if (conf->zones[i].publisher == CONF_PUBLISHER_ROUTE53)
			return true;
	for (i = 0; i < conf->n_notifies; i++)
		if (conf->notifies[i].type == CONF_NOTIFY_SNS)
			return true;
	return conf->store.type == CONF_STORE_DYNAMODB;
}

static void collect_places(struct walls *w, const char *conf_path, const char *const *env)
{
	struct walls_places *p = w->places;
	struct sockaddr_un at;
	bool runs_program = false;

	if (conf_path != NULL)
		walls_places_follow(p, conf_path, LANDLOCK_READ);
	each_certificate_file(w->conf, add_readable, p);
	/* w->conf->pseudonym_key_file was read, and is not read again. */
	if (*w->conf->pepper_file != '\0')
		walls_places_follow(p, w->conf->pepper_file, LANDLOCK_READ);
	/* Its own socket, which exists already, and the lock beside it are removed at the end. */
	if (*w->conf->status_socket != '\0' && status_place_of_daemon(w->conf, &at, NULL) == 0 &&
	    at.sun_path[0] != '\0')
		walls_places_follow(p, at.sun_path, LANDLOCK_READ | LANDLOCK_WRITE);
	if (*w->conf->acme_webroot != '\0')
		walls_places_add(p, w->conf->acme_webroot, LANDLOCK_READ);
	if (w->conf->store.type == CONF_STORE_SQLITE)
		walls_places_follow(p, w->conf->store.path, LANDLOCK_READ | LANDLOCK_WRITE);
	if (uses_aws(w->conf) && parts_aws != NULL)
		runs_program = parts_aws->collect_walls(w->conf, env, p);
	runs_program |= walls_notify_collect(w->conf, env, p);
	add_system(p, runs_program);
}

static int raise_all(struct walls *w, int abi)
{
	int rules, err = landlock_new(abi, walls_places_limit_ports(w->places, abi), &rules);

	if (err != 0)
		return err;
	err = walls_places_apply(w->places, rules, abi);
	if (err == 0)
		err = landlock_enter(rules);
	close(rules);
	return err;
}

/* The process itself writes its core dump, which --debuggable allows, and anywhere. */
static bool is_debuggable(void)
{
	return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1;
}

/* Whether there shall be walls; warns where there cannot be any. */
static bool are_wanted(const struct conf *conf, int abi)
{
	if (!conf->landlock || is_debuggable())
		return false;
	if (abi == 0)
		log_warn("this kernel has no Landlock, or it is forbidden here: the daemon may "
			 "reach "
			 "every file that its user may (landlock)");
	return abi > 0;
}

int walls_raise(const struct conf *conf, const char *conf_path, const char *const *env,
		struct walls **ret, struct errinfo *ei)
{
	int abi = landlock_abi(), err;
	struct walls *w = calloc(1, sizeof(*w));

	if (w == NULL || walls_places_new(&w->places) != 0) {
		free(w);
		return err_set(ei, ERR_NOMEM, "out of memory");
	}
	w->conf = conf;
	*ret = w;
	if (!are_wanted(conf, abi))
		return 0;
	collect_places(w, conf_path, env);
	err = walls_places_error(w->places);
	if (err == 0)
		err = raise_all(w, abi);
	if (err != 0)
		return err_set(ei, err,
			       "Landlock cannot be used: %s; landlock = false goes without it",
			       err_str(err));
	w->is_up = true;
	log_event(LOG_LEVEL_DEBUG, "behind the walls of Landlock", LOG_FIELDS(log_int("abi", abi)));
	return 0;
}

static void explain_one(void *arg, const char *path)
{
	const struct walls *w = arg;
	char real[PATH_MAX];

	if (realpath(path, real) == NULL || walls_places_have(w->places, real))
		return;
	log_event(LOG_LEVEL_ERROR,
		  "a file leads to where the daemon may not read since its start: restart mooringd",
		  LOG_FIELDS(log_str("path", path), log_str("leads-to", real)));
}

void walls_explain(const struct walls *w)
{
	if (w != NULL && w->is_up)
		each_certificate_file(w->conf, explain_one, (void *)w);
}

void walls_free(struct walls *w)
{
	if (w == NULL)
		return;
	walls_places_free(w->places);
	free(w);
}
