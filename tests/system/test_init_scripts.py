# SPDX-License-Identifier: BSD-2-Clause
"""etc/openrc and etc/procd: what their command lines start, and what their reload does to it. The functions
of OpenRC and of procd are stood in for: each prints what it was called with, a word a line."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from system.conftest import Service
from system.harness import BUILD, TOP, environment, run

OPENRC = TOP / "etc" / "openrc" / "mooringd"
PROCD = TOP / "etc" / "procd" / "mooringd"
# Where mooringctl looks when nothing is configured: ops/status_place.h.
RUN = "/run/mooring"
SAY = 'say() { printf "%s\\n" "$@"; }\n'
# As OpenRC's own supervise-daemon.sh puts them together: what command_args quotes is one word.
OPENRC_STUBS = (
    SAY
    + """
RC_SVCNAME=mooringd
checkpath() { say checkpath "$@"; }
ebegin() { :; }
eend() { return "$1"; }
need() { :; }
use() { :; }
after() { :; }
provide() { :; }
. "$SCRIPT"
depend
start_command() { eval say "$command" "$command_args"; }
exported() { env; }
"""
)
PROCD_STUBS = (
    SAY
    + """
procd_open_instance() { say open; }
procd_close_instance() { say close; }
procd_set_param() { say param "$@"; }
procd_send_signal() { say signal "$@"; }
mkdir() { say mkdir "$@"; }
. "$SCRIPT"
"""
)
SHELLS = {"dash": ["sh"], "busybox": ["busybox", "sh"]}


@dataclass
class Script:
    """With the program and the configuration of a test."""

    shell: list[str]
    stubs: str
    path: Path
    env: dict[str, str]

    def call(self, function: str) -> subprocess.CompletedProcess[str]:
        env = environment(SCRIPT=str(self.path), **self.env)
        return run([*self.shell, "-c", f"{self.stubs}\n{function}"], env=env)

    def words(self, function: str) -> list[str]:
        done = self.call(function)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.splitlines()


@pytest.fixture(name="shell", params=SHELLS)
def fixture_shell(request: pytest.FixtureRequest) -> list[str]:
    assert shutil.which(SHELLS[request.param][0])
    return SHELLS[request.param]


def openrc(shell: list[str], config: Path) -> Script:
    """supervise-daemon is a program, and no name for a function."""
    supervisor = config.parent / "supervise-daemon"
    supervisor.write_text('#!/bin/sh\nprintf "%s\\n" supervise-daemon "$@"\n')
    supervisor.chmod(0o755)
    env = {
        "MOORINGD": str(BUILD / "mooringd"),
        "MOORING_CONFIG": str(config),
        "PATH": f"{config.parent}:{os.environ['PATH']}",
    }
    return Script(shell, OPENRC_STUBS, OPENRC, env)


def procd(shell: list[str], config: Path) -> Script:
    """OpenWrt has one place for each."""
    text = PROCD.read_text(encoding="utf-8")
    for name, there, here in (
        ("PROG", "/usr/sbin/mooringd", BUILD / "mooringd"),
        ("CONFIG", "/etc/mooring/mooring.conf", config),
    ):
        assert text.count(f"\n{name}={there}\n") == 1
        text = text.replace(f"\n{name}={there}\n", f"\n{name}='{here}'\n")
    path = config.parent / "procd-mooringd"
    path.write_text(text, encoding="utf-8")
    return Script(shell, PROCD_STUBS, path, {})


@contextmanager
def started(words: list[str]) -> Iterator[Callable[[str], None]]:
    """Runs the command line; yields what waits for a line of its log."""
    with subprocess.Popen(
        words, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment()
    ) as process:
        try:

            def wait_log(text: str) -> None:
                for line in process.stderr:
                    if text in line:
                        return
                raise AssertionError(f"it ended without {text!r}")

            wait_log.process = process
            wait_log("ready ")
            yield wait_log
            process.send_signal(signal.SIGTERM)
            process.stderr.read()
            assert process.wait(20) == 0
        finally:
            process.kill()


@pytest.fixture(name="config")
def fixture_config(make_service: Callable[..., Service]) -> Path:
    """In a folder whose name is two words."""
    return make_service(name="two words").config.write()


def reload_by(wait_log: Callable[[str], None], word: str) -> None:
    wait_log.process.send_signal(signal.Signals[f"SIG{word}"])
    wait_log("the certificate was read again")


def test_openrc_starts_and_reloads_it(shell: list[str], config: Path) -> None:
    script = openrc(shell, config)
    assert script.words("start_pre") == [
        "checkpath", "-d", "-m", "0700", "-o", "mooring", "/var/lib/mooring",
        "checkpath", "-d", "-m", "0750", "-o", "mooring", RUN,
    ]  # fmt: skip
    assert f"RUNTIME_DIRECTORY={RUN}" in script.words("exported")
    words = script.words("start_command")
    assert words == [str(BUILD / "mooringd"), "-c", str(config)]
    told = script.words("reload")
    assert told[:3] == ["supervise-daemon", "mooringd", "--signal"] and len(told) == 4
    with started(words) as wait_log:
        reload_by(wait_log, told[3])


def test_procd_starts_and_reloads_it(shell: list[str], config: Path) -> None:
    script = procd(shell, config)
    words = script.words("start_service")
    assert words[:4] == ["mkdir", "-p", RUN, "open"] and words[-1] == "close"
    at = words.index("env")
    assert words[at - 1 : at + 3] == ["param", "env", f"RUNTIME_DIRECTORY={RUN}", "param"]
    at = words.index("command")
    command = words[at + 1 : words.index("param", at)]
    assert command == [str(BUILD / "mooringd"), "-c", str(config)]
    told = script.words("reload_service")
    assert told[:3] == ["signal", "mooringd", "*"] and len(told) == 4
    with started(command) as wait_log:
        reload_by(wait_log, told[3])


def test_bad_configuration_is_told_and_nothing_is_started(shell: list[str], config: Path) -> None:
    config.write_text("nonsense")
    for script, function in ((openrc(shell, config), "start_pre"), (procd(shell, config), "start_service")):
        done = script.call(function)
        assert done.returncode != 0 and f"{config}:1: " in done.stderr
        assert "command" not in done.stdout.split()
