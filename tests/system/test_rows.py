# SPDX-License-Identifier: BSD-2-Clause
"""Rows of the table as people, consoles and scripts leave them."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from aws.emulators import TABLE, Dynalite
from system.conftest import Amazon, Service
from system.harness import ZONE, Response, eventually, metrics

PASSWORD = "test9994"
GOOD = (200, "good 203.0.113.5")
REFUSED = (401, "badauth")
LATER = (503, "911")
BIG = {f"note{n}": {"S": "x" * 25_000} for n in range(4)}
LAST_SEQ = str(2**63 - 1)
STATE = {"seq": {"N": "4"}, "pub": {"N": "4"}, "time": {"N": "1764400000"}}


def row(user: str, **change: dict | None) -> dict:
    """A row of the original; None takes an attribute away."""
    whole = {"user": {"S": user}, "pass": {"S": PASSWORD}, "host": {"S": user}, **change}
    return {name: value for name, value in whole.items() if value is not None}


def state_of(user: str, entry: dict) -> dict:
    return {"M": {f"{user}.{ZONE}": entry}}


def nested(depth: int) -> dict:
    return {"M": {"in": nested(depth - 1)}} if depth else {"S": "there"}


DEEP = nested(30)  # DynamoDB takes 32 levels

OPTIONAL: list[dict] = [
    *({"ttl": ttl} for ttl in (
        {"NULL": True}, {"S": ""}, {"S": " 300 "}, {"S": "60.0"}, {"S": "1h"}, {"S": "-1"},
        {"N": "1764400000"}, {"N": "1764400000000"}, {"N": "-5"}, {"N": "1.5"}, {"BOOL": True},
        {"M": {}}, {"L": []}, {"N": "0"}, {"S": "0"}, {"S": "+300"}, {"S": "0x12c"}, {"S": "3e2"},
        {"S": "300s"}, {"S": "4294967356"}, {"S": "18446744073709551676"},
        {"S": "\u0663\u0660\u0660"},
        {"S": "300\x00"}, {"S": "3" * 4000}, {"N": "0.5"}, {"N": "1E+30"}, {"SS": ["300"]},
        {"NS": ["300"]}, {"B": b"300"}, {"L": [{"N": "300"}]}, {"M": {"N": {"N": "300"}}},
    )),
    *({"disabled": flag} for flag in (
        {"NULL": True}, {"S": "true"}, {"N": "1"}, {"BOOL": False}, {"L": []}, {"S": ""},
        {"SS": ["true"]}, {"B": b"1"}, {"M": {"BOOL": {"BOOL": True}}}, {"L": [{"BOOL": True}]},
    )),
    *({"quirks": words} for words in (
        {"NULL": True}, {"S": "nochg-as-good"}, {"L": [{"S": "x"}]}, {"N": "1"}, {"SS": ["x", "y"]},
        {"NS": ["1"]}, {"BS": [b"nochg-as-good"]}, {"SS": [f"word{n}" for n in range(200)]},
        {"SS": ["x" * 2000]}, {"M": {}}, {"BOOL": True},
    )),
    *({"interface_ids": ids} for ids in (
        {"NULL": True}, {"S": "::1"}, {"N": "1"}, {"BOOL": True}, {"L": [{"S": "::1"}]}, {"M": {}},
        {"M": {"eth0": {"S": "::1"}}}, {"SS": ["::1"]}, {"B": b"x"},
        {"M": {f"h{n}.{ZONE}": {"S": f"::{n + 1:x}"} for n in range(120)}},
    )),
    *({"state": state} for state in (
        {"NULL": True}, {"S": "Bern"}, {"N": "1"}, {"BOOL": True}, {"L": [{"S": "x"}]},
        {"M": {}}, {"M": {"city": {"S": "Bern"}}}, {"S": ""}, {"B": b"x"}, {"SS": ["x"]},
        {"M": {"city": {"M": {"seq": {"N": "4"}}}, "n": {"N": "1"}, "none": {"NULL": True}}},
        {"M": {f"h{n}.{ZONE}": {"M": STATE} for n in range(120)}},
        {"M": {f"*.{ZONE}": {"M": STATE}, "": {"M": STATE}, "x" * 250: {"M": STATE}}},
        DEEP,
    )),
    *({name: {"S": "theirs"}} for name in ("owed", "owners", "zone", "seq", "city")),
    {"owed": {"N": "1"}}, {"owed": {"NULL": True}}, {"owners": {"SS": ["x"]}},
    BIG,
]  # fmt: skip

# Of the host's own entry in `state`.
ENTRIES: list[dict] = [
    {"S": "online"},
    {"NULL": True},
    {"M": {}},
    {"M": {**STATE, "seq": {"S": "4"}}},
    {"M": {**STATE, "seq": {"N": "-4"}}},
    {"M": {**STATE, "seq": {"N": "99999999999999999999"}}},
    {"M": {**STATE, "seq": {"NULL": True}}},
    {"M": {**STATE, "pub": {"S": "4"}}},
    {"M": {**STATE, "time": {"S": "yesterday"}}},
    {"M": {**STATE, "v4": {"N": "4"}}},
    {"M": {**STATE, "v4": {"S": "2001:db8::1"}, "v6": {"NULL": True}}},
    {"M": STATE},
    {"BOOL": True},
    {"SS": ["online"]},
    {"L": [{"M": STATE}]},
    {"M": {**STATE, "seq": {"N": "1.5"}}},
    {"M": {**STATE, "seq": {"N": "0"}}},
    {"M": {**STATE, "seq": {"N": "18446744073709551615"}, "pub": {"N": "18446744073709551615"}}},
    {"M": {**STATE, "seq": {"N": LAST_SEQ}, "pub": {"N": LAST_SEQ}}},
    {"M": {**STATE, "seq": {"M": {}}}},
    {"M": {**STATE, "pub": {"N": "9"}}},
    {"M": {**STATE, "pub": {"N": "-1"}}},
    {"M": {**STATE, "pub": {"NULL": True}}},
    {"M": {name: value for name, value in STATE.items() if name != "seq"}},
    {"M": {name: value for name, value in STATE.items() if name != "time"}},
    {"M": {**STATE, "time": {"N": "-1"}}},
    {"M": {**STATE, "time": {"N": "1764400000000"}}},
    {"M": {**STATE, "time": {"N": "1.5"}}},
    {"M": {**STATE, "time": {"NULL": True}}},
    {"M": {**STATE, "v4": {"S": ""}, "v6": {"S": ""}}},
    {"M": {**STATE, "v4": {"S": "999.1.1.1"}}},
    {"M": {**STATE, "v4": {"S": "1.2.3.4, 5.6.7.8"}}},
    {"M": {**STATE, "v4": {"SS": ["203.0.113.5"]}}},
    {"M": {**STATE, "v4": {"NULL": True}, "v6": {"S": "fe80::1%eth0"}}},
    {"M": {**STATE, "zone": {"N": "1"}, "ttl": {"S": "60"}}},
    {"M": {**STATE, "zone": {"S": "Z" * 300}, "ttl": {"N": "-60"}}},
    {"M": {**STATE, "zone": {"S": ""}, "ttl": {"NULL": True}, "note": {"S": "theirs"}}},
    {"M": {**STATE, "v4": {"S": "203.0.113.77"}, "zone": {"S": "Z0ANOTHERZONE"}}},
]

# Nothing is wrong with them, but nobody has such a password; the cost of the last is none.
OTHERS = [{"S": " " + PASSWORD}, {"S": PASSWORD.upper()}]
PASSES: list[dict | None] = [
    None, {"NULL": True}, {"N": "12345678"}, {"BOOL": True}, {"S": ""}, {"S": "x" * 513},
    {"S": "$argon2id$v=19$m=65536,t=2,p=1$c2FsdA$aGFzaA"}, {"S": "$sha256$"}, {"S": "$y$broken"},
    {"M": {"S": {"S": PASSWORD}}}, {"L": [{"S": PASSWORD}]}, {"SS": [PASSWORD]},
    {"B": PASSWORD.encode()}, {"NS": ["1"]}, {"S": "$6$"}, {"S": "$6$salt"},
    {"S": "$6$salt$" + "x" * 20}, {"S": "$2b$"},
    {"S": "$y$j9T$" + "/" * 400}, {"S": "$7$C6..../....$"},
    {"S": "$sha256$" + "a" * 16}, {"S": "$sha256$$" + "0" * 64}, {"S": "$sha256$salt$" + "0" * 63},
    {"S": "$sha256$salt$" + "g" * 64}, {"S": PASSWORD + "\x00"}, {"S": PASSWORD + "\n"},
    {"BOOL": False}, {"M": {}}, {"L": []}, {"S": "$2b$99$" + "x" * 53}, *OTHERS,
]  # fmt: skip

HOSTS: list[dict | None] = [
    None, {"NULL": True}, {"N": "1"}, {"BOOL": True}, {"S": ""}, {"S": " , "}, {"L": []},
    {"L": [{"N": "5"}]}, {"L": [{"S": "home"}, {"N": "5"}]}, {"M": {"home": {"S": "home"}}},
    {"S": "two words"}, {"S": "a..b"}, {"S": "http://home.dyn.example.com"}, {"S": "192.0.2.1"},
    {"SS": [f"h{n}.{ZONE}" for n in range(300)]},
    {"L": [{"S": "home"}, {"NULL": True}]}, {"L": [{"NULL": True}]}, {"L": [{"S": ""}]},
    {"L": [{"S": "home"}, {"SS": ["cam"]}]}, {"L": [{"L": [{"S": "home"}]}]},
    {"L": [{"M": {"name": {"S": "home"}}}]}, {"L": [{"S": "home"}, {"BOOL": True}]},
    {"L": [{"S": f"h{n}"} for n in range(300)]}, {"S": ",".join(f"h{n}" for n in range(300))},
    {"B": b"home"}, {"BS": [b"home"]}, {"NS": ["1"]}, {"SS": ["home", "a..b"]}, {"SS": [" "]},
    {"S": "home;cam"}, {"S": "home cam"}, {"S": '"home"'}, {"S": '["home"]'}, {"S": "home\x00"},
    {"S": "."}, {"S": "home."}, {"S": "home.."}, {"S": ".home"}, {"S": "x" * 64},
    {"S": ".".join(["x" * 60] * 5)},
    {"S": "h@me"}, {"S": "home:8080"}, {"S": "home/24"}, {"S": "2001:db8::1"},
    {"S": "home,a..b"}, {"S": "x" * 100_000},
]  # fmt: skip


@pytest.fixture(name="amazon")
def fixture_amazon(make_amazon: Callable[..., Amazon], request: pytest.FixtureRequest) -> Amazon:
    database: Dynalite = request.getfixturevalue(getattr(request, "param", "ministack"))
    return make_amazon(database)


@pytest.fixture(name="service")
def fixture_service(amazon: Amazon, make_service: Callable[..., Service]) -> Service:
    """Not started."""
    return amazon.service(make_service, top={"admin-listen": "127.0.0.1:0"})


@pytest.fixture(name="put")
def fixture_put(amazon: Amazon) -> Callable[[dict], bool]:
    """False: DynamoDB, or this emulator, has no such items."""

    def put(item: dict) -> bool:
        client = amazon.database.dynamodb
        try:
            amazon.database.put_item(item)
        except client.exceptions.ClientError:
            return False
        return amazon.database.item(item["user"]["S"]) == item

    return put


def ask(service: Service, user: str, query: str = "myip=203.0.113.5") -> tuple[int, str]:
    answer = service.router(user, PASSWORD).update(query)
    return answer.status, answer.text


def starts_anew(item: dict) -> bool:
    """Nobody knows what another daemon may be publishing, and is told later: `pub` cannot be
    used, or no seq can follow."""
    entries = item.get("state", {}).get("M", {}).values()
    members = [entry.get("M", {}) for entry in entries]
    return any(
        one.get("pub") not in (None, {"N": "4"}) or one.get("seq") == {"N": LAST_SEQ}
        for one in members
    )


def without_date(answer: Response) -> list[tuple[str, str]]:
    return [(name, value) for name, value in answer.headers if name != "Date"]


def no_trouble(service: Service) -> None:
    assert not service.daemon.log_lines("the store is in trouble")
    assert metrics(service.daemon)["mooring_store_trouble_total"] == 0


@pytest.mark.parametrize("amazon", ["ministack", "dynalite"], indirect=True)
def test_optional_attributes_never_stop_a_router(
    amazon: Amazon, service: Service, put: Callable[[dict], bool]
) -> None:
    """And what is somebody else's stays as it is."""
    changes = [*OPTIONAL]
    changes += [{"state": state_of(f"r{len(OPTIONAL) + n}", e)} for n, e in enumerate(ENTRIES)]
    items = [row(f"r{n}", **change) for n, change in enumerate(changes)]
    if isinstance(amazon.database, Dynalite):
        items = [item for item in items if "state" in item]  # the rest is only read
    items = [item for item in items if put(item)]
    assert len(items) > 15
    service.start()

    def try_out(item: dict) -> list[str]:
        user, problems = item["user"]["S"], []
        for address in ("203.0.113.5", "203.0.113.6")[: 2 if "state" in item else 1]:
            told = [ask(service, user, f"myip={address}") for _ in range(2)]
            words = ("good", "nochg") if starts_anew(item) else ("nochg",)
            fine = [[(200, f"good {address}"), (200, f"{word} {address}")] for word in words]
            if told not in fine:
                problems.append(f"{told}: {item}")
        left = amazon.database.item(user)
        kept = {name: left.get(name) for name in item if name != "state"}
        if kept != {name: value for name, value in item.items() if name != "state"}:
            problems.append(f"became {left}: {item}")
        before, after = item.get("state", {}), left.get("state", {})
        if not (after == before or "M" in before or "NULL" in before or not before):
            problems.append(f"state became {after}: {item}")
        for name in set(before.get("M", {})) - {f"{user}.{ZONE}"}:
            if after["M"].get(name) != before["M"][name]:
                problems.append(f"{name} became {after['M'].get(name)}: {item}")
        return problems

    with ThreadPoolExecutor(8) as pool:
        problems = [problem for each in pool.map(try_out, items) for problem in each]
    assert not problems, "\n".join(problems)
    records = amazon.ministack.records(amazon.zone_id)
    for item in items:
        name = f"{item['user']['S']}.{ZONE}."
        address = "203.0.113.6" if "state" in item else "203.0.113.5"
        assert records[(name, "A")] == (60, [address]), item
    no_trouble(service)


def test_unusable_pass_is_refused_like_an_unknown_login(
    service: Service, put: Callable[[dict], bool]
) -> None:
    items = [row(f"p{n}", **{"pass": value}) for n, value in enumerate(PASSES)]
    items = [item for item in items if put(item)]
    assert len(items) > 8
    assert put(row("sound"))
    service.start()
    unknown = service.router("nobody", PASSWORD).update("myip=203.0.113.5")
    problems = []
    for item in items:
        answer = service.router(item["user"]["S"], PASSWORD).update("myip=203.0.113.5")
        if (answer.status, answer.text) != REFUSED or without_date(answer) != without_date(unknown):
            problems.append(f"{answer.status} {answer.text}: {item}")
        assert ask(service, "sound")[0] == 200
    assert not problems, "\n".join(problems)
    no_trouble(service)
    lines = service.daemon.log_lines("an account cannot be used as it is stored")
    assert lines and "pass: " in lines[0]
    assert len(service.daemon.log_lines("accounts cannot be used as they are stored")) == 1


def test_unusable_host_is_911_for_that_account_alone(
    amazon: Amazon, service: Service, put: Callable[[dict], bool]
) -> None:
    items = [row(f"h{n}", host=value) for n, value in enumerate(HOSTS)]
    items = [item for item in items if put(item)]
    assert len(items) > 10
    assert put(row("sound")) and put(row("elsewhere", host={"S": "home.example.org"}))
    service.start()
    problems = []
    for item in items:
        user = item["user"]["S"]
        for query in ("myip=203.0.113.5", f"hostname=home.{ZONE}&myip=203.0.113.5"):
            answer = service.router(user, PASSWORD).update(query)
            if (answer.status, answer.text) != LATER or not answer.one("Retry-After"):
                problems.append(f"{query}: {answer.status} {answer.text}: {str(item)[:300]}")
        if (status := service.router(user, "wrong").update("").status) != 401:
            problems.append(f"another password: {status}: {str(item)[:300]}")
        assert ask(service, "sound")[0] == 200
    assert not problems, "\n".join(problems)
    # Its name is one, but no zone of ours has it: that is the protocol's `dnserr`.
    assert ask(service, "elsewhere") == (200, "dnserr")
    assert amazon.records() == {(f"sound.{ZONE}", "A"): ["203.0.113.5"]}
    no_trouble(service)
    lines = service.daemon.log_lines("an account cannot be used as it is stored")
    assert lines and "host: " in lines[0]


def test_the_tool_reads_them_all(
    amazon: Amazon, service: Service, put: Callable[[dict], bool]
) -> None:
    """No row keeps another from being seen, compared or counted; a second look tells the same."""
    rows = [row(f"r{n}", **change) for n, change in enumerate(OPTIONAL)]
    rows += [row(f"s{n}", state=state_of(f"s{n}", entry)) for n, entry in enumerate(ENTRIES)]
    rows += [row(f"p{n}", **{"pass": value}) for n, value in enumerate(PASSES)]
    rows += [row(f"h{n}", host=value) for n, value in enumerate(HOSTS)]
    for item in rows:
        put(item)
    pages = amazon.database.dynamodb().get_paginator("scan").paginate(TableName=TABLE)
    users = {item["user"]["S"] for page in pages for item in page["Items"]}
    assert len(users) > 120
    tool = service.ctl
    listed = tool.json("user", "list")
    assert {each["user"] for each in listed} == users
    malformed = {each["user"] for each in listed if "malformed" in each}
    others = {item["user"]["S"] for item in rows if item.get("pass") in OTHERS}
    assert malformed == {user for user in users if user[0] in "ph"} - others
    assert tool.json("user", "list") == listed
    for user in sorted(users)[::9]:
        assert tool.json("user", "show", user)["user"] == user
    done = tool.run("doctor", "--resolver", "127.0.0.1:1", "--json")
    (line,) = [line for line in json.loads(done.stdout) if line["check"] == "accounts"]
    assert f"{len(users)} accounts; {len(malformed)} serve nobody (" in line["detail"]
    done = tool.run("verify")
    # One of the states says that it was published.
    assert done.returncode == 1 and ", 1 missing, 0 different, " in done.stdout
    assert done.stderr.count("an unknown quirk is ignored") == 1
    assert PASSWORD not in done.stdout + done.stderr + line["detail"]


def test_row_that_is_mended_is_served(
    amazon: Amazon, service: Service, put: Callable[[dict], bool]
) -> None:
    assert put(row("one", host={"N": "1"})) and put(row("two", **{"pass": {"N": "1"}}))
    service.start()
    assert (ask(service, "one"), ask(service, "two")) == (LATER, REFUSED)
    assert put(row("one")) and put(row("two"))
    assert (ask(service, "one"), ask(service, "two")) == (GOOD, GOOD)
    # And one that breaks while it is served loses nothing.
    assert put(row("one", host={"N": "1"}))
    assert ask(service, "one") == LATER
    assert amazon.records()[(f"one.{ZONE}", "A")] == ["203.0.113.5"]


def test_owed_host_of_a_row_whose_pass_is_unusable_is_published(
    amazon: Amazon, service: Service, put: Callable[[dict], bool]
) -> None:
    """What was promised is kept, whatever became of the password."""
    entry = {"M": {**STATE, "seq": {"N": "5"}, "v4": {"S": "203.0.113.7"}}}
    assert put(row("owed", **{"pass": {"N": "1"}}, state=state_of("owed", entry)))
    service.start()
    eventually("the owed record", lambda: bool(amazon.records()))
    assert amazon.records() == {(f"owed.{ZONE}", "A"): ["203.0.113.7"]}


@pytest.mark.parametrize("value", [{"S": "home , cam,"}, {"S": "\thome.dyn.example.com.\n"},
                                   {"SS": ["home,cam"]}, {"L": [{"S": " home"}]},
                                   {"S": "home,home,HOME.dyn.EXAMPLE.com."}, {"S": ",home,,"},
                                   {"S": "home\r\n"}, {"S": "home,\ncam"}, {"S": "HOME"},
                                   {"L": [{"S": "home"}, {"S": "home.dyn.example.com"}]},
                                   {"SS": ["home", "HOME", "h\u200bome"]}, 
                                   {"L": [{"S": "cam, home"}, {"S": "tv"}]}])  # fmt: skip
def test_hosts_as_people_type_them(
    amazon: Amazon,
    service: Service,
    put: Callable[[dict], bool],
    value: dict,
) -> None:
    assert put(row("typed", host=value))
    service.start()
    for _ in range(2):
        answer = ask(service, "typed", f"hostname=home.{ZONE}&myip=203.0.113.5")
        assert answer in (GOOD, (200, "nochg 203.0.113.5"))
    assert answer == (200, "nochg 203.0.113.5")
    assert amazon.records() == {(f"home.{ZONE}", "A"): ["203.0.113.5"]}
