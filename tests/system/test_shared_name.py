# SPDX-License-Identifier: BSD-2-Clause
"""Two accounts with one name, as a table made by hand may have them: a failover pair of routers.
The zone has what was asked last, and whoever was overwritten publishes with its next request, as
the original did with every call."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from system.harness import HOST, ZONE, Router, dig, eventually

if TYPE_CHECKING:
    from system.conftest import Amazon, Service

X, Y = "203.0.113.5", "203.0.113.6"
GET_ITEM_ALONE = frozenset(
    {"dynamodb:GetItem", "route53:ChangeResourceRecordSets", "route53:ListResourceRecordSets"}
)
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
