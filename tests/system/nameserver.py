# SPDX-License-Identifier: BSD-2-Clause
"""A name server of a few lines, to be a resolver or a zone's server: it answers from a table."""

from __future__ import annotations

import ipaddress
import socket
import struct
import threading
from dataclasses import dataclass, field

from aws.wire import Closed

TYPES = {"A": 1, "NS": 2, "SOA": 6, "AAAA": 28}
CLASS_IN = 1
QR, AA, TC, RA = 0x8000, 0x0400, 0x0200, 0x0080
NOERROR, SERVFAIL, NXDOMAIN, REFUSED = 0, 2, 3, 5
HEADER = struct.Struct("!6H")


@dataclass
class Answer:
    """values: addresses, or names, as the type has them; of a SOA, the primary's name."""

    values: list[str] = field(default_factory=list)
    rcode: int = NOERROR
    authoritative: bool = False
    truncated: bool = False  # over UDP; TCP then has the values


def encode_name(name: str) -> bytes:
    labels = [label.encode() for label in name.rstrip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def read_question(query: bytes) -> tuple[str, int, bytes]:
    """Name, type, and the question as it stands on the wire."""
    labels, at = [], HEADER.size
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode())
        at += 1 + query[at]
    (kind,) = struct.unpack_from("!H", query, at + 1)
    return ".".join(labels).lower(), kind, query[HEADER.size : at + 5]


def rdata(kind: str, value: str) -> bytes:
    if kind in ("A", "AAAA"):
        return ipaddress.ip_address(value).packed
    if kind == "SOA":
        numbers = struct.pack("!5I", 1, 7200, 900, 1209600, 86400)
        return encode_name(value) + encode_name("hostmaster." + value) + numbers
    return encode_name(value)


class NameServer:
    """UDP and TCP on one port of a loopback address; answers: (name, type) -> Answer. What is not
    in the table is answered with other. Use as a context manager."""

    def __init__(
        self,
        answers: dict[tuple[str, str], Answer],
        other: Answer | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ):
        self.answers = answers
        self.other = other or Answer(rcode=NXDOMAIN)
        self.asked: list[tuple[str, str]] = []
        self.silent = False  # whether no datagram is answered
        self.noise = False  # whether somebody else's refusal comes before each datagram
        self._tcp = socket.create_server((host, port))
        self.port: int = self._tcp.getsockname()[1]
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind((host, self.port))
        for serve in (self._serve_udp, self._serve_tcp):
            threading.Thread(target=serve, daemon=True).start()

    def __enter__(self) -> NameServer:
        return self

    def __exit__(self, *_exc: object) -> None:
        for sock in (self._udp, self._tcp):
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            sock.close()

    def _reply(self, query: bytes, is_udp: bool) -> bytes:
        identifier, flags = struct.unpack_from("!2H", query)
        name, number, question = read_question(query)
        kind = next((word for word, value in TYPES.items() if value == number), "?")
        self.asked.append((name, kind))
        answer = self.answers.get((name, kind), self.other)
        cut = answer.truncated and is_udp
        flags = QR | RA | (flags & 0x0100) | answer.rcode
        flags |= (AA if answer.authoritative else 0) | (TC if cut else 0)
        records = b""
        values = [] if cut else answer.values
        for value in values:
            data = rdata(kind, value)
            records += b"\xc0\x0c" + struct.pack("!HHIH", number, CLASS_IN, 60, len(data)) + data
        return HEADER.pack(identifier, flags, 1, len(values), 0, 0) + question + records

    def _serve_udp(self) -> None:
        while True:
            try:
                query, peer = self._udp.recvfrom(4096)
            except OSError:
                return
            if not query:
                return
            reply = self._reply(query, True)
            if self.silent:
                continue
            if self.noise:
                stray = bytes([reply[0] ^ 1, *reply[1:3], REFUSED]) + reply[4:]
                self._udp.sendto(stray, peer)
            self._udp.sendto(reply, peer)

    def _serve_tcp(self) -> None:
        while True:
            try:
                sock, _ = self._tcp.accept()
            except OSError:
                return
            with sock:
                sock.settimeout(10)
                try:
                    (length,) = struct.unpack("!H", read_exactly(sock, 2))
                    reply = self._reply(read_exactly(sock, length), False)
                    sock.sendall(struct.pack("!H", len(reply)) + reply)
                except (Closed, OSError):
                    pass


def read_exactly(sock: socket.socket, length: int) -> bytes:
    data = b""
    while len(data) < length:
        more = sock.recv(length - len(data))
        if not more:
            raise Closed
        data += more
    return data
