/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/walls_places.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ops/landlock.h"
#include "ops/links.h"

/* Certificates have 17 pairs in each of 17 sets, with a few links each. */
enum { PLACES_MAX = 4096, PORTS_MAX = 64 };

struct place {
	char *path;
	unsigned access;
};

struct walls_places {
	size_t n;
	struct place at[PLACES_MAX];
	size_t n_ports;
	uint16_t ports[PORTS_MAX];
	bool all_ports;
	int err;
};

int walls_places_new(struct walls_places **ret)
{
	struct walls_places *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return ERR_NOMEM;
	*ret = p;
	return 0;
}

void walls_places_free(struct walls_places *p)
{
	size_t i;

	for (i = 0; p != NULL && i < p->n; i++)
		free(p->at[i].path);
	free(p);
}

void walls_places_add(struct walls_places *p, const char *path, unsigned access)
{
	char *copy;
	size_t i;

	if (path[0] != '/' || path[strspn(path, "/")] == '\0' || p->err != 0)
		return;
	for (i = 0; i < p->n; i++) {
		if (strcmp(p->at[i].path, path) != 0)
			continue;
		p->at[i].access |= access;
		return;
	}
	copy = p->n < PLACES_MAX ? strdup(path) : NULL;
	if (copy == NULL) {
		p->err = p->n < PLACES_MAX ? ERR_NOMEM : ERR_LIMIT;
		return;
	}
	p->at[p->n++] = (struct place){.path = copy, .access = access};
}

struct following {
	struct walls_places *places;
	unsigned access;
};

static void on_folder(void *arg, const char *folder)
{
	struct following *f = arg;

	walls_places_add(f->places, folder, f->access);
}

void walls_places_follow(struct walls_places *p, const char *path, unsigned access)
{
	struct following f = {p, access};
	char here[PATH_MAX], whole[2 * PATH_MAX];

	if (path[0] == '/') {
		links_follow(path, on_folder, &f);
	} else if (getcwd(here, sizeof(here)) != NULL) {
		snprintf(whole, sizeof(whole), "%s/%s", here, path);
		links_follow(whole, on_folder, &f);
	}
}

void walls_places_add_port(struct walls_places *p, uint16_t port)
{
	size_t i;

	for (i = 0; i < p->n_ports && p->ports[i] != port; i++)
		;
	if (i < p->n_ports)
		return;
	if (p->n_ports == PORTS_MAX)
		p->all_ports = true;
	else
		p->ports[p->n_ports++] = port;
}

void walls_places_add_all_ports(struct walls_places *p)
{
	p->all_ports = true;
}

void walls_places_add_url(struct walls_places *p, struct slice url)
{
	struct slice scheme, host, port, rest;
	uint64_t n;

	if (!slice_cut(url, ':', &scheme, &rest) || rest.len < 2 || memcmp(rest.p, "//", 2) != 0)
		return;
	host = (struct slice){rest.p + 2, rest.len - 2};
	slice_cut(host, '/', &host, &rest);
	slice_cut(host, '?', &host, &rest);
	while (slice_cut(host, ':', &rest, &port))
		host = port;
	if (str_parse_uint(host, UINT16_MAX, &n) == 0)
		walls_places_add_port(p, (uint16_t)n);
}

void walls_places_add_value(struct walls_places *p, struct slice value)
{
	char path[PATH_MAX];

	if (value.len == 0)
		return;
	if (value.p[0] != '/') {
		walls_places_add_url(p, value);
	} else if (str_copy(path, sizeof(path), value) == 0) {
		walls_places_add(p, path, LANDLOCK_READ);
		walls_places_follow(p, path, LANDLOCK_READ);
	}
}

void walls_places_add_variables(struct walls_places *p, const char *const *env,
				const char *const *begins)
{
	const char *const *begin;
	struct slice name, value;

	for (; *env != NULL; env++)
		for (begin = begins; *begin != NULL; begin++)
			if (strncmp(*env, *begin, strlen(*begin)) == 0 &&
			    slice_cut(slice_of(*env), '=', &name, &value))
				walls_places_add_value(p, value);
}

int walls_places_error(const struct walls_places *p)
{
	return p->err;
}

bool walls_places_have(const struct walls_places *p, const char *real_path)
{
	char real[PATH_MAX];
	size_t i, len;

	for (i = 0; i < p->n; i++) {
		if ((p->at[i].access & LANDLOCK_READ) == 0 || realpath(p->at[i].path, real) == NULL)
			continue;
		len = strlen(real);
		if (strncmp(real_path, real, len) == 0 &&
		    (real_path[len] == '/' || real_path[len] == '\0'))
			return true;
	}
	return false;
}

bool walls_places_limit_ports(const struct walls_places *p, int abi)
{
	return abi >= LANDLOCK_ABI_PORTS && !p->all_ports;
}

int walls_places_apply(const struct walls_places *p, int rules, int abi)
{
	int err = 0;
	size_t i;

	for (i = 0; err == 0 && i < p->n; i++)
		err = landlock_allow(rules, abi, p->at[i].path, p->at[i].access);
	if (!walls_places_limit_ports(p, abi))
		return err;
	for (i = 0; err == 0 && i < p->n_ports; i++)
		err = landlock_allow_port(rules, p->ports[i]);
	return err;
}
