# SPDX-License-Identifier: BSD-2-Clause
"""What may stand in a ResourceRecord's Value, by record type (Developer Guide, "Supported DNS
record types"). The texts of A, AAAA and TXT problems are the service's own; those of the other
types follow their pattern."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable

from aws.strict_route53 import names

STRING_MAX = 255  # one character string of a TXT
PREFERENCE_MAX = 65535
SERIAL_MAX = 2**32 - 1
PRINTABLE = re.compile(r"[\x20-\x7e]+")
STRING = re.compile(r'"((?:[^"\\]|\\[0-3][0-7]{2}|\\["\\])*)"')
STRING_UNIT = re.compile(r"\\[0-3][0-7]{2}|\\.|.", re.DOTALL)


class ValueProblem(ValueError):
    """text is how the service words it, without the "Invalid Resource Record: " before it."""

    def __init__(self, code: str, meaning: str, value: str):
        self.text = f"FATAL problem: {code} ({meaning}) encountered with '{value}'"
        super().__init__(self.text)


def check_single_field(kind: str, value: str) -> None:
    if re.search(r"\s", value):
        raise ValueProblem(f"{kind}RRDATANotSingleField", "Value contains spaces", value)


def check_ipv4(value: str) -> None:
    check_single_field("A", value)
    try:
        ipaddress.IPv4Address(value)
    except ValueError:
        raise ValueProblem(
            "ARRDATAIllegalIPv4Address", "Value is not a valid IPv4 address", value
        ) from None


def check_ipv6(value: str) -> None:
    check_single_field("AAAA", value)
    try:
        if "%" in value:  # a zone index means nothing to others
            raise ValueError(value)
        ipaddress.IPv6Address(value)
    except ValueError:
        raise ValueProblem(
            "AAAARRDATAIllegalIPv6Address", "Value is not a valid IPv6 address", value
        ) from None


def check_target(kind: str, value: str) -> None:
    check_single_field(kind, value)
    try:
        names.parse(value)
    except names.NameProblem as problem:
        raise ValueProblem(f"{kind}RRDATAIllegalName", str(problem), value) from None


def check_text(value: str) -> None:
    """One or more quoted strings, blanks between them or not."""
    at = 0
    rest = value.strip(" \t")
    if not rest.startswith('"'):
        raise ValueProblem(
            "InvalidCharacterString", "Value should be enclosed in quotation marks", value
        )
    while at < len(rest):
        match = STRING.match(rest, at)
        if match is None:
            raise ValueProblem(
                "InvalidCharacterString", "Value should be enclosed in quotation marks", value
            )
        if len(STRING_UNIT.findall(match[1])) > STRING_MAX:
            raise ValueProblem("CharacterStringTooLong", "Value is too long", value)
        if not all("\x20" <= c <= "\x7e" for c in match[1]):
            raise ValueProblem(
                "UnsupportedCharacter", "Value contains unsupported characters", value
            )
        at = match.end()
        while at < len(rest) and rest[at] in " \t":
            at += 1


def fields_of(kind: str, value: str, n: int) -> list[str]:
    fields = value.split()
    if len(fields) != n:
        raise ValueProblem(f"{kind}RRDATANot{n}Fields", f"Value is not {n} fields", value)
    return fields


def check_number(kind: str, text: str, largest: int, value: str) -> None:
    if not re.fullmatch(r"[0-9]{1,10}", text) or int(text) > largest:
        raise ValueProblem(f"{kind}RRDATAIllegalNumber", "Value is not a valid number", value)


def check_mx(value: str) -> None:
    preference, host = fields_of("MX", value, 2)
    check_number("MX", preference, PREFERENCE_MAX, value)
    check_target("MX", host)


def check_srv(value: str) -> None:
    *numbers, host = fields_of("SRV", value, 4)
    for number in numbers:
        check_number("SRV", number, PREFERENCE_MAX, value)
    check_target("SRV", host)


def check_soa(value: str) -> None:
    primary, mailbox, *numbers = fields_of("SOA", value, 7)
    check_target("SOA", primary)
    check_target("SOA", mailbox)
    for number in numbers:
        check_number("SOA", number, SERIAL_MAX, value)


def check_caa(value: str) -> None:
    match = re.fullmatch(r'([0-9]{1,3}) ([A-Za-z0-9]+) ("(?:[^"\\]|\\.)*")', value)
    if match is None or int(match[1]) > 255:
        raise ValueProblem("CAARRDATANot3Fields", "Value is not flags, tag and value", value)
    check_text(match[3])


def check_printable(value: str) -> None:
    """The types that mooring never writes are not looked at more closely."""
    if not PRINTABLE.fullmatch(value):
        raise ValueProblem("UnsupportedCharacter", "Value contains unsupported characters", value)


CHECKS: dict[str, Callable[[str], None]] = {
    "A": check_ipv4,
    "AAAA": check_ipv6,
    "CNAME": lambda value: check_target("CNAME", value),
    "NS": lambda value: check_target("NS", value),
    "PTR": lambda value: check_target("PTR", value),
    "TXT": check_text,
    "SPF": check_text,
    "MX": check_mx,
    "SRV": check_srv,
    "SOA": check_soa,
    "CAA": check_caa,
}


def check(kind: str, value: str) -> None:
    """Raises ValueProblem."""
    CHECKS.get(kind, check_printable)(value)


def meaning(kind: str, value: str) -> object:
    """What two spellings of the same value have in common."""
    if kind == "AAAA":
        return ipaddress.IPv6Address(value)
    if kind in ("CNAME", "NS", "PTR"):
        return names.parse(value)
    return value
