# SPDX-License-Identifier: BSD-2-Clause
"""Who attacks a daemon while routers update: floods in every phase of a request, guesses, garbage."""

from __future__ import annotations

import random
import socket
import ssl
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from itertools import count, cycle
from threading import Event, Thread

from system.flood import BEFORE_TLS, PHASES, Flood, loopback
from system.harness import basic, get

PATIENCE_S = 5
GARBAGE = (
    b"\0" * 64,
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 3000 + b"\r\n",
    b"POST /nic/update HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)),
)


class Attackers:
    """Each kind has a thread, and addresses of its own; all stop with the block."""

    def __init__(self, plain_port: int, https_port: int, tls: ssl.SSLContext, victim: str, size: int):
        """size: of a flood, in connections."""
        self.done: Counter[str] = Counter()
        self._plain, self._https, self._tls = plain_port, https_port, tls
        self._victim, self._size = victim, size
        self._over = Event()
        kinds: list[Callable[[], None]] = [self._flood, self._flood_tls, self._guess, self._babble]
        self._threads = [Thread(target=kind) for kind in kinds]

    def __enter__(self) -> Attackers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _hold_all(
        self, port: int, phases: dict, sources: list[str], tls: ssl.SSLContext | None, at_once: int
    ) -> None:
        for hold in cycle(phases.values()):
            if self._over.is_set():
                return
            flood = Flood(port, hold, sources, self._size, tls)
            for _ in range(20):
                flood.fill(at_once)
                if self._over.wait(0.25):
                    break
            self.done["connections held"] += flood.opened
            flood.close()

    def _flood(self) -> None:
        self._hold_all(self._plain, PHASES, loopback(200), None, 64)

    def _flood_tls(self) -> None:
        self._hold_all(self._https, {**PHASES, **BEFORE_TLS}, loopback(300)[200:], self._tls, 16)

    def _say(self, source: str, raw: bytes) -> None:
        with suppress(OSError):
            at = ("127.0.0.1", self._plain)
            with socket.create_connection(at, PATIENCE_S, source_address=(source, 0)) as sock:
                sock.sendall(raw)
                while sock.recv(65536):
                    pass

    def _guess(self) -> None:
        """At a login that exists, and at others."""
        for number in count():
            if self._over.wait(0.02):
                return
            user = self._victim if number % 2 else f"nobody{number}"
            login = "Authorization: " + basic(user, f"guess{number}")
            raw = get("/nic/update?myip=192.0.2.66", login, "Connection: close")
            self._say(f"127.2.0.{number % 200 + 1}", raw)
            self.done["guesses"] += 1

    def _babble(self) -> None:
        chance = random.Random(0)
        while not self._over.wait(0.05):
            raw = bytearray(chance.choice(GARBAGE))
            raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
            self._say("127.2.1.1", bytes(raw))
            self.done["garbage"] += 1
