# SPDX-License-Identifier: BSD-2-Clause
"""AWS's quotas in real time: many hosts change at once, and Route 53 never has to refuse."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from aws.emulators import REGION
from aws.gate import Gate
from aws.sigv4 import Identity
from aws.strict_route53 import StrictRoute53, throttled
from system.conftest import Service
from system.harness import Value, eventually

CHANGE = "ChangeResourceRecordSets"
ZONES = ("busy.example.com", "quiet.example.com")
ACCOUNTS, HOSTS = 60, 20  # 20 host names are the most that one request may hold
Records = dict[tuple[str, str], tuple[int | None, list[str]]]


class Account:
    """One of AWS, with two hosted zones and mooring in front of them."""

    def __init__(self, aws: StrictRoute53, gate: Gate, make_service: Callable[..., Service]):
        self.aws = aws
        self.zone_ids = {name: aws.new_zone(name) for name in ZONES}
        identity = next(iter(gate.identities.values()))
        zones: dict[str, dict[str, Value]] = {
            name: {
                "publisher": "route53",
                "hosted-zone-id": self.zone_ids[name],
                "allow-special-addresses": True,
            }
            for name in ZONES
        }
        env = {
            "AWS_ACCESS_KEY_ID": identity.access_key,
            "AWS_SECRET_ACCESS_KEY": identity.secret_key,
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": gate.url,
        }
        self.service = make_service(zones=zones, env=env)

    def records(self, zone: str) -> Records:
        found = self.aws.records(self.zone_ids[zone])
        return {key: value for key, value in found.items() if key[1] == "A"}

    def accepted(self) -> list:
        return [call for call in self.aws.calls(CHANGE) if call.status == 200]

    def update(self, user: str, secret: str, query: str) -> str:
        return self.service.router(user, secret).update(query, timeout=30).text


@pytest.fixture(name="account")
def fixture_account(make_service: Callable[..., Service]) -> Iterator[Account]:
    actions = frozenset({"route53:ChangeResourceRecordSets"})
    identity = Identity("mooring", "AKIAMOORING", secrets.token_hex(20), None, actions)
    with StrictRoute53() as aws, Gate({"route53": aws.upstream}, [identity], REGION) as gate:
        account = Account(aws, gate, make_service)
        yield account
        account.service.finish()
        assert gate.unexpected == [] and aws.unexpected == []


def names(account: int) -> list[str]:
    return [f"h{account}-{i}.{ZONES[0]}" for i in range(HOSTS)]


@pytest.mark.aws
def test_many_hosts_at_once_are_published_within_the_quota(
    account: Account, record_property: Callable[[str, object], None]
) -> None:
    ctl = account.service.ctl
    logins = {f"user{n}": ctl.add(f"user{n}", *names(n)) for n in range(ACCOUNTS)}
    quiet = ctl.add("quiet", f"home.{ZONES[1]}")
    account.service.start()
    with ThreadPoolExecutor(16) as pool:
        waiting = [
            pool.submit(
                account.update, user, secret, f"hostname={','.join(names(n))}&myip=203.0.113.{n}"
            )
            for n, (user, secret) in enumerate(logins.items())
        ]
        eventually("the first batch", lambda: len(account.accepted()) > 2, 30)
        # One host of another zone, while hundreds wait.
        assert account.update("quiet", quiet, "myip=203.0.113.200") == "good 203.0.113.200"
        for n, answer in enumerate(waiting):
            # Who comes late is told to come back, and is published all the same.
            assert set(answer.result().split("\n")) <= {f"good 203.0.113.{n}", "911"}
    eventually(
        "every host is published", lambda: len(account.records(ZONES[0])) == ACCOUNTS * HOSTS, 60
    )
    found = account.records(ZONES[0])
    for n in range(ACCOUNTS):
        assert {found[(name + ".", "A")][1][0] for name in names(n)} == {f"203.0.113.{n}"}
    calls = account.accepted()
    took = calls[-1].at - calls[0].at
    tokens = 2 * sum(call.changes for call in calls)
    record_property("calls", len(calls))
    record_property("seconds", took)
    print(f"{tokens} tokens in {len(calls)} calls and {took:.2f} s")
    assert account.aws.statistics()["throttled"] == {"requests": 0, "changes": 0}
    assert account.aws.max_overlap(account.zone_ids[ZONES[0]]) == 1
    # How long it took depends on the machine: tests/unit/engine/publish.c proves the rate in simulated time.
    assert len(calls) <= 60


@pytest.mark.aws
def test_refusals_because_of_other_programs_lose_nothing(account: Account) -> None:
    """The refusals come until the AWS client gives up once."""
    secret = account.service.ctl.add("user0", *names(0))
    account.service.start()
    for call in range(1, 4):
        account.aws.faults.add(throttled(action=CHANGE, call=call))
    query = f"hostname={','.join(names(0))}&myip=203.0.113.7"
    account.update("user0", secret, query)
    eventually("every host is published", lambda: len(account.records(ZONES[0])) == HOSTS, 60)
    assert {value[1][0] for value in account.records(ZONES[0]).values()} == {"203.0.113.7"}
    account.service.daemon.wait_log("cannot publish, will retry")
    assert len(account.aws.calls(CHANGE)) >= 4
