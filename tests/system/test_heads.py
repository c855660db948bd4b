# SPDX-License-Identifier: BSD-2-Clause
"""What the front makes of request bytes: heads.py's table, in one piece, in pieces, and in TLS."""

from __future__ import annotations

import ctypes
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from system.conftest import Service
from system.harness import Config, Daemon, Tls, connect, metrics, read_to_end
from system.heads import (
    CONTINUE,
    KEEP,
    LONGEST,
    NEXT,
    OK,
    OK_KEPT,
    ROWS,
    TOP,
    Answer,
    Row,
    read_answers,
)


def library_version() -> tuple[int, ...]:
    """Of the libmicrohttpd that the daemon uses, too."""
    get_version = ctypes.CDLL("libmicrohttpd.so.12").MHD_get_version
    get_version.restype = ctypes.c_char_p
    return tuple(map(int, get_version().decode().split(".")[:2]))


# PROTOCOL.md S3.
CONTINUES_ALWAYS = library_version() < (1, 0)


@pytest.fixture(name="daemon", scope="module")
def fixture_daemon(tmp_path_factory: pytest.TempPathFactory, tls: Tls) -> Iterator[Daemon]:
    service = Service(
        Config(
            tmp_path_factory.mktemp("heads"),
            tls,
            top={
                "listen-plain": ["127.0.0.1:0"],
                "admin-listen": ["127.0.0.1:0"],
                "header-timeout": 120,  # some heads come in hundreds of pieces
            },
        )
    )
    yield service.start()
    service.finish()


def send(sock: socket.socket, row: Row, size: int) -> None:
    """In pieces of size; the server may have closed before the last one."""
    try:
        for at in range(0, len(row.sent), size):
            sock.sendall(row.sent[at : at + size])
        if row.ends:
            sock.shutdown(socket.SHUT_WR)
    except OSError:
        assert row.answers, "closed before everything was sent"


def wait_until_read(sock: socket.socket, port: int) -> None:
    """Until the server on port has taken everything that was sent on sock, over IPv4."""
    ends = tuple(f":{n:04X}" for n in (port, sock.getsockname()[1]))
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            fields = line.split()
            if tuple(field[-5:] for field in fields[1:3]) == ends:
                if fields[4].endswith(":00000000"):
                    return
                break
        else:
            return  # closed
    pytest.fail("the server does not read")


def check(sock: socket.socket, row: Row, size: int) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    send(sock, row, size)
    found = read_answers(read_to_end(sock), head_only=row.head_only)
    if row.may_continue and size < len(row.sent):
        found = [one for one in found if one != CONTINUE]
    elif row.may_continue and CONTINUES_ALWAYS:
        assert found.pop(0) == CONTINUE
    assert list(map(str, found)) == list(map(str, row.answers))


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_bytes_are_answered_alike_by_every_libmicrohttpd(daemon: Daemon, row: Row) -> None:
    with connect(daemon.plain_port) as sock:
        check(sock, row, len(row.sent) + 1)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_pieces_are_answered_as_the_whole(daemon: Daemon, row: Row) -> None:
    with connect(daemon.plain_port) as sock:
        check(sock, row, 1 if len(row.sent) < 400 else 397)


@pytest.mark.parametrize("first", LONGEST, ids=["even lines", "one long line"])
@pytest.mark.parametrize("drip", [1, 60, 700])
def test_head_read_slowly_leaves_memory_for_its_reply(
    daemon: Daemon, first: bytes, drip: int
) -> None:
    """libmicrohttpd's read buffer grows a little with each read, and with it what is read ahead."""
    more = 40
    with connect(daemon.plain_port) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        begin, last = len(first) - min(200 * drip, 8000), len(first) - 1
        sock.sendall(first[:begin])
        for at in range(begin, last, drip):
            wait_until_read(sock, daemon.plain_port)
            sock.sendall(first[at : min(at + drip, last)])
        wait_until_read(sock, daemon.plain_port)
        sock.sendall(first[last:] + KEEP * more + NEXT)
        found = read_answers(read_to_end(sock))
    assert list(map(str, found)) == list(map(str, [OK_KEPT] * (more + 1) + [OK]))


@pytest.mark.parametrize("row", [row for row in ROWS if not row.ends], ids=str)
def test_tls_makes_no_difference(daemon: Daemon, row: Row) -> None:
    with connect(daemon.https_port, daemon.config.tls.context()) as sock:
        check(sock, row, len(row.sent) + 1)


@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "tls"])
def test_client_that_waits_for_100_continue_gets_it(daemon: Daemon, encrypted: bool) -> None:
    context = daemon.config.tls.context() if encrypted else None
    port = daemon.https_port if encrypted else daemon.plain_port
    with connect(port, context) as sock:
        sock.sendall(TOP + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        assert sock.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(b"abc")
        assert read_answers(read_to_end(sock)) == [OK]


def test_reply_to_head_is_its_head_alone(daemon: Daemon) -> None:
    with connect(daemon.plain_port) as sock:
        sock.sendall(b"HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        raw = read_to_end(sock)
    assert raw.endswith(b"\r\n\r\n")
    assert read_answers(raw, head_only=True) == [Answer(200, b"", OK.headers)]


def test_refused_heads_are_counted_by_their_status(daemon: Daemon) -> None:
    before = metrics(daemon)
    for sent in (b"\0", b"GET / HTTP/2.0\r\n", b"GET / HTTP/1.1\r\nX: " + b"a" * 20000):
        with connect(daemon.plain_port) as sock:
            sock.sendall(sent)
            read_to_end(sock)
    after = metrics(daemon)
    for status in (400, 431, 505):
        name = f'mooring_http_requests_total{{code="{status}"}}'
        assert after[name] - before[name] == 1, name
