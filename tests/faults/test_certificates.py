# SPDX-License-Identifier: BSD-2-Clause
"""Somebody who says that he is Amazon and cannot prove it."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from faults.certificates import Authority
from faults.network import proxied, publish
from faults.world import Account, World
from system.harness import eventually

GOOD = "good"
TLS_RECORDS = {0x14, 0x15, 0x16, 0x17}  # the first byte of each: RFC 8446, section 5.1


def make_certificates(directory: Path) -> tuple[Path, dict[str, tuple[Path, Path]]]:
    """The authority that the daemon trusts, and what its Amazon may present."""
    amazon = Authority(directory).make()
    stranger = Authority(directory, "stranger").make()
    return amazon.ca, {
        GOOD: amazon.issue("good"),
        "has expired": amazon.issue("old", shift="-40d", days=30),
        "is not valid yet": amazon.issue("young", shift="+10d", days=30),
        "is of another name": amazon.issue("other", "DNS:dynamodb.eu-west-1.amazonaws.com"),
        "is of another address": amazon.issue("address", "IP:127.0.0.2"),
        "is of another authority": stranger.issue("foreign"),
        "is of itself": (stranger.ca, directory / "stranger.key"),
    }


@pytest.mark.fault(
    13,
    "Amazon's certificate expired, not valid yet, of another name or authority, of itself",
    "refused always, no request sent, never by HTTP; a metric and a log line; good again after",
)
def test_certificate_that_is_wrong_is_never_believed(
    make_world: Callable[..., World], figures: dict[str, object], tmp_path: Path
) -> None:
    ca, certificates = make_certificates(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.num_tickets = 0  # a session that is resumed was checked before
    good = certificates.pop(GOOD)
    context.load_cert_chain(*good)
    world = make_world(gate={"tls": context})
    (account,) = world.accounts(1)
    with proxied(world, AWS_CA_BUNDLE=str(ca)) as proxies:
        publish(world, [account])
        for what, pair in certificates.items():
            context.load_cert_chain(*pair)
            if what == "has expired":  # and the connections of the running daemon end
                for proxy in proxies:
                    proxy.drop()
            else:
                world.daemons[0].stop()
                world.start()
            check_refused(world, account, what)
            context.load_cert_chain(*good)
            world.settle([account])
        first = {each.head[0] for proxy in proxies for each in proxy.exchanges()}
        assert first <= TLS_RECORDS, "nothing was ever sent without TLS"
        world.check()
    figures["refused"] = f"{len(certificates)} of {len(certificates)}"


def failed(world: World) -> float:
    return world.metrics()['mooring_aws_requests_total{service="dynamodb",outcome="failed"}']


def check_refused(world: World, account: Account, what: str) -> None:
    daemon, calls, before = world.daemons[0], len(world.gate.calls()), failed(world)
    assert world.update(account, world.new_address()).text == "911", what
    assert len(world.gate.calls()) == calls, f"a request went to one whose certificate {what}"
    assert failed(world) > before, what
    assert daemon.log_lines("store.*certificate"), daemon.log
    # Of a daemon that could not list its store it is not the first reason.
    eventually(
        "it tells who is away",
        lambda: ask_again(world, account) == (503, "dynamodb-unavailable"),
    )
    assert world.liveness() == (200, "ok")


def ask_again(world: World, account: Account) -> tuple[int, str]:
    assert world.update(account, world.last_asked(account).address).text == "911"
    return world.readiness()
