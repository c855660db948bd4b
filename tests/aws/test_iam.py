# SPDX-License-Identifier: BSD-2-Clause
"""Policies are read and evaluated as IAM does, and a batch is to them what Route 53 says it is."""

from __future__ import annotations

import json

import pytest

from aws import iam
from aws.gate import Gate
from aws.iam import Ask, Policy
from aws.sigv4 import Identity, Request
from aws.strict_kit import ZONE, Connection, batch, change_target, delete, sets_target, upsert
from aws.strict_route53 import StrictRoute53, conditions

TABLE = "arn:aws:dynamodb:eu-west-1:000000000000:table/t"
CHANGE = "route53:ChangeResourceRecordSets"


def statement(*actions: str, resource: str = TABLE, **more: object) -> dict:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}


def policy(*statements: dict) -> Policy:
    return Policy.read({"Version": "2012-10-17", "Statement": list(statements)})


GET = Ask("dynamodb:GetItem", TABLE)


@pytest.mark.parametrize(
    ("statements", "allowed"),
    [
        ([statement("dynamodb:GetItem")], True),
        ([statement("dynamodb:getitem")], True),
        ([statement("dynamodb:Get*")], True),
        ([statement("*", resource="*")], True),
        ([statement("dynamodb:GetItem", resource=TABLE[:-1] + "?")], True),
        ([statement("dynamodb:GetItem", resource=TABLE + "2")], False),
        ([statement("dynamodb:GetItem", resource=TABLE[:-1] + "T")], False),
        ([statement("dynamodb:GetItem", resource=TABLE + "/index/*")], False),
        ([statement("dynamodb:PutItem")], False),
        ([statement("*"), statement("dynamodb:GetItem", Effect="Deny")], False),
        ([statement("*"), statement("dynamodb:PutItem", Effect="Deny")], True),
        ([statement("dynamodb:GetItem", Effect="Deny")], False),
    ],
)
def test_statements(statements: list[dict], allowed: bool) -> None:
    assert policy(*statements).allows(GET) == allowed


CONTEXT = {conditions.KINDS: ["A", "AAAA"]}


@pytest.mark.parametrize(
    ("condition", "context", "allowed"),
    [
        ({"ForAllValues:StringEquals": {conditions.KINDS: ["A", "AAAA", "TXT"]}}, CONTEXT, True),
        ({"ForAllValues:StringEquals": {conditions.KINDS: ["A"]}}, CONTEXT, False),
        ({"ForAllValues:StringEquals": {conditions.KINDS: "A"}}, {}, True),
        ({"ForAnyValue:StringEquals": {conditions.KINDS: ["A"]}}, CONTEXT, True),
        ({"ForAnyValue:StringEquals": {conditions.KINDS: ["TXT"]}}, CONTEXT, False),
        ({"ForAnyValue:StringEquals": {conditions.KINDS: ["A"]}}, {}, False),
        ({"StringEquals": {conditions.KINDS: ["A", "AAAA"]}}, CONTEXT, False),
        ({"StringEquals": {conditions.KINDS: ["A"]}}, {conditions.KINDS: ["A"]}, True),
        ({"StringEquals": {conditions.KINDS: ["A"]}}, {}, False),
        ({"StringNotEquals": {conditions.KINDS: ["A"]}}, {}, True),
        ({"ForAllValues:StringNotEquals": {conditions.KINDS: ["TXT"]}}, CONTEXT, True),
        ({"ForAllValues:StringNotEquals": {conditions.KINDS: ["A"]}}, CONTEXT, False),
        ({"Null": {conditions.KINDS: "false"}}, CONTEXT, True),
        ({"Null": {conditions.KINDS: "false"}}, {}, False),
        (
            {"ForAllValues:StringLike": {conditions.NAMES: ["d.example", "*.d.example"]}},
            {conditions.NAMES: ["d.example", "a.b.d.example", "\\052.d.example"]},
            True,
        ),
        (
            {"ForAllValues:StringLike": {conditions.NAMES: ["*.d.example"]}},
            {conditions.NAMES: ["a.d.example", "ad.example"]},
            False,
        ),
        (
            {
                "ForAllValues:StringEquals": {
                    conditions.KINDS: ["A", "AAAA"],
                    conditions.ACTIONS_KEY: ["UPSERT"],
                }
            },
            {**CONTEXT, conditions.ACTIONS_KEY: ["DELETE"]},
            False,
        ),
    ],
)
def test_conditions(condition: dict, context: dict, allowed: bool) -> None:
    zone = "arn:aws:route53:::hostedzone/Z1"
    held = policy(statement(CHANGE, resource=zone, Condition=condition))
    assert held.allows(Ask(CHANGE, zone, context)) == allowed


@pytest.mark.parametrize(
    "wrong",
    [
        statement("dynamodb:GetItems"),
        statement("dynamodbs:GetItem"),
        statement("GetItem"),
        statement(),
        statement("dynamodb:GetItem", resource="table/t"),
        statement("dynamodb:GetItem", resource=""),
        statement("dynamodb:GetItem", Effect="allow"),
        statement("dynamodb:GetItem", NotAction="x"),
        statement("dynamodb:GetItem", Sid="no blanks"),
        statement(CHANGE, Condition={"ForAllValue:StringEquals": {conditions.KINDS: "A"}}),
        statement(CHANGE, Condition={"StringEqual": {conditions.KINDS: "A"}}),
        statement(CHANGE, Condition={"StringEquals": {conditions.KINDS + "s": "A"}}),
        statement(CHANGE, Condition={"StringEquals": {conditions.KINDS: "a"}}),
        statement(CHANGE, Condition={"StringEquals": {conditions.KINDS: []}}),
        statement(CHANGE, Condition={"StringEquals": {conditions.ACTIONS_KEY: "UPDATE"}}),
        statement(CHANGE, Condition={"StringLike": {conditions.NAMES: "*.d.example."}}),
        statement(CHANGE, Condition={"StringLike": {conditions.NAMES: "*.D.example"}}),
        statement(CHANGE, Condition={"StringLike": {conditions.NAMES: "a/b.d.example"}}),
    ],
    ids=lambda wrong: json.dumps(wrong)[:60],
)
def test_what_nobody_meant_is_no_policy(wrong: dict) -> None:
    with pytest.raises(ValueError):
        policy(wrong)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("Home.Dyn.Example.COM.", "home.dyn.example.com"),
        ("*.d.example", "\\052.d.example"),
        ("\\052.d.example.", "\\052.d.example"),
        ("a_b-c.d.example", "a_b-c.d.example"),
        ("a/b.d.example", "a\\057b.d.example"),
        ("a\\100b.d.example", "a\\100b.d.example"),
        ("\\141.d.example", "a.d.example"),
    ],
)
def test_names_are_compared_in_one_spelling(written: str, normal: str) -> None:
    found = conditions.of_batch(batch(upsert(written)))
    assert found == {
        conditions.NAMES: [normal],
        conditions.KINDS: ["A"],
        conditions.ACTIONS_KEY: ["UPSERT"],
    }


def test_batch_that_cannot_be_read_has_no_values() -> None:
    assert conditions.of_batch(b"<x/>") == {}
    assert conditions.of_batch(batch(upsert("a..b"))) == {}


def dynamodb(operation: str, **body: object) -> list[tuple[str, str]]:
    request = Request("POST", b"/", [], json.dumps(body).encode())
    asks = iam.asks_of(request, "dynamodb", operation, "eu-west-1")
    return [(ask.action.removeprefix("dynamodb:"), ask.resource) for ask in asks]


def test_calls_of_a_table_ask_for_it() -> None:
    assert dynamodb("GetItem", TableName="t") == [("GetItem", TABLE)]
    assert dynamodb("GetItem", TableName=TABLE) == [("GetItem", TABLE)]
    assert dynamodb("Query", TableName="t", IndexName="i") == [("Query", TABLE + "/index/i")]
    assert dynamodb("ListTables") == [("ListTables", "*")]
    items = [{"Put": {"TableName": "t"}}, {"ConditionCheck": {"TableName": "t"}}]
    assert dynamodb("TransactWriteItems", TransactItems=items) == [
        ("PutItem", TABLE),
        ("ConditionCheckItem", TABLE),
    ]
    assert dynamodb("BatchGetItem", RequestItems={"t": {}}) == [("BatchGetItem", TABLE)]


def test_gate_asks_the_policy_about_each_batch() -> None:
    """With the strict Route 53 behind it, to which nothing comes that is denied."""
    with StrictRoute53() as service:
        ours, other = service.new_zone(ZONE), service.new_zone("other.example.com")
        condition = {
            "ForAllValues:StringEquals": {
                conditions.KINDS: ["A", "AAAA"],
                conditions.ACTIONS_KEY: ["UPSERT", "DELETE"],
            },
            "ForAllValues:StringLike": {conditions.NAMES: [f"*.{ZONE}"]},
        }
        arn = f"arn:aws:route53:::hostedzone/{ours}"
        who = Identity(
            "mooring",
            "AKIAPOLICY",
            "secret",
            policy=policy(statement(CHANGE, resource=arn, Condition=condition)),
        )
        with Gate({"route53": service.upstream}, [who], "eu-west-1") as gate:
            with Connection(gate.port, who) as connection:

                def send(zone_id: str, *changes: str) -> str | None:
                    return connection.ask("POST", change_target(zone_id), batch(*changes)).code

                assert send(ours, upsert(f"a.{ZONE}")) is None
                assert send(ours, upsert(f"*.{ZONE}"), delete(f"a.{ZONE}")) is None
                seen = len(service.calls())
                assert send(ours, upsert(ZONE)) == "AccessDenied"
                assert send(ours, upsert(f"a.{ZONE}", "TXT", '"x"')) == "AccessDenied"
                both = [upsert(f"a.{ZONE}"), upsert(f"a.{ZONE}", "TXT", '"x"')]
                assert send(ours, *both) == "AccessDenied"
                assert send(other, upsert("a.other.example.com")) == "AccessDenied"
                denied = connection.ask("GET", sets_target(ours))
                assert denied.code == "AccessDenied" and arn in denied.messages[0]
                assert len(service.calls()) == seen
            assert gate.unexpected == []


def test_limit_of_a_zone_is_told() -> None:
    with StrictRoute53() as service:
        zone_id = service.new_zone(ZONE)
        with Connection(service.port) as connection:
            path = f"/2013-04-01/hostedzonelimit/{zone_id}/"
            answer = connection.ask("GET", path + "MAX_RRSETS_BY_ZONE")
            assert answer.root == "GetHostedZoneLimitResponse"
            assert answer.text("Type") == "MAX_RRSETS_BY_ZONE"
            assert (answer.text("Value"), answer.text("Count")) == ("10000", "2")
            assert connection.ask("GET", path + "MAX_SETS").code == "InvalidInput"
            unknown = "/2013-04-01/hostedzonelimit/ZNONE/MAX_RRSETS_BY_ZONE"
            assert connection.ask("GET", unknown).code == "NoSuchHostedZone"
