# SPDX-License-Identifier: BSD-2-Clause
"""script/bench still measures: each part with small numbers and no opinion on the times."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from bench import document, front
from system.harness import BUILD

SMALL = {
    front: {
        "ROUNDS": 1,
        "CLIENTS": (2,),
        "REQUESTS": {"full": 20, "resumed": 20, "keepalive": 40},
        "IDLE": 20,
    },
}


@pytest.fixture(autouse=True)
def fixture_small(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, values in SMALL.items():
        for name, value in values.items():
            monkeypatch.setattr(module, name, value)


@pytest.mark.parametrize("part", SMALL, ids=lambda part: part.__name__)
def test_each_part_writes_its_section(part: ModuleType, tmp_path: Path) -> None:
    text = part.report(BUILD, tmp_path)
    (title,) = document.split(text)
    assert title in document.TITLES
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) > 4 and all(row.endswith(" |") for row in rows)
    assert not any(word in text for word in ("None", "nan", "inf "))


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
