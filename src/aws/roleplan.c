/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/roleplan.h"

#include <string.h>

enum { SHOWN_SIZE = 100, SESSION_NAME_MIN = 2, SESSION_NAME_MAX = 64 };

struct walk {
	const struct aws_profiles *profiles;
	struct aws_roleplan *plan;
	struct errinfo *ei;
	struct slice names[AWS_ROLES_MAX]; /* profiles whose roles are in the plan, newest last */
	struct slice name;		   /* of the profile looked at */
	char shown[SHOWN_SIZE];
};

static struct slice get(const struct walk *w, const char *key)
{
	return aws_profiles_get(w->profiles, AWS_SECTION_PROFILE, w->name, key);
}

static bool has(const struct walk *w, const char *key)
{
	return get(w, key).len > 0;
}

static bool same(struct slice a, struct slice b)
{
	return a.len == b.len && memcmp(a.p, b.p, a.len) == 0;
}

bool aws_role_is_session_name(struct slice name)
{
	size_t i;

	for (i = 0; i < name.len; i++) {
		char c = str_lower(name.p[i]);

		if ((c < 'a' || c > 'z') && (c < '0' || c > '9') &&
		    (c == '\0' || strchr("_+=,.@-", c) == NULL))
			return false;
	}
	return name.len >= SESSION_NAME_MIN && name.len <= SESSION_NAME_MAX;
}

/* Ways to credentials that begin in a browser. The command line, which knows them, prefers them to
 * a credential_process of the same profile; we do not, so one line is enough. */
static int refuse_unsupported(const struct walk *w)
{
	static const char *const keys[] = {"sso_session", "sso_start_url", "login_session"};
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (has(w, keys[i]))
			return err_set(w->ei, ERR_UNAVAILABLE,
				       "AWS profile %s uses %s, which is not supported here: add "
				       "the line \"credential_process = /usr/local/bin/aws "
				       "configure export-credentials --profile %s\" to it",
				       w->shown, keys[i], w->shown);
	return 0;
}

/* Nobody is there who could type the code. */
static int refuse_mfa(const struct walk *w)
{
	if (!has(w, "mfa_serial"))
		return 0;
	return err_set(w->ei, ERR_UNAVAILABLE,
		       "AWS profile %s uses mfa_serial, which is not supported here: give it "
		       "aws_access_key_id and aws_secret_access_key, or a role without",
		       w->shown);
}

static int take_process(struct walk *w)
{
	w->plan->base = AWS_BASE_PROCESS;
	w->plan->process = get(w, "credential_process");
	w->plan->profile = w->name;
	return 0;
}

static int take_keys(struct walk *w)
{
	struct aws_roleplan *p = w->plan;
	static const char prefix[] = "profile ";

	p->base = AWS_BASE_KEYS;
	p->key_id = get(w, "aws_access_key_id");
	p->secret = get(w, "aws_secret_access_key");
	p->session_token = get(w, "aws_session_token");
	memcpy(p->origin, prefix, sizeof(prefix));
	str_copy(p->origin + sizeof(prefix) - 1, sizeof(p->origin) - sizeof(prefix) + 1,
		 slice_of(w->shown));
	if (p->key_id.len > 0 && p->secret.len > 0)
		return 0;
	return err_set(w->ei, ERR_UNAVAILABLE, "AWS %s has an AWS %s without its %s", p->origin,
		       p->key_id.len == 0 ? "secret key" : "access key id",
		       p->key_id.len == 0 ? "access key id" : "secret key");
}

static int take_duration(const struct walk *w, struct aws_role *role)
{
	struct slice text = get(w, "duration_seconds");
	uint64_t n = 0;

	if (text.len == 0)
		return 0;
	if (str_parse_uint(text, AWS_ROLE_DURATION_MAX_S, &n) != 0 || n < AWS_ROLE_DURATION_MIN_S)
		return err_set(w->ei, ERR_UNAVAILABLE,
			       "AWS profile %s: duration_seconds must be a number from %d to %d",
			       w->shown, AWS_ROLE_DURATION_MIN_S, AWS_ROLE_DURATION_MAX_S);
	role->duration_s = (unsigned)n;
	return 0;
}

static int take_role(struct walk *w)
{
	struct aws_roleplan *p = w->plan;
	struct aws_role role = {
		.arn = get(w, "role_arn"),
		.session_name = get(w, "role_session_name"),
		.external_id = get(w, "external_id"),
	};

	if (p->n_roles == AWS_ROLES_MAX)
		return err_set(w->ei, ERR_UNAVAILABLE,
			       "AWS profile %s: more than %d roles one after the other", w->shown,
			       AWS_ROLES_MAX);
	if (role.session_name.len > 0 && !aws_role_is_session_name(role.session_name))
		return err_set(w->ei, ERR_UNAVAILABLE,
			       "AWS profile %s: role_session_name must be 2 to 64 letters, digits "
			       "or characters of _+=,.@-",
			       w->shown);
	w->names[p->n_roles] = w->name;
	p->roles[p->n_roles++] = role;
	return take_duration(w, &p->roles[p->n_roles - 1]);
}

static int take_credential_source(struct walk *w)
{
	static const struct {
		const char *name;
		enum aws_role_base base;
	} sources[] = {
		{"Environment", AWS_BASE_ENVIRONMENT},
		{"Ec2InstanceMetadata", AWS_BASE_IMDS},
		{"EcsContainer", AWS_BASE_CONTAINER},
	};
	struct slice source = get(w, "credential_source");
	size_t i;

	for (i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		if (!slice_eq(source, sources[i].name))
			continue;
		w->plan->base = sources[i].base;
		return 0;
	}
	return err_set(w->ei, ERR_UNAVAILABLE,
		       "AWS profile %s: credential_source must be Environment, "
		       "Ec2InstanceMetadata or EcsContainer",
		       w->shown);
}

static void look_at(struct walk *w, struct slice name)
{
	w->name = name;
	str_printable(w->shown, sizeof(w->shown), name);
}

/* A profile may name itself as its source: its own keys then assume its role. Any other profile
 * that is met twice is a loop. */
static int step_to_source(struct walk *w, bool *ret_is_self)
{
	struct slice from = w->name, to = get(w, "source_profile");
	char shown_from[SHOWN_SIZE];
	size_t i;

	memcpy(shown_from, w->shown, sizeof(shown_from));
	*ret_is_self = same(from, to);
	look_at(w, to);
	for (i = 0; i < w->plan->n_roles && !*ret_is_self; i++)
		if (same(w->names[i], to))
			return err_set(w->ei, ERR_UNAVAILABLE,
				       "AWS profiles form an endless loop: %s leads back to %s",
				       shown_from, w->shown);
	if (!aws_profiles_has(w->profiles, AWS_SECTION_PROFILE, to))
		return err_set(w->ei, ERR_UNAVAILABLE,
			       "AWS profile %s names source_profile %s, which is in no file",
			       shown_from, w->shown);
	return 0;
}

static bool has_keys(const struct walk *w)
{
	return has(w, "aws_access_key_id") || has(w, "aws_secret_access_key");
}

/* What the profile itself has to begin with. */
static bool has_base(const struct walk *w)
{
	return has_keys(w) || has(w, "credential_process");
}

static int take_base(struct walk *w)
{
	return !has_keys(w) && has(w, "credential_process") ? take_process(w) : take_keys(w);
}

/* The profile that the walk ends at, without a role of its own to assume. */
static int take_end(struct walk *w, bool is_source)
{
	int err = refuse_mfa(w);

	if (err == 0 && !has(w, "credential_process"))
		err = refuse_unsupported(w);
	if (err != 0)
		return err;
	if (has_base(w))
		return take_base(w);
	if (has(w, "web_identity_token_file"))
		return err_set(w->ei, ERR_UNAVAILABLE,
			       "AWS profile %s has web_identity_token_file without role_arn",
			       w->shown);
	if (!is_source)
		return ERR_NOTFOUND;
	return err_set(w->ei, ERR_UNAVAILABLE, "AWS profile %s has no credentials", w->shown);
}

/* One profile with role_arn. *ret_done: the plan begins here. */
static int take_role_profile(struct walk *w, bool *ret_done)
{
	bool is_self, has_source = has(w, "source_profile");
	int err = refuse_mfa(w);

	if (err == 0)
		err = refuse_unsupported(w);
	if (err == 0)
		err = take_role(w);
	if (err != 0)
		return err;
	*ret_done = true;
	if (has(w, "web_identity_token_file")) {
		w->plan->base = AWS_BASE_WEB_IDENTITY;
		w->plan->token_file = get(w, "web_identity_token_file");
		return 0;
	}
	if (has_source && has(w, "credential_source"))
		return err_set(w->ei, ERR_UNAVAILABLE,
			       "AWS profile %s has both source_profile and credential_source",
			       w->shown);
	if (has(w, "credential_source"))
		return take_credential_source(w);
	if (!has_source)
		return err_set(w->ei, ERR_UNAVAILABLE,
			       "AWS profile %s has role_arn without source_profile, "
			       "credential_source or web_identity_token_file",
			       w->shown);
	err = step_to_source(w, &is_self);
	if (err != 0 || is_self)
		return err != 0 ? err : take_base(w);
	*ret_done = false;
	return 0;
}

/* The walk has met the roles from the last to the first. */
static void turn_round(struct aws_roleplan *p)
{
	size_t i;

	for (i = 0; i < p->n_roles / 2; i++) {
		struct aws_role role = p->roles[i];

		p->roles[i] = p->roles[p->n_roles - 1 - i];
		p->roles[p->n_roles - 1 - i] = role;
	}
}

int aws_roleplan_make(const struct aws_profiles *profiles, struct slice name,
		      struct aws_roleplan *ret, struct errinfo *ei)
{
	struct aws_roleplan plan = {0};
	struct walk w = {.profiles = profiles, .plan = &plan, .ei = ei};
	bool is_done = false;
	int err = 0;

	look_at(&w, name);
	while (err == 0 && !is_done) {
		bool is_source = plan.n_roles > 0;

		/* The keys of a source end the walk; those of the first profile do not. */
		if (!has(&w, "role_arn") || (is_source && has_keys(&w))) {
			err = take_end(&w, is_source);
			is_done = true;
		} else {
			err = take_role_profile(&w, &is_done);
		}
	}
	if (err != 0)
		return err;
	turn_round(&plan);
	*ret = plan;
	return 0;
}
