# SPDX-License-Identifier: BSD-2-Clause
"""A program in a terminal of its own, and somebody who types."""

from __future__ import annotations

import os
import pty
import subprocess
import termios
import threading
from pathlib import Path

from system.harness import CLIENT_TIMEOUT_S, REPORTS

CONTROL_C, CONTROL_D = "\x03", "\x04"


class Terminal:
    """Its session's only program: what is typed as Control-C is a signal to it. Use as a context
    manager; what it has shown so far is in shown."""

    def __init__(self, argv: list[str | Path], env: dict[str, str], columns: int = 0):
        self.shown = ""
        self._read = 0  # up to here, expect() was told
        self._ours, theirs = pty.openpty()
        self.resize(columns)
        self.process = subprocess.Popen(  # pylint: disable=consider-using-with
            ["setsid", "--ctty", "--wait", *(str(word) for word in argv)],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=env,
        )
        os.close(theirs)
        self._watch = threading.Timer(CLIENT_TIMEOUT_S, self._give_up)
        self._watch.start()

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._watch.cancel()
        os.close(self._ours)  # a hang-up, for a program that still asks
        self.process.wait()

    def resize(self, columns: int) -> None:
        """0, as it is at first: nobody knows how many it has."""
        termios.tcsetwinsize(self._ours, (24, columns))

    def _give_up(self) -> None:
        os.write(self._ours, (CONTROL_C + CONTROL_D).encode())

    def _more(self) -> bool:
        try:
            data = os.read(self._ours, 65536)
        except OSError:  # Linux: the other end is closed
            return False
        self.shown += data.decode().replace("\r\n", "\n")
        return bool(data)

    def expect(self, text: str) -> str:
        """What is shown up to the end of text, from where the last call ended."""
        while (at := self.shown.find(text, self._read)) < 0:
            assert self._more(), f"{text!r} was not shown, but: {self.shown}"
        begin, self._read = self._read, at + len(text)
        return self.shown[begin : self._read]

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def answer(self, prompt: str, line: str = "") -> str:
        """Waits for the question; returns what was shown before it."""
        before = self.expect(prompt)
        self.type(line + "\n")
        return before

    def finish(self) -> tuple[int, str]:
        """The exit status, and what was shown since the last question."""
        while self._more():
            pass
        status = self.process.wait(timeout=CLIENT_TIMEOUT_S)
        assert not REPORTS.search(self.shown), self.shown
        return status, self.shown[self._read :]
