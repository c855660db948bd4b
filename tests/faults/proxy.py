# SPDX-License-Identifier: BSD-2-Clause
"""A TCP proxy on the loopback that is as bad as a network can be, and changes while it runs.

    with Proxy(gate.port) as proxy:                 # daemon -> proxy.url -> gate
        proxy.set(down=Way(piece=1, delay_s=1))     # replies of one byte a second
        proxy.set(up=Way(limit=17, times=1))        # one reset behind byte 17 of a request
        proxy.set(down=Way(limit=0, end=SILENCE))   # nothing comes back, also no ServerHello
        proxy.clear()                               # what was held goes on
        assert proxy.connections == 3

"up" is what the side that connected sends. Bytes are counted within an exchange: it begins when
bytes go up after bytes came down.
"""

from __future__ import annotations

import asyncio
import math
import random
import select
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import TypeVar

LINKS_MAX = 512  # at once; further ones are closed
EXCHANGES_MAX = 4096  # remembered
HEAD_MAX = 2048  # of a request, kept to look for Way.match in it
LOOK_S = 0.01  # how soon a changed Way is noticed where bytes are held
CALL_TIMEOUT_S = 10
DEAF_GUESTS = 4  # more than any backlog of 0 lets in

RESET, SILENCE, CLOSE = "reset", "silence", "close"
Found = TypeVar("Found")


@dataclass(frozen=True)
class Way:
    """What happens to the bytes that go one way; by default they pass."""

    piece: int = 0  # in pieces of 1 to so many bytes; 0: as they came
    delay_s: float = 0  # in front of each piece
    jitter_s: float = 0  # and at most so much more
    limit: int | None = None  # behind so many bytes of an exchange comes the end:
    end: str = RESET  # of both sides; or nothing passes any more; or the end of this way alone
    match: bytes = b""  # only of exchanges whose request has this near its beginning
    times: int | None = None  # only so many ends; then bytes pass


PASS = Way()


@dataclass(eq=False)
class Exchange:
    """Bytes that have passed, by direction."""

    link: Link
    began: float = field(default_factory=monotonic)
    head: bytes = b""
    up: int = 0
    down: int = 0
    pieces: int = 0  # of both directions


@dataclass(eq=False)
class Link:
    """One connection and its counterpart behind the proxy."""

    client: socket.socket
    server: socket.socket
    ended: float | None = None
    exchange: Exchange | None = None
    discarded: set[str] = field(default_factory=set)  # directions whose end was told already
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def is_abandoned(self) -> bool:
        """The client has closed, though not all it sent was read yet."""
        poll = select.poll()
        poll.register(self.client, select.POLLRDHUP)
        return bool(poll.poll(0))

    def close(self, *, reset: bool) -> None:
        for sock in (self.client, self.server):
            if reset:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.close()


class Proxy:
    """In front of a port of the loopback. A thread of its own; any thread may call."""

    def __init__(self, port: int, *, listen: int = 0, scheme: str = "http", seed: int = 1):
        """listen: on this port, 0: a free one; scheme: of its URL, it passes whatever comes."""
        self.scheme = scheme
        self.connections = 0  # ever made
        self._upstream = ("127.0.0.1", port)
        self._random = random.Random(seed)
        self._ways = {"up": PASS, "down": PASS}
        self._ends = {"up": 0, "down": 0}
        self._links: set[Link] = set()
        self._ending: set[asyncio.Task[None]] = set()
        self._exchanges: deque[Exchange] = deque(maxlen=EXCHANGES_MAX)
        self._listener = socket.create_server(("127.0.0.1", listen), backlog=128)
        self._listener.setblocking(False)
        self.port: int = self._listener.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._accepting = self._loop.create_task(self._accept())
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def __enter__(self) -> Proxy:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    # What a test says and asks.

    def set(self, *, up: Way = PASS, down: Way = PASS) -> None:
        def change() -> None:
            self._ways = {"up": up, "down": down}
            self._ends = {"up": 0, "down": 0}

        self._run(change)

    def clear(self) -> None:
        self.set()

    def drop(self) -> None:
        """Resets every connection there is."""

        def change() -> None:
            for link in list(self._links):
                self._drop(link, reset=True)

        self._run(change)

    @property
    def open(self) -> int:
        return self._run(lambda: len(self._links))

    def ends(self, direction: str) -> int:
        """How often the limit of the present way was reached."""
        return self._run(lambda: self._ends[direction])

    def exchanges(self, match: bytes = b"") -> list[Exchange]:
        return self._run(lambda: [e for e in self._exchanges if match in e.head])

    def close(self) -> None:
        async def end() -> None:
            self._accepting.cancel()
            for link in list(self._links):
                self._drop(link, reset=True)
            while self._ending:
                await asyncio.wait(self._ending)

        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(end(), self._loop).result(CALL_TIMEOUT_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CALL_TIMEOUT_S)
        self._loop.close()
        self._listener.close()

    def _run(self, function: Callable[[], Found]) -> Found:
        """In the loop's thread, which alone touches what is here."""

        async def run() -> Found:
            return function()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(CALL_TIMEOUT_S)

    # Connections.

    async def _accept(self) -> None:
        while True:
            client, _ = await self._loop.sock_accept(self._listener)
            self.connections += 1
            server = socket.socket()
            link = Link(client, server)
            for sock in (client, server):
                sock.setblocking(False)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if len(self._links) >= LINKS_MAX:
                link.close(reset=False)
                continue
            self._links.add(link)
            link.tasks.append(self._loop.create_task(self._connect(link)))

    async def _connect(self, link: Link) -> None:
        try:
            await self._loop.sock_connect(link.server, self._upstream)
        except OSError:
            self._drop(link, reset=True)
            return
        for direction in ("up", "down"):
            link.tasks.append(self._loop.create_task(self._pump(link, direction)))

    def _drop(self, link: Link, *, reset: bool) -> None:
        """Ends the calling task, too, at its next pause."""

        async def finish() -> None:
            await asyncio.gather(*link.tasks, return_exceptions=True)
            link.close(reset=reset)

        if link not in self._links:
            return
        self._links.remove(link)
        link.ended = monotonic()
        for task in link.tasks:
            task.cancel()
        task = self._loop.create_task(finish())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _pump(self, link: Link, direction: str) -> None:
        source, sink = link.client, link.server
        if direction == "down":
            source, sink = sink, source
        try:
            while data := await self._loop.sock_recv(source, 65536):
                exchange = self._note(link, direction, data)
                while data:
                    data = await self._step(exchange, direction, sink, data)
            if direction == "up":  # whoever asked is gone, and no client of ours asks by halves
                self._drop(link, reset=False)
            else:
                sink.shutdown(socket.SHUT_WR)
        except OSError:
            self._drop(link, reset=True)

    def _note(self, link: Link, direction: str, data: bytes) -> Exchange:
        exchange = link.exchange
        if exchange is None or (direction == "up" and exchange.down > 0):
            exchange = link.exchange = Exchange(link)
            self._exchanges.append(exchange)
        if direction == "up" and len(exchange.head) < HEAD_MAX:
            exchange.head += data[:HEAD_MAX]
        return exchange

    def _way(self, exchange: Exchange, direction: str) -> Way:
        way = self._ways[direction]
        is_spent = way.times is not None and self._ends[direction] >= way.times
        return PASS if is_spent or way.match not in exchange.head else way

    # One piece.

    async def _step(
        self, exchange: Exchange, direction: str, sink: socket.socket, data: bytes
    ) -> bytes:
        """Sends a first part of data and returns the rest."""
        if direction in exchange.link.discarded:
            return b""
        way = self._way(exchange, direction)
        passed = exchange.up if direction == "up" else exchange.down
        size = len(data)
        if way.piece:
            size = min(size, self._random.randint(1, way.piece))
        if way.limit is not None:
            size = min(size, max(0, way.limit - passed))
        pause_s = way.delay_s + self._random.uniform(0, way.jitter_s)
        if size and pause_s and not await self._hold(exchange.link, direction, pause_s):
            return data
        exchange.pieces += 1
        if direction == "up":
            exchange.up += size
        else:
            exchange.down += size
        await self._loop.sock_sendall(sink, data[:size])
        await asyncio.sleep(0)  # whoever reads may, before the next piece
        if way.limit is not None and passed + size >= way.limit:
            await self._end(exchange.link, direction, way, sink)
        return data[size:]

    async def _hold(self, link: Link, direction: str, seconds: float) -> bool:
        """Returns false early when another way was set, or nobody waits any more."""
        way, until = self._ways[direction], monotonic() + seconds
        while (left_s := until - monotonic()) > 0:
            await asyncio.sleep(min(left_s, LOOK_S))
            if self._ways[direction] is not way:
                return False
            if link.is_abandoned():
                self._drop(link, reset=False)
                await asyncio.sleep(0)
        return True

    async def _end(self, link: Link, direction: str, way: Way, sink: socket.socket) -> None:
        self._ends[direction] += 1
        if way.end == SILENCE:
            await self._hold(link, direction, math.inf)
        elif way.end == CLOSE:
            link.discarded.add(direction)
            sink.shutdown(socket.SHUT_WR)
        else:
            self._drop(link, reset=True)
            await asyncio.sleep(0)


class Deaf:
    """A port that takes no connection: its backlog is full, and further SYNs are lost."""

    def __init__(self, listen: int = 0) -> None:
        self._listener = socket.create_server(("127.0.0.1", listen), backlog=0)
        self.port: int = self._listener.getsockname()[1]
        self._guests = [socket.socket() for _ in range(DEAF_GUESTS)]
        for guest in self._guests:
            guest.setblocking(False)
            guest.connect_ex(("127.0.0.1", self.port))

    def __enter__(self) -> Deaf:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        for sock in (*self._guests, self._listener):
            sock.close()
