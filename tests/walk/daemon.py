# SPDX-License-Identifier: BSD-2-Clause
"""A daemon whose calls are written down: the embedded default, one account with one host."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep

from system.harness import BUILD, HOST, Config, Ctl, Daemon, Router, Tls, run
from walk.way import Call, own

SOURCE = Path(__file__).with_name("trace.c")
QUIET_S = 0.5
QUIET_WITHIN_S = 20
USER, SECRET = "walker", "a-secret-to-walk-with"


def resolve(program: Path, addresses: list[str]) -> dict[str, Call]:
    """By debugging information; what is not in src/ is left out."""
    # Names and places come in turn.
    argv = ["addr2line", "--functions", f"--exe={program}", *(f"0x{word}" for word in addresses)]
    lines = subprocess.run(argv, capture_output=True, text=True, check=True).stdout.splitlines()
    found = {}
    for address, function, place in zip(addresses, lines[::2], lines[1::2], strict=True):
        _, is_source, file = place.rpartition(":")[0].rpartition("/src/")
        if is_source:
            found[address] = Call(file, function)
    return found


class Walk:
    """Between start() and stop(), way() is what one request called."""

    def __init__(self, directory: Path):
        self._trace = directory / "calls"
        self._trace.touch()
        library = directory / "trace.so"
        built = run(["cc", "-shared", "-fPIC", "-O1", "-D_GNU_SOURCE", "-o", library, SOURCE, "-ldl"])
        assert built.returncode == 0, built.stderr
        # No look at the store falls between a request and its answer.
        top = {"sync-interval": 3600, "http-threads": 1}
        self._config = Config(directory, Tls(directory).make_authority(), top)
        Ctl(self._config.write()).add(USER, HOST, secret=SECRET)
        self._daemon = Daemon(
            self._config, env={"LD_PRELOAD": str(library), "WALK_FILE": str(self._trace)}
        ).wait_ready()

    def stop(self) -> None:
        self._daemon.stop()

    def _wait_quiet(self) -> int:
        """What the trace has grown to when nothing was called for a moment."""
        deadline = monotonic() + QUIET_WITHIN_S
        size, since = -1, monotonic()
        while monotonic() - since < QUIET_S:
            if (now := self._trace.stat().st_size) != size:
                size, since = now, monotonic()
            assert since < deadline, "the daemon never rests"
            sleep(QUIET_S / 10)
        return size

    def way(self, query: str, answer: str) -> list[Call]:
        start = self._wait_quiet()
        reply = Router(self._daemon, USER, SECRET).update(query)
        assert reply.text.split()[0] == answer, reply.text
        end = self._wait_quiet()
        with self._trace.open("rb") as file:
            file.seek(start)
            lines = file.read(end - start).decode("ascii").splitlines()
        addresses = [line.split()[1] for line in lines]
        calls = resolve(BUILD / "mooringd", sorted(set(addresses)))
        return own(calls[address] for address in addresses if address in calls)


def shortest(once: Callable[[int], list[Call]], times: int) -> list[Call]:
    """Of several ways the one with the fewest calls: no timer of the daemon's fell into it."""
    return min((once(i) for i in range(times)), key=len)
