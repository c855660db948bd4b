# SPDX-License-Identifier: BSD-2-Clause
"""/readyz, and the gauge beside it, say what is wrong with the table: at the start, and without any
update later; and that it is mended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from threading import Event

import pytest

from aws.emulators import TABLE
from faults.network import publish
from faults.world import CHANGE, READ, WRITE, Account, World
from system.harness import eventually

SCAN = "dynamodb:Scan"
READY = (200, "ready")
LOOK_S = 10  # between two looks at a table that is well
KMS_DENIED = (
    "User: arn:aws:iam::000000000000:user/mooring is not authorized to perform: kms:Decrypt on"
    " resource: arn:aws:kms:eu-west-1:000000000000:key/x"
)


def remove_table(world: World) -> Callable[[], object]:
    world.database.dynamodb().delete_table(TableName=TABLE)
    return world.database.fresh_table


def take_permissions(world: World) -> Callable[[], object]:
    (key,) = [name for name, one in world.gate.identities.items() if one.name == "mooring"]
    before = world.gate.identities[key]
    world.gate.identities[key] = replace(before, allowed=frozenset({CHANGE}))
    return lambda: world.gate.identities.update({key: before})


def other_key(keys: list[tuple[str, str]], types: dict[str, str]) -> Callable:
    def make(world: World) -> Callable[[], object]:
        client = world.database.dynamodb()
        client.delete_table(TableName=TABLE)
        client.get_waiter("table_not_exists").wait(
            TableName=TABLE, WaiterConfig={"Delay": 0.02, "MaxAttempts": 500}
        )
        client.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": kind} for name, kind in types.items()
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        client.get_waiter("table_exists").wait(
            TableName=TABLE, WaiterConfig={"Delay": 0.02, "MaxAttempts": 500}
        )
        return world.database.fresh_table

    return make


def refuse(code: str, message: str = "no") -> Callable:
    def make(world: World) -> Callable[[], object]:
        for action in (READ, WRITE, SCAN):
            world.gate.script.fail(action, code, message, status=400, times=None)
        return world.gate.script.clear

    return make


# name -> how it is broken, the word of /readyz, the label of the gauge
BREAKS: dict[str, tuple[Callable, str, str]] = {
    "no table": (remove_table, "table-missing", "missing"),
    "denied": (take_permissions, "table-denied", "denied"),
    "another name": (
        other_key([("login", "HASH")], {"login": "S"}),
        "table-has-another-key",
        "key",
    ),
    "a number": (other_key([("user", "HASH")], {"user": "N"}), "table-has-another-key", "key"),
    "two parts": (
        other_key([("user", "HASH"), ("host", "RANGE")], {"user": "S", "host": "S"}),
        "table-has-another-key",
        "key",
    ),
    "KMS denies": (refuse("KMSAccessDeniedException"), "kms-refused", "kms"),
    "KMS key disabled": (refuse("KMSDisabledException"), "kms-refused", "kms"),
    "KMS not allowed": (refuse("AccessDeniedException", KMS_DENIED), "kms-refused", "kms"),
}


def gauges(world: World) -> dict[str, float]:
    """The reasons that are told."""
    start = 'mooring_table_refused{reason="'
    found = {name: value for name, value in world.metrics().items() if name.startswith(start)}
    assert len(found) == 4
    return {name.removeprefix(start).rstrip('"}'): value for name, value in found.items() if value}


def wait_readiness(world: World, want: tuple[int, str], within: float = 20) -> None:
    eventually(f"/readyz says {want[1]}", lambda: world.readiness() == want, within)


@pytest.mark.only_long(
    "how", ("another name", "two parts", "KMS key disabled", "KMS not allowed")
)
@pytest.mark.parametrize("how", BREAKS)
def test_table_that_cannot_be_used_at_the_start(make_world: Callable[..., World], how: str) -> None:
    break_it, word, label = BREAKS[how]
    world = make_world(store={"timeout": 2})
    mend = break_it(world)
    daemon = world.start()
    assert world.readiness() == (503, word)
    assert gauges(world) == {label: 1} and world.metrics()["mooring_resuming"] == 1
    assert len(daemon.log_lines("the table cannot be used")) == 1
    assert world.liveness() == (200, "ok")
    mend()
    wait_readiness(world, READY)
    assert gauges(world) == {}
    eventually("it is all read", lambda: world.metrics()["mooring_resuming"] == 0)
    publish(world, world.accounts(1))
    assert len(daemon.log_lines("the table can be used again")) == 1


@pytest.mark.parametrize("how", ["no table", "denied", "a number", "KMS denies"])
@pytest.mark.only_long("how", ("denied", "a number"))
def test_table_that_is_broken_later_is_noticed_without_updates(
    make_world: Callable[..., World], how: str
) -> None:
    break_it, word, label = BREAKS[how]
    world = make_world(store={"timeout": 2})
    world.start()
    assert world.readiness() == READY
    mend = break_it(world)
    wait_readiness(world, (503, word), LOOK_S + 5)
    assert gauges(world) == {label: 1}
    mend()
    wait_readiness(world, READY)
    assert gauges(world) == {}


def test_policy_of_the_stack_is_enough(make_world: Callable[..., World]) -> None:
    """GetItem alone of the table: that it may not be listed is no reason to wait."""
    world = make_world()
    (account,) = world.accounts(1)
    (key,) = [name for name, one in world.gate.identities.items() if one.name == "mooring"]
    actions = frozenset({READ, CHANGE})
    world.gate.identities[key] = replace(world.gate.identities[key], allowed=actions)
    world.start()
    assert world.readiness() == READY
    publish(world, [account])
    assert world.readiness() == READY and gauges(world) == {}


@pytest.mark.only_long("code", ("ProvisionedThroughputExceededException", "ValidationException"))
@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ProvisionedThroughputExceededException", 400),
        ("InternalServerError", 500),
        ("KMSThrottlingException", 400),
        ("ValidationException", 400),
    ],
)
def test_one_error_of_another_kind_changes_nothing(
    make_world: Callable[..., World], code: str, status: int
) -> None:
    """Neither while all is well nor while the table is refused."""
    world = make_world(store={"timeout": 2})
    (account,) = world.accounts(1)
    world.start()
    publish(world, [account])
    seen: set[tuple[int, str]] = set()

    def look() -> None:
        world.gate.script.fail(READ, code, "no", status=status, times=4)
        world.update(account, world.last_asked(account).address)
        for _ in range(20):
            seen.add(world.readiness())
            Event().wait(0.05)
        world.gate.script.clear()

    look()
    assert seen == {READY}
    seen.clear()
    mend = take_permissions(world)
    world.update(account, world.new_address())
    wait_readiness(world, (503, "table-denied"))
    look()
    assert seen == {(503, "table-denied")}
    mend()
    wait_readiness(world, READY)


def is_owed(world: World, account: Account) -> bool:
    state = world.state(account)
    return state.pub < state.seq


@pytest.mark.parametrize(
    ("code", "status"),
    [("ProvisionedThroughputExceededException", 400), ("InternalServerError", 500)],
)
def test_listing_that_failed_is_told_until_what_was_owed_is_published(
    make_world: Callable[..., World], code: str, status: int
) -> None:
    """Everything fails at the start, and a host is owed; nobody asks for it again."""
    world = make_world(store={"timeout": 1})
    (account,) = world.accounts(1)
    world.start()
    publish(world, [account])
    world.wait_made_sure([account])
    hold = world.gate.script.hold_before(CHANGE, times=None)
    threads = world.all_at_once([account])
    hold.wait_arrived()
    world.daemons[0].process.kill()
    world.daemons[0].wait()
    hold.drop()
    world.gate.script.clear()
    for thread in threads:
        thread.join()
    owed = world.last_asked(account).address
    assert world.state(account).v4 == owed and is_owed(world, account)
    for action in (READ, SCAN):
        world.gate.script.fail(action, code, "no", status=status, times=None)
    world.start(0)
    assert world.readiness()[0] == 503
    wait_readiness(world, (503, "resuming"))
    assert world.metrics()["mooring_resuming"] == 1
    world.gate.script.clear()
    wait_readiness(world, READY)
    eventually("it is published", lambda: world.state(account).pub == world.state(account).seq)
    assert world.metrics()["mooring_resuming"] == 0
    assert world.records()[account.host, "A"] == [owed]


def test_hosts_that_wait_for_the_store_are_counted_until_done(
    make_world: Callable[..., World],
) -> None:
    """Route 53 has them, and the table cannot be told."""
    world = make_world(store={"timeout": 1})
    accounts = world.accounts(3)
    world.start()
    publish(world, accounts)
    world.wait_made_sure(accounts)
    hold = world.gate.script.hold_before(CHANGE, times=None)
    threads = world.all_at_once(accounts)
    hold.wait_arrived()
    eventually("all are intended", lambda: all(is_owed(world, each) for each in accounts))
    for action in (READ, WRITE):
        world.gate.script.fail(action, "InternalServerError", "no", status=500, times=None)
    hold.release()

    def waiting() -> float:
        return world.metrics()['mooring_hosts_waiting{reason="store"}']

    eventually("all wait for the store", lambda: waiting() == 3, 20)
    assert world.metrics()["mooring_hosts_pending"] >= 3
    world.gate.script.clear()
    eventually("none waits", lambda: waiting() == 0, 45)
    eventually("nothing is left", lambda: world.metrics()["mooring_hosts_pending"] == 0, 20)
    for thread in threads:
        thread.join()
    world.settle(accounts)
