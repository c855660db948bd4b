# SPDX-License-Identifier: BSD-2-Clause
"""Fixtures of the fault tests; script/chaos runs their long forms and makes a table of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from faults.world import World, new_world
from system.conftest import (  # pylint: disable=unused-import
    Service,
    fixture_dynalite,
    fixture_make_service,
    fixture_ministack,
    fixture_programs,
    fixture_tls,
)

Rows = dict[tuple[int, str], dict]
ROWS = pytest.StashKey[Rows]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("faults")
    group.addoption("--long", action="store_true", help="run the long forms of the faults")
    group.addoption("--fault", action="append", type=int, help="only the fault of this number")
    group.addoption("--faults-report", type=Path, help="write a row for each fault to this file")


def is_only_long(item: pytest.Item) -> bool:
    mark = item.get_closest_marker("only_long")
    if mark is None:
        return False
    return not mark.args or item.callspec.params[mark.args[0]] in mark.args[1]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    faults = config.getoption("--fault", default=None)
    is_short = not config.getoption("--long", default=False)

    def is_wanted(item: pytest.Item) -> bool:
        if is_short and is_only_long(item):
            return False
        return not faults or any(mark.args[0] in faults for mark in item.iter_markers("fault"))

    config.hook.pytest_deselected(items=[item for item in items if not is_wanted(item)])
    items[:] = [item for item in items if is_wanted(item)]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo
) -> Iterator[None]:  # of a test with its parameters: one row
    report = yield
    mark = item.get_closest_marker("fault")
    if mark is not None and (call.when == "call" or not report.passed):
        number, what, passes = mark.args
        rows = item.config.stash.setdefault(ROWS, {})
        row = rows.setdefault(
            (number, what),
            {"fault": number, "what": what, "pass": passes, "measured": {}, "passed": True},
        )
        row["measured"].update(item.funcargs.get("figures", {}))
        row["passed"] = row["passed"] and report.passed
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    path = session.config.getoption("--faults-report", default=None)
    if path is not None:
        rows = session.config.stash.get(ROWS, {})
        path.write_text(json.dumps([rows[key] for key in sorted(rows)], indent=1))


@pytest.fixture(name="long")
def fixture_long(request: pytest.FixtureRequest) -> bool:
    """Whether there is time for the long form."""
    return request.config.getoption("--long", default=False)


@pytest.fixture(name="figures")
def fixture_figures() -> dict[str, object]:
    """What a test measured: it stands in the table of docs/OPERATIONS.md, name and value."""
    return {}


@pytest.fixture(name="make_world")
def fixture_make_world(
    request: pytest.FixtureRequest, make_service: Callable[..., Service]
) -> Iterator[Callable[..., World]]:
    """database: "dynalite" or "ministack"; the other arguments as for new_world()."""
    made: list[World] = []

    def make(database: str = "dynalite", **options: object) -> World:
        world = new_world(request.getfixturevalue(database), make_service, **options)
        made.append(world)
        return world

    yield make
    for world in made:
        world.close()
    assert [p for world in made for p in world.gate.unexpected + world.route53.unexpected] == []


__all__ = [
    "fixture_dynalite",
    "fixture_make_service",
    "fixture_ministack",
    "fixture_programs",
    "fixture_tls",
]
