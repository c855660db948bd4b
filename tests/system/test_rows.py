# SPDX-License-Identifier: BSD-2-Clause
"""Rows of the table as people, consoles and scripts leave them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from aws.emulators import Dynalite
from system.conftest import Amazon, Service
from system.harness import ZONE, Response, eventually, metrics

PASSWORD = "test9994"
GOOD = (200, "good 203.0.113.5")
REFUSED = (401, "badauth")
LATER = (503, "911")
BIG = {f"note{n}": {"S": "x" * 25_000} for n in range(4)}
STATE = {"seq": {"N": "4"}, "pub": {"N": "4"}, "time": {"N": "1764400000"}}


def row(user: str, **change: dict | None) -> dict:
    """A row of the original; None takes an attribute away."""
    whole = {"user": {"S": user}, "pass": {"S": PASSWORD}, "host": {"S": user}, **change}
    return {name: value for name, value in whole.items() if value is not None}


def state_of(user: str, entry: dict) -> dict:
    return {"M": {f"{user}.{ZONE}": entry}}


OPTIONAL: list[dict] = [
    *({"ttl": ttl} for ttl in (
        {"NULL": True}, {"S": ""}, {"S": " 300 "}, {"S": "60.0"}, {"S": "1h"}, {"S": "-1"},
        {"N": "1764400000"}, {"N": "1764400000000"}, {"N": "-5"}, {"N": "1.5"}, {"BOOL": True},
        {"M": {}}, {"L": []},
    )),
    *({"disabled": flag} for flag in (
        {"NULL": True}, {"S": "true"}, {"N": "1"}, {"BOOL": False}, {"L": []},
    )),
    *({"quirks": words} for words in (
        {"NULL": True}, {"S": "nochg-as-good"}, {"L": [{"S": "x"}]}, {"N": "1"},
    )),
    *({"state": state} for state in (
        {"NULL": True}, {"S": "Bern"}, {"N": "1"}, {"BOOL": True}, {"L": [{"S": "x"}]},
        {"M": {}}, {"M": {"city": {"S": "Bern"}}},
    )),
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
]

PASSES: list[dict | None] = [
    None, {"NULL": True}, {"N": "12345678"}, {"BOOL": True}, {"S": ""}, {"S": "x" * 513},
    {"S": "$argon2id$v=19$m=65536,t=2,p=1$c2FsdA$aGFzaA"}, {"S": "$sha256$"}, {"S": "$y$broken"},
    {"M": {"S": {"S": PASSWORD}}}, {"L": [{"S": PASSWORD}]}, {"SS": [PASSWORD]},
]  # fmt: skip

HOSTS: list[dict | None] = [
    None, {"NULL": True}, {"N": "1"}, {"BOOL": True}, {"S": ""}, {"S": " , "}, {"L": []},
    {"L": [{"N": "5"}]}, {"L": [{"S": "home"}, {"N": "5"}]}, {"M": {"home": {"S": "home"}}},
    {"S": "two words"}, {"S": "a..b"}, {"S": "http://home.dyn.example.com"}, {"S": "192.0.2.1"},
    {"SS": [f"h{n}.{ZONE}" for n in range(300)]},
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


def has_no_pub(item: dict) -> bool:
    entries = item.get("state", {}).get("M", {}).values()
    return any("S" in entry.get("M", {}).get("pub", {}) for entry in entries)


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

    def try_out(item: dict) -> None:
        user = item["user"]["S"]
        for address in ("203.0.113.5", "203.0.113.6")[: 2 if "state" in item else 1]:
            assert ask(service, user, f"myip={address}") == (200, f"good {address}"), item
            # Without a `pub` nobody knows what another daemon may be publishing: it is told later.
            words = ("good", "nochg") if has_no_pub(item) else ("nochg",)
            again = ask(service, user, f"myip={address}")
            assert again in [(200, f"{word} {address}") for word in words], item
        left = amazon.database.item(user)
        for name in ("ttl", "disabled", "quirks", "note0"):
            assert left.get(name) == item.get(name), item
        before, after = item.get("state", {}), left.get("state", {})
        assert after == before or "M" in before or "NULL" in before or not before
        assert after.get("M", {}).get("city") == before.get("M", {}).get("city")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(try_out, items))
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
    for item in items:
        answer = service.router(item["user"]["S"], PASSWORD).update("myip=203.0.113.5")
        assert (answer.status, answer.text) == REFUSED, item
        assert without_date(answer) == without_date(unknown), item
        assert ask(service, "sound")[0] == 200
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
    for item in items:
        user = item["user"]["S"]
        for query in ("myip=203.0.113.5", f"hostname=home.{ZONE}&myip=203.0.113.5"):
            answer = service.router(user, PASSWORD).update(query)
            assert (answer.status, answer.text) == LATER, (item, query)
            assert answer.one("Retry-After")
        assert service.router(user, "wrong").update("").status == 401
        assert ask(service, "sound")[0] == 200
    # Its name is one, but no zone of ours has it: that is the protocol's `dnserr`.
    assert ask(service, "elsewhere") == (200, "dnserr")
    assert amazon.records() == {(f"sound.{ZONE}", "A"): ["203.0.113.5"]}
    no_trouble(service)
    lines = service.daemon.log_lines("an account cannot be used as it is stored")
    assert lines and "host: " in lines[0]


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
                                   {"SS": ["home,cam"]}, {"L": [{"S": " home"}]}])  # fmt: skip
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
