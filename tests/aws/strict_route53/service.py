# SPDX-License-Identifier: BSD-2-Clause
"""Route 53 without its transport: one account, its zones, its quotas and its log of calls."""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from time import monotonic
from urllib.parse import parse_qsl, unquote

from aws.errors import Reply
from aws.strict_route53 import names, replies
from aws.strict_route53.buckets import Account, Clock, Limits, ScaledClock
from aws.strict_route53.faults import Schedule
from aws.strict_route53.xmlio import TYPES, Batch, Refused, parse_batch, refused
from aws.strict_route53.zone import Zone, read_set

PREFIX = "/2013-04-01/"
SETS_PAGE_MAX = 300
ZONES_PAGE_MAX = 100
ID_MAX = 32
LIMIT_TYPES = ("MAX_RRSETS_BY_ZONE", "MAX_VPCS_ASSOCIATED_BY_ZONE")
CHANGE = "ChangeResourceRecordSets"
ACTIONS = (
    ("POST", re.compile(r"hostedzone/([^/]+)/rrset/?"), CHANGE),
    ("GET", re.compile(r"hostedzone/([^/]+)/rrset/?"), "ListResourceRecordSets"),
    ("GET", re.compile(r"hostedzone/([^/]+)"), "GetHostedZone"),
    ("GET", re.compile(r"hostedzonelimit/([^/]+)/[^/]+"), "GetHostedZoneLimit"),
    ("GET", re.compile(r"change/([^/]+)"), "GetChange"),
    ("GET", re.compile(r"hostedzonesbyname"), "ListHostedZonesByName"),
    ("GET", re.compile(r"hostedzone"), "ListHostedZones"),
)


@dataclass
class Call:
    """One finished call. code: AWS's error name, None when it went well; changes: of the batch, 0
    when it was not read; overlap: batches of the zone under way when it came, itself included."""

    number: int
    at: float
    action: str
    zone_id: str
    changes: int
    body_bytes: int
    status: int
    code: str | None
    fault: bool
    overlap: int


@dataclass
class Submitted:
    id: str
    at: float
    submitted_at: datetime
    comment: str | None


@dataclass(frozen=True)
class Applied:
    """One change of an accepted batch, in the order they took effect; values: of a DELETE none;
    at: by monotonic(3), whatever the service's own clock says."""

    at: float
    zone_id: str
    name: str  # with its final dot
    kind: str
    values: tuple[str, ...]


@dataclass
class Ticket:
    """A call under way, from the last byte of its request to the first of its reply."""

    number: int
    at: float
    action: str
    id: str
    query: dict[str, str]
    body: bytes
    limit: str = ""  # of GetHostedZoneLimit
    holds_zone: bool = False
    overlap: int = 0
    changes: int = 0


@dataclass
class Traffic:
    """Of one zone: batches between request and reply, at once and at most."""

    busy: int = 0
    busy_max: int = 0
    held: bool = False
    held_until: float = 0
    refused: int = 0


@dataclass
class Settings:
    """propagation_s: from PENDING to INSYNC. batch_s: how long a zone still works on a batch that
    it has answered; another one meanwhile gets PriorRequestNotComplete. error_lists: a refused
    batch is answered by the InvalidChangeBatch element of the API reference; otherwise by an
    ErrorResponse with all messages in brackets, as logs of SDKs show it. keep_alive: off, each
    connection has one reply, so that a proxy which tries again on a connection that died while idle
    (the gate does) hides no lost reply from its client. sets_max: a zone's quota, which is told."""

    limits: Limits = field(default_factory=Limits)
    propagation_s: float = 30
    batch_s: float = 0
    error_lists: bool = True
    keep_alive: bool = True
    sets_max: int = 10_000


def utc_now() -> datetime:
    return datetime.now(timezone.utc)


def find_action(method: str, path: str) -> tuple[str, str]:
    """The action and the id in its path."""
    if path.startswith(PREFIX):
        for wanted, pattern, action in ACTIONS:
            match = pattern.fullmatch(path[len(PREFIX) :])
            if match and method == wanted:
                return action, unquote(match[1]) if match.groups() else ""
    return "Unknown", ""


class Service:
    """Any thread may call anything here. wall: for what clients are told, never for timing."""

    def __init__(
        self,
        settings: Settings | None = None,
        clock: Clock | None = None,
        wall: Callable[[], datetime] = utc_now,
    ):
        self.settings = settings or Settings()
        self.clock = clock or ScaledClock()
        self.wall = wall
        self.faults = Schedule()
        self._lock = threading.RLock()
        self._account = Account(self.settings.limits, self.clock)
        self._zones: dict[str, Zone] = {}
        self._traffic: dict[str, Traffic] = {}
        self._changes: dict[str, Submitted] = {}
        self._calls: list[Call] = []
        self._applied: list[Applied] = []
        self._numbers = itertools.count(1)

    # What tests ask.

    def new_zone(self, name: str) -> str:
        """The id without its prefix."""
        with self._lock:
            zone = Zone(f"Z{len(self._zones) + 1:020d}", name)
            self._zones[zone.id] = zone
            self._traffic[zone.id] = Traffic()
            return zone.id

    def zones(self) -> dict[str, str]:
        with self._lock:
            return {zone.id: str(zone.name) for zone in self._zones.values()}

    def records(self, zone_id: str) -> dict[tuple[str, str], tuple[int | None, list[str]]]:
        """(name with final dot, type) -> TTL and values, without the apex's NS and SOA. Of sets
        with an identifier, one stands for all."""
        with self._lock:
            zone = self._zones[zone_id]
            return {
                (str(each.name), each.kind): (each.ttl, list(each.values))
                for each in zone.listing()
                if each.name != zone.name or each.kind not in ("NS", "SOA")
            }

    def applied(self) -> list[Applied]:
        """Everything that ever took effect."""
        with self._lock:
            return list(self._applied)

    def calls(self, action: str | None = None) -> list[Call]:
        with self._lock:
            return [call for call in self._calls if action in (None, call.action)]

    def forget(self) -> None:
        with self._lock:
            self._calls.clear()

    def statistics(self) -> dict:
        with self._lock:
            return {
                "calls": len(self._calls),
                "throttled": dict(self._account.throttled),
                "prior_not_complete": sum(each.refused for each in self._traffic.values()),
                "max_overlap": {each: t.busy_max for each, t in self._traffic.items()},
                "faults": self.faults.hits,
            }

    def max_overlap(self, zone_id: str) -> int:
        with self._lock:
            return self._traffic[zone_id].busy_max

    # A call's way: arrive, handle (or not), leave.

    def arrive(self, method: str, target: str, body: bytes) -> Ticket:
        path, _, query = target.partition("?")
        action, identifier = find_action(method, path)
        pairs = dict(parse_qsl(query, keep_blank_values=True))
        with self._lock:
            now = self.clock.now()
            limit = path.rpartition("/")[2] if action == "GetHostedZoneLimit" else ""
            ticket = Ticket(next(self._numbers), now, action, identifier, pairs, body, limit)
            traffic = self._traffic.get(identifier) if action == CHANGE else None
            if traffic is not None:
                traffic.busy += 1
                traffic.busy_max = max(traffic.busy_max, traffic.busy)
                ticket.overlap = traffic.busy
                ticket.holds_zone = not traffic.held and now >= traffic.held_until
                traffic.held = traffic.held or ticket.holds_zone
            return ticket

    def handle(self, ticket: Ticket) -> Reply:
        with self._lock:
            try:
                return self._answer(ticket)
            except Refused as problem:
                return problem.reply if self.settings.error_lists else problem.as_sentence()

    def leave(self, ticket: Ticket, reply: Reply, is_fault: bool = False) -> None:
        """Before the reply's first byte is sent: whoever has it may send the next batch."""
        with self._lock:
            traffic = self._traffic.get(ticket.id) if ticket.overlap else None
            if traffic is not None:
                traffic.busy -= 1
                if ticket.holds_zone:
                    traffic.held = False
            self._calls.append(
                Call(
                    ticket.number,
                    ticket.at,
                    ticket.action,
                    ticket.id,
                    ticket.changes,
                    len(ticket.body),
                    reply.status,
                    reply.code,
                    is_fault,
                    ticket.overlap,
                )
            )

    # Actions, under the lock.

    def _answer(self, ticket: Ticket) -> Reply:
        if not self._account.admit_request(ticket.action):
            raise refused("Throttling", "Rate exceeded")
        actions = {
            CHANGE: self._change,
            "ListResourceRecordSets": self._list_sets,
            "GetHostedZone": lambda t: replies.hosted_zone(self._zone(t.id)),
            "GetHostedZoneLimit": self._get_limit,
            "GetChange": self._get_change,
            "ListHostedZonesByName": self._list_zones_by_name,
            "ListHostedZones": self._list_zones,
        }
        if ticket.action not in actions:
            raise refused("UnknownOperationException", "The operation is not known.", 404)
        return actions[ticket.action](ticket)

    def _zone(self, zone_id: str) -> Zone:
        if len(zone_id) > ID_MAX:
            raise refused("InvalidInput", f"A hosted zone id has at most {ID_MAX} characters")
        zone = self._zones.get(zone_id)
        if zone is None:
            raise refused("NoSuchHostedZone", f"No hosted zone found with ID: {zone_id}")
        return zone

    def _change(self, ticket: Ticket) -> Reply:
        batch = parse_batch(ticket.body)
        ticket.changes = len(batch.changes)
        zone = self._zone(ticket.id)
        traffic = self._traffic[zone.id]
        if not ticket.holds_zone:
            traffic.refused += 1
            raise refused(
                "PriorRequestNotComplete",
                "The request was rejected because Route 53 was still processing a prior request.",
            )
        if not self._account.admit_changes([change.action for change in batch.changes]):
            raise refused("Throttling", "Rate exceeded")
        zone.apply(batch)
        for change in batch.changes:
            gone = change.action == "DELETE"
            new = read_set(change)
            values = () if gone else tuple(new.values)
            self._applied.append(Applied(monotonic(), zone.id, str(new.name), new.kind, values))
        traffic.held_until = self.clock.now() + self.settings.batch_s
        return self._submit(batch)

    def _submit(self, batch: Batch) -> Reply:
        number = len(self._changes) + 1
        change = Submitted(f"C{number:020d}", self.clock.now(), self.wall(), batch.comment)
        self._changes[change.id] = change
        return self._change_info(f"{CHANGE}Response", change)

    def _change_info(self, root: str, change: Submitted) -> Reply:
        pending = self.clock.now() < change.at + self.settings.propagation_s
        status = "PENDING" if pending else "INSYNC"
        return replies.change_info(root, change.id, status, change.submitted_at, change.comment)

    def _get_limit(self, ticket: Ticket) -> Reply:
        zone = self._zone(ticket.id)
        kind = ticket.limit
        if kind not in LIMIT_TYPES:
            listed = ", ".join(LIMIT_TYPES)
            raise refused("InvalidInput", f"'{kind}' is not a limit: it must be one of [{listed}]")
        if kind != LIMIT_TYPES[0]:
            raise refused("InvalidInput", "The specified hosted zone is not a private one")
        return replies.zone_limit(zone, kind, self.settings.sets_max)

    def _get_change(self, ticket: Ticket) -> Reply:
        change = self._changes.get(ticket.id)
        if change is None:
            raise refused("NoSuchChange", f"Could not find resource with ID: {ticket.id}")
        return self._change_info("GetChangeResponse", change)

    def _list_sets(self, ticket: Ticket) -> Reply:
        zone = self._zone(ticket.id)
        name, kind, identifier = (ticket.query.get(key) for key in ("name", "type", "identifier"))
        size = replies.page_size(ticket.query.get("maxitems"), SETS_PAGE_MAX)
        if kind is not None and name is None:
            raise refused("InvalidInput", "A record type was given without a record name")
        if identifier is not None and kind is None:
            raise refused("InvalidInput", "An identifier was given without a name and a type")
        if kind is not None and kind not in TYPES:
            raise refused("InvalidInput", f"'{kind}' is not a record type")
        start = (parse_start(name).order if name else b"", kind or "", identifier or "")
        page, following = replies.page_of(
            zone.listing(), lambda record_set: record_set.order >= start, size
        )
        return replies.record_sets(page, following, size)

    def _list_zones(self, ticket: Ticket) -> Reply:
        marker = ticket.query.get("marker")
        size = replies.page_size(ticket.query.get("maxitems"), ZONES_PAGE_MAX)
        if marker is not None and marker not in self._zones:
            raise refused("NoSuchHostedZone", f"No hosted zone found with ID: {marker}")
        page, following = replies.page_of(
            list(self._zones.values()), lambda zone: marker in (None, zone.id), size
        )
        return replies.hosted_zones(page, following, size, marker)

    def _list_zones_by_name(self, ticket: Ticket) -> Reply:
        name, zone_id = (ticket.query.get(key) for key in ("dnsname", "hostedzoneid"))
        size = replies.page_size(ticket.query.get("maxitems"), ZONES_PAGE_MAX)
        if zone_id is not None and name is None:
            raise refused("InvalidInput", "A hosted zone id was given without a DNS name")
        start = (parse_start(name).order if name else b"", zone_id or "")
        ordered = sorted(self._zones.values(), key=lambda zone: (zone.name.order, zone.id))
        page, following = replies.page_of(
            ordered, lambda zone: (zone.name.order, zone.id) >= start, size
        )
        return replies.hosted_zones_by_name(page, following, size, name, zone_id)


def parse_start(text: str) -> names.Name:
    try:
        return names.parse(text)
    except names.NameProblem as problem:
        raise refused("InvalidInput", str(problem)) from None


def call_to_json(call: Call) -> dict:
    return asdict(call)
