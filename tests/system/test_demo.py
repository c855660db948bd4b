# SPDX-License-Identifier: BSD-2-Clause
"""script/server, as somebody runs it who has only this checkout: what it prints is what works."""

from __future__ import annotations

import re
import shlex
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from system.harness import BUILD, environment, run

SCRIPT = Path(__file__).parents[2] / "script/server"
SAYS = re.compile(r"HTTPS on 127\.0\.0\.1:(\d+) and DNS on 127\.0\.0\.1:(\d+);")


@contextmanager
def demo(folder: Path) -> Iterator[list[str]]:
    """What it printed until the daemon was ready."""
    env = environment(MOORING_TEST_BUILD=str(BUILD), MOORING_TEST_DATA=str(folder))
    with subprocess.Popen(
        [SCRIPT], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as server:
        timer = threading.Timer(60, server.kill)
        timer.start()
        try:
            lines: list[str] = []
            for line in server.stdout:
                lines.append(line.strip())
                if "ready https" in line:
                    break
            yield lines
        finally:
            timer.cancel()
            server.terminate()
            server.communicate()


def ports(lines: list[str]) -> tuple[int, int]:
    (found,) = (SAYS.search(line) for line in lines if SAYS.search(line))
    return int(found[1]), int(found[2])


def printed(lines: list[str], program: str) -> list[str]:
    """A command that it printed, to be run as it stands."""
    return shlex.split(next(line for line in lines if line.startswith(program + " ")))


def check(lines: list[str]) -> None:
    updated = run(printed(lines, "curl"))
    assert updated.stdout.split()[0] in ("good", "nochg"), (lines, updated)
    assert run(printed(lines, "dig")).stdout == "203.0.113.7\n"


def take(stack: ExitStack, kind: socket.SocketKind, port: int) -> None:
    """Takes a port of all addresses, as avahi-daemon does with 5353; somebody else may have it."""
    taken = stack.enter_context(socket.socket(socket.AF_INET, kind))
    with suppress(OSError):
        taken.bind(("0.0.0.0", port))
        if kind == socket.SOCK_STREAM:
            taken.listen()


def test_ports_that_others_have_are_not_taken(tmp_path: Path) -> None:
    with ExitStack() as stack:
        take(stack, socket.SOCK_DGRAM, 5353)
        take(stack, socket.SOCK_STREAM, 8443)
        take(stack, socket.SOCK_STREAM, 5453)
        first = stack.enter_context(demo(tmp_path / "first"))
        https, dns = ports(first)
        assert https > 8443 and dns > 5453
        check(first)
        second = stack.enter_context(demo(tmp_path / "first"))
        assert ports(second)[0] != https and ports(second)[1] != dns
        check(second)
        check(first)
