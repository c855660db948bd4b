# SPDX-License-Identifier: BSD-2-Clause
"""Certificates that sign themselves, and which of them a listener shows."""

from __future__ import annotations

import re
from pathlib import Path

from system.harness import run

RSA, ECDSA = "rsa:2048", "ec -pkeyopt ec_paramgen_curve:prime256v1"


def make_pair(directory: Path, stem: str, kind: str, days: int) -> str:
    """Signs itself; as the key certificates names it. Negative days: it ended so long ago."""
    certificate, key = directory / f"{stem}.pem", directory / f"{stem}.key"
    # fmt: off
    done = run([
        *(["faketime", "-f", f"{days - 1}d"] if days < 0 else []),
        "openssl", "req", "-x509", "-newkey", *kind.split(), "-nodes", "-days", str(max(days, 1)),
        "-subj", f"/CN={stem}", "-keyout", key, "-out", certificate,
    ])
    # fmt: on
    assert done.returncode == 0, done.stderr
    return f"{certificate}:{key}"


def shown(port: int, *options: str) -> str:
    """The name in the certificate that openssl's client is shown."""
    done = run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}", *options], input="")
    subject = re.search(r"^ 0 s:CN ?= ?(.+)$", done.stdout, re.MULTILINE)
    assert subject is not None, done.stdout + done.stderr
    return subject[1]
