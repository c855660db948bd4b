# SPDX-License-Identifier: BSD-2-Clause
"""account-cache-age: unchanged routers are answered from memory for that long, and everything else
asks the table first. What is counted is what the gate in front of DynamoDB was asked."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from system.conftest import Amazon, Service
from system.harness import HOST, ZONE, Router, eventually, metrics

READ = "dynamodb:GetItem"
X, Y = "203.0.113.5", "203.0.113.6"
AGE_S = 2
HIT = 'mooring_account_cache_hits_total{age="below_1m"}'


@dataclass
class Aged:
    """One daemon with an age, whose router has its address."""

    amazon: Amazon
    service: Service
    router: Router
    secret: str

    def reads(self, router: Router, address: str, answer: str) -> int:
        """How many reads of the account an update cost."""

        def count() -> int:
            keys = [call.json()["Key"]["user"]["S"] for call in self.amazon.gate.calls(READ)]
            return keys.count(router.user)

        before = count()
        assert router.update(f"myip={address}").text == answer
        return count() - before


@pytest.fixture(name="make_aged")
def fixture_make_aged(amazon: Amazon, make_service: Callable[..., Service]) -> Callable[..., Aged]:
    def make(age_s: int) -> Aged:
        top = {"account-cache-age": age_s, "admin-listen": "127.0.0.1:0", "settle-time": 1}
        service = amazon.service(make_service, top=top)
        secret = service.ctl.add("router1", HOST)
        service.start()
        aged = Aged(amazon, service, service.router("router1", secret), secret)
        assert aged.reads(aged.router, X, f"good {X}") >= 1
        amazon.wait_made_sure("router1")  # which reads it once more, too
        # The confirmation tells memory what the table holds.
        eventually("memory knows", lambda: aged.reads(aged.router, X, f"nochg {X}") == 0)
        return aged

    return make


def test_unchanged_router_is_not_read_within_the_age(make_aged: Callable[..., Aged]) -> None:
    aged = make_aged(3600)
    hits = metrics(aged.service.daemon)[HIT]
    for _ in range(20):
        assert aged.reads(aged.router, X, f"nochg {X}") == 0
    found = metrics(aged.service.daemon)
    assert found[HIT] == hits + 20
    eventually(
        "the account is counted",
        lambda: metrics(aged.service.daemon)["mooring_account_cache_accounts"] == 1,
    )
    assert found['mooring_limit{name="account-cache-age"}'] == 3600


def test_unchanged_router_is_read_once_in_an_age(make_aged: Callable[..., Aged]) -> None:
    aged = make_aged(AGE_S)
    read_at: list[float] = []
    end = time.monotonic() + 60
    while len(read_at) < 3 and time.monotonic() < end:
        before = time.monotonic()
        if aged.reads(aged.router, X, f"nochg {X}") > 0:
            # It began no earlier than that, and the next one comes no sooner than the age later.
            assert not read_at or time.monotonic() - read_at[-1] >= AGE_S
            read_at.append(before)
    assert len(read_at) == 3


def test_without_an_age_every_update_is_read(
    amazon: Amazon, make_service: Callable[..., Service]
) -> None:
    service = amazon.service(make_service)
    secret = service.ctl.add("router1", HOST)
    service.start()
    aged = Aged(amazon, service, service.router("router1", secret), secret)
    assert aged.reads(aged.router, X, f"good {X}") >= 1
    for _ in range(3):
        assert aged.reads(aged.router, X, f"nochg {X}") == 1


def test_change_reads_the_table_first(make_aged: Callable[..., Aged]) -> None:
    aged = make_aged(3600)
    for address in (Y, X, Y):
        assert aged.reads(aged.router, address, f"good {address}") == 1
        assert aged.amazon.records() == {(HOST, "A"): [address]}
    aged.service.ctl.ok("host", "add", "router1", f"second.{ZONE}")
    answer = aged.router.update(f"hostname={HOST},second.{ZONE}&myip={Y}").text
    assert answer == f"nochg {Y}\ngood {Y}"


def test_new_password_counts_at_once(make_aged: Callable[..., Aged]) -> None:
    aged = make_aged(3600)
    wrong = aged.service.router("router1", "wrong-secret")
    assert aged.reads(wrong, X, "badauth") == 1, "a refusal is the table's"
    new = aged.service.ctl.json("user", "passwd", "router1")["secret"]
    renewed = aged.service.router("router1", new)
    assert aged.reads(aged.router, X, f"nochg {X}") == 0, "what memory has, up to the age"
    assert aged.reads(renewed, X, f"nochg {X}") == 1
    assert aged.reads(renewed, X, f"nochg {X}") == 0
    assert aged.reads(aged.router, X, "badauth") == 1


def test_old_password_that_memory_takes_changes_nothing(make_aged: Callable[..., Aged]) -> None:
    aged = make_aged(3600)
    aged.service.ctl.ok("user", "passwd", "router1")
    assert aged.reads(aged.router, X, f"nochg {X}") == 0
    assert aged.reads(aged.router, Y, "badauth") == 1
    assert aged.reads(aged.router, X, "badauth") == 1
    assert aged.amazon.records() == {(HOST, "A"): [X]}


def test_disabled_account_is_refused_after_the_age(make_aged: Callable[..., Aged]) -> None:
    aged = make_aged(AGE_S)
    aged.service.ctl.ok("user", "disable", "router1")
    answers: list[str] = []

    def is_refused() -> bool:
        answers.append(aged.router.update(f"myip={X}").text)
        return answers[-1] == "badauth"

    eventually("the account is refused", is_refused, timeout=30)
    assert set(answers) <= {f"nochg {X}", "badauth"}
    aged.service.ctl.ok("user", "enable", "router1")
    assert aged.router.update(f"myip={X}").text in (f"nochg {X}", f"good {X}"), "at once"


def test_name_that_another_account_overwrote(make_aged: Callable[..., Aged]) -> None:
    aged = make_aged(3600)
    spare_secret = aged.service.ctl.add("spare", HOST, options=("--shared",))
    spare = aged.service.router("spare", spare_secret)
    for _ in range(2):
        assert aged.reads(spare, Y, f"good {Y}") >= 1
        assert aged.amazon.records() == {(HOST, "A"): [Y]}
        assert aged.reads(aged.router, X, f"good {X}") >= 1
        assert aged.amazon.records() == {(HOST, "A"): [X]}
        eventually("memory knows", lambda: aged.reads(aged.router, X, f"nochg {X}") == 0)


def test_change_of_another_daemon_counts_after_the_age(
    make_aged: Callable[..., Aged], make_service: Callable[..., Service]
) -> None:
    """Several daemons with an age: what the manual says that it costs, and no more."""
    aged = make_aged(AGE_S)
    other = aged.amazon.service(make_service, top={"settle-time": 1}, name="other")
    other.start()
    assert other.router("router1", aged.secret).update(f"myip={Y}").text == f"good {Y}"
    answers: list[str] = []

    def is_published() -> bool:
        answers.append(aged.router.update(f"myip={X}").text)
        return answers[-1] == f"good {X}"

    eventually("the router's own address is published", is_published, timeout=30)
    assert set(answers) <= {f"nochg {X}", f"good {X}"}
    assert aged.amazon.records() == {(HOST, "A"): [X]}
