# SPDX-License-Identifier: BSD-2-Clause
"""A resolver for one process: it alone sees the resolv.conf that names this server."""

from __future__ import annotations

import os
import random
from pathlib import Path

from system.harness import run
from system.nameserver import NXDOMAIN, SERVFAIL, Answer, NameServer

PORT = 53  # resolv.conf(5) knows no other
TRIES = 20

WRAP = (
    'mount --bind "$1/resolv.conf" /etc/resolv.conf'
    ' && mount --bind "$1/nsswitch.conf" /etc/nsswitch.conf && shift && exec "$@"'
)


class Resolver(NameServer):
    """Knows one name, on an address of 127.53.0.0/16: other runs on this machine have their own."""

    def __init__(self, name: str):
        self.name = name
        for left in reversed(range(TRIES)):
            self.address = f"127.53.{random.randint(0, 255)}.{random.randint(1, 254)}"
            try:
                super().__init__({}, host=self.address, port=PORT)
                break
            except PermissionError:
                raise PermissionError(f"a name server on port {PORT} needs root") from None
            except OSError:
                if left == 0:
                    raise
        self.tell("127.0.0.1")

    def tell(self, address: str) -> None:
        """Of that name, from now on."""
        self.answers = {(self.name, "A"): Answer([address]), (self.name, "AAAA"): Answer()}
        self.other = Answer(rcode=NXDOMAIN)
        self.silent = False

    def fail(self, rcode: int) -> None:
        self.answers, self.other = {}, Answer(rcode=rcode)

    def wrapper(self, directory: Path) -> list[str]:
        """In front of a command: in its mount namespace this is the only name server."""
        (directory / "resolv.conf").write_text(f"nameserver {self.address}\nsearch .\n")
        (directory / "nsswitch.conf").write_text("hosts: files dns\n")
        return ["unshare", "--mount", "sh", "-c", WRAP, "sh", str(directory)]


def why_not() -> str | None:
    """What is missing for a resolv.conf of its own, in one sentence; None when nothing is."""
    try:
        Resolver("x.test").__exit__()
    except OSError as problem:
        return str(problem)
    tried = run(["unshare", "--mount", "mount", "--bind", "/etc/hosts", "/etc/resolv.conf"])
    if tried.returncode != 0:
        return f"a mount namespace needs root (uid {os.getuid()}): {tried.stderr.strip()}"
    return None


__all__ = ["NXDOMAIN", "SERVFAIL", "Resolver", "why_not"]
