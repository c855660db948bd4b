/* SPDX-License-Identifier: BSD-2-Clause
 * Values of net/ from their text. A text that is none fails the running test. */
#ifndef MOORING_TESTS_KIT_VALUES_H
#define MOORING_TESTS_KIT_VALUES_H

#include "net/addr.h"
#include "net/fqdn.h"
#include "net/interface_id.h"

struct fqdn value_name(const char *text);
/* "": no address. */
struct addr value_addr(const char *text);
/* By inet_pton(3): addr_parse() turns the mapped block into IPv4. */
struct addr value_addr_by_libc(const char *text);
struct interface_id value_interface_id(const char *text);
/* NULL: without an address of that family. */
struct addr_pair value_pair(const char *v4, const char *v6);

#endif
