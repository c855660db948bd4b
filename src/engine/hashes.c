/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/hashes.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <uv.h>

#include "base/err.h"
#include "base/metric.h"
#include "base/wiping.h"
#include "dyndns/basic_auth.h"

struct hash_job {
	uv_work_t work;
	struct hashes *all; /* NULL: it was freed */
	hash_done_fn *done; /* NULL: nobody waits for it */
	void *arg;
	char *setting; /* owned */
	bool is_dummy;
	bool is_running; /* a worker has it */
	uint64_t client;
	uint64_t turn; /* lower ones go first */
	size_t password_len;
	char password[QUERY_PASSWORD_MAX];
	enum password_result result;
	TAILQ_ENTRY(hash_job) link;
};

TAILQ_HEAD(hash_jobs, hash_job);

struct hashes {
	uv_loop_t *loop;
	size_t max, share, n_jobs, n_running;
	uint64_t turn;	       /* of the last one that was begun */
	struct hash_jobs jobs; /* waiting and running, in order of arrival */
};

/* Of the core thread. */
static unsigned hashes_n_left;

int hashes_new(struct uv_loop_s *loop, unsigned max, struct hashes **ret)
{
	struct hashes *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return ERR_NOMEM;
	h->loop = loop;
	h->max = max;
	h->share = max / 4 > HASHES_SHARE_MIN ? max / 4 : HASHES_SHARE_MIN;
	TAILQ_INIT(&h->jobs);
	*ret = h;
	return 0;
}

static void hash_free(struct hash_job *job)
{
	str_free_secret(job->setting);
	explicit_bzero(job->password, sizeof(job->password));
	free(job);
}

static void hashes_remove(struct hashes *h, struct hash_job *job)
{
	TAILQ_REMOVE(&h->jobs, job, link);
	h->n_jobs--;
	metric_set(METRIC_HASHES_WAITING, (int64_t)(h->n_jobs - h->n_running));
}

/* ---------------------------------------------------------------- on a worker */

static void hash_on_work(uv_work_t *work)
{
	struct hash_job *job = work->data;
	struct slice password = {job->password, job->password_len};

	job->result = password_check_slow(job->setting, password);
	wiping_stack();
}

static enum password_result hash_result(const struct hash_job *job, int status)
{
	if (status != 0 || job->result == PASSWORD_NO_MEMORY)
		return PASSWORD_NO_MEMORY;
	return job->is_dummy ? PASSWORD_WRONG : job->result;
}

static void hashes_run(struct hashes *h);

static void hash_on_worked(uv_work_t *work, int status)
{
	struct hash_job *job = work->data;
	struct hashes *h = job->all;
	hash_done_fn *done = job->done;
	void *arg = job->arg;
	enum password_result result = hash_result(job, status);

	if (h == NULL) {
		hashes_n_left--;
		hash_free(job);
		return;
	}
	h->n_running--;
	hashes_remove(h, job);
	hash_free(job);
	hashes_run(h);
	if (done != NULL)
		done(arg, result);
}

/* ---------------------------------------------------------------- whose turn is it? */

static bool hash_goes_before(const struct hash_job *a, const struct hash_job *b)
{
	if (a->is_dummy != b->is_dummy)
		return b->is_dummy;
	return a->turn < b->turn;
}

static struct hash_job *hashes_first(const struct hashes *h)
{
	struct hash_job *job, *first = NULL;

	TAILQ_FOREACH(job, &h->jobs, link)
		if (!job->is_running && (first == NULL || hash_goes_before(job, first)))
			first = job;
	return first;
}

static struct hash_job *hashes_last(const struct hashes *h)
{
	struct hash_job *job, *last = NULL;

	TAILQ_FOREACH(job, &h->jobs, link)
		if (!job->is_running && (last == NULL || !hash_goes_before(job, last)))
			last = job;
	return last;
}

static void hashes_run(struct hashes *h)
{
	struct hash_job *job;

	while (h->n_running < HASHES_AT_ONCE && (job = hashes_first(h)) != NULL) {
		h->n_running++;
		h->turn = job->turn > h->turn ? job->turn : h->turn;
		job->is_running = true;
		if (uv_queue_work(h->loop, &job->work, hash_on_work, hash_on_worked) != 0)
			hash_on_worked(&job->work, UV_ECANCELED);
	}
	metric_set(METRIC_HASHES_WAITING, (int64_t)(h->n_jobs - h->n_running));
}

/* Each of a client's jobs has its turn one round after the one before. False: it has its share. */
static bool hashes_find_turn(const struct hashes *h, struct hash_job *job)
{
	const struct hash_job *other;
	size_t n = 0;

	job->turn = h->turn;
	TAILQ_FOREACH(other, &h->jobs, link) {
		if (other->client != job->client)
			continue;
		n++;
		if (other->turn >= job->turn)
			job->turn = other->turn + 1;
	}
	return n < h->share;
}

/* In a full queue the one that would wait longest makes room. False: that is job. */
static bool hashes_make_room(struct hashes *h, const struct hash_job *job)
{
	struct hash_job *last;
	hash_done_fn *done;
	void *arg;

	if (h->n_jobs < h->max)
		return true;
	last = hashes_last(h);
	if (last == NULL || !hash_goes_before(job, last))
		return false;
	metric_add(METRIC_HASHES_REFUSED, 1);
	done = last->done;
	arg = last->arg;
	hashes_remove(h, last);
	hash_free(last);
	done(arg, PASSWORD_NO_MEMORY);
	return true;
}

static struct hash_job *hash_new(const struct hash_order *order)
{
	struct hash_job *job = calloc(1, sizeof(*job));

	if (job == NULL)
		return NULL;
	job->setting = strdup(order->setting);
	if (job->setting == NULL) {
		free(job);
		return NULL;
	}
	job->work.data = job;
	job->is_dummy = order->is_dummy;
	job->client = order->client;
	job->password_len = order->password.len < sizeof(job->password) ? order->password.len
									: sizeof(job->password);
	memcpy(job->password, order->password.p, job->password_len);
	return job;
}

int hashes_add(struct hashes *h, const struct hash_order *order, hash_done_fn *done, void *arg,
	       struct hash_job **ret)
{
	struct hash_job *job = hash_new(order);

	if (job == NULL)
		return ERR_NOMEM;
	if (!hashes_find_turn(h, job) || !hashes_make_room(h, job)) {
		metric_add(METRIC_HASHES_REFUSED, 1);
		hash_free(job);
		return ERR_LIMIT;
	}
	job->all = h;
	job->done = done;
	job->arg = arg;
	h->n_jobs++;
	TAILQ_INSERT_TAIL(&h->jobs, job, link);
	*ret = job;
	hashes_run(h);
	return 0;
}

void hashes_drop(struct hash_job *job)
{
	if (job->is_running) {
		job->done = NULL;
		return;
	}
	hashes_remove(job->all, job);
	hash_free(job);
}

/* ---------------------------------------------------------------- the end */

void hashes_free(struct hashes *h)
{
	struct hash_job *job, *next;

	if (h == NULL)
		return;
	for (job = TAILQ_FIRST(&h->jobs); job != NULL; job = next) {
		next = TAILQ_NEXT(job, link);
		if (job->is_running) {
			job->all = NULL;
			job->done = NULL;
			hashes_n_left++;
		} else {
			hash_free(job);
		}
	}
	metric_set(METRIC_HASHES_WAITING, 0);
	free(h);
}

unsigned hashes_left(void)
{
	return hashes_n_left;
}
