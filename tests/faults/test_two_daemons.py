# SPDX-License-Identifier: BSD-2-Clause
"""Two daemons, one table, one zone, a host that flaps between them, and trouble before every step:
at rest zone and table have what was acknowledged last, for every name.

What happens is drawn from a seed, which a failure names; MOORING_SEED=n draws the same again. The
machine's timing is not drawn: the same seed is the same script, not the same run.
"""

from __future__ import annotations

import os
import random
import secrets
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from ipaddress import IPv4Address

import pytest

from aws.faults import Fault, Hold
from faults.rivals import CHANGE, DAEMONS, WRITE, Pair, Road, fixture_make_pair, spoilt
from faults.world import READ, Account
from system.harness import Response

SETTLE_S = 3  # much longer than anything is held, on a busy machine, too
HELD_MAX_S = 0.8
WAITING_MAX = 12  # requests; some have to wait for their deadline
ROUNDS, ROUNDS_TO_REST = 120, 40  # of one game
GAMES = 25  # of the long form, each from a seed of its own
KILLS, AMBUSHES = 0.015, 0.08  # of the rounds
HOSTS = 4  # one of them flaps
# By the daemon whose intent it is, and a second time when it has looked again.
CHANGES_PER_INTENT = 2


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
    again: int = 0  # publications that trouble of ours may have repeated
    pause: threading.Event = field(default_factory=threading.Event)

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
        self.let_go(1)
        self.pair.new_road(number)
        self.pair.start(number)
        self.trouble["killed"] += 1
        # It publishes what is owed, now and when it has looked again.
        self.again += 2 * HOSTS

    # Routers.

    def ask(self) -> None:
        """One host, or the flapping one at both daemons at once."""
        if len(self.waiting) >= WAITING_MAX:
            return
        world = self.pair.world
        account = self.flapping if self.chance.random() < 0.8 else self.chance.choice(self.quiet)
        both = account is self.flapping and self.chance.random() < 0.25
        numbers = range(DAEMONS) if both else [self.chance.randrange(DAEMONS)]
        for number in numbers:
            last = world.last_asked(account)
            repeats = last is not None and self.chance.random() < 0.25
            address = last.address if repeats else world.new_address()
            self.waiting.add(self.pair.ask(account, address, number))

    def ambush(self) -> None:
        """A publication is held until the other daemon has overtaken it."""
        number = self.chance.randrange(DAEMONS)
        world, account = self.pair.world, self.chance.choice((self.flapping, *self.quiet))
        held = self._hold(self.pair.roads[number])
        self.waiting.add(self.pair.ask(account, world.new_address(), number))
        try:
            held.before.wait_arrived(timeout=0.5)
        except TimeoutError:
            return  # other trouble came first
        overtaking = self.pair.ask(account, world.new_address(), 1 - number)
        self.waiting.add(overtaking)
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

    def rest(self) -> None:
        self.let_go(1)
        self.pair.heal()
        done, self.waiting = wait(self.waiting, 40)
        assert not self.waiting, "a router waits for ever"
        del done
        self.pair.world.check(within=60, ordered=False, unanswered=True)

    def check_counts(self) -> Counter[str]:
        """At rest: how much was published for what."""
        world = self.pair.world
        self.pause.wait(SETTLE_S + 1)  # for the second looks
        states = [world.state(account) for account in (self.flapping, *self.quiet)]
        found = Counter(
            intents=sum(state.seq for state in states),
            changes=len(world.route53.applied()),
            requests=len(world.oracle.asked()),
            late=landed_late(self.pair, self.flapping),
        )
        # What one has asked for may be taken over once by the other, who intends it anew.
        assert found["intents"] <= DAEMONS * found["requests"]
        assert found["changes"] <= CHANGES_PER_INTENT * found["intents"] + self.again
        self.pause.wait(SETTLE_S + 1)
        assert len(world.route53.applied()) == found["changes"], "they go on publishing"
        return found


def landed_late(pair: Pair, account: Account) -> int:
    """How often an address came after one that was asked for later; each is asked for once."""
    history = [int(IPv4Address(address)) for address in pair.world.history(account.host)]
    return sum(new < old for old, new in zip(history, history[1:]))


def play(pair: Pair, seed: int) -> Counter[str]:
    flapping, *quiet = pair.world.accounts(HOSTS)
    game = Game(pair, random.Random(seed), flapping, quiet)
    pair.start()
    for number in range(1, ROUNDS + 1):
        game.round()
        if number % ROUNDS_TO_REST == 0:
            # What nobody sends again before the rest has to be repaired by the daemons.
            game.ambush()
            game.rest()
    found = game.check_counts()
    print(f"seed {seed}: {dict(found)}, {dict(game.trouble)}")
    return found


@pytest.mark.fault(
    43,
    "Two daemons on one table and zone, a host that flaps, trouble before every step",
    "at rest zone = table = last acknowledged; two changes an intent, and what faults repeat",
)
@pytest.mark.parametrize("database", ["dynalite", "ministack"])
def test_at_rest_zone_and_table_have_what_was_acknowledged_last(
    make_pair: Callable[..., Pair], database: str, long: bool, figures: dict[str, object]
) -> None:
    first = int(os.environ.get("MOORING_SEED") or secrets.randbits(32))
    found: Counter[str] = Counter()
    for seed in range(first, first + (GAMES if long else 1)):
        pair = make_pair(database, settle_s=SETTLE_S, top={"update-deadline": 3})
        try:
            found += play(pair, seed)
        except BaseException as problem:
            problem.add_note(f"MOORING_SEED={seed}")
            raise
        pair.close()
    # Otherwise nothing was tried.
    assert found["late"] > 0 and found["changes"] > found["intents"] / 2
    figures[f"rounds, {database}"] = ROUNDS * (GAMES if long else 1)
    figures[f"changes per intent, {database}"] = round(found["changes"] / found["intents"], 2)
    figures[f"landed late, {database}"] = found["late"]


__all__ = ["fixture_make_pair"]
