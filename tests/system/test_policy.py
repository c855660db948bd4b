# SPDX-License-Identifier: BSD-2-Clause
"""The policy that "doctor --policy" prints is enough for the daemon, and nothing in it is too much."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import botocore.exceptions
import pytest

from aws.emulators import BATCH_ACTIONS, REGION, TABLE, Ministack, sdk_client
from aws.gate import Gate
from aws.iam import ACCOUNT, Policy, asks_of_dynamodb
from aws.sigv4 import Identity
from aws.strict_route53 import NO_LIMITS, Settings, StrictRoute53
from system.conftest import Service
from system.harness import HOST, ZONE, Value, eventually

CHANGE = "route53:ChangeResourceRecordSets"
PASSWORD = "test-9994-test"
STAR = f"*.{ZONE}"
V4, NEW4, V6 = "203.0.113.5", "203.0.113.6", "2001:db8::5"
TABLE_ARN = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{TABLE}"


def item(user: str, *hosts: str) -> dict:
    return {"user": {"S": user}, "pass": {"S": PASSWORD}, "host": {"SS": list(hosts)}}


def actions_of(*policies: dict | None) -> set[str]:
    return {
        action
        for policy in policies
        if policy is not None
        for statement in policy["Statement"]
        for action in statement["Action"]
    }


@dataclass
class Cloud:
    """A table, hosted zones and one identity, whose policy the gate holds every call to."""

    gate: Gate
    database: Ministack
    strict: StrictRoute53
    identity: Identity
    make_service: Callable[..., Service]

    def service(self, zones: dict[str, str | None], sqlite: bool = False) -> Service:
        """zones: name -> the id of its hosted zone, None: builtin."""
        store: dict[str, Value] = {"type": "dynamodb", "table": TABLE, "region": REGION}
        sections: dict[str, dict[str, Value]] = {}
        for name, zone_id in zones.items():
            sections[name] = {"allow-special-addresses": True}
            if zone_id is None:
                sections[name]["name-server-addresses"] = ["127.0.0.1"]
            else:
                sections[name].update({"publisher": "route53", "hosted-zone-id": zone_id})
        env = {
            "AWS_ACCESS_KEY_ID": self.identity.access_key,
            "AWS_SECRET_ACCESS_KEY": self.identity.secret_key,
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": self.gate.url,
        }
        return self.make_service(
            top={"update-deadline": 2}, store=None if sqlite else store, zones=sections, env=env
        )

    def hold_to(self, *policies: dict | None) -> None:
        """From now on the identity may do what these documents say, and nothing else."""
        held = Policy(())
        for policy in policies:
            held = held + (Policy.read(policy) if policy is not None else Policy(()))
        self.gate.identities[self.identity.access_key] = replace(self.identity, policy=held)
        self.gate.forget()

    def denied(self) -> list[str]:
        return [c.action for c in self.gate.calls() if c.code and c.code.startswith("AccessDenied")]

    def used(self) -> set[str]:
        """The permissions that the calls need: a transaction those of its parts."""
        return {
            action
            for call in self.gate.calls()
            for action in (
                [ask.action for ask in asks_of_dynamodb(json.loads(call.body), call.operation, "")]
                if call.operation == "TransactWriteItems"
                else [call.action]
            )
        }

    def names(self, zone_id: str) -> dict[tuple[str, str], list[str]]:
        return {key: values for key, (_, values) in self.strict.records(zone_id).items()}


@pytest.fixture(name="cloud")
def fixture_cloud(make_service: Callable[..., Service], ministack: Ministack) -> Iterator[Cloud]:
    ministack.fresh_table()
    strict = StrictRoute53(Settings(NO_LIMITS))
    more = {"dynamodb:DescribeContinuousBackups", "sts:GetCallerIdentity"}
    identity = ministack.new_user("mooring", BATCH_ACTIONS | more)
    upstreams = {
        "dynamodb": ministack.upstream,
        "route53": strict.upstream,
        "sts": ministack.upstream,
    }
    gate = Gate(upstreams, [replace(identity, allowed=frozenset())], REGION)
    cloud = Cloud(gate, ministack, strict, identity, make_service)
    yield cloud
    gate.close()
    strict.close()
    assert gate.unexpected == [] and strict.unexpected == []


def printed(service: Service) -> dict:
    found = service.ctl.json("doctor", "--policy")
    assert set(found) == {"mooringd", "mooringctl", "roles", "note"}
    return found


def remove_while_published(cloud: Cloud, service: Service, zone_id: str) -> None:
    """A host that is gone when its publication has landed is deleted by the daemon."""
    hold = cloud.gate.script.hold_after(CHANGE)
    router = service.router("router3", PASSWORD)
    asked = threading.Thread(target=router.update, args=(f"myip={NEW4}",))
    asked.start()
    hold.wait_arrived()
    cloud.database.dynamodb().delete_item(TableName=TABLE, Key={"user": {"S": "router3"}})
    hold.release()
    asked.join()
    eventually(
        "the record of a removed account is deleted",
        lambda: (f"cam.{ZONE}.", "A") not in cloud.names(zone_id),
    )


def work(cloud: Cloud, service: Service, zone_id: str) -> None:
    """Everything that a daemon does with a table and a hosted zone."""
    for user, host in (("router1", HOST), ("router2", STAR), ("router3", f"cam.{ZONE}")):
        cloud.database.put_item(item(user, host))
    service.start()
    router = service.router("router1", PASSWORD)
    assert router.update(f"myip={V4},{V6}").text == f"good {V4},{V6}"
    assert router.update(f"myip={V4},{V6}").text == f"nochg {V4},{V6}"
    assert service.router("router2", PASSWORD).update(f"myip={V4}").text == f"good {V4}"
    remove_while_published(cloud, service, zone_id)
    # What a daemon owes when it ends is published by the next one, which lists the table for that.
    cloud.gate.script.fail(CHANGE, "ServiceUnavailable", "not now", times=None, status=503)
    assert router.update(f"myip={NEW4}").text == "911"
    service.daemon.kill()
    cloud.gate.script.clear()
    service.start()
    eventually(
        "what was owed is published",
        lambda: cloud.names(zone_id)[HOST + ".", "A"] == [NEW4],
    )
    eventually("one batch is watched", lambda: "route53:GetChange" in cloud.used(), 20)


def test_the_daemon_works_under_exactly_the_printed_policy(cloud: Cloud) -> None:
    zone_id = cloud.strict.new_zone(ZONE)
    service = cloud.service({ZONE: zone_id})
    found = printed(service)
    assert found["note"] == "" and found["roles"] == []
    cloud.hold_to(found["mooringd"])
    work(cloud, service, zone_id)
    assert cloud.denied() == []
    assert cloud.used() == actions_of(found["mooringd"]), "nothing in it is too much"
    assert cloud.names(zone_id) == {
        (HOST + ".", "A"): [NEW4],
        (HOST + ".", "AAAA"): [V6],
        (f"\\052.{ZONE}.", "A"): [V4],
    }


def refused(call: Callable[..., object], **arguments: object) -> None:
    with pytest.raises(botocore.exceptions.ClientError) as problem:
        call(**arguments)
    assert problem.value.response["Error"]["Code"].startswith("AccessDenied"), arguments


def change(action: str, name: str, kind: str, value: str) -> dict:
    records = [{"Value": value}]
    changed = {"Name": name, "Type": kind, "TTL": 60, "ResourceRecords": records}
    return {"Action": action, "ResourceRecordSet": changed}


def test_what_the_policy_does_not_say_is_refused(cloud: Cloud) -> None:
    """In the hosted zone of the whole domain, of which only a part is mooring's."""
    parent = ZONE.partition(".")[2]
    zone_id, other_id = cloud.strict.new_zone(parent), cloud.strict.new_zone("example.org")
    service = cloud.service({ZONE: zone_id})
    cloud.hold_to(printed(service)["mooringd"])
    work(cloud, service, zone_id)
    assert cloud.denied() == []
    before = cloud.strict.records(zone_id)
    route53 = sdk_client("route53", cloud.gate.port, cloud.identity, "us-east-1")

    def send(*changes: dict, zone: str = zone_id) -> dict:
        return {"HostedZoneId": zone, "ChangeBatch": {"Changes": list(changes)}}

    ours = change("UPSERT", HOST, "A", V4)
    for batch in (
        send(change("UPSERT", HOST, "TXT", '"x"')),
        send(change("UPSERT", HOST, "CNAME", "x.example.org")),
        send(change("UPSERT", ZONE, "NS", "ns.example.org")),
        send(change("CREATE", f"new.{ZONE}", "A", V4)),
        send(change("UPSERT", f"www.{parent}", "A", V4)),
        send(change("UPSERT", parent, "A", V4)),
        send(change("UPSERT", f"not{ZONE}", "A", V4)),
        send(change("UPSERT", f"{ZONE}.{parent}", "A", V4)),
        send(ours, change("UPSERT", f"www.{parent}", "A", V4)),
        send(ours, change("UPSERT", HOST, "TXT", '"x"')),
        send(change("UPSERT", f"{ZONE}.example.org", "A", V4), zone=other_id),
    ):
        refused(route53.change_resource_record_sets, **batch)
    refused(route53.list_resource_record_sets, HostedZoneId=zone_id)
    refused(route53.get_hosted_zone, Id=zone_id)
    refused(route53.list_hosted_zones)
    table = sdk_client("dynamodb", cloud.gate.port, cloud.identity)
    key = {"user": {"S": "router1"}}
    refused(table.get_item, TableName="another-table", Key=key)
    refused(table.get_item, TableName=TABLE_ARN.replace(REGION, "us-east-1"), Key=key)
    refused(table.scan, TableName=TABLE, IndexName="owed")
    refused(table.put_item, TableName=TABLE, Item=item("router9", HOST))
    refused(table.delete_item, TableName=TABLE, Key=key)
    refused(table.delete_table, TableName=TABLE)
    assert cloud.strict.records(zone_id) == before


COMMANDS = [
    ("user", "add", "new", f"new.{ZONE}"),
    ("user", "list"),
    ("user", "show", "new"),
    ("user", "set", "new", "--ttl", "300"),
    ("user", "passwd", "new"),
    ("user", "disable", "new"),
    ("user", "enable", "new"),
    ("user", "rename", "new", "newer"),
    ("host", "add", "newer", f"newer.{ZONE}"),
    ("host", "list"),
    ("verify",),
    ("host", "remove", "router1", f"cam.{ZONE}"),
    ("user", "remove", "router1"),
]


def test_the_tool_works_with_what_is_optional_beside_it(cloud: Cloud) -> None:
    zone_id = cloud.strict.new_zone(ZONE)
    service = cloud.service({ZONE: zone_id})
    found = printed(service)
    cloud.hold_to(found["mooringd"], found["mooringctl"])
    cloud.database.put_item(item("router1", HOST, f"cam.{ZONE}"))
    service.start()
    router = service.router("router1", PASSWORD)
    for host in (HOST, f"cam.{ZONE}"):
        assert router.update(f"hostname={host}&myip={V4}").text == f"good {V4}"
    for words in COMMANDS:
        done = service.ctl.run(*words)
        assert done.returncode == 0 and "denied" not in done.stderr, (words, done.stderr)
    done = service.ctl.run("doctor", "--resolver", "127.0.0.1:1", "--json")
    lines = json.loads(done.stdout)
    assert [line for line in lines if "denied" in line["detail"]] == []
    assert cloud.denied() == []
    assert cloud.names(zone_id) == {}
    everything = actions_of(found["mooringd"], found["mooringctl"])
    eventually(
        "one batch is watched", lambda: cloud.used() == everything | {"sts:GetCallerIdentity"}, 20
    )


TABLE_ACTIONS = {
    f"dynamodb:{name}" for name in ("GetItem", "UpdateItem", "Scan", "DescribeTable")
}


@pytest.mark.parametrize(
    ("zones", "sqlite", "actions"),
    [
        ({ZONE: None}, False, TABLE_ACTIONS),
        ({ZONE: "one"}, True, {CHANGE, "route53:GetChange"}),
        ({ZONE: None}, True, set()),
    ],
    ids=["table and builtin zone", "file and hosted zone", "nothing of AWS"],
)
def test_policy_follows_the_configuration(
    cloud: Cloud, zones: dict[str, str | None], sqlite: bool, actions: set[str]
) -> None:
    zone_id = cloud.strict.new_zone(ZONE)
    given = {name: zone_id if kind else None for name, kind in zones.items()}
    service = cloud.service(given, sqlite)
    found = printed(service)
    assert actions_of(found["mooringd"]) == actions
    assert not (service.config.directory / "mooring.db").exists(), "looking makes no database"
    text = service.ctl.ok("doctor", "--policy")
    if not actions:
        assert found["mooringd"] is None and found["mooringctl"] is None
        assert text == "this configuration needs nothing of AWS, and so no policy\n"
        return
    cloud.hold_to(found["mooringd"])
    if sqlite:
        secret = service.ctl.add("router1", HOST)
    else:
        secret = PASSWORD
        cloud.database.put_item(item("router1", HOST))
    service.start()
    assert service.router("router1", secret).update(f"myip={V4}").text == f"good {V4}"
    assert cloud.denied() == [] and cloud.used() <= actions


def test_index_of_the_table_may_be_asked(cloud: Cloud) -> None:
    zone_id = cloud.strict.new_zone(ZONE)
    cloud.database.fresh_table("ALL")
    service = cloud.service({ZONE: zone_id})
    assert "dynamodb:Query" not in actions_of(printed(service)["mooringd"]), "it may not look"
    cloud.gate.identities[cloud.identity.access_key] = cloud.identity
    found = printed(service)
    statement = {
        "Effect": "Allow",
        "Action": ["dynamodb:Query"],
        "Resource": f"{TABLE_ARN}/index/owed",
    }
    assert statement in found["mooringd"]["Statement"]
    cloud.hold_to(found["mooringd"])
    cloud.database.put_item(item("router1", HOST))
    service.start()
    assert service.router("router1", PASSWORD).update(f"myip={V4}").text == f"good {V4}"
    assert cloud.denied() == [] and "dynamodb:Query" in cloud.used()


def test_zones_of_one_hosted_zone_share_a_statement(cloud: Cloud) -> None:
    zone_id = cloud.strict.new_zone("example.com")
    service = cloud.service({ZONE: zone_id, "lab.example.com": zone_id})
    found = printed(service)
    cloud.hold_to(found["mooringd"])
    cloud.database.put_item(item("router1", HOST, "a.lab.example.com"))
    service.start()
    router = service.router("router1", PASSWORD)
    good = f"good {V4}"
    assert router.update(f"hostname={HOST},a.lab.example.com&myip={V4}").text == f"{good}\n{good}"
    assert cloud.denied() == []


def test_text_has_documents_to_paste_and_says_whose_they_are(cloud: Cloud) -> None:
    zone_id = cloud.strict.new_zone(ZONE)
    service = cloud.service({ZONE: zone_id})
    found = printed(service)
    daemon, words, tool = service.ctl.ok("doctor", "--policy").partition("optional, for mooringctl")
    assert words and daemon.startswith("policy of mooringd, ")
    for part, wanted in ((daemon, found["mooringd"]), (tool, found["mooringctl"])):
        assert json.loads(part[part.index("{") :]) == wanted
    assert actions_of(found["mooringd"]) & actions_of(found["mooringctl"]) == set()
    assert TABLE_ARN in daemon and f"arn:aws:route53:::hostedzone/{zone_id}" in daemon


def test_roles_of_a_profile_have_policies_of_their_own(cloud: Cloud) -> None:
    """Nobody answers: the policies are made before the role can be assumed."""
    zone_id = cloud.strict.new_zone(ZONE)
    service = cloud.service({ZONE: zone_id})
    config = service.config.directory / "aws-config"
    config.write_text(
        "[profile mooring]\nrole_arn = arn:aws:iam::123456789012:role/mooring\n"
        "source_profile = base\n"
        f"[profile base]\naws_access_key_id = AKIABASE\naws_secret_access_key = {PASSWORD}\n"
    )
    service.env.update(
        {
            "AWS_ACCESS_KEY_ID": "",
            "AWS_SECRET_ACCESS_KEY": "",
            "AWS_PROFILE": "mooring",
            "AWS_CONFIG_FILE": str(config),
            "AWS_MAX_ATTEMPTS": "1",
        }
    )
    found = printed(service)
    assert "123456789012" in json.dumps(found["mooringd"]) and found["note"] == ""
    (role,) = found["roles"]
    assert role["of"] == "the keys of profile base"
    Policy.read(role["policy"])
    assert role["policy"]["Statement"] == [
        {
            "Effect": "Allow",
            "Action": ["sts:AssumeRole"],
            "Resource": "arn:aws:iam::123456789012:role/mooring",
        }
    ]
    assert PASSWORD not in service.ctl.ok("doctor", "--policy")


def test_account_that_nobody_tells_is_a_wildcard_with_a_note(cloud: Cloud) -> None:
    zone_id = cloud.strict.new_zone(ZONE)
    service = cloud.service({ZONE: zone_id})
    service.env.update({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""})
    service.env["HOME"] = str(service.config.directory)
    found = printed(service)
    assert 'a "*" stands for it' in found["note"]
    Policy.read(found["mooringd"])
    assert f"arn:aws:dynamodb:{REGION}:*:table/{TABLE}" in json.dumps(found["mooringd"])
    assert service.ctl.ok("doctor", "--policy").startswith("note: the account is not known")
    assert cloud.gate.calls() == []
