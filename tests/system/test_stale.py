# SPDX-License-Identifier: BSD-2-Clause
"""DynamoDB fails every read: known routers keep their nochg, the others get an honest 911."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from system.conftest import Amazon, Service
from system.harness import HOST, ZONE, Response, eventually

READ = "dynamodb:GetItem"
CHANGE = "route53:ChangeResourceRecordSets"
TROUBLE = [("ProvisionedThroughputExceededException", 400), ("InternalServerError", 500)]
SERVED = "known accounts are served from memory"


def is_911(answer: Response) -> bool:
    assert answer.text != "badauth"
    return (answer.status, answer.text) == (503, "911") and int(answer.one("Retry-After")) > 0


@pytest.mark.parametrize(("code", "status"), TROUBLE)
def test_known_router_keeps_its_nochg_while_the_table_cannot_be_read(
    amazon: Amazon, make_service: Callable[..., Service], code: str, status: int
) -> None:
    service = amazon.service(make_service, store={**amazon.store, "timeout": 1})
    secret = service.ctl.add("router1", HOST)
    unread = service.ctl.add("router2", f"second.{ZONE}")
    daemon = service.start()
    known = service.router("router1", secret)
    assert known.update("myip=203.0.113.5").text == "good 203.0.113.5"
    changes = len(amazon.gate.calls(CHANGE))

    amazon.gate.script.fail(READ, code, "Rate exceeded", status=status, times=None)
    answer = known.update("myip=203.0.113.5")
    assert (answer.status, answer.text) == (200, "nochg 203.0.113.5")
    assert is_911(known.update("myip=203.0.113.6")), "a change cannot be noted"
    assert is_911(service.router("router1", "wrong-secret").update("myip=203.0.113.5"))
    assert is_911(service.router("router2", unread).update("myip=203.0.113.7"))
    assert is_911(service.router("nobody", secret).update("myip=203.0.113.5"))
    assert known.update("myip=203.0.113.5").text == "nochg 203.0.113.5"
    assert len(daemon.log_lines(SERVED)) == 1
    assert len(amazon.gate.calls(CHANGE)) == changes
    assert amazon.records() == {(HOST, "A"): ["203.0.113.5"]}

    amazon.gate.script.clear()
    eventually(
        "the change is made when the table is well again",
        lambda: known.update("myip=203.0.113.6").text in ("good 203.0.113.6", "nochg 203.0.113.6"),
        timeout=30,
    )
    assert service.router("router1", "wrong-secret").update("myip=203.0.113.6").text == "badauth"
    assert service.router("nobody", secret).update("myip=203.0.113.6").text == "badauth"
    assert amazon.records() == {(HOST, "A"): ["203.0.113.6"]}


def test_stale_age_of_zero_is_an_honest_911_for_all(
    amazon: Amazon, make_service: Callable[..., Service]
) -> None:
    service = amazon.service(
        make_service, top={"stale-age": 0}, store={**amazon.store, "timeout": 1}
    )
    secret = service.ctl.add("router1", HOST)
    daemon = service.start()
    router = service.router("router1", secret)
    assert router.update("myip=203.0.113.5").text == "good 203.0.113.5"
    amazon.gate.script.fail(READ, "InternalServerError", status=500, times=None)
    assert is_911(router.update("myip=203.0.113.5"))
    assert daemon.log_lines(SERVED) == []


def test_table_that_denies_is_not_waited_out(
    amazon: Amazon, make_service: Callable[..., Service]
) -> None:
    """A permission that was taken away may have been taken away on purpose."""
    service = amazon.service(make_service)
    secret = service.ctl.add("router1", HOST)
    service.start()
    router = service.router("router1", secret)
    assert router.update("myip=203.0.113.5").text == "good 203.0.113.5"
    amazon.gate.script.fail(READ, "AccessDeniedException", "not for you", times=None)
    assert is_911(router.update("myip=203.0.113.5"))
