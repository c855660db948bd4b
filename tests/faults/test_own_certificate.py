# SPDX-License-Identifier: BSD-2-Clause
"""The certificate that routers are shown, while somebody renews it, well or badly."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import pytest

from faults.handshakes import Handshakes
from faults.lineage import Lineage, new_lineage, serial_of
from system.conftest import Service
from system.harness import BUILD, Daemon, eventually, metrics, run

STALE = 'mooring_reload_failed{what="certificates"}'
STALE_CONFIGURATION = 'mooring_reload_failed{what="configuration"}'
HUP_EVERY_S = 0.05


@pytest.fixture(name="lineage")
def fixture_lineage(tmp_path: Path) -> Lineage:
    folder = tmp_path / "letsencrypt"
    folder.mkdir()
    return new_lineage(folder)


@pytest.fixture(name="service")
def fixture_service(make_service: Callable[..., Service], lineage: Lineage) -> Service:
    service = make_service(
        top={
            "admin-listen": "127.0.0.1:0",
            "certificate": str(lineage.certificate),
            "private-key": str(lineage.key),
        }
    )
    service.start()
    return service


@contextmanager
def hups(daemon: Daemon) -> Iterator[None]:
    """SIGHUP all the time."""
    done = threading.Event()

    def work() -> None:
        while not done.wait(HUP_EVERY_S):
            daemon.send_signal(signal.SIGHUP)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


# What may be in the place of a good pair, and the reason that is told.


def half_written(lineage: Lineage) -> None:
    text = lineage.certificate.read_bytes()
    aside = lineage.directory / "half.pem"
    aside.write_bytes(text[: len(text) // 2])
    lineage.lead(lineage.certificate, aside)


def chain_half_written(lineage: Lineage) -> None:
    """The certificate is whole, and one that signed it is not."""
    text = lineage.certificate.read_bytes() + lineage.authority.ca.read_bytes()
    aside = lineage.directory / "half-chain.pem"
    aside.write_bytes(text[:-100])
    lineage.lead(lineage.certificate, aside)


def empty(lineage: Lineage) -> None:
    aside = lineage.directory / "empty.key"
    aside.write_bytes(b"")
    lineage.lead(lineage.key, aside)


def mismatched(lineage: Lineage) -> None:
    lineage.lead(lineage.certificate, lineage.issue()[0])


def expired(lineage: Lineage) -> None:
    lineage.install(lineage.issue(shift="-40d", days=30))


def not_valid_yet(lineage: Lineage) -> None:
    lineage.install(lineage.issue(shift="+10d", days=30))


def gone(lineage: Lineage) -> None:
    lineage.key.unlink()


def unreadable(lineage: Lineage) -> None:
    """For root, too."""
    lineage.lead(lineage.key, lineage.directory)


DAMAGES = {
    half_written: "not a PEM certificate",
    chain_half_written: "ends within a certificate",
    empty: "the file is empty",
    mismatched: "not the private key of the certificate",
    expired: "the certificate has expired, and the one in use is valid",
    not_valid_yet: "the certificate is not valid yet, and the one in use is valid",
    gone: "cannot be opened",
    unreadable: "not a regular file",
}


def is_stale(service: Service, sample: str = STALE) -> bool:
    return metrics(service.daemon)[sample] == 1


@pytest.mark.fault(
    17,
    "A certificate or key half written, empty, mismatched, expired, gone, unreadable; SIGHUP every 50 ms",
    "the old one stays, 0 failed handshakes, metric and log; a good pair is in use within 3 s",
)
def test_bad_pair_keeps_nobody_out(
    service: Service, lineage: Lineage, figures: dict[str, object]
) -> None:
    daemon = service.daemon
    clients = Handshakes(daemon.https_port, lineage.authority.ca)
    serial, slowest = serial_of(lineage.certificate), 0.0
    good = {serial}
    with hups(daemon):
        for damage, why in DAMAGES.items():
            damage(lineage)
            daemon.wait_log(f"the certificate in use stays .*{why}")
            eventually("the metric", lambda: is_stale(service))
            clients.wait_shown(serial)
            serial = lineage.install(lineage.issue())
            good.add(serial)
            began = monotonic()
            clients.wait_shown(serial)
            slowest = max(slowest, monotonic() - began)
            eventually("the metric", lambda: not is_stale(service))
    n = clients.stop()
    assert set(clients.shown) == good
    figures["handshakes"] = f"{n}, 0 failed"
    figures["a good pair in use after s, at most"] = f"{slowest:.2f}"


@pytest.mark.fault(
    17,
    "The same without a signal",
    "one log line for each; a good pair is in use within 60 s",
)
def test_bad_pair_is_told_once(
    service: Service, lineage: Lineage, figures: dict[str, object], long: bool
) -> None:
    daemon = service.daemon
    clients = Handshakes(daemon.https_port, lineage.authority.ca)
    slowest = 0.0
    damages = list(DAMAGES.items()) if long else [(mismatched, DAMAGES[mismatched])]
    for damage, why in damages:
        damage(lineage)
        daemon.wait_log(f"the certificate in use stays .*{why}")
        eventually("the metric", lambda: is_stale(service))
        serial = lineage.install(lineage.issue())
        began = monotonic()
        clients.wait_shown(serial)
        slowest = max(slowest, monotonic() - began)
        eventually("the metric", lambda: not is_stale(service))
    n = clients.stop()
    # The two links of a good pair may be led elsewhere a look apart.
    assert len(daemon.log_lines("the certificate in use stays")) <= 2 * len(damages)
    figures["handshakes"] = f"{n}, 0 failed"
    figures["a good pair in use after s, at most"] = f"{slowest:.2f}"


def test_twenty_renewals_of_six_days_fail_no_handshake(
    service: Service, lineage: Lineage
) -> None:
    renewals = [lineage.issue() for _ in range(20)]
    clients = Handshakes(service.daemon.https_port, lineage.authority.ca)
    for pair in renewals:
        serial = lineage.install(pair)
        service.daemon.send_signal(signal.SIGHUP)
        clients.wait_shown(serial)
    assert clients.stop() >= len(renewals)
    assert not service.daemon.log_lines("the certificate was not renewed")


def test_certificate_that_nobody_renewed_is_told(service: Service, lineage: Lineage) -> None:
    """Of six days, when two are left."""
    daemon = service.daemon
    assert metrics(daemon)["mooring_certificates_due"] == 0
    lineage.install(lineage.issue(shift="-5d"))
    why = f"the certificate was not renewed, .* path={lineage.certificate}"
    daemon.wait_log(f"warning: {why}")
    eventually("the metric", lambda: metrics(daemon)["mooring_certificates_due"] == 1)
    lineage.install(lineage.issue())
    eventually("renewed", lambda: metrics(daemon)["mooring_certificates_due"] == 0)
    assert len(daemon.log_lines(why)) == 1


BROKEN_CONFIGURATIONS = {
    "half": lambda text: text[: len(text) // 2].rstrip("}\n \"") + ' "',
    "empty": lambda text: "",
    "nonsense": lambda text: "nonsense",
    "unknown key": lambda text: text + "no-such-key = 1\n",
    "bad value": lambda text: text + 'log-level = "loud"\n',
}


@pytest.mark.fault(
    18,
    "The configuration half written, empty, wrong; SIGHUP every 50 ms",
    "the old one stays, 0 failed handshakes, metric and log; mooringd -n refuses it",
)
def test_bad_configuration_keeps_nobody_out(
    service: Service, lineage: Lineage, figures: dict[str, object]
) -> None:
    daemon, path = service.daemon, service.config.path
    good = path.read_text()
    clients = Handshakes(daemon.https_port, lineage.authority.ca)
    serial = serial_of(lineage.certificate)
    with hups(daemon):
        for what, spoil in BROKEN_CONFIGURATIONS.items():
            path.write_text(spoil(good))
            eventually(f"the metric, {what}", lambda: is_stale(service, STALE_CONFIGURATION))
            done = run([BUILD / "mooringd", "-n", "-c", path])
            assert done.returncode != 0 and done.stderr.count("\n") == 1, done.stderr
            clients.wait_shown(serial)
            path.write_text(good)
            eventually(f"good, {what}", lambda: not is_stale(service, STALE_CONFIGURATION))
    daemon.wait_log("the configuration in use stays, and a restart would fail")
    figures["handshakes"] = f"{clients.stop()}, 0 failed"
