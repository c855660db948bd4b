# SPDX-License-Identifier: BSD-2-Clause
"""Hostile clients, stopping, reloading, and what goes wrong before anything works."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from time import monotonic

import pytest

from aws.emulators import Dynalite
from aws.errors import Reply
from aws.faults import Fault
from system.conftest import Amazon, Service
from system.harness import (
    BUILD,
    HOST,
    TOP,
    ZONE,
    Tls,
    basic,
    connect,
    dig,
    environment,
    eventually,
    exchange,
    get,
    parse_response,
    read_one,
    read_to_end,
    run,
)
from system.logline import TIME

CHANGE = "route53:ChangeResourceRecordSets"
HEADER_TIMEOUT_S, DRAIN_TIMEOUT_S = 10, 10  # the defaults


# Clients that stall.


def test_stalled_handshake_costs_no_processor_time(embedded: Service) -> None:
    """Three bytes of a TLS record and silence: libmicrohttpd's epoll mode would spin on it."""
    daemon = embedded.daemon
    with ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(connect(daemon.https_port)).sendall(b"\x16\x03\x01")
        answer = parse_response(
            exchange(daemon.https_port, get("/healthz"), daemon.config.tls.context())
        )
        assert answer.text == "ok"
        before = daemon.cpu_seconds()
        threading.Event().wait(2)  # the window in which nothing may happen
        assert daemon.cpu_seconds() - before < 0.2


def test_other_clients_are_served_beside_stalled_ones(embedded: Service) -> None:
    secret = embedded.ctl.add("router1", HOST)
    daemon = embedded.daemon
    starts = [b"", b"\x16", b"\x16\x03\x01\x02\x00\x01"]
    with ExitStack() as stack:
        for n in range(30):
            stack.enter_context(connect(daemon.https_port)).sendall(starts[n % 3])
        begun = monotonic()
        assert embedded.router("router1", secret).update("myip=203.0.113.5").status == 200
        assert monotonic() - begun < HEADER_TIMEOUT_S, "it waited until they were cut off"


def test_connections_of_one_client_are_capped(make_service: Callable[..., Service]) -> None:
    service = make_service(top={"listen-plain": ["127.0.0.1:0"], "max-connections-per-client": 4})
    daemon = service.start()
    with ExitStack() as stack:
        held = [stack.enter_context(connect(daemon.plain_port)) for _ in range(4)]
        for sock in held:  # each is accepted for sure once it was answered
            sock.sendall(b"GET /myip HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n")
            assert read_one(sock).text == "127.0.0.1"
        with connect(daemon.plain_port) as sock:
            sock.sendall(get("/myip"))
            assert read_to_end(sock) == b""
        daemon.wait_log("too many")
        held[0].close()
        eventually(
            "a place is free again",
            lambda: exchange(daemon.plain_port, get("/myip")).endswith(b"127.0.0.1"),
        )


def test_client_that_goes_away_while_it_waits_harms_nobody(
    amazon: Amazon, make_service: Callable[..., Service]
) -> None:
    service = amazon.service(make_service)
    secret = service.ctl.add("router1", HOST)
    daemon = service.start()
    hold = amazon.gate.script.hold_before(CHANGE)
    login = "Authorization: " + basic("router1", secret)
    with connect(daemon.https_port, daemon.config.tls.context()) as sock:
        sock.sendall(get("/nic/update?myip=203.0.113.5", login))
        hold.wait_arrived()
    hold.release()
    eventually("published all the same", lambda: amazon.records() == {(HOST, "A"): ["203.0.113.5"]})
    assert service.router("router1", secret).update("myip=203.0.113.5").status == 200


# Stopping.


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["TERM", "INT"])
def test_stop_while_200_requests_wait_answers_all_of_them(
    make_amazon: Callable[..., Amazon],
    dynalite: Dynalite,
    make_service: Callable[..., Service],
    number: int,
) -> None:
    """libmicrohttpd aborts the process when it is stopped with a suspended request."""
    count = 200
    hosts = [f"h{n}.{ZONE}" for n in range(count)]
    amazon = make_amazon(dynalite)
    service = amazon.service(
        make_service,
        store={**amazon.store, "timeout": 30},
        top={"update-deadline": 60, "drain-timeout": 3, "max-connections-per-client": 1000},
    )
    secret = service.ctl.add("crowd", *hosts)
    daemon = service.start()
    hold = amazon.gate.script.hold_before(CHANGE)
    answers: list[int] = []
    router = service.router("crowd", secret)

    def ask(host: str) -> None:
        answers.append(router.update(f"hostname={host}&myip=203.0.113.5", timeout=90).status)

    with ThreadPoolExecutor(count) as pool:
        futures = [pool.submit(ask, host) for host in hosts]
        hold.wait_arrived(timeout=60)  # two hundred handshakes at once take their time
        eventually(
            "all requests have come so far as to wait",
            lambda: len(amazon.gate.calls("dynamodb:UpdateItem")) + len(answers) >= count,
            timeout=60,
        )
        daemon.stop(number)
        for future in futures:
            future.result(60)
    assert answers.count(503) > count / 2, "the stop came too late to find them waiting"
    assert len(answers) == count and set(answers) <= {200, 503}, sorted(set(answers))


def test_further_signals_do_not_end_it_halfway(embedded: Service) -> None:
    """A supervisor that is impatient repeats SIGTERM; the status still says that all went well."""
    daemon = embedded.daemon
    while daemon.process.poll() is None:
        for number in (signal.SIGTERM, signal.SIGHUP):
            daemon.send_signal(number)
    daemon.stop()
    assert daemon.process.returncode == 0


def test_idle_connections_do_not_delay_the_stop(embedded: Service) -> None:
    daemon = embedded.daemon
    context = daemon.config.tls.context()
    with ExitStack() as stack:
        for _ in range(20):
            sock = stack.enter_context(connect(daemon.https_port, context))
            sock.sendall(get("/myip", "Connection: keep-alive"))
            assert read_one(sock).text == "127.0.0.1"
        begun = monotonic()
        daemon.stop()
        assert monotonic() - begun < DRAIN_TIMEOUT_S, "it waited for them"


def test_restart_on_the_same_port_at_once(make_service: Callable[..., Service]) -> None:
    service = make_service()
    daemon = service.start()
    service.config.top["listen"] = [f"127.0.0.1:{daemon.https_port}"]
    service.config.top["dns-listen"] = [f"127.0.0.1:{daemon.dns_port}"]
    exchange(daemon.https_port, get("/myip"), daemon.config.tls.context())
    daemon.stop()
    again = service.start()
    assert again.https_port == daemon.https_port


# Smuggling: whatever is ambiguous is refused, and the connection ends with it.

SECOND = b"GET /myip HTTP/1.1\r\nHost: x\r\n\r\n"
SMUGGLED = [
    b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
    b"Content-Length: 0\r\nContent-Length: 4\r\n\r\n",
    b"Content-Length: 4\r\nContent-Length: 0\r\n\r\n",
    b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    b"Transfer-Encoding: identity\r\n\r\n",
    b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    b"Host: y\r\n\r\n",
    b"Authorization: Basic eDp5\r\nAuthorization: Basic eDp6\r\n\r\n",
    b"Content-Length: +4\r\n\r\n",
    b"Content-Length: -1\r\n\r\n",
    b"Content-Length: 4 4\r\n\r\n",
    b"Content-Length: 99999999999999999999\r\n\r\n",
    b"X-Nul: a\0b\r\n\r\n",
]


@pytest.mark.parametrize("rest", SMUGGLED, ids=lambda rest: repr(rest[:44])[2:-1])
def test_ambiguous_request_is_refused_and_what_follows_is_not_served(
    world_plain: Service, rest: bytes
) -> None:
    head = b"POST /nic/update?myip=203.0.113.5 HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n"
    reply = exchange(world_plain.daemon.plain_port, head + rest + SECOND)
    assert b"127.0.0.1" not in reply, reply
    assert reply == b"" or reply.split(b" ", 2)[1] in (b"400", b"413"), reply
    assert reply.count(b"HTTP/1.1 ") <= 1 or b"HTTP/1.1 200" not in reply


@pytest.fixture(name="world_plain")
def fixture_world_plain(make_service: Callable[..., Service]) -> Service:
    service = make_service(top={"listen-plain": ["127.0.0.1:0"], "body-timeout": 2})
    service.start()
    return service


GARBAGE = [
    b"\r\n\r\n",
    b"\0" * 64,
    b"GET\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 3000 + b"\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 20000 + b"\r\n\r\n",
    b"A" * 2000 + b" / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)),
]


def test_garbage_is_not_served_and_the_daemon_lives(world_plain: Service) -> None:
    daemon = world_plain.daemon
    for raw in GARBAGE:
        with connect(daemon.plain_port) as sock:
            try:
                sock.sendall(raw)
                sock.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            assert b" 200 " not in read_to_end(sock)[:20]
    for raw in (b"GET /myip HTTP/1.1\r\n\r\n", b"\0" * 100, b""):
        with connect(daemon.https_port) as sock:
            try:
                sock.sendall(raw)
                sock.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            read_to_end(sock)
    assert exchange(daemon.plain_port, get("/myip")).endswith(b"127.0.0.1")


# Certificates.


def served_serial(port: int, ca: Path) -> int:
    context = ssl.create_default_context(cafile=str(ca))
    with connect(port, context) as sock:
        return int(sock.getpeercert()["serialNumber"], 16)


@pytest.fixture(name="own_tls")
def fixture_own_tls(tmp_path: Path) -> Tls:
    """Certificates that this test may replace."""
    directory = tmp_path / "own-tls"
    directory.mkdir()
    return Tls(directory).make_authority()


@pytest.fixture(name="reloadable")
def fixture_reloadable(make_service: Callable[..., Service], own_tls: Tls) -> Service:
    top = {"certificate": str(own_tls.certificate), "private-key": str(own_tls.key)}
    service = make_service(top=top)
    service.start()
    return service


def test_hup_takes_the_new_certificate_and_keeps_connections(
    reloadable: Service, own_tls: Tls
) -> None:
    daemon = reloadable.daemon
    assert served_serial(daemon.https_port, own_tls.ca) == 1
    with connect(daemon.https_port, own_tls.context()) as old:
        old.sendall(get("/myip", "Connection: keep-alive"))
        assert read_one(old).text == "127.0.0.1"
        own_tls.make_certificate()
        daemon.send_signal(signal.SIGHUP)
        daemon.wait_log("certificate was read again")
        assert served_serial(daemon.https_port, own_tls.ca) == 2
        old.sendall(get("/myip"))
        assert read_to_end(old).endswith(b"127.0.0.1")


def spoil(own_tls: Tls, how: str) -> None:
    if how == "half":
        text = own_tls.certificate.read_bytes()
        own_tls.certificate.write_bytes(text[: len(text) // 2])
    elif how == "empty":
        own_tls.certificate.write_bytes(b"")
    elif how == "missing":
        own_tls.certificate.unlink()
    elif how == "other key":
        own_tls.openssl("genpkey", "-algorithm", "ED25519", "-out", str(own_tls.key))


@pytest.mark.parametrize("how", ["half", "empty", "missing", "other key"])
def test_bad_pair_on_hup_keeps_the_old_one(reloadable: Service, own_tls: Tls, how: str) -> None:
    daemon = reloadable.daemon
    spoil(own_tls, how)
    daemon.send_signal(signal.SIGHUP)
    (line,) = daemon.wait_log("certificate in use stays")
    assert str(own_tls.directory) in line
    assert served_serial(daemon.https_port, own_tls.ca) == 1
    own_tls.make_certificate()
    daemon.send_signal(signal.SIGHUP)
    daemon.wait_log("certificate was read again")
    assert served_serial(daemon.https_port, own_tls.ca) == 2


# What is wrong before it starts: one clear line, the exit status that systemd goes by, nothing
# changed. The same again cannot help with 78; what ends with 1 may pass.
CONFIG, MAY_PASS = 78, 1


def refused_start(config: str, path: Path, *options: str, status: int = 1, **env: str) -> str:
    """The one line on standard error that is not for information."""
    path.write_text(config)
    done = run([BUILD / "mooringd", "-c", path, *options], env=environment(**env), cwd=path.parent)
    assert done.returncode == status, done.stdout + done.stderr
    lines = [line for line in done.stderr.splitlines() if "error: " in line]
    assert len(lines) == 1, done.stderr
    return lines[0]


@pytest.fixture(name="config")
def fixture_config(make_service: Callable[..., Service]) -> Service:
    return make_service()


BAD = [
    ("unknown key", "colour = blue\n", ["colour", ":1"]),
    ("misspelt key", "listen-plane = {}\n", ["listen-plane", ":1"]),
    ("wrong number", "\nretry-after = soon\n", ["retry-after", ":2"]),
    ("number out of range", "retry-after = 0\n", ["retry-after", ":1"]),
    ("wrong address", 'listen = { "localhost:https" }\n', ["listen", ":1"]),
    ("port too large", 'listen = { "127.0.0.1:65536" }\n', ["listen", ":1"]),
    ("wrong word", 'log-format = "xml"\n', ["log-format", "xml"]),
    ("wrong boolean", 'zone "a.example" {\n  allow-special-addresses = perhaps\n}\n', ["perhaps"]),
    ("wrong zone name", 'zone "a..example" {\n}\n', ["a..example"]),
    ("unknown publisher", 'zone "a.example" {\n  publisher = "bind"\n}\n', ["publisher", "bind"]),
    ("unknown store", 'store {\n  type = "mongo"\n}\n', ["type", "mongo"]),
    ("route53 without id", 'zone "a.example" {\n  publisher = "route53"\n}\n', ["hosted-zone-id"]),
    ("half a section", 'zone "a.example" {\n', ["mooring.conf"]),
    ("no zone at all", "retry-after = 5\n", ["zone"]),
    (
        "name server without an address",
        'zone "a.example" {\n}\n',
        ["name-server-addresses", "ns1.a.example"],
    ),
    (
        "addresses that are part of each other",
        'listen = { "0.0.0.0:443", "127.0.0.1:443" }\n',
        ["listen", "0.0.0.0:443", "127.0.0.1:443"],
    ),
]


@pytest.mark.parametrize(("text", "named"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_bad_configuration_is_one_sentence(config: Service, text: str, named: list[str]) -> None:
    zone = "" if "zone" in text or named == ["zone"] else 'zone "dyn.example.com" { }\n'
    for option, status in (((), CONFIG), (("-n",), 1), (("-T",), 1), (("-n", "--start"), CONFIG)):
        line = refused_start(text + zone, config.config.path, *option, status=status)
        for word in named:
            assert word in line, line


def test_bad_environment_names_the_variable(config: Service) -> None:
    line = refused_start(
        config.config.text(), config.config.path, status=CONFIG, MOORING_RETRY_AFTER="soon"
    )
    assert "MOORING_RETRY_AFTER" in line


def test_environment_wins_over_the_file(config: Service) -> None:
    done = run(
        [BUILD / "mooringd", "-c", config.config.write(), "-T"],
        env=environment(MOORING_RETRY_AFTER="99"),
    )
    assert done.returncode == 0 and re.search(r"retry-after\s*=\s*99", done.stdout), done.stderr


def test_keys_that_are_gone_are_a_warning_wherever_they_are_read(
    make_service: Callable[..., Service],
) -> None:
    service = make_service(
        top={"keepalive-requests": 5}, env={"MOORING_ROUTE53_CHANGE_BURST": "7"}
    )
    told = [
        r"mooring\.conf:\d+: keepalive-requests: this key is gone, 1000 is used$",
        r"MOORING_ROUTE53_CHANGE_BURST: this key is gone, 15 times route53-changes-per-second is used$",
    ]
    for option in ("-n", "-T"):
        done = run(
            [BUILD / "mooringd", "-c", service.config.write(), option],
            env=environment(**service.env),
        )
        assert done.returncode == 0 and "keepalive-requests" not in done.stdout
        lines = done.stderr.splitlines()
        assert len(lines) == 2 and all(re.search(*pair) for pair in zip(told, lines, strict=True))
    daemon = service.start()
    assert all(len(daemon.log_lines(f"warning: .*{line}")) == 1 for line in told), daemon.log
    daemon.process.send_signal(signal.SIGHUP)
    assert all(len(daemon.wait_log(line, 2)) == 2 for line in told)


def test_printed_configuration_is_read_the_same(config: Service) -> None:
    first = run([BUILD / "mooringd", "-c", config.config.write(), "-T"])
    again = config.config.path.with_name("again.conf")
    again.write_text(first.stdout)
    assert run([BUILD / "mooringd", "-c", again, "-T"]).stdout == first.stdout
    assert run([BUILD / "mooringd", "-c", again, "-n"]).returncode == 0


def test_missing_configuration_file(tmp_path: Path) -> None:
    done = run([BUILD / "mooringd", "-c", tmp_path / "absent.conf"])
    assert done.returncode == CONFIG and len(done.stderr.splitlines()) == 1
    assert "absent.conf" in done.stderr


def test_wrong_usage_exits_with_two(tmp_path: Path) -> None:
    for words in (["-x"], ["surplus"], ["--start"], ["-T", "--start"], ["-n", "-T", "--start"]):
        done = run([BUILD / "mooringd", *words], cwd=tmp_path)
        assert done.returncode == 2 and done.stdout == ""


@pytest.mark.parametrize("kind", ["https", "plain", "admin", "dns"])
def test_taken_port_is_one_sentence(embedded: Service, make_service: Callable, kind: str) -> None:
    keys = {"https": "listen", "plain": "listen-plain"}
    key = keys.get(kind, f"{kind}-listen")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        if kind in ("https", "dns"):
            port = embedded.daemon.ports(kind)[0]
        other = make_service(top={key: [f"127.0.0.1:{port}"]}, name="other")
        line = refused_start(other.config.text(), other.config.path)
    assert f"127.0.0.1:{port}" in line and "in use" in line


@pytest.mark.parametrize("key", ["certificate", "private-key"])
@pytest.mark.parametrize("how", ["missing", "not PEM", "a directory"])
def test_unusable_certificate_or_key_is_one_sentence(
    config: Service, own_tls: Tls, key: str, how: str
) -> None:
    path = own_tls.directory / "unusable.pem"
    if how == "not PEM":
        path.write_text("this is no PEM file\n")
    elif how == "a directory":
        path.mkdir()
    config.config.top[key] = str(path)
    for option in ((), ("-n",)):
        assert str(path) in refused_start(config.config.text(), config.config.path, *option)


def test_unreadable_key_is_one_sentence(config: Service, own_tls: Tls, tmp_path: Path) -> None:
    """Root reads everything: the daemon runs as nobody, from a place where nobody may look."""
    key = own_tls.directory / "secret.key"
    shutil.copy(own_tls.key, key)
    key.chmod(0o000)
    config.config.top["private-key"] = str(key)
    path = config.config.write()
    argv: list[str | Path] = [BUILD / "mooringd", "-n", "-c", path]
    if os.geteuid() == 0:
        program = Path(shutil.copy(BUILD / "mooringd", tmp_path / "mooringd"))
        for part in (program, path, own_tls.certificate, config.config.tls.certificate):
            part.chmod(0o755)
            for above in list(part.parents)[:-2]:
                above.chmod(above.stat().st_mode | 0o055)
        argv = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", program, *argv[1:]]
    done = run(argv)
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1, done.stderr
    assert str(key) in done.stderr


def test_key_of_another_certificate_is_one_sentence(config: Service, own_tls: Tls) -> None:
    config.config.top["private-key"] = str(own_tls.key)
    line = refused_start(config.config.text(), config.config.path)
    assert str(own_tls.key) in line


def test_unusable_database_is_one_sentence(config: Service, tmp_path: Path) -> None:
    path = tmp_path / "no" / "such" / "mooring.db"
    config.config.store["path"] = str(path)
    assert str(path) in refused_start(config.config.text(), config.config.path)
    path = tmp_path / "text.db"
    path.write_text("this is no database\n" * 100)
    config.config.store["path"] = str(path)
    assert str(path) in refused_start(config.config.text(), config.config.path)
    assert path.read_text() == "this is no database\n" * 100


def test_unknown_hosted_zone_is_an_honest_answer_and_one_line(
    amazon: Amazon, make_service: Callable[..., Service]
) -> None:
    zones = {ZONE: {**amazon.zones[ZONE], "hosted-zone-id": "ZNOSUCHZONE"}}
    service = amazon.service(make_service, zones=zones)
    secret = service.ctl.add("router1", HOST)
    daemon = service.start()
    answer = service.router("router1", secret).update("myip=203.0.113.5")
    assert answer.status == 503 and answer.text in ("dnserr", "911")
    daemon.wait_log("verdict=")
    assert len(daemon.log_lines("cannot publish")) == 1


# Accounts and replies that make no sense.

MALFORMED = [
    {"pass": {"N": "5"}},
    {"pass": {"S": ""}},
    {"host": {"N": "5"}},
    {"host": {"S": "-bad-.example..com"}},
    {"ttl": {"S": "soon"}},
    {"state": {"S": "x"}},
    {"state": {"M": {HOST: {"M": {"seq": {"S": "x"}}}}}},
    {"disabled": {"S": "maybe"}},
]


def test_malformed_item_harms_no_other_account(
    amazon: Amazon, make_service: Callable[..., Service]
) -> None:
    service = amazon.service(make_service)
    secret = service.ctl.add("router1", HOST)
    good = {"pass": {"S": "password9"}, "host": {"S": f"bad.{ZONE}"}}
    for n, change in enumerate(MALFORMED):
        amazon.database.put_item({"user": {"S": f"bad{n}"}, **good, **change})
    amazon.database.put_item({"user": {"S": "alone"}})
    service.start()
    for n in range(len(MALFORMED)):
        answer = service.router(f"bad{n}", "password9").update("myip=203.0.113.9")
        assert answer.text in ("911", "badauth", "notfqdn", "good 203.0.113.9"), (n, answer.text)
        assert (answer.status == 503) == (answer.text == "911")
    assert service.router("alone", "password9").update("myip=203.0.113.9").status in (401, 503)
    assert service.router("router1", secret).update("myip=203.0.113.5").text == "good 203.0.113.5"
    assert "password9" not in service.daemon.log


def reply(body: bytes, status: int = 200, **headers: str) -> Reply:
    return Reply(status, body, {"Content-Type": "application/x-amz-json-1.0", **headers})


NONSENSE = {
    "truncated JSON": ("dynamodb:GetItem", reply(b'{"Item": {"user"')),
    "another type": ("dynamodb:GetItem", reply(b'{"Item": []}')),
    "a list": ("dynamodb:GetItem", reply(b"[]")),
    "deep nesting": ("dynamodb:GetItem", reply(b"[" * 200000)),
    "five megabytes": ("dynamodb:GetItem", reply(b'{"a":"' + b"x" * 5_000_000 + b'"}')),
    "wrong checksum": ("dynamodb:GetItem", reply(b"{}", **{"x-amz-crc32": "1"})),
    "HTML": ("dynamodb:GetItem", reply(b"<html>Bad Gateway</html>", 502)),
    "nothing": ("dynamodb:GetItem", reply(b"", 503)),
    "a redirect": (
        "dynamodb:GetItem",
        reply(b"", 302, Location="http://127.0.0.1:9/latest/meta-data/"),
    ),
    "truncated XML": (CHANGE, reply(b"<ChangeResourceRecordSetsResponse><ChangeInfo>")),
    "XML of something else": (CHANGE, reply(b"<html><body>hello</body></html>")),
    "an entity bomb": (
        CHANGE,
        reply(
            b'<!DOCTYPE a [<!ENTITY b "' + b"b" * 1000 + b'">'
            b'<!ENTITY c "' + b"&b;" * 1000 + b'"><!ENTITY d "' + b"&c;" * 1000 + b'">]><a>&d;</a>'
        ),
    ),
    "an empty 200": (CHANGE, reply(b"")),
    "an empty 500": (CHANGE, reply(b"", 500)),
}


@pytest.mark.parametrize("what", NONSENSE)
def test_nonsense_from_aws_is_an_honest_answer_and_few_lines(
    amazon: Amazon, make_service: Callable[..., Service], what: str
) -> None:
    service = amazon.service(make_service, top={"update-deadline": 4})
    secret = service.ctl.add("router1", HOST)
    daemon = service.start()
    action, nonsense = NONSENSE[what]
    amazon.gate.script.add(Fault(action, None, reply=nonsense))
    router = service.router("router1", secret)
    before = len(daemon.lines)
    answer = router.update("myip=203.0.113.5")
    assert (answer.status, answer.text) == (503, "911")
    daemon.wait_log("verdict=911")  # the reader may be behind
    said = [line for line in daemon.lines[before:] if "verdict=" not in line]
    assert 1 <= len(said) <= 6, said
    assert not any("<html>" in line or len(line) > 1100 for line in said)
    amazon.gate.script.clear()
    eventually(
        "the same update succeeds when Amazon is well again",
        lambda: router.update("myip=203.0.113.5").text.endswith(" 203.0.113.5"),
        timeout=30,
    )
    assert amazon.records() == {(HOST, "A"): ["203.0.113.5"]}


THROTTLED = [
    ("dynamodb:GetItem", "ProvisionedThroughputExceeded", 400),
    ("dynamodb:UpdateItem", "ThrottlingException", 400),
    ("dynamodb:GetItem", "InternalServerError", 500),
    (CHANGE, "Throttling", 400),
    (CHANGE, "PriorRequestNotComplete", 400),
    (CHANGE, "ServiceUnavailable", 503),
]


@pytest.mark.parametrize(("action", "code", "status"), THROTTLED)
def test_passing_trouble_is_retried_within_the_request(
    amazon: Amazon, make_service: Callable[..., Service], action: str, code: str, status: int
) -> None:
    service = amazon.service(make_service)
    secret = service.ctl.add("router1", HOST)
    service.start()
    amazon.gate.script.fail(action, code, "Rate exceeded", status=status)
    answer = service.router("router1", secret).update("myip=203.0.113.5")
    assert answer.text == "good 203.0.113.5"
    assert amazon.records() == {(HOST, "A"): ["203.0.113.5"]}


def test_poison_change_does_not_harm_the_others_of_its_batch(
    amazon: Amazon, make_service: Callable[..., Service]
) -> None:
    """The first call is held, so that the next eight make one batch; one of those is refused."""
    names = [f"h{n}.{ZONE}" for n in range(9)]
    service = amazon.service(make_service)
    secret = service.ctl.add("crowd", *names)
    service.start()
    router = service.router("crowd", secret)
    amazon.gate.forget()
    hold = amazon.gate.script.hold_before(CHANGE)
    poisoned = names[5]
    amazon.gate.refuse_names.add(poisoned + ".")
    with ThreadPoolExecutor(9) as pool:
        first = pool.submit(router.update, f"hostname={names[0]}&myip=203.0.113.5")
        hold.wait_arrived()
        rest = {
            name: pool.submit(router.update, f"hostname={name}&myip=203.0.113.5")
            for name in names[1:]
        }
        eventually(
            "all intents are stored, each the first of its host",
            lambda: len(amazon.gate.calls("dynamodb:TransactWriteItems")) >= 9,
        )
        hold.release()
        assert first.result(20).text == "good 203.0.113.5"
        answers = {name: future.result(20).text for name, future in rest.items()}
    assert answers.pop(poisoned) == "dnserr"
    assert set(answers.values()) == {"good 203.0.113.5"}
    assert {name for name, _ in amazon.records()} == set(names) - {poisoned}


# The log.


def test_json_log_is_json_and_holds_no_secret(make_service: Callable[..., Service]) -> None:
    service = make_service(top={"log-format": "json"})
    secret = service.ctl.add("router1", HOST)
    daemon = service.start()
    assert service.router("router1", secret).update("myip=203.0.113.5").status == 200
    service.router('in"jec\\ted', "x").update(f"hostname={HOST}%0aready&myip=203.0.113.5")
    daemon.wait_log("verdict", n=2)
    daemon.stop()
    assert all(json.loads(line)["time"] for line in daemon.lines)
    updates = [entry.fields for entry in daemon.entries("update")]
    assert [update["verdict"] for update in updates] == ["good", "badauth"]
    assert updates[0]["user"] == "router1" and updates[0]["host"] == HOST
    assert isinstance(updates[0]["id"], int) and isinstance(updates[0]["ms"], int)
    assert updates[1]["user"] == 'in"jec\\ted'
    assert secret not in daemon.log and "Basic" not in daemon.log


def test_emf_log_has_a_line_of_metrics_as_cloudwatch_wants_it(
    make_service: Callable[..., Service]
) -> None:
    """AWS's page "Specification: Embedded metric format"; the daemon writes the last line at its end."""
    service = make_service(top={"log-format": "emf"})
    secret = service.ctl.add("router1", HOST)
    daemon = service.start()
    router = service.router("router1", secret)
    assert router.update("myip=203.0.113.5").status == 200
    assert router.update("myip=203.0.113.5").status == 200
    daemon.stop()
    lines = [json.loads(line) for line in daemon.lines]
    (line,) = [line for line in lines if "_aws" in line]
    aws = line.pop("_aws")
    assert aws.keys() == {"Timestamp", "CloudWatchMetrics"} and aws["Timestamp"] > 1.7e12
    (directive,) = aws["CloudWatchMetrics"]
    assert directive.keys() == {"Namespace", "Dimensions", "Metrics"}
    assert directive["Namespace"] == "mooring" and directive["Dimensions"] == [[]]
    named = {metric["Name"]: metric["Unit"] for metric in directive["Metrics"]}
    assert len(named) == len(directive["Metrics"]) <= 100
    assert set(named.values()) == {"Count", "Seconds", "Milliseconds"}
    assert line.keys() - {"time", "level", "message"} == named.keys()
    assert all(isinstance(line[name], int) for name in named)
    assert (line["updates_good"], line["updates_nochg"], line["updates_911"]) == (1, 1, 0)
    assert line["changes_queued"] == line["updates_pending"] == 0
    template = (TOP / "deploy" / "cloudformation.yaml").read_text(encoding="utf-8")
    alarms = re.findall(r"Namespace: mooring\n +MetricName: (\w+)\n", template)
    assert alarms and set(alarms) <= named.keys()
    page = (TOP / "docs" / "man" / "mooringd.8").read_text(encoding="utf-8")
    assert not [name for name in named if not re.search(rf"\b{name}\b", page)]


def test_text_log_is_one_line_for_each_attempt(embedded: Service) -> None:
    secret = embedded.ctl.add("router1", HOST)
    router = embedded.router("router1", secret)
    router.update("myip=203.0.113.5")
    router.update("myip=203.0.113.5&password=oh-no")
    embedded.router("router1", "wrong-secret").update("myip=203.0.113.5")
    embedded.router("a\r\nready https=127.0.0.1:1", "x").update()
    embedded.daemon.wait_log("verdict=", n=3)
    updates = [entry.fields for entry in embedded.daemon.entries("update")]
    assert [update["verdict"] for update in updates[:3]] == ["good", "nochg", "badauth"]
    assert updates[0]["host"] == HOST and updates[0]["client"] == "127.0.0.1"
    for canary in (secret, "oh-no", "wrong-secret"):
        assert canary not in embedded.daemon.log
    assert len(embedded.daemon.entries("ready")) == 1
    assert all(re.match(f"{TIME} ", line) for line in embedded.daemon.lines)


def test_dns_front_survives_garbage(embedded: Service) -> None:
    secret = embedded.ctl.add("router1", HOST)
    embedded.router("router1", secret).update("myip=203.0.113.5")
    port = embedded.daemon.dns_port
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for raw in (
            b"",
            b"\0",
            b"\xff" * 12,
            b"\0" * 12,
            os.urandom(512),
            b"\0\0\x01\0\0\x01" * 40,
        ):
            sock.sendto(raw, ("127.0.0.1", port))
    for raw in (b"\0", b"\xff\xff" + b"a" * 100, b"\0\x0c" + b"\xff" * 12):
        with connect(port) as sock:
            sock.sendall(raw)
    assert dig(port, HOST, "A") == ["203.0.113.5"]
    assert dig(port, HOST, "A", "+tcp") == ["203.0.113.5"]
