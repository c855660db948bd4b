# SPDX-License-Identifier: BSD-2-Clause
"""Two accounts with one name, as a table made by hand may have them: a failover pair of routers.
The zone has what was asked last, and whoever was overwritten publishes with its next request, as
the original did with every call."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from aws.emulators import BATCH_ACTIONS, TABLE
from system.harness import HOST, ZONE, Router, dig, eventually

if TYPE_CHECKING:
    from system.conftest import Amazon, Service

X, Y = "203.0.113.5", "203.0.113.6"
GET_ITEM_ALONE = frozenset(
    {"dynamodb:GetItem", "route53:ChangeResourceRecordSets", "route53:ListResourceRecordSets"}
)
NO_DNS = ("--resolver", "127.0.0.1:1")
ROW = {"pass": {"S": "secret"}, "host": {"S": HOST}}


def good(router: Router, address: str) -> None:
    assert router.update(f"myip={address}").text == f"good {address}"


def nochg(router: Router, address: str) -> None:
    assert router.update(f"myip={address}").text == f"nochg {address}"


def pair(service: Service) -> tuple[Router, Router]:
    service.start()
    return service.router("main", "secret"), service.router("spare", "secret")


@pytest.mark.parametrize("actions", [None, GET_ITEM_ALONE], ids=["all", "GetItem alone"])
@pytest.mark.parametrize("spelled", [HOST, HOST.upper(), HOST.partition(".")[0]])
def test_a_pair_in_the_table(
    make_amazon: Callable[..., Amazon],
    make_service: Callable[..., Service],
    actions: frozenset[str] | None,
    spelled: str,
) -> None:
    amazon = make_amazon(actions=actions) if actions else make_amazon()
    amazon.database.put_item({"user": {"S": "main"}, **ROW})
    amazon.database.put_item({"user": {"S": "spare"}, **ROW, "host": {"S": spelled}})
    service = amazon.service(make_service)
    main, spare = pair(service)
    for _ in range(2):
        good(main, X)
        nochg(main, X)
        assert amazon.records()[HOST, "A"] == [X]
        good(spare, Y)
        nochg(spare, Y)
        assert amazon.records()[HOST, "A"] == [Y]
    if actions:
        return
    # What is in the table tells another daemon who was the last.
    service.daemon.stop()
    item = amazon.database.item("main")
    assert item is not None
    long_ago = str(int(item["state"]["M"][HOST]["M"]["time"]["N"]) - 100)
    item["state"]["M"][HOST]["M"]["time"] = {"N": long_ago}
    amazon.database.put_item(item)
    main, spare = pair(service)
    nochg(spare, Y)
    good(main, X)
    assert amazon.records()[HOST, "A"] == [X]


def test_a_policy_without_transactions_keeps_the_state_in_the_table(
    make_amazon: Callable[..., Amazon], make_service: Callable[..., Service]
) -> None:
    """The plain writes of before suffice, and what is denied is asked for once."""
    amazon = make_amazon(actions=GET_ITEM_ALONE | {"dynamodb:UpdateItem"})
    for name in ("first", "second"):
        row = {**ROW, "host": {"S": f"{name}.{ZONE}"}}
        amazon.database.put_item({"user": {"S": name}, **row})
    service = amazon.service(make_service)
    service.start()
    for name in ("first", "second"):
        good(service.router(name, "secret"), X)
        nochg(service.router(name, "secret"), X)
        item = amazon.database.item(name)
        assert item is not None
        state = item["state"]["M"][f"{name}.{ZONE}"]["M"]
        assert (state["v4"], state["seq"]) == ({"S": X}, {"N": "1"})
    denied = [call for call in amazon.gate.calls() if call.operation == "TransactWriteItems"]
    assert [call.code for call in denied] == ["AccessDeniedException"]
    assert len(service.daemon.log_lines("not told of each other's changes")) == 1
    assert not service.daemon.log_lines("state is kept in memory")


@pytest.fixture(name="table")
def fixture_table(
    make_amazon: Callable[..., Amazon], make_service: Callable[..., Service]
) -> tuple[Amazon, Service]:
    amazon = make_amazon()
    return amazon, amazon.service(make_service)


def test_three_with_one_name_in_turn(table: tuple[Amazon, Service]) -> None:
    amazon, service = table
    users = ("main", "spare", "third")
    for user in users:
        amazon.database.put_item({"user": {"S": user}, **ROW})
    service.start()
    for turn in range(3):
        for number, user in enumerate(users):
            router, address = service.router(user, "secret"), f"203.0.113.{number + 1}"
            good(router, address)
            nochg(router, address)
            assert amazon.records()[HOST, "A"] == [address], turn


def test_more_accounts_than_a_claim_has_room_for(table: tuple[Amazon, Service]) -> None:
    amazon, service = table
    users = [f"router{n}" for n in range(18)]
    for user in users:
        amazon.database.put_item({"user": {"S": user}, **ROW})
    service.start()
    for number, user in enumerate(users):
        good(service.router(user, "secret"), f"203.0.113.{number}")
        assert amazon.records()[HOST, "A"] == [f"203.0.113.{number}"]
    nochg(service.router(users[-1], "secret"), "203.0.113.17")
    assert not service.daemon.log_lines("the store is in trouble")


def test_a_pair_with_one_address(table: tuple[Amazon, Service]) -> None:
    """Each publishes once at most; then both are told the truth."""
    amazon, service = table
    for user in ("main", "spare"):
        amazon.database.put_item({"user": {"S": user}, **ROW})
    main, spare = pair(service)
    good(main, X)
    assert spare.update(f"myip={X}").text in (f"good {X}", f"nochg {X}")
    for router in (main, spare) * 2:
        assert router.update(f"myip={X}").text in (f"good {X}", f"nochg {X}")
    nochg(main, X)
    nochg(spare, X)
    good(spare, Y)
    good(main, X)
    assert amazon.records()[HOST, "A"] == [X]


def test_a_pair_of_which_each_has_one_family(table: tuple[Amazon, Service]) -> None:
    """A and AAAA are record sets of their own; whoever writes one does not claim the other."""
    amazon, service = table
    for user in ("main", "spare"):
        amazon.database.put_item({"user": {"S": user}, **ROW})
    main, spare = pair(service)
    v6, other = "2001:db8::5", "2001:db8::6"
    good(main, X)
    good(spare, v6)
    assert (amazon.records()[HOST, "A"], amazon.records()[HOST, "AAAA"]) == ([X], [v6])
    for _ in range(2):
        # Each may publish its own again; neither takes the other's away.
        assert main.update(f"myip={X}").text in (f"good {X}", f"nochg {X}")
        assert spare.update(f"myip={v6}").text in (f"good {v6}", f"nochg {v6}")
        assert (amazon.records()[HOST, "A"], amazon.records()[HOST, "AAAA"]) == ([X], [v6])
    good(spare, other)
    assert (amazon.records()[HOST, "A"], amazon.records()[HOST, "AAAA"]) == ([X], [other])


def test_one_of_several_names_is_shared(table: tuple[Amazon, Service]) -> None:
    """Of an account with three; the others are nobody else's, and stay nochg."""
    amazon, service = table
    names = [HOST, f"b.{ZONE}", f"c.{ZONE}"]
    amazon.database.put_item({"user": {"S": "main"}, **ROW, "host": {"SS": names}})
    amazon.database.put_item({"user": {"S": "spare"}, **ROW})
    main, spare = pair(service)
    query = f"hostname={','.join(names)}&myip={X}"
    assert main.update(query).text == "\n".join([f"good {X}"] * 3)
    good(spare, Y)
    assert main.update(query).text == "\n".join([f"good {X}", *[f"nochg {X}"] * 2])
    assert main.update(query).text == "\n".join([f"nochg {X}"] * 3)
    assert amazon.records() == {(name, "A"): [X] for name in names}


@pytest.mark.parametrize("gone", ["main", "spare"])
def test_one_of_a_pair_is_taken_out(table: tuple[Amazon, Service], gone: str) -> None:
    """By the console; whoever is left goes on, and its address is what the zone has."""
    amazon, service = table
    for user in ("main", "spare"):
        amazon.database.put_item({"user": {"S": user}, **ROW})
    main, spare = pair(service)
    good(main, X)
    good(spare, Y)
    amazon.database.dynamodb().delete_item(TableName=TABLE, Key={"user": {"S": gone}})
    left, address = (spare, Y) if gone == "main" else (main, X)
    answer = left.update(f"myip={address}").text
    assert answer == (f"nochg {Y}" if gone == "main" else f"good {X}")
    assert amazon.records()[HOST, "A"] == [address]
    nochg(left, address)


def set_record(amazon: Amazon, address: str) -> None:
    record = {"Name": HOST, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": address}]}
    amazon.ministack.route53().change_resource_record_sets(
        HostedZoneId=amazon.zone_id,
        ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]},
    )


@pytest.fixture(name="last_is_spare")
def fixture_last_is_spare(
    make_amazon: Callable[..., Amazon], make_service: Callable[..., Service]
) -> tuple[Amazon, Service]:
    """Both asked, the spare one last, and all is at rest; the daemon has stopped."""
    amazon = make_amazon(actions=BATCH_ACTIONS | {"dynamodb:DeleteItem"})
    service = amazon.service(make_service, top={"settle-time": 1})
    for user in ("main", "spare"):
        amazon.database.put_item({"user": {"S": user}, **ROW})
    main, spare = pair(service)
    good(main, X)
    good(spare, Y)
    amazon.wait_made_sure("spare")
    service.daemon.stop()
    state = amazon.database.item("main")["state"]["M"][HOST]["M"]
    assert state["over"] == state["seq"]
    return amazon, service


def test_verify_compares_who_was_asked_last(last_is_spare: tuple[Amazon, Service]) -> None:
    """Though the other one's was published later, and the last one's still has to be."""
    amazon, service = last_is_spare
    for user, key, value in (("main", "time", "9999999999"), ("spare", "pub", "0")):
        item = amazon.database.item(user)
        item["state"]["M"][HOST]["M"][key] = {"N": value}
        amazon.database.put_item(item)
    set_record(amazon, "203.0.113.9")
    done = service.ctl.run("verify", "--repair")
    assert done.returncode == 0 and "waiting" in done.stdout, done.stdout
    assert amazon.records()[HOST, "A"] == ["203.0.113.9"], "nobody's older address"
    service.start()
    eventually("what is owed is published", lambda: amazon.records()[HOST, "A"] == [Y])


@pytest.mark.parametrize("by_console", [False, True])
def test_who_is_left_gets_the_name(last_is_spare: tuple[Amazon, Service], by_console: bool) -> None:
    """The last one is taken out by the tool, or by hand: then a repair sees to it."""
    amazon, service = last_is_spare
    if by_console:
        amazon.database.dynamodb().delete_item(TableName=TABLE, Key={"user": {"S": "spare"}})
        assert f"{HOST} A" in service.ctl.run("verify").stdout
        assert service.ctl.run("verify", "--repair").returncode == 0
    else:
        assert service.ctl.run("user", "remove", "spare").returncode == 0
    assert amazon.records()[HOST, "A"] == [X]


def test_a_pair_of_which_one_cannot_be_used(table: tuple[Amazon, Service]) -> None:
    """A malformed account has its names all the same: doctor tells, and so does user add."""
    amazon, service = table
    amazon.database.put_item({"user": {"S": "main"}, **ROW})
    amazon.database.put_item({"user": {"S": "spare"}, **ROW, "pass": {"N": "1"}})
    (line,) = [
        line
        for line in json.loads(service.ctl.run("doctor", *NO_DNS, "--json").stdout)
        if line["check"] == "accounts"
    ]
    assert line["result"] == "FAIL" and HOST in line["detail"]
    assert "1 name of more than one account" in line["detail"]
    refused = service.ctl.run("user", "add", "third", HOST.upper())
    assert refused.returncode == 1 and refused.stderr.count("\n") == 1
    assert "--shared" in refused.stderr
    main, spare = pair(service)
    good(main, X)
    assert spare.update(f"myip={Y}").text == "badauth"
    nochg(main, X)


def test_a_pair_in_a_file(embedded: Service) -> None:
    embedded.ctl.add("main", HOST, secret="secret-of-both-of-them")
    refused = embedded.ctl.run("user", "add", "spare", HOST)
    assert refused.returncode == 1 and "--shared" in refused.stderr
    embedded.ctl.add("spare", f"other.{ZONE}", secret="secret-of-both-of-them")
    assert embedded.ctl.run("host", "add", "spare", HOST).returncode == 1
    embedded.ctl.ok("host", "add", "--shared", "spare", HOST)
    embedded.ctl.ok("host", "remove", "spare", f"other.{ZONE}")
    embedded.ctl.ok("user", "add", "--shared", "third", HOST)
    embedded.ctl.ok("user", "remove", "third")
    main = embedded.router("main", "secret-of-both-of-them")
    spare = embedded.router("spare", "secret-of-both-of-them")
    eventually("the pair is known", lambda: spare.update(f"myip={Y}").text == f"good {Y}")
    good(main, X)
    for _ in range(2):
        good(spare, Y)
        assert dig(embedded.daemon.dns_port, HOST, "A") == [Y]
        good(main, X)
        nochg(main, X)
        assert dig(embedded.daemon.dns_port, HOST, "A") == [X]
