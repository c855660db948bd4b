# SPDX-License-Identifier: BSD-2-Clause
"""One call of mooringd, or of mooringctl, fails: the n-th of what an update makes, a question, a reload.

Whatever it was: the daemon answers as if nothing had been, or 911, or closes; what it says is so; it
serves the next request; and it ends without a report of the sanitizers, of memory that was left, too.
"""

from __future__ import annotations

import signal
import socket
import sqlite3
import ssl
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from subprocess import CompletedProcess
from time import monotonic, sleep

import pytest

from system.conftest import Service
from aws.wire import Closed
from system.harness import BUILD, HOST, READY, ZONE, Ctl, Daemon, Router, dig, eventually
from system.nameserver import HEADER, SERVFAIL, TYPES, encode_name, read_exactly
from torture.state import COUNT, OFF, Place, State
from torture.units import resolve

STATE = "TORTURE_STATE"
USER = "router1"
NO_REPLY_S = 0.2
WAIT_S = 20  # for what takes no time, on a busy machine
CLOSED = "closed"


class Victim:
    """A daemon with one account, whose calls fail when told."""

    def __init__(self, service: Service, state: State):
        self.service, self.state = service, state
        self.changes = 0
        state.reset(OFF)
        self.secret = service.ctl.add(USER, HOST)
        service.env[STATE] = str(state.path)
        self.start()

    def start(self) -> None:
        self.daemon = self.service.start()
        self.answered_well()

    def restart(self) -> None:
        """After something went wrong: however it ends."""
        self.service.daemons.remove(self.daemon)
        if self.daemon.process.poll() is None:
            self.daemon.kill()
        self.start()

    def new_address(self) -> str:
        self.changes += 1
        return f"192.0.{2 + self.changes // 250}.{1 + self.changes % 250}"

    def address(self) -> str:
        return f"192.0.{2 + self.changes // 250}.{1 + self.changes % 250}"

    def update(self, address: str, password: str | None = None) -> str:
        router = Router(self.daemon, USER, self.secret if password is None else password)
        try:
            return router.update(f"myip={address}", timeout=WAIT_S).text.strip()
        except TimeoutError:
            raise
        except (OSError, ssl.SSLError, AssertionError):  # no reply, or none of HTTP
            assert self.daemon.process.poll() is None, f"it ended:\n{self.daemon.log}"
            return CLOSED

    def published(self) -> list[str]:
        return dig(self.daemon.dns_port, HOST, "A")

    def stored(self) -> str | None:
        path = self.service.config.store["path"]
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=WAIT_S) as database:
            return database.execute("SELECT v4 FROM hosts WHERE name = ?", (HOST,)).fetchone()[0]

    def is_so(self, address: str) -> bool:
        return self.published() == [address] and self.stored() is not None

    def answered_well(self) -> None:
        """The next request is served; a store that was in trouble is opened again first."""

        def served() -> bool:
            text = self.update(self.address())
            assert text in (f"good {self.address()}", f"nochg {self.address()}", "911", CLOSED), text
            return text not in ("911", CLOSED)

        eventually("the next request is served", served, WAIT_S)
        assert self.is_so(self.address()), (self.published(), self.stored())


@pytest.fixture(name="victim")
def fixture_victim(make_service: Callable[..., Service], state: State) -> Iterator[Victim]:
    # No look at the store falls between a request and its answer.
    yield Victim(make_service(top={"sync-interval": 3600, "http-threads": 1}), state)


class Torture:
    """Fails call after call of what a test does, and notes what went wrong: the rest is wanted, too."""

    def __init__(self, victim: Victim, every: bool):
        self.victim, self.every = victim, every
        self.problems: list[str] = []

    def run(
        self, act: Callable[[], None], check: Callable[[int], None], program: str = "mooringd"
    ) -> None:
        """act() is counted: what it calls fails afterwards, everything for --all-calls, or once for each
        place. check(n) acts in the same way, calls armed(n) around that, and checks."""
        state = self.victim.state
        state.reset(OFF)
        with self.armed(COUNT):
            act()
        first: dict[Place, int] = {}
        for _, number, place in state.records():
            first.setdefault(place, number)
        most = max(first.values(), default=0)
        assert most > 0, "no call was counted: is the build one by tests/torture/ranlib?"
        names = resolve(BUILD / program, (place.call for place in first))
        for n in range(1, most + 1) if self.every else sorted(first.values()):
            self.try_one(n, check, names)
        assert not self.problems, "\n".join(self.problems)

    def try_one(self, n: int, check: Callable[[int], None], names: dict[int, str]) -> None:
        state = self.victim.state
        try:
            check(n)
        except (AssertionError, TimeoutError) as problem:
            failed = state.slot(0).failed
            self.problems.append(f"call {n}, {names.get(failed, 'elsewhere')}: {problem}")
            state.set(0, OFF)
            self.victim.restart()

    @contextmanager
    def armed(self, n: int) -> Iterator[None]:
        state = self.victim.state
        state.set(0, n)
        yield
        state.disarm(0)


@pytest.fixture(name="torture")
def fixture_torture(request: pytest.FixtureRequest, victim: Victim) -> Torture:
    return Torture(victim, request.config.getoption("--all-calls"))


def test_good(victim: Victim, torture: Torture) -> None:
    def check(n: int) -> None:
        address = victim.new_address()
        with torture.armed(n):
            text = victim.update(address)
        assert text in (f"good {address}", "911", CLOSED), text
        if text.startswith("good"):
            assert victim.is_so(address), (victim.published(), victim.stored())
        victim.answered_well()

    torture.run(lambda: victim.update(victim.new_address()), check)


def test_nochg(victim: Victim, torture: Torture) -> None:
    def check(n: int) -> None:
        address = victim.address()
        with torture.armed(n):
            text = victim.update(address)
        assert text in (f"nochg {address}", f"good {address}", "911", CLOSED), text
        victim.answered_well()

    torture.run(lambda: victim.update(victim.address()), check)


def test_badauth(victim: Victim, torture: Torture) -> None:
    def check(n: int) -> None:
        with torture.armed(n):
            text = victim.update("192.0.9.9", "wrong")
        assert text in ("badauth", "911", CLOSED), text
        assert victim.is_so(victim.address()), (victim.published(), victim.stored())
        victim.answered_well()

    torture.run(lambda: victim.update("192.0.9.9", "wrong"), check)


def ask(port: int, tcp: bool, timeout: float = WAIT_S) -> bytes:
    """The reply; nothing if none comes."""
    question = HEADER.pack(1, 0, 1, 0, 0, 0) + encode_name(HOST) + struct.pack("!2H", TYPES["A"], 1)
    kind = socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.settimeout(timeout)
        try:
            sock.connect(("127.0.0.1", port))
            if not tcp:
                sock.send(question)
                return sock.recv(65535)
            sock.sendall(struct.pack("!H", len(question)) + question)
            (length,) = struct.unpack("!H", read_exactly(sock, 2))
            return read_exactly(sock, length)
        except (OSError, Closed):
            return b""


@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
def test_question(victim: Victim, torture: Torture, tcp: bool) -> None:
    def check(n: int) -> None:
        address = socket.inet_aton(victim.address())
        with torture.armed(n):
            reply = ask(victim.daemon.dns_port, tcp, NO_REPLY_S)
        assert not reply or reply[3] & 15 == SERVFAIL or reply.endswith(address), reply
        eventually("the next one is answered", lambda: ask(victim.daemon.dns_port, tcp).endswith(address))

    torture.run(lambda: ask(victim.daemon.dns_port, tcp), check)
    victim.answered_well()


def reload(daemon: Daemon, state: State) -> None:
    """Ends when the daemon said so; or when the call failed that was to, and it had some time."""
    done = "the certificate (was read again|in use stays)"
    before = len(daemon.log_lines(done))
    daemon.send_signal(signal.SIGHUP)
    deadline = monotonic() + WAIT_S
    while len(daemon.log_lines(done)) == before and monotonic() < deadline:
        if state.slot(0).failed:
            deadline = min(deadline, monotonic() + NO_REPLY_S)
        sleep(0.005)


def test_reload(victim: Victim, torture: Torture) -> None:
    def check(n: int) -> None:
        with torture.armed(n):
            reload(victim.daemon, victim.state)
        assert victim.daemon.process.poll() is None, f"it ended:\n{victim.daemon.log}"
        victim.answered_well()

    torture.run(lambda: reload(victim.daemon, victim.state), check)


def test_user_add(victim: Victim, torture: Torture) -> None:
    ctl = Ctl(victim.service.config.write(), {STATE: str(victim.state.path)})

    def add(name: str) -> CompletedProcess[str]:
        return ctl.run("user", "add", name, f"{name}.{ZONE}")

    def check(n: int) -> None:
        name = f"u{n}"
        with torture.armed(n):
            done = add(name)
        assert done.returncode in (0, 1, 2), (done.returncode, done.stderr)
        is_there = name in victim.service.ctl.ok("user", "list").split()
        assert (done.returncode == 0) == is_there, (done, is_there)
        assert done.stderr.strip() or done.returncode == 0, done

    torture.run(lambda: add("counted"), check, "mooringctl")
    victim.answered_well()


def test_start(victim: Victim, torture: Torture) -> None:
    """It starts, or says in one line why not."""

    def start() -> Daemon:
        daemon = victim.service.launch()
        eventually(
            "it starts or ends",
            lambda: bool(daemon.log_lines(READY)) or daemon.process.poll() is not None,
            WAIT_S,
        )
        return daemon

    def check(n: int) -> None:
        with torture.armed(n):
            daemon = start()
        victim.service.daemons.remove(daemon)
        if daemon.process.poll() is None:
            daemon.stop()
            return
        assert daemon.wait() in (1, 2, 78), daemon.log
        assert daemon.log
        daemon.check_reports()

    victim.daemon.stop()
    torture.run(lambda: start().stop(), check)
