/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/process_run.h"

#include <linux/close_range.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <uv.h>

#include "base/buf.h"

enum { STREAMS = 2, CHUNK_SIZE = 4096, LINE_SIZE = 160, SHOWN_SIZE = 200, MS_PER_S = 1000 };
enum { PIPE_MAX = 64 * 1024 }; /* pipe(7) */
enum { STREAM_OUT, STREAM_ERR };

enum run_state {
	RUN_GOES_ON,
	RUN_TIMED_OUT, /* this and what follows: killed */
	RUN_LEFT_OPEN, /* it ended, and what it had started still may write */
	RUN_TOO_LONG,
	RUN_NO_MEMORY,
	RUN_CANCELLED,
};

struct process_run {
	uv_process_t process;
	uv_pipe_t streams[STREAMS]; /* its standard output and error */
	uv_timer_t timer;
	unsigned n_handles; /* that are being closed */
	unsigned n_ended;   /* of the streams */
	enum run_state state;
	bool has_exited;
	int64_t status;
	int signal;
	unsigned timeout_ms, grace_ms;
	bool keeps_output;
	struct buf output;
	char chunk[CHUNK_SIZE];
	size_t line_len;
	char line[LINE_SIZE];	   /* of its error text, so far */
	char last_line[LINE_SIZE]; /* the last one with anything in it */
	process_run_fn *done;
	void *arg;
};

static void run_free(struct process_run *r)
{
	explicit_bzero(r->chunk, sizeof(r->chunk));
	buf_fini_secret(&r->output);
	free(r);
}

static void run_on_closed(uv_handle_t *handle)
{
	struct process_run *r = handle->data;

	if (--r->n_handles == 0)
		run_free(r);
}

static void run_close(struct process_run *r)
{
	size_t i;

	r->n_handles = STREAMS + 1;
	uv_close((uv_handle_t *)&r->timer, run_on_closed);
	if (r->process.loop != NULL) { /* uv_spawn() was called, whatever came of it */
		r->n_handles++;
		uv_close((uv_handle_t *)&r->process, run_on_closed);
	}
	for (i = 0; i < STREAMS; i++)
		uv_close((uv_handle_t *)&r->streams[i], run_on_closed);
}

/* ---- what came of it ---- */

/* A trace of a script, or JSON on the wrong stream. */
static bool may_be_secret(const char *line)
{
	static const char *const words[] = {"secretaccesskey", "secret_access_key", "sessiontoken",
					    "session_token", "security_token"};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasestr(line, words[i]) != NULL)
			return true;
	return false;
}

static const char *run_show_line(const struct process_run *r, char shown[SHOWN_SIZE])
{
	struct slice line = slice_trim(slice_of(r->last_line), STR_SPACE);

	if (may_be_secret(r->last_line))
		return "(what it says may be a secret)";
	return str_printable(shown, SHOWN_SIZE, line);
}

/* What a system call filter of the daemon's unit does to a program. */
static const char *explain_signal(int signo)
{
	return signo == SIGSYS ? " (the system calls that the daemon's unit allows are not enough)"
			       : "";
}

static int explain_end(const struct process_run *r, struct errinfo *ei)
{
	char shown[SHOWN_SIZE];
	const char *line = run_show_line(r, shown), *colon = line[0] != '\0' ? ": " : "";

	if (r->signal != 0)
		return err_set(ei, ERR_UNAVAILABLE, "it was ended by signal %d, %s%s%s%s",
			       r->signal, strsignal(r->signal), explain_signal(r->signal), colon,
			       line);
	if (r->status != 0)
		return err_set(ei, ERR_UNAVAILABLE, "it ended with exit status %d%s%s",
			       (int)r->status, colon, line);
	return 0;
}

static int run_explain(const struct process_run *r, struct errinfo *ei)
{
	switch (r->state) {
	case RUN_TIMED_OUT:
		return err_set(ei, ERR_UNAVAILABLE,
			       "it had not ended after %u seconds, and was killed",
			       r->timeout_ms / MS_PER_S);
	case RUN_LEFT_OPEN:
		return err_set(ei, ERR_UNAVAILABLE,
			       "a process that it left behind held its output open for %u "
			       "seconds, and was killed",
			       r->timeout_ms / MS_PER_S);
	case RUN_TOO_LONG:
		return err_set(ei, ERR_UNAVAILABLE, "it wrote more than %d bytes, and was killed",
			       PROCESS_RUN_OUTPUT_MAX);
	case RUN_NO_MEMORY:
		return ERR_NOMEM;
	default:
		return explain_end(r, ei);
	}
}

static void run_finish(struct process_run *r)
{
	struct errinfo ei = ERRINFO_INIT;
	struct process_run_end end = {
		.err = run_explain(r, &ei),
		.status = r->state == RUN_GOES_ON && r->signal == 0 ? (int)r->status : -1,
		.output = {r->output.data, r->output.len},
	};

	if (end.err != 0)
		end.why = &ei;
	run_close(r);
	if (r->state != RUN_CANCELLED)
		r->done(r->arg, &end);
}

/* ---- while it runs ---- */

static void run_signal(const struct process_run *r, int signo)
{
	kill(-(pid_t)r->process.pid, signo);
}

/* Who was killed is not waited for longer than its own end: somebody else may hold its streams. Nor
 * does anybody of its group outlive one that ended when it was asked to. */
static void run_check(struct process_run *r)
{
	if (!r->has_exited || (r->n_ended < STREAMS && r->state == RUN_GOES_ON))
		return;
	if (r->state != RUN_GOES_ON)
		run_signal(r, SIGKILL);
	run_finish(r);
}

static void run_kill(struct process_run *r, enum run_state state)
{
	if (r->state == RUN_GOES_ON)
		r->state = state;
	run_signal(r, SIGKILL);
}

static void run_end_line(struct process_run *r)
{
	r->line[r->line_len] = '\0';
	if (slice_trim((struct slice){r->line, r->line_len}, STR_SPACE).len > 0)
		memcpy(r->last_line, r->line, r->line_len + 1);
	r->line_len = 0;
}

static void run_take_error(struct process_run *r, const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (text[i] == '\n')
			run_end_line(r);
		else if (r->line_len < sizeof(r->line) - 1 && text[i] != '\0')
			r->line[r->line_len++] = text[i];
}

/* What it wrote before its end lies in the pipes, of one pipe's size at most: somebody else may
 * still write. */
static void run_drain(struct process_run *r)
{
	size_t i, total;
	ssize_t n;
	int fd;

	for (i = 0; i < STREAMS; i++) {
		if (!uv_is_active((uv_handle_t *)&r->streams[i]) ||
		    uv_fileno((uv_handle_t *)&r->streams[i], &fd) != 0)
			continue;
		uv_read_stop((uv_stream_t *)&r->streams[i]);
		for (total = 0; total < PIPE_MAX; total += (size_t)n) {
			n = read(fd, r->chunk, sizeof(r->chunk));
			if (n <= 0)
				break;
			run_take_error(r, r->chunk, (size_t)n);
		}
		run_end_line(r);
	}
	r->n_ended = STREAMS;
}

/* Where the output is not wanted, nobody who holds it open is waited for: the program's own end
 * decides. */
static void run_on_exit(uv_process_t *process, int64_t status, int signo)
{
	struct process_run *r = process->data;

	r->has_exited = true;
	r->status = status;
	r->signal = signo;
	if (r->state == RUN_GOES_ON && !r->keeps_output) {
		run_signal(r, SIGKILL);
		run_drain(r);
	}
	run_check(r);
}

static void run_on_timeout(uv_timer_t *timer)
{
	struct process_run *r = timer->data;

	if (!r->has_exited && r->state == RUN_GOES_ON && r->grace_ms > 0) {
		r->state = RUN_TIMED_OUT;
		run_signal(r, SIGTERM);
		uv_timer_start(&r->timer, run_on_timeout, r->grace_ms, 0);
		return;
	}
	run_kill(r, r->has_exited ? RUN_LEFT_OPEN : RUN_TIMED_OUT);
	run_check(r);
}

static void run_on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct process_run *r = handle->data;

	(void)suggested;
	*buf = uv_buf_init(r->chunk, sizeof(r->chunk));
}

static void run_take(struct process_run *r, bool is_output, const char *data, size_t len)
{
	if (r->state != RUN_GOES_ON)
		return;
	if (!is_output || !r->keeps_output)
		run_take_error(r, data, len);
	else if (buf_add(&r->output, data, len) != 0)
		run_kill(r, r->output.err == ERR_LIMIT ? RUN_TOO_LONG : RUN_NO_MEMORY);
}

static void run_on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct process_run *r = stream->data;
	bool is_output = stream == (uv_stream_t *)&r->streams[STREAM_OUT];

	if (n > 0)
		run_take(r, is_output, buf->base, (size_t)n);
	if (n >= 0)
		return;
	uv_read_stop(stream);
	if (!is_output || !r->keeps_output)
		run_end_line(r);
	r->n_ended++;
	run_check(r);
}

/* ---- its start ---- */

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Real pipes, not the sockets that libuv would make: a script may open /dev/stdout. */
static int run_open_streams(struct process_run *r, int theirs[STREAMS])
{
	int ends[2], rv = 0;
	size_t i;

	for (i = 0; rv == 0 && i < STREAMS; i++) {
		rv = uv_pipe(ends, UV_NONBLOCK_PIPE, 0);
		if (rv != 0)
			break;
		theirs[i] = ends[1];
		rv = uv_pipe_open(&r->streams[i], ends[0]);
		if (rv != 0)
			close(ends[0]);
	}
	return rv;
}

/* Libraries open files that a program would inherit. Not close_range(2) by name: musl has none. */
static void keep_files_to_ourselves(void)
{
	syscall(SYS_close_range, STDERR_FILENO + 1U, ~0U, CLOSE_RANGE_CLOEXEC);
}

/* The end that it reads. All of the input lies in the pipe before it starts. */
static int run_open_input(struct slice input, int *ret)
{
	int ends[2], rv = uv_pipe(ends, 0, UV_NONBLOCK_PIPE);
	ssize_t n;

	if (rv != 0)
		return rv;
	n = write(ends[1], input.p, input.len);
	close(ends[1]);
	*ret = ends[0];
	return n == (ssize_t)input.len ? 0 : UV_ENOBUFS;
}

static int run_spawn(struct process_run *r, const struct process_run_request *req)
{
	int theirs[STREAMS] = {-1, -1}, input = -1, rv = run_open_streams(r, theirs);
	uv_stdio_container_t stdio[] = {
		{.flags = UV_IGNORE},
		{.flags = UV_INHERIT_FD, .data.fd = theirs[STREAM_OUT]},
		{.flags = UV_INHERIT_FD, .data.fd = theirs[STREAM_ERR]},
	};
	const uv_process_options_t options = {
		.exit_cb = run_on_exit,
		.file = req->argv[0],
		.args = (char **)(uintptr_t)req->argv,
		.env = (char **)(uintptr_t)req->env,
		.flags = UV_PROCESS_DETACHED, /* setsid(2): a group to be killed as a whole */
		.stdio_count = sizeof(stdio) / sizeof(stdio[0]),
		.stdio = stdio,
	};
	size_t i;

	if (rv == 0 && req->input.len > 0) {
		rv = run_open_input(req->input, &input);
		stdio[0].flags = UV_INHERIT_FD;
		stdio[0].data.fd = input;
	}
	keep_files_to_ourselves();
	if (rv == 0)
		rv = uv_spawn(r->timer.loop, &r->process, &options);
	close_fd(&input);
	for (i = 0; i < STREAMS; i++)
		close_fd(&theirs[i]);
	return rv;
}

static void run_init(struct process_run *r, struct uv_loop_s *loop,
		     const struct process_run_request *req)
{
	size_t i;

	buf_init(&r->output, PROCESS_RUN_OUTPUT_MAX);
	r->timeout_ms = req->timeout_ms;
	r->grace_ms = req->grace_ms;
	r->keeps_output = req->keeps_output;
	uv_timer_init(loop, &r->timer); /* none of these can fail */
	r->timer.data = r;
	for (i = 0; i < STREAMS; i++) {
		uv_pipe_init(loop, &r->streams[i], 0);
		r->streams[i].data = r;
	}
	r->process.data = r;
}

int process_run_start(struct uv_loop_s *loop, const struct process_run_request *req,
		      process_run_fn *done, void *arg, struct process_run **ret, struct errinfo *ei)
{
	struct process_run *r;
	char shown[SHOWN_SIZE];
	size_t i;
	int rv;

	if (req->input.len > PROCESS_RUN_INPUT_MAX)
		return err_set(ei, ERR_LIMIT, "a program reads at most %d bytes",
			       PROCESS_RUN_INPUT_MAX);
	r = calloc(1, sizeof(*r));
	if (r == NULL)
		return ERR_NOMEM;
	run_init(r, loop, req);
	r->done = done;
	r->arg = arg;
	rv = run_spawn(r, req);
	if (rv != 0) {
		run_close(r);
		return err_set(ei, ERR_UNAVAILABLE, "%s cannot be started: %s",
			       str_printable(shown, sizeof(shown), slice_of(req->argv[0])),
			       uv_strerror(rv));
	}
	for (i = 0; i < STREAMS; i++) /* cannot fail, as the timer cannot */
		uv_read_start((uv_stream_t *)&r->streams[i], run_on_alloc, run_on_read);
	uv_timer_start(&r->timer, run_on_timeout, req->timeout_ms, 0);
	*ret = r;
	return 0;
}

void process_run_cancel(struct process_run *r)
{
	r->state = RUN_CANCELLED;
	run_signal(r, SIGKILL);
	run_check(r);
}
