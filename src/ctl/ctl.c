/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "ctl/args.h"
#include "ctl/command.h"
#include "ctl/parse.h"
#include "ctl/print.h"
#include "ctl/progress.h"
#include "ctl/say.h"

/* A descriptor that the caller closed would be given to the next file that is opened, and that file
 * written over by what is printed. Each gets one that fails when it is used: read-only for output,
 * write-only for input. */
static void fill_descriptors(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			abort();
}

int ctl_main(int argc, char **argv)
{
	struct ctl_args args = {.conf_path = NULL};
	const struct ctl_command *cmd = NULL;
	struct errinfo ei = ERRINFO_INIT;
	int status;

	fill_descriptors();
	/* A reader that went away is an error of write(2), which is told. */
	signal(SIGPIPE, SIG_IGN);
	log_setup(LOG_LEVEL_WARN, LOG_FORMAT_TEXT, LOG_READER_USER);
	status = parse_command_line(argc, argv, &args, &cmd);
	if (status < 0 && args.json)
		progress_forbid();
	if (status < 0)
		status = cmd->run(&args);
	if (status != CTL_USAGE && print_finish(&ei) != 0)
		status = ctl_fail("%s", ei.text);
	return status;
}
