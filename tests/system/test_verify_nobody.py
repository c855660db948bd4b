# SPDX-License-Identifier: BSD-2-Clause
"""mooringctl verify names what is left of accounts and hosts that are gone, and deletes it only when
somebody says so."""

from __future__ import annotations

import json
import os
import pty
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing

import pytest

from system.cloud import ALIAS, CHANGE, Cloud, change, simple
from system.harness import BUILD, HOST, ZONE, environment

CAM = f"cam.{ZONE}"
STAR = f"*.{ZONE}"
OTHER = f"other.{ZONE}"
V4, V6 = "203.0.113.5", "2001:db8::5"
NONE = {"wanted": None, "wanted-ttl": None}


@pytest.fixture(name="cloud")
def fixture_cloud(make_cloud: Callable[..., Cloud]) -> Cloud:
    """One account was taken out of the store by hand, and a host of the other."""
    cloud = make_cloud(top={"settle-time": 1})
    ctl = cloud.service.ctl
    secrets = {
        "router1": ctl.add("router1", HOST, CAM),
        "router2": ctl.add("router2", STAR),
    }
    cloud.service.start()
    for user, host in (("router1", HOST), ("router1", CAM), ("router2", STAR)):
        answer = cloud.service.router(user, secrets[user]).update(f"hostname={host}&myip={V4},{V6}")
        assert answer.text == f"good {V4},{V6}"
    cloud.service.daemon.stop()
    forget(cloud, "DELETE FROM accounts WHERE user = 'router2'")
    forget(cloud, f"DELETE FROM hosts WHERE name = '{CAM}'")
    return cloud


def forget(cloud: Cloud, statement: str) -> None:
    """What somebody else does to the store."""
    path = cloud.service.ctl.config.parent / "mooring.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("PRAGMA foreign_keys = ON")
        database.execute(statement)


def nobodys(cloud: Cloud, *options: str) -> list[tuple[str, str]]:
    found = json.loads(cloud.verify("--json", *options)[1])
    return [(each["host"], each["type"]) for each in found if each["drift"] == "nobody"]


LEFT = [(STAR, "A"), (STAR, "AAAA"), (CAM, "A"), (CAM, "AAAA")]


def test_they_are_named_and_are_no_drift(cloud: Cloud) -> None:
    before = cloud.records
    status, output = cloud.verify()
    assert status == 0
    assert output.splitlines() == [
        f"nobody's {STAR} A: the zone has {V4} ttl 60, and no account has the name",
        f"nobody's {STAR} AAAA: the zone has {V6} ttl 60, and no account has the name",
        f"nobody's {CAM} A: the zone has {V4} ttl 60, and no account has the name",
        f"nobody's {CAM} AAAA: the zone has {V6} ttl 60, and no account has the name",
        f"zone {ZONE}: 2 as wanted, 0 missing, 0 different, 0 foreign, 0 waiting, 4 nobody's",
    ]
    status, output = cloud.verify("--json")
    first, *_ = json.loads(output)
    assert first == {
        "drift": "nobody",
        "zone": ZONE,
        "host": STAR,
        "type": "A",
        **NONE,
        "found": V4,
        "found-ttl": 60,
    }
    assert nobodys(cloud) == LEFT and cloud.records == before


def test_what_mooring_does_not_make_is_not_named(cloud: Cloud) -> None:
    cloud.behind(
        simple("CREATE", f"www.{ZONE}", "A", "192.0.2.1", ttl=61),
        simple("CREATE", f"two.{ZONE}", "A", "192.0.2.1", "192.0.2.2"),
        simple("CREATE", f"text.{ZONE}", "TXT", '"x"'),
        simple("CREATE", f"a\\056b.{ZONE}", "A", "192.0.2.1"),
        change("CREATE", f"alias.{ZONE}", "A", ALIAS),
    )
    assert nobodys(cloud) == LEFT


def test_repair_without_a_terminal_deletes_nothing(cloud: Cloud) -> None:
    before, batches = cloud.records, len(cloud.strict.calls(CHANGE))
    status, output = cloud.verify("--repair")
    assert status == 0
    assert output.endswith(f"zone {ZONE}: what is nobody's stays: --yes deletes it\n")
    assert nobodys(cloud, "--repair") == LEFT
    assert cloud.records == before and len(cloud.strict.calls(CHANGE)) == batches


def test_yes_deletes_exactly_those(cloud: Cloud) -> None:
    cloud.behind(
        simple("CREATE", CAM, "TXT", '"stays"'),
        simple("CREATE", f"www.{ZONE}", "A", "192.0.2.1", ttl=300),
        simple("DELETE", HOST, "A", V4),
    )
    status, output = cloud.verify("--repair", "--yes")
    assert status == 0
    for host, kind in LEFT:
        assert f"deleted {host} {kind}: {V4 if kind == 'A' else V6} ttl 60\n" in output
    assert f"repaired {HOST} A" in output
    assert sorted(cloud.records) == [
        (CAM + ".", "TXT"),
        (HOST + ".", "A"),
        (HOST + ".", "AAAA"),
        (f"www.{ZONE}.", "A"),
    ]
    assert cloud.drift() == []


def test_deletions_in_json(cloud: Cloud) -> None:
    status, output = cloud.verify("--repair", "--yes", "--json")
    assert status == 0
    found = json.loads(output)
    assert [(each["host"], each["type"]) for each in found if each["drift"] == "deleted"] == LEFT
    assert cloud.drift() == []


def on_terminal(cloud: Cloud, answer: str, act: Callable[[], None] | None = None) -> tuple:
    """verify --repair with a terminal that answers once the question is there: status, output."""
    master, slave = pty.openpty()
    tool = cloud.service.ctl
    with subprocess.Popen(
        [BUILD / "mooringctl", "-c", tool.config, "verify", "--repair"],
        env=environment(**tool.env),
        stdin=slave,
        stdout=slave,
        stderr=slave,
    ) as process:
        os.close(slave)
        shown, is_answered = b"", False
        while True:
            try:
                chunk = os.read(master, 4096)
            except OSError:  # EIO: the other end is closed
                break
            shown += chunk
            if not is_answered and b"[y/N] " in shown:
                is_answered = True
                if act is not None:
                    act()
                os.write(master, answer.encode())
    os.close(master)
    assert is_answered
    return process.returncode, shown.decode().replace("\r", "")


@pytest.mark.parametrize("answer", ["n\n", "\n", "x\n", "yesterday\n", "\x04"])
def test_another_answer_than_yes_deletes_nothing(cloud: Cloud, answer: str) -> None:
    before = cloud.records
    status, shown = on_terminal(cloud, answer)
    assert status == 0 and "deleted " not in shown
    assert f"delete 4 record sets that are nobody's from zone {ZONE}? [y/N] " in shown
    assert shown.index(f"nobody's {CAM} AAAA") < shown.index("[y/N]"), "shown before it is asked"
    assert cloud.records == before


@pytest.mark.parametrize("answer", ["y\n", "yes\n"])
def test_yes_on_a_terminal(cloud: Cloud, answer: str) -> None:
    status, shown = on_terminal(cloud, answer)
    assert status == 0 and shown.count("deleted ") == 4
    assert sorted(cloud.records) == [(HOST + ".", "A"), (HOST + ".", "AAAA")]


def test_what_changes_before_the_answer_stays(cloud: Cloud) -> None:
    """Another address, another TTL, a second value; and a name that gets an account."""

    def act() -> None:
        cloud.service.ctl.add("router3", STAR)
        cloud.behind(
            simple("UPSERT", CAM, "A", V4, "192.0.2.9"),
            simple("UPSERT", CAM, "AAAA", V6, ttl=61),
        )

    status, shown = on_terminal(cloud, "y\n", act)
    assert status == 0 and "deleted " not in shown
    assert f"warning: {CAM} A is no longer {V4} ttl 60: left as it is" in shown
    assert f"warning: {CAM} AAAA is no longer {V6} ttl 60: left as it is" in shown
    assert cloud.records[CAM + ".", "A"] == (60, [V4, "192.0.2.9"])
    assert cloud.records[CAM + ".", "AAAA"] == (61, [V6])
    assert ("\\052." + ZONE + ".", "A") in cloud.records


def test_one_that_changed_keeps_no_other_from_deletion(cloud: Cloud) -> None:
    cloud.behind(*(simple("CREATE", f"x{n:02}.{ZONE}", "A", "192.0.2.1") for n in range(60)))

    def act() -> None:
        cloud.behind(simple("UPSERT", f"x07.{ZONE}", "A", "192.0.2.2"))

    status, shown = on_terminal(cloud, "y\n", act)
    assert status == 0 and shown.count("deleted ") == 63
    assert [name for name, _ in cloud.records if name.startswith("x")] == [f"x07.{ZONE}."]


def test_account_that_comes_during_the_listing_is_not_nobody(cloud: Cloud) -> None:
    def act() -> None:
        cloud.service.ctl.add("router3", STAR)

    cloud.after("ListResourceRecordSets", act)
    assert nobodys(cloud) == [(CAM, "A"), (CAM, "AAAA")]


def test_denied_deletion_is_told(cloud: Cloud) -> None:
    cloud.gate.script.fail(f"route53:{CHANGE}", "AccessDenied", "not you", times=None)
    done = cloud.service.ctl.run("verify", "--repair", "--yes")
    assert done.returncode == 1 and "AccessDenied" in done.stderr
    assert "deleted " not in done.stdout and len(cloud.records) == 6


def test_yes_goes_with_repair(cloud: Cloud) -> None:
    done = cloud.service.ctl.run("verify", "--yes")
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("mooringctl: --yes goes with --repair")
