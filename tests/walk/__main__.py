# SPDX-License-Identifier: BSD-2-Clause
"""python3 -m walk [--way]: the figures of one `good` and of one `nochg`, as a table; --way: and each stay."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from walk.daemon import Walk, shortest
from walk.way import table, text

TIMES = 5
ROOM = "engine"
# What an update would not need if routers, tables and stores were always as they should be: hints on
# clients, how often a host may change, stores that go backwards, names that several accounts have.
GUARDS = ("agents", "change_limit", "known", "writers")


def main(words: list[str]) -> int:
    if words not in ([], ["--way"]):
        sys.stderr.write("usage: script/walk [--way]\n")
        return 2
    with tempfile.TemporaryDirectory(prefix="mooring-walk-") as directory:
        walk = Walk(Path(directory))
        try:
            walk.way("myip=203.0.113.1", "good")
            ways = {
                "good": shortest(lambda i: walk.way(f"myip=203.0.113.{i + 2}", "good"), TIMES),
                "nochg": shortest(
                    lambda _: walk.way(f"myip=203.0.113.{TIMES + 1}", "nochg"), TIMES
                ),
            }
        finally:
            walk.stop()
    if words:
        for name, calls in ways.items():
            print(f"{name}:\n\n{text(calls)}\n")
    print(table(ways, ROOM, GUARDS))
    return 0


sys.exit(main(sys.argv[1:]))
