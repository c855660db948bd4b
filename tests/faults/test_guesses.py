# SPDX-License-Identifier: BSD-2-Clause
"""Floods of wrong passwords: the routers that have the right ones are answered all the time."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Callable
from itertools import count
from threading import Event, Thread
from time import monotonic

import pytest

from system.conftest import Service
from system.harness import Daemon, basic, get, metrics, parse_response, read_to_end

FLOODERS = 8
MANY = 1000  # addresses, each a client of its own
SLOW = "battery staple"


def ask(daemon: Daemon, source: str, user: str, password: str) -> str:
    raw = get("/nic/update?myip=192.0.2.1", "Authorization: " + basic(user, password), "Connection: close")
    at = ("127.0.0.1", daemon.plain_port)
    with socket.create_connection(at, 30, source_address=(source, 0)) as sock:
        sock.sendall(raw)
        return parse_response(read_to_end(sock)).text.split(" ")[0]


class Flood:
    """Wrong passwords for one login, or for one that nobody has each time; from so many clients."""

    def __init__(self, daemon: Daemon, victim: str | None, n_clients: int):
        self.words: Counter[str] = Counter()
        self._daemon, self._victim, self._n_clients = daemon, victim, n_clients
        self._number = count()
        self._over = Event()
        self._threads = [Thread(target=self._run) for _ in range(FLOODERS)]

    def _run(self) -> None:
        while not self._over.is_set():
            i = next(self._number)
            at = i % self._n_clients
            user = self._victim or f"nobody{i}"
            self.words[ask(self._daemon, f"127.1.{at // 250}.{1 + at % 250}", user, "x")] += 1

    def is_braked(self, deadline: float) -> bool:
        """One client is, after some guesses."""
        return self._n_clients > 1 or self.words["911"] > 0 or monotonic() > deadline

    def __enter__(self) -> Flood:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()


@pytest.mark.fault(
    35,
    "a flood of wrong passwords, for one login and for unknown ones, from 1 and from 1000 addresses",
    "routers with the right password get their nochg, also behind the flood's own address",
)
@pytest.mark.parametrize("victim", ["generated", "slow", None])
@pytest.mark.parametrize("n_clients", [1, MANY])
def test_flood_of_wrong_passwords_keeps_no_router_out(
    make_service: Callable[..., Service],
    long: bool,
    figures: dict[str, object],
    victim: str | None,
    n_clients: int,
) -> None:
    top = {"listen-plain": ["127.0.0.1:0"], "admin-listen": ["127.0.0.1:0"]}
    brakes = {"auth-penalty": 5, "auth-penalty-max": 600, "changes-per-hour": 60}
    service = make_service(top={**top, **brakes})
    secrets = {"generated": service.ctl.add("generated", "generated.dyn.example.com")}
    service.ctl.add("slow", "slow.dyn.example.com", secret=SLOW)
    secrets["slow"] = SLOW
    daemon = service.start()
    # One is somewhere else, the other one behind an address from which the flood comes.
    sources = ("127.0.0.9", "127.1.0.1")
    for source in sources:
        for user, secret in secrets.items():
            assert ask(daemon, source, user, secret) in ("good", "nochg")
    took: list[float] = []
    with Flood(daemon, victim, n_clients) as flood:
        end = monotonic() + (60 if long else 1.5)
        while monotonic() < end or len(took) < 20 or not flood.is_braked(end + 60):
            for source in sources:
                for user, secret in secrets.items():
                    began = monotonic()
                    assert ask(daemon, source, user, secret) == "nochg", (source, user)
                    took.append(monotonic() - began)
    assert set(flood.words) <= {"badauth", "911"}
    if n_clients == 1:
        by = "login" if victim else "client"
        assert metrics(daemon)[f'mooring_logins_braked_total{{by="{by}"}}'] > 0
    took.sort()
    who = victim or "unknown logins"
    figures[f"{who}, {n_clients}: guesses"] = flood.words.total()
    figures[f"{who}, {n_clients}: p99 of routers, ms"] = round(took[len(took) * 99 // 100] * 1000)
