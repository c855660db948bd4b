# SPDX-License-Identifier: BSD-2-Clause
"""Calls, in the order in which they were made, and how often they change files."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Call:
    file: str  # from src/: "engine/update.c"
    function: str

    @property
    def room(self) -> str:
        return self.file.rpartition("/")[0] or self.file


@dataclass(frozen=True)
class Stay:
    """A run of calls inside one file."""

    file: str
    functions: tuple[str, ...]


def own(calls: Iterable[Call]) -> list[Call]:
    """Without the inline functions of headers: they are part of whoever calls them."""
    return [call for call in calls if not call.file.endswith(".h")]


def stays(calls: Iterable[Call]) -> list[Stay]:
    found: list[Stay] = []
    for call in calls:
        if found and found[-1].file == call.file:
            found[-1] = Stay(call.file, (*found[-1].functions, call.function))
        else:
            found.append(Stay(call.file, (call.function,)))
    return found


@dataclass(frozen=True)
class Figures:
    """returns: how many of the stays are in a file that the way has been in before."""

    calls: int
    files: int
    stays: int
    returns: int


def figures(calls: list[Call]) -> Figures:
    found = stays(calls)
    files = {stay.file for stay in found}
    return Figures(len(calls), len(files), len(found), len(found) - len(files))


def table(ways: dict[str, list[Call]], room: str, guards: Collection[str]) -> str:
    """For each answer a row of all rooms, one of that room alone, and one without its files named."""
    left_out = {f"{room}/{name}.c" for name in guards}
    listed = ", ".join(f"`{name}`" for name in guards)
    lines = ["| answer | rooms | calls | files | stays | returns |", "|---" * 6 + "|"]
    for name, calls in ways.items():
        inside = [call for call in calls if call.room == room]
        without = [call for call in inside if call.file not in left_out]
        for which, part in (
            ("all but `base/`, `net/`", calls),
            (f"`{room}/`", inside),
            (f"`{room}/` without {listed}", without),
        ):
            found = figures(part)
            numbers = (found.calls, found.files, found.stays, found.returns)
            lines.append("| " + " | ".join([f"`{name}`", which, *map(str, numbers)]) + " |")
    return "\n".join(lines)


def text(calls: list[Call]) -> str:
    """One line for each stay."""
    found = stays(calls)
    width = max((len(stay.file) for stay in found), default=0)
    return "\n".join(f"    {stay.file:{width}}  {' '.join(stay.functions)}" for stay in found)
