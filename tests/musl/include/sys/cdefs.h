/* SPDX-License-Identifier: BSD-2-Clause
 * musl has no such file, and glibc's, which headers of Debian's libraries include, is for glibc
 * alone. What they want of it is what Alpine's bsd-compat-headers give. */
#ifndef MOORING_TESTS_MUSL_CDEFS_H
#define MOORING_TESTS_MUSL_CDEFS_H

#define __BEGIN_DECLS
#define __END_DECLS
#define __THROW

#endif
