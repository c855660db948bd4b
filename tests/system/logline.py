# SPDX-License-Identifier: BSD-2-Clause
"""The lines of mooringd's log, text or JSON, as mooringd(8) LOG has them. The one parser."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
LEVELS = {"3": "error", "4": "warning", "6": "info", "7": "debug"}
HEAD = re.compile(
    rf"(?:<(?P<priority>[3467])>|(?:(?P<time>{TIME}) )?(?:(?P<level>error|warning|debug): )?)"
)
VALUE = r'"(?:[^"\\]|\\.)*"|[^\s"\\=]+'
FIELD = re.compile(rf" (?P<key>[A-Za-z0-9-]+)=(?P<value>{VALUE})")
BODY = re.compile(rf"(?P<message>.*?)(?P<fields>(?: [A-Za-z0-9-]+=(?:{VALUE}))*)")
ESCAPE = re.compile(rb"\\(x[0-9a-f]{2}|.)")
SHORT = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b'"': b'"', b"\\": b"\\"}

Value = str | int | bool


@dataclass(frozen=True)
class Line:
    time: str | None
    level: str
    message: str
    fields: dict[str, Value]


def parse_line(line: str) -> Line:
    """Fields of text lines are all strings: text has no types."""
    head = HEAD.match(line)
    rest = line[head.end() :]
    if rest.startswith("{"):
        return parse_json(rest)
    level = LEVELS.get(head["priority"] or "", head["level"] or "info")
    body = BODY.fullmatch(rest)
    fields = {found["key"]: unquote(found["value"]) for found in FIELD.finditer(body["fields"])}
    return Line(head["time"], level, unescape(body["message"]), fields)


def parse_json(text: str) -> Line:
    pairs = json.loads(text, object_pairs_hook=list)
    fields = dict(pairs)
    assert len(fields) == len(pairs), f"a key twice: {text}"
    return Line(*(fields.pop(key) for key in ("time", "level", "message")), fields)


def unquote(value: str) -> str:
    return unescape(value[1:-1]) if value.startswith('"') else value


def unescape(text: str) -> str:
    def one(found: re.Match[bytes]) -> bytes:
        word = found[1]
        return SHORT[word] if word in SHORT else bytes.fromhex(word[1:].decode())

    raw = ESCAPE.sub(one, text.encode(errors="surrogateescape"))
    return raw.decode(errors="surrogateescape")


def log_pattern(message: str) -> str:
    """For Daemon.wait_log(): the lines with that message."""
    return (
        rf'^(?:<\d>|{TIME} )?(?:(?:error|warning|debug): )?{message}(?: |$)|"message":"{message}"'
    )
