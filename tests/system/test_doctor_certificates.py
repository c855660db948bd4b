# SPDX-License-Identifier: BSD-2-Clause
"""What is told of certificates and of addresses for old routers, before and while they are served."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from system.certificates import ECDSA, RSA, make_pair, shown
from system.conftest import Service
from system.harness import BUILD, HOST, NAME, Value, eventually, metrics, run

STALE = 'mooring_reload_failed{what="certificates"}'


def findings(service: Service, wrapper: tuple[str, ...] = ()) -> tuple[int, list[dict]]:
    words = [BUILD / "mooringctl", "-c", service.config.write(), "doctor", "--json"]
    done = run([*wrapper, *words, "--resolver", "127.0.0.1:9"])
    return done.returncode, json.loads(done.stdout)


def about(lines: list[dict], check: str) -> list[tuple[str, str]]:
    return [(line["result"], line["detail"]) for line in lines if line["check"] == check]


def old(*pairs: str, **more: Value) -> dict[str, Value]:
    return {"address": "127.0.0.1:0", "tls": "legacy", "certificates": list(pairs), **more}


def test_of_certificates_that_can_be_served_nothing_is_said(embedded: Service) -> None:
    status, lines = findings(embedded)
    assert status == 0
    assert about(lines, "certificates") == about(lines, "certificate") == []


def test_doctor_warns_of_addresses_for_old_routers(
    make_service: Callable[..., Service], tmp_path: Path
) -> None:
    service = make_service()
    service.config.listeners = {
        "old": old(make_pair(tmp_path, "ecdsa", ECDSA, 9), make_pair(tmp_path, "rsa", RSA, 9)),
        "blind": old(make_pair(tmp_path, "alone", ECDSA, 9)),
        "new": {"address": "127.0.0.1:0"},
    }
    status, lines = findings(service)
    assert status == 0
    ((result, detail),) = about(lines, "listen-at old")
    assert result == "warn" and "TLS 1.0" in detail and "RSA certificates" not in detail
    ((result, detail),) = about(lines, "listen-at blind")
    assert result == "warn" and detail.endswith("know RSA certificates only, and it has none")
    assert about(lines, "listen-at new") == []


def test_doctor_and_the_check_name_what_cannot_be_served(
    make_service: Callable[..., Service], tmp_path: Path
) -> None:
    service = make_service()
    pair = make_pair(tmp_path, "rsa", RSA, 9)
    make_pair(tmp_path, "other", RSA, 9)
    (tmp_path / "other.key").rename(tmp_path / "rsa.key")
    service.config.listeners = {"old": old(pair)}
    status, lines = findings(service)
    ((result, detail),) = about(lines, "certificates")
    assert status == 1 and result == "FAIL"
    assert detail == f"{tmp_path}/rsa.key: not the private key of the certificate in {tmp_path}/rsa.pem"
    done = run([BUILD / "mooringd", "-n", "-c", service.config.write()])
    assert done.returncode == 1 and detail in done.stderr


def test_who_may_not_read_a_key_is_not_told_that_it_is_wrong(
    make_service: Callable[..., Service], tmp_path: Path
) -> None:
    """Not even its owner; root needs to be without its rights for that."""
    service = make_service()
    pair = make_pair(tmp_path, "rsa", RSA, 9)
    (tmp_path / "rsa.key").chmod(0)
    service.config.listeners = {"old": old(pair)}
    wrapper = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all")
    _, lines = findings(service, wrapper if os.geteuid() == 0 else ())
    ((result, detail),) = about(lines, "certificates")
    assert result == "note" and detail.startswith(f"not known: {tmp_path}/rsa.key: cannot be opened")


WEAK = {
    "short": "the RSA key has less than 2048 bits, clients refuse it",
    "public": "every user of this machine can read the private key",
    "expired": "the certificate has expired",
}


@pytest.mark.parametrize("what", WEAK)
def test_what_should_not_stay_is_told_and_served(
    make_service: Callable[..., Service], tmp_path: Path, what: str
) -> None:
    service = make_service()
    kind = "rsa:1024" if what == "short" else RSA
    days = -1 if what == "expired" else 9
    pair = make_pair(tmp_path, what, kind, days)
    if what == "public":
        (tmp_path / "public.key").chmod(0o644)
    service.config.listeners = {"old": old(pair)}
    _, lines = findings(service)
    named = tmp_path / (what + (".pem" if what == "expired" else ".key"))
    assert about(lines, "certificate") == [("warn", f"{named}: {WEAK[what]}")]
    done = run([BUILD / "mooringd", "-n", "-c", service.config.write()])
    assert done.returncode == 0 and f"warning: {WEAK[what]} path={named}" in done.stderr
    daemon = service.start()
    daemon.wait_log(f"warning: {WEAK[what]} path={named}")


@pytest.fixture(name="open_folder")
def fixture_open_folder() -> Iterator[Path]:
    """Those of pytest are closed to others."""
    with TemporaryDirectory(dir="/tmp", prefix="mooring-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_store_that_everybody_can_read_is_told(
    make_service: Callable[..., Service], open_folder: Path
) -> None:
    store = open_folder / "mooring.db"
    service = make_service(store={"path": str(store)})
    service.ctl.add("router1", HOST)
    problem = "every user of this machine can read or write the store: chmod 0600"
    assert problem not in str(findings(service))
    store.chmod(0o644)
    _, lines = findings(service)
    assert ("warn", f"{store}: {problem}") in about(lines, "store")
    done = run([BUILD / "mooringd", "-n", "-c", service.config.write()])
    assert done.returncode == 0 and f"warning: {problem} path={store}" in done.stderr
    service.start().wait_log(f"warning: {problem} path={store}")
    open_folder.chmod(0o700)
    assert problem not in str(findings(service))
    service.finish()


def test_a_valid_certificate_is_not_replaced_by_one_that_is_not(
    make_service: Callable[..., Service], tmp_path: Path
) -> None:
    service = make_service(top={"admin-listen": "127.0.0.1:0"})
    pair = make_pair(tmp_path, "rsa", RSA, 9)
    service.config.listeners = {"own": {"address": "127.0.0.1:0", "certificates": [pair]}}
    daemon = service.start()
    assert metrics(daemon)[STALE] == 0
    before = shown_end(daemon.ports("https")[1])
    make_pair(tmp_path, "rsa", RSA, -1)
    daemon.send_signal(signal.SIGHUP)
    daemon.wait_log(
        r'the certificate in use stays why=".*rsa\.pem: the certificate has expired, and the one in '
        "use is valid"
    )
    eventually("the metric", lambda: metrics(daemon)[STALE] == 1)
    assert shown_end(daemon.ports("https")[1]) == before
    assert shown(daemon.https_port) == NAME
    make_pair(tmp_path, "rsa", RSA, 3)
    daemon.send_signal(signal.SIGHUP)
    daemon.wait_log(r"the certificate was read again path=.*rsa\.pem")
    eventually("the new one", lambda: shown_end(daemon.ports("https")[1]) != before)
    eventually("the metric", lambda: metrics(daemon)[STALE] == 0)


def shown_end(port: int) -> str:
    done = run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}"], input="")
    return run(["openssl", "x509", "-noout", "-enddate"], input=done.stdout).stdout


def test_a_configuration_that_cannot_be_read_again_is_in_the_metrics(
    make_service: Callable[..., Service]
) -> None:
    service = make_service(top={"admin-listen": "127.0.0.1:0"})
    daemon = service.start()
    good = service.config.path.read_text()
    sample = 'mooring_reload_failed{what="configuration"}'
    service.config.path.write_text("nonsense")
    daemon.send_signal(signal.SIGHUP)
    daemon.wait_log("the configuration in use stays, and a restart would fail")
    eventually("the metric", lambda: metrics(daemon)[sample] == 1)
    service.config.path.write_text(good)
    daemon.send_signal(signal.SIGHUP)
    daemon.wait_log("the certificate was read again", 2)
    eventually("the metric", lambda: metrics(daemon)[sample] == 0)
