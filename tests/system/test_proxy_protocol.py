# SPDX-License-Identifier: BSD-2-Clause
"""Behind proxies that pass bytes on unread: the PROXY protocol, from HAProxy and written here."""

from __future__ import annotations

import csv
import random
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from system.conftest import Service
from system.harness import (
    BUILD,
    HOST,
    Config,
    Tls,
    basic,
    dig,
    environment,
    eventually,
    get,
    metrics,
    parse_response,
    read_to_end,
    run,
)

HAPROXY = "/usr/sbin/haproxy"
REFUSED = "mooring_proxy_headers_refused_total"
CLIENT = "127.0.0.77"  # any address of the loopback is ours to send from
V1 = b"PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n"
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
V4_BLOCK = bytes([192, 0, 2, 7, 198, 51, 100, 1, 220, 4, 1, 187])
V6_BLOCK = socket.inet_pton(socket.AF_INET6, "2001:db8::7") + bytes(16) + V4_BLOCK[8:]


def crc32c(data: bytes) -> int:
    """RFC 4960, appendix B, a bit at a time from the left, unlike the daemon's."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= int(f"{byte:08b}"[::-1], 2) << 24
        for _ in range(8):
            crc = (crc << 1 ^ (0x1EDC6F41 if crc >> 31 else 0)) & 0xFFFFFFFF
    return int(f"{crc:032b}"[::-1], 2) ^ 0xFFFFFFFF


def v2(command: int, family: int, rest: bytes = b"", crc: bool = False) -> bytes:
    if crc:
        rest += b"\x03\0\x04\0\0\0\0"
    head = SIGNATURE + bytes([0x20 | command, family]) + len(rest).to_bytes(2, "big") + rest
    return head[:-4] + crc32c(head).to_bytes(4, "big") if crc else head


# As AWS's load balancers send it: the endpoint that the client came through, a checksum, padding.
AWS = v2(1, 0x11, V4_BLOCK + b"\xea\0\x17\x01vpce-0123456789abcdef0", crc=True)


@pytest.fixture(name="behind", scope="module")
def fixture_behind(tmp_path_factory: pytest.TempPathFactory, tls: Tls) -> Iterator[Service]:
    """https: one for everybody, one behind proxies; plain: behind proxies."""
    top = {"admin-listen": "127.0.0.1:0", "trusted-proxies": ["127.0.0.1"], "header-timeout": 2}
    service = Service(Config(tmp_path_factory.mktemp("behind"), tls, top))
    service.config.listeners = {
        "nlb": {"address": "127.0.0.1:0", "proxy-protocol": True},
        "old": {"address": "127.0.0.1:0", "proxy-protocol": True, "tls": "no"},
    }
    service.secret = service.ctl.add("router1", HOST)
    service.start()
    yield service
    service.finish()


def port_of(service: Service, kind: str) -> int:
    return service.daemon.plain_port if kind == "plain" else service.daemon.ports("https")[1]


def send(port: int, first: bytes, then: bytes, context: ssl.SSLContext | None) -> bytes:
    """The header, and what follows it, TLS or not."""
    with ExitStack() as stack:
        sock = stack.enter_context(socket.create_connection(("127.0.0.1", port), 15))
        try:
            sock.sendall(first if context else first + then)
            if context:
                sock = stack.enter_context(context.wrap_socket(sock, server_hostname="localhost"))
                sock.sendall(then)
            return read_to_end(sock)
        except (ConnectionError, ssl.SSLError):
            return b""


def ask(service: Service, kind: str, header: bytes, request: bytes) -> bytes:
    context = service.config.tls.context() if kind == "https" else None
    return send(port_of(service, kind), header, request, context)


def update(service: Service, *headers: str) -> bytes:
    return get("/nic/update", "Authorization: " + basic("router1", service.secret), *headers)


def refused(service: Service, reason: str) -> int:
    return metrics(service.daemon)[f'{REFUSED}{{reason="{reason}"}}']


# HAProxy.


@dataclass
class Haproxy:
    """One that runs in TCP mode."""

    directory: Path
    ports: dict[tuple[str, str], int] = field(default_factory=dict)  # what it sends, to which

    def checks(self) -> dict[str, str]:
        """What its health checks found, by proxy."""
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(5)
            sock.connect(str(self.directory / "stats"))
            sock.sendall(b"show stat\n")
            rows = csv.DictReader(read_to_end(sock).decode().lstrip("# ").splitlines())
        return {row["pxname"]: row["check_status"] for row in rows if row["svname"] == "s"}


@pytest.fixture(name="haproxy", scope="module")
def fixture_haproxy(
    behind: Service, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Haproxy]:
    haproxy = Haproxy(tmp_path_factory.mktemp("haproxy"))
    sends = {
        "v1": "send-proxy",
        "v2": "send-proxy-v2",
        "crc": "send-proxy-v2 proxy-v2-options crc32c,unique-id,authority",
    }
    lines = [
        f"global\n stats socket {haproxy.directory}/stats",
        "defaults\n mode tcp\n timeout connect 5s\n timeout client 15s\n timeout server 15s",
    ]
    with ExitStack() as stack:
        fds = []
        for name, words in sends.items():
            for kind in ("https", "plain"):
                sock = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
                fds.append(sock.fileno())
                haproxy.ports[name, kind] = sock.getsockname()[1]
                lines.append(
                    f"listen {name}-{kind}\n bind fd@{sock.fileno()}\n option httpchk GET /healthz"
                    "\n unique-id-format %{+X}o%ci:%cp"
                    f"\n server s 127.0.0.1:{port_of(behind, kind)} {words} check inter 200ms"
                    + (" check-ssl verify none" if kind == "https" else "")
                )
        config = haproxy.directory / "haproxy.cfg"
        config.write_text("\n".join(lines) + "\n")
        argv = [HAPROXY, "-db", "-f", str(config)]
        process = subprocess.Popen(argv, pass_fds=fds, env=environment())
        try:
            yield haproxy
        finally:
            process.terminate()
            process.wait(15)


@pytest.mark.parametrize("kind", ["https", "plain"])
@pytest.mark.parametrize("name", ["v1", "v2", "crc"])
def test_behind_haproxy_the_client_is_who_came_to_it(
    behind: Service, haproxy: Haproxy, name: str, kind: str
) -> None:
    address = CLIENT[:-1] + str(len(name) + len(kind))
    context = behind.config.tls.context() if kind == "https" else None

    def through(request: bytes) -> bytes:
        with ExitStack() as stack:
            where = ("127.0.0.1", haproxy.ports[name, kind])
            sock = stack.enter_context(socket.create_connection(where, 15, (address, 0)))
            if context:
                sock = stack.enter_context(context.wrap_socket(sock, server_hostname="localhost"))
            sock.sendall(request)
            return read_to_end(sock)

    eventually("HAProxy listens", lambda: through(get("/healthz")).endswith(b"ok"))
    assert parse_response(through(get("/myip"))).text == address
    assert f": {address}<" in parse_response(through(get("/checkip"))).text
    assert parse_response(through(update(behind))).text in (f"good {address}", f"nochg {address}")
    assert dig(behind.daemon.dns_port, HOST, "A") == [address]
    # What the client itself writes there counts for nothing.
    forged = update(behind, "X-Forwarded-For: 192.0.2.66", "Forwarded: for=192.0.2.66")
    assert parse_response(through(forged)).text == f"nochg {address}"
    behind.daemon.wait_log(rf"update .*client={address} ")


def test_health_checks_of_haproxy_are_answered(haproxy: Haproxy) -> None:
    """They are LOCAL in version 2 and UNKNOWN in version 1."""
    want = {f"{name}-{kind}": "L7OK" for name, kind in haproxy.ports}
    eventually("every check to succeed", lambda: haproxy.checks() == want)


# Written here.


@pytest.mark.parametrize("kind", ["https", "plain"])
@pytest.mark.parametrize(
    ("header", "address"),
    [
        (V1, "192.0.2.1"),
        (b"PROXY TCP6 2001:db8::1 2001:db8::2 1 443\r\n", "2001:db8::1"),
        (b"PROXY TCP6 ::ffff:192.0.2.9 ::1 1 443\r\n", "192.0.2.9"),
        (v2(1, 0x11, V4_BLOCK), "192.0.2.7"),
        (v2(1, 0x21, V6_BLOCK), "2001:db8::7"),
        (AWS, "192.0.2.7"),
        (v2(1, 0x11, V4_BLOCK + b"\x04\x07\xf1" + bytes(2033)), "192.0.2.7"),
    ],
    ids=["v1", "v1_tcp6", "v1_mapped", "v2", "v2_tcp6", "aws", "longest"],
)
def test_the_client_of_the_header_is_published(
    behind: Service, kind: str, header: bytes, address: str
) -> None:
    reply = parse_response(ask(behind, kind, header, update(behind)))
    assert reply.status == 200 and reply.text in (f"good {address}", f"nochg {address}")
    reply = parse_response(ask(behind, kind, header, get("/myip")))
    assert reply.text == address


@pytest.mark.parametrize("kind", ["https", "plain"])
@pytest.mark.parametrize(
    "header",
    [b"PROXY UNKNOWN\r\n", v2(1, 0), v2(1, 0x31, bytes(216)), v2(1, 0x12, V4_BLOCK), v2(0, 0)],
    ids=["unknown", "unspec", "unix", "udp", "local"],
)
def test_nobody_is_ever_taken_for_the_client(behind: Service, kind: str, header: bytes) -> None:
    assert parse_response(ask(behind, kind, header, get("/healthz"))).text == "ok"
    assert parse_response(ask(behind, kind, header, get("/checkip"))).status == 503
    assert parse_response(ask(behind, kind, header, update(behind))).text == "dnserr"
    # Only the proxy itself (LOCAL) is believed about others.
    forged = ask(behind, kind, header, get("/myip", "X-Forwarded-For: 192.0.2.66"))
    assert parse_response(forged).status == (200 if header == v2(0, 0) else 503)


@pytest.mark.parametrize("kind", ["https", "plain"])
@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (b"", "missing"),
        (b"PROXY TCP4 192.0.2.1 198.51.100.1 56324\r\n", "malformed"),
        (b"PROXY UNKNOWN " + b"x" * 92 + b"\r\n", "malformed"),
        (v2(2, 0x11, V4_BLOCK), "malformed"),
        (v2(1, 0x11, V4_BLOCK[:-1]), "malformed"),
        (v2(1, 0x11, V4_BLOCK + bytes(2037)), "malformed"),
        (AWS[:-1] + bytes([AWS[-1] ^ 1]), "malformed"),
    ],
    ids=["none", "v1_fields", "v1_long", "v2_command", "v2_short", "v2_long", "v2_checksum"],
)
def test_a_wrong_header_is_closed_and_counted(
    behind: Service, kind: str, header: bytes, reason: str
) -> None:
    before = refused(behind, reason)
    assert ask(behind, kind, header, get("/myip")) == b""
    eventually("the metric", lambda: refused(behind, reason) == before + 1)
    behind.daemon.wait_log("connection closed: no PROXY header .*peer=127.0.0.1")


def test_a_header_that_does_not_come_has_the_deadline_of_a_head(behind: Service) -> None:
    before = refused(behind, "timeout")
    ports = [port_of(behind, kind) for kind in ("https", "plain")]
    with ExitStack() as stack:
        socks = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), 15))
            for port in ports
            for _ in range(2)
        ]
        for sock in socks[::2]:
            sock.sendall(V1[:20])
        for sock in socks:
            assert read_to_end(sock) == b""
    eventually("the metric", lambda: refused(behind, "timeout") == before + 4)


@pytest.mark.parametrize("kind", ["https", "plain"])
def test_whoever_is_no_trusted_proxy_is_closed(behind: Service, kind: str) -> None:
    before = refused(behind, "untrusted")
    where = ("127.0.0.1", port_of(behind, kind))
    with socket.create_connection(where, 15, (CLIENT, 0)) as sock:
        assert read_to_end(sock) == b""
    eventually("the metric", lambda: refused(behind, "untrusted") == before + 1)


def test_the_listener_beside_it_serves_everybody(behind: Service) -> None:
    context = behind.config.tls.context()
    raw = send(behind.daemon.https_port, b"", get("/healthz"), context)
    assert parse_response(raw).text == "ok"


def test_mutated_headers_break_nothing(behind: Service) -> None:
    """Each is served as the address that stands in it, or closed; none costs more than itself."""
    chance = random.Random(11)
    bases = [V1, AWS, v2(1, 0x21, V6_BLOCK), v2(0, 0), b"PROXY UNKNOWN\r\n"]
    served = 0
    for i in range(600):
        header = bytearray(bases[i % len(bases)])
        for _ in range(chance.randrange(4)):
            at = chance.randrange(len(header))
            match chance.randrange(3):
                case 0:
                    header[at] = chance.randrange(256)
                case 1:
                    header[at] ^= 1 << chance.randrange(8)
                case _:
                    del header[at]
        # Half a header would be waited for: what is cut short ends here.
        with socket.create_connection(("127.0.0.1", port_of(behind, "plain")), 15) as sock:
            sock.sendall(bytes(header) + get("/myip"))
            with suppress(OSError):  # what was wrong may be closed by now
                sock.shutdown(socket.SHUT_WR)
            reply = read_to_end(sock)
        served += reply.startswith(b"HTTP/1.1 200")
        assert reply == b"" or parse_response(reply).status in (200, 400, 404, 405, 503)
    assert served > 50
    assert ask(behind, "https", V1, get("/myip")).endswith(b"192.0.2.1")
    eventually("every connection to end", lambda: connections(behind) <= 1)


def connections(service: Service) -> int:
    return metrics(service.daemon)["mooring_http_connections"]


def test_without_trusted_proxies_it_is_no_configuration(make_service: Callable[..., Service]) -> None:
    service = make_service()
    service.config.listeners = {"nlb": {"address": "127.0.0.1:0", "proxy-protocol": True}}
    done = run([BUILD / "mooringd", "-n", "-c", service.config.write()])
    assert done.returncode == 1
    assert done.stderr.endswith(
        ": proxy-protocol: needs trusted-proxies: only they may say who a client is\n"
    )
