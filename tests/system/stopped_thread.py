# SPDX-License-Identifier: BSD-2-Clause
"""Stops one thread of another process, and nothing else of it. A signal would stop them all; ptrace(2)
stops the one that it has seized. An ancestor may do that, or root.

    python3 stopped_thread.py TID    prints "stopped", and ends with the thread or with its input
"""

from __future__ import annotations

import ctypes
import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager

PTRACE_DETACH, PTRACE_SEIZE, PTRACE_INTERRUPT = 17, 0x4206, 0x4207
WALL = 0x40000000  # __WALL: threads, too
POLL_S = 0.05

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.restype = ctypes.c_long


def ptrace(request: int, tid: int) -> None:
    if libc.ptrace(request, tid, None, None) == -1:
        raise OSError(ctypes.get_errno(), "ptrace")


@contextmanager
def stopped(tid: int) -> Iterator[None]:
    """For the thread that enters it. It may end meanwhile only if main() is who waits."""
    ptrace(PTRACE_SEIZE, tid)
    ptrace(PTRACE_INTERRUPT, tid)
    os.waitpid(tid, WALL)
    yield
    ptrace(PTRACE_DETACH, tid)


def main(tid: int) -> None:
    with stopped(tid):
        print("stopped", flush=True)
        while not select.select([sys.stdin], [], [], POLL_S)[0]:
            pid, status = os.waitpid(tid, WALL | os.WNOHANG)
            if pid == tid and (os.WIFEXITED(status) or os.WIFSIGNALED(status)):
                sys.exit()


if __name__ == "__main__":
    main(int(sys.argv[1]))
