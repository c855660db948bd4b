# SPDX-License-Identifier: BSD-2-Clause
"""Domain names as Route 53 reads, orders and returns them (Developer Guide, "DNS domain name
format"; API reference, ListResourceRecordSets, "Sort order")."""

from __future__ import annotations

import re
from dataclasses import dataclass

LABEL_MAX = 63
WIRE_MAX = 255  # length octets and the root's included
ESCAPE = re.compile(r"\\([0-3][0-7]{2})")
SHOWN = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-_")


class NameProblem(ValueError):
    """text is how the service words it."""

    def __init__(self, code: str, meaning: str, culprit: str):
        self.text = f"FATAL problem: {code} ({meaning}) encountered with '{culprit}'"
        super().__init__(self.text)


@dataclass(frozen=True)
class Name:
    """Labels in lower case, the root's not among them."""

    labels: tuple[bytes, ...]

    def __str__(self) -> str:
        """Absolute, everything but letters, digits, hyphens and underscores as octal escapes."""
        return "".join(escape(label) + "." for label in self.labels) or "."

    @property
    def order(self) -> bytes:
        """ "com.example.www.": the final dot counts, "*" or "-" come before it."""
        return b"".join(label + b"." for label in reversed(self.labels))

    def is_within(self, zone: Name) -> bool:
        n = len(zone.labels)
        return n == 0 or self.labels[-n:] == zone.labels

    @property
    def is_wildcard(self) -> bool:
        return self.labels[:1] == (b"*",)


def escape(label: bytes) -> str:
    return "".join(chr(c) if c in SHOWN else f"\\{c:03o}" for c in label)


def parse(text: str) -> Name:
    """The final dot may be left out. Raises NameProblem."""
    if text == ".":
        return Name(())
    labels = [bytearray()]
    at = 0
    while at < len(text):
        match = ESCAPE.match(text, at)
        if match:
            labels[-1].append(int(match[1], 8))
            at = match.end()
            continue
        if text[at] == ".":
            labels.append(bytearray())
        elif "!" <= text[at] <= "~" and text[at] != "\\":
            labels[-1].append(ord(text[at]))
        else:
            raise NameProblem(
                "UnsupportedCharacter", "Value contains unsupported characters", text[at]
            )
        at += 1
    if len(labels) > 1 and not labels[-1]:
        labels.pop()
    return check(tuple(bytes(label).lower() for label in labels), text)


def check(labels: tuple[bytes, ...], text: str) -> Name:
    for label in labels:
        if not label:
            raise NameProblem("DomainLabelEmpty", "Domain label is empty", text)
        if len(label) > LABEL_MAX:
            raise NameProblem("DomainLabelTooLong", "Domain label is too long", escape(label))
    if sum(len(label) + 1 for label in labels) + 1 > WIRE_MAX:
        raise NameProblem("DomainNameTooLong", "Domain name is too long", text)
    return Name(labels)
