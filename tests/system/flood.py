# SPDX-License-Identifier: BSD-2-Clause
"""Connections that fill the front and go no further, each in the same phase of a request."""

from __future__ import annotations

import select
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from system.harness import get, read_one

CLIENT_HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x5a" * 32
KEEP = get("/healthz", "Connection: keep-alive")
BODY_AWAITED = get("/nic/update", "Content-Length: 4000", method="POST")
GONE = select.POLLRDHUP | select.POLLHUP | select.POLLERR | select.POLLNVAL
PATIENCE_S = 20
SMALL_SEGMENT, SMALL_BUFFER = 536, 2048

Hold = Callable[[socket.socket], None]  # brings a connection into its phase, and waits for nothing


def silent(_: socket.socket) -> None:
    """Not a byte."""


def half_hello(sock: socket.socket) -> None:
    sock.sendall(CLIENT_HELLO)


def half_head(sock: socket.socket) -> None:
    sock.sendall(KEEP[:-4])


def body_awaited(sock: socket.socket) -> None:
    sock.sendall(BODY_AWAITED)


def body_begun(sock: socket.socket) -> None:
    """Flood.drip() sends more of it."""
    sock.sendall(BODY_AWAITED + b"a")


def kept_idle(sock: socket.socket) -> None:
    sock.sendall(KEEP)
    assert read_one(sock).status == 200


def reply_unread(sock: socket.socket) -> None:
    """As many requests as there may be, and their replies are left where they are."""
    sock.setblocking(False)
    with suppress(BlockingIOError, ssl.SSLWantWriteError):
        for _ in range(50):
            sock.sendall(KEEP * 20)
    sock.settimeout(PATIENCE_S)


# Where there is TLS the first one is in the handshake, and so is the next.
PHASES: dict[str, Hold] = {
    "silent": silent,
    "half a head": half_head,
    "body awaited": body_awaited,
    "body begun": body_begun,
    "reply unread": reply_unread,
    "kept idle": kept_idle,
}
BEFORE_TLS = {"silent": silent, "half a hello": half_hello}


def loopback(count: int) -> list[str]:
    """So many addresses of this machine, each a client of its own."""
    return [f"127.1.{n // 200}.{n % 200 + 1}" for n in range(count)]


@dataclass
class Flood:
    """At most count connections at a time, from all of the sources in turn."""

    port: int
    hold: Hold
    sources: list[str]
    count: int
    tls: ssl.SSLContext | None = None
    proxy: str | None = None  # connects, and names the source in a PROXY header
    held: dict[int, socket.socket] = field(default_factory=dict)
    opened: int = 0
    refused: int = 0
    _poll: select.poll = field(default_factory=select.poll)

    def _connect(self, source: str) -> socket.socket:
        sock = socket.socket()
        sock.settimeout(PATIENCE_S)
        try:
            if self.hold is reply_unread:  # so that few bytes fill the way back
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SMALL_SEGMENT)
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
            sock.bind((self.proxy or source, 0))
            sock.connect(("127.0.0.1", self.port))
            if self.proxy:
                sock.sendall(f"PROXY TCP4 {source} 192.0.2.99 50000 443\r\n".encode())
            if self.tls and self.hold not in BEFORE_TLS.values():
                sock = self.tls.wrap_socket(sock, server_hostname="localhost")
            self.hold(sock)
        except BaseException:
            sock.close()
            raise
        return sock

    def _keep(self, sock: socket.socket) -> None:
        self.held[sock.fileno()] = sock
        self._poll.register(sock, GONE)

    def drop_gone(self) -> None:
        """Those that the server has closed."""
        for number, _ in self._poll.poll(0):
            self._poll.unregister(number)
            self.held.pop(number).close()

    def fill(self, most: int | None = None) -> None:
        """Opens anew what was closed, however often it is tried in vain: at most so many times."""
        self.drop_gone()
        for _ in range(most or 2 * self.count):
            if len(self.held) >= self.count:
                return
            source = self.sources[self.opened % len(self.sources)]
            self.opened += 1
            try:
                sock = self._connect(source)
            except (OSError, AssertionError):  # turned away, or out again for the next one
                self.refused += 1
            else:
                self._keep(sock)
            self.drop_gone()

    def drip(self) -> None:
        """One byte more on each."""
        for sock in self.held.values():
            with suppress(OSError):
                sock.sendall(b"a")

    def close(self) -> None:
        for sock in self.held.values():
            sock.close()
        self.held.clear()
