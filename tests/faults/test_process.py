# SPDX-License-Identifier: BSD-2-Clause
"""The process's own end: killed at any instant, and asked to stop while Amazon does not answer."""

from __future__ import annotations

import random
import re
import statistics
import threading
from collections.abc import Callable
from concurrent.futures import Future
from time import monotonic

import pytest

from aws.faults import Fault
from faults.rivals import CHANGE, Pair, fixture_make_pair
from faults.world import Account, World, has_sanitizers
from system.harness import BUILD, TOP, Response, eventually, run

READY_MAX_S = 1.0
SANITIZED = 10  # so many times longer may it take under sanitizers
KILLS_TO_CHECK = 50
DRAIN_S = 1  # plus two: less than Amazon's next timeout takes
UNIT = TOP / "systemd/mooringd.service.in"


# --- killed ---


def restart(world: World, chance: random.Random) -> float:
    """Some starts are killed, too, while they read what is owed. Returns how long the last one
    took."""
    while chance.random() < 0.25:
        starting = world.service.launch()
        threading.Event().wait(chance.random() * 0.1)
        starting.kill()
    began = monotonic()
    world.start(0)
    return monotonic() - began


@pytest.mark.fault(
    22,
    "SIGKILL at random instants under load",
    "nothing acknowledged is lost; ready again in less than 1 s",
)
@pytest.mark.parametrize("database", ["dynalite", "ministack"])
def test_killed_at_any_instant_it_keeps_its_promises(
    make_world: Callable[..., World], database: str, long: bool, figures: dict[str, object]
) -> None:
    kills = 250 if long else 8
    world = make_world(database)
    accounts = world.accounts(8) + world.accounts(2, hosts=3)
    world.start()
    chance = random.Random(22)
    took: list[float] = []
    instant = threading.Event()
    for start in range(0, kills, KILLS_TO_CHECK):
        with world.load(accounts, workers=6, pause_s=0.01) as load:
            for _ in range(min(KILLS_TO_CHECK, kills - start)):
                load.wait_sent(chance.randrange(2, 12))
                instant.wait(chance.random() * 0.03)
                world.daemons[0].kill()
                took.append(restart(world, chance))
        world.settle(accounts)
        world.check(unanswered=True)
    words = world.oracle.words()
    assert words["good"] > kills and words[None] > 0, words
    # One slow start is the machine's.
    typical = statistics.median(took)
    assert typical < READY_MAX_S * (SANITIZED if has_sanitizers() else 1)
    figures[f"kills, {database}"] = kills
    figures[f"ready in, {database}"] = f"{typical:.2f} s"
    figures[f"acknowledged, {database}"] = words["good"] + words["nochg"]


def test_start_that_is_repeated_publishes_the_same(make_pair: Callable[..., Pair]) -> None:
    """Killed between publication and confirmation, again and again."""
    pair = make_pair()
    (account,) = pair.world.accounts(1)
    pair.start(0)
    address = pair.world.new_address()
    published = pair.roads[0].script.hold_after(CHANGE)
    pair.ask(account, address, 0)
    for kills in range(1, 4):
        published.wait_arrived()
        assert pair.changes(account) == [address] * kills
        pair.kill(0)
        published.drop()
        pair.new_road(0)
        published = pair.roads[0].script.hold_after(CHANGE)
        pair.start(0)
    published.release()
    # Each start intends it anew, and the last one sends it twice: who knows who else is at work.
    eventually("it is confirmed", lambda: pair.world.state(account).pub == 4, 20)
    assert pair.changes(account) == [address] * 5
    assert pair.told(account, address, 0) == f"nochg {address}"
    pair.world.check(unanswered=True)


# --- asked to stop ---


def in_the_unit(key: str) -> int:
    return int(re.search(rf"^{key}=(\d+)$", UNIT.read_text(), re.MULTILINE)[1])


def default_drain_s(pair: Pair) -> int:
    """As the daemon has it when nobody says anything."""
    shown = run([BUILD / "mooringd", "-T", "-c", pair.world.service.config.write()])
    assert shown.returncode == 0, shown.stderr
    return int(re.search(r"^drain-timeout = (\d+)$", shown.stdout, re.MULTILINE)[1])


def begin_updates(
    pair: Pair, accounts: list[Account]
) -> tuple[list[str], list[Future[Response | None]]]:
    """All are intended, each for the third time; none of that is published."""
    pair.world.wait_made_sure(accounts)
    assert all(pair.world.state(account).seq == 2 for account in accounts)
    addresses = [pair.world.new_address() for _ in accounts]
    held = pair.roads[0].script.hold_before(CHANGE, times=None)
    waiting = [pair.ask(account, address, 0) for account, address in zip(accounts, addresses)]
    held.wait_arrived()

    def are_intended() -> bool:
        return all(pair.world.state(account).seq == 3 for account in accounts)

    eventually("all are intended", are_intended)
    return addresses, waiting


def never_answers(pair: Pair) -> None:
    """Connections are accepted, and that is all."""
    script = pair.roads[0].script
    hold = script.hold_before("none", times=None)
    script.faults[:0] = [Fault(None, times=None, before=hold)]


def refuses(pair: Pair) -> None:
    """Nobody listens there any more."""
    pair.roads[0].close()


def stop(pair: Pair) -> float:
    began = monotonic()
    pair.daemon(0).stop()
    return monotonic() - began


@pytest.mark.fault(
    26,
    "SIGTERM while Amazon does not answer, or nobody is there",
    "ends within drain-timeout + 2 s; what was intended is published by the next start",
)
@pytest.mark.parametrize("hole", [never_answers, refuses])
def test_stop_does_not_wait_for_amazon(
    make_pair: Callable[..., Pair],
    hole: Callable[[Pair], None],
    long: bool,
    figures: dict[str, object],
) -> None:
    top = {"history": "changes"}  # which is written at the stop, too
    pair = make_pair(top=top if long else {**top, "drain-timeout": DRAIN_S})
    drain_s = default_drain_s(pair)
    *accounts, late = pair.world.accounts(5)
    pair.start(0)
    for account in (*accounts, late):
        first = pair.world.new_address()
        assert pair.told(account, first, 0) == f"good {first}"
    addresses, waiting = begin_updates(pair, accounts)
    hole(pair)
    # One more that does not even reach the table.
    waiting.append(pair.ask(late, pair.world.new_address(), 0))
    took = stop(pair)
    figures[f"{hole.__name__.replace('_', ' ')}, ended in"] = f"{took:.1f} s"
    assert took < drain_s + 2
    answers: list[Response | None] = [each.result(20) for each in waiting]
    assert {(answer.status, answer.text) for answer in answers[:-1]} == {(503, "911")}
    for account in accounts:
        state = pair.world.state(account)
        assert (state.seq, state.pub) == (3, 2)
    pair.new_road(0)
    pair.start(0)
    eventually(
        "what was intended is published",
        lambda: [pair.world.records()[a.host, "A"] for a in accounts] == [[a] for a in addresses],
        20,
    )
    pair.world.check(unanswered=True)


def test_unit_leaves_time_for_the_drain(make_pair: Callable[..., Pair]) -> None:
    pair = make_pair()
    assert default_drain_s(pair) + 2 <= in_the_unit("TimeoutStopSec") - 5


__all__ = ["fixture_make_pair"]
