# SPDX-License-Identifier: BSD-2-Clause
"""The file through which a program is told which of its calls fail: the layout is that of calls.c."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SLOTS, RECORDS = 4096, 1 << 20
COUNT, OFF, SKIP = 0, 0xFFFFFFFF, 0xFFFFFFFE
HEAD = struct.Struct("=4I")
SLOT = RECORD = struct.Struct("=4I")
FIRST_RECORD = HEAD.size + SLOTS * SLOT.size
SIZE = FIRST_RECORD + RECORDS * RECORD.size


@dataclass(frozen=True)
class Place:
    """A call in the program, and the call of the function in which it stands."""

    call: int
    outer: int


@dataclass(frozen=True)
class Slot:
    fail_at: int
    calls: int
    pid: int
    failed: int  # the place of the call that failed


class State:
    """One program at a time uses it."""

    def __init__(self, path: Path):
        self.path = path
        with path.open("wb") as file:
            file.truncate(SIZE)
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), SIZE)

    def close(self) -> None:
        self._map.close()
        self.path.unlink()

    def reset(self, default: int = COUNT, chosen: dict[int, int] | None = None) -> None:
        """Slots do `default`, but for the chosen ones; nothing is counted yet."""
        HEAD.pack_into(self._map, 0, 0, 0, 0, 0)
        self._map[HEAD.size : FIRST_RECORD] = SLOT.pack(default, 0, 0, 0) * SLOTS
        for slot, fail_at in (chosen or {}).items():
            self.set(slot, fail_at)

    def set(self, slot: int, fail_at: int) -> None:
        """The count of this slot begins anew."""
        SLOT.pack_into(self._map, HEAD.size + slot * SLOT.size, fail_at, 0, 0, 0)

    def disarm(self, slot: int) -> None:
        """What was counted stays."""
        struct.pack_into("=I", self._map, HEAD.size + slot * SLOT.size, OFF)

    def slot(self, slot: int) -> Slot:
        return Slot(*SLOT.unpack_from(self._map, HEAD.size + slot * SLOT.size))

    @property
    def forks(self) -> int:
        return HEAD.unpack_from(self._map)[0]

    def records(self) -> Iterator[tuple[int, int, Place]]:
        """Slot, number of the call, place."""
        n = min(HEAD.unpack_from(self._map)[1], RECORDS)
        for at in range(FIRST_RECORD, FIRST_RECORD + n * RECORD.size, RECORD.size):
            slot, call, place, outer = RECORD.unpack_from(self._map, at)
            yield slot, call, Place(place, outer)
