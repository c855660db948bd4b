# SPDX-License-Identifier: BSD-2-Clause
"""docs/BENCHMARK.md: a section for each part, each of its own run."""

from __future__ import annotations

import datetime
import os
import platform
import textwrap
from pathlib import Path

TITLES = ("Front", "Route 53", "Engine", "Scale", "Timing")
HEAD = (
    "Written by `script/bench`, a section for each part: `script/bench route53` measures that one"
    " anew and leaves the others as they are. Clients, mooringd and what it is measured beside"
    " share one machine and its loopback: ratios carry over to another machine, absolute figures do"
    " not."
)
WIDTH = 120


def measured() -> str:
    """When and where, for the first sentence of a section."""
    return f"Measured on {datetime.date.today()} ({os.cpu_count()} cores, {platform.machine()})"


def table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def flow(*blocks: str) -> str:
    """Paragraphs are filled; tables and headings stay as they are."""
    return "\n\n".join(
        block if block[0] in "|#" else textwrap.fill(block, WIDTH, break_on_hyphens=False)
        for block in blocks
    )


def section(title: str, *blocks: str) -> str:
    return flow(f"## {title}", *blocks)


def split(text: str) -> dict[str, str]:
    """Title -> section, from its heading on."""
    _, *parts = ("\n" + text).split("\n## ")
    return {part.partition("\n")[0]: "## " + part.strip() for part in parts}


def replace(path: Path, section: str) -> None:
    """section begins with its heading, "## " and one of TITLES."""
    sections = split(path.read_text()) if path.exists() else {}
    sections |= split(section)
    unknown = sections.keys() - set(TITLES)
    if unknown:
        raise ValueError(f"no section of this document: {unknown}")
    kept = [sections[title] for title in TITLES if title in sections]
    path.write_text("\n\n".join([flow("# Benchmark", HEAD), *kept]) + "\n")
