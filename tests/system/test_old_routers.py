# SPDX-License-Identifier: BSD-2-Clause
"""A listener for routers that nobody updates any more, beside one that is not for them."""

from __future__ import annotations

import re
import shlex
import signal
import ssl
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from system.certificates import ECDSA, RSA, make_pair, shown
from system.conftest import Service
from system.harness import (
    HOST,
    NAME,
    TOP,
    Config,
    Tls,
    basic,
    connect,
    dig,
    get,
    metrics,
    parse_response,
    read_to_end,
    run,
)

sys.path.insert(0, str(TOP / "tests" / "pages"))
from pages import blocks  # noqa: E402  pylint: disable=wrong-import-position

# Debian's OpenSSL refuses TLS 1.0 and 1.1, and SHA-1 with it, above this level.
LOW = "@SECLEVEL=0"


@pytest.fixture(name="mixed", scope="module")
def fixture_mixed(tmp_path_factory: pytest.TempPathFactory, tls: Tls) -> Iterator[Service]:
    """https: modern, old with two certificates, old with the common one, which is of ECDSA."""
    directory = tmp_path_factory.mktemp("mixed")
    service = Service(Config(directory, tls, {"admin-listen": "127.0.0.1:0"}))
    pairs = [make_pair(directory, "ecdsa", ECDSA, 20), make_pair(directory, "rsa", RSA, 9)]
    service.config.listeners = {
        "old": {"address": "127.0.0.1:0", "tls": "legacy", "certificates": pairs},
        "old-too": {"address": "127.0.0.1:0", "tls": "legacy"},
    }
    service.secret = service.ctl.add("router1", HOST)
    service.start()
    yield service
    service.finish()


def ports(service: Service) -> list[int]:
    return service.daemon.ports("https")


OLD_CLIENTS = [
    # version, ciphers, what is chosen, whose certificate
    ("-tls1", "AES128-SHA", "AES128-SHA", "rsa"),
    ("-tls1", "AES256-SHA", "AES256-SHA", "rsa"),
    ("-tls1", "ECDHE-RSA-AES128-SHA", "ECDHE-RSA-AES128-SHA", "rsa"),
    ("-tls1", "ECDHE-ECDSA-AES256-SHA", "ECDHE-ECDSA-AES256-SHA", "ecdsa"),
    ("-tls1", "ALL", "ECDHE-ECDSA-AES128-SHA", "ecdsa"),
    ("-tls1_1", "AES128-SHA", "AES128-SHA", "rsa"),
    ("-tls1_1", "AES128-SHA:ECDHE-RSA-AES128-SHA", "ECDHE-RSA-AES128-SHA", "rsa"),
    ("-tls1_1", "ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES128-SHA", "ecdsa"),
    ("-tls1_2", "AES128-SHA", "AES128-SHA", "rsa"),
    ("-tls1_2", "AES128-SHA256", "AES128-SHA256", "rsa"),
    ("-tls1_2", "AES128-GCM-SHA256", "AES128-GCM-SHA256", "rsa"),
    ("-tls1_2", "ECDHE-RSA-AES256-SHA384", "ECDHE-RSA-AES256-SHA384", "rsa"),
    ("-tls1_2", "ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES128-SHA256", "ecdsa"),
    ("-tls1_2", "ALL", "ECDHE-ECDSA-AES128-GCM-SHA256", "ecdsa"),
]


@pytest.mark.parametrize(("version", "ciphers", "chosen", "name"), OLD_CLIENTS)
def test_openssl_is_served_by_what_it_has(
    mixed: Service, version: str, ciphers: str, chosen: str, name: str
) -> None:
    modern, old, _ = ports(mixed)
    words = ["openssl", "s_client", version, "-cipher", f"{ciphers}:{LOW}"]
    done = run([*words, "-connect", f"127.0.0.1:{old}"], input="")
    assert re.search(rf"Cipher +(is|:) {re.escape(chosen)}$", done.stdout, re.M), done.stdout
    assert shown(old, version, "-cipher", f"{ciphers}:{LOW}") == name
    # None of these is for the listener beside it, but for the last.
    done = run([*words, "-connect", f"127.0.0.1:{modern}"], input="")
    assert (done.returncode == 0) == chosen.endswith("ECDSA-AES128-GCM-SHA256"), done.stdout


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
@pytest.mark.parametrize(
    ("sigalgs", "name"),
    [
        ("ECDSA+SHA256", "ecdsa"),
        ("rsa_pss_rsae_sha256:RSA+SHA256", "rsa"),
        ("RSA+SHA256:rsa_pss_rsae_sha256:ECDSA+SHA256", "ecdsa"),
    ],
)
def test_the_certificate_follows_the_signature_algorithms(
    mixed: Service, version: str, sigalgs: str, name: str
) -> None:
    assert shown(ports(mixed)[1], version, "-sigalgs", sigalgs) == name


@pytest.mark.parametrize(
    ("versions", "suites", "name"),
    [
        ("VERS-TLS1.0", "-KX-ALL:+RSA:-CIPHER-ALL:+3DES-CBC", "rsa"),
        ("VERS-TLS1.0", "-KX-ALL:+RSA", "rsa"),
        ("VERS-TLS1.1", "-KX-ALL:+ECDHE-RSA", "rsa"),
        ("VERS-TLS1.1", "-KX-ALL:+ECDHE-ECDSA", "ecdsa"),
        ("VERS-TLS1.2", "-KX-ALL:+RSA:-CIPHER-ALL:+AES-256-CBC", "rsa"),
        ("VERS-TLS1.2", "-SIGN-ALL:+SIGN-RSA-SHA1", "rsa"),
    ],
)
def test_gnutls_is_served_by_what_it_has(
    mixed: Service, versions: str, suites: str, name: str
) -> None:
    words = ["gnutls-cli", "--no-ca-verification", "127.0.0.1"]
    words += ["--priority", f"NORMAL:-VERS-ALL:+{versions}:{suites}"]
    modern, old, _ = ports(mixed)
    done = run([*words, "-p", str(old)], input="")
    assert done.returncode == 0 and f"subject `CN={name}'" in done.stdout, done.stdout + done.stderr
    done = run([*words, "-p", str(modern)], input="")
    assert done.returncode != 0, done.stdout


def old_context(version: ssl.TLSVersion, ciphers: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers(f"{ciphers}:{LOW}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = version
    return context


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
@pytest.mark.parametrize("ciphers", ["AES128-SHA", "ECDHE-RSA-AES128-SHA"])
def test_an_old_router_makes_its_update(
    mixed: Service, version: ssl.TLSVersion, ciphers: str
) -> None:
    context = old_context(version, ciphers)
    target = f"/nic/update?myip=192.0.2.{len(ciphers) + version.value % 16}"
    address = target.partition("=")[2]
    raw = get(target, "Authorization: " + basic("router1", mixed.secret))
    with connect(ports(mixed)[1], context) as sock:
        assert sock.version() == version.name.replace("_", ".")
        assert sock.cipher()[0] == ciphers
        sock.sendall(raw)
        assert parse_response(read_to_end(sock)).text == f"good {address}"
    assert dig(mixed.daemon.dns_port, HOST, "A") == [address]
    with pytest.raises(ssl.SSLError) as raised:
        connect(ports(mixed)[0], context)
    assert raised.value.reason == "TLSV1_ALERT_PROTOCOL_VERSION"


def test_the_common_certificate_may_be_shown_to_old_clients(mixed: Service) -> None:
    assert shown(ports(mixed)[2], "-tls1", "-cipher", f"ECDHE-ECDSA-AES128-SHA:{LOW}") == NAME
    # It is of ECDSA: there is none for a client that knows RSA only.
    words = ["openssl", "s_client", "-tls1", "-cipher", f"AES128-SHA:{LOW}"]
    done = run([*words, "-connect", f"127.0.0.1:{ports(mixed)[2]}"], input="")
    assert done.returncode != 0 and "alert handshake failure" in done.stderr


def test_the_page_tries_it_as_an_old_router_would(mixed: Service) -> None:
    page = TOP / "docs/OPERATIONS.md"
    (block,) = (b for b in blocks(page) if b.argument == "tests/system/test_old_routers.py")
    words = shlex.split(block.text.replace("ddns.example.com:8443", f"127.0.0.1:{ports(mixed)[1]}"))
    done = run(words, input="")
    assert done.returncode == 0 and "Cipher is AES128-SHA" in done.stdout, done.stderr


def test_a_modern_client_has_tls_1_3_on_both(mixed: Service) -> None:
    for port in ports(mixed):
        done = run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}"], input="")
        assert "TLSv1.3, Cipher is TLS_AES_128_GCM_SHA256" in done.stdout, done.stdout


def test_a_ticket_of_the_old_listener_opens_nothing_on_the_other(
    mixed: Service, tmp_path: Path
) -> None:
    session = tmp_path / "session"
    words = ["openssl", "s_client", "-tls1_2", "-connect"]
    modern, old, _ = ports(mixed)
    run([*words, f"127.0.0.1:{old}", "-sess_out", session], input="")
    again = run([*words, f"127.0.0.1:{old}", "-sess_in", session], input="")
    assert "\nReused, " in again.stdout
    other = run([*words, f"127.0.0.1:{modern}", "-sess_in", session], input="")
    assert "\nNew, " in other.stdout


def test_a_broken_pair_keeps_no_other_from_being_reloaded(
    make_service: Callable[..., Service], tmp_path: Path
) -> None:
    service = make_service(top={"admin-listen": "127.0.0.1:0"})
    pairs = [make_pair(tmp_path, "ecdsa", ECDSA, 20), make_pair(tmp_path, "rsa", RSA, 9)]
    listener = {"address": "127.0.0.1:0", "tls": "legacy", "certificates": pairs}
    service.config.listeners = {"old": listener}
    daemon = service.start()
    old = daemon.ports("https")[1]
    rsa_only = ("-tls1_1", "-cipher", f"AES128-SHA:{LOW}")

    def end() -> int:
        return metrics(daemon)["mooring_certificate_not_after_timestamp_seconds"]

    before = end()
    make_pair(tmp_path, "rsa", RSA, 3)
    (tmp_path / "ecdsa.key").write_text("nothing")
    daemon.send_signal(signal.SIGHUP)
    daemon.wait_log(r"the certificate in use stays.*ecdsa\.key")
    daemon.wait_log(r"the certificate was read again.*rsa\.pem")
    assert shown(old) == "ecdsa" and shown(old, *rsa_only) == "rsa"
    assert end() < before - 5 * 86400
    make_pair(tmp_path, "ecdsa", ECDSA, 20)
    daemon.send_signal(signal.SIGHUP)
    daemon.wait_log(r"the certificate was read again.*ecdsa\.pem")
    assert shown(old) == "ecdsa" and shown(old, *rsa_only) == "rsa"
