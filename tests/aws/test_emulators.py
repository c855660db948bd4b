# SPDX-License-Identifier: BSD-2-Clause
"""The emulators start, refuse what the tests rely on being refused, and stop."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import botocore.exceptions
import pytest

from aws.emulators import (
    BATCH_ACTIONS,
    REGION,
    TABLE,
    Dynalite,
    Ministack,
    clean_environment,
    sdk_client,
)
from aws.gate import Gate
from aws.sigv4 import Identity

ORIGINAL = frozenset({"dynamodb:GetItem", "route53:ChangeResourceRecordSets"})
ITEM = {"user": {"S": "test1"}, "pass": {"S": "test9994"}}


@pytest.fixture(name="ministack", scope="module")
def fixture_ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ministack]:
    emulator = Ministack(tmp_path_factory.mktemp("ministack"))
    yield emulator
    emulator.stop()
    assert emulator.process.child.poll() is not None


@pytest.fixture(name="dynalite", scope="module")
def fixture_dynalite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dynalite]:
    emulator = Dynalite(tmp_path_factory.mktemp("dynalite"))
    yield emulator
    emulator.stop()
    assert emulator.process.child.poll() is not None


def gate_for(emulator: Ministack | Dynalite, *identities: Identity) -> Gate:
    services = ("dynamodb", "route53")
    return Gate({name: emulator.upstream for name in services}, identities, REGION)


def code_of(problem: pytest.ExceptionInfo) -> str:
    return problem.value.response["Error"]["Code"]


@pytest.mark.parametrize("name", ["ministack", "dynalite"])
def test_table_is_made_anew_and_read_through_the_gate(
    request: pytest.FixtureRequest, name: str
) -> None:
    emulator = request.getfixturevalue(name)
    emulator.fresh_table()
    emulator.put_item(ITEM)
    with gate_for(emulator, emulator.admin) as gate:
        client = sdk_client("dynamodb", gate.port, emulator.admin)
        assert client.get_item(TableName=TABLE, Key={"user": ITEM["user"]})["Item"] == ITEM
        assert [call.action for call in gate.calls()] == ["dynamodb:GetItem"]
        assert gate.unexpected == []
    emulator.fresh_table()
    assert emulator.item("test1") is None


@pytest.mark.parametrize("name", ["ministack", "dynalite"])
def test_condition_compares_documents_by_their_contents(
    request: pytest.FixtureRequest, name: str
) -> None:
    emulator = request.getfixturevalue(name)
    emulator.fresh_table()
    state = {"M": {"a.example.com": {"M": {"v4": {"S": "192.0.2.1"}, "seq": {"N": "1"}}}}}
    newer = {"M": {"a.example.com": {"M": {"v4": {"S": "192.0.2.1"}, "seq": {"N": "2"}}}}}
    emulator.put_item(ITEM | {"state": state})
    with gate_for(emulator, emulator.admin) as gate:
        client = sdk_client("dynamodb", gate.port, emulator.admin)

        def delete(wanted: dict) -> None:
            client.delete_item(
                TableName=TABLE,
                Key={"user": ITEM["user"]},
                ConditionExpression="#s = :s",
                ExpressionAttributeNames={"#s": "state"},
                ExpressionAttributeValues={":s": wanted},
            )

        with pytest.raises(botocore.exceptions.ClientError) as problem:
            delete(newer)
        assert code_of(problem) == "ConditionalCheckFailedException"
        delete(state)
    assert emulator.item("test1") is None


def test_ministack_refuses_a_wrong_secret_by_itself(ministack: Ministack) -> None:
    ministack.fresh_table()
    wrong = replace(ministack.admin, secret_key="x" * 40)
    with pytest.raises(botocore.exceptions.ClientError) as problem:
        sdk_client("dynamodb", ministack.port, wrong).list_tables()
    assert code_of(problem) in ("InvalidSignatureException", "SignatureDoesNotMatch")
    with pytest.raises(botocore.exceptions.ClientError) as problem:
        sdk_client("route53", ministack.port, wrong, "us-east-1").list_hosted_zones()
    assert code_of(problem) == "SignatureDoesNotMatch"


def test_gate_refuses_a_wrong_secret_before_it(dynalite: Dynalite) -> None:
    wrong = replace(dynalite.admin, secret_key="x" * 40)
    with gate_for(dynalite, dynalite.admin) as gate:
        with pytest.raises(botocore.exceptions.ClientError) as problem:
            sdk_client("dynamodb", gate.port, wrong).list_tables()
        assert code_of(problem) == "InvalidSignatureException"


def test_policy_is_enforced_by_gate_and_ministack(ministack: Ministack) -> None:
    ministack.fresh_table()
    original = ministack.new_user("original", ORIGINAL)
    with gate_for(ministack, original) as gate:
        for port in (gate.port, ministack.port):
            client = sdk_client("dynamodb", port, original)
            assert "Item" not in client.get_item(TableName=TABLE, Key={"user": {"S": "nobody"}})
            with pytest.raises(botocore.exceptions.ClientError) as problem:
                client.scan(TableName=TABLE)
            assert code_of(problem) == "AccessDeniedException"


def change(name: str, value: str) -> dict:
    record_set = {"Name": name, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": value}]}
    return {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record_set}]}


def test_zone_is_written_through_the_gate_and_names_outside_are_refused(
    ministack: Ministack,
) -> None:
    zone = ministack.new_zone("dyn.example.com")
    with gate_for(ministack, ministack.admin) as gate:
        gate.zones[zone] = "dyn.example.com."
        client = sdk_client("route53", gate.port, ministack.admin, "us-east-1")
        batch = change("home.dyn.example.com", "203.0.113.9")
        client.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)
        for bad in (
            change("home.example.org", "203.0.113.9"),
            change("a.dyn.example.com", "1.2.3"),
        ):
            with pytest.raises(botocore.exceptions.ClientError):
                client.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=bad)
            # The SDK reads neither code nor message from the one shape that has no Error element.
            assert gate.calls()[-1].code == "InvalidChangeBatch"
    assert ministack.records(zone) == {("home.dyn.example.com.", "A"): (60, ["203.0.113.9"])}


def test_debian_awscli_passes_the_gate(ministack: Ministack, tmp_path: Path) -> None:
    zone = ministack.new_zone("cli.example.com")
    user = ministack.new_user("cli", BATCH_ACTIONS)
    listing = ["route53", "list-resource-record-sets", "--hosted-zone-id", zone]
    with gate_for(ministack, user) as gate:
        output = subprocess.run(
            ["/usr/bin/aws", "--endpoint-url", gate.url, "--output", "json", *listing],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
            env=clean_environment(
                HOME=str(tmp_path),
                AWS_ACCESS_KEY_ID=user.access_key,
                AWS_SECRET_ACCESS_KEY=user.secret_key,
                AWS_DEFAULT_REGION="us-east-1",  # with an endpoint given it signs what this says
            ),
        )
        assert output.returncode == 0, output.stderr
        assert [call.action for call in gate.calls()] == ["route53:ListResourceRecordSets"]
    sets = json.loads(output.stdout)["ResourceRecordSets"]
    assert {(entry["Name"], entry["Type"]) for entry in sets} == {
        ("cli.example.com.", "NS"),
        ("cli.example.com.", "SOA"),
    }
