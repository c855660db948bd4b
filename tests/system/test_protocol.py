# SPDX-License-Identifier: BSD-2-Clause
"""Every rule of docs/PROTOCOL.md against the running daemon, byte by byte.

A rule without a test here fails test_every_rule_is_tested.
"""

from __future__ import annotations

import base64
import contextlib
import itertools
import re
import sqlite3
import ssl
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field

import pytest

from system.conftest import Amazon, Service
from system.harness import (
    HOST,
    TOP,
    ZONE,
    Config,
    Response,
    Tls,
    basic,
    connect,
    dig,
    eventually,
    exchange,
    metrics,
    parse_response,
    read_one,
    read_to_end,
)

STRICT = "strict.example.net"
CAM = f"cam.{ZONE}"
FORM = "Content-Type: application/x-www-form-urlencoded"
JSON = "Content-Type: application/json"
JSON_NAMED = f'{{{{"hostname": "{HOST}", "myip": "{{v4}}"}}}}'
MULTIPART = 'Content-Type: multipart/form-data; boundary="3d6b6a41"'
PARTS = (
    f'--3d6b6a41\r\nContent-Disposition: form-data; name="hostname"\r\n\r\n{HOST}\r\n'
    '--3d6b6a41\r\nContent-Disposition: form-data; name="myip"\r\n\r\n{v4}\r\n--3d6b6a41--\r\n'
)
CHALLENGE = 'Basic realm="DynDNS API Access"'
TESTED: set[str] = set()
COUNTER = itertools.count(1)


def rules(*numbers: str) -> Callable:
    """Marks which rules a test proves."""
    TESTED.update(numbers)
    return lambda test: test


@dataclass
class World:
    """One daemon with its accounts for all rows: user -> secret."""

    service: Service
    secrets: dict[str, str] = field(default_factory=dict)

    def send(self, raw: bytes, *, plain: bool = False) -> bytes:
        daemon = self.service.daemon
        if plain:
            return exchange(daemon.plain_port, raw)
        return exchange(daemon.https_port, raw, daemon.config.tls.context())

    def ask(
        self,
        target: str,
        *,
        user: str | None = "alice",
        method: str = "GET",
        version: str = "HTTP/1.1",
        headers: tuple[str, ...] = (),
        form: str = "",
        host: str | None = "localhost",
    ) -> Response:
        lines = [f"{method} {target} {version}", *headers]
        if host is not None:
            lines.append(f"Host: {host}")
        if user is not None:
            lines.append("Authorization: " + basic(user, self.secrets[user]))
        if form or method in ("POST", "PUT"):
            lines.append(f"Content-Length: {len(form)}")
        raw = "\r\n".join(lines) + "\r\n\r\n" + form
        return parse_response(self.send(raw.encode("latin-1")))


def fresh() -> dict[str, str]:
    """An address of each family that no host has yet, and the same in other spellings."""
    n = next(COUNTER)
    high, low = divmod(n, 250)
    v4, v6 = f"198.51.{100 + high}.{low + 1}", f"2001:db8::{n:x}"
    return {
        "v4": v4,
        "v6": v6,
        "v6_expanded": f"2001:0DB8:0000:0000:0000:0000:0000:{n:04X}",
        "v6_quad": f"2001:db8::0.0.{n // 256}.{n % 256}",
        "v6_escaped": v6.replace(":", "%3a"),
        "public4": f"81.2.{100 + high}.{low + 1}",
        "public6": f"2a02::{n:x}",
    }


def make_world(service: Service) -> World:
    world = World(service)
    ctl = service.ctl
    hosts = {
        "alice": (HOST,),
        "many": (f"a.{ZONE}", f"b.{ZONE}"),
        "crowd": tuple(f"h{n}.{ZONE}" for n in range(20)),
        "pfsense": (f"pf.{ZONE}",),
        "strict": (f"h.{STRICT}",),
        "mixed": (f"mixed.{STRICT}", f"mixed.{ZONE}"),
        "wild": (f"*.wild.{ZONE}",),
        "german": (f"xn--bcher-kva.{ZONE}",),
        "off": (f"off.{ZONE}",),
    }
    for user, names in hosts.items():
        options = ("--quirk", "nochg-as-good") if user == "pfsense" else ()
        world.secrets[user] = ctl.add(user, *names, options=options)
    world.secrets["colon"] = ctl.add("colon", f"colon.{ZONE}", secret="with:two:colons")
    world.secrets["jörg"] = ctl.add("jörg", f"joerg.{ZONE}")
    world.secrets["utf8"] = ctl.add("utf8", f"utf8.{ZONE}", secret="pässwörter")
    ctl.ok("user", "disable", "off")
    return world


@pytest.fixture(name="world", scope="module")
def fixture_world(tmp_path_factory: pytest.TempPathFactory, tls: Tls) -> Iterator[World]:
    lab = {"name-server-addresses": ["127.0.0.1"], "allow-special-addresses": True}
    config = Config(
        tmp_path_factory.mktemp("protocol"),
        tls,
        top={"listen-plain": ["127.0.0.1:0", "[::1]:0"], "dns-responses-per-second": 0},
        zones={ZONE: lab, STRICT: {"name-server-addresses": ["127.0.0.1"]}},
    )
    service = Service(config)
    service.start()
    yield make_world(service)
    service.finish()


# Rows: rule, target (with {v4}, {v6} ... of fresh()), what is sent besides, and the reply.


@dataclass(frozen=True)
class Row:
    rule: str
    target: str
    body: str
    status: int = 200
    sent: dict = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.rule} {self.target[:60]}"


def row(rule: str, target: str, body: str, status: int = 200, **sent: object) -> Row:
    TESTED.update(rule.split())
    return Row(rule, target, body, status, sent)


def query(rule: str, parameters: str, body: str, status: int = 200, **sent: object) -> Row:
    return row(rule, f"/nic/update?{parameters}", body, status, **sent)


NAMED = f"hostname={HOST}&myip={{v4}}"
# As a client sends it that encodes all of its target.
WRAPPED = NAMED.replace("=", "%3d").replace("&", "%26")
GOOD = "good {v4}"
LONG = "x" * 4096

ROWS = [
    # 1. Request
    *(
        row("R1", f"{path}?{NAMED}", GOOD)
        for path in ("/nic/update", "/v3/update", "/update", "/dyndns/update")
    ),
    row("R2", f"/nic/update/?{NAMED}", GOOD),
    row("R2", f"//nic///update//?{NAMED}", GOOD),
    row("R2", f"nic/update?{NAMED}", GOOD, version="HTTP/1.0"),
    row("R2", f"/\\/nic/update?{NAMED}", GOOD),
    row("R2", f"\\nic\\update?{NAMED}", GOOD),
    row("R2", f"/nic/update:8443?{NAMED}", GOOD),
    row("R2", f"http://localhost/nic/update?{NAMED}", GOOD, version="HTTP/1.0"),
    row("R2", f"https://ddns.example.test:8443/nic/update?{NAMED}", GOOD),
    row("R2", f"/nic%2Fupdate?{NAMED}", GOOD),
    row("R2", f"%2fnic%2fupdat%65%2f?{NAMED}", GOOD, version="HTTP/1.0"),
    row("R2", f"/nic/update%3A8443?{NAMED}", GOOD),
    row("R2 V16", f"/nic%252Fupdate?{NAMED}", "not found", 404),
    row("R2", f"/nic/update%3F{NAMED}", GOOD),
    row("R2 R5", f"%2fnic%2fupdate%3f{WRAPPED}", GOOD, version="HTTP/1.0"),
    row("R5", f"/nic/update?{WRAPPED}", GOOD),
    *(query("R3", NAMED, GOOD, method=method) for method in ("GET", "POST", "PUT")),
    *(
        query("R3 V13", NAMED, "badagent", 405, method=method)
        for method in ("DELETE", "PATCH", "OPTIONS", "BREW")
    ),
    row("R4", "/nic/update", GOOD, method="POST", headers=(FORM,), form=NAMED),
    row("R4", "/nic/update", GOOD, method="PUT", headers=(FORM + "; charset=utf-8",), form=NAMED),
    row("R4", "/nic/update", GOOD, method="POST", form=NAMED),
    query("R4", "myip=192.0.2.255", GOOD, method="POST", headers=(FORM,), form="myip={v4}"),
    row("R4", "/nic/update", GOOD, method="GET", headers=(FORM,), form=NAMED),
    row("R4", "/nic/update", GOOD, method="POST", headers=(JSON,), form=JSON_NAMED),
    row("R4", "/nic/update", GOOD, method="PUT", headers=(JSON + "; charset=utf-8",), form=JSON_NAMED),
    row("R4", "/nic/update", GOOD, method="GET", headers=(JSON,), form=JSON_NAMED),
    row("R4", "/nic/update", GOOD, method="POST", headers=(FORM,), form=JSON_NAMED),
    row("R4", "/nic/update", GOOD, method="POST", form=" " + JSON_NAMED + "\n"),
    query("R4", "myip=192.0.2.255", GOOD, method="POST", headers=(JSON,), form=JSON_NAMED),
    row("R4 R5", "/nic/update", GOOD, method="POST", headers=(JSON,), form='{{"MyIP": "{v4}", "n": 1}}'),
    query("R4", NAMED, GOOD, method="POST", headers=(JSON,), form='{{"myip": null}}'),
    row("R4", "/nic/update", GOOD, method="POST", headers=(MULTIPART,), form=PARTS),
    row("R4", "/nic/update", GOOD, method="PUT", headers=(MULTIPART,), form=PARTS.replace("\r", "")),
    row("R4", "/nic/update", GOOD, method="GET", headers=(MULTIPART,), form=PARTS),
    query("R4", NAMED, GOOD, headers=("Content-Type: text/plain",)),
    query("R4", NAMED, GOOD, method="POST", headers=("Content-Type: text/plain",), form="\r\n"),
    *(
        query("R4 V24", NAMED, "unsupported media type", 415, method=method, headers=(kind,), form=form)
        for method, kind, form in (
            ("POST", "Content-Type: text/plain", "myip={v4}"),
            ("GET", "Content-Type: text/plain", "myip={v4}"),
            ("PUT", "Content-Type: application/xml", "<myip>{v4}</myip>"),
            ("POST", "Content-Type: application/octet-stream", "x"),
            ("POST", FORM + "x", "myip={v4}"),
            ("POST", FORM, "{v4}"),
            ("POST", FORM, "hostname=x\nmyip={v4}"),
            ("POST", FORM, "{v4} , 2001:db8::1"),
            ("POST", FORM, "myip: {v4}"),
            ("POST", FORM, "'myip={v4}'"),
            ("POST", FORM, "\xef\xbb\xbfmyip={v4}"),
            ("POST", "Content-Encoding: gzip", "myip={v4}"),
            ("POST", JSON, "myip={v4}"),
            ("POST", JSON, '{{"myip": "{v4}"'),
            ("POST", JSON, '{{"myip": ["{v4}"]}}'),
            ("POST", JSON, '{{"data": {{"myip": "{v4}"}}}}'),
            ("POST", JSON, '[{{"myip": "{v4}"}}]'),
            ("POST", JSON, '{{"myip": 1}}'),
            ("POST", MULTIPART, "myip={v4}"),
            ("POST", MULTIPART, PARTS[:-4]),
            ("POST", MULTIPART, PARTS.replace("\r\n\r\n", "\r\nContent-Type: multipart/mixed\r\n\r\n")),
            ("POST", "Content-Type: multipart/form-data", PARTS),
        )
    ),
    query("R5", f"&&hostname={HOST}&&myip={{v4}}&", GOOD),
    query("R5", f"%68ostname={HOST.replace('.', '%2E')}&my%69p={{v4}}", GOOD),
    query("R5", "hostname=home%2edyn.example.com&myip={v4}", GOOD),
    query("R5", "myip={v6_escaped}", "good {v6}"),
    query("R5", "myip=+{v4}", GOOD),
    query("R5 A1", "myip={v4},+{v6}%0D%0A", "good {v4},{v6}"),
    query("R5 H1", f"+hostname+=%09{HOST}+,&myip={{v4}}%20", GOOD),
    row("R4 R5", "/nic/update", GOOD, method="POST", headers=(JSON,), form='{{"myip": " {v4}\\n"}}'),
    query("A8", "myip={v4}+{v6}", "dnserr"),
    query("R5", f"HOSTNAME={HOST}&MYIP={{v4}}", GOOD),
    query("R5", "HostName=&MyIP={v4}", GOOD),
    query("R5 H6", "MYIP={v4}&HOSTNAME=nobody.example.org&myip={v4}", "nohost"),
    query("R5", f"?hostname={HOST}&myip={{v4}}", GOOD),
    query("R5", "?myip={v4}", GOOD),
    query("R5", f"hostname={HOST}&amp;myip={{v4}}", GOOD),
    query("R5", "wildcard=ON&AMP;amp;myip={v4}&amp;", GOOD),
    row("R5", "/nic/update", GOOD, method="POST", headers=(FORM,), form=NAMED.replace("&", "&amp;")),
    query("R6", "myip=192.0.2.254&myip={v4}", GOOD),
    query("R6", f"hostname=nobody.example.org&hostname={HOST}&myip={{v4}}", GOOD),
    query("R7", NAMED + "&colour=blue&empty=&%20=%20", GOOD),
    query("R7", NAMED + "&colour=%zz", GOOD),
    *(query("R8 V17", f"myip={value}", "bad request", 400) for value in ("%", "%4", "%zz", "1%00")),
    query("R8 V17", "hostname=home%2", "bad request", 400),
    query("R8 V17", "my%00ip=1", "bad request", 400),
    query("R8 V17", "my%zip=1", "bad request", 400),
    query("R8 V17", "myip[]={v4}", "bad request", 400),
    query("R8 V17", "myip%5B0%5D={v4}&myip%5B1%5D={v6}", "bad request", 400),
    query("R7 R8", "myip={v4}&colour[]=blue", GOOD),
    query("R9", NAMED, GOOD, version="HTTP/1.0", host=None),
    query("R9", NAMED, GOOD, host="somewhere.else.example"),
    query("R9", NAMED, GOOD, host="localhost", headers=("User-Agent: Agent/1",)),
    query("R10", "myip={v4}&" + LONG[: 4096 - 22], GOOD),
    query("R10 V17", LONG + "x", "bad request", 400),
    row("R10", "/nic/update?myip={v4}", GOOD, method="POST", headers=(FORM,), form="x=" + LONG[2:]),
    row(
        "R10 V18",
        "/nic/update?myip={v4}",
        "body too large",
        413,
        method="POST",
        headers=(FORM,),
        form=LONG + "x",
    ),
    # 2. Parameters
    query("P1", NAMED, GOOD),
    query("P2", f"host={HOST}&myip={{v4}}", GOOD),
    query("P2", f"domain={HOST}&myip={{v4}}", GOOD),
    query("P2", f"host_id={HOST}&hostname=YES&myip={{v4}}", GOOD),
    query("P2", f"host_id=nobody.example.org&host={HOST}&hostname=&myip={{v4}}", GOOD),
    query("P2", f"hostname=nobody.example.org&host={HOST}&myip={{v4}}", "nohost"),
    query("P3", "myip={v4}", GOOD),
    *(query("P4", f"{name}={{v4}}", GOOD) for name in ("myip2", "ip", "myipv4", "myip4", "ipv4", "ip4")),
    *(query("P4", f"{name}={{v6}}", "good {v6}") for name in ("myipv6", "myip6", "ipv6", "ip6")),
    query("P4", "myip={v4}&myipv6={v6}", "good {v4},{v6}"),
    query("P4", "ip6={v6}&ip={v4}", "good {v4},{v6}"),
    query("P4", "ip4={v4}&ip6={v6}", "good {v4},{v6}"),
    query("P5", NAMED + "&system=dyndns&wildcard=ON&mx=x&backmx=NO&url=u&offline=YES", GOOD),
    query("P6", NAMED + "&username=x&password=y&token=z&user=u&pass=p", GOOD),
    query("P6", NAMED + "&username=alice&password=x", "badauth", 401, user=None),
    # 3. Host names
    query("H1", f"hostname=a.{ZONE},,b.{ZONE},&myip={{v4}}", "good {v4}\ngood {v4}", user="many"),
    query("H2", "myip={v4}", GOOD),
    *(query("H2", f"hostname={value}&myip={{v4}}", GOOD) for value in ("", "YES", ",")),
    query("H2 V11", "myip={v4}", "notfqdn", user="many"),
    query("H3", "hostname=any&myip={v4}", GOOD),
    query("H3", "hostname=any&myip={v4}", "notfqdn", user="many"),
    query("H4", f"hostname={HOST.upper()}.&myip={{v4}}", GOOD),
    *(
        query("H5 V11", f"hostname={name}&myip={{v4}}", "notfqdn")
        for name in (
            "a..example.com",
            "a%20b.example.com",
            "a%2Bb.example.com",
            "b%C3%BC_cher.example.com",
            "x" * 64 + ".example.com",
            ".".join(["x" * 60] * 5),
            "192.0.2.1",
            "a.*.example.com",
        )
    ),
    *(
        query("H5 V10", f"hostname={name}&myip={{v4}}", "nohost")
        for name in ("-a-.example.com", "a_b.example.com", "a--b.example.com", "xn--z--.example.com")
    ),
    query("H5", f"hostname=a..b.example.com,{HOST}&myip={{v4}}", "notfqdn\ngood {v4}"),
    query("H5", f"hostname=*.wild.{ZONE}&myip={{v4}}", GOOD, user="wild"),
    query("H5", f"hostname=b%C3%BCcher.{ZONE}&myip={{v4}}", GOOD, user="german"),
    query("H6 V10", f"hostname=nobody.{ZONE}&myip={{v4}}", "nohost"),
    query("H6 V10", f"hostname=a.{ZONE}&myip={{v4}}", "nohost"),
    query("H6 V10", f"hostname=x.{HOST}&myip={{v4}}", "nohost"),
    query("H6 V10", "hostname=home.dyn&myip={v4}", "nohost"),
    query("H6", f"hostname={HOST},nobody.{ZONE}&myip={{v4}}", "good {v4}\nnohost"),
    query(
        "H7",
        f"hostname={','.join(f'h{n}.{ZONE}' for n in range(20))}&myip={{v4}}",
        "\n".join(["good {v4}"] * 20),
        user="crowd",
    ),
    query(
        "H7 V12",
        f"hostname={','.join(f'h{n}.{ZONE}' for n in range(21))}&myip={{v4}}",
        "numhost",
        user="crowd",
    ),
    query("H8", f"hostname=a.{ZONE},b.{ZONE}&myip={{v4}}", "good {v4}\ngood {v4}", user="many"),
    # 4. Addresses
    query("A1", "myip={v6},{v4}", "good {v4},{v6}"),
    query("A1", "myipv6={v4}", GOOD),
    query("A2", "myip={v6_expanded}", "good {v6}"),
    query("A2", "myip={v6_quad}", "good {v6}"),
    *(query("A2", f"myip={value}", "dnserr") for value in ("192.0.2.01", "192.0.2", "0x7f.1")),
    query("A3", "myip=[{v6}]", "good {v6}"),
    query("A3", "myip={v6}/64", "good {v6}"),
    query("A3", "myip={v4}/24", GOOD),
    query("A3", "myip={v4}/32,{v6}/128", "good {v4},{v6}"),
    *(
        query("A3 A8", f"myip={value}", "dnserr")
        for value in ("192.0.2.0/24", "2001:db8:1:2::/64", "{v4},2001:db8:1:4::/62", "::/0")
    ),
    query("A3", "myip=::ffff:{v4}", GOOD),
    *(query("A3", f"myip={value}", "dnserr") for value in ("192.0.2.1/33", "2001:db8::1/129")),
    *(query("A4 A5", f"myip={value}", "good 127.0.0.1") for value in ("", "auto", ",,", "%20")),
    query("A4", "myip={v4},,auto", GOOD),
    query("A7", "myip={v4},{v6}&myipv6=preserve", GOOD),
    query("A7", "myip={v4},{v6}&myipv4=no", "good {v6}"),
    query("A7", "myip=no", "dnserr"),
    query("A7", "myip=preserve&myipv6={v6}", "good {v6}"),
    *(
        query("A8 V9", f"myip={value}", "dnserr")
        for value in (
            "{v4},192.0.2.253",
            "{v6},2001:db8::fffe",
            "fe80::1%25eth0",
            "home.example.com",
            "{v4},x",
        )
    ),
    query("A8", "myip={v4},{v4}", GOOD),
    query("A8", f"hostname=a.{ZONE},b.{ZONE}&myip=x", "dnserr\ndnserr", user="many"),
    query("A8", f"hostname=a.{ZONE},nobody.{ZONE}&myip=x", "dnserr\nnohost", user="many"),
    *(
        query("A9 V9", f"myip={value}", "dnserr", user="strict")
        for value in (
            "192.0.2.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "169.254.1.1",
            "127.0.0.1",
            "224.0.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "2001:db8::1",
            "fe80::1",
            "fc00::1",
            "::1",
            "ff02::1",
            "",
        )
    ),
    query("A9", "myip=8.8.4.4", "good 8.8.4.4", user="strict"),
    query(
        "A9",
        f"hostname=mixed.{STRICT},mixed.{ZONE}&myip=192.0.2.1",
        "dnserr\ngood 192.0.2.1",
        user="mixed",
    ),
    query(
        "A9 H8",
        f"hostname=mixed.{STRICT},mixed.{ZONE}&myip=192.168.1.7,{{public6}}",
        "good {public6}\ngood 192.168.1.7,{public6}",
        user="mixed",
    ),
    *(
        query("A6 A9", f"myip={value},{{public6}}", "good {public6}", user="strict")
        for value in ("100.64.0.1", "192.168.178.20", "192.0.0.2", "0.0.0.0", "255.255.255.255")
    ),
    *(
        query("A6 A9", f"myip={{public4}}&myipv6={value}", "good {public4}", user="strict")
        for value in ("::", "fd00::1", "fe80::1", "ff02::1", "2001:db8::1")
    ),
    query("A9", "myip=100.64.0.1,fd00::1", "dnserr", user="strict"),
    *(
        query("A9", f"myip={{public4}}&myipv6={value}", "good {public4}", user="strict")
        for value in ("fec0::1", "::127.0.0.1", "::ffff:0:10.0.0.1", "4000::1", "2002::1", "3fff::1")
    ),
    query("A8 A9", "myip=100.64.0.1,home", "dnserr", user="strict"),
    *(
        query("A9 V9", f"myip={value}", "dnserr")
        for value in ("0.0.0.0", "::", "255.255.255.255", "224.0.0.1", "ff02::1", "0.0.0.0,::")
    ),
    *(
        query("A9", f"myip={value},{{v6}}", "good {v6}")
        for value in ("0.0.0.0", "255.255.255.255", "224.0.0.1")
    ),
    query("A9", "myip={v4}&myipv6=::", GOOD),
    query("A10", "myip={v6_expanded},{v4}", "good {v4},{v6}"),
    query(
        "A11",
        "",
        "good 127.0.0.1",
        headers=("X-Forwarded-For: 192.0.2.77", "Client-IP: 192.0.2.78"),
    ),
    # 8. Other paths
    *(row("V16", path, "not found", 404) for path in ("/", "/nic", "/nic/updates", "/index.html")),
    row("R2 V16", "http://example.com/", "not found", 404, host="checkip.example.com"),
    row("V16", "/%2e%2e/etc/passwd", "not found", 404, user=None),
    row("O2 A11", "/myip", "127.0.0.1", user=None, headers=("X-Forwarded-For: 192.0.2.77",)),
    row("O3", "/healthz", "ok", user=None),
    row("V19", "/healthz", "method not allowed", 405, user=None, method="POST"),
    row("V19", "/myip", "method not allowed", 405, user=None, method="PUT"),
    row("V19", "/checkip", "method not allowed", 405, user=None, method="DELETE"),
]


def check_headers(answer: Response, content_type: str = "text/plain") -> None:
    """F3 and F4, which hold for every reply."""
    assert answer.version == "HTTP/1.1"
    assert answer.one("Content-Length") == str(len(answer.body))
    assert (answer.one("Content-Type") or "").split(";")[0] == content_type
    assert answer.one("Cache-Control") == "no-store"
    assert answer.one("Connection") == "close"
    assert answer.all("Transfer-Encoding") == answer.all("Location") == []


TESTED.update({"F2", "F3", "F4"})


@pytest.mark.parametrize("case", ROWS, ids=str)
def test_row(world: World, case: Row) -> None:
    address = fresh()
    sent = dict(case.sent)
    if case.body == "good 127.0.0.1":  # the sender's own address is the same in every row
        world.ask(f"/nic/update?myip={address['v4']}")
    if "form" in sent:
        sent["form"] = sent["form"].format(**address)
    answer = world.ask(case.target.format(**address), **sent)
    assert (answer.status, answer.text) == (case.status, case.body.format(**address))
    check_headers(answer)
    if case.status == 405:
        allowed = "GET, POST, PUT" if case.body == "badagent" else "GET, HEAD"
        assert answer.one("Allow") == allowed
    assert (answer.one("Retry-After") is None) and (answer.status == 401) == bool(
        answer.all("WWW-Authenticate")
    )


@rules("V1", "V2", "V3", "V4", "V7", "F1")
def test_good_then_nochg_for_each_family(world: World) -> None:
    one, two = fresh(), fresh()

    def ask(addresses: str, user: str = "alice", name: str = HOST) -> str:
        return world.ask(f"/nic/update?hostname={name}&myip={addresses}", user=user).text

    for given in (one["v4"], one["v6"], f"{two['v4']},{two['v6']}"):
        assert ask(given) == f"good {given}"
        assert ask(given) == f"nochg {given}"
    a, b, new = f"a.{ZONE}", f"b.{ZONE}", fresh()["v4"]
    assert ask(new, "many", b) == f"good {new}"
    assert ask(new, "many", f"{a},{b}") == f"good {new}\nnochg {new}"
    assert ask(new, "many", f"{b},{a}") == f"nochg {new}\nnochg {new}"


@rules("H8")
def test_name_given_twice_gets_two_lines(world: World) -> None:
    address = fresh()["v4"]
    lines = world.ask(f"/nic/update?hostname={HOST},{HOST}&myip={address}").text.split("\n")
    assert len(lines) == 2 and {line.split()[1] for line in lines} == {address}
    assert {line.split()[0] for line in lines} <= {"good", "nochg"}


@rules("A6")
def test_one_family_leaves_the_other_alone(world: World) -> None:
    first, second = fresh(), fresh()
    port = world.service.daemon.dns_port
    world.ask(f"/nic/update?myip={first['v4']},{first['v6']}")
    world.ask(f"/nic/update?myip={second['v4']}&offline=YES&myipv6=")
    assert dig(port, HOST, "A") == [second["v4"]]
    assert dig(port, HOST, "AAAA") == [first["v6"]]


@rules("A6", "A9")
def test_family_that_cannot_be_used_stays_as_it_was(world: World) -> None:
    first, second = fresh(), fresh()
    port, name = world.service.daemon.dns_port, f"h.{STRICT}"
    world.ask(f"/nic/update?myip={first['public4']},{first['public6']}", user="strict")
    answer = world.ask(f"/nic/update?myip=100.64.0.1,{second['public6']}", user="strict")
    assert answer.text == f"good {second['public6']}"
    assert dig(port, name, "A") == [first["public4"]]
    assert dig(port, name, "AAAA") == [second["public6"]]
    world.service.daemon.wait_log(f"myip=100.64.0.1,{second['public6']} left-out=100.64.0.1")


@rules("A8")
def test_spoilt_request_changes_nothing(world: World) -> None:
    before = fresh()["v4"]
    world.ask(f"/nic/update?myip={before}")
    assert world.ask(f"/nic/update?myip={fresh()['v4']},nonsense").text == "dnserr"
    assert dig(world.service.daemon.dns_port, HOST, "A") == [before]


@rules("R4", "V24")
def test_body_that_nobody_can_read_changes_nothing(world: World) -> None:
    before = fresh()["v4"]
    world.ask(f"/nic/update?myip={before}")
    answer = world.ask("/nic/update", method="POST", headers=("Content-Type: text/plain",), form="x")
    assert answer.status == 415
    assert dig(world.service.daemon.dns_port, HOST, "A") == [before]


@rules("V6")
def test_quirk_says_good_where_nothing_changed(world: World) -> None:
    address = fresh()["v4"]
    for _ in range(3):
        answer = world.ask(f"/nic/update?myip={address}", user="pfsense")
        assert answer.text == f"good {address}"


@rules("V5")
def test_old_publication_is_published_again_behind_the_answer(
    make_service: Callable[..., Service],
) -> None:
    zone = {
        "name-server-addresses": ["127.0.0.1"],
        "allow-special-addresses": True,
        "republish-interval": 1,
    }
    service = make_service(zones={ZONE: zone}, top={"admin-listen": ["127.0.0.1:0"]})
    secret = service.ctl.add("alice", HOST)
    service.start()
    router = service.router("alice", secret)
    assert router.update("myip=192.0.2.1").text == "good 192.0.2.1"

    def repeated() -> bool:
        assert router.update("myip=192.0.2.1").text == "nochg 192.0.2.1"
        return metrics(service.daemon)["mooring_republications_total"] > 0

    eventually("the same address is published again", repeated, timeout=5)


@rules("V23")
def test_what_another_hosted_zone_has_is_published_again(world: World) -> None:
    address = fresh()["v4"]
    assert world.ask(f"/nic/update?myip={address}").text == f"good {address}"
    path = world.service.ctl.config.parent / "mooring.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE hosts SET pub_zone = 'Z0ANOTHER' WHERE name = ?", (HOST,))
    # The daemon asks once a sync-interval whether another program wrote.
    eventually(
        "published again",
        lambda: world.ask(f"/nic/update?myip={address}").text == f"good {address}",
    )
    assert world.ask(f"/nic/update?myip={address}").text == f"nochg {address}"


BASIC = [
    ("C1", "basic {pair}", 200),
    ("C1", "BASIC  {pair}", 200),
    ("C1", "Basic {unpadded}", 200),
    ("C4", "Bearer {pair}", 401),
    ("C4", "Basic", 401),
    ("C4", "Basic !!!!", 401),
    ("C4", "Basic {no_colon}", 401),
    ("C4", "Basic {wrong}", 401),
    ("C4", "Basic {unknown}", 401),
    ("C4", "Basic {disabled}", 401),
    ("C4", "Basic {half}", 401),
    ("C2", "Basic {control}", 401),
    ("C2", "Basic {long_user}", 401),
    ("C2", "Basic {long_password}", 401),
    ("C2", "Basic {colon}", 200),
    ("C3", "Basic {utf8}", 200),
    ("C3", "Basic {latin1}", 200),
    ("C2 C3", "Basic {latin1_login}", 200),
    ("C2 C3", "Basic {utf8_login}", 200),
    ("C3", "Basic {mixed}", 401),
    ("C5", "Basic {empty}", 401),
]


def pairs(world: World) -> dict[str, str]:
    secret = world.secrets["alice"]
    plain = {
        "pair": f"alice:{secret}",
        "no_colon": "alice",
        "wrong": f"alice:{secret}x",
        "unknown": f"nobody:{secret}",
        "disabled": f"off:{world.secrets['off']}",
        "half": f"alice:{secret[:16]}",
        "control": f"alice:{secret}\n",
        "long_user": "a" * 129 + ":x",
        "long_password": "alice:" + "x" * 257,
        "colon": f"colon:{world.secrets['colon']}",
        "utf8": f"utf8:{world.secrets['utf8']}",
        "empty": "alice:",
    }
    coded = {name: base64.b64encode(text.encode()).decode() for name, text in plain.items()}
    coded["latin1"] = base64.b64encode(f"utf8:{world.secrets['utf8']}".encode("latin-1")).decode()
    login = f"jörg:{world.secrets['jörg']}"
    for name, charset in (("latin1_login", "latin-1"), ("utf8_login", "utf-8")):
        coded[name] = base64.b64encode(login.encode(charset)).decode()
    # Latin-1 that is no UTF-8, and then UTF-8: no client sends that.
    mixed = "utf8:p\xe4ssw".encode("latin-1") + "örter".encode()
    coded["mixed"] = base64.b64encode(mixed).decode()
    coded["unpadded"] = coded["pair"].rstrip("=")
    return coded


@rules("C1", "C2", "C3", "C4", "C5", "V8")
@pytest.mark.parametrize("case", BASIC, ids=lambda case: f"{case[0]} {case[1]}")
def test_credentials(world: World, case: tuple[str, str, int]) -> None:
    _, template, status = case
    header = "Authorization: " + template.format(**pairs(world))
    answer = world.ask(f"/nic/update?myip={fresh()['v4']}", user=None, headers=(header,))
    assert answer.status == status
    if status == 401:
        assert answer.text == "badauth" and answer.one("WWW-Authenticate") == CHALLENGE
    check_headers(answer)


@rules("C4")
def test_every_refusal_is_the_same_byte_for_byte(world: World) -> None:
    coded = pairs(world)
    names = ("wrong", "unknown", "disabled", "half", "no_colon", "long_user", "empty")
    headers = [(), *(("Authorization: Basic " + coded[name],) for name in names)]
    replies = set()
    for given in headers:
        raw = "\r\n".join(["GET /nic/update?hostname=x HTTP/1.1", "Host: x", *given]) + "\r\n\r\n"
        reply = world.send(raw.encode())
        replies.add(re.sub(rb"\r\nDate: [^\r]*", b"", reply))
    assert len(replies) == 1, replies


@rules("C6", "V15")
def test_account_that_a_hand_broke_is_refused_or_put_off_alone(embedded: Service) -> None:
    """With SQLite; test_rows.py has the table of the serverless stack."""
    secrets = {user: embedded.ctl.add(user, f"{user}.{ZONE}") for user in ("pass", "host", "ttl")}
    store = embedded.config.directory / "mooring.db"
    with contextlib.closing(sqlite3.connect(store)) as db, db:
        db.execute("UPDATE accounts SET secret = '$argon2id$x' WHERE user = 'pass'")
        db.execute("UPDATE hosts SET name = 'no name' WHERE user = 'host'")
        db.execute("UPDATE accounts SET ttl = 1764400000 WHERE user = 'ttl'")
        db.execute("UPDATE hosts SET seq = -1, v4 = 'x' WHERE user = 'ttl'")
    answers = {
        user: embedded.router(user, secret).update("myip=203.0.113.5")
        for user, secret in secrets.items()
    }
    assert {user: (answer.status, answer.text) for user, answer in answers.items()} == {
        "pass": (401, "badauth"),
        "host": (503, "911"),
        "ttl": (200, "good 203.0.113.5"),
    }
    assert answers["host"].one("Retry-After")
    assert embedded.router("ttl", secrets["ttl"]).update("myip=203.0.113.5").text.startswith("nochg")
    assert not embedded.daemon.log_lines("the store is in trouble")
    why = embedded.daemon.log_lines("an account cannot be used as it is stored")
    assert "user=pass" in why[0]


def test_checks_come_in_the_order_that_is_promised(world: World) -> None:
    """Method, form of the credentials, parameters, account, host names, addresses."""
    bad = ("Authorization: Basic !!!!",)
    wrong = ("Authorization: " + basic("alice", "wrong"),)
    asked = [
        ("DELETE", bad, "myip=%zz", "badagent"),
        ("GET", bad, "myip=%zz", "badauth"),
        ("GET", wrong, "myip=%zz", "bad request"),
        ("GET", wrong, f"hostname={HOST}&myip=x", "badauth"),
    ]
    for method, headers, parameters, body in asked:
        answer = world.ask(f"/nic/update?{parameters}", user=None, method=method, headers=headers)
        assert answer.text == body


@rules("V17")
@pytest.mark.parametrize(
    "headers",
    [
        ("Host: one", "Host: two"),
        ("Host: one", "Content-Length: 0", "Content-Length: 4"),
        ("Host: one", "Content-Length: 4", "Transfer-Encoding: chunked"),
        ("Host: one", "Transfer-Encoding: chunked"),
        ("Host: one", "Transfer-Encoding: gzip"),
        ("Host: one", "Authorization: Basic eDp5", "Authorization: Basic eDp6"),
        (),
    ],
    ids=lambda headers: ", ".join(headers) or "no Host",
)
def test_contradictory_headers_are_a_bad_request(world: World, headers: tuple[str, ...]) -> None:
    answer = world.ask("/nic/update?myip=192.0.2.1", user=None, host=None, headers=headers)
    assert (answer.status, answer.text) == (400, "bad request")
    check_headers(answer)


@rules("R11", "R12", "V17", "V21", "V22")
@pytest.mark.parametrize("plain", [True, False], ids=["plain", "tls"])
@pytest.mark.parametrize(
    ("head", "status", "body"),
    [
        (b"GET /healthz HTTP/1.1\nHost: x\n\n", 200, "ok"),
        (b"\r\nGET /healthz HTTP/1.0\r\n\r\n", 200, "ok"),
        (b"GET /healthz\r\n\r\n", 400, "bad request"),
        (b"GET /healthz x HTTP/1.1\r\nHost: x\r\n\r\n", 400, "bad request"),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n", 400, "bad request"),
        (b"\x16\x03\x01", 400, "bad request"),
        (b"GET /healthz HTTP/1.1\r\nX: " + b"a" * 17000, 431, "head too large"),
        (b"GET /healthz HTTP/2.0\r\nHost: x\r\n\r\n", 505, "version not supported"),
    ],
)
def test_head_is_served_or_refused_like_any_request(
    world: World, plain: bool, head: bytes, status: int, body: str
) -> None:
    """heads.py has all of them."""
    answer = parse_response(world.send(head, plain=plain))
    assert (answer.status, answer.text) == (status, body)
    check_headers(answer)


@rules("V20")
def test_plain_http_on_a_port_for_https_is_a_bad_request(world: World) -> None:
    raw = exchange(world.service.daemon.https_port, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    answer = parse_response(raw)
    assert (answer.status, answer.text) == (400, "bad request: this port takes HTTPS only")
    check_headers(answer)


@rules("V9")
def test_host_in_no_zone_is_dnserr(make_service: Callable[..., Service]) -> None:
    lab = {"name-server-addresses": ["127.0.0.1"], "allow-special-addresses": True}
    secret = make_service(zones={ZONE: lab, STRICT: lab}).ctl.add("alice", f"h.{STRICT}", HOST)
    service = make_service(zones={ZONE: lab})
    service.start()
    router = service.router("alice", secret)
    answer = router.update(f"hostname=h.{STRICT},{HOST}&myip=192.0.2.1")
    assert (answer.status, answer.text) == (200, "dnserr\ngood 192.0.2.1")
    service.daemon.wait_log("no configured zone")


@rules("V14", "V15", "F5", "T2")
def test_trouble_of_the_backend_and_of_the_store(
    amazon: Amazon, make_service: Callable[..., Service]
) -> None:
    service = amazon.service(make_service, top={"retry-after": 77, "update-deadline": 3})
    secret = service.ctl.add("alice", HOST)
    service.start()
    router = service.router("alice", secret)
    amazon.gate.script.fail(
        "route53:ChangeResourceRecordSets", "AccessDenied", "not for you", times=None
    )
    answer = router.update(f"hostname={HOST},nobody.{ZONE}&myip=192.0.2.1")
    assert (answer.status, answer.text) == (503, "dnserr\nnohost")
    assert answer.one("Retry-After") == "77"
    check_headers(answer)
    amazon.gate.script.fail("dynamodb:GetItem", "InternalServerError", "", status=500, times=None)
    answer = router.update("myip=192.0.2.1")
    assert (answer.status, answer.text, answer.one("Retry-After")) == (503, "911", "77")
    check_headers(answer)


@rules("V15")
def test_slow_backend_is_911_and_then_nochg(
    amazon: Amazon, make_service: Callable[..., Service]
) -> None:
    service = amazon.service(make_service, top={"update-deadline": 1})
    secret = service.ctl.add("alice", HOST)
    service.start()
    router = service.router("alice", secret)
    hold = amazon.gate.script.hold_before("route53:ChangeResourceRecordSets")
    answer = router.update("myip=192.0.2.1")
    assert (answer.status, answer.text) == (503, "911")
    assert amazon.records() == {}
    hold.release()
    eventually("the intent is published", lambda: amazon.records() == {(HOST, "A"): ["192.0.2.1"]})
    eventually(
        "the publication is confirmed",
        lambda: router.update("myip=192.0.2.1").text == "nochg 192.0.2.1",
    )


@rules("F4", "S3")
def test_connection_is_kept_only_when_asked(world: World) -> None:
    daemon = world.service.daemon
    raw = b"GET /myip HTTP/1.%d\r\nHost: x\r\nConnection: keep-alive\r\n\r\n"
    for minor in (0, 1):
        with connect(daemon.https_port, daemon.config.tls.context()) as sock:
            for _ in range(3):
                sock.sendall(raw % minor)
                assert read_one(sock).text == "127.0.0.1"
            sock.sendall(b"GET /myip HTTP/1.1\r\nHost: x\r\n\r\n")
            assert parse_response(read_to_end(sock)).one("Connection") == "close"


@rules("F6")
def test_largest_reply_is_below_two_kilobytes(world: World) -> None:
    names = ",".join(f"h{n}.{ZONE}" for n in range(20))
    v4, v6 = "255.255.255.254", "2001:db8:1111:2222:3333:4444:5555:6666"
    raw = (
        f"GET /nic/update?hostname={names}&myip={v4},{v6} HTTP/1.1\r\nHost: x\r\nAuthorization:"
        f" {basic('crowd', world.secrets['crowd'])}\r\n\r\n"
    )
    reply = world.send(raw.encode())
    assert parse_response(reply).text == "\n".join([f"good {v4},{v6}"] * 20)
    assert len(reply) < 2048


CHECKIP = (
    "<html><head><title>Current IP Check</title></head>"
    "<body>Current IP Address: 127.0.0.1</body></html>\r\n"
)


@rules("O1")
@pytest.mark.parametrize(
    ("path", "host"),
    [
        ("/checkip", "x"),
        ("/nic/checkip", "x"),
        ("/%63heckip", "x"),
        ("/", "checkip.example.com"),
        ("/", "CheckIPv6.example.com:8443"),
        ("http://checkip6.example.com/", "x"),
        ("http://checkip.example.com", "x"),
    ],
)
def test_checkip(world: World, path: str, host: str) -> None:
    answer = world.ask(path, user=None, host=host)
    assert (answer.status, answer.text) == (200, CHECKIP)
    check_headers(answer, "text/html")


@rules("V19", "O3")
@pytest.mark.parametrize("path", ["/checkip", "/myip", "/healthz"])
def test_head_has_the_length_and_no_body(world: World, path: str) -> None:
    got = world.ask(path, user=None)
    head = world.ask(path, user=None, method="HEAD")
    assert head.status == 200 and head.body == b""
    assert head.one("Content-Length") == str(len(got.body))


@rules("S1")
def test_certificate_comes_without_sni_and_old_tls_is_refused(world: World) -> None:
    daemon = world.service.daemon
    context = daemon.config.tls.context()
    context.check_hostname = False
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context.minimum_version = context.maximum_version = version
        with connect(daemon.https_port) as plain, context.wrap_socket(plain) as sock:
            assert sock.version() == {771: "TLSv1.2", 772: "TLSv1.3"}[int(version)]
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname = False
    old.verify_mode = ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with connect(daemon.https_port) as plain, pytest.raises((ssl.SSLError, ConnectionError)):
        old.wrap_socket(plain)


@rules("S2")
def test_plain_http_is_the_same_service_without_redirect(world: World) -> None:
    address = fresh()["v4"]
    login = basic("alice", world.secrets["alice"])
    raw = f"GET /nic/update?myip={address} HTTP/1.0\r\nAuthorization: {login}\r\n\r\n".encode()
    answer = parse_response(world.send(raw, plain=True))
    assert (answer.status, answer.text) == (200, f"good {address}")
    check_headers(answer)
    assert answer.all("Strict-Transport-Security") == []


@rules("S2")
def test_there_is_no_plain_http_by_default(embedded: Service) -> None:
    assert embedded.daemon.ports("plain") == []


@rules("S4")
def test_deadlines_hold_however_steadily_bytes_arrive(make_service: Callable[..., Service]) -> None:
    service = make_service(
        top={
            "listen-plain": ["127.0.0.1:0"],
            "header-timeout": 1,
            "body-timeout": 2,
            "keepalive-timeout": 1,
        }
    )
    daemon = service.start()
    starts = {
        "head": b"GET /nic/upd",
        "body": b"POST /nic/update HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n",
        "idle": b"GET /myip HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n",
    }
    for what, start in starts.items():
        with connect(daemon.plain_port) as sock:
            sock.sendall(start)
            sock.settimeout(0.2)
            for _ in range(40):  # eight seconds at most
                try:
                    if sock.recv(4096) == b"":
                        break
                except TimeoutError:
                    pass
                except ConnectionError:
                    break
                if what != "idle":
                    try:
                        sock.sendall(b"a")
                    except ConnectionError:
                        break
            else:
                pytest.fail(f"the connection with a slow {what} was not cut")


def test_every_rule_is_tested() -> None:
    text = (TOP / "docs" / "PROTOCOL.md").read_text()
    numbers = set(re.findall(r"^\| ([A-Z][0-9]+) \|", text, re.M))
    # T is advice to clients, D explains differences that other rules state.
    wanted = {number for number in numbers if number[0] not in "TD"}
    assert len(wanted) > 60
    assert wanted - TESTED == set()
    assert TESTED - numbers == set()
