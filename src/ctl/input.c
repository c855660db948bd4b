/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/input.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { ANSWER_SIZE = 16 };

static bool set_echo(bool on)
{
	struct termios t;

	if (tcgetattr(STDIN_FILENO, &t) != 0)
		return false;
	if (on)
		t.c_lflag |= ECHO;
	else
		t.c_lflag &= ~(tcflag_t)ECHO;
	return tcsetattr(STDIN_FILENO, TCSAFLUSH, &t) == 0;
}

int input_secret(const char *prompt, char *out, size_t cap, struct errinfo *ei)
{
	bool terminal = isatty(STDIN_FILENO) && set_echo(false);
	size_t len;
	char *line;

	if (terminal)
		fputs(prompt, stderr);
	line = fgets(out, (int)cap, stdin);
	if (terminal) {
		set_echo(true);
		fputc('\n', stderr);
	}
	if (line == NULL)
		return err_set(ei, ERR_INVAL, "no secret on standard input");
	len = strcspn(out, "\r\n");
	if (out[len] == '\0' && len == cap - 1) {
		explicit_bzero(out, cap);
		return err_set(ei, ERR_LIMIT, "the secret is longer than %zu bytes", cap - 2);
	}
	out[len] = '\0';
	return len > 0 ? 0 : err_set(ei, ERR_INVAL, "the secret on standard input is empty");
}

bool input_agrees(void)
{
	char answer[ANSWER_SIZE] = "";
	int c;

	if (fgets(answer, sizeof(answer), stdin) == NULL)
		return false;
	/* The rest of a longer line is no answer to what is asked next. */
	for (c = strchr(answer, '\n') != NULL ? '\n' : 0; c != '\n' && c != EOF;)
		c = getchar();
	answer[strcspn(answer, "\r\n")] = '\0';
	return strcmp(answer, "y") == 0 || strcmp(answer, "yes") == 0;
}
