# SPDX-License-Identifier: BSD-2-Clause
"""The body of ChangeResourceRecordSets, held to the XML schema: namespace, order of the elements,
enumerations, lengths. What the schema says is answered as the service's validator words it."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from aws.errors import ROUTE53_NAMESPACE, Reply, invalid_change_batch, xml_error

ROOT = "ChangeResourceRecordSetsRequest"
COMMENT_MAX = 256
NAME_TEXT_MAX = 1024
VALUE_TEXT_MAX = 4000
IDENTIFIER_MAX = 128
TTL_MAX = 2147483647
ACTIONS = ("CREATE", "DELETE", "UPSERT")
# fmt: off
TYPES = (
    "SOA", "A", "TXT", "NS", "CNAME", "MX", "NAPTR", "PTR", "SRV", "SPF", "AAAA", "CAA", "DS",
    "TLSA", "SSHFP", "SVCB", "HTTPS",
)
# fmt: on
# In the order in which they must stand; True: must be there.
REQUEST = (("ChangeBatch", True),)
BATCH = (("Comment", False), ("Changes", True))
CHANGE = (("Action", True), ("ResourceRecordSet", True))
RECORD_SET = (
    ("Name", True),
    ("Type", True),
    ("SetIdentifier", False),
    ("Weight", False),
    ("Region", False),
    ("GeoLocation", False),
    ("Failover", False),
    ("MultiValueAnswer", False),
    ("TTL", False),
    ("ResourceRecords", False),
    ("AliasTarget", False),
    ("HealthCheckId", False),
    ("TrafficPolicyInstanceId", False),
    ("CidrRoutingConfig", False),
    ("GeoProximityLocation", False),
)
RECORD = (("Value", True),)
ALIAS = (("HostedZoneId", True), ("DNSName", True), ("EvaluateTargetHealth", True))
ROUTING = (
    "Weight",
    "Region",
    "GeoLocation",
    "Failover",
    "MultiValueAnswer",
    "CidrRoutingConfig",
    "GeoProximityLocation",
)
ORIGIN = "[AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId]"

Sequence = tuple[tuple[str, bool], ...]


class Refused(Exception):
    """reply is what the service answers; messages: of a batch, when they are a list in it."""

    def __init__(self, reply: Reply, messages: list[str] | None = None):
        super().__init__(reply.code)
        self.reply = reply
        self.messages = messages

    def as_sentence(self) -> Reply:
        """The list as the one message of the general shape, which the service answers with too."""
        if self.messages is None:
            return self.reply
        return xml_error("InvalidChangeBatch", f"[{', '.join(self.messages)}]")


def refused(code: str, message: str, status: int | None = None) -> Refused:
    return Refused(xml_error(code, message, status))


def bad_batch(*messages: str) -> Refused:
    return Refused(invalid_change_batch(list(messages)), list(messages))


def bad_xml(rule: str, message: str) -> Refused:
    return refused("InvalidInput", f"Invalid XML ; {rule}: {message}")


@dataclass(frozen=True)
class Alias:
    zone_id: str
    name: str
    evaluate: bool


@dataclass(frozen=True)
class Change:
    """One change as it was written; routing: the XML of what makes a set more than a simple one."""

    action: str
    name: str
    kind: str
    identifier: str | None
    ttl: int | None
    values: tuple[str, ...]
    alias: Alias | None
    routing: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        identifier = self.identifier or "null"
        return (
            f"Change with [Action={self.action}, Name={self.name}, Type={self.kind},"
            f" SetIdentifier={identifier}]"
        )


@dataclass(frozen=True)
class Batch:
    comment: str | None
    changes: list[Change] = field(default_factory=list)


def local(element: ElementTree.Element) -> str:
    """The bare name when it is Route 53's; what is of another namespace or none matches nothing."""
    namespace, _, name = element.tag.rpartition("}")
    if namespace == "{" + ROUTE53_NAMESPACE:
        return name
    return element.tag if namespace else "{}" + name


def one_of(names: list[str]) -> str:
    listed = ", ".join(f'"{ROUTE53_NAMESPACE}":{name}' for name in names)
    return f"One of '{{{listed}}}' is expected."


def children(parent: ElementTree.Element, sequence: Sequence) -> dict[str, ElementTree.Element]:
    """The children by name; each at most once and in the sequence's order."""
    found: dict[str, ElementTree.Element] = {}
    at = 0
    for child in parent:
        expected = next_names(sequence[at:])
        if local(child) in expected:
            at = [name for name, _ in sequence].index(local(child)) + 1
            found[local(child)] = child
            continue
        start = f"Invalid content was found starting with element '{local(child)}'."
        if not expected:
            raise bad_xml(
                "cvc-complex-type.2.4.d", f"{start} No child element is expected at this point."
            )
        raise bad_xml("cvc-complex-type.2.4.a", f"{start} {one_of(expected)}")
    if any(must for _, must in sequence[at:]):
        raise incomplete(parent, next_names(sequence[at:]))
    return found


def next_names(rest: Sequence) -> list[str]:
    """What may come next: all up to the first that must."""
    allowed = []
    for name, must in rest:
        allowed.append(name)
        if must:
            break
    return allowed


def incomplete(parent: ElementTree.Element, expected: list[str]) -> Refused:
    return bad_xml(
        "cvc-complex-type.2.4.b",
        f"The content of element '{local(parent)}' is not complete. {one_of(expected)}",
    )


def repeated(parent: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    for child in parent:
        if local(child) != name:
            raise bad_xml(
                "cvc-complex-type.2.4.a",
                f"Invalid content was found starting with element '{local(child)}'."
                f" {one_of([name])}",
            )
    if len(parent) == 0:
        raise incomplete(parent, [name])
    return list(parent)


def text(element: ElementTree.Element, shortest: int, longest: int) -> str:
    """A leaf's text."""
    if len(element):
        raise bad_xml(
            "cvc-type.3.1.2",
            f"Element '{local(element)}' is a simple type, so it must have no"
            " element information item [children].",
        )
    value = element.text or ""
    if len(value) < shortest or len(value) > longest:
        rule, limit = ("min", shortest) if len(value) < shortest else ("max", longest)
        raise bad_xml(
            f"cvc-{rule}Length-valid",
            f"Value '{value[:60]}' with length = '{len(value)}' is not facet-valid with respect to"
            f" {rule}Length '{limit}' for type '{local(element)}'.",
        )
    return value


def enumerated(element: ElementTree.Element, allowed: tuple[str, ...]) -> str:
    value = text(element, 0, NAME_TEXT_MAX)
    if value not in allowed:
        raise bad_xml(
            "cvc-enumeration-valid",
            f"Value '{value}' is not facet-valid with respect to enumeration"
            f" '[{', '.join(allowed)}]'. It must be a value from the enumeration.",
        )
    return value


def number(element: ElementTree.Element, largest: int) -> int:
    written = text(element, 0, NAME_TEXT_MAX)
    if not re.fullmatch(r"[+-]?[0-9]{1,30}", written):
        raise bad_xml(
            "cvc-datatype-valid.1.2.1", f"'{written}' is not a valid value for 'integer'."
        )
    value = int(written)
    if not 0 <= value <= largest:
        rule, limit = ("minInclusive", 0) if value < 0 else ("maxInclusive", largest)
        raise bad_xml(
            f"cvc-{rule}-valid",
            f"Value '{written}' is not facet-valid with respect to {rule} '{limit}' for type"
            f" '{local(element)}'.",
        )
    return value


def parse_alias(element: ElementTree.Element) -> Alias:
    parts = children(element, ALIAS)
    return Alias(
        text(parts["HostedZoneId"], 1, 32),
        text(parts["DNSName"], 1, NAME_TEXT_MAX),
        enumerated(parts["EvaluateTargetHealth"], ("true", "false")) == "true",
    )


def parse_change(element: ElementTree.Element) -> Change:
    outer = children(element, CHANGE)
    action = enumerated(outer["Action"], ACTIONS)
    parts = children(outer["ResourceRecordSet"], RECORD_SET)
    records = []
    if "ResourceRecords" in parts:
        records = repeated(parts["ResourceRecords"], "ResourceRecord")
    identifier = None
    if "SetIdentifier" in parts:
        identifier = text(parts["SetIdentifier"], 1, IDENTIFIER_MAX)
    kept = [name for name in (*ROUTING, "HealthCheckId") if name in parts]
    return Change(
        action,
        text(parts["Name"], 0, NAME_TEXT_MAX),
        enumerated(parts["Type"], TYPES),
        identifier,
        number(parts["TTL"], TTL_MAX) if "TTL" in parts else None,
        tuple(text(children(r, RECORD)["Value"], 0, VALUE_TEXT_MAX) for r in records),
        parse_alias(parts["AliasTarget"]) if "AliasTarget" in parts else None,
        tuple((name, inner_xml(parts[name])) for name in kept),
    )


def inner_xml(element: ElementTree.Element) -> str:
    """The element without its namespace."""
    inner = "".join(inner_xml(child) for child in element) or escape(element.text or "")
    return f"<{local(element)}>{inner}</{local(element)}>"


def check_request(change: Change) -> None:
    """What the schema leaves open and the service checks before it looks at the zone."""
    plain = (change.ttl is not None, bool(change.values))
    if change.alias is not None and any(plain):
        raise refused(
            "InvalidInput",
            f"Invalid request: Expected exactly one of {ORIGIN}, but found more than one in"
            f" {change}",
        )
    if change.alias is None and not all(plain):
        raise refused(
            "InvalidInput",
            f"Invalid request: Expected exactly one of {ORIGIN}, but found none in {change}",
        )
    routed = [name for name, _ in change.routing if name in ROUTING]
    if routed and change.identifier is None:
        raise refused("InvalidInput", f"Invalid request: Missing field 'SetIdentifier' in {change}")
    if len(routed) != (0 if change.identifier is None else 1):
        found = "more than one" if routed else "none"
        raise refused(
            "InvalidInput",
            f"Invalid request: Expected exactly one of [{', '.join(ROUTING)}], but found {found}"
            f" in {change}",
        )


def parse_batch(body: bytes) -> Batch:
    """Raises Refused."""
    try:
        if b"<!DOCTYPE" in body:
            raise ElementTree.ParseError("a document type declaration")
        root = ElementTree.fromstring(body)
    except (ElementTree.ParseError, ValueError, LookupError):
        raise refused("MalformedInput", "Unable to parse request") from None
    if local(root) != ROOT:
        raise refused("MalformedInput", f"ChangeBatch is not valid, expected {ROOT}")
    batch = children(children(root, REQUEST)["ChangeBatch"], BATCH)
    comment = text(batch["Comment"], 0, COMMENT_MAX) if "Comment" in batch else None
    changes = [parse_change(change) for change in repeated(batch["Changes"], "Change")]
    for change in changes:
        check_request(change)
    return Batch(comment, changes)
