# SPDX-License-Identifier: BSD-2-Clause
"""Moving from the serverless stack in five steps, and back, as docs/AWS.md says it; with its table, its
demo row, its policy and its clients, and deploy/cloudformation.yaml's policies for mooring."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import botocore.exceptions
import pytest

from aws.emulators import BATCH_ACTIONS, REGION, TABLE, Ministack, sdk_client
from aws.gate import Gate
from aws.iam import Policy
from aws.sigv4 import Identity
from aws.strict_route53 import NO_LIMITS, Settings, StrictRoute53
from deploy.template import TEMPLATE, Stack
from faults.observe import is_made_sure
from system.conftest import Service
from system.harness import ZONE, Tls, basic, eventually, exchange, get, parse_response
from system.serverless import CRASH, Function

# scripts/db_load.sh of the stack, and two routers as its documents show them.
DEMO = {"user": "test1", "pass": "test9994", "ttl": "3600", "host": "test1"}
EDGE = {"user": "testuser1", "pass": "edge-router-1", "host": f"edge.{ZONE}"}
SENSE = {"user": "testuser2", "pass": "pf-sense-123", "ttl": "120", "host": f"sense.{ZONE}"}
ROWS = (DEMO, EDGE, SENSE)
# The policy of its function.
ORIGINAL = frozenset({"dynamodb:GetItem", "route53:ChangeResourceRecordSets"})
MORE = {"dynamodb:DescribeContinuousBackups", "sts:GetCallerIdentity", "route53:GetHostedZoneLimit"}


def login(row: dict[str, str]) -> str:
    return "Authorization: " + basic(row["user"], row["pass"])


def edgerouter(address: str) -> bytes:
    target = f"/nic/update?system=dyndns&hostname=any&myip={address}"
    agent = ("User-Agent: ddclient/3.8.3", "Connection: close")
    return get(target, login(EDGE), *agent, version="HTTP/1.0")


def pfsense(address: str) -> bytes:
    agent = ("User-Agent: phpDynDNS/0.7", "Accept: */*", "Connection: close")
    return get(f"/nic/update?myip={address}", login(SENSE), *agent)


def bare_curl() -> bytes:
    """test_ddns-curl.sh: neither host name nor address."""
    return get("/nic/update", login(DEMO), "User-Agent: curl/7.88.1", "Connection: close")


@dataclass
class Move:
    """One table and one zone, the function of the stack, and mooring beside it."""

    database: Ministack
    strict: StrictRoute53
    gate: Gate
    identity: Identity  # mooring's
    function: Function
    zone_id: str
    tls: Tls
    make_service: Callable[..., Service]

    def make_original(self) -> None:
        """As the stack's template makes it, with the throughput that it has."""
        client = self.database.dynamodb()
        if TABLE in client.list_tables()["TableNames"]:
            client.delete_table(TableName=TABLE)
        client.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "user", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "user", "AttributeType": "S"}],
            ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
        )
        for row in ROWS:
            self.database.put_item({name: {"S": value} for name, value in row.items()})

    def root(self, service: str) -> object:
        return sdk_client(service, self.database.port, self.database.root)

    def make_stack(self) -> Policy:
        """mooring's, beside the original; what its policies allow together."""
        parameters = {"ZoneName": ZONE, "HostedZoneId": self.zone_id, "ExistingTable": TABLE}
        client = self.root("cloudformation")
        client.create_stack(
            StackName="moving",
            TemplateBody=TEMPLATE.read_text(encoding="utf-8"),
            Capabilities=["CAPABILITY_IAM"],
            Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
        )
        waiter = client.get_waiter("stack_create_complete")
        waiter.wait(StackName="moving", WaiterConfig={"Delay": 0.1, "MaxAttempts": 300})
        (stack,) = client.describe_stacks(StackName="moving")["Stacks"]
        outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
        assert (outputs["TableName"], outputs["HostedZoneId"]) == (TABLE, self.zone_id)
        iam = self.root("iam")
        held = Policy(())
        for name in ("DaemonPolicyArn", "ToolPolicyArn"):
            version = iam.get_policy(PolicyArn=outputs[name])["Policy"]["DefaultVersionId"]
            found = iam.get_policy_version(PolicyArn=outputs[name], VersionId=version)
            held = held + Policy.read(found["PolicyVersion"]["Document"])
        return held

    def clean_up(self) -> None:
        """Also of a test that failed half-way: others use this emulator."""
        self.database.dynamodb().update_table(TableName=TABLE, DeletionProtectionEnabled=False)
        client = self.root("cloudformation")
        client.delete_stack(StackName="moving")
        waiter = client.get_waiter("stack_delete_complete")  # also when there was none
        waiter.wait(StackName="moving", WaiterConfig={"Delay": 0.1, "MaxAttempts": 300})

    def service(self) -> Service:
        zone = {"publisher": "route53", "hosted-zone-id": self.zone_id, "ttl": 300}
        return self.make_service(
            top={"settle-time": 1},
            store={"type": "dynamodb", "table": TABLE, "region": REGION},
            zones={ZONE: {**zone, "allow-special-addresses": True}},
            env={
                "AWS_ACCESS_KEY_ID": self.identity.access_key,
                "AWS_SECRET_ACCESS_KEY": self.identity.secret_key,
                "AWS_ENDPOINT_URL": self.gate.url,
            },
        )

    def ask(self, service: Service, raw: bytes) -> tuple[int, str]:
        port = service.daemon.https_port
        answer = parse_response(exchange(port, raw, self.tls.context()))
        return answer.status, answer.text

    def rows(self) -> list[dict[str, str]]:
        """What the function reads of them."""
        items = (self.database.item(row["user"]) for row in ROWS)
        names = ("user", "pass", "ttl", "host")
        return [{n: item[n]["S"] for n in names if n in item} for item in items]

    def is_sure(self) -> bool:
        """What was new to mooring was sent once more, after settle-time."""
        return all(is_made_sure(self.database.item(row["user"])) for row in ROWS)

    def calls_of(self, identity: Identity) -> int:
        return sum(call.access_key == identity.access_key for call in self.gate.calls())

    def record(self, name: str) -> tuple[int | None, list[str]]:
        return self.strict.records(self.zone_id)[f"{name}.{ZONE}.", "A"]


@pytest.fixture(name="move")
def fixture_move(
    ministack: Ministack, tls: Tls, make_service: Callable[..., Service]
) -> Iterator[Move]:
    strict = StrictRoute53(Settings(NO_LIMITS))
    zone_id = strict.new_zone(ZONE)
    identity = ministack.new_user("mooring", BATCH_ACTIONS | MORE)
    original = ministack.new_user("function", ORIGINAL)
    upstreams = {
        "dynamodb": ministack.upstream,
        "route53": strict.upstream,
        "sts": ministack.upstream,
    }
    gate = Gate(upstreams, [original, replace(identity, allowed=frozenset())], REGION)
    function = Function(
        sdk_client("dynamodb", gate.port, original),
        sdk_client("route53", gate.port, original, "us-east-1"),
        TABLE,
        zone_id,
    )
    move = Move(ministack, strict, gate, identity, function, zone_id, tls, make_service)
    move.make_original()
    yield move
    move.clean_up()
    gate.close()
    strict.close()
    assert gate.unexpected == [] and strict.unexpected == []


def test_moving_in_five_steps_with_a_way_back(move: Move) -> None:
    function = move.function
    # Before: what its users have.
    assert function.answer(edgerouter("203.0.113.1")) == (200, "good 203.0.113.1")
    assert function.answer(pfsense("203.0.113.2")) == (200, "good 203.0.113.2")
    assert function.answer(bare_curl()) == CRASH, "the host of the demo row is no name"

    # 1. The table is protected, on demand, and has the index; the stack makes the rest.
    client = move.database.dynamodb()
    client.update_table(TableName=TABLE, DeletionProtectionEnabled=True)
    client.update_table(TableName=TABLE, BillingMode="PAY_PER_REQUEST")
    held = move.make_stack()
    move.gate.identities[move.identity.access_key] = replace(move.identity, policy=held)
    assert move.rows() == list(ROWS)

    # 2. mooring starts beside it, and nothing is missing.
    service = move.service()
    service.start()
    done = service.ctl.run("doctor", "--resolver", "127.0.0.1:1", "--json")
    found = {line["check"]: line for line in json.loads(done.stdout)}
    assert [line for line in found.values() if "denied" in line["detail"]] == []
    assert found["table"]["result"] == "ok", found

    # 3. One router tries it, while the others ask the function.
    assert move.ask(service, pfsense("203.0.113.22")) == (200, "good 203.0.113.22")
    assert function.answer(edgerouter("203.0.113.11")) == (200, "good 203.0.113.11")
    assert move.record("sense") == (120, ["203.0.113.22"])
    assert move.record("edge") == (300, ["203.0.113.11"])

    # 4. The name has mooring's address: all of them ask it, and the demo row works.
    assert move.ask(service, edgerouter("203.0.113.11")) == (200, "good 203.0.113.11")
    assert move.ask(service, edgerouter("203.0.113.11")) == (200, "nochg 203.0.113.11")
    assert move.ask(service, bare_curl()) == (200, "good 127.0.0.1")
    assert move.record("edge") == (300, ["203.0.113.11"]), "the TTL that it had"
    assert move.record("test1") == (3600, ["127.0.0.1"])
    assert move.rows() == list(ROWS), "what the function reads is as it was"

    # The way back: the name has the function's address again, once mooring is done.
    eventually("mooring sends nothing more", move.is_sure)
    for n in (7, 8):
        assert function.answer(edgerouter(f"203.0.113.{n}")) == (200, f"good 203.0.113.{n}")
    assert function.answer(pfsense("203.0.113.23")) == (200, "good 203.0.113.23")
    assert move.record("edge") == (300, ["203.0.113.8"])

    # And forth. A router whose address is again what mooring knows is told so, whatever the function
    # published meanwhile: that is what the look at the zone is for, after each has asked once.
    assert move.ask(service, edgerouter("203.0.113.8")) == (200, "good 203.0.113.8")
    assert move.ask(service, pfsense("203.0.113.22")) == (200, "nochg 203.0.113.22")
    assert move.record("sense") == (120, ["203.0.113.23"])
    assert service.ctl.run("verify", "--repair").returncode == 0
    eventually("the zone is as the table says", lambda: move.record("sense")[1] == ["203.0.113.22"])
    assert service.ctl.run("verify").returncode == 0

    # 5. The stack goes; the table cannot. Then the secrets need not be in clear any more.
    with pytest.raises(botocore.exceptions.ClientError, match="protected"):
        client.delete_table(TableName=TABLE)
    service.ctl.ok("user", "rehash", "--all", "--yes")
    assert not {row["pass"] for row in ROWS} & {row["pass"] for row in move.rows()}
    assert move.ask(service, edgerouter("203.0.113.8")) == (200, "nochg 203.0.113.8")
    assert move.ask(service, pfsense("203.0.113.24")) == (200, "good 203.0.113.24")
    assert function.answer(edgerouter("203.0.113.8")) == (403, "badauth"), "no way back from here"

    denied = [call for call in move.gate.calls() if (call.code or "").startswith("AccessDenied")]
    assert denied == [], "the policies of the template are enough"


def test_policy_of_the_template_is_what_the_doctor_prints(
    move: Move, ministack: Ministack
) -> None:
    ministack.fresh_table("ALL")
    move.gate.identities[move.identity.access_key] = move.identity
    printed = move.service().ctl.json("doctor", "--policy")
    parameters = {"ZoneName": ZONE, "HostedZoneId": move.zone_id, "ExistingTable": TABLE}
    stack = Stack(parameters)
    for name, of in (("DaemonPolicy", "mooringd"), ("ToolPolicy", "mooringctl")):
        assert allowed(stack.policy(name)) == allowed(printed[of]), name


def allowed(policy: dict) -> dict[tuple[str, str], object]:
    """(action, resource) -> the conditions, lists sorted."""
    found = {}
    for statement in policy["Statement"]:
        resources = statement["Resource"]
        for resource in resources if isinstance(resources, list) else [resources]:
            for action in statement["Action"]:
                conditions = json.dumps(in_order(statement.get("Condition", {})), sort_keys=True)
                found[action, resource] = conditions
    return found


def in_order(value: object) -> object:
    if isinstance(value, dict):
        return {name: in_order(each) for name, each in value.items()}
    return sorted(value) if isinstance(value, list) else value
