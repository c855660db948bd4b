# SPDX-License-Identifier: BSD-2-Clause
"""Clocks that need not be the wall's, and the two kinds of token buckets of an account (Developer
Guide, "Throttling API requests", 2026)."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Protocol

UPSERT_TOKENS = 2
OTHER_TOKENS = 1


class Clock(Protocol):
    """Seconds of the service's time."""

    def now(self) -> float: ...

    def wait(self, seconds: float) -> None: ...


class ScaledClock:
    """Real time, scale times as fast: 60 makes a minute's quota last a second."""

    def __init__(self, scale: float = 1.0):
        if scale <= 0:
            raise ValueError(f"time cannot run {scale} times as fast")
        self.scale = scale
        self._started = monotonic()

    def now(self) -> float:
        return (monotonic() - self._started) * self.scale

    def wait(self, seconds: float) -> None:
        threading.Event().wait(seconds / self.scale)


class ManualClock:
    """Stands still until it is advanced; who waits is woken by that."""

    def __init__(self, start: float = 0.0):
        self._now = start
        self._waiting = 0
        self._changed = threading.Condition()

    def now(self) -> float:
        with self._changed:
            return self._now

    def advance(self, seconds: float) -> None:
        with self._changed:
            self._now += seconds
            self._changed.notify_all()

    def wait(self, seconds: float) -> None:
        with self._changed:
            until = self._now + seconds
            self._waiting += 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._now >= until)
            self._waiting -= 1

    def wait_waiting(self, n: int = 1, timeout: float = 10) -> None:
        """Until n callers are waiting for the time to pass."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._waiting >= n, timeout):
                raise TimeoutError(f"{self._waiting} of {n} waiting after {timeout} s")


class Bucket:
    """Holds up to burst tokens and gains rate of them a second. Not locked: the account is."""

    def __init__(self, burst: float, rate: float, now: float):
        self.burst = burst
        self.rate = rate
        self._tokens = burst
        self._at = now

    def level(self, now: float) -> float:
        self._tokens = min(self.burst, self._tokens + max(0.0, now - self._at) * self.rate)
        self._at = max(self._at, now)
        return self._tokens

    def take(self, tokens: float) -> None:
        self._tokens -= tokens


@dataclass(frozen=True)
class Limits:
    """burst, refill per second; None: that limit is not applied."""

    requests: tuple[float, float] | None = (50, 10)
    actions: Mapping[str, tuple[float, float]] = field(
        default_factory=lambda: {"CreateHostedZone": (40, 2), "DeleteHostedZone": (40, 5)}
    )
    changes: tuple[float, float] | None = (1500, 100)


NO_LIMITS = Limits(requests=None, changes=None)


class Account:
    """All buckets of one AWS account; the caller holds the lock."""

    def __init__(self, limits: Limits, clock: Clock):
        self.limits = limits
        self.clock = clock
        self._buckets: dict[str, Bucket] = {}
        self.throttled = {"requests": 0, "changes": 0}

    def _bucket(self, name: str, size: tuple[float, float]) -> Bucket:
        if name not in self._buckets:
            self._buckets[name] = Bucket(*size, self.clock.now())
        return self._buckets[name]

    def admit_request(self, action: str) -> bool:
        """Takes a token of the account and one of the action, or none."""
        general = self.limits.requests
        if general is None:
            return True
        now = self.clock.now()
        own = self.limits.actions.get(action, general)
        pair = (self._bucket("*", general), self._bucket(action, own))
        if any(bucket.level(now) < 1 for bucket in pair):
            self.throttled["requests"] += 1
            return False
        for bucket in pair:
            bucket.take(1)
        return True

    def admit_changes(self, actions: list[str]) -> bool:
        """actions: CREATE, DELETE or UPSERT of each change of a batch."""
        if self.limits.changes is None:
            return True
        tokens = sum(UPSERT_TOKENS if action == "UPSERT" else OTHER_TOKENS for action in actions)
        bucket = self._bucket("changes", self.limits.changes)
        if bucket.level(self.clock.now()) < tokens:
            self.throttled["changes"] += 1
            return False
        bucket.take(tokens)
        return True
