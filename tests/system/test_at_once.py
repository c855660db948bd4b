# SPDX-License-Identifier: BSD-2-Clause
"""A router in trouble: very many different addresses for one host, all at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from aws.emulators import Dynalite
from system.conftest import Amazon, Service
from system.harness import HOST, eventually

COUNT = 100
CHANGE = "route53:ChangeResourceRecordSets"


def ask_all(service: Service) -> list[str]:
    """Each by a connection of its own."""
    router = service.router("router1", service.secret)

    def ask(number: int) -> str:
        return router.update(f"hostname={HOST}&myip=203.0.113.{number}", timeout=90).text

    with ThreadPoolExecutor(COUNT) as pool:
        return list(pool.map(ask, range(1, COUNT + 1)))


def start(make: Callable[..., Service]) -> Service:
    top = {"max-connections-per-client": 2 * COUNT, "update-deadline": 60}
    service = make(top=top)
    service.secret = service.ctl.add("router1", HOST)
    service.start()
    return service


def check(service: Service, answers: list[str]) -> str:
    """Returns the address that is stored in the end."""
    assert answers == [f"good 203.0.113.{number}" for number in range(1, COUNT + 1)]
    show = service.ctl.run("user", "show", "router1").stdout
    return next(word for word in show.split() if word.startswith("203.0.113."))


def test_hundred_addresses_at_once_are_all_good(make_service: Callable[..., Service]) -> None:
    service = start(make_service)
    stored = check(service, ask_all(service))
    router = service.router("router1", service.secret)
    assert router.update(f"hostname={HOST}&myip={stored}").text == f"nochg {stored}"


def test_hundred_addresses_at_once_are_all_good_on_aws(
    make_amazon: Callable[..., Amazon], dynalite: Dynalite, make_service: Callable[..., Service]
) -> None:
    amazon = make_amazon(dynalite)
    service = start(lambda **options: amazon.service(make_service, **options))
    stored = check(service, ask_all(service))
    eventually("the zone has it", lambda: amazon.records() == {(HOST, "A"): [stored]})
    # Most were overtaken while they waited, and cost neither an intent nor a publication.
    assert len(amazon.gate.calls("dynamodb:UpdateItem")) < COUNT
    assert len(amazon.gate.calls(CHANGE)) < COUNT / 2
