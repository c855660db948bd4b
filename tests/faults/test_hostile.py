# SPDX-License-Identifier: BSD-2-Clause
"""Who says what is not so: clients about their address, and an Amazon that is none."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from aws.errors import Reply
from faults.world import CHANGE, World, has_sanitizers
from system.conftest import Service
from system.harness import HOST, basic, connect, eventually, get, parse_response, read_to_end

UNTRUSTED = "127.0.0.77"
MEBIBYTE = 1 << 20
RSS_MORE_MAX_KB = 2 * 1024


# --- 38: whom a header names ---


def said(service: Service, source: str, *headers: bytes) -> tuple[int, str]:
    lines = [b"GET /nic/update HTTP/1.1", b"Host: x", b"Connection: close", *headers]
    login = b"Authorization: " + basic("router1", service.secret).encode()
    at = ("127.0.0.1", service.daemon.plain_port)
    with socket.create_connection(at, 15, (source, 0)) as sock:
        try:
            sock.sendall(b"\r\n".join([*lines, login]) + b"\r\n\r\n")
        except ConnectionError:
            pass  # what was too large may be refused before it is all there
        answer = parse_response(read_to_end(sock))
    return answer.status, answer.text


@pytest.mark.fault(
    38,
    "X-Forwarded-For and PROXY headers forged: by strangers, through a proxy; empty, garbage, 1 MB",
    "strangers are not believed; of a proxy's list the last address that is no proxy's counts",
)
def test_nobody_is_believed_about_an_address_but_the_proxy(
    make_service: Callable[..., Service], figures: dict[str, object]
) -> None:
    service = make_service(
        top={"listen-plain": ["127.0.0.1:0"], "trusted-proxies": ["127.0.0.1"]}
    )
    service.secret = service.ctl.add("router1", HOST)
    service.start()
    forged = [
        b"X-Forwarded-For: 192.0.2.66",
        b"X-Forwarded-For: 192.0.2.66, 127.0.0.1",
        b"Forwarded: for=192.0.2.66",
        b"X-Real-IP: 192.0.2.66",
        b"X-Forwarded-For:",
        b"X-Forwarded-For: ,,,,",
        b"X-Forwarded-For: \xff\xfe, \x80",
        b"X-Forwarded-For: " + b"192.0.2.66," * 1000,
    ]
    for header in forged:
        assert said(service, UNTRUSTED, header)[1].split() in (
            ["good", UNTRUSTED],
            ["nochg", UNTRUSTED],
        ), header
    for header in (b"X-Forwarded-For: " + b"1" * MEBIBYTE, b"X-Forwarded-For: 1.2.3.4," * 50_000):
        for source in (UNTRUSTED, "127.0.0.1"):
            assert said(service, source, header)[0] in (400, 431)
    for raw in (b"PROXY TCP4 192.0.2.66 192.0.2.1 1 2\r\n", b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + bytes(12)):
        with connect(service.daemon.plain_port) as sock:
            sock.sendall(raw + get("/myip"))
            assert b"192.0.2.66" not in read_to_end(sock)
    believed = {
        b"X-Forwarded-For: 192.0.2.66, 198.51.100.7": "198.51.100.7",
        b"X-Forwarded-For: 198.51.100.8, 127.0.0.1, 127.0.0.1": "198.51.100.8",
        b"X-Forwarded-For: 192.0.2.66\r\nX-Forwarded-For: 198.51.100.9": "198.51.100.9",
    }
    for header, address in believed.items():
        assert said(service, "127.0.0.1", header) == (200, f"good {address}")
    for header in (b"X-Forwarded-For:", b"X-Forwarded-For: ,", b"X-Forwarded-For: 192.0.2.66, no", b"X: y"):
        assert said(service, "127.0.0.1", header) == (200, "dnserr"), header
    figures["forged"] = len(forged) + 8 + len(believed)


# --- 40: an Amazon that is none ---

XML = b'<?xml version="1.0"?>\n'
BOMB = (
    XML
    + b'<!DOCTYPE a [<!ENTITY b0 "xxxxxxxxxx">'
    + b"".join(b'<!ENTITY b%d "%s">' % (n, b"&b%d;" % (n - 1) * 10) for n in range(1, 10))
    + b"]><a>&b9;</a>"
)
FOREIGN = XML + b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
HOSTILE = {
    "nothing": Reply(200, b"", {}, "hostile"),
    "no XML": Reply(200, b"\0" * 1000, {}, "hostile"),
    "cut off": Reply(200, XML + b"<ChangeResourceRecordSetsResponse><ChangeInfo><Id>", {}, "hostile"),
    "another document": Reply(200, XML + b"<html/>", {}, "hostile"),
    "entities in entities": Reply(200, BOMB, {}, "hostile"),
    "an entity of a file": Reply(200, FOREIGN, {}, "hostile"),
    "nested": Reply(200, XML + b"<a>" * 100_000, {}, "hostile"),
    "10 MB": Reply(200, XML + b"<a>" + b"x" * (10 * MEBIBYTE), {}, "hostile"),
    "an error of 10 MB": Reply(400, b"x" * (10 * MEBIBYTE), {}, "hostile"),
    "a status that is none": Reply(299, b"", {}, "hostile"),
}


@pytest.mark.fault(
    40,
    "Route 53 answers what it never would: no XML, half of it, bombs of entities, 10 MB, redirects",
    "911, memory bounded (+2 MB), nobody asks where a redirect leads; good again after",
)
def test_hostile_answers_of_route53_are_believed_by_nobody(
    make_world: Callable[..., World], long: bool, figures: dict[str, object]
) -> None:
    world = make_world(top={"update-deadline": 2})
    (account,) = world.accounts(1)
    world.start()
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.settimeout(0)
        away = {"Location": f"http://127.0.0.1:{elsewhere.getsockname()[1]}/latest/meta-data/"}
        redirects = {str(code): Reply(code, b"", away, "hostile") for code in (301, 302, 307, 308)}
        first = world.new_address()
        assert world.update(account, first).text == f"good {first}"
        world.wait_made_sure([account])
        before = world.mark()
        answers = {**HOSTILE, **redirects}
        tried = list(answers.items()) * 20 if long else list(answers.items())[::3]
        for what, reply in tried:
            fault = world.gate.script.answer(CHANGE, reply, times=None)
            answer = world.update(account, world.new_address())
            assert fault.hits > 0 and (answer.status, answer.text) == (503, "911"), what
            world.heal()
            world.settle([account])
        with pytest.raises(BlockingIOError):
            elsewhere.accept()
    more = world.mark().rss_kb - before.rss_kb
    figures["answers"] = len(tried)
    if not has_sanitizers():
        figures["more memory, KB"] = more
        assert more <= RSS_MORE_MAX_KB
    world.check()


# --- 42: an account that goes during an outage ---


@pytest.mark.fault(
    42,
    "An account is removed while Route 53 refuses every change",
    "it is shut at once, kept until its record is gone, which is < 60 s after the end of the trouble",
)
def test_account_removed_in_an_outage_is_gone_after_it(make_world: Callable[..., World]) -> None:
    world = make_world()
    gone, stays = world.accounts(2)
    world.start()
    for account in (gone, stays):
        address = world.new_address()
        assert world.update(account, address).text == f"good {address}"
    world.wait_made_sure([gone, stays])
    for action in (CHANGE, "route53:ListResourceRecordSets"):
        world.gate.script.fail(action, "ServiceUnavailable", "trouble", status=503, times=None)
    ctl = world.service.ctl
    done = ctl.run("user", "remove", gone.user, timeout=120)
    assert done.returncode == 1 and "is disabled, but kept" in done.stderr
    eventually("its router is refused", lambda: told(world, gone) == "badauth", 30)
    assert (gone.host, "A") in world.records()
    world.heal()
    ctl.ok("user", "remove", gone.user, timeout=60)
    eventually("its record is gone", lambda: (gone.host, "A") not in world.records(), 60)
    assert told(world, gone) == "badauth"
    assert world.update(stays, address).text == f"nochg {address}"
    assert set(world.records()) & {(gone.host, "A"), (stays.host, "A")} == {(stays.host, "A")}
    eventually("nothing is owed", lambda: world.metrics()["mooring_hosts_pending"] == 0, 60)


def told(world: World, account: object) -> str:
    return world.stranger(account.user, account.secret, "198.18.0.200").text
