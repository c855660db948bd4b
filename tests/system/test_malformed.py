# SPDX-License-Identifier: BSD-2-Clause
"""Accounts that somebody wrote by hand and that serve nobody: they can be seen, and mended."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from contextlib import closing
from sqlite3 import connect

import pytest

from aws.emulators import REGION, TABLE
from aws.gate import Gate
from aws.strict_route53 import NO_LIMITS, Settings, StrictRoute53
from system.conftest import Amazon, Service
from system.harness import BUILD, ZONE, environment

PASSWORD = "test-9994"
V4 = "203.0.113.5"
HOME, CAM = f"home.{ZONE}", f"cam.{ZONE}"
DNS = ("--resolver", "127.0.0.1:1")


def row(user: str, **change: dict | None) -> dict:
    whole = {"user": {"S": user}, "pass": {"S": PASSWORD}, "host": {"S": HOME}, **change}
    return {name: value for name, value in whole.items() if value is not None}


# What is wrong, the row, and what of its host names can be read.
ROWS: dict[str, tuple[dict, list[str]]] = {
    "no pass": (row("r1", **{"pass": None}), [HOME]),
    "pass of another type": (row("r1", **{"pass": {"N": "12345678"}}), [HOME]),
    "a hash of no known kind": (row("r1", **{"pass": {"S": "$argon2id$v=19$x$y"}}), [HOME]),
    "no host": (row("r1", host=None), []),
    "host of another type": (row("r1", host={"N": "1"}), []),
    "host that is no name": (row("r1", host={"SS": ["a..b", HOME]}), []),
    "one of two hosts": (row("r1", host={"L": [{"S": HOME}, {"N": "5"}]}), [HOME]),
    "neither": (row("r1", **{"pass": None, "host": {"BOOL": True}}), []),
}
SECRET = {"no pass", "pass of another type", "a hash of no known kind", "neither"}
HOSTS = set(ROWS) - SECRET | {"neither"}


@pytest.fixture(name="amazon", params=["ministack", "dynalite"])
def fixture_amazon(request: pytest.FixtureRequest, make_amazon: Callable[..., Amazon]) -> Amazon:
    return make_amazon(request.getfixturevalue(request.param))


@pytest.fixture(name="service")
def fixture_service(amazon: Amazon, make_service: Callable[..., Service]) -> Service:
    return amazon.service(make_service)


def put(amazon: Amazon, what: str) -> None:
    amazon.database.put_item(ROWS[what][0])


@pytest.mark.parametrize("what", ROWS)
def test_they_can_be_seen(amazon: Amazon, service: Service, what: str) -> None:
    put(amazon, what)
    amazon.database.put_item(row("r2", host={"S": CAM}))
    listed = {each["user"]: each for each in service.ctl.json("user", "list")}
    assert set(listed) == {"r1", "r2"} and "malformed" not in listed["r2"]
    assert 'user "r1" is malformed' in listed["r1"]["malformed"]
    text = service.ctl.ok("user", "list").splitlines()
    assert [line.split()[:2] for line in text] == [["r1", "malformed"], ["r2", "enabled"]]
    shown = service.ctl.json("user", "show", "r1")
    assert shown["malformed"] == listed["r1"]["malformed"]
    assert (shown["secret-form"] is None) == (what in SECRET)
    lines = service.ctl.ok("user", "show", "r1").splitlines()
    assert f"malformed: {shown['malformed']}" in lines
    assert ("secret:   none that can be used" in lines) == (what in SECRET)
    if ROWS[what][1]:
        assert shown["hosts"] == listed["r1"]["hosts"] == ROWS[what][1]


def serves(service: Service, secret: str) -> None:
    answer = service.router("r1", secret).update(f"hostname={HOME}&myip={V4}")
    assert answer.text in (f"good {V4}", f"nochg {V4}")


@pytest.mark.parametrize("what", ROWS)
def test_they_can_be_mended(amazon: Amazon, service: Service, what: str) -> None:
    """By a new secret, by host names, or by both, in that order; each leaves the other alone."""
    put(amazon, what)
    service.start()
    secret = PASSWORD
    if what in SECRET:
        before = amazon.database.item("r1").get("host")
        secret = service.ctl.json("user", "passwd", "r1")["secret"]
        assert amazon.database.item("r1").get("host") == before
    if what in HOSTS:
        before = amazon.database.item("r1")["pass"]
        done = service.ctl.run("host", "add", "r1", HOME)
        assert done.returncode == 0
        assert "warning: what of its host names cannot be read is replaced: " in done.stderr
        assert amazon.database.item("r1")["pass"] == before
    assert "malformed" not in service.ctl.json("user", "show", "r1")
    serves(service, secret)


@pytest.mark.parametrize("what", ROWS)
def test_they_can_be_disabled_renamed_and_removed(
    amazon: Amazon, service: Service, what: str
) -> None:
    put(amazon, what)
    before = amazon.database.item("r1")
    service.ctl.ok("user", "disable", "r1")
    assert amazon.database.item("r1") == {**before, "disabled": {"BOOL": True}}
    service.ctl.ok("user", "enable", "r1")
    assert amazon.database.item("r1") == before
    service.ctl.ok("user", "set", "r1", "--ttl", "300")
    assert amazon.database.item("r1")["ttl"] in ({"S": "300"}, {"N": "300"})
    service.ctl.ok("user", "rename", "r1", "r9")
    assert amazon.database.item("r1") is None
    assert amazon.database.item("r9").get("host") == before.get("host")
    done = service.ctl.run("user", "remove", "r9")
    assert done.returncode == 0
    assert ("warning: not all of its host names can be read" in done.stderr) == (what in HOSTS)
    assert amazon.database.item("r9") is None


def test_host_that_cannot_be_read_is_not_taken_away(amazon: Amazon, service: Service) -> None:
    put(amazon, "one of two hosts")
    done = service.ctl.run("host", "remove", "r1", HOME)
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert '"mooringctl host add"' in done.stderr
    assert amazon.database.item("r1") == ROWS["one of two hosts"][0]


def test_secret_of_a_malformed_account_that_cannot_be_shown(
    amazon: Amazon, service: Service
) -> None:
    put(amazon, "no pass")
    tool = service.ctl
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [BUILD / "mooringctl", "-c", tool.config, "user", "passwd", "r1"],
            env=environment(**tool.env),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1 and "nobody knows the new secret" in done.stderr
    assert service.ctl.json("user", "passwd", "r1")["secret"]


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("disabled", {"S": "yes"}),
        ("quirks", {"S": "x"}),
        ("ttl", {"S": "1h"}),
    ],
)
def test_what_is_ignored_is_told_and_can_be_set(
    amazon: Amazon, service: Service, attribute: str, value: dict
) -> None:
    commands = {
        "disabled": ("user", "disable", "r1"),
        "quirks": ("user", "set", "r1", "--quirk", "nochg-as-good"),
        "ttl": ("user", "set", "r1", "--ttl", "300"),
    }
    amazon.database.put_item(row("r1", **{attribute: value}))
    (listed,) = service.ctl.json("user", "list")
    assert attribute in listed["ignored"] and "malformed" not in listed
    assert f"ignored:  {listed['ignored']}" in service.ctl.ok("user", "show", "r1").splitlines()
    service.ctl.ok("user", "passwd", "r1")
    assert amazon.database.item("r1")[attribute] == value, "somebody else's"
    service.ctl.ok(*commands[attribute])
    assert "ignored" not in service.ctl.json("user", "show", "r1")


# The doctor.


def accounts_line(service: Service) -> dict:
    done = service.ctl.run("doctor", *DNS, "--json")
    (line,) = [line for line in json.loads(done.stdout) if line["check"] == "accounts"]
    return line


def fill(amazon: Amazon, rows: list[dict]) -> None:
    client = amazon.database.dynamodb()
    for start in range(0, len(rows), 25):
        puts = [{"PutRequest": {"Item": each}} for each in rows[start : start + 25]]
        client.batch_write_item(RequestItems={TABLE: puts})


@pytest.mark.parametrize("count", [1, 10, 11, 12, 1000])
def test_doctor_counts_and_names_the_first_ten(
    amazon: Amazon, service: Service, count: int
) -> None:
    fill(amazon, [row(f"bad{n:03}", host={"N": "1"}) for n in range(count)])
    amazon.database.put_item(row("good", host={"S": CAM}))
    line = accounts_line(service)
    assert line["result"] == "FAIL"
    serve = "serves" if count == 1 else "serve"
    assert line["detail"].startswith(f"{count + 1} accounts; {count} {serve} nobody (")
    named = [n for n in range(count) if f'"bad{n:03}"' in line["detail"]]
    assert len(named) == min(count, 10)
    more = f'and {count - 10} more ("mooringctl user list")'
    assert (more in line["detail"]) == (count > 10) and (" more" in line["detail"]) == (count > 10)
    assert PASSWORD not in line["detail"]
    assert len(service.ctl.json("user", "list")) == count + 1


def test_doctor_warns_of_what_is_ignored(amazon: Amazon, service: Service) -> None:
    amazon.database.put_item(
        row("r1", ttl={"S": "1h"}, **{"pass": {"S": "$sha256$" + "a" * 16 + "$" + "0" * 64}})
    )
    line = accounts_line(service)
    assert line["result"] == "warn" and "an attribute that is ignored" in line["detail"]


def test_thousands_make_one_line_at_the_start(amazon: Amazon, service: Service) -> None:
    fill(amazon, [row(f"bad{n}", host=None) for n in range(2000)])
    daemon = service.start()
    lines = daemon.wait_log("accounts cannot be used as they are stored")
    assert "accounts=2000" in lines[0]
    assert len(daemon.log_lines("malformed")) == 1


# Beside others.


def test_name_of_a_malformed_account_is_not_given_away(amazon: Amazon, service: Service) -> None:
    put(amazon, "no pass")
    done = service.ctl.run("user", "add", "r2", HOME)
    assert done.returncode == 1 and f'{HOME} belongs to user "r1"' in done.stderr


def test_what_may_be_theirs_is_not_deleted_as_nobodys(
    amazon: Amazon, service: Service
) -> None:
    """Its host names cannot be read, so it may have any."""
    put(amazon, "no host")
    strict = StrictRoute53(Settings(NO_LIMITS))
    zone_id = strict.new_zone(ZONE)
    upstreams = {"dynamodb": amazon.database.upstream, "route53": strict.upstream}
    with Gate(upstreams, [amazon.identity], REGION) as gate:
        service.env["AWS_ENDPOINT_URL"] = gate.url
        service.config.zones[ZONE]["hosted-zone-id"] = zone_id
        amazon.database.put_item(row("r2", host={"S": HOME}))
        service.start()
        service.router("r2", PASSWORD).update(f"myip={V4}")
        service.daemon.stop()
        amazon.database.dynamodb().delete_item(TableName=TABLE, Key={"user": {"S": "r2"}})
        before = strict.records(zone_id)
        done = service.ctl.run("verify", "--repair", "--yes")
        assert done.returncode == 0 and f"nobody's {HOME} A" in done.stdout
        assert 'the host names of user "r1" cannot be read' in done.stderr
        assert strict.records(zone_id) == before
        service.ctl.ok("host", "add", "r1", CAM)
        service.ctl.ok("verify", "--repair", "--yes")
        assert strict.records(zone_id) == {}
    strict.close()


# The embedded store.


def test_embedded_store(make_service: Callable[..., Service]) -> None:
    service = make_service()
    secret = service.ctl.add("r1", HOME)
    with closing(connect(service.config.directory / "mooring.db")) as database, database:
        database.execute("UPDATE accounts SET secret = ''")
        database.execute("UPDATE hosts SET name = 'a..b'")
    (listed,) = service.ctl.json("user", "list")
    assert listed["user"] == "r1" and listed["malformed"]
    assert accounts_line(service)["result"] == "FAIL"
    service.ctl.ok("user", "disable", "r1")
    service.ctl.ok("user", "enable", "r1")
    secret = service.ctl.json("user", "passwd", "r1")["secret"]
    service.ctl.ok("host", "add", "r1", HOME)
    assert "malformed" not in service.ctl.json("user", "show", "r1")
    service.start()
    serves(service, secret)
