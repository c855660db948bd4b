# SPDX-License-Identifier: BSD-2-Clause
"""python3 -m bench BUILD DOCUMENT [--full] PART...: measures the parts and writes their sections."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from bench import document, engine, front, route53, scale, timing

PARTS = {
    "front": front.report,
    "route53": route53.report,
    "engine": engine.report,
    "scale": scale.report,
    "timing": timing.report,
}


def main() -> None:
    build, target, *names = sys.argv[1:]
    if "--full" in names:
        names.remove("--full")
        scale.ACCOUNTS = scale.FULL
    for name in names or PARTS:
        with tempfile.TemporaryDirectory(prefix=f"mooring-bench-{name}-") as directory:
            text = PARTS[name](Path(build).resolve(), Path(directory))
        print("\n" + text + "\n", flush=True)
        document.replace(Path(target), text)


main()
