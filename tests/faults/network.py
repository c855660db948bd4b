# SPDX-License-Identifier: BSD-2-Clause
"""A daemon whose connections to Amazon go through proxies, and who else feels their trouble."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import quantiles
from time import monotonic

from faults.proxy import Exchange, Proxy
from faults.world import Account, World

ATTEMPT_S = 3.0  # the AWS client gives an attempt up after so long
LATE_MAX_S = 0.5  # and this may become so much more on a busy machine
# What the trouble of one transfer may cost the others, apart from what a busy machine does.
P99_MORE_MAX_S, MORE_MAX_S = 0.05, 0.1
NOISE = 1.5
TRIES = 3  # of a measurement


@contextmanager
def proxied(world: World, **env: str) -> Iterator[tuple[Proxy, Proxy]]:
    """A running daemon, and the proxies between it and its DynamoDB and its Route 53."""
    port, scheme = world.gate.port, world.gate.url.partition(":")[0]
    with Proxy(port, scheme=scheme) as one, Proxy(port, scheme=scheme, seed=2) as two:
        world.aws_ports |= {one.port, two.port}
        ends = {"AWS_ENDPOINT_URL_DYNAMODB": one.url, "AWS_ENDPOINT_URL_ROUTE_53": two.url}
        world.service.env.update({**ends, **env})
        world.start()
        yield one, two


@contextmanager
def in_background(world: World, account: Account, address: str) -> Iterator[None]:
    """An update that is slow; its answer is the oracle's. It ends before the block does."""
    thread = threading.Thread(target=world.update, args=(account, address))
    thread.start()
    try:
        yield
    finally:
        thread.join(30)
        assert not thread.is_alive()


def publish(world: World, accounts: Sequence[Account]) -> None:
    for account in accounts:
        address = world.new_address()
        assert world.update(account, address).text == f"good {address}"


def repeat(world: World, accounts: Sequence[Account], seconds: float) -> list[float]:
    """The last updates of the accounts again, one after another; each reads the table. Says how
    long each took."""
    taken: list[float] = []
    until = monotonic() + seconds
    while monotonic() < until:
        account = accounts[len(taken) % len(accounts)]
        address = world.last_asked(account).address
        began = monotonic()
        answer = world.update(account, address)
        taken.append(monotonic() - began)
        assert answer.text == f"nochg {address}"
    return taken


def p99(values: Sequence[float]) -> float:
    return quantiles(values, n=100)[-1]


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


@dataclass
class Bystanders:
    """Routers that need no Route 53, since they have not moved: how long they wait while the
    update of one that did is in trouble."""

    world: World
    accounts: list[Account]
    victim: Account | None = None  # the last one
    healed_at: float = 0
    before: list[float] = field(default_factory=list)
    during: list[float] = field(default_factory=list)

    def measure(
        self, trouble: Callable[[], None], heal: Callable[[], None], seconds: float
    ) -> None:
        """Before the trouble, and so many seconds within it."""
        for _ in range(TRIES):
            self.world.settle([self.victim] if self.victim else [])
            self.victim = self.world.accounts(1)[0]
            self.before = repeat(self.world, self.accounts, 1.5)
            trouble()
            with in_background(self.world, self.victim, self.world.new_address()):
                try:
                    self.during = repeat(self.world, self.accounts, seconds)
                finally:
                    heal()
                    self.healed_at = monotonic()
            if self.is_unaffected():
                return
        raise AssertionError(self.figure())

    def is_unaffected(self) -> bool:
        return (
            p99(self.during) < NOISE * p99(self.before) + P99_MORE_MAX_S
            and max(self.during) < NOISE * max(self.before) + MORE_MAX_S
        )

    def figure(self) -> str:
        return (
            f"others p99 {milliseconds(p99(self.during))}, slowest {milliseconds(max(self.during))}"
            f" (before: {milliseconds(p99(self.before))}, {milliseconds(max(self.before))})"
        )


def check_cut(exchanges: Sequence[Exchange]) -> float:
    """Each attempt ended at its own deadline, none later; returns the longest."""
    lives = [each.link.ended - each.began for each in exchanges if each.link.ended is not None]
    assert lives, "no attempt was cut"
    assert ATTEMPT_S - LATE_MAX_S < max(lives) < ATTEMPT_S + LATE_MAX_S, lives
    return max(lives)


def forgive_cuts(world: World) -> None:
    """What the gate says of requests that a reset has cut short."""
    told = world.gate.unexpected
    told[:] = [one for one in told if "the connection ended inside a" not in one]
