# SPDX-License-Identifier: BSD-2-Clause
"""Two daemons on one table and zone, routers that move, and trouble before every step: what a game
draws from its seed. A round is some trouble, or none, an update by one router, or none, and perhaps
a daemon that is killed and started again.

A failure names its seed; MOORING_SEED=n draws the same again. The machine's timing is not drawn:
the same seed is the same script, not the same run.
"""

from __future__ import annotations

import os
import random
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic

from aws.faults import Fault, Hold
from faults.rivals import CHANGE, DAEMONS, WRITE, Pair, Road, spoilt
from faults.world import READ, Account
from system.harness import Response, Value

TOP: dict[str, Value] = {"update-deadline": 3, "history": "changes"}
SETTLE_S = 3  # much longer than anything is held, on a busy machine, too
HELD_MAX_S = 0.8
WAITING_MAX = 12  # requests; some have to wait for their deadline
KILLS, AMBUSHES = 0.015, 0.08  # of the rounds
HOSTS = 4  # one of them flaps


def seeds(games: int) -> range:
    first = int(os.environ.get("MOORING_SEED") or secrets.randbits(32))
    return range(first, first + games)


@dataclass
class Held:
    """One publication on its way: released, it lands, and its daemon hears of it a little later."""

    number: int
    before: Hold
    after: Hold

    def begin(self) -> None:
        """It lands in time, whatever the test is busy with."""
        timer = threading.Timer(HELD_MAX_S, self.before.release)
        timer.daemon = True
        timer.start()

    def release(self) -> None:
        self.before.release()
        self.after.release()


@dataclass
class Game:
    pair: Pair
    chance: random.Random
    flapping: Account
    quiet: list[Account]
    held: list[Held] = field(default_factory=list)
    waiting: set[Future[Response | None]] = field(default_factory=set)
    trouble: Counter[str] = field(default_factory=Counter)
    events: list[tuple[float, str]] = field(default_factory=list)  # what we did, and when
    again: int = 0  # publications that trouble of ours may have repeated
    pause: threading.Event = field(default_factory=threading.Event)

    def note(self, what: str) -> None:
        self.events.append((monotonic(), what))

    def story(self, host: str) -> list[str]:
        """What became of it, in order."""
        steps = list(self.events)
        for one in self.pair.world.oracle.asked(host):
            steps.append((one.began, f"{host} asks for {one.address}"))
            steps.append((one.ended, f"{host} asked for {one.address}, was told {one.line}"))
        for each in self.pair.world.route53.applied():
            if each.name.rstrip(".") == host:
                steps.append((each.at, f"{host} is {each.values} in the zone"))
        steps += self.writes(host)
        begin = min((at for at, _ in steps), default=0)
        return [f"{at - begin:8.3f} {what}" for at, what in sorted(steps)]

    def writes(self, host: str) -> list[tuple[float, str]]:
        """Of its state, by which road to the table, and how each ended."""
        gates = [("the tools", self.pair.world.gate)]
        gates += [(f"road {n}", road) for n, road in enumerate(self.pair.used)]
        return [
            (call.at, f"{name}: {call.operation} {call.status} {call.code or ''} {call.body.decode()}")
            for name, gate in gates
            for call in gate.calls()
            if call.operation in ("UpdateItem", "TransactWriteItems") and host in str(call.body)
        ]

    @contextmanager
    def named(self, seed: int) -> Iterator[None]:
        """A failure within says how to draw the same again, and tells the story of its host."""
        try:
            yield
        except BaseException as problem:
            for host in sorted(self.pair.world.oracle.hosts()):
                if host in str(problem):
                    problem.add_note("\n".join(self.story(host)))
            problem.add_note(f"MOORING_SEED={seed}")
            raise

    def send(self, account: Account, address: str, number: int) -> Future[Response | None]:
        self.note(f"{account.user} asks daemon {number} for {address}")
        answer = self.pair.ask(account, address, number)
        self.waiting.add(answer)
        return answer

    # Trouble for the next calls of one daemon.

    def _lost(self, road: Road) -> None:
        road.script.lose_reply(self.chance.choice((CHANGE, WRITE, READ)))
        self.again += HOSTS

    def _cut(self, road: Road) -> None:
        road.script.cut(self.chance.choice((CHANGE, WRITE, READ)), self.chance.randrange(400))
        self.again += HOSTS

    def _spoilt(self, road: Road) -> None:
        road.script.add(spoilt(self.chance.choice((CHANGE, WRITE))))
        self.again += HOSTS

    def _failed(self, road: Road) -> None:
        road.script.fail(CHANGE, "ServiceUnavailable", status=503)
        road.script.fail(self.chance.choice((WRITE, READ)), "InternalServerError", status=500)

    def _throttled(self, road: Road) -> None:
        road.script.fail(CHANGE, self.chance.choice(("Throttling", "PriorRequestNotComplete")))
        road.script.fail(WRITE, "ProvisionedThroughputExceededException")

    def _conflict(self, road: Road) -> None:
        """Nobody else has written: the daemon believes it and looks again."""
        road.script.fail(WRITE, "ConditionalCheckFailedException")
        self.again += HOSTS

    def _slow(self, road: Road) -> None:
        road.script.delay(self.chance.choice((CHANGE, WRITE, READ)), self.chance.random() * 0.3)

    def _hold(self, road: Road) -> Held:
        held = Held(self.pair.roads.index(road), Hold(), Hold())
        road.script.holds += [held.before, held.after]
        road.script.faults.insert(0, Fault(CHANGE, before=held.before, after=held.after))
        self.held.append(held)
        held.begin()
        return held

    def make_trouble(self) -> None:
        kinds: list[tuple[int, Callable[[Road], object]]] = [
            (6, self._hold),
            (2, self._lost),
            (2, self._cut),
            (2, self._spoilt),
            (1, self._failed),
            (1, self._throttled),
            (1, self._conflict),
            (3, self._slow),
        ]
        road = self.chance.choice(self.pair.roads)
        if len(road.script.faults) > 3:
            return
        (kind,) = self.chance.choices([k for _, k in kinds], [weight for weight, _ in kinds])
        kind(road)
        self.trouble[kind.__name__.strip("_")] += 1

    # Time goes by.

    def let_go(self, share: float) -> None:
        """That share of what is held, in any order; the reply of what has landed by itself."""
        self.chance.shuffle(self.held)
        gone = [
            each
            for each in self.held
            if each.after.arrived or self.chance.random() < share
        ]
        self.held = [each for each in self.held if each not in gone]
        for each in gone:
            each.release()

    def kill(self, number: int) -> None:
        """At any moment; if one of its publications is held, just after it has landed."""
        mine = [each for each in self.held if each.number == number and each.before.arrived]
        for each in mine:
            each.before.release()
        for each in mine:
            try:
                each.after.wait_arrived(timeout=0.5)
                self.trouble["killed after it landed"] += 1
            except TimeoutError:
                pass  # refused, or the daemon had given up
        self.pair.kill(number)
        self.note(f"daemon {number} is killed")
        self.let_go(1)
        self.pair.new_road(number)
        self.pair.start(number)
        self.note(f"daemon {number} runs again")
        self.trouble["killed"] += 1
        # It publishes what is owed, now and when it has looked again.
        self.again += 2 * HOSTS

    # Routers.

    def choose_router(self) -> Account:
        return self.flapping if self.chance.random() < 0.8 else self.chance.choice(self.quiet)

    def ask(self) -> None:
        """One host, or the flapping one at both daemons at once."""
        if len(self.waiting) >= WAITING_MAX:
            return
        world = self.pair.world
        account = self.choose_router()
        both = account is self.flapping and self.chance.random() < 0.25
        numbers = range(DAEMONS) if both else [self.chance.randrange(DAEMONS)]
        for number in numbers:
            last = world.last_asked(account)
            repeats = last is not None and self.chance.random() < 0.25
            address = last.address if repeats else world.new_address()
            self.send(account, address, number)

    def choose_ambushed(self) -> tuple[Account, Account]:
        """Whose publication is held, and whose overtakes it: of the same host."""
        account = self.chance.choice((self.flapping, *self.quiet))
        return account, account

    def before_overtaking(self, account: Account) -> None:
        """The publication of the account is held, and not overtaken yet."""

    def ambush(self) -> None:
        """A publication is held until the other daemon has overtaken it."""
        number = self.chance.randrange(DAEMONS)
        world = self.pair.world
        account, other = self.choose_ambushed()
        held = self._hold(self.pair.roads[number])
        self.send(account, world.new_address(), number)
        try:
            held.before.wait_arrived(timeout=0.5)
        except TimeoutError:
            return  # other trouble came first
        self.before_overtaking(account)
        overtaking = self.send(other, world.new_address(), 1 - number)
        wait([overtaking], 0.3)
        self.trouble["overtaken"] += 1
        if self.chance.random() < 0.5:
            self.kill(number)

    def round(self) -> None:
        if self.chance.random() < 0.7:
            self.make_trouble()
        if self.chance.random() < AMBUSHES and len(self.waiting) < WAITING_MAX:
            self.ambush()
        else:
            self.ask()
        self.let_go(0.1)
        if self.chance.random() < KILLS:
            self.kill(self.chance.randrange(DAEMONS))
        _, self.waiting = wait(self.waiting, self.chance.choice((0, 0.01, 0.03, 0.06)))

    # At rest.

    def calm(self) -> None:
        """No more trouble; every router has its answer."""
        self.note("no more trouble")
        self.let_go(1)
        self.pair.heal()
        _, self.waiting = wait(self.waiting, 40)
        assert not self.waiting, "a router waits for ever"

    def rest(self) -> None:
        self.calm()
        self.pair.world.check(within=60, ordered=False, unanswered=True)

    def play(self, rounds: int, rounds_to_rest: int) -> None:
        """rounds is a multiple of rounds_to_rest."""
        self.pair.start()
        for number in range(1, rounds + 1):
            self.round()
            if number % rounds_to_rest == 0:
                # What nobody sends again before the rest has to be repaired by the daemons.
                self.ambush()
                self.rest()
