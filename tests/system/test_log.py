# SPDX-License-Identifier: BSD-2-Clause
"""What mooringd writes, when, and in which form: mooringd(8), LOG."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from system.conftest import Service
from system.harness import BUILD, HOST, environment, run
from system.logline import TIME, parse_line

# Before the configuration is read.


def said_to_journal(*arguments: str | Path, **env: str) -> list[str]:
    """What mooringd writes when its standard error output is a stream of the journal's."""
    reading, writing = os.pipe()
    with open(reading) as stream:
        at = os.fstat(writing)
        done = subprocess.Popen(
            [BUILD / "mooringd", *arguments],
            env=environment(JOURNAL_STREAM=f"{at.st_dev}:{at.st_ino}", **env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=writing,
        )
        os.close(writing)
        lines = stream.read().splitlines()
        assert done.wait(60) != 0
    return lines


EARLY = {
    "a key that is none": ("colour = 1\n", ()),
    "a syntax error": ('zone "a.example" {\n', ()),
    "a zone that is none": ('zone "-" {}\n', ()),
    "checked only": ("colour = 1\n", ("-n",)),
    "no such file": (None, ()),
    "an option that is none": ("", ("-x",)),
    "an argument too many": ("", ("start",)),
    "an option without its argument": ("", ("-c",)),
}


@pytest.mark.parametrize("what", EARLY)
def test_early_error_has_its_priority_in_the_journal(tmp_path: Path, what: str) -> None:
    text, more = EARLY[what]
    config = tmp_path / "m.conf"
    if text is not None:
        config.write_text(text)
    first = said_to_journal("-c", config, *more)[0]
    assert re.match(r"<3>[^0-9{]", first)
    assert parse_line(first).level == "error"
    entry = parse_line(said_to_journal("-c", config, *more, MOORING_LOG_FORMAT="json")[0])
    assert entry.level == "error" and re.fullmatch(TIME, entry.time)


def test_early_error_begins_with_the_time_outside_the_journal(tmp_path: Path) -> None:
    config = tmp_path / "m.conf"
    config.write_text("colour = 1\n")
    done = run([BUILD / "mooringd", "-c", config])
    assert re.fullmatch(f"{TIME} error: .*colour.*\n", done.stderr)
    # A journal that some parent had, and not this process.
    env = environment(JOURNAL_STREAM="1:2", MOORING_LOG_FORMAT="json", MOORING_LOG_LEVEL="error")
    done = run([BUILD / "mooringd", "-c", config], env=env)
    assert "colour" in json.loads(done.stderr)["message"]


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_usage_is_for_standard_output_when_asked_for(option: str) -> None:
    done = run([BUILD / "mooringd", option])
    assert (done.returncode, done.stderr) == (0, "") and done.stdout.startswith("usage: mooringd")


# Signals that mean nothing.


@pytest.mark.parametrize("number", [signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM])
def test_signal_without_a_meaning_is_harmless(embedded: Service, number: int) -> None:
    secret = embedded.ctl.add("router1", HOST)
    embedded.daemon.send_signal(number)
    answer = embedded.router("router1", secret).update("myip=203.0.113.5")
    assert answer.text == "good 203.0.113.5"
    embedded.daemon.stop()


# What comes from outside stays one value.


@pytest.mark.parametrize("form", ["text", "json"])
def test_quote_in_an_error_breaks_no_line(make_service: Callable[..., Service], form: str) -> None:
    """The store is locked by another program, and its path has quotes and blanks."""
    service = make_service(top={"log-format": form}, name='my "own" store')
    path = service.config.directory / "mooring.db"
    service.config.store["timeout"] = 1
    secret = service.ctl.add("router1", HOST)
    daemon = service.start()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert service.router("router1", secret).update("myip=203.0.113.5").text == "911"
        daemon.wait_log("the store is in trouble")
    (entry, *_) = daemon.entries("the store is in trouble")
    assert entry.level == "warning" and set(entry.fields) == {"verb", "user", "why"}
    assert f'"{path}"' in entry.fields["why"]
