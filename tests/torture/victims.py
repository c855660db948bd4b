# SPDX-License-Identifier: BSD-2-Clause
"""The daemons whose calls fail, and what makes them fail."""

from __future__ import annotations

import sqlite3
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from faults.observe import is_made_sure
from faults.world import World
from system.conftest import Service
from system.harness import BUILD, ZONE, Router, dig, eventually
from torture.state import COUNT, OFF, Place, State
from torture.units import resolve

STATE = "TORTURE_STATE"
WAIT_S = 20  # for what takes no time, on a busy machine
CLOSED = "closed"
KINDS = EMBEDDED, AWS = "embedded", "DynamoDB and Route 53"


class Victim:
    """A daemon whose calls fail when told, with one account at a time: the embedded default."""

    accounts = 0

    def __init__(self, service: Service, state: State):
        self.service, self.state = service, state
        self.changes = 0
        state.reset(OFF)
        self.take_new_account()
        service.env[STATE] = str(state.path)
        self.start()

    def take_new_account(self) -> None:
        """From now on it is the one that updates; its host has no address yet."""
        self.accounts += 1
        self.user, self.host = f"router{self.accounts}", f"h{self.accounts}.{ZONE}"
        self.secret = self.service.ctl.add(self.user, self.host)

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
        router = Router(self.daemon, self.user, self.secret if password is None else password)
        try:
            return router.update(f"myip={address}", timeout=WAIT_S).text.strip()
        except TimeoutError:
            raise
        except (OSError, ssl.SSLError, AssertionError):  # no reply, or none of HTTP
            assert self.daemon.process.poll() is None, f"it ended:\n{self.daemon.log}"
            return CLOSED

    def published(self) -> list[str]:
        return dig(self.daemon.dns_port, self.host, "A")

    def stored(self) -> str | None:
        path = self.service.config.store["path"]
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=WAIT_S) as database:
            return database.execute("SELECT v4 FROM hosts WHERE name = ?", (self.host,)).fetchone()[0]

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


class CloudVictim(Victim):
    """The same with an account in DynamoDB and a zone at Route 53."""

    def __init__(self, world: World, state: State):
        self.world = world
        super().__init__(world.service, state)
        eventually("its host is sent twice", self.is_made_sure)

    def take_new_account(self) -> None:
        (self.account,) = self.world.accounts(1)
        self.user, self.secret, self.host = self.account.user, self.account.secret, self.account.host

    def is_made_sure(self) -> bool:
        return is_made_sure(self.world.database.item(self.user))

    def published(self) -> list[str]:
        return self.world.records().get((self.host, "A"), [])

    def stored(self) -> str | None:
        return self.world.state(self.account).v4


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
