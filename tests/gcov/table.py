#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What the tests ran, as a table with a row for each room of src/.

    table.py SOURCES BUILD [--files]      BUILD is configured with --enable-coverage, and the tests
                                          have run; --files: a row for each file, too

A line that is compiled into several programs counts as run when it is run in one of them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

AT_ONCE = 200  # files in one call of gcov


@dataclass
class Counts:
    """What there is, and whether it was run."""

    lines: dict[object, bool] = field(default_factory=dict)
    branches: dict[object, bool] = field(default_factory=dict)
    functions: dict[object, bool] = field(default_factory=dict)

    def add(self, name: str, report: dict) -> None:
        """One "file" of gcov's report."""
        for line in report["lines"]:
            at = (name, line["line_number"])
            self.lines[at] = self.lines.get(at, False) or line["count"] > 0
            for number, branch in enumerate(line["branches"]):
                key = (*at, number)
                self.branches[key] = self.branches.get(key, False) or branch["count"] > 0
        for function in report["functions"]:
            key = (name, function["name"])
            ran = function["execution_count"] > 0
            self.functions[key] = self.functions.get(key, False) or ran

    def merge(self, other: Counts) -> None:
        self.lines.update(other.lines)
        self.branches.update(other.branches)
        self.functions.update(other.functions)

    def cells(self) -> list[str]:
        cells = []
        for kind in (self.lines, self.branches, self.functions):
            share = f"{100 * sum(kind.values()) / len(kind):.1f} %" if kind else "–"
            cells += [str(len(kind)), share]
        return cells


def reports(notes: list[Path], build: Path) -> Iterator[dict]:
    """Every "file" in what gcov says of these notes (.gcno)."""
    for start in range(0, len(notes), AT_ONCE):
        argv = ["gcov", "--branch-probabilities", "--json-format", "--stdout"]
        argv += [str(note) for note in notes[start : start + AT_ONCE]]
        # Of an object that no test ran, gcov says so: it is in its report with zeros.
        done = subprocess.run(argv, cwd=build, capture_output=True, text=True, check=True)
        for line in done.stdout.splitlines():
            yield from json.loads(line)["files"]


def count(found: Iterable[dict], sources: Path, build: Path) -> dict[str, Counts]:
    """By file, named from src/."""
    files: dict[str, Counts] = defaultdict(Counts)
    root = (sources / "src").resolve()
    for report in found:
        path = (build / report["file"]).resolve()
        if path.is_relative_to(root):
            name = str(path.relative_to(root))
            files[name].add(name, report)
    return files


def rooms(files: dict[str, Counts]) -> dict[str, Counts]:
    """mooringd.c and mooringctl.c are in no room: each is a row of its own."""
    found: dict[str, Counts] = defaultdict(Counts)
    for name, counts in sorted(files.items()):
        found[name.split("/")[0] + ("/" if "/" in name else "")].merge(counts)
    return found


def table(rows: dict[str, Counts], title: str) -> str:
    head = [title, "lines", "run", "branches", "run", "functions", "run"]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for name, counts in rows.items():
        lines.append("| " + " | ".join([f"`{name}`", *counts.cells()]) + " |")
    whole = Counts()
    for counts in rows.values():
        whole.merge(counts)
    lines.append("| " + " | ".join(["whole", *whole.cells()]) + " |")
    return "\n".join(lines)


def main(words: list[str]) -> int:
    with_files = "--files" in words
    folders = [Path(word) for word in words if word != "--files"]
    if len(folders) != 2:
        sys.stderr.write(__doc__)
        return 2
    sources, build = (folder.resolve() for folder in folders)
    notes = sorted(build.glob("**/*.gcno"))
    files = count(reports(notes, build), sources, build)
    if not any(any(counts.lines.values()) for counts in files.values()):
        sys.stderr.write(f"table.py: {build}: no test has run in a build for coverage here\n")
        return 1
    if with_files:
        print(table(dict(sorted(files.items())), "file") + "\n")
    print(table(rooms(files), "room"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
