/* SPDX-License-Identifier: BSD-2-Clause
 * Of the libraries that run; static. Any thread. */
#ifndef MOORING_AWS_AWS_VERSIONS_H
#define MOORING_AWS_AWS_VERSIONS_H

const char *aws_curl_version(void);
const char *aws_openssl_version(void);

#endif
