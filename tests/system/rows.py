# SPDX-License-Identifier: BSD-2-Clause
"""Reads the table of tests/protocol; its README says what each line means."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from pathlib import Path

from system.harness import TOP

FOLDER = TOP / "tests" / "protocol"
PUBLIC = "public.rows"
ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|([rnt0\\])|([b*]))")
PLAIN = {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0", "\\": b"\\"}
# What stands for the administrator's own host names in the public rows.
NAMES = {"$host2": "public2.dyn.example.com", "$HOST": "PUBLIC1.DYN.EXAMPLE.COM", "$host": "public1.dyn.example.com"}
PSEUDO = ("nobody", "wrong", "empty")


class Wrong(Exception):
    """A sentence about a line of the table."""


def closing(text: str, at: int) -> int:
    """Where the brace that is open at `at` ends."""
    depth = 0
    for i in range(at, len(text)):
        depth += (text[i] == "{") - (text[i] == "}")
        if depth == 0:
            return i
    raise Wrong(f"no closing brace: {text[:60]}")


def unescape(text: str) -> bytes:
    """Bytes of a text: \\r \\n \\t \\0 \\\\ \\xHH, \\b{LOGIN:SECRET} is base64, \\*{N TEXT} is N times."""
    out, at = b"", 0
    while found := ESCAPE.search(text, at):
        out += text[at : found.start()].encode()
        at = found.end()
        if found[1]:
            out += bytes([int(found[1], 16)])
        elif found[2]:
            out += PLAIN[found[2]]
        else:
            end = closing(text, at)
            inner = text[at + 1 : end]
            if found[3] == "b":
                out += base64.b64encode(unescape(inner))
            else:
                count, _, what = inner.partition(" ")
                out += unescape(what) * int(count)
            at = end + 1
    if "\\" in text[at:]:
        raise Wrong(f"an unknown escape: {text[at:][:60]}")
    return out + text[at:].encode()


@dataclass
class Reply:
    status: int
    body: bytes
    kept: bool = False
    closed: bool = False
    headers: list[tuple[str, str]] = field(default_factory=list)
    without: list[str] = field(default_factory=list)
    judge: list[str] = field(default_factory=lambda: ["status", "words"])


@dataclass
class Exchange:
    """One connection's bytes, and the replies to them; with an ask, there is one request."""

    account: str = "home"
    owner: str = "home"  # whose login a pseudo account has
    ask: str = ""  # METHOD TARGET VERSION
    head: list[str] = field(default_factory=list)
    body: bytes | None = None
    sent: bytes = b""
    ends: bool = False
    replies: list[Reply] = field(default_factory=list)
    silent: bool = False  # no reply at all


@dataclass
class Row:
    file: str
    line: int
    rules: list[str]
    what: str
    account: str = "home"  # whose hosts are looked at
    hand: str = ""
    listener: str = ""
    source: str = "127.0.0.1"
    exchanges: list[Exchange] = field(default_factory=list)
    before: dict[str, tuple[str, str]] = field(default_factory=dict)
    after: dict[str, tuple[str, str]] = field(default_factory=dict)
    hurts: str = ""

    def __str__(self) -> str:
        return f"{self.file.removesuffix('.rows')} {' '.join(self.rules)}: {self.what}"

    @property
    def is_public(self) -> bool:
        return self.file == PUBLIC


def read_header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(": ")
    if not colon:
        raise Wrong(f"no header: {text}")
    return name, value


class Reader:
    """Of one file: paragraphs of `key value` lines."""

    def __init__(self, path: Path) -> None:
        self.file = path.name
        self.owner = self.account = "public" if self.file == PUBLIC else "home"
        self.rows: list[Row] = []
        for number, line in enumerate(path.read_text().splitlines(), 1):
            key, _, value = line.partition(" ")
            if not line or line.startswith("#"):
                continue
            if self.file == PUBLIC:
                for name, meant in NAMES.items():
                    value = value.replace(name, meant)
            try:
                self.take(number, key, value)
            except (Wrong, ValueError, IndexError) as problem:
                raise Wrong(f"{path}:{number}: {problem}") from None

    @property
    def row(self) -> Row:
        return self.rows[-1]

    @property
    def exchange(self) -> Exchange:
        """The one that is being asked: after a reply another one begins."""
        if not self.row.exchanges or self.row.exchanges[-1].replies or self.row.exchanges[-1].silent:
            self.row.exchanges.append(Exchange(self.account, self.owner))
        return self.row.exchanges[-1]

    def take(self, number: int, key: str, value: str) -> None:
        reader = getattr(self, f"take_{key}", None)
        if reader is None or (not self.rows and key != "row"):
            raise Wrong(f"no such line here: {key}")
        if key == "row":
            rules, colon, what = value.partition(": ")
            if not colon or not all(re.fullmatch("[A-Z][0-9]+", rule) for rule in rules.split()):
                raise Wrong("a row begins with its rules, a colon and what it is about")
            self.rows.append(Row(self.file, number, rules.split(), what, self.owner))
            self.account = self.owner
        else:
            reader(value)

    def take_row(self, value: str) -> None:
        raise NotImplementedError(value)

    def take_as(self, value: str) -> None:
        self.account = value
        if not self.row.exchanges and value not in PSEUDO:
            self.row.account = value

    def take_hand(self, value: str) -> None:
        self.row.hand = value

    def take_on(self, value: str) -> None:
        self.row.listener = value

    def take_from(self, value: str) -> None:
        self.row.source = value

    def take_ask(self, value: str) -> None:
        if " " not in value or self.exchange.ask or self.exchange.sent:
            raise Wrong("ask METHOD TARGET [VERSION], once before each reply")
        self.exchange.ask = value if re.search(r" HTTP/1\.[0-9]$", value) else value + " HTTP/1.1"

    def take_head(self, value: str) -> None:
        self.exchange.head.append(value)

    def take_body(self, value: str) -> None:
        self.exchange.body = (self.exchange.body or b"") + unescape(value)

    def take_send(self, value: str) -> None:
        self.exchange.sent += unescape(value)

    def take_end(self, _: str) -> None:
        self.exchange.ends = True

    def take_silence(self, _: str) -> None:
        self.exchange.silent = True

    def take_reply(self, value: str, **how: bool) -> None:
        exchange = self.row.exchanges[-1]
        status, _, body = value.partition(" ")
        exchange.replies.append(Reply(int(status), unescape(body), **how))

    def take_kept(self, value: str) -> None:
        self.take_reply(value, kept=True)

    def take_closed(self, value: str) -> None:
        self.take_reply(value, closed=True)

    def take_times(self, value: str) -> None:
        replies = self.row.exchanges[-1].replies
        replies += replies[-1:] * (int(value) - 1)

    def take_with(self, value: str) -> None:
        self.row.exchanges[-1].replies[-1].headers.append(read_header(value))

    def take_without(self, value: str) -> None:
        self.row.exchanges[-1].replies[-1].without.append(value)

    def take_before(self, value: str) -> None:
        host, v4, v6 = value.split()
        self.row.before[host] = (v4, v6)

    def take_after(self, value: str) -> None:
        host, v4, v6 = value.split()
        self.row.after[host] = (v4, v6)

    def take_hurts(self, value: str) -> None:
        self.row.hurts = value

    def take_judge(self, value: str) -> None:
        self.row.exchanges[-1].replies[-1].judge = value.split()


def read_rows() -> list[Row]:
    rows = [row for path in sorted(FOLDER.glob("*.rows")) for row in Reader(path).rows]
    for row in rows:
        if not all(one.replies or one.silent for one in row.exchanges) or not row.exchanges:
            raise Wrong(f"{row.file}:{row.line}: a request without a reply, or none at all")
        if row.is_public != bool(row.hurts):
            raise Wrong(f"{row.file}:{row.line}: public rows, and they alone, say whom it hurts")
    return rows


@dataclass
class Account:
    name: str
    secret: str
    hosts: list[str]
    options: list[str]
    idle: bool  # nothing is ever published for it


@dataclass
class Accounts:
    """What the file `accounts` sets up, once for all rows."""

    accounts: dict[str, Account] = field(default_factory=dict)
    standard: dict[str, tuple[str, str]] = field(default_factory=dict)  # of each zone's hosts
    commands: list[list[str]] = field(default_factory=list)
    by_hand: list[str] = field(default_factory=list)

    def before(self, row: Row) -> dict[str, tuple[str, str]]:
        """The addresses of each host of its account."""
        account = self.accounts[row.account]
        if account.idle:
            return {host: ("-", "-") for host in account.hosts}
        zones = {host: host.partition(".")[2] for host in account.hosts}
        for host, zone in zones.items():
            while zone not in self.standard:
                zone = zone.partition(".")[2]
            zones[host] = zone
        standard = {host: self.standard[zone] for host, zone in zones.items()}
        return {host: fill(row.before.get(host), standard[host]) for host in standard}

    def after(self, row: Row) -> dict[str, tuple[str, str]]:
        before = self.before(row)
        return {host: fill(row.after.get(host), before.get(host, ("-", "-"))) for host in {**before, **row.after}}


def fill(given: tuple[str, str] | None, usual: tuple[str, str]) -> tuple[str, str]:
    """An asterisk is what is usual."""
    return tuple(b if a == "*" else a for a, b in zip(given or usual, usual))


def read_accounts() -> Accounts:
    found = Accounts()
    for line in (FOLDER / "accounts").read_text().splitlines():
        key, _, value = line.partition(" ")
        words = value.split()
        if key in ("account", "idle"):
            name, secret, *rest = words
            n = next((i for i, word in enumerate(rest) if word.startswith("--")), len(rest))
            found.accounts[name] = Account(name, secret, rest[:n], rest[n:], key == "idle")
        elif key == "zone":
            found.standard[words[0]] = (words[1], words[2])
        elif key == "ctl":
            found.commands.append(words)
        elif key == "by-hand":
            found.by_hand.append(value)
        elif line and not line.startswith("#"):
            raise Wrong(f"accounts: {line}")
    return found
