# SPDX-License-Identifier: BSD-2-Clause
"""What docs/PROTOCOL.md promises and no row of tests/protocol can show: what is in the log, who else
has to be in trouble, and how long it takes."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import ssl
from collections.abc import Callable

import pytest

from system.conftest import Amazon, Service
from system.harness import (
    HOST,
    ZONE,
    Response,
    basic,
    connect,
    dig,
    eventually,
    exchange,
    get,
    metrics,
    parse_response,
)

STRICT = "strict.example.net"


def check_headers(answer: Response) -> None:
    """F3 and F4, which hold for every reply."""
    assert answer.one("Content-Length") == str(len(answer.body))
    assert (answer.one("Content-Type") or "").split(";")[0] == "text/plain"
    assert answer.one("Cache-Control") == "no-store"
    assert answer.one("Connection") == "close"
    assert answer.all("Transfer-Encoding") == answer.all("Location") == []


def test_log_names_the_family_that_was_left_out(make_service: Callable[..., Service]) -> None:
    service = make_service(zones={STRICT: {"name-server-addresses": ["127.0.0.1"]}})
    name = f"h.{STRICT}"
    secret = service.ctl.add("strict", name)
    daemon = service.start()
    router = service.router("strict", secret)
    assert router.update("myip=81.2.69.1,2a02:1::1").text == "good 81.2.69.1,2a02:1::1"
    assert router.update("myip=100.64.0.1,2a02:1::2").text == "good 2a02:1::2"
    assert dig(daemon.dns_port, name, "A") == ["81.2.69.1"]
    assert dig(daemon.dns_port, name, "AAAA") == ["2a02:1::2"]
    daemon.wait_log("myip=100.64.0.1,2a02:1::2 left-out=100.64.0.1")


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


def test_every_refusal_is_the_same_byte_for_byte(embedded: Service) -> None:
    secret = embedded.ctl.add("alice", HOST)
    off = embedded.ctl.add("off", f"off.{ZONE}")
    embedded.ctl.ok("user", "disable", "off")
    pairs = [("alice", secret + "x"), ("nobody", secret), ("off", off), ("alice", secret[:16])]
    pairs += [("a" * 129, "x"), ("alice", "")]
    headers = [(), *(("Authorization: " + basic(*pair),) for pair in pairs)]
    context, port = embedded.config.tls.context(), embedded.daemon.https_port
    replies = {
        re.sub(rb"\r\nDate: [^\r]*", b"", exchange(port, get("/nic/update", *given), context))
        for given in headers
    }
    assert len(replies) == 1, replies


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


def test_host_in_no_zone_is_dnserr(make_service: Callable[..., Service]) -> None:
    lab = {"name-server-addresses": ["127.0.0.1"], "allow-special-addresses": True}
    secret = make_service(zones={ZONE: lab, STRICT: lab}).ctl.add("alice", f"h.{STRICT}", HOST)
    service = make_service(zones={ZONE: lab})
    service.start()
    router = service.router("alice", secret)
    answer = router.update(f"hostname=h.{STRICT},{HOST}&myip=192.0.2.1")
    assert (answer.status, answer.text) == (200, "dnserr\ngood 192.0.2.1")
    service.daemon.wait_log("no configured zone")


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


def test_largest_reply_is_below_two_kilobytes(embedded: Service) -> None:
    names = [f"h{n}.{ZONE}" for n in range(20)]
    secret = embedded.ctl.add("crowd", *names)
    v4, v6 = "255.255.255.254", "2001:db8:1111:2222:3333:4444:5555:6666"
    target = f"/nic/update?hostname={','.join(names)}&myip={v4},{v6}"
    raw = get(target, "Authorization: " + basic("crowd", secret))
    reply = exchange(embedded.daemon.https_port, raw, embedded.config.tls.context())
    assert parse_response(reply).text == "\n".join([f"good {v4},{v6}"] * 20)
    assert len(reply) < 2048


def test_old_tls_is_refused(embedded: Service) -> None:
    daemon = embedded.daemon
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname = False
    old.verify_mode = ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with connect(daemon.https_port) as plain, pytest.raises((ssl.SSLError, ConnectionError)):
        old.wrap_socket(plain)


def test_there_is_no_plain_http_by_default(embedded: Service) -> None:
    assert embedded.daemon.ports("plain") == []


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
