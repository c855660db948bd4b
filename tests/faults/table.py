# SPDX-License-Identifier: BSD-2-Clause
"""The table of faults: prints the rows of a run and puts them into two pages, between their markers.

    python3 -m faults.table REPORT.json OPERATIONS.md SECURITY.md

Faults that somebody makes on purpose, and certificates, belong into the second page. Rows that this
run had nothing to say about stay as they are.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

BEGIN, END = "<!-- faults: script/chaos writes this table -->", "<!-- end of faults -->"
HEAD = ["| # | fault | pass mark | measured | result |", "|---|---|---|---|---|"]
CELLS = 5
OF_SECURITY = {13, 17, 18, *range(27, 43), 44, 45, 46, 48}


def shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{count} {word or 'no answer'}" for word, count in value.items())
    return str(value)


def row_of(result: dict) -> str:
    measured = "; ".join(f"{name}: {shown(value)}" for name, value in result["measured"].items())
    cells = [
        str(result["fault"]),
        result["what"],
        result["pass"],
        measured or "-",
        "passed" if result["passed"] else "**FAILED**",
    ]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def key_of(row: str) -> tuple[int, str]:
    cells = [cell.strip() for cell in row.strip("| \n").split(" | ")]
    if len(cells) != CELLS or not cells[0].isdigit():
        raise ValueError(f"this is no row of the table: {row}")
    return int(cells[0]), cells[1]


def renew(page: str, rows: list[str]) -> str:
    """The page with these rows. Raises ValueError."""
    before, begin, rest = page.partition(BEGIN)
    table, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no {BEGIN} with {END} after it")
    kept = [line for line in table.splitlines() if line.startswith("| ") and line not in HEAD]
    found = {key_of(row): row for row in [*kept, *rows]}
    lines = [BEGIN, *HEAD, *(found[key] for key in sorted(found)), END]
    return before + "\n".join(lines) + after


def main(report: Path, operations: Path, security: Path) -> None:
    results = json.loads(report.read_text())
    print("\n".join([*HEAD, *map(row_of, results)]))
    for page, is_of_security in ((operations, False), (security, True)):
        rows = [row_of(each) for each in results if (each["fault"] in OF_SECURITY) == is_of_security]
        page.write_text(renew(page.read_text(), rows))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
