# SPDX-License-Identifier: BSD-2-Clause
"""What happened to a host: written behind the answers, and told by mooringctl."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from aws.emulators import TABLE, Dynamodb
from system.conftest import Amazon, Service
from system.harness import (
    HOST,
    ZONE,
    Daemon,
    basic,
    eventually,
    exchange,
    get,
    metrics,
    parse_response,
)

FIRST, SECOND, THIRD = "203.0.113.1", "203.0.113.2", "203.0.113.3"
SIX = "2001:db8::6"
CAM = f"cam.{ZONE}"
TIME = r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ"
DAY_S = 24 * 60 * 60

MakeService = Callable[..., Service]
Entry = dict[str, object]


def update(daemon: Daemon, secret: str, query: str, agent: str = "router/1.0") -> str:
    raw = get(
        f"/nic/update?{query}",
        "Authorization: " + basic("router1", secret),
        f"User-Agent: {agent}",
        "Connection: close",
    )
    context = daemon.config.tls.context()
    return parse_response(exchange(daemon.https_port, raw, context)).text


def entries(service: Service, host: str = HOST, *words: str) -> list[Entry]:
    found = service.ctl.json("history", host, *words)
    assert isinstance(found, list)
    return found


def verdicts(service: Service, host: str = HOST) -> list[object]:
    return [entry["verdict"] for entry in entries(service, host)]


def wait_entries(service: Service, n: int, host: str = HOST) -> list[Entry]:
    eventually(f"{n} entries of {host}", lambda: len(entries(service, host)) >= n)
    found = entries(service, host)
    assert len(found) == n, found
    return found


def serve(make_service: MakeService, mode: str | None, **more: object) -> tuple[Service, str]:
    """mode None: as it comes."""
    service = make_service(top={"admin-listen": ["127.0.0.1:0"], **more})
    if mode is None:
        del service.config.top["history"]
    else:
        service.config.top["history"] = mode
    secret = service.ctl.add("router1", HOST, CAM)
    service.start()
    return service, secret


def store_of(service: Service) -> Path:
    return Path(str(service.config.store["path"]))


def sql(service: Service, statement: str) -> list[tuple]:
    with contextlib.closing(sqlite3.connect(store_of(service), timeout=30)) as db, db:
        return db.execute(statement).fetchall()


def test_each_change_is_kept_and_nothing_else(make_service: MakeService) -> None:
    service, secret = serve(make_service, None)
    daemon = service.daemon
    assert entries(service) == []
    assert update(daemon, secret, f"hostname={HOST}&myip={FIRST}") == f"good {FIRST}"
    assert update(daemon, secret, f"hostname={HOST}&myip={FIRST}") == f"nochg {FIRST}"
    assert update(daemon, "wrong", f"hostname={HOST}&myip={THIRD}") == "badauth"
    assert update(daemon, secret, f"hostname=other.{ZONE}&myip={THIRD}") == "nohost"
    assert update(daemon, secret, f"hostname={HOST}&myip=nonsense") == "dnserr"
    assert "good" in update(daemon, secret, f"hostname={HOST}&myip={SECOND},{SIX}", 'x/2 "y"')
    first, second = wait_entries(service, 2)
    assert first == {
        "time": first["time"],
        "host": HOST,
        "user": "router1",
        "old-ipv4": None,
        "ipv4": FIRST,
        "held-ipv4": None,
        "old-ipv6": None,
        "ipv6": None,
        "held-ipv6": None,
        "verdict": "good",
        "from": "127.0.0.1",
        "agent": "router/1.0",
    }
    assert re.fullmatch(TIME, str(first["time"]))
    assert (second["old-ipv4"], second["ipv4"], second["ipv6"]) == (FIRST, SECOND, SIX)
    assert isinstance(second["held-ipv4"], int) and second["held-ipv6"] is None
    assert second["agent"] == 'x/2 "y"'
    assert entries(service, HOST, "--last", "1") == [second]
    assert secret.encode() not in store_of(service).read_bytes()
    found = metrics(daemon)
    assert found['mooring_history_entries_total{result="written"}'] == 2
    assert found["mooring_history_waiting"] == 0


def test_it_is_told_in_columns(make_service: MakeService) -> None:
    service, _ = serve(make_service, "changes")
    rows = [
        f"('{HOST}', 1, strftime('%s', 'now') - 300000, 'router1', NULL, '{FIRST}', 'good')",
        f"('{HOST}', 2, strftime('%s', 'now') - 26400, 'router1', '{FIRST}', '{SECOND}', 'good')",
        f"('{HOST}', 3, strftime('%s', 'now') - 9, 'router1', '{SECOND}', NULL, '911')",
    ]
    sql(
        service,
        "INSERT INTO history (host, nr, time, user, old_v4, v4, verdict) SELECT column1, column2,"
        " CAST(column3 AS INTEGER), column4, column5, column6, column7"
        f" FROM (VALUES {', '.join(rows)})",
    )
    label = HOST.removesuffix(f".{ZONE}")
    lines = service.ctl.ok("history", label).splitlines()
    assert [re.sub(TIME, "T", line) for line in lines] == [
        f"T  none -> {FIRST}         -                good  router1  -  -",
        f"T  {FIRST} -> {SECOND}  held 3 d 4 h     good  router1  -  -",
        f"T  {SECOND} -> none         held 7 h 19 min  911   router1  -  -",
    ]


def test_it_outlives_the_account(make_service: MakeService) -> None:
    service, secret = serve(make_service, "changes")
    assert "good" in update(service.daemon, secret, f"hostname={HOST}&myip={FIRST}")
    wait_entries(service, 1)
    service.ctl.ok("user", "remove", "router1")
    assert entries(service)[0]["user"] == "router1"


def test_a_clean_stop_writes_what_waits(make_service: MakeService) -> None:
    service, secret = serve(make_service, "changes")
    for address in (FIRST, SECOND, THIRD):
        assert "good" in update(service.daemon, secret, f"hostname={HOST}&myip={address}")
    service.daemon.stop()
    assert [entry["ipv4"] for entry in entries(service)] == [FIRST, SECOND, THIRD]


def test_attempts_are_kept_once_a_minute_and_only_of_own_hosts(make_service: MakeService) -> None:
    service, secret = serve(make_service, "attempts")
    daemon = service.daemon
    assert "good" in update(daemon, secret, f"hostname={HOST}&myip={FIRST}")
    for _ in range(5):
        assert "nochg" in update(daemon, secret, f"hostname={HOST}&myip={FIRST}")
    assert "dnserr" in update(daemon, secret, f"hostname={HOST}&myip=nonsense")
    assert update(daemon, "wrong", f"hostname={HOST}&myip={THIRD}") == "badauth"
    assert update(daemon, secret, f"hostname=other.{ZONE}&myip={THIRD}") == "nohost"
    assert "good" in update(daemon, secret, f"hostname={CAM}&myip={FIRST}")
    wait_entries(service, 1, CAM)
    assert verdicts(service) == ["good", "nochg", "dnserr"]
    assert entries(service, f"other.{ZONE}") == []
    assert metrics(daemon)['mooring_history_entries_total{result="limited"}'] == 4


def test_none_keeps_none(make_service: MakeService) -> None:
    service, secret = serve(make_service, "none")
    assert "good" in update(service.daemon, secret, f"hostname={HOST}&myip={FIRST}")
    service.daemon.stop()
    assert entries(service) == []
    done = service.ctl.run("history", HOST)
    nothing = f'mooringctl: nothing was kept of {HOST} in 400 days: history is "none"\n'
    assert (done.returncode, done.stdout, done.stderr) == (0, "", nothing)


def test_of_a_name_that_is_misspelt_nothing_was_kept(make_service: MakeService) -> None:
    service, secret = serve(make_service, "changes")
    assert "good" in update(service.daemon, secret, f"hostname={HOST}&myip={FIRST}")
    wait_entries(service, 1)
    assert service.ctl.run("history", HOST).stderr == ""
    done = service.ctl.run("history", "hame")
    assert done.returncode == 0
    assert done.stderr == f"mooringctl: nothing was kept of hame.{ZONE} in 400 days\n"


def test_no_update_waits_for_a_store_that_cannot_take_it(make_service: MakeService) -> None:
    """Nor does one fail: the table is gone."""
    service, secret = serve(make_service, "changes")
    sql(service, "DROP TABLE history")
    for address in (FIRST, SECOND):
        answer = update(service.daemon, secret, f"hostname={HOST}&myip={address}")
        assert answer == f"good {address}"
    service.daemon.wait_log("the history of hosts cannot be written")
    assert update(service.daemon, secret, f"hostname={HOST}&myip={THIRD}") == f"good {THIRD}"
    assert metrics(service.daemon)["mooring_history_waiting"] > 0
    service.daemon.stop()
    assert entries(service) == []


def test_restore_leaves_it_as_it_is(make_service: MakeService, tmp_path: Path) -> None:
    service, secret = serve(make_service, "changes")
    backup = tmp_path / "backup.db"
    assert "good" in update(service.daemon, secret, f"hostname={HOST}&myip={FIRST}")
    wait_entries(service, 1)
    service.ctl.ok("backup", str(backup))
    assert "good" in update(service.daemon, secret, f"hostname={HOST}&myip={SECOND}")
    wait_entries(service, 2)
    service.ctl.ok("restore", str(backup))
    assert [entry["ipv4"] for entry in entries(service)] == [FIRST, SECOND]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("history",), "history needs HOST"),
        (("history", "no..host"), '"no..host" is not a host name'),
        (("history", HOST, "--last", "0"), "--last takes a number from 1 to 10000"),
        (("history", HOST, "--last", "many"), "--last takes a number from 1 to 10000"),
    ],
)
def test_what_is_wrong_is_said(
    make_service: MakeService, words: tuple[str, ...], sentence: str
) -> None:
    outcome = make_service().ctl.run(*words)
    assert outcome.returncode != 0
    assert sentence in outcome.stderr


# DynamoDB.


ORIGINAL_POLICY = frozenset({"dynamodb:GetItem", "route53:ChangeResourceRecordSets"})


@pytest.fixture(name="database", params=["ministack", "dynalite"])
def fixture_database(request: pytest.FixtureRequest) -> Dynamodb:
    return request.getfixturevalue(request.param)


def cloud_service(amazon: Amazon, make_service: MakeService, mode: str) -> Service:
    top = {"admin-listen": ["127.0.0.1:0"], "history": mode, "settle-time": 1}
    return amazon.service(make_service, top=top)


def history_items(database: Dynamodb) -> list[dict]:
    found = database.dynamodb().scan(TableName=TABLE, ConsistentRead=True)["Items"]
    return [item for item in found if item["user"]["S"].startswith("history:")]


def test_a_table_has_an_item_for_each_host_and_month(
    make_amazon: Callable[..., Amazon], make_service: MakeService, database: Dynamodb
) -> None:
    amazon = make_amazon(database)
    service = cloud_service(amazon, make_service, "changes")
    secret = service.ctl.add("router1", HOST, CAM)
    begun_s = int(time.time())
    service.start()
    for address in (FIRST, SECOND):
        assert "good" in update(service.daemon, secret, f"hostname={HOST}&myip={address}")
    assert "nochg" in update(service.daemon, secret, f"hostname={HOST}&myip={SECOND}")
    assert "good" in update(service.daemon, secret, f"hostname={CAM}&myip={FIRST}")
    service.daemon.wait_log("verdict=good", 3)
    first, second = wait_entries(service, 2)
    assert (first["old-ipv4"], first["ipv4"]) == (None, FIRST)
    assert (second["old-ipv4"], second["ipv4"], second["agent"]) == (FIRST, SECOND, "router/1.0")
    wait_entries(service, 1, CAM)
    assert entries(service, HOST, "--last", "1") == [second]
    items = history_items(database)
    assert all(re.fullmatch(r"history:(.+):20\d{4}", item["user"]["S"]) for item in items)
    assert secret not in str(items) and "pass" not in str(items)
    for item in items:
        expiry_s = int(item["history-ttl"]["N"])
        assert begun_s + 400 * DAY_S <= expiry_s <= time.time() + 400 * DAY_S
    # Whoever reads the whole table passes over them.
    assert [account["user"] for account in service.ctl.json("user", "list")] == ["router1"]
    amazon.wait_made_sure("router1")
    assert service.ctl.ok("verify")
    service.daemon.stop()
    # The months of history-days are read, and none before.
    amazon.gate.forget()
    assert SECOND in service.ctl.run("status", HOST).stdout
    assert 14 <= len(amazon.gate.calls("dynamodb:GetItem")) <= 18
    service.start()
    service.ctl.ok("user", "remove", "router1")
    assert [entry["ipv4"] for entry in entries(service)] == [FIRST, SECOND]


def test_a_policy_that_denies_it_leaves_updates_alone(
    make_amazon: Callable[..., Amazon], make_service: MakeService, database: Dynamodb
) -> None:
    """That of the serverless stack: GetItem and changes of records, no more."""
    amazon = make_amazon(database, ORIGINAL_POLICY)
    database.put_item(
        {
            "user": {"S": "router1"},
            "pass": {"S": "Sesame-and-open"},
            "host": {"S": HOST},
        }
    )
    service = cloud_service(amazon, make_service, "changes")
    daemon = service.start()
    for address in (FIRST, SECOND):
        answer = update(daemon, "Sesame-and-open", f"hostname={HOST}&myip={address}")
        assert answer == f"good {address}"
    daemon.wait_log("no history is kept: the store denies it")
    assert "good" in update(daemon, "Sesame-and-open", f"hostname={HOST}&myip={THIRD}")
    assert "nochg" in update(daemon, "Sesame-and-open", f"hostname={HOST}&myip={THIRD}")
    assert len(daemon.log_lines("no history is kept")) == 1
    found = metrics(daemon)
    assert found['mooring_history_entries_total{result="denied"}'] >= 1
    assert found["mooring_history_waiting"] == 0
    assert found["mooring_table_refused{reason=\"denied\"}"] == 0
    assert entries(service) == []


def test_a_host_that_has_too_much_loses_the_rest(
    make_amazon: Callable[..., Amazon], make_service: MakeService, database: Dynamodb
) -> None:
    """Not the other hosts, and no update."""
    amazon = make_amazon(database)
    service = cloud_service(amazon, make_service, "changes")
    secret = service.ctl.add("router1", HOST, CAM)
    months = {time.strftime("%Y%m", time.gmtime(time.time() + day * DAY_S)) for day in (0, 1)}
    for month in months:
        full = [{"M": {"time": {"N": "5"}}}] * 250
        database.put_item({"user": {"S": f"history:{HOST}:{month}"}, "entries": {"L": full}})
    service.start()
    assert "good" in update(service.daemon, secret, f"hostname={HOST}&myip={FIRST}")
    assert "good" in update(service.daemon, secret, f"hostname={CAM}&myip={FIRST}")
    wait_entries(service, 1, CAM)
    eventually(
        "what has no room is counted",
        lambda: metrics(service.daemon)['mooring_history_entries_total{result="dropped"}'] == 1,
    )
    # The next one is not even tried, so that there is nothing to be told of it.
    assert "good" in update(service.daemon, secret, f"hostname={HOST}&myip={SECOND}")
    eventually(
        "so is what comes then",
        lambda: metrics(service.daemon)['mooring_history_entries_total{result="dropped"}'] == 2,
    )
    assert len(service.daemon.log_lines("the history of a host is full")) == 1
    assert entries(service) == []


def test_a_stop_ends_when_the_last_change_is_written(
    amazon: Amazon, make_service: MakeService
) -> None:
    """Not when the time for it is over."""
    service = cloud_service(amazon, make_service, "changes")
    service.config.top["drain-timeout"] = 60
    secret = service.ctl.add("router1", HOST)
    daemon = service.start()
    began = time.monotonic()
    assert "good" in update(daemon, secret, f"myip={FIRST}")
    daemon.stop()
    assert time.monotonic() - began < 30
    assert [entry["ipv4"] for entry in entries(service)] == [FIRST]
