# SPDX-License-Identifier: BSD-2-Clause
"""Many hosts change at once in one hosted zone of a Route 53 as strict as Amazon's
(tests/aws/strict_route53): calls, time, and what the account's quota would allow."""

from __future__ import annotations

import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from aws.errors import Reply
from aws.gate import Gate
from aws.sigv4 import Identity
from aws.strict_route53 import NO_LIMITS, Limits, ScaledClock, Settings, StrictRoute53
from aws.strict_route53.replies import change_info
from aws.strict_route53.service import Ticket
from bench.daemon import Account, Mooring, allow_files, ask, environment
from bench.document import measured, section, table
from bench.engine import sizes

TESTS = Path(__file__).resolve().parent.parent
ZONE = "dyn.example.com"
CHANGE = "ChangeResourceRecordSets"
REGION = "us-east-1"
HOSTS = 5000
UNLIMITED = (5000, 20)  # routers, and host names of each: the most that one request may name
ONE_BY_ONE_SCALE = 5
UPSERT_TOKENS = 2
ASK_AGAIN_S = 10
ACTIONS = frozenset({"route53:ChangeResourceRecordSets", "route53:GetChange"})
CONFIG = f"""
listen = {{}}
auth-penalty = 0
changes-per-hour = 0
history = "none"
listen-plain = {{ "127.0.0.1:0" }}
max-connections = 16384
max-connections-per-client = 16384
zone "{ZONE}" {{
    publisher = "route53"
    hosted-zone-id = "%s"
    allow-special-addresses = true
}}
"""
# The most that the configuration takes: far more than this machine can send.
NO_QUOTA = """
route53-requests-per-second = 10000
route53-changes-per-second = 100000
max-pending-hosts = 200000
"""


@dataclass
class Drain:
    """From the first call to the last accepted one, in seconds of the service."""

    hosts: int
    calls: int
    refused: int
    seconds: float

    @property
    def ideal_s(self) -> float:
        """What the account's bucket of changes takes, which begins full."""
        burst, rate = Limits().changes
        return max(0.0, self.hosts * UPSERT_TOKENS - burst) / rate

    @property
    def requests_s(self) -> float:
        """The same of the bucket of requests, for the calls that were accepted."""
        burst, rate = Limits().requests
        return max(0.0, self.calls - self.refused - burst) / rate

    @property
    def ratio(self) -> float:
        return self.ideal_s / self.seconds


@dataclass
class Run:
    """What mooringd and the routers made of it."""

    drain: Drain
    asked: int  # requests of the routers
    later: int  # of them answered 911: come back
    told_s: float  # until the last router was told good or nochg
    cpu_s: float
    peak_kb: int
    idle_kb: int
    endpoint_s: float  # CPU of the other side: Route 53, and the gate when there is one


class Unread(StrictRoute53):
    """Accepts every batch unread: so much faster that mooringd's own time shows."""

    def handle(self, ticket: Ticket) -> Reply:
        root = f"{CHANGE}Response" if ticket.action == CHANGE else "GetChangeResponse"
        return change_info(root, "C1", "INSYNC", self.wall(), None)


def drain_of(aws: StrictRoute53, hosts: int) -> Drain:
    calls = aws.calls(CHANGE)
    accepted = [call for call in calls if call.status == 200]
    seconds = max(0.001, accepted[-1].at - calls[0].at)
    return Drain(hosts, len(calls), len(calls) - len(accepted), seconds)


def accounts_of(n: int, hosts: int) -> list[Account]:
    return [
        Account(f"router{i}", [f"h{i}-{k}.{ZONE}" for k in range(hosts)], "203.0.113.1")
        for i in range(n)
    ]


def address(i: int) -> str:
    return f"198.18.{i >> 8 & 255}.{i & 255}"


def check_records(aws: StrictRoute53, zone_id: str, accounts: list[Account]) -> None:
    """Fast and wrong is no result."""
    wanted = {
        (f"{name}.", "A"): (60, [address(i)])
        for i, account in enumerate(accounts)
        for name in account.hosts
    }
    if aws.records(zone_id) != wanted:
        raise RuntimeError("the hosted zone is not as the routers want it")
    if aws.unexpected or aws.max_overlap(zone_id) != 1:
        raise RuntimeError(f"more than a batch at once, or {aws.unexpected}")


def environment_of(identity: Identity, url: str) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": identity.access_key,
        "AWS_SECRET_ACCESS_KEY": identity.secret_key,
        "AWS_REGION": REGION,
        "AWS_ENDPOINT_URL": url,
    }


def new_identity() -> Identity:
    return Identity("mooring", "AKIAMOORING", secrets.token_hex(20), None, ACTIONS)


def drive(
    build: Path,
    directory: Path,
    config: str,
    env: dict[str, str],
    accounts: list[Account],
    drained: Callable[[], Drain],
) -> Run:
    """All of them change at once; drained: is asked when each was told good or nochg."""
    directory.mkdir()
    mooring = Mooring(build, directory, config, env)
    mooring.fill(accounts)
    lines = directory / "routers"
    lines.write_text("".join(a.ask(address(i)) for i, a in enumerate(accounts)))
    with mooring.running():
        idle_kb, begin_s = mooring.memory_kb(), time.process_time()
        told = ask(build, "change", mooring.port, lines, ASK_AGAIN_S)
        endpoint_s = time.process_time() - begin_s
        return Run(
            drained(),
            told["asked"],
            told["later"],
            told["seconds"],
            mooring.cpu_s(),
            mooring.memory_kb("VmHWM"),
            idle_kb,
            endpoint_s,
        )


def measure_quota(build: Path, directory: Path, n: int) -> Run:
    """At Amazon's quotas, each signature checked by the gate."""
    identity, accounts = new_identity(), accounts_of(n, 1)
    with (
        StrictRoute53() as aws,
        Gate({"route53": aws.upstream}, [identity], REGION) as gate,
    ):
        zone_id = aws.new_zone(ZONE)
        env = environment_of(identity, gate.url)
        config = CONFIG % zone_id
        run = drive(build, directory, config, env, accounts, lambda: drain_of(aws, n))
        check_records(aws, zone_id, accounts)
        if gate.unexpected:
            raise RuntimeError(gate.unexpected)
        return run


def measure_free(
    build: Path, directory: Path, n: int, hosts: int, kind: type[StrictRoute53] = StrictRoute53
) -> Run:
    """Without quotas. Nor is the gate there: it would take as long as mooringd does."""
    accounts = accounts_of(n, hosts)
    with kind(Settings(NO_LIMITS)) as aws:
        zone_id = aws.new_zone(ZONE)
        env = environment_of(new_identity(), aws.url)
        config = CONFIG % zone_id + NO_QUOTA
        run = drive(build, directory, config, env, accounts, lambda: drain_of(aws, n * hosts))
        if kind is StrictRoute53:
            check_records(aws, zone_id, accounts)
        return run


def measure_one_by_one(hosts: int, scale: float) -> Drain:
    with StrictRoute53(Settings(Limits()), ScaledClock(scale)) as aws:
        zone_id = aws.new_zone(ZONE)
        argv = [sys.executable, "-m", "bench.one_by_one", str(aws.port), zone_id, str(scale)]
        names = "".join(f"h{i}.{ZONE}\n" for i in range(hosts))
        env = {**environment(), "PYTHONPATH": str(TESTS)}
        done = subprocess.run(
            argv, input=names, check=True, stdout=subprocess.PIPE, text=True, env=env
        )
        drain = drain_of(aws, hosts)
        if int(done.stdout) != drain.calls or len(aws.records(zone_id)) != hosts:
            raise RuntimeError("not every host was changed")
        return drain


def quota_table(batched: Run, single: Drain) -> str:
    heads = ["", "mooringd", "one call per update"]
    pairs = (batched.drain, single)
    rows = [
        ["calls made", *(f"{drain.calls}" for drain in pairs)],
        ["of them refused", *(f"{drain.refused}" for drain in pairs)],
        ["time to drain", *(f"{drain.seconds:.1f} s" for drain in pairs)],
        ["limit of the requests' bucket", *(f"{drain.requests_s:.1f} s" for drain in pairs)],
        ["limit of the changes' bucket", *(f"{drain.ideal_s:.1f} s" for drain in pairs)],
        ["limit of the changes' bucket / time", *(f"**{drain.ratio:.2f}**" for drain in pairs)],
    ]
    return table(heads, rows)


def memory_text(run: Run, size: dict[str, int]) -> str:
    n = run.drain.hosts
    cached = n * size["account_host"] / 2**20
    return (
        f"Of the {run.peak_kb / 1024:.0f} MB at most (RSS; {run.idle_kb / 1024:.0f} MB before),"
        f" {n} hosts take up to {cached:.0f} MB in the account cache; the rest is the publish queue"
        f" and the updates that wait for it, {UNLIMITED[0]} connections with their requests,"
        " SQLite's page cache and calls, and malloc's own."
    )


def unlimited_table(runs: dict[str, Run]) -> str:
    def row(label: str, shown: Callable[[Run], str]) -> list[str]:
        return [label, *(shown(run) for run in runs.values())]

    rows = [
        row("calls made", lambda run: f"{run.drain.calls}"),
        row("changes in a call", lambda run: f"{run.drain.hosts / run.drain.calls:.0f}"),
        row("time to drain", lambda run: f"{run.drain.seconds:.1f} s"),
        row("changes/s", lambda run: f"{run.drain.hosts / run.drain.seconds:.0f}"),
        row("until every router was told", lambda run: f"{run.told_s:.1f} s"),
        row("CPU of mooringd, its start included", lambda run: f"{run.cpu_s:.1f} s"),
        row("CPU of the other side", lambda run: f"{run.endpoint_s:.1f} s"),
    ]
    return table(["", *runs], rows)


def report(build: Path, directory: Path) -> str:
    allow_files()
    batched = measure_quota(build, directory / "quota", HOSTS)
    print(batched, flush=True)
    single = measure_one_by_one(HOSTS, ONE_BY_ONE_SCALE)
    print(single, flush=True)
    free = {
        "strict Route 53": measure_free(build, directory / "free", *UNLIMITED),
        "accepted unread": measure_free(build, directory / "unread", *UNLIMITED, Unread),
    }
    print(free, flush=True)
    return section(
        "Route 53",
        f"{measured()}: the real mooringd, accounts in SQLite, publishes to the strict Route 53 of"
        " `tests/aws`.",
        f"{HOSTS} routers with a host each change their address at once, at Amazon's quotas (10"
        " requests/s, burst 50; 100 changes/s, burst 1500, a new address counts twice), in real"
        " time, each request's signature checked. The limits are what buckets that begin full take"
        f" for so many. A router that is told 911 comes back after {ASK_AGAIN_S} s: they asked"
        f" {batched.asked} times, were told so {batched.later} times, and were published all the"
        " same. Beside it one call per update, as the serverless stack makes them: 64 at once, a"
        " refused one tried again after a random part of 1, 2, 4 ... 20 s, as often as it takes."
        " For it the clock of both sides, which the table goes by, runs"
        f" {ONE_BY_ONE_SCALE} times as fast, and signatures are not checked.",
        quota_table(batched, single),
        f"Without quotas, {UNLIMITED[0]} routers with {UNLIMITED[1]} hosts each,"
        f" {UNLIMITED[0] * UNLIMITED[1]} in all. Signatures are not checked here, and still the"
        " strict Route 53, in Python, takes most of the time. Beside it an endpoint that accepts"
        " everything unread shows mooringd's own part.",
        unlimited_table(free),
        memory_text(free["strict Route 53"], sizes(build)),
    )
