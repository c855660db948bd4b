/* SPDX-License-Identifier: BSD-2-Clause
 * Makes calls of our own code fail. tests/torture/ranlib renames each call of libmooring.a that
 * stands below, `open` say, to `torture_open`; that of the tests, of libraries and of the
 * sanitizers stay. Without TORTURE_STATE every call goes on to the real one.
 *
 * TORTURE_STATE names a file that state.py maps, too: which call is to fail, how many there were,
 * and from where. A process that forks test cases (libcheck's CK_FORK=yes) has a slot for each of
 * them, in the order in which they begin; slot 0 is that of the process itself, and all that a
 * daemon uses.
 *
 * Left out is what cannot fail (uv_timer_start), what may not by design (getrandom, without which
 * base/rand.c ends the program), and what tells of the failure by a second call that would not know
 * of it (fread and ferror, json_loadb and its reason). */
#include <crypt.h>
#include <curl/curl.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <idn2.h>
#include <jansson.h>
#include <ldns/ldns.h>
#include <locale.h>
#include <microhttpd.h>
#include <netdb.h>
#include <openssl/evp.h>
#include <poll.h>
#include <pthread.h>
#include <spawn.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>
#include <uv.h>
#include <expat.h>

/* A macro that checks types. */
#undef curl_easy_setopt

/* The layout that state.py knows. */
enum { SLOTS = 4096, RECORDS = 1 << 20 };
/* Values of fail_at that are no number of a call. */
enum { COUNT = 0, OFF = UINT32_MAX, SKIP = UINT32_MAX - 1 };

struct slot {
	_Atomic uint32_t fail_at;
	_Atomic uint32_t calls;
	_Atomic uint32_t pid;
	_Atomic uint32_t failed;
};

/* Places are offsets in the program: of the call, and of the call of its function. */
struct record {
	uint32_t slot, call, place, outer;
};

struct state {
	_Atomic uint32_t forks, records, unused[2];
	struct slot slots[SLOTS];
	struct record record[RECORDS];
};

extern const char __executable_start[], etext[];

static struct state *state;
static struct slot *slot;
static bool is_root;

/* libcheck's, where there is one: it wants to be told at least where a case was. */
extern void tcase_fn_start(const char *name, const char *file, int line) __attribute__((weak));

static void pass_over(void)
{
	if (tcase_fn_start != NULL)
		tcase_fn_start("", __FILE__, __LINE__);
	_exit(0);
}

/* In a test case that has just been forked. */
static void enter_case(void)
{
	uint32_t i;

	if (!is_root)
		return;
	is_root = false;
	i = atomic_fetch_add(&state->forks, 1) + 1;
	if (i >= SLOTS)
		abort();
	slot = &state->slots[i];
	atomic_store(&slot->pid, (uint32_t)getpid());
	if (atomic_load(&slot->fail_at) == SKIP)
		pass_over();
}

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("TORTURE_STATE");
	int fd;

	if (path == NULL)
		return;
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		abort();
	state = mmap(NULL, sizeof(*state), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (state == MAP_FAILED)
		abort();
	close(fd);
	is_root = true;
	slot = &state->slots[0];
	atomic_store(&slot->pid, (uint32_t)getpid());
	pthread_atfork(NULL, NULL, enter_case);
}

/* GnuTLS takes memory through base/wiping.c, and neither it nor GMP get over a failure. */
static bool is_gnutls(const void *place)
{
	Dl_info info;

	return dladdr(place, &info) != 0 && strstr(info.dli_fname, "libgnutls") != NULL;
}

static uint32_t offset(const void *place)
{
	const char *p = place;

	return p >= __executable_start && p < etext ? (uint32_t)(p - __executable_start) : 0;
}

/* Where the function was called in which place stands. Ours has a frame pointer:
 * --enable-sanitizers compiles that way. A library that we give malloc to (jansson) need not have
 * one. */
static const void *caller(const void *place, const void *const *frame)
{
	const void *const *const above = frame[0];

	return offset(place) != 0 ? above[1] : NULL;
}

static bool fails(const void *place, const void *const *frame)
{
	const void *outer;
	uint32_t at, call, i;

	if (state == NULL)
		return false;
	outer = caller(place, frame);
	at = atomic_load(&slot->fail_at);
	if (at == OFF || at == SKIP ||
	    (offset(outer) == 0 && is_gnutls(outer != NULL ? outer : place)))
		return false;
	call = atomic_fetch_add(&slot->calls, 1) + 1;
	i = atomic_load(&state->records) < RECORDS ? atomic_fetch_add(&state->records, 1) : RECORDS;
	if (i < RECORDS)
		state->record[i] = (struct record){(uint32_t)(slot - state->slots), call,
						   offset(place), offset(outer)};
	if (call != at)
		return false;
	atomic_store(&slot->failed, offset(place));
	return true;
}

#define FAILS fails(__builtin_return_address(0), __builtin_frame_address(0))

/* NAME(arguments) of TYPE returns FAILURE when it fails, after THEN. */
#define CALL(type, name, failure, then, parameters, arguments)                                     \
	type torture_##name parameters;                                                            \
	type torture_##name parameters                                                             \
	{                                                                                          \
		if (!FAILS)                                                                        \
			return name arguments;                                                     \
		then;                                                                              \
		return failure;                                                                    \
	}
#define ERRNO(name, error, parameters, arguments)                                                  \
	CALL(int, name, -1, errno = error, parameters, arguments)
#define SIZE(name, error, parameters, arguments)                                                   \
	CALL(ssize_t, name, -1, errno = error, parameters, arguments)
#define POINTER(type, name, error, parameters, arguments)                                          \
	CALL(type, name, NULL, errno = error, parameters, arguments)

/* Memory. */
POINTER(void *, malloc, ENOMEM, (size_t size), (size))
POINTER(void *, calloc, ENOMEM, (size_t n, size_t size), (n, size))
POINTER(void *, realloc, ENOMEM, (void *p, size_t size), (p, size))
POINTER(void *, reallocarray, ENOMEM, (void *p, size_t n, size_t size), (p, n, size))
POINTER(char *, strdup, ENOMEM, (const char *s), (s))
POINTER(char *, strndup, ENOMEM, (const char *s, size_t n), (s, n))
POINTER(locale_t, newlocale, ENOMEM, (int mask, const char *name, locale_t base),
	(mask, name, base))

/* Files. */
int torture_open(const char *path, int flags, ...);
int torture_open(const char *path, int flags, ...)
{
	va_list list;
	mode_t mode = 0;

	va_start(list, flags);
	if ((flags & (O_CREAT | O_TMPFILE)) != 0)
		mode = va_arg(list, mode_t);
	va_end(list);
	if (!FAILS)
		return open(path, flags, mode);
	errno = EMFILE;
	return -1;
}

int torture_openat(int at, const char *path, int flags, ...);
int torture_openat(int at, const char *path, int flags, ...)
{
	va_list list;
	mode_t mode = 0;

	va_start(list, flags);
	if ((flags & (O_CREAT | O_TMPFILE)) != 0)
		mode = va_arg(list, mode_t);
	va_end(list);
	if (!FAILS)
		return openat(at, path, flags, mode);
	errno = EMFILE;
	return -1;
}

int torture_fcntl(int fd, int command, ...);
int torture_fcntl(int fd, int command, ...)
{
	va_list list;
	long argument;

	va_start(list, command);
	argument = va_arg(list, long);
	va_end(list);
	if (!FAILS)
		return fcntl(fd, command, argument);
	errno = EINVAL;
	return -1;
}

POINTER(FILE *, fopen, EMFILE, (const char *path, const char *mode), (path, mode))
ERRNO(fflush, EIO, (FILE * file), (file))
SIZE(read, EIO, (int fd, void *p, size_t len), (fd, p, len))
SIZE(write, ENOSPC, (int fd, const void *p, size_t len), (fd, p, len))
SIZE(pread, EIO, (int fd, void *p, size_t len, off_t at), (fd, p, len, at))
SIZE(pwrite, ENOSPC, (int fd, const void *p, size_t len, off_t at), (fd, p, len, at))
SIZE(readlink, EIO, (const char *path, char *p, size_t len), (path, p, len))
POINTER(char *, realpath, EIO, (const char *path, char *p), (path, p))
POINTER(char *, getcwd, EIO, (char *p, size_t len), (p, len))
POINTER(char *, mkdtemp, EACCES, (char *pattern), (pattern))
ERRNO(mkostemp, EACCES, (char *pattern, int flags), (pattern, flags))
ERRNO(memfd_create, EMFILE, (const char *name, unsigned int flags), (name, flags))
ERRNO(mkdir, EACCES, (const char *path, mode_t mode), (path, mode))
ERRNO(rmdir, EIO, (const char *path), (path))
ERRNO(access, EIO, (const char *path, int mode), (path, mode))
ERRNO(stat, EIO, (const char *path, struct stat *st), (path, st))
ERRNO(lstat, EIO, (const char *path, struct stat *st), (path, st))
ERRNO(fstat, EIO, (int fd, struct stat *st), (fd, st))
ERRNO(flock, EIO, (int fd, int operation), (fd, operation))
ERRNO(fsync, EIO, (int fd), (fd))
ERRNO(link, EIO, (const char *from, const char *to), (from, to))
ERRNO(unlink, EIO, (const char *path), (path))
ERRNO(rename, EIO, (const char *from, const char *to), (from, to))
ERRNO(chmod, EPERM, (const char *path, mode_t mode), (path, mode))
ERRNO(fchmod, EPERM, (int fd, mode_t mode), (fd, mode))
ERRNO(fchown, EPERM, (int fd, uid_t uid, gid_t gid), (fd, uid, gid))
ERRNO(lchown, EPERM, (const char *path, uid_t uid, gid_t gid), (path, uid, gid))
ERRNO(tcgetattr, EIO, (int fd, struct termios *t), (fd, t))
ERRNO(tcsetattr, EIO, (int fd, int when, const struct termios *t), (fd, when, t))
ERRNO(dup, EMFILE, (int fd), (fd))
ERRNO(eventfd, EMFILE, (unsigned int value, int flags), (value, flags))
ERRNO(poll, ENOMEM, (struct pollfd * fds, nfds_t n, int timeout), (fds, n, timeout))

/* Programs: these return the error. */
CALL(int, posix_spawnattr_init, ENOMEM, (void)0, (posix_spawnattr_t * a), (a))
CALL(int, posix_spawn_file_actions_init, ENOMEM, (void)0, (posix_spawn_file_actions_t * f), (f))
CALL(int, posix_spawn_file_actions_addopen, ENOMEM, (void)0,
     (posix_spawn_file_actions_t * f, int fd, const char *path, int flags, mode_t mode),
     (f, fd, path, flags, mode))
CALL(int, posix_spawnp, EAGAIN, (void)0,
     (pid_t * pid, const char *name, const posix_spawn_file_actions_t *f,
      const posix_spawnattr_t *a, char *const argv[], char *const env[]),
     (pid, name, f, a, argv, env))

/* Sockets. */
ERRNO(socket, EMFILE, (int family, int type, int protocol), (family, type, protocol))
ERRNO(bind, EADDRINUSE, (int fd, const struct sockaddr *sa, socklen_t len), (fd, sa, len))
ERRNO(listen, EADDRINUSE, (int fd, int backlog), (fd, backlog))
ERRNO(connect, ENETUNREACH, (int fd, const struct sockaddr *sa, socklen_t len), (fd, sa, len))
ERRNO(accept4, EMFILE, (int fd, struct sockaddr *sa, socklen_t *len, int flags),
      (fd, sa, len, flags))
ERRNO(getsockname, ENOBUFS, (int fd, struct sockaddr *sa, socklen_t *len), (fd, sa, len))
ERRNO(setsockopt, ENOMEM, (int fd, int level, int name, const void *p, socklen_t len),
      (fd, level, name, p, len))
SIZE(send, ECONNRESET, (int fd, const void *p, size_t len, int flags), (fd, p, len, flags))
SIZE(sendto, ENOBUFS,
     (int fd, const void *p, size_t len, int flags, const struct sockaddr *sa, socklen_t sa_len),
     (fd, p, len, flags, sa, sa_len))
SIZE(sendmsg, ENOBUFS, (int fd, const struct msghdr *m, int flags), (fd, m, flags))
SIZE(recvmsg, ENOMEM, (int fd, struct msghdr *m, int flags), (fd, m, flags))
CALL(int, getaddrinfo, EAI_MEMORY, (void)0,
     (const char *host, const char *port, const struct addrinfo *hints, struct addrinfo **list),
     (host, port, hints, list))

/* libuv; what is left out of it always succeeds. */
#define UV(name, error, parameters, arguments)                                                     \
	CALL(int, name, error, (void)0, parameters, arguments)
UV(uv_loop_init, UV_ENOMEM, (uv_loop_t * loop), (loop))
UV(uv_async_init, UV_EMFILE, (uv_loop_t * loop, uv_async_t *h, uv_async_cb cb), (loop, h, cb))
UV(uv_poll_init, UV_EPERM, (uv_loop_t * loop, uv_poll_t *h, int fd), (loop, h, fd))
UV(uv_poll_init_socket, UV_EPERM, (uv_loop_t * loop, uv_poll_t *h, uv_os_sock_t fd), (loop, h, fd))
UV(uv_signal_init, UV_EMFILE, (uv_loop_t * loop, uv_signal_t *h), (loop, h))
UV(uv_signal_start, UV_EINVAL, (uv_signal_t * h, uv_signal_cb cb, int n), (h, cb, n))
UV(uv_spawn, UV_EAGAIN, (uv_loop_t * loop, uv_process_t *h, const uv_process_options_t *o),
   (loop, h, o))
UV(uv_pipe, UV_EMFILE, (uv_file fds[2], int read_flags, int write_flags),
   (fds, read_flags, write_flags))
UV(uv_pipe_open, UV_EINVAL, (uv_pipe_t * h, uv_file fd), (h, fd))
UV(uv_tcp_open, UV_EINVAL, (uv_tcp_t * h, uv_os_sock_t fd), (h, fd))
UV(uv_tcp_nodelay, UV_EINVAL, (uv_tcp_t * h, int on), (h, on))
UV(uv_tcp_getpeername, UV_ENOTCONN, (const uv_tcp_t *h, struct sockaddr *sa, int *len),
   (h, sa, len))
UV(uv_listen, UV_EADDRINUSE, (uv_stream_t * h, int backlog, uv_connection_cb cb), (h, backlog, cb))
/* The connection is taken, whatever comes. */
CALL(int, uv_accept, UV_ENOMEM, uv_accept(server, client),
     (uv_stream_t * server, uv_stream_t *client), (server, client))
UV(uv_read_start, UV_EINVAL, (uv_stream_t * h, uv_alloc_cb alloc, uv_read_cb cb), (h, alloc, cb))
UV(uv_write, UV_ENOMEM,
   (uv_write_t * r, uv_stream_t *h, const uv_buf_t b[], unsigned int n, uv_write_cb cb),
   (r, h, b, n, cb))
UV(uv_mutex_init, UV_ENOMEM, (uv_mutex_t * m), (m))
UV(uv_cond_init, UV_ENOMEM, (uv_cond_t * c), (c))
UV(uv_thread_create, UV_EAGAIN, (uv_thread_t * t, uv_thread_cb cb, void *p), (t, cb, p))

/* libcurl. */
POINTER(CURL *, curl_easy_init, ENOMEM, (void), ())
POINTER(CURLM *, curl_multi_init, ENOMEM, (void), ())
POINTER(CURLU *, curl_url, ENOMEM, (void), ())
POINTER(struct curl_slist *, curl_slist_append, ENOMEM, (struct curl_slist * list, const char *s),
	(list, s))
CALL(CURLcode, curl_global_init, CURLE_OUT_OF_MEMORY, (void)0, (long flags), (flags))
CALL(CURLcode, curl_easy_perform, CURLE_OUT_OF_MEMORY, (void)0, (CURL * easy), (easy))
CALL(CURLMcode, curl_multi_add_handle, CURLM_OUT_OF_MEMORY, (void)0, (CURLM * multi, CURL *easy),
     (multi, easy))
CALL(CURLUcode, curl_url_set, CURLUE_OUT_OF_MEMORY, (void)0,
     (CURLU * url, CURLUPart part, const char *s, unsigned int flags), (url, part, s, flags))
CALL(CURLUcode, curl_url_get, CURLUE_OUT_OF_MEMORY, (void)0,
     (CURLU * url, CURLUPart part, char **s, unsigned int flags), (url, part, s, flags))

CURLcode torture_curl_easy_setopt(CURL *easy, CURLoption option, ...);
CURLcode torture_curl_easy_setopt(CURL *easy, CURLoption option, ...)
{
	va_list list;
	void *argument;

	va_start(list, option);
	argument = va_arg(list, void *);
	va_end(list);
	return FAILS ? CURLE_OUT_OF_MEMORY : curl_easy_setopt(easy, option, argument);
}

/* jansson. */
POINTER(json_t *, json_object, ENOMEM, (void), ())
POINTER(json_t *, json_array, ENOMEM, (void), ())
POINTER(json_t *, json_string, ENOMEM, (const char *s), (s))
POINTER(json_t *, json_integer, ENOMEM, (json_int_t n), (n))
POINTER(json_t *, json_copy, ENOMEM, (json_t * json), (json))
POINTER(json_t *, json_deep_copy, ENOMEM, (const json_t *json), (json))
POINTER(char *, json_dumps, ENOMEM, (const json_t *json, size_t flags), (json, flags))
CALL(int, json_object_set_new, -1, json_decref(value),
     (json_t * json, const char *key, json_t *value), (json, key, value))
CALL(int, json_array_append_new, -1, json_decref(value), (json_t * json, json_t *value),
     (json, value))
CALL(int, json_array_extend, -1, (void)0, (json_t * json, json_t *other), (json, other))

json_t *torture_json_pack(const char *format, ...);
json_t *torture_json_pack(const char *format, ...)
{
	va_list list;
	json_t *json;

	va_start(list, format);
	json = json_vpack_ex(NULL, 0, format, list);
	va_end(list);
	if (!FAILS)
		return json;
	json_decref(json);
	return NULL;
}

/* expat. */
POINTER(XML_Parser, XML_ParserCreate, ENOMEM, (const XML_Char *encoding), (encoding))

/* SQLite. */
#define SQLITE(name, error, parameters, arguments)                                                 \
	CALL(int, name, error, (void)0, parameters, arguments)
CALL(int, sqlite3_open_v2, SQLITE_CANTOPEN, *db = NULL,
     (const char *path, sqlite3 **db, int flags, const char *vfs), (path, db, flags, vfs))
CALL(int, sqlite3_prepare_v2, SQLITE_NOMEM, *stmt = NULL,
     (sqlite3 * db, const char *sql, int len, sqlite3_stmt **stmt, const char **tail),
     (db, sql, len, stmt, tail))
CALL(int, sqlite3_prepare_v3, SQLITE_NOMEM, *stmt = NULL,
     (sqlite3 * db, const char *sql, int len, unsigned int flags, sqlite3_stmt **stmt,
      const char **tail),
     (db, sql, len, flags, stmt, tail))
SQLITE(sqlite3_step, SQLITE_IOERR, (sqlite3_stmt * stmt), (stmt))
SQLITE(sqlite3_exec, SQLITE_IOERR,
       (sqlite3 * db, const char *sql, int (*cb)(void *, int, char **, char **), void *p,
	char **message),
       (db, sql, cb, p, message))
SQLITE(sqlite3_busy_timeout, SQLITE_NOMEM, (sqlite3 * db, int ms), (db, ms))
POINTER(sqlite3_backup *, sqlite3_backup_init, ENOMEM,
	(sqlite3 * to, const char *to_name, sqlite3 *from, const char *from_name),
	(to, to_name, from, from_name))
SQLITE(sqlite3_backup_step, SQLITE_IOERR, (sqlite3_backup * b, int pages), (b, pages))

/* Without a copy, binding text cannot fail: the store is in UTF-8. */
int torture_sqlite3_bind_text(sqlite3_stmt *stmt, int i, const char *s, int len,
			      void (*end)(void *));
int torture_sqlite3_bind_text(sqlite3_stmt *stmt, int i, const char *s, int len,
			      void (*end)(void *))
{
	return end == SQLITE_TRANSIENT && FAILS ? SQLITE_NOMEM
						: sqlite3_bind_text(stmt, i, s, len, end);
}

/* OpenSSL's digests, crypt(3), IDNA, ldns. */
POINTER(EVP_MD *, EVP_MD_fetch, ENOMEM,
	(OSSL_LIB_CTX * ctx, const char *name, const char *properties), (ctx, name, properties))
POINTER(EVP_MD_CTX *, EVP_MD_CTX_new, ENOMEM, (void), ())
CALL(int, EVP_DigestInit_ex2, 0, (void)0,
     (EVP_MD_CTX * ctx, const EVP_MD *md, const OSSL_PARAM p[]), (ctx, md, p))
CALL(int, EVP_DigestUpdate, 0, (void)0, (EVP_MD_CTX * ctx, const void *p, size_t len),
     (ctx, p, len))
CALL(int, EVP_DigestFinal_ex, 0, (void)0, (EVP_MD_CTX * ctx, unsigned char *out, unsigned int *len),
     (ctx, out, len))
CALL(int, EVP_Digest, 0, (void)0,
     (const void *p, size_t p_len, unsigned char *out, unsigned int *len, const EVP_MD *md,
      ENGINE *e),
     (p, p_len, out, len, md, e))
POINTER(char *, crypt_r, ENOMEM, (const char *phrase, const char *setting, struct crypt_data *data),
	(phrase, setting, data))
POINTER(char *, crypt_gensalt_rn, ENOMEM,
	(const char *prefix, unsigned long count, const char *bytes, int n, char *out, int out_len),
	(prefix, count, bytes, n, out, out_len))
CALL(int, idn2_lookup_u8, IDN2_MALLOC, *out = NULL, (const uint8_t *in, uint8_t **out, int flags),
     (in, out, flags))
CALL(ldns_status, ldns_wire2dname, LDNS_STATUS_MEM_ERR, (void)0,
     (ldns_rdf * *name, const uint8_t *wire, size_t len, size_t *at), (name, wire, len, at))

/* GnuTLS. */
#define TLS(name, parameters, arguments)                                                           \
	CALL(int, name, GNUTLS_E_MEMORY_ERROR, (void)0, parameters, arguments)
TLS(gnutls_load_file, (const char *path, gnutls_datum_t *data), (path, data))
TLS(gnutls_pcert_import_x509_list,
    (gnutls_pcert_st * list, gnutls_x509_crt_t *crt, unsigned *n, unsigned flags),
    (list, crt, n, flags))
TLS(gnutls_priority_init, (gnutls_priority_t * priority, const char *s, const char **at),
    (priority, s, at))
TLS(gnutls_privkey_init, (gnutls_privkey_t * key), (key))
TLS(gnutls_privkey_import_x509_raw,
    (gnutls_privkey_t key, const gnutls_datum_t *data, gnutls_x509_crt_fmt_t format,
     const char *password, unsigned int flags),
    (key, data, format, password, flags))
TLS(gnutls_pubkey_init, (gnutls_pubkey_t * key), (key))
TLS(gnutls_pubkey_import_privkey,
    (gnutls_pubkey_t key, gnutls_privkey_t private, unsigned int usage, unsigned int flags),
    (key, private, usage, flags))
TLS(gnutls_pubkey_get_key_id,
    (gnutls_pubkey_t key, unsigned int flags, unsigned char *out, size_t *len),
    (key, flags, out, len))
TLS(gnutls_session_ticket_enable_server, (gnutls_session_t session, const gnutls_datum_t *key),
    (session, key))
TLS(gnutls_session_ticket_key_generate, (gnutls_datum_t * key), (key))
TLS(gnutls_x509_crt_init, (gnutls_x509_crt_t * crt), (crt))
TLS(gnutls_x509_crt_import,
    (gnutls_x509_crt_t crt, const gnutls_datum_t *data, gnutls_x509_crt_fmt_t format),
    (crt, data, format))
TLS(gnutls_x509_crt_list_import,
    (gnutls_x509_crt_t * list, unsigned int *n, const gnutls_datum_t *data,
     gnutls_x509_crt_fmt_t format, unsigned int flags),
    (list, n, data, format, flags))

/* libmicrohttpd. */
POINTER(struct MHD_Response *, MHD_create_response_from_buffer, ENOMEM,
	(size_t len, void *p, enum MHD_ResponseMemoryMode mode), (len, p, mode))
CALL(enum MHD_Result, MHD_add_response_header, MHD_NO, (void)0,
     (struct MHD_Response * response, const char *name, const char *value), (response, name, value))
CALL(enum MHD_Result, MHD_queue_response, MHD_NO, (void)0,
     (struct MHD_Connection * connection, unsigned int status, struct MHD_Response *response),
     (connection, status, response))
/* It closes what it does not take. */
CALL(enum MHD_Result, MHD_add_connection, MHD_NO, close(fd);
     errno = ENOMEM,
     (struct MHD_Daemon * daemon, MHD_socket fd, const struct sockaddr *sa, socklen_t len),
     (daemon, fd, sa, len))
