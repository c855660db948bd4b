# SPDX-License-Identifier: BSD-2-Clause
"""HTTP/1.1 messages as bytes, so that nothing is normalised before its signature is checked."""

from __future__ import annotations

import socket
from dataclasses import dataclass

from aws.sigv4 import Request

HEAD_MAX = 65536
BODY_MAX = 16 * 1024 * 1024


@dataclass(frozen=True)
class Upstream:
    """Where a service is."""

    host: str
    port: int


class Malformed(Exception):
    """The peer does not speak the HTTP that this side expects."""


class Closed(Exception):
    """The peer closed where a message could have begun."""


class Stream:
    """A socket with what was read of it but not yet used."""

    def __init__(self, sock: socket.socket):
        self.sock = sock
        self.pending = b""

    def fill(self) -> bool:
        data = self.sock.recv(65536)
        self.pending += data
        return bool(data)

    def head(self) -> bytes:
        while b"\r\n\r\n" not in self.pending:
            if len(self.pending) > HEAD_MAX:
                raise Malformed("the header section is too long")
            if not self.fill():
                if self.pending:
                    raise Malformed("the connection ended inside a header section")
                raise Closed
        head, _, self.pending = self.pending.partition(b"\r\n\r\n")
        return head

    def exactly(self, length: int) -> bytes:
        while len(self.pending) < length:
            if not self.fill():
                raise Malformed("the connection ended inside a body")
        taken, self.pending = self.pending[:length], self.pending[length:]
        return taken

    def line(self) -> bytes:
        while b"\r\n" not in self.pending:
            if not self.fill():
                raise Malformed("the connection ended inside a chunk")
        taken, _, self.pending = self.pending.partition(b"\r\n")
        return taken

    def rest(self) -> bytes:
        while self.fill():
            pass
        taken, self.pending = self.pending, b""
        return taken


def parse_fields(lines: list[bytes]) -> list[tuple[bytes, bytes]]:
    fields = []
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon or not name or name.strip() != name:
            raise Malformed(f"bad header line {line[:60]!r}")
        fields.append((name, value.strip()))
    return fields


def read_request(stream: Stream) -> tuple[Request, bytes]:
    """The request and its bytes as they came."""
    head = stream.head()
    first, *lines = head.split(b"\r\n")
    words = first.split(b" ")
    if len(words) != 3 or words[2] not in (b"HTTP/1.1", b"HTTP/1.0"):
        raise Malformed(f"bad request line {first[:60]!r}")
    request = Request(words[0].decode(), words[1], parse_fields(lines), version=words[2].decode())
    if request.all("transfer-encoding"):
        raise Malformed("no AWS service is called with a Transfer-Encoding")
    lengths = request.all("content-length")
    if len(lengths) > 1 or (lengths and not lengths[0].isdigit()):
        raise Malformed("bad Content-Length")
    length = int(lengths[0]) if lengths else 0
    if length > BODY_MAX:
        raise Malformed("the body is too long")
    if request.one("expect") == "100-continue":
        stream.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    request.body = stream.exactly(length)
    return request, head + b"\r\n\r\n" + request.body


def read_reply(stream: Stream, method: str) -> tuple[int, bytes, bool]:
    """Status, the whole reply with a plain Content-Length, and whether the connection lives on."""
    head = stream.head()
    first, *lines = head.split(b"\r\n")
    status = int(first.split(b" ")[1])
    if status == 100:
        return read_reply(stream, method)
    fields = parse_fields(lines)
    values = {name.lower(): value.lower() for name, value in fields}
    if method == "HEAD" or status in (204, 304):
        body, lives = b"", True
    elif values.get(b"transfer-encoding") == b"chunked":
        body, lives = read_chunks(stream), True
    elif b"content-length" in values:
        body, lives = stream.exactly(int(values[b"content-length"])), True
    else:
        body, lives = stream.rest(), False
    framing = (b"transfer-encoding", b"content-length", b"connection", b"keep-alive")
    kept = [name + b": " + value for name, value in fields if name.lower() not in framing]
    kept.append(b"Content-Length: " + str(len(body)).encode())
    whole = b"\r\n".join([first, *kept]) + b"\r\n\r\n" + body
    return status, whole, lives and values.get(b"connection") != b"close"


def read_chunks(stream: Stream) -> bytes:
    body = b""
    while size := int(stream.line().partition(b";")[0], 16):
        body += stream.exactly(size)
        stream.exactly(2)
    while stream.line():
        pass
    return body
