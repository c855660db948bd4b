# SPDX-License-Identifier: BSD-2-Clause
"""mooringctl doctor: what is wrong is found and named, what is missing is printed, and nothing is
changed by looking."""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from aws.emulators import REGION, TABLE, Dynalite, Dynamodb, Ministack, free_port
from aws.errors import Reply, json_reply
from aws.gate import Gate, utc_now
from aws.sigv4 import Identity
from aws.strict_route53 import NO_LIMITS, Settings, StrictRoute53, replies
from aws.strict_route53.zone import NAME_SERVERS
from system.conftest import Service
from system.harness import HOST, ZONE, Value
from system.nameserver import REFUSED, SERVFAIL, Answer, NameServer

CHANGE = "route53:ChangeResourceRecordSets"
REQUIRED = {"dynamodb:GetItem", CHANGE}
OF_TABLE = {
    "dynamodb:GetItem",
    "dynamodb:Scan",
    "dynamodb:UpdateItem",
    "dynamodb:PutItem",
    "dynamodb:DeleteItem",
}
OF_ZONE = {CHANGE, "route53:ListResourceRecordSets", "route53:GetHostedZone"}
DESCRIBE, BACKUPS = "dynamodb:DescribeTable", "dynamodb:DescribeContinuousBackups"
LIMIT = "route53:GetHostedZoneLimit"
READS = {DESCRIBE, BACKUPS, LIMIT}  # of the doctor's own
PROVEN = frozenset(OF_TABLE | OF_ZONE | {"route53:GetChange"})
FULL = frozenset(PROVEN | READS)
SERVERS = [name.rstrip(".") for name in NAME_SERVERS]
ACCOUNT = "000000000000"


@dataclass
class Findings:
    """What one run printed as JSON."""

    status: int
    lines: list[dict]

    def result(self, check: str) -> str:
        (found,) = [line["result"] for line in self.lines if line["check"] == check]
        return found

    def detail(self, check: str) -> str:
        (found,) = [line["detail"] for line in self.lines if line["check"] == check]
        return found

    def others(self, result: str = "ok") -> dict[str, str]:
        """The checks that ended otherwise, without the policies."""
        return {
            line["check"]: line["result"]
            for line in self.lines
            if line["result"] != result and line["check"] != "policy"
        }

    def policies(self) -> dict[str, dict[str, set[str]]]:
        """By result: resource -> actions."""
        return {
            line["result"]: {
                statement["Resource"]: set(statement["Action"])
                for statement in line["policy"]["Statement"]
            }
            for line in self.lines
            if line["check"] == "policy"
        }


def world() -> dict[tuple[str, str], Answer]:
    """Everything as it should be: the zone is delegated to Route 53's servers, all of which are
    this one."""
    answers = {
        (ZONE, "NS"): Answer(SERVERS),
        (ZONE, "SOA"): Answer([SERVERS[0]], authoritative=True),
    }
    answers.update({(name, "A"): Answer(["127.0.0.1"]) for name in SERVERS})
    answers.update({(name, "AAAA"): Answer() for name in SERVERS})
    return answers


@dataclass
class Cloud:
    """Amazon and the DNS as one daemon's host sees them. Everything that is looked at is compared
    with itself after each run."""

    gate: Gate
    database: Dynamodb
    strict: StrictRoute53
    dns: NameServer
    identity: Identity
    zone_id: str
    make_service: Callable[..., Service]
    store: dict[str, Value] = field(default_factory=dict)
    zone: dict[str, Value] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)

    def snapshot(self) -> tuple:
        client = self.database.dynamodb()
        items = client.scan(TableName=TABLE, ConsistentRead=True)["Items"]
        zone = self.strict._zones[self.zone_id]  # pylint: disable=protected-access
        return sorted(json.dumps(item, sort_keys=True) for item in items), zone.listing()

    @property
    def service(self) -> Service:
        store = {"type": "dynamodb", "table": TABLE, "region": REGION, **self.store}
        zone = {"publisher": "route53", "hosted-zone-id": self.zone_id, **self.zone}
        env = {
            "AWS_ACCESS_KEY_ID": self.identity.access_key,
            "AWS_SECRET_ACCESS_KEY": self.identity.secret_key,
            "AWS_ENDPOINT_URL": self.gate.url,
            **self.env,
        }
        return self.make_service(store=store, zones={ZONE: zone}, env=env)

    def run(self, *options: str) -> subprocess.CompletedProcess[str]:
        before = self.snapshot()
        resolver = ["--resolver", f"127.0.0.1:{self.dns.port}", "--dns-port", str(self.dns.port)]
        done = self.service.ctl.run("doctor", *resolver, *options)
        assert self.snapshot() == before, "nothing may be changed"
        assert self.identity.secret_key not in done.stdout + done.stderr
        assert done.returncode in (0, 1), done.stderr
        return done

    def doctor(self, *options: str) -> Findings:
        done = self.run("--json", *options)
        assert done.stderr == ""
        findings = Findings(done.returncode, json.loads(done.stdout))
        failed = any(line["result"] == "FAIL" for line in findings.lines)
        assert findings.status == (1 if failed else 0)
        for line in findings.lines:
            assert list(line)[:3] == ["check", "result", "detail"] and line["detail"], line
        return findings

    @property
    def resources(self) -> dict[str, str]:
        """Action -> the ARN that its statement must name."""
        table = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{TABLE}"
        zone = f"arn:aws:route53:::hostedzone/{self.zone_id}"
        found = {action: table for action in OF_TABLE} | {action: zone for action in OF_ZONE}
        return found | {"route53:GetChange": "arn:aws:route53:::change/*"}

    def check_name(self, action: str) -> str:
        return action if action.startswith("dynamodb:") else f"{action} {ZONE}"


def item(user: str, password: str, *hosts: str) -> dict:
    return {"user": {"S": user}, "pass": {"S": password}, "host": {"SS": list(hosts)}}


def backups(status: str) -> Reply:
    """Of point-in-time recovery; not every emulator has it."""
    recovery = {"PointInTimeRecoveryStatus": status}
    described = {"ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": recovery}
    return json_reply(200, {"ContinuousBackupsDescription": described})


@contextmanager
def documents(value: dict) -> Iterator[str]:
    """An endpoint that answers every GET with value; its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # pylint: disable=invalid-name
            body = json.dumps(value).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/keys"
    finally:
        server.shutdown()
        server.server_close()


HASH = "$sha256$" + "0123456789abcdef" * 2 + "$" + "0" * 64


@pytest.fixture(name="make_cloud")
def fixture_make_cloud(
    make_service: Callable[..., Service], ministack: Ministack
) -> Iterator[Callable[..., Cloud]]:
    made: list[Cloud] = []

    def make(
        actions: frozenset[str] = FULL, *, database: Dynamodb = ministack, ahead_s: float = 0
    ) -> Cloud:
        """ahead_s: how far Amazon's clock is ahead of this machine's."""

        def clock() -> datetime:
            return utc_now() + timedelta(seconds=ahead_s)

        database.fresh_table()
        strict = StrictRoute53(Settings(NO_LIMITS), wall=clock)
        identity = ministack.new_user("mooring", actions)
        upstreams = {
            "dynamodb": database.upstream,
            "route53": strict.upstream,
            "sts": ministack.upstream,
        }
        gate = Gate(upstreams, [identity], REGION, clock=clock)
        gate.script.answer(BACKUPS, backups("ENABLED"), times=None)
        zone_id = strict.new_zone(ZONE)
        dns = NameServer(world())
        cloud = Cloud(gate, database, strict, dns, identity, zone_id, make_service)
        made.append(cloud)
        return cloud

    yield make
    for cloud in made:
        cloud.gate.close()
        cloud.strict.close()
        cloud.dns.__exit__()
    assert [problem for cloud in made for problem in cloud.gate.unexpected] == []


@pytest.fixture(name="cloud")
def fixture_cloud(make_cloud: Callable[..., Cloud]) -> Cloud:
    return make_cloud()


# Permissions.


@pytest.mark.parametrize("name", ["dynalite", "ministack"])
def test_nothing_is_wrong(
    make_cloud: Callable[..., Cloud], name: str, request: pytest.FixtureRequest
) -> None:
    cloud = make_cloud(database=request.getfixturevalue(name))
    cloud.database.put_item(item("router1", HASH, HOST))
    findings = cloud.doctor()
    assert findings.others() == {} and findings.status == 0
    assert findings.policies() == {}
    assert [line["check"] for line in findings.lines] == [
        "libraries",
        "configuration",
        "credentials",
        "clock",
        "table",
        "dynamodb:GetItem",
        "dynamodb:Scan",
        "dynamodb:UpdateItem",
        "dynamodb:PutItem",
        "dynamodb:DeleteItem",
        "accounts",
        "claims",
        "capacity",
        "recovery",
        f"zone {ZONE}",
        f"{CHANGE} {ZONE}",
        f"route53:GetHostedZone {ZONE}",
        f"route53:ListResourceRecordSets {ZONE}",
        f"route53:GetChange {ZONE}",
        f"quota {ZONE}",
        f"delegation {ZONE}",
        f"name servers {ZONE}",
    ]
    said = findings.detail("credentials")
    assert said.startswith(f"key {cloud.identity.access_key} from the environment is arn:aws:iam:")
    assert said.endswith(f"of account {ACCOUNT}")
    assert findings.detail("accounts") == "1 account"
    assert f"hosted zone {cloud.zone_id}, public, 2 record sets" in findings.detail(f"zone {ZONE}")
    assert findings.detail(f"name servers {ZONE}") == "4 of 4 answer with authority"


def test_permission_to_change_is_that_for_both_actions(cloud: Cloud) -> None:
    """A policy may tell them apart; what is refused comes first, should a batch be applied in
    parts."""
    cloud.doctor()
    (call,) = cloud.gate.calls(CHANGE)
    assert re.findall("<Action>(.*?)</Action>", call.body.decode()) == ["DELETE", "UPSERT"]


def test_text_has_a_line_for_each_check(cloud: Cloud) -> None:
    done = cloud.run()
    assert done.returncode == 0
    for line in done.stdout.splitlines():
        assert line.startswith("ok   ") and ": " in line
    assert done.stdout.splitlines()[1].endswith(": store dynamodb, 1 zone")


# What the doctor cannot tell without its own permissions.
NOTES = {"capacity": "note", "recovery": "note", f"quota {ZONE}": "note"}


def test_policy_of_the_serverless_stack_is_enough(make_cloud: Callable[..., Cloud]) -> None:
    cloud = make_cloud(frozenset(REQUIRED))
    findings = cloud.doctor()
    assert findings.status == 0
    missing = PROVEN - REQUIRED
    expected = {cloud.check_name(action): "warn" for action in missing}
    # Without GetHostedZone, nobody says which name servers the zone has.
    assert findings.others() == {**expected, **NOTES, f"delegation {ZONE}": "warn"}
    assert findings.result("table") == findings.result(f"zone {ZONE}") == "ok"
    assert findings.result(f"name servers {ZONE}") == "ok"
    assert findings.policies() == {
        "warn": {
            cloud.resources["dynamodb:Scan"]: OF_TABLE - REQUIRED,
            cloud.resources[CHANGE]: OF_ZONE - REQUIRED,
            "arn:aws:route53:::change/*": {"route53:GetChange"},
        }
    }


@pytest.mark.parametrize("action", sorted(PROVEN))
def test_one_missing_permission_is_named(make_cloud: Callable[..., Cloud], action: str) -> None:
    cloud = make_cloud(FULL - {action})
    findings = cloud.doctor()
    result = "FAIL" if action in REQUIRED else "warn"
    others = findings.others()
    assert others.pop(cloud.check_name(action)) == result
    assert findings.detail(cloud.check_name(action)).startswith("denied: ")
    beside = {
        "dynamodb:GetItem": {"table": "warn"},
        "route53:GetHostedZone": {f"delegation {ZONE}": "warn"},
    }
    assert others == beside.get(action, {})
    assert findings.policies() == {result: {cloud.resources[action]: {action}}}


def test_policies_in_text_can_be_pasted(make_cloud: Callable[..., Cloud]) -> None:
    cloud = make_cloud(frozenset({"dynamodb:GetItem"}))
    done = cloud.run()
    assert done.returncode == 1
    before, required, optional = done.stdout.split(" policy: ")
    assert before.endswith("\nFAIL")
    document = json.loads(required[required.index("{") : required.rindex("}") + 1])
    assert document == {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": [CHANGE], "Resource": cloud.resources[CHANGE]}
        ],
    }
    wanted = json.loads(optional[optional.index("{") :])
    assert len(wanted["Statement"]) == 3


def test_scan_is_needed_where_a_builtin_zone_is_filled_from_the_table(
    make_cloud: Callable[..., Cloud],
) -> None:
    cloud = make_cloud(FULL - {"dynamodb:Scan"})
    service = cloud.service
    service.config.zones = {
        ZONE: {"allow-special-addresses": True, "name-server-addresses": ["127.0.0.1"]}
    }
    done = service.ctl.run("doctor", "--resolver", f"127.0.0.1:{cloud.dns.port}", "--json")
    findings = Findings(done.returncode, json.loads(done.stdout))
    assert findings.status == 1 and findings.result("dynamodb:Scan") == "FAIL"
    assert findings.policies() == {
        "FAIL": {cloud.resources["dynamodb:Scan"]: {"dynamodb:Scan"}},
    }


# Credentials and the clock.


def test_wrong_secret_is_not_accepted(cloud: Cloud) -> None:
    cloud.env["AWS_SECRET_ACCESS_KEY"] = wrong = secrets.token_hex(20)
    findings = cloud.doctor()
    assert findings.status == 1
    said = findings.detail("credentials")
    assert findings.result("credentials") == "FAIL" and "SignatureDoesNotMatch" in said
    assert findings.result("table") == findings.result(f"zone {ZONE}") == "FAIL"
    assert not any(line["check"].startswith("dynamodb:") for line in findings.lines)
    assert wrong not in json.dumps(findings.lines)
    assert findings.policies() == {}


def test_session_token_is_never_shown(make_cloud: Callable[..., Cloud]) -> None:
    cloud = make_cloud()
    token = secrets.token_hex(40)
    cloud.env["AWS_SESSION_TOKEN"] = token
    done = cloud.run()
    assert done.returncode == 1 and token not in done.stdout + done.stderr
    assert "FAIL credentials: " in done.stdout


def test_no_credentials_at_all(cloud: Cloud) -> None:
    cloud.env.update({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""})
    cloud.env["HOME"] = str(cloud.service.config.directory)
    findings = cloud.doctor()
    assert findings.result("credentials") == "FAIL"
    assert "AWS_ACCESS_KEY_ID" in findings.detail("credentials")
    assert findings.result("table") == findings.result("clock") == "warn"
    assert cloud.gate.calls() == []


@pytest.mark.parametrize("name", ["config", "credentials"])
@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda path: path.mkdir(), "Is a directory"),
        (lambda path: path.write_bytes(b"\xef\xbb\xbf[default]\n"), "byte order mark"),
        (lambda path: path.symlink_to(path), "symbolic links"),
        (os.mkfifo, "is a pipe"),
        (lambda path: path.symlink_to("/dev/zero"), "is larger than"),
        (lambda path: path.write_bytes("[default]\n".encode("utf-16")), "byte order mark"),
        (lambda path: path.write_bytes(b"[default]\0\n"), "NUL"),
        (lambda path: path.write_bytes(b"[default\n"), "line 1"),
        (lambda path: path.write_bytes(b"#" * (2 << 20)), "is larger than"),
    ],
)
def test_keys_of_the_environment_suffice(
    cloud: Cloud, name: str, make: Callable[[Path], object], why: str
) -> None:
    """Whatever lies in ~/.aws unasked for."""
    home = cloud.service.config.directory / "home"
    (home / ".aws").mkdir(parents=True)
    make(home / ".aws" / name)
    cloud.env["HOME"] = str(home)
    done = cloud.run("--json")
    assert done.returncode == 0, done.stdout
    assert done.stderr.count("a file of AWS profiles is passed over") == 1
    assert why in done.stderr


@pytest.mark.parametrize(
    "make",
    [
        lambda home: None,
        lambda home: (home / ".aws").write_text("[default]\n"),
        lambda home: (home / ".aws").symlink_to(home / "nowhere"),
        lambda home: (home / ".aws").symlink_to(".aws"),
        lambda home: (home / ".aws").mkdir(mode=0o000),
        lambda home: home.rmdir(),
    ],
)
def test_keys_of_the_environment_suffice_wherever_home_is(
    cloud: Cloud, make: Callable[[Path], object]
) -> None:
    home = cloud.service.config.directory / "home"
    home.mkdir()
    make(home)
    for value in (str(home), "", "not/absolute", "/dev/null", "/proc/self/mem"):
        cloud.env["HOME"] = value
        assert cloud.run("--json").returncode == 0, value


@pytest.mark.parametrize("variable", ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"])
def test_profile_is_named_as_the_source(cloud: Cloud, variable: str) -> None:
    directory = cloud.service.config.directory
    (directory / "credentials").write_text(
        f"[garden]\naws_access_key_id = {cloud.identity.access_key}\n"
        f"aws_secret_access_key = {cloud.identity.secret_key}\n"
    )
    cloud.env.update(
        {
            "AWS_ACCESS_KEY_ID": "",
            "AWS_SECRET_ACCESS_KEY": "",
            variable: "garden",
            "AWS_SHARED_CREDENTIALS_FILE": str(directory / "credentials"),
        }
    )
    findings = cloud.doctor()
    assert findings.others() == {}
    assert "from profile garden is " in findings.detail("credentials")


def by_program(cloud: Cloud, program: str, more: str = "") -> None:
    config = cloud.service.config.directory / "aws-config"
    config.write_text(f"[default]\n{program}\n{more}")
    cloud.env.update({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""})
    cloud.env["AWS_CONFIG_FILE"] = str(config)


def test_keys_come_from_a_program(cloud: Cloud) -> None:
    document = cloud.service.config.directory / "keys.json"
    keys = {
        "Version": 1,
        "AccessKeyId": cloud.identity.access_key,
        "SecretAccessKey": cloud.identity.secret_key,
    }
    document.write_text(json.dumps(keys))
    by_program(cloud, f"credential_process = /bin/cat {document}", "sso_session = home\n")
    findings = cloud.doctor()
    assert findings.others() == {}
    said = f"key {cloud.identity.access_key} from the credential_process of profile default is "
    assert findings.detail("credentials").startswith(said)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (
            "credential_process = /bin/sh -c 'echo no session >&2; exit 5'",
            "it ended with exit status 5: no session",
        ),
        ("credential_process = cat keys.json", '"cat" is no absolute path'),
        (
            "sso_session = home",
            "add the line \"credential_process = /usr/local/bin/aws configure"
            ' export-credentials --profile default" to it',
        ),
    ],
)
def test_program_that_gives_none_is_told(cloud: Cloud, line: str, why: str) -> None:
    by_program(cloud, line)
    findings = cloud.doctor()
    assert findings.result("credentials") == "FAIL" and why in findings.detail("credentials")


def test_end_of_temporary_keys_is_told(
    make_cloud: Callable[..., Cloud], dynalite: Dynalite
) -> None:
    """As a container gets them; the emulators know nothing of these, so that only the gate looks
    at them."""
    cloud = make_cloud(database=dynalite)
    del cloud.gate.upstreams["sts"]
    secret, token = secrets.token_hex(20), secrets.token_hex(40)
    cloud.identity = Identity("task", "ASIATASK", secret, token, FULL)
    cloud.gate.identities[cloud.identity.access_key] = cloud.identity
    document = {
        "AccessKeyId": cloud.identity.access_key,
        "SecretAccessKey": secret,
        "Token": token,
        "Expiration": "2999-01-01T00:00:00Z",
    }
    with documents(document) as url:
        cloud.env.update({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""})
        cloud.env.update({"AWS_CONTAINER_CREDENTIALS_FULL_URI": url})
        done = cloud.run()
    assert done.returncode == 0
    said = (
        "warn credentials: key ASIATASK from the container's credentials endpoint is accepted,"
        " until 2999-01-01T00:00:00Z; whose it is was not told: "
    )
    assert said in done.stdout
    assert token not in done.stdout + done.stderr


def test_silent_token_service_is_no_failure(cloud: Cloud) -> None:
    del cloud.gate.upstreams["sts"]
    findings = cloud.doctor()
    assert findings.others() == {"credentials": "warn"}
    said = findings.detail("credentials")
    assert "is accepted; whose it is was not told: STS GetCallerIdentity" in said


def test_account_is_a_wildcard_when_nobody_tells_it(make_cloud: Callable[..., Cloud]) -> None:
    cloud = make_cloud(FULL - {"dynamodb:PutItem"})
    del cloud.gate.upstreams["sts"]
    assert cloud.doctor().policies() == {
        "warn": {f"arn:aws:dynamodb:{REGION}:*:table/{TABLE}": {"dynamodb:PutItem"}}
    }


@pytest.mark.parametrize(
    ("ahead_s", "result", "word"),
    [
        (30, "ok", "behind"),
        (100, "warn", "behind"),
        (-100, "warn", "ahead"),
        (270, "FAIL", "behind"),
    ],
)
def test_clock_is_compared(
    make_cloud: Callable[..., Cloud], ahead_s: float, result: str, word: str
) -> None:
    cloud = make_cloud(ahead_s=ahead_s)
    findings = cloud.doctor()
    assert findings.result("clock") == result
    seconds, said = findings.detail("clock").split(" ", 1)
    assert abs(int(seconds) - abs(ahead_s)) <= 5 and word in said
    assert findings.result("credentials") == "ok"


def test_clock_that_spoils_every_signature(make_cloud: Callable[..., Cloud]) -> None:
    findings = make_cloud(ahead_s=3600).doctor()
    assert findings.result("clock") == findings.result("credentials") == "FAIL"
    assert "Signature expired" in findings.detail("credentials")


def test_throttles_are_no_failure(cloud: Cloud) -> None:
    """The serverless stack's table has one read unit, and the daemon may be at work in the zone."""
    cloud.env["AWS_MAX_ATTEMPTS"] = "1"
    script = cloud.gate.script
    script.fail("dynamodb:GetItem", "ProvisionedThroughputExceeded", "slow down", times=None)
    script.fail(CHANGE, "PriorRequestNotComplete", "still processing", times=None)
    findings = cloud.doctor()
    assert findings.others() == {
        "table": "warn",
        "dynamodb:GetItem": "warn",
        f"{CHANGE} {ZONE}": "warn",
    }
    assert findings.policies() == {}


def test_amazon_out_of_reach(cloud: Cloud) -> None:
    cloud.gate.close()
    cloud.env["AWS_MAX_ATTEMPTS"] = "1"
    findings = cloud.doctor()
    for check in ("credentials", "table", f"zone {ZONE}"):
        assert findings.result(check) == "FAIL", check
    assert findings.result("clock") == "warn"


# The table and its accounts.


def test_unknown_table(cloud: Cloud) -> None:
    cloud.store["table"] = "another-table"
    findings = cloud.doctor()
    assert findings.others() == {"table": "FAIL"}
    assert findings.detail("table") == f"there is no table another-table in {REGION}"


@pytest.mark.parametrize("name", ["dynalite", "ministack"])
@pytest.mark.parametrize(
    ("keys", "types"),
    [
        ([("login", "HASH")], {"login": "S"}),
        ([("user", "HASH")], {"user": "N"}),
        ([("user", "HASH"), ("host", "RANGE")], {"user": "S", "host": "S"}),
    ],
)
def test_wrong_key_of_the_table(
    make_cloud: Callable[..., Cloud],
    name: str,
    keys: list[tuple[str, str]],
    types: dict[str, str],
    request: pytest.FixtureRequest,
) -> None:
    cloud = make_cloud(database=request.getfixturevalue(name))
    cloud.store["table"] = table = f"keys-{secrets.token_hex(4)}"
    client = cloud.database.dynamodb()
    client.create_table(
        TableName=table,
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in keys],
        AttributeDefinitions=[
            {"AttributeName": key, "AttributeType": kind} for key, kind in types.items()
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    client.get_waiter("table_exists").wait(
        TableName=table, WaiterConfig={"Delay": 0.02, "MaxAttempts": 500}
    )
    findings = cloud.doctor()
    assert findings.others() == {"table": "FAIL"}
    said = findings.detail("table")
    assert said.startswith(f'the key of {table} in {REGION} must be "user" alone, a string: ')


def test_accounts_are_counted(cloud: Cloud) -> None:
    password = secrets.token_hex(8)
    cloud.database.put_item(item("router1", HASH, HOST))
    cloud.database.put_item(item("router2", password, f"b.{ZONE}", "b.example.net"))
    cloud.database.put_item(item("router3", password, f"c.{ZONE}"))
    findings = cloud.doctor()
    assert findings.others() == {"accounts": "warn"}
    said = findings.detail("accounts")
    assert said.startswith("3 accounts; 2 with a secret in clear text")
    assert said.endswith("1 host outside every zone, b.example.net")
    assert password not in json.dumps(findings.lines)


def test_names_of_two_accounts_are_told(cloud: Cloud) -> None:
    cloud.database.put_item(item("router1", HASH, HOST))
    cloud.database.put_item(item("router2", HASH, f"b.{ZONE}", HOST.upper()))
    findings = cloud.doctor()
    assert findings.others() == {"accounts": "warn"}
    said = findings.detail("accounts")
    assert f"1 name of more than one account, of which the last to change has it: {HOST}" in said
    assert "(router1, router2)" in said or "(router2, router1)" in said


def test_a_zone_that_never_saw_our_records_is_told(cloud: Cloud) -> None:
    state = {
        name: {"M": {"v4": {"S": "192.0.2.1"}, "seq": {"N": "1"}, "pub": {"N": "1"}, **where}}
        for name, where in {
            HOST: {"zone": {"S": "Z0ANOTHER"}},
            f"b.{ZONE}": {},  # of a version that did not say it
        }.items()
    }
    row = item("router1", HASH, HOST, f"b.{ZONE}")
    cloud.database.put_item({**row, "state": {"M": state}})
    findings = cloud.doctor()
    assert findings.others() == {"accounts": "warn"}
    said = findings.detail("accounts")
    assert "1 host published to another hosted zone, Z0ANOTHER, which the daemon" in said


# What will be too small one day.


@pytest.mark.parametrize(
    ("action", "check"),
    [(DESCRIBE, "capacity"), (BACKUPS, "recovery"), (LIMIT, f"quota {ZONE}")],
)
def test_reads_of_its_own_that_are_denied_are_notes(
    make_cloud: Callable[..., Cloud], action: str, check: str
) -> None:
    cloud = make_cloud(FULL - {action})
    findings = cloud.doctor()
    assert findings.status == 0 and findings.others() == {check: "note"}
    assert f"{action} is denied" in findings.detail(check)
    assert findings.policies() == {}
    assert f"note {check}: " in cloud.run().stdout


def provisioned(cloud: Cloud, read: int, write: int) -> None:
    """By the emulator's own table, made anew."""
    cloud.store["table"] = table = f"units-{secrets.token_hex(4)}"
    client = cloud.database.dynamodb()
    client.create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "user", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "user", "AttributeType": "S"}],
        BillingMode="PROVISIONED",
        ProvisionedThroughput={"ReadCapacityUnits": read, "WriteCapacityUnits": write},
    )
    client.get_waiter("table_exists").wait(
        TableName=table, WaiterConfig={"Delay": 0.02, "MaxAttempts": 500}
    )


@pytest.mark.parametrize("name", ["dynalite", "ministack"])
def test_capacity_that_cannot_carry_the_accounts(
    make_cloud: Callable[..., Cloud], name: str, request: pytest.FixtureRequest
) -> None:
    cloud = make_cloud(database=request.getfixturevalue(name))
    provisioned(cloud, 1, 1)
    table, client = cloud.store["table"], cloud.database.dynamodb()
    client.put_item(TableName=table, Item=item("router1", HASH, HOST))
    findings = cloud.doctor()
    assert findings.others() == {}
    assert findings.detail("capacity").startswith("provisioned: 1 read and 1 write units a second; ")
    for n in range(700):
        client.put_item(TableName=table, Item=item(f"many{n}", HASH, f"h{n}.{ZONE}"))
    findings = cloud.doctor()
    assert findings.status == 0 and findings.others() == {"capacity": "warn"}
    said = findings.detail("capacity")
    assert "701 accounts that ask every 10 minutes need 2 and 1: " in said
    assert said.endswith(
        f"aws dynamodb update-table --table-name {table} --billing-mode PAY_PER_REQUEST"
        f" --region {REGION}"
    )
    client.update_table(TableName=table, BillingMode="PAY_PER_REQUEST")
    findings = cloud.doctor()
    assert findings.others() == {} and findings.detail("capacity") == "on demand"


def test_no_point_in_time_recovery(cloud: Cloud) -> None:
    """The command in the warning is what ends it."""
    cloud.gate.script.clear()
    findings = cloud.doctor()
    assert findings.status == 0 and findings.others() == {"recovery": "warn"}
    words = findings.detail("recovery").partition(": aws ")[2].split()
    assert words[:4] == ["dynamodb", "update-continuous-backups", "--table-name", TABLE]
    assert words[4:] == [
        "--point-in-time-recovery-specification",
        "PointInTimeRecoveryEnabled=true",
        "--region",
        REGION,
    ]
    cloud.database.dynamodb().update_continuous_backups(
        TableName=TABLE, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    assert cloud.doctor().others() == {}


def test_emulator_that_knows_nothing_of_recovery(
    make_cloud: Callable[..., Cloud], dynalite: Dynalite
) -> None:
    cloud = make_cloud(database=dynalite)
    cloud.gate.script.clear()
    findings = cloud.doctor()
    assert findings.status == 0 and findings.others() == {"recovery": "note"}


@pytest.mark.parametrize("actions", [FULL, FULL - {LIMIT}], ids=["full", "without the limit"])
def test_zone_that_is_nearly_full(
    make_cloud: Callable[..., Cloud], actions: frozenset[str]
) -> None:
    cloud = make_cloud(actions)
    cloud.strict.settings.sets_max = 10_000
    zone = cloud.strict._zones[cloud.zone_id]  # pylint: disable=protected-access
    filler = next(iter(zone.sets.values()))
    zone.sets.update({("filler", str(n), None): filler for n in range(8_000)})
    cloud.snapshot = lambda: ()  # type: ignore[method-assign]
    findings = cloud.doctor()
    assert findings.status == 0 and findings.others() == {f"quota {ZONE}": "warn"}
    said = findings.detail(f"quota {ZONE}")
    assert said.startswith("8002 of at most 10000 record sets; when it is full, ")
    assert (
        "aws service-quotas request-service-quota-increase --service-code route53"
        " --quota-code L-E209CC9F --region us-east-1 --desired-value 20000"
    ) in said
    assert ("is denied" in said) == (LIMIT not in actions)
    cloud.strict.settings.sets_max = 20_000
    expected = {} if LIMIT in actions else {f"quota {ZONE}": "warn"}
    assert cloud.doctor().others() == expected


# The zone.


def test_unknown_hosted_zone(cloud: Cloud) -> None:
    cloud.zone["hosted-zone-id"] = "Z0NOBODYHASTHIS"
    findings = cloud.doctor()
    assert findings.result(f"zone {ZONE}") == "FAIL"
    assert findings.detail(f"zone {ZONE}") == "there is no hosted zone Z0NOBODYHASTHIS"
    assert not any(line["check"].startswith("route53:") for line in findings.lines)


@pytest.mark.parametrize("actions", [FULL, frozenset(REQUIRED)], ids=["full", "stack"])
def test_hosted_zone_of_another_name(
    make_cloud: Callable[..., Cloud], actions: frozenset[str]
) -> None:
    cloud = make_cloud(actions)
    cloud.zone["hosted-zone-id"] = other = cloud.strict.new_zone("other.example.com")
    findings = cloud.doctor()
    assert findings.result(f"zone {ZONE}") == "FAIL"
    said = findings.detail(f"zone {ZONE}")
    assert said.startswith(f"hosted zone {other} is ") and "other.example.com." in said
    assert findings.result(f"{CHANGE} {ZONE}") == "ok"
    assert cloud.strict.records(other) == {}


def test_private_zone_is_seen_by_its_networks_alone(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    tag = replies.tag
    monkeypatch.setattr(
        replies, "tag", lambda name, value: tag(name, name == "PrivateZone" or value)
    )
    findings = cloud.doctor()
    assert findings.others() == {f"zone {ZONE}": "warn"}
    assert "private: only its VPCs see it" in findings.detail(f"zone {ZONE}")
    checks = [line["check"] for line in findings.lines]
    assert f"delegation {ZONE}" not in checks and cloud.dns.asked == []


def test_each_zone_is_looked_at(make_cloud: Callable[..., Cloud]) -> None:
    cloud = make_cloud(FULL - {"route53:GetChange"})
    service = cloud.service
    other = "dyn.example.org"
    service.config.zones[other] = {"publisher": "route53", "hosted-zone-id": "Z0NOBODYHASTHIS"}
    third = "dyn.example.net"
    third_id = cloud.strict.new_zone(third)
    service.config.zones[third] = {"publisher": "route53", "hosted-zone-id": third_id}
    done = service.ctl.run("doctor", *dns_options(cloud.dns.port), "--json")
    findings = Findings(done.returncode, json.loads(done.stdout))
    assert findings.result(f"zone {ZONE}") == findings.result(f"zone {third}") == "ok"
    assert findings.result(f"zone {other}") == "FAIL" and findings.status == 1
    for name in (ZONE, third):
        assert findings.result(f"route53:GetChange {name}") == "warn"
    (policy,) = [line["policy"] for line in findings.lines if line["check"] == "policy"]
    assert [statement["Action"] for statement in policy["Statement"]] == [["route53:GetChange"]]


def test_probe_batch_is_taken_back_from_what_accepts_everything(cloud: Cloud) -> None:
    """An emulator that deletes what is not there without a word."""
    strict = cloud.strict
    zone = strict._zones[cloud.zone_id]  # pylint: disable=protected-access
    apply_one = type(zone)._apply_one  # pylint: disable=protected-access

    def lax(self: object, action: str, new: object) -> list[str]:
        if action == "DELETE" and new.key not in self.sets:
            return []
        return apply_one(self, action, new)

    zone._apply_one = lax.__get__(zone)  # pylint: disable=protected-access
    findings = cloud.doctor()
    assert findings.others() == {f"{CHANGE} {ZONE}": "warn"}


# Delegation.

OTHER = ["ns1.example.net", "ns2.example.net"]

DELEGATIONS: dict[str, tuple[Answer, str, str]] = {
    "to its servers": (Answer(SERVERS), "ok", f"delegated to {', '.join(SERVERS)}"),
    "told over TCP": (Answer(SERVERS, truncated=True), "ok", "delegated to "),
    "to others": (Answer(OTHER), "FAIL", "delegated to ns1.example.net, ns2.example.net, none of"),
    "partly": (
        Answer([*SERVERS[1:], OTHER[0]]),
        "warn",
        f"missing: {SERVERS[0]}; not the zone's: {OTHER[0]}",
    ),
    "not at all": (Answer(), "FAIL", "not delegated"),
    "no such name": (Answer(rcode=3), "FAIL", "not delegated"),
    "to lame servers": (Answer(rcode=SERVFAIL), "FAIL", "a resolver answers SERVFAIL"),
}


@pytest.mark.parametrize("lab", [False, True], ids=["public", "lab"])
def test_delegation(cloud: Cloud, lab: bool) -> None:
    cloud.zone["allow-special-addresses"] = lab
    for case, (answer, result, said) in DELEGATIONS.items():
        cloud.dns.answers[ZONE, "NS"] = answer
        findings = cloud.doctor()
        expected = "warn" if lab and result == "FAIL" else result
        assert findings.result(f"delegation {ZONE}") == expected, case
        assert said in findings.detail(f"delegation {ZONE}"), case
        assert findings.result(f"name servers {ZONE}") == "ok", case


def test_resolver_out_of_reach_is_no_failure(cloud: Cloud) -> None:
    findings = cloud.doctor("--resolver", f"127.0.0.1:{free_port()}")
    assert findings.others() == {f"delegation {ZONE}": "warn"}
    said = "not known: no resolver answers (Connection refused)"
    assert findings.detail(f"delegation {ZONE}") == said
    assert cloud.dns.asked == []


def test_stray_datagrams_are_no_answer(cloud: Cloud) -> None:
    cloud.dns.noise = True
    assert cloud.doctor().others() == {}


@pytest.mark.parametrize(
    ("answer", "result", "said"),
    [
        (Answer(rcode=REFUSED), "FAIL", "at 127.0.0.1: REFUSED"),
        (Answer([SERVERS[0]]), "FAIL", "an answer without authority"),
    ],
    ids=["refused", "without authority"],
)
def test_name_servers_that_do_not_serve_it(
    cloud: Cloud, answer: Answer, result: str, said: str
) -> None:
    cloud.dns.answers[ZONE, "SOA"] = answer
    findings = cloud.doctor()
    assert findings.others() == {f"name servers {ZONE}": result}
    assert findings.detail(f"name servers {ZONE}").startswith("0 of 4 answer with authority; ")
    assert said in findings.detail(f"name servers {ZONE}")


def test_name_servers_out_of_reach_are_no_failure(cloud: Cloud) -> None:
    for server in SERVERS:
        cloud.dns.answers[server, "A"] = Answer(["127.0.0.3"])
    findings = cloud.doctor()
    assert findings.others() == {f"name servers {ZONE}": "warn"}
    said = findings.detail(f"name servers {ZONE}")
    assert f"{SERVERS[0]} at 127.0.0.3: Connection refused; a firewall may block port 53" in said


def test_name_servers_without_an_address(cloud: Cloud) -> None:
    for server in SERVERS:
        cloud.dns.answers[server, "A"] = Answer()
    findings = cloud.doctor()
    assert findings.others() == {f"name servers {ZONE}": "FAIL"}
    assert f"{SERVERS[0]} has no address" in findings.detail(f"name servers {ZONE}")


def test_one_lame_name_server_is_named(cloud: Cloud) -> None:
    lame = NameServer({}, Answer(rcode=REFUSED), "127.0.0.2", cloud.dns.port)
    with lame:
        cloud.dns.answers[SERVERS[2], "A"] = Answer(["127.0.0.2"])
        findings = cloud.doctor()
    assert findings.others() == {f"name servers {ZONE}": "warn"}
    said = f"3 of 4 answer with authority; {SERVERS[2]} at 127.0.0.2: REFUSED"
    assert findings.detail(f"name servers {ZONE}") == said
    assert lame.asked == [(ZONE, "SOA")]


# Without Amazon.


def dns_options(port: int) -> list[str]:
    return ["--resolver", f"127.0.0.1:{port}", "--dns-port", str(port)]


def test_embedded_service(embedded: Service) -> None:
    embedded.ctl.add("router1", HOST)
    port = embedded.daemon.dns_port
    lines = embedded.ctl.json("doctor", *dns_options(port))
    assert [(line["check"], line["result"]) for line in lines] == [
        ("libraries", "ok"),
        ("configuration", "ok"),
        ("accounts", "ok"),
        (f"zone {ZONE}", "ok"),
        (f"delegation {ZONE}", "ok"),
        (f"name servers {ZONE}", "ok"),
    ]
    assert lines[2]["detail"] == "1 account"


def test_embedded_service_that_does_not_run(make_service: Callable[..., Service]) -> None:
    service = make_service(zones={ZONE: {"name-server-addresses": ["127.0.0.1"]}})
    database = service.config.directory / "mooring.db"
    with NameServer({}) as dns:
        done = service.ctl.run("doctor", *dns_options(dns.port))
        assert not database.exists(), "looking makes no database"
        dns.other = Answer(rcode=REFUSED)
        lame = service.ctl.run("doctor", *dns_options(dns.port))
    closed = service.ctl.run("doctor", *dns_options(dns.port))
    assert done.returncode == lame.returncode == closed.returncode == 1
    assert "warn store: there is no database" in done.stdout
    assert f"FAIL delegation {ZONE}: not delegated" in done.stdout
    assert f"FAIL name servers {ZONE}: 0 of 1" in lame.stdout and "REFUSED" in lame.stdout
    assert "is mooringd running, and port 53 open?" in closed.stdout


def test_database_that_cannot_be_read(make_service: Callable[..., Service]) -> None:
    service = make_service()
    database = service.config.directory / "mooring.db"
    database.write_bytes(b"no database" * 1000)
    with NameServer({}) as dns:
        done = service.ctl.run("doctor", *dns_options(dns.port))
    assert done.returncode == 1 and "FAIL store: " in done.stdout
    assert f"zone {ZONE}: " in done.stdout, "the rest is looked at all the same"
    assert database.read_bytes() == b"no database" * 1000


def test_sqlite_store_with_a_zone_of_route53(cloud: Cloud) -> None:
    service = cloud.service
    service.config.store = {"type": "sqlite", "path": str(service.config.directory / "m.db")}
    service.env["AWS_REGION"] = REGION
    service.ctl.add("router1", HOST)
    lines = service.ctl.json("doctor", *dns_options(cloud.dns.port))
    assert {line["result"] for line in lines} == {"ok"}
    checks = [line["check"] for line in lines]
    assert checks[:5] == ["libraries", "configuration", "credentials", "clock", "accounts"]
    assert not any(check.startswith("dynamodb:") for check in checks)


# Usage.


def test_configuration_that_is_wrong(make_service: Callable[..., Service]) -> None:
    service = make_service(top={"log-level": "loud"})
    done = service.ctl.run("doctor", "--json")
    libraries, line = json.loads(done.stdout)
    assert libraries["check"] == "libraries" and libraries["result"] == "ok"
    assert done.returncode == 1 and line["check"] == "configuration" and line["result"] == "FAIL"
    assert "log-level" in line["detail"]


@pytest.mark.parametrize(
    "words",
    [
        ["--resolver", "localhost"],
        ["--resolver", "127.0.0.1:"],
        ["--resolver", "127.0.0.1:0"],
        ["--dns-port", "0"],
        ["--dns-port", "65536"],
        ["--repair"],
        ["extra"],
    ],
)
def test_wrong_usage(make_service: Callable[..., Service], words: list[str]) -> None:
    done = make_service().ctl.run("doctor", *words)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("mooringctl: ") and done.stderr.count("\n") == 1


