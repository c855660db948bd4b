# SPDX-License-Identifier: BSD-2-Clause
"""Runs rows of tests/protocol against the daemon that they are about."""

from __future__ import annotations

import contextlib
import re
import socket
import sqlite3
import ssl
import struct
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

from system.conftest import Service
from system.harness import (
    STOP_TIMEOUT_S,
    ZONE,
    Config,
    Daemon,
    Tls,
    Value,
    basic,
    eventually,
    read_to_end,
)
from system.nameserver import encode_name
from system.rows import PSEUDO, Account, Accounts, Exchange, Reply, Row, read_accounts, unescape

STRICT = "strict.example.net"
TROUBLE = "trouble.example.net"
TRUSTED = "127.0.0.2"
MEMORY = "/dev/shm"
PREFIX_TRIES = 1000
WAYS = ("plain", "plain-kept", "plain-bytes", "tls", "tls-kept", "tls-bytes")
# Listeners of their own: name -> which of the daemon's ports of a kind it is, and what it is set to.
LISTENERS: dict[str, tuple[str, int, dict[str, Value]]] = {
    "query": ("https", 1, {"query-credentials": "tls"}),
    "proxied": ("plain", 1, {"tls": "no", "proxy-protocol": True}),
}
CHALLENGE = 'Basic realm="DynDNS API Access"'
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
KEEP = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n"
LAST = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "(Content|Payload|Request Entity) Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable (Content|Entity)",
    431: "Request Header Fields Too Large",
    503: "Service Unavailable",
    505: "HTTP Version Not Supported",
}
ACCOUNTS = read_accounts()


# What is expected of a reply.


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: frozenset[tuple[str, str]]

    def __str__(self) -> str:
        return f"{self.status} {self.body!r} {sorted(self.headers)}"


def expected(reply: Reply, kept: bool, old: bool = False) -> Answer:
    """With the headers of PROTOCOL.md section 6, which rows do not repeat."""
    headers = {
        "Content-Length": str(len(reply.body)),
        "Content-Type": "text/plain",
        "Cache-Control": "no-store",
    }
    if not kept:
        headers["Connection"] = "close"
    elif old:  # to HTTP/1.0, whose default it is not
        headers["Connection"] = "Keep-Alive"
    if reply.status == 401:
        headers["WWW-Authenticate"] = CHALLENGE
    elif reply.status == 405:
        headers["Allow"] = "GET, POST, PUT" if reply.body == b"badagent" else "GET, HEAD"
    elif reply.status == 503:
        headers["Retry-After"] = "60"
    headers.update(reply.headers)
    return Answer(reply.status, reply.body, frozenset(headers.items()))


def take_answer(raw: bytes, head_only: bool) -> tuple[Answer, bytes] | None:
    """The first reply in raw, and what follows it; None while it is not whole."""
    head, separator, rest = raw.partition(b"\r\n\r\n")
    if not separator:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    match = re.fullmatch(r"HTTP/1\.1 ([0-9]{3}) (.*)", first)
    assert match, f"no status line: {first!r}"
    assert re.fullmatch(REASONS[int(match[1])], match[2]), first
    pairs = [tuple(line.split(": ", 1)) for line in lines]
    names = Counter(name.lower() for name, _ in pairs)
    assert max(names.values()) == 1, f"twice: {lines}"
    headers = frozenset(pair for pair in pairs if pair[0] != "Date")
    length = 0 if head_only else int(dict(headers)["Content-Length"])
    if len(rest) < length:
        return None
    return Answer(int(match[1]), rest[:length], headers), rest[length:]


def all_answers(raw: bytes, head_only: bool) -> list[Answer]:
    found = []
    while raw:
        taken = take_answer(raw, head_only)
        assert taken, f"no whole reply: {raw[:200]!r}"
        answer, raw = taken
        found.append(answer)
    return found


# Bytes in.


def request(exchange: Exchange, kept: bool) -> bytes:
    """Of an ask; README.md says what is added."""
    lines = {"host": "Host: localhost"}
    if exchange.account != "nobody":
        login = exchange.owner if exchange.account in PSEUDO else exchange.account
        account = ACCOUNTS.accounts[login]
        secret = {"wrong": "another", "empty": ""}.get(exchange.account, account.secret)
        lines["authorization"] = "Authorization: " + basic(account.name, secret)
    if exchange.body is not None or exchange.ask.split()[0] in ("POST", "PUT"):
        lines["content-length"] = f"Content-Length: {len(exchange.body or b'')}"
    if kept:
        lines["connection"] = "Connection: keep-alive"
    for line in exchange.head:
        lines.pop(line.partition(":")[0].lstrip("-").lower(), None)
    head = [unescape(line) for line in exchange.head if not line.startswith("-")]
    whole = [unescape(exchange.ask), *(line.encode() for line in lines.values()), *head]
    return b"\r\n".join(whole) + b"\r\n\r\n" + (exchange.body or b"")


def pieces(length: int) -> Iterator[tuple[int, int]]:
    """Single bytes; of much, the middle in pieces of an odd size."""
    at = 0
    while at < length:
        end = min(at + 1 if at < 400 or at >= length - 200 else at + 97, length)
        yield at, end
        at = end


class ByteByByte:
    """A proxy in front of one port that hands on each byte of the client by itself."""

    def __init__(self, port: int) -> None:
        self.upstream = port
        self.source = "127.0.0.1"
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.server.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.server.accept()
                threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client: socket.socket) -> None:
        with client, socket.create_connection(
            ("127.0.0.1", self.upstream), source_address=(self.source, 0)
        ) as daemon:
            daemon.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            back = threading.Thread(target=self.answer, args=(daemon, client), daemon=True)
            back.start()
            with contextlib.suppress(OSError):
                while data := client.recv(65536):
                    for at, end in pieces(len(data)):
                        daemon.sendall(data[at:end])
                daemon.shutdown(socket.SHUT_WR)
            back.join(STOP_TIMEOUT_S)

    @staticmethod
    def answer(daemon: socket.socket, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := daemon.recv(65536):
                client.sendall(data)
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)


# The daemon.


@dataclass
class World:
    service: Service
    hasty: Service
    braked: Service
    proxies: dict[int, ByteByByte] = field(default_factory=dict)
    state: dict[str, tuple[str, str]] = field(default_factory=dict)  # what DNS said last
    setup: socket.socket | None = None

    @property
    def daemon(self) -> Daemon:
        return self.service.daemon

    def port(self, row: Row, way: str) -> int:
        others = {"hasty": self.hasty, "braked": self.braked}
        daemon = others.get(row.listener, self.service).daemon
        if row.listener == "plain-to-tls":
            return daemon.https_port
        if row.listener in LISTENERS:
            kind, n, _ = LISTENERS[row.listener]
            return daemon.ports(kind)[n]
        if row.listener == "acme":
            return daemon.ports("acme")[0]
        return daemon.https_port if way.startswith("tls") else daemon.plain_port

    def connect(self, row: Row, way: str) -> socket.socket:
        port, source = self.port(row, way), row.source
        if way.endswith("-bytes"):
            proxy = self.proxies.setdefault(port, ByteByByte(port))
            proxy.source, port, source = source, proxy.port, "127.0.0.1"
        sock = socket.create_connection(("127.0.0.1", port), 15, source_address=(source, 0))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self.encrypt(sock, row.listener) if way.startswith("tls") else sock

    def encrypt(self, sock: socket.socket, how: str) -> socket.socket:
        context = self.service.config.tls.context()
        versions = {"tls1.2": ssl.TLSVersion.TLSv1_2, "tls1.3": ssl.TLSVersion.TLSv1_3}
        if how in versions:
            context.minimum_version = context.maximum_version = versions[how]
        context.check_hostname = how != "no-sni"
        return context.wrap_socket(sock, server_hostname=None if how == "no-sni" else "localhost")

    def close(self) -> None:
        for one in [self.setup, *(proxy.server for proxy in self.proxies.values())]:
            if one is not None:
                one.close()

    # Records.

    def records(self, host: str) -> tuple[str, str]:
        return tuple(resolve(self.daemon.dns_port, host, kind) for kind in (1, 28))

    def prepare(self, row: Row) -> None:
        """Publishes what its hosts have before; most have it already."""
        account = ACCOUNTS.accounts[row.account]
        wanted = ACCOUNTS.before(row)
        groups: dict[tuple[str, str], list[str]] = {}
        for host, addresses in wanted.items():
            if self.state.get(host) != addresses and not account.idle:
                groups.setdefault(addresses, []).append(host)
        for addresses, hosts in groups.items():
            self.update(account, hosts, addresses)
        if row.hand:
            self.by_hand(row.hand)

    def by_hand(self, statement: str) -> None:
        """Until the daemon has noticed it: it looks once a sync-interval."""
        canary = ACCOUNTS.accounts["canary"]
        publication = ("192.0.2.1", "2001:db8::1")
        self.update(canary, canary.hosts, publication)
        store = self.service.config.directory / "mooring.db"
        with contextlib.closing(sqlite3.connect(store)) as database, database:
            database.execute(statement)
            database.execute("UPDATE hosts SET pub_zone = 'Z0ANOTHER' WHERE user = 'canary'")
        eventually(
            "the daemon reads again",
            lambda: self.update(canary, canary.hosts, publication) == {"good"},
        )

    def update(self, account: Account, hosts: list[str], addresses: tuple[str, str]) -> set[str]:
        # Without a record: of an account that may clear.
        given = ",".join(a if a != "-" else none for a, none in zip(addresses, ("0.0.0.0", "::")))
        target = f"/nic/update?hostname={','.join(hosts)}&myip={given}"
        target += "&ip6lanprefix=no"  # nobody follows a router
        lines = [f"GET {target} HTTP/1.1", "Host: localhost", "Connection: keep-alive"]
        lines.append("Authorization: " + basic(account.name, account.secret))
        if self.setup is None:
            self.setup = socket.create_connection(("127.0.0.1", self.daemon.plain_port), 15)
        self.setup.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        answer, rest = read_kept(self.setup)
        if "Connection" in dict(answer.headers):
            self.setup.close()
            self.setup = None
        words = {line.split()[0] for line in answer.body.decode().split("\n")}
        assert answer.status == 200 and words <= {"good", "nochg"} and not rest, f"{answer}"
        self.state.update({host: addresses for host in hosts})
        return words

    def check_records(self, row: Row) -> None:
        wanted = ACCOUNTS.after(row)
        found = {host: self.records(host) for host in wanted}
        # Nobody waits for the hosts that follow a router's prefix.
        for _ in range(PREFIX_TRIES):
            if found == wanted:
                break
            found = {host: self.records(host) for host in wanted}
        self.state.update(found)
        assert found == wanted


def resolve(port: int, host: str, kind: int) -> str:
    """The one address that the built-in server has; "-": none."""
    question = encode_name(host) + struct.pack("!HH", kind, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(15)
        sock.connect(("127.0.0.1", port))
        sock.send(struct.pack("!6H", 7, 0, 1, 0, 0, 0) + question)
        reply = sock.recv(4096)
    (count,) = struct.unpack_from("!H", reply, 6)
    if count == 0:
        return "-"
    assert count == 1, f"{host}: {count} records"
    at = 12 + len(question) + 10  # the owner is a pointer to the question
    size = {1: 4, 28: 16}[kind]
    family = {1: socket.AF_INET, 28: socket.AF_INET6}[kind]
    return socket.inet_ntop(family, reply[at + 2 : at + 2 + size])


def read_kept(sock: socket.socket, head_only: bool = False) -> tuple[Answer, bytes]:
    """One reply, of a connection that stays open."""
    raw = b""
    while (taken := take_answer(raw.removeprefix(CONTINUE), head_only)) is None:
        data = sock.recv(65536)
        assert data, f"closed after {raw!r}"
        raw += data
    return taken


@contextlib.contextmanager
def running(tls: Tls, kind: type[World] = World) -> Iterator[World]:
    """The daemon with all zones and accounts of the table, and the hasty and the braked one. Their
    stores are in memory where that is possible: thousands of rows wait for each commit."""
    memory = MEMORY if Path(MEMORY).is_dir() else None
    with contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory(dir=memory)))
        operator = stack.enter_context(refusing())
        services = [table_service(directory, tls, operator)]
        services += [hasty_service(directory, tls), braked_service(directory, tls)]
        world = kind(*services)
        for service in services:
            stack.callback(service.finish)
        stack.callback(world.close)
        make_accounts(world.service, ACCOUNTS)
        world.service.start()
        world.hasty.start()
        world.braked.start()
        yield world


PLAIN: dict[str, Value] = {"listen-plain": ["127.0.0.1:0"], "trusted-proxies": [TRUSTED]}


def make_webroot(directory: Path) -> Path:
    """With one challenge in it."""
    folder = directory / "webroot" / ".well-known" / "acme-challenge"
    folder.mkdir(parents=True)
    (folder / "to_k-en").write_text("to_k-en.thumbprint")
    return directory / "webroot"


def table_service(directory: Path, tls: Tls, operator: int) -> Service:
    """operator: the port of whoever has the zone TROUBLE."""
    public: dict[str, Value] = {"name-server-addresses": ["127.0.0.1"]}
    lab = {**public, "allow-special-addresses": True}
    trouble = {
        "publisher": "route53",
        "hosted-zone-id": "Z0TROUBLE",
        "endpoint": f"http://127.0.0.1:{operator}",
        "allow-special-addresses": True,
    }
    # Some heads come in thousands of pieces.
    top = {**PLAIN, "dns-responses-per-second": 0, "header-timeout": 120}
    top |= {"acme-listen": ["127.0.0.1:0"], "acme-webroot": str(make_webroot(directory))}
    zones = {ZONE: lab, STRICT: public, TROUBLE: trouble}
    env = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x"}
    own = {name: {"address": "127.0.0.1:0", **how} for name, (_, _, how) in LISTENERS.items()}
    return Service(Config(directory, tls, top=top, zones=zones, listeners=own), env)


def hasty_service(directory: Path, tls: Tls) -> Service:
    hasty = directory / "hasty"
    hasty.mkdir()
    timeouts = {"header-timeout": 1, "body-timeout": 1, "keepalive-timeout": 1}
    top = {**PLAIN, **timeouts, "client-address-header": "forwarded"}
    return Service(Config(hasty, tls, top=top))


def braked_service(directory: Path, tls: Tls) -> Service:
    """With the accounts that rows about brakes ask for. No penalty runs down in a row."""
    braked = directory / "braked"
    braked.mkdir()
    top = {**PLAIN, "auth-penalty": 120, "auth-penalty-max": 7200, "changes-per-hour": 2}
    service = Service(Config(braked, tls, top=top))
    for name in ("home", "many", "german"):
        one = ACCOUNTS.accounts[name]
        service.ctl.add(one.name, *one.hosts, secret=one.secret)
    return service


class Refuses(BaseHTTPRequestHandler):
    """Route 53 to somebody whose rights are gone."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = (
            b"<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>"
            b"<Message>not for you</Message></Error><RequestId>1</RequestId></ErrorResponse>"
        )
        self.send_response(403)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def refusing() -> Iterator[int]:
    """The port of one."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Refuses) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server.server_port
        server.shutdown()


def make_accounts(service: Service, accounts: Accounts) -> None:
    for one in accounts.accounts.values():
        service.ctl.add(one.name, *one.hosts, secret=one.secret, options=tuple(one.options))
    for words in accounts.commands:
        service.ctl.ok(*words)
    store = service.config.directory / "mooring.db"
    with contextlib.closing(sqlite3.connect(store)) as database, database:
        for statement in accounts.by_hand:
            database.execute(statement)


# The rows.


def ways(row: Row) -> list[str]:
    if row.listener in ("plain", "tls"):
        return [way for way in WAYS if way.startswith(row.listener)]
    if row.listener in ("plain-to-tls", "hasty", "braked", "once", "acme"):
        return ["plain"]
    if row.listener in LISTENERS and LISTENERS[row.listener][0] == "plain":
        return ["plain"]
    return ["tls"] if row.listener else list(WAYS)



def send(sock: socket.socket, raw: bytes, exchange: Exchange) -> bool:
    """False: the server has closed before the last byte."""
    try:
        sock.sendall(raw)
        if exchange.ends:
            if isinstance(sock, ssl.SSLSocket):
                sock = sock.unwrap()
            sock.shutdown(socket.SHUT_WR)
    except OSError:
        assert exchange.replies or exchange.silent, "closed before everything was sent"
        return False
    return True


def read_what_came(sock: socket.socket) -> bytes:
    """Until the end, however it comes: what could not be sent is in its way."""
    found = b""
    with contextlib.suppress(OSError):
        while data := sock.recv(65536):
            found += data
    return found


def talk(sock: socket.socket, raw: bytes, exchange: Exchange, kept: bool) -> list[Answer]:
    """What comes back, until the end; of a kept connection one more request shows that it is."""
    head_only = raw.startswith(b"HEAD ")
    is_sent = send(sock, raw, exchange)
    if not kept:
        found = read_to_end(sock) if is_sent else read_what_came(sock)
        if b"Expect: 100-continue" in raw:  # PROTOCOL.md S3
            found = found.replace(CONTINUE, b"")
        return all_answers(found, head_only)
    answer, rest = read_kept(sock, head_only)
    if ("Connection", "close") not in answer.headers:
        sock.sendall(LAST)
        rest += read_to_end(sock)
        assert all_answers(rest, False) == [expected(Reply(200, b"ok"), False)]
    return [answer]


def in_range(found: Answer, wanted: Answer) -> Answer:
    """A number of a header that is between the two of FIRST..LAST is written so."""
    headers = dict(found.headers)
    for name, value in wanted.headers:
        first, dots, last = value.partition("..")
        if dots and int(first) <= int(headers.get(name, -1)) <= int(last):
            headers[name] = value
    return Answer(found.status, found.body, frozenset(headers.items()))


def run_exchange(world: World, row: Row, exchange: Exchange, way: str) -> None:
    told = any(name == "Connection" for one in exchange.replies for name, _ in one.headers)
    wants_kept = way.endswith("-kept") and bool(exchange.ask) and not told
    own = any(line.lower().startswith("connection:") for line in exchange.head)
    with world.connect(row, way) as sock:
        if way.endswith("-kept"):
            sock.sendall(KEEP)
            assert str(read_kept(sock)[0]) == str(expected(Reply(200, b"ok"), True))
        raw = exchange.sent
        if exchange.ask:
            raw = request(exchange, wants_kept)
        is_kept = [one.kept or (wants_kept and not own and not one.closed) for one in exchange.replies]
        found = talk(sock, raw, exchange, bool(exchange.ask) and any(is_kept))
    old = exchange.ask.endswith(" HTTP/1.0")
    wanted = [expected(one, kept, old) for one, kept in zip(exchange.replies, is_kept)]
    found = [in_range(*pair) for pair in zip(found, wanted)] + found[len(wanted) :]
    assert list(map(str, found)) == list(map(str, wanted))


def run_row(world: World, row: Row, way: str) -> None:
    """Asks, and compares the replies and the records."""
    world.prepare(row)
    try:
        for exchange in row.exchanges:
            run_exchange(world, row, exchange, way)
        world.check_records(row)
    except BaseException:
        world.state.clear()
        raise
