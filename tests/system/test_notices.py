# SPDX-License-Identifier: BSD-2-Clause
"""Notices in a DynamoDB table: several processes, replies that are lost, policies, other hands."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from aws.emulators import BATCH_ACTIONS, TABLE, Dynalite, Ministack
from system.conftest import Amazon, Service
from system.harness import BUILD, HOST, REPORTS, ZONE, eventually
from system.receiver import Receiver
from system.test_emulator_suites import suite_environment

PROGRAM = BUILD / "tests" / "suite" / "emu_notices"
UPDATE, GET = "dynamodb:UpdateItem", "dynamodb:GetItem"
NOW = 1_800_000_000
LEASE = NOW + 120
SLOTS = [f"notify:{n:03}" for n in range(256)]


class Process:
    """One that uses the verbs; tests/suite/emu_notices.c."""

    def __init__(self, amazon: Amazon) -> None:
        assert PROGRAM.exists(), f"{PROGRAM} is not built: make emulator-programs"
        self.process = subprocess.Popen(
            [PROGRAM],
            env=suite_environment(amazon),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def start(self, *words: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()

    def outcome(self) -> tuple[str, list[str]]:
        """The word, and the lines before it."""
        assert self.process.stdout is not None
        lines = []
        while True:
            line = self.process.stdout.readline()
            assert line, self.process.stderr and self.process.stderr.read()
            word, colon, _ = line.partition(":")
            if colon:
                return word, lines
            lines.append(line.strip())

    def run(self, *words: object) -> str:
        self.start(*words)
        return self.outcome()[0]

    def listed(self) -> list[str]:
        self.start("list")
        word, lines = self.outcome()
        assert word == "ok"
        return sorted(lines)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def finish(self) -> None:
        if self.process.poll() is None:
            _, errors = self.process.communicate(timeout=30)
            assert self.process.returncode == 0 and not REPORTS.search(errors), errors
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()


@pytest.fixture(name="launch")
def fixture_launch() -> Iterator[Callable[[Amazon], Process]]:
    made: list[Process] = []

    def launch(amazon: Amazon) -> Process:
        made.append(Process(amazon))
        return made[-1]

    yield launch
    for process in made:
        process.finish()


def slot_items(amazon: Amazon) -> dict[str, dict]:
    """What is in the slots that are not empty, by their keys."""
    found = amazon.database.dynamodb().scan(TableName=TABLE)["Items"]
    return {
        item["user"]["S"]: item
        for item in found
        if item["user"]["S"].startswith("notify:") and "id" in item
    }


@pytest.mark.parametrize("name", ["ministack", "dynalite"])
def test_of_two_processes_one_delivers(
    request: pytest.FixtureRequest,
    make_amazon: Callable[..., Amazon],
    launch: Callable[[Amazon], Process],
    name: str,
) -> None:
    database: Ministack | Dynalite = request.getfixturevalue(name)
    amazon = make_amazon(database)
    one, two = launch(amazon), launch(amazon)
    assert one.run("put", "e1", "ops", "waiting") == "ok"
    for process, holder in ((one, "aa"), (two, "bb")):
        process.start("claim", "e1", "ops", holder, NOW, LEASE)
    outcomes = [one.outcome()[0], two.outcome()[0]]
    assert sorted(outcomes) == ["conflict", "ok"]
    winner, holder = (one, "aa") if outcomes[0] == "ok" else (two, "bb")
    loser, other = (two, "bb") if winner is one else (one, "aa")
    assert loser.listed() == [f"e1 ops waiting {holder} 0 0 {LEASE}"]
    assert loser.run("remove", "e1", "ops", other) == "conflict"
    # The winner is killed; its time ends.
    winner.kill()
    assert loser.run("claim", "e1", "ops", other, LEASE - 1, LEASE + 99) == "conflict"
    assert loser.run("claim", "e1", "ops", other, LEASE, LEASE + 120) == "ok"
    assert loser.run("update", "e1", "ops", holder, "waiting", 0) == "conflict"
    assert loser.run("update", "e1", "ops", other, "dead", NOW + 9) == "ok"
    assert loser.listed() == [f"e1 ops dead {other} 1 {NOW + 9} 0"]
    assert loser.run("remove", "e1", "ops", other) == "ok"
    assert loser.run("remove", "e1", "ops", other) == "not found"
    assert loser.listed() == [] and slot_items(amazon) == {}


def test_lost_replies_change_nothing_twice(
    amazon: Amazon, launch: Callable[[Amazon], Process]
) -> None:
    process = launch(amazon)
    script = amazon.gate.script
    script.lose_reply(UPDATE)
    # The attempt that is made once more finds what the first one has put.
    assert process.run("put", "e1", "ops", "waiting") == "exists already"
    for words, outcome in (
        (("claim", "e1", "ops", "aa", NOW, LEASE), "ok"),
        (("update", "e1", "ops", "aa", "waiting", NOW + 5), "ok"),
        (("remove", "e1", "ops", "aa"), "not found"),
    ):
        assert len(slot_items(amazon)) == 1
        script.lose_reply(UPDATE)
        assert process.run(*words) == outcome
    assert slot_items(amazon) == {}


def test_throttling_passes(amazon: Amazon, launch: Callable[[Amazon], Process]) -> None:
    process = launch(amazon)
    script = amazon.gate.script
    code = "ProvisionedThroughputExceededException"
    script.fail(UPDATE, code, times=2)
    assert process.run("put", "e1", "ops", "waiting") == "ok"
    script.fail(GET, code, times=3)
    assert process.listed() == ["e1 ops waiting - 0 0 0"]


def test_policy_with_get_item_alone_takes_none(
    make_amazon: Callable[..., Amazon], launch: Callable[[Amazon], Process]
) -> None:
    amazon = make_amazon(actions=frozenset({GET}))
    process = launch(amazon)
    assert process.run("put", "e1", "ops", "waiting") == "permission denied"
    assert process.listed() == []
    assert process.run("claim", "e1", "ops", "aa", NOW, LEASE) == "permission denied"


def test_get_item_and_update_item_are_enough(
    make_amazon: Callable[..., Amazon], launch: Callable[[Amazon], Process]
) -> None:
    amazon = make_amazon(actions=frozenset({GET, UPDATE}))
    process = launch(amazon)
    assert process.run("put", "e1", "ops", "waiting") == "ok"
    assert process.run("claim", "e1", "ops", "aa", NOW, LEASE) == "ok"
    assert process.run("update", "e1", "ops", "aa", "waiting", NOW) == "ok"
    assert process.listed() == [f"e1 ops waiting aa 1 {NOW} 0"]
    assert process.run("remove", "e1", "ops", "aa") == "ok"
    # What is left of the slot is its key.
    (left,) = (item for item in amazon.database.dynamodb().scan(TableName=TABLE)["Items"])
    assert set(left) == {"user"}


def test_full_table_takes_no_more(amazon: Amazon, launch: Callable[[Amazon], Process]) -> None:
    dynamodb = amazon.database.dynamodb()
    for n, key in enumerate(SLOTS):
        slot = notice_item(key, f"f{n}")
        dynamodb.put_item(TableName=TABLE, Item=slot)
    process = launch(amazon)
    assert process.run("put", "e1", "ops", "waiting") == "limit reached"
    assert len(process.listed()) == 256
    # One that was given up makes room, wherever e1 may be put.
    for key in SLOTS:
        dynamodb.update_item(
            TableName=TABLE,
            Key={"user": {"S": key}},
            UpdateExpression="SET #status = :dead",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={":dead": {"S": "dead"}},
        )
    assert process.run("put", "e1", "ops", "waiting") == "ok"
    listed = process.listed()
    assert len(listed) == 256 and listed[0] == "e1 ops waiting - 0 0 0"


def notice_item(key: str, name: str, **changes: dict) -> dict:
    plain = {
        "user": {"S": key},
        "id": {"S": name},
        "target": {"S": "ops"},
        "body": {"S": "{}"},
        "made": {"N": str(NOW)},
        "next": {"N": "0"},
        "attempts": {"N": "0"},
        "status": {"S": "waiting"},
        "held_until": {"N": "0"},
    }
    return plain | changes


GARBAGE: list[dict] = [
    {"id": {"N": "5"}},
    {"id": {"S": "a b"}},
    {"id": {"M": {"S": {"S": "x"}}}},
    {"target": {"L": []}},
    {"body": {"S": "x" * 5000}},
    {"body": {"B": b"\x00\xff"}},
    {"made": {"S": "yesterday"}},
    {"made": {"N": "-1e40"}},
    {"attempts": {"N": "1.5"}},
    {"status": {"NULL": True}},
    {"holder": {"S": "a a"}},
    {"held_until": {"N": "99999999999999999999999999"}},
    {"why": {"S": "a\nb"}},
]


def test_what_other_hands_wrote_is_passed_over(
    amazon: Amazon, launch: Callable[[Amazon], Process]
) -> None:
    dynamodb = amazon.database.dynamodb()
    for n, key in enumerate(SLOTS[:-16]):
        changes = GARBAGE[n % len(GARBAGE)]
        dynamodb.put_item(TableName=TABLE, Item=notice_item(key, f"g{n}", **changes))
    process = launch(amazon)
    assert process.listed() == []
    good = [n for n in range(40) if process.run("put", f"e{n}", "ops", "waiting") == "ok"]
    assert good and len(good) < 40
    assert len(process.listed()) == len(good)
    assert process.run("claim", f"e{good[0]}", "ops", "aa", NOW, LEASE) == "ok"
    assert process.run("remove", f"e{good[0]}", "ops", "aa") == "ok"


def test_what_reads_the_whole_table_passes_over_slots(
    amazon: Amazon, make_service: Callable[..., Service]
) -> None:
    """Some of them look like accounts."""
    dynamodb = amazon.database.dynamodb()
    for n, key in enumerate(SLOTS[::8]):
        disguise = {"pass": {"S": "x"}, "host": {"S": f"n{n}.{HOST}"}} if n % 2 else {}
        dynamodb.put_item(TableName=TABLE, Item=notice_item(key, f"e{n}") | disguise)
    before = slot_items(amazon)
    service = amazon.service(make_service)
    ctl = service.ctl
    password = ctl.add("router1", HOST)
    service.start()
    reply = service.router("router1", password).update("myip=203.0.113.5")
    assert reply.text == "good 203.0.113.5"
    assert [user["user"] for user in ctl.json("user", "list")] == ["router1"]
    assert "router1" in ctl.ok("export")
    for command in (["export"], ["verify"], ["claims"], ["doctor"]):
        found = ctl.run(*command)
        said = found.stdout + found.stderr
        assert "notify:" not in said and f".{HOST}" not in said, found
    assert service.daemon.log_lines("nobody can log in") == []
    service.daemon.stop()
    assert slot_items(amazon) == before


# --- daemons ---


def telling(
    amazon: Amazon, make_service: Callable[..., Service], receiver: Receiver, name: str
) -> Service:
    """A daemon of the table's, to which the receiver is a target."""
    service = amazon.service(make_service, name=name, top={"settle-time": 1})
    service.config.notifies["hook"] = {"url": f"{receiver.url}/hook", "per-minute": 600}
    return service


def changes_told(receiver: Receiver) -> dict[tuple[str, str], set[str]]:
    """Host and new address -> the ids with which that was told."""
    found: dict[tuple[str, str], set[str]] = {}
    for event in receiver.of_kind("address-changed"):
        found.setdefault((str(event["host"]), str(event["new"])), set()).add(str(event["id"]))
    return found


def end_leases(amazon: Amazon) -> None:
    """Two minutes later, as far as the table tells."""
    for key in slot_items(amazon):
        amazon.database.dynamodb().update_item(
            TableName=TABLE,
            Key={"user": {"S": key}},
            UpdateExpression="SET held_until = :past, #next = :past",
            ExpressionAttributeNames={"#next": "next"},
            ExpressionAttributeValues={":past": {"N": "1"}},
        )


def test_of_two_daemons_each_change_has_one_id(
    amazon: Amazon, make_service: Callable[..., Service], receiver: Receiver
) -> None:
    services = [telling(amazon, make_service, receiver, name) for name in ("one", "two")]
    hosts = [f"h{n}.{ZONE}" for n in range(8)]
    ctl = services[0].ctl
    passwords = {host: ctl.add(f"router{n}", host) for n, host in enumerate(hosts)}
    for service in services:
        service.start()
    wanted = set()
    for round_ in range(3):
        for n, host in enumerate(hosts):
            address = f"203.0.113.{round_ * len(hosts) + n + 1}"
            router = services[n % 2].router(f"router{n}", passwords[host])
            assert router.update(f"myip={address}").text == f"good {address}"
            wanted.add((host, address))
        # Of two in quick succession the last one alone is told.
        eventually("all are told", lambda: set(changes_told(receiver)) >= wanted)
    eventually("they are taken out", lambda: slot_items(amazon) == {})
    told = changes_told(receiver)
    assert set(told) == wanted
    assert all(len(ids) == 1 for ids in told.values()), told


def test_another_daemon_delivers_what_a_killed_one_held(
    amazon: Amazon, make_service: Callable[..., Service], receiver: Receiver
) -> None:
    one, two = (telling(amazon, make_service, receiver, name) for name in ("one", "two"))
    password = one.ctl.add("router1", HOST)
    one.start()
    receiver.status = 503
    address = "203.0.113.5"
    assert one.router("router1", password).update(f"myip={address}").text == f"good {address}"
    eventually("it was tried", lambda: len(receiver.paths) >= 1)
    eventually(
        "the failure is noted",
        lambda: any("why" in item for item in slot_items(amazon).values()),
    )
    one.daemon.kill()
    assert len(slot_items(amazon)) == 1
    end_leases(amazon)
    receiver.status = 204
    two.start()
    eventually("it is told", lambda: set(changes_told(receiver)) == {(HOST, address)})
    eventually("it is taken out", lambda: slot_items(amazon) == {})
    assert len(changes_told(receiver)[HOST, address]) == 1


@pytest.mark.parametrize("status", [204, 503])
def test_nothing_is_lost_when_both_are_killed(
    amazon: Amazon, make_service: Callable[..., Service], receiver: Receiver, status: int
) -> None:
    """At any time after an answer: before the notice is put, while it is sent, before it is taken
    out. What is told twice has the same id. Where the target is away, both find all of it later."""
    receiver.status = status
    services = [telling(amazon, make_service, receiver, name) for name in ("one", "two")]
    wanted, n = set(), 0
    for _ in range(4):
        hosts = [f"h{n + k}.{ZONE}" for k in range(6)]
        passwords = [services[0].ctl.add(f"router{n + k}", host) for k, host in enumerate(hosts)]
        for service in services:
            service.start()
        for k, host in enumerate(hosts):
            address = f"203.0.113.{n + 1}"
            router = services[k % 2].router(f"router{n}", passwords[k])
            assert router.update(f"myip={address}").text == f"good {address}"
            wanted.add((host, address))
            n += 1
        for service in services:
            service.daemon.kill()
    end_leases(amazon)
    receiver.status = 204
    for service in services:
        service.start()
    eventually("all are told", lambda: set(changes_told(receiver)) >= wanted, 60)
    eventually("they are taken out", lambda: slot_items(amazon) == {}, 60)
    told = changes_told(receiver)
    assert set(told) == wanted
    assert all(len(ids) == 1 for ids in told.values()), told


def test_without_update_item_notices_live_in_memory(
    make_amazon: Callable[..., Amazon],
    make_service: Callable[..., Service],
    receiver: Receiver,
) -> None:
    amazon = make_amazon(actions=BATCH_ACTIONS - {UPDATE, "dynamodb:TransactWriteItems"})
    amazon.database.dynamodb().put_item(
        TableName=TABLE,
        Item={"user": {"S": "router1"}, "pass": {"S": "test-9994-test"}, "host": {"S": HOST}},
    )
    service = telling(amazon, make_service, receiver, "one")
    service.start()
    router = service.router("router1", "test-9994-test")
    for n in (1, 2, 3):
        assert router.update(f"myip=203.0.113.{n}").text == f"good 203.0.113.{n}"
    wanted = {(HOST, f"203.0.113.{n}") for n in (1, 2, 3)}
    eventually("all are told", lambda: set(changes_told(receiver)) == wanted)
    assert slot_items(amazon) == {}
    assert len(service.daemon.wait_log("the store takes no notices")) == 1
