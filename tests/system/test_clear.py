# SPDX-License-Identifier: BSD-2-Clause
"""A family of a host that is cleared: by mooringctl host clear, and by a client whose account may."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable

import pytest

from system.cloud import CHANGE, LIST, Cloud, simple
from system.conftest import Amazon, Service
from system.harness import BUILD, HOST, ZONE, dig, environment, eventually

V4, V6, OTHER = "203.0.113.5", "2001:db8::5", "192.0.2.7"
BOTH = f"myip={V4},{V6}"
A, AAAA = (HOST + ".", "A"), (HOST + ".", "AAAA")
SECRET = "test99945"
CLEAR = ("host", "clear", "router1", HOST)


def state(service: Service) -> dict:
    return service.ctl.json("host", "list", "router1")[0]


@pytest.fixture(name="cloud")
def fixture_cloud(make_cloud: Callable[..., Cloud]) -> Cloud:
    """Both families are published, and the daemon has ended."""
    cloud = make_cloud(top={"settle-time": 1})
    service = cloud.service
    service.ctl.add("router1", HOST, secret=SECRET, options=("--quirk", "may-clear"))
    service.start()
    assert service.router("router1", SECRET).update(BOTH).text == f"good {V4},{V6}"
    service.daemon.stop()
    return cloud


# The embedded default.


def test_running_daemon_deletes_what_is_cleared(embedded: Service) -> None:
    secret = embedded.ctl.add("router1", HOST)
    router, port = embedded.router("router1", secret), embedded.daemon.dns_port
    assert router.update(BOTH).text == f"good {V4},{V6}"
    assert embedded.ctl.ok(*CLEAR, "-4") == f"{HOST} A {V4}: cleared\n"
    eventually("the record goes", lambda: dig(port, HOST, "A") == [])
    assert dig(port, HOST, "AAAA") == [V6]
    eventually("it is noted", lambda: state(embedded)["published"])
    assert embedded.ctl.ok(*CLEAR, "-4") == f"{HOST} A: there is none\n"
    assert router.update(f"myip={V6}").text == f"nochg {V6}"
    assert router.update(f"myip={V4}").text == f"good {V4}"
    assert dig(port, HOST, "A") == [V4]
    printed = json.loads(embedded.ctl.ok(*CLEAR, "--json"))
    assert printed["cleared"] == [V4, V6]
    assert (printed["host"], printed["ipv4"], printed["ipv6"]) == (HOST, None, None)
    eventually("both go", lambda: dig(port, HOST, "A") + dig(port, HOST, "AAAA") == [])
    assert "no address" in embedded.ctl.ok("user", "show", "router1")


def test_cleared_while_no_daemon_runs(make_service: Callable[..., Service]) -> None:
    service = make_service()
    secret = service.ctl.add("router1", HOST)
    service.start()
    assert service.router("router1", secret).update(BOTH).text == f"good {V4},{V6}"
    service.daemon.stop()
    service.ctl.ok(*CLEAR, "-6")
    service.start()
    port = service.daemon.dns_port
    assert (dig(port, HOST, "A"), dig(port, HOST, "AAAA")) == ([V4], [])
    eventually("it is noted", lambda: state(service)["published"])


def test_what_cannot_be_cleared_is_refused(embedded: Service) -> None:
    embedded.ctl.add("router1", HOST)
    for words, told in (
        (("host", "clear", "nobody", HOST), 'there is no user "nobody"'),
        (("host", "clear", "router1", f"x.{ZONE}"), f'user "router1" does not have x.{ZONE}'),
        (("host", "clear", "router1", "a..b"), '"a..b" is not a host name'),
    ):
        done = embedded.ctl.run(*words)
        assert (done.returncode, done.stdout) == (1, "") and told in done.stderr, done.stderr
    assert embedded.ctl.ok(*CLEAR) == f"{HOST} A: there is none\n{HOST} AAAA: there is none\n"


# Route 53.


def test_only_what_carries_our_address_goes(cloud: Cloud) -> None:
    # Another TTL, by hand: it is ours all the same.
    cloud.behind(simple("UPSERT", HOST, "A", V4, ttl=300), simple("UPSERT", HOST, "AAAA", "::7"))
    done = cloud.service.ctl.run(*CLEAR)
    assert done.returncode == 0
    assert done.stdout == f"{HOST} A {V4}: cleared\n{HOST} AAAA {V6}: cleared\n"
    assert f"{HOST} AAAA: the zone has ::7, which is not what the store says" in done.stderr
    assert cloud.records == {AAAA: (60, ["::7"])}
    assert state(cloud.service)["published"]
    # Again: nothing is deleted, and what is there is told.
    done = cloud.service.ctl.run(*CLEAR, "-6")
    assert (done.returncode, done.stdout) == (0, f"{HOST} AAAA: there is none\n")
    assert "the zone has ::7, which mooring has not published" in done.stderr
    assert cloud.records == {AAAA: (60, ["::7"])}


def test_daemon_knows_what_was_cleared_beside_it(cloud: Cloud) -> None:
    service = cloud.service
    service.start()
    router = service.router("router1", SECRET)
    assert router.update(BOTH).text == f"nochg {V4},{V6}"
    service.ctl.ok(*CLEAR, "-4")
    assert cloud.records == {AAAA: (60, [V6])}
    assert router.update(f"myip={V6}").text == f"nochg {V6}"
    assert router.update(f"myip=0.0.0.0,{V6}").text == f"nochg 0.0.0.0,{V6}"
    assert router.update(f"myip={OTHER}").text == f"good {OTHER}"
    assert cloud.records == {A: (60, [OTHER]), AAAA: (60, [V6])}


def test_client_clears_and_comes_back(cloud: Cloud) -> None:
    cloud.service.start()
    router = cloud.service.router("router1", SECRET)
    assert router.update("myip=0.0.0.0").text == "good 0.0.0.0"
    assert cloud.records == {AAAA: (60, [V6])}
    assert router.update("myip=0.0.0.0").text == "nochg 0.0.0.0"
    assert router.update(f"myip={V4}&myipv6=0.0.0.0").text == f"good {V4},::"
    assert cloud.records == {A: (60, [V4])}
    assert router.update("offline=YES").text == "good 0.0.0.0,::"
    assert cloud.records == {}
    assert router.update("offline=YES").text == "nochg 0.0.0.0,::"


def test_record_of_somebody_else_stays_when_a_client_clears(cloud: Cloud) -> None:
    cloud.service.start()
    router = cloud.service.router("router1", SECRET)
    cloud.behind(simple("UPSERT", HOST, "A", OTHER))
    answer = router.update("myip=0.0.0.0")
    assert (answer.status, answer.text) == (200, "dnserr")
    # The refusal is noted behind that answer.
    eventually("it is noted", lambda: router.update("myip=0.0.0.0").text == "nochg 0.0.0.0")
    assert cloud.records == {A: (60, [OTHER]), AAAA: (60, [V6])}
    # It is gone already.
    cloud.behind(simple("DELETE", HOST, "AAAA", V6))
    assert router.update("myip=::").text == "good ::"


def test_route53_away_leaves_it_owed_until_the_next_start(cloud: Cloud) -> None:
    cloud.gate.script.fail(f"route53:{CHANGE}", "AccessDenied", "not now", times=1)
    done = cloud.service.ctl.run(*CLEAR, "-4")
    assert done.returncode == 1 and "stays owed" in done.stderr, done.stderr
    assert cloud.records == {A: (60, [V4]), AAAA: (60, [V6])}
    assert not state(cloud.service)["published"]
    cloud.service.start()
    eventually("the start deletes it", lambda: cloud.records == {AAAA: (60, [V6])})
    eventually("it is noted", lambda: state(cloud.service)["published"])


@pytest.mark.parametrize("operation", [LIST, CHANGE])
def test_command_killed_leaves_it_owed(cloud: Cloud, operation: str) -> None:
    started: list[subprocess.Popen] = []

    def kill() -> None:
        eventually("it is known", lambda: bool(started))
        started[0].send_signal(signal.SIGKILL)
        started[0].wait(30)

    cloud.before(operation, kill)
    ctl = cloud.service.ctl
    argv = [BUILD / "mooringctl", "-c", ctl.config, *CLEAR, "-4"]
    started.append(subprocess.Popen(argv, env=environment(**ctl.env)))
    assert started[0].wait(30) == -signal.SIGKILL
    assert not state(cloud.service)["published"]
    # The same command once more, as good as a start of the daemon.
    assert cloud.service.ctl.ok(*CLEAR, "-4") == f"{HOST} A {V4}: cleared\n"
    assert cloud.records == {AAAA: (60, [V6])}
    assert state(cloud.service)["published"]


def test_update_that_comes_first_wins(cloud: Cloud) -> None:
    cloud.service.start()
    router = cloud.service.router("router1", SECRET)
    cloud.before(LIST, lambda: router.update(f"myip={OTHER}"))
    done = cloud.service.ctl.run(*CLEAR, "-4")
    assert (done.returncode, done.stdout) == (1, "")
    assert "an update of home.dyn.example.com has come meanwhile" in done.stderr
    assert cloud.records == {A: (60, [OTHER]), AAAA: (60, [V6])}
    eventually("nothing is owed", lambda: state(cloud.service)["published"])


# DynamoDB, and two daemons.


def test_table_with_two_daemons(amazon: Amazon, make_service: Callable[..., Service]) -> None:
    first = amazon.service(make_service)
    second = amazon.service(make_service, name="second")
    secret = first.ctl.add("router1", HOST, options=("--quirk", "may-clear"))
    first.start()
    second.start()
    one, two = first.router("router1", secret), second.router("router1", secret)
    assert one.update(BOTH).text == f"good {V4},{V6}"
    assert two.update("myip=0.0.0.0").text == "good 0.0.0.0"
    assert one.update("myip=0.0.0.0").text == "nochg 0.0.0.0"
    assert (HOST, "A") not in amazon.records() and (HOST, "AAAA") in amazon.records()
    assert one.update(f"myip={V4}").text == f"good {V4}"
    first.ctl.ok(*CLEAR)
    assert not {(HOST, "A"), (HOST, "AAAA")} & set(amazon.records())
    for router in (one, two):
        assert router.update("offline=YES").text == "nochg 0.0.0.0,::"
    assert two.update(f"myip={V4}").text == f"good {V4}"
    assert amazon.records()[(HOST, "A")] == [V4]
