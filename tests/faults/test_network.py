# SPDX-License-Identifier: BSD-2-Clause
"""The network between mooring and Amazon, and that to the routers, at its worst."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from time import monotonic

import pytest

from aws.emulators import free_port
from aws.strict_route53 import Limits
from faults.network import (
    ATTEMPT_S,
    LATE_MAX_S,
    Bystanders,
    check_cut,
    forgive_cuts,
    proxied,
    publish,
)
from faults.proxy import CLOSE, RESET, SILENCE, Deaf, Proxy, Way
from faults.resolver import NXDOMAIN, SERVFAIL, Resolver, why_not
from faults.world import World
from system import row_runner as rows
from system.harness import Tls, connect, eventually
from system.rows import Row, read_rows

# 9: slow.

SLOW = {
    "one byte a second": ("http", Way(piece=1, delay_s=1)),
    "first byte after 30 s": ("http", Way(delay_s=30)),
    "no ServerHello": ("https", Way(limit=0, end=SILENCE)),
    "half a ServerHello": ("https", Way(limit=60, end=SILENCE)),
}
ONLY_LONG = ("first byte after 30 s", "half a ServerHello")
FAULT_9 = pytest.mark.fault(
    9,
    "Route 53 slow: one byte a second, first byte after 30 s, TLS handshake or connection stalled",
    "attempt cut at its deadline; other transfers < 50 ms slower",
)


@FAULT_9
@pytest.mark.only_long("name", ONLY_LONG)
@pytest.mark.parametrize("name", SLOW)
def test_slow_route53_delays_nobody_else(
    make_world: Callable[..., World],
    tls: Tls,
    figures: dict[str, object],
    long: bool,
    name: str,
) -> None:
    scheme, way = SLOW[name]
    world = make_world(gate={"tls": tls.server_context()} if scheme == "https" else {})
    others = Bystanders(world, world.accounts(4))
    with proxied(world, AWS_CA_BUNDLE=str(tls.ca)) as (_, route53):
        publish(world, others.accounts)
        seen = len(route53.exchanges())

        def trouble() -> None:
            route53.set(down=way)
            if scheme == "https":  # the next connection needs a handshake
                route53.drop()

        others.measure(trouble, route53.clear, ATTEMPT_S + (10 if long else 0.7))
        cut = check_cut([each for each in route53.exchanges()[seen:] if each.down < 400])
        world.settle([*others.accounts, others.victim])
        world.check()
    figures[name] = f"attempt cut after {cut:.2f} s; {others.figure()}"


@FAULT_9
@pytest.mark.only_long
def test_route53_that_takes_no_connection_delays_nobody_else(
    make_world: Callable[..., World], figures: dict[str, object]
) -> None:
    """Its SYNs are lost; afterwards somebody listens on the very port."""
    world = make_world()
    others = Bystanders(world, world.accounts(4))
    world.start()
    publish(world, others.accounts)
    world.daemons[0].stop()
    with ExitStack() as stack:
        port = free_port()
        ends: list[Deaf | Proxy] = []

        def replace(end: Deaf | Proxy) -> None:
            ends.append(stack.enter_context(end))

        def trouble() -> None:
            if ends:
                ends[-1].close()
            replace(Deaf(port))

        def heal() -> None:
            ends[-1].close()
            replace(Proxy(world.gate.port, listen=port))

        world.aws_ports.add(port)
        world.start(env={"AWS_ENDPOINT_URL_ROUTE_53": f"http://127.0.0.1:{port}"})
        others.measure(trouble, heal, ATTEMPT_S + 0.7)
        world.settle([*others.accounts, others.victim])
        world.check()
    figures["no connection"] = others.figure()


# 10: pieces.


class Sliced(rows.World):
    """The daemon of the protocol's table, behind proxies."""

    way = Way()

    def connect(self, row: Row, way: str) -> socket.socket:
        port = self.port(row, way)
        if port not in self.proxies:
            self.proxies[port] = Proxy(port)
            self.proxies[port].set(up=self.way, down=self.way)
        sock = connect(self.proxies[port].port)
        return self.encrypt(sock, row.listener) if way == "tls" else sock

    def close(self) -> None:
        for proxy in self.proxies.values():
            proxy.close()
        self.proxies.clear()
        super().close()


LATE = "1-40 bytes, 0-5 ms"
PIECES = {"1 byte": Way(piece=1), LATE: Way(piece=40, jitter_s=0.005)}
FAULT_10 = pytest.mark.fault(
    10,
    "Both sides in pieces of one byte, and of 1-40 bytes each 0-5 ms late",
    "byte-identical replies; the protocol's tests pass",
)


@FAULT_10
@pytest.mark.parametrize("pieces", PIECES)
@pytest.mark.parametrize("way", ["plain", "tls"])
def test_protocol_is_the_same_in_pieces(
    tls: Tls, figures: dict[str, object], long: bool, pieces: str, way: str
) -> None:
    # Of what is refused before it is read whole, the sender may hear but the reset.
    fit = [row for row in read_rows() if rows.ways(row) == list(rows.WAYS) and is_read_whole(row)]
    fit = [row for row in fit if row.source == "127.0.0.1"]
    chosen = fit[:: 1 if long else {"1 byte": 12, LATE: 60}[pieces]]
    with rows.running(tls, Sliced) as world:
        world.way = PIECES[pieces]
        for row in chosen:
            rows.run_row(world, row, way)
        assert sum(proxy.connections for proxy in world.proxies.values()) >= len(chosen)
    figures[f"{way}, {pieces}"] = f"{len(chosen)} rows"


def is_read_whole(row: Row) -> bool:
    """Neither refused before its end, nor followed by a request that nobody reads: whoever closes with
    unread bytes resets the connection."""
    refused = (400, 413, 431, 505)
    return not any(
        one.sent.count(b" HTTP/1.") > len(one.replies)
        or any(reply.status in refused for reply in one.replies)
        for one in row.exchanges
    )


@FAULT_10
@pytest.mark.parametrize("pieces", PIECES)
def test_amazon_is_the_same_in_pieces(
    make_world: Callable[..., World], figures: dict[str, object], long: bool, pieces: str
) -> None:
    world = make_world()
    accounts = world.accounts(5) + world.accounts(1, hosts=3)
    way = PIECES[pieces]
    with proxied(world) as (dynamodb, route53):
        dynamodb.set(up=way, down=way)
        route53.set(up=way, down=way)
        with world.load(accounts, pause_s=0.02) as load:
            load.wait_sent(200 if long else 12, 240)
        world.settle(accounts)
        dynamodb.clear()
        route53.clear()
        world.check()
        words = world.oracle.words()
        assert set(words) == {"good", "nochg"}, words
        assert [call for call in world.gate.calls() if call.code is not None] == []
    figures[f"Amazon, {pieces}"] = f"{words['good']} good, {words['nochg']} nochg, 0 failed"


# 11: resets.

# The requests of an update in their order, by words that only they have.
STEPS = {
    "read": b"DynamoDB_20120810.GetItem",
    "intent": b"#seq = :seq",
    "publication": b"POST /2013-04-01/hostedzone/",
    "confirmation": b"#pub = :pub",
}
FAULT_11 = pytest.mark.fault(
    11,
    "A reset behind every byte of a request and of its reply; its orderly end behind every byte",
    "every update still good, I1, I2, no descriptor lost",
)
OFFSETS = 25  # of each direction, in the quick form


def spread(length: int, n: int | None) -> list[int]:
    """0 to length, all of them or n, with those at both ends."""
    if n is None or n > length:
        return list(range(length + 1))
    return sorted({round(k * length / (n - 1)) for k in range(n)})


def n_offsets(end: str, long: bool) -> int | None:
    """None: every one. What follows from an orderly end differs by few of them."""
    if end == RESET:
        return None if long else OFFSETS
    return 4 * OFFSETS if long else OFFSETS // 3


@FAULT_11
@pytest.mark.parametrize("step", STEPS)
def test_reset_behind_any_byte_is_no_lost_update(
    make_world: Callable[..., World], figures: dict[str, object], long: bool, step: str
) -> None:
    world = make_world(quota=Limits(requests=(5000, 1000), changes=(150_000, 10_000)))
    (account,) = world.accounts(1)
    with proxied(world) as (dynamodb, route53):
        proxy, match = route53 if step == "publication" else dynamodb, STEPS[step]

        def update() -> float:
            address = world.new_address()
            began = monotonic()
            answer = world.update(account, address)
            assert answer.text == f"good {address}", world.daemons[0].log
            return monotonic() - began

        update()
        world.wait_made_sure([account])  # what is sent for that has another length
        for n in range(3):
            update()
            eventually("each step", lambda n=n: len(proxy.exchanges(match)) >= n)
        whole = proxy.exchanges(match)[-2]
        slowest, ends = 0.0, 0
        for direction, end, length in (
            ("up", RESET, whole.up),
            ("down", RESET, whole.down),
            ("down", CLOSE, whole.down),
        ):
            for limit in spread(length, n_offsets(end, long)):
                proxy.set(**{direction: Way(limit=limit, end=end, match=match, times=1)})
                slowest = max(slowest, update())
                eventually(f"{end} at {limit}", lambda d=direction: proxy.ends(d) == 1)
                ends += 1
        proxy.clear()
        update()
        forgive_cuts(world)
        world.check()
    figures[step] = f"{ends} connections ended, slowest update {slowest:.2f} s"


@FAULT_11
def test_resets_delay_nobody_else(
    make_world: Callable[..., World], figures: dict[str, object], long: bool
) -> None:
    world = make_world()
    others = Bystanders(world, world.accounts(4))
    with proxied(world) as (_, route53):
        publish(world, others.accounts)
        others.measure(
            lambda: route53.set(down=Way(limit=100)), route53.clear, 10 if long else 1
        )
        world.settle([*others.accounts, others.victim])
        world.check()
    figures["each connection reset"] = others.figure()


@FAULT_11
def test_reset_between_router_and_mooring_is_no_lost_update(
    make_world: Callable[..., World], figures: dict[str, object], long: bool
) -> None:
    """The router does not know what became of its update, and repeats it."""
    world = make_world()
    (account,) = world.accounts(1)
    daemon = world.start()
    lost = 0
    with Proxy(daemon.plain_port) as proxy:
        world.update(account, world.new_address(), port=proxy.port)
        (whole,) = proxy.exchanges()
        for direction, length in (("up", whole.up), ("down", whole.down)):
            for limit in spread(length, None if long else OFFSETS):
                proxy.set(**{direction: Way(limit=limit, times=1)})
                address = world.new_address()
                try:
                    world.update(account, address, port=proxy.port)
                except (OSError, AssertionError):
                    lost += 1
                assert world.update(account, address).text.split(" ")[1:] == [address]
    world.check(unanswered=True)
    figures["router and mooring"] = f"{lost} answers lost"
    assert lost > OFFSETS


# 12: names.

NAME = "route53.test"
DEAD: dict[str, Callable[[Resolver], None]] = {
    "NXDOMAIN": lambda server: server.fail(NXDOMAIN),
    "SERVFAIL": lambda server: server.fail(SERVFAIL),
    "silent resolver": lambda server: setattr(server, "silent", True),
    "wrong address": lambda server: server.tell("127.53.255.254"),
}
PAUSE_MAX_S = 20  # between two attempts of a publisher that has long failed


@pytest.fixture(name="may_name", scope="module")
def fixture_may_name() -> None:
    missing = why_not()
    if missing is not None:
        pytest.skip(f"the daemon cannot be given a resolv.conf of its own: {missing}")


@pytest.mark.fault(
    12,
    "Route 53's name: NXDOMAIN, SERVFAIL, a silent resolver, a wrong address",
    "nothing blocked > deadline + 100 ms; recovery < 5 s, after a long outage < 20 s",
)
@pytest.mark.usefixtures("may_name")
@pytest.mark.only_long("how", ("NXDOMAIN", "SERVFAIL"))
@pytest.mark.parametrize("how", DEAD)
def test_dead_resolver_blocks_nothing_else(
    make_world: Callable[..., World],
    figures: dict[str, object],
    tmp_path: Path,
    long: bool,
    how: str,
) -> None:
    world = make_world(top={"update-deadline": 2})
    others = Bystanders(world, world.accounts(4))
    world.start()
    publish(world, others.accounts)
    world.daemons[0].stop()
    with Proxy(world.gate.port) as proxy, Resolver(NAME) as server:
        world.aws_ports.add(proxy.port)
        daemon = world.start(
            wrapper=server.wrapper(tmp_path),
            env={"AWS_ENDPOINT_URL_ROUTE_53": f"http://{NAME}:{proxy.port}"},
        )

        def trouble() -> None:
            DEAD[how](server)
            server.asked.clear()
            proxy.drop()

        others.measure(trouble, lambda: server.tell("127.0.0.1"), 30 if long else ATTEMPT_S + 0.5)
        host = others.victim.host
        (asked,) = world.oracle.asked(host)
        assert asked.word == "911" and asked.took < 2 + LATE_MAX_S
        assert 0 < len(server.asked) < 400, "a name is not asked for in a hot loop"
        eventually("it is published", lambda: (host, "A") in world.records(), 30)
        recovery_s = monotonic() - others.healed_at
        world.settle([*others.accounts, others.victim])
        world.check()
    late = [int(text) for text in re.findall(r"timed out after (\d+) milli", daemon.log)]
    figures[how] = f"{others.figure()}; recovery {recovery_s:.1f} s" + (
        f"; attempts cut after {max(late)} ms" if late else ""
    )
    assert max(late, default=0) < (ATTEMPT_S + 0.1) * 1000
    # The short form shares its machine: the trouble lasts longer then, and so do the pauses.
    assert recovery_s < (PAUSE_MAX_S + 1 if long else 10)
