# SPDX-License-Identifier: BSD-2-Clause
"""Runs a program in a network of its own, with nothing but a loopback interface, so that it can have
ports 443 and 53 of all addresses: alone.py [--without-ipv6] PROGRAM ARG..."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import socket
import struct
import sys
from pathlib import Path

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
SIOCSIFFLAGS, IFF_UP = 0x8914, 0x1
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
SOCKET_CALL = {"x86_64": 41, "aarch64": 198}
LIBC = ctypes.CDLL(None, use_errno=True)


def check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def own_network() -> None:
    if os.geteuid() == 0:
        check(LIBC.unshare(CLONE_NEWNET))
    else:
        uid, gid = os.geteuid(), os.getegid()
        check(LIBC.unshare(CLONE_NEWUSER | CLONE_NEWNET))
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {uid} 1")
        Path("/proc/self/gid_map").write_text(f"0 {gid} 1")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        fcntl.ioctl(probe, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))


class SockFprog(ctypes.Structure):
    _fields_ = (("len", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def without_ipv6() -> None:
    """socket(AF_INET6) fails as on a kernel that was booted with ipv6.disable=1."""
    load, equal, give = 0x20, 0x15, 0x06
    number = SOCKET_CALL[os.uname().machine]
    code = (
        (load, 0, 0, 0),  # the number of the call
        (equal, 0, 3, number),
        (load, 0, 0, 16),  # its first argument
        (equal, 0, 1, socket.AF_INET6),
        (give, 0, 0, 0x00050000 | errno.EAFNOSUPPORT),
        (give, 0, 0, 0x7FFF0000),
    )
    text = b"".join(struct.pack("HBBI", *line) for line in code)
    memory = ctypes.create_string_buffer(text)
    program = SockFprog(len(code), ctypes.addressof(memory))
    check(LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    check(LIBC.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0))


def main() -> None:
    words = sys.argv[1:]
    own_network()
    if words[0] == "--without-ipv6":
        without_ipv6()
        words = words[1:]
    os.execv(words[0], words)


if __name__ == "__main__":
    main()
