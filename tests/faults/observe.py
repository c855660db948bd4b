# SPDX-License-Identifier: BSD-2-Clause
"""What is to be seen of a daemon from outside: its process, its log, and its items in the table."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from system.harness import BUILD, Daemon
from system.logline import parse_line


def has_sanitizers() -> bool:
    program = (BUILD / "mooringd").read_bytes()
    return b"__asan_init" in program or b"__tsan_init" in program


@dataclass(frozen=True)
class State:
    """What the table says of a host; seq > pub: it is owed to the zone; is_over: another account of
    the name changed it later."""

    v4: str | None = None
    v6: str | None = None
    seq: int = 0
    pub: int = 0
    is_over: bool = False


@dataclass(frozen=True)
class Resources:
    """Of a process. fds: connections to Amazon are not counted, they are kept for a while."""

    fds: int
    threads: int
    rss_kb: int


def resources(daemon: Daemon, aws_ports: set[int]) -> Resources:
    proc = Path(f"/proc/{daemon.process.pid}")
    status = dict(
        line.split(":", 1) for line in (proc / "status").read_text().splitlines() if ":" in line
    )
    to_aws = set()
    for line in (proc / "net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if int(fields[2].rpartition(":")[2], 16) in aws_ports:
            to_aws.add(f"socket:[{fields[9]}]")
    fds = 0
    for link in (proc / "fd").iterdir():
        try:
            fds += os.readlink(link) not in to_aws
        except FileNotFoundError:  # closed meanwhile
            pass
    return Resources(fds, int(status["Threads"]), int(status["VmRSS"].split()[0]))


def log_kinds(daemon: Daemon) -> dict[str, list[float]]:
    """When the warnings and errors of each kind came; a kind is how a sentence begins."""
    found: dict[str, list[float]] = {}
    for line, at in zip(map(parse_line, list(daemon.lines)), list(daemon.times)):
        if line.level in ("warning", "error"):
            found.setdefault(line.message[:40], []).append(at)
    return found


def is_made_sure(item: dict | None) -> bool:
    """Its hosts, which were published once and were new then, have been intended and sent once more
    since, as they are after settle-time."""
    states = states_of(item or {}).values()
    return bool(states) and all(state.seq > 1 and state.seq == state.pub for state in states)


def states_of(item: dict) -> dict[str, State]:
    found = {}
    for host, value in item.get("state", {}).get("M", {}).items():
        fields = value["M"]
        found[host] = State(
            fields.get("v4", {}).get("S"),
            fields.get("v6", {}).get("S"),
            int(fields["seq"]["N"]),
            int(fields["pub"]["N"]),
            fields.get("over") == fields["seq"],
        )
    return found
