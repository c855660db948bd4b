# SPDX-License-Identifier: BSD-2-Clause
"""Runs the programs of `make check`, and lets one call of each of their cases fail.

A program is run once to see which calls its cases make. Then it is run again and again: each case fails
one call, those that have none left are passed over. A case may then fail its own assertions, since it
expected that call to work. What it may not: crash, end in an assertion of src/, leave memory behind, or
wait for ever.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from torture.state import COUNT, OFF, SKIP, Place, State

TOP = Path(__file__).resolve().parent.parent.parent
REPORTED = 86  # exit status of a case about which a sanitizer wrote a report
CASE_S = 20  # after that libcheck ends a case
PROGRAM_S = 600
RESULT = re.compile(r"^[^:\n]*:\d+:([PFES]):[^:\n]*:([^:\n]*):(\d+): (.*)$", re.M)
# Cases that wait by themselves for what does not come once a call has failed.
WAITS = {
    "a_client_may_close_while_the_service_is_silent",  # for the third request
    "a_closed_zone_hears_of_no_retry",  # for the second one
}
# In frames of a sanitizer's report.
FRAME = re.compile(r"^ +#\d+ 0x[0-9a-f]+ in (\S+) \S*?/(src|tests)/(\S+?)(?::(\d+))?(?::\d+)?$", re.M)


@dataclass
class Finding:
    program: str
    case: str
    call: int
    place: str
    what: str
    report: str

    def __str__(self) -> str:
        head = f"{self.program} {self.case}: call {self.call}, {self.place}, fails: {self.what}"
        return "\n".join([head, *("    " + line for line in self.report.splitlines()[:60])])


@dataclass
class Case:
    """One fork of a program; a test in a loop is several."""

    name: str
    passes: bool  # by itself; otherwise `make check` tells of it
    calls: int = 0
    places: dict[Place, int] = field(default_factory=dict)  # the first call from there


def programs(build: Path) -> list[str]:
    argv = ["make", "-s", "-C", str(build), "--no-print-directory", "--eval"]
    argv += ["print-checks: ; @echo $(check_PROGRAMS)", "print-checks"]
    said = subprocess.run(argv, check=True, capture_output=True, text=True).stdout.split()
    # make also tells that it makes its own files anew.
    return [word for word in said if word.startswith("tests/unit/")]


def resolve(program: Path, addresses: Iterable[int]) -> dict[int, str]:
    """FUNCTION FILE:LINE of each, "" for what is no source of ours."""
    wanted = sorted(set(addresses))
    # The call is before the place to which it returns.
    argv = ["addr2line", "--functions", f"--exe={program}", *(f"{a - 1:#x}" for a in wanted if a)]
    lines = subprocess.run(argv, capture_output=True, text=True, check=True).stdout.splitlines()
    found = {0: ""}
    for address, function, place in zip((a for a in wanted if a), lines[::2], lines[1::2], strict=True):
        file = place.partition(" (")[0].rpartition("/src/")
        found[address] = f"{function} src/{file[2]}" if file[1] else ""
    return found


class Broken(Exception):
    """A program does not do what libcheck's programs do."""


class Program:
    def __init__(self, build: Path, name: str, scratch: Path):
        self.build, self.name = build, name
        self.path = build / name
        self.scratch = scratch / name.replace("/", "-")
        self.scratch.mkdir(parents=True, exist_ok=True)
        self.state = State(self.scratch / "state")
        self.cases: list[Case] = []

    def run(self, leaks: bool) -> tuple[list[tuple[str, str, str]], str]:
        """Result, case and message of each fork, and all that was said."""
        for old in self.scratch.glob("report.*"):
            old.unlink()
        asan = f"detect_leaks={int(leaks)}:exitcode={REPORTED}:handle_abort=1:log_path={self.scratch}/report"
        env = {
            **os.environ,
            "CK_FORK": "yes",
            "CK_VERBOSITY": "verbose",
            "CK_DEFAULT_TIMEOUT": str(CASE_S),
            "srcdir": str(TOP),
            "TORTURE_STATE": str(self.state.path),
            "ASAN_OPTIONS": asan + ":detect_stack_use_after_return=1:allocator_may_return_null=1",
            "UBSAN_OPTIONS": f"print_stacktrace=1:halt_on_error=1:exitcode={REPORTED}:log_path={self.scratch}/report",
            "TMPDIR": str(self.scratch),
        }
        env.pop("UNIT_TEST", None)
        done = subprocess.run(
            [self.path], env=env, cwd=self.build, capture_output=True, timeout=PROGRAM_S, check=False
        )
        said = (done.stdout + done.stderr).decode(errors="replace")
        return [(m[1], m[2], m[4]) for m in RESULT.finditer(said)], said

    def count(self) -> None:
        self.state.reset(COUNT, {0: OFF})
        results, said = self.run(leaks=False)
        if self.state.forks == 0:  # nothing that it is linked with makes a call that could fail
            results = []
        elif self.state.forks != len(results):
            raise Broken(f"{self.name} did not tell of all its cases:\n{said}")
        self.cases = [Case(name, result == "P") for result, name, _ in results]
        for number, case in enumerate(self.cases, 1):
            case.calls = self.state.slot(number).calls if case.passes else 0
        for slot, call, place in self.state.records():
            if slot > 0 and self.cases[slot - 1].passes:
                self.cases[slot - 1].places.setdefault(place, call)

    def names(self) -> dict[int, str]:
        places = {place for case in self.cases for place in case.places}
        return resolve(self.path, (address for p in places for address in (p.call, p.outer)))

    def report(self, pid: int) -> str:
        path = self.scratch / f"report.{pid}"
        return path.read_text(errors="replace") if path.exists() else ""

    def fail(self, chosen: dict[int, int]) -> list[Finding]:
        """One run, in which the case of each slot fails that call."""
        self.state.reset(SKIP, {0: OFF, **chosen})
        results, said = self.run(leaks=True)
        if len(results) != len(self.cases):
            raise Broken(f"{self.name} did not tell of all its cases:\n{said}")
        slots = {slot: self.state.slot(slot) for slot in chosen}
        names = resolve(self.path, (slot.failed for slot in slots.values()))
        found = []
        for number, call in chosen.items():
            result, name, message = results[number - 1]
            report = self.report(slots[number].pid)
            if not report and f"value {REPORTED}" in message:
                # UndefinedBehaviorSanitizer's goes where all cases of a program write to.
                self.state.reset(SKIP, {0: OFF, number: call})
                report = self.run(leaks=True)[1]
            if what := judge(name, result, message, report):
                place = names[slots[number].failed] or "elsewhere"
                found.append(Finding(self.name, name, call, place, what, report or message))
        return found


def judge(name: str, result: str, message: str, report: str) -> str:
    """What is wrong with that, "" if nothing."""
    frames = FRAME.findall(report)
    if "LeakSanitizer" in report:
        return "memory is left"
    if report:
        # A test may use what it was not given; our own code may not.
        return "it crashes" if not frames or frames[0][1] == "src" else ""
    if "imeout" in message:
        return "" if name in WAITS else "it waits for ever"
    if result == "E" and not message.startswith("Early exit with return value 1"):
        return message
    return ""


class Places:
    """Chooses one call for each place that no program has failed yet."""

    def __init__(self) -> None:
        self.seen: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def choose(self, cases: list[Case], names: dict[int, str]) -> list[dict[int, int]]:
        with self._lock:
            chosen = self._choose(cases, names)
        runs = max((len(calls) for calls in chosen.values()), default=0)
        return [
            {slot: calls[i] for slot, calls in chosen.items() if i < len(calls)} for i in range(runs)
        ]

    def _choose(self, cases: list[Case], names: dict[int, str]) -> dict[int, list[int]]:
        chosen: dict[int, list[int]] = {}
        for slot, case in enumerate(cases, 1):
            for place, call in case.places.items():
                key = names[place.call], names[place.outer]
                if key[0] and key not in self.seen:
                    self.seen.add(key)
                    self._to_shortest(chosen, cases, place, slot, call)
        return chosen

    @staticmethod
    def _to_shortest(
        chosen: dict[int, list[int]], cases: list[Case], place: Place, slot: int, call: int
    ) -> None:
        """Cases of one run go side by side: the one that has least to do takes it."""
        for other, case in enumerate(cases, 1):
            if place in case.places and len(chosen.get(other, [])) < len(chosen.get(slot, [])):
                slot, call = other, case.places[place]
        chosen.setdefault(slot, []).append(call)


def every_call(cases: list[Case]) -> list[dict[int, int]]:
    """The n-th run fails the n-th call of each case that has one, counted from 1."""
    most = max((case.calls for case in cases), default=0)
    return [
        {slot: call for slot, case in enumerate(cases, 1) if call <= case.calls}
        for call in range(1, most + 1)
    ]


@dataclass
class Outcome:
    failures: int = 0  # how many calls failed
    findings: list[Finding] = field(default_factory=list)


def torture(build: Path, name: str, scratch: Path, places: Places, every: bool) -> Outcome:
    program = Program(build, name, scratch)
    outcome = Outcome()
    try:
        program.count()
        chosen = places.choose(program.cases, program.names())
        for calls in every_call(program.cases) if every else chosen:
            outcome.findings += program.fail(calls)
            outcome.failures += len(calls)
    except (Broken, subprocess.TimeoutExpired) as problem:
        outcome.findings.append(Finding(name, "?", 0, "?", "it breaks down", str(problem)))
        outcome.failures += 1
    finally:
        program.state.close()
    for finding in outcome.findings:
        print(finding, flush=True)
    return outcome


def main() -> int:
    parser = argparse.ArgumentParser(prog="torture.units", description=__doc__.partition("\n")[0])
    parser.add_argument("--all", action="store_true", help="every call, not one for each place")
    parser.add_argument("build", type=Path)
    parser.add_argument("program", nargs="*")
    options = parser.parse_args()
    options.build = options.build.resolve()
    names = options.program or programs(options.build)
    with tempfile.TemporaryDirectory() as directory:
        scratch = Path(directory)
        scratch.chmod(0o755)  # some tests go on as another user
        return run(options.build, names, scratch, options.all)


def run(build: Path, names: list[str], scratch: Path, every: bool) -> int:
    started = monotonic()
    places = Places()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        outcomes = list(pool.map(lambda name: torture(build, name, scratch, places, every), names))
    failures = sum(outcome.failures for outcome in outcomes)
    findings = sum(len(outcome.findings) for outcome in outcomes)
    print(f"{len(places.seen)} places in src/, {len(names)} programs, {monotonic() - started:.0f} s")
    print(f"# TOTAL: {failures}\n# PASS:  {failures - findings}\n# FAIL:  {findings}")
    return 1 if findings or not failures else 0


if __name__ == "__main__":
    sys.exit(main())
