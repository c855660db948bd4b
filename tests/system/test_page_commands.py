# SPDX-License-Identifier: BSD-2-Clause
"""Every command of the pages that mooringctl and mooringd themselves are: it is run as it stands there, on a
store with the account that the pages talk of, and it ends well. Those that ask another host are asked for
their usage alone: they have tests of their own."""

from __future__ import annotations

import contextlib
import re
import shlex
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from system.conftest import Service
from system.harness import BUILD, HOST, ZONE, environment, run

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "pages"))
from pages import blocks  # noqa: E402  pylint: disable=wrong-import-position

PROGRAMS = {"mooringctl", "mooringd"}
# What may stand before: who runs it, and where.
BEFORE = re.compile(r"sudo|docker|compose|kubectl|exec|-n|-it|--|mooring|deploy/mooring|\$|[A-Z_]+=.*")
ENDS = re.compile(r"\||&&|\|\||;|[<>].*|&")
# They ask a server, or what an administrator has set up: these find trouble here, and say so.
MAY_FIND_TROUBLE = {"doctor"}
ASK_OTHERS = {"test", "conformance"}
# Its questions are for somebody in a terminal (test_setup.py), if it does not take its defaults.
ASKS = "setup"
UNREACHABLE = "http://127.0.0.1:1"
# In the place of the pages' ID: a notice that was given up.
GIVEN_UP = "0123456789abcdef" * 2
# The files that pages import.
IMPORTED = {
    "accounts.json": f'{{"accounts":[{{"user":"moved","hosts":["moved.{ZONE}"],"secret":"moved-1234"}}]}}',
    "config.yml": f"users:\n  moved:\n    password: moved-1234\n    hosts:\n      - moved.{ZONE}\n",
    "ddclient.conf": f"login=moved\npassword=moved-1234\nmoved.{ZONE}\n",
    "hosts.txt": f"moved.{ZONE}\n",
    "table.json": '{"Items": []}',
}


def commands(text: str) -> Iterator[list[str]]:
    for line in re.sub(r"\\\n\s*", "", text).splitlines():
        try:
            words = shlex.split(line, comments=True)
        except ValueError:  # of another program
            continue
        at = next((i for i, word in enumerate(words) if word in PROGRAMS), None)
        if at is None or not all(BEFORE.fullmatch(word) for word in words[:at]):
            continue
        end = next((i for i, word in enumerate(words) if ENDS.fullmatch(word)), len(words))
        # A line that names both programs is a picture.
        if end > at + 1 and words[at + 1] not in PROGRAMS:
            yield words[at:end]


def pages() -> Iterator[Path]:
    yield TOP / "README.md"
    yield from sorted((TOP / "docs").rglob("*.md"))


def all_commands() -> list[tuple[str, ...]]:
    found = {
        tuple(command): None
        for page in pages()
        for block in blocks(page)
        for command in commands(block.text)
    }
    return list(found)


COMMANDS = all_commands()


def test_commands_are_found() -> None:
    verbs = {command[1] for command in COMMANDS}
    assert {"user", "host", "backup", "restore", "verify", "doctor", "test", "-n"} <= verbs
    assert list(commands("sudo mooringctl user list | less\n  mooringctl \\\n  verify # why\n")) == [
        ["mooringctl", "user", "list"],
        ["mooringctl", "verify"],
    ]
    assert list(commands("echo mooringctl user list\nmooringctl\n")) == []


def give_up(service: Service) -> None:
    path = str(service.config.store["path"])
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.execute(
            "INSERT INTO notices (id, target, body, made, state) VALUES (?, 'hook', '{}', 1, 'dead')",
            (GIVEN_UP,),
        )


@pytest.fixture(name="service")
def fixture_service(make_service: Callable[..., Service], tmp_path: Path) -> Service:
    key = tmp_path / "pseudonym.key"
    key.write_text("0f" * 32)
    key.chmod(0o600)
    service = make_service(top={"pseudonym-key-file": str(key)})
    service.config.notifies["hook"] = {"type": "exec", "command": ["/bin/true"]}
    service.ctl.add("alice", f"alice-{HOST}")
    give_up(service)
    (tmp_path / "backups").mkdir()
    return service


def case(command: tuple[str, ...]) -> object:
    """A build without an HTTP client lacks some of them."""
    marks = [pytest.mark.http_client] if command[1] in ASK_OTHERS else []
    return pytest.param(command, marks=marks, id=" ".join(command))


@pytest.mark.parametrize("command", [case(command) for command in COMMANDS])
def test_a_command_of_the_pages_ends_well(
    service: Service, tmp_path: Path, command: tuple[str, ...]
) -> None:
    program, *words = (w.replace("/var/backups", str(tmp_path / "backups")) for w in command)
    words = [GIVEN_UP if word == "ID" else word for word in words]
    if program == "mooringd":
        done = run([BUILD / program, "-c", service.config.write(), *words], env=environment())
        # Where there is a user of the service, root's check looks with that one's eyes, from whom pytest's
        # folders are kept.
        kept = "--start" in words and done.returncode == 1
        lines = done.stderr.splitlines()
        assert done.returncode == 0 or (kept and all("Permission denied" in each for each in lines)), lines
        return
    if words[:2] != ["user", "add"]:
        service.ctl.add("router1", HOST)
    if words[0] == "restore":
        service.ctl.ok("backup", words[-1])
    if words[0] == "import":
        (tmp_path / words[1]).write_text(IMPORTED[words[1]])
    if words[0] == ASKS and "--yes" not in words:
        done = run([BUILD / program, "-c", tmp_path / "new.conf", *words], env=environment())
        assert done.returncode == 2 and "nobody can be asked here" in done.stderr, done.stderr
        return
    unreachable = {"https_proxy": UNREACHABLE, "http_proxy": UNREACHABLE}
    done = service.ctl.run(
        *words, input="", errors="replace", env=environment(**unreachable), cwd=tmp_path
    )
    said = done.stdout + done.stderr
    if words[0] in ASK_OTHERS:
        # Without a terminal they miss the secret, or a yes: after the words were understood.
        assert "no secret on standard input" in said or "give --yes" in said, said
    else:
        assert done.returncode in ({0, 1} if words[0] in MAY_FIND_TROUBLE else {0}), said
