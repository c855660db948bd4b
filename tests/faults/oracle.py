# SPDX-License-Identifier: BSD-2-Clause
"""What every client was told, and what may therefore stand in the zone."""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from time import monotonic

ACKNOWLEDGED = ("good", "nochg")
ANSWER_MAX_S = 15  # no request waits longer for its answer, whatever happens
HONEST = (*ACKNOWLEDGED, "911")  # what trouble of ours or of Amazon's may be told as


def kind_of(address: str) -> str:
    return "AAAA" if ":" in address else "A"


@dataclass
class Asked:
    """One host of one request. ended stays infinite while nobody knows when it stopped mattering;
    line: this host's of the answer, None when none came."""

    host: str
    address: str
    began: float
    ended: float = math.inf
    status: int | None = None
    line: str | None = None

    @property
    def word(self) -> str | None:
        return self.line.partition(" ")[0] if self.line is not None else None

    @property
    def acknowledged(self) -> bool:
        return self.word in ACKNOWLEDGED

    @property
    def took(self) -> float:
        return self.ended - self.began


class Oracle:
    """Any thread. Times are monotonic(3)'s."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: dict[str, list[Asked]] = {}

    # What the clients tell.

    def ask(self, hosts: Iterable[str], address: str) -> list[Asked]:
        with self._lock:
            new = [Asked(host, address, monotonic()) for host in hosts]
            for one in new:
                self._asked.setdefault(one.host, []).append(one)
            return new

    def answer(self, asked: list[Asked], status: int, text: str) -> None:
        """A whole answer: one line for each host, or one for all."""
        lines = text.split("\n")
        if len(lines) == 1:
            lines *= len(asked)
        with self._lock:
            now = monotonic()
            for one, line in zip(asked, lines, strict=True):
                one.ended, one.status, one.line = now, status, line

    def lost(self, asked: list[Asked], *, over: bool) -> None:
        """No answer. over: nobody works on it any more, as after a kill or a refused connection."""
        with self._lock:
            for one in asked:
                one.ended = monotonic() if over else math.inf
                one.line = None

    # What the tests ask.

    def asked(self, host: str | None = None) -> list[Asked]:
        with self._lock:
            if host is not None:
                return list(self._asked.get(host, []))
            return [one for each in self._asked.values() for one in each]

    def words(self) -> Counter[str | None]:
        return Counter(one.word for one in self.asked())

    def slowest(self) -> float:
        return max((one.took for one in self.asked() if one.line is not None), default=0.0)

    def hosts(self) -> set[str]:
        with self._lock:
            return set(self._asked)

    def possible(self, host: str, kind: str) -> set[str | None]:
        """The addresses that may stand there once all is well: the last one acknowledged, or one
        that was asked for after it or beside it. None: no address."""
        asked = [one for one in self.asked(host) if kind_of(one.address) == kind]
        newest = max((one.began for one in asked if one.acknowledged), default=-math.inf)
        found: set[str | None] = {one.address for one in asked if one.ended >= newest}
        if newest == -math.inf:
            found.add(None)
        return found

    def early(self, host: str, kind: str, applied: list[tuple[float, str]]) -> list[str]:
        """What was acknowledged before Route 53 had it, or one that replaced it, asked for later or
        beside it; applied: when the record got which value."""
        asked = [one for one in self.asked(host) if kind_of(one.address) == kind]

        def is_true(one: Asked) -> bool:
            in_time = [(at, value) for at, value in applied if at <= one.ended]
            return any(value == one.address for _, value in in_time) or any(
                other.address == value and one.began <= other.ended and other.began <= at
                for at, value in in_time
                for other in asked
            )

        return [
            f"{host} is {one.line}, before Route 53 had that"
            for one in asked
            if one.acknowledged and not is_true(one)
        ]

    def went_back(self, host: str, kind: str, history: list[str]) -> list[str]:
        """The steps of a record's history from a newer value to an older one."""
        asked = [one for one in self.asked(host) if kind_of(one.address) == kind]
        began: dict[str, float] = {}
        ended: dict[str, float] = {}
        for one in asked:
            began[one.address] = min(began.get(one.address, math.inf), one.began)
            ended[one.address] = max(ended.get(one.address, -math.inf), one.ended)
        problems = []
        for old, new in zip(history, history[1:]):
            if new not in began:
                problems.append(f"{host} became {new}, which nobody asked for")
            elif old in began and ended[new] < began[old]:
                problems.append(f"{host} went from {old} back to the older {new}")
        return problems
