# SPDX-License-Identifier: BSD-2-Clause
"""kill -9 at any time: the last of changes in quick succession is told, and what comes twice has one id."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable

import pytest

from system.conftest import (  # pylint: disable=unused-import
    Amazon,
    Service,
    fixture_make_amazon,
    fixture_receiver,
)
from system.harness import HOST, eventually
from system.notified import amazon_service, told
from system.receiver import Receiver

# Another daemon goes on with what a killed one held after so long, and some time for a slow machine.
LEASE_S = 180
UPDATES = 3  # before each kill; the last one may be under way then


class Asker(threading.Thread):
    """Asks for one address after the other until the daemon is gone; good has those that were answered
    with good."""

    def __init__(self, service: Service, addresses: list[str]) -> None:
        super().__init__()
        self.router = service.router("router1", service.secret)
        self.addresses = addresses
        self.good: list[str] = []
        self.start()

    def run(self) -> None:
        for address in self.addresses:
            try:
                if self.router.update(f"myip={address}").text == f"good {address}":
                    self.good.append(address)
            except (AssertionError, OSError):
                return


def wait_told(receiver: Receiver, asker: Asker) -> None:
    """The last one that was answered, or one that was under way and replaced it."""
    last = asker.addresses[asker.addresses.index(asker.good[-1]) :]
    eventually(
        f"one of {last} is told",
        lambda: any(event["new"] in last for event in receiver.of_kind("address-changed")),
        LEASE_S,
    )


def kill_again_and_again(service: Service, receiver: Receiver, n_kills: int) -> None:
    chance = random.Random(n_kills)
    pause = threading.Event()
    answered: list[Asker] = []
    for n in range(1, n_kills + 1):
        service.start()
        # The other rounds begin at once: then the new address may replace the one that is owed.
        if n == n_kills // 2 and answered:
            wait_told(receiver, answered[-1])
        asker = Asker(service, [f"203.0.{n}.{k + 1}" for k in range(UPDATES)])
        pause.wait(chance.uniform(0.0, 0.3))
        service.daemon.kill()
        asker.join()
        if asker.good:
            answered.append(asker)
    assert answered, "nothing was asked between two kills"
    service.start()
    wait_told(receiver, answered[-1])


def addresses_of(receiver: Receiver, member: str) -> set[object]:
    return {event[member] for event in receiver.of_kind("address-changed")}


def check_events(receiver: Receiver) -> None:
    """An id is of one address, and what an address replaced is told."""
    eventually(
        "what was replaced is told",
        lambda: addresses_of(receiver, "old") <= {"", *addresses_of(receiver, "new")},
        LEASE_S,
    )
    ids: dict[object, set[object]] = {}
    for event in receiver.of_kind("address-changed"):
        ids.setdefault(event["new"], set()).add(event["id"])
    assert {address: found for address, found in ids.items() if len(found) > 1} == {}
    assert len(set.union(*ids.values())) == len(ids)


def test_nothing_is_lost_where_the_store_is_a_file(
    make_service: Callable[..., Service], receiver: Receiver, long: bool
) -> None:
    service = told(make_service(), receiver, events=["address-changed"])
    service.secret = service.ctl.add("router1", HOST)
    kill_again_and_again(service, receiver, 50 if long else 6)
    check_events(receiver)


def test_nothing_is_lost_on_dynamodb_and_route_53(
    make_amazon: Callable[..., Amazon],
    make_service: Callable[..., Service],
    receiver: Receiver,
    long: bool,
) -> None:
    service = amazon_service(make_amazon(), make_service, receiver)
    service.secret = service.ctl.add("router1", HOST)
    kill_again_and_again(service, receiver, 50 if long else 6)
    check_events(receiver)


def test_what_was_published_and_not_yet_kept_is_told_by_the_next_start(
    make_amazon: Callable[..., Amazon], make_service: Callable[..., Service], receiver: Receiver
) -> None:
    """The client has its answer when the notice is on its way to the table, and the host is owed."""
    amazon = make_amazon()
    service = amazon_service(amazon, make_service, receiver)
    service.secret = service.ctl.add("router1", HOST)
    service.start()
    sent = amazon.gate.script.hold_after("route53:ChangeResourceRecordSets")
    asker = Asker(service, ["203.0.113.7"])
    sent.wait_arrived()
    kept = amazon.gate.script.hold_before("dynamodb:UpdateItem")
    sent.release()
    kept.wait_arrived()
    asker.join(30)
    assert asker.good == ["203.0.113.7"]
    service.daemon.kill()
    kept.drop()
    assert receiver.events == []
    service.start()
    eventually("it is told", lambda: len(receiver.of_kind("address-changed")) == 1)
    (event,) = receiver.of_kind("address-changed")
    assert (event["host"], event["new"]) == (HOST, "203.0.113.7")
