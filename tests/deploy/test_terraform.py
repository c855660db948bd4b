# SPDX-License-Identifier: BSD-2-Clause
"""deploy/terraform makes what deploy/cloudformation.yaml makes."""

from __future__ import annotations

import re

import pytest

from deploy.template import Stack
from deploy.terraform import Module, logical

ANCHOR = "arn:aws:rolesanywhere:eu-west-1:111122223333:trust-anchor/0123456789ab"
# What is asked for: nothing but the name; and everything that can be left out or was there before.
ASKED = {
    "from nothing": {"zone_name": "dyn.example.com"},
    "beside the original": {
        "zone_name": "dyn.example.com",
        "hosted_zone_id": "Z0123456789",
        "existing_table": "ddns-serverless-app-db",
        "log_group_name": "/ddns",
        "log_retention": 7,
        "alarm_email": "me@example.com",
        "quiet_seconds": 900,
        "trust_anchor_arn": ANCHOR,
    },
}
KINDS = {
    "aws_dynamodb_table": "AWS::DynamoDB::Table",
    "aws_route53_zone": "AWS::Route53::HostedZone",
    "aws_iam_policy": "AWS::IAM::ManagedPolicy",
    "aws_iam_role": "AWS::IAM::Role",
    "aws_iam_instance_profile": "AWS::IAM::InstanceProfile",
    "aws_cloudwatch_log_group": "AWS::Logs::LogGroup",
    "aws_cloudwatch_log_metric_filter": "AWS::Logs::MetricFilter",
    "aws_cloudwatch_metric_alarm": "AWS::CloudWatch::Alarm",
    "aws_sns_topic": "AWS::SNS::Topic",
    "aws_sns_topic_subscription": "AWS::SNS::Subscription",
}


@pytest.fixture(name="both", params=ASKED)
def fixture_both(request: pytest.FixtureRequest) -> tuple[Module, Stack]:
    asked = ASKED[request.param]
    return Module(dict(asked)), Stack({logical(name): value for name, value in asked.items()})


def test_module_has_the_parameters_and_outputs_of_the_template(both: tuple[Module, Stack]) -> None:
    module, stack = both
    declared = module.declared()
    assert {logical(name) for name in declared} == set(stack.template["Parameters"])
    for name, parameter in stack.template["Parameters"].items():
        (one,) = (each for key, each in declared.items() if logical(key) == name)
        assert module.value(one["description"]) == parameter["Description"], name
        assert ("default" in one) == ("Default" in parameter), name
        if "Default" in parameter:
            assert module.value(one["default"]) == parameter["Default"], name
        if "AllowedValues" in parameter:
            text = one["validation"][0]["condition"]
            assert f"contains({parameter['AllowedValues']}, " in text, name
    assert {logical(name) for name in module.outputs()} == set(stack.template["Outputs"])


def test_module_makes_the_resources_of_the_template(both: tuple[Module, Stack]) -> None:
    module, stack = both
    # In the template they stand with the role.
    assert module.kinds() == {*KINDS, "aws_iam_role_policy_attachment"}
    assert {each["Type"] for each in stack.template["Resources"].values()} == set(KINDS.values())
    for kind, type_ in KINDS.items():
        made = [re.sub("Alarm$", "", name) for name, _ in module.resources(kind)]
        wanted = [re.sub("Alarm$", "", name) for name in stack.of_type(type_)]
        assert sorted(made) == sorted(wanted), kind


def test_table_and_zone_are_the_same(both: tuple[Module, Stack]) -> None:
    module, stack = both
    for name, table in module.resources("aws_dynamodb_table"):
        (index,) = table["global_secondary_index"]
        assert stack.properties(name) == {
            "TableName": table["name"],
            "BillingMode": table["billing_mode"],
            "AttributeDefinitions": [
                {"AttributeName": each["name"], "AttributeType": each["type"]}
                for each in table["attribute"]
            ],
            "KeySchema": [{"AttributeName": table["hash_key"], "KeyType": "HASH"}],
            "GlobalSecondaryIndexes": [
                {
                    "IndexName": index["name"],
                    "KeySchema": [{"AttributeName": index["hash_key"], "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": index["projection_type"]},
                }
            ],
            "PointInTimeRecoverySpecification": {
                "PointInTimeRecoveryEnabled": table["point_in_time_recovery"][0]["enabled"]
            },
            "TimeToLiveSpecification": {
                "AttributeName": table["ttl"][0]["attribute_name"],
                "Enabled": table["ttl"][0]["enabled"],
            },
            "DeletionProtectionEnabled": table["deletion_protection_enabled"],
        }
    for name, zone in module.resources("aws_route53_zone"):
        assert stack.properties(name) == {"Name": zone["name"]}


def as_lists(value: object) -> object:
    """A policy's Resource and conditions: one or a list of one are the same."""
    if isinstance(value, dict):
        return {k: as_lists(v) for k, v in value.items()}
    items = value if isinstance(value, list) else [value]
    return [as_lists(each) if isinstance(each, dict) else each for each in items]


def test_policies_are_the_same(both: tuple[Module, Stack]) -> None:
    module, stack = both
    for name, policy in module.resources("aws_iam_policy"):
        wanted = stack.properties(name)
        assert policy["description"] == wanted["Description"]
        assert as_lists(policy["policy"]) == as_lists(wanted["PolicyDocument"]), name


def test_roles_are_the_same_and_have_the_same_policies(both: tuple[Module, Stack]) -> None:
    module, stack = both
    attached: dict[str, list[str]] = {}
    for _, each in module.resources("aws_iam_role_policy_attachment"):
        attached.setdefault(each["role"], []).append(each["policy_arn"])
    roles = dict(module.resources("aws_iam_role"))
    for name, role in roles.items():
        wanted = stack.properties(name)
        assert as_lists(role["assume_role_policy"]) == as_lists(wanted["AssumeRolePolicyDocument"])
        assert sorted(attached.pop(name)) == sorted(wanted["ManagedPolicyArns"]), name
    assert attached == {}
    for name, profile in module.resources("aws_iam_instance_profile"):
        assert stack.properties(name) == {"Roles": [profile["role"]]}


def test_log_filters_and_alarms_are_the_same(both: tuple[Module, Stack]) -> None:
    module, stack = both
    (group,) = (each for _, each in module.resources("aws_cloudwatch_log_group"))
    assert stack.properties("LogGroup") == {
        "LogGroupName": group["name"],
        "RetentionInDays": group["retention_in_days"],
    }
    for name, made in module.resources("aws_cloudwatch_log_metric_filter"):
        (to,) = made["metric_transformation"]
        assert stack.properties(name) == {
            "LogGroupName": made["log_group_name"],
            "FilterPattern": made["pattern"],
            "MetricTransformations": [
                {
                    "MetricNamespace": to["namespace"],
                    "MetricName": to["name"],
                    "MetricValue": to["value"],
                    "DefaultValue": int(to["default_value"]),
                }
            ],
        }
    for name, alarm in module.resources("aws_cloudwatch_metric_alarm"):
        found = {logical(key): value for key, value in alarm.items() if key != "alarm_name"}
        if "Dimensions" in found:
            dimensions = found["Dimensions"].items()
            found["Dimensions"] = [{"Name": one, "Value": value} for one, value in dimensions]
        if actions := found.pop("OkActions"):
            found["OKActions"] = actions
        assert stack.properties(name.removesuffix("Alarm") + "Alarm") == found, name


def test_alarms_tell_the_topic_and_its_subscriber(both: tuple[Module, Stack]) -> None:
    module, stack = both
    for alarm in stack.of_type("AWS::CloudWatch::Alarm").values():
        assert alarm["AlarmActions"] == ["Alarms"]
    for name, mail in module.resources("aws_sns_topic_subscription"):
        assert stack.properties(name) == {
            "TopicArn": mail["topic_arn"],
            "Protocol": mail["protocol"],
            "Endpoint": mail["endpoint"],
        }
