# SPDX-License-Identifier: BSD-2-Clause
"""A certificate from an authority, by the lines of docs/VM.md: mooring answers its challenges, and
takes what it signed into use."""

from __future__ import annotations

import grp
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from faults.acme import Client, Pebble, commands
from faults.handshakes import Handshakes
from faults.lineage import serial_of
from system.conftest import Service
from system.harness import HOST, Tls, exchange, get, metrics, parse_response

LONG_RENEWALS, SHORT_RENEWALS = 20, 2


@dataclass
class Site:
    """A daemon whose name an authority can ask for, and who asks it."""

    service: Service
    certificate: Path
    client: Client

    @property
    def serial(self) -> str:
        return serial_of(self.certificate)


@pytest.fixture(name="site")
def fixture_site(
    make_service: Callable[..., Service], tmp_path: Path, tls: Tls
) -> Iterator[Site]:
    webroot, target = tmp_path / "webroot", tmp_path / "tls"
    webroot.mkdir()
    target.mkdir()
    certificate, key = target / "fullchain.pem", target / "privkey.pem"
    certificate.write_bytes(tls.certificate.read_bytes())
    key.write_bytes(tls.key.read_bytes())
    key.chmod(0o640)
    service = make_service(
        top={
            "admin-listen": "127.0.0.1:0",
            "acme-listen": "127.0.0.1:0",
            "acme-webroot": str(webroot),
            "certificate": str(certificate),
            "private-key": str(key),
        }
    )
    secret = service.ctl.add("site", HOST)
    daemon = service.start()
    assert service.router("site", secret).update("myip=127.0.0.1").text == "good 127.0.0.1"
    pebble = Pebble(tmp_path, tls, daemon.dns_port, daemon.ports("acme")[0])
    hook = {"MOORING_TLS_DIR": str(target), "MOORING_GROUP": grp.getgrgid(os.getgid()).gr_name}
    try:
        yield Site(service, certificate, Client(pebble, tmp_path, webroot, hook))
    finally:
        pebble.close()


@pytest.mark.fault(
    49,
    "certbot and lego renew certificates of six days by HTTP-01 and the hook, under load",
    "every renewal in use within 60 s; 0 failed handshakes",
)
def test_certificates_of_an_authority_are_renewed_under_load(
    site: Site, long: bool, figures: dict[str, object]
) -> None:
    daemon = site.service.daemon
    (certbot,) = commands("certbot", "certonly", "--webroot")
    first, renew = commands("lego")
    site.client.certbot(certbot)
    daemon.wait_log("an ACME challenge was answered")
    daemon.wait_log(f"the certificate was read again path={site.certificate}")
    clients = Handshakes(daemon.https_port, site.client.pebble.root(), HOST)
    serials = [site.serial]
    clients.wait_shown(serials[0])
    site.client.certbot(["certbot", "renew", "--force-renewal", "--no-random-sleep-on-renew"])
    serials.append(site.serial)
    clients.wait_shown(serials[1])
    site.client.lego(first)
    for _ in range(LONG_RENEWALS if long else SHORT_RENEWALS):
        site.client.lego(renew, "--days", "90", "--no-random-sleep")
        serials.append(site.serial)
        clients.wait_shown(serials[-1])
    assert len(set(serials)) == len(serials)
    figures["renewals"] = len(serials)
    figures["handshakes"] = f"{clients.stop()}, 0 failed"
    found = metrics(daemon)
    assert found["mooring_certificates_due"] == 0
    assert found['mooring_reload_failed{what="certificates"}'] == 0


def test_what_is_not_of_acme_is_not_there(site: Site) -> None:
    acme = site.service.daemon.ports("acme")[0]
    folder = site.client.webroot / ".well-known" / "acme-challenge"
    folder.mkdir(parents=True)
    (folder / "token").write_text("token.thumbprint")
    (folder / "link").symlink_to(site.certificate)

    def ask(path: str) -> tuple[int, str]:
        raw = get(path, "Authorization: Basic c2l0ZTpzZWNyZXQ=", "Connection: close")
        reply = parse_response(exchange(acme, raw))
        return reply.status, reply.text

    assert ask("/.well-known/acme-challenge/token") == (200, "token.thumbprint")
    for path in ("/.well-known/acme-challenge/link", "/nic/update", "/healthz", "/myip", "/"):
        assert ask(path) == (404, "not found")
