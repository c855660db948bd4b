# SPDX-License-Identifier: BSD-2-Clause
"""Every row of tests/protocol, whichever way its bytes come."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pytest

from system.harness import TOP, Tls
from system.row_runner import WAYS, World, run_row, running, ways
from system.rows import Row, read_rows

ROWS = read_rows()
CASES = [(row, way) for way in WAYS for row in ROWS if way in ways(row)]


@pytest.fixture(name="world", scope="module")
def fixture_world(tls: Tls) -> Iterator[World]:
    with running(tls) as world:
        yield world


@pytest.mark.parametrize(("row", "way"), CASES, ids=str)
def test_row(world: World, row: Row, way: str) -> None:
    run_row(world, row, way)


def test_every_rule_has_three_rows() -> None:
    text = (TOP / "docs" / "PROTOCOL.md").read_text()
    numbers = set(re.findall(r"^\| ([A-Z][0-9]+) \|", text, re.M))
    assert len(numbers) > 90
    counted = Counter(rule for row in ROWS for rule in set(row.rules))
    assert {rule: counted[rule] for rule in numbers if counted[rule] < 3} == {}
    assert set(counted) - numbers == set()
    assert len(ROWS) >= 250


def test_no_row_stands_there_twice() -> None:
    for what in (lambda row: (row.file, str(row)), repr_of_question):
        counted = Counter(map(what, ROWS))
        assert {key: n for key, n in counted.items() if n > 1} == {}


def repr_of_question(row: Row) -> str:
    """All of it but its file, its place and its rules."""
    return f"{row.account} {row.listener} {row.source} {row.before} {row.exchanges} {row.is_public}"
