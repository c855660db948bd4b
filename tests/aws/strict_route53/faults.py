# SPDX-License-Identifier: BSD-2-Clause
"""Trouble by schedule or by lot: what the server does to a call besides answering it."""

from __future__ import annotations

import random
import threading
from dataclasses import asdict, dataclass, field, fields

from aws.errors import Reply, error

GARBAGE = b"<html><body>\xff\x00 503 Service Unavailable"


@dataclass
class Fault:
    """Each part is independent of the others; code and body replace the reply.

    after: the call is carried out first, so that only its reply is untrue. lose: the connection is
    closed instead of a reply; cut: it is reset after so many bytes of the reply; close: the reply
    is whole but the last on its connection.
    """

    action: str | None = None  # "ChangeResourceRecordSets"; None: every
    call: int | None = None  # the action's n-th call from the start (with no action: of all)
    times: int | None = 1  # None: until removed
    delay_s: float = 0  # of the service's time, before the call is carried out
    status: int | None = None
    code: str | None = None
    message: str = ""
    body: bytes | None = None
    after: bool = False
    lose: bool = False
    cut: int | None = None
    close: bool = False
    hits: int = 0

    @property
    def is_instead(self) -> bool:
        """The call is not carried out."""
        return not self.after and (self.code is not None or self.body is not None)

    def reply(self) -> Reply | None:
        if self.body is not None:
            return Reply(self.status or 200, self.body, {"Content-Type": "text/xml"}, "garbage")
        if self.code is not None:
            return error("route53", self.code, self.message, self.status)
        return None

    def to_json(self) -> dict:
        shown = {name: value for name, value in asdict(self).items() if value is not None}
        if self.body is not None:
            shown["body"] = self.body.decode("latin-1")
        return shown

    @staticmethod
    def from_json(value: dict) -> Fault:
        """Raises ValueError or TypeError."""
        unknown = set(value) - {each.name for each in fields(Fault)}
        if unknown:
            raise ValueError(f"a fault has no {sorted(unknown)}")
        known = dict(value)
        if known.get("body") is not None:
            known["body"] = known["body"].encode("latin-1")
        return Fault(**known)


def throttled(**changes: object) -> Fault:
    return Fault(code="Throttling", message="Rate exceeded", **changes)


def lost_reply(**changes: object) -> Fault:
    return Fault(lose=True, **changes)


def accepted_then_500(**changes: object) -> Fault:
    return Fault(
        after=True, status=500, code="InternalFailure", message="An internal error", **changes
    )


def garbage(**changes: object) -> Fault:
    return Fault(body=GARBAGE, **changes)


class Chaos:
    """The same seed gives the same trouble for the same order of calls."""

    def __init__(self, seed: int, rate: float = 0.05, delay_max_s: float = 1.0):
        if not 0 <= rate <= 1:
            raise ValueError(f"{rate} is not a rate")
        self.rate = rate
        self.delay_max_s = delay_max_s
        self._random = random.Random(seed)

    def draw(self) -> Fault | None:
        if self._random.random() >= self.rate:
            return None
        kinds = (
            throttled(),
            Fault(status=503, code="ServiceUnavailable", message="Service unavailable"),
            Fault(status=500, code="InternalFailure", message="An internal error"),
            Fault(delay_s=self._random.uniform(0, self.delay_max_s)),
            Fault(cut=self._random.randrange(400)),
            Fault(close=True),
            accepted_then_500(),
            lost_reply(),
            garbage(status=503),
        )
        return self._random.choice(kinds)


@dataclass
class Schedule:
    """The first fault that matches a call is its fault; without one the lot is drawn."""

    faults: list[Fault] = field(default_factory=list)
    chaos: Chaos | None = None
    hits: int = 0
    _counts: dict[str | None, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, fault: Fault) -> Fault:
        with self._lock:
            self.faults.append(fault)
        return fault

    def clear(self) -> None:
        """No more trouble; calls are counted on."""
        with self._lock:
            self.faults.clear()
            self.chaos = None

    def take(self, action: str) -> Fault | None:
        with self._lock:
            for counted in (action, None):
                self._counts[counted] = self._counts.get(counted, 0) + 1
            fault = self._match(action) or (self.chaos.draw() if self.chaos else None)
            self.hits += fault is not None
            return fault

    def _match(self, action: str) -> Fault | None:
        for fault in self.faults:
            if fault.action not in (None, action):
                continue
            if fault.call is not None and fault.call != self._counts[fault.action]:
                continue
            fault.hits += 1
            if fault.times is not None and fault.hits >= fault.times:
                self.faults.remove(fault)
            return fault
        return None
