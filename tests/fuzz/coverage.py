#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Which lines of each parser the committed corpus of its harness runs, as a table.

    coverage.py SOURCES BUILD      BUILD is configured with --enable-coverage, the harnesses are built

Each harness counts by itself: that a line is run by the corpus of another one is no news.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from gcov.table import count, reports

# The parsers that a harness is for.
PARSERS = {
    "addr": ["net/addr", "net/interface_id", "net/prefix"],
    "basic": ["dyndns/basic_auth", "dyndns/user_password"],
    "command": ["aws/process_line"],
    "conf": ["conf/check", "conf/grammar", "conf/listens", "conf/scan", "conf/titled", "conf/value", "conf/variables"],
    "dns_query": ["dns/answer", "dns/cookie", "dns/dns_query", "dns/read", "dns/wire"],
    "dns_reply": ["dns/dns_reply"],
    "dynamodb": ["aws/fault", "store/claim", "store/item"],
    "envfile": ["ops/envfile"],
    "form": ["dyndns/body"],
    "forwarded": ["http/forwarded"],
    "hello": ["http/tls_profile"],
    "host": ["net/fqdn"],
    "json": ["dyndns/body"],
    "keys": ["aws/credentials", "aws/keydoc"],
    "multipart": ["dyndns/body", "dyndns/multipart"],
    "profile": ["aws/profile", "aws/roleplan"],
    "proxy": ["http/proxy_header"],
    "query": ["dyndns/params", "dyndns/query", "dyndns/query_auth"],
    "request": ["http/head", "http/request", "http/respond"],
    "screen": ["http/screen"],
    "target": ["http/target"],
    "xml": ["aws/route53_change", "aws/route53_limit", "aws/route53_list", "aws/route53_zone", "aws/xml"],
}


def run(sources: Path, build: Path, harness: str) -> int:
    """Runs its corpus, from counters at zero; how many files it has."""
    for counters in build.glob("**/*.gcda"):
        counters.unlink()
    environment = dict(os.environ, srcdir=str(sources))
    argv = [str(build / "tests" / "fuzz" / harness)]
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=True)
    return int(done.stdout.split()[0])


def rows(sources: Path, build: Path, harness: str) -> list[str]:
    n_files = run(sources, build, harness)
    notes = [build / "src" / f"{parser}.gcno" for parser in PARSERS[harness]]
    files = count(reports(notes, build), sources, build)
    found = []
    for parser in PARSERS[harness]:
        lines = files[f"{parser}.c"].lines
        missed = sorted(line for (_, line), ran in lines.items() if not ran)
        share = 100 * (len(lines) - len(missed)) / len(lines)
        cells = [harness, str(n_files), f"`{parser}.c`", str(len(lines)), f"{share:.1f} %"]
        found.append("| " + " | ".join([*cells, " ".join(map(str, missed[:40]))]) + " |")
    return found


def main(words: list[str]) -> int:
    if len(words) != 2:
        sys.stderr.write(__doc__)
        return 2
    sources, build = (Path(word).resolve() for word in words)
    print("| harness | inputs | parser | lines | run | not run |\n|---|---|---|---|---|---|")
    for harness in PARSERS:
        print("\n".join(rows(sources, build, harness)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
