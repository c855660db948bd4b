# SPDX-License-Identifier: BSD-2-Clause
"""A wall clock that is wrong, or jumps: Amazon's time is learnt, and no timer heeds ours."""

from __future__ import annotations

import re
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import pytest

from faults.certificates import Authority
from faults.clock import Clock
from faults.network import in_background, publish
from faults.oracle import ANSWER_MAX_S
from faults.world import CHANGE, READ, Account, World
from system.harness import eventually

MINUTE, HOUR = 60, 3600
BEYOND_32_BITS = datetime(2038, 1, 19, 3, 20, tzinfo=UTC)
FAULT_14 = pytest.mark.fault(
    14,
    "The wall clock 10 min ahead or behind, back 1 h while running, in 2038",
    "at most one failed call, then corrected; no timer early or late, nothing kept too long",
)


@dataclass
class Timed:
    """A world whose daemon has a clock of its own, and whose Amazon vouches for the time by TLS."""

    world: World
    clock: Clock

    @property
    def refused(self) -> Counter[str]:
        """Calls so far that Amazon did not take, by its reason."""
        return Counter(call.code for call in self.world.gate.calls() if call.code is not None)


@pytest.fixture(name="make_timed")
def fixture_make_timed(make_world: Callable[..., World], tmp_path: Path) -> Callable[..., Timed]:
    """shift: seconds; together: Amazon's clock shall jump with ours; options as for new_world()."""

    def make(shift: float = 0, *, together: bool = False, **options: object) -> Timed:
        clock = Clock(tmp_path, shift)
        amazon = Authority(tmp_path).make()
        gate: dict = {"tls": amazon.server_context()}
        if together:
            gate["clock"] = clock.now
        world = make_world(gate=gate, **options)
        world.service.env.update({**clock.env, "AWS_CA_BUNDLE": str(amazon.ca)})
        return Timed(world, clock)

    return make


@FAULT_14
@pytest.mark.parametrize("shift", [10 * MINUTE, -10 * MINUTE])
def test_wrong_clock_costs_one_call(
    make_timed: Callable[..., Timed], figures: dict[str, object], shift: int
) -> None:
    timed = make_timed(shift)
    world, accounts = timed.world, timed.world.accounts(3)
    world.start()
    publish(world, accounts)
    assert timed.refused.total() == 1
    way = "ahead of" if shift > 0 else "behind"
    (line,) = world.daemons[0].log_lines("clock of this machine")
    assert re.search(f" is (599|600|601) seconds {way} the clock of AWS: ", line), line
    world.check()
    figures[f"started {shift // MINUTE:+d} min wrong"] = f"{timed.refused.total()} call refused"


@FAULT_14
@pytest.mark.only_long("jump", (-10 * MINUTE, 20 * HOUR))
@pytest.mark.parametrize("jump", [10 * MINUTE, -10 * MINUTE, -HOUR, 20 * HOUR])
def test_clock_that_jumps_costs_nobody_his_answer(
    make_timed: Callable[..., Timed], figures: dict[str, object], long: bool, jump: int
) -> None:
    """There and back, under load: what is in flight is refused and sent again."""
    timed = make_timed()
    world, accounts = timed.world, timed.world.accounts(8)
    world.start()
    publish(world, accounts)
    world.wait_made_sure(accounts)  # so much more would be in flight
    with world.load(accounts) as load:
        for shift in (jump, 0) * (10 if long else 1):
            load.wait_sent(20)
            timed.clock.shift = shift
            load.wait_sent(20)
    world.settle(accounts)
    assert set(world.oracle.words()) == {"good", "nochg"}, world.oracle.words()
    refused = timed.refused.total()
    jumps = len(world.daemons[0].log_lines("clock of this machine"))
    publish(world, accounts)
    assert timed.refused.total() == refused, "it is learnt once, not at each call"
    assert refused <= (20 if long else 2) * 8, "no more than were in flight"
    world.check()
    figures[f"jump of {jump // MINUTE:+d} min and back"] = (
        f"{refused} calls refused and sent again, {jumps} corrections, 0 failed updates"
    )


@FAULT_14
def test_clock_in_2038_is_served_where_amazon_has_the_same(
    make_timed: Callable[..., Timed], figures: dict[str, object]
) -> None:
    """And what was published then is not taken for fresh when the clock is back."""
    timed = make_timed(together=True)
    world, (account,) = timed.world, timed.world.accounts(1)
    timed.clock.leap_to(BEYOND_32_BITS)
    world.start()
    publish(world, [account])
    address = world.last_asked(account).address
    assert world.update(account, address).text == f"nochg {address}"
    world.wait_made_sure([account])  # or it would be what is waited for below
    item = world.database.item(account.user)["state"]["M"][account.host]["M"]
    assert int(item["time"]["N"]) > 1 << 31
    timed.clock.shift = 0
    calls = len(world.gate.calls(CHANGE))
    assert world.update(account, address).text == f"nochg {address}"
    # Behind the answer.
    world.gate.wait_calls(CHANGE, calls + 1)
    assert world.update(account, address).text == f"nochg {address}"
    assert timed.refused.total() == 0
    world.check()
    figures["2038, Amazon too"] = "0 calls refused"


@FAULT_14
def test_leap_to_2038_alone_is_an_honest_911_until_the_clock_is_right(
    make_timed: Callable[..., Timed], figures: dict[str, object]
) -> None:
    """More than a day is not corrected: somebody must look at the clock."""
    timed = make_timed()
    world, (known, other) = timed.world, timed.world.accounts(2)
    world.start()
    publish(world, [known])
    world.wait_made_sure([known])  # a host that is being written is not served from memory
    timed.clock.leap_to(BEYOND_32_BITS)
    assert world.update(other, world.new_address()).text == "911"
    address = world.last_asked(known).address
    # It is known from memory, and nothing of it changed, however old its publication looks.
    assert world.update(known, address).text == f"nochg {address}"
    world.daemons[0].wait_log("Signature not yet current")
    assert world.liveness() == (200, "ok")
    timed.clock.shift = 0
    began = monotonic()
    world.settle([known, other], 10)
    figures["2038, ours alone"] = f"911, good again {monotonic() - began:.1f} s after"
    world.check()


# Timers: each within a jump. A busy machine makes what they are for later, never earlier; and they
# lie so far apart that one is not taken for another.

DEADLINE_S, STALE_AGE_S, DRAIN_S = 6, 3, 1
READ_MAX_S = 1  # the store's timeout
TRIES = 3  # of what may be too slow on a busy machine
TICK_S = 0.01  # the daemon's clock counts milliseconds


def check_deadline(timed: Timed, account: Account, jump: int) -> float:
    """A router is told 911 when the update's deadline is over, by no other clock: that would be at
    once, or in an hour."""
    world = timed.world
    hold = world.gate.script.hold_before(CHANGE)
    with in_background(world, account, world.new_address()):
        hold.wait_arrived()
        timed.clock.shift = jump
    timed.clock.shift = 0
    hold.release()
    asked = world.last_asked(account)
    assert asked.word == "911" and DEADLINE_S - TICK_S < asked.took < ANSWER_MAX_S, asked
    world.settle([account])
    return asked.took


def check_stale_age(timed: Timed, account: Account, jump: int) -> float:
    """What is in memory serves for stale-age, no less and no longer: by another clock it would be
    too old at once, or in an hour."""
    world, address = timed.world, timed.world.last_asked(account).address
    for _ in range(TRIES):
        began = monotonic()
        assert world.update(account, address).text == f"nochg {address}"
        world.gate.script.fail(READ, "InternalServerError", status=500, times=None)
        timed.clock.shift = jump
        said = world.update(account, address).text
        took = monotonic() - began
        eventually("it is too old", lambda: world.update(account, address).text == "911", 30)
        age = monotonic() - began
        world.heal()
        timed.clock.shift = 0
        world.settle([account], 20)
        if said != "911" or took < STALE_AGE_S - READ_MAX_S:
            break
    assert said == f"nochg {address}", f"after {took:.1f} s"
    assert age > STALE_AGE_S - TICK_S
    return age


def check_drain(timed: Timed, account: Account, jump: int) -> float:
    """A daemon that stops answers its waiters when drain-timeout is over: by another clock it would
    be at once, or when their deadline is."""
    world, daemon = timed.world, timed.world.daemons[0]
    hold = world.gate.script.hold_before(CHANGE)
    with in_background(world, account, world.new_address()):
        hold.wait_arrived()
        began = monotonic()
        daemon.send_signal(signal.SIGTERM)
        daemon.wait_log("stopping")
        timed.clock.shift = jump
    assert world.last_asked(account).word == "911"
    drain = monotonic() - began
    assert daemon.wait() == 0
    hold.drop()
    assert DRAIN_S - TICK_S < drain < DEADLINE_S, drain
    return drain


@FAULT_14
@pytest.mark.only_long("jump", (HOUR,))
@pytest.mark.parametrize("jump", [-HOUR, HOUR])
def test_timers_do_not_heed_the_wall_clock(
    make_timed: Callable[..., Timed], figures: dict[str, object], jump: int
) -> None:
    timed = make_timed(
        together=True,
        top={
            "update-deadline": DEADLINE_S,
            "stale-age": STALE_AGE_S,
            "drain-timeout": DRAIN_S,
        },
        store={"timeout": READ_MAX_S},
    )
    world, (moving, resting) = timed.world, timed.world.accounts(2)
    timed.clock.shift = -2 * HOUR
    world.start()
    publish(world, [moving, resting])  # so long ago that no jump gets behind it
    world.wait_made_sure([moving, resting])  # a busy machine would do it beside what is measured
    timed.clock.shift = 0
    deadline = check_deadline(timed, moving, jump)
    age = check_stale_age(timed, resting, jump)
    world.check()
    drain = check_drain(timed, moving, jump)
    figures[f"jump of {jump // MINUTE:+d} min"] = (
        f"update-deadline of {DEADLINE_S} s: {deadline:.1f} s; stale-age of {STALE_AGE_S} s:"
        f" {age:.1f} s; drain-timeout of {DRAIN_S} s: {drain:.1f} s"
    )
