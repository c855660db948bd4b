# SPDX-License-Identifier: BSD-2-Clause
"""The proxy itself: it does to a connection what it was told, and nothing otherwise."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import suppress
from time import monotonic

import pytest

from faults.proxy import CLOSE, SILENCE, Deaf, Proxy, Way
from system.harness import eventually

MESSAGE = bytes(range(256)) * 4


class Echo(socketserver.ThreadingTCPServer):
    """Sends back in one go whatever comes; remembers how it came."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), None)
        self.pieces: list[bytes] = []

    def finish_request(self, request: socket.socket, _client: object) -> None:
        with suppress(OSError):
            while data := request.recv(65536):
                self.pieces.append(data)
                request.sendall(data)


@pytest.fixture(name="echo")
def fixture_echo() -> Iterator[Echo]:
    with Echo() as echo:
        threading.Thread(target=echo.serve_forever, args=(0.02,), daemon=True).start()
        yield echo
        echo.shutdown()


@pytest.fixture(name="proxy")
def fixture_proxy(echo: Echo) -> Iterator[Proxy]:
    with Proxy(echo.server_address[1]) as proxy:
        yield proxy


def connect(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), 10)


def read(sock: socket.socket, length: int) -> bytes:
    """So many bytes, or as many as come before the end."""
    found = b""
    while len(found) < length and (data := sock.recv(length - len(found))):
        found += data
    return found


def test_bytes_pass_both_ways_unchanged(proxy: Proxy) -> None:
    with connect(proxy) as sock:
        for _ in range(3):
            sock.sendall(MESSAGE)
            assert read(sock, len(MESSAGE)) == MESSAGE
        assert (proxy.connections, proxy.open) == (1, 1)
        assert [(each.up, each.down) for each in proxy.exchanges()] == [(1024, 1024)] * 3
    eventually("the connection is gone", lambda: proxy.open == 0)


@pytest.mark.parametrize("size", [1, 7])
def test_pieces_are_small_and_all_come(proxy: Proxy, echo: Echo, size: int) -> None:
    way = Way(piece=size, jitter_s=0.001 if size > 1 else 0)
    proxy.set(up=way, down=way)
    with connect(proxy) as sock:
        sock.sendall(MESSAGE)
        assert read(sock, len(MESSAGE)) == MESSAGE
    assert b"".join(echo.pieces) == MESSAGE
    (exchange,) = proxy.exchanges()
    assert exchange.up == exchange.down == len(MESSAGE)
    assert exchange.pieces >= 2 * len(MESSAGE) / size


def test_each_piece_waits_for_its_delay(proxy: Proxy) -> None:
    proxy.set(down=Way(piece=1, delay_s=0.05))
    with connect(proxy) as sock:
        began = monotonic()
        sock.sendall(b"abcd")
        assert read(sock, 4) == b"abcd"
        assert monotonic() - began >= 0.2


@pytest.mark.parametrize("direction", ["up", "down"])
@pytest.mark.parametrize("limit", [0, 1, 500, 1024])
def test_reset_comes_behind_the_limit(
    proxy: Proxy, echo: Echo, direction: str, limit: int
) -> None:
    proxy.set(**{direction: Way(limit=limit, times=1)})
    with connect(proxy) as sock:
        sock.sendall(MESSAGE)
        with pytest.raises(ConnectionResetError):
            assert read(sock, 2000) == b"", "a reset is no orderly end"
    assert proxy.ends(direction) == 1
    (exchange,) = proxy.exchanges()
    assert getattr(exchange, direction) == limit
    with connect(proxy) as sock:
        sock.sendall(MESSAGE)
        assert read(sock, len(MESSAGE)) == MESSAGE, "once was asked for"


def test_only_the_exchange_that_matches_is_troubled(proxy: Proxy) -> None:
    proxy.set(up=Way(limit=2, match=b"two"))
    with connect(proxy) as sock:
        for word in (b"one", b"three"):
            sock.sendall(word)
            assert read(sock, len(word)) == word
        sock.sendall(b"two")
        with pytest.raises(ConnectionResetError):
            read(sock, 3)


@pytest.mark.parametrize("direction", ["up", "down"])
def test_silence_ends_when_it_is_told_to(proxy: Proxy, direction: str) -> None:
    proxy.set(**{direction: Way(limit=3, end=SILENCE)})
    with connect(proxy) as sock:
        sock.sendall(b"abcdef")
        assert read(sock, 3) == b"abc"
        sock.settimeout(0.1)
        with pytest.raises(TimeoutError):
            sock.recv(1)
        proxy.clear()
        sock.settimeout(10)
        assert read(sock, 3) == b"def"


@pytest.mark.parametrize("direction", ["up", "down"])
def test_client_that_gives_up_is_noticed_in_the_silence(proxy: Proxy, direction: str) -> None:
    proxy.set(**{direction: Way(limit=0, end=SILENCE)})
    with connect(proxy) as sock:
        sock.sendall(b"abc")
        eventually("it is held", lambda: proxy.ends(direction) == 1)
    eventually("the connection is gone", lambda: proxy.open == 0)
    assert proxy.exchanges()[0].link.ended is not None


def test_orderly_end_is_of_one_way_alone(proxy: Proxy, echo: Echo) -> None:
    proxy.set(down=Way(limit=2, end=CLOSE))
    with connect(proxy) as sock:
        sock.sendall(b"abc")
        assert read(sock, 3) == b"ab"
        sock.sendall(b"more")
        eventually("what is sent still arrives", lambda: b"more" in echo.pieces)


def test_dropped_connections_are_reset(proxy: Proxy) -> None:
    with connect(proxy) as sock:
        eventually("it is connected", lambda: proxy.open == 1)
        proxy.drop()
        with pytest.raises(ConnectionResetError):
            sock.recv(1)


def test_deaf_port_takes_no_connection() -> None:
    with Deaf() as deaf, socket.socket() as sock:
        sock.settimeout(0.3)
        with pytest.raises(TimeoutError):
            sock.connect(("127.0.0.1", deaf.port))
