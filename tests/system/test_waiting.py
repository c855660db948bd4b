# SPDX-License-Identifier: BSD-2-Clause
"""What takes long says on a terminal how far it is, in one line that is gone at the end; nowhere else."""

from __future__ import annotations

import contextlib
import re
import socket
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from system.conftest import Service
from system.harness import BUILD, HOST, environment
from system.terminal import CONTROL_C, Terminal

WIPED = "\r\x1b[K"


@pytest.fixture(name="service")
def fixture_service(make_service: Callable[..., Service], tmp_path: Path) -> Service:
    service = make_service()
    service.config.store["timeout"] = 60
    service.ctl.add("router1", HOST)
    service.ctl.ok("backup", str(tmp_path / "b.db"))
    return service


@contextlib.contextmanager
def locked(service: Service) -> Iterator[sqlite3.Connection]:
    """By a program that lets nobody read, until it gives up the lock."""
    with contextlib.closing(
        sqlite3.connect(str(service.config.store["path"]), isolation_level=None)
    ) as db:
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("BEGIN IMMEDIATE")
        yield db


@contextlib.contextmanager
def silent() -> Iterator[int]:
    """The port of a server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def argv(service: Service, *words: str) -> list[str | Path]:
    return [BUILD / "mooringctl", "-c", service.config.write(), *words]


def check_gone(shown: str) -> None:
    """Nothing of the line stays, whatever follows."""
    before, wipe, after = shown.rpartition(WIPED)
    assert wipe and before and "\r" not in after.replace("\r\n", ""), shown


COMMANDS = {
    "backup": (("backup", "{folder}/new.db"), r"backup: \d+ (of \d+ )?MB copied, \d+/s"),
    "restore": (("restore", "{folder}/b.db"), r"restore: \d+ seconds"),
}


@pytest.mark.parametrize("what", COMMANDS)
def test_a_store_that_is_waited_for_is_told(service: Service, tmp_path: Path, what: str) -> None:
    words, line = COMMANDS[what]
    words = tuple(word.format(folder=tmp_path) for word in words)
    with locked(service) as db, Terminal(argv(service, *words), environment()) as terminal:
        terminal.expect("\x1b[K")
        assert re.search(rf"\r{line}\x1b\[K", terminal.shown), terminal.shown
        db.close()
        status, _ = terminal.finish()
    assert status == 0, terminal.shown
    check_gone(terminal.shown)
    assert "1 account" in terminal.shown.rpartition(WIPED)[2]


@pytest.mark.http_client
def test_an_answer_that_is_waited_for_is_told(service: Service) -> None:
    with silent() as port:
        words = argv(service, "test", f"http://127.0.0.1:{port}/")
        terminal = Terminal(words, environment())
        terminal.expect("seconds, about ")
        terminal.expect("\x1b[K")
    # Whose connection was never taken is told that now.
    with terminal:
        status, _ = terminal.finish()
    assert status == 1
    line = r"waiting for an answer: (\d+) of 15 seconds, about (\d+) s left\x1b"
    lines = re.findall(line, terminal.shown)
    assert lines and all(int(spent) + int(left) == 15 for spent, left in lines)
    check_gone(terminal.shown)
    assert terminal.shown.rpartition(WIPED)[2].startswith("mooringctl: ")


@pytest.mark.http_client
def test_a_line_fits_in_the_row_that_the_terminal_has(service: Service) -> None:
    """Whatever is longer could not be wiped; the terminal may change meanwhile."""
    with silent() as port:
        words = argv(service, "test", f"http://127.0.0.1:{port}/")
        with Terminal(words, environment(), columns=40) as terminal:
            terminal.expect(" of 15 seconds,\x1b[K")
            terminal.resize(24)
            terminal.expect("\rwaiting for an answer: \x1b[K")
            terminal.type(CONTROL_C)
            terminal.finish()
    lines = re.findall(r"\r([^\r\x1b]*)\x1b\[K", terminal.shown)
    assert lines and max(len(line) for line in lines) <= 39, lines


def test_what_is_soon_over_shows_no_line(service: Service) -> None:
    words = argv(service, "user", "rehash", "--all", "--dry-run")
    with Terminal(words, environment()) as terminal:
        status, shown = terminal.finish()
    assert status == 0 and "need nothing" in shown and "\x1b" not in shown, shown


def test_doctor_tells_how_many_results_it_has(service: Service) -> None:
    """Its questions are answered by nobody."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nobody:
        nobody.bind(("127.0.0.1", 0))
        words = argv(service, "doctor", "--resolver", f"127.0.0.1:{nobody.getsockname()[1]}")
        with Terminal(words, environment()) as terminal:
            terminal.expect(" results")
            terminal.finish()
    assert re.search(r"\rdoctor: \d+ results, \d+/s\x1b\[K", terminal.shown), terminal.shown
    check_gone(terminal.shown)


@pytest.mark.http_client
def test_a_program_that_reads_gets_no_line(service: Service) -> None:
    """Through a pipe; and as JSON on a terminal, too. Both wait for three seconds."""
    with silent() as port:
        service.config.top["admin-listen"] = [f"127.0.0.1:{port}"]
        done = service.ctl.run("health")
        assert done.returncode == 1 and done.stdout == ""
        assert re.fullmatch("mooringctl: [^\r\x1b]+\n", done.stderr)
        with Terminal(argv(service, "health", "--json"), environment()) as terminal:
            status, shown = terminal.finish()
    assert status == 1 and "\x1b" not in shown and shown.startswith("{")
