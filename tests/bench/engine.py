# SPDX-License-Identifier: BSD-2-Clause
"""Updates that are answered while others wait for their publication: the engine alone, driven by
engine.c, and mooringd by plain HTTP."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.daemon import Account, Mooring, allow_files, ask, routers
from bench.document import measured, section, table

WAITERS = (0, 5000, 50000)
SECONDS = 5
ASKERS = 32
CONNECTION_KB = 48  # more than a waiting connection takes
FILES_BESIDE = 2000
V4 = "203.0.113.1"
CONFIG = """
listen = {}
auth-penalty = 0
changes-per-hour = 0
listen-plain = { "127.0.0.1:0" }
dns-listen = { "127.0.0.1:0" }
max-connections = %(connections)d
max-connections-per-client = %(connections)d
max-pending-updates = %(connections)d
max-pending-hosts = %(connections)d
update-deadline = 60
drain-timeout = 1
zone "held.example.com" {
    publisher = "route53"
    hosted-zone-id = "ZHELD"
    allow-special-addresses = true
}
zone "home.example.com" { allow-special-addresses = true name-server-addresses = "127.0.0.1" }
"""


@dataclass
class Http:
    """mooringd with so many suspended connections."""

    waiters: int
    each_kb: float | None
    nochg: dict


def run_engine(build: Path, directory: Path, waiters: int, seconds: int) -> dict:
    argv = [build / "tests/bench/engine", str(waiters), str(seconds)]
    with open(directory / "engine.log", "wb") as log:
        done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=log, check=True, text=True)
    return json.loads(done.stdout)


def sizes(build: Path) -> dict[str, int]:
    argv = [build / "tests/bench/engine", "sizes"]
    return json.loads(subprocess.run(argv, stdout=subprocess.PIPE, check=True, text=True).stdout)


def accounts_of(letter: str, n: int, zone: str) -> list[Account]:
    return [Account(f"{letter}{i}", [f"{letter}{i}.{zone}"], V4) for i in range(n)]


def write_lines(path: Path, accounts: list[Account], v4: str) -> Path:
    path.write_text("".join(account.ask(v4) for account in accounts))
    return path


@contextmanager
def silent_endpoint() -> Iterator[dict[str, str]]:
    """An AWS that takes every connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        yield {
            "AWS_ACCESS_KEY_ID": "AKIAMOORING",
            "AWS_SECRET_ACCESS_KEY": "none",
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{listener.getsockname()[1]}",
        }


@contextmanager
def waiting(build: Path, mooring: Mooring, lines: Path | None) -> Iterator[None]:
    """Routers that have asked for a change and are not answered."""
    if lines is None:
        yield
        return
    with routers(build, "wait", mooring.port, lines) as process:
        if process.stdout.readline() != "waiting\n":
            raise RuntimeError("the routers cannot all wait")
        yield
        if process.poll() is not None:
            raise RuntimeError("a router was answered too early")


def run_http(build: Path, directory: Path, waiters: int, seconds: int) -> Http:
    directory.mkdir()
    held = accounts_of("w", waiters, "held.example.com")
    home = accounts_of("a", ASKERS, "home.example.com")
    asking = write_lines(directory / "asking", home, V4)
    changing = write_lines(directory / "changing", held, "203.0.113.2") if held else None
    config = CONFIG % {"connections": waiters + 2 * ASKERS}
    with silent_endpoint() as env:
        mooring = Mooring(build, directory, config, env)
        mooring.fill(held + home)
        with mooring.running():
            ask(build, "ask", mooring.port, asking, 1)
            before = mooring.memory_kb()
            with waiting(build, mooring, changing):
                each = (mooring.memory_kb() - before) / waiters if waiters else None
                return Http(waiters, each, ask(build, "ask", mooring.port, asking, seconds))


def affordable(waiters: int, files: int) -> int:
    """No more connections than files and memory allow; both ends are on this machine."""
    text = Path("/proc/meminfo").read_text()
    available_kb = int(text.partition("MemAvailable:")[2].split()[0])
    return min(waiters, (files - FILES_BESIDE) * 8 // 9, available_kb // 2 // CONNECTION_KB)


def latency(figures: dict, unit: str) -> list[str]:
    """Rate, p50 and p99."""
    each = (figures["p50_us"], figures["p99_us"])
    shown = [f"{us / 1000:.1f} ms" if unit == "ms" else f"{us} µs" for us in each]
    return [f"{figures['rate']:.0f}", *shown]


def engine_table(runs: list[dict]) -> str:
    labels = (
        ("nochg", "`nochg`", "µs"),
        ("fast", "change, taken at once", "µs"),
        ("slow", "change, 150 ms a batch", "ms"),
    )
    rows = [
        [f"{run['waiters']}", label, *latency(run[key], unit)]
        for key, label, unit in labels
        for run in runs
    ]
    return table(["waiters", "update", "updates/s", "p50", "p99"], rows)


def memory_text(run: dict, size: dict[str, int]) -> str:
    return (
        f"Each of {run['waiters']} waiters takes {run['heap_each']:.0f} bytes of the heap: its"
        " update, login and change, the host being published, and malloc's own. The request,"
        f" {size['request']} bytes more, belongs to HTTP."
    )


def http_table(runs: list[Http]) -> str:
    rows = [
        [f"{run.waiters}", *latency(run.nochg, "ms")]
        + ["" if run.each_kb is None else f"{run.each_kb:.1f} KB"]
        for run in runs
    ]
    return table(["waiters", "`nochg`/s", "p50", "p99", "memory a waiter (RSS)"], rows)


def limit_text(runs: list[Http]) -> str:
    if runs[-1].waiters == WAITERS[-1]:
        return ""
    return f" This machine's open files and memory allow {runs[-1].waiters} of {WAITERS[-1]}."


def release_text(runs: list[dict]) -> str:
    return " and ".join(
        f"{run['waiters']} in {run['release_s'] * 1000:.0f} ms" for run in runs if run["waiters"]
    )


def report(build: Path, directory: Path) -> str:
    files = allow_files()
    alone = []
    for waiters in WAITERS:
        alone.append(run_engine(build, directory, waiters, SECONDS))
        print(alone[-1], flush=True)
    http = []
    for waiters in WAITERS:
        n = affordable(waiters, files)
        http.append(run_http(build, directory / f"http{waiters}", n, SECONDS))
        print(http[-1], flush=True)
    return section(
        "Engine",
        f"{measured()}.",
        "The engine without HTTP: a real loop, accounts in memory, passwords checked, a log line"
        " for each update to a file. The waiters have changed their address in a zone whose backend"
        " does not answer. Meanwhile clients of other zones ask again as soon as they are answered:"
        f" {ASKERS} for the address that they have, while 400, who fill a batch, change theirs in a"
        " zone whose backend takes 150 ms for each, about as Route 53 does, so that a change waits"
        f" for the batch in flight and then for its own; thereafter {ASKERS} change theirs in a"
        " zone whose backend takes each batch at once. Latency is from the mailbox into the core"
        " thread to the answer.",
        engine_table(alone),
        memory_text(alone[-1], sizes(build))
        + " Let go, all are published in batches of 410 that the backend takes at once, confirmed"
        f" and answered: {release_text(alone)}.",
        f"mooringd by plain HTTP, accounts in SQLite: the waiters are suspended connections of one"
        f" listener, and {ASKERS} connections to the same listener are kept and ask for the address"
        " that they have. libmicrohttpd looks at every suspended connection of a thread each time"
        " it goes on with one: that grows, not the engine's part."
        + limit_text(http),
        http_table(http),
    )
