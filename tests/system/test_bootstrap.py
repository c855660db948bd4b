# SPDX-License-Identifier: BSD-2-Clause
"""script/bootstrap beside programs that stand in for Debian's: what it asks apt for, and how."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "script/bootstrap"
INSTALLED = "gcc"
PROGRAMS = {
    "dpkg-query": '[ "${{*: -1}}" = {installed} ] && echo -n installed',
    "id": "echo $TEST_UID",
    # As sudo does it: of the variables, none is handed on.
    "sudo": 'exec env -i PATH="$PATH" "$@"',
    "apt-get": 'echo "${{DEBIAN_FRONTEND-asks}} $*" >>{log}',
}


def checkout(folder: Path) -> Path:
    """As one that has its configure already: that is autoconf's work, not apt's."""
    (folder / "script").mkdir()
    for name in ("configure.ac", "Makefile.am", "configure", "Makefile.in"):
        (folder / name).touch()
    (folder / "configure").chmod(0o755)
    return Path(shutil.copy(SCRIPT, folder / "script"))


def bootstrap(
    folder: Path, uid: int, *packages: str, without: str = ""
) -> tuple[int, str, list[str]]:
    """Its exit status, what it said of an error, and each call of apt-get with how it may ask."""
    programs, log = folder / "bin", folder / "log"
    programs.mkdir()
    for needed in ("bash", "env", "dirname"):
        (programs / needed).symlink_to(shutil.which(needed))
    for name, body in PROGRAMS.items():
        if name != without:
            text = body.format(log=log, installed=INSTALLED)
            (programs / name).write_text(f"#!/bin/bash\n{text}\n")
            (programs / name).chmod(0o755)
    log.touch()
    env = {"PATH": str(programs), "TEST_UID": str(uid)}
    done = subprocess.run([checkout(folder), *packages], env=env, capture_output=True, text=True)
    return done.returncode, done.stderr, log.read_text().splitlines()


@pytest.mark.parametrize("uid", [0, 1000], ids=["root", "a user with sudo"])
def test_no_package_asks_a_question(tmp_path: Path, uid: int) -> None:
    status, _, (_, install) = bootstrap(tmp_path, uid, "ddclient")
    assert status == 0
    assert install.startswith("noninteractive install ")
    assert install.endswith(" ddclient")


def test_only_what_is_missing_is_installed(tmp_path: Path) -> None:
    _, _, (update, install) = bootstrap(tmp_path, 0, INSTALLED)
    assert " update " in update
    assert "libuv1-dev" in install.split()
    assert INSTALLED not in install.split()


def test_without_sudo_a_user_is_told_what_to_do(tmp_path: Path) -> None:
    status, said, calls = bootstrap(tmp_path, 1000, without="sudo")
    assert (status, calls) == (1, [])
    assert "run it as root, or install sudo: packages are missing: autoconf" in said
