# SPDX-License-Identifier: BSD-2-Clause
"""Items that somebody writes anew while their address is on its way, and at rest: a loading script,
Terraform, the console, a restored backup. Only a missing host or item takes a record away."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import botocore.client
import pytest

from aws.emulators import TABLE, sdk_client
from faults.observe import State, states_of
from faults.rewrites import REWRITES, Item, older_state, whole_old_item, without_state
from faults.rivals import Pair, fixture_make_pair
from faults.world import CHANGE, WRITE, Account, World
from system.harness import Response, eventually

WENT_BACK = "the stored state of a host went backwards"
OUTAGE_S = 6
A, B = 0, 1


@dataclass
class Scene:
    """Accounts whose first address is at rest; how their items were then. One that lost its state
    is sent once more, maybe while the next one is rewritten: so each hold is about a host."""

    world: World
    accounts: list[Account]
    old: dict[Account, Item] = field(default_factory=dict)
    asked: dict[Account, str] = field(default_factory=dict)
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(len(REWRITES)))
    # Made once: that takes longer than some holds may last.
    client: botocore.client.BaseClient | None = None

    def begin(self) -> None:
        for account in self.accounts:
            address = self.world.new_address()
            assert self.world.update(account, address).text == f"good {address}"
        self.world.wait_made_sure(self.accounts)
        threading.Event().wait(1.1)  # the times in the table are whole seconds
        self.client = self.world.database.dynamodb()
        for account in self.accounts:
            self.old[account] = self.item(account)

    def item(self, account: Account) -> Item:
        key = {"user": {"S": account.user}}
        return self.client.get_item(TableName=TABLE, Key=key, ConsistentRead=True)["Item"]

    def ask(self, account: Account) -> Future[Response]:
        self.asked[account] = self.world.new_address()
        return self.pool.submit(self.world.update, account, self.asked[account])

    def rewrite(self, account: Account, what: Callable[[Item, Item], Item]) -> None:
        item = what(self.item(account), self.old[account])
        self.client.put_item(TableName=TABLE, Item=item)

    def acknowledged(self, account: Account, answer: Future[Response]) -> None:
        """On a busy machine after its deadline."""
        assert answer.result().text in (f"good {self.asked[account]}", "911")
        eventually("it is repaired", lambda: self.is_confirmed(account), 30)

    def is_confirmed(self, account: Account) -> bool:
        (state,) = states_of(self.item(account)).values() or (State(),)
        return state.v4 == self.asked[account] and state.pub == state.seq

    def has(self, account: Account) -> bool:
        return self.world.records().get((account.host, "A")) == [self.asked[account]]

    def check(self) -> None:
        """The zone has what was asked for, and has never been without it; so says the table."""
        for account in self.accounts:
            eventually("it stays", lambda account=account: self.has(account), 20)
        self.world.check(within=60)
        for account in self.accounts:
            answer = self.world.update(account, self.asked[account])
            assert answer.text == f"nochg {self.asked[account]}"
        assert [each for each in self.world.route53.applied() if not each.values] == []
        assert self.world.metrics()["mooring_state_rollbacks_total"] == len(self.accounts)
        assert self.world.daemons[0].log_lines(WENT_BACK)


@pytest.fixture(name="scene")
def fixture_scene(make_world: Callable[..., World]) -> Scene:
    """An account for each way to rewrite it."""
    world = make_world(top={"aws-request-timeout": 20, "route53-timeout": 20})
    world.start()
    scene = Scene(world, world.accounts(len(REWRITES)))
    scene.begin()
    return scene


@pytest.mark.parametrize("place", ["before it lands", "once it has landed"])
def test_rewritten_while_the_publication_is_held(scene: Scene, place: str) -> None:
    script = scene.world.gate.script
    hold_publication = script.hold_before if place == "before it lands" else script.hold_after
    for account, what in zip(scene.accounts, REWRITES, strict=True):
        hold = hold_publication(CHANGE, about=account.host)
        answer = scene.ask(account)
        hold.wait_arrived()
        scene.rewrite(account, what)
        hold.release()
        scene.acknowledged(account, answer)
    scene.check()


def test_rewritten_just_before_it_is_confirmed(scene: Scene) -> None:
    for account, what in zip(scene.accounts, REWRITES, strict=True):
        landed = scene.world.gate.script.hold_after(CHANGE, about=account.host)
        answer = scene.ask(account)
        landed.wait_arrived()
        confirming = scene.world.gate.script.hold_before(WRITE, about=account.host)
        landed.release()
        confirming.wait_arrived()
        scene.rewrite(account, what)
        confirming.release()
        scene.acknowledged(account, answer)
    scene.check()


@pytest.mark.parametrize("again", [False, True])
def test_rewritten_in_an_outage_of_route53(scene: Scene, again: bool) -> None:
    """again: the routers ask in the outage, too."""
    scene.world.gate.script.fail(CHANGE, "ServiceUnavailable", status=503, times=None)
    answers = [scene.ask(account) for account in scene.accounts]
    pause = threading.Event()
    pause.wait(OUTAGE_S / 2)
    for account, what in zip(scene.accounts, REWRITES, strict=True):
        scene.rewrite(account, what)
    if again:
        for account in scene.accounts:
            scene.pool.submit(scene.world.update, account, scene.asked[account])
    pause.wait(OUTAGE_S / 2)
    scene.world.heal()
    for answer in answers:
        assert answer.result().text.partition(" ")[0] in ("good", "911")
    scene.check()


def test_state_removed_by_an_expression(scene: Scene) -> None:
    for account in scene.accounts:
        hold = scene.world.gate.script.hold_before(CHANGE, about=account.host)
        answer = scene.ask(account)
        hold.wait_arrived()
        scene.client.update_item(
            TableName=TABLE,
            Key={"user": {"S": account.user}},
            UpdateExpression="REMOVE #s",
            ExpressionAttributeNames={"#s": "state"},
        )
        hold.release()
        scene.acknowledged(account, answer)
    scene.check()


@pytest.mark.parametrize("asks_for", ["the published one", "the old one"])
def test_rewritten_at_rest(scene: Scene, asks_for: str) -> None:
    for account, what in zip(scene.accounts, REWRITES, strict=True):
        assert scene.ask(account).result().text == f"good {scene.asked[account]}"
        scene.rewrite(account, what)
        if asks_for == "the old one":
            scene.asked[account] = scene.old[account]["state"]["M"][account.host]["M"]["v4"]["S"]
        answer = scene.world.update(account, scene.asked[account])
        assert answer.text == f"good {scene.asked[account]}", what.__name__
    scene.check()


def test_removed_item_and_host_take_their_record_along(scene: Scene) -> None:
    """Only what carries our address: somebody else's record of that name stays."""
    gone, hostless, foreign, *rest = scene.accounts
    world = scene.world
    identity = next(iter(world.gate.identities.values()))
    client = sdk_client("route53", world.gate.port, identity, "us-east-1")
    for account in (gone, hostless, foreign):
        hold = world.gate.script.hold_after(CHANGE, about=account.host)
        answer = scene.ask(account)
        hold.wait_arrived()
        if account is hostless:
            item = {**scene.item(account), "host": {"S": f"moved.{account.host}"}}
            scene.client.put_item(TableName=TABLE, Item=item)
        else:
            scene.client.delete_item(TableName=TABLE, Key={"user": {"S": account.user}})
        confirming = world.gate.script.hold_before(WRITE, about=account.host)
        hold.release()
        confirming.wait_arrived()
        if account is foreign:
            change = {
                "Action": "UPSERT",
                "ResourceRecordSet": {
                    "Name": account.host,
                    "Type": "A",
                    "TTL": 60,
                    "ResourceRecords": [{"Value": "198.51.99.9"}],
                },
            }
            client.change_resource_record_sets(
                HostedZoneId=world.zone_id, ChangeBatch={"Changes": [change]}
            )
        confirming.release()
        assert answer.result().text in ("nohost", "911", f"good {scene.asked[account]}")
        if account is not foreign:
            name = (account.host, "A")
            eventually("it is gone", lambda name=name: name not in world.records(), 20)
    threading.Event().wait(3)  # the listing for whoever has the name now
    assert world.records()[(foreign.host, "A")] == ["198.51.99.9"]
    for account in rest:
        assert (account.host, "A") in world.records()


@pytest.mark.parametrize("what", [without_state, older_state, whole_old_item])
def test_second_daemon_begins_to_count_anew(
    make_pair: Callable[..., Pair], what: Callable[[Item, Item], Item]
) -> None:
    """What it publishes meanwhile is the newer value."""
    pair = make_pair()
    (account,) = pair.world.accounts(1)
    pair.start()
    first, older, newer = (pair.world.new_address() for _ in range(3))
    assert pair.told(account, first, A) == f"good {first}"
    pair.wait_made_sure(account)
    old = pair.world.database.item(account.user)
    # Which of two states is the later one is told by their seconds.
    threading.Event().wait(1.1)
    hold = pair.roads[A].script.hold_before(CHANGE)
    waiting = pair.ask(account, older, A)
    hold.wait_arrived()
    pair.world.database.put_item(what(pair.world.database.item(account.user), old))
    assert pair.told(account, newer, B) == f"good {newer}"
    hold.release()
    # 911: on a slow machine it waits to be sent again, and was overtaken meanwhile.
    assert waiting.result().text in (f"good {older}", "911")
    eventually(
        "the newer one is there",
        lambda: pair.world.records().get((account.host, "A")) == [newer],
        20,
    )
    pair.heal()
    pair.world.check(ordered=False, unanswered=True)
    for number in (A, B):
        assert pair.told(account, newer, number) == f"nochg {newer}"


def test_restart_after_a_rewrite_publishes_what_is_owed(scene: Scene) -> None:
    """Nobody remembers any more: what the table says is owed is published, the rest when asked."""
    world = scene.world
    for account in scene.accounts:
        assert scene.ask(account).result().text == f"good {scene.asked[account]}"
    world.daemons[0].stop()
    for account, what in zip(scene.accounts, REWRITES, strict=True):
        scene.rewrite(account, what)
    world.start(0)
    for account, what in zip(scene.accounts, REWRITES, strict=True):
        answer = world.update(account, scene.asked[account])
        assert answer.text == f"good {scene.asked[account]}", what.__name__
        assert scene.has(account)
    world.check(ordered=False)


SPELT = {"v4": "203.0.113.7", "v6": "2001:DB8:0::1", "seq": "4", "pub": "4"}


def spelt_by_hand(account: Account, **values: str) -> Item:
    """The state of a host as somebody typed it: without a time, its IPv6 address in another spelling."""
    members = {**SPELT, **values}
    kinds = {"v4": "S", "v6": "S", "seq": "N", "pub": "N", "time": "N"}
    entry = {name: {kinds[name]: value} for name, value in members.items()}
    return {
        "user": {"S": account.user},
        "pass": {"S": account.secret},
        "host": {"S": account.host},
        "state": {"M": {account.host: {"M": entry}}},
    }


@pytest.mark.parametrize("database", ["dynalite", "ministack"])
def test_state_typed_by_hand_can_be_changed(make_world: Callable[..., World], database: str) -> None:
    """What it holds is compared as it is spelt there; one more write of it, once."""
    world = make_world(database)
    (account,) = world.accounts(1)
    world.database.put_item(spelt_by_hand(account))
    world.start()

    def count() -> int:
        key = {"user": {"S": account.user}}
        return sum(call.json()["Key"] == key for call in world.gate.calls(WRITE))

    for number, writes in enumerate((3, 2)):
        address = world.new_address()
        before = count()
        assert world.update(account, address).text == f"good {address}"
        state = world.state(account)
        assert (state.v4, state.v6, state.pub) == (address, "2001:db8::1", state.seq)
        assert count() - before == writes, number


@pytest.mark.parametrize("database", ["dynalite", "ministack"])
@pytest.mark.parametrize("anew", [{"v6": "2001:db8::9"}, {"v4": "203.0.113.9"}])
def test_rewritten_between_reading_and_intent(
    make_world: Callable[..., World], database: str, anew: dict[str, str]
) -> None:
    """With the seq that was read: what is not the router's to say stays as it was written last."""
    world = make_world(database, top={"aws-request-timeout": 20, "route53-timeout": 20})
    (account,) = world.accounts(1)
    now = int(time.time())
    ours = {"v6": "2001:db8::1", "time": str(now - 10)}
    world.database.put_item(spelt_by_hand(account, **ours))
    world.start()
    hold = world.gate.script.hold_before(WRITE)
    address = world.new_address()
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(world.update, account, address)
        hold.wait_arrived()
        theirs = {**ours, "time": str(now), **anew}
        world.database.put_item(spelt_by_hand(account, **theirs))
        hold.release()
        assert answer.result().text in (f"good {address}", "911")  # on a busy machine
    wanted = (address, anew.get("v6", "2001:db8::1"))
    eventually("it is intended", lambda: (world.state(account).v4, world.state(account).v6) == wanted)


__all__ = ["fixture_make_pair"]
