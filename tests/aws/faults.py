# SPDX-License-Identifier: BSD-2-Clause
"""Trouble by script: what the gate does to a call besides passing it on."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field

from aws.errors import Reply, error


class Hold:
    """Keeps calls waiting until it is released; tells when one has arrived."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._arrived = 0
        self._released = False
        self._dropped = False

    def wait_here(self) -> bool:
        """On the gate's side; false: the call is to be forgotten."""
        with self._changed:
            self._arrived += 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._released)
            return not self._dropped

    def wait_arrived(self, n: int = 1, timeout: float = 30) -> None:
        with self._changed:
            if not self._changed.wait_for(lambda: self._arrived >= n, timeout):
                raise TimeoutError(f"{self._arrived} of {n} held calls arrived in {timeout} s")

    @property
    def arrived(self) -> int:
        with self._changed:
            return self._arrived

    def release(self) -> None:
        with self._changed:
            self._released = True
            self._changed.notify_all()

    def drop(self) -> None:
        """Lets go, and what was held goes no further: its caller is dead."""
        with self._changed:
            self._dropped = True
        self.release()


@dataclass
class Fault:
    """One entry of the script; action "service:Operation", None: every call."""

    action: str | None
    times: int | None = 1  # None: until removed
    about: str = ""  # only calls in whose body this stands, as a host's name does
    reply: Reply | None = None  # instead of the service's own; the call is not passed on
    delay_s: float = 0
    before: Hold | None = None  # held before it is passed on
    after: Hold | None = None  # passed on, the reply held
    cut: int | None = None  # bytes of the reply that are still sent; 0: the reply is lost
    chance: float = 1  # that it strikes a call it matches; those it spares go on to the next fault
    hits: int = 0


@dataclass
class Script:
    """Shared by the test and the gate's connections; the first matching fault is taken."""

    faults: list[Fault] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)  # every one ever made: clear() frees them
    lot: random.Random = field(default_factory=lambda: random.Random(1))  # for chances below one
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, fault: Fault) -> Fault:
        with self._lock:
            self.faults.append(fault)
        return fault

    def fail(
        self,
        action: str,
        code: str,
        message: str = "",
        *,
        status: int | None = None,
        times: int | None = 1,
    ) -> Fault:
        """An error of the service in its own shape."""
        service = action.partition(":")[0]
        return self.add(Fault(action, times, reply=error(service, code, message, status)))

    def answer(self, action: str, reply: Reply, *, times: int | None = 1) -> Fault:
        return self.add(Fault(action, times, reply=reply))

    def delay(self, action: str, seconds: float, *, times: int | None = 1) -> Fault:
        return self.add(Fault(action, times, delay_s=seconds))

    def cut(self, action: str, sent: int, *, times: int | None = 1) -> Fault:
        return self.add(Fault(action, times, cut=sent))

    def lose_reply(self, action: str, *, times: int | None = 1) -> Fault:
        """Accepted by the service, and the client never hears of it."""
        return self.cut(action, 0, times=times)

    def hold_before(self, action: str, *, times: int | None = 1, about: str = "") -> Hold:
        hold = self._new_hold()
        self.add(Fault(action, times, about, before=hold))
        return hold

    def hold_after(self, action: str, *, times: int | None = 1, about: str = "") -> Hold:
        hold = self._new_hold()
        self.add(Fault(action, times, about, after=hold))
        return hold

    def clear(self) -> None:
        """Forgets the script and lets go whatever is held."""
        with self._lock:
            self.faults.clear()
            holds, self.holds = self.holds, []
        for hold in holds:
            hold.release()

    def take(self, action: str, body: bytes) -> Fault | None:
        with self._lock:
            for fault in self.faults:
                is_meant = fault.action in (None, action) and fault.about.encode() in body
                if is_meant and self.lot.random() < fault.chance:
                    fault.hits += 1
                    if fault.times is not None and fault.hits >= fault.times:
                        self.faults.remove(fault)
                    return fault
        return None

    def _new_hold(self) -> Hold:
        hold = Hold()
        with self._lock:
            self.holds.append(hold)
        return hold
