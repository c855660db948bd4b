# SPDX-License-Identifier: BSD-2-Clause
"""Routers in the background."""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from faults.oracle import ANSWER_MAX_S

if TYPE_CHECKING:
    from faults.world import Account, World


class Load:
    """Routers that go on sending until stop(), each its changes and its repeats one after another:
    whoever was told 911 comes again with the same address, as routers do."""

    def __init__(
        self, world: World, accounts: Sequence[Account], workers: int, pause_s: float, most: int
    ):
        self.sent = 0
        self._world = world
        self._pause_s = pause_s
        self._most = most
        self._changed = threading.Condition()
        self._stopped = threading.Event()
        self._problems: list[BaseException] = []
        self._threads = [
            threading.Thread(target=self._work, args=(list(accounts[n::workers]), n))
            for n in range(min(workers, len(accounts)))
        ]
        for thread in self._threads:
            thread.start()

    def wait_sent(self, n: int, timeout: float = 60) -> None:
        """Until n more requests have ended."""
        with self._changed:
            until = self.sent + n
            if not self._changed.wait_for(lambda: self.sent >= until, timeout):
                raise TimeoutError(f"{self.sent} of {until} requests in {timeout} s")

    def stop(self) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join(2 * ANSWER_MAX_S)
            assert not thread.is_alive(), "a router waits for ever"
        if self._problems:
            raise self._problems[0]

    def _work(self, accounts: list[Account], seed: int) -> None:
        chance = random.Random(seed)
        try:
            while not self._stopped.wait(self._pause_s * chance.random() * 2):
                self._step(chance.choice(accounts), chance)
                with self._changed:
                    self.sent += 1
                    self._changed.notify_all()
                    if self.sent >= self._most:
                        return
        except BaseException as problem:  # pylint: disable=broad-exception-caught
            self._problems.append(problem)

    def _step(self, account: Account, chance: random.Random) -> None:
        world = self._world
        last = world.last_asked(account)
        repeats = last is not None and (not last.acknowledged or chance.random() < 0.5)
        address = last.address if repeats else world.new_address()
        try:
            world.update(account, address, chance.choice(world.alive()))
        except (OSError, AssertionError, IndexError):
            pass  # the oracle knows that it had no answer
