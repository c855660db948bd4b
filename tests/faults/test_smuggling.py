# SPDX-License-Identifier: BSD-2-Clause
"""The rows of tests/system/test_smuggling.py, which script/test runs, once more for the table."""

from __future__ import annotations

import pytest

from system.test_smuggling import (
    Way,
    fixture_way,
    read_rows,
    test_nothing_is_served_that_was_not_sent_as_a_request as check_row,
)


@pytest.mark.fault(
    37,
    "Requests in requests, ambiguous in 161 ways; alone, by TLS, behind nginx and HAProxy",
    "nothing is served that was not sent as a request; the next client gets its own answer",
)
@pytest.mark.only_long
def test_no_request_is_smuggled(way: Way, figures: dict[str, object]) -> None:
    rows = read_rows()
    for row in rows:
        check_row(way, row)
    figures[f"rows, {way.kind}"] = len(rows)


__all__ = ["fixture_way"]
