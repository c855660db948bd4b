# SPDX-License-Identifier: BSD-2-Clause
"""The frame itself: what the oracle lets pass, and that check() sees a broken promise."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from faults import table
from faults.oracle import Oracle
from faults.world import ZONE, World

OLD, NEW, NEWER = "198.51.100.1", "198.51.100.2", "198.51.100.3"
HOST = f"h0.{ZONE}"


def told(*requests: tuple[str, str]) -> Oracle:
    """One request after another: address and the line of its answer."""
    oracle = Oracle()
    for address, line in requests:
        oracle.answer(oracle.ask([HOST], address), 200, line)
    return oracle


@pytest.mark.parametrize(
    ("requests", "possible"),
    [
        ([], {None}),
        ([(OLD, "911")], {None, OLD}),
        ([(OLD, f"good {OLD}")], {OLD}),
        ([(OLD, "911"), (NEW, f"good {NEW}")], {NEW}),
        ([(OLD, f"good {OLD}"), (NEW, "911")], {OLD, NEW}),
        ([(OLD, f"good {OLD}"), (NEW, f"good {NEW}"), (OLD, f"nochg {OLD}")], {OLD}),
        ([(OLD, f"good {OLD}"), (NEW, "911"), (NEWER, "911")], {OLD, NEW, NEWER}),
    ],
)
def test_zone_may_hold_the_last_promise_or_what_was_asked_for_since(
    requests: list[tuple[str, str]], possible: set[str | None]
) -> None:
    assert told(*requests).possible(HOST, "A") == possible


def test_requests_beside_each_other_may_end_in_either_order() -> None:
    oracle = Oracle()
    first = oracle.ask([HOST], OLD)
    oracle.answer(oracle.ask([HOST], NEW), 200, f"good {NEW}")
    oracle.answer(first, 200, f"good {OLD}")
    assert oracle.possible(HOST, "A") == {OLD, NEW}
    assert oracle.went_back(HOST, "A", [NEW, OLD]) == []


@pytest.mark.parametrize(
    ("history", "problems"),
    [([OLD, NEW], 0), ([NEW, OLD], 1), ([OLD, NEW, OLD], 1), ([OLD, NEWER], 1)],
)
def test_older_value_after_a_newer_one_is_seen(history: list[str], problems: int) -> None:
    oracle = told((OLD, f"good {OLD}"), (NEW, "911"))
    assert len(oracle.went_back(HOST, "A", history)) == problems


# Two requests beside each other, both acknowledged at time 10; when Route 53 had what.
EARLY = [
    ([], 2),
    ([(5, OLD), (6, NEW)], 0),
    ([(5, NEW)], 0),
    ([(5, OLD)], 0),  # of two at once either may replace the other
    ([(11, OLD), (11, NEW)], 2),
    ([(0, NEW)], 1),  # from an earlier time: it did not replace the older one
    ([(0, OLD)], 1),
]


@pytest.mark.parametrize(("applied", "problems"), EARLY)
def test_promise_before_its_publication_is_seen(
    applied: list[tuple[float, str]], problems: int
) -> None:
    oracle = told((OLD, f"good {OLD}"), (NEW, f"good {NEW}"))
    for number, one in enumerate(oracle.asked(HOST)):
        one.began, one.ended = 1 + number, 10
    assert len(oracle.early(HOST, "A", applied)) == problems


def test_promise_is_not_kept_by_what_was_there_before_it() -> None:
    oracle = told((OLD, f"good {OLD}"), (NEW, f"good {NEW}"))
    first, second = oracle.asked(HOST)
    first.began, first.ended, second.began, second.ended = 1, 2, 3, 10
    assert len(oracle.early(HOST, "A", [(1.5, OLD)])) == 1
    assert oracle.early(HOST, "A", [(1.5, OLD), (9, NEW)]) == []


@pytest.mark.parametrize("database", ["dynalite", "ministack"])
def test_promises_are_kept_without_trouble(
    make_world: Callable[..., World], database: str
) -> None:
    world = make_world(database)
    accounts = world.accounts(8) + world.accounts(2, hosts=3)
    world.start()
    with world.load(accounts) as load:
        load.wait_sent(40)
    world.settle(accounts)
    world.check()
    assert world.oracle.words()["good"] > 0 and world.oracle.words()["nochg"] > 0
    assert world.readiness() == (200, "ready") and world.liveness() == (200, "ok")
    assert world.state(accounts[0]).v4 == world.records()[accounts[0].host, "A"][0]


def claim(world: World, host: str, address: str, status: int, line: str) -> None:
    world.oracle.answer(world.oracle.ask([host], address), status, line)


def repeat_a_line(world: World) -> None:
    world.daemons[0].lines.extend(["warning: cannot publish, will retry zone=x"] * 40)
    world.daemons[0].times.extend([1.0] * 40)


def claim_two(world: World) -> None:
    claim(world, HOST, NEW, 200, f"good {NEW}")
    claim(world, HOST, OLD, 200, f"nochg {OLD}")


# What breaks it, and how check() says so.
BROKEN = {
    "another address": (lambda world: claim(world, HOST, NEW, 200, f"good {NEW}"), "may be"),
    "an early promise": (claim_two, "before Route 53 had that"),
    "a lie": (lambda world: claim(world, f"h1.{ZONE}", OLD, 401, "badauth"), "401 badauth"),
    "silence": (lambda world: world.oracle.ask([f"h1.{ZONE}"], OLD), "no answer"),
    "a secret": (lambda world: world.canaries.add("ready https="), "a secret is in the log"),
    "a flooded log": (repeat_a_line, "in the log too often"),
    "a connection that stays": (lambda world: world.aws_ports.clear(), "all is at rest"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_broken_promise_is_seen(make_world: Callable[..., World], what: str) -> None:
    world = make_world()
    (account,) = world.accounts(1)
    world.start()
    assert world.update(account, OLD).text == f"good {OLD}"
    world.check()
    break_it, said = BROKEN[what]
    break_it(world)
    with pytest.raises(AssertionError, match=said):
        world.check(within=0.3, settle_within=0.3)


PAGE = f"""# Page

{table.BEGIN}
| # | fault | pass mark | measured | result |
|---|---|---|---|---|
| 2 | many | none | seconds: 85 | passed |
| 10 | pieces | none | - | passed |
{table.END}

The end.
"""


def test_table_takes_the_rows_of_a_run_and_keeps_the_others() -> None:
    new = {"fault": 2, "what": "many", "pass": "none", "measured": {"s": 86}, "passed": False}
    answers = {"good": 3, None: 1}
    newest = {"fault": 1, "what": "a|b", "pass": "c", "measured": {"d": answers}, "passed": True}
    page = table.renew(PAGE, [table.row_of(new), table.row_of(newest)])
    assert page.splitlines()[5:9] == [
        "| 1 | a\\|b | c | d: 3 good, 1 no answer | passed |",
        "| 2 | many | none | s: 86 | **FAILED** |",
        "| 10 | pieces | none | - | passed |",
        table.END,
    ]
    assert page.startswith("# Page\n\n") and page.endswith("\n\nThe end.\n")


def test_rows_go_to_the_page_that_they_are_about(tmp_path: Path) -> None:
    row = {"what": "w", "pass": "p", "measured": {}, "passed": True}
    report, operations, security = (tmp_path / name for name in ("r.json", "o.md", "s.md"))
    report.write_text(json.dumps([{"fault": 9, **row}, {"fault": 31, **row}]))
    for page in (operations, security):
        page.write_text(PAGE)
    table.main(report, operations, security)
    assert "| 9 | w | p | - | passed |\n" in operations.read_text()
    assert "| 31 |" not in operations.read_text() and "| 9 |" not in security.read_text()
    assert "| 31 | w | p | - | passed |\n" in security.read_text()


def test_page_without_markers_is_not_touched() -> None:
    with pytest.raises(ValueError, match="the page has no"):
        table.renew("# Page\n", [])
