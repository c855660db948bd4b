# SPDX-License-Identifier: BSD-2-Clause
"""Passwords do not outlive their requests: all that the daemon may write to is searched for them."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import re
import socket
import sqlite3
import ssl
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from system.conftest import Service
from system.harness import (
    HOST,
    Daemon,
    Tls,
    ask_admin,
    connect,
    eventually,
    get,
    read_one,
    read_to_end,
)

MARK = "KANARIENVOGEL77"  # base64 of it is the same wherever three bytes begin
USER = "routers1"  # with the colon, nine bytes
SHADOW = 1 << 30  # larger mappings are the sanitizers' own
MARKS = [MARK.encode(), base64.b64encode(MARK.encode())[:18], MARK[3:].encode()]


def canary(what: str) -> str:
    """A password that tells what it was sent for."""
    return f"{MARK}{what:_<24.24}{MARK}"


def mappings(pid: int) -> Iterator[tuple[int, int, bool]]:
    """Where each begins and ends, and whether it is the main thread's stack."""
    for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
        found = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
        if found:
            yield int(found[1], 16), int(found[2], 16), line.endswith("[stack]")


def is_saved_register(data: bytes, mark: bytes, at: int) -> bool:
    """The end of a canary without its beginning (docs/SECURITY.md)."""
    return mark in MARK.encode() and MARK.encode() not in data[max(0, at - 60) : at]


def found_in(daemon: Daemon) -> set[str]:
    """The beginning of what follows each mark that is in the daemon's memory."""
    found = set()
    with Path(f"/proc/{daemon.process.pid}/mem").open("rb", buffering=0) as memory:
        for begin, end, is_stack in mappings(daemon.process.pid):
            data = b""
            if end - begin < SHADOW:
                with contextlib.suppress(OSError, OverflowError):
                    memory.seek(begin)
                    data = memory.read(end - begin)
            for mark in MARKS:
                at = data.find(mark)
                while at >= 0:
                    if is_stack and is_saved_register(data, mark, at):
                        at = data.find(mark, at + 1)
                        continue
                    found.add(f"{begin + at:x}: {data[max(0, at - 24):at + 64]!r}")
                    at = data.find(mark, at + 1)
    return found


def assert_forgotten(daemon: Daemon) -> None:
    """What is closed is noticed within a moment."""
    with contextlib.suppress(TimeoutError):
        eventually("nothing is left", lambda: not found_in(daemon), timeout=20)
    assert found_in(daemon) == set()


def authorization(what: str, user: str = USER) -> str:
    pair = f"{user}:{canary(what)}"
    return "Authorization: Basic " + base64.b64encode(pair.encode()).decode()


def digest(password: str) -> str:
    salt = "saltsaltsaltsalt"
    return f"$sha256${salt}$" + hmac.new(salt.encode(), password.encode(), hashlib.sha256).hexdigest()


def update(*lines: str, query: str = "") -> bytes:
    return get(f"/nic/update?hostname={HOST}&myip=192.0.2.7{query}", *lines)


def post(kind: str, body: str, length: int | None = None) -> bytes:
    lines = [f"Content-Length: {len(body) if length is None else length}", f"Content-Type: {kind}"]
    return get("/nic/update", *lines, method="POST") + body.encode()


FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


def login(what: str) -> str:
    return f"hostname={HOST}&myip=192.0.2.7&username={USER}&password={canary(what)}"


def flat(**members: str) -> str:
    return json.dumps({"hostname": HOST, "myip": "192.0.2.7", **members})


def escaped(text: str) -> str:
    return "".join(f"\\u{ord(letter):04x}" for letter in text)


# Each is sent, and its reply read to the end.
ANSWERED: dict[str, Callable[[str], bytes]] = {
    "good": lambda what: update(authorization("good")),
    "badauth": lambda what: update(authorization(what)),
    "unknown": lambda what: update(authorization(what, user="nobodies")),
    "slow hash": lambda what: update(authorization(what, user="routers2")),
    "not found": lambda what: get("/nobody", authorization(what)),
    "bad head": lambda what: get("/nic/update", authorization(what), "no header"),
    "bad query": lambda what: update(authorization(what), query="&myip=%zz"),
    "query": lambda what: get("/nic/update?" + login(what)),
    "query twice": lambda what: get("/nic/update?" + login(what), authorization(what)),
    "form": lambda what: post(FORM, login(what)),
    "multipart": lambda what: post(
        "multipart/form-data; boundary=x",
        f'--x\r\nContent-Disposition: form-data; name="password"\r\n\r\n{canary(what)}\r\n--x--\r\n',
    ),
    "text": lambda what: post("text/plain", login(what)),
    "large": lambda what: post(FORM, login(what), 100000),
    "form with escapes": lambda what: post(
        FORM, "&".join(["username=" + USER, "password=" + canary(what).replace("_", "%5f")])
    ),
    "form with a broken escape": lambda what: post(FORM, login(what) + "&token=%zz"),
    "form beside a header": lambda what: (
        post(FORM, login(what)).replace(b"\r\n", f"\r\n{authorization(what)}\r\n".encode(), 1)
    ),
    "form with a token": lambda what: post(FORM, f"token={USER}:{canary(what)}"),
    "json": lambda what: post(JSON, flat(username=USER, password=canary(what))),
    "json with a token": lambda what: post(JSON, flat(token=f"{USER}:{canary(what)}")),
    "json with escapes": lambda what: post(
        JSON, flat(username=USER, password="@").replace("@", escaped(canary(what)))
    ),
    "json with a password of no login": lambda what: post(JSON, flat(password=canary(what))),
    "json that is not flat": lambda what: post(JSON, json.dumps([{"password": canary(what)}])),
    "json that ends early": lambda what: post(JSON, flat(username=USER, pw=canary(what))[:-1]),
    "json as text": lambda what: post("text/plain", flat(username=USER, password=canary(what))),
    "json that is no UTF-8": lambda what: (
        post(JSON, flat(username=USER, password=canary(what) + "@")).replace(b"@", b"\xff")
    ),
}

# Each is sent, and then the client goes away.
LEFT: dict[str, Callable[[str], bytes]] = {
    "half a line": lambda what: f"GET /nic/update?{login(what)}".encode(),
    "half a head": lambda what: update(authorization(what)).rpartition(b"\r\n")[0],
    "half a body": lambda what: post(FORM, login(what), 1000),
    "half a body of json": lambda what: post(JSON, flat(username=USER, pw=canary(what)), 1000),
    "all": lambda what: update(authorization(what)),
}


@pytest.fixture(name="watched")
def fixture_watched(make_service: Callable[..., Service]) -> Service:
    service = make_service()
    service.config.listeners = {
        "tls": {"address": ["127.0.0.1:0"], "query-credentials": "tls"},
        "plain": {"address": ["127.0.0.1:0"], "tls": "no", "query-credentials": "always"},
    }
    service.ctl.add(USER, HOST)
    service.ctl.add("routers2", f"two.{HOST}", secret="chosen by a person")
    with contextlib.closing(sqlite3.connect(service.config.store["path"])) as store, store:
        store.execute(
            "UPDATE accounts SET secret = ? WHERE user = ?", (digest(canary("good")), USER)
        )
    service.start(options=("--debuggable",))
    return service


def opened(service: Service, kind: str, tls: Tls) -> socket.socket:
    """Plain HTTP, or TLS: on the last of the ports, which take a login in the query."""
    context: ssl.SSLContext | None = tls.context() if kind == "https" else None
    return connect(service.daemon.ports(kind)[-1], context)


def reset(s: socket.socket) -> None:
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()


@pytest.mark.parametrize("kind", ["plain", "https"])
def test_password_is_wiped_once_its_request_is_over(watched: Service, tls: Tls, kind: str) -> None:
    with opened(watched, kind, tls) as s:
        s.sendall(LEFT["half a head"]("held"))
        eventually("the search finds what is there", lambda: found_in(watched.daemon) != set())
    for what, make in ANSWERED.items():
        with opened(watched, kind, tls) as s:
            s.sendall(make(what))
            reply = read_to_end(s)
            assert reply.startswith(b"HTTP/1.1 "), what
            assert (re.search(rb"(good|nochg) 192.0.2.7", reply) is not None) == (what == "good")
    for what, make in LEFT.items():
        for end in (socket.socket.close, reset):
            s = opened(watched, kind, tls)
            s.sendall(make(what))
            end(s)
    assert_forgotten(watched.daemon)


@pytest.mark.parametrize("kind", ["plain", "https"])
def test_password_is_wiped_while_its_connection_stays(watched: Service, tls: Tls, kind: str) -> None:
    kept = "Connection: keep-alive"
    with contextlib.ExitStack() as stack:
        for what in ("good", "badauth"):
            s = stack.enter_context(opened(watched, kind, tls))
            s.sendall(update(authorization(what), kept))
            assert read_one(s).status == (200 if what == "good" else 401)
        s = stack.enter_context(opened(watched, kind, tls))
        s.sendall(get("/nic/update?" + login("query"), kept))
        assert read_one(s).status == 401
        assert_forgotten(watched.daemon)


def proc_entries(pid: int) -> Iterator[bytes]:
    """What the kernel tells of the process and its threads, but for its memory."""
    for name in ("cmdline", "environ", "comm", "status", "stack", "syscall", "wchan", "limits"):
        for path in (Path(f"/proc/{pid}"), *Path(f"/proc/{pid}/task").iterdir()):
            with contextlib.suppress(OSError):
                yield (path / name).read_bytes()


@pytest.mark.parametrize("kind", ["plain", "https"])
@pytest.mark.parametrize("form", ["text", "emf"])
def test_password_is_told_to_nobody(watched: Service, tls: Tls, kind: str, form: str) -> None:
    watched.daemon.stop()
    watched.config.top |= {
        "log-format": form, "log-level": "debug", "admin-listen": ["127.0.0.1:0"],
    }  # fmt: skip
    watched.config.top["auth-penalty"] = 5  # the lines of the brakes, too
    daemon = watched.start()
    told = [daemon.config.path.read_bytes()]
    for what, make in {**ANSWERED, **LEFT}.items():
        with opened(watched, kind, tls) as s:
            s.sendall(make(what))
            told.append(read_to_end(s) if what in ANSWERED else b"")
    told.append(ask_admin(daemon, "/metrics").body)
    told += [ask_admin(daemon, target).body for target in ("/readyz", "/healthz")]
    entries = list(proc_entries(daemon.process.pid))
    assert any(b"mooringd" in entry for entry in entries)
    daemon.stop()
    told += [*entries, daemon.log.encode()]
    assert b"badauth" in told[-1] and b"routers1" in told[-1]
    for mark in (*MARKS, escaped(MARK).encode(), base64.b64encode(MARK.encode())[:-4]):
        assert not [text for text in told if mark in text]


def test_password_sent_in_clear_to_a_port_for_tls_is_wiped(watched: Service) -> None:
    with connect(watched.daemon.ports("https")[0]) as s:
        s.sendall(update(authorization("plain on tls")))
        read_to_end(s)
    assert_forgotten(watched.daemon)
