/* SPDX-License-Identifier: BSD-2-Clause
 * What "mooringctl doctor" says of certificates, and of addresses for old routers. */
#ifndef MOORING_CTL_DOCTOR_TLS_H
#define MOORING_CTL_DOCTOR_TLS_H

struct doctor;

/* Nothing where all is well, as with the configuration's other files, or where there is no HTTPS.
 */
void doctor_check_tls(struct doctor *d);

#endif
