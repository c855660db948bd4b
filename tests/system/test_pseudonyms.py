# SPDX-License-Identifier: BSD-2-Clause
"""pseudonyms: in which places a login and an address stand as they are, and in which they do not."""

from __future__ import annotations

import contextlib
import json
import socket
import sqlite3
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from aws.emulators import TABLE, Dynamodb
from system.conftest import Amazon, Service
from system.harness import BUILD, HOST, ZONE, basic, eventually, get, read_to_end, run

KEY = "00112233445566778899aabbccddeeff" * 2
LOGIN, TRIED, OTHERS = "canary-router", "canary-stranger", "canary-malformed"
CLIENT, STRANGER, NETWORK = "127.45.67.89", "127.45.99.7", "127.45.99.0/24"
PUBLISHED, SECOND = "203.0.113.77", "203.0.113.78"
STORED = "198.51.100.9"  # what was seen before there were pseudonyms
CONNECTIONS = 24
MODES = ("none", "logins", "addresses", "both")

MakeService = Callable[..., Service]


def keyed(service: Service, mode: str, text: str = KEY) -> Path:
    path = service.config.directory / "pseudonym.key"
    path.write_text(f"# made for this test\n{text}\n")
    path.chmod(0o600)
    service.config.top["pseudonyms"] = mode
    service.config.top["pseudonym-key-file"] = str(path)
    return path


def send(port: int, source: str, raw: bytes) -> str:
    """What is answered there to that address."""
    with socket.create_connection(("127.0.0.1", port), 30, source_address=(source, 0)) as sock:
        sock.sendall(raw)
        return read_to_end(sock).rpartition(b"\r\n\r\n")[2].decode()


@dataclass
class Asking:
    service: Service
    secret: str

    def ask(
        self,
        query: str,
        *,
        login: str = LOGIN,
        secret: str | None = None,
        source: str = CLIENT,
        agent: str = "router/1.0",
    ) -> str:
        raw = get(
            f"/nic/update?{query}",
            "Authorization: " + basic(login, self.secret if secret is None else secret),
            f"User-Agent: {agent}",
            "Connection: close",
        )
        return send(self.service.daemon.plain_port, source, raw)

    def ask_all(self) -> None:
        """Each kind of answer, and each refusal."""
        port = self.service.daemon.plain_port
        host = f"hostname={HOST}"
        assert self.ask(f"{host}&myip={PUBLISHED}") == f"good {PUBLISHED}"
        assert self.ask(f"{host}&myip={PUBLISHED}") == f"nochg {PUBLISHED}"
        assert self.ask(f"{host}&myip={SECOND}", agent="phpDynDNS/0.7") == f"good {SECOND}"
        assert self.ask(host) == f"good {CLIENT}"
        assert self.ask(f"{host}&myip={SECOND}") == f"good {SECOND}"
        assert self.ask(f"{host}&myip=nonsense") == "dnserr"
        assert self.ask(f"hostname=nobody.{ZONE}&myip={PUBLISHED}") == "nohost"
        assert self.ask("hostname=..&myip=192.0.2.1") == "notfqdn"
        assert self.ask(host, secret="wrong") == "badauth"
        for _ in range(8):  # more than have a line of their own
            assert self.ask(host, login=TRIED, source=STRANGER) == "badauth"
            send(port, STRANGER, get("/nic/update", "Connection: close"))
        send(port, CLIENT, b"GET /nic/update?hostname=%zz HTTP/1.1\r\nHost: x\r\n\r\n")
        send(port, CLIENT, get("/nic/update", "Authorization: Basic !", "Connection: close"))
        raw = get("/nic/update", f"Authorization: {basic(LOGIN, self.secret)}", method="DELETE")
        send(port, CLIENT, raw.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))

    def break_tls(self) -> None:
        port = self.service.daemon.https_port
        with contextlib.suppress(OSError):
            send(port, CLIENT, b"GET / HTTP/1.1\r\n\r\n")
        with socket.create_connection(
            ("127.0.0.1", port), 30, source_address=(CLIENT, 0)
        ) as sock:
            context = self.service.config.tls.context()
            with context.wrap_socket(sock, server_hostname="localhost") as tls:
                assert isinstance(tls, ssl.SSLSocket)


def database(service: Service) -> contextlib.closing:
    path = str(service.config.store["path"])
    return contextlib.closing(sqlite3.connect(path, isolation_level=None, timeout=30))


def rows_of(service: Service, table: str) -> str:
    with database(service) as db:
        return str(db.execute(f"SELECT * FROM {table}").fetchall())


def make(make_service: MakeService, tmp_path: Path, mode: str, form: str) -> Asking:
    top = {
        "history": "attempts",
        "log-level": "debug",
        "log-format": form,
        "listen-plain": ["127.0.0.1:0"],
        "status-socket": str(tmp_path / "s"),
        "max-connections-per-client": CONNECTIONS,
    }
    service = make_service(top=top)
    service.config.store["timeout"] = 1
    keyed(service, mode)
    secret = service.ctl.add(LOGIN, HOST, f"cam.{ZONE}")
    service.ctl.add(OTHERS, f"other.{ZONE}")
    with database(service) as db:
        db.execute(
            "INSERT INTO seen (user, name, time, client) VALUES (?, ?, ?, ?)",
            (LOGIN, f"cam.{ZONE}", int(time.time()) - 9, STORED),
        )
    return Asking(service, secret)


def make_trouble(asking: Asking) -> None:
    """Of the store, and of what is in it."""
    service, daemon = asking.service, asking.service.daemon
    with database(service) as db:
        db.execute("UPDATE accounts SET valid_until = 'nonsense' WHERE user = ?", (OTHERS,))
    assert asking.ask("", login=OTHERS, secret="x") in ("badauth", "911")
    with database(service) as db:
        db.execute("BEGIN IMMEDIATE")
        assert asking.ask(f"hostname={HOST}&myip={PUBLISHED}") == "911"
        daemon.wait_log("the store is in trouble")
        db.execute("ROLLBACK")
    socks = []
    for _ in range(CONNECTIONS + 1):
        at = ("127.0.0.1", daemon.plain_port)
        socks.append(socket.create_connection(at, 30, source_address=(CLIENT, 0)))
    daemon.wait_log("too many of this client")
    for sock in socks:
        sock.close()


def ask_socket(place: Path) -> str:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(30)
        client.connect(str(place))
        client.sendall(b'{"ask":"status"}\n')
        answer = b""
        while piece := client.recv(1 << 20):
            answer += piece
    return answer.decode()


def check(where: str, text: str, canaries: dict[str, bool]) -> None:
    """Each is there, or is not."""
    for canary, is_there in canaries.items():
        assert (canary in text) == is_there, f"{canary} in {where}: {not is_there}:\n{text}"


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("mode", MODES)
def test_neither_login_nor_address_is_where_it_has_a_pseudonym(
    make_service: MakeService, tmp_path: Path, mode: str, form: str
) -> None:
    """And each is there without: so it is known to have been asked for."""
    asking = make(make_service, tmp_path, mode, form)
    service = asking.service
    login, address = mode in ("none", "addresses"), mode in ("none", "logins")
    daemon = service.start()
    asking.ask_all()
    asking.break_tls()
    make_trouble(asking)
    daemon.wait_log("TLS client left without a request")

    told = f"history of {HOST}"
    eventually(told, lambda: len(service.ctl.json("history", HOST)) >= 5)
    canaries = {LOGIN: login, CLIENT: address, SECOND: address}
    check("history", rows_of(service, "history"), canaries)
    check("mooringctl history", service.ctl.ok("history", HOST), canaries)
    canaries = {LOGIN: login, CLIENT: address, STORED: address}
    check("status socket", ask_socket(tmp_path / "s"), canaries)
    check("mooringctl status", service.ctl.run("status", "--json").stdout, canaries)
    canaries = {LOGIN: login, CLIENT: address, SECOND: True}  # it is in DNS
    check("status of a host", service.ctl.run("status", HOST).stdout, canaries)

    daemon.stop()
    canaries = {LOGIN: True, CLIENT: address, STORED: address}  # whose account it is
    check("last seen", rows_of(service, "seen"), canaries)
    canaries = {LOGIN: login, CLIENT: address, STORED: address}
    check("status without a daemon", service.ctl.run("status", "--json").stdout, canaries)
    canaries = {LOGIN: login, TRIED: login, OTHERS: login}
    canaries |= dict.fromkeys((CLIENT, STRANGER, NETWORK, PUBLISHED, SECOND), address)
    check("log", daemon.log, canaries)
    if mode != "none":
        check_found_again(service, mode)


def check_found_again(service: Service, mode: str) -> None:
    """Whoever has the key finds the lines of a login, and of a client."""
    shown = {each["user"]: each["pseudonym"] for each in service.ctl.json("pseudonym", "--all")}
    assert set(shown) == {LOGIN, OTHERS}
    assert service.ctl.ok("pseudonym", LOGIN) == shown[LOGIN] + "\n"
    client = service.ctl.json("pseudonym", CLIENT)
    assert client["of"] == CLIENT and client["pseudonym"].split(".")[0] in map(str, range(240, 256))
    wanted = {LOGIN: shown[LOGIN]} if mode != "addresses" else {}
    wanted |= {CLIENT: client["pseudonym"]} if mode != "logins" else {}
    lines = service.daemon.entries("update")
    for pseudonym in wanted.values():
        mine = [line for line in lines if pseudonym in line.fields.values()]
        assert {"good", "nochg", "badauth", "nohost"} <= {line.fields["verdict"] for line in mine}
        assert pseudonym in rows_of(service, "history")
    if mode != "logins":
        network = service.ctl.ok("pseudonym", NETWORK).strip()
        left_out = service.daemon.entries("refused updates left out")
        assert network in {line.fields["client"] for line in left_out}


def test_pseudonyms_outlive_the_daemon_and_hosts_keep_their_since(
    make_service: MakeService, tmp_path: Path
) -> None:
    asking = make(make_service, tmp_path, "both", "text")
    service = asking.service
    service.start()
    assert asking.ask(f"hostname={HOST}&myip={PUBLISHED}") == f"good {PUBLISHED}"
    service.daemon.wait_log("verdict=good")
    (first,) = service.daemon.entries("update")
    service.daemon.stop()
    daemon = service.start()
    assert asking.ask(f"hostname={HOST}&myip={PUBLISHED}") == f"nochg {PUBLISHED}"
    daemon.wait_log("verdict=nochg")
    (again,) = daemon.entries("update")
    for field in ("user", "client", "myip"):
        assert first.fields[field] == again.fields[field]
    host = json.loads(service.ctl.run("status", HOST, "--json").stdout)["hosts"][0]
    assert host["ipv4"] == PUBLISHED and host["since"] is not None
    assert host["from"] == again.fields["client"] and host["user"] == again.fields["user"]


@pytest.mark.parametrize("emulator", ["ministack", "dynalite"])
def test_items_of_a_table_have_pseudonyms_too(
    make_amazon: Callable[..., Amazon],
    make_service: MakeService,
    request: pytest.FixtureRequest,
    emulator: str,
) -> None:
    table: Dynamodb = request.getfixturevalue(emulator)
    top = {"history": "attempts", "settle-time": 1, "log-level": "debug"}
    top["listen-plain"] = ["127.0.0.1:0"]
    service = make_amazon(table).service(make_service, top=top)
    keyed(service, "both")
    asking = Asking(service, service.ctl.add(LOGIN, HOST))
    service.start()
    asking.ask_all()
    eventually("there is history", lambda: len(service.ctl.json("history", HOST)) >= 5)
    service.daemon.stop()
    items = table.dynamodb().scan(TableName=TABLE, ConsistentRead=True)["Items"]
    kept = [item for item in items if item["user"]["S"].startswith("history:")]
    assert kept
    canaries = dict.fromkeys((LOGIN, TRIED, CLIENT, STRANGER, PUBLISHED, SECOND), False)
    check("history", str(kept), canaries)
    check("log", service.daemon.log, canaries)
    assert service.ctl.ok("pseudonym", LOGIN).strip() in str(kept)


def test_what_a_target_says_of_a_login_is_kept_with_its_pseudonym(
    make_service: MakeService,
) -> None:
    service = make_service(top={"listen-plain": ["127.0.0.1:0"]})
    keyed(service, "both")
    service.config.top["status-socket"] = str(service.config.directory / "s")
    script = 'echo "no $MOORING_USER at $MOORING_NEW"; exit 65'
    command = ["/bin/sh", "-c", script]
    service.config.notifies["tell"] = {
        "type": "exec",
        "command": command,
        "events": ["address-changed"],
    }
    asking = Asking(service, service.ctl.add(LOGIN, HOST))
    daemon = service.start()
    assert asking.ask(f"hostname={HOST}&myip={PUBLISHED}") == f"good {PUBLISHED}"
    daemon.wait_log("a notice is given up")
    shown = service.ctl.ok("pseudonym", LOGIN).strip()
    eventually("it is kept", lambda: "dead" in rows_of(service, "notices"))
    (why,) = [each["why"] for each in service.ctl.json("notify", "list")]
    canaries = {LOGIN: False, PUBLISHED: False, f"no {shown} at 2": True}
    check("log", daemon.log, canaries)
    check("notify list", why, canaries)
    check("status socket", ask_socket(service.config.directory / "s"), {LOGIN: False})


@pytest.mark.http_client
def test_the_address_of_a_target_has_none(make_service: MakeService) -> None:
    """It is that of the configuration."""
    service = make_service(top={"listen-plain": ["127.0.0.1:0"]})
    keyed(service, "both")
    service.config.notifies["hook"] = {
        "url": "http://127.0.0.1:1/x",
        "events": ["address-changed"],
    }
    asking = Asking(service, service.ctl.add(LOGIN, HOST))
    daemon = service.start()
    assert asking.ask(f"hostname={HOST}&myip={PUBLISHED}") == f"good {PUBLISHED}"
    daemon.wait_log("127.0.0.1:1 cannot be reached")
    check("log", daemon.log, {LOGIN: False, PUBLISHED: False})


BAD_KEYS = {
    "short": ("0011", "does not have one line of 64 to 128 hexadecimal digits"),
    "no key": ("", "does not have one line"),
    "two": (f"{KEY}\n{KEY}", "does not have one line"),
}


@pytest.mark.parametrize("what", BAD_KEYS)
def test_a_key_that_cannot_be_used_is_told_before_the_start(
    make_service: MakeService, what: str
) -> None:
    text, sentence = BAD_KEYS[what]
    service = make_service()
    keyed(service, "both", text)
    for words in ((), ("-n",)):
        done = run([BUILD / "mooringd", "-c", service.config.write(), *words])
        assert done.returncode == 1 and sentence in done.stderr and KEY not in done.stderr
    done = service.ctl.run("pseudonym", LOGIN)
    assert done.returncode == 1 and sentence in done.stderr and KEY not in done.stderr


def test_a_key_that_others_may_read_is_refused(make_service: MakeService) -> None:
    service = make_service()
    keyed(service, "logins").chmod(0o644)
    done = run([BUILD / "mooringd", "-c", service.config.write()])
    assert done.returncode == 1 and "may be read or written by others" in done.stderr


def test_the_tool_needs_a_key_and_one_thing_to_tell(make_service: MakeService) -> None:
    service = make_service()
    done = service.ctl.run("pseudonym", LOGIN)
    assert (done.returncode, done.stdout) == (1, "")
    assert "the configuration has no pseudonym-key-file" in done.stderr
    keyed(service, "none")
    for words in ((), ("--all", LOGIN), (LOGIN, CLIENT)):
        done = service.ctl.run("pseudonym", *words)
        assert (done.returncode, done.stdout) == (2, "") and "pseudonym" in done.stderr
    assert service.ctl.ok("pseudonym", "2001:db8::1").startswith("fc")
