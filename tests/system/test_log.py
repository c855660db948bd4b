# SPDX-License-Identifier: BSD-2-Clause
"""What mooringd writes, when, and in which form: mooringd(8), LOG."""

from __future__ import annotations

import base64
import json
import os
import re
import resource
import signal
import socket
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from system.conftest import Service
from system.harness import (
    BUILD,
    HOST,
    Config,
    Ctl,
    Daemon,
    Tls,
    basic,
    environment,
    exchange,
    get,
    metrics,
    read_to_end,
    run,
)
from system.logline import TIME, parse_line

# Before the configuration is read.


def said_to_journal(*arguments: str | Path, **env: str) -> list[str]:
    """What mooringd writes when its standard error output is a stream of the journal's."""
    reading, writing = os.pipe()
    with open(reading) as stream:
        at = os.fstat(writing)
        done = subprocess.Popen(
            [BUILD / "mooringd", *arguments],
            env=environment(JOURNAL_STREAM=f"{at.st_dev}:{at.st_ino}", **env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=writing,
        )
        os.close(writing)
        lines = stream.read().splitlines()
        assert done.wait(60) != 0
    return lines


EARLY = {
    "a key that is none": ("colour = 1\n", ()),
    "a syntax error": ('zone "a.example" {\n', ()),
    "a zone that is none": ('zone "-" {}\n', ()),
    "checked only": ("colour = 1\n", ("-n",)),
    "no such file": (None, ()),
    "an option that is none": ("", ("-x",)),
    "an argument too many": ("", ("start",)),
    "an option without its argument": ("", ("-c",)),
}


@pytest.mark.parametrize("what", EARLY)
def test_early_error_has_its_priority_in_the_journal(tmp_path: Path, what: str) -> None:
    text, more = EARLY[what]
    config = tmp_path / "m.conf"
    if text is not None:
        config.write_text(text)
    first = said_to_journal("-c", config, *more)[0]
    assert re.match(r"<3>[^0-9{]", first)
    assert parse_line(first).level == "error"
    entry = parse_line(said_to_journal("-c", config, *more, MOORING_LOG_FORMAT="json")[0])
    assert entry.level == "error" and re.fullmatch(TIME, entry.time)


def test_early_error_begins_with_the_time_outside_the_journal(tmp_path: Path) -> None:
    config = tmp_path / "m.conf"
    config.write_text("colour = 1\n")
    done = run([BUILD / "mooringd", "-c", config])
    assert re.fullmatch(f"{TIME} error: .*colour.*\n", done.stderr)
    # A journal that some parent had, and not this process.
    env = environment(JOURNAL_STREAM="1:2", MOORING_LOG_FORMAT="json", MOORING_LOG_LEVEL="error")
    done = run([BUILD / "mooringd", "-c", config], env=env)
    assert "colour" in json.loads(done.stderr)["message"]


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_usage_is_for_standard_output_when_asked_for(option: str) -> None:
    done = run([BUILD / "mooringd", option])
    assert (done.returncode, done.stderr) == (0, "") and done.stdout.startswith("usage: mooringd")


# Signals that mean nothing.


NO_MEANING = ["USR1", "USR2", "ALRM", "VTALRM", "PROF", "IO", "PWR", "RTMIN"]


@pytest.mark.parametrize("number", [getattr(signal, f"SIG{name}") for name in NO_MEANING], ids=NO_MEANING)
def test_signal_without_a_meaning_is_harmless(embedded: Service, number: int) -> None:
    secret = embedded.ctl.add("router1", HOST)
    embedded.daemon.send_signal(number)
    answer = embedded.router("router1", secret).update("myip=203.0.113.5")
    assert answer.text == "good 203.0.113.5"
    embedded.daemon.stop()


def test_limit_of_a_files_size_is_a_full_disk_and_no_end(embedded: Service) -> None:
    """LimitFSIZE= of a unit, ulimit -f: the kernel's signal would end the daemon."""
    router = embedded.router("router1", embedded.ctl.add("router1", HOST))
    pid = embedded.daemon.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE, (8192, resource.RLIM_INFINITY))
    assert router.update("myip=203.0.113.5").text == "911"
    resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
    assert router.update("myip=203.0.113.6").text == "good 203.0.113.6"


# What comes from outside stays one value.


@pytest.mark.parametrize("form", ["text", "json"])
def test_quote_in_an_error_breaks_no_line(make_service: Callable[..., Service], form: str) -> None:
    """The store is locked by another program, and its path has quotes and blanks."""
    service = make_service(top={"log-format": form}, name='my "own" store')
    path = service.config.directory / "mooring.db"
    service.config.store["timeout"] = 1
    secret = service.ctl.add("router1", HOST)
    daemon = service.start()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert service.router("router1", secret).update("myip=203.0.113.5").text == "911"
        daemon.wait_log("the store is in trouble")
    (entry, *_) = daemon.entries("the store is in trouble")
    assert entry.level == "warning" and set(entry.fields) == {"verb", "user", "why"}
    assert f'"{path}"' in entry.fields["why"]


AWKWARD = {
    "blanks": "a b",
    "quotes": 'say "x" verdict="good',
    "backslashes": "c\\new\\x41",
    "equals": "a=b verdict=good",
    "UTF-8": "M\u00fcller \u65e5\u672c \U0001f600",
    "C1 controls": "a\u0085b\u009b31m",
    "line separators": "a\u2028b\u2029c",
    "turned around": "a\u202egood\u2066",
    "braces": '"},{"level"',
}


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("what", AWKWARD)
def test_login_and_agent_stay_one_field(
    make_service: Callable[..., Service], form: str, what: str
) -> None:
    text = AWKWARD[what]
    service = make_service(top={"log-format": form, "listen-plain": ["127.0.0.1:0"]})
    service.ctl.add("router1", HOST)
    daemon = service.start()
    agent = f"User-Agent: {text}"
    login = f"Authorization: {basic(text, 'x')}"
    raw = get("/nic/update?hostname=a.example&myip=203.0.113.5", login)
    raw = raw.replace(b"\r\n\r\n", b"\r\n" + agent.encode() + b"\r\n\r\n")
    assert exchange(daemon.plain_port, raw).endswith(b"badauth")
    daemon.wait_log("verdict")
    (update,) = daemon.entries("update")
    assert update.fields["user"] == text and update.fields["agent"] == text
    assert update.fields["verdict"] == "badauth" and update.fields["host"] == "a.example"
    assert update.level == "info"


@pytest.mark.parametrize("form", ["text", "json"])
def test_bytes_that_are_no_utf8_stay_one_field(
    make_service: Callable[..., Service], form: str
) -> None:
    service = make_service(top={"log-format": form, "listen-plain": ["127.0.0.1:0"]})
    daemon = service.start()
    raw = get("/nic/update").replace(b"\r\n\r\n", b"\r\nUser-Agent: M\xfcller \xff\r\n\r\n")
    assert exchange(daemon.plain_port, raw).endswith(b"badauth")
    daemon.wait_log("verdict")
    (update,) = daemon.entries("update")
    want = {"text": b"M\xfcller \xff", "json": "M\ufffdller \ufffd".encode()}[form]
    assert update.fields["agent"].encode(errors="surrogateescape") == want


# Every refused update has its line.


def authorization(raw: bytes) -> str:
    return "Authorization: Basic " + base64.b64encode(raw).decode()


GOOD_LOGIN = authorization(b"router1:the-canary")
UPDATE = "/nic/update?hostname=home.dyn.example.com&myip=203.0.113.5"

FORM = "application/x-www-form-urlencoded"


def post(body: str, kind: str = FORM, *lines: str) -> bytes:
    lines += (f"Content-Length: {len(body)}", f"Content-Type: {kind}")
    return get("/nic/update", *lines, method="POST") + body.encode()


# request, verdict, status, part of the reason, login
REFUSED = {
    "no login": (get(UPDATE), "badauth", 401, "no Authorization", None),
    "another scheme": (
        get(UPDATE, "Authorization: Bearer the-canary"), "badauth", 401, "Basic scheme", None,
    ),
    "no base64": (get(UPDATE, "Authorization: Basic ?!"), "badauth", 401, "base64", None),
    "no colon": (get(UPDATE, authorization(b"the-canary")), "badauth", 401, "no colon", None),
    "an empty login": (get(UPDATE, authorization(b":the-canary")), "badauth", 401, "empty", None),
    "an over-long login": (
        get(UPDATE, authorization(b"u" * 129 + b":the-canary")),
        "badauth", 401, "longer than 128", "u" * 128,
    ),
    "a far too long login": (
        get(UPDATE, authorization(b"u" * 4000 + b":the-canary")), "badauth", 401, "too long", None,
    ),
    "an over-long password": (
        get(UPDATE, authorization(b"bob:" + b"the-canary" * 60)),
        "badauth", 401, "password is longer", "bob",
    ),
    "a control character in the login": (
        get(UPDATE, authorization(b"b\x1b[31m\nob:the-canary")),
        "badauth", 401, "control character", "b\x1b[31m\nob",
    ),
    "a login in Latin-1": (
        get(UPDATE, authorization(b"J\xf6rg:the-canary")), "badauth", None, "", "J\xf6rg",
    ),
    "another method": (
        get(UPDATE, GOOD_LOGIN, method="DELETE"), "badagent", 405, "method", None,
    ),
    "HEAD": (get(UPDATE, GOOD_LOGIN, method="HEAD"), "badagent", 405, "method", None),
    "a broken escape": (
        get("/nic/update?hostname=%zz", GOOD_LOGIN), "bad request", 400, "cannot be read", "router1",
    ),
    "too many parameters": (
        get("/nic/update?x=" + "y" * 4100, GOOD_LOGIN), "bad request", 400, "too long", "router1",
    ),
    "a large body": (
        get(UPDATE, GOOD_LOGIN, "Content-Length: 5000", method="POST"),
        "body too large", 413, "longer than 4096", None,
    ),
    "a body of another type": (
        get(UPDATE, GOOD_LOGIN, "Content-Type: text/plain", "Content-Length: 1", method="POST") + b"x",
        "unsupported media type", 415, "no form", "router1",
    ),
    "a login in a form alone": (
        post("username=router1&password=the-canary"), "badauth", 401, "no Authorization", None,
    ),
    "a login in JSON alone": (
        post('{"username":"router1","password":"the-canary"}', "application/json"),
        "badauth", 401, "no Authorization", None,
    ),
    "a password in a form that cannot be read": (
        post("password=the-canary&hostname=%zz", FORM, GOOD_LOGIN),
        "bad request", 400, "cannot be read", "router1",
    ),
    "a password in JSON that is not flat": (
        post('{"password":{"is":"the-canary"},"myip":["the-canary"]}', "application/json", GOOD_LOGIN),
        "unsupported media type", 415, "no flat JSON", "router1",
    ),
    "a password in JSON that ends early": (
        post('{"password":"the-canary"', "application/json", GOOD_LOGIN),
        "unsupported media type", 415, "no flat JSON", "router1",
    ),
    "two logins": (
        get(UPDATE, GOOD_LOGIN, GOOD_LOGIN), "bad request", 400, "malformed", None,
    ),
    "two lengths": (
        get(UPDATE, GOOD_LOGIN, "Content-Length: 1", "Content-Length: 2", method="POST"),
        "bad request", 400, "malformed", None,
    ),
    "a header without a colon": (
        get(UPDATE, GOOD_LOGIN, "nonsense"), "bad request", 400, "malformed", None,
    ),
    "a blank in the target": (get(UPDATE + "&a b", GOOD_LOGIN), "bad request", 400, "", None),
    "large headers": (get(UPDATE, GOOD_LOGIN, "X: " + "y" * 20000), None, 431, "large", None),
    "another protocol": (get(UPDATE, GOOD_LOGIN, version="HTTP/3.0"), None, 505, "version", None),
    # By the engine, after the login was proved.
    "no name": (get("/nic/update?hostname=a..b", GOOD_LOGIN), "notfqdn", None, "", "router1"),
    "21 names": (
        get("/nic/update?hostname=" + ",".join(f"h{n}.a.b" for n in range(21)), GOOD_LOGIN),
        "numhost", None, "", "router1",
    ),
    "another's name": (
        get("/nic/update?hostname=a.b&myip=203.0.113.5", GOOD_LOGIN),
        "nohost", None, "", "router1",
    ),
    "no address": (get(UPDATE + "x", GOOD_LOGIN), "dnserr", None, "", "router1"),
    "a wrong password": (get(UPDATE, authorization(b"router1:x")), "badauth", None, "", "router1"),
}  # fmt: skip


@pytest.fixture(name="refusing", scope="module")
def fixture_refusing(tls: Tls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    config = Config(tmp_path_factory.mktemp("refusing"), tls, {"listen-plain": ["127.0.0.1:0"]})
    Ctl(config.write()).add("router1", HOST, secret="the-canary")
    daemon = Daemon(config).wait_ready()
    yield daemon
    daemon.stop()
    assert "the-canary" not in daemon.log
    assert GOOD_LOGIN.rpartition(" ")[2] not in daemon.log


def exchange_from(client: str, port: int, raw: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), 15, source_address=(client, 0)) as sock:
        sock.sendall(raw)
        return read_to_end(sock)


@pytest.mark.parametrize("what", REFUSED)
def test_refused_update_has_its_line(refusing: Daemon, what: str) -> None:
    raw, verdict, status, reason, user = REFUSED[what]
    client = f"127.0.{list(REFUSED).index(what) + 1}.1"  # a network of its own
    raw = raw.replace(b"\r\n\r\n", b"\r\nUser-Agent: inadyn/2 (x)\r\n\r\n")
    reply = exchange_from(client, refusing.plain_port, raw)
    assert status is None or reply.startswith(f"HTTP/1.1 {status} ".encode())
    refusing.wait_log(f"client={client} ")
    (update,) = (entry for entry in refusing.entries("update") if entry.fields["client"] == client)
    fields = update.fields
    assert fields["verdict"] == (verdict or fields["verdict"])
    assert fields.get("status") == (str(status) if status else None)
    assert reason in fields.get("reason", "") and fields.get("user") == user
    assert int(fields["id"]) > 0
    if status not in (400, 413, 431, 505) or user is not None:  # else of its head alone
        assert fields["agent"] == "inadyn/2 (x)"


def test_same_refusals_of_one_network_are_counted(make_service: Callable[..., Service]) -> None:
    service = make_service(
        top={"listen-plain": ["127.0.0.1:0"], "admin-listen": ["127.0.0.1:0"]}
    )
    daemon = service.start()
    secret = service.ctl.add("router1", HOST)
    for n in range(20):
        reply = exchange_from(f"127.0.9.{n + 1}", daemon.plain_port, get(UPDATE))
        assert reply.endswith(b"badauth")
    assert exchange_from("127.0.8.1", daemon.plain_port, get(UPDATE)).endswith(b"badauth")
    login = f"Authorization: {basic('router1', secret)}"
    assert b"\r\n\r\ngood" in exchange_from("127.0.9.1", daemon.plain_port, get(UPDATE, login))
    assert metrics(daemon)["mooring_log_lines_limited_total"] == 15
    daemon.stop()
    updates = [entry.fields for entry in daemon.entries("update")]
    assert [update["client"] for update in updates[:5]] == [f"127.0.9.{n}" for n in range(1, 6)]
    assert [update["client"] for update in updates[5:]] == ["127.0.8.1", "127.0.9.1"]
    (rest,) = daemon.entries("refused updates left out")
    assert rest.fields == {"client": "127.0.9.0/24", "lines": "15"}


def test_other_paths_are_no_updates(embedded: Service) -> None:
    context = embedded.config.tls.context()
    for target in ("/", "/nic/updates", "/checkip", "/healthz?/nic/update"):
        exchange(embedded.daemon.https_port, get(target, "Connection: close"), context)
    embedded.daemon.stop()
    assert embedded.daemon.entries("update") == []
