# SPDX-License-Identifier: BSD-2-Clause
"""One mooring (or several on one table) with its routers, in front of an Amazon to be troubled.

The gate checks signatures and plays faults by script; behind it are a DynamoDB emulator and our
strict Route 53, which plays faults of its own. The oracle hears every request and every answer, and
check() says whether all promises were kept (the invariants are in docs/OPERATIONS.md).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from ipaddress import IPv4Address
from time import monotonic

from aws.emulators import BATCH_ACTIONS, REGION, TABLE, Dynamodb, Ministack
from aws.gate import Gate
from aws.sigv4 import Identity
from aws.strict_route53 import Limits, Settings, StrictRoute53
from faults import invariants
from faults.load import Load
from faults.observe import Resources, State, has_sanitizers, resources, states_of
from faults.oracle import ANSWER_MAX_S, Asked, Oracle, kind_of
from system.conftest import Service
from system.harness import (
    ZONE,
    Daemon,
    Response,
    Value,
    ask_admin,
    basic,
    eventually,
    exchange,
    get,
    metrics,
    parse_response,
)

READ = "dynamodb:GetItem"
WRITE = "dynamodb:UpdateItem"
CHANGE = "route53:ChangeResourceRecordSets"
ROUTERS_AT_ONCE = 32
MADE_SURE_MAX_S = 90  # at half of the pace that changes have
WRITE_BATCH = 25  # the most that BatchWriteItem takes
FIRST_ADDRESS = IPv4Address("198.18.0.0")  # /15: 131,072 addresses, so that each is asked for once


@dataclass(frozen=True)
class Account:
    user: str
    secret: str
    hosts: tuple[str, ...]

    @property
    def host(self) -> str:
        return self.hosts[0]


def stored(secret: str) -> str:
    """As `mooringctl user add` stores a secret that it made."""
    salt = secrets.token_hex(8)
    mac = hmac.new(salt.encode(), secret.encode(), hashlib.sha256).hexdigest()
    return f"$sha256${salt}${mac}"


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
    marks: dict[int, Resources] = field(default_factory=dict)  # by process id
    # Of a name that several accounts have: who was the last to publish it, by its host.
    writers: dict[str, str] = field(default_factory=dict)
    _numbers: int = 0
    _accounts: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

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
        self.marks[process.process.pid] = now
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
        self,
        account: Account,
        address: str,
        daemon: int = 0,
        timeout: float = 2 * ANSWER_MAX_S,
        port: int | None = None,
    ) -> Response:
        """By plain HTTP, for all hosts of the account; port: of a proxy in front of the daemon.
        Raises OSError or AssertionError when there is no answer."""
        query = f"myip={address}"
        if len(account.hosts) > 1:
            query = f"hostname={','.join(account.hosts)}&{query}"
        login = "Authorization: " + basic(account.user, account.secret)
        raw = get(f"/nic/update?{query}", login, "Connection: close")
        port = port or self.daemons[daemon].plain_port
        asked = self.oracle.ask(account.hosts, address)
        try:
            answer = parse_response(exchange(port, raw, timeout=timeout))
            assert answer.one("Content-Length") == str(len(answer.body)), "a part of an answer"
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

        def repeat(account: Account) -> None:
            self.update(account, self.last_asked(account).address, self.alive()[0])

        with ThreadPoolExecutor(ROUTERS_AT_ONCE) as pool:
            while left:
                late = f"not acknowledged within {within} s: {left[0].host} ..."
                assert monotonic() < deadline, late
                list(pool.map(repeat, left))
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
        steps = invariants.applied_values(self).get((host, kind), [])
        return invariants.without_repeats(steps)

    def states(self, account: Account) -> dict[str, State]:
        item = self.database.item(account.user) or {}
        return states_of(item)

    def state(self, account: Account) -> State:
        return self.states(account).get(account.host, State())

    def wait_made_sure(self, accounts: Iterable[Account]) -> None:
        """A new host is sent once more, and intended for that, after settle-time. A machine may be
        so slow that this happens at any later step: wait for it before calls are held, counted or
        broken, or a daemon is killed at a given one."""

        def none_waits() -> bool:
            return all(self.metrics(n)["mooring_new_hosts_waiting"] == 0 for n in self.alive())

        def is_sure(account: Account) -> bool:
            states = self.states(account).values()
            return bool(states) and all(state.seq > 1 and state.seq == state.pub for state in states)

        for each in accounts:
            eventually(f"{each.user} is sent twice", partial(is_sure, each), MADE_SURE_MAX_S)
        # Of a host whose router has asked for something else meanwhile this alone tells; it is told
        # once a second.
        eventually("none waits for that", none_waits)

    def all_states(self) -> dict[str, State]:
        """Of every host in the table; of one that several have, the state of its last writer."""
        pages = self.database.dynamodb().get_paginator("scan")
        found: dict[str, State] = {}
        for page in pages.paginate(TableName=TABLE, ConsistentRead=True):
            for item in page["Items"]:
                user = item["user"]["S"]
                states = states_of(item).items()
                found.update(
                    {host: state for host, state in states if self.writers.get(host, user) == user}
                )
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
        took = invariants.wait(what, lambda: invariants.zone_problems(self, set(but)), within)
        problems = invariants.answer_problems(self, set(but), also, unanswered)
        problems += invariants.promise_problems(self) + invariants.log_problems(self)
        if ordered:
            problems += invariants.order_problems(self)
        problems += self.gate.unexpected + self.route53.unexpected
        assert not problems, invariants.shown(problems)
        if settle_within is not None:
            invariants.wait(
                "all is at rest again", lambda: invariants.resource_problems(self), settle_within
            )
        return took


def quota_keys(quota: Limits) -> dict[str, Value]:
    """The same limits as the daemon's keys name them; the bursts follow from the rates."""
    (request_burst, requests), (change_burst, changes) = quota.requests, quota.changes
    assert (request_burst, change_burst) == (5 * requests, 15 * changes), quota
    return {
        "route53-requests-per-second": int(requests),
        "route53-changes-per-second": int(changes),
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
            # A refused intent of dynalite's does not show the item: what we wrote ourselves, and
            # lost the answer to, then looks like another daemon's and stays owed for so long.
            "settle-time": 1,
            # It is written a second behind the answers: what a test holds, breaks or counts could
            # be that. Those that draw their trouble have it (game.py).
            "history": "none",
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
    "ZONE",
    "Account",
    "Load",
    "State",
    "World",
    "has_sanitizers",
    "kind_of",
    "new_world",
]
