# SPDX-License-Identifier: BSD-2-Clause
"""The strict Route 53's listings: order, pages, starts and what is refused."""

from __future__ import annotations

import pytest

from aws.strict_kit import ZONE, ask, create, listing, many, ok, submit
from aws.strict_route53 import NO_LIMITS, ManualClock, Service, Settings


@pytest.fixture(name="service")
def fixture_service() -> Service:
    return Service(Settings(NO_LIMITS), ManualClock())


@pytest.fixture(name="zone_id")
def fixture_zone_id(service: Service) -> str:
    return service.new_zone(ZONE)


def test_listing_is_in_the_order_of_reversed_labels(service: Service, zone_id: str) -> None:
    for name in ("b", "a.b", "*.b", "*", "-x", "a", "a-b", "A.A"):
        ok(submit(service, zone_id, create(f"{name}.{ZONE}")))
    ok(
        submit(
            service, zone_id, create("b." + ZONE, "AAAA", "::1"), create("b." + ZONE, "TXT", '""')
        )
    )
    answer = listing(service, zone_id)
    shown = [n.removesuffix(f".{ZONE}.") for n in answer.names]
    # The final dot of "a." comes after the "-" of "a-b.".
    assert shown == [f"{ZONE}."] * 2 + [
        "\\052",
        "-x",
        "a-b",
        "a",
        "a.a",
        "b",
        "b",
        "b",
        "\\052.b",
        "a.b",
    ]
    assert answer.texts("Type")[:2] == ["NS", "SOA"]
    assert answer.texts("Type")[7:10] == ["A", "AAAA", "TXT"]
    assert answer.text("IsTruncated") == "false" and answer.texts("NextRecordName") == []


def pages(service: Service, zone_id: str, size: int) -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    query: dict[str, object] = {"maxitems": size}
    while len(found) < 100:
        answer = listing(service, zone_id, **query)
        sets = answer.tree[0]
        assert 1 <= len(sets) <= size and answer.text("MaxItems") == str(size)
        for each in sets:
            texts = {child.tag.partition("}")[2]: child.text for child in each}
            found.append((texts["Name"], texts["Type"], texts.get("SetIdentifier", "")))
        if answer.text("IsTruncated") == "false":
            return found
        query["name"] = answer.text("NextRecordName")
        query["type"] = answer.text("NextRecordType")
        query.pop("identifier", None)
        if answer.texts("NextRecordIdentifier"):
            query["identifier"] = answer.text("NextRecordIdentifier")
    pytest.fail("the pages have no end")


def test_pages_of_any_size_give_each_set_once(service: Service, zone_id: str) -> None:
    changes = [create(f"{name}.{ZONE}") for name in ("*", "*.a", "a", "b\\056c", "z")]
    changes += [create(f"a.{ZONE}", "AAAA", "::1")]
    changes += [create(f"w.{ZONE}", identifier=each, weight=1) for each in ("a", "b", "c")]
    ok(submit(service, zone_id, *changes))
    whole = pages(service, zone_id, 300)
    assert len(whole) == 2 + len(changes) and len(set(whole)) == len(whole)
    for size in range(1, len(whole) + 1):
        assert pages(service, zone_id, size) == whole


STARTS = [
    ({"name": "a." + ZONE}, ("a", "A")),
    ({"name": "A." + ZONE + "."}, ("a", "A")),
    ({"name": "a." + ZONE, "type": "A"}, ("a", "A")),
    ({"name": "a." + ZONE, "type": "AAAA"}, ("a", "AAAA")),
    ({"name": "a." + ZONE, "type": "CNAME"}, ("b", "A")),
    ({"name": "aa." + ZONE, "type": "TXT"}, ("b", "A")),
    ({"name": "\\052." + ZONE, "type": "A"}, ("\\052", "A")),
    ({"name": "*." + ZONE}, ("\\052", "A")),
    ({"name": "com"}, (ZONE, "NS")),
]


@pytest.mark.parametrize(("query", "first"), STARTS, ids=lambda value: str(value))
def test_listing_starts_at_or_after(
    service: Service, zone_id: str, query: dict[str, str], first: tuple[str, str]
) -> None:
    six = create("a." + ZONE, "AAAA", "::1")
    ok(submit(service, zone_id, *(create(f"{name}.{ZONE}") for name in "*ab"), six))
    answer = listing(service, zone_id, maxitems=1, **query)
    shown = answer.text("Name").removesuffix(".").removesuffix("." + ZONE)
    assert (shown, answer.text("Type")) == first


def test_listing_past_the_end_is_empty(service: Service, zone_id: str) -> None:
    answer = ok(listing(service, zone_id, name="example.org"))
    assert answer.names == [] and answer.text("IsTruncated") == "false"


BAD_LISTINGS = [
    {"type": "A"},
    {"identifier": "x", "name": "a." + ZONE},
    {"name": "a." + ZONE, "type": "HINFO"},
    {"name": "a..b"},
    {"name": "a" * 64},
    {"maxitems": 0},
    {"maxitems": -1},
    {"maxitems": "x"},
]


@pytest.mark.parametrize("query", BAD_LISTINGS, ids=str)
def test_listing_is_refused(service: Service, zone_id: str, query: dict) -> None:
    answer = listing(service, zone_id, **query)
    assert (answer.status, answer.code) == (400, "InvalidInput")


def test_page_has_at_most_300_sets(service: Service, zone_id: str) -> None:
    ok(submit(service, zone_id, *many(create, 400)))
    for query in ({}, {"maxitems": 301}, {"maxitems": 1000}):
        answer = listing(service, zone_id, **query)
        assert len(answer.names) == 300 and answer.text("IsTruncated") == "true"


def test_zones_are_told_and_found_by_name(service: Service) -> None:
    made = {name: service.new_zone(name) for name in ("b.org", "a.com", "b.a.com", "a.com")}
    answer = ask(service, "GET", f"/2013-04-01/hostedzone/{made['b.org']}")
    assert answer.text("Id") == f"/hostedzone/{made['b.org']}"
    assert (answer.text("Name"), answer.text("ResourceRecordSetCount")) == ("b.org.", "2")
    assert len(answer.texts("NameServer")) == 4 and answer.text("PrivateZone") == "false"
    by_name = "/2013-04-01/hostedzonesbyname"
    assert ask(service, "GET", by_name).names == ["a.com.", "a.com.", "b.a.com.", "b.org."]
    answer = ask(service, "GET", by_name + "?dnsname=b.a.com&maxitems=1")
    assert answer.names == ["b.a.com."] and answer.text("DNSName") == "b.a.com"
    assert answer.text("NextDNSName") == "b.org."
    assert answer.text("NextHostedZoneId") == made["b.org"]
    answer = ask(service, "GET", by_name + f"?dnsname=a.com&hostedzoneid={made['a.com']}")
    assert answer.names == ["a.com.", "b.a.com.", "b.org."]
    assert ask(service, "GET", by_name + "?hostedzoneid=Z1").code == "InvalidInput"
    answer = ask(service, "GET", "/2013-04-01/hostedzone?maxitems=3")
    assert answer.names == ["b.org.", "a.com.", "b.a.com."]
    answer = ask(service, "GET", "/2013-04-01/hostedzone?marker=" + answer.text("NextMarker"))
    assert answer.names == ["a.com."] and answer.text("IsTruncated") == "false"
