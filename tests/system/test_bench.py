# SPDX-License-Identifier: BSD-2-Clause
"""script/bench still measures: each part with small numbers and no opinion on the times."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from types import ModuleType

import pytest

from bench import document, engine, front, route53, scale, timing
from bench.fleet import MODEL, NO_SORT_KEY, Model, Rows, read_units
from system.harness import BUILD

SMALL = {
    front: {
        "ROUNDS": 1,
        "CLIENTS": (2,),
        "REQUESTS": {"full": 20, "resumed": 20, "keepalive": 40},
        "IDLE": 20,
    },
    route53: {"HOSTS": 120, "UNLIMITED": (20, 20), "ONE_BY_ONE_SCALE": 40, "ASK_AGAIN_S": 1},
    engine: {"WAITERS": (300,), "SECONDS": 1},
    timing: {"SAMPLES": 20, "SLOW_SAMPLES": 5, "MANY_HOSTS": 20},
    scale: {"FEW": 30, "ACCOUNTS": 700, "OWED": 10, "ASKED": 5, "ADDED": 2},
}


@pytest.fixture(autouse=True)
def fixture_small(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, values in SMALL.items():
        for name, value in values.items():
            monkeypatch.setattr(module, name, value)
    for module in (route53, engine):
        # The limits of this process are left as they are.
        monkeypatch.setattr(module, "allow_files", lambda: 8000)


@pytest.mark.parametrize("part", SMALL, ids=lambda part: part.__name__)
def test_each_part_writes_its_section(part: ModuleType, tmp_path: Path) -> None:
    text = part.report(BUILD, tmp_path)
    (title,) = document.split(text)
    assert title in document.TITLES
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) > 4 and all(row.endswith(" |") for row in rows)
    assert not any(word in text for word in ("None", "nan", "inf "))


def test_batches_are_within_the_quota(tmp_path: Path) -> None:
    run = route53.measure_quota(BUILD, tmp_path / "run", 120)
    assert run.drain.refused == 0
    assert run.drain.calls < 60


def test_one_call_per_update_is_one_call_per_update() -> None:
    drain = route53.measure_one_by_one(70, 40)
    assert drain.calls - drain.refused == 70


def test_the_limit_is_that_of_a_full_bucket() -> None:
    assert route53.Drain(5000, 0, 0, 100).ideal_s == 85
    assert route53.Drain(5000, 5100, 100, 100).requests_s == 495
    assert route53.Drain(5000, 0, 0, 100).ratio == 0.85
    assert route53.Drain(10, 0, 0, 1).ideal_s == 0


def test_a_part_leaves_the_other_sections_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "BENCHMARK.md"
    for title in reversed(document.TITLES):
        document.replace(path, document.section(title, f"Old {title}.", "| a |"))
    document.replace(path, document.section("Route 53", "New.", document.table(["x"], [["1"]])))
    assert path.read_text().partition("\n## ")[2] == (
        "Front\n\nOld Front.\n\n| a |\n\n"
        "## Route 53\n\nNew.\n\n| x |\n| --- |\n| 1 |\n\n"
        "## Engine\n\nOld Engine.\n\n| a |\n\n"
        "## Scale\n\nOld Scale.\n\n| a |\n\n"
        "## Timing\n\nOld Timing.\n\n| a |\n"
    )
    with pytest.raises(ValueError):
        document.replace(path, document.section("Elsewhere", "Text."))


# --- the table of accounts that are made when they are asked for ---


def rows_of(accounts: int) -> Rows:
    models = [
        Model(f"r{MODEL}", json.dumps({"user": {"S": f"r{MODEL}"}}), 12),
        Model(f"host:h{MODEL}.x", json.dumps({"user": {"S": f"host:h{MODEL}.x"}}), 20),
    ]
    return Rows({"marker": {NO_SORT_KEY: {"user": {"S": "marker"}}}}, models, accounts)


def scanned(rows: Rows, limit: int) -> list[str]:
    """The keys, in the order of the pages."""
    keys: list[str] = []
    start = None
    while True:
        page = rows.page(start, limit)
        keys += [json.loads(item)["user"]["S"] for item in page.items]
        start = page.last
        if start is None:
            return keys
        assert len(page.items) == limit and keys[-1] == start


@pytest.mark.parametrize("limit", [1, 7, 1000])
def test_a_scan_of_made_rows_has_each_once(limit: int) -> None:
    keys = scanned(rows_of(50), limit)
    numbers = [f"{i:07d}" for i in range(50)]
    wanted = [f"r{n}" for n in numbers] + [f"host:h{n}.x" for n in numbers] + ["marker"]
    assert sorted(keys) == sorted(wanted)
    assert keys[:-1] != sorted(keys[:-1])


def test_made_rows_are_written_and_removed_as_others() -> None:
    rows = rows_of(50)
    assert rows.get("r0000050") is None and rows.get("r1") is None
    assert rows.get("r0000007") == {NO_SORT_KEY: {"user": {"S": "r0000007"}}}
    rows.setdefault("r0000008", {})[NO_SORT_KEY] = {"user": {"S": "r0000008"}, "pass": {"S": "x"}}
    del rows["r0000007"]
    assert rows.get("r0000007") is None
    page = rows.page(None, 1000)
    assert len(page.items) == 100 and sum("pass" in item for item in page.items) == 1
    rows.setdefault("r0000007", {})[NO_SORT_KEY] = {"user": {"S": "r0000007"}}
    assert len(rows.page(None, 1000).items) == 101


def test_a_page_ends_at_a_megabyte() -> None:
    rows = rows_of(50)
    rows.models[0] = dataclasses.replace(rows.models[0], size=2**19 - 20)
    page = rows.page(None, 1000)
    assert page.size <= 2**20 and len(page.items) == 4


def test_units_are_those_of_the_developer_guide() -> None:
    rows = [(0, 1, 0.5), (4096, 1, 0.5), (4097, 2, 1), (2**20, 256, 128)]
    for size, consistent, eventual in rows:
        assert (read_units(size, True), read_units(size, False)) == (consistent, eventual)


def test_a_request_costs_the_same_at_any_size(tmp_path: Path) -> None:
    few, many = (scale.measure(BUILD, tmp_path / f"{n}", n) for n in (30, 900))
    assert few.nochg == many.nochg == scale.Each(1, 1, 0)
    # Two writes of the account, and two of the index. A first change may read its account again.
    assert few.change.writes == many.change.writes == 4
    assert max(few.change.reads, many.change.reads) <= 3
    # The account, its name's claim, and whether all names are claimed.
    assert few.add == many.add == scale.Each(2, 1, 4)
    assert few.peak_kb > 0 and many.start.used.requests["Scan"] > 0
    assert few.start.used.requests["Query"] == many.start.used.requests["Query"]
