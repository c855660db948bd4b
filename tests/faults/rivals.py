# SPDX-License-Identifier: BSD-2-Clause
"""Two daemons on one table and one hosted zone, each on a road of its own to Amazon.

A call that is held on one road does not stop the other daemon's, so that an older publication can
really land after a newer one. Whoever hangs up takes back what is still held.
"""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from aws.emulators import REGION
from aws.errors import Reply, error
from aws.faults import Fault
from aws.gate import Gate
from aws.sigv4 import Request
from aws.wire import Closed, Stream
from faults.world import CHANGE, WRITE, Account, World
from system.harness import Daemon, Response, eventually

DAEMONS = 2
ROUTERS = 32  # requests at once


@dataclass
class Spoilt(Fault):
    """Accepted by the service, which then says that it failed."""

    spoilt: Reply | None = None


def spoilt(action: str) -> Spoilt:
    code = "InternalServerError" if action.startswith("dynamodb") else "InternalFailure"
    return Spoilt(action, spoilt=error(action.partition(":")[0], code, "", 500))


def has_hung_up(sock: socket.socket) -> bool:
    # Not select(), which knows the first 1024 descriptors only.
    poller = select.poll()
    poller.register(sock, select.POLLIN)
    try:
        return bool(poller.poll(0)) and sock.recv(1, socket.MSG_PEEK) == b""
    except OSError:
        return True


class Road(Gate):
    """One daemon's way to Amazon. keeps_calls: held ones go on though their caller has hung up."""

    def __init__(self, *args: object, **options: object):
        self.keeps_calls = False
        self._caller = threading.local()
        super().__init__(*args, **options)

    def _serve_one(self, stream: Stream, upstreams: dict[str, Stream]) -> bool:
        self._caller.sock = stream.sock
        return super()._serve_one(stream, upstreams)

    def _exchange(
        self, request: Request, raw: bytes, service: str, upstreams: dict[str, Stream]
    ) -> tuple[int, bytes]:
        if not self.keeps_calls and has_hung_up(self._caller.sock):
            raise Closed
        return super()._exchange(request, raw, service, upstreams)

    def _forward(
        self,
        request: Request,
        raw: bytes,
        service: str,
        fault: Fault,
        upstreams: dict[str, Stream],
    ) -> tuple[int, str | None, bytes]:
        status, code, reply = super()._forward(request, raw, service, fault, upstreams)
        if isinstance(fault, Spoilt) and status == 200:
            return fault.spoilt.status, fault.spoilt.code, fault.spoilt.wire(self.clock())
        return status, code, reply


@dataclass
class Pair:
    world: World
    settle_s: int
    roads: list[Road] = field(default_factory=list)  # of each daemon
    used: list[Road] = field(default_factory=list)  # every one ever made
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(ROUTERS))

    def new_road(self, number: int) -> None:
        """For the daemon's next start; what it left on the old one is still under way."""
        world = self.world
        road = Road(world.gate.upstreams, world.gate.identities.values(), REGION)
        road.zones.update(world.gate.zones)
        world.aws_ports.add(road.port)
        self.used.append(road)
        self.roads[number:] = [road, *self.roads[number + 1 :]]

    def start(self, number: int | None = None) -> None:
        for n in range(DAEMONS) if number is None else [number]:
            self.world.start(n, env={"AWS_ENDPOINT_URL": self.roads[n].url})

    def daemon(self, number: int) -> Daemon:
        return self.world.daemons[number]

    def kill(self, number: int) -> None:
        self.daemon(number).kill()

    def wait_made_sure(self, account: Account) -> None:
        self.world.wait_made_sure([account])

    def ask(self, account: Account, address: str, number: int) -> Future[Response | None]:
        """In the background; no answer: None."""

        def work() -> Response | None:
            try:
                return self.world.update(account, address, number)
            except (OSError, AssertionError):
                return None

        return self.pool.submit(work)

    def told(self, account: Account, address: str, number: int) -> str:
        return self.world.update(account, address, number).text

    def heal(self) -> None:
        for road in self.used:
            road.script.clear()
        self.world.heal()

    def changes(self, account: Account) -> list[str]:
        """Every value that took effect, in order; a record that goes is an empty one."""
        return [
            each.values[0] if each.values else ""
            for each in self.world.route53.applied()
            if each.name.rstrip(".") == account.host
        ]

    def close(self) -> None:
        """Every daemon must end well. Once more is harmless."""
        self.heal()
        self.pool.shutdown()
        try:
            self.world.service.finish()
        finally:
            for road in self.used:
                road.close()
        assert [problem for road in self.used for problem in road.unexpected] == []


@pytest.fixture(name="make_pair")
def fixture_make_pair(make_world: Callable[..., World]) -> Iterator[Callable[..., Pair]]:
    """settle_s: the key settle-time; the other arguments as for make_world()."""
    made: list[Pair] = []

    def make(database: str = "dynalite", settle_s: int = 1, **options: object) -> Pair:
        top = {"settle-time": settle_s, **options.pop("top", {})}
        pair = Pair(make_world(database, daemons=DAEMONS, top=top, **options), settle_s)
        made.append(pair)
        for number in range(DAEMONS):
            pair.new_road(number)
        return pair

    yield make
    for pair in made:
        pair.close()


__all__ = [
    "CHANGE",
    "DAEMONS",
    "WRITE",
    "Pair",
    "Road",
    "Spoilt",
    "fixture_make_pair",
    "spoilt",
]
