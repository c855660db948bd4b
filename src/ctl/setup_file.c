/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/setup_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/str.h"
#include "conf/load.h"
#include "ctl/file.h"
#include "ctl/interrupt.h"
#include "ops/backends.h"

enum { NEW_MODE = 0644, FOLDER_MODE = 0755 }; /* the daemon's user reads it; no key is a secret */
enum { DESCRIPTOR_PATH_MAX = 32, KEPT_IN_ONE_SECOND_MAX = 100 };

struct placing {
	const char *path; /* where a link led, if there is one */
	char made[PATH_MAX];
	int fd;
	bool is_there;
	struct stat there;     /* then */
	char folder[PATH_MAX]; /* which was made here; "" */
};

static int write_text_to(int fd, const char *name, const struct buf *text, struct errinfo *ei)
{
	const char *p = buf_str(text);
	size_t left = text->len;

	while (left > 0) {
		ssize_t n = write(fd, p, left);

		if (n < 0 && errno != EINTR)
			return err_set(ei, ERR_IO, "cannot write %s: %s", name, strerror(errno));
		p += n > 0 ? n : 0;
		left -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* The sentence without the name of a file that nobody will find. */
static int load_from(const char *name, struct conf **ret, struct errinfo *ei)
{
	static const char *const nothing[] = {NULL};
	struct errinfo why = ERRINFO_INIT;
	struct conf *conf = NULL;
	const char *sentence = why.text;
	int err = conf_load(name, nothing, &conf, &why);

	if (err == 0)
		err = backends_check(conf, &why);
	if (err == 0) {
		*ret = conf;
		return 0;
	}
	conf_free(conf);
	if (strncmp(sentence, name, strlen(name)) == 0)
		sentence += strlen(name) + strspn(sentence + strlen(name), ":0123456789 ");
	return err_set(ei, err, "the answers do not go together: %s", sentence);
}

int setup_file_try(const struct buf *text, struct conf **ret, struct errinfo *ei)
{
	char name[DESCRIPTOR_PATH_MAX];
	int fd = memfd_create("mooring.conf", MFD_CLOEXEC), err;

	if (fd < 0)
		return err_set(ei, ERR_IO, "no memory for the configuration: %s", strerror(errno));
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	err = write_text_to(fd, name, text, ei);
	if (err == 0)
		err = load_from(name, ret, ei);
	close(fd);
	return err;
}

/* /etc/mooring is nobody's before the first configuration. The daemon's user has to reach what is
 * in it, whatever the umask of who runs this. */
static int make_missing_folder(struct placing *p, struct errinfo *ei)
{
	char folder[PATH_MAX];
	int err = file_folder(p->path, folder, ei);

	if (err != 0 || mkdir(folder, FOLDER_MODE) != 0)
		return err;
	if (chmod(folder, FOLDER_MODE) != 0)
		return err_set(ei, ERR_IO, "cannot make %s: %s", folder, strerror(errno));
	return str_copy(p->folder, sizeof(p->folder), slice_of(folder));
}

static int make_beside(struct placing *p, struct errinfo *ei)
{
	int n = snprintf(p->made, sizeof(p->made), "%s.setup-XXXXXX", p->path);

	if (n < 0 || (size_t)n >= sizeof(p->made)) {
		p->made[0] = '\0';
		return err_set(ei, ERR_LIMIT, "the path is too long: %s", p->path);
	}
	p->fd = mkostemp(p->made, O_CLOEXEC);
	if (p->fd >= 0)
		return 0;
	p->made[0] = '\0';
	return err_set(ei, errno == EACCES ? ERR_DENIED : ERR_IO, "cannot write %s: %s", p->path,
		       strerror(errno));
}

/* As what it replaces: with another owner the daemon might not be able to read it. */
static int set_rights(const struct placing *p, struct errinfo *ei)
{
	mode_t mode = p->is_there ? p->there.st_mode & 07777 : NEW_MODE;

	if (p->is_there && (p->there.st_uid != geteuid() || p->there.st_gid != getegid()) &&
	    fchown(p->fd, p->there.st_uid, p->there.st_gid) != 0)
		return err_set(ei, ERR_DENIED, "cannot give %s the owner that it had: %s", p->path,
			       strerror(errno));
	if (fchmod(p->fd, mode) != 0 || fsync(p->fd) != 0)
		return err_set(ei, ERR_IO, "cannot write %s: %s", p->path, strerror(errno));
	return 0;
}

/* The i-th name in that second. */
static int keep_as(const struct placing *p, const char *when, int i, char kept[PATH_MAX],
		   struct errinfo *ei)
{
	char number[16] = "";
	int n;

	if (i > 1)
		snprintf(number, sizeof(number), "-%d", i);
	n = snprintf(kept, PATH_MAX, "%s.before-setup-%s%s", p->path, when, number);
	if (n < 0 || n >= PATH_MAX)
		return err_set(ei, ERR_LIMIT, "the path is too long: %s", p->path);
	if (link(p->path, kept) == 0)
		return 0;
	if (errno == EEXIST && i < KEPT_IN_ONE_SECOND_MAX)
		return ERR_EXISTS;
	return err_set(ei, ERR_IO, "cannot keep what is there as %s: %s", kept, strerror(errno));
}

static int keep_old(const struct placing *p, int64_t now_s, char kept[PATH_MAX], struct errinfo *ei)
{
	time_t now = (time_t)now_s;
	int i, err = ERR_EXISTS;
	char when[32];
	struct tm tm;

	if (gmtime_r(&now, &tm) == NULL || strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", &tm) == 0)
		return err_set(ei, ERR_IO, "the clock tells no time");
	for (i = 1; err == ERR_EXISTS; i++)
		err = keep_as(p, when, i, kept, ei);
	if (err != 0)
		kept[0] = '\0';
	return err;
}

/* Only rename(2) replaces, and only link(2) does not. */
static int take_place(struct placing *p, int64_t now_s, char kept[PATH_MAX], struct errinfo *ei)
{
	int err = p->is_there ? keep_old(p, now_s, kept, ei) : 0;

	if (err != 0)
		return err;
	if (p->is_there ? rename(p->made, p->path) == 0 : link(p->made, p->path) == 0) {
		if (p->is_there)
			p->made[0] = '\0';
		return file_sync_entry(p->path, ei);
	}
	if (errno == EEXIST)
		return err_set(ei, ERR_EXISTS, "%s is there by now", p->path);
	return err_set(ei, ERR_IO, "cannot write %s: %s", p->path, strerror(errno));
}

static int check_there(struct placing *p, bool may_replace, struct errinfo *ei)
{
	struct stat link;

	p->is_there = stat(p->path, &p->there) == 0;
	if (!p->is_there && errno != ENOENT)
		return err_set(ei, errno == EACCES ? ERR_DENIED : ERR_IO, "%s: %s", p->path,
			       strerror(errno));
	if (!p->is_there && lstat(p->path, &link) == 0)
		return err_set(ei, ERR_EXISTS, "%s is a link that leads nowhere", p->path);
	if (p->is_there && !may_replace)
		return err_set(ei, ERR_EXISTS,
			       "%s is there already: --replace writes another one and keeps it, "
			       "--dry-run only shows that one",
			       p->path);
	if (p->is_there && !S_ISREG(p->there.st_mode))
		return err_set(ei, ERR_EXISTS, "%s is no file", p->path);
	return 0;
}

/* The folder, or the one in which it will be made. */
static int check_folder(const char *path, struct errinfo *ei)
{
	char folder[PATH_MAX], above[PATH_MAX];
	int err = file_folder(path, folder, ei);

	if (err == 0)
		err = file_folder(folder, above, ei);
	if (err != 0 || access(folder, W_OK) == 0 || (errno == ENOENT && access(above, W_OK) == 0))
		return err;
	return err_set(ei, errno == EACCES ? ERR_DENIED : ERR_IO,
		       "%s cannot be written by this user: %s", path, strerror(errno));
}

int setup_file_check(const char *path, bool may_replace, struct errinfo *ei)
{
	char *target = realpath(path, NULL);
	struct placing p = {.path = target != NULL ? target : path, .fd = -1};
	int err = check_there(&p, may_replace, ei);

	if (err == 0)
		err = check_folder(p.path, ei);
	free(target);
	return err;
}

static int write_beside(struct placing *p, const struct buf *text, struct conf **ret,
			struct errinfo *ei)
{
	int err = make_missing_folder(p, ei);

	if (err == 0)
		err = make_beside(p, ei);
	if (err == 0)
		err = write_text_to(p->fd, p->path, text, ei);
	if (err == 0)
		err = set_rights(p, ei);
	if (err == 0)
		err = load_from(p->made, ret, ei);
	return err == 0 ? interrupt_check(ei) : err;
}

int setup_file_write(const char *path, const struct buf *text, bool may_replace, int64_t now_s,
		     char kept[PATH_MAX], struct conf **ret, struct errinfo *ei)
{
	char *target = realpath(path, NULL);
	struct placing p = {.path = target != NULL ? target : path, .fd = -1};
	struct conf *conf = NULL;
	int err = check_there(&p, may_replace, ei);

	kept[0] = '\0';
	if (err == 0)
		err = write_beside(&p, text, &conf, ei);
	if (err == 0)
		err = take_place(&p, now_s, kept, ei);
	if (p.fd >= 0)
		close(p.fd);
	if (p.made[0] != '\0')
		unlink(p.made);
	if (err != 0 && p.folder[0] != '\0')
		rmdir(p.folder);
	if (err == 0)
		*ret = conf;
	else
		conf_free(conf);
	free(target);
	return err;
}
