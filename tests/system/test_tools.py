# SPDX-License-Identifier: BSD-2-Clause
"""What developers use: the hook, the formatter, how files are compiled, the walk and coverage."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from gcov import table as coverage
from system.harness import TOP
from walk.way import Call, Figures, Stay, figures, own, stays, table, text

LAID_OUT = "int one(void)\n{\n\treturn 1;\n}\n"
NOT_LAID_OUT = "int one(void) { return 1; }\n"


# The hook.


@pytest.fixture(name="clone")
def fixture_clone(tmp_path: Path) -> Path:
    """A repository with the hook and what it uses."""
    shutil.copytree(TOP / "script" / "hooks", tmp_path / "script" / "hooks")
    shutil.copy(TOP / "script" / "format", tmp_path / "script")
    shutil.copy(TOP / ".clang-format", tmp_path)
    (tmp_path / "src").mkdir()
    for words in (["init", "-q"], ["config", "core.hooksPath", "script/hooks"]):
        assert git(tmp_path, *words).returncode == 0
    return tmp_path


def git(clone: Path, *words: str) -> subprocess.CompletedProcess[str]:
    identity = ["-c", "user.name=nobody", "-c", "user.email=nobody@localhost"]
    formatter = os.environ.get("CLANG_FORMAT") or str(TOP / ".venv" / "bin" / "clang-format")
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    return subprocess.run(
        ["git", *identity, *words],
        cwd=clone,
        env={**kept, "CLANG_FORMAT": formatter, "GIT_CONFIG_GLOBAL": "/dev/null"},
        capture_output=True,
        text=True,
        check=False,
    )


# What is staged, and what the file beside it has by then.
@pytest.mark.parametrize(
    ("staged", "beside", "passes"),
    [
        (LAID_OUT, LAID_OUT, True),
        (LAID_OUT, NOT_LAID_OUT, True),
        (NOT_LAID_OUT, NOT_LAID_OUT, False),
        (NOT_LAID_OUT, LAID_OUT, False),
        ("/* blanks */  \n" + LAID_OUT, LAID_OUT, False),
    ],
    ids=["good", "good, edited since", "bad", "bad, mended since", "blanks at the end"],
)
@pytest.mark.parametrize("name", ["src/one.c", "src/with blank.h"])
@pytest.mark.parametrize("is_first", [True, False], ids=["first commit", "later commit"])
def test_the_hook_looks_at_what_is_staged(
    clone: Path, staged: str, beside: str, passes: bool, name: str, is_first: bool
) -> None:
    if not is_first:
        git(clone, "commit", "-q", "--allow-empty", "-m", "first")
    (clone / name).write_text(staged)
    git(clone, "add", name)
    (clone / name).write_text(beside)
    done = git(clone, "commit", "-q", "-m", "one")
    assert (done.returncode == 0) == passes, done.stderr
    assert passes or name.split()[0] in done.stdout + done.stderr


def test_the_hook_leaves_other_files_alone(clone: Path) -> None:
    (clone / "README.md").write_text("int one(void) { return 1; }\n")
    (clone / "src" / "gone.c").write_text(LAID_OUT)
    git(clone, "add", ".")
    assert git(clone, "commit", "-q", "-m", "one").returncode == 0
    git(clone, "rm", "-q", "src/gone.c")
    assert git(clone, "commit", "-q", "-m", "two").returncode == 0


# The formatter.


def test_the_formatter_writes_and_checks(clone: Path) -> None:
    file = clone / "src" / "one.c"
    file.write_text(NOT_LAID_OUT)

    def call(*words: str) -> int:
        argv = [clone / "script" / "format", *words]
        tool = os.environ.get("CLANG_FORMAT") or str(TOP / ".venv" / "bin" / "clang-format")
        env = {**os.environ, "CLANG_FORMAT": tool}
        return subprocess.run(argv, env=env, capture_output=True, check=False).returncode

    (clone / "tests").mkdir()
    assert call("--check") != 0 and file.read_text() == NOT_LAID_OUT
    assert call("--check", "src/one.c") != 0
    assert call() == 0 and file.read_text() == LAID_OUT
    assert call("--check") == 0
    assert call("--cheque") == 2 and call("--stdin") == 2


# How files are compiled.


def test_commands_are_one_for_each_file_whatever_its_name() -> None:
    command = "cc -DVERSION='\"1\"' -I."
    names = ["src/a.c", "src/with blank.c", "/s/src/a.c", "src/it's.c"]
    done = subprocess.run(
        [TOP / "script" / "compile-commands", "/s", '/b "uild', *names],
        env={"PATH": os.environ["PATH"], "MOORING_COMPILE": command},
        capture_output=True,
        text=True,
        check=True,
    )
    entries = json.loads(done.stdout)
    assert [entry["file"] for entry in entries] == [
        "/s/src/a.c",
        "/s/src/it's.c",
        "/s/src/with blank.c",
    ]
    for entry in entries:
        assert entry["directory"] == '/b "uild'
        words = shlex.split(entry["command"])
        assert words == ["cc", '-DVERSION="1"', "-I.", "-c", entry["file"]]


def test_commands_of_nothing_are_an_error() -> None:
    argv = [TOP / "script" / "compile-commands", "/s", "/b"]
    assert subprocess.run(argv, capture_output=True, check=False).returncode == 2


# The way of a request.

A, B, C = (Call(f"engine/{name}.c", f"{name}_run") for name in "abc")


@pytest.mark.parametrize(
    ("calls", "wanted"),
    [
        ([], Figures(0, 0, 0, 0)),
        ([A], Figures(1, 1, 1, 0)),
        ([A, A, A], Figures(3, 1, 1, 0)),
        ([A, B, C], Figures(3, 3, 3, 0)),
        ([A, B, A], Figures(3, 2, 3, 1)),
        ([A, B, B, A, C, B, A], Figures(7, 3, 6, 3)),
    ],
)
def test_stays_and_returns(calls: list[Call], wanted: Figures) -> None:
    assert figures(calls) == wanted


def test_functions_of_headers_are_part_of_their_callers() -> None:
    inline = Call("engine/family.h", "family_set")
    assert own([A, inline, A, B]) == [A, A, B]


def test_a_stay_has_its_calls() -> None:
    assert stays([A, B, B, A]) == [
        Stay(A.file, ("a_run",)),
        Stay(B.file, ("b_run", "b_run")),
        Stay(A.file, ("a_run",)),
    ]
    assert text([A, B, B]) == "    engine/a.c  a_run\n    engine/b.c  b_run b_run"


def test_the_table_has_all_rooms_one_and_that_without_some_files() -> None:
    front = Call("http/front.c", "front_serve")
    rows = table({"good": [front, A, front, A, B, A, C]}, "engine", ["b"]).splitlines()
    assert rows[2].endswith("| 7 | 4 | 7 | 3 |")
    assert rows[3] == "| `good` | `engine/` | 5 | 3 | 4 | 1 |"
    assert rows[4] == "| `good` | `engine/` without `b` | 4 | 2 | 2 | 0 |"


# Coverage.


def line(number: int, count: int, *branches: int) -> dict:
    taken = [{"count": branch} for branch in branches]
    return {"line_number": number, "count": count, "branches": taken}


def report(file: str, lines: list[dict], **functions: int) -> dict:
    named = [{"name": name, "execution_count": count} for name, count in functions.items()]
    return {"file": file, "lines": lines, "functions": named}


def test_a_line_that_one_program_ran_was_run(tmp_path: Path) -> None:
    build = tmp_path / "build"
    found = [
        report("../src/net/addr.c", [line(1, 0, 0, 0), line(2, 5)], addr_parse=0),
        report("../src/net/addr.c", [line(1, 3, 3, 0), line(2, 0)], addr_parse=2),
        report(str(tmp_path / "src" / "net" / "fqdn.c"), [line(1, 0)], fqdn_parse=0),
        report("../src/mooringd.c", [line(1, 1)], main=1),
        report("/usr/include/stdio.h", [line(1, 1)]),
        report("../tests/unit/net/addr.c", [line(1, 1)]),
    ]
    files = coverage.count(found, tmp_path, build)
    assert set(files) == {"net/addr.c", "net/fqdn.c", "mooringd.c"}
    assert coverage.table(coverage.rooms(files), "room").splitlines()[2:] == [
        "| `mooringd.c` | 1 | 100.0 % | 0 | – | 1 | 100.0 % |",
        "| `net/` | 3 | 66.7 % | 2 | 50.0 % | 2 | 50.0 % |",
        "| whole | 4 | 75.0 % | 2 | 50.0 % | 3 | 66.7 % |",
    ]


# The registries of special-purpose addresses.

REGISTRY = {
    4: """Address Block,Name,RFC
192.0.0.0/24 [2],IETF Protocol Assignments,"[RFC6890], Section 2.1"
"192.0.0.170/32, 192.0.0.171/32",NAT64/DNS64 Discovery,"[RFC8880]
[RFC7050]"
10.0.0.0/8,Private-Use,[RFC1918]
""",
    6: """Address Block,Name,RFC
2001:db8::/32,"Documentation */
\\",[RFC3849]
::1/128,Loopback Address,[RFC4291]
""",
}


def special_blocks(
    folder: Path, v4: str = REGISTRY[4], v6: str = REGISTRY[6], date: str = "2026-09-17"
) -> subprocess.CompletedProcess[str]:
    (folder / "4.csv").write_text(v4)
    (folder / "6.csv").write_text(v6)
    return subprocess.run(
        [TOP / "script" / "special-blocks", date, folder / "4.csv", folder / "6.csv"],
        capture_output=True,
        text=True,
        check=False,
    )


def test_registries_become_a_table(tmp_path: Path) -> None:
    made = special_blocks(tmp_path)
    assert (made.returncode, made.stderr) == (0, "")
    assert "as of 2026-09-17" in made.stdout
    lines = [line.strip(" \t\\") for line in made.stdout.splitlines()]
    first = lines.index("#define ADDR_SPECIAL_BLOCKS(X)") + 1
    assert lines[first : first + 12] == [
        "/* 10.0.0.0/8 Private-Use */",
        "X(ADDR_V4, 8, 10)",
        "/* 192.0.0.0/24 IETF Protocol Assignments */",
        "X(ADDR_V4, 24, 192)",
        "/* 192.0.0.170/32 NAT64/DNS64 Discovery */",
        "X(ADDR_V4, 32, 192, 0, 0, 170)",
        "/* 192.0.0.171/32 NAT64/DNS64 Discovery */",
        "X(ADDR_V4, 32, 192, 0, 0, 171)",
        "/* ::1/128 Loopback Address */",
        f"X(ADDR_V6, 128, {'0, ' * 15}0x1)",
        "/* 2001:db8::/32 Documentation ? ? */",
        "X(ADDR_V6, 32, 0x20, 0x1, 0xd, 0xb8)",
    ]


@pytest.mark.parametrize(
    "given",
    [
        {"v4": ""},
        {"v4": "<html>"},
        {"v4": "Address Block,Name\n"},
        {"v4": "Address Block,Name\n10.0.0.1/8,Private-Use\n"},
        {"v4": REGISTRY[6]},
        {"date": "yesterday"},
    ],
)
def test_registry_that_is_none_changes_nothing(tmp_path: Path, given: dict[str, str]) -> None:
    made = special_blocks(tmp_path, **given)
    assert (made.returncode, made.stdout) == (1, "")
    assert made.stderr.startswith("special-blocks: ") and made.stderr.count("\n") == 1
