# SPDX-License-Identifier: BSD-2-Clause
"""Two accounts with one name, in a table made by hand, and a daemon for each of them: the zone has
what was asked last, and whoever was overwritten is not told nochg. Each daemon has its own way to
Amazon, so that what one of them is late with really lands late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import pytest

from aws.emulators import BATCH_ACTIONS, REGION, TABLE, Ministack
from aws.gate import Gate
from aws.strict_route53 import NO_LIMITS, Settings, StrictRoute53
from system.harness import HOST, ZONE, eventually

if TYPE_CHECKING:
    from system.conftest import Service

X, Y = "203.0.113.5", "203.0.113.6"
ADDRESS = {"main": X, "spare": Y}
READ, WRITE = "dynamodb:GetItem", "dynamodb:UpdateItem"
TRANSACTION = "dynamodb:TransactWriteItems"
CHANGE = "route53:ChangeResourceRecordSets"
GET_ITEM_ALONE = frozenset({READ, CHANGE})
ROW = {"pass": {"S": "secret"}, "host": {"S": HOST}}


@dataclass
class Two:
    database: Ministack
    strict: StrictRoute53
    zone_id: str
    gates: list[Gate]
    services: list[Service]

    def ask(self, user: str, number: int, answer: str, address: str = "") -> None:
        address = address or ADDRESS[user]
        router = self.services[number].router(user, "secret")
        got = router.update(f"myip={address}").text
        assert got == f"{answer} {address}", self.services[number].daemon.log

    def cost(self, number: int, act: Callable[[], None]) -> Counter[str]:
        """What a daemon asks of Amazon meanwhile, but for its looks at the whole table, and at how
        long a sampled change takes."""
        before = len(self.gates[number].calls())
        act()
        calls = self.gates[number].calls()[before:]
        return Counter(
            call.action
            for call in calls
            if call.operation not in ("GetChange", "Scan") and b'"mooring"' not in call.body
        )

    @property
    def zone(self) -> str:
        [(_, values)] = self.strict.records(self.zone_id).values()
        return values[0]

    def state(self, user: str) -> dict[str, int]:
        item = self.database.item(user)
        assert item is not None
        state = item["state"]["M"][HOST]["M"]
        return {key: int(value["N"]) for key, value in state.items() if "N" in value}

    def is_over(self, user: str) -> bool:
        state = self.state(user)
        return state.get("over", 0) == state["seq"]

    def is_at_rest(self, last: str, other: str) -> bool:
        states = [self.state(user) for user in (last, other)]
        return (
            self.zone == ADDRESS[last]
            and all(state["pub"] == state["seq"] for state in states)
            and not self.is_over(last)
            and self.is_over(other)
        )


@pytest.fixture(name="make_two")
def fixture_make_two(
    ministack: Ministack, make_service: Callable[..., Service]
) -> Iterator[Callable[..., Two]]:
    made: list[Two] = []

    def make(actions: frozenset[str] = BATCH_ACTIONS, settle_s: int = 1) -> Two:
        ministack.fresh_table()
        strict = StrictRoute53(Settings(NO_LIMITS))
        zone_id = strict.new_zone(ZONE)
        who = ministack.new_user("mooring", actions)
        two = Two(ministack, strict, zone_id, [], [])
        for number in range(2):
            gate = Gate({"dynamodb": ministack.upstream, "route53": strict.upstream}, [who], REGION)
            gate.zones[zone_id] = ZONE + "."
            service = make_service(
                name=f"mooring{number}",
                top={"settle-time": settle_s, "history": "none"},
                store={"type": "dynamodb", "table": TABLE, "region": REGION},
                zones={
                    ZONE: {
                        "publisher": "route53",
                        "hosted-zone-id": zone_id,
                        "allow-special-addresses": True,
                    }
                },
                env={
                    "AWS_ACCESS_KEY_ID": who.access_key,
                    "AWS_SECRET_ACCESS_KEY": who.secret_key,
                    "AWS_REGION": REGION,
                    "AWS_ENDPOINT_URL": gate.url,
                },
            )
            two.gates.append(gate)
            two.services.append(service)
        made.append(two)
        for user in ADDRESS:
            ministack.put_item({"user": {"S": user}, **ROW})
        for service in two.services:
            service.start()
        return two

    yield make
    for two in made:
        for service in two.services:
            service.finish()
            service.daemons.clear()
        for gate in two.gates:
            gate.close()
        two.strict.close()
        assert [problem for gate in two.gates for problem in gate.unexpected] == []
        assert two.strict.unexpected == []


def test_a_pair_on_two_daemons(make_two: Callable[..., Two]) -> None:
    """In each order of accounts and daemons; an unchanged address costs one read of the account."""
    two = make_two(settle_s=300)  # when a new host would be read and sent once more
    last = ""
    for (user, number), (other, second) in product(product(ADDRESS, range(2)), repeat=2):
        for asked, where in ((user, number), (other, second)):
            two.ask(asked, where, "nochg" if last == asked else "good")
            last = asked
            assert two.zone == ADDRESS[asked]
            for daemon in range(2):
                cost = two.cost(daemon, lambda d=daemon, u=asked: two.ask(u, d, "nochg"))
                assert cost == {READ: 1}
    claim = two.database.item(f"host:{HOST}")
    assert claim is not None and set(claim["owners"]["SS"]) == set(ADDRESS)


def test_only_the_first_change_reads_the_claim(make_two: Callable[..., Two]) -> None:
    two = make_two(settle_s=300)  # no new host is sent once more meanwhile
    two.ask("main", 0, "good")
    claim = two.database.item(f"host:{HOST}")
    assert claim is not None and claim["owners"]["SS"] == ["main"]
    for address in (Y, X, Y):
        cost = two.cost(0, lambda a=address: two.ask("main", 0, "good", a))
        assert cost == {READ: 1, WRITE: 2, CHANGE: 1}
    # The other daemon does not know yet that the name has one owner.
    cost = two.cost(1, lambda: two.ask("main", 1, "good", X))
    assert cost[READ] == 2 and cost[TRANSACTION] == 0
    cost = two.cost(1, lambda: two.ask("main", 1, "good", Y))
    assert cost == {READ: 1, WRITE: 2, CHANGE: 1}


def test_what_lands_over_a_later_change_is_repaired(make_two: Callable[..., Two]) -> None:
    two = make_two()
    two.ask("spare", 1, "good")
    late = two.gates[0].script.hold_before(CHANGE)
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(two.ask, "main", 0, "good")
        late.wait_arrived()
        two.ask("spare", 1, "good")
        assert two.zone == Y
        late.release()
        answer.result()
    eventually("the last one's address is back", lambda: two.is_at_rest("spare", "main"), 30)
    two.ask("spare", 1, "nochg")
    two.ask("main", 0, "good")
    assert two.zone == X


@pytest.mark.parametrize("lands", [True, False], ids=["late", "never"])
def test_a_daemon_killed_in_between(make_two: Callable[..., Two], lands: bool) -> None:
    two = make_two()
    two.ask("spare", 1, "good")
    script = two.gates[0].script
    late = script.hold_after(CHANGE) if lands else script.hold_before(CHANGE)
    with ThreadPoolExecutor() as pool:
        lost = pool.submit(two.services[0].router("main", "secret").update, f"myip={X}")
        late.wait_arrived()
        two.services[0].daemon.kill()
        two.services[0].daemons.pop()
        assert lost.exception() is not None
    assert two.zone == (X if lands else Y)
    # Main's change was the last: it is owed, so whoever starts publishes it.
    script.clear()
    two.services[0].start()
    eventually("it is published", lambda: two.is_at_rest("main", "spare"), 30)
    two.ask("spare", 1, "good")
    two.ask("main", 0, "good")


def test_a_daemon_killed_with_a_later_change_of_the_other(make_two: Callable[..., Two]) -> None:
    two = make_two()
    two.ask("spare", 1, "good")
    late = two.gates[0].script.hold_after(CHANGE)
    with ThreadPoolExecutor() as pool:
        lost = pool.submit(two.services[0].router("main", "secret").update, f"myip={X}")
        late.wait_arrived()
        two.ask("spare", 1, "good")
        two.services[0].daemon.kill()
        two.services[0].daemons.pop()
        assert lost.exception() is not None
    two.gates[0].script.clear()
    two.services[0].start()
    eventually("the last one's address stays", lambda: two.is_at_rest("spare", "main"), 30)
    two.ask("spare", 0, "nochg")


def test_under_get_item_alone_nothing_is_asked_again_and_again(
    make_two: Callable[..., Two],
) -> None:
    """Each daemon has its own memory then, as the manual says; one alone serves the pair."""
    two = make_two(GET_ITEM_ALONE, settle_s=300)  # no new host is sent once more meanwhile
    two.ask("main", 0, "good")
    for _ in range(3):
        cost = two.cost(0, lambda: two.ask("spare", 0, "good"))
        assert cost[WRITE] == cost[TRANSACTION] == 0
        assert two.zone == Y
        two.ask("spare", 0, "nochg")
        two.ask("main", 0, "good")
        assert two.zone == X
    assert two.cost(0, lambda: two.ask("main", 0, "nochg")) == {READ: 1}
