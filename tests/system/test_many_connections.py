# SPDX-License-Identifier: BSD-2-Clause
"""10,000 connections of all kinds, given up in each of their phases, and the daemon stands."""

from __future__ import annotations

import resource
import socket
import ssl
import struct
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from pathlib import Path

from system.conftest import Service
from system.harness import HOST, Daemon, connect, eventually, get, metrics, read_one, read_to_end

COUNT = 10_000
SIDE_BY_SIDE = 24
REQUEST = get("/healthz")
KEEP = get("/healthz", "Connection: keep-alive")
HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x5a" * 32
RESET = struct.pack("ii", 1, 0)

Kind = Callable[[Daemon], None]


def gone(sock: socket.socket, reset: bool) -> None:
    if reset:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


def left(sent: bytes, *, reset: bool, tls_port: bool = False) -> Kind:
    """Sends what is not TLS, and goes."""

    def run(daemon: Daemon) -> None:
        with connect(daemon.https_port if tls_port else daemon.plain_port) as sock:
            if sent:
                sock.sendall(sent)
            gone(sock, reset)

    return run


def left_in_tls(sent: bytes, *, reset: bool) -> Kind:
    """The same after a handshake."""

    def run(daemon: Daemon) -> None:
        with connect(daemon.https_port, daemon.config.tls.context()) as sock:
            if sent:
                sock.sendall(sent)
            gone(sock, reset)

    return run


def answered(sent: bytes, status: bytes, *, tls: bool) -> Kind:
    def run(daemon: Daemon) -> None:
        context = daemon.config.tls.context() if tls else None
        with connect(daemon.https_port if tls else daemon.plain_port, context) as sock:
            sock.sendall(sent)
            raw = read_to_end(sock)
        assert raw.startswith(b"HTTP/1.1 " + status), raw

    return run


def left_when_idle(daemon: Daemon) -> None:
    with connect(daemon.plain_port) as sock:
        sock.sendall(KEEP)
        assert read_one(sock).status == 200
        sock.sendall(KEEP[:20])
        gone(sock, True)


def refused_certificate(daemon: Daemon) -> None:
    try:
        connect(daemon.https_port, ssl.create_default_context()).close()
    except ssl.SSLCertVerificationError:
        return
    raise AssertionError("accepted a certificate of nobody")


def half_handshake(daemon: Daemon) -> None:
    """The client's own first flight, and no second one."""
    hello, incoming = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = daemon.config.tls.context().wrap_bio(incoming, hello, server_hostname="localhost")
    try:
        session.do_handshake()
    except ssl.SSLWantReadError:
        pass
    with connect(daemon.https_port) as sock:
        sock.sendall(hello.read())
        assert sock.recv(1)
        gone(sock, True)


PARTS = [b"", b"G", REQUEST[:10], REQUEST[:30], REQUEST[:-1], REQUEST, REQUEST * 3, KEEP + REQUEST[:5]]
PARTS += [get("/nic/update", "Content-Length: 4000", method="POST") + b"a" * 100]
CHEAP: list[Kind] = [
    *(left(part, reset=reset) for part in PARTS for reset in (False, True)),
    *(
        left(part, reset=reset, tls_port=True)
        for part in (b"", HELLO[:1], HELLO[:5], HELLO, HELLO[:2] + b"\xff" * 300, b"\0" * 16)
        for reset in (False, True)
    ),
    answered(REQUEST, b"200", tls=False),
    answered(b"GET / HTTP/1.1\r\n folded\r\n\r\n", b"400", tls=False),
    answered(HELLO, b"400", tls=False),
    answered(REQUEST[:-2] + b"X: " + b"a" * 20000, b"431", tls=False),
    left_when_idle,
    half_handshake,
]
# Each costs both sides a handshake: one in ten.
DEAR: list[Kind] = [
    *(left_in_tls(part, reset=reset) for part in PARTS for reset in (False, True)),
    answered(REQUEST, b"200", tls=True),
    answered(b"\0", b"400", tls=True),
    refused_certificate,
]


def open_files(daemon: Daemon) -> int:
    return len(list(Path(f"/proc/{daemon.process.pid}/fd").iterdir()))


def test_10000_connections_of_all_kinds_leave_nothing_behind(
    make_service: Callable[..., Service],
) -> None:
    service = make_service(
        top={
            "listen-plain": ["127.0.0.1:0"],
            "admin-listen": ["127.0.0.1:0"],
            "max-connections-per-client": 4096,
        }
    )
    secret = service.ctl.add("router1", HOST)
    daemon = service.start()
    router = service.router("router1", secret)
    assert router.update("myip=203.0.113.1").status == 200
    files = open_files(daemon)
    kinds = [*islice(cycle(CHEAP), COUNT * 9 // 10), *islice(cycle(DEAR), COUNT // 10)]
    ended: Counter[str] = Counter()

    def run(kind: Kind) -> None:
        try:
            kind(daemon)
            ended["as it should"] += 1
        except (ConnectionResetError, BrokenPipeError, ssl.SSLEOFError, ssl.SSLZeroReturnError):
            # Both sides closed at once: the kind that gives up was faster, or slower, than us.
            ended["cut"] += 1

    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        list(pool.map(run, kinds))
    assert sum(ended.values()) == COUNT
    assert ended["as it should"] > COUNT * 9 // 10, ended
    assert daemon.process.poll() is None
    assert router.update("myip=203.0.113.2").text == "good 203.0.113.2"
    eventually(
        "all are counted out but the one that asks",
        lambda: metrics(daemon)["mooring_http_connections"] == 1,
        timeout=30,
    )
    eventually("no file is left open", lambda: open_files(daemon) <= files + 4)
    assert metrics(daemon)['mooring_http_connections_rejected_total{reason="full"}'] == 0


def test_want_of_open_files_is_waited_for(make_service: Callable[..., Service]) -> None:
    service = make_service(top={"listen-plain": ["127.0.0.1:0"]})
    secret = service.ctl.add("router1", HOST)
    daemon = service.start()
    assert service.router("router1", secret).update("myip=203.0.113.1").status == 200
    files = resource.RLIMIT_NOFILE
    _, hard = resource.prlimit(daemon.process.pid, files)
    resource.prlimit(daemon.process.pid, files, (open_files(daemon) + 8, hard))
    first = [connect(daemon.plain_port) for _ in range(20)]
    daemon.wait_log('connections cannot be accepted why="Too many open files"')
    last = connect(daemon.plain_port)
    last.sendall(REQUEST)
    for sock in first:
        sock.close()
    with last:
        assert read_one(last).status == 200
