/* SPDX-License-Identifier: BSD-2-Clause */
#include "ops/landlock.h"

#include <fcntl.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* linux/landlock.h of a kernel that is new enough. */
enum { CREATE_VERSION = 1 };
enum { RULE_PATH = 1, RULE_PORT = 2 };

#define FS_EXECUTE     (1ULL << 0)
#define FS_WRITE_FILE  (1ULL << 1)
#define FS_READ_FILE   (1ULL << 2)
#define FS_READ_DIR    (1ULL << 3)
#define FS_REMOVE_DIR  (1ULL << 4)
#define FS_REMOVE_FILE (1ULL << 5)
#define FS_MAKE_CHAR   (1ULL << 6)
#define FS_MAKE_DIR    (1ULL << 7)
#define FS_MAKE_REG    (1ULL << 8)
#define FS_MAKE_SOCK   (1ULL << 9)
#define FS_MAKE_FIFO   (1ULL << 10)
#define FS_MAKE_BLOCK  (1ULL << 11)
#define FS_MAKE_SYM    (1ULL << 12)
#define FS_REFER       (1ULL << 13) /* since version 2 */
#define FS_TRUNCATE    (1ULL << 14) /* since version 3 */
#define NET_CONNECT    (1ULL << 1)  /* since version 4 */

#define FS_OF_FILES (FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE)

struct ruleset_attr {
	uint64_t fs;
	uint64_t net; /* since version 4 */
};

/* The kernel's has no gap between the two. */
struct path_attr {
	uint64_t access;
	int32_t parent;
} __attribute__((packed));

struct port_attr {
	uint64_t access;
	uint64_t port;
};

int landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, CREATE_VERSION);

	return abi > 0 ? (int)abi : 0;
}

/* All rights that the version knows; what it does not know cannot be given up. */
static uint64_t known_rights(int abi)
{
	uint64_t known = FS_REFER - 1;

	if (abi >= 2)
		known |= FS_REFER;
	if (abi >= 3)
		known |= FS_TRUNCATE;
	return known;
}

int landlock_new(int abi, bool ports, int *ret)
{
	const struct ruleset_attr attr = {.fs = known_rights(abi), .net = ports ? NET_CONNECT : 0};
	size_t size = abi >= LANDLOCK_ABI_PORTS ? sizeof(attr) : offsetof(struct ruleset_attr, net);
	long fd = syscall(SYS_landlock_create_ruleset, &attr, size, 0);

	if (fd < 0)
		return ERR_IO;
	*ret = (int)fd;
	return 0;
}

static uint64_t rights_of(int abi, unsigned access, bool is_folder)
{
	uint64_t rights = 0;

	if ((access & LANDLOCK_READ) != 0)
		rights |= FS_READ_FILE | FS_READ_DIR;
	if ((access & LANDLOCK_WRITE) != 0)
		rights |= FS_WRITE_FILE | FS_TRUNCATE | FS_REFER | FS_MAKE_REG | FS_MAKE_DIR |
			  FS_MAKE_SOCK | FS_MAKE_FIFO | FS_MAKE_SYM | FS_REMOVE_FILE |
			  FS_REMOVE_DIR;
	if ((access & LANDLOCK_EXECUTE) != 0)
		rights |= FS_EXECUTE;
	return rights & known_rights(abi) & (is_folder ? UINT64_MAX : FS_OF_FILES);
}

int landlock_allow(int rules, int abi, const char *path, unsigned access)
{
	struct path_attr attr = {.parent = open(path, O_PATH | O_CLOEXEC)};
	struct stat st;
	long r = -1;

	if (attr.parent < 0)
		return 0;
	if (fstat(attr.parent, &st) == 0) {
		attr.access = rights_of(abi, access, S_ISDIR(st.st_mode));
		/* The kernel takes no rule that allows nothing. */
		r = access == 0 ? 0 : syscall(SYS_landlock_add_rule, rules, RULE_PATH, &attr, 0);
	}
	close(attr.parent);
	return r == 0 ? 0 : ERR_IO;
}

int landlock_allow_port(int rules, uint16_t port)
{
	const struct port_attr attr = {.access = NET_CONNECT, .port = port};

	return syscall(SYS_landlock_add_rule, rules, RULE_PORT, &attr, 0) == 0 ? 0 : ERR_IO;
}

/* Without the privileges of root the kernel wants to be sure that no set-user-id program is
 * confused. */
int landlock_enter(int rules)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return ERR_IO;
	return syscall(SYS_landlock_restrict_self, rules, 0) == 0 ? 0 : ERR_IO;
}
