# SPDX-License-Identifier: BSD-2-Clause
"""What Route 53 demands of a change batch and no emulator checks.

From the API reference of ChangeResourceRecordSets, its XML schema and the texts that the service is
known to answer with.
"""

from __future__ import annotations

import ipaddress
import re
import xml.etree.ElementTree as ElementTree

from aws.errors import ROUTE53_NAMESPACE, Reply, invalid_change_batch, xml_error

VALUES_MAX = 1000
CHARACTERS_MAX = 32000
TTL_MAX = 2147483647
SET_ORDER = [
    "Name",
    "Type",
    "SetIdentifier",
    "Weight",
    "Region",
    "GeoLocation",
    "Failover",
    "MultiValueAnswer",
    "TTL",
    "ResourceRecords",
    "AliasTarget",
    "HealthCheckId",
]
TYPES = {"A", "AAAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "SPF", "TXT", "CAA", "DS", "NAPTR"}
ACTIONS = {"CREATE", "DELETE", "UPSERT"}
NAME = re.compile(r"(?:[a-z0-9_*-]|\\[0-7]{3})+")


class Bad(Exception):
    """reply is what the service answers."""

    def __init__(self, reply: Reply):
        super().__init__(reply.code)
        self.reply = reply


def invalid_input(message: str) -> Bad:
    return Bad(xml_error("InvalidInput", message))


def local(element: ElementTree.Element) -> str:
    namespace, _, name = element.tag.rpartition("}")
    if namespace != "{" + ROUTE53_NAMESPACE:
        raise Bad(xml_error("MalformedInput", f"Unexpected namespace of element {name}"))
    return name


def in_order(element: ElementTree.Element, names: list[str]) -> dict[str, ElementTree.Element]:
    """The children by name; they must stand in the schema's order, each at most once."""
    found = [local(child) for child in element]
    unknown = [name for name in found if name not in names]
    if unknown:
        raise invalid_input(
            "Invalid XML ; cvc-complex-type.2.4.a: Invalid content was found starting with element"
            f" '{unknown[0]}'."
        )
    places = [names.index(name) for name in found]
    if any(later <= earlier for earlier, later in zip(places, places[1:])):
        raise invalid_input(
            f"Invalid XML ; cvc-complex-type.2.4.a: the elements {found} are out of order."
        )
    return dict(zip(found, element))


def text(children: dict[str, ElementTree.Element], name: str) -> str:
    if name not in children:
        raise invalid_input(f"Invalid XML ; cvc-complex-type.2.4.b: element '{name}' is expected.")
    return children[name].text or ""


def check_name(name: str) -> str:
    canonical = name.lower().removesuffix(".")
    labels = canonical.split(".")
    if len(canonical) > 253 or any(len(label) > 63 for label in labels):
        raise Bad(
            invalid_change_batch([f"FATAL problem: DomainLabelTooLong encountered with '{name}'"])
        )
    if not all(NAME.fullmatch(label) for label in labels):
        raise Bad(
            invalid_change_batch([f"FATAL problem: UnsupportedCharacter encountered with '{name}'"])
        )
    return canonical + "."


def check_value(kind: str, value: str) -> None:
    families = {
        "A": (ipaddress.IPv4Address, "ARRDATAIllegalIPv4Address", "IPv4"),
        "AAAA": (ipaddress.IPv6Address, "AAAARRDATAIllegalIPv6Address", "IPv6"),
    }
    if kind not in families:
        return
    parse, problem, family = families[kind]
    try:
        parse(value)
    except ValueError:
        raise Bad(
            invalid_change_batch(
                [
                    f"Invalid Resource Record: FATAL problem: {problem} (Value is not a valid"
                    f" {family} address) encountered with '{value}'"
                ]
            )
        ) from None


def check_ttl(written: str) -> None:
    if not re.fullmatch(r"[0-9]{1,10}", written) or int(written) > TTL_MAX:
        raise invalid_input(f"Invalid XML ; cvc-datatype-valid: '{written}' is not a valid TTL.")


def values_of(element: ElementTree.Element) -> list[str]:
    values = []
    for record in element:
        if local(record) != "ResourceRecord":
            raise invalid_input("Invalid XML ; only ResourceRecord is expected in ResourceRecords")
        values.append(text(in_order(record, ["Value"]), "Value"))
    return values


def check_change(change: ElementTree.Element, zone: str | None) -> tuple[tuple[str, ...], int, int]:
    """Returns what identifies the record set, its weight in values and in characters."""
    if local(change) != "Change":
        raise invalid_input("Invalid XML ; only Change is expected in Changes")
    parts = in_order(change, ["Action", "ResourceRecordSet"])
    action = text(parts, "Action")
    if action not in ACTIONS:
        raise invalid_input(
            f"Invalid XML ; cvc-enumeration-valid: Value '{action}' is not facet-valid"
        )
    text(parts, "ResourceRecordSet")
    record_set = in_order(parts["ResourceRecordSet"], SET_ORDER)
    name, kind = check_name(text(record_set, "Name")), text(record_set, "Type")
    if kind not in TYPES:
        raise invalid_input(
            f"Invalid XML ; cvc-enumeration-valid: Value '{kind}' is not facet-valid"
        )
    if zone is not None and name != zone and not name.endswith("." + zone):
        raise Bad(
            invalid_change_batch([f"RRSet with DNS name {name} is not permitted in zone {zone}"])
        )
    identifier = text(record_set, "SetIdentifier") if "SetIdentifier" in record_set else ""
    if "AliasTarget" in record_set:
        return (name, kind, identifier), 0, 0
    if "TTL" not in record_set or "ResourceRecords" not in record_set:
        raise invalid_input(
            "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and"
            " ResourceRecords], or TrafficPolicyInstanceId], but found none in Change with"
            f" [Action={action}, Name={name}, Type={kind}, SetIdentifier={identifier or 'null'}]"
        )
    check_ttl(text(record_set, "TTL"))
    values = values_of(record_set["ResourceRecords"])
    if not values:
        raise invalid_input("Invalid XML ; ResourceRecords must not be empty")
    for value in values:
        check_value(kind, value)
    cost = 2 if action == "UPSERT" else 1
    return (name, kind, identifier), cost * len(values), cost * sum(map(len, values))


def check_batch(body: bytes, zone: str | None, refused: frozenset[str] = frozenset()) -> None:
    """zone: the hosted zone's name with its final dot, None when unknown; refused: names that a
    test wants refused. Raises Bad."""
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError as problem:
        raise Bad(xml_error("MalformedInput", f"The XML is not well-formed: {problem}")) from None
    if local(root) != "ChangeResourceRecordSetsRequest":
        raise Bad(
            xml_error(
                "MalformedInput",
                "ChangeBatch is not valid, expected ChangeResourceRecordSetsRequest",
            )
        )
    top = in_order(root, ["ChangeBatch"])
    text(top, "ChangeBatch")
    batch = in_order(top["ChangeBatch"], ["Comment", "Changes"])
    text(batch, "Changes")
    seen: set[tuple[str, ...]] = set()
    n_values = n_characters = 0
    for change in batch["Changes"]:
        key, values, characters = check_change(change, zone)
        if key[0] in refused:
            raise Bad(invalid_change_batch([f"RRSet with DNS name {key[0]} is not permitted"]))
        if key in seen:
            raise Bad(
                invalid_change_batch(
                    [
                        "The request contains an invalid set of changes for a resource record set"
                        f" '{key[1]} {key[0]}'"
                    ]
                )
            )
        seen.add(key)
        n_values += values
        n_characters += characters
    check_size(len(seen), n_values, n_characters)


def check_size(n_changes: int, n_values: int, n_characters: int) -> None:
    if n_changes == 0:
        raise invalid_input("Invalid XML ; Changes must not be empty")
    if n_values > VALUES_MAX:
        raise Bad(invalid_change_batch([f"Number of records limit of {VALUES_MAX} exceeded."]))
    if n_characters > CHARACTERS_MAX:
        raise Bad(
            invalid_change_batch([f"Number of characters limit of {CHARACTERS_MAX} exceeded."])
        )
