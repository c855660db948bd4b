# SPDX-License-Identifier: BSD-2-Clause
"""A login in the query of the URL: taken where a listener allows it, and never told to anybody."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from system.conftest import Service
from system.harness import HOST, Tls, basic, dig, exchange, get, parse_response

SECRET = "dZ4-canary.7Qx"


@pytest.fixture(name="listeners")
def fixture_listeners(make_service: Callable[..., Service]) -> Service:
    """https: [0] no, [1] tls; plain: [0] no, [1] tls (which it is not), [2] always."""
    service = make_service(top={"listen-plain": ["127.0.0.1:0"], "log-level": "debug"})
    service.config.listeners = {
        "urls": {"address": ["127.0.0.1:0"], "query-credentials": "tls"},
        "half": {"address": ["127.0.0.1:0"], "tls": "no", "query-credentials": "tls"},
        "open": {"address": ["127.0.0.1:0"], "tls": "no", "query-credentials": "always"},
    }
    service.ctl.add("router1", HOST, secret=SECRET)
    service.start()
    return service


def ask(service: Service, tls: Tls, kind: str, which: int, raw: bytes) -> tuple[int, str]:
    port = service.daemon.ports(kind)[which]
    context = tls.context() if kind == "https" else None
    reply = parse_response(exchange(port, raw, context))
    return reply.status, reply.body.decode()


def post(body: str, kind: str) -> bytes:
    head = get("/nic/update", f"Content-Length: {len(body)}", f"Content-Type: {kind}", method="POST")
    return head + body.encode()


ROWS = [
    # Synology's documented form; deSEC's; one word for both.
    f"hostname={HOST}&myip=192.0.2.{{}}&username=router1&password={SECRET}",
    f"hostname={HOST}&myip=192.0.2.{{}}&user=router1&pass={SECRET}",
    f"hostname={HOST}&myip=192.0.2.{{}}&login=router1&pw={SECRET}",
    f"hostname={HOST}&myip=192.0.2.{{}}&token=router1:{SECRET}",
    f"hostname={HOST}&myip=192.0.2.{{}}&token=router1%3A{SECRET}",
]


@pytest.mark.parametrize("query", ROWS)
def test_listener_takes_a_login_in_the_query_or_says_why_not(
    listeners: Service, tls: Tls, query: str
) -> None:
    n = ROWS.index(query) * 4 + 1
    raw = [get("/nic/update?" + query.format(n + i)) for i in range(4)]
    for kind, which in (("https", 0), ("plain", 0), ("plain", 1)):
        assert ask(listeners, tls, kind, which, raw[0]) == (401, "badauth")
    assert len(listeners.daemon.wait_log("a login in the query is not taken", 3)) == 3
    assert ask(listeners, tls, "https", 1, raw[1]) == (200, f"good 192.0.2.{n + 1}")
    assert ask(listeners, tls, "plain", 2, raw[2]) == (200, f"good 192.0.2.{n + 2}")
    assert dig(listeners.daemon.dns_port, HOST, "A") == [f"192.0.2.{n + 2}"]
    assert SECRET not in listeners.daemon.log


def test_wrong_login_in_the_query_is_refused_like_any_other(listeners: Service, tls: Tls) -> None:
    port = listeners.daemon.ports("https")[1]
    plain = parse_response(exchange(port, get("/nic/update"), tls.context()))
    for query in (
        f"hostname={HOST}&username=router1&password=wrong-{SECRET}",
        f"hostname={HOST}&username=router2&password={SECRET}",
        f"hostname={HOST}&username=router1",
        f"hostname={HOST}&password={SECRET}",
        f"hostname={HOST}&token={SECRET}",
        f"hostname={HOST}&token=router1:",
        f"hostname={HOST}&username=router1&password=%zz{SECRET}",
        f"hostname={HOST}&myip=%zz",
    ):
        reply = parse_response(exchange(port, get("/nic/update?" + query), tls.context()))
        reply.headers = [(name, text) for name, text in reply.headers if name != "Date"]
        plain.headers = [(name, text) for name, text in plain.headers if name != "Date"]
        assert reply == plain
    assert SECRET not in listeners.daemon.log


def test_header_counts_before_the_query(listeners: Service, tls: Tls) -> None:
    target = f"/nic/update?hostname={HOST}&myip=192.0.2.{{}}&username=router1&password={{}}"
    good, wrong = basic("router1", SECRET), basic("router1", "wrong")
    rows = [
        (get(target.format(1, "wrong"), "Authorization: " + good), (200, "good 192.0.2.1")),
        (get(target.format(2, SECRET), "Authorization: " + wrong), (401, "badauth")),
        (get(target.format(3, SECRET), "Authorization: Basic Og=="), (200, "good 192.0.2.3")),
        (get(target.format(4, SECRET), "Authorization: Bearer x"), (200, "good 192.0.2.4")),
        # FRITZ!Box puts what it has into the URL as it is: that is no reason to refuse its header.
        (get(target.format(5, "100%"), "Authorization: " + good), (200, "good 192.0.2.5")),
    ]
    for raw, want in rows:
        assert ask(listeners, tls, "https", 1, raw) == want


def test_login_in_a_body_counts_too(listeners: Service, tls: Tls) -> None:
    form = f"hostname={HOST}&myip=192.0.2.9&username=router1&password={SECRET}"
    raw = post(form, "application/x-www-form-urlencoded")
    assert ask(listeners, tls, "https", 0, raw) == (401, "badauth")
    assert ask(listeners, tls, "https", 1, raw) == (200, "good 192.0.2.9")
    flat = f'{{"hostname":"{HOST}","myip":"192.0.2.10","token":"router1:{SECRET}"}}'
    raw = post(flat, "application/json")
    assert ask(listeners, tls, "https", 1, raw) == (200, "good 192.0.2.10")
    assert SECRET not in listeners.daemon.log
