# SPDX-License-Identifier: BSD-2-Clause
"""The same clients, with the accounts in DynamoDB and the records in Route 53.

Emulators that others wrote stand for Amazon, the gate in front of them is as strict as Amazon.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aws.emulators import Dynalite, Ministack
from system.clients import CLIENTS, SILENT_WHEN_UNCHANGED, Login
from system.conftest import Amazon, Service
from system.harness import HOST, Tls, environment, run

BACKENDS = ["ministack", "dynalite"]


@pytest.fixture(name="backend", params=BACKENDS)
def fixture_backend(request: pytest.FixtureRequest, make_amazon: Callable[..., Amazon]) -> Amazon:
    """DynamoDB is played by either; Route 53 by ministack."""
    database: Ministack | Dynalite = request.getfixturevalue(request.param)
    return make_amazon(database)


def read_back(amazon: Amazon, directory: Path) -> dict[tuple[str, str], list[str]]:
    """The zone as Debian's awscli lists it, its own records left out."""
    # fmt: off
    done = run(
        [
            "/usr/bin/aws", "--endpoint-url", amazon.gate.url, "--output", "json",
            "route53", "list-resource-record-sets", "--hosted-zone-id", amazon.zone_id,
        ],
        env=environment(
            HOME=str(directory), AWS_DEFAULT_REGION="us-east-1",
            AWS_ACCESS_KEY_ID=amazon.identity.access_key,
            AWS_SECRET_ACCESS_KEY=amazon.identity.secret_key,
        ),
    )
    # fmt: on
    assert done.returncode == 0, done.stderr
    return {
        (entry["Name"], entry["Type"]): [value["Value"] for value in entry["ResourceRecords"]]
        for entry in json.loads(done.stdout)["ResourceRecordSets"]
        if entry["Type"] not in ("NS", "SOA")
    }


@pytest.mark.parametrize("client", CLIENTS)
def test_client_reaches_route53(
    backend: Amazon,
    make_service: Callable[..., Service],
    make_login: Callable[..., Login],
    tmp_path: Path,
    client: str,
) -> None:
    service = backend.service(make_service)
    secret = service.ctl.add("router1", HOST)
    service.start()
    login = make_login(service.daemon, "router1", secret)
    force = {"force": True} if client in SILENT_WHEN_UNCHANGED else {}

    result = CLIENTS[client](login, "203.0.113.5")
    assert (result.word, result.ok) == ("good", True), result.output
    assert read_back(backend, tmp_path) == {(HOST + ".", "A"): ["203.0.113.5"]}

    changes = len(backend.gate.calls("route53:ChangeResourceRecordSets"))
    result = CLIENTS[client](login, "203.0.113.5", **force)
    assert (result.word, result.ok) == ("nochg", True), result.output
    assert len(backend.gate.calls("route53:ChangeResourceRecordSets")) == changes
    assert [call for call in backend.gate.calls() if call.code is not None] == []


def test_both_families_reach_route53(backend: Amazon, make_service: Callable[..., Service]) -> None:
    service = backend.service(make_service)
    secret = service.ctl.add("router1", HOST)
    service.start()
    answer = service.router("router1", secret).update("myip=203.0.113.5,2001:db8::5")
    assert (answer.status, answer.text) == (200, "good 203.0.113.5,2001:db8::5")
    assert backend.records() == {(HOST, "A"): ["203.0.113.5"], (HOST, "AAAA"): ["2001:db8::5"]}
    assert len(backend.gate.calls("route53:ChangeResourceRecordSets")) == 1


def test_state_survives_a_restart(backend: Amazon, make_service: Callable[..., Service]) -> None:
    service = backend.service(make_service)
    secret = service.ctl.add("router1", HOST)
    service.start()
    assert service.router("router1", secret).update("myip=203.0.113.5").text == "good 203.0.113.5"
    service.daemon.stop()
    service.start()
    assert service.router("router1", secret).update("myip=203.0.113.5").text == "nochg 203.0.113.5"


def test_two_daemons_share_a_table(backend: Amazon, make_service: Callable[..., Service]) -> None:
    one = backend.service(make_service, name="one")
    two = backend.service(make_service, name="two")
    secret = one.ctl.add("router1", HOST)
    one.start()
    two.start()
    for n, service in enumerate([one, two, two, one, two]):
        answer = service.router("router1", secret).update(f"myip=203.0.113.{n}")
        assert answer.text == f"good 203.0.113.{n}"
    assert one.router("router1", secret).update("myip=203.0.113.4").text == "nochg 203.0.113.4"
    assert backend.records() == {(HOST, "A"): ["203.0.113.4"]}


# What must not work, so that what works proves something.


def check_refused(service: Service, secret: str, amazon: Amazon, word: str) -> None:
    """An honest 503 and a sentence in the log that names the trouble; never the secret key."""
    answer = service.router("router1", secret).update("myip=203.0.113.5")
    assert answer.status == 503 and answer.text in ("911", "dnserr")
    assert int(answer.one("Retry-After")) > 0
    service.daemon.wait_log(word)
    assert amazon.identity.secret_key not in service.daemon.log
    assert amazon.records() == {}


WRONG = [
    ("secret", "does not match"),
    ("region", "valid region"),
    ("token", "security token"),
]


@pytest.mark.parametrize(("what", "word"), WRONG, ids=[row[0] for row in WRONG])
def test_wrong_credentials_are_an_honest_911(
    amazon: Amazon, make_service: Callable[..., Service], what: str, word: str
) -> None:
    secret = amazon.service(make_service).ctl.add("router1", HOST)
    env, store = amazon.env(), amazon.store
    if what == "secret":
        env = amazon.env(replace(amazon.identity, secret_key="x" * 40))
    elif what == "region":
        store = {**store, "region": "eu-central-1"}
    else:
        env["AWS_SESSION_TOKEN"] = "stale"
    service = amazon.service(make_service, env=env, store=store, name="wrong")
    service.start()
    check_refused(service, secret, amazon, word)


def test_wrong_key_for_route53_alone_is_an_honest_answer(
    amazon: Amazon, make_service: Callable[..., Service]
) -> None:
    service = amazon.service(make_service)
    secret = service.ctl.add("router1", HOST)
    amazon.gate.script.fail(
        "route53:ChangeResourceRecordSets", "InvalidSignature", "does not match", times=None
    )
    service.start()
    check_refused(service, secret, amazon, "does not match")


# Who is right about the time is Amazon: its clock is moved, the machine's stays.


@pytest.fixture(name="make_shifted", params=["-2h", "+2h"])
def fixture_make_shifted(
    request: pytest.FixtureRequest, tmp_path: Path, make_amazon: Callable[..., Amazon]
) -> Iterator[Callable[..., Amazon]]:
    hours = int(request.param.removesuffix("h"))
    emulator = Ministack(tmp_path, request.param)
    yield lambda **options: make_amazon(
        zones=emulator, clock=lambda: datetime.now(UTC) + timedelta(hours=hours), **options
    )
    emulator.stop()


CLEAR = {"user": {"S": "router1"}, "pass": {"S": "password9"}, "host": {"S": HOST}}


def test_wrong_clock_over_plain_http_is_refused_and_learnt_from_nobody(
    make_shifted: Callable[..., Amazon], make_service: Callable[..., Service]
) -> None:
    """A Date that nobody vouches for proves nothing."""
    amazon = make_shifted()
    amazon.database.put_item(CLEAR)
    service = amazon.service(make_service)
    service.start()
    check_refused(service, "password9", amazon, "Signature")
    service.daemon.wait_log("verdict=")
    assert service.daemon.log_lines("clock of this machine") == []


def test_wrong_clock_is_learnt_over_verified_tls(
    make_shifted: Callable[..., Amazon], make_service: Callable[..., Service], tls: Tls
) -> None:
    amazon = make_shifted(tls=tls.server_context())
    amazon.database.put_item(CLEAR)
    service = amazon.service(make_service)
    service.env["AWS_CA_BUNDLE"] = str(tls.ca)
    service.start()
    router = service.router("router1", "password9")
    assert router.update("myip=203.0.113.5").text == "good 203.0.113.5"
    assert amazon.records() == {(HOST, "A"): ["203.0.113.5"]}
    assert len(service.daemon.wait_log("clock of this machine")) == 1
    refused = [call for call in amazon.gate.calls() if call.code is not None]
    assert len(refused) <= 2, "the offset is learnt once, not at each call"


def test_endpoint_that_cannot_be_verified_is_not_asked(
    make_amazon: Callable[..., Amazon], make_service: Callable[..., Service], tls: Tls
) -> None:
    amazon = make_amazon(tls=tls.server_context())
    amazon.database.put_item(CLEAR)
    service = amazon.service(make_service)
    service.start()
    check_refused(service, "password9", amazon, "certificate")
    assert amazon.gate.calls() == []
