# SPDX-License-Identifier: BSD-2-Clause
"""What must hold whatever the trouble was: each function lists what does not."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from time import monotonic
from typing import TYPE_CHECKING

from faults.observe import State, has_sanitizers, log_kinds, resources
from faults.oracle import ANSWER_MAX_S, HONEST

if TYPE_CHECKING:
    from faults.world import World

RSS_MORE_MAX_KB = 5 * 1024
THREADS_MORE_MAX = 4  # libuv's workers are started when they are first needed
LOG_WINDOW_S, LOG_LINES_MAX = 10, 15  # of one kind: about one a second
PROBLEMS_SHOWN = 20


def shown(problems: Sequence[str]) -> str:
    more = len(problems) - PROBLEMS_SHOWN
    text = "\n".join(problems[:PROBLEMS_SHOWN])
    return text + (f"\nand {more} more" if more > 0 else "")


def without_repeats(steps: list[tuple[float, str]]) -> list[str]:
    values = [value for _, value in steps]
    return [value for before, value in zip([None, *values], values) if value != before]


def wait(what: str, problems: Callable[[], list[str]], within: float) -> float:
    began = monotonic()
    pause = threading.Event()
    while found := problems():
        passed = monotonic() - began
        assert passed < within, f"not within {within} s: {what}: {shown(found)}"
        pause.wait(0.1)
    return monotonic() - began


def zone_problems(world: World, but: set[str]) -> list[str]:
    records, states = world.records(), world.all_states()
    problems = []
    for host in sorted(world.oracle.hosts() - but):
        state = states.get(host, State())
        for kind, wanted in (("A", state.v4), ("AAAA", state.v6)):
            values = records.get((host, kind), [None])
            if values != [wanted]:
                problems.append(f"{host} is {values} in the zone, {wanted} in the table")
            if wanted not in (possible := world.oracle.possible(host, kind)):
                problems.append(f"{host} is {wanted}, may be {possible}")
        if state.pub != state.seq:
            problems.append(f"{host} is still owed to the zone: {state}")
    return problems


def applied_values(world: World) -> dict[tuple[str, str], list[tuple[float, str]]]:
    """By name and type, when the record got which value."""
    found: dict[tuple[str, str], list[tuple[float, str]]] = {}
    for each in world.route53.applied():
        steps = found.setdefault((each.name.rstrip("."), each.kind), [])
        steps += [(each.at, value) for value in each.values]
    return found


def promise_problems(world: World) -> list[str]:
    applied = applied_values(world)
    return [
        problem
        for host in world.oracle.hosts()
        for kind in ("A", "AAAA")
        for problem in world.oracle.early(host, kind, applied.get((host, kind), []))
    ]


def order_problems(world: World) -> list[str]:
    return [
        problem
        for (host, kind), steps in applied_values(world).items()
        for problem in world.oracle.went_back(host, kind, without_repeats(steps))
    ]


def answer_problems(
    world: World, but: set[str], also: Sequence[str], unanswered: bool
) -> list[str]:
    problems = []
    for one in world.oracle.asked():
        honest = (*HONEST, *also, "dnserr") if one.host in but else (*HONEST, *also)
        if one.line is None and not unanswered:
            problems.append(f"{one.host}: no answer")
        if one.line is not None and one.word not in honest:
            problems.append(f"{one.host}: {one.status} {one.line}")
        if one.acknowledged and one.line.split(" ")[1:] != [one.address]:
            problems.append(f"{one.host}: asked for {one.address}: {one.line}")
        if one.line is not None and one.took > ANSWER_MAX_S:
            problems.append(f"{one.host}: answered after {one.took:.1f} s")
    return problems


def log_problems(world: World) -> list[str]:
    problems = []
    for daemon in world.service.daemons:
        daemon.check_reports()
        problems += [
            f"a secret is in the log: {secret[:4]}..."
            for secret in world.canaries
            if secret in daemon.log
        ]
        for kind, times in log_kinds(daemon).items():
            for first, last in zip(times, times[LOG_LINES_MAX:]):
                if last - first < LOG_WINDOW_S:
                    problems.append(f"{kind!r} is in the log too often")
                    break
    return problems


def resource_problems(world: World) -> list[str]:
    problems = []
    for number in world.alive():
        daemon = world.daemons[number]
        before = world.marks[daemon.process.pid]
        now = resources(daemon, world.aws_ports)
        found = world.metrics(number)
        busy = {
            name: found[name]
            for name in ("mooring_changes_queued", "mooring_updates_pending")
            if found[name] != 0
        }
        if now.fds > before.fds or now.threads > before.threads + THREADS_MORE_MAX or busy:
            problems.append(f"daemon {number}: {now}, {busy}; it was {before}")
        if not has_sanitizers() and now.rss_kb > before.rss_kb + RSS_MORE_MAX_KB:
            problems.append(f"daemon {number}: {now.rss_kb} KB, it was {before.rss_kb} KB")
    return problems
