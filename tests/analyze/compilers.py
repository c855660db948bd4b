#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What the analyzers of gcc and clang say of src/ that is not in exceptions.gcc, exceptions.clang.

    compilers.py [FILE...]      in the folder above tests/; fails if there is such a thing. Of all
                                files it also fails for an exception that nothing needs any more
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

HERE = Path("tests/analyze")
LIBRARIES = (
    "libmicrohttpd gnutls libuv libcrypto jansson sqlite3 libxcrypt libidn2 libcurl expat".split()
)
DEFINES = ["-D_GNU_SOURCE", '-DMOORING_VERSION="0"', '-DSYSCONFDIR="/etc"']
# gcc reads what is written: what an optimizer has rearranged it understands less.
ANALYZERS = {
    "gcc": ["gcc", "-O0", "-fanalyzer", "-c", "-o", "/dev/null"],
    "clang": ["clang", "--analyze", "--analyzer-output", "text"],
}
# "src/a.c:1:2: warning: what is wrong [ID]", behind which gcc's words may have a "[CWE-1]".
FINDING = re.compile(r"^(?P<file>[^\s:]+):\d+:\d+: warning: .*\[(?P<id>[\w.-]+)\]$", re.MULTILINE)


@dataclass(frozen=True)
class Finding:
    """One sentence of an analyzer about a line."""

    id: str
    file: str
    text: str


def library_flags() -> list[str]:
    argv = ["pkg-config", "--cflags", *LIBRARIES]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.split()


def sources() -> list[Path]:
    """Large ones first, so that nobody waits for one alone."""
    return sorted(Path("src").rglob("*.c"), key=lambda path: -path.stat().st_size)


def analyze(analyzer: str, source: Path, flags: list[str]) -> list[Finding]:
    argv = [*ANALYZERS[analyzer], "-std=gnu11", "-Wno-unused-value"]
    argv += [*DEFINES, "-Isrc", f"-DANALYZED_{source.stem}", *flags]
    argv += ["-include", str(HERE / "returns.h"), str(source)]
    done = subprocess.run(
        argv, check=False, capture_output=True, text=True, env=dict(os.environ, LC_ALL="C")
    )
    if done.returncode != 0:
        sys.exit(f"{' '.join(argv)}:\n{done.stderr}")
    return [Finding(f["id"], f["file"], f[0]) for f in FINDING.finditer(done.stderr)]


def exceptions(analyzer: str) -> Iterator[str]:
    for line in (HERE / f"exceptions.{analyzer}").read_text().splitlines():
        if line and not line.startswith("//"):
            yield line


def judge(analyzer: str, findings: set[Finding], of_all: bool) -> bool:
    """Says what is wrong; whether nothing is."""
    excepted = dict.fromkeys(exceptions(analyzer), False)
    is_right = True
    for finding in sorted(findings, key=lambda finding: finding.text):
        names = {finding.id, f"{finding.id}:{finding.file}"} & excepted.keys()
        excepted.update(dict.fromkeys(names, True))
        if not names:
            print(f"{analyzer}: {finding.text}")
            is_right = False
    for name, is_needed in excepted.items():
        if of_all and not is_needed:
            print(f"{HERE}/exceptions.{analyzer}: {analyzer} does not say this any more: {name}")
            is_right = False
    return is_right


def main(names: list[str]) -> int:
    flags = library_flags()
    wanted = [Path(name) for name in names] or sources()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = {
            analyzer: [pool.submit(analyze, analyzer, source, flags) for source in wanted]
            for analyzer in ("clang", "gcc")
        }
    verdicts = [
        judge(analyzer, {finding for job in done for finding in job.result()}, not names)
        for analyzer, done in jobs.items()
    ]
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
