#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The resolver of a network namespace in which the documents' own addresses are real ones.

It knows what README tells its readers to enter at their registrar, and asks the name server at
192.0.2.1 for the names below dyn.example.com. It listens at 127.0.0.2, port 53, and says "ready".
"""

from __future__ import annotations

import socket
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from system.nameserver import Answer, NameServer, read_question  # noqa: E402

HOST, SERVER = "127.0.0.2", ("192.0.2.1", 53)
ZONE = "dyn.example.com"
V4, V6 = ["192.0.2.1"], ["2001:db8::1"]
PARENT = {
    (ZONE, "NS"): Answer(["ns1.dyn.example.com"]),
    ("ns1.dyn.example.com", "A"): Answer(V4),
    ("ns1.dyn.example.com", "AAAA"): Answer(V6),
    ("ddns.example.com", "A"): Answer(V4),
    ("ddns.example.com", "AAAA"): Answer(V6),
}


class Resolver(NameServer):
    def _reply(self, query: bytes, is_udp: bool) -> bytes:
        name, _, _ = read_question(query)
        if not name.endswith("." + ZONE) or name.startswith("ns1."):
            return super()._reply(query, is_udp)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.settimeout(5)
            asking.sendto(query, SERVER)
            return asking.recv(4096)


if __name__ == "__main__":
    with Resolver(PARENT, host=HOST, port=53):
        print("ready", flush=True)
        threading.Event().wait()
