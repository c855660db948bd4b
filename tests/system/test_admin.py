# SPDX-License-Identifier: BSD-2-Clause
"""What monitors see on the admin listener, and that nobody sees it elsewhere."""

from __future__ import annotations

import secrets
import signal
from collections.abc import Callable

import pytest

from aws.emulators import REGION
from aws.gate import Gate
from aws.sigv4 import Identity
from aws.strict_route53 import Settings, StrictRoute53
from system.conftest import Amazon, Service
from system.harness import (
    BUILD,
    HOST,
    ZONE,
    ask_admin,
    connect,
    dig,
    eventually,
    exchange,
    get,
    metrics,
    parse_response,
    run,
)


@pytest.fixture(name="watched")
def fixture_watched(make_service: Callable[..., Service]) -> Service:
    service = make_service(top={"admin-listen": "127.0.0.1:0", "max-pending-hosts": 77})
    service.start()
    return service


def test_a_running_daemon_is_healthy_and_ready(watched: Service) -> None:
    for target, word in (("/healthz", "ok"), ("/readyz", "ready"), ("/readyz?verbose", "ready")):
        answer = ask_admin(watched.daemon, target)
        assert (answer.status, answer.text) == (200, word)
    head = ask_admin(watched.daemon, "/metrics", "HEAD")
    assert head.status == 200 and head.body == b"" and int(head.one("Content-Length")) > 1000
    assert head.one("Content-Type") == "text/plain; version=0.0.4; charset=utf-8"


@pytest.mark.parametrize(
    "target", ["/", "/nic/update?hostname=a", "/checkip", "/myip", "/metrics/"]
)
def test_the_admin_listener_serves_nothing_else(watched: Service, target: str) -> None:
    assert ask_admin(watched.daemon, target).status == 404
    assert ask_admin(watched.daemon, "/metrics", "POST").status == 405


def test_the_public_listener_keeps_its_counsel(watched: Service) -> None:
    context = watched.config.tls.context()
    for target, status in (("/metrics", 404), ("/readyz", 404), ("/healthz", 200)):
        raw = get(target, "Connection: close")
        answer = parse_response(exchange(watched.daemon.https_port, raw, context))
        assert answer.status == status, target


def test_without_the_key_there_is_no_admin_listener(embedded: Service) -> None:
    assert embedded.daemon.ports("admin") == []


def test_an_update_moves_its_counters(watched: Service) -> None:
    daemon, before = watched.daemon, metrics(watched.daemon)
    secret = watched.ctl.add("alice", HOST)
    router = watched.router("alice", secret)
    assert router.update(f"hostname={HOST}&myip=192.0.2.7").text == "good 192.0.2.7"
    assert router.update(f"hostname={HOST}&myip=192.0.2.7").text == "nochg 192.0.2.7"
    assert watched.router("alice", "wrong").update(f"hostname={HOST}").text == "badauth"
    assert dig(daemon.dns_port, HOST, "A") == ["192.0.2.7"]
    assert dig(daemon.dns_port, HOST, "A", "+tcp") == ["192.0.2.7"]
    after = metrics(daemon)
    moved = {name: after[name] - before[name] for name in before}
    for result in ("good", "nochg", "badauth"):
        assert moved[f'mooring_updates_total{{result="{result}"}}'] == 1
    assert moved['mooring_updates_total{result="911"}'] == 0
    assert moved['mooring_http_requests_total{code="401"}'] == 1
    assert moved['mooring_http_requests_total{code="200"}'] == 3  # the first scrape is one of them
    assert moved["mooring_batches_total"] == 1
    for answer, n in (("good", 1), ("nochg", 1), ("refused", 1), ("trouble", 0)):
        assert moved[f'mooring_update_seconds_count{{answer="{answer}"}}'] == n
        assert moved[f'mooring_update_seconds_bucket{{answer="{answer}",le="+Inf"}}'] == n
    assert moved["mooring_publication_seconds_count"] == 1
    assert moved['mooring_dns_queries_total{transport="udp"}'] == 1
    assert moved['mooring_dns_queries_total{transport="tcp"}'] == 1
    assert not any(HOST in name or "alice" in name for name in after)


def test_gauges_tell_what_is_the_case(watched: Service) -> None:
    daemon, found = watched.daemon, metrics(watched.daemon)
    assert found['mooring_limit{name="max-pending-hosts"}'] == 77
    assert found['mooring_limit{name="max-connections"}'] == 4096
    assert found['mooring_limit{name="store-timeout"}'] == 3
    version = run([BUILD / "mooringd", "--version"]).stdout.split()[1]
    assert found[f'mooring_build_info{{version="{version}"}}'] == 1
    started = int(run(["date", "+%s"]).stdout) - found["mooring_start_time_seconds"]
    assert 0 <= started < 60
    end = found["mooring_certificate_not_after_timestamp_seconds"]
    assert 29 * 86400 < end - found["mooring_start_time_seconds"] <= 30 * 86400
    assert found["mooring_updates_pending"] == found["mooring_changes_queued"] == 0
    with connect(daemon.https_port):
        eventually(
            "the open connection and the scrape's own",
            lambda: metrics(daemon)["mooring_http_connections"] == 2,
        )


def test_what_amazon_was_asked_is_counted(amazon: Amazon, make_service: Callable) -> None:
    service = amazon.service(make_service, top={"admin-listen": ["127.0.0.1:0"]})
    secret = service.ctl.add("alice", HOST)
    service.start()
    before = metrics(service.daemon)
    router = service.router("alice", secret)
    assert router.update(f"hostname={HOST}&myip=192.0.2.7").text == "good 192.0.2.7"
    after = metrics(service.daemon)
    for name in ("dynamodb", "route53"):
        good, failed = (
            f'mooring_aws_requests_total{{service="{name}",outcome="{outcome}"}}'
            for outcome in ("ok", "failed")
        )
        assert after[good] > before[good] and after[failed] == before[failed]


@pytest.mark.parametrize("may_ask", [True, False])
@pytest.mark.aws
def test_one_accepted_batch_is_watched_until_all_of_route_53_has_it(
    make_service: Callable[..., Service], may_ask: bool
) -> None:
    """Without the permission there is one line about it, and the original's policy has none."""
    actions = {"route53:ChangeResourceRecordSets"} | ({"route53:GetChange"} if may_ask else set())
    identity = Identity("mooring", "AKIAMOORING", secrets.token_hex(20), None, frozenset(actions))
    insync = 'mooring_route53_propagation_samples_total{result="insync"}'
    with (
        StrictRoute53(Settings(propagation_s=1)) as aws,
        Gate({"route53": aws.upstream}, [identity], REGION) as gate,
    ):
        service = make_service(
            top={"admin-listen": "127.0.0.1:0"},
            zones={
                ZONE: {
                    "publisher": "route53",
                    "hosted-zone-id": aws.new_zone(ZONE),
                    "allow-special-addresses": True,
                }
            },
            env={
                "AWS_ACCESS_KEY_ID": identity.access_key,
                "AWS_SECRET_ACCESS_KEY": identity.secret_key,
                "AWS_ENDPOINT_URL": gate.url,
            },
        )
        secret = service.ctl.add("alice", HOST)
        service.start()
        router = service.router("alice", secret)
        for n in range(3):
            assert router.update(f"myip=192.0.2.{n}").text == f"good 192.0.2.{n}"
        call = gate.wait_calls("route53:GetChange", timeout=15)[0]
        assert call.status == (200 if may_ask else 403)
        if may_ask:
            eventually("a sample", lambda: metrics(service.daemon)[insync] == 1, 15)
            seconds = metrics(service.daemon)["mooring_route53_propagation_seconds"]
            assert 4 <= seconds <= 20
        else:
            service.daemon.wait_log("route53:GetChange is missing")
            assert ask_admin(service.daemon, "/readyz").text == "ready"
        assert len(gate.calls("route53:GetChange")) == 1
        service.finish()
        assert gate.unexpected == []


def test_a_draining_daemon_is_not_ready(watched: Service) -> None:
    """A connection that began a request keeps the drain waiting for its grace."""
    daemon = watched.daemon
    with connect(daemon.https_port, watched.config.tls.context()) as slow:
        slow.sendall(b"GET /healthz HT")
        assert ask_admin(daemon, "/readyz").text == "ready"
        daemon.send_signal(signal.SIGTERM)
        eventually("draining", lambda: ask_admin(daemon, "/readyz").text == "draining", 5)
        answer = ask_admin(daemon, "/readyz")
        assert (answer.status, answer.one("Connection")) == (503, "close")
    assert daemon.wait() == 0
