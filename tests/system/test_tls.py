# SPDX-License-Identifier: BSD-2-Clause
"""TLS handshakes that fail: what the client is told, what the log and the metrics say."""

from __future__ import annotations

import json
import re
import signal
import socket
import ssl
import struct
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic

import pytest

from system.certificates import ECDSA, RSA, make_pair, shown
from system.conftest import Service
from system.harness import (
    BUILD,
    NAME,
    Config,
    Tls,
    connect,
    eventually,
    exchange,
    get,
    metrics,
    parse_response,
    read_to_end,
    run,
)

FAILED = "mooring_tls_handshakes_failed_total"


@pytest.fixture(name="watched", scope="module")
def fixture_watched(tmp_path_factory: pytest.TempPathFactory, tls: Tls) -> Iterator[Service]:
    """One daemon for all whose connections end before the next begins."""
    directory = tmp_path_factory.mktemp("watched")
    service = Service(Config(directory, tls, {"admin-listen": "127.0.0.1:0", "log-level": "debug"}))
    service.start()
    yield service
    service.finish()


def failed(service: Service) -> dict[str, int]:
    """Failed handshakes by cause, those that occurred."""
    found = {}
    for sample, n in metrics(service.daemon).items():
        if (label := re.fullmatch(FAILED + r'\{cause="(\w+)"\}', sample)) and n > 0:
            found[label[1]] = n
    return found


def check_counted(service: Service, before: dict[str, int], *causes: str) -> None:
    """One more of one of these causes, and of no other."""
    eventually(f"one more {causes}", lambda: failed(service) != before)
    assert failed(service) in [{**before, cause: before.get(cause, 0) + 1} for cause in causes]


# Listeners with certificates of their own.

ECDSA_ONLY = ("-sigalgs", "ECDSA+SHA256")


def lifetime(service: Service) -> float:
    """Seconds from its start on until the first of its certificates ends."""
    found = metrics(service.daemon)
    end = found["mooring_certificate_not_after_timestamp_seconds"]
    return end - found["mooring_start_time_seconds"]


@pytest.fixture(name="own")
def fixture_own(make_service: Callable[..., Service], tmp_path: Path) -> Service:
    """https: the common certificate, then two sections; plain: a section, too."""
    service = make_service(top={"admin-listen": "127.0.0.1:0"})
    service.config.listeners = {
        "nlb": {
            "address": "127.0.0.1:0",
            "certificates": [
                make_pair(tmp_path, "rsa", RSA, 20),
                make_pair(tmp_path, "ecdsa", ECDSA, 7),
            ],
        },
        "old-routers": {"address": "127.0.0.1:0", "tls": "no"},
        "two": {"address": ["127.0.0.1:0", "[::1]:0"]},
    }
    service.start()
    return service


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_each_listener_shows_its_own_certificates(own: Service, version: str) -> None:
    common, nlb, two, _ = own.daemon.ports("https")
    assert shown(common, version) == shown(two, version) == NAME
    assert shown(nlb, version) == "rsa"
    assert shown(nlb, version, *ECDSA_ONLY) == "ecdsa"
    raw = get("/healthz", "Connection: close")
    assert parse_response(exchange(own.daemon.plain_port, raw)).text.strip() == "ok"
    assert 6 * 86400 < lifetime(own) <= 7 * 86400


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_a_client_is_shown_the_certificate_of_the_name_that_it_asks_for(
    make_service: Callable[..., Service], tmp_path: Path, version: str
) -> None:
    """All sign themselves, so their common names say what they are for."""
    pairs = [
        make_pair(tmp_path, stem, kind, 9)
        for stem, kind in {"a.example": ECDSA, "x.b.example": RSA, "*.b.example": ECDSA}.items()
    ]
    service = make_service(top={"more-certificates": pairs})
    service.config.listeners = {"own": {"address": "127.0.0.1:0", "certificates": pairs[1:]}}
    daemon = service.start()
    common, own = daemon.ports("https")

    def asked(port: int, name: str, *options: str) -> str:
        return shown(port, version, "-servername", name, *options)

    assert shown(common, version) == asked(common, "else.example") == asked(common, NAME) == NAME
    assert asked(common, "a.example") == asked(common, "A.EXAMPLE") == "a.example"
    assert asked(common, "x.b.example") == "x.b.example"
    assert asked(common, "y.b.example") == "*.b.example"
    # The next best that this client can use: the wildcard, the first one.
    assert asked(common, "x.b.example", *ECDSA_ONLY) == "*.b.example"
    assert asked(own, "a.example") == shown(own, version) == "x.b.example"
    assert asked(own, "y.b.example") == "*.b.example"


def test_certificates_of_a_listener_are_reloaded(own: Service, tmp_path: Path) -> None:
    nlb = own.daemon.ports("https")[1]
    make_pair(tmp_path, "rsa", RSA.replace("2048", "3072"), 3)
    own.daemon.send_signal(signal.SIGHUP)
    own.daemon.wait_log(rf"certificate was read again.*path={tmp_path}/rsa\.pem")
    own.daemon.wait_log(r"certificate was read again.*path=.*server\.pem")
    eventually("the metric", lambda: lifetime(own) < 4 * 86400)
    (tmp_path / "ecdsa.key").write_text("nothing")
    own.daemon.send_signal(signal.SIGHUP)
    own.daemon.wait_log(r"the certificate in use stays.*ecdsa\.key")
    assert shown(nlb) == "rsa" and shown(nlb, *ECDSA_ONLY) == "ecdsa"


def test_bad_certificate_of_a_listener_is_told_before_anything_starts(
    make_service: Callable[..., Service], tmp_path: Path
) -> None:
    service = make_service()
    pair = make_pair(tmp_path, "rsa", RSA, 9)
    (tmp_path / "rsa.key").write_text("nothing")
    service.config.listeners = {"x": {"address": "127.0.0.1:0", "certificates": [pair]}}
    for options in (("-n",), ()):
        done = run([BUILD / "mooringd", "-c", service.config.write(), *options])
        assert done.returncode == 1 and f"{tmp_path}/rsa.key: " in done.stderr, done.stderr


# Clients of OpenSSL, by what they offer.

LOW = ("-cipher", "ALL:@SECLEVEL=0")


@pytest.mark.parametrize(
    ("offer", "alert", "cause"),
    [
        (("-tls1_1", *LOW), "alert protocol version", "protocol_version"),
        (("-tls1", *LOW), "alert protocol version", "protocol_version"),
        (("-tls1_2", "-cipher", "AES128-SHA"), "alert handshake failure", "no_shared_cipher"),
        (("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA"), "handshake failure", "no_shared_cipher"),
        (("-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"), "failure", "no_shared_cipher"),
        (("-tls1_3", "-ciphersuites", "TLS_AES_128_CCM_SHA256"), "failure", "no_shared_cipher"),
        (("-tls1_3", "-groups", "P-521"), "alert handshake failure", "no_shared_group"),
        (("-tls1_3", "-sigalgs", "rsa_pss_rsae_sha256"), "failure", "no_shared_signature"),
    ],
    ids=lambda value: "_".join(value).strip("-") if isinstance(value, tuple) else None,
)
def test_a_client_that_offers_nothing_of_ours_is_told_by_an_alert(
    watched: Service, offer: tuple[str, ...], alert: str, cause: str
) -> None:
    before = failed(watched)
    where = f"127.0.0.1:{watched.daemon.https_port}"
    done = run(["openssl", "s_client", "-connect", where, *offer])
    assert done.returncode != 0
    assert alert in done.stderr, done.stderr
    check_counted(watched, before, cause)
    watched.daemon.wait_log(f"TLS handshake failed: .*peer=127.0.0.1.*cause={cause}")


def test_python_reads_the_same_alert(watched: Service) -> None:
    context = watched.daemon.config.tls.context()
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    before = failed(watched)
    with pytest.raises(ssl.SSLError) as raised:
        connect(watched.daemon.https_port, context)
    assert raised.value.reason == "TLSV1_ALERT_PROTOCOL_VERSION"
    check_counted(watched, before, "protocol_version")


# Clients that refuse our certificate.


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize(
    ("words", "alert"),
    [
        (["curl"], "unknown_ca"),
        (["faketime", "-f", "+60d", "curl", "--cacert", "CA"], "certificate_expired"),
    ],
    ids=["unknown", "expired"],
)
def test_a_client_that_refuses_our_certificate_is_a_warning(
    watched: Service, words: list[str], alert: str, version: str
) -> None:
    ca = str(watched.config.tls.ca)
    before = failed(watched)
    url = f"https://localhost:{watched.daemon.https_port}/myip"
    words = [ca if word == "CA" else word for word in words]
    done = run([*words, "-sS", f"--tlsv{version}", "--tls-max", version, url])
    assert done.returncode == 60, done.stderr
    if version == "1.2":
        check_counted(watched, before, "certificate_refused")
        watched.daemon.wait_log(f"warning: TLS handshake.*cause=certificate_refused.*{alert}")
    else:
        # It closes with the rest of our flight unread: the reset may be faster than its alert.
        check_counted(watched, before, "certificate_refused", "certificate_unanswered")
        watched.daemon.wait_log("warning: TLS handshake.*cause=certificate_(refused|unanswered)")


def test_a_client_that_leaves_at_the_sight_of_our_certificate_is_seen(watched: Service) -> None:
    """wget has GnuTLS, and an alert of its own is not sent."""
    url = f"https://localhost:{watched.daemon.https_port}/myip"
    done = run(["wget", "-qO-", "--tries=1", url])
    assert done.returncode == 5, done.stderr
    watched.daemon.wait_log("cause=certificate_unanswered|TLS client left without a request")


# Who speaks no TLS.


@pytest.mark.parametrize(
    ("sent", "cause"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "not_tls"),
        (b"EHLO example.com\r\n", "not_tls"),
        (b"\0\0\0\0\0\0\0\0", "not_tls"),
        (b"get /nic/update HTTP/1.1\r\n\r\n", "not_tls"),
        (bytes(range(255, 200, -1)), "not_tls"),
        (b"PROXY TCP4 192.0.2.1 192.0.2.2 1234 443\r\n", "proxy_header"),
        (b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + bytes(12), "proxy_header"),
    ],
    ids=["ssh", "smtp", "zeros", "lower_case", "garbage", "proxy_v1", "proxy_v2"],
)
def test_who_speaks_no_tls_gets_nothing_and_is_counted(
    watched: Service, sent: bytes, cause: str
) -> None:
    before = failed(watched)
    assert exchange(watched.daemon.https_port, sent) == b""
    check_counted(watched, before, cause)


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "OPTIONS", "PRI"])
def test_plain_http_on_the_port_for_https_is_told_so(watched: Service, method: str) -> None:
    before = failed(watched)
    reply = parse_response(exchange(watched.daemon.https_port, get("/nic/update", method=method)))
    assert reply.status == 400
    assert reply.text == ("" if method == "HEAD" else "bad request: this port takes HTTPS only")
    assert reply.one("Content-Length") == "39"
    assert reply.one("Content-Type") == "text/plain"
    assert reply.one("Cache-Control") == "no-store"
    assert reply.one("Connection") == "close"
    check_counted(watched, before, "plain_http")


def test_curl_shows_the_reply_to_plain_http(watched: Service) -> None:
    secret = "very-secret-password"
    url = f"http://localhost:{watched.daemon.https_port}/nic/update?hostname=a"
    done = run(["curl", "-sS", "-u", f"alice:{secret}", "--data", "x" * 3000, url])
    assert done.stdout == "bad request: this port takes HTTPS only", done.stderr
    watched.daemon.wait_log("TLS handshake failed: the client speaks plain HTTP")
    assert secret not in watched.daemon.log and "YWxpY2U" not in watched.daemon.log


# TLS that is broken off or broken.

SSL3_HELLO = (
    b"\x16\x03\x00\x00\x2f\x01\x00\x00\x2b\x03\x00" + bytes(32) + b"\x00\x00\x04\x00\x2f\x00\x35\x01\x00"
)
SSL2_HELLO = b"\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10" + b"\x01\x00\x80\x07\x00\xc0" * 3 + b"\0\0\x35" + bytes(16)


def client_hello(name: str = "localhost") -> bytes:
    context = ssl.create_default_context()
    out = ssl.MemoryBIO()
    client = context.wrap_bio(ssl.MemoryBIO(), out, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return out.read()


def alert_of(received: bytes) -> int:
    """The number of the one alert that was received."""
    assert len(received) == 7 and received[0] == 21 and received[3:6] == b"\0\x02\x02", received
    return received[6]


@pytest.mark.parametrize(
    ("sent", "alert", "cause"),
    [
        (SSL3_HELLO, 70, "protocol_version"),
        (b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", 50, "malformed"),
        (b"\x16\x03\x01\xff\xff" + bytes(100), 22, "malformed"),
        (b"\x16\x03\x01\x00\x04\x0e\x00\x00\x00", 10, "malformed"),
        (client_hello("aaaa.example").replace(b"aaaa", b"a\0\xffa"), 47, "malformed"),
    ],
    ids=["ssl3", "short_hello", "long_record", "no_hello", "name_with_nul"],
)
def test_tls_that_is_broken_gets_its_alert(
    watched: Service, sent: bytes, alert: int, cause: str
) -> None:
    before = failed(watched)
    assert alert_of(exchange(watched.daemon.https_port, sent)) == alert
    check_counted(watched, before, cause)


def reset(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


@pytest.mark.parametrize(
    ("sent", "end", "cause"),
    [
        (b"", socket.socket.close, "nothing_sent"),
        (b"\x16\x03", socket.socket.close, "closed"),
        (client_hello()[:100], socket.socket.close, "closed"),
        (client_hello()[:100], reset, "reset"),
        (b"", reset, "reset"),
    ],
    ids=["empty", "two_bytes", "half_hello", "half_hello_reset", "empty_reset"],
)
def test_a_client_that_breaks_off_is_counted(
    watched: Service, sent: bytes, end: Callable[[socket.socket], None], cause: str
) -> None:
    before = failed(watched)
    sock = connect(watched.daemon.https_port)
    sock.sendall(sent)
    end(sock)
    check_counted(watched, before, cause)


def test_a_client_that_breaks_off_after_the_certificate_is_told_apart(watched: Service) -> None:
    before = failed(watched)
    with connect(watched.daemon.https_port) as sock:
        sock.sendall(client_hello())
        assert sock.recv(1)[0] == 22
    check_counted(watched, before, "certificate_unanswered")


def test_a_handshake_that_takes_too_long_is_counted(make_service: Callable[..., Service]) -> None:
    service = make_service(top={"admin-listen": "127.0.0.1:0", "header-timeout": 1})
    service.start()
    before = failed(service)
    with connect(service.daemon.https_port) as sock:
        sock.sendall(client_hello()[:50])
        assert read_to_end(sock) == b""
    check_counted(service, before, "timeout")


def test_a_good_handshake_and_a_drain_count_no_failure(make_service: Callable) -> None:
    service = make_service(top={"admin-listen": "127.0.0.1:0"})
    daemon = service.start()
    context = daemon.config.tls.context()
    assert parse_response(exchange(daemon.https_port, get("/healthz"), context)).text == "ok"
    assert failed(service) == {}
    with connect(daemon.https_port) as sock:
        sock.sendall(client_hello()[:50])
        daemon.stop()
    assert not daemon.log_lines("TLS handshake failed")


def test_lines_of_one_cause_are_rate_limited_and_none_is_forgotten(
    make_service: Callable[..., Service],
) -> None:
    service = make_service(top={"admin-listen": "127.0.0.1:0"})
    daemon = service.start()
    began = monotonic()
    for _ in range(200):
        exchange(daemon.https_port, b"SSH-2.0-x\r\n")
    eventually("all counted", lambda: failed(service) == {"not_tls": 200})
    lines = daemon.log_lines("TLS handshake failed")
    assert 1 <= len(lines) <= 1 + (monotonic() - began), "more than one a second"


# What runs.


@pytest.mark.http_client  # which brings libcurl
def test_both_programs_name_the_libraries_that_run(make_service: Callable[..., Service]) -> None:
    def installed(package: str) -> str:
        return run(["pkg-config", "--modversion", package]).stdout.strip()

    wanted = (
        f"libmicrohttpd {installed('libmicrohttpd')}, GnuTLS {installed('gnutls')}, "
        f"libcurl {installed('libcurl')}, OpenSSL {installed('libcrypto')}, "
        f"SQLite {installed('sqlite3')}"
    )
    lines = run([BUILD / "mooringd", "--version"]).stdout.splitlines()
    assert lines[0].startswith("mooringd ") and lines[1] == wanted
    first = make_service().ctl.run("doctor", "--json")
    checks = {line["check"]: line for line in json.loads(first.stdout)}
    assert (checks["libraries"]["result"], checks["libraries"]["detail"]) == ("ok", wanted)


@pytest.mark.aws  # tests/small/run has the others
def test_a_whole_build_says_that_it_is_one() -> None:
    lines = run([BUILD / "mooringd", "--version"]).stdout.splitlines()
    assert lines[2:] == ["stores: sqlite dynamodb; publishers: builtin route53; HTTP client: yes"]


# The key exchange.


@pytest.mark.parametrize("groups", [None, "X25519", "P-256", "P-384:X25519"])
def test_no_ordinary_client_is_sent_back_for_another_key_share(
    watched: Service, groups: str | None
) -> None:
    """A HelloRetryRequest is a ServerHello, so there are two where it happens."""
    where = f"127.0.0.1:{watched.daemon.https_port}"
    offer = ["-groups", groups] if groups else []
    done = run(["openssl", "s_client", "-msg", "-connect", where, *offer], input="")
    n = done.stdout.count("ServerHello")
    assert n == (2 if groups == "P-384:X25519" else 1), done.stdout


def test_the_start_says_when_there_is_no_post_quantum_key_exchange(watched: Service) -> None:
    """Debian's GnuTLS has none so far; where it has one, OpenSSL 3.5 takes it."""
    said = watched.daemon.log_lines("no post-quantum key exchange")
    where = f"127.0.0.1:{watched.daemon.https_port}"
    done = run(["openssl", "s_client", "-connect", where], input="")
    assert len(said) == (0 if "X25519MLKEM768" in done.stdout else 1)
