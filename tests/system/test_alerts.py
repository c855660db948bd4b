# SPDX-License-Identifier: BSD-2-Clause
"""deploy/prometheus and deploy/grafana: each alert fires by the trouble that it is for, in the metrics of
a real daemon, and nothing names a metric that no daemon has."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from time import time

import pytest

from system.certificates import ECDSA
from system.cloud import CHANGE as CHANGES
from system.cloud import LIST, Cloud
from system.conftest import Service
from system.harness import HOST, TOP, ask_admin, connect, eventually, metrics, run
from system.prometheus import (
    AGE,
    ALERTS,
    alerts,
    check_firing,
    is_exported,
    names_in,
    promtool,
    scrape,
)

DASHBOARD = TOP / "deploy" / "grafana" / "mooring.json"
CHANGE = f"route53:{CHANGES}"
ADMIN = {"admin-listen": "127.0.0.1:0"}
HASTY = {**ADMIN, "update-deadline": 1}
# What is slow on purpose is not given up, whatever the machine adds.
PATIENT = {**ADMIN, "update-deadline": 30, "aws-request-timeout": 20, "route53-timeout": 30}
# By each trouble: what fires.
# fmt: off
FIRING = {
    "down": {"MooringDown"},
    "restarts": {"MooringRestarts"},
    "held": {"MooringPublicationLate", "MooringUpdatesFail"},
    "denied": {"MooringZoneDenied", "MooringPublicationLate", "MooringNamesRefused"},
    "refused": {"MooringNamesRefused"},
    "slow": {"MooringUpdatesSlow"},
    "route53": {"MooringAwsAway", "MooringPublicationLate", "MooringUpdatesFail"},
    "keys": {
        "MooringAwsKeysMissing", "MooringAwsAway", "MooringPublicationLate", "MooringUpdatesFail",
    },
    "table": {"MooringTableRefused", "MooringStoreTrouble"},
    "store": {"MooringStoreTrouble", "MooringUpdatesFail"},
    "logins": {"MooringLoginsRefused"},
    "connections": {"MooringConnectionsNearlyFull"},
    "ends": {"MooringCertificateEnds"},  # the other one needs a day
    "due": {"MooringCertificateDue"},
    "reload": {"MooringReloadFailed"},
}
# fmt: on


@pytest.fixture(name="service")
def fixture_service(make_service: Callable[..., Service]) -> Service:
    return make_service(top=ADMIN)


def test_every_alert_has_a_trouble_that_fires_it_and_a_runbook() -> None:
    rules = alerts()
    assert set().union(*FIRING.values()) == rules.keys()
    page = (TOP / "docs" / "OPERATIONS.md").read_text(encoding="utf-8")
    headings = re.findall(r"^#+ Alert: (\w+)$", page, re.MULTILINE)
    assert headings == list(rules)
    for name, rule in rules.items():
        notes = rule["annotations"]
        assert notes["runbook"] == f"docs/OPERATIONS.md#alert-{name.lower()}"
        assert notes["summary"].endswith(".") and rule["labels"]["severity"] in ("page", "ticket")


def test_promtool_finds_nothing_wrong(service: Service, tmp_path: Path) -> None:
    daemon = service.start()
    assert promtool("check", "metrics", input=ask_admin(daemon, "/metrics").text) == ""
    promtool("check", "rules", ALERTS)
    series = scrape(daemon)
    queries = [
        target["expr"]
        for panel in json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
        for target in panel.get("targets", [])
    ]
    assert len(queries) > 10
    for text in (*queries, *(rule["expr"] for rule in alerts().values())):
        named = names_in(text)
        assert named or "up{" in text, text
        assert [name for name, labels in named if not is_exported(name, labels, series)] == []
    rules = [
        {"record": f"panel:{n}", "expr": query.replace("$__rate_interval", "5m")}
        for n, query in enumerate(queries)
    ]
    written = tmp_path / "panels.yaml"
    written.write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))
    promtool("check", "rules", written)


# What happens to the daemon alone.


def test_it_does_not_answer(service: Service, tmp_path: Path) -> None:
    well = scrape(service.start())
    service.daemon.stop()
    check_firing(tmp_path, FIRING["down"], well, scrape(None))


def test_it_ends_again_and_again(service: Service, tmp_path: Path) -> None:
    seen = []
    for _ in range(3):
        seen.append(scrape(service.start()))
        service.daemon.kill()
        service.daemons.pop()
        second = int(time())
        eventually("another second", lambda second=second: int(time()) > second)
    check_firing(tmp_path, FIRING["restarts"], *seen)


def test_configuration_cannot_be_read_again(service: Service, tmp_path: Path) -> None:
    daemon = service.start()
    well = scrape(daemon)
    service.config.path.write_text("nonsense")
    daemon.send_signal(signal.SIGHUP)
    daemon.wait_log("the configuration in use stays")
    sample = 'mooring_reload_failed{what="configuration"}'
    eventually("the metric", lambda: metrics(daemon)[sample] == 1, 30)
    check_firing(tmp_path, FIRING["reload"], well, scrape(daemon))


@pytest.mark.parametrize(
    ("trouble", "days", "shift", "n"), [("ends", 30, "-28d", 20), ("due", 60, "-45d", 24 * 60 // 4 + 2)]
)
def test_certificate_was_not_renewed(
    service: Service, tmp_path: Path, trouble: str, days: int, shift: str, n: int
) -> None:
    well = scrape(service.start())
    service.daemon.stop()
    certificate, key = tmp_path / "old.pem", tmp_path / "old.key"
    # fmt: off
    done = run([
        "faketime", "-f", shift, "openssl", "req", "-x509", "-newkey", *ECDSA.split(), "-nodes",
        "-days", str(days), "-subj", "/CN=old", "-keyout", key, "-out", certificate,
    ])
    # fmt: on
    assert done.returncode == 0, done.stderr
    service.config.top |= {"certificate": str(certificate), "private-key": str(key)}
    daemon = service.start()
    check_firing(tmp_path, FIRING[trouble], well, scrape(daemon), n=n, every=4)


# What clients do.


def test_many_logins_are_refused(service: Service, tmp_path: Path) -> None:
    daemon = service.start()
    service.ctl.add("router1", HOST)
    well = scrape(daemon)
    for _ in range(15):
        assert service.router("router1", "guess").update().text == "badauth"
    check_firing(tmp_path, FIRING["logins"], well, scrape(daemon))


def test_connections_are_nearly_used_up(make_service: Callable[..., Service], tmp_path: Path) -> None:
    service = make_service(top={**ADMIN, "max-connections": 10})
    daemon = service.start()
    well = scrape(daemon)
    with ExitStack() as stack:
        for _ in range(9):
            stack.enter_context(connect(daemon.https_port))
        eventually("all are in", lambda: metrics(daemon)["mooring_http_connections"] == 10, 30)
        check_firing(tmp_path, FIRING["connections"], well, scrape(daemon))


# What the store and AWS do.


def test_store_is_locked(make_service: Callable[..., Service], tmp_path: Path) -> None:
    service = make_service(top=ADMIN)
    service.config.store["timeout"] = 1
    secret = service.ctl.add("router1", HOST)
    daemon = service.start()
    router = service.router("router1", secret)
    assert router.update("myip=192.0.2.1").text == "good 192.0.2.1"
    well = scrape(daemon)
    with closing(sqlite3.connect(service.config.store["path"], isolation_level=None)) as store:
        store.execute("BEGIN IMMEDIATE")
        assert router.update("myip=192.0.2.2").text == "911"
        name = "mooring_store_trouble_total"
        eventually("it is told", lambda: metrics(daemon)[name] > 0, 30)
        check_firing(tmp_path, FIRING["store"], well, scrape(daemon))


def test_table_may_not_be_read(make_cloud: Callable[..., Cloud], tmp_path: Path) -> None:
    well = scrape(make_cloud(top=ADMIN).service.start())
    service = make_cloud(top=ADMIN).service
    service.config.store = {"type": "dynamodb", "table": "mooring"}
    daemon = service.start()
    for name in ("mooring_table_refused", "mooring_store_trouble_total"):
        eventually("it is told", lambda name=name: sum_of(service, name) > 0, 30)
    check_firing(tmp_path, FIRING["table"], well, scrape(daemon))


def test_keys_are_missing(make_cloud: Callable[..., Cloud], tmp_path: Path) -> None:
    service = make_cloud(top=HASTY).service
    well = scrape(service.start())
    service.daemon.stop()
    del service.env["AWS_ACCESS_KEY_ID"], service.env["AWS_SECRET_ACCESS_KEY"]
    secret = service.ctl.add("router1", HOST)
    daemon = service.start()
    assert service.router("router1", secret).update("myip=192.0.2.1").text == "911"
    for name in ("mooring_aws_credentials_missing", "mooring_aws_breaker_open"):
        eventually("it is told", lambda name=name: sum_of(service, name) == 1, 30)
    check_firing(tmp_path, FIRING["keys"], well, scrape(daemon))


def sum_of(service: Service, name: str) -> float:
    """Over all labels."""
    found = metrics(service.daemon)
    return sum(value for each, value in found.items() if each.partition("{")[0] == name)


def hold(cloud: Cloud) -> None:
    cloud.gate.script.hold_before(CHANGE, times=None)


def refuse_name(cloud: Cloud) -> None:
    cloud.gate.refuse_names.add(HOST + ".")


def be_slow(cloud: Cloud) -> None:
    cloud.gate.script.delay(CHANGE, 2.2, times=None)


def fail(cloud: Cloud) -> None:
    cloud.gate.script.fail(CHANGE, "InternalFailure", status=500, times=None)


# The daemon's settings, its reply to a change then, and the metric that tells.
ROUTE53 = {
    "held": (hold, HASTY, "911", AGE),
    "denied": (None, ADMIN, "dnserr", "mooring_zones_denied"),
    "refused": (refuse_name, ADMIN, "dnserr", "mooring_publish_failures_total"),
    "slow": (be_slow, PATIENT, "good 192.0.2.1", "mooring_publication_seconds_count"),
    "route53": (fail, HASTY, "911", "mooring_aws_breaker_open"),
}


@pytest.mark.parametrize("trouble", ROUTE53)
def test_route_53_is_in_trouble(
    make_cloud: Callable[..., Cloud], tmp_path: Path, trouble: str
) -> None:
    act, top, word, name = ROUTE53[trouble]
    cloud = make_cloud(*((LIST,) if act is None else ()), top=top)
    secret = cloud.service.ctl.add("router1", HOST)
    daemon = cloud.service.start()
    well = scrape(daemon)
    if act is not None:
        act(cloud)
    assert cloud.service.router("router1", secret).update("myip=192.0.2.1").text == word
    eventually("it is told", lambda: sum_of(cloud.service, name) > 0, 30)
    if word.startswith("good"):
        eventually("none waits", lambda: sum_of(cloud.service, AGE) == 0, 30)
    check_firing(tmp_path, FIRING[trouble], well, scrape(daemon))
    cloud.gate.script.clear()
