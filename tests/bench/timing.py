# SPDX-License-Identifier: BSD-2-Clause
"""Whether the time of a refusal tells what account it is about: every kind of refusal, interleaved."""

from __future__ import annotations

import base64
import random
import socket
import sqlite3
import statistics
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.daemon import Mooring, stored_secret
from bench.document import measured, section, table

SAMPLES = 6000  # of each kind
SLOW_SAMPLES = 1500  # where crypt(3) is run
MANY_HOSTS = 1000
REQUESTS = 900  # of one connection, which ends at 1000
CROPPED = 0.95  # of all samples: what the machine did meanwhile is left out, alike for all
CRYPT_4 = "$2b$04$abcdefghijklmnopqrstuuE4JpZuqJDXhWMcxjTm2TXjVnLNLnn0C"
CRYPT_6 = "$6$rounds=1000$saltsaltsaltsalt$" + "x" * 86
# A client that is wrong thousands of times is braked otherwise.
CONFIG = """
auth-penalty = 0
listen = {}
listen-plain = { "127.0.0.1:0" }
dns-listen = { "127.0.0.1:0" }
zone "dyn.example.com" { name-server-addresses = { "127.0.0.1" } allow-special-addresses = true }
"""


@dataclass
class Case:
    """A login that is refused; secret None: it does not exist."""

    name: str
    secret: str | None
    disabled: bool = False
    hosts: int = 1
    times: list[float] = field(default_factory=list)


def fast_cases() -> list[Case]:
    return [
        Case("unknown login", None),
        Case("wrong password, generated secret", stored_secret()),
        Case("wrong password, clear text", "another-secret"),
        Case("wrong password, 1,000 hosts", stored_secret(), hosts=MANY_HOSTS),
        Case("wrong password, no host", stored_secret(), hosts=0),
        Case("disabled account", stored_secret(), disabled=True),
        Case("malformed: no secret", ""),
        Case("malformed: a hash that is cut off", "$2b$04$abc"),
    ]


def slow_cases() -> list[Case]:
    return [
        Case("wrong password, bcrypt", CRYPT_4),
        Case("wrong password, SHA-512 crypt", CRYPT_6),
        Case("disabled account, bcrypt", CRYPT_4, disabled=True),
    ]


def login_of(i: int) -> str:
    return f"router{i:02}"


def fill(mooring: Mooring, cases: list[Case]) -> None:
    mooring.ctl("user", "list")  # makes the tables
    accounts = [(login_of(i), c.secret, c.disabled) for i, c in enumerate(cases) if c.secret is not None]
    hosts = [
        (login_of(i), f"h{n}.c{i}.dyn.example.com", n)
        for i, case in enumerate(cases)
        if case.secret is not None
        for n in range(case.hosts)
    ]
    with closing(sqlite3.connect(mooring.database)) as db, db:
        db.executemany("INSERT INTO accounts (user, secret, disabled) VALUES (?, ?, ?)", accounts)
        db.executemany("INSERT INTO hosts (user, name, position) VALUES (?, ?, ?)", hosts)


class Client:
    """One connection after the other; each answers many requests."""

    def __init__(self, port: int):
        self.port = port
        self.left = 0
        self.sock: socket.socket | None = None

    def close(self) -> None:
        if self.sock is not None:
            self.sock.close()

    def ask(self, user: str) -> float:
        """Seconds until the refusal is there."""
        if self.left == 0:
            self.close()
            self.sock = socket.create_connection(("127.0.0.1", self.port), 20)
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.left = REQUESTS
        self.left -= 1
        pair = base64.b64encode(f"{user}:not-the-password".encode()).decode()
        raw = (
            "GET /nic/update?hostname=h0.dyn.example.com&myip=192.0.2.1 HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: Basic {pair}\r\nConnection: keep-alive\r\n\r\n"
        ).encode()
        begun = time.perf_counter()
        self.sock.sendall(raw)
        reply = self.sock.recv(4096)
        took = time.perf_counter() - begun
        if not reply.startswith(b"HTTP/1.1 401") or not reply.endswith(b"badauth"):
            raise RuntimeError(f"{user} was told {reply!r}")
        return took


@contextmanager
def client(port: int) -> Iterator[Client]:
    c = Client(port)
    try:
        yield c
    finally:
        c.close()


def sample(port: int, cases: list[Case], samples: int) -> None:
    """Each round asks for every case once, in an order of its own."""
    order = list(range(len(cases)))
    with client(port) as c:
        for i in range(len(cases) * 20):
            c.ask(login_of(i % len(cases)))
        for _ in range(samples):
            random.shuffle(order)
            for i in order:
                cases[i].times.append(c.ask(login_of(i)))


def welch(a: list[float], b: list[float]) -> float:
    error = statistics.variance(a) / len(a) + statistics.variance(b) / len(b)
    return (statistics.mean(a) - statistics.mean(b)) / error**0.5


def crop(cases: list[Case]) -> None:
    every = sorted(t for case in cases for t in case.times)
    limit = every[int(len(every) * CROPPED)]
    for case in cases:
        case.times = [t for t in case.times if t <= limit]


def rows(cases: list[Case]) -> list[list[str]]:
    crop(cases)
    unknown = cases[0].times
    middle = statistics.median(unknown)
    return [
        [
            case.name,
            f"{statistics.median(case.times) * 1e6:.1f} µs",
            f"{statistics.median(case.times) / middle:.3f}",
            f"{welch(case.times, unknown):.1f}" if i > 0 else "-",
        ]
        for i, case in enumerate(cases)
    ]


def measure(build: Path, directory: Path, cases: list[Case], samples: int) -> list[list[str]]:
    directory.mkdir()
    mooring = Mooring(build, directory, CONFIG, {})
    fill(mooring, cases)
    with mooring.running():
        sample(mooring.port, cases, samples)
    return rows(cases)


def report(build: Path, directory: Path) -> str:
    heads = ["refusal", "median", "to unknown", "Welch t"]
    fast = measure(build, directory / "fast", fast_cases(), SAMPLES)
    slow = measure(build, directory / "slow", fast_cases() + slow_cases(), SLOW_SAMPLES)
    return section(
        "Timing",
        f"{measured()}: how long a refusal takes, on one kept connection of plain HTTP, for every kind"
        f" of refusal in an order of its own in each of {SAMPLES} rounds. The slowest"
        f" {100 - CROPPED * 100:.0f} of 100 samples are left out, alike for all.",
        "The time of a refusal must not tell whether a login exists (docs/SECURITY.md): medians within"
        " 2 %, and no t beyond 4.5.",
        table(heads, fast),
        f"The same with accounts of two kinds of crypt(3) in the store, {SLOW_SAMPLES} rounds: a refusal"
        " costs each kind once.",
        table(heads, slow),
    )
