# SPDX-License-Identifier: BSD-2-Clause
"""Many updates, and everything beside them that may happen to a daemon on the internet."""

from __future__ import annotations

import json
import random
import signal
import socket
import sqlite3
import subprocess
from base64 import b64encode
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from time import monotonic

import pytest

from faults.attackers import Attackers
from faults.observe import Resources, has_sanitizers, resources
from faults.world import stored
from system.conftest import Service
from system.harness import ZONE, Daemon, eventually, exchange, get, run

SOURCE = Path(__file__).with_name("soak.c")
PORTS = range(20_000, 30_000)  # nobody gets one of these for a moment, while the daemon is down
RELOAD_EVERY_S = 1.0
MARK_AT = 5 / 8  # of the updates
MORE_MAX_KB = 5 * 1024
SECRET = "a secret of forty-eight hexadecimal digits"


def free_port(chance: random.Random) -> int:
    while True:
        port = chance.choice(PORTS)
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            if not tcp.connect_ex(("127.0.0.1", port)):
                continue
            try:
                udp.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def fill(service: Service, count: int) -> Path:
    """Accounts straight into the store. Returns the file for the routers."""
    service.ctl.ok("user", "list")  # makes the tables
    users = [f"router{n}" for n in range(count)]
    secret = stored(SECRET)
    with closing(sqlite3.connect(str(service.config.store["path"]))) as db, db:
        db.executemany(
            "INSERT INTO accounts (user, secret) VALUES (?, ?)", [(user, secret) for user in users]
        )
        db.executemany(
            "INSERT INTO hosts (user, name, position) VALUES (?, ?, 0)",
            [(user, f"{user}.{ZONE}") for user in users],
        )
    path = service.config.directory / "routers"
    logins = [b64encode(f"{user}:{SECRET}".encode()).decode() for user in users]
    path.write_text("".join(f"{login} {user}.{ZONE}\n" for login, user in zip(logins, users)))
    return path


def start(service: Service, plain: int) -> Daemon:
    """Its log has no line for each update, and so none that it is ready."""
    daemon = service.launch()

    def serves() -> bool:
        assert daemon.process.poll() is None, daemon.log
        with suppress(OSError):
            return exchange(plain, get("/healthz", "Connection: close")).endswith(b"ok")
        return False

    eventually("the daemon serves", serves, 20)
    return daemon


class Routers:
    """soak.c, and what it said last."""

    def __init__(self, directory: Path, ports: tuple[int, int], file: Path, updates: int):
        program = directory / "soak"
        flags = ["-O2", "-std=gnu11", "-D_GNU_SOURCE", "-o", program]
        built = run(["cc", *flags, SOURCE])
        assert built.returncode == 0, built.stderr
        self.said: dict[str, int | str] = {"when": "", "good": 0, "nochg": 0}
        self.ended = Event()
        self._errors = (directory / "lies").open("w+")
        self.process = subprocess.Popen(
            [program, *map(str, ports), file, str(updates)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        self._compared = Event()
        self._thread = Thread(target=self._read)
        self._thread.start()

    @property
    def acknowledged(self) -> int:
        return int(self.said["good"]) + int(self.said["nochg"])

    def _read(self) -> None:
        for line in self.process.stdout:
            self.said = json.loads(line)
            if self.said["when"] == "compared":
                self._compared.set()
        self.ended.set()
        self._compared.set()

    def wait_compared(self, timeout: float) -> None:
        assert self._compared.wait(timeout), self.said

    def compare_again(self) -> None:
        """Raises AssertionError when anything was wrong, now or before."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        status = self.process.wait(300)
        self._thread.join()
        self._errors.seek(0)
        problems = self._errors.read()
        assert status == 0 and problems == "", (status, self.said, problems[:2000])

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._thread.join()
        self.process.stdout.close()
        self.process.stdin.close()
        self._errors.close()


@dataclass
class Troubles:
    """Of the daemon: killed in the first half, reloaded all the time."""

    service: Service
    routers: Routers
    updates: int
    kills_wanted: int
    plain: int
    chance: random.Random
    kills: int = 0
    reloads: int = 0
    mark: Resources | None = None  # some time after the last kill

    def _kill(self) -> None:
        self.service.daemon.kill()
        self.kills += 1
        start(self.service, self.plain)

    def play(self) -> None:
        reloaded = monotonic()
        while not self.routers.ended.wait(0.1) and self.routers.said["when"] in ("", "running"):
            done = self.routers.acknowledged / self.updates
            if self.kills < self.kills_wanted and done > self.kills / self.kills_wanted / 2:
                Event().wait(0.1 * self.chance.random())  # any instant
                self._kill()
            elif self.mark is None and done > MARK_AT:
                self.mark = resources(self.service.daemon, set())
            if monotonic() - reloaded > RELOAD_EVERY_S:
                self.service.daemon.send_signal(signal.SIGHUP)
                self.reloads += 1
                reloaded = monotonic()


def check_flat(before: Resources, daemon: Daemon) -> Resources:
    now = resources(daemon, set())
    assert now.threads <= before.threads, (before, now)
    if not has_sanitizers():
        assert now.rss_kb <= before.rss_kb + MORE_MAX_KB, (before, now)
    return now


@pytest.mark.fault(
    48,
    "Updates of 2,000 routers; resets, kills, reloads, floods, guesses and garbage beside them",
    "1,000,000 acknowledged; 0 lost, 0 lies; memory within 5 MB after the last kill",
)
# A socket that was reset before its handshake, ssl.SSLContext.wrap_socket() leaves open.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_nothing_is_lost_and_nothing_said_that_is_not_so(
    make_service: Callable[..., Service], long: bool, figures: dict[str, object], tmp_path: Path
) -> None:
    count, updates = (2000, 1_000_000) if long else (200, 3000)
    chance = random.Random(48)
    plain, dns, https = (free_port(random.Random()) for _ in range(3))
    service = make_service(
        top={
            "listen": [f"127.0.0.1:{https}"],
            "listen-plain": [f"127.0.0.1:{plain}"],
            "dns-listen": [f"127.0.0.1:{dns}"],
            "max-connections": 256,
            "auth-penalty": 5,
            "log-level": "warn",
        }
    )
    file = fill(service, count)
    start(service, plain)
    routers = Routers(tmp_path, (plain, dns), file, updates)
    troubles = Troubles(service, routers, updates, 60 if long else 4, plain, chance)
    began = monotonic()
    try:
        tls = service.config.tls.context()
        with Attackers(plain, https, tls, "router1", 256) as attackers:
            troubles.play()
        seconds = monotonic() - began
        routers.wait_compared(300)
        assert troubles.mark and troubles.kills == troubles.kills_wanted and attackers.done["connections held"] > 0
        now = check_flat(troubles.mark, service.daemon)
        service.daemon.kill()
        start(service, plain)
        routers.compare_again()
    finally:
        routers.close()
    with closing(sqlite3.connect(str(service.config.store["path"]))) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    said = routers.said
    figures["acknowledged"] = {"good": said["good"], "nochg": said["nochg"]}
    figures["cut off"], figures["not connected"] = said["unanswered"], said["refused"]
    figures["reset by routers"], figures["told 911"] = said["reset"], said["later"]
    figures["held against the DNS"] = said["checked"]
    figures["slowest answer, s"] = int(said["slowest_ms"]) / 1000
    figures["kills"], figures["reloads"] = troubles.kills, troubles.reloads
    figures["attacks"] = dict(attackers.done)
    figures["seconds"] = round(seconds)
    figures["memory, MB"] = f"{troubles.mark.rss_kb / 1024:.1f}, at the end {now.rss_kb / 1024:.1f}"
