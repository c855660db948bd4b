/* SPDX-License-Identifier: BSD-2-Clause
 * What compilers that read one file cannot know: these functions explain an error, and return one.
 * Included before every source that is analyzed; where one of them is defined, without its line. */
#include "base/err.h"
#include "conf/loader.h"
#include "store/sqlite_conn.h"
#include "store/sqlite_db.h"

#ifndef ANALYZED_err
#define err_set(ei, code, ...) ((void)err_set(ei, code, __VA_ARGS__), (code))
#endif
#ifndef ANALYZED_loader
#define conf_fail(...) ((void)conf_fail(__VA_ARGS__), ERR_INVAL)
#endif
#ifndef ANALYZED_sqlite_conn
#define sqlite_conn_fail(...) ((void)sqlite_conn_fail(__VA_ARGS__), ERR_IO)
#endif
#ifndef ANALYZED_sqlite_db
#define sqlite_db_fail(...) ((void)sqlite_db_fail(__VA_ARGS__), ERR_IO)
#endif
