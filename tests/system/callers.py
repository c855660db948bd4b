# SPDX-License-Identifier: BSD-2-Clause
"""Clients in the background whom a restart must not fail: routers and resolvers, each with one request
after another, each on a connection of its own. None of them tries anything twice: what has no answer is
a failure. Python's standard library alone, so that a system without the tests' other tools can run it.

    python3 callers.py HTTPS-PORT DNS-PORT CA USER SECRET HOST NAME

updates HOST and asks for NAME until its input ends; then it prints how many answers there were of each
kind, and the first failures.
"""

from __future__ import annotations

import base64
import itertools
import json
import random
import socket
import ssl
import struct
import sys
import threading
from collections.abc import Callable

ANSWER_MAX_S = 30
FAILURES_SHOWN = 5
HEADER = struct.Struct("!6H")
TYPE_A, CLASS_IN, RCODE = 1, 1, 0x000F

Ask = Callable[[], None]


class Failed(Exception):
    """Another answer than there should be."""


class Callers:
    """ways: of each kind what its clients do, a thread each. Use as a context manager."""

    def __init__(self, ways: dict[str, list[Ask]]):
        self.answered = {kind: 0 for kind in ways}
        self.problems: list[str] = []
        self._changed = threading.Condition()
        self._stopped = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, args=(kind, ask))
            for kind, asks in ways.items()
            for ask in asks
        ]

    def __enter__(self) -> Callers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join(2 * ANSWER_MAX_S)
            assert not thread.is_alive(), "a client waits for ever"

    def _work(self, kind: str, ask: Ask) -> None:
        while not self._stopped.is_set():
            problem = ""
            try:
                ask()
            except (OSError, Failed) as failure:
                problem = f"{kind}: {failure!r}"
            with self._changed:
                if problem:
                    self.problems.append(problem)
                else:
                    self.answered[kind] += 1
                self._changed.notify_all()

    @property
    def total(self) -> int:
        return sum(self.answered.values())

    def wait_answered(self, n: int) -> None:
        """Until there were n more answers of each kind."""
        with self._changed:
            until = {kind: count + n for kind, count in self.answered.items()}
            done = self._changed.wait_for(
                lambda: all(self.answered[kind] >= until[kind] for kind in until),
                8 * ANSWER_MAX_S,
            )
        assert done, (until, self.answered, self.problems)


def read_to_end(sock: socket.socket) -> bytes:
    received = b""
    while data := sock.recv(65536):
        received += data
    return received


def updates(port: int, context: ssl.SSLContext | None, user: str, secret: str, host: str) -> Ask:
    """A router: every fourth time it has a new address."""
    login = base64.b64encode(f"{user}:{secret}".encode()).decode()
    turns = itertools.count()

    def ask() -> None:
        turn = next(turns)
        address = f"9.9.{turn // 4 // 250 % 250}.{turn // 4 % 250 + 1}"
        wanted = f"{'nochg' if turn % 4 else 'good'} {address}"
        request = (
            f"GET /nic/update?hostname={host}&myip={address} HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: Basic {login}\r\nConnection: close\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", port), ANSWER_MAX_S) as plain:
            sock = context.wrap_socket(plain, server_hostname="localhost") if context else plain
            with sock:
                sock.sendall(request.encode())
                reply = read_to_end(sock)
        if not reply.startswith(b"HTTP/1.1 200 ") or not reply.endswith(f"\r\n{wanted}".encode()):
            raise Failed(f"{reply!r} instead of {wanted}")

    return ask


def new_query(name: str) -> bytes:
    """For its A record."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    header = HEADER.pack(random.randrange(65536), 0, 1, 0, 0, 0)
    return header + labels + b"\0" + struct.pack("!2H", TYPE_A, CLASS_IN)


def framed(message: bytes) -> bytes:
    return struct.pack("!H", len(message)) + message


def check_answer(query: bytes, answer: bytes) -> None:
    if len(answer) < HEADER.size:
        raise Failed(f"no answer: {answer!r}")
    identifier, flags, _, answers, _, _ = HEADER.unpack_from(answer)
    if (identifier, flags & RCODE, answers) != (HEADER.unpack_from(query)[0], 0, 1):
        raise Failed(f"this is no answer with one address: {answer!r}")


def over_udp(port: int, name: str) -> Ask:
    def ask() -> None:
        query = new_query(name)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(ANSWER_MAX_S)
            sock.connect(("127.0.0.1", port))
            sock.send(query)
            check_answer(query, sock.recv(4096))

    return ask


def over_tcp(port: int, name: str) -> Ask:
    def ask() -> None:
        query = new_query(name)
        with socket.create_connection(("127.0.0.1", port), ANSWER_MAX_S) as sock:
            sock.sendall(framed(query))
            sock.shutdown(socket.SHUT_WR)
            check_answer(query, read_to_end(sock)[2:])

    return ask


def main(https: str, dns: str, ca: str, user: str, secret: str, host: str, name: str) -> None:
    context = ssl.create_default_context(cafile=ca)
    ways = {
        "TLS": [updates(int(https), context, user, secret, host)],
        "DNS over UDP": [over_udp(int(dns), name)],
        "DNS over TCP": [over_tcp(int(dns), name)],
    }
    with Callers(ways) as callers:
        sys.stdin.read()
    print(json.dumps({"answered": callers.answered, "failed": callers.problems[:FAILURES_SHOWN]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
