# SPDX-License-Identifier: BSD-2-Clause
"""deploy/cloudformation.yaml: it is in order, an emulator makes of it what it says, and its policies are
what mooring asks for."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import botocore.client
import pytest

from aws import iam
from aws.emulators import REGION, Ministack, sdk_client
from deploy.template import TEMPLATE, TOP, Stack

ZONE_ID, ZONE_NAME = "Z0123456789", "dyn.example.com"
TABLE = "ddns-serverless-app-db"
TABLE_ARN = f"arn:aws:dynamodb:{REGION}:{iam.ACCOUNT}:table/{TABLE}"
ZONE_ARN = f"arn:aws:route53:::hostedzone/{ZONE_ID}"
CHANGE = "route53:ChangeResourceRecordSets"
REUSED = {"ZoneName": ZONE_NAME, "HostedZoneId": ZONE_ID, "ExistingTable": TABLE}
TIMEOUT_S = 300


def test_cfn_lint_finds_nothing() -> None:
    # Its libraries are slow to read as sources; what it writes of them is used by the next run.
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [Path(sys.executable).parent / "cfn-lint", "--include-checks", "I", "--", TEMPLATE],
        check=False,
        capture_output=True,
        text=True,
        env=env,
        timeout=TIMEOUT_S,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


# What is made.


class Cloud:
    """The services of one emulator, in which stacks are made."""

    def __init__(self, ministack: Ministack):
        self.ministack = ministack
        self.made: list[str] = []

    def client(self, service: str) -> botocore.client.BaseClient:
        return sdk_client(service, self.ministack.port, self.ministack.root)

    def make(self, name: str, parameters: dict[str, str]) -> dict[str, str]:
        """The outputs."""
        client = self.client("cloudformation")
        client.create_stack(
            StackName=name,
            TemplateBody=TEMPLATE.read_text(),
            Capabilities=["CAPABILITY_IAM"],
            Parameters=[
                {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
            ],
        )
        self.made.append(name)
        waiter = client.get_waiter("stack_create_complete")
        waiter.wait(StackName=name, WaiterConfig={"Delay": 0.1, "MaxAttempts": 300})
        (stack,) = client.describe_stacks(StackName=name)["Stacks"]
        return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}

    def delete(self, name: str) -> None:
        client = self.client("cloudformation")
        client.delete_stack(StackName=name)
        waiter = client.get_waiter("stack_delete_complete")
        waiter.wait(StackName=name, WaiterConfig={"Delay": 0.1, "MaxAttempts": 300})
        self.made.remove(name)

    def kinds(self, name: str) -> list[str]:
        found = self.client("cloudformation").describe_stack_resources(StackName=name)
        return sorted(each["ResourceType"] for each in found["StackResources"])

    def policy(self, arn: str) -> dict:
        client = self.client("iam")
        version = client.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        found = client.get_policy_version(PolicyArn=arn, VersionId=version)
        return found["PolicyVersion"]["Document"]


@pytest.fixture(name="cloud")
def fixture_cloud(ministack: Ministack) -> Iterator[Cloud]:
    cloud = Cloud(ministack)
    yield cloud
    for name in list(cloud.made):
        cloud.delete(name)


def test_stack_from_nothing_has_what_the_template_says(cloud: Cloud) -> None:
    asked = {"ZoneName": ZONE_NAME, "LogRetention": "7", "AlarmEmail": "me@example.com"}
    outputs = cloud.make("mooring", asked)
    dynamodb = cloud.client("dynamodb")
    table = dynamodb.describe_table(TableName="mooring")["Table"]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["KeySchema"] == [{"AttributeName": "user", "KeyType": "HASH"}]
    assert table["DeletionProtectionEnabled"] is True
    (index,) = table["GlobalSecondaryIndexes"]
    assert (index["IndexName"], index["Projection"]["ProjectionType"]) == ("owed", "ALL")
    dynamodb.put_item(TableName="mooring", Item={"user": {"S": "bob"}, "owed": {"S": "0"}})
    found = dynamodb.query(
        TableName="mooring",
        IndexName="owed",
        KeyConditionExpression="owed = :owed",
        ExpressionAttributeValues={":owed": {"S": "0"}},
    )
    assert [item["user"]["S"] for item in found["Items"]] == ["bob"]
    zone = cloud.client("route53").get_hosted_zone(Id=outputs["HostedZoneId"])
    assert zone["HostedZone"]["Name"] == ZONE_NAME + "."
    assert outputs["NameServers"]
    (group,) = cloud.client("logs").describe_log_groups(logGroupNamePrefix="mooring")["logGroups"]
    assert group["retentionInDays"] == 7
    (mail,) = cloud.client("sns").list_subscriptions_by_topic(TopicArn=outputs["AlarmTopicArn"])[
        "Subscriptions"
    ]
    assert mail["Endpoint"] == "me@example.com"
    alarms = cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]
    stack = Stack({"ZoneName": ZONE_NAME})
    assert len(alarms) == len(stack.of_type("AWS::CloudWatch::Alarm"))
    assert {tuple(alarm["AlarmActions"]) for alarm in alarms} == {(outputs["AlarmTopicArn"],)}
    # An alarm on a sentence that no filter counts would never ring.
    counted = {
        each["metricTransformations"][0]["metricName"]
        for each in cloud.client("logs").describe_metric_filters()["metricFilters"]
    }
    rung = {each["MetricName"] for each in alarms if each["Namespace"] == "mooring/log"}
    assert rung == counted and counted
    # The emulator passes this one over.
    backups = stack.properties("Table")["PointInTimeRecoverySpecification"]
    assert backups == {"PointInTimeRecoveryEnabled": True}
    expiry = stack.properties("Table")["TimeToLiveSpecification"]
    assert expiry == {"AttributeName": "history-ttl", "Enabled": True}
    cloud.delete("mooring")
    assert dynamodb.describe_table(TableName="mooring")["Table"]["TableStatus"] == "ACTIVE"


def test_roles_of_the_stack_can_do_what_their_policies_say(cloud: Cloud) -> None:
    outputs = cloud.make("reused", REUSED)
    iam_client = cloud.client("iam")
    # The emulator says the ARN where AWS says the name.
    profile_name = outputs["InstanceProfileName"].rpartition("/")[2]
    profile = iam_client.get_instance_profile(InstanceProfileName=profile_name)
    (role,) = profile["InstanceProfile"]["Roles"]
    names = {"ec2.amazonaws.com": role["RoleName"]}
    for output, service in (("TaskRoleArn", "ecs-tasks"), ("ExecutionRoleArn", "ecs-tasks")):
        names[f"{output} {service}"] = outputs[output].rpartition("/")[2]
    for what, name in names.items():
        trust = iam_client.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
        services = [each["Principal"]["Service"] for each in trust["Statement"]]
        assert any(service.startswith(what.split()[-1]) for service in services), name
        attached = iam_client.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
        arns = {each["PolicyArn"] for each in attached}
        assert (outputs["DaemonPolicyArn"] in arns) == ("Execution" not in what), name
    stack = Stack(dict(REUSED))
    assert cloud.policy(outputs["DaemonPolicyArn"]) == stack.policy("DaemonPolicy")
    assert cloud.policy(outputs["ToolPolicyArn"]) == stack.policy("ToolPolicy")


def test_table_and_zone_that_are_there_are_not_made(cloud: Cloud) -> None:
    outputs = cloud.make("reused", REUSED)
    assert (outputs["TableName"], outputs["HostedZoneId"]) == (TABLE, ZONE_ID)
    assert "NameServers" not in outputs
    kinds = cloud.kinds("reused")
    assert "AWS::IAM::Role" in kinds
    assert {"AWS::DynamoDB::Table", "AWS::Route53::HostedZone"} & set(kinds) == set()


# What it says.


def test_policies_of_the_template_allow_what_is_used() -> None:
    stack = Stack(dict(REUSED))
    daemon, tool = (iam.Policy.read(stack.policy(n)) for n in ("DaemonPolicy", "ToolPolicy"))
    index_arn = f"{TABLE_ARN}/index/owed"
    for action in ("GetItem", "UpdateItem", "Scan", "DescribeTable"):
        assert daemon.allows(iam.Ask(f"dynamodb:{action}", TABLE_ARN))
    assert daemon.allows(iam.Ask("dynamodb:Query", index_arn))
    assert not daemon.allows(iam.Ask("dynamodb:Query", TABLE_ARN))
    assert not daemon.allows(iam.Ask("dynamodb:DeleteItem", TABLE_ARN))
    assert tool.allows(iam.Ask("dynamodb:DeleteItem", TABLE_ARN))
    rows = [
        ("home.dyn.example.com", "A", "UPSERT", True),
        (ZONE_NAME, "AAAA", "DELETE", True),
        ("home.example.com", "A", "UPSERT", False),
        ("home.dyn.example.com", "TXT", "UPSERT", False),
        ("home.dyn.example.com", "A", "CREATE", False),
    ]
    for name, kind, act, is_allowed in rows:
        context = {
            f"{CHANGE}NormalizedRecordNames": [name],
            f"{CHANGE}RecordTypes": [kind],
            f"{CHANGE}Actions": [act],
        }
        assert daemon.allows(iam.Ask(CHANGE, ZONE_ARN, context)) == is_allowed, name


@pytest.mark.parametrize(
    ("parameters", "table", "zone"),
    [
        (REUSED, TABLE, ZONE_ID),
        ({"ZoneName": ZONE_NAME}, "mooring", "Zone"),
        ({"ZoneName": ZONE_NAME, "TableName": "routers"}, "routers", "Zone"),
    ],
    ids=["both are there", "both are made", "another name"],
)
def test_policies_are_about_the_table_and_the_zone_of_the_stack(
    parameters: dict[str, str], table: str, zone: str
) -> None:
    text = json.dumps(Stack(dict(parameters)).policy("DaemonPolicy"))
    assert set(re.findall(r"table/([\w-]+)", text)) == {table}
    assert set(re.findall(r"hostedzone/(\w+)", text)) == {zone}


def sentences() -> Iterator[str]:
    """Of the sources, adjacent literals joined."""
    for path in (TOP / "src").glob("*/*.c"):
        text = re.sub(r'"\s*\\?\n\s*"', "", path.read_text(encoding="utf-8"))
        yield from re.findall(r'"([^"\n]{10,})"', text)


def test_log_has_the_sentences_that_ring() -> None:
    known = list(sentences())
    filters = Stack(dict(REUSED)).of_type("AWS::Logs::MetricFilter")
    assert filters
    for name, each in filters.items():
        phrase = each["FilterPattern"]
        assert phrase.startswith('"') and phrase.endswith('"') and '"' not in phrase[1:-1]
        assert any(sentence.startswith(phrase[1:-1]) for sentence in known), name


def test_daemon_has_the_metrics_that_ring() -> None:
    source = (TOP / "src/ops/emf.c").read_text(encoding="utf-8")
    alarms = Stack(dict(REUSED)).of_type("AWS::CloudWatch::Alarm").values()
    names = {each["MetricName"] for each in alarms if each["Namespace"] == "mooring"}
    assert names
    for name in names:
        assert f'"{name}"' in source, name


def test_parameter_that_would_do_harm_is_refused() -> None:
    refused: list[Callable[[], Stack]] = [
        lambda: Stack({"ZoneName": "dyn.example.com."}),
        lambda: Stack({"ZoneName": "Dyn.example.com"}),
        lambda: Stack({**REUSED, "HostedZoneId": "/hostedzone/Z0123456789"}),
        lambda: Stack({**REUSED, "LogRetention": 8}),
    ]
    for make in refused:
        with pytest.raises(AssertionError):
            make()
