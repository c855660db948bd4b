/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/challenge.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"

/* What the authorities and the clients send (RFC 8555, 8.3). */
#define OCTETS "application/octet-stream"

bool challenge_is_token(struct slice s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (!((s.p[i] >= 'A' && s.p[i] <= 'Z') || (s.p[i] >= 'a' && s.p[i] <= 'z') ||
		      (s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '-' || s.p[i] == '_'))
			return false;
	return s.len > 0 && s.len <= CHALLENGE_TOKEN_MAX;
}

/* The folder of the challenges, or -1. */
static int open_folder(const char *webroot)
{
	static const char *const names[] = {".well-known", "acme-challenge"};
	int fd = open(webroot, O_PATH | O_DIRECTORY | O_CLOEXEC), next;
	size_t i;

	for (i = 0; fd >= 0 && i < sizeof(names) / sizeof(names[0]); i++) {
		next = openat(fd, names[i], O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close(fd);
		fd = next;
	}
	return fd;
}

static int read_regular(int fd, char *out, size_t *ret_len)
{
	size_t len = 0;
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > CHALLENGE_BYTES_MAX)
		return ERR_NOTFOUND;
	do {
		n = read(fd, out + len, CHALLENGE_BYTES_MAX - len);
		if (n < 0 && errno != EINTR)
			return ERR_NOTFOUND;
		len += n > 0 ? (size_t)n : 0;
	} while (n != 0 && len < CHALLENGE_BYTES_MAX);
	*ret_len = len;
	return 0;
}

int challenge_read(const char *webroot, struct slice token, char out[CHALLENGE_BYTES_MAX],
		   size_t *ret_len)
{
	char name[CHALLENGE_TOKEN_MAX + 1];
	int folder, fd, err;

	if (!challenge_is_token(token) || str_copy(name, sizeof(name), token) != 0)
		return ERR_NOTFOUND;
	folder = open_folder(webroot);
	if (folder < 0)
		return ERR_NOTFOUND;
	/* O_NONBLOCK: a FIFO in the place of the file is not waited for. */
	fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	close(folder);
	if (fd < 0)
		return ERR_NOTFOUND;
	err = read_regular(fd, out, ret_len);
	close(fd);
	return err;
}

enum MHD_Result challenge_respond(const char *webroot, struct slice token, enum method method,
				  const struct responses *rs, struct MHD_Connection *c, bool keep)
{
	char text[CHALLENGE_BYTES_MAX];
	size_t len = 0;

	if (method != METHOD_GET && method != METHOD_HEAD)
		return respond_fixed(rs, c, FIXED_METHOD, keep);
	if (challenge_read(webroot, token, text, &len) != 0)
		return respond_fixed(rs, c, FIXED_NOT_FOUND, keep);
	log_info("an ACME challenge was answered");
	return respond_text(c, MHD_HTTP_OK, OCTETS, (struct slice){.p = text, .len = len}, keep);
}
