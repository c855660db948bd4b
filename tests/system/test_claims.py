# SPDX-License-Identifier: BSD-2-Clause
"""Claims: who has a name, in a DynamoDB table of any size. What they cost, that they follow the
accounts, and that wrong ones are named, mended and in nobody's way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from aws.emulators import TABLE, Dynalite, Dynamodb
from system.harness import HOST, ZONE

if TYPE_CHECKING:
    from system.conftest import Amazon, Service

COMPLETE = "claims:complete"
OTHER = f"other.{ZONE}"


def owners(database: Dynamodb, host: str) -> set[str]:
    item = database.item(f"host:{host}")
    return set(item["owners"]["SS"]) if item else set()


def row(user: str, host: str) -> dict:
    return {"user": {"S": user}, "pass": {"S": "secret"}, "host": {"S": host}}


def fill(database: Dynamodb, n: int) -> None:
    """Accounts as a script makes them."""
    client = database.dynamodb()
    for start in range(0, n, 25):
        rows = [row(f"u{i}", f"h{i}.{ZONE}") for i in range(start, min(start + 25, n))]
        client.batch_write_item(RequestItems={TABLE: [{"PutRequest": {"Item": r}} for r in rows]})


@pytest.fixture(name="service")
def fixture_service(amazon: Amazon, make_service: Callable[..., Service]) -> Service:
    return amazon.service(make_service)


def cost(amazon: Amazon, service: Service, *words: str) -> Counter[str]:
    amazon.gate.forget()
    service.ctl.ok(*words)
    return Counter(call.action for call in amazon.gate.calls() if "dynamodb" in call.action)


def test_what_a_command_costs_does_not_depend_on_the_size_of_the_table(
    amazon: Amazon, service: Service
) -> None:
    costs = []
    for n in (3, 600):
        fill(amazon.database, n)
        assert f"{n if n == 3 else 597} claims written" in service.ctl.ok("claims")
        costs.append(
            [
                cost(amazon, service, *words)
                for words in (
                    ("user", "add", f"new{n}", f"a{n}.{ZONE}"),
                    ("host", "add", f"new{n}", f"b{n}.{ZONE}"),
                    ("user", "add", "--shared", f"more{n}", f"b{n}.{ZONE}"),
                    ("user", "rename", f"new{n}", f"renamed{n}"),
                    ("host", "remove", f"renamed{n}", f"a{n}.{ZONE}"),
                )
            ]
        )
    assert costs[0] == costs[1]
    assert costs[0][0] == {"dynamodb:GetItem": 1, "dynamodb:TransactWriteItems": 1}
    assert not any("dynamodb:Scan" in each for each in costs[1])


def test_claims_follow_the_accounts(amazon: Amazon, service: Service) -> None:
    database, ctl = amazon.database, service.ctl
    ctl.ok("user", "add", "bob", HOST)
    # An empty table has nothing to be searched, and is not searched again.
    assert database.item(COMPLETE) is not None
    refused = ctl.run("user", "add", "zoe", HOST)
    assert refused.returncode == 1
    assert refused.stderr == (
        f'mooringctl: {HOST} belongs to user "bob"; --shared gives it to both\n'
    )
    assert database.item("zoe") is None
    ctl.ok("user", "add", "--shared", "zoe", HOST)
    assert owners(database, HOST) == {"bob", "zoe"}
    ctl.ok("user", "rename", "bob", "rob")
    assert owners(database, HOST) == {"rob", "zoe"}
    ctl.ok("host", "add", "zoe", OTHER)
    ctl.ok("host", "remove", "zoe", HOST)
    assert owners(database, HOST) == {"rob"} and owners(database, OTHER) == {"zoe"}
    assert ctl.run("host", "add", "zoe", HOST).returncode == 1
    ctl.ok("user", "remove", "rob")
    assert database.item(f"host:{HOST}") is None
    ctl.ok("host", "add", "zoe", HOST)


def test_a_name_of_too_many_accounts_does_not_keep_the_rest_from_being_complete(
    amazon: Amazon, service: Service
) -> None:
    """Its claim is full, and tells that it is taken as well as any other."""
    for n in range(17):
        amazon.database.put_item(row(f"crowd{n}", HOST))
    amazon.database.put_item(row("bob", OTHER))
    done = service.ctl.run("claims")
    assert (done.returncode, done.stdout) == (
        1,
        "17 claims written, 0 taken away; they are complete\n",
    )
    assert done.stderr.count(f"{HOST} has 16 owners already") == 1
    assert amazon.database.item(COMPLETE) is not None
    assert len(owners(amazon.database, HOST)) == 16 and owners(amazon.database, OTHER) == {"bob"}
    assert service.ctl.run("user", "add", "zoe", HOST).returncode == 1


def test_rename_loses_no_name_that_the_account_gets_meanwhile(
    amazon: Amazon, service: Service
) -> None:
    database, ctl = amazon.database, service.ctl
    ctl.ok("user", "add", "bob", HOST)
    held = amazon.gate.script.hold_before("dynamodb:TransactWriteItems")
    with ThreadPoolExecutor() as pool:
        renamed = pool.submit(ctl.ok, "user", "rename", "bob", "rob")
        held.wait_arrived()
        item = database.item("bob")
        assert item is not None
        database.put_item({**item, "host": {"SS": [HOST, OTHER]}})
        held.release()
        renamed.result()
    assert database.item("bob") is None
    assert {h["host"] for h in ctl.json("host", "list", "rob")} == {HOST, OTHER}
    assert owners(database, HOST) == owners(database, OTHER) == {"rob"}


def test_of_those_who_want_a_name_at_once_one_gets_it(amazon: Amazon, service: Service) -> None:
    service.config.write()
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda i: service.ctl.run("user", "add", f"u{i}", HOST), range(4)))
    won = [d for d in done if d.returncode == 0]
    assert len(won) == 1, [d.stderr for d in done]
    lost = [d.stderr for d in done if d.returncode != 0]
    assert all("belongs to user" in text for text in lost), lost
    assert len(owners(amazon.database, HOST)) == 1
    assert len(service.ctl.json("user", "list")) == 1


def test_rows_made_by_hand_are_claimed_by_command(amazon: Amazon, service: Service) -> None:
    database, ctl = amazon.database, service.ctl
    database.put_item(row("bob", HOST.upper()))
    database.put_item({"user": {"S": "bad"}, "host": {"S": OTHER}})
    # Without the marker the table is read, malformed rows included.
    for host in (HOST, OTHER):
        refused = ctl.run("user", "add", "zoe", host)
        assert refused.returncode == 1 and f"{host} belongs to user" in refused.stderr
    assert "not complete" in ctl.run("doctor").stdout
    assert ctl.ok("claims") == "2 claims written, 0 taken away; they are complete\n"
    assert ctl.ok("claims") == "0 claims written, 0 taken away; they are complete\n"
    amazon.gate.forget()
    for host in (HOST, OTHER):
        refused = ctl.run("user", "add", "zoe", host)
        assert refused.returncode == 1 and f"{host} belongs to user" in refused.stderr
    assert amazon.gate.calls("dynamodb:Scan") == []


@pytest.mark.parametrize(
    ("action", "code"),
    [
        ("dynamodb:UpdateItem", "AccessDeniedException"),
        ("dynamodb:GetItem", "ValidationException"),
        ("dynamodb:TransactWriteItems", "AccessDeniedException"),
    ],
)
def test_claims_that_were_stopped_go_on(
    amazon: Amazon, service: Service, action: str, code: str
) -> None:
    fill(amazon.database, 60)
    amazon.gate.script.fail(action, code, "not now", times=1)
    done = service.ctl.run("claims")
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert '"mooringctl claims" goes on with the rest' in done.stderr
    assert amazon.database.item(COMPLETE) is None
    before = sum(bool(owners(amazon.database, f"h{i}.{ZONE}")) for i in range(60))
    assert service.ctl.ok("claims").startswith(f"{60 - before} claims written")
    assert all(owners(amazon.database, f"h{i}.{ZONE}") == {f"u{i}"} for i in range(60))


def test_accounts_that_come_and_go_meanwhile(amazon: Amazon, service: Service) -> None:
    fill(amazon.database, 200)
    with ThreadPoolExecutor(2) as pool:
        claims = pool.submit(service.ctl.ok, "claims")
        for i in range(6):
            service.ctl.ok("user", "add", "--shared", f"new{i}", f"new{i}.{ZONE}")
            service.ctl.ok("user", "remove", f"u{i}")
        claims.result()
    service.ctl.ok("claims")
    assert owners(amazon.database, f"h0.{ZONE}") == set()
    assert owners(amazon.database, f"h9.{ZONE}") == {"u9"}
    assert owners(amazon.database, f"new5.{ZONE}") == {"new5"}
    assert service.ctl.ok("claims").startswith("0 claims written, 0 taken away")


WRONG = {
    "an owner that is gone": {"owners": {"SS": ["gone"]}},
    "an owner without the name": {"owners": {"SS": ["zoe"]}},
    "both": {"owners": {"SS": ["gone", "zoe"]}},
    "as many as it holds": {"owners": {"SS": [f"gone{i}" for i in range(16)]}},
    "more than it holds": {"owners": {"SS": [f"gone{i}" for i in range(17)]}},
    "what is no login": {"owners": {"SS": ["a:b"]}},
    "a string of a hand's": {"owners": {"S": "gone"}},
    "a list of a hand's": {"owners": {"L": [{"S": "gone"}, {"N": "1"}]}},
    "nothing": {"owners": {"NULL": True}},
    "a count that is a text": {"owners": {"SS": ["gone"]}, "seq": {"S": "1"}},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_wrong_claims_are_in_nobodys_way(amazon: Amazon, service: Service, wrong: dict) -> None:
    service.ctl.ok("user", "add", "zoe", OTHER)
    amazon.database.put_item({"user": {"S": f"host:{HOST}"}, **wrong})
    service.ctl.ok("user", "add", "bob", HOST)
    assert owners(amazon.database, HOST) == {"bob"}


BESIDE = {
    "what is no login": {"owners": {"SS": ["a:b", "bob"]}},
    "a count that is a text": {"owners": {"SS": ["bob"]}, "seq": {"S": "1"}},
    "a count below one": {"owners": {"SS": ["bob"]}, "seq": {"N": "0"}},
    "a count with a fraction": {"owners": {"SS": ["bob"]}, "seq": {"N": "1.5"}},
    "no count": {"owners": {"SS": ["bob"]}, "seq": {"NULL": True}},
}


@pytest.mark.parametrize(
    "wrong", [*WRONG.values(), *BESIDE.values()], ids=[*WRONG, *(f"beside bob, {k}" for k in BESIDE)]
)
def test_wrong_claims_stop_no_router(amazon: Amazon, service: Service, wrong: dict) -> None:
    """The row was made by hand, and so was the claim."""
    amazon.database.put_item(row("zoe", OTHER))
    amazon.database.put_item(row("bob", HOST))
    amazon.database.put_item({"user": {"S": f"host:{HOST}"}, **wrong})
    service.start()
    router = service.router("bob", "secret")
    for address in ("203.0.113.5", "203.0.113.6"):
        assert router.update(f"myip={address}").text == f"good {address}", service.daemon.log
    assert "bob" in owners(amazon.database, HOST)


def test_sixteen_accounts_with_one_name_that_are_there(amazon: Amazon, service: Service) -> None:
    """They are looked at, and stay."""
    database, ctl = amazon.database, service.ctl
    for i in range(15):
        ctl.ok("user", "add", "--shared", f"u{i}", HOST)
    all_of_them = owners(database, HOST)
    database.put_item({"user": {"S": f"host:{HOST}"}, "owners": {"SS": [*all_of_them, "gone"]}})
    ctl.ok("user", "add", "--shared", "bob", HOST)
    assert owners(database, HOST) == {*all_of_them, "bob"}
    refused = ctl.run("user", "add", "--shared", "zoe", HOST)
    assert refused.returncode == 1 and f"{HOST} has 16 owners already" in refused.stderr
    assert database.item("zoe") is None
    ctl.ok("user", "rename", "bob", "rob")
    assert owners(database, HOST) == {*all_of_them, "rob"}


def test_doctor_names_wrong_claims_and_claims_mends_them(
    amazon: Amazon, service: Service
) -> None:
    database, ctl = amazon.database, service.ctl
    ctl.ok("user", "add", "bob", HOST)
    assert "claims: complete\n" in ctl.run("doctor").stdout
    database.put_item({"user": {"S": f"host:{OTHER}"}, "owners": {"SS": ["gone"]}})
    database.dynamodb().delete_item(TableName=TABLE, Key={"user": {"S": f"host:{HOST}"}})
    found = ctl.run("doctor").stdout
    assert f"without a claim: {HOST} (bob)" in found
    assert f"that do not have the name: {OTHER} (gone)" in found
    assert ctl.ok("claims") == "1 claims written, 1 taken away; they are complete\n"
    assert owners(database, HOST) == {"bob"} and database.item(f"host:{OTHER}") is None
    assert "claims: complete\n" in ctl.run("doctor").stdout


def test_claims_are_no_accounts(amazon: Amazon, service: Service) -> None:
    """Not for the lists, nor for a daemon, nor for one that knows nothing of them."""
    service.ctl.ok("user", "add", "bob", HOST)
    assert [a["user"] for a in service.ctl.json("user", "list")] == ["bob"]
    assert [h["host"] for h in service.ctl.json("host", "list")] == [HOST]
    service.ctl.ok("verify")
    found = service.ctl.run("doctor").stdout
    assert "1 account;" in found or "1 account\n" in found
    service.start()
    assert not service.daemon.log_lines("cannot be used|nobody can log in")
    for login in (f"host:{HOST}", COMPLETE):
        assert service.ctl.run("user", "show", login).returncode == 1
        assert service.ctl.run("user", "remove", login).returncode == 1
        assert service.router(login, "x").update("myip=203.0.113.5").text == "badauth"
    assert owners(amazon.database, HOST) == {"bob"}


def test_hundredth_name_of_an_account(amazon: Amazon, service: Service) -> None:
    names = [f"n{i}.{ZONE}" for i in range(100)]
    refused = service.ctl.run("user", "add", "bob", *names)
    assert refused.returncode == 1 and refused.stderr.count("\n") == 1
    assert "at most 99" in refused.stderr
    service.ctl.ok("user", "add", "bob", *names[:99])
    assert "at most 99" in service.ctl.run("host", "add", "bob", names[99]).stderr
    # A row made by hand has more: it is claimed, and its names are given up with it.
    many = {"user": {"S": "zoe"}, "pass": {"S": "x"}, "host": {"SS": [f"z{n}" for n in names]}}
    amazon.database.put_item(many)
    service.ctl.ok("claims")
    assert all(owners(amazon.database, f"z{n}") == {"zoe"} for n in names)
    service.ctl.ok("user", "rename", "zoe", "zelda")
    assert all(owners(amazon.database, f"z{n}") == {"zelda"} for n in names)
    service.ctl.ok("user", "remove", "zelda")
    assert not any(owners(amazon.database, f"z{n}") for n in names)


def test_service_without_transactions(
    dynalite: Dynalite,
    make_amazon: Callable[..., Amazon],
    make_service: Callable[..., Service],
) -> None:
    amazon = make_amazon(dynalite)
    ctl = amazon.service(make_service).ctl
    done = ctl.run("user", "add", "bob", HOST)
    assert done.returncode == 0 and "has no transactions: names are not claimed" in done.stderr
    refused = ctl.run("user", "add", "zoe", HOST)
    assert refused.returncode == 1 and f'{HOST} belongs to user "bob"' in refused.stderr
    done = ctl.run("claims")
    assert done.returncode == 1
    assert "without transactions claims cannot be kept right" in done.stderr
    assert amazon.database.item(COMPLETE) is None
    ctl.ok("user", "rename", "bob", "rob")
    ctl.ok("user", "remove", "rob")


def test_store_that_needs_none(embedded: Service) -> None:
    embedded.ctl.ok("user", "add", "bob", HOST)
    assert "needs no claims" in embedded.ctl.ok("claims")
    refused = embedded.ctl.run("user", "add", "zoe", HOST)
    assert refused.returncode == 1 and f'{HOST} belongs to user "bob"' in refused.stderr
