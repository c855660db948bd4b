# SPDX-License-Identifier: BSD-2-Clause
"""Fixtures of the programs under valgrind: MOORING_BUILD is a folder by tests/valgrind/wrap."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from faults.conftest import fixture_make_world  # noqa: F401  pylint: disable=unused-import
from system.conftest import (  # noqa: F401  pylint: disable=unused-import
    fixture_dynalite,
    fixture_make_service,
    fixture_programs,
    fixture_tls,
)
from system.harness import BUILD


def reports() -> dict[str, str]:
    """Of every process that had something to report: lines with "==". One with "--" is about
    valgrind, which does not know the calls of Landlock."""
    found = {path.name: path.read_text() for path in (BUILD / "reports").iterdir()}
    return {name: text for name, text in found.items() if re.search("^==", text, re.MULTILINE)}


@pytest.fixture(name="reports", autouse=True)
def fixture_reports() -> Iterator[None]:
    """First of a test's fixtures: so the others have ended its daemons by then."""
    before = reports()
    yield
    assert reports() == before
