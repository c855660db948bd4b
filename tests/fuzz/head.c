/* SPDX-License-Identifier: BSD-2-Clause
 * The header of a reply of AWS's: a field on each line, its name and its value behind a colon. */
#include "aws/aws_head.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = fuzz_slice(data, size), name, value;
	struct fetch_transfer_reply reply = {.status = 200};
	struct aws_head head;
	const struct aws_head *kept = aws_head_of(&reply);

	must(aws_head_ops.size == sizeof(head) && kept->retry_after_ms == -1 && !kept->has_crc);
	aws_head_ops.reset(&head);
	while (rest.len > 0) {
		slice_cut(fuzz_line(&rest), ':', &name, &value);
		aws_head_ops.take(&head, name, slice_trim(value, STR_SPACE));
	}
	reply.head = &head;
	kept = aws_head_of(&reply);
	must(kept->retry_after_ms >= -1 && kept->retry_after_ms <= UINT32_MAX);
	must(strnlen(kept->request_id, sizeof(kept->request_id)) < sizeof(kept->request_id));
	must(strnlen(kept->error_type, sizeof(kept->error_type)) < sizeof(kept->error_type));
	return 0;
}
