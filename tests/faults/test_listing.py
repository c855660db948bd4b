# SPDX-License-Identifier: BSD-2-Clause
"""What is owed at a start: by the index of the table, where it has one, and by a listing, which ends
on a table of many pages, whatever is throttled."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from time import monotonic

import pytest

from aws.emulators import BATCH_ACTIONS, TABLE
from aws.gate import Gate
from aws.sigv4 import Refusal, Request
from faults.network import publish
from faults.world import CHANGE, Account, World
from system.harness import eventually

SCAN = "dynamodb:Scan"
QUERY = "dynamodb:Query"
DESCRIBE = "dynamodb:DescribeTable"
INDEX_KEYS = 4  # of which the index is asked one after the other
THROTTLE = "ProvisionedThroughputExceededException"
READY = (200, "ready")
PAGE = 500
PAGES = 7
DRAIN_S = 20
ATTEMPTS = 4  # that the AWS layer makes of one call


def grow_table(world: World) -> None:
    """Items that are no accounts, for more pages; they are passed over."""
    client = world.database.dynamodb()
    keys = [f"note:{n:05}" for n in range(PAGE * (PAGES - 1) + 1)]
    for start in range(0, len(keys), 25):
        puts = [{"PutRequest": {"Item": {"user": {"S": k}}}} for k in keys[start : start + 25]]
        client.batch_write_item(RequestItems={TABLE: puts})


def starts(world: World) -> list[str | None]:
    """Where each page began that was given, in the order they came. One that came too late is given
    once more, at once."""
    found: list[str | None] = []
    for call in world.gate.calls(SCAN):
        if call.status == 200 and call.code is None:
            key = call.json().get("ExclusiveStartKey")
            start = key["user"]["S"] if key else None
            if found[-1:] != [start]:
                found.append(start)
    return found


def throttle_pages(gate: Gate, every: int) -> Callable[[], int]:
    """The first of these pages, and each every-th after it, is refused once by each attempt of a
    whole call; returns how often that was so."""
    check = gate._check  # pylint: disable=protected-access
    seen: dict[str, int] = {}

    def call(request: Request, service: str, operation: str) -> None:
        check(request, service, operation)
        if f"{service}:{operation}" != SCAN:
            return
        key = json.dumps(json.loads(request.body).get("ExclusiveStartKey"))
        seen.setdefault(key, 0)
        if list(seen).index(key) % every == 0 and seen[key] < ATTEMPTS:
            seen[key] += 1
            raise Refusal(THROTTLE, "too fast")

    gate._check = call  # pylint: disable=protected-access
    return lambda: sum(1 for n in seen.values() if n)


def leave_owed(world: World, accounts: list[Account]) -> None:
    """The daemon is killed between its intents and their publication, which never comes."""
    world.wait_made_sure(accounts)  # else it may be that which is owed
    hold = world.gate.script.hold_before(CHANGE, times=None)
    threads = world.all_at_once(accounts)
    hold.wait_arrived()

    def owed() -> list[Account]:
        return [each for each in accounts if world.state(each).pub < world.state(each).seq]

    eventually("all are intended", lambda: len(owed()) == len(accounts))
    world.daemons[0].process.kill()
    world.daemons[0].wait()
    hold.drop()
    world.gate.script.clear()
    for thread in threads:
        thread.join()


def are_published(world: World, accounts: list[Account]) -> bool:
    states = [world.state(each) for each in accounts]
    records = world.records()
    return all(
        state.pub == state.seq and records.get((each.host, "A")) == [state.v4]
        for state, each in zip(states, accounts, strict=True)
    )


def test_listing_throttled_at_every_third_page_ends(make_world: Callable[..., World]) -> None:
    """Each page is given once, and what is owed on any of them, the last one, too, is published."""
    world = make_world(store={"timeout": 1})
    accounts = world.accounts(6)
    grow_table(world)
    world.start()
    publish(world, accounts)
    leave_owed(world, accounts)
    world.gate.forget()
    struck = throttle_pages(world.gate, 3)
    world.start(0)
    assert world.readiness() == (503, "resuming: table-throttled")
    assert world.metrics()["mooring_resuming"] == 1
    eventually("it is through", lambda: world.readiness() == READY, 60)
    eventually("all are published", lambda: are_published(world, accounts), 20)
    assert struck() >= PAGES // 3
    found = starts(world)
    pages = found.index(None, 1) if None in found[1:] else len(found)
    assert pages == PAGES and len(set(found[:pages])) == pages
    values = world.metrics()
    assert values['mooring_listing_waiting{reason="throttled"}'] == 0
    assert values["mooring_resuming"] == 0


def test_policy_that_tells_no_capacity_is_not_asked_again(make_world: Callable[..., World]) -> None:
    world = make_world()
    accounts = world.accounts(2)
    grow_table(world)
    (key,) = [name for name, one in world.gate.identities.items() if one.name.startswith("mooring")]
    allowed = BATCH_ACTIONS - {QUERY, DESCRIBE}
    world.gate.identities[key] = replace(world.gate.identities[key], allowed=allowed)
    world.start()
    eventually("it is through", lambda: world.readiness() == READY, 30)
    eventually("it was listed once more", lambda: starts(world).count(None) >= 2, 30)
    publish(world, accounts)
    assert len(world.gate.calls(DESCRIBE)) == 1


@pytest.mark.parametrize("code", ["InternalServerError", THROTTLE])
@pytest.mark.only_long("code", ("InternalServerError",))
def test_daemon_stops_at_once_while_its_listing_waits(
    make_world: Callable[..., World], code: str
) -> None:
    world = make_world(store={"timeout": 1}, top={"drain-timeout": DRAIN_S})
    world.accounts(1)
    status = 500 if code == "InternalServerError" else 400
    world.gate.script.fail(SCAN, code, "no", status=status, times=None)
    daemon = world.start()
    assert world.readiness()[0] == 503
    began = monotonic()
    daemon.stop()
    assert monotonic() - began < DRAIN_S / 2


# The index.


def make_indexed(
    make_world: Callable[..., World], database: str = "ministack", projection: str = "ALL"
) -> World:
    world = make_world(database, store={"timeout": 2})
    world.database.fresh_table(projection)
    return world


def has_mark(world: World, account: Account) -> bool:
    return "owed" in world.database.item(account.user)


def wait_behind(world: World) -> None:
    """The listing behind is over."""
    eventually("it has begun", lambda: world.metrics()["mooring_listing_pages"] > 0, 30)
    eventually("it is over", lambda: world.metrics()["mooring_listing_running"] == 0, 30)


@pytest.mark.parametrize(
    ("database", "projection"),
    [("ministack", "ALL"), ("dynalite", "ALL"), ("ministack", "KEYS_ONLY")],
)
def test_start_asks_the_index_and_is_ready(
    make_world: Callable[..., World], database: str, projection: str
) -> None:
    """No Scan ever ends: what was owed is published all the same, and the daemon is ready."""
    world = make_indexed(make_world, database, projection)
    accounts = [*world.accounts(5), *world.accounts(1, hosts=3)]
    world.start()
    for each in accounts:
        world.update(each, world.new_address())
    world.settle(accounts)
    world.wait_made_sure(accounts)
    eventually("none is marked", lambda: not any(has_mark(world, each) for each in accounts))
    leave_owed(world, accounts[1:])
    assert [has_mark(world, each) for each in accounts] == [False] + [True] * 5
    world.gate.script.fail(SCAN, THROTTLE, "no", times=None)
    world.gate.forget()
    world.start(0)
    assert world.readiness() == READY and world.metrics()["mooring_resuming"] == 0
    asked = [call.action for call in world.gate.calls()]
    before_ready = asked[: asked.index(QUERY) + INDEX_KEYS]
    assert len(before_ready) <= 10
    eventually("all are published", lambda: are_published(world, accounts), 20)
    eventually("none is marked", lambda: not any(has_mark(world, each) for each in accounts))


def test_intent_costs_no_request_more_with_the_index(make_world: Callable[..., World]) -> None:
    world = make_indexed(make_world)
    (account,) = world.accounts(1)
    world.start()
    publish(world, [account])
    world.wait_made_sure([account])
    wait_behind(world)
    world.gate.forget()
    publish(world, [account])
    asked = [call for call in world.gate.calls() if call.service == "dynamodb"]
    mine = [c.operation for c in asked if c.json().get("Key", {}) == {"user": {"S": account.user}}]
    assert sorted(mine) == ["GetItem", "UpdateItem", "UpdateItem"]
    assert not has_mark(world, account)


@pytest.mark.parametrize("how", ["denied", "missing"])
def test_without_the_index_the_listing_finds_what_is_owed(
    make_world: Callable[..., World], how: str
) -> None:
    """The question is asked once, or not at all where the table tells that it has no index, and
    nothing is written of it."""
    world = make_world("ministack", store={"timeout": 2})
    if how == "denied":
        world.database.fresh_table("ALL")
        (key,) = [name for name, one in world.gate.identities.items() if one.name.startswith("mooring")]
        allowed = BATCH_ACTIONS - {QUERY, DESCRIBE}
        world.gate.identities[key] = replace(world.gate.identities[key], allowed=allowed)
    accounts = world.accounts(3)
    world.start()
    publish(world, accounts)
    leave_owed(world, accounts)
    assert not any(has_mark(world, each) for each in accounts)
    world.gate.forget()
    world.start(0)
    assert world.readiness() == READY
    eventually("all are published", lambda: are_published(world, accounts), 20)
    eventually("it was listed once more", lambda: len(world.gate.calls(SCAN)) > 1, 30)
    assert len(world.gate.calls(DESCRIBE)) == 1
    assert len(world.gate.calls(QUERY)) == (1 if how == "denied" else 0)


def test_listing_behind_finds_what_the_index_misses(make_world: Callable[..., World]) -> None:
    """An older daemon, or one that started before there was an index, does not write the mark."""
    world = make_indexed(make_world)
    accounts = world.accounts(3)
    world.start()
    publish(world, accounts)
    leave_owed(world, accounts)
    for each in accounts:
        world.database.dynamodb().update_item(
            TableName=TABLE,
            Key={"user": {"S": each.user}},
            UpdateExpression="REMOVE #owed",
            ExpressionAttributeNames={"#owed": "owed"},
        )
    world.start(0)
    assert world.readiness() == READY
    eventually("all are published", lambda: are_published(world, accounts), 30)


def test_entry_of_an_item_that_owes_nothing_is_taken_out(make_world: Callable[..., World]) -> None:
    """An older daemon published what it found owed, and left the mark."""
    world = make_indexed(make_world)
    (account,) = world.accounts(1)
    world.start()
    publish(world, [account])
    world.daemons[0].stop()
    world.database.put_item({**world.database.item(account.user), "owed": {"S": "2"}})
    world.start(0)
    eventually("it is not marked", lambda: not has_mark(world, account))
    assert world.state(account).pub == world.state(account).seq
