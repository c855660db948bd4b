/* SPDX-License-Identifier: BSD-2-Clause
 * Landlock (landlock(7)): a process gives up what it will not need, for itself and what it starts.
 * It binds the calling thread and those that it makes later, so it is for the time when there are
 * no others. Own wrappers: glibc has none, and headers may be older than the kernel. */
#ifndef MOORING_OPS_LANDLOCK_H
#define MOORING_OPS_LANDLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum landlock_access {
	LANDLOCK_READ = 1,  /* files and lists of folders */
	LANDLOCK_WRITE = 2, /* and make, and remove */
	LANDLOCK_EXECUTE = 4,
};

/* From this version on outgoing TCP ports can be given up, too. */
enum { LANDLOCK_ABI_PORTS = 4 };

/* What the kernel knows of it; 0: nothing, or it is not allowed here. */
int landlock_abi(void);

/* A set of rules, by its descriptor. Without a rule nothing is allowed; ports says whether that is
 * so for outgoing TCP, too. ERR_IO. */
int landlock_new(int abi, bool ports, int *ret);
/* Allows access (of enum landlock_access) to a file, or to a folder and all in it. Nothing happens
 * where there is no such file. ERR_IO. */
int landlock_allow(int rules, int abi, const char *path, unsigned access);
int landlock_allow_port(int rules, uint16_t port);
/* Binds this thread by the rules, for good, and forbids it to gain privileges. ERR_IO. */
int landlock_enter(int rules);

#endif
