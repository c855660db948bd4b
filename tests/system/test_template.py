# SPDX-License-Identifier: BSD-2-Clause
"""etc/mooring-aws.json: the table can be made of it, and its policies are what mooring asks for."""

from __future__ import annotations

import json
import re
from pathlib import Path

from aws import iam
from aws.emulators import REGION, TABLE, Ministack

TEMPLATE = Path(__file__).parents[2] / "etc" / "mooring-aws.json"
ZONE_ID, ZONE_NAME = "Z0123456789", "dyn.example.com"
VALUES = {
    "TableName": TABLE,
    "HostedZoneId": ZONE_ID,
    "ZoneName": ZONE_NAME,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::AccountId": iam.ACCOUNT,
}
TABLE_ARN = f"arn:aws:dynamodb:{REGION}:{iam.ACCOUNT}:table/{TABLE}"
ZONE_ARN = f"arn:aws:route53:::hostedzone/{ZONE_ID}"


def resolved(value: object) -> object:
    """As CloudFormation does it; a function that is not known here is an error."""
    if isinstance(value, list):
        return [resolved(each) for each in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Ref"}:
        return VALUES[value["Ref"]]
    if set(value) == {"Fn::Sub"}:
        return re.sub(r"\$\{([^}]*)\}", lambda match: VALUES[match[1]], value["Fn::Sub"])
    assert not any(name.startswith("Fn::") for name in value), value
    return {name: resolved(each) for name, each in value.items()}


def resource(name: str) -> dict:
    return resolved(json.loads(TEMPLATE.read_text())["Resources"][name]["Properties"])


def policy(name: str) -> iam.Policy:
    return iam.Policy.read(resource(name)["PolicyDocument"])


def test_table_of_the_template_is_one_with_the_index(ministack: Ministack) -> None:
    table = resource("Table")
    assert table.pop("PointInTimeRecoverySpecification") == {"PointInTimeRecoveryEnabled": True}
    assert table.pop("DeletionProtectionEnabled") is True
    client = ministack.dynamodb()
    if TABLE in client.list_tables()["TableNames"]:
        client.delete_table(TableName=TABLE)
    client.create_table(**table)
    ministack.put_item({"user": {"S": "bob"}, "owed": {"S": "0"}})
    found = client.query(
        TableName=TABLE,
        IndexName="owed",
        KeyConditionExpression="owed = :owed",
        ExpressionAttributeValues={":owed": {"S": "0"}},
    )
    assert [item["user"]["S"] for item in found["Items"]] == ["bob"]


def test_policies_of_the_template_allow_what_is_used() -> None:
    daemon, tool = policy("DaemonPolicy"), policy("ToolPolicy")
    index_arn = f"{TABLE_ARN}/index/owed"
    for action in ("GetItem", "UpdateItem", "Scan", "DescribeTable"):
        assert daemon.allows(iam.Ask(f"dynamodb:{action}", TABLE_ARN))
    assert daemon.allows(iam.Ask("dynamodb:Query", index_arn))
    assert not daemon.allows(iam.Ask("dynamodb:Query", TABLE_ARN))
    assert not daemon.allows(iam.Ask("dynamodb:DeleteItem", TABLE_ARN))
    assert tool.allows(iam.Ask("dynamodb:DeleteItem", TABLE_ARN))
    change = "route53:ChangeResourceRecordSets"
    rows = [
        ("home.dyn.example.com", "A", "UPSERT", True),
        (ZONE_NAME, "AAAA", "DELETE", True),
        ("home.example.com", "A", "UPSERT", False),
        ("home.dyn.example.com", "TXT", "UPSERT", False),
        ("home.dyn.example.com", "A", "CREATE", False),
    ]
    for name, kind, act, is_allowed in rows:
        context = {
            f"{change}NormalizedRecordNames": [name],
            f"{change}RecordTypes": [kind],
            f"{change}Actions": [act],
        }
        assert daemon.allows(iam.Ask(change, ZONE_ARN, context)) == is_allowed, name
