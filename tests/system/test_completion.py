# SPDX-License-Identifier: BSD-2-Clause
"""What bash offers behind "mooringctl ...", by the functions that bash itself calls."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from system.conftest import Service
from system.harness import BUILD, ZONE, Ctl, environment, run

SCRIPT = Path(__file__).parents[2] / "etc" / "mooringctl.bash"

ODD = ["plain", "größer", "with blank", "$(touch pwned)", "a'b", "x  enabled  y", "*"]


@pytest.fixture(name="ctl")
def fixture_ctl(make_service: Callable[..., Service]) -> Ctl:
    ctl = make_service().ctl
    for i, login in enumerate(ODD):
        ctl.add(login, f"h{i}.{ZONE}")
    return ctl


def offered(ctl: Ctl, *words: str) -> list[str]:
    """The last word is the one under the cursor. What is offered is read back by the shell."""
    script = (
        'source "$1"; shift; COMP_WORDS=(mooringctl "$@"); COMP_CWORD=$#; '
        "_mooringctl mooringctl; "
        'for word in "${COMPREPLY[@]}"; do eval "printf \'%s\\\\n\' $word"; done'
    )
    path = f"{BUILD}:{os.environ['PATH']}"
    env = environment(PATH=path, MOORING_CONFIG=str(ctl.config), LC_ALL="C.UTF-8")
    done = run(
        ["bash", "--norc", "-c", script, "bash", SCRIPT, *words], env=env, cwd=ctl.config.parent
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert not (ctl.config.parent / "pwned").exists()
    return done.stdout.splitlines()


WORDS = [
    (["us"], ["user"]),
    (["ver"], ["verify"]),
    (["user", "re"], ["rename", "rehash", "remove"]),
    (["host", ""], ["list", "add", "set", "remove", "clear"]),
    (["user", "set", "plain", "--q"], ["--quirk"]),
    (["user", "list", "--t"], []),
    (["doctor", "--d"], ["--dns-port"]),
    (["test", "https://localhost/", "--u"], ["--user"]),
    (["import", "x", "--ne"], ["--new-secrets"]),
    (["import", "x", "--format", "d"], ["dynamodb", "dyndnsd", "ddclient"]),
    (["export", "--format", ""], ["csv", "json"]),
    (["user", "set", "plain", "--quirk", "nochg"], ["nochg-as-good"]),
    (["user", "set", "plain", "--quirk", "-"], [
        "-nochg-as-good", "-errors-as-4xx", "-one-line", "-any-hostname", "-may-clear"]),
    (["user", "set", "plain", "--ttl", "d"], ["default"]),
    (["host", "set", "plain", "nas", "--i"], ["--interface-id"]),
    (["host", "add", "plain", "nas", "--interface-id", ""], ["none"]),
    (["host", "set", "pl"], ["plain"]),
    (["user", "add", ""], []),
    (["user", "show", "pl"], ["plain"]),
    (["user", "show", "with"], ["with blank"]),
    (["user", "show", "with\\ b"], ["with blank"]),
    (["host", "remove", "grö"], ["größer"]),
    (["--json", "user", "passwd", "a"], ["a'b"]),
    (["backup", "mooring.c"], ["mooring.conf"]),
    (["-c", "mooring.c"], ["mooring.conf"]),
    (["-c", "absent.conf", "user", "show", ""], []),
    (["frobnicate", ""], []),
]


def test_words_are_completed(ctl: Ctl) -> None:
    for words, expected in WORDS:
        assert offered(ctl, *words) == expected, words
    assert sorted(offered(ctl, "user", "show", "")) == sorted(ODD)


def test_value_of_an_option_is_no_word_of_the_command(ctl: Ctl) -> None:
    """For each option that has one."""
    options = re.findall(r"^  (--[a-z0-9-]+) [A-Z]", ctl.ok("--help"), re.MULTILINE)
    assert {"--ttl", "--last", "--new-secrets", "--cacert"} <= set(options)
    for option in options:
        assert offered(ctl, option, "x", "hist") == ["history"], option


def test_completion_offers_what_the_program_has(ctl: Ctl) -> None:
    for noun, verb in (("user", "add"), ("user", "set"), ("host", "list"), ("host", "add"), ("host", "set"), ("verify", None)):
        words = [word for word in (noun, verb) if word]
        shown = ctl.ok(*words, "--help")
        for option in offered(ctl, *words, "--"):
            assert option in shown, (words, option)


def test_script_is_quiet_where_nothing_works(ctl: Ctl) -> None:
    done = run(
        ["bash", "-c", f"source {shlex.quote(str(SCRIPT))}; COMP_WORDS=(mooringctl user show ''); "
         "COMP_CWORD=3; _mooringctl; echo ${#COMPREPLY[@]}"],
        env=environment(PATH="/usr/bin:/bin", MOORING_CONFIG="/nonexistent"),
    )
    assert (done.stdout, done.stderr) == ("0\n", "")
