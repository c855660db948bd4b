# SPDX-License-Identifier: BSD-2-Clause
"""Very many accounts: what a start takes and costs, and what a request costs, in requests and
capacity units of DynamoDB; and how much memory the daemon needs for them."""

from __future__ import annotations

import base64
import http.client
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aws.errors import xml_error
from aws.sigv4 import Identity
from aws.strict_route53 import NO_LIMITS, Settings, StrictRoute53
from bench.daemon import Account, Mooring
from bench.document import measured, section, table
from bench.fleet import MODEL, READS, FleetGate, FleetTable, Used

REGION = "us-east-1"
TABLE = "ddns-serverless-app-db"
ZONE = "dyn.example.com"
FEW = 1000
ACCOUNTS = 200_000
FULL = 1_000_000  # script/bench scale --full
OWED = 100
QUIET_S = 2.5  # more than settle-time, below
ASKED = 200  # requests of each kind
ADDED = 2
LISTED_TIMEOUT_S = 3600
REST_TIMEOUT_S = 600
V4, V4_OWED, V4_NEW = "203.0.113.1", "203.0.113.2", "203.0.113.3"
IDENTITY = Identity("mooring", "AKIAMOORING", "secret-of-the-benchmark-2026")
COMMON = """
listen = {}
auth-penalty = 0
changes-per-hour = 0
history = "none"
listen-plain = { "127.0.0.1:0" }
settle-time = 1
"""
ROUTE53_ZONE = f"""
zone "{ZONE}" {{ publisher = "route53" hosted-zone-id = "%s" allow-special-addresses = true }}
"""
BUILTIN_ZONE = (
    f'zone "{ZONE}" {{ allow-special-addresses = true name-server-addresses = "127.0.0.1" }}\n'
    'dns-listen = { "127.0.0.1:0" }'
)
DESCRIPTION = {  # as in deploy/cloudformation.yaml
    "TableName": TABLE,
    "KeySchema": [{"AttributeName": "user", "KeyType": "HASH"}],
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": "S"} for name in ("user", "owed")
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "owed",
            "KeySchema": [{"AttributeName": "owed", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
    "BillingMode": "PAY_PER_REQUEST",
}


@dataclass
class Start:
    """Seconds since the process was made; memory and requests when the table has been read."""

    ready_s: float
    first_s: float  # until the first of what was owed was published
    all_s: float
    listed_s: float
    used: Used
    rss_kb: int


@dataclass
class Each:
    """Of one request of its kind, on the average."""

    requests: float
    reads: float
    writes: float

    @staticmethod
    def of(used: Used, times: int) -> Each:
        return Each(used.total / times, used.reads / times, used.writes / times)

    @property
    def text(self) -> str:
        return f"{self.requests:.1f} / {self.reads:.1f} / {self.writes:.1f}"


@dataclass
class Run:
    accounts: int
    start: Start
    nochg: Each
    change: Each
    add: Each
    peak_kb: int

    @property
    def most_kb(self) -> int:
        """The kernel counts the two in different ways."""
        return max(self.peak_kb, self.start.rss_kb)


@dataclass
class Embedded:
    accounts: int
    ready_s: float
    rss_kb: int
    peak_kb: int


def number(i: int) -> str:
    return f"{i:07d}"


class World:
    """A table, a hosted zone, and a mooringd that works with them."""

    def __init__(self, build: Path, directory: Path):
        directory.mkdir()
        self.table = FleetTable(DESCRIPTION)
        self.strict = StrictRoute53(Settings(NO_LIMITS))
        zone_id = self.strict.new_zone(ZONE)
        self.gate = FleetGate(self.table, self.strict.upstream, IDENTITY, REGION)
        env = {
            "AWS_ACCESS_KEY_ID": IDENTITY.access_key,
            "AWS_SECRET_ACCESS_KEY": IDENTITY.secret_key,
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": self.gate.url,
        }
        config = COMMON + "update-deadline = 3\ndrain-timeout = 1\n" + ROUTE53_ZONE % zone_id
        store = f'type = "dynamodb" table = "{TABLE}"'
        self.mooring = Mooring(build, directory, config, env, store)
        self.secret = ""  # of every account

    def close(self) -> None:
        self.gate.close()
        self.strict.close()
        self.table.close()
        if self.gate.unexpected or self.strict.unexpected:
            raise RuntimeError(f"{self.gate.unexpected} {self.strict.unexpected}")

    def add(self, name: str) -> str:
        """Its secret."""
        told = self.mooring.ctl("user", "add", f"r{name}", f"h{name}.{ZONE}", "--json")
        return json.loads(told)["secret"]

    def update(self, name: str, v4: str, wanted: str) -> None:
        """By a connection of its own, as routers do."""
        token = base64.b64encode(f"r{name}:{self.secret}".encode()).decode()
        connection = http.client.HTTPConnection("127.0.0.1", self.mooring.port, timeout=60)
        connection.request(
            "GET",
            f"/nic/update?hostname=h{name}.{ZONE}&myip={v4}",
            headers={"Authorization": f"Basic {token}"},
        )
        told = connection.getresponse().read().decode()
        connection.close()
        if told.split()[:1] != [wanted]:
            raise RuntimeError(f"{name} was told {told!r}, not {wanted}")

    def row(self, name: str) -> dict:
        request = {"TableName": TABLE, "Key": {"user": {"S": f"r{name}"}}, "ConsistentRead": True}
        return self.table.calls("GetItem", request)["Item"]

    def is_owed(self, name: str) -> bool:
        (host,) = self.row(name)["state"]["M"].values()
        return host["M"].get("pub") != host["M"]["seq"]

    def wait_at_rest(self) -> None:
        """Nothing is owed any more: also not what is published once more after settle-time."""
        deadline = time.monotonic() + REST_TIMEOUT_S
        while any(self.is_owed(number(i)) for i in range(OWED)):
            if time.monotonic() > deadline:
                raise RuntimeError("what is owed is not published")
            threading.Event().wait(0.1)
        self.table.take_used()
        while self.wait_for_writes():
            if time.monotonic() > deadline:
                raise RuntimeError("the table is written all the time")

    def wait_for_writes(self) -> bool:
        """Whether there are any for longer than it takes until something is published again."""
        threading.Event().wait(QUIET_S)
        return any(name not in READS for name in self.table.take_used().requests)

    def put_row(self, item: dict) -> None:
        self.table.calls("PutItem", {"TableName": TABLE, "Item": item})

    def fill(self, accounts: int) -> None:
        """All published but OWED of them: as mooring itself left one, in the one state and in the
        other."""
        self.secret = self.add(MODEL)
        with self.mooring.running():
            self.update(MODEL, V4, "good")
            published = self.row(MODEL)
            refuse = xml_error("ServiceUnavailable", "by the benchmark", 503)
            self.gate.script.answer("route53:ChangeResourceRecordSets", refuse, times=None)
            self.update(MODEL, V4_OWED, "911")
        owed = json.dumps(self.row(MODEL))
        self.gate.script.clear()
        self.put_row(published)
        self.table.multiply(accounts)
        for i in range(min(OWED, accounts)):
            self.put_row(json.loads(owed.replace(MODEL, number(i))))


@contextmanager
def world(build: Path, directory: Path) -> Iterator[World]:
    made = World(build, directory)
    try:
        yield made
    finally:
        made.close()


def measure_start(world: World, begun: float) -> Start:
    ready_s = time.monotonic() - begun
    used = world.table.wait_listed(LISTED_TIMEOUT_S)
    listed_s = time.monotonic() - begun
    rss_kb = world.mooring.memory_kb()
    world.wait_at_rest()
    applied = [change.at - begun for change in world.strict.applied() if change.at > begun]
    if len(applied) < OWED:
        raise RuntimeError(f"of {OWED} owed {len(applied)} are published")
    return Start(ready_s, applied[0], applied[OWED - 1], listed_s, used, rss_kb)


def measure_each(world: World, v4: str, wanted: str) -> Each:
    world.table.take_used()
    for i in range(OWED, OWED + ASKED):
        world.update(number(i), v4, wanted)
    return Each.of(world.table.take_used().of_updates(), ASKED)


def measure_add(world: World, accounts: int) -> Each:
    world.table.take_used()
    for i in range(accounts, accounts + ADDED):
        world.add(number(i))
    return Each.of(world.table.take_used(), ADDED)


def measure(build: Path, directory: Path, accounts: int) -> Run:
    with world(build, directory) as made:
        made.fill(accounts)
        made.table.take_used()
        begun = time.monotonic()
        with made.mooring.running():
            start = measure_start(made, begun)
            nochg = measure_each(made, V4, "nochg")
            change = measure_each(made, V4_NEW, "good")
            peak_kb = made.mooring.memory_kb("VmHWM")
        return Run(accounts, start, nochg, change, measure_add(made, accounts), peak_kb)


def measure_embedded(build: Path, directory: Path, accounts: int) -> Embedded:
    directory.mkdir()
    mooring = Mooring(build, directory, COMMON + BUILTIN_ZONE, {})
    mooring.fill([Account(f"r{i}", [f"h{number(i)}.{ZONE}"], V4) for i in range(accounts)])
    begun = time.monotonic()
    with mooring.running():
        ready_s = time.monotonic() - begun
        return Embedded(accounts, ready_s, mooring.memory_kb(), mooring.memory_kb("VmHWM"))


def counted(used: Used) -> str:
    return ", ".join(f"{n} {name}" for name, n in sorted(used.requests.items()))


def dynamodb_table(runs: list[Run]) -> str:
    def row(label: str, shown: Callable[[Run], str]) -> list[str]:
        return [label, *(shown(run) for run in runs)]

    rows = [
        row("start to ready", lambda run: f"{run.start.ready_s:.1f} s"),
        row("start to the first owed published", lambda run: f"{run.start.first_s:.1f} s"),
        row("start to all owed published", lambda run: f"{run.start.all_s:.1f} s"),
        row("start to the table read", lambda run: f"{run.start.listed_s:.1f} s"),
        row("requests until then", lambda run: counted(run.start.used)),
        row("read units until then", lambda run: f"{run.start.used.reads:.0f}"),
        row("memory then (RSS)", lambda run: f"{run.start.rss_kb / 1024:.1f} MB"),
        row("memory at most (RSS)", lambda run: f"**{run.most_kb / 1024:.1f} MB**"),
        row("`nochg`", lambda run: run.nochg.text),
        row("change", lambda run: run.change.text),
        row("`mooringctl user add`", lambda run: run.add.text),
    ]
    return table(["accounts", *(f"{run.accounts}" for run in runs)], rows)


def embedded_table(idle: Embedded, many: Embedded) -> str:
    each = (many.rss_kb - idle.rss_kb) * 1024 / many.accounts
    rows = [
        [f"{run.accounts}", f"{run.ready_s:.1f} s", f"{run.rss_kb / 1024:.1f} MB", shown]
        for run, shown in ((idle, ""), (many, f"**{each:.0f}**"))
    ]
    heads = ["accounts", "start to ready", "memory (RSS)", "bytes an account more than idle"]
    return table(heads, rows)


def text_of(runs: list[Run], idle: Embedded, embedded: Embedded) -> str:
    return section(
        "Scale",
        f"{measured()}, with a load average of {os.getloadavg()[2]:.0f}: the real mooringd, with"
        f" accounts of one host each that are all published already, but for {OWED} in the table of"
        " DynamoDB.",
        "The table is ministack's code in the process of the benchmark, behind the gate of"
        " `tests/aws`, which checks each signature; Route 53 is the strict one. No emulator takes"
        " so many accounts in a reasonable time, so each is a copy of one that mooring made itself,"
        " made when it is asked for; and Scan is the benchmark's own, because ministack sorts the"
        " whole table for each page. Times are those of this table, in Python, and of"
        " whatever else the machine did: what matters is which of them grow. Requests, units and"
        " memory are mooringd's own. Three numbers are requests, read units and write units"
        " for one of its kind, by DynamoDB's rules; what a daemon reads beside its updates, all"
        " of the table after a start and one item every 10 seconds, is not in them. Secrets are"
        " generated ones: to check one that somebody chose takes 16 MB more for a moment.",
        dynamodb_table(runs),
        "With SQLite and a builtin zone, whose records are all in memory. SQLite's page cache, up"
        " to 16 MB, and what is remembered of 10000 accounts do not grow any more then.",
        embedded_table(idle, embedded),
    )


def report(build: Path, directory: Path) -> str:
    runs = [measure(build, directory / f"dynamodb{n}", n) for n in (FEW, ACCOUNTS)]
    print(runs, flush=True)
    idle = measure_embedded(build, directory / "idle", 0)
    embedded = measure_embedded(build, directory / "sqlite", ACCOUNTS)
    print(idle, embedded, flush=True)
    return text_of(runs, idle, embedded)
