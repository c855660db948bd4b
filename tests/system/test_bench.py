# SPDX-License-Identifier: BSD-2-Clause
"""script/bench still measures: each part with small numbers and no opinion on the times."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from bench import document, engine, front, route53
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
        "## Engine\n\nOld Engine.\n\n| a |\n"
    )
    with pytest.raises(ValueError):
        document.replace(path, document.section("Elsewhere", "Text."))
