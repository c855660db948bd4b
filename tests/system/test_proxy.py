# SPDX-License-Identifier: BSD-2-Clause
"""Behind a proxy: whose address is published when the client names none."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

import pytest

from system.conftest import Service
from system.harness import HOST, Tls, basic, connect, dig, exchange, get, parse_response, read_one


@pytest.fixture(name="proxied")
def fixture_proxied(make_service: Callable[..., Service]) -> Service:
    service = make_service(top={"trusted-proxies": ["127.0.0.0/8", "2001:db8:1::/48"]})
    service.secret = service.ctl.add("router1", HOST)
    service.start()
    return service


def ask(service: Service, tls: Tls, *headers: str, target: str = "/nic/update") -> tuple[int, str]:
    raw = get(target, "Authorization: " + basic("router1", service.secret), *headers)
    reply = parse_response(exchange(service.daemon.https_port, raw, tls.context()))
    return reply.status, reply.body.decode()


@pytest.mark.parametrize(
    ("headers", "want"),
    [
        ((), "dnserr"),
        (("X-Forwarded-For: 198.51.100.7",), "good 198.51.100.7"),
        (("X-Forwarded-For: 192.0.2.66, 198.51.100.7, 127.0.0.9",), "good 198.51.100.7"),
        (("x-forwarded-for: 2001:db8::7",), "good 2001:db8::7"),
        (("X-Forwarded-For: unknown",), "dnserr"),
        (("X-Forwarded-For: 198.51.100.7,",), "good 198.51.100.7"),
        (("X-Forwarded-For: 192.0.2.66", "X-Forwarded-For: 198.51.100.8"), "good 198.51.100.8"),
        (("X-Forwarded-For: 198.51.100.9", "x-forwarded-for: 127.0.0.9"), "good 198.51.100.9"),
        (("X-Forwarded-For: 198.51.100.7:4711, 127.0.0.9:80",), "good 198.51.100.7"),
        (("X-Forwarded-For: [2001:db8::7]:4711",), "good 2001:db8::7"),
        (("X-Forwarded-For: 198.51.100.7, unknown",), "dnserr"),
        (("X-Forwarded-For:",), "dnserr"),
        (("Forwarded: for=198.51.100.7",), "dnserr"),
    ],
)
def test_client_is_whom_the_proxy_names(
    proxied: Service, tls: Tls, headers: tuple[str, ...], want: str
) -> None:
    assert ask(proxied, tls, *headers) == (200, want)


@pytest.mark.parametrize(
    ("headers", "want"),
    [
        (("Forwarded: for=198.51.100.7;proto=https",), "good 198.51.100.7"),
        (('Forwarded: for="[2001:db8::7]:4711"', "Forwarded: for=127.0.0.9"), "good 2001:db8::7"),
        (("Forwarded: for=192.0.2.66, for=198.51.100.8",), "good 198.51.100.8"),
        (("Forwarded: for=_hidden",), "dnserr"),
        (("X-Forwarded-For: 198.51.100.7",), "dnserr"),
        (("Forwarded: for=198.51.100.9", "X-Forwarded-For: 192.0.2.66"), "good 198.51.100.9"),
    ],
)
def test_client_is_whom_forwarded_names(
    make_service: Callable[..., Service], tls: Tls, headers: tuple[str, ...], want: str
) -> None:
    top = {"trusted-proxies": ["127.0.0.0/8"], "client-address-header": "forwarded"}
    service = make_service(top=top)
    service.secret = service.ctl.add("router1", HOST)
    service.start()
    assert ask(service, tls, *headers) == (200, want)


def test_proxy_that_names_nobody_is_never_taken_for_the_client(proxied: Service, tls: Tls) -> None:
    assert ask(proxied, tls, "X-Forwarded-For: 198.51.100.7")[1] == "good 198.51.100.7"
    assert ask(proxied, tls) == (200, "dnserr")
    proxied.daemon.wait_log("the proxy does not name the sender")
    assert dig(proxied.daemon.dns_port, HOST, "A") == ["198.51.100.7"]
    for target in ("/checkip", "/myip", "/nic/checkip"):
        assert ask(proxied, tls, target=target) == (503, "address unknown")
    assert ask(proxied, tls, target="/healthz") == (200, "ok")
    target = "/nic/update?myip=198.51.100.9"
    assert ask(proxied, tls, target=target) == (200, "good 198.51.100.9")


def test_checkip_shows_the_client(proxied: Service, tls: Tls) -> None:
    status, body = ask(proxied, tls, "X-Forwarded-For: 198.51.100.7", target="/checkip")
    assert status == 200
    assert "Current IP Address: 198.51.100.7<" in body


def test_the_cap_on_one_client_is_not_for_a_proxy(make_service: Callable[..., Service]) -> None:
    """All its clients come from one address."""
    service = make_service(
        top={
            "listen-plain": ["127.0.0.1:0"],
            "max-connections-per-client": 2,
            "trusted-proxies": ["127.0.0.1"],
        }
    )
    daemon = service.start()
    with ExitStack() as stack:
        for _ in range(6):
            sock = stack.enter_context(connect(daemon.plain_port))
            sock.sendall(b"GET /myip HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n")
            assert read_one(sock).text == "address unknown"


def test_nobody_is_believed_by_default(make_service: Callable[..., Service], tls: Tls) -> None:
    service = make_service()
    service.secret = service.ctl.add("router1", HOST)
    service.start()
    headers = ("X-Forwarded-For: 198.51.100.7", "X-Forwarded-For: 192.0.2.66")
    assert ask(service, tls, *headers) == (200, "good 127.0.0.1")
