# SPDX-License-Identifier: BSD-2-Clause
"""Strangers at the builtin name server: who holds its connections, and who is spared its limit."""

from __future__ import annotations

import re
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from system.conftest import Service
from system.harness import HOST, dig, eventually, metrics, run
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
    question = encode_name(name) + struct.pack("!2H", TYPES["A"], 1)
    return HEADER.pack(identifier, 0, 1, 0, 0, 0) + question


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

    # While more than half of the places are taken, idle ones are closed after a second or so: on a
    # slow machine the first have gone before the last come.
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


# Cookies. dig says "good" of one that has its own half in it.


def dig_all(service: Service, *options: str) -> str:
    command = ["dig", "@127.0.0.1", "-p", str(service.daemon.dns_port), "+time=1", "+tries=10"]
    done = run([*command, *options, HOST, "A"])
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(name="limited")
def fixture_limited(service: Service) -> Service:
    """One answer a second to a network, and what it may have at once is used up."""
    service.config.top["dns-responses-per-second"] = 1
    service.daemon.stop()
    service.start()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for _ in range(4):
            sock.sendto(query(), ("127.0.0.1", service.daemon.dns_port))
    eventually("the limit is reached", lambda: counted(service, "dns_limited_total") > 0)
    return service


@pytest.mark.parametrize("transport", ["+notcp", "+tcp"])
def test_dig_takes_our_cookie_for_good(service: Service, transport: str) -> None:
    said = dig_all(service, "+cookie=0123456789abcdef", transport)
    match = re.search(r"COOKIE: (0123456789abcdef01000000[0-9a-f]{24}) \(good\)", said)
    assert match and ADDRESS in said, said
    assert ADDRESS in dig_all(service, f"+cookie={match[1]}", transport)
    assert counted(service, 'dns_cookies_total{cookie="first"}') == 1
    assert counted(service, 'dns_cookies_total{cookie="valid"}') == 1
    assert "COOKIE" not in dig_all(service, "+nocookie", transport)


def test_client_with_our_cookie_is_not_limited(limited: Service) -> None:
    """Without one of ours, dig is given one by BADCOOKIE, and asks again, never over TCP."""
    for _ in range(6):
        said = dig_all(limited, "+cookie")
        assert "status: NOERROR" in said and ADDRESS in said, said
    before = counted(limited, "dns_limited_total")
    (cookie,) = re.findall(r"COOKIE: (\w{48}) ", said)
    for _ in range(6):
        assert ADDRESS in dig_all(limited, f"+cookie={cookie}")
    assert counted(limited, "dns_limited_total") == before
    assert counted(limited, 'dns_queries_total{transport="tcp"}') == 0
    stolen = ("-b", "127.0.0.2", f"+cookie={cookie}", "+nobadcookie")
    eventually("BADCOOKIE", lambda: "BADCOOKIE" in dig_all(limited, *stolen), PATIENCE_S)


def test_a_restart_makes_all_cookies_bad_and_keeps_nobody_out(service: Service) -> None:
    (cookie,) = re.findall(r"COOKIE: (\w{48}) ", dig_all(service, "+cookie"))
    service.daemon.stop()
    service.start()
    assert ADDRESS in dig_all(service, f"+cookie={cookie}")
    assert counted(service, 'dns_cookies_total{cookie="bad"}') == 1


@pytest.mark.parametrize("transport", ["+notcp", "+tcp"])
def test_option_that_is_no_cookie_is_a_format_error(service: Service, transport: str) -> None:
    for length in (0, 7, 9, 15, 41):
        said = dig_all(service, "+nocookie", f"+ednsopt=10:{'ab' * length}", transport)
        assert "status: FORMERR" in said and "EDNS: version: 0" in said, said
