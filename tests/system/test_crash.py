# SPDX-License-Identifier: BSD-2-Clause
"""kill -9 at the worst moments: what was promised holds, what was intended is published."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from system.conftest import Amazon, Service
from system.harness import HOST, dig, eventually

OLD, NEW = "203.0.113.1", "203.0.113.2"
CHANGE = "route53:ChangeResourceRecordSets"
UPDATE = "dynamodb:UpdateItem"


def published(amazon: Amazon, address: str) -> Callable[[], bool]:
    return lambda: amazon.records() == {(HOST, "A"): [address]}


def in_background(service: Service, secret: str, address: str) -> threading.Thread:
    """An update whose answer nobody will get."""

    def ask() -> None:
        try:
            service.router("router1", secret).update(f"myip={address}")
        except (AssertionError, OSError):
            pass

    thread = threading.Thread(target=ask)
    thread.start()
    return thread


@pytest.fixture(name="service")
def fixture_service(amazon: Amazon, make_service: Callable[..., Service]) -> Service:
    service = amazon.service(make_service, top={"settle-time": 1, "history": "none"})
    service.secret = service.ctl.add("router1", HOST)
    service.start()
    router = service.router("router1", service.secret)
    assert router.update(f"myip={OLD}").text == f"good {OLD}"
    amazon.wait_made_sure("router1")
    return service


MOMENTS = {
    # The intent was stored, the daemon did not hear that it was.
    "after the intent": ("hold_after", UPDATE),
    # Route 53 has not seen the change.
    "before the publication": ("hold_before", CHANGE),
    # Route 53 has it, the daemon does not know.
    "after the publication": ("hold_after", CHANGE),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_update_is_published_at_the_next_start(
    amazon: Amazon, service: Service, moment: str
) -> None:
    verb, action = MOMENTS[moment]
    hold = getattr(amazon.gate.script, verb)(action)
    thread = in_background(service, service.secret, NEW)
    hold.wait_arrived()
    service.daemon.kill()
    hold.drop()
    if verb == "hold_before":
        assert amazon.records() == {(HOST, "A"): [OLD]}
    thread.join(20)
    assert not thread.is_alive()
    service.start()
    eventually("the intended address is in the zone", published(amazon, NEW))
    router = service.router("router1", service.secret)
    eventually("it is confirmed", lambda: router.update(f"myip={NEW}").text == f"nochg {NEW}")


def test_killed_after_the_publication_before_the_confirmation(
    amazon: Amazon, service: Service
) -> None:
    """The confirming write is held before DynamoDB sees it: pub stays behind seq."""
    changes = len(amazon.gate.calls(CHANGE))
    hold = amazon.gate.script.hold_after(CHANGE)
    thread = in_background(service, service.secret, NEW)
    hold.wait_arrived()
    confirm = amazon.gate.script.hold_before(UPDATE)
    hold.release()
    confirm.wait_arrived()
    service.daemon.kill()
    confirm.drop()
    thread.join(20)
    before = amazon.database.item("router1")["state"]["M"][HOST]["M"]
    assert int(before["pub"]["N"]) < int(before["seq"]["N"])
    service.start()
    eventually("it is published again", lambda: len(amazon.gate.calls(CHANGE)) >= changes + 2)
    assert published(amazon, NEW)()


def test_acknowledged_address_survives_the_kill(amazon: Amazon, service: Service) -> None:
    router = service.router("router1", service.secret)
    for n in range(3, 9):
        address = f"203.0.113.{n}"
        assert router.update(f"myip={address}").text == f"good {address}"
        service.daemon.kill()
        service.start()
        router = service.router("router1", service.secret)
        assert amazon.records() == {(HOST, "A"): [address]}
        answer = router.update(f"myip={address}").text
        assert answer in (f"nochg {address}", f"good {address}")


def test_lost_reply_of_route53_is_no_lost_update(amazon: Amazon, service: Service) -> None:
    amazon.gate.script.lose_reply(CHANGE)
    router = service.router("router1", service.secret)
    assert router.update(f"myip={NEW}").text == f"good {NEW}"
    assert published(amazon, NEW)()


def test_lost_reply_of_the_intent_is_no_lost_update(amazon: Amazon, service: Service) -> None:
    """The conditional write is repeated and finds its own earlier success."""
    amazon.gate.script.lose_reply(UPDATE)
    router = service.router("router1", service.secret)
    assert router.update(f"myip={NEW}").text == f"good {NEW}"
    assert published(amazon, NEW)()
    assert router.update(f"myip={NEW}").text == f"nochg {NEW}"


@pytest.mark.parametrize("sent", [1, 20, 100, 200, 300, 400])
@pytest.mark.parametrize("action", [CHANGE, UPDATE, "dynamodb:GetItem"])
def test_reply_cut_anywhere_is_no_lost_update(
    amazon: Amazon, service: Service, action: str, sent: int
) -> None:
    amazon.gate.script.cut(action, sent)
    router = service.router("router1", service.secret)
    assert router.update(f"myip={NEW}").text == f"good {NEW}"
    assert published(amazon, NEW)()


def test_embedded_default_keeps_what_it_acknowledged(embedded: Service) -> None:
    secret = embedded.ctl.add("router1", HOST)
    for n in range(1, 7):
        address = f"203.0.113.{n}"
        answer = embedded.router("router1", secret).update(f"myip={address}")
        assert answer.text == f"good {address}"
        embedded.daemon.kill()
        embedded.start()
        assert dig(embedded.daemon.dns_port, HOST, "A") == [address]


def test_embedded_kill_under_load_keeps_every_acknowledged_address(embedded: Service) -> None:
    """Eight routers at once: dig finds what was last answered good, or newer."""
    hosts = [f"h{n}.dyn.example.com" for n in range(8)]
    secrets = [embedded.ctl.add(f"router{n}", host) for n, host in enumerate(hosts)]
    sent: list[list[str]] = [[] for _ in hosts]
    acknowledged: list[list[str]] = [[] for _ in hosts]

    def work(n: int) -> None:
        router = embedded.router(f"router{n}", secrets[n])
        try:
            for k in range(200):
                address = f"198.51.{n}.{k}"
                sent[n].append(address)
                if router.update(f"myip={address}").text == f"good {address}":
                    acknowledged[n].append(address)
        except (AssertionError, OSError):
            pass

    threads = [threading.Thread(target=work, args=(n,)) for n in range(len(hosts))]
    for thread in threads:
        thread.start()
    embedded.daemon.wait_log(r"verdict=good", n=60)
    embedded.daemon.kill()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    embedded.start()
    for n, host in enumerate(hosts):
        (now,) = dig(embedded.daemon.dns_port, host, "A") or [""]
        newest = acknowledged[n][-1] if acknowledged[n] else ""
        allowed = sent[n][sent[n].index(newest) :] if newest else ["", *sent[n]]
        assert now in allowed, f"{host} is {now}, acknowledged {newest}"
