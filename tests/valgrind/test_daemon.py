# SPDX-License-Identifier: BSD-2-Clause
"""The daemon and the tool under valgrind: an update of each kind, a question, a reload, the end.

What valgrind says is a failure (conftest.py), and so is its exit status when it said something.
"""

from __future__ import annotations

import signal
from collections.abc import Callable

from faults.world import World
from system.conftest import Service
from system.harness import HOST, ZONE, Ctl, basic, dig, eventually, exchange, get, metrics

WAIT_S = 120  # for what takes no time without valgrind
ANSWERS = {"myip=192.0.2.7": "good 192.0.2.7", "myip=2001:db8::7": "good 2001:db8::7"}


def ask(service: Service, query: str, secret: str) -> str:
    """The last line of the reply, by TLS."""
    login = "Authorization: " + basic("router1", secret)
    raw = get(f"/nic/update?{query}", login, "Connection: close")
    context = service.config.tls.context()
    return exchange(service.daemon.https_port, raw, context, WAIT_S).decode().rpartition("\r\n")[2]


def administer(ctl: Ctl) -> None:
    """What reads and writes the store."""
    ctl.add("other", f"other.{ZONE}")
    ctl.ok("user", "passwd", "other")
    ctl.ok("user", "list")
    ctl.ok("user", "remove", "other")
    ctl.ok("verify")


def test_embedded_default(make_service: Callable[..., Service]) -> None:
    service = make_service(top={"admin-listen": ["127.0.0.1:0"]})
    secret = service.ctl.add("router1", HOST)
    daemon = service.start()
    for query, answer in ANSWERS.items():
        assert ask(service, query, secret) == answer
    assert ask(service, "myip=2001:db8::7", secret).startswith("nochg")
    assert ask(service, "myip=192.0.2.8", "wrong") == "badauth"
    assert ask(service, f"hostname=nobody.{ZONE}", secret) == "nohost"
    assert ask(service, "myip=nonsense", secret) == "dnserr"
    for options in ((), ("+tcp",)):
        assert dig(daemon.dns_port, HOST, "AAAA", *options) == ["2001:db8::7"]
    assert metrics(daemon)
    daemon.send_signal(signal.SIGHUP)
    daemon.wait_log("the certificate (was read again|in use stays)", timeout=WAIT_S)
    administer(service.ctl)
    daemon.stop()


def test_route53_and_dynamodb(make_world: Callable[..., World]) -> None:
    world = make_world()
    world.start()
    account, several = world.accounts(1) + world.accounts(1, hosts=3)
    for each in (account, several):
        address = world.new_address()
        assert world.update(each, address, timeout=WAIT_S).text.startswith("good")
        assert world.update(each, address, timeout=WAIT_S).text.startswith("nochg")
    assert world.stranger(account.user, "wrong", "192.0.2.9").text == "badauth"
    eventually("the zone has it", lambda: (account.host, "A") in world.records(), WAIT_S)
    administer(world.service.ctl)
    world.daemons[0].stop()
