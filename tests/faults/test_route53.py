# SPDX-License-Identifier: BSD-2-Clause
"""Faults 1 to 6: Route 53 refuses, fails, forbids, or answers and is not heard."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from math import ceil, log2
from time import monotonic

import pytest

from aws.gate import Call
from aws.strict_route53 import Fault, Limits, accepted_then_500, throttled
from faults.world import CHANGE, Account, World
from system.harness import eventually

SUBMIT = "ChangeResourceRecordSets"
SAMPLE = "route53:GetChange"
ROOMY = Limits(requests=(500, 100), changes=(30_000, 2_000))  # where the quotas are not the point

# How often a throttled zone is asked. The AWS client sends a batch AWS_RETRY_ATTEMPTS times, again
# after anything up to 1 s (AWS_RETRY_THROTTLE_BASE_MS) and up to 2 s. The queue then waits 1 s,
# 2 s, 4 s, 5 s, 5 s ... (PUBLISH_THROTTLE_BASE_MS, _CAP_MS), up to a half of it less.
ATTEMPTS = 3
RETRY_MAX_S = (1, 2)


def pass_time(seconds: float) -> None:
    """The trouble lasts that long: nothing else is waited for."""
    threading.Event().wait(seconds)


def queued(world: World) -> float:
    return world.metrics()["mooring_changes_queued"]


def applied(world: World) -> int:
    return len(world.route53.applied())


def has_newest(world: World, accounts: list[Account], replaced: set[str]) -> bool:
    """Whether the table wants for every host what was asked for last, after those addresses."""
    newest = {account: world.last_asked(account).address for account in accounts}
    if not replaced.isdisjoint(newest.values()):
        return False  # some routers have not asked yet
    wanted = {host: state.v4 for host, state in world.all_states().items()}
    return all(wanted[host] == newest[account] for account in accounts for host in account.hosts)


def wait_intended(
    world: World, accounts: list[Account], replaced: set[str]
) -> list[threading.Thread]:
    """Until the table wants what was asked for last. Who was told 911 because the table was slow
    asks again; the routers that do are returned."""

    def ask_again(account: Account, address: str) -> None:
        try:
            world.update(account, address)
        except (OSError, AssertionError):
            pass  # the oracle knows

    routers: list[threading.Thread] = []
    until = monotonic() + 60
    while True:
        for _ in range(10):
            if has_newest(world, accounts, replaced):
                return routers
            assert monotonic() < until, "an intent is not in the table"
            pass_time(0.5)
        for account in accounts:
            address = world.last_asked(account).address
            if address not in replaced:
                routers.append(threading.Thread(target=ask_again, args=(account, address)))
                routers[-1].start()


def join(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.join(40)
        assert not thread.is_alive()


def gaps(calls: list[Call]) -> list[float]:
    return [after.at - before.at for before, after in zip(calls, calls[1:])]


def route53_requests(world: World, outcome: str) -> float:
    return world.metrics()[f'mooring_aws_requests_total{{service="route53",outcome="{outcome}"}}']


def breaker(world: World) -> float:
    return world.metrics()['mooring_aws_breaker_open{service="route53"}']


def pause_min_s(batches_before: int) -> float:
    return min(2**batches_before, 5) / 2


def assert_asked_seldom(calls: list[Call]) -> None:
    """All were throttled, the first batch of the trouble is the first of them. A busy machine makes
    pauses longer, never shorter. How many requests a second there are is a matter of luck: the
    client may send all three at once. So its waits are looked at together."""
    batches = [calls[start : start + ATTEMPTS] for start in range(0, len(calls), ATTEMPTS)]
    assert all(len({call.body for call in batch}) == 1 for batch in batches), "one is cut short"
    for n, (before, after) in enumerate(zip(batches, batches[1:]), 1):
        pause = after[0].at - before[-1].at
        # The daemon's timers count whole milliseconds.
        assert pause > pause_min_s(n - 1) - 0.001, f"no pause after batch {n}"
    waits = [wait / most for batch in batches for wait, most in zip(gaps(batch), RETRY_MAX_S)]
    # Six numbers out of 0 to 1 have a smaller sum once in a million times (0.3^6 / 6!), and waits
    # that short leave time for three batches at least.
    assert sum(waits) > 0.3, "sent again without waiting"
    assert min(waits) < 1, "no jitter"


@pytest.mark.fault(
    1,
    "Route 53 answers Throttling for 60 s while 1,000 hosts change twice",
    "about one request a second, jittered; drained < 30 s after; none lost, none published twice",
)
def test_throttled_zone_is_asked_seldom_and_drained_afterwards(
    make_world: Callable[..., World], long: bool, figures: dict
) -> None:
    lasts, hosts = (60, 1000) if long else (6, 300)
    world = make_world(quota=None if long else Limits((50, 10), {}, (30_000, 2_000)))
    accounts = world.accounts(hosts // 20, hosts=20)
    world.start()
    join(world.all_at_once(accounts))
    world.settle(accounts, 90)
    world.wait_made_sure(accounts)  # what is sent a second time would count below
    eventually("all is at rest", lambda: queued(world) == 0, 90)
    world.mark()  # these accounts stay in memory
    applied_before = applied(world)
    world.gate.forget()
    world.route53.faults.add(throttled(action=SUBMIT, times=None))
    replaced = {world.last_asked(account).address for account in accounts}
    routers = world.all_at_once(accounts)
    routers += wait_intended(world, accounts, replaced)
    eventually("all changes wait", lambda: queued(world) == hosts, 30)
    replaced |= {world.last_asked(account).address for account in accounts}
    routers += world.all_at_once(accounts)
    pass_time(lasts)
    routers += wait_intended(world, accounts, replaced)
    given_up = route53_requests(world, "throttled")
    # The batch of that time may hold what was replaced; none that comes after it does.
    eventually(
        "a batch is given up", lambda: route53_requests(world, "throttled") > given_up, 30
    )
    calls = world.gate.calls(CHANGE)
    seen = (route53_requests(world, "throttled"), queued(world))
    world.heal()
    healed = monotonic()
    eventually("it is drained", lambda: applied(world) >= applied_before + hosts, 30)
    took = monotonic() - healed
    join(routers)
    written = applied(world)
    # A confirmation that the table did not take in time waits for the next update of that host.
    world.settle(accounts, within=60)
    world.check()
    figures["requests in the trouble"] = len(calls)
    figures["seconds to drain"] = round(took, 1)
    assert seen[0] > 0
    assert seen[1] >= hosts  # what waits for another attempt and has changed again counts twice
    assert_asked_seldom(calls)
    assert written == applied_before + hosts, "what was replaced was published, too"
    assert world.daemons[0].log_lines("cannot publish, will retry .*Throttling")


@pytest.mark.fault(
    2,
    "5,000 hosts change at once, both buckets of Route 53 modelled",
    "no Throttling at default settings; all applied at >= 0.95 of the bucket's rate",
)
def test_many_changes_at_once_never_exceed_the_quota(
    make_world: Callable[..., World], long: bool, figures: dict
) -> None:
    hosts, quota = (5000, Limits()) if long else (240, Limits((20, 4), {}, (300, 20)))
    world = make_world(quota=quota)
    accounts = world.accounts(hosts // 20, hosts=20)
    world.start()
    before = world.mark().rss_kb
    join(world.all_at_once(accounts))
    world.settle(accounts, within=150)  # some may have come too late to be noted
    # The second publication of what is new goes behind, and has half of the pace.
    enough = 600 if long else 150
    world.check(within=enough, settle_within=None)
    assert len(world.records()) == hosts
    figures["more memory, KB"] = world.mark().rss_kb - before  # the accounts stay there
    world.check(within=enough)
    assert world.route53.statistics()["throttled"] == {"requests": 0, "changes": 0}
    assert world.route53.max_overlap(world.zone_id) == 1
    calls = world.route53.calls(SUBMIT)
    assert {call.status for call in calls} == {200}
    burst, rate = quota.changes
    ideal = (2 * len(world.route53.applied()) - burst) / rate
    took = calls[-1].at - calls[0].at
    figures["requests"] = len(calls)
    figures["seconds"] = round(took, 1)
    figures["of the bucket's rate"] = round(ideal / took, 2)
    if long:  # else the time of a single request counts
        assert ideal / took >= 0.95


@pytest.mark.fault(
    3,
    "every second request gets PriorRequestNotComplete",
    "never two in flight for a zone; all converges",
)
def test_prior_request_not_complete_is_waited_out(
    make_world: Callable[..., World], long: bool, figures: dict
) -> None:
    world = make_world()
    accounts = world.accounts(40 if long else 12)
    world.start()
    chance = random.Random(3)
    given_up = range(4, 7)  # three in a row are all that the AWS client tries
    for call in range(1, 2000):
        if chance.random() < 0.5 or call in given_up:
            prior = Fault(SUBMIT, call, code="PriorRequestNotComplete", message="not complete")
            world.route53.faults.add(prior)
    with world.load(accounts, workers=6) as load:
        load.wait_sent(600 if long else 60, 300)
        refused = [call for call in world.route53.calls(SUBMIT) if call.status != 200]
    world.settle(accounts)
    world.heal()
    world.check()
    figures["requests refused"] = len(refused)
    figures["batches given up"] = given = int(route53_requests(world, "throttled"))
    assert given > 0
    figures["answers"] = dict(world.oracle.words())
    assert len(refused) >= 3 and {call.code for call in refused} == {"PriorRequestNotComplete"}
    assert world.route53.max_overlap(world.zone_id) == 1
    assert world.oracle.words()["good"] > 0


def poisoned_batch(
    world: World, herald: Account, accounts: list[Account], poison: str
) -> list[Call]:
    """All hosts change in one batch, one of them is refused; the requests that it took. The herald
    is sent before them, and they wait behind it."""
    eventually("the gauge has forgotten the last batch", lambda: queued(world) == 0)
    world.gate.forget()
    hold = world.gate.script.hold_before(CHANGE)
    routers = world.all_at_once([herald])
    hold.wait_arrived()
    world.gate.refuse_names.add(poison + ".")
    routers += world.all_at_once(accounts)
    hosts = sum(len(account.hosts) for account in accounts)
    eventually("all changes wait behind one", lambda: queued(world) == hosts + 1, 20)
    hold.release()
    join(routers)
    heralded = f"<Name>{herald.host}".encode()
    return [call for call in world.gate.calls(CHANGE) if heralded not in call.body]


@pytest.mark.fault(
    4,
    "Route 53 refuses one change of a batch of 300",
    "all others are applied after two more requests for each halving; only that host is dnserr",
)
def test_one_poison_change_spoils_nothing_else(
    make_world: Callable[..., World], long: bool, figures: dict
) -> None:
    hosts = 300
    # All must be intended while the herald is held, and be answered then.
    top = {"update-deadline": 14, "aws-request-timeout": 30, "route53-timeout": 30}
    world = make_world(quota=ROOMY, top=top)
    (herald,), accounts = world.accounts(1), world.accounts(hosts // 20, hosts=20)
    world.start()
    join(world.all_at_once([herald, *accounts]))
    world.settle([herald, *accounts])
    world.wait_made_sure([herald, *accounts])
    world.daemons[0].stop()
    # What waits for half of that is read again before it is sent, and the batch comes in parts.
    world.service.config.top["settle-time"] = 60
    world.start()
    world.settle([herald, *accounts])
    world.mark()  # the accounts stay in memory
    chance = random.Random(4)
    poisons, most = [], 0
    for _ in range(12 if long else 2):
        poison = chance.choice([host for account in accounts for host in account.hosts])
        poisons.append(poison)
        calls = poisoned_batch(world, herald, accounts, poison)
        words = {
            host: world.oracle.asked(host)[-1].word
            for account in accounts
            for host in account.hosts
        }
        assert {host for host, word in words.items() if word != "good"} == {poison}
        assert words[poison] == "dnserr"
        world.heal()
        most = max(most, len(calls))
        # The whole batch; then each halving is a half that passes and a half that does not.
        assert len(calls) <= 1 + 2 * ceil(log2(hosts))
    figures["requests, at most"] = most
    assert len(world.daemons[0].log_lines("the DNS backend refused a change")) == len(poisons)
    assert world.metrics()["mooring_publish_failures_total"] == len(poisons)
    world.heal()
    world.settle(accounts)
    world.check(but=poisons)


@pytest.mark.fault(
    5,
    "bursts of 500 and 503",
    "breaker opens after 5 requests, then single probes; not ready but alive; recovers by itself",
)
@pytest.mark.parametrize(
    ("code", "status"), [("InternalFailure", 500), ("ServiceUnavailable", 503)]
)
def test_bursts_of_server_errors_open_the_breaker(
    make_world: Callable[..., World], long: bool, figures: dict, code: str, status: int
) -> None:
    lasts = 15 if long else 4
    world = make_world()
    accounts = world.accounts(10)
    world.start()
    found: list[tuple[float, int]] = []  # of each burst: how long it was, how many it struck
    with world.load(accounts) as load:
        for burst in range(1, 5 if long else 2):
            load.wait_sent(20)
            began = monotonic()
            struck, _ = (
                world.gate.script.fail(action, code, status=status, times=None)
                for action in (CHANGE, SAMPLE)
            )
            world.daemons[0].wait_log("Route 53 gave no usable answer to 5 requests", burst)
            assert world.readiness() == (503, "route53-unavailable")
            assert world.liveness() == (200, "ok")
            assert breaker(world) == 1
            pass_time(lasts)
            world.heal()
            found.append((monotonic() - began, struck.hits))
            eventually("it is ready again", lambda: world.readiness() == (200, "ready"), 30)
            assert breaker(world) == 0
    world.settle(accounts)
    world.check()
    figures[f"requests in {lasts} s of {status}"] = max(hits for _, hits in found)
    # One that was under way, and the probes: pauses of 1 s, 2 s, 4 s ..., a quarter less at most.
    assert all(0 < hits <= 1 + 5 + ceil(log2(took / 0.75 + 1)) for took, hits in found), found
    assert route53_requests(world, "failed") > 0
    assert world.daemons[0].log_lines(f"cannot publish, will retry .*{code}")


@pytest.mark.fault(
    5,
    "403 AccessDenied: the permission is taken away",
    "asked again once in 30 s at most; not ready but alive; recovers when it is given back",
)
def test_revoked_permission_is_not_asked_for_hotly(
    make_world: Callable[..., World], long: bool, figures: dict
) -> None:
    world = make_world()
    accounts = world.accounts(10)
    world.start()
    (key,) = world.gate.identities
    identity = world.gate.identities[key]
    join(world.all_at_once(accounts))
    world.settle(accounts)
    world.wait_made_sure(accounts)
    before = len(world.gate.calls(CHANGE))
    taken_away = monotonic()
    world.gate.identities[key] = replace(identity, allowed=identity.allowed - {CHANGE})
    with world.load(accounts) as load:
        lasts = 95 if long else 5
        denied = (503, "route53-denied")
        eventually("it is not ready", lambda: world.readiness() == denied)
        pass_time(lasts)
        load.wait_sent(1)
    calls = world.gate.calls(CHANGE)[before:]
    lasted = monotonic() - taken_away
    assert {call.code for call in calls} == {"AccessDenied"}
    figures["requests"] = f"{len(calls)} in {lasts} s"
    assert len(calls) <= 1 + lasted // 30
    assert world.liveness() == (200, "ok")
    assert route53_requests(world, "denied") == len(calls)
    assert world.daemons[0].log_lines("cannot publish, will retry .*AccessDenied")
    world.gate.identities[key] = identity
    given_back = monotonic()
    world.settle(accounts, within=45)
    figures["seconds until published"] = round(monotonic() - given_back, 1)
    world.check(also=["dnserr"])
    eventually("it is ready again", lambda: world.readiness() == (200, "ready"))


@pytest.mark.fault(
    6,
    "Route 53 accepts, and every third reply is lost or says 500",
    "asked again; one final value for each name, never an older one over a newer one",
)
def test_lost_replies_lose_and_turn_back_nothing(
    make_world: Callable[..., World], long: bool, figures: dict
) -> None:
    world = make_world(quota=ROOMY)
    accounts = world.accounts(30 if long else 8)
    world.start()
    lost = world.gate.script.lose_reply(CHANGE, times=None)
    lost.chance = 0.25  # seldom five in a row, lest the breaker spares us the rest
    chance = random.Random(6)
    for call in range(1, 5000, 12):
        untrue = accepted_then_500(action=SUBMIT, call=call + chance.randrange(12))
        world.route53.faults.add(untrue)
    with world.load(accounts, pause_s=0.02) as load:
        load.wait_sent(1000 if long else 160, 600)
    figures["replies lost"] = lost.hits
    figures["answers"] = dict(world.oracle.words())
    assert lost.hits > 5
    world.heal()
    world.settle(accounts)
    world.check()
    assert len(world.records()) == len(world.oracle.hosts())


def test_lost_reply_of_an_older_address_does_not_return_it(
    make_world: Callable[..., World],
) -> None:
    """The batch is asked for again after the host has already changed once more."""
    world = make_world()
    (account,) = world.accounts(1)
    world.start()
    old, new = world.new_address(), world.new_address()
    hold = world.gate.script.hold_after(CHANGE)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(world.update, account, old)
        hold.wait_arrived()
        second = pool.submit(world.update, account, new)
        eventually("the newer one waits", lambda: world.state(account).v4 == new)
        hold.drop()  # the connection is closed: nobody knows that it was accepted
        assert first.result().text in (f"good {old}", "911")
        assert second.result().text == f"good {new}"
    world.check()
    assert world.history(account.host)[-1] == new
