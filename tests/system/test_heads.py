# SPDX-License-Identifier: BSD-2-Clause
"""What of request heads takes more than the bytes of a row: time, memory, and what is counted. The
rows are in tests/protocol/1-heads.rows."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from system.conftest import Service
from system.harness import Config, Daemon, Tls, connect, metrics, read_to_end
from system.row_runner import KEEP, LAST, all_answers, expected
from system.rows import Reply

HEAD_MAX = 16 * 1024
FIELDS_MAX = 100
TOP = LAST[:-2]
OK = expected(Reply(200, b"ok"), kept=False)
OK_KEPT = expected(Reply(200, b"ok"), kept=True)


def longest(first: bytes) -> bytes:
    """A head that begins with these lines and has as many bytes and lines as one may have."""
    count = FIELDS_MAX + 1 - first.count(b"\n")
    size = HEAD_MAX - len(first) - 2
    more = (b"X: " + b"a" * (size // count - 5) + b"\r\n") * (count - 1)
    return first + more + b"X: " + b"a" * (size - len(more) - 5) + b"\r\n\r\n"


def longest_at_first(first: bytes) -> bytes:
    """As longest(), but that all lines after the first of these are as short as can be."""
    short = b"a:\r\n" * (FIELDS_MAX - first.count(b"\n"))
    return first + b"X: " + b"a" * (HEAD_MAX - len(first) - len(short) - 7) + b"\r\n" + short + b"\r\n"


KEPT = TOP + b"Connection: keep-alive\r\n"
# Kept, with as many bytes and lines as a head may have.
LONGEST = [longest(KEPT), longest_at_first(KEPT)]


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


def wait_until_read(sock: socket.socket, port: int) -> None:
    """Until the server on port has taken everything that was sent on sock, over IPv4."""
    ends = tuple(f":{n:04X}" for n in (port, sock.getsockname()[1]))
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            if ends[1] not in line:  # of thousands that have ended
                continue
            fields = line.split()
            if tuple(field[-5:] for field in fields[1:3]) == ends:
                if fields[4].endswith(":00000000"):
                    return
                break
        else:
            return  # closed
    pytest.fail("the server does not read")


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
        sock.sendall(first[last:] + KEEP * more + LAST)
        found = all_answers(read_to_end(sock), False)
    assert list(map(str, found)) == list(map(str, [OK_KEPT] * (more + 1) + [OK]))


@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "tls"])
def test_client_that_waits_for_100_continue_gets_it(daemon: Daemon, encrypted: bool) -> None:
    context = daemon.config.tls.context() if encrypted else None
    port = daemon.https_port if encrypted else daemon.plain_port
    with connect(port, context) as sock:
        sock.sendall(TOP + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        assert sock.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(b"abc")
        assert all_answers(read_to_end(sock), False) == [OK]


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
