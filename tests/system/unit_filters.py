# SPDX-License-Identifier: BSD-2-Clause
"""The filters of system calls that systemd puts on the daemon, made from the unit's own lines.

Every daemon of these tests runs under them, with the same end as under systemd: a call that
SystemCallFilter= does not have kills the process (SIGSYS, status -31), the other walls answer an
error. systemd-analyze tells which calls a set has, libseccomp writes the filters, as systemd itself has
it do.

Two things may do more than the unit says. Sanitizers: the search for leaks traces its own process, and
ThreadSanitizer starts anew without random addresses. Root: SQLite gives its files to the owner of the
database, which nobody else tries. MOORING_FILTERS=no runs the daemons without filters, for strace.
"""

from __future__ import annotations

import atexit
import ctypes
import errno
import functools
import os
import re
import socket
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
UNIT = TOP / "systemd/mooringd.service.in"
LAUNCHER = Path(__file__).with_name("under_filters.c")
SANITIZERS_CALL = frozenset({"ptrace"})
ROOT_CALLS = frozenset({"fchown"})

# seccomp.h
KILL_PROCESS, ALLOW, ERRNO = 0x80000000, 0x7FFF0000, 0x00050000
NOT_EQUAL, EQUAL, MASKED_EQUAL = 1, 4, 7
ON_OTHER_MACHINE, OPTIMIZE, AS_TREE = 2, 8, 2
NO_SUCH_CALL = -1

PROT_WRITE, PROT_EXEC, SHM_EXEC = 0x2, 0x4, 0o100000
SUID_SGID = (0o4000, 0o2000)
NAMESPACES = (0x80, 0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000)
REALTIME = (1, 2, 6)  # SCHED_FIFO, SCHED_RR, SCHED_DEADLINE
SAME_PERSONALITY = 0
FAMILIES_MAX = 46


class Compare(ctypes.Structure):
    """struct scmp_arg_cmp: which argument, how, with what."""

    _fields_ = [
        ("arg", ctypes.c_uint),
        ("op", ctypes.c_int),
        ("a", ctypes.c_uint64),
        ("b", ctypes.c_uint64),
    ]


def masked(arg: int, bits: int) -> Compare:
    return Compare(arg, MASKED_EQUAL, bits, bits)


@functools.cache
def library() -> ctypes.CDLL:
    seccomp = ctypes.CDLL("libseccomp.so.2")
    seccomp.seccomp_init.restype = ctypes.c_void_p
    seccomp.seccomp_init.argtypes = [ctypes.c_uint32]
    seccomp.seccomp_release.argtypes = [ctypes.c_void_p]
    seccomp.seccomp_attr_set.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_uint32]
    seccomp.seccomp_export_bpf.argtypes = [ctypes.c_void_p, ctypes.c_int]
    seccomp.seccomp_rule_add_array.argtypes = [
        ctypes.c_void_p,
        ctypes.c_uint32,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.c_void_p,
    ]
    return seccomp


class Filter:
    """What happens to a call that no rule is about is the default."""

    def __init__(self, default: int):
        self._context = library().seccomp_init(default)
        assert self._context, "libseccomp has no memory"
        self._set(ON_OTHER_MACHINE, KILL_PROCESS)  # SystemCallArchitectures=native

    def _set(self, what: int, value: int) -> None:
        assert library().seccomp_attr_set(self._context, what, value) == 0

    def add(self, action: int, call: str, *compares: Compare) -> None:
        number = library().seccomp_syscall_resolve_name(call.encode())
        if number < 0:  # not of this machine
            return
        array = (Compare * len(compares))(*compares)
        done = library().seccomp_rule_add_array(
            self._context, action, number, len(compares), ctypes.byref(array)
        )
        assert done == 0, f"{call}: {os.strerror(-done)}"

    def write(self, path: Path) -> Path:
        self._set(OPTIMIZE, AS_TREE)
        with path.open("wb") as file:
            assert library().seccomp_export_bpf(self._context, file.fileno()) == 0
        library().seccomp_release(self._context)
        return path


# What the unit says.


def unit_values(key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", UNIT.read_text(), re.MULTILINE)


@functools.cache
def call_sets() -> dict[str, set[str]]:
    """Each set of systemd's by its name, with the calls of the sets in it."""
    argv = ["systemd-analyze", "--no-pager", "syscall-filter"]
    text = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    direct: dict[str, set[str]] = {}
    name = ""
    for line in text.splitlines():
        if line.startswith("@"):
            name = line.strip()
            direct[name] = set()
        elif line.startswith(" ") and name and not line.lstrip().startswith("#"):
            direct[name].add(line.strip())
        elif line.startswith("#"):  # calls that are in no set
            name = ""

    def flat(of: str) -> set[str]:
        return set().union(*(flat(each) if each[0] == "@" else {each} for each in direct[of]))

    return {each: flat(each) for each in direct}


def allowed_calls() -> set[str]:
    """As systemd reads its lines one after the other; what a process cannot do without is in."""
    sets = call_sets()
    found = set(sets["@default"])
    for line in unit_values("SystemCallFilter"):
        words = line.lstrip("~").split()
        calls = set().union(*(sets[each] if each[0] == "@" else {each} for each in words))
        found = found - calls if line.startswith("~") else found | calls
    return found


def call_filter(more: frozenset[str]) -> Filter:
    """SystemCallFilter=. What this systemd has never heard of does not exist, as it sees to itself."""
    made = Filter(ERRNO | errno.ENOSYS)
    allowed = allowed_calls() | more
    for call in sorted(call_sets()["@known"] | allowed):
        made.add(ALLOW if call in allowed else KILL_PROCESS, call)
    return made


def memory_filter() -> Filter:
    """MemoryDenyWriteExecute="""
    made = Filter(ALLOW)
    no = ERRNO | errno.EPERM
    made.add(no, "mmap", masked(2, PROT_EXEC | PROT_WRITE))
    made.add(no, "mprotect", masked(2, PROT_EXEC))
    made.add(no, "pkey_mprotect", masked(2, PROT_EXEC))
    made.add(no, "shmat", masked(2, SHM_EXEC))
    return made


def family_filter(names: list[str]) -> Filter:
    """RestrictAddressFamilies="""
    made = Filter(ALLOW)
    known = {int(getattr(socket, name)) for name in names}
    for family in sorted(set(range(FAMILIES_MAX + 1)) - known):
        made.add(ERRNO | errno.EAFNOSUPPORT, "socket", Compare(0, EQUAL, family))
    return made


def namespace_filter() -> Filter:
    """RestrictNamespaces=yes"""
    made = Filter(ALLOW)
    no = ERRNO | errno.EPERM
    made.add(ERRNO | errno.ENOSYS, "clone3")
    made.add(no, "setns")
    for bit in NAMESPACES:
        made.add(no, "unshare", masked(0, bit))
        made.add(no, "clone", masked(0, bit))
    return made


def bits_filter() -> Filter:
    """RestrictSUIDSGID="""
    made = Filter(ALLOW)
    no = ERRNO | errno.EPERM
    modes = {"chmod": 1, "fchmod": 1, "fchmodat": 2, "mkdir": 1, "mkdirat": 2, "mknod": 1, "mknodat": 2}
    for bit in SUID_SGID:
        for call, arg in {**modes, "creat": 1}.items():
            made.add(no, call, masked(arg, bit))
        for call, arg in {"open": 1, "openat": 2}.items():
            made.add(no, call, masked(arg, os.O_CREAT), masked(arg + 1, bit))
    return made


def realtime_filter() -> Filter:
    """RestrictRealtime="""
    made = Filter(ALLOW)
    for policy in REALTIME:
        made.add(ERRNO | errno.EPERM, "sched_setscheduler", Compare(1, EQUAL, policy))
    return made


def personality_filter() -> Filter:
    """LockPersonality="""
    made = Filter(ALLOW)
    made.add(ERRNO | errno.EPERM, "personality", Compare(0, NOT_EQUAL, SAME_PERSONALITY))
    return made


# What of the unit's lines is a filter here. Others of systemd's (ProtectClock= ...) forbid calls that
# SystemCallFilter= does not have either.
KEYS = ("SystemCallFilter", "SystemCallArchitectures", "RestrictAddressFamilies")
SWITCHES: dict[str, Callable[[], Filter]] = {
    "MemoryDenyWriteExecute": memory_filter,
    "RestrictNamespaces": namespace_filter,
    "RestrictSUIDSGID": bits_filter,
    "RestrictRealtime": realtime_filter,
    "LockPersonality": personality_filter,
}


def filters(sanitized: bool) -> list[Filter]:
    """In the order in which they are put on: the last one forbids the most."""
    switched_on = {key for key in SWITCHES if unit_values(key) == ["yes"]}
    if sanitized:
        switched_on.discard("LockPersonality")
    made = [make() for key, make in SWITCHES.items() if key in switched_on]
    made += [family_filter(line.split()) for line in unit_values("RestrictAddressFamilies")]
    more = SANITIZERS_CALL if sanitized else frozenset()
    return [*made, call_filter(more | (ROOT_CALLS if os.geteuid() == 0 else frozenset()))]


# Running a program under them.


def has_sanitizers(program: Path) -> bool:
    code = program.read_bytes()
    return b"__asan_init" in code or b"__tsan_init" in code


@functools.cache
def _folder() -> tempfile.TemporaryDirectory:
    folder = tempfile.TemporaryDirectory(prefix="mooring-filters-")
    atexit.register(folder.cleanup)
    return folder


@functools.cache
def under_filters(program: Path) -> list[str]:
    """The command line that the program's own comes behind."""
    folder = Path(_folder().name)
    launcher = folder / "under_filters"
    subprocess.run(["cc", "-O1", "-o", launcher, LAUNCHER], check=True, stdin=subprocess.DEVNULL)
    made = [
        each.write(folder / f"{number}.bpf")
        for number, each in enumerate(filters(has_sanitizers(program)))
    ]
    return [str(word) for word in (launcher, *made, "--")]
