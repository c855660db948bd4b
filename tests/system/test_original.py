# SPDX-License-Identifier: BSD-2-Clause
"""The serverless stack's users notice nothing: its table row, its policy, its clients' requests."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable

import botocore.exceptions
import pytest

from aws.emulators import Dynalite, sdk_client
from system.conftest import Amazon, Service
from system.harness import ZONE, Tls, basic, exchange, get, parse_response, run

# scripts/db_load.sh of the stack, and the policy of its function.
ITEM = {
    "user": {"S": "test1"},
    "pass": {"S": "test9994"},
    "ttl": {"S": "3600"},
    "host": {"S": "test1"},
}
POLICY = frozenset({"dynamodb:GetItem", "route53:ChangeResourceRecordSets"})
NAME = f"test1.{ZONE}"


@pytest.fixture(name="stack", params=["ministack", "dynalite"])
def fixture_stack(request: pytest.FixtureRequest, make_amazon: Callable[..., Amazon]) -> Amazon:
    database: Dynalite = request.getfixturevalue(request.param)
    stack = make_amazon(database, POLICY)
    database.put_item(ITEM)
    return stack


@pytest.fixture(name="service")
def fixture_service(stack: Amazon, make_service: Callable[..., Service]) -> Service:
    service = stack.service(make_service)
    service.start()
    return service


def test_policy_is_really_that_narrow(stack: Amazon) -> None:
    client = sdk_client("dynamodb", stack.gate.port, stack.identity)
    for attempt in (
        lambda: client.scan(TableName="ddns-serverless-app-db"),
        lambda: client.update_item(TableName="ddns-serverless-app-db", Key={"user": ITEM["user"]}),
    ):
        with pytest.raises(botocore.exceptions.ClientError) as problem:
            attempt()
        assert problem.value.response["Error"]["Code"] == "AccessDeniedException"


def test_edgerouter_asks_with_any_for_its_host_name(
    stack: Amazon, service: Service, tls: Tls
) -> None:
    """As its ddclient sends it: HTTP/1.0, hostname=any."""
    raw = get(
        "/nic/update?system=dyndns&hostname=any&myip=203.0.113.5",
        "Authorization: " + basic("test1", "test9994"),
        "User-Agent: ddclient/3.8.3",
        "Connection: close",
        version="HTTP/1.0",
    )
    for word in ("good", "nochg"):
        answer = parse_response(exchange(service.daemon.https_port, raw, tls.context()))
        assert (answer.status, answer.text) == (200, f"{word} 203.0.113.5")
    assert stack.records() == {(NAME, "A"): ["203.0.113.5"]}


def test_pfsense_sends_its_address_alone(stack: Amazon, service: Service, tls: Tls) -> None:
    raw = get(
        "/nic/update?myip=203.0.113.6",
        "Authorization: " + basic("test1", "test9994"),
        "User-Agent: phpDynDNS/0.7",
        "Accept: */*",
    )
    answer = parse_response(exchange(service.daemon.https_port, raw, tls.context()))
    assert answer.text == "good 203.0.113.6"
    assert stack.records() == {(NAME, "A"): ["203.0.113.6"]}


def test_bare_curl_gets_its_own_address(stack: Amazon, service: Service, tls: Tls) -> None:
    """test_ddns-curl.sh: neither host name nor address."""
    # fmt: off
    done = run([
        "curl", "--ipv4", "-sS", "--noproxy", "*", "--cacert", tls.ca, "--user", "test1:test9994",
        f"{service.daemon.url}/nic/update",
    ])
    # fmt: on
    assert done.stdout == "good 127.0.0.1", done.stderr
    assert stack.records() == {(NAME, "A"): ["127.0.0.1"]}


def test_ttl_of_the_row_is_published(stack: Amazon, service: Service) -> None:
    assert service.router("test1", "test9994").update("myip=203.0.113.5").text == "good 203.0.113.5"
    assert stack.ministack.records(stack.zone_id) == {(NAME + ".", "A"): (3600, ["203.0.113.5"])}


def test_both_families_in_turn(stack: Amazon, service: Service) -> None:
    router = service.router("test1", "test9994")
    assert router.update("myip=203.0.113.5").text == "good 203.0.113.5"
    assert router.update("myip=2001:db8::5").text == "good 2001:db8::5"
    assert router.update("myip=203.0.113.5").text == "nochg 203.0.113.5"
    assert stack.records() == {(NAME, "A"): ["203.0.113.5"], (NAME, "AAAA"): ["2001:db8::5"]}


def test_state_is_kept_in_memory_and_the_log_says_once_why(stack: Amazon, service: Service) -> None:
    router = service.router("test1", "test9994")
    for n in (5, 6, 7):
        assert router.update(f"myip=203.0.113.{n}").text == f"good 203.0.113.{n}"
    assert router.update("myip=203.0.113.7").text == "nochg 203.0.113.7"
    service.daemon.wait_log("verdict=nochg")
    assert len(service.daemon.log_lines("allow dynamodb:UpdateItem")) == 1
    assert "test9994" not in service.daemon.log
    assert stack.database.item("test1") == ITEM
    # Nothing that was denied is asked for again: the table's indexes, what is owed, a claim of the
    # name, the state.
    denied = Counter(
        (call.operation, call.json().get("IndexName"), json.dumps(call.json().get("Key")))
        for call in stack.gate.calls()
        if call.code == "AccessDeniedException"
    )
    assert 1 <= len(denied) <= 5 and set(denied.values()) == {1}, denied


def test_update_after_a_restart_is_published_again(
    stack: Amazon, service: Service, make_service: Callable[..., Service]
) -> None:
    """State in memory is gone then; saying nochg without knowing would be a lie."""
    assert service.router("test1", "test9994").update("myip=203.0.113.5").text == "good 203.0.113.5"
    service.daemon.stop()
    other = stack.service(make_service, name="again")
    other.start()
    assert other.router("test1", "test9994").update("myip=203.0.113.5").text == "good 203.0.113.5"


def test_wrong_password_and_unknown_login_are_badauth(service: Service) -> None:
    for user, password in (("test1", "test9995"), ("nobody", "test9994"), ("test1", "")):
        answer = service.router(user, password).update("myip=203.0.113.5")
        assert (answer.status, answer.text) == (401, "badauth")


ROWS = [
    ("a number for the TTL", {"ttl": {"N": "120"}}, 120),
    ("no TTL", {"ttl": None}, 60),
    ("a full host name", {"host": {"S": NAME}}, 3600),
    ("a final dot", {"host": {"S": NAME + "."}}, 3600),
    ("a set of one host", {"host": {"SS": [NAME]}}, 3600),
    ("a list of one host", {"host": {"L": [{"S": "test1"}]}}, 3600),
]


@pytest.mark.parametrize(("change", "ttl"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_rows_of_other_shapes_are_read(
    amazon: Amazon, make_service: Callable[..., Service], change: dict, ttl: int
) -> None:
    item = {key: value for key, value in {**ITEM, **change}.items() if value is not None}
    amazon.database.put_item(item)
    service = amazon.service(make_service)
    service.start()
    assert service.router("test1", "test9994").update("myip=203.0.113.5").text == "good 203.0.113.5"
    assert amazon.ministack.records(amazon.zone_id) == {(NAME + ".", "A"): (ttl, ["203.0.113.5"])}
