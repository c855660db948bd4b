/* SPDX-License-Identifier: BSD-2-Clause
 * Where signing keys come from. A provider answers asynchronously, because a container's or an
 * instance's keys come over the network; what it hands out is an immutable snapshot, so that key,
 * secret and token always belong together. Core thread. */
#ifndef MOORING_AWS_CREDENTIALS_H
#define MOORING_AWS_CREDENTIALS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/err.h"
#include "base/str.h"

enum { AWS_KEY_ID_MAX = 128, AWS_SECRET_MAX = 512, AWS_TOKEN_MAX = 16 * 1024 };

/* The places that they may come from. */
enum aws_credentials_source {
	AWS_CREDENTIALS_AUTO, /* the first of the others that is in use on this machine */
	AWS_CREDENTIALS_ENVIRONMENT,
	AWS_CREDENTIALS_PROFILE,
	AWS_CREDENTIALS_WEB_IDENTITY,
	AWS_CREDENTIALS_CONTAINER,
	AWS_CREDENTIALS_IMDS, /* which then tells the region, too, when nobody else does */
};

/* Read only, counted, wiped when the last holder lets go. */
struct aws_credentials {
	unsigned refs;
	char *key_id;
	char *secret;
	char *token;	   /* NULL for long-term keys */
	char *origin;	   /* their source, for sentences: "the environment" */
	int64_t expires_s; /* wall clock; 0 when they do not expire or nobody said */
	char *region;	   /* where the instance is; NULL when nobody asked */
	bool is_instance;  /* of the metadata service: see aws/refresh.h */
};

/* Copies all, the three trimmed; token may be empty. ERR_NOMEM; ERR_INVAL with a sentence for what
 * cannot stand in a header, ERR_LIMIT for what is too long. origin names their source there. */
int aws_credentials_new(struct slice key_id, struct slice secret, struct slice token,
			int64_t expires_s, const char *origin, struct aws_credentials **ret,
			struct errinfo *ei);
struct aws_credentials *aws_credentials_ref(struct aws_credentials *c);
/* NULL is fine. */
void aws_credentials_unref(struct aws_credentials *c);
/* The same key, secret and token. */
bool aws_credentials_equal(const struct aws_credentials *a, const struct aws_credentials *b);

/* creds is borrowed, NULL unless err is 0; why is borrowed, NULL when err is 0. */
typedef void aws_credentials_fn(void *arg, int err, struct aws_credentials *creds,
				const struct errinfo *why);

/* One question to a provider. Lives inside the asker, who leaves it alone until done is called or
 * the question was cancelled. */
struct aws_credentials_wait {
	LIST_ENTRY(aws_credentials_wait) link; /* the provider's own */
	aws_credentials_fn *done;
	void *arg;
	const struct aws_credentials *refused; /* with refresh: those that failed; NULL: any */
	bool is_refresh;		       /* the provider's own */
};

struct aws_provider;

/* Every provider's struct starts with struct aws_provider. A provider calls w->done as the last
 * thing it does: the asker may close it there. */
struct aws_provider_ops {
	void (*get)(struct aws_provider *p, bool refresh, struct aws_credentials_wait *w);
	void (*cancel)(struct aws_provider *p, struct aws_credentials_wait *w);
	void (*close)(struct aws_provider *p);
};

struct aws_provider {
	const struct aws_provider_ops *ops;
};

/* Calls w->done exactly once, perhaps before the return. refresh: the service has refused the last
 * snapshot, so look again, unless there is a newer one than w->refused by now. */
void aws_provider_get(struct aws_provider *p, bool refresh, struct aws_credentials_wait *w);
/* w->done is not called any more. */
void aws_provider_cancel(struct aws_provider *p, struct aws_credentials_wait *w);
/* No question may be open. NULL is fine. */
void aws_provider_close(struct aws_provider *p);

#endif
