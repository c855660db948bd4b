# SPDX-License-Identifier: BSD-2-Clause
"""What the daemon itself runs out of: open files, threads, a reader of its log, connections at its end."""

from __future__ import annotations

import errno
import os
import resource
import socket
from collections.abc import Callable
from contextlib import ExitStack, suppress
from itertools import count
from pathlib import Path
from threading import Event
from time import monotonic

import pytest

from system.conftest import Service
from system.harness import (
    BUILD,
    HOST,
    Daemon,
    basic,
    connect,
    dig,
    eventually,
    get,
    metrics,
    parse_response,
    read_one,
    read_to_end,
)
from system.unit_filters import ALLOW, ERRNO, Filter, masked, under_filters

CLONE_THREAD = 0x10000
PATIENCE_S = 15  # elsewhere machines are slow and busy


def request(secret: str, address: str, connection: str) -> bytes:
    login = "Authorization: " + basic("router1", secret)
    return get(f"/nic/update?myip={address}", login, f"Connection: {connection}")


def open_files(daemon: Daemon) -> int:
    return len(os.listdir(f"/proc/{daemon.process.pid}/fd"))


# --- 27: files ---


@pytest.mark.fault(
    27,
    "No file may be opened any more, and 200 clients want in",
    "a kept router is served, and the DNS; no busy loop (5 %); new ones are served < 1 s after",
)
def test_want_of_open_files_costs_no_router_that_is_in(
    make_service: Callable[..., Service], long: bool, figures: dict[str, object]
) -> None:
    service = make_service(
        top={"listen-plain": ["127.0.0.1:0"], "max-connections-per-client": 4096}
    )
    secret = service.ctl.add("router1", HOST)
    daemon = service.start()
    files = resource.RLIMIT_NOFILE
    before = resource.prlimit(daemon.process.pid, files)
    with ExitStack() as stack:
        kept = stack.enter_context(connect(daemon.plain_port))
        kept.sendall(request(secret, "203.0.113.1", "keep-alive"))
        assert read_one(kept).text == "good 203.0.113.1"
        resource.prlimit(daemon.process.pid, files, (open_files(daemon) + 4, before[1]))
        crowd = [stack.enter_context(connect(daemon.plain_port)) for _ in range(200)]
        daemon.wait_log('connections cannot be accepted why="Too many open files"')
        seconds = 10 if long else 1
        spent = daemon.cpu_seconds()
        Event().wait(seconds)  # the window in which nothing may happen
        share = (daemon.cpu_seconds() - spent) / seconds
        kept.sendall(request(secret, "203.0.113.2", "keep-alive"))
        assert read_one(kept).text == "good 203.0.113.2"
        assert dig(daemon.dns_port, HOST, "A") == ["203.0.113.2"]
        for sock in crowd:
            sock.close()
        began = monotonic()
        with connect(daemon.plain_port) as sock:
            sock.sendall(request(secret, "203.0.113.2", "close"))
            assert parse_response(read_to_end(sock)).text == "nochg 203.0.113.2"
        took = monotonic() - began
    figures["of a processor"], figures["served again, s"] = round(share, 3), round(took, 2)
    assert share < (0.05 if long else 0.5)
    assert took < (1 if long else PATIENCE_S)


# --- 30: threads ---


@pytest.mark.fault(
    30,
    "No thread can be started",
    "the start ends with a sentence and status 1, and leaves the database as it was",
)
def test_start_without_threads_is_refused(
    make_service: Callable[..., Service], tmp_path: Path
) -> None:
    service = make_service()
    secret = service.ctl.add("router1", HOST)
    made = Filter(ALLOW)
    made.add(ERRNO | errno.ENOSYS, "clone3")  # so that clone(2) is tried, whose flags can be seen
    made.add(ERRNO | errno.EAGAIN, "clone", masked(0, CLONE_THREAD))
    launcher = under_filters(BUILD / "mooringd")[0]
    daemon = service.launch(wrapper=[launcher, str(made.write(tmp_path / "no-threads")), "--"])
    assert daemon.wait() == 1, daemon.log
    assert "thread" in daemon.lines[-1], daemon.log
    service.daemons.remove(daemon)
    service.start()
    assert service.router("router1", secret).update("myip=203.0.113.1").text == "good 203.0.113.1"


# --- 44: the log ---


@pytest.mark.fault(
    44,
    "Nobody reads the log: its pipe is full",
    "no request waits longer (100 ms); what was lost is counted, and told afterwards",
)
def test_full_pipe_of_the_log_keeps_nobody_waiting(
    make_service: Callable[..., Service], long: bool, figures: dict[str, object]
) -> None:
    service = make_service(
        top={"listen-plain": ["127.0.0.1:0"], "admin-listen": ["127.0.0.1:0"]}
    )
    secret = service.ctl.add("router1", HOST)
    daemon = service.start()
    numbers = count()
    took = []
    with daemon.unread():
        while metrics(daemon)["mooring_log_lines_lost_total"] < (10_000 if long else 20):
            for _ in range(50):
                began = monotonic()
                with connect(daemon.plain_port) as sock:
                    sock.sendall(request(secret, f"203.0.113.{next(numbers) % 2}", "close"))
                    assert parse_response(read_to_end(sock)).status == 200
                took.append(monotonic() - began)
    eventually("a line is written again", lambda: is_told(daemon, secret), 20)
    slowest = max(took)
    figures["updates"], figures["slowest, s"] = len(took), round(slowest, 3)
    assert slowest < (0.1 if long else PATIENCE_S)


def is_told(daemon: Daemon, secret: str) -> bool:
    """With the next line."""
    with connect(daemon.plain_port) as sock:
        sock.sendall(request(secret, "203.0.113.9", "close"))
        read_to_end(sock)
    return bool(daemon.log_lines("log lines were lost"))


# --- 45: the end, with all connections in use ---


@pytest.mark.fault(
    45,
    "SIGTERM at the limit of connections, and more of them come",
    "ends well each time, no panic of libmicrohttpd",
)
def test_stop_at_the_limit_of_connections_ends_well(
    make_service: Callable[..., Service], long: bool, figures: dict[str, object]
) -> None:
    service = make_service(
        top={"listen-plain": ["127.0.0.1:0"], "max-connections": 20, "drain-timeout": 1}
    )
    cycles = 1000 if long else 5
    slowest = 0.0
    for _ in range(cycles):
        daemon = service.start()
        with ExitStack() as stack:
            for number in range(40):
                sock = stack.enter_context(socket.socket())
                sock.setblocking(False)
                with suppress(BlockingIOError):
                    sock.connect(("127.0.0.1", daemon.plain_port))
                if number == 30:
                    daemon.send_signal(15)
            began = monotonic()
            daemon.stop()
            slowest = max(slowest, monotonic() - began)
        service.daemons.remove(daemon)
    figures["cycles"], figures["slowest stop, s"] = cycles, round(slowest, 2)
