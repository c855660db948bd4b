# SPDX-License-Identifier: BSD-2-Clause
"""mooringctl user remove and host remove on the strict Route 53: only what mooring put there goes,
and what stays is told."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing

import pytest

from aws.strict_route53 import Fault
from system.cloud import ALIAS, CHANGE, LIST, Cloud, change, simple
from system.harness import BUILD, HOST, ZONE, environment, eventually
from system.terminal import Terminal

CAM = f"cam.{ZONE}"
STAR = f"*.{ZONE}"
V4, V6, OTHER = "203.0.113.5", "2001:db8::5", "192.0.2.7"


def publish(cloud: Cloud, *hosts: str, addresses: str = f"{V4},{V6}") -> None:
    """By a daemon that then ends."""
    secret = cloud.service.ctl.add("router1", *hosts)
    cloud.service.start()
    router = cloud.service.router("router1", secret)
    for host in hosts:
        assert router.update(f"hostname={host}&myip={addresses}").text == f"good {addresses}"
    cloud.service.daemon.stop()


@pytest.fixture(name="cloud")
def fixture_cloud(make_cloud: Callable[..., Cloud]) -> Cloud:
    cloud = make_cloud()
    publish(cloud, HOST, CAM)
    return cloud


def store(cloud: Cloud, statement: str, *values: object) -> None:
    """What somebody else writes into the store."""
    path = cloud.service.ctl.config.parent / "mooring.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(statement, values)


def users(cloud: Cloud) -> list[str]:
    return [each["user"] for each in cloud.service.ctl.json("user", "list")]


REMOVE_HOST = ("host", "remove", "router1", HOST)
REMOVE_USER = ("user", "remove", "router1")


def routed(name: str, kind: str, value: str, policy: str) -> str:
    return change(
        "CREATE",
        name,
        kind,
        f"{policy}<TTL>60</TTL><ResourceRecords>"
        f"<ResourceRecord><Value>{value}</Value></ResourceRecord></ResourceRecords>",
    )


def weighted(name: str, kind: str, value: str) -> str:
    policy = "<SetIdentifier>one</SetIdentifier><Weight>1</Weight>"
    return routed(name, kind, value, policy)


def located(name: str, kind: str, value: str) -> str:
    where = "<GeoLocation><ContinentCode>EU</ContinentCode></GeoLocation>"
    return routed(name, kind, value, f"<SetIdentifier>eu</SetIdentifier>{where}")


def multivalue(name: str, kind: str, value: str) -> str:
    policy = "<SetIdentifier>m</SetIdentifier><MultiValueAnswer>true</MultiValueAnswer>"
    return routed(name, kind, value, policy)


DELETE_A = simple("DELETE", HOST, "A", V4)
DELETE_AAAA = simple("DELETE", HOST, "AAAA", V6)
# What others do to the zone, what then stays of A and AAAA, and what the warning calls it.
OTHERS = {
    "an alias": ([change("UPSERT", HOST, "A", ALIAS)], (None, []), None, "an alias"),
    "a weighted set": ([DELETE_A], weighted, None, "a routing policy"),
    "a set by location": ([DELETE_A], located, None, "a routing policy"),
    "a multivalue set": ([DELETE_A], multivalue, None, "a routing policy"),
    "a second value": (
        [simple("UPSERT", HOST, "A", V4, OTHER)],
        (60, [V4, OTHER]),
        None,
        "several values",
    ),
    "another address": ([simple("UPSERT", HOST, "A", OTHER)], (60, [OTHER]), None, OTHER),
    "another address and TTL": (
        [simple("UPSERT", HOST, "A", OTHER, ttl=300)],
        (300, [OTHER]),
        None,
        OTHER,
    ),
    "another AAAA": (
        [simple("UPSERT", HOST, "AAAA", "2001:db8::6")],
        None,
        (60, ["2001:db8::6"]),
        "2001:db8::6",
    ),
}


@pytest.mark.parametrize("words", [REMOVE_HOST, REMOVE_USER], ids=["host", "user"])
@pytest.mark.parametrize("name", OTHERS)
def test_what_others_put_there_stays(cloud: Cloud, name: str, words: tuple[str, ...]) -> None:
    changes, v4, v6, told = OTHERS[name]
    cloud.behind(*changes)
    if callable(v4):
        cloud.behind(v4(HOST, "A", V4))
        v4 = (60, [V4])
    done = cloud.service.ctl.run(*words)
    assert done.returncode == 0 and done.stdout == ""
    kind = "A" if v4 else "AAAA"
    assert done.stderr == (
        f"mooringctl: warning: {HOST} {kind}: the zone has {told}, which is not what the store "
        "says is there: left as it is\n"
    )
    assert cloud.records.get((HOST + ".", "A")) == v4
    assert cloud.records.get((HOST + ".", "AAAA")) == v6
    assert ((CAM + ".", "A") in cloud.records) == (words == REMOVE_HOST)
    if words == REMOVE_USER:
        assert users(cloud) == []
    else:
        assert cloud.service.ctl.json("user", "show", "router1")["hosts"] == [CAM]


# Ours all the same.
OURS = {
    "as it was published": [],
    "another TTL": [simple("UPSERT", HOST, "A", V4, ttl=300)],
    "another spelling": [DELETE_AAAA],
    "one family only": [DELETE_A],
    "nothing": [DELETE_A, DELETE_AAAA],
}


@pytest.mark.parametrize("words", [REMOVE_HOST, REMOVE_USER], ids=["host", "user"])
@pytest.mark.parametrize("name", OURS)
def test_what_carries_our_address_goes(cloud: Cloud, name: str, words: tuple[str, ...]) -> None:
    cloud.behind(simple("CREATE", f"www.{ZONE}", "A", V4), simple("CREATE", HOST, "TXT", '"x"'))
    if OURS[name]:
        cloud.behind(*OURS[name])
    if name == "another spelling":
        cloud.behind(simple("CREATE", HOST.upper(), "AAAA", "2001:0DB8:0:0::5"))
    done = cloud.service.ctl.run(*words)
    assert (done.returncode, done.stderr) == (0, "")
    left = {key for key in cloud.records if not key[0].startswith("cam.")}
    assert left == {(f"www.{ZONE}.", "A"), (HOST + ".", "TXT")}


def test_wildcard_goes_and_what_it_matches_stays(make_cloud: Callable[..., Cloud]) -> None:
    cloud = make_cloud()
    publish(cloud, STAR, HOST)
    assert ("\\052." + ZONE + ".", "A") in cloud.records
    done = cloud.service.ctl.run("host", "remove", "router1", STAR)
    assert (done.returncode, done.stderr) == (0, "")
    assert {name for name, _ in cloud.records} == {HOST + "."}


def test_only_the_family_that_was_published_is_looked_at(make_cloud: Callable[..., Cloud]) -> None:
    cloud = make_cloud()
    publish(cloud, HOST, addresses=V4)
    cloud.behind(simple("CREATE", HOST, "AAAA", "2001:db8::9"))
    done = cloud.service.ctl.run(*REMOVE_USER)
    assert (done.returncode, done.stderr) == (0, "")
    assert cloud.records == {(HOST + ".", "AAAA"): (60, ["2001:db8::9"])}


def test_cname_in_place_stays(cloud: Cloud) -> None:
    cloud.behind(DELETE_A, DELETE_AAAA)
    cloud.behind(simple("CREATE", HOST, "CNAME", "www.example.net."))
    done = cloud.service.ctl.run(*REMOVE_HOST)
    assert done.returncode == 0 and done.stderr.count("the zone has a CNAME") == 2
    assert cloud.records[HOST + ".", "CNAME"] == (60, ["www.example.net."])


@pytest.mark.parametrize("words", [REMOVE_HOST, REMOVE_USER], ids=["host", "user"])
@pytest.mark.parametrize("wanted", [V4, OTHER], ids=["same", "other"])
def test_address_of_another_account_with_the_same_name_stays_or_takes_its_place(
    make_cloud: Callable[..., Cloud], wanted: str, words: tuple[str, ...]
) -> None:
    """It is published as by a repair, so that the daemon finds it owed if this is killed."""
    cloud = make_cloud(top={"settle-time": 1})
    publish(cloud, HOST, CAM)
    cloud.service.ctl.add("router2", f"b.{ZONE}")
    store(
        cloud,
        "INSERT INTO hosts (user, name, v4, seq, pub, time) VALUES ('router2', ?, ?, 1, 1, 1)",
        HOST,
        wanted,
    )
    done = cloud.service.ctl.run(*words)
    assert done.returncode == 0
    assert done.stderr == (
        f'mooringctl: warning: {HOST} is user "router2"\'s, too: '
        "what that one wants stays, or takes its place\n"
    )
    records = cloud.records
    assert records.pop((HOST + ".", "A")) == (60, [wanted])
    # An address that only the removed account wanted goes.
    left = {(CAM + ".", "A"), (CAM + ".", "AAAA")} if words is REMOVE_HOST else set()
    assert set(records) == left
    path = cloud.service.ctl.config.parent / "mooring.db"
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute(
            "SELECT seq, pub FROM hosts WHERE user = 'router2' AND name = ?", (HOST,)
        )
        assert rows.fetchall() == [(1, 1) if wanted == V4 else (2, 2)]


def test_address_before_an_update_that_is_owed_stays_and_is_told(cloud: Cloud) -> None:
    store(cloud, "UPDATE hosts SET v4 = ?, seq = seq + 1 WHERE name = ?", OTHER, HOST)
    done = cloud.service.ctl.run(*REMOVE_HOST)
    assert done.returncode == 0
    assert f"{V4}, which is not what the store says is there (its last update was not " in (
        done.stderr
    )
    assert cloud.records[HOST + ".", "A"] == (60, [V4])
    assert (HOST + ".", "AAAA") not in cloud.records


@pytest.mark.parametrize("words", [REMOVE_HOST, REMOVE_USER], ids=["host", "user"])
def test_set_that_changes_between_look_and_deletion_is_looked_at_again(
    cloud: Cloud, words: tuple[str, ...]
) -> None:
    cloud.before(CHANGE, lambda: cloud.behind(simple("UPSERT", HOST, "A", OTHER)))
    done = cloud.service.ctl.run(*words)
    assert done.returncode == 0 and f"A: the zone has {OTHER}" in done.stderr
    assert cloud.records[HOST + ".", "A"] == (60, [OTHER])


@pytest.mark.parametrize("words", [REMOVE_HOST, REMOVE_USER], ids=["host", "user"])
def test_set_that_is_gone_before_its_deletion_is_done(
    cloud: Cloud, words: tuple[str, ...]
) -> None:
    cloud.before(CHANGE, lambda: cloud.behind(DELETE_A))
    done = cloud.service.ctl.run(*words)
    assert (done.returncode, done.stderr) == (0, "")
    assert not any(name == HOST + "." for name, _ in cloud.records)


# A policy like the original's: nobody may list.


def test_without_a_listing_only_exactly_ours_goes(make_cloud: Callable[..., Cloud]) -> None:
    cloud = make_cloud(CHANGE)
    publish(cloud, HOST, CAM)
    cloud.behind(simple("UPSERT", HOST, "A", OTHER), simple("UPSERT", CAM, "A", V4, ttl=300))
    done = cloud.service.ctl.run(*REMOVE_USER)
    assert done.returncode == 0
    first, *others = done.stderr.splitlines()
    assert "route53:ListResourceRecordSets" in first
    assert [line.split(": ")[2] for line in others] == [f"{HOST} A", f"{CAM} A"]
    assert all("not deleted" in line for line in others)
    assert cloud.records == {(HOST + ".", "A"): (60, [OTHER]), (CAM + ".", "A"): (300, [V4])}
    assert users(cloud) == []


# While the zone is gone, or away.

TROUBLE = {
    "gone": ("NoSuchHostedZone", 404),
    "denied": ("AccessDenied", 403),
    "down": ("ServiceUnavailable", 503),
    "throttled": ("Throttling", 400),
}


@pytest.mark.parametrize("name", TROUBLE)
def test_user_is_kept_disabled_while_records_cannot_be_deleted(cloud: Cloud, name: str) -> None:
    code, status = TROUBLE[name]
    for action in (CHANGE, LIST):
        cloud.gate.script.fail(f"route53:{action}", code, "trouble", status=status, times=None)
    before = cloud.records
    done = cloud.service.ctl.run(*REMOVE_USER, timeout=120)
    assert done.returncode == 1 and done.stdout == ""
    lines = [line for line in done.stderr.splitlines() if "was not deleted" in line]
    assert len(lines) == 4
    for host in (HOST, CAM):
        for kind, address in (("A", V4), ("AAAA", V6)):
            (line,) = [
                each for each in lines if f"{host} {kind} {address} was not deleted" in each
            ]
            assert code in line
    last = done.stderr.splitlines()[-1]
    assert last.startswith('mooringctl: user "router1" is disabled, but kept')
    assert cloud.records == before
    assert cloud.service.ctl.json("user", "show", "router1")["disabled"] is True

    cloud.gate.script.clear()
    done = cloud.service.ctl.run(*REMOVE_USER)
    assert (done.returncode, done.stderr) == (0, "")
    assert cloud.records == {} and users(cloud) == []


def test_host_that_is_taken_while_the_zone_is_gone_names_what_is_left(cloud: Cloud) -> None:
    for action in (CHANGE, LIST):
        cloud.gate.script.fail(f"route53:{action}", "NoSuchHostedZone", "none", times=None)
    done = cloud.service.ctl.run(*REMOVE_HOST)
    assert done.returncode == 1
    first, second, last = done.stderr.splitlines()
    assert f"{HOST} A {V4} was not deleted" in first and f"{HOST} AAAA {V6} was not" in second
    assert "taken from user" in last and "by hand" in last
    assert cloud.service.ctl.json("user", "show", "router1")["hosts"] == [CAM]


def test_one_host_that_fails_keeps_no_other_from_going(cloud: Cloud) -> None:
    cloud.strict.faults.add(
        Fault(action=LIST, call=1, times=1, code="AccessDenied", message="not now", status=403)
    )
    cloud.gate.script.fail(f"route53:{CHANGE}", "AccessDenied", "not now", times=1)
    done = cloud.service.ctl.run(*REMOVE_USER)
    assert done.returncode == 1 and f"{HOST} A {V4} was not deleted" in done.stderr
    assert cloud.records == {(HOST + ".", "A"): (60, [V4])}
    assert users(cloud) == ["router1"]
    assert cloud.service.ctl.run(*REMOVE_USER).returncode == 0
    assert cloud.records == {} and users(cloud) == []


def test_a_busy_zone_is_waited_for(cloud: Cloud) -> None:
    cloud.gate.script.fail(f"route53:{CHANGE}", "PriorRequestNotComplete", "busy", times=4)
    done = cloud.service.ctl.run(*REMOVE_HOST, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert {name for name, _ in cloud.records} == {CAM + "."}


@pytest.mark.parametrize("moment", ["before the look", "after the look", "before the deletion"])
@pytest.mark.parametrize(
    "words, answer", [(REMOVE_USER, "badauth"), (REMOVE_HOST, "nohost")], ids=["user", "host"]
)
def test_router_that_asks_during_the_removal_brings_nothing_back(
    make_cloud: Callable[..., Cloud], words: tuple[str, ...], answer: str, moment: str
) -> None:
    """What is removed is refused from the start: an update that is accepted while the records are
    looked at and deleted would leave its address for ever."""
    cloud = make_cloud()
    secret = cloud.service.ctl.add("router1", HOST, CAM)
    cloud.service.ctl.add("router2", f"away.{ZONE}")
    cloud.service.start()
    router = cloud.service.router("router1", secret)
    for host in (HOST, CAM):
        assert router.update(f"hostname={host}&myip={V4}").text == f"good {V4}"
    said: list[str] = []

    def ask() -> None:
        for address in (OTHER, V4):
            said.append(router.update(f"hostname={HOST}&myip={address}").text)

    if moment == "before the look":
        cloud.before(LIST, ask)
    elif moment == "after the look":
        cloud.after(LIST, ask)
    else:
        cloud.before(CHANGE, ask)
    done = cloud.service.ctl.run(*words, timeout=60)
    assert said == [answer, answer]
    assert (done.returncode, done.stderr) == (0, "")
    assert router.update(f"hostname={HOST}&myip={OTHER}").text == answer
    assert {name for name, _ in cloud.records} == ({CAM + "."} if words == REMOVE_HOST else set())
    assert users(cloud) == (["router1", "router2"] if words == REMOVE_HOST else ["router2"])


def test_update_that_lands_during_the_removal_leaves_nothing(
    make_cloud: Callable[..., Cloud],
) -> None:
    """Published and confirmed after the look at the records, before the account is gone."""
    cloud = make_cloud(top={"aws-request-timeout": 30, "route53-timeout": 30})
    secret = cloud.service.ctl.add("router1", HOST)
    cloud.service.start()
    router = cloud.service.router("router1", secret)
    assert router.update(f"myip={V4}").text == f"good {V4}"
    # Acknowledged by the store, held on its way to the zone.
    hold = cloud.gate.script.hold_before(f"route53:{CHANGE}")
    thread = threading.Thread(target=router.update, args=(f"myip={OTHER}",), daemon=True)
    thread.start()
    hold.wait_arrived()

    def land() -> None:
        hold.release()
        eventually("it is published", lambda: cloud.records[HOST + ".", "A"][1] == [OTHER])

    cloud.after(LIST, land)
    done = cloud.service.ctl.run(*REMOVE_USER)
    thread.join(20)
    assert done.returncode == 0
    eventually("no record is left", lambda: cloud.records == {}, 20)
    assert users(cloud) == []


def test_how_far_a_removal_is_is_told(cloud: Cloud) -> None:
    """Each host has two records, each of which is over before it is told by itself."""
    cloud.gate.script.delay(f"route53:{LIST}", 1.1, times=None)
    words = [BUILD / "mooringctl", "-c", cloud.service.ctl.config, *REMOVE_USER]
    with Terminal(words, environment(**cloud.service.env)) as terminal:
        terminal.expect("\rdeleting records: 1 of 2 hosts, 0/s, about ")
        status, shown = terminal.finish()
    assert status == 0 and shown.endswith("\r\x1b[K")
    assert cloud.records == {} and users(cloud) == []
