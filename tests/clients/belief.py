# SPDX-License-Identifier: BSD-2-Clause
"""What a client takes for true once it has its answer: read from its cache, exit status or log.

U updated: it keeps the address as sent, and sends nothing until that changes.
F fooled: as U, but nothing was published.
R retries: it knows that it failed, and tries again by itself or when cron starts it next.
D doubts: as R, but the address was published.
N no need: it asked the name server, which has the address already, and sent nothing.
S stops: it knows that it failed, and does not try again before somebody does something.
- not asked: the client has no way to send this.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from system.clients import Login, Outcome

UPDATED, FOOLED, RETRIES, DOUBTS, ASKED, STOPS, CANNOT = "UFRDNS-"


def family_of(address: str) -> str:
    return "6" if ":" in address else "4"


def judged(thinks: str, published: bool) -> str:
    """thinks: U, R or S, as the client has it."""
    return {(UPDATED, False): FOOLED, (RETRIES, True): DOUBTS}.get((thinks, published), thinks)


Update = Callable[[Login, str], Outcome]
Believes = Callable[[Login, str, Outcome], list[str]]


@dataclass(frozen=True)
class Client:
    """update sends once; believes: U, R or S for each host, from what is left of that."""

    update: Update
    believes: Believes
    port: int = 443  # 80 for those that cannot be told to trust an authority
    own: dict[str, str] | None = None  # by family: what it finds by itself, if nothing else will do


def by_status(login: Login, _address: str, outcome: Outcome) -> list[str]:
    """One word for all hosts: the exit status."""
    return [UPDATED if outcome.ok else RETRIES] * len(login.hosts)
