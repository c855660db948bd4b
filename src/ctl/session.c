/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/session.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account/pepper.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/find.h"
#include "conf/load.h"
#include "ctl/file.h"
#include "ctl/progress.h"
#include "ctl/say.h"
#include "ctl/waiting.h"
#include "ops/pepper_file.h"
#include "ops/process.h"
#include "store/history.h"

extern char **environ;

/* The result of one asynchronous call of the store. */
struct wait {
	bool done;
	int err;
	struct account *account;
	bool is_complete;
	struct errinfo *ei;
};

static void session_finish(struct wait *w, int err, const struct errinfo *why)
{
	w->done = true;
	w->err = err;
	if (err != 0)
		err_set(w->ei, err, "%s", why != NULL ? why->text : err_str(err));
}

static void on_session_done(void *arg, int err, const struct errinfo *why)
{
	session_finish(arg, err, why);
}

static void on_account(void *arg, int err, struct account *account, const struct errinfo *why)
{
	struct wait *w = arg;

	w->account = account;
	session_finish(w, err, why);
}

static void run_until(struct session *s, const bool *done)
{
	while (!*done)
		uv_run(&s->loop, UV_RUN_ONCE);
}

void session_run(struct session *s, const bool *done)
{
	waiting_begin("waiting for an answer", "seconds", 0, NULL, NULL);
	run_until(s, done);
	waiting_end();
}

/* started: what the verb returned. Runs the loop until the verb is done. */
static int wait_for(struct session *s, struct wait *w, int started)
{
	if (started < 0)
		return err_set(w->ei, started, "%s", err_str(started));
	session_run(s, &w->done);
	return w->err;
}

int session_lookup(struct session *s, const char *user, struct account **ret, struct errinfo *ei)
{
	struct errinfo why = ERRINFO_INIT;
	struct wait w = {.ei = &why};
	int err = account_check_user(slice_of(user), ei);

	if (err != 0)
		return err;
	err = wait_for(s, &w, store_lookup(s->backends.store, user, on_account, &w));
	if (err == 0)
		*ret = w.account;
	else if (err == ERR_NOTFOUND)
		err_set(ei, err, "there is no user \"%s\"", user);
	else
		err_set(ei, err, "%s", why.text);
	return err;
}

int session_put(struct session *s, const struct account *a, enum store_put_mode mode,
		struct errinfo *ei)
{
	struct wait w = {.ei = ei};

	return wait_for(s, &w, store_put(s->backends.store, a, mode, on_session_done, &w));
}

int session_remove(struct session *s, const char *user, struct errinfo *ei)
{
	struct wait w = {.ei = ei};

	return wait_for(s, &w, store_remove(s->backends.store, user, on_session_done, &w));
}

int session_replace_secret(struct session *s, const char *user, const char *old, const char *secret,
			   struct errinfo *ei)
{
	struct wait w = {.ei = ei};

	return wait_for(
		s, &w,
		store_replace_secret(s->backends.store, user, old, secret, on_session_done, &w));
}

int session_rename(struct session *s, const char *user, const char *to, struct errinfo *ei)
{
	struct wait w = {.ei = ei};

	return wait_for(s, &w, store_rename(s->backends.store, user, to, on_session_done, &w));
}

/* store_list() passes one argument to both of its functions; this holds the two that they need. */
struct listing {
	struct wait w;
	store_each_fn *each;
	store_claim_fn *claim; /* NULL: no claims */
	void *arg;
	struct progress progress;
};

static void on_each(void *arg, const struct account *account)
{
	struct listing *l = arg;

	l->each(l->arg, account);
	progress_add(&l->progress, 1);
}

static void on_claim(void *arg, const struct fqdn *name, const struct store_owners *owners)
{
	struct listing *l = arg;

	l->claim(l->arg, name, owners);
}

static void on_listed(void *arg, int err, const struct errinfo *why)
{
	struct listing *l = arg;

	progress_wipe(&l->progress);
	session_finish(&l->w, err, why);
}

int session_list(struct session *s, store_each_fn *each, void *arg, struct errinfo *ei)
{
	struct listing l = {.w = {.ei = ei}, .each = each, .arg = arg};

	progress_begin_late(&l.progress, "accounts read", s->backends.store->ops->name, 0);
	return wait_for(s, &l.w, store_list(s->backends.store, on_each, on_listed, &l));
}

int session_list_claims(struct session *s, store_each_fn *each, store_claim_fn *claim, void *arg,
			struct errinfo *ei)
{
	struct listing l = {.w = {.ei = ei}, .each = each, .claim = claim, .arg = arg};

	progress_begin_late(&l.progress, "accounts read", s->backends.store->ops->name, 0);
	return wait_for(s, &l.w,
			store_list_claims(s->backends.store, on_each, on_claim, on_listed, &l));
}

static void on_complete(void *arg, int err, bool is_complete, const struct errinfo *why)
{
	struct wait *w = arg;

	w->is_complete = is_complete;
	session_finish(w, err, why);
}

int session_claims_are_complete(struct session *s, bool *ret, struct errinfo *ei)
{
	struct wait w = {.ei = ei};
	int err = wait_for(s, &w, store_claims_are_complete(s->backends.store, on_complete, &w));

	if (err == 0)
		*ret = w.is_complete;
	return err;
}

int session_set_claims_complete(struct session *s, struct errinfo *ei)
{
	struct wait w = {.ei = ei};

	return wait_for(s, &w, store_set_claims_complete(s->backends.store, on_session_done, &w));
}

struct history_wait {
	struct wait wait;
	session_history_fn *each;
	void *arg;
};

static void on_history(void *arg, int err, const struct history_entry *entries, size_t n,
		       const struct errinfo *why)
{
	struct history_wait *w = arg;

	if (err == 0)
		w->each(w->arg, entries, n);
	session_finish(&w->wait, err, why);
}

int session_read_history(struct session *s, const struct fqdn *host, int64_t since_s, int64_t now_s,
			 session_history_fn *each, void *arg, struct errinfo *ei)
{
	struct history_wait w = {.wait = {.ei = ei}, .each = each, .arg = arg};

	if (!store_has_history(s->backends.store))
		return err_set(ei, ERR_INVAL, "this store keeps no history of hosts");
	return wait_for(s, &w.wait,
			store_read_history(s->backends.store, host, since_s, now_s,
					   HISTORY_READ_MAX, on_history, &w));
}

int session_intend(struct session *s, const char *user, const struct store_intent *intent,
		   struct errinfo *ei)
{
	struct wait w = {.ei = ei};

	return wait_for(s, &w,
			store_intend(s->backends.store, user, intent, 1, on_session_done, &w));
}

int session_confirm(struct session *s, const char *user, const struct store_confirm *c,
		    struct errinfo *ei)
{
	struct wait w = {.ei = ei};

	return wait_for(s, &w, store_confirm(s->backends.store, user, c, on_session_done, &w));
}

int session_submit(struct session *s, struct dns *dns, const struct dns_change *changes, size_t n,
		   struct errinfo *ei)
{
	struct wait w = {.ei = ei};

	return wait_for(s, &w, dns_submit(dns, changes, n, on_session_done, &w));
}

static void on_changed(void *arg, int err, const char *change_id, const struct aws_error *error)
{
	(void)change_id;
	session_finish(arg, err, error != NULL ? &error->why : NULL);
}

int session_change(struct session *s, const struct backend_zone *zone,
		   const struct aws_route53_change *changes, size_t n, struct errinfo *ei)
{
	struct wait w = {.ei = ei};

	return wait_for(s, &w,
			zone->hosted->change(zone->route53, zone->conf->hosted_zone_id, changes, n,
					     on_changed, &w));
}

static void on_session_timer(uv_timer_t *timer)
{
	*(bool *)timer->data = true;
}

static void on_session_timer_closed(uv_handle_t *handle)
{
	*(bool *)handle->data = true;
}

void session_sleep(struct session *s, uint32_t ms)
{
	bool is_over = false;
	uv_timer_t timer;

	uv_timer_init(&s->loop, &timer);
	timer.data = &is_over;
	uv_timer_start(&timer, on_session_timer, ms, 0);
	run_until(s, &is_over);
	is_over = false;
	uv_close((uv_handle_t *)&timer, on_session_timer_closed);
	run_until(s, &is_over);
}

void session_wait(struct session *s, const char *of, uint32_t ms)
{
	struct progress progress = {.is_shown = false};

	progress_begin_late(&progress, "seconds waited", of, (ms + 999) / 1000);
	while (ms > 0) {
		const uint32_t step = ms < 1000 ? ms : 1000;

		session_sleep(s, step);
		progress_add(&progress, 1);
		ms -= step;
	}
	progress_wipe(&progress);
}

const struct backend_zone *session_zone(const struct session *s, const struct fqdn *name)
{
	const struct conf_zone *zone = conf_find_zone(s->conf, name);
	size_t i;

	for (i = 0; zone != NULL && i < s->backends.n_zones; i++)
		if (s->backends.zones[i].conf == zone)
			return &s->backends.zones[i];
	return NULL;
}

/* Makes the folder with the owner and mode that systemd gives to StateDirectory=, when the service
 * has not been started yet. */
static int make_folder(const char *folder, struct stat *ret, struct errinfo *ei)
{
	const struct passwd *pw = getpwnam(PROCESS_USER);

	if (pw == NULL)
		return err_set(ei, ERR_NOTFOUND,
			       "the folder %s is missing: make it, with mode 0700, for the user "
			       "that mooringd runs as",
			       folder);
	if (mkdir(folder, 0700) != 0 || lchown(folder, pw->pw_uid, pw->pw_gid) != 0 ||
	    lstat(folder, ret) != 0)
		return err_set(ei, ERR_IO, "the folder %s cannot be made: %s", folder,
			       strerror(errno));
	return 0;
}

/* Finds the owner of the store, or of the folder that it will be made in. */
static int find_owner(const char *path, struct stat *ret, struct errinfo *ei)
{
	char folder[PATH_MAX];
	int err = file_folder(path, folder, ei);

	if (err != 0 || stat(path, ret) == 0 || stat(folder, ret) == 0)
		return err;
	return errno == ENOENT ? make_folder(folder, ret, ei)
			       : err_set(ei, ERR_IO, "%s: %s", folder, strerror(errno));
}

/* Those that the owner has as a daemon, too, which may be needed for its files. */
static int take_groups(const struct stat *owner)
{
	const struct passwd *pw = getpwuid(owner->st_uid);

	return pw != NULL ? initgroups(pw->pw_name, owner->st_gid) : setgroups(0, NULL);
}

/* As root, becomes the owner of an SQLite store: the daemon could not write the files that SQLite
 * would make beside it as root. */
static int become_owner(const struct conf *conf, struct errinfo *ei)
{
	struct stat st;
	int err;

	if (geteuid() != 0 || conf->store.type != CONF_STORE_SQLITE)
		return 0;
	err = find_owner(conf->store.path, &st, ei);
	if (err != 0 || st.st_uid == 0)
		return err;
	if (take_groups(&st) != 0 || setgid(st.st_gid) != 0 || setuid(st.st_uid) != 0)
		return err_set(ei, ERR_IO, "cannot become the owner of %s: %s", conf->store.path,
			       strerror(errno));
	return 0;
}

int session_load(struct session *s, const struct ctl_args *args, struct errinfo *ei)
{
	const char *path;
	int err;

	memset(s, 0, sizeof(*s));
	err = uv_loop_init(&s->loop);
	if (err != 0)
		return err_set(ei, ERR_IO, "no event loop: %s", uv_strerror(err));
	s->has_loop = true;
	err = conf_find(args->conf_path, CONF_DEFAULT_PATH, &path, ei);
	if (err != 0)
		return err;
	return conf_load(path, (const char *const *)environ, &s->conf, ei);
}

/* Once; a command that needs none works without them. */
static void read_peppers(struct session *s)
{
	struct errinfo *why = &s->peppers_why;
	struct peppers *p = NULL;
	int err;

	if (s->peppers != NULL || why->code != 0)
		return;
	err = peppers_new(&p);
	if (err != 0)
		err_set(why, err, "out of memory");
	else if (*s->conf->pepper_file != '\0')
		err = pepper_file_read(s->conf->pepper_file, p, why);
	if (err != 0)
		peppers_free(p);
	else
		s->peppers = p;
}

int session_peppers(struct session *s, const struct peppers **ret, struct errinfo *ei)
{
	read_peppers(s);
	if (s->peppers == NULL)
		return err_set(ei, s->peppers_why.code, "%s", s->peppers_why.text);
	*ret = s->peppers;
	return 0;
}

int session_become_owner(struct session *s, struct errinfo *ei)
{
	return become_owner(s->conf, ei);
}

int session_become_daemon(struct session *s, struct errinfo *ei)
{
	int err = become_owner(s->conf, ei);

	return err == 0 && s->conf->store.type != CONF_STORE_SQLITE ? process_become_user(ei) : err;
}

int session_open_store(struct session *s, struct errinfo *ei)
{
	int err;

	err = backends_check(s->conf, ei);
	if (err != 0)
		return err;
	read_peppers(s);
	err = become_owner(s->conf, ei);
	return err == 0 ? backends_open_store(&s->loop, s->conf, &s->backends, ei) : err;
}

int session_open_zones(struct session *s, struct errinfo *ei)
{
	return backends_open_zones(&s->loop, s->conf, &s->backends, ei);
}

int session_open(struct session *s, const struct ctl_args *args)
{
	struct errinfo ei = ERRINFO_INIT;

	if (session_load(s, args, &ei) != 0 || session_open_store(s, &ei) != 0 ||
	    session_open_zones(s, &ei) != 0)
		return ctl_fail("%s", ei.text);
	return 0;
}

void session_close(struct session *s)
{
	backends_close(&s->backends);
	if (s->has_loop) {
		uv_run(&s->loop, UV_RUN_DEFAULT);
		uv_loop_close(&s->loop);
	}
	s->has_loop = false;
	peppers_free(s->peppers);
	s->peppers = NULL;
	conf_free(s->conf);
	s->conf = NULL;
}
