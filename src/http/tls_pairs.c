/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/tls_pairs.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <uv.h>

#include "base/clock.h"
#include "http/certificate.h"

enum {
	/* Looks after which files that change all the time are read all the same. */
	RESTLESS_LOOKS_MAX = 10,
};

/* What tells one content of two files from another without reading them: a file that is written
 * again has a new time, one that is put in its place another number. */
struct stamp {
	struct {
		uint64_t device, inode, size;
		int64_t modified_s, modified_ns, changed_s, changed_ns;
	} file[2];
};

struct tls_pair {
	char *certificate, *private_key; /* paths; owned */
	struct certificate *current;	 /* one reference; replaced under the lock */
	struct stamp seen;		 /* at the last look */
	struct stamp tried;		 /* when they were last read */
	unsigned restless;		 /* looks in a row that found another stamp */
	bool is_stale;			 /* what was last read could not be taken */
	unsigned told;			 /* bits of enum certificate_weakness */
};

struct tls_pairs {
	uv_mutex_t lock;
	size_t n;
	struct tls_pair at[HTTP_TLS_PAIRS_MAX];
};

/* Of a file that is not there it is all zero. Through links: certbot puts another one there. */
static struct stamp take_stamp(const struct tls_pair *pair)
{
	const char *const paths[] = {pair->certificate, pair->private_key};
	struct stamp s;
	struct stat st;
	size_t i;

	memset(&s, 0, sizeof(s));
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (stat(paths[i], &st) != 0)
			continue;
		s.file[i].device = (uint64_t)st.st_dev;
		s.file[i].inode = (uint64_t)st.st_ino;
		s.file[i].size = (uint64_t)st.st_size;
		s.file[i].modified_s = st.st_mtim.tv_sec;
		s.file[i].modified_ns = st.st_mtim.tv_nsec;
		s.file[i].changed_s = st.st_ctim.tv_sec;
		s.file[i].changed_ns = st.st_ctim.tv_nsec;
	}
	return s;
}

static bool stamps_equal(const struct stamp *a, const struct stamp *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* Routers go on with a certificate that is valid; a copy of an old one that was put in its place
 * would keep them all out. */
static int check_replacement(const struct tls_pair *pair, const struct certificate *fresh,
			     struct errinfo *ei)
{
	int64_t now_s = clock_wall_s();

	if (certificate_is_valid(pair->current, now_s) && !certificate_is_valid(fresh, now_s))
		return err_set(ei, ERR_INVAL, "%s: %s, and the one in use is valid",
			       pair->certificate,
			       certificate_weakness(fresh, CERTIFICATE_TIME, now_s));
	return 0;
}

/* The stamp is older than what is read: what changes meanwhile is seen at the next look. */
static int pair_read(struct tls_pairs *p, struct tls_pair *pair, const struct stamp *stamp,
		     struct errinfo *ei)
{
	struct certificate *fresh = NULL, *old;
	int err = certificate_load(pair->certificate, pair->private_key, &fresh, ei);

	if (err == 0 && pair->current != NULL)
		err = check_replacement(pair, fresh, ei);
	pair->seen = pair->tried = *stamp;
	pair->restless = 0;
	pair->is_stale = err != 0;
	if (err != 0) {
		certificate_unref(fresh);
		return err;
	}
	uv_mutex_lock(&p->lock);
	old = pair->current;
	pair->current = fresh;
	uv_mutex_unlock(&p->lock);
	certificate_unref(old);
	pair->told = 0;
	return 0;
}

static int pair_init(struct tls_pairs *p, const struct http_tls_pair *from, struct errinfo *ei)
{
	struct tls_pair *pair = &p->at[p->n++];
	struct stamp stamp;

	pair->certificate = strdup(from->certificate);
	pair->private_key = strdup(from->private_key);
	if (pair->certificate == NULL || pair->private_key == NULL)
		return err_set(ei, ERR_NOMEM, "out of memory");
	stamp = take_stamp(pair);
	return pair_read(p, pair, &stamp, ei);
}

int tls_pairs_new(const struct http_tls_pair *pairs, size_t n, struct tls_pairs **ret,
		  struct errinfo *ei)
{
	struct tls_pairs *p = calloc(1, sizeof(*p));
	size_t i;
	int err = 0;

	if (p == NULL)
		return err_set(ei, ERR_NOMEM, "out of memory");
	if (uv_mutex_init(&p->lock) != 0) {
		free(p);
		return err_set(ei, ERR_NOMEM, "out of memory");
	}
	for (i = 0; err == 0 && i < n && i < HTTP_TLS_PAIRS_MAX; i++)
		err = pair_init(p, &pairs[i], ei);
	if (err != 0) {
		tls_pairs_free(p);
		return err;
	}
	*ret = p;
	return 0;
}

void tls_pairs_free(struct tls_pairs *p)
{
	size_t i;

	if (p == NULL)
		return;
	for (i = 0; i < p->n; i++) {
		certificate_unref(p->at[i].current);
		free(p->at[i].certificate);
		free(p->at[i].private_key);
	}
	uv_mutex_destroy(&p->lock);
	free(p);
}

size_t tls_pairs_count(const struct tls_pairs *p)
{
	return p->n;
}

bool tls_pairs_reload(struct tls_pairs *p, http_tls_read_fn *tell, void *arg)
{
	bool replaced = false;
	size_t i;

	for (i = 0; i < p->n; i++) {
		struct errinfo ei = ERRINFO_INIT;
		struct stamp now = take_stamp(&p->at[i]);
		int err = pair_read(p, &p->at[i], &now, &ei);

		replaced |= err == 0;
		tell(arg, p->at[i].certificate, err == 0 ? NULL : ei.text);
	}
	return replaced;
}

/* Whether the files are to be read: they are others than those last read, and have been left alone
 * since the last look, so that nobody is in the middle of writing them. What could not be taken is
 * read again, as it may be time that is missing, or memory. */
static bool pair_is_due(struct tls_pair *pair, const struct stamp *now)
{
	if (!stamps_equal(now, &pair->seen) && ++pair->restless < RESTLESS_LOOKS_MAX) {
		pair->seen = *now;
		return false;
	}
	pair->restless = 0;
	return pair->is_stale || !stamps_equal(now, &pair->tried);
}

static bool pair_look(struct tls_pairs *p, struct tls_pair *pair, http_tls_read_fn *tell, void *arg)
{
	struct errinfo ei = ERRINFO_INIT;
	struct stamp now = take_stamp(pair);
	bool was_told;
	int err;

	if (!pair_is_due(pair, &now))
		return false;
	was_told = pair->is_stale && stamps_equal(&now, &pair->tried);
	err = pair_read(p, pair, &now, &ei);
	if (err == 0 || !was_told)
		tell(arg, pair->certificate, err == 0 ? NULL : ei.text);
	return err == 0;
}

bool tls_pairs_look(struct tls_pairs *p, http_tls_read_fn *tell, void *arg)
{
	bool replaced = false;
	size_t i;

	for (i = 0; i < p->n; i++)
		replaced |= pair_look(p, &p->at[i], tell, arg);
	return replaced;
}

bool tls_pairs_are_stale(const struct tls_pairs *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (p->at[i].is_stale)
			return true;
	return false;
}

int64_t tls_pairs_not_after(const struct tls_pairs *p)
{
	int64_t first = INT64_MAX, each;
	size_t i;

	for (i = 0; i < p->n; i++) {
		each = certificate_not_after(p->at[i].current);
		first = each < first ? each : first;
	}
	return first;
}

size_t tls_pairs_count_due(const struct tls_pairs *p, int64_t now_s)
{
	size_t i, n = 0;

	for (i = 0; i < p->n; i++)
		n += certificate_is_due(p->at[i].current, now_s);
	return n;
}

void tls_pairs_each_due(const struct tls_pairs *p, int64_t now_s, http_tls_due_fn *tell, void *arg)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (certificate_is_due(p->at[i].current, now_s))
			tell(arg, p->at[i].certificate, certificate_not_after(p->at[i].current));
}

bool tls_pairs_have_rsa(const struct tls_pairs *p)
{
	gnutls_pk_algorithm_t kind;
	size_t i;

	for (i = 0; i < p->n; i++) {
		kind = certificate_kind(p->at[i].current);
		if (kind == GNUTLS_PK_RSA || kind == GNUTLS_PK_RSA_PSS)
			return true;
	}
	return false;
}

static void pair_each_weakness(struct tls_pair *pair, int64_t now_s, bool is_news,
			       http_tls_weakness_fn *tell, void *arg)
{
	const char *why;
	unsigned told = pair->told, bit;
	int which;

	pair->told = 0;
	for (which = 0; which < CERTIFICATE_WEAKNESSES; which++) {
		bit = 1U << which;
		why = certificate_weakness(pair->current, (enum certificate_weakness)which, now_s);
		if (why == NULL)
			continue;
		pair->told |= bit;
		if (!is_news || (told & bit) == 0)
			tell(arg,
			     certificate_weakness_is_of_key((enum certificate_weakness)which)
				     ? pair->private_key
				     : pair->certificate,
			     why);
	}
}

void tls_pairs_each_weakness(struct tls_pairs *p, int64_t now_s, bool is_news,
			     http_tls_weakness_fn *tell, void *arg)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		pair_each_weakness(&p->at[i], now_s, is_news, tell, arg);
}

/* More is better. What the client cannot use comes last, whatever its name is: a router that does
 * not look at names is served by any other. */
static int rank(const struct certificate *c, struct slice name, tls_pairs_takes_fn *takes,
		const void *client)
{
	return takes(client, certificate_kind(c)) ? 1 + (int)certificate_fits(c, name) : 0;
}

struct certificate *tls_pairs_choose(struct tls_pairs *p, struct slice name,
				     tls_pairs_takes_fn *takes, const void *client)
{
	struct certificate *best = NULL;
	int best_rank = -1, each;
	size_t i;

	uv_mutex_lock(&p->lock);
	for (i = 0; i < p->n; i++) {
		each = p->n == 1 ? 0 : rank(p->at[i].current, name, takes, client);
		if (each > best_rank) {
			best = p->at[i].current;
			best_rank = each;
		}
	}
	certificate_ref(best);
	uv_mutex_unlock(&p->lock);
	return best;
}
