# SPDX-License-Identifier: BSD-2-Clause
"""Requests in requests: none is served that was not sent as one, by the daemon itself, over TLS, and
behind the proxies of docs/OPERATIONS.md, whatever version of libmicrohttpd is below."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from system.conftest import Service
from system.harness import (
    ZONE,
    Config,
    Tls,
    basic,
    connect,
    eventually,
    get,
    metrics,
    parse_response,
    read_to_end,
)
from system.http_proxies import HttpProxy, start_proxy
from system.rows import unescape

ROWS = Path(__file__).with_name("smuggling.rows")
NUMBER = re.compile(r"\\\{(x?)([S0-9^+]+)\}")
WAYS = ("plain", "tls", "nginx", "haproxy")
SERVED = re.compile(r"^HTTP/1\.1 (\d{3}) ")
PATIENCE_S = 3


@dataclass(frozen=True)
class Smuggling:
    number: int
    what: str
    verdict: str
    send: str

    @property
    def hidden_address(self) -> str:
        return f"198.51.100.{self.number}"

    @property
    def last_address(self) -> str:
        return f"203.0.113.{self.number}"

    @property
    def victims_address(self) -> str:
        return f"192.0.2.{self.number}"


def read_rows() -> list[Smuggling]:
    found = []
    for block in re.split(r"\n\n+", ROWS.read_text()):
        lines = [line for line in block.splitlines() if not line.startswith("#")]
        if lines:
            keys, values = zip(*(line.split(" ", 1) for line in lines))
            assert keys == ("row", "verdict", "send"), lines
            assert values[1] in ("refused", "body", "both", "one"), lines
            found.append(Smuggling(len(found) + 1, *values))
    assert len(found) < 255 and len({row.what for row in found}) == len(found)
    return found


def bytes_of(row: Smuggling, login: str) -> bytes:
    login = f"Authorization: {login}"

    def update(address: str, connection: str) -> bytes:
        return get(f"/nic/update?myip={address}", login, f"Connection: {connection}")

    hidden = update(row.hidden_address, "keep-alive")
    line = login + "\r\n"
    if "Connection:" not in row.send:
        line += "Connection: keep-alive\r\n"

    def value(term: str) -> int:
        base, _, power = term.partition("^")
        return len(hidden) if term == "S" else int(base) ** int(power or 1)

    def number(found: re.Match[str]) -> str:
        total = sum(value(term) for term in found[2].split("+"))
        return f"{total:x}" if found[1] else str(total)

    parts = NUMBER.sub(number, row.send).split(r"\S")
    raw = hidden.join(line.encode().join(map(unescape, part.split(r"\L"))) for part in parts)
    return raw + update(row.last_address, "close")


@dataclass
class Way:
    """To a daemon: by itself, or behind a proxy."""

    service: Service
    login: str
    victim: str
    kind: str
    proxy: HttpProxy | None = None
    looks: int = 0

    @property
    def port(self) -> int:
        if self.proxy:
            return self.proxy.port
        daemon = self.service.daemon
        return daemon.https_port if self.kind == "tls" else daemon.plain_port

    def send(self, raw: bytes) -> bytes:
        """What comes back until the end, or nothing more does."""
        context = self.service.config.tls.context() if self.kind == "tls" else None
        received = b""
        with connect(self.port, context, PATIENCE_S) as sock, suppress(OSError):
            sock.sendall(raw)
            while data := sock.recv(65536):
                received += data
        return received

    def ask_as_victim(self, row: Smuggling) -> None:
        raw = get(f"/nic/update?myip={row.victims_address}", f"Authorization: {self.victim}", "Connection: close")
        answer = parse_response(self.send(raw))
        assert answer.text in (f"good {row.victims_address}", f"nochg {row.victims_address}")
        self.service.daemon.wait_log(f"update .*{re.escape(row.victims_address)}( |$)")

    def served(self, row: Smuggling) -> str:
        """Which of the two were: S the one inside, L the last one."""
        log = self.service.daemon.log
        addresses = {"S": row.hidden_address, "L": row.last_address}
        return "".join(
            name
            for name, address in addresses.items()
            if re.search(rf"update .*{re.escape(address)}( |$)", log, re.MULTILINE)
        )

    def requests(self) -> int:
        """That the daemon has answered, whatever it said, but those for this count."""
        found = metrics(self.service.daemon)
        self.looks += 1
        total = sum(n for name, n in found.items() if name.startswith("mooring_http_requests_total"))
        return total - self.looks + 1


@pytest.fixture(name="way", scope="module", params=WAYS)
def fixture_way(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, tls: Tls
) -> Iterator[Way]:
    top = {
        "listen-plain": ["127.0.0.1:0"],
        "admin-listen": ["127.0.0.1:0"],
        "trusted-proxies": ["127.0.0.1"],
        "body-timeout": 1,
        "header-timeout": 1,
    }
    service = Service(Config(tmp_path_factory.mktemp("smuggling"), tls, top))
    login, victim = (
        basic(user, service.ctl.add(user, f"{user}.{ZONE}")) for user in ("mallory", "victim")
    )
    daemon = service.start()
    with ExitStack() as stack:
        way = Way(service, login, victim, request.param)
        if request.param in ("nginx", "haproxy"):
            directory = tmp_path_factory.mktemp(request.param)
            way.proxy = start_proxy(request.param, directory, daemon.plain_port)
            stack.callback(way.proxy.close)
        yield way
    service.finish()


def statuses(raw: bytes, of_head: bool) -> list[int]:
    found = []
    while raw:
        answer = parse_response(raw)
        raw = answer.body
        if answer.status != 100:
            found.append(answer.status)
            raw = raw[0 if of_head and len(found) == 1 else int(answer.one("Content-Length")) :]
    return found


def check_alone(row: Smuggling, raw: bytes, served: str) -> None:
    found = statuses(raw, row.send.startswith("HEAD"))
    match row.verdict:
        case "refused":
            assert served == "" and len(found) == 1 and found[0] >= 400, (found, served)
        case "body":
            assert served == "L" and len(found) == 2 and found[1] == 200, (found, served)
        case "both":
            assert served == "SL" and found[1:] == [200, 200], (found, served)
        case "one":
            assert served == "" and found == [200], (found, served)


def check_behind(way: Way, row: Smuggling, sent: list[str], count: int) -> None:
    """sent: by the proxy before; count: answered by the daemon before."""
    new: list[str] = []

    def is_the_same() -> bool:
        new[:] = way.proxy.requests()[len(sent) :]
        return len(new) == way.requests() - count

    eventually("as many requests were answered as the proxy has sent", is_the_same)
    for name, address in (("S", row.hidden_address), ("L", row.last_address)):
        if name in way.served(row):
            assert any(each.endswith(f"myip={address}") for each in new), (name, new)


@pytest.mark.parametrize("row", read_rows(), ids=lambda row: row.what)
def test_nothing_is_served_that_was_not_sent_as_a_request(way: Way, row: Smuggling) -> None:
    before = (way.proxy.requests(), way.requests()) if way.proxy else None
    raw = way.send(bytes_of(row, way.login))
    way.ask_as_victim(row)
    if before is None:
        check_alone(row, raw, way.served(row))
    else:
        check_behind(way, row, *before)
