# SPDX-License-Identifier: BSD-2-Clause
"""Keys for Amazon that end, and whoever hands them out in trouble."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from time import monotonic

import pytest

from aws.emulators import free_port
from aws.strict_route53 import Limits
from faults import keys
from faults.clock import Clock
from faults.keys import KeyServer
from faults.network import publish
from faults.proxy import Proxy
from faults.world import Account, World
from system.harness import Value, eventually, exchange, get, parse_response


@pytest.mark.fault(
    15,
    "Keys end in the middle of everything (ExpiredToken), many times",
    "one refresh, one retry of each call, key and token never mixed, 0 failed replies",
)
def test_keys_that_end_cost_nobody_his_answer(
    make_world: Callable[..., World], figures: dict[str, object], long: bool
) -> None:
    rounds = 20 if long else 3
    world = make_world(quota=Limits(requests=(5000, 1000), changes=(150_000, 10_000)))
    accounts = world.accounts(64)
    with KeyServer(world.gate) as server:
        world.service.env.update(keys.container(server.url))
        world.start()
        with world.load(accounts, workers=32, pause_s=0) as load:
            for _ in range(rounds):
                load.wait_sent(100)
                server.rotate()
            load.wait_sent(100)
        world.canaries |= server.secrets
        world.settle(accounts)
        world.check()
        words, asked = world.oracle.words(), len(server.requests)
    codes = Counter(call.code for call in world.gate.calls())
    figures["keys"] = (
        f"{rounds} rotations, {asked - 1} refreshes, {sum(codes.values()) - codes[None]} calls sent"
        f" again, {words['good'] + words['nochg']} updates answered, {words['911']} failed"
    )
    assert set(words) == {"good", "nochg"}, words
    assert set(codes) <= {None, "ExpiredToken", "ExpiredTokenException"}, codes
    assert codes["ExpiredTokenException"] > 0
    assert asked == rounds + 1


# 16: the metadata service.

ASKED_MAX = 8  # requests a second to it, at most, while many routers ask
NO_KEYS = (503, "credentials-unavailable")
ANSWERS = {
    "down": "does not answer",
    keys.SILENT: "does not answer",
    keys.SLOW: "does not answer",
    keys.REFUSED_TOKEN: "answers with HTTP status 401",
}
FAULT_16 = pytest.mark.fault(
    16,
    "The metadata service down, silent, slow (5 s), 401 at the start; down later; old documents",
    "not ready within 3 s, no hot loop; running: the last keys serve past their written end",
)


@dataclass
class Fixed:
    """Ports that are known before the daemon says that it is ready."""

    admin: int = field(default_factory=free_port)
    plain: int = field(default_factory=free_port)

    @property
    def top(self) -> dict[str, Value]:
        return {
            "admin-listen": [f"127.0.0.1:{self.admin}"],
            "listen-plain": [f"127.0.0.1:{self.plain}"],
        }

    def readiness(self) -> tuple[int, str]:
        try:
            answer = parse_response(exchange(self.admin, get("/readyz", "Connection: close")))
        except OSError:
            return 0, "nobody listens yet"
        return answer.status, answer.text


@FAULT_16
@pytest.mark.only_long("how", (keys.SILENT, keys.SLOW))
@pytest.mark.parametrize("how", ANSWERS)
def test_metadata_service_in_trouble_at_the_start_is_not_ready_and_no_hot_loop(
    make_world: Callable[..., World], figures: dict[str, object], long: bool, how: str
) -> None:
    watch_s = 10 if long else 3
    ports = Fixed()
    world = make_world(top=ports.top)
    accounts = world.accounts(4)
    with KeyServer(world.gate) as server, Proxy(server.port) as proxy:
        server.mode = how
        if how == "down":
            server.down()
        world.service.env.update(keys.instance(proxy.url))
        began = monotonic()
        world.daemons.append(world.service.launch())
        eventually("it tells that it is not ready", lambda: ports.readiness()[0] == 503, 3)
        not_ready_s = monotonic() - began
        world.daemons[0].wait_ready()
        world.mark()
        with world.load(accounts, pause_s=0.01) as load:
            eventually("no keys", lambda: ports.readiness() == NO_KEYS)
            asked = proxy.connections
            threading.Event().wait(watch_s)
            asked = proxy.connections - asked
            assert load.sent > 0 and set(world.oracle.words()) <= {"911", None}
            assert world.liveness() == (200, "ok")
            server.mode = keys.OK
            server.up()
            healed = monotonic()
            eventually("ready", lambda: ports.readiness() == (200, "ready"), 15)
            healed = monotonic() - healed
        world.canaries |= server.secrets
        world.settle(accounts)
        world.check()
    figures[f"at the start: {how}"] = (
        f"not ready after {not_ready_s:.1f} s, asked {asked / watch_s:.1f} times a second under"
        f" load, ready {healed:.1f} s after"
    )
    assert 0 < asked <= ASKED_MAX * watch_s
    assert ANSWERS[how] in world.daemons[0].log


@pytest.fixture(name="make_instance")
def fixture_make_instance(
    make_world: Callable[..., World], tmp_path: Path
) -> Iterator[Callable[[], tuple[World, Clock, KeyServer]]]:
    """A world on an instance whose clock, and that of its Amazon, can be moved."""
    with ExitStack() as stack:

        def make() -> tuple[World, Clock, KeyServer]:
            clock = Clock(tmp_path)
            world = make_world(gate={"clock": clock.now})
            server = stack.enter_context(KeyServer(world.gate, clock.now))
            world.service.env.update({**clock.env, **keys.instance(server.url)})
            return world, clock, server

        yield make


STEP = timedelta(minutes=2)


@FAULT_16
@pytest.mark.only_long("how", (keys.SILENT,))
@pytest.mark.parametrize("how", ["down", keys.SILENT])
def test_last_keys_serve_while_the_metadata_service_is_away(
    make_instance: Callable[[], tuple[World, Clock, KeyServer]],
    figures: dict[str, object],
    how: str,
) -> None:
    """Keys of one hour, and it is away from the 40th minute on; Amazon honours them to the 80th."""
    world, clock, server = make_instance()
    (account,) = world.accounts(1)
    old = server.rotate(timedelta(hours=1))
    world.start()
    publish(world, [account])
    first = len(server.requests)
    clock.shift = 40 * 60
    server.mode = keys.SILENT
    if how == "down":
        server.down()
    slowest = 0.0
    while clock.shift < 80 * 60:
        clock.shift += STEP.total_seconds()
        began = monotonic()
        publish(world, [account])
        slowest = max(slowest, monotonic() - began)
    asked = len(server.requests) - first
    assert {call.access_key for call in world.gate.calls()} == {old.access_key}
    assert world.readiness() == (200, "ready")
    world.gate.expired.add(old.access_key)
    assert world.update(account, world.new_address()).text == "911", "their true end"
    server.mode = keys.OK
    server.up()
    server.rotate()
    began = monotonic()
    world.settle([account], 20)
    figures[f"running: {how} for 40 min"] = (
        f"0 failed updates to 20 min behind the written end, slowest {slowest:.1f} s"
        + (f", asked {asked} times" if how == keys.SILENT else "")
        + f"; new keys {monotonic() - began:.1f} s after it was back"
    )
    world.canaries |= server.secrets
    world.check()
    assert asked <= 80 * 60 / STEP.total_seconds()


@FAULT_16
def test_documents_that_have_ended_are_used_while_amazon_takes_them(
    make_instance: Callable[[], tuple[World, Clock, KeyServer]], figures: dict[str, object]
) -> None:
    """As in an outage of AWS's own: the service goes on handing out what it has."""
    world, clock, server = make_instance()
    (account,) = world.accounts(1)
    server.rotate(timedelta(hours=-1))
    daemon = world.start()
    for _ in range(20):
        publish(world, [account])
    first = len(server.requests)
    assert first == 3, "a token, a role, its keys"
    assert len(daemon.log_lines("have ended or are about to")) == 1
    while clock.shift < 60 * 60:
        clock.shift += STEP.total_seconds()
        publish(world, [account])
    looks = (len(server.requests) - first) / 3
    server.rotate()
    clock.shift += 10 * 60
    publish(world, [account])
    eventually("the new ones are in use", lambda: uses(world, account, server))
    figures["running: ended documents for 1 h"] = f"0 failed updates, looked {looks:.0f} times"
    assert 6 <= looks <= 30, "each 2 to 10 minutes"
    world.canaries |= server.secrets
    world.check()


def uses(world: World, account: Account, server: KeyServer) -> bool:
    publish(world, [account])
    return world.gate.calls()[-1].access_key == server.identities[-1].access_key
