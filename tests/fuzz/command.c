/* SPDX-License-Identifier: BSD-2-Clause
 * The line of a credential_process: the whole input. */
#include "aws/process_line.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct errinfo ei = ERRINFO_INIT;
	struct aws_process_line l = {.text = NULL};
	int err = aws_process_line_parse(fuzz_slice(data, size), &l, &ei);
	size_t n = 0;

	must(err == 0 || err == ERR_INVAL || err == ERR_LIMIT);
	fuzz_must_explain(err, &ei);
	must((err == 0) == (l.text != NULL));
	if (err != 0)
		return 0;
	must(l.argv[0][0] == '/');
	while (l.argv[n] != NULL)
		n++;
	must(n <= AWS_PROCESS_ARGS_MAX);
	aws_process_line_fini(&l);
	must(l.text == NULL);
	return 0;
}
