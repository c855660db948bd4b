# SPDX-License-Identifier: BSD-2-Clause
"""Change batches against what the zone holds, and the limits of one batch."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aws.strict_kit import (
    ZONE,
    ask,
    batch,
    change_target,
    create,
    delete,
    listing,
    many,
    ok,
    submit,
    upsert,
)
from aws.strict_route53 import NO_LIMITS, ManualClock, Service, Settings

HOST = "h." + ZONE
NS = "ns-512.awsdns-00.net."
SOA = f"{NS} awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"
SERVERS = (NS, "ns-1024.awsdns-00.org.", "ns-1536.awsdns-00.co.uk.", "ns-0.awsdns-00.com.")
TWO = ("192.0.2.1", "192.0.2.2")


@pytest.fixture(name="service")
def fixture_service() -> Service:
    return Service(Settings(NO_LIMITS), ManualClock())


@pytest.fixture(name="zone_id")
def fixture_zone_id(service: Service) -> str:
    return service.new_zone(ZONE)


# What is there, what comes, what is then there.

GOOD = [
    ("create", [], [create()], {"A": (60, ["192.0.2.1"])}),
    ("upsert of nothing", [], [upsert()], {"A": (60, ["192.0.2.1"])}),
    (
        "upsert replaces all",
        [create(HOST, "A", *TWO)],
        [upsert(HOST, "A", "192.0.2.3", ttl=5)],
        {"A": (5, ["192.0.2.3"])},
    ),
    ("upsert of the same", [create()], [upsert()], {"A": (60, ["192.0.2.1"])}),
    ("delete", [create()], [delete()], {}),
    (
        "delete, values in another order",
        [create(HOST, "A", *TWO)],
        [delete(HOST, "A", *TWO[::-1])],
        {},
    ),
    ("delete by another case", [create()], [delete(HOST.upper() + ".")], {}),
    ("delete and create", [create()], [delete(), create(ttl=9)], {"A": (9, ["192.0.2.1"])}),
    ("TTL 0", [], [create(ttl=0)], {"A": (0, ["192.0.2.1"])}),
    ("TTL 2^31-1", [], [create(ttl=2**31 - 1)], {"A": (2**31 - 1, ["192.0.2.1"])}),
    (
        "first spelling stays",
        [create(HOST, "AAAA", "2001:DB8:0::1")],
        [upsert(HOST, "AAAA", "2001:db8::1", ttl=5)],
        {"AAAA": (5, ["2001:DB8:0::1"])},
    ),
    (
        "of several values too",
        [create(HOST, "AAAA", "2001:DB8::1", "::2")],
        [upsert(HOST, "AAAA", "::3", "2001:db8::1")],
        {"AAAA": (60, ["::3", "2001:DB8::1"])},
    ),
    (
        "until another address came",
        [
            create(HOST, "AAAA", "0::1"),
        ],
        [delete(HOST, "AAAA", "0::1"), create(HOST, "AAAA", "::1")],
        {"AAAA": (60, ["::1"])},
    ),
    (
        "both families",
        [],
        [create(), create(HOST, "AAAA", "::1")],
        {"A": (60, ["192.0.2.1"]), "AAAA": (60, ["::1"])},
    ),
    (
        "CNAME alone",
        [],
        [create(HOST, "CNAME", "x.example.org")],
        {"CNAME": (60, ["x.example.org"])},
    ),
    (
        "A gives way to CNAME",
        [create()],
        [delete(), create(HOST, "CNAME", "x.example.org")],
        {"CNAME": (60, ["x.example.org"])},
    ),
    (
        "and in the other order",
        [create()],
        [create(HOST, "CNAME", "x.example.org"), delete()],
        {"CNAME": (60, ["x.example.org"])},
    ),
    ("alias elsewhere", [], [create(alias="x.example.org")], {"A": (None, [])}),
]


@pytest.mark.parametrize(
    ("before", "changes", "after"), [r[1:] for r in GOOD], ids=[r[0] for r in GOOD]
)
def test_batch_is_applied(
    service: Service, zone_id: str, before: list[str], changes: list[str], after: dict
) -> None:
    if before:
        ok(submit(service, zone_id, *before))
    answer = ok(submit(service, zone_id, *changes))
    assert answer.root == "ChangeResourceRecordSetsResponse"
    assert answer.text("Status") == "PENDING" and answer.text("Id").startswith("/change/C")
    assert service.records(zone_id) == {(HOST + ".", kind): kept for kind, kept in after.items()}


CNAME = create("c." + ZONE, "CNAME", "x.example.org")
WEIGHTED = create("w." + ZONE, identifier="one", weight=1)
REPEATED = "The request contains an invalid set of changes for a resource record set"
EXISTS = " but it already exists"
GONE = " but it was not found"
DIFFERS = " but the values provided do not match the current values"


def tried(action: str, label: str, kind: str = "A") -> str:
    return f"Tried to {action} resource record set [name='{label}.{ZONE}.', type='{kind}']"


def outside(name: str) -> str:
    return f"RRSet with DNS name {name}. is not permitted in zone {ZONE}."


def not_permitted(kind: str, name: str) -> str:
    return f"RRSet of type {kind} with DNS name {name}. is not permitted"


REFUSED = [
    ("create of what is there", [create()], [tried("create", "h") + EXISTS]),
    ("delete of nothing", [delete("gone." + ZONE)], [tried("delete", "gone") + GONE]),
    ("delete of a wildcard", [delete("*." + ZONE)], [tried("delete", "\\052") + GONE]),
    (
        "delete of another type",
        [delete(HOST, "AAAA", "::1")],
        [tried("delete", "h", "AAAA") + GONE],
    ),
    ("delete of another value", [delete(HOST, "A", "192.0.2.9")], [tried("delete", "h") + DIFFERS]),
    ("delete by another TTL", [delete(ttl=61)], [tried("delete", "h") + DIFFERS]),
    (
        "delete of one of two",
        [delete("two." + ZONE, "A", "192.0.2.1")],
        [tried("delete", "two") + DIFFERS],
    ),
    (
        "delete by another spelling",
        [delete("six." + ZONE, "AAAA", "2001:db8::1")],
        [tried("delete", "six", "AAAA") + DIFFERS],
    ),
    (
        "every problem of a batch",
        [create(), delete("gone." + ZONE), upsert("new." + ZONE)],
        [tried("create", "h") + EXISTS, tried("delete", "gone") + GONE],
    ),
    (
        "create of the same identifier",
        [WEIGHTED],
        [tried("create", "w", "A', set-identifier='one") + EXISTS],
    ),
    ("outside", [create("h.example.org")], [outside("h.example.org")]),
    ("outside by a label's part", [create("evil" + ZONE)], [outside("evil" + ZONE)]),
    ("above", [create("example.com")], [outside("example.com")]),
    ("each name outside", [create("a.b"), create("c.d")], [outside("a.b"), outside("c.d")]),
    (
        "CNAME at the apex",
        [create(ZONE, "CNAME", "x.example.org")],
        [not_permitted("CNAME", ZONE) + f" at apex in zone {ZONE}."],
    ),
    (
        "CNAME beside A",
        [create(HOST, "CNAME", "x.example.org")],
        [
            not_permitted("CNAME", HOST) + " as it conflicts with other records with the same DNS"
            f" name in zone {ZONE}."
        ],
    ),
    (
        "A beside CNAME",
        [upsert("c." + ZONE)],
        [
            not_permitted("A", "c." + ZONE) + " because a conflicting RRSet of type CNAME with the"
            f" same DNS name already exists in zone {ZONE}."
        ],
    ),
    (
        "simple beside weighted",
        [create("w." + ZONE)],
        [
            f"RRSet with DNS name w.{ZONE}., type A, SetIdentifier null, cannot be created as other"
            " RRSets exist with the same name and type."
        ],
    ),
    (
        "upsert twice",
        [upsert("n." + ZONE), upsert(f"N.{ZONE}.", "A", "192.0.2.9")],
        [f"{REPEATED} 'A n.{ZONE}.'"],
    ),
    ("delete twice", [delete(), delete()], [f"{REPEATED} 'A {HOST}.'"]),
    (
        "create, then delete",
        [create("n." + ZONE), delete("n." + ZONE)],
        [f"{REPEATED} 'A n.{ZONE}.'"],
    ),
    ("delete, then upsert", [delete(), upsert()], [f"{REPEATED} 'A {HOST}.'"]),
    (
        "a value twice",
        [upsert(HOST, "A", "192.0.2.1", "192.0.2.1")],
        ["Duplicate Resource Record: '192.0.2.1'"],
    ),
    (
        "a value twice, spelt otherwise",
        [upsert(HOST, "AAAA", "::1", "0:0::1")],
        ["Duplicate Resource Record: '0:0::1'"],
    ),
    (
        "401 values",
        [upsert(HOST, "A", *(f"192.0.{n // 256}.{n % 256}" for n in range(401)))],
        ["Cannot have more than 400 records in a RRSet."],
    ),
    (
        "two CNAMEs",
        [upsert("c." + ZONE, "CNAME", "x.example.org", "y.example.org")],
        ["Cannot have more than 1 records in a RRSet of type CNAME."],
    ),
    (
        "SOA below the apex",
        [create("s." + ZONE, "SOA", SOA)],
        [not_permitted("SOA", "s." + ZONE) + f" below the apex of zone {ZONE}."],
    ),
    (
        "NS at a wildcard",
        [create("*." + ZONE, "NS", NS)],
        [not_permitted("NS", "\\052." + ZONE) + " as it is a wildcard"],
    ),
    (
        "the zone's SOA deleted",
        [delete(ZONE, "SOA", SOA, ttl=900)],
        ["A HostedZone must contain exactly one SOA record."],
    ),
    (
        "the zone's NS deleted",
        [delete(ZONE, "NS", *SERVERS, ttl=172800)],
        ["A HostedZone must contain at least one NS record for the zone itself."],
    ),
    (
        "a poison among many",
        [upsert("n1." + ZONE), upsert("n2." + ZONE, "A", "x"), upsert()],
        [
            "Invalid Resource Record: FATAL problem: ARRDATAIllegalIPv4Address (Value is not a"
            " valid IPv4 address) encountered with 'x'"
        ],
    ),
]


@pytest.mark.parametrize(
    ("changes", "messages"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED]
)
def test_batch_is_refused_as_a_whole(
    service: Service, zone_id: str, changes: list[str], messages: list[str]
) -> None:
    two = create("two." + ZONE, "A", *TWO)
    six = create("six." + ZONE, "AAAA", "2001:DB8::1")
    ok(submit(service, zone_id, create(), two, six, CNAME, WEIGHTED))
    before = service.records(zone_id)
    answer = submit(service, zone_id, *changes, create("also." + ZONE))
    assert (answer.status, answer.root) == (400, "InvalidChangeBatch")
    assert answer.messages == messages
    assert service.records(zone_id) == before


def test_messages_come_in_either_shape(service: Service, zone_id: str) -> None:
    changes = [delete("a." + ZONE), delete("b." + ZONE)]
    messages = submit(service, zone_id, *changes).messages
    assert len(messages) == 2
    service.settings.error_lists = False
    answer = submit(service, zone_id, *changes)
    assert (answer.status, answer.root) == (400, "ErrorResponse")
    assert answer.code == "InvalidChangeBatch"
    assert answer.messages == [f"[{messages[0]}, {messages[1]}]"]
    assert submit(service, zone_id, create("a b")).text("Message").startswith("FATAL problem")


def test_weighted_sets_stand_beside_each_other_and_come_back_whole(
    service: Service, zone_id: str
) -> None:
    two = create("w." + ZONE, "A", "192.0.2.2", identifier="two", weight=7)
    ok(submit(service, zone_id, WEIGHTED, two))
    answer = listing(service, zone_id, name="w." + ZONE)
    assert answer.texts("SetIdentifier") == ["one", "two"]
    assert answer.texts("Weight") == ["1", "7"]
    order = [child.tag.partition("}")[2] for child in answer.tree[0][0]]
    assert order == ["Name", "Type", "SetIdentifier", "Weight", "TTL", "ResourceRecords"]
    ok(submit(service, zone_id, delete("w." + ZONE, "A", "192.0.2.2", identifier="two", weight=7)))
    assert listing(service, zone_id, name="w." + ZONE).texts("SetIdentifier") == ["one"]


def test_alias_within_the_zone_must_have_its_target(service: Service, zone_id: str) -> None:
    changes = [create("alias." + ZONE, alias=HOST, alias_zone=zone_id)]
    answer = submit(service, zone_id, *changes)
    assert answer.messages == [
        f"Tried to create an alias that targets {HOST}., type A in zone {zone_id}, but that target"
        " was not found"
    ]
    ok(submit(service, zone_id, create(), *changes))
    assert listing(service, zone_id, name="alias." + ZONE, maxitems=1).text("DNSName") == HOST + "."


def test_zone_that_is_not_there(service: Service) -> None:
    answer = ask(service, "POST", change_target("Z9"), batch(create()))
    assert (answer.status, answer.code) == (404, "NoSuchHostedZone")
    assert answer.text("Message") == "No hosted zone found with ID: Z9"
    assert ask(service, "GET", "/2013-04-01/hostedzone/" + "Z" * 33).code == "InvalidInput"


# The limits of one batch.


@pytest.mark.parametrize(("action", "most"), [(create, 1000), (upsert, 500)])
def test_thousand_records_are_the_most(
    service: Service, zone_id: str, action: Callable[..., str], most: int
) -> None:
    answer = submit(service, zone_id, *many(action, most + 1))
    assert (answer.root, answer.messages) == (
        "InvalidChangeBatch",
        ["Number of records limit of 1000 exceeded."],
    )
    assert service.records(zone_id) == {}
    ok(submit(service, zone_id, *many(action, most)))
    assert len(service.records(zone_id)) == most


@pytest.mark.parametrize(("action", "most"), [(create, 32000), (upsert, 16000)])
def test_characters_of_values_are_counted(
    service: Service, zone_id: str, action: Callable[..., str], most: int
) -> None:
    value = " ".join(['"' + "x" * 255 + '"'] * 15)  # of 3,869 characters
    n, rest = divmod(most, len(value))
    changes = [action(f"h{i}.{ZONE}", "TXT", value) for i in range(n)]
    filled = [*changes, action("last." + ZONE, "TXT", text_of(rest))]
    over = [*changes, action("last." + ZONE, "TXT", text_of(rest + 1))]
    answer = submit(service, zone_id, *over)
    assert answer.messages == ["Number of characters limit of 32000 exceeded."]
    ok(submit(service, zone_id, *filled))


def text_of(length: int) -> str:
    """A TXT value of so many characters."""
    strings = []
    while length > 260:
        strings.append('"' + "x" * 200 + '"')
        length -= 203  # and the blank after it
    strings.append('"' + "x" * (length - 2) + '"')
    return " ".join(strings)


def test_value_texts_have_the_length_asked_for() -> None:
    assert [len(text_of(n)) for n in (2, 255, 261, 1000, 3999)] == [2, 255, 261, 1000, 3999]
