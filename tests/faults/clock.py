# SPDX-License-Identifier: BSD-2-Clause
"""The wall clock of a daemon, moved while it runs; and that of the Amazon it speaks to."""

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
    """env goes to the daemon. Its clock is this machine's, plus shift seconds."""

    def __init__(self, directory: Path, shift: float = 0):
        library = directory / "clock_shift.so"
        built = run(["cc", "-shared", "-fPIC", "-O1", "-o", library, SOURCE])
        assert built.returncode == 0, built.stderr
        self._file = directory / "clock_shift"
        self._file.write_bytes(bytes(8))
        self.shift = shift
        self.env = {
            "LD_PRELOAD": ":".join([*sanitizer_runtime(), str(library)]),
            "CLOCK_SHIFT_FILE": str(self._file),
        }

    @property
    def shift(self) -> float:
        return float(struct.unpack("=q", self._file.read_bytes())[0])

    @shift.setter
    def shift(self, seconds: float) -> None:
        """In place: the daemon has the file mapped."""
        with self._file.open("r+b") as file:
            file.write(struct.pack("=q", int(seconds)))

    def leap_to(self, moment: datetime) -> None:
        self.shift = moment.timestamp() - time()

    def now(self) -> datetime:
        """For a gate that shall have the same time."""
        return datetime.now(UTC) + timedelta(seconds=self.shift)
