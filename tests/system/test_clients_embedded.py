# SPDX-License-Identifier: BSD-2-Clause
"""Debian's own clients update the running daemon, and its name server tells the world at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from system.clients import CLIENTS, SILENT_WHEN_UNCHANGED, Login
from system.conftest import Service
from system.harness import HOST, ZONE, dig, dig_status

ADDRESSES = [("A", "203.0.113.5", "203.0.113.6"), ("AAAA", "2001:db8::5", "2001:db8::6")]


def looked_up(service: Service, kind: str) -> list[list[str]]:
    """Over UDP and over TCP."""
    port = service.daemon.dns_port
    return [dig(port, HOST, kind), dig(port, HOST, kind, "+tcp")]


@pytest.mark.parametrize(("kind", "first", "second"), ADDRESSES, ids=["IPv4", "IPv6"])
@pytest.mark.parametrize("client", CLIENTS)
def test_client_updates_over_verified_tls(
    embedded: Service,
    make_login: Callable[..., Login],
    client: str,
    kind: str,
    first: str,
    second: str,
) -> None:
    secret = embedded.ctl.add("router1", HOST)
    update = CLIENTS[client]
    force = {"force": True} if client in SILENT_WHEN_UNCHANGED else {}
    login = make_login(embedded.daemon, "router1", secret)

    result = update(login, first)
    assert (result.word, result.ok) == ("good", True), result.output
    assert looked_up(embedded, kind) == [[first], [first]]

    result = update(login, first, **force)
    assert (result.word, result.ok) == ("nochg", True), result.output

    result = update(login, second, **force)
    assert (result.word, result.ok) == ("good", True), result.output
    assert looked_up(embedded, kind) == [[second], [second]]


@pytest.mark.parametrize("client", sorted(SILENT_WHEN_UNCHANGED))
def test_client_that_remembers_sends_nothing_twice(
    embedded: Service, make_login: Callable[..., Login], client: str
) -> None:
    secret = embedded.ctl.add("router1", HOST)
    login = make_login(embedded.daemon, "router1", secret)
    assert CLIENTS[client](login, "203.0.113.5").word == "good"
    again = CLIENTS[client](login, "203.0.113.5")
    assert (again.word, again.ok) == ("", True), again.output


@pytest.mark.parametrize("client", CLIENTS)
def test_client_understands_that_its_password_is_wrong(
    embedded: Service, make_login: Callable[..., Login], client: str
) -> None:
    embedded.ctl.add("router1", HOST)
    login = make_login(embedded.daemon, "router1", "not-the-secret")
    result = CLIENTS[client](login, "203.0.113.5")
    assert not result.ok and result.word not in ("good", "nochg"), result.output
    assert dig_status(embedded.daemon.dns_port, HOST) == "NXDOMAIN"


@pytest.mark.parametrize("client", CLIENTS)
def test_client_refuses_a_server_it_cannot_trust(
    embedded: Service, make_login: Callable[..., Login], client: str
) -> None:
    """Without the authority no client sends its password: the other tests do check the certificate."""
    secret = embedded.ctl.add("router1", HOST)
    login = make_login(embedded.daemon, "router1", secret)
    other = login.directory / "other"
    other.mkdir()
    login.ca = type(embedded.config.tls)(other).make_authority().ca
    result = CLIENTS[client](login, "203.0.113.5")
    assert not result.ok and result.word == "", result.output
    assert dig_status(embedded.daemon.dns_port, HOST) == "NXDOMAIN"


def test_both_families_live_beside_each_other(embedded: Service) -> None:
    secret = embedded.ctl.add("router1", HOST)
    router = embedded.router("router1", secret)
    assert router.update(f"hostname={HOST}&myip=203.0.113.5").text == "good 203.0.113.5"
    assert router.update(f"hostname={HOST}&myip=2001:db8::5").text == "good 2001:db8::5"
    both = router.update(f"hostname={HOST}&myip=203.0.113.5,2001:db8::5")
    assert both.text == "nochg 203.0.113.5,2001:db8::5"
    assert looked_up(embedded, "A") == [["203.0.113.5"]] * 2
    assert looked_up(embedded, "AAAA") == [["2001:db8::5"]] * 2


def test_name_server_answers_as_an_authority(embedded: Service) -> None:
    secret = embedded.ctl.add("router1", HOST)
    port = embedded.daemon.dns_port
    assert dig_status(port, HOST) == "NXDOMAIN"
    assert embedded.router("router1", secret).update("myip=203.0.113.5").text == "good 203.0.113.5"
    assert dig(port, ZONE, "NS") == [f"ns1.{ZONE}."]
    assert dig(port, f"ns1.{ZONE}", "A") == ["127.0.0.1"]
    assert len(dig(port, ZONE, "SOA")) == 7
    assert (dig_status(port, HOST, "AAAA"), dig(port, HOST, "AAAA")) == ("NOERROR", [])
    assert dig_status(port, f"nobody.{ZONE}") == "NXDOMAIN"
    assert dig_status(port, "example.org") == "REFUSED"
    assert dig(port, HOST.upper(), "A") == ["203.0.113.5"]
