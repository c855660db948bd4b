/* SPDX-License-Identifier: BSD-2-Clause
 * The CRC-32 of x-amz-crc32 (ISO 3309, as in gzip). Pure; any thread. */
#ifndef MOORING_AWS_CRC32_H
#define MOORING_AWS_CRC32_H

#include <stdint.h>

#include "base/str.h"

uint32_t aws_crc32(struct slice data);

#endif
