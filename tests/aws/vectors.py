# SPDX-License-Identifier: BSD-2-Clause
"""Where the test vectors are: MOORING_VECTORS, or tests/vectors of this tree."""

from __future__ import annotations

import json
import os
from pathlib import Path
from urllib.parse import urlsplit

from aws.sigv4 import Request

VECTORS = Path(os.environ.get("MOORING_VECTORS") or Path(__file__).parent.parent / "vectors")


def golden_cases() -> list[dict]:
    """Requests as the reference SDK puts them on the wire, with a frozen clock."""
    path = VECTORS / "sigv4" / "service-golden" / "golden.json"
    return json.loads(path.read_text(encoding="utf-8"))["cases"]


def golden_request(case: dict) -> Request:
    url = urlsplit(case["url"])
    target = url.path + (f"?{url.query}" if url.query else "")
    headers = [("Host", url.netloc), *case["headers"].items()]
    return Request(
        case["method"],
        target.encode("latin-1"),
        [(name.encode(), value.encode("latin-1")) for name, value in headers],
        (case["body"] or "").encode(),
    )
