# SPDX-License-Identifier: BSD-2-Clause
"""A service manager's part, played by the test: it binds the sockets, keeps them, and hands them to
each daemon as sd_listen_fds(3) has it; and it listens to what a daemon tells it (sd_notify(3))."""

from __future__ import annotations

import fcntl
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

FIRST = 3  # SD_LISTEN_FDS_START
KEPT_FROM = 64  # so that none of them lies where it is to be put

# The process stays the same one, so that it can say whom they are for.
HAND_OVER = f"""
import os, sys
fds = [int(word) for word in sys.argv[1].split(",")]
for at, fd in enumerate(fds):
    os.dup2(fd, {FIRST} + at)
os.closerange({FIRST} + len(fds), 256)
os.environ["LISTEN_FDS"] = str(len(fds))
os.environ["LISTEN_PID"] = str(os.getpid())
os.execvp(sys.argv[2], sys.argv[2:])
"""


def handing_over(fds: Sequence[int]) -> list[str]:
    """What to put before a command, so that it has these file descriptors."""
    return [sys.executable, "-I", "-S", "-c", HAND_OVER, ",".join(str(fd) for fd in fds)]


class Kept:
    """Sockets of loopback that outlive every daemon. Use as a context manager."""

    def __init__(self) -> None:
        self._fds: list[int] = []
        self._socks: list[socket.socket] = []

    def __enter__(self) -> Kept:
        return self

    def __exit__(self, *_exc: object) -> None:
        for sock in self._socks:
            sock.close()

    @property
    def fds(self) -> list[int]:
        return list(self._fds)

    def keep(self, sock: socket.socket) -> int:
        """Takes it, and returns its port."""
        port = sock.getsockname()[1]
        high = fcntl.fcntl(sock, fcntl.F_DUPFD_CLOEXEC, KEPT_FROM)
        sock.close()
        self._socks.append(socket.socket(fileno=high))
        self._fds.append(high)
        return port

    def tcp(self, port: int = 0, host: str = "127.0.0.1", *, dual: bool = False) -> int:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return self.keep(
            socket.create_server(
                (host, port), family=family, backlog=1024, dualstack_ipv6=dual
            )
        )

    def udp(self, port: int = 0, host: str = "127.0.0.1") -> int:
        sock = socket.socket(
            socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM
        )
        sock.bind((host, port))
        return self.keep(sock)

    def dns(self) -> int:
        """UDP and TCP at one port, which may be free for one of them alone."""
        while True:
            port = self.tcp()
            try:
                return self.udp(port)
            except OSError:
                self._socks.pop().close()
                self._fds.pop()


class Manager:
    """The socket to which a daemon tells how it is. Use as a context manager."""

    def __init__(self, directory: Path):
        self.path = directory / "notify"
        self._sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._sock.bind(str(self.path))

    def __enter__(self) -> Manager:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._sock.close()

    @property
    def env(self) -> dict[str, str]:
        return {"NOTIFY_SOCKET": str(self.path)}

    def next(self, timeout: float = 30) -> list[str]:
        """The assignments of the next message. Raises TimeoutError."""
        self._sock.settimeout(timeout)
        return self._sock.recv(4096).decode().split("\n")

    def wait(self, word: str, timeout: float = 30) -> list[str]:
        """The next message that has this assignment."""
        while word not in (told := self.next(timeout)):
            pass
        return told

    def is_silent(self, seconds: float) -> bool:
        """Whether none comes for so long; what came before that is not counted."""
        self._sock.setblocking(False)
        try:
            while True:
                self._sock.recv(4096)
        except BlockingIOError:
            pass
        try:
            self.next(seconds)
        except TimeoutError:
            return True
        return False
