# SPDX-License-Identifier: BSD-2-Clause
"""mooringd under measurement: its accounts written in bulk, its log to a file, what it used."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import resource
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from system.logline import log_pattern, parse_line

PASSWORD = "the-secret-of-the-benchmark"
SALT = "saltsaltsaltsalt"
FILES_WANTED = 131072
START_TIMEOUT_S = 600  # a million accounts, and other work on the machine
STOP_TIMEOUT_S = 60
ROUTERS_TIMEOUT_S = 600
TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class Account:
    """One row of accounts with its hosts, all published at v4 an hour ago."""

    user: str
    hosts: list[str]
    v4: str

    def ask(self, v4: str) -> str:
        """The line of routers.c that asks for this address."""
        return f"{self.user}:{PASSWORD} /nic/update?hostname={','.join(self.hosts)}&myip={v4}\n"


def environment() -> dict[str, str]:
    """Nothing of the caller's AWS, proxies or mooring."""
    foreign = ("AWS_", "MOORING_", "SSL_CERT_")
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(foreign) and not name.lower().endswith(("_proxy", "_ca_bundle"))
    }


def stored_secret() -> str:
    digest = hmac.new(SALT.encode(), PASSWORD.encode(), hashlib.sha256).hexdigest()
    return f"$sha256${SALT}${digest}"


def allow_files() -> int:
    """Open files that children may have: as root more than at login."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    for limit in (max(FILES_WANTED, hard), hard):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
            return limit
        except (OSError, ValueError):
            continue
    return hard


class Mooring:
    """config is the whole file but for the store: what store says, or a SQLite file in directory."""

    def __init__(
        self,
        build: Path,
        directory: Path,
        config: str,
        env: dict[str, str],
        store: str | None = None,
    ):
        self.build, self.directory = build, directory
        self.database = directory / "mooring.db"
        self.config = directory / "mooring.conf"
        store = store or f'path = "{self.database}"'
        self.config.write_text(f"{config}\nstore {{ {store} }}\n")
        self.env = {**environment(), "AWS_EC2_METADATA_DISABLED": "true", **env}
        self.log = directory / "mooringd.log"
        self.process: subprocess.Popen | None = None

    def ctl(self, *words: str) -> str:
        argv = [self.build / "mooringctl", "-c", self.config, *words]
        options = {"env": self.env, "check": True, "text": True}
        return subprocess.run(argv, stdout=subprocess.PIPE, **options).stdout

    def fill(self, accounts: list[Account]) -> None:
        """In one transaction; mooringctl makes the tables."""
        self.ctl("user", "list")
        secret, then = stored_secret(), int(time.time()) - 3600
        hosts = [(a.user, name, i, a.v4, then) for a in accounts for i, name in enumerate(a.hosts)]
        with sqlite3.connect(self.database) as db:
            db.executemany(
                "INSERT INTO accounts (user, secret) VALUES (?, ?)",
                [(account.user, secret) for account in accounts],
            )
            db.executemany(
                "INSERT INTO hosts (user, name, position, v4, seq, pub, time)"
                " VALUES (?, ?, ?, ?, 1, 1, ?)",
                hosts,
            )
        db.close()

    @contextmanager
    def running(self) -> Iterator[Mooring]:
        argv = [self.build / "mooringd", "-c", self.config]
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stderr=log, env=self.env
            )
        try:
            self._wait_ready()
            yield self
        finally:
            self._stop()

    def _wait_ready(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while self.ready_line() is None:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"mooringd is not ready:\n{self.log.read_text()}")
            threading.Event().wait(0.01)

    def ready_line(self) -> str | None:
        lines = self.log.read_text().splitlines()
        return next((line for line in lines if re.search(log_pattern("ready"), line)), None)

    def _stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.returncode != 0:
            raise RuntimeError(f"mooringd ended with {self.process.returncode}")

    @property
    def port(self) -> int:
        """Of plain HTTP: TLS is measured by the front's part."""
        return int(parse_line(self.ready_line()).fields["plain"].rpartition(":")[2])

    def cpu_s(self) -> float:
        text = Path(f"/proc/{self.process.pid}/stat").read_text()
        fields = text.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def memory_kb(self, what: str = "VmRSS") -> int:
        """VmHWM: the most that it was."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"^{what}:\s+(\d+)", text, re.M)[1])


def ask(build: Path, mode: str, port: int, lines: Path, seconds: int) -> dict:
    """What routers.c says of them in the end; one that is not served as it should be raises."""
    with routers(build, mode, port, lines, str(seconds)) as process:
        out, _ = process.communicate(timeout=ROUTERS_TIMEOUT_S)
    if process.returncode != 0:
        raise RuntimeError("not every router was served")
    return json.loads(out)


@contextmanager
def routers(
    build: Path, mode: str, port: int, lines: Path, *more: str
) -> Iterator[subprocess.Popen[str]]:
    """routers.c, stopped at the end."""
    argv = [build / "tests/bench/routers", mode, str(port), lines, *more]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(argv, text=True, **pipes) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
