# SPDX-License-Identifier: BSD-2-Clause
"""A hosted zone: batches that apply whole or not at all, and the order of its listing."""

from __future__ import annotations

from dataclasses import dataclass, replace

from aws.strict_route53 import names, values
from aws.strict_route53.names import Name
from aws.strict_route53.xmlio import Alias, Batch, Change, bad_batch, refused

RECORDS_MAX = 1000  # ResourceRecord elements of one request, an UPSERT's counted twice
CHARACTERS_MAX = 32000  # of all Values of one request, likewise
SET_VALUES_MAX = 400
NAME_SERVERS = (
    "ns-512.awsdns-00.net.",
    "ns-1024.awsdns-00.org.",
    "ns-1536.awsdns-00.co.uk.",
    "ns-0.awsdns-00.com.",
)
SOA_VALUE = f"{NAME_SERVERS[0]} awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"
NS_TTL = 172800
SOA_TTL = 900

Key = tuple[Name, str, str]


@dataclass(frozen=True)
class RecordSet:
    name: Name
    kind: str
    identifier: str | None
    ttl: int | None
    values: tuple[str, ...]
    alias: Alias | None = None
    routing: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> Key:
        return self.name, self.kind, self.identifier or ""

    @property
    def order(self) -> tuple[bytes, str, str]:
        return self.name.order, self.kind, self.identifier or ""

    def __str__(self) -> str:
        """As the service's sentences name it."""
        identifier = f", set-identifier='{self.identifier}'" if self.identifier else ""
        return f"resource record set [name='{self.name}', type='{self.kind}'{identifier}]"

    def is_exactly(self, other: RecordSet) -> bool:
        """The order of the values does not matter; their spelling does."""
        return replace(self, values=()) == replace(other, values=()) and sorted(
            self.values
        ) == sorted(other.values)


def keep_spelling(old: RecordSet | None, new: RecordSet) -> RecordSet:
    """Of an address that was there already the first spelling stays."""
    if old is None or new.kind != "AAAA":
        return new
    spelt = {values.meaning(new.kind, value): value for value in old.values}
    kept = tuple(spelt.get(values.meaning(new.kind, value), value) for value in new.values)
    return replace(new, values=kept)


def check_size(batch: Batch) -> None:
    weights = [(2 if change.action == "UPSERT" else 1, change.values) for change in batch.changes]
    if sum(weight * len(each) for weight, each in weights) > RECORDS_MAX:
        raise bad_batch(f"Number of records limit of {RECORDS_MAX} exceeded.")
    if sum(weight * len(value) for weight, each in weights for value in each) > CHARACTERS_MAX:
        raise bad_batch(f"Number of characters limit of {CHARACTERS_MAX} exceeded.")


def read_set(change: Change) -> RecordSet:
    alias = change.alias
    try:
        name = names.parse(change.name)
        if alias is not None:
            alias = replace(alias, name=str(names.parse(alias.name)))
    except names.NameProblem as problem:  # comes in the general shape of an error, not a list
        raise refused("InvalidChangeBatch", str(problem)) from None
    return RecordSet(
        name, change.kind, change.identifier, change.ttl, change.values, alias, change.routing
    )


def value_problems(record_set: RecordSet) -> list[str]:
    problems = []
    if len(record_set.values) > SET_VALUES_MAX:
        problems.append(f"Cannot have more than {SET_VALUES_MAX} records in a RRSet.")
    if record_set.kind in ("CNAME", "SOA") and len(record_set.values) > 1:
        problems.append(f"Cannot have more than 1 records in a RRSet of type {record_set.kind}.")
    seen = set()
    for value in record_set.values:
        try:
            values.check(record_set.kind, value)
        except values.ValueProblem as problem:
            problems.append(f"Invalid Resource Record: {problem}")
            continue
        meaning = values.meaning(record_set.kind, value)
        if meaning in seen:
            problems.append(f"Duplicate Resource Record: '{value}'")
        seen.add(meaning)
    return problems


class Zone:
    """Not locked: the service is."""

    def __init__(self, zone_id: str, name: str):
        self.id = zone_id
        self.name = names.parse(name)
        self.sets: dict[Key, RecordSet] = {}
        self._beside: dict[Name, dict[Key, RecordSet]] = {}  # the same by their names
        for kind, ttl, texts in (("NS", NS_TTL, NAME_SERVERS), ("SOA", SOA_TTL, (SOA_VALUE,))):
            record_set = RecordSet(self.name, kind, None, ttl, texts)
            self._put(record_set.key, record_set)

    def _put(self, key: Key, record_set: RecordSet | None) -> None:
        """None: it goes."""
        beside = self._beside.setdefault(key[0], {})
        for sets in (self.sets, beside):
            sets.pop(key, None)
            if record_set is not None:
                sets[key] = record_set
        if not beside:
            del self._beside[key[0]]

    def apply(self, batch: Batch) -> None:
        """All of it, or raises Refused and has changed nothing. Costs what is in the batch, however
        much is in the zone."""
        check_size(batch)
        wanted = [(change.action, read_set(change)) for change in batch.changes]
        problems = [text for _, new in wanted for text in self._static_problems(new)]
        problems = problems or self._repeated(wanted)
        if problems:
            raise bad_batch(*problems)
        before = {new.key: self.sets.get(new.key) for _, new in wanted}
        for action, new in wanted:
            problems += self._apply_one(action, new)
        problems = problems or self._conflicts([new for _, new in wanted])
        if problems:
            for key, old in before.items():
                self._put(key, old)
            raise bad_batch(*problems)

    def _static_problems(self, new: RecordSet) -> list[str]:
        what = f"RRSet of type {new.kind} with DNS name {new.name} is not permitted"
        if not new.name.is_within(self.name):
            return [f"RRSet with DNS name {new.name} is not permitted in zone {self.name}"]
        if new.kind == "CNAME" and new.name == self.name:
            return [f"{what} at apex in zone {self.name}"]
        if new.kind == "SOA" and new.name != self.name:
            return [f"{what} below the apex of zone {self.name}"]
        if new.kind == "NS" and new.name.is_wildcard:
            return [f"{what} as it is a wildcard"]
        return value_problems(new)

    @staticmethod
    def _repeated(wanted: list[tuple[str, RecordSet]]) -> list[str]:
        """A set may come twice only to be deleted and then created anew."""
        actions: dict[Key, list[str]] = {}
        for action, new in wanted:
            actions.setdefault(new.key, []).append(action)
        return [
            "The request contains an invalid set of changes for a resource record set"
            f" '{kind} {name}'"
            for (name, kind, _), found in actions.items()
            if len(found) > 1 and found != ["DELETE", "CREATE"]
        ]

    def _apply_one(self, action: str, new: RecordSet) -> list[str]:
        old = self.sets.get(new.key)
        if action == "DELETE":
            if old is None:
                return [f"Tried to delete {new} but it was not found"]
            if not old.is_exactly(new):
                return [
                    f"Tried to delete {new} but the values provided do not match the current values"
                ]
            self._put(new.key, None)
            return []
        if action == "CREATE" and old is not None:
            return [f"Tried to create {new} but it already exists"]
        self._put(new.key, keep_spelling(old, new))
        return []

    def _conflicts(self, changed: list[RecordSet]) -> list[str]:
        """What must hold of the zone as a whole once every change is made."""
        problems = []
        if (self.name, "SOA", "") not in self.sets:
            problems.append("A HostedZone must contain exactly one SOA record.")
        if (self.name, "NS", "") not in self.sets:
            problems.append("A HostedZone must contain at least one NS record for the zone itself.")
        for new in changed:
            if new.key in self.sets:
                problems += self._conflicts_of(new)
        return problems

    def _conflicts_of(self, new: RecordSet) -> list[str]:
        beside = self._beside[new.name].values()
        kinds = {other.kind for other in beside}
        what = f"RRSet of type {new.kind} with DNS name {new.name} is not permitted"
        if new.kind == "CNAME" and kinds != {"CNAME"}:
            return [
                f"{what} as it conflicts with other records with the same DNS name in zone"
                f" {self.name}"
            ]
        if new.kind != "CNAME" and "CNAME" in kinds:
            return [
                f"{what} because a conflicting RRSet of type CNAME with the same DNS name already"
                f" exists in zone {self.name}"
            ]
        same = [other for other in beside if other.kind == new.kind]
        if len({bool(other.identifier) for other in same}) > 1:
            return [
                f"RRSet with DNS name {new.name}, type {new.kind}, SetIdentifier"
                f" {new.identifier or 'null'}, cannot be created as other RRSets exist with the"
                " same name and type."
            ]
        if new.alias is not None and new.alias.zone_id == self.id:
            return self._alias_problems(new)
        return []

    def _alias_problems(self, new: RecordSet) -> list[str]:
        """An alias within the zone must have its target; others are not looked up."""
        target = names.parse(new.alias.name)
        if any(kind == new.kind for _, kind, _ in self._beside.get(target, ())):
            return []
        return [
            f"Tried to create an alias that targets {target}, type {new.kind} in zone {self.id},"
            " but that target was not found"
        ]

    def listing(self) -> list[RecordSet]:
        return sorted(self.sets.values(), key=lambda record_set: record_set.order)
