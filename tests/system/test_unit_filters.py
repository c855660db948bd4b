# SPDX-License-Identifier: BSD-2-Clause
"""The filters of system calls that all daemons of these tests run under: they are there, they bite, and
they are all that the unit says."""

from __future__ import annotations

import errno
import re
import signal
import sys
from pathlib import Path

import pytest

from system.conftest import Service
from system.harness import BUILD, run
from system.unit_filters import (
    KEYS,
    SWITCHES,
    UNIT,
    allowed_calls,
    filters,
    has_sanitizers,
    under_filters,
)

PROGRAM = BUILD / "mooringd"
FORBIDDEN = {  # what a program tries, and how it ends
    "an own root": ('os.chroot("/")', -signal.SIGSYS),
    "another owner": ('os.chown("/nonexistent", 1, 1)', -signal.SIGSYS),
    "another user": ("os.setuid(1)", -signal.SIGSYS),
    "more processor": ("os.nice(-5)", -signal.SIGSYS),
    "a clock of its own": ("time.clock_settime(0, 1)", -signal.SIGSYS),
    "the machine's name": ('socket.sethostname("x")', -signal.SIGSYS),
    "raw sockets of the link": ("socket.socket(socket.AF_PACKET, socket.SOCK_RAW)", errno.EAFNOSUPPORT),
    "routes": ("socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)", errno.EAFNOSUPPORT),
    "memory to write and run": ("mmap.mmap(-1, 4096, prot=7)", errno.EPERM),
    "a namespace": ("libc.unshare(0x40000000)", errno.EPERM),
    "somebody else's rights": ('os.open(sys.argv[1], os.O_CREAT, 0o4755)', errno.EPERM),
}
TRY = """
import ctypes, mmap, os, socket, sys, time
libc = ctypes.CDLL(None, use_errno=True)
try:
    if ({}) == -1:
        sys.exit(ctypes.get_errno())
except OSError as problem:
    sys.exit(problem.errno)
"""


@pytest.mark.parametrize("what", FORBIDDEN)
def test_what_the_unit_forbids_is_forbidden(tmp_path: Path, what: str) -> None:
    tried, end = FORBIDDEN[what]
    command = [sys.executable, "-c", TRY.format(tried), tmp_path / "file"]
    assert run([*under_filters(PROGRAM), *command]).returncode == end


def test_a_program_is_run_as_it_is() -> None:
    done = run([*under_filters(PROGRAM), "sh", "-c", 'echo "$1"; exit 7', "sh", "a b"])
    assert (done.returncode, done.stdout, done.stderr) == (7, "a b\n", "")


def test_every_thread_of_a_daemon_is_under_all_of_them(embedded: Service) -> None:
    count = len(filters(has_sanitizers(PROGRAM)))
    for task in Path(f"/proc/{embedded.daemon.process.pid}/task").iterdir():
        status = (task / "status").read_text()
        assert f"\nSeccomp:\t2\nSeccomp_filters:\t{count}\n" in status


def test_no_line_of_the_unit_is_left_out() -> None:
    keys = re.findall(r"^((?:SystemCall|Restrict|Lock|MemoryDeny)\w+)=", UNIT.read_text(), re.MULTILINE)
    without = {"RestartPreventExitStatus"}
    assert set(keys) - without == {*KEYS, *SWITCHES}


def test_calls_are_added_and_taken_away_as_the_lines_say() -> None:
    calls = allowed_calls()
    assert {"execve", "accept4", "landlock_restrict_self", "fsync"} <= calls
    assert not calls & {"chroot", "setuid", "sched_setaffinity", "ptrace", "bpf", "mount", "fchown"}
