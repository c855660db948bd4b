# SPDX-License-Identifier: BSD-2-Clause
"""Restarts and upgrades with sockets that somebody keeps meanwhile: nobody notices them."""

from __future__ import annotations

import shutil
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import monotonic

import pytest

from faults.world import has_sanitizers
from system.callers import Ask, Callers, over_tcp, over_udp, updates
from system.conftest import Service
from system.handover import Kept
from system.harness import BUILD, HOST, ZONE

ROUTERS = 6  # half of them over TLS, half of them by plain HTTP
NEXT_ANSWER_MAX_S = 1.0
SANITIZED = 10  # so many times longer may it take under sanitizers


@dataclass
class Ports:
    https: int
    plain: int
    dns: int


@pytest.fixture(name="kept")
def fixture_kept() -> Iterator[Kept]:
    with Kept() as kept:
        yield kept


def start(make_service: Callable[..., Service], kept: Kept) -> tuple[Service, Ports]:
    """With a host that the name server is asked for."""
    ports = Ports(kept.tcp(), kept.tcp(), kept.dns())
    service = make_service(
        top={
            "listen": [f"127.0.0.1:{ports.https}"],
            "listen-plain": [f"127.0.0.1:{ports.plain}"],
            "dns-listen": [f"127.0.0.1:{ports.dns}"],
            "dns-responses-per-second": 0,
        }
    )
    secret = service.ctl.add("router1", HOST)
    daemon = service.start(inherited=kept.fds)
    assert service.router("router1", secret).update("myip=203.0.113.5").text == "good 203.0.113.5"
    assert daemon.https_port == ports.https and daemon.dns_port == ports.dns
    return service, ports


def router(service: Service, ports: Ports, user: str, is_tls: bool) -> Ask:
    host = f"{user}.{ZONE}"
    secret = service.ctl.add(user, host)
    context = service.config.tls.context() if is_tls else None
    return updates(ports.https if is_tls else ports.plain, context, user, secret, host)


def callers_of(service: Service, ports: Ports) -> Callers:
    users = [f"caller{i}" for i in range(ROUTERS)]
    return Callers(
        {
            "TLS": [router(service, ports, user, True) for user in users[::2]],
            "plain HTTP": [router(service, ports, user, False) for user in users[1::2]],
            "DNS over UDP": [over_udp(ports.dns, HOST)] * 2,
            "DNS over TCP": [over_tcp(ports.dns, HOST)] * 2,
        }
    )


def replace(service: Service, kept: Kept, turn: int) -> None:
    """As systemd restarts: the next one begins when the last one has ended, of itself and well. Each
    second one is another file, as after an upgrade."""
    service.daemon.stop()
    path = service.config.directory / f"mooringd.{turn % 2}"
    if not path.exists():
        shutil.copy2(BUILD / "mooringd", path)
    service.launch(inherited=kept.fds, program=path)


@pytest.mark.fault(
    50,
    "restarts and upgrades under load, the sockets kept by systemd or another parent",
    "0 failed requests and queries",
)
def test_restarts_fail_nobody(
    make_service: Callable[..., Service], kept: Kept, long: bool, figures: dict[str, object]
) -> None:
    restarts, between = (16, 300) if long else (4, 15)
    service, ports = start(make_service, kept)
    with callers_of(service, ports) as callers:
        for turn in range(restarts):
            callers.wait_answered(between)
            replace(service, kept, turn)
        callers.wait_answered(between)
    service.daemon.wait_ready()
    assert callers.problems == []
    assert not long or callers.total >= 20_000, callers.answered
    figures["restarts"] = restarts
    figures["answered"] = dict(callers.answered)
    figures["failed"] = len(callers.problems)


@pytest.mark.fault(
    51,
    "SIGKILL, the sockets kept by systemd or another parent",
    "the next answer within 1 s; no connection is refused",
)
def test_killed_it_answers_within_a_second(
    make_service: Callable[..., Service], kept: Kept, long: bool, figures: dict[str, object]
) -> None:
    service, ports = start(make_service, kept)
    ask = router(service, ports, "caller", True)
    took: list[float] = []
    for _ in range(16 if long else 3):
        began = monotonic()
        service.daemon.kill()
        service.launch(inherited=kept.fds)
        ask()
        took.append(monotonic() - began)
    service.daemon.wait_ready()
    # One slow start is the machine's.
    typical = statistics.median(took)
    assert typical < NEXT_ANSWER_MAX_S * (SANITIZED if has_sanitizers() else 1)
    figures["kills"] = len(took)
    figures["next answer in"] = f"{typical:.2f} s"
