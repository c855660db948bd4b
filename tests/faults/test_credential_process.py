# SPDX-License-Identifier: BSD-2-Clause
"""A daemon whose only keys come from a program: it ends, fails, and hangs."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from faults.clock import Clock
from faults.keys import KeyServer
from faults.network import publish
from faults.world import World
from system.harness import eventually

SCRIPT = """#!/bin/sh
# What it is called as says what it does next to its own files.
echo run >>"$0.runs"
if [ -e "$0.fails" ]; then
    echo 'a line before' >&2
    echo 'the session has ended: log in again' >&2
    exit 7
fi
if [ -e "$0.hangs" ]; then
    cat "$0.fifo" &
    echo $! >"$0.child"
    cat "$0.fifo"
fi
env >"$0.env"
echo "trace: $(cat "$0.json")" >&2
cat "$0.json"
"""
TIMEOUT_S = 10
HOUR = timedelta(hours=1)
RENEWAL_S = 46 * 60  # of keys for an hour: renewed, and nobody waits for it yet


class KeyProgram:
    """The credential_process of profile "program"; its keys are those of a KeyServer."""

    def __init__(self, directory: Path, server: KeyServer, clock: Clock):
        self.path = directory / "key program"
        self.server = server
        self.clock = clock
        self.config = directory / "aws config"
        self.config.write_text(f"[profile program]\ncredential_process = '{self.path}' --x\n")
        self.path.write_text(SCRIPT)
        self.path.chmod(0o755)
        os.mkfifo(self.beside("fifo"))

    def beside(self, ending: str) -> Path:
        return self.path.with_name(f"{self.path.name}.{ending}")

    def set(self, ending: str, on: bool) -> None:
        if on:
            self.beside(ending).touch()
        else:
            self.beside(ending).unlink()

    @property
    def runs(self) -> int:
        return self.beside("runs").read_text().count("\n") if self.beside("runs").exists() else 0

    @property
    def child(self) -> int | None:
        """Of one that hangs: the process that it has started."""
        path = self.beside("child")
        text = path.read_text() if path.exists() else ""
        return int(text) if text.endswith("\n") else None

    def hand_out(self, lifetime: timedelta, *, ends: bool = True) -> str:
        """New keys from now on; returns their key id."""
        new = self.server.rotate(lifetime, ends=ends)
        document = {
            "Version": 1,
            "AccessKeyId": new.access_key,
            "SecretAccessKey": new.secret_key,
            "SessionToken": new.token,
            "Expiration": self.server.expires.strftime("%Y-%m-%dT%H:%M:%S+00:00"),
        }
        part = self.beside("part")
        part.write_text(json.dumps(document))
        part.rename(self.beside("json"))
        return new.access_key

    @property
    def env(self) -> dict[str, str]:
        return {
            **self.clock.env,
            "AWS_ACCESS_KEY_ID": "",
            "AWS_SECRET_ACCESS_KEY": "",
            "AWS_PROFILE": "program",
            "AWS_CONFIG_FILE": str(self.config),
            "NOT_FOR_PROGRAMS": "a secret of ours",
        }


def is_running(pid: int) -> bool:
    """A zombie is not: who is its parent by now may take a moment to hear of its end."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.fixture(name="make_program")
def fixture_make_program(
    make_world: Callable[..., World], tmp_path: Path
) -> Iterator[Callable[[], tuple[World, KeyProgram]]]:
    with ExitStack() as stack:

        def make() -> tuple[World, KeyProgram]:
            clock = Clock(tmp_path)
            world = make_world(gate={"clock": clock.now})
            server = stack.enter_context(KeyServer(world.gate, clock.now))
            program = KeyProgram(tmp_path, server, clock)
            world.service.env.update(program.env)
            return world, program

        yield make


def keys_in_use(world: World) -> str:
    return world.gate.calls()[-1].access_key


def test_keys_are_renewed_before_they_end(
    make_program: Callable[[], tuple[World, KeyProgram]],
) -> None:
    """The program is asked again, behind the updates."""
    world, program = make_program()
    accounts = world.accounts(4)
    program.hand_out(HOUR)
    world.start()
    publish(world, accounts)
    assert program.runs == 1
    newer = program.hand_out(HOUR, ends=False)
    program.clock.shift = RENEWAL_S

    def is_renewed() -> bool:
        publish(world, accounts)
        return keys_in_use(world) == newer

    eventually("the newer keys are in use", is_renewed)
    assert program.runs == 2
    world.canaries |= program.server.secrets
    world.check()
    passed = {line.split("=")[0] for line in program.beside("env").read_text().splitlines()}
    assert "NOT_FOR_PROGRAMS" not in passed and {"PATH", "AWS_PROFILE"} <= passed


def test_what_hangs_is_killed_with_its_child_and_the_old_keys_serve(
    make_program: Callable[[], tuple[World, KeyProgram]],
) -> None:
    world, program = make_program()
    (account,) = world.accounts(1)
    old = program.hand_out(HOUR)
    daemon = world.start()
    publish(world, [account])
    program.set("hangs", True)
    program.clock.shift = RENEWAL_S
    publish(world, [account])
    eventually("it hangs", lambda: program.child is not None)
    child = program.child
    assert child is not None and is_running(child)
    (line,) = daemon.wait_log("credentials could not be renewed", timeout=2 * TIMEOUT_S)
    assert "the credential_process of profile program: it had not ended after 10 seconds" in line
    eventually("its child is gone", lambda: not is_running(child))
    publish(world, [account])
    assert keys_in_use(world) == old and world.readiness() == (200, "ready")
    program.set("hangs", False)
    newer = program.hand_out(HOUR)
    publish(world, [account])
    assert keys_in_use(world) == newer, "the refusal of the old ones is enough to ask"
    world.canaries |= program.server.secrets
    world.check()


def test_daemon_that_stops_leaves_nothing_behind(
    make_program: Callable[[], tuple[World, KeyProgram]],
) -> None:
    world, program = make_program()
    program.hand_out(HOUR)
    program.set("hangs", True)
    daemon = world.service.launch()
    world.daemons.append(daemon)
    eventually("it hangs", lambda: program.child is not None)
    child = program.child
    daemon.stop()
    assert "and was killed" not in daemon.log, "it was not waited for"
    assert child is not None
    eventually("nothing is left", lambda: not is_running(child))


def test_failure_at_the_start_is_told_in_one_line_and_passes(
    make_program: Callable[[], tuple[World, KeyProgram]],
) -> None:
    world, program = make_program()
    (account,) = world.accounts(1)
    program.hand_out(HOUR)
    program.set("fails", True)
    daemon = world.start()
    assert world.readiness() == (503, "credentials-unavailable")
    said = (
        "the credential_process of profile program: it ended with exit status 7: the session has"
        " ended: log in again"
    )
    assert said in daemon.log and "a line before" not in daemon.log
    program.set("fails", False)

    def is_ready() -> bool:
        world.update(account, world.new_address())
        return world.readiness() == (200, "ready")

    eventually("it is asked again", is_ready, 20)
    world.settle([account])
    world.canaries |= program.server.secrets
    world.check()
