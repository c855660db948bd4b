# SPDX-License-Identifier: BSD-2-Clause
"""What a service manager does for the daemon: sockets that it keeps, a watchdog, reloads that it waits
for. Restarts under load with such sockets: tests/faults/test_restart.py."""

from __future__ import annotations

import re
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from system.callers import framed, new_query
from system.conftest import Service
from system.handover import Kept, Manager
from system.harness import (
    HOST,
    START_TIMEOUT_S,
    Daemon,
    connect,
    dig,
    exchange,
    get,
    parse_response,
    read_to_end,
)
from system.stopped_thread import stopped

EX_CONFIG = 78
WATCHDOG_S = 1.0  # four beats
KINDS = (socket.SOCK_STREAM, socket.SOCK_DGRAM)
SILENCE_S = 1.5  # longer than that: the service manager would have acted


@pytest.fixture(name="kept")
def fixture_kept() -> Iterator[Kept]:
    with Kept() as kept:
        yield kept


@pytest.fixture(name="manager")
def fixture_manager(tmp_path: Path) -> Iterator[Manager]:
    with Manager(tmp_path) as manager:
        yield manager


def start_fails(service: Service, fds: list[int]) -> str:
    """A start with these file descriptors, which ends as a wrong configuration does and has changed
    nothing. What it says."""
    daemon = Daemon(service.config, inherited=fds)
    assert daemon.wait() == EX_CONFIG, daemon.log
    daemon.check_reports()
    (line,) = daemon.log_lines("error:")
    assert not Path(service.config.store["path"]).exists()
    return line


# --- sockets ---


def ask_dns(port: int, kind: socket.SocketKind) -> socket.socket:
    """A query that is sent; its answer comes later."""
    query = new_query(HOST)
    sock = socket.socket(socket.AF_INET, kind)
    sock.settimeout(START_TIMEOUT_S)
    sock.connect(("127.0.0.1", port))
    sock.sendall(framed(query) if kind == socket.SOCK_STREAM else query)
    return sock


def test_each_listener_takes_the_socket_of_its_address(
    make_service: Callable[..., Service], kept: Kept
) -> None:
    """Of every kind; what has no socket is bound as ever."""
    keys = ("listen", "listen-plain", "admin-listen")
    ports = {key: kept.tcp() for key in keys}
    dns = kept.dns()
    top = {key: [f"127.0.0.1:{port}"] for key, port in ports.items()}
    top["listen"].append("127.0.0.1:0")
    service = make_service(top={**top, "dns-listen": [f"127.0.0.1:{dns}"]})
    daemon = service.start(inherited=kept.fds, env={"LISTEN_FDNAMES": "a:b:c:d:e"})
    assert daemon.ports("https")[0] == ports["listen"] and daemon.ports("https")[1] not in (0, dns)
    service.secret = service.ctl.add("router1", HOST)
    assert service.router("router1", service.secret).update("myip=203.0.113.5").status == 200
    for port in (ports["listen-plain"], ports["admin-listen"]):
        assert parse_response(exchange(port, get("/healthz", "Connection: close"))).text == "ok"
    assert dig(dns, HOST, "A") == dig(dns, HOST, "A", "+tcp") == ["203.0.113.5"]
    daemon.stop()
    # They live on: what comes meanwhile waits for the next one.
    with ExitStack() as stack:
        http = stack.enter_context(connect(ports["listen-plain"]))
        http.sendall(get("/healthz", "Connection: close"))
        asked = [stack.enter_context(ask_dns(dns, kind)) for kind in KINDS]
        service.start(inherited=kept.fds)
        assert parse_response(read_to_end(http)).text == "ok"
        assert all(socket.inet_aton("203.0.113.5") in sock.recv(4096) for sock in asked)


def test_all_addresses_take_both_families(make_service: Callable[..., Service], kept: Kept) -> None:
    """As BindIPv6Only=both of the socket unit has it; and the other setting is told."""
    port = kept.tcp(host="::", dual=True)
    service = make_service(top={"listen": [f"[::]:{port}"], "dns-listen": ["127.0.0.1:0"]})
    daemon = service.start(inherited=kept.fds)
    for host in ("127.0.0.1", "::1"):
        with connect(port, service.config.tls.context(), host=host) as sock:
            sock.sendall(get("/healthz", "Connection: close"))
            assert sock.recv(65536)
    daemon.stop()
    other = make_service(top={"listen": [f"[::]:{port}", f"0.0.0.0:{port}"]}, name="other")
    assert "BindIPv6Only=ipv6-only" in start_fails(other, kept.fds)
    with Kept() as v6_only:
        port = v6_only.tcp(host="::")
        other.config.top["listen"] = [f"[::]:{port}"]
        assert "BindIPv6Only=both" in start_fails(other, v6_only.fds)


def test_a_socket_that_is_no_listeners_is_refused(
    make_service: Callable[..., Service], kept: Kept
) -> None:
    service = make_service()
    wanted = kept.tcp()
    service.config.top["listen"] = [f"127.0.0.1:{wanted}"]
    port = kept.tcp()
    line = start_fails(service, kept.fds)
    assert "descriptor 4: no listener of the configuration has its address, " in line
    assert f"127.0.0.1:{port} (TCP)" in line
    with Kept() as udp:
        port = udp.udp()
        service.config.top["listen"] = [f"127.0.0.1:{port}"]
        assert f"127.0.0.1:{port} (UDP)" in start_fails(service, udp.fds)


def test_what_cannot_be_listened_on_is_refused(
    make_service: Callable[..., Service], kept: Kept
) -> None:
    service = make_service()
    deaf = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    deaf.bind(("127.0.0.1", 0))
    kept.keep(deaf)
    assert "descriptor 3: it does not listen" in start_fails(service, kept.fds)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        line = start_fails(service, [ours.fileno()])
        assert "descriptor 3: it is no socket of TCP or UDP" in line
    with open("/dev/null", "rb") as null:
        assert "descriptor 3: it is no socket" in start_fails(service, [null.fileno()])


def test_sockets_of_another_process_are_left_alone(make_service: Callable[..., Service]) -> None:
    service = make_service()
    service.start(env={"LISTEN_FDS": "7", "LISTEN_PID": "1"})


# --- reloads ---


def test_a_reload_is_told_from_its_beginning_to_its_end(
    make_service: Callable[..., Service], manager: Manager
) -> None:
    """Type=notify-reload of systemd.service(5)."""
    service = make_service(env=manager.env)
    daemon = service.launch()
    assert manager.next() == ["READY=1", "STATUS=serving"]
    for _ in range(2):
        before = time.monotonic_ns() // 1000
        daemon.send_signal(signal.SIGHUP)
        begun, since = manager.next()
        assert begun == "RELOADING=1" and re.fullmatch(r"MONOTONIC_USEC=\d+", since)
        assert before <= int(since.partition("=")[2]) <= time.monotonic_ns() // 1000
        told = [manager.next(), manager.next()]
        assert told == [["STATUS=serving"], ["READY=1"]]
    daemon.stop()
    assert manager.next()[0] == "STOPPING=1"


# --- the watchdog ---


def start_watched(make_service: Callable[..., Service], manager: Manager, **top: object) -> Daemon:
    """Debuggable, since a thread is to be stopped."""
    service = make_service(top=top, env=manager.env)
    daemon = service.start(
        env={"WATCHDOG_USEC": str(int(WATCHDOG_S * 1_000_000))}, options=("--debuggable",)
    )
    for _ in range(3):
        manager.wait("WATCHDOG=1")
    return daemon


def test_a_core_thread_that_stands_still_is_not_called_well(
    make_service: Callable[..., Service], manager: Manager
) -> None:
    daemon = start_watched(make_service, manager)
    with stopped(daemon.process.pid):
        assert manager.is_silent(SILENCE_S)
    manager.wait("WATCHDOG=1")


def test_a_thread_that_serves_and_stands_still_is_not_called_well(
    make_service: Callable[..., Service], manager: Manager
) -> None:
    """A connection is made, and nothing becomes of it."""
    daemon = start_watched(make_service, manager, **{"http-threads": 1})
    tasks = Path(f"/proc/{daemon.process.pid}/task").iterdir()
    (serving,) = [task for task in tasks if (task / "comm").read_text().startswith("MHD-")]
    with stopped(int(serving.name)), connect(daemon.https_port):
        daemon.wait_log("a thread of the HTTP server stands still")
        assert manager.is_silent(SILENCE_S)
    manager.wait("WATCHDOG=1")


def test_nobody_who_asks_is_told_nothing(
    make_service: Callable[..., Service], manager: Manager
) -> None:
    """WATCHDOG_PID is another process: sd_watchdog_enabled(3)."""
    service = make_service(env=manager.env)
    service.start(env={"WATCHDOG_USEC": "4000", "WATCHDOG_PID": "1"})
    assert manager.next()[0] == "READY=1"
    assert manager.is_silent(0.1)

