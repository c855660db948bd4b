/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/walls_aws.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "aws/aws_file.h"
#include "aws/env.h"
#include "aws/process_line.h"
#include "aws/profile_load.h"
#include "base/buf.h"
#include "base/str.h"
#include "conf/conf.h"
#include "ops/landlock.h"
#include "ops/walls_places.h"

/* DNS when an answer is too long for UDP, the metadata of EC2 and ECS, AWS itself. */
enum { PORT_DNS = 53, PORT_HTTP = 80, PORT_HTTPS = 443 };

#define WHITE " \t\r"

static void add_program(struct walls_places *p, struct slice line)
{
	struct aws_process_line parsed = {0};

	if (aws_process_line_parse(line, &parsed, NULL) == 0 && parsed.argv[0] != NULL)
		walls_places_follow(p, parsed.argv[0], LANDLOCK_READ | LANDLOCK_EXECUTE);
	aws_process_line_fini(&parsed);
}

/* True when the text names a program. */
static bool add_profiles(struct walls_places *p, struct slice text)
{
	struct slice line, key, value;
	bool runs_program = false, more = true;

	while (more) {
		more = slice_cut(text, '\n', &line, &text);
		if (!slice_cut(line, '=', &key, &value))
			continue;
		value = slice_trim(value, WHITE);
		if (slice_eq_nocase(slice_trim(key, WHITE), "credential_process")) {
			add_program(p, value);
			runs_program = true;
		} else {
			walls_places_add_value(p, value);
		}
	}
	return runs_program;
}

static bool add_file(const char *const *env, enum aws_profile_file which, struct walls_places *p)
{
	char path[AWS_PROFILE_PATH_SIZE];
	bool runs_program = false;
	struct buf text;

	if (aws_profile_find_path(env, which, path) != 0 || path[0] == '\0')
		return false;
	walls_places_follow(p, path, LANDLOCK_READ);
	buf_init(&text, AWS_PROFILE_FILE_MAX);
	if (aws_file_read(path, &text, NULL) == 0)
		runs_program = add_profiles(p, (struct slice){text.data, text.len});
	buf_fini_secret(&text);
	return runs_program;
}

static void add_home(const char *const *env, struct walls_places *p)
{
	struct slice home = aws_env_get(env, "HOME");
	char path[PATH_MAX];

	if (home.len > 0 && str_copy(path, sizeof(path), home) == 0)
		walls_places_add(p, path, LANDLOCK_READ | LANDLOCK_WRITE);
}

/* Those of AWS and its proxies, and of authorities. */
static const char *const variables[] = {"AWS_",	       "SSL_CERT_",  "CURL_CA_",   "HTTPS_PROXY",
					"https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY",
					"all_proxy",   NULL};

bool walls_aws_collect(const struct conf *conf, const char *const *env, struct walls_places *p)
{
	bool runs_program = add_file(env, AWS_FILE_CONFIG, p);
	size_t i;

	runs_program |= add_file(env, AWS_FILE_CREDENTIALS, p);
	walls_places_add_variables(p, env, variables);
	walls_places_add_url(p, slice_of(conf->store.endpoint));
	for (i = 0; i < conf->n_zones; i++)
		walls_places_add_url(p, slice_of(conf->zones[i].endpoint));
	for (i = 0; i < conf->n_notifies; i++)
		walls_places_add_url(p, slice_of(conf->notifies[i].endpoint));
	walls_places_add_port(p, PORT_DNS);
	walls_places_add_port(p, PORT_HTTP);
	walls_places_add_port(p, PORT_HTTPS);
	if (runs_program) {
		walls_places_add_all_ports(p);
		add_home(env, p);
	}
	return runs_program;
}
