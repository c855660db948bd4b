/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/links.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/str.h"

enum { LINKS_MAX = 40 }; /* as the kernel's own limit, path_resolution(7) */

struct walk {
	char done[PATH_MAX]; /* what was walked: absolute, without links; "" is the root */
	char left[PATH_MAX]; /* the rest of the way */
	unsigned n_links;
};

/* Takes the next name off what is left. False when nothing is. */
static bool next_name(struct walk *w, char name[NAME_MAX + 1])
{
	char *rest = w->left + strspn(w->left, "/");
	size_t len = strcspn(rest, "/");

	if (len == 0 || len > NAME_MAX)
		return false;
	memcpy(name, rest, len);
	name[len] = '\0';
	memmove(w->left, rest + len, strlen(rest + len) + 1);
	return true;
}

static void go_up(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash != NULL)
		*slash = '\0';
}

/* Appends "/name". */
static bool go_down(char path[PATH_MAX], const char *name)
{
	size_t len = strlen(path);

	return snprintf(path + len, PATH_MAX - len, "/%s", name) < (int)(PATH_MAX - len);
}

static bool is_relative(const char *target)
{
	return target[0] != '/';
}

/* The target of a link takes the link's place in the way. Its folder is told: that is where the
 * next target lies. */
static bool turn(struct walk *w, const char *target, links_folder_fn *tell, void *arg)
{
	char joined[2 * PATH_MAX], folder[2 * PATH_MAX];

	go_up(w->done);
	if (!is_relative(target))
		w->done[0] = '\0';
	snprintf(folder, sizeof(folder), "%s%s%s", w->done, is_relative(target) ? "/" : "", target);
	go_up(folder);
	if (folder[strspn(folder, "/")] != '\0')
		tell(arg, folder);
	snprintf(joined, sizeof(joined), "%s/%s", target, w->left);
	return str_copy(w->left, sizeof(w->left), slice_of(joined)) == 0 &&
	       ++w->n_links <= LINKS_MAX;
}

static bool step(struct walk *w, const char *name, links_folder_fn *tell, void *arg)
{
	char target[PATH_MAX];
	ssize_t len;

	if (strcmp(name, ".") == 0)
		return true;
	if (strcmp(name, "..") == 0) {
		go_up(w->done);
		return true;
	}
	if (!go_down(w->done, name))
		return false;
	len = readlink(w->done, target, sizeof(target) - 1);
	if (len < 0)
		return true; /* no link, or not there */
	target[len] = '\0';
	return turn(w, target, tell, arg);
}

void links_follow(const char *path, links_folder_fn *tell, void *arg)
{
	struct walk w = {.n_links = 0};
	char folder[PATH_MAX], name[NAME_MAX + 1];
	bool goes_on = true;

	if (path[0] != '/' || str_copy(w.left, sizeof(w.left), slice_of(path)) != 0 ||
	    str_copy(folder, sizeof(folder), slice_of(path)) != 0)
		return;
	go_up(folder);
	if (folder[0] != '\0')
		tell(arg, folder);
	while (goes_on && next_name(&w, name))
		goes_on = step(&w, name, tell, arg);
}
