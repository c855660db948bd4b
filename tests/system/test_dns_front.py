# SPDX-License-Identifier: BSD-2-Clause
"""Strangers at the builtin name server: those who hold its connections, and those who are kept out by them."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from system.conftest import Service
from system.harness import HOST, dig, eventually, metrics
from system.nameserver import HEADER, TYPES, encode_name, read_exactly

ADDRESS = "203.0.113.5"
PLACES, PER_NETWORK = 64, 16
PATIENCE_S = 60  # longer than any connection may be idle, however slow the machine is


@pytest.fixture(name="service")
def fixture_service(make_service: Callable[..., Service]) -> Service:
    service = make_service(top={"admin-listen": "127.0.0.1:0"})
    service.start()
    secret = service.ctl.add("router1", HOST)
    assert service.router("router1", secret).update(f"myip={ADDRESS}").text == f"good {ADDRESS}"
    return service


@pytest.fixture(name="stack")
def fixture_stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def query(identifier: int = 1, name: str = HOST) -> bytes:
    return HEADER.pack(identifier, 0, 1, 0, 0, 0) + encode_name(name) + struct.pack("!2H", TYPES["A"], 1)


def framed(message: bytes) -> bytes:
    return struct.pack("!H", len(message)) + message


def receive(sock: socket.socket) -> bytes:
    (length,) = struct.unpack("!H", read_exactly(sock, 2))
    return read_exactly(sock, length)


def connect_from(service: Service, source: str) -> socket.socket:
    return socket.create_connection(
        ("127.0.0.1", service.daemon.dns_port), PATIENCE_S, source_address=(source, 0)
    )


def is_served(service: Service, source: str) -> bool:
    return dig(service.daemon.dns_port, HOST, "A", "+tcp", "-b", source) == [ADDRESS]


def wait_closed(sock: socket.socket) -> None:
    try:
        while sock.recv(65536):
            pass
    except ConnectionResetError:
        pass


def counted(service: Service, name: str) -> int:
    return metrics(service.daemon)[f"mooring_{name}"]


def test_one_network_with_all_its_connections_keeps_nobody_out(
    service: Service, stack: ExitStack
) -> None:
    """The newest of a network are served, too: the oldest make room."""
    socks = [
        stack.enter_context(connect_from(service, f"127.0.0.{1 + i % 9}")) for i in range(PLACES)
    ]
    assert is_served(service, "127.0.1.1")
    assert is_served(service, "127.0.0.77")
    for sock in socks[: PLACES - PER_NETWORK + 1]:
        wait_closed(sock)
    assert counted(service, 'dns_tcp_closed_total{reason="network"}') > 0
    assert counted(service, "dns_tcp_connections") <= PER_NETWORK


def test_networks_that_fill_the_table_keep_nobody_out(service: Service, stack: ExitStack) -> None:
    def crowd() -> bool:
        for i in range(PLACES + 8):
            stack.enter_context(connect_from(service, f"127.0.{1 + i % 8}.{1 + i // 8}"))
        return counted(service, 'dns_tcp_closed_total{reason="full"}') > 0

    # More than half of the places make room by themselves after a second or so: on a slow machine the
    # first have gone before the last come.
    eventually("a table that is full", crowd, PATIENCE_S)
    assert is_served(service, "127.0.100.1")
    assert counted(service, "dns_tcp_connections") <= PLACES


def drips_until_closed(sock: socket.socket) -> bool:
    """A message of 4095 bytes, one byte each tenth of a second: a minute of them."""
    sock.settimeout(0.1)
    for byte in b"\x0f\xff" + bytes(600):
        try:
            sock.sendall(bytes([byte]))
            if not sock.recv(1):
                return True
        except TimeoutError:
            continue
        except OSError:
            return True
    return False


def test_halves_of_messages_and_single_bytes_hold_no_place(
    service: Service, stack: ExitStack
) -> None:
    halves = [b"", b"\0", framed(query())[:2], framed(query())[:20], b"\x10\0" + b"a" * 100]
    socks = [stack.enter_context(connect_from(service, "127.0.0.1")) for _ in range(6)]
    for sock, half in zip(socks[1:], halves):
        sock.sendall(half)
    assert drips_until_closed(socks[0])
    for sock in socks[1:]:
        wait_closed(sock)
    assert is_served(service, "127.0.0.1")


def test_pipelined_queries_are_answered_in_their_order(service: Service, stack: ExitStack) -> None:
    sock = stack.enter_context(connect_from(service, "127.0.0.1"))
    n = 500
    sock.sendall(b"".join(framed(query(i)) for i in range(n)))
    sock.shutdown(socket.SHUT_WR)
    for i in range(n):
        answer = receive(sock)
        assert struct.unpack_from("!H", answer) == (i,)
        assert answer.endswith(socket.inet_aton(ADDRESS))
    assert sock.recv(1) == b""


def test_who_never_reads_the_answers_is_closed_and_holds_up_nobody(
    service: Service, stack: ExitStack
) -> None:
    sock = stack.enter_context(connect_from(service, "127.0.0.1"))
    sock.settimeout(0.5)
    burst = framed(query()) * 1000
    with pytest.raises(OSError):  # neither side takes any more
        while True:
            sock.sendall(burst)
    assert is_served(service, "127.0.0.2")
    eventually(
        "its connection is closed",
        lambda: counted(service, "dns_tcp_connections") == 0,
        PATIENCE_S,
    )
