# SPDX-License-Identifier: BSD-2-Clause
"""The strict Route 53 against an emulator by other hands, and under the reference SDK.

AGREED are the requests that the emulator answers as the service is documented to: both must give
the same status, error code, listing and resulting zone. HOLES are those that it is known to take
or to answer otherwise: each says what the documentation has instead, and a hole that is closed in a
newer emulator makes its row fail, so that it moves to AGREED.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import botocore.client
import botocore.exceptions
import pytest

from aws.emulators import BATCH_ACTIONS, REGION, Ministack, sdk_client
from aws.gate import Gate
from aws.sigv4 import Identity
from aws.strict_kit import (
    ZONE,
    Answer,
    Connection,
    batch,
    change,
    create,
    delete,
    request_xml,
    upsert,
)
from aws.strict_route53 import NO_LIMITS, ManualClock, Settings, StrictRoute53

HOST = "h." + ZONE
CHANGE = "/2013-04-01/hostedzone/{zone}/rrset/"
LIST = "/2013-04-01/hostedzone/{zone}/rrset"
TWO = ("192.0.2.1", "192.0.2.2")


@pytest.fixture(name="ministack", scope="module")
def fixture_ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ministack]:
    emulator = Ministack(tmp_path_factory.mktemp("ministack"))
    yield emulator
    emulator.stop()


@pytest.fixture(name="strict")
def fixture_strict() -> Iterator[StrictRoute53]:
    with StrictRoute53(Settings(NO_LIMITS), ManualClock()) as server:
        yield server
        assert server.unexpected == []


@dataclass
class Row:
    """One signed request; before: the changes that make what it meets."""

    name: str
    before: list[str]
    method: str
    target: str
    body: bytes = b""


def changing(name: str, before: list[str], *changes: str) -> Row:
    return Row(name, before, "POST", CHANGE, batch(*changes))


def asking(name: str, before: list[str], target: str) -> Row:
    return Row(name, before, "GET", target)


SIX = "2001:db8::1"
AGREED = [
    changing("create", [], create()),
    changing("upsert of nothing", [], upsert()),
    changing("upsert replaces", [create(HOST, "A", *TWO)], upsert(HOST, "A", "192.0.2.9", ttl=5)),
    changing("upsert of the same", [create()], upsert()),
    changing("delete", [create()], delete()),
    changing("delete and create", [create()], delete(), create(ttl=9)),
    changing("families", [], create(), create(HOST, "AAAA", SIX)),
    changing("three names", [], *(upsert(f"{n}.{ZONE}") for n in "abc")),
    changing("delete one, upsert another", [create()], delete(), upsert("n." + ZONE)),
    changing("CNAME", [], create(HOST, "CNAME", "x.example.org")),
    changing("TXT", [], create(HOST, "TXT", '"a" "b"')),
    changing("MX", [], create(HOST, "MX", "10 mail.example.org")),
    changing("weighted", [], create(identifier="s", weight=1)),
    changing("alias elsewhere", [], create(alias="x.example.org")),
    changing("create of what is there", [create()], create()),
    changing("delete of nothing", [], delete()),
    changing("delete of another value", [create()], delete(HOST, "A", "192.0.2.9")),
    changing("delete of another TTL", [create()], delete(ttl=61)),
    changing("delete of one of two", [create(HOST, "A", *TWO)], delete()),
    changing("good, then create of what is there", [create()], upsert("n." + ZONE), create()),
    changing("good, then delete of nothing", [], upsert("n." + ZONE), delete()),
    changing("delete twice", [create()], delete(), delete()),
    changing("unknown action", [], change("UPDATE")),
    changing("wildcard escaped", [], create("\\052." + ZONE)),
    changing("delete by another order", [create(HOST, "A", *TWO)], delete(HOST, "A", *TWO[::-1])),
    changing("delete of NS", [], delete(ZONE, "NS", "ns-512.awsdns-00.net.", ttl=172800)),
    asking("listing", [create(), create("a." + ZONE)], LIST),
    asking("listing of one", [create()], LIST + "?maxitems=1&name=" + HOST + "&type=A"),
    asking("listing after", [create("b." + ZONE)], LIST + "?maxitems=1&name=a." + ZONE),
    asking("maxitems 1", [create()], LIST + "?maxitems=1"),
    asking("reversed labels", [create(f"{n}.{ZONE}") for n in ("b", "a.b", "a", "z.a")], LIST),
    asking("hosted zone", [], "/2013-04-01/hostedzone/{zone}"),
    asking("hosted zone that is not there", [], "/2013-04-01/hostedzone/Z0NOTTHERE"),
    asking("listing of a zone that is not there", [], "/2013-04-01/hostedzone/Z0NOTTHERE/rrset"),
    Row("change of one", [], "POST", "/2013-04-01/hostedzone/Z0NOTTHERE/rrset/", batch(create())),
    asking("change that is not there", [], "/2013-04-01/change/C0NOTTHERE"),
]

MOVED_TTL = create(ttl=None).replace("</ResourceRecords>", "</ResourceRecords><TTL>60</TTL>")
# (row, the status and code that are documented)
HOLES = [
    # Names are folded to lower case, and so compared.
    (changing("upper case", [], create(HOST.upper() + ".")), (200, None)),
    (changing("another case", [create()], upsert(HOST.upper(), "A", "192.0.2.9")), (200, None)),
    # What is no letter, digit, hyphen or underscore comes back as an octal escape.
    (changing("wildcard", [], create("*." + ZONE)), (200, None)),
    # The names' final dot counts in the order.
    (asking("hyphens in order", [create(f"{n}.{ZONE}") for n in ("a", "a-b")], LIST), (200, None)),
    # Of the same address the first spelling is kept.
    (
        changing("spelling", [create(HOST, "AAAA", "2001:DB8::1")], upsert(HOST, "AAAA", SIX)),
        (200, None),
    ),
    # The schema of the request.
    (changing("unknown type", [], create(HOST, "HINFO")), (400, "InvalidInput")),
    (changing("no TTL", [], create(ttl=None)), (400, "InvalidInput")),
    (changing("TTL negative", [], create(ttl=-1)), (400, "InvalidInput")),
    (changing("TTL a word", [], create(ttl="x")), (400, "InvalidInput")),
    (changing("TTL 2^31", [], create(ttl=2**31)), (400, "InvalidInput")),
    (changing("no changes", []), (400, "InvalidInput")),
    (Row("TTL after the records", [], "POST", CHANGE, batch(MOVED_TTL)), (400, "InvalidInput")),
    (
        Row("another root", [], "POST", CHANGE, batch(create()).replace(b"SetsRequest", b"Sets")),
        (400, "MalformedInput"),
    ),
    (
        Row("another namespace", [], "POST", CHANGE, request_xml("<ChangeBatch/>", "http://x/")),
        (400, "MalformedInput"),
    ),
    # Names, and the zone that they must be in.
    (changing("outside the zone", [], create("h.example.org")), (400, "InvalidChangeBatch")),
    (changing("label of 64", [], create("a" * 64 + "." + ZONE)), (400, "InvalidChangeBatch")),
    (changing("empty label", [], create("a.." + ZONE)), (400, "InvalidChangeBatch")),
    (changing("blank", [], create("a b." + ZONE)), (400, "InvalidChangeBatch")),
    # Values.
    (
        changing("no IPv4 address", [], create(HOST, "A", "192.0.2.256")),
        (400, "InvalidChangeBatch"),
    ),
    (changing("no IPv6 address", [], create(HOST, "AAAA", "x")), (400, "InvalidChangeBatch")),
    (changing("unquoted TXT", [], create(HOST, "TXT", "x")), (400, "InvalidChangeBatch")),
    (
        changing("a value twice", [], upsert(HOST, "A", "192.0.2.1", "192.0.2.1")),
        (400, "InvalidChangeBatch"),
    ),
    # What a batch may hold, and what may stand beside what.
    (changing("upsert twice", [], upsert(), upsert()), (400, "InvalidChangeBatch")),
    (
        changing("501 upserts", [], *(upsert(f"h{n}.{ZONE}") for n in range(501))),
        (400, "InvalidChangeBatch"),
    ),
    (
        changing("CNAME at the apex", [], create(ZONE, "CNAME", "x.example.org")),
        (400, "InvalidChangeBatch"),
    ),
    (
        changing("CNAME beside A", [create()], create(HOST, "CNAME", "x.example.org")),
        (400, "InvalidChangeBatch"),
    ),
    (
        changing("A beside CNAME", [create(HOST, "CNAME", "x.example.org")], create()),
        (400, "InvalidChangeBatch"),
    ),
    # Listings.
    (asking("listing of a type", [create()], LIST + "?type=A"), (400, "InvalidInput")),
    (asking("maxitems 0", [], LIST + "?maxitems=0"), (400, "InvalidInput")),
]


def outcome(port: int, identity: Identity, zone_id: str, row: Row) -> tuple[object, ...]:
    """Status, code, what a listing told, and what is in the zone afterwards."""
    with Connection(port, identity) as connection:
        if row.before:
            made = connection.ask("POST", CHANGE.format(zone=zone_id), batch(*row.before))
            assert made.status == 200, made.body
        answer = connection.ask(row.method, row.target.format(zone=zone_id), row.body)
        zone = connection.ask("GET", LIST.format(zone=zone_id))
    told = sets_of(answer) if answer.root == "ListResourceRecordSetsResponse" else None
    truncated = answer.texts("IsTruncated") + answer.texts("NextRecordName")
    return answer.status, answer.code, told, truncated, sets_of(zone)


def sets_of(answer: Answer) -> list[tuple[str, ...]]:
    """Each set as its texts; of the zone's own NS and SOA, whose servers differ, only the type."""
    found = []
    for each in answer.tree[0]:
        texts = tuple((leaf.text or "").strip() for leaf in each.iter() if len(leaf) == 0)
        found.append(texts[:2] if texts[1] in ("NS", "SOA") else texts)
    return found


@pytest.mark.parametrize("row", AGREED, ids=lambda row: row.name)
def test_emulator_by_other_hands_agrees(
    ministack: Ministack, strict: StrictRoute53, row: Row
) -> None:
    theirs = outcome(ministack.port, ministack.admin, ministack.new_zone(ZONE), row)
    ours = outcome(strict.port, ministack.admin, strict.new_zone(ZONE), row)
    assert ours == theirs


@pytest.mark.parametrize(("row", "documented"), HOLES, ids=lambda value: getattr(value, "name", ""))
def test_hole_of_the_emulator_is_closed_here(
    ministack: Ministack, strict: StrictRoute53, row: Row, documented: tuple[int, str | None]
) -> None:
    theirs = outcome(ministack.port, ministack.admin, ministack.new_zone(ZONE), row)
    ours = outcome(strict.port, ministack.admin, strict.new_zone(ZONE), row)
    assert ours[:2] == documented
    assert ours != theirs, "both agree by now: move the row"


# The reference SDK, through the gate.


@pytest.fixture(name="sdk")
def fixture_sdk(strict: StrictRoute53) -> Iterator[botocore.client.BaseClient]:
    identity = Identity("sdk", "AKIASDK", secrets.token_hex(20), None, BATCH_ACTIONS)
    with Gate({"route53": strict.upstream}, [identity], REGION) as gate:
        yield sdk_client("route53", gate.port, identity, "us-east-1")
        assert gate.unexpected == []


def sdk_change(action: str, name: str, *values: str) -> dict:
    records = [{"Value": value} for value in values]
    record_set = {"Name": name, "Type": "A", "TTL": 60, "ResourceRecords": records}
    return {"Action": action, "ResourceRecordSet": record_set}


def test_reference_sdk_changes_waits_and_pages(
    strict: StrictRoute53, sdk: botocore.client.BaseClient
) -> None:
    zone_id = strict.new_zone(ZONE)
    changes = [sdk_change("CREATE", f"h{n}.{ZONE}", *TWO) for n in range(7)]
    info = sdk.change_resource_record_sets(
        HostedZoneId="/hostedzone/" + zone_id, ChangeBatch={"Comment": "c", "Changes": changes}
    )["ChangeInfo"]
    assert (info["Status"], info["Comment"]) == ("PENDING", "c")
    strict.clock.advance(30)
    assert sdk.get_change(Id=info["Id"])["ChangeInfo"]["Status"] == "INSYNC"
    pages = sdk.get_paginator("list_resource_record_sets").paginate(
        HostedZoneId=zone_id, PaginationConfig={"PageSize": 2}
    )
    found = [record_set for page in pages for record_set in page["ResourceRecordSets"]]
    assert [each["Name"] for each in found if each["Type"] == "A"] == [
        f"h{n}.{ZONE}." for n in range(7)
    ]
    assert found[-1]["ResourceRecords"] == [{"Value": value} for value in TWO]
    assert sdk.get_hosted_zone(Id=zone_id)["HostedZone"]["ResourceRecordSetCount"] == 9
    assert strict.max_overlap(zone_id) == 1


def test_reference_sdk_understands_the_errors(
    strict: StrictRoute53, sdk: botocore.client.BaseClient
) -> None:
    """It reads neither code nor message from the shape that has no Error element."""
    strict.settings.error_lists = False
    zone_id = strict.new_zone(ZONE)
    with pytest.raises(sdk.exceptions.InvalidChangeBatch) as problem:
        sdk.change_resource_record_sets(
            HostedZoneId=zone_id, ChangeBatch={"Changes": [sdk_change("DELETE", HOST, *TWO)]}
        )
    assert problem.value.response["Error"]["Message"] == (
        f"[Tried to delete resource record set [name='{HOST}.', type='A'] but it was not found]"
    )
    with pytest.raises(sdk.exceptions.NoSuchHostedZone):
        sdk.get_hosted_zone(Id="Z0NOTTHERE")
    with pytest.raises(sdk.exceptions.NoSuchChange):
        sdk.get_change(Id="C0NOTTHERE")
    with pytest.raises(botocore.exceptions.ClientError) as problem:
        sdk.list_resource_record_sets(HostedZoneId=zone_id, StartRecordType="A")
    assert problem.value.response["Error"]["Code"] == "InvalidInput"
