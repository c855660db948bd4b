# SPDX-License-Identifier: BSD-2-Clause
"""The service on a loopback port: HTTP/1.1, connections kept, faults done to the bytes."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable
from datetime import datetime

from aws.errors import Reply
from aws.sigv4 import Request
from aws.strict_route53.buckets import Clock
from aws.strict_route53.faults import Fault
from aws.strict_route53.service import Service, Settings, utc_now
from aws.wire import Closed, Malformed, Stream, Upstream, read_request

BACKLOG = 512
IDLE_TIMEOUT_S = 600


class StrictRoute53(Service):
    """Use as a context manager, or close(). It looks at no signature: the gate stands in front."""

    def __init__(
        self,
        settings: Settings | None = None,
        clock: Clock | None = None,
        wall: Callable[[], datetime] = utc_now,
    ):
        super().__init__(settings, clock, wall)
        self.unexpected: list[str] = []  # what broke in here; a test asserts it empty
        self.connections = 0  # accepted so far
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> StrictRoute53:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    @property
    def upstream(self) -> Upstream:
        return Upstream("127.0.0.1", self.port)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()
        with self._open_lock:
            sockets = list(self._open)
        for sock in sockets:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            with self._open_lock:
                self._open.add(sock)
                self.connections += 1
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        sock.settimeout(IDLE_TIMEOUT_S)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stream = Stream(sock)
        try:
            while self._serve_one(stream):
                pass
        except (Closed, OSError):
            pass
        except Malformed as problem:
            self.unexpected.append(f"malformed HTTP: {problem}")
        except Exception as problem:  # pylint: disable=broad-exception-caught
            self.unexpected.append(repr(problem))
            raise
        finally:
            with self._open_lock:
                self._open.discard(sock)
            sock.close()

    def _serve_one(self, stream: Stream) -> bool:
        """Returns whether another request may follow."""
        request, _ = read_request(stream)
        reply, fault = self._call(request)
        if fault.lose:
            return False
        lives = self.settings.keep_alive and not fault.close and lives_on(request)
        if not lives:
            reply.headers["Connection"] = "close"
        raw = reply.wire(self.wall())
        if fault.cut is not None:
            stream.sock.sendall(raw[: fault.cut])
            # A reset instead of an orderly end, as from a machine that died.
            stream.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        stream.sock.sendall(raw)
        return lives

    def _call(self, request: Request) -> tuple[Reply, Fault]:
        ticket = self.arrive(request.method, request.target.decode("latin-1"), request.body)
        fault = self.faults.take(ticket.action)
        reply = Reply(500, code="InternalFailure")
        try:
            if fault is not None and fault.delay_s:
                self.clock.wait(fault.delay_s)
            if fault is None or not fault.is_instead:
                reply = self.handle(ticket)
            if fault is not None:
                reply = fault.reply() or reply
        finally:
            self.leave(ticket, reply, fault is not None)
        return reply, fault or Fault()


def lives_on(request: Request) -> bool:
    connection = (request.one("connection") or "").lower()
    if request.version == "HTTP/1.0":
        return connection == "keep-alive"
    return connection != "close"
