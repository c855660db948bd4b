# SPDX-License-Identifier: BSD-2-Clause
"""The clocks of a daemon, moved while it runs; and that of the Amazon it speaks to."""

from __future__ import annotations

import re
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import time

from system.harness import BUILD, run

SOURCE = Path(__file__).with_name("clock_shift.c")


def sanitizer_runtime() -> list[str]:
    """It wants to be the first library; without sanitizers there is none."""
    found = re.search(r"lib[at]san\S* => (\S+)", run(["ldd", BUILD / "mooringd"]).stdout)
    return [found[1]] if found else []


class Clock:
    """env goes to the daemon. Its wall clock is this machine's, plus shift seconds; of those that
    passed all its clocks know, so that its timers end, the next time that it wakes up."""

    def __init__(self, directory: Path, shift: float = 0):
        library = directory / "clock_shift.so"
        built = run(["cc", "-shared", "-fPIC", "-O1", "-o", library, SOURCE])
        assert built.returncode == 0, built.stderr
        self._file = directory / "clock_shift"
        self._file.write_bytes(bytes(16))
        self.shift = shift
        self.env = {
            "LD_PRELOAD": ":".join([*sanitizer_runtime(), str(library)]),
            "CLOCK_SHIFT_FILE": str(self._file),
        }

    def _read(self, at: int) -> float:
        return float(struct.unpack_from("=q", self._file.read_bytes(), at)[0])

    def _write(self, at: int, seconds: float) -> None:
        """In place: the daemon has the file mapped."""
        with self._file.open("r+b") as file:
            file.seek(at)
            file.write(struct.pack("=q", int(seconds)))

    @property
    def shift(self) -> float:
        return self._read(0)

    @shift.setter
    def shift(self, seconds: float) -> None:
        self._write(0, seconds)

    def let_pass(self, seconds: float) -> None:
        """So much as 24 days at once is too much for libuv, which counts in an int how many
        milliseconds it has slept."""
        assert seconds < 24 * 24 * 3600
        self._write(8, self._read(8) + seconds)

    def leap_to(self, moment: datetime) -> None:
        self.shift = moment.timestamp() - time()

    def now(self) -> datetime:
        """For a gate that shall have the same time."""
        return datetime.now(UTC) + timedelta(seconds=self._read(0) + self._read(8))
