# SPDX-License-Identifier: BSD-2-Clause
"""The daemon as every client of these tests meets it, and the situations in which it meets it.

One daemon serves all tests. Each zone has a mood, so that what a client is told depends on the host
it asks for and nothing else: `dyn` publishes, `strict` takes no address of documentation, `lame`'s
publisher refuses in a way that may pass, `slow`'s is never heard of in time.
"""

from __future__ import annotations

import itertools
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from system.clients import Login
from system.conftest import Service
from system.harness import NAME, Config, Tls, dig

DYN, STRICT = "dyn.example.com", "strict.example.com"
LAME, SLOW = "lame.example.com", "slow.example.com"
PROVIDERS = ("members.dyndns.org", "dynupdate.no-ip.com", "checkip.dyndns.com")
# The second is told to wait as long as anybody asks, and is no trouble of the service's as a whole.
AMAZON = {"Z0LAME": (403, "AccessDenied"), "Z0SLOW": (400, "PriorRequestNotComplete")}
TOO_MANY = 21


class Refuser(BaseHTTPRequestHandler):
    """A Route 53 in trouble, each hosted zone in its own."""

    def _refuse(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, code = next(row for name, row in AMAZON.items() if name in self.path)
        body = (
            '<?xml version="1.0"?>'
            '<ErrorResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/">'
            f"<Error><Type>Sender</Type><Code>{code}</Code><Message>not now</Message></Error>"
            "<RequestId>1</RequestId></ErrorResponse>"
        ).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _refuse  # noqa: N815  (names of the library)

    def log_message(self, *_arguments: object) -> None:
        """Nobody reads it."""


def settings(directory: Path, tls: Tls) -> Config:
    aws = {"publisher": "route53"}
    return Config(
        directory,
        tls,
        top={
            "listen": ["0.0.0.0:443"],
            "listen-plain": ["0.0.0.0:80"],
            "dns-listen": ["127.0.0.1:53"],
            "update-deadline": 1,
            "retry-after": 1,
        },
        zones={
            DYN: {"name-server-addresses": ["127.0.0.1"], "allow-special-addresses": True},
            STRICT: {"name-server-addresses": ["127.0.0.1"]},
            LAME: {**aws, "hosted-zone-id": "Z0LAME", "allow-special-addresses": True},
            SLOW: {**aws, "hosted-zone-id": "Z0SLOW", "allow-special-addresses": True},
        },
    )


@dataclass
class World:
    """The one daemon, and a fresh account and host for whoever asks."""

    service: Service
    tls: Tls
    other_ca: Path  # of an authority that has nothing to do with it
    place: Path
    count: itertools.count[int] = field(default_factory=itertools.count)

    def login(self, zone: str, hosts: int, quirk: str | None = None) -> Login:
        """An account with as many hosts in that zone, and a client's directory."""
        number = next(self.count)
        names = [f"h{i}.n{number}.{zone}" for i in range(hosts)]
        user = f"router{number}"
        secret = self.service.ctl.add(user, *names)
        if quirk is not None:
            self.service.ctl.ok("user", "set", user, "--quirk", quirk)
        directory = self.place / user
        directory.mkdir()
        return Login(443, user, secret, names, self.tls.ca, directory, server=NAME)

    def published(self, host: str) -> set[str]:
        port = self.service.daemon.dns_port
        return {address for kind in ("A", "AAAA") for address in dig(port, host, kind)}


def start_refuser() -> ThreadingHTTPServer:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Refuser)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
