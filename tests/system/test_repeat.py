# SPDX-License-Identifier: BSD-2-Clause
"""What is published once more though its router has nothing new: an old publication, a TTL that
somebody changed in the table, and a zone that has become another one."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from system.harness import HOST, ZONE, dig, eventually

if TYPE_CHECKING:
    from system.conftest import Amazon, Service

V4 = "203.0.113.5"
CHANGE = "route53:ChangeResourceRecordSets"
DAY = 86400


def ttl_of(amazon: Amazon) -> int | None:
    found = amazon.ministack.records(amazon.zone_id).get((f"{HOST}.", "A"))
    return found and found[0]


def edit(amazon: Amazon, change: Callable[[dict], None]) -> None:
    """As a person does in the console: reads the item, changes something, writes it back."""
    item = amazon.database.item("router1")
    assert item is not None
    change(item)
    amazon.database.put_item(item)


def published(amazon: Amazon) -> dict:
    item = amazon.database.item("router1")
    assert item is not None
    return item["state"]["M"][HOST]["M"]


class Published:
    """A router whose address is in the zone since long ago."""

    def __init__(
        self, amazon: Amazon, make_service: Callable[..., Service], days: float, **top: int
    ) -> None:
        self.amazon = amazon
        self.service = amazon.service(make_service, top=top)
        self.secret = self.service.ctl.add("router1", HOST)
        self.start()
        assert self.ask() == (200, f"good {V4}")
        self.service.daemon.stop()
        if days:
            edit(amazon, self.age(days))
        self.start()

    @staticmethod
    def age(days: float) -> Callable[[dict], None]:
        def change(item: dict) -> None:
            item["state"]["M"][HOST]["M"]["time"] = {"N": str(int(time.time() - days * DAY))}

        return change

    def start(self) -> None:
        self.service.start()
        self.router = self.service.router("router1", self.secret)

    def ask(self, address: str = V4) -> tuple[int, str]:
        answer = self.router.update(f"myip={address}")
        return answer.status, answer.text


def test_an_old_publication_is_repeated_behind_the_answer(
    amazon: Amazon, make_service: Callable[..., Service]
) -> None:
    old = Published(amazon, make_service, 2)
    before = len(amazon.gate.calls(CHANGE))
    assert old.ask() == (200, f"nochg {V4}")
    eventually("repeated", lambda: published(amazon)["pub"] == {"N": "2"})
    assert len(amazon.gate.calls(CHANGE)) == before + 1
    assert time.time() - int(published(amazon)["time"]["N"]) < 60
    assert old.ask() == (200, f"nochg {V4}")


def test_an_outage_of_route53_does_not_concern_an_unchanged_router(
    amazon: Amazon, make_service: Callable[..., Service]
) -> None:
    old = Published(amazon, make_service, 2)
    amazon.gate.script.fail(CHANGE, "ServiceUnavailable", "try later", status=503, times=None)
    began = time.monotonic()
    for _ in range(5):
        assert old.ask() == (200, f"nochg {V4}")
    assert time.monotonic() - began < 4
    # Another daemon sees that what is owed only repeats.
    old.service.daemon.stop()
    old.start()
    assert old.ask() == (200, f"nochg {V4}")
    amazon.gate.script.clear()
    assert old.ask("203.0.113.6") == (200, "good 203.0.113.6")


@pytest.mark.parametrize("value", [{"S": "300"}, {"N": "300"}])
def test_a_ttl_changed_in_the_table_is_published(
    amazon: Amazon, make_service: Callable[..., Service], value: dict
) -> None:
    router = Published(amazon, make_service, 0)
    assert ttl_of(amazon) == 60
    edit(amazon, lambda item: item.update(ttl=value))
    assert router.ask() == (200, f"nochg {V4}")
    eventually("the new TTL", lambda: ttl_of(amazon) == 300)
    edit(amazon, lambda item: item.pop("ttl"))
    assert router.ask() == (200, f"nochg {V4}")
    eventually("the zone's TTL again", lambda: ttl_of(amazon) == 60)


ODD_TTLS: list[dict | None] = [
    None, {"NULL": True}, {"S": ""}, {"S": " 300 "}, {"S": "60.0"}, {"S": "1h"}, {"S": "-300"},
    {"N": "1764400000"}, {"N": "1.5"}, {"BOOL": True}, {"M": {}}, {"L": [{"N": "300"}]},
    {"SS": ["300"]}, {"S": "300\0"},
]  # fmt: skip


def test_a_ttl_changed_to_what_is_none_is_the_zones(
    amazon: Amazon, make_service: Callable[..., Service]
) -> None:
    """From a usable one to each odd form, and back."""
    router = Published(amazon, make_service, 0)

    def change(value: dict | None) -> None:
        edit(amazon, lambda item: item.update(ttl=value) if value else item.pop("ttl"))

    for number, odd in enumerate(ODD_TTLS):
        wanted = 100 + number
        for value, ttl in (({"N": str(wanted)}, wanted), (odd, 60)):
            change(value)
            assert router.ask() == (200, f"nochg {V4}"), value
            eventually(f"{ttl} for {value}", lambda ttl=ttl: ttl_of(amazon) == ttl)
    lines = router.service.daemon.log_lines("an account cannot be used as it is stored")
    assert lines == [], "it can"


def test_another_hosted_zone_gets_what_the_old_one_had(
    amazon: Amazon, make_service: Callable[..., Service]
) -> None:
    router = Published(amazon, make_service, 0)
    router.service.daemon.stop()
    amazon.zone_id = amazon.ministack.new_zone(ZONE)
    amazon.gate.zones[amazon.zone_id] = ZONE + "."
    router.service.config.zones[ZONE]["hosted-zone-id"] = amazon.zone_id
    router.start()
    eventually("published anew", lambda: amazon.records().get((HOST, "A")) == [V4])
    assert "hosts were published to another hosted zone" in router.service.daemon.log
    eventually("noted", lambda: published(amazon)["zone"] == {"S": amazon.zone_id})
    assert router.ask() == (200, f"nochg {V4}")


def move_to(amazon: Amazon, router: Published, zone_id: str) -> None:
    """The configuration names that zone from now on."""
    router.service.daemon.stop()
    amazon.zone_id = zone_id
    amazon.gate.zones[zone_id] = ZONE + "."
    router.service.config.zones[ZONE]["hosted-zone-id"] = zone_id
    router.start()


def test_a_zone_made_anew_and_the_way_back(
    amazon: Amazon, make_service: Callable[..., Service]
) -> None:
    """The zone is deleted and made again under the same name; a private twin is tried and given up:
    what it had meanwhile is not taken for what the first one has."""
    router = Published(amazon, make_service, 0)
    first, twin = amazon.zone_id, amazon.ministack.new_zone(ZONE)
    move_to(amazon, router, twin)
    eventually("in the twin", lambda: amazon.records().get((HOST, "A")) == [V4])
    assert router.ask("203.0.113.9") == (200, "good 203.0.113.9")
    move_to(amazon, router, first)
    eventually("in the first", lambda: amazon.records().get((HOST, "A")) == ["203.0.113.9"])
    assert router.ask("203.0.113.9") == (200, "nochg 203.0.113.9")
    client = amazon.ministack.route53()
    (record,) = [
        each
        for each in client.list_resource_record_sets(HostedZoneId=first)["ResourceRecordSets"]
        if each["Type"] == "A"
    ]
    batch = {"Changes": [{"Action": "DELETE", "ResourceRecordSet": record}]}
    client.change_resource_record_sets(HostedZoneId=first, ChangeBatch=batch)
    client.delete_hosted_zone(Id=first)
    move_to(amazon, router, amazon.ministack.new_zone(ZONE))
    eventually("made anew", lambda: amazon.records().get((HOST, "A")) == ["203.0.113.9"])
    assert router.ask("203.0.113.9") == (200, "nochg 203.0.113.9")


def test_a_router_may_ask_before_the_new_zone_has_what_the_old_one_had(
    amazon: Amazon, make_service: Callable[..., Service]
) -> None:
    """While the new zone cannot be written, nobody is told nochg."""
    router = Published(amazon, make_service, 0, **{"settle-time": 1})
    amazon.gate.script.fail(CHANGE, "ServiceUnavailable", "try later", status=503, times=None)
    move_to(amazon, router, amazon.ministack.new_zone(ZONE))
    assert router.ask() == (503, "911")
    amazon.gate.script.clear()
    eventually("published", lambda: router.ask() == (200, f"nochg {V4}"), 30)
    assert amazon.records()[HOST, "A"] == [V4]


def test_a_zone_that_never_had_it_is_no_nochg(
    amazon: Amazon, make_service: Callable[..., Service]
) -> None:
    router = Published(amazon, make_service, 0)

    def moved(item: dict) -> None:
        item["state"]["M"][HOST]["M"]["zone"] = {"S": "Z0ANOTHERZONE"}

    edit(amazon, moved)
    assert router.ask() == (200, f"good {V4}")
    assert router.ask() == (200, f"nochg {V4}")


def test_the_builtin_zone_publishes_a_changed_ttl(embedded: Service) -> None:
    secret = embedded.ctl.add("router1", HOST)
    router = embedded.router("router1", secret)
    assert router.update(f"myip={V4}").text == f"good {V4}"
    embedded.ctl.ok("user", "set", "router1", "--ttl", "300")

    def words() -> list[str]:
        # The daemon asks once a sync-interval whether another program wrote.
        assert router.update(f"myip={V4}").text == f"nochg {V4}"
        return dig(embedded.daemon.dns_port, HOST, "A", "+noshort", "+noall", "+answer")

    eventually("the new TTL", lambda: "300" in words())
