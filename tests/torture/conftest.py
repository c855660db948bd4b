# SPDX-License-Identifier: BSD-2-Clause
"""Fixtures of the torture of whole programs: a build by tests/torture/ranlib, see units.py."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from system.conftest import (  # noqa: F401  pylint: disable=unused-import
    fixture_make_service,
    fixture_programs,
    fixture_tls,
)
from torture.state import State


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all-calls", action="store_true", help="every call fails, not one of each place")


@pytest.fixture(name="state")
def fixture_state(tmp_path: Path) -> Iterator[State]:
    state = State(tmp_path / "torture")
    yield state
    state.close()
