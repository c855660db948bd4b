# SPDX-License-Identifier: BSD-2-Clause
"""A hosted zone of the strict Route 53 that others may change behind mooring's back."""

from __future__ import annotations

import json
import secrets
import sqlite3
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from aws.emulators import REGION
from aws.errors import ROUTE53_NAMESPACE
from aws.gate import Gate
from aws.sigv4 import Identity, Request
from aws.strict_route53 import NO_LIMITS, Settings, StrictRoute53
from system.harness import ZONE, eventually

if TYPE_CHECKING:
    from system.conftest import Service

CHANGE = "ChangeResourceRecordSets"
LIST = "ListResourceRecordSets"
ALIAS = (
    "<AliasTarget><HostedZoneId>Z2FDTNDATAQYW2</HostedZoneId><DNSName>x.cloudfront.net.</DNSName>"
    "<EvaluateTargetHealth>false</EvaluateTargetHealth></AliasTarget>"
)


def simple(action: str, name: str, kind: str, *values: str, ttl: int = 60) -> str:
    records = "".join(f"<ResourceRecord><Value>{v}</Value></ResourceRecord>" for v in values)
    return change(
        action, name, kind, f"<TTL>{ttl}</TTL><ResourceRecords>{records}</ResourceRecords>"
    )


def change(action: str, name: str, kind: str, inner: str) -> str:
    return (
        f"<Change><Action>{action}</Action><ResourceRecordSet><Name>{name}</Name>"
        f"<Type>{kind}</Type>{inner}</ResourceRecordSet></Change>"
    )


def act_before(gate: Gate, operation: str, act: Callable[[], object]) -> None:
    """Once, when a request has been sent, and before it comes to the service."""
    check = gate._check  # pylint: disable=protected-access
    waiting = [act]

    def call(request: Request, service: str, found: str) -> None:
        check(request, service, found)
        if found == operation and waiting:
            waiting.pop()()

    gate._check = call  # pylint: disable=protected-access


def act_after(gate: Gate, operation: str, act: Callable[[], object]) -> None:
    """Once, when a request has had its effect, and before its reply is sent."""
    record = gate._record  # pylint: disable=protected-access
    waiting = [act]

    def call(request: Request, service: str, found: str, *result: object) -> None:
        record(request, service, found, *result)
        if found == operation and waiting:
            waiting.pop()()

    gate._record = call  # pylint: disable=protected-access


@dataclass
class Cloud:
    """A zone that others may change without mooring, and a service that publishes there."""

    strict: StrictRoute53
    gate: Gate
    zone_id: str
    service: Service

    def behind(self, *changes: str, zone_id: str | None = None) -> None:
        """One batch, straight to the service: no signature is looked at there."""
        body = (
            f'<ChangeResourceRecordSetsRequest xmlns="{ROUTE53_NAMESPACE}"><ChangeBatch><Changes>'
            f"{''.join(changes)}</Changes></ChangeBatch></ChangeResourceRecordSetsRequest>"
        )
        url = f"{self.strict.url}/2013-04-01/hostedzone/{zone_id or self.zone_id}/rrset/"
        with urllib.request.urlopen(urllib.request.Request(url, body.encode())) as reply:
            assert reply.status == 200

    def wait_made_sure(self) -> None:
        """What is new is intended and sent once more after settle-time."""
        left = "SELECT count(*) FROM hosts WHERE seq > 0 AND (seq < 2 OR pub < seq)"

        def is_sure() -> bool:
            path = f"file:{self.service.config.store['path']}?mode=ro"
            with closing(sqlite3.connect(path, uri=True)) as store:
                return store.execute(left).fetchone() == (0,)

        eventually("new hosts are sent twice", is_sure, 30)

    @property
    def records(self) -> dict[tuple[str, str], tuple[int | None, list[str]]]:
        return self.strict.records(self.zone_id)

    def before(self, operation: str, act: Callable[[], object]) -> None:
        act_before(self.gate, operation, act)

    def after(self, operation: str, act: Callable[[], object]) -> None:
        act_after(self.gate, operation, act)

    def verify(self, *options: str) -> tuple[int, str]:
        done = self.service.ctl.run("verify", *options)
        assert done.stderr == ""
        return done.returncode, done.stdout

    def drift(self, *options: str) -> list[dict]:
        """The JSON form without what is nobody's; the exit status must agree with it."""
        status, output = self.verify("--json", *options)
        found = [each for each in json.loads(output) if each["drift"] != "nobody"]
        drifted = [each for each in found if each["drift"] != "waiting"]
        assert "--repair" in options or status == (1 if drifted else 0)
        return found


@pytest.fixture(name="make_cloud")
def fixture_make_cloud(make_service: Callable[..., Service]) -> Iterator[Callable[..., Cloud]]:
    made: list[Cloud] = []

    def make(
        *actions: str, top: dict | None = None, others: tuple[str, ...] = (), title: str = ZONE
    ) -> Cloud:
        """others: names of further zones."""
        strict = StrictRoute53(Settings(NO_LIMITS))
        zone_id = strict.new_zone(title)
        allowed = frozenset(f"route53:{action}" for action in actions or (CHANGE, LIST))
        who = Identity("mooring", "AKIAMOORING", secrets.token_hex(20), None, allowed)
        gate = Gate({"route53": strict.upstream}, [who], REGION)
        zone = {
            "publisher": "route53",
            "hosted-zone-id": zone_id,
            "allow-special-addresses": True,
        }
        env = {
            "AWS_ACCESS_KEY_ID": who.access_key,
            "AWS_SECRET_ACCESS_KEY": who.secret_key,
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": gate.url,
        }
        zones = {title: zone}
        for name in others:
            zones[name] = {**zone, "hosted-zone-id": strict.new_zone(name)}
        cloud = Cloud(strict, gate, zone_id, make_service(top=top, zones=zones, env=env))
        made.append(cloud)
        return cloud

    yield make
    for cloud in made:
        for daemon in cloud.service.daemons:
            daemon.stop()
        cloud.gate.close()
        cloud.strict.close()
        assert cloud.gate.unexpected == [] and cloud.strict.unexpected == []
