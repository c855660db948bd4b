# SPDX-License-Identifier: BSD-2-Clause
"""One mooring (or several on one table) with its routers, in front of an Amazon to be troubled.

The gate checks signatures and plays faults by script; behind it are a DynamoDB emulator and our
strict Route 53, which plays faults of its own. The oracle hears every request and every answer, and
check() says whether all promises were kept (the invariants are in docs/OPERATIONS.md).
"""

from __future__ import annotations

import hashlib
import hmac
import os
import random
import re
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path
from time import monotonic

from aws.emulators import BATCH_ACTIONS, REGION, TABLE, Dynamodb, Ministack
from aws.gate import Gate
from aws.sigv4 import Identity
from aws.strict_route53 import Limits, Settings, StrictRoute53
from faults.oracle import HONEST, Asked, Oracle, kind_of
from system.conftest import Service
from system.harness import (
    BUILD,
    ZONE,
    Daemon,
    Response,
    Value,
    ask_admin,
    basic,
    exchange,
    get,
    metrics,
    parse_response,
)

READ = "dynamodb:GetItem"
WRITE = "dynamodb:UpdateItem"
CHANGE = "route53:ChangeResourceRecordSets"
ANSWER_MAX_S = 15  # no request waits longer for its answer, whatever happens
RSS_MORE_MAX_KB = 5 * 1024
THREADS_MORE_MAX = 4  # libuv's workers are started when they are first needed
LOG_WINDOW_S, LOG_LINES_MAX = 10, 15  # of one kind: about one a second
WRITE_BATCH = 25  # the most that BatchWriteItem takes
FIRST_ADDRESS = IPv4Address("198.18.0.0")  # /15: 131,072 addresses, so that each is asked for once
PROBLEMS_SHOWN = 20


def has_sanitizers() -> bool:
    return b"__asan_init" in (BUILD / "mooringd").read_bytes()


@dataclass(frozen=True)
class Account:
    user: str
    secret: str
    hosts: tuple[str, ...]

    @property
    def host(self) -> str:
        return self.hosts[0]


@dataclass(frozen=True)
class State:
    """What the table says of a host; seq > pub: it is owed to the zone."""

    v4: str | None = None
    v6: str | None = None
    seq: int = 0
    pub: int = 0


@dataclass(frozen=True)
class Resources:
    """Of a process. fds: connections to Amazon are not counted, they are kept for a while."""

    fds: int
    threads: int
    rss_kb: int


def stored(secret: str) -> str:
    """As `mooringctl user add` stores a secret that it made."""
    salt = secrets.token_hex(8)
    mac = hmac.new(salt.encode(), secret.encode(), hashlib.sha256).hexdigest()
    return f"$sha256${salt}${mac}"


def resources(daemon: Daemon, aws_ports: set[int]) -> Resources:
    proc = Path(f"/proc/{daemon.process.pid}")
    status = dict(
        line.split(":", 1) for line in (proc / "status").read_text().splitlines() if ":" in line
    )
    to_aws = set()
    for line in (proc / "net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if int(fields[2].rpartition(":")[2], 16) in aws_ports:
            to_aws.add(f"socket:[{fields[9]}]")
    fds = 0
    for link in (proc / "fd").iterdir():
        try:
            fds += os.readlink(link) not in to_aws
        except FileNotFoundError:  # closed meanwhile
            pass
    return Resources(fds, int(status["Threads"]), int(status["VmRSS"].split()[0]))


def log_kinds(daemon: Daemon) -> dict[str, list[float]]:
    """When the warnings and errors of each kind came; a kind is a sentence without its fields."""
    found: dict[str, list[float]] = {}
    for line, at in zip(list(daemon.lines), list(daemon.times)):
        if match := re.match(r"(?:warning|error): (.{,40}?)(?: \w[\w-]*=|$|(?<=.{40}))", line):
            found.setdefault(match[1], []).append(at)
    return found


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


@dataclass
class World:
    gate: Gate
    route53: StrictRoute53
    database: Dynamodb
    service: Service
    zone_id: str
    canaries: set[str] = field(default_factory=set)  # in no log, ever
    daemons: list[Daemon] = field(default_factory=list)
    count: int = 1
    oracle: Oracle = field(default_factory=Oracle)
    aws_ports: set[int] = field(default_factory=set)
    _numbers: int = 0
    _accounts: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _marks: dict[int, Resources] = field(default_factory=dict)  # by process id

    # Setting up.

    def accounts(self, n: int, hosts: int = 1) -> list[Account]:
        """Written straight into the table; every second secret in clear, as the original has it."""
        made, items = [], []
        for number in range(self._accounts, self._accounts + n):
            names = [f"h{number}-{i}.{ZONE}" if i else f"h{number}.{ZONE}" for i in range(hosts)]
            account = Account(f"user{number}", secrets.token_hex(16), tuple(names))
            made.append(account)
            self.canaries.add(account.secret)
            shown = account.secret if number % 2 else stored(account.secret)
            host = {"SS": names} if hosts > 1 else {"S": names[0]}
            items.append({"user": {"S": account.user}, "pass": {"S": shown}, "host": host})
        self._accounts += n
        client = self.database.dynamodb()
        for start in range(0, n, WRITE_BATCH):
            puts = [{"PutRequest": {"Item": item}} for item in items[start : start + WRITE_BATCH]]
            reply = client.batch_write_item(RequestItems={TABLE: puts})
            assert not reply["UnprocessedItems"]
        return made

    def start(self, index: int | None = None, **options: object) -> Daemon:
        """Starts the daemon of that number again, or all of them; options as for Daemon."""
        numbers = range(self.count) if index is None else [index]
        for number in numbers:
            daemon = self.service.start(**options)
            self.daemons[number:] = [daemon, *self.daemons[number + 1 :]]
            self.mark(number)
        return self.daemons[numbers[-1]]

    def mark(self, daemon: int = 0) -> Resources:
        """What it takes now is what check() holds it to; start() has done so once."""
        process = self.daemons[daemon]
        now = resources(process, self.aws_ports)
        self._marks[process.process.pid] = now
        return now

    def close(self) -> None:
        self.heal()
        try:
            self.service.finish()
        finally:
            self.gate.close()
            self.route53.close()

    # Routers.

    def new_address(self) -> str:
        """One that nobody asked for yet."""
        with self._lock:
            self._numbers += 1
            return str(FIRST_ADDRESS + self._numbers)

    def alive(self) -> list[int]:
        return [n for n, each in enumerate(self.daemons) if each.process.poll() is None]

    def last_asked(self, account: Account) -> Asked | None:
        asked = self.oracle.asked(account.host)
        return asked[-1] if asked else None

    def update(
        self, account: Account, address: str, daemon: int = 0, timeout: float = 2 * ANSWER_MAX_S
    ) -> Response:
        """By plain HTTP, for all hosts of the account. Raises OSError or AssertionError when there
        is no answer."""
        query = f"myip={address}"
        if len(account.hosts) > 1:
            query = f"hostname={','.join(account.hosts)}&{query}"
        login = "Authorization: " + basic(account.user, account.secret)
        raw = get(f"/nic/update?{query}", login, "Connection: close")
        process = self.daemons[daemon]
        asked = self.oracle.ask(account.hosts, address)
        try:
            answer = parse_response(exchange(process.plain_port, raw, timeout=timeout))
        except TimeoutError:
            self.oracle.lost(asked, over=False)
            raise
        except (OSError, AssertionError):
            self.oracle.lost(asked, over=True)
            raise
        self.oracle.answer(asked, answer.status, answer.text)
        return answer

    def stranger(self, user: str, secret: str, address: str, daemon: int = 0) -> Response:
        """Somebody whose request the oracle does not hear of: without a right login."""
        login = "Authorization: " + basic(user, secret)
        raw = get(f"/nic/update?myip={address}", login, "Connection: close")
        return parse_response(exchange(self.daemons[daemon].plain_port, raw))

    def all_at_once(self, accounts: Sequence[Account]) -> list[threading.Thread]:
        """Every account asks for a new address; who started them joins them."""

        def ask(account: Account) -> None:
            try:
                self.update(account, self.new_address())
            except (OSError, AssertionError):
                pass  # the oracle knows

        threads = [threading.Thread(target=ask, args=(account,)) for account in accounts]
        for thread in threads:
            thread.start()
        return threads

    @contextmanager
    def load(
        self,
        accounts: Sequence[Account],
        *,
        workers: int = 4,
        pause_s: float = 0.05,
        most: int = 20_000,
    ) -> Iterator[Load]:
        """Routers in the background, until the block is left or so many requests were sent."""
        load = Load(self, accounts, workers, pause_s, most)
        try:
            yield load
        finally:
            load.stop()

    def settle(self, accounts: Sequence[Account], within: float = 30) -> None:
        """Every router repeats its last address until it is acknowledged."""
        left = [account for account in accounts if self.last_asked(account) is not None]
        deadline = monotonic() + within
        pause = threading.Event()
        while left:
            assert monotonic() < deadline, f"not acknowledged within {within} s: {left[0].host} ..."
            for account in left:
                self.update(account, self.last_asked(account).address, self.alive()[0])
            left = [account for account in left if not self.last_asked(account).acknowledged]
            pause.wait(0.2 if left else 0)

    # What is to be seen.

    def metrics(self, daemon: int = 0) -> dict[str, float]:
        return dict(metrics(self.daemons[daemon]))

    def readiness(self, daemon: int = 0) -> tuple[int, str]:
        answer = ask_admin(self.daemons[daemon], "/readyz")
        return answer.status, answer.text

    def liveness(self, daemon: int = 0) -> tuple[int, str]:
        answer = ask_admin(self.daemons[daemon], "/healthz")
        return answer.status, answer.text

    def records(self) -> dict[tuple[str, str], list[str]]:
        """(name without its final dot, type) -> values."""
        found = self.route53.records(self.zone_id)
        return {(name.rstrip("."), kind): values for (name, kind), (_, values) in found.items()}

    def history(self, host: str, kind: str = "A") -> list[str]:
        """Every value that the record had; what was written over itself counts once."""
        return without_repeats(self._applied().get((host, kind), []))

    def states(self, account: Account) -> dict[str, State]:
        item = self.database.item(account.user) or {}
        return states_of(item)

    def state(self, account: Account) -> State:
        return self.states(account).get(account.host, State())

    def all_states(self) -> dict[str, State]:
        """Of every host in the table."""
        pages = self.database.dynamodb().get_paginator("scan")
        found: dict[str, State] = {}
        for page in pages.paginate(TableName=TABLE, ConsistentRead=True):
            for item in page["Items"]:
                found.update(states_of(item))
        return found

    # Afterwards.

    def heal(self) -> None:
        """No more trouble of the gate's or of the strict Route 53's making."""
        self.gate.script.clear()
        self.gate.refuse_names.clear()
        self.route53.faults.clear()

    def check(
        self,
        within: float = 30,
        *,
        but: Sequence[str] = (),
        also: Sequence[str] = (),
        unanswered: bool = False,
        ordered: bool = True,
        settle_within: float | None = 60,
    ) -> float:
        """After heal(): asserts the invariants and returns the seconds until the zone was right.
        but: hosts that Route 53 still refuses; also: words that were honest answers here besides
        good, nochg and 911; unanswered: some requests could not have an answer; ordered: no value
        was ever replaced by an older one, not even for a moment; settle_within: until nothing more
        is used than before, None: that is not asked."""
        what = "the zone is what was promised"
        took = self._wait(what, lambda: self._zone_problems(set(but)), within)
        problems = self._answer_problems(set(but), also, unanswered)
        problems += self._promise_problems() + self._log_problems()
        if ordered:
            problems += self._order_problems()
        problems += self.gate.unexpected + self.route53.unexpected
        assert not problems, shown(problems)
        if settle_within is not None:
            self._wait("all is at rest again", self._resource_problems, settle_within)
        return took

    @staticmethod
    def _wait(what: str, problems: Callable[[], list[str]], within: float) -> float:
        began = monotonic()
        pause = threading.Event()
        while found := problems():
            passed = monotonic() - began
            assert passed < within, f"not within {within} s: {what}: {shown(found)}"
            pause.wait(0.1)
        return monotonic() - began

    def _zone_problems(self, but: set[str]) -> list[str]:
        records, states = self.records(), self.all_states()
        problems = []
        for host in sorted(self.oracle.hosts() - but):
            state = states.get(host, State())
            for kind, wanted in (("A", state.v4), ("AAAA", state.v6)):
                values = records.get((host, kind), [None])
                if values != [wanted]:
                    problems.append(f"{host} is {values} in the zone, {wanted} in the table")
                if wanted not in (possible := self.oracle.possible(host, kind)):
                    problems.append(f"{host} is {wanted}, may be {possible}")
            if state.pub != state.seq:
                problems.append(f"{host} is still owed to the zone: {state}")
        return problems

    def _applied(self) -> dict[tuple[str, str], list[tuple[float, str]]]:
        """By name and type, when the record got which value."""
        found: dict[tuple[str, str], list[tuple[float, str]]] = {}
        for each in self.route53.applied():
            steps = found.setdefault((each.name.rstrip("."), each.kind), [])
            steps += [(each.at, value) for value in each.values]
        return found

    def _promise_problems(self) -> list[str]:
        applied = self._applied()
        return [
            problem
            for host in self.oracle.hosts()
            for kind in ("A", "AAAA")
            for problem in self.oracle.early(host, kind, applied.get((host, kind), []))
        ]

    def _order_problems(self) -> list[str]:
        return [
            problem
            for (host, kind), steps in self._applied().items()
            for problem in self.oracle.went_back(host, kind, without_repeats(steps))
        ]

    def _answer_problems(
        self, but: set[str], also: Sequence[str], unanswered: bool
    ) -> list[str]:
        problems = []
        for one in self.oracle.asked():
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

    def _log_problems(self) -> list[str]:
        problems = []
        for daemon in self.service.daemons:
            daemon.check_reports()
            problems += [
                f"a secret is in the log: {secret[:4]}..."
                for secret in self.canaries
                if secret in daemon.log
            ]
            for kind, times in log_kinds(daemon).items():
                for first, last in zip(times, times[LOG_LINES_MAX:]):
                    if last - first < LOG_WINDOW_S:
                        problems.append(f"{kind!r} is in the log too often")
                        break
        return problems

    def _resource_problems(self) -> list[str]:
        problems = []
        for number in self.alive():
            daemon = self.daemons[number]
            before, now = (
                self._marks[daemon.process.pid],
                resources(daemon, self.aws_ports),
            )
            found = self.metrics(number)
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


def without_repeats(steps: list[tuple[float, str]]) -> list[str]:
    values = [value for _, value in steps]
    return [value for before, value in zip([None, *values], values) if value != before]


def shown(problems: Sequence[str]) -> str:
    more = len(problems) - PROBLEMS_SHOWN
    text = "\n".join(problems[:PROBLEMS_SHOWN])
    return text + (f"\nand {more} more" if more > 0 else "")


def states_of(item: dict) -> dict[str, State]:
    found = {}
    for host, value in item.get("state", {}).get("M", {}).items():
        fields = value["M"]
        found[host] = State(
            fields.get("v4", {}).get("S"),
            fields.get("v6", {}).get("S"),
            int(fields["seq"]["N"]),
            int(fields["pub"]["N"]),
        )
    return found


def quota_keys(quota: Limits) -> dict[str, Value]:
    """The same limits as the daemon's keys name them."""
    (request_burst, requests), (change_burst, changes) = quota.requests, quota.changes
    return {
        "route53-requests-per-second": int(requests),
        "route53-request-burst": int(request_burst),
        "route53-changes-per-second": int(changes),
        "route53-change-burst": int(change_burst),
    }


def new_world(
    database: Dynamodb,
    make_service: Callable[..., Service],
    *,
    daemons: int = 1,
    quota: Limits | None = None,
    settings: Settings | None = None,
    top: dict[str, Value] | None = None,
    store: dict[str, Value] | None = None,
    env: dict[str, str] | None = None,
    gate: dict | None = None,
) -> World:
    """quota: of the Route 53 and of the daemon alike, None: Amazon's own, which are the defaults;
    settings: of the Route 53 apart from that; gate: options as for Gate."""
    settings = settings or Settings()
    settings.limits = quota or settings.limits
    database.fresh_table()
    if isinstance(database, Ministack):
        identity = database.new_user("mooring", BATCH_ACTIONS)
    else:
        key = "AKIA" + secrets.token_hex(8).upper()
        identity = Identity("mooring", key, secrets.token_hex(20), None, BATCH_ACTIONS)
    route53 = StrictRoute53(settings)
    upstreams = {"dynamodb": database.upstream, "route53": route53.upstream}
    front = Gate(upstreams, [identity], REGION, **(gate or {}))
    zone_id = route53.new_zone(ZONE)
    front.zones[zone_id] = ZONE + "."
    zone = {
        "publisher": "route53",
        "hosted-zone-id": zone_id,
        "allow-special-addresses": True,
    }
    service = make_service(
        top={
            "listen-plain": ["127.0.0.1:0"],
            "admin-listen": ["127.0.0.1:0"],
            "max-connections-per-client": 4096,
            **(quota_keys(quota) if quota else {}),
            **(top or {}),
        },
        store={"type": "dynamodb", "table": TABLE, "region": REGION, **(store or {})},
        zones={ZONE: zone},
        env={
            "AWS_ACCESS_KEY_ID": identity.access_key,
            "AWS_SECRET_ACCESS_KEY": identity.secret_key,
            "AWS_ENDPOINT_URL": front.url,
            **(env or {}),
        },
    )
    world = World(front, route53, database, service, zone_id, {identity.secret_key})
    world.count = daemons
    world.aws_ports.add(front.port)
    return world


__all__ = [
    "CHANGE",
    "READ",
    "WRITE",
    "Account",
    "Load",
    "State",
    "World",
    "kind_of",
    "new_world",
]
