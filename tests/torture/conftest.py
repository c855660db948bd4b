# SPDX-License-Identifier: BSD-2-Clause
"""Fixtures of the torture of whole programs: a build by tests/torture/ranlib, see units.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from faults.world import new_world
from system.conftest import (  # noqa: F401  pylint: disable=unused-import
    Service,
    fixture_make_service,
    fixture_ministack,
    fixture_programs,
    fixture_tls,
)
from torture.state import State
from torture.victims import AWS, CloudVictim, Torture, Victim


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all-calls", action="store_true", help="every call fails, not one of each place")


@pytest.fixture(name="state")
def fixture_state(tmp_path: Path) -> Iterator[State]:
    state = State(tmp_path / "torture")
    yield state
    state.close()


@pytest.fixture(name="victim")
def fixture_victim(
    request: pytest.FixtureRequest, make_service: Callable[..., Service], state: State
) -> Iterator[Victim]:
    """Of the kind that is its parameter, or the embedded default."""
    if getattr(request, "param", None) == AWS:
        world = new_world(
            request.getfixturevalue("ministack"), make_service, top={"http-threads": 1}
        )
        yield CloudVictim(world, state)
        world.close()
    else:
        # No look at the store falls between a request and its answer.
        yield Victim(make_service(top={"sync-interval": 3600, "http-threads": 1}), state)


@pytest.fixture(name="torture")
def fixture_torture(request: pytest.FixtureRequest, victim: Victim) -> Torture:
    return Torture(victim, request.config.getoption("--all-calls"))
