# SPDX-License-Identifier: BSD-2-Clause
"""What the strict Route 53 takes and refuses in one change batch: each rule is a row."""

from __future__ import annotations

import pytest

from aws.strict_kit import (
    ZONE,
    ask,
    batch,
    change,
    change_target,
    create,
    delete,
    ok,
    record_set,
    request_xml,
    submit,
    upsert,
)
from aws.strict_route53 import NO_LIMITS, ManualClock, Service, Settings

HOST = "h." + ZONE
INVALID = "Invalid Resource Record: FATAL problem: "
LABEL63 = "a" * 63
NAME253 = ".".join([LABEL63, LABEL63, LABEL63, "b" * 45, ZONE])


@pytest.fixture(name="service")
def fixture_service() -> Service:
    return Service(Settings(NO_LIMITS), ManualClock())


@pytest.fixture(name="zone_id")
def fixture_zone_id(service: Service) -> str:
    return service.new_zone(ZONE)


def ids(rows: list[tuple]) -> list[str]:
    return [row[0] for row in rows]


def columns(rows: list[tuple]) -> list[tuple]:
    return [row[1:] for row in rows]


# The document.

EXPECTED = 'One of \'{"https://route53.amazonaws.com/doc/2013-04-01/":'
SET = record_set()
DOCUMENTS = [
    ("not XML", b"<a", "MalformedInput", "Unable to parse"),
    ("nothing", b"", "MalformedInput", "Unable to parse"),
    ("not UTF-8", batch(create()).replace(b"h.", b"\xff."), "MalformedInput", "Unable to parse"),
    (
        "document type",
        b"<!DOCTYPE x [<!ENTITY e 'x'>]>" + batch(create()),
        "MalformedInput",
        "Unable to parse",
    ),
    (
        "another root",
        batch(create()).replace(b"SetsRequest", b"Sets"),
        "MalformedInput",
        "ChangeBatch is not valid, expected ChangeResourceRecordSetsRequest",
    ),
    (
        "another namespace",
        request_xml("<ChangeBatch/>", "http://route53.amazonaws.com/doc/2013-04-01/"),
        "MalformedInput",
        "ChangeBatch is not valid, expected ChangeResourceRecordSetsRequest",
    ),
    (
        "no namespace",
        batch(create()).replace(b" xmlns=", b" x="),
        "MalformedInput",
        "ChangeBatch is not valid",
    ),
    (
        "empty request",
        request_xml(""),
        "InvalidInput",
        "cvc-complex-type.2.4.b: The content of element",
    ),
    ("no changes", request_xml("<ChangeBatch/>"), "InvalidInput", f"{EXPECTED}Comment"),
    ("empty changes", batch(), "InvalidInput", f"is not complete. {EXPECTED}Change}}'"),
    (
        "a zone id in the body",
        request_xml("<HostedZoneId>Z1</HostedZoneId>"),
        "InvalidInput",
        "cvc-complex-type.2.4.a: Invalid content was found starting with element 'HostedZoneId'."
        f" {EXPECTED}ChangeBatch}}' is expected.",
    ),
    (
        "comment after changes",
        request_xml(
            f"<ChangeBatch><Changes>{create()}</Changes><Comment>x</Comment></ChangeBatch>"
        ),
        "InvalidInput",
        "element 'Comment'. No child element is expected at this point.",
    ),
    ("long comment", batch(create(), comment="x" * 257), "InvalidInput", "maxLength '256'"),
    (
        "set before action",
        batch(f"<Change>{SET}<Action>CREATE</Action></Change>"),
        "InvalidInput",
        f"element 'ResourceRecordSet'. {EXPECTED}Action}}'",
    ),
    (
        "an unknown element in Changes",
        batch("<Changed/>"),
        "InvalidInput",
        f"element 'Changed'. {EXPECTED}Change}}'",
    ),
    (
        "type before name",
        batch(create().replace(f"<Name>{HOST}</Name>", "")),
        "InvalidInput",
        f"element 'Type'. {EXPECTED}Name}}'",
    ),
    (
        "TTL after records",
        batch(create(ttl=None).replace("</ResourceRecords>", "</ResourceRecords><TTL>60</TTL>")),
        "InvalidInput",
        "element 'TTL'. One of",
    ),
    (
        "TTL twice",
        batch(create().replace("<TTL>", "<TTL>1</TTL><TTL>")),
        "InvalidInput",
        "element 'TTL'. One of",
    ),
    (
        "two values in one record",
        batch(create().replace("<Value>", "<Value>192.0.2.9</Value><Value>")),
        "InvalidInput",
        "cvc-complex-type.2.4.d: Invalid content was found starting with element 'Value'.",
    ),
    (
        "no records in ResourceRecords",
        batch(create().replace("<ResourceRecord><Value>192.0.2.1</Value></ResourceRecord>", "")),
        "InvalidInput",
        "cvc-complex-type.2.4.b: The content of element 'ResourceRecords' is not complete."
        f" {EXPECTED}ResourceRecord}}' is expected.",
    ),
    (
        "a foreign namespace inside",
        batch(create().replace("<TTL>", "<TTL xmlns='http://example.org/'>")),
        "InvalidInput",
        "Invalid content was found starting with element '{http://example.org/}TTL'.",
    ),
    (
        "an element in a leaf",
        batch(create().replace("<TTL>60", "<TTL><b>60</b>")),
        "InvalidInput",
        "Element 'TTL' is a simple type",
    ),
    ("action", batch(change("UPDATE")), "InvalidInput", "cvc-enumeration-valid: Value 'UPDATE'"),
    ("action's case", batch(change("create")), "InvalidInput", "Value 'create' is not facet-valid"),
    ("type", batch(create(HOST, "HINFO")), "InvalidInput", "Value 'HINFO' is not facet-valid"),
    ("type's case", batch(create(HOST, "a")), "InvalidInput", "Value 'a' is not facet-valid"),
    (
        "TTL a word",
        batch(create(ttl="x")),
        "InvalidInput",
        "'x' is not a valid value for 'integer'",
    ),
    ("TTL empty", batch(create(ttl="")), "InvalidInput", "'' is not a valid value for 'integer'"),
    ("TTL negative", batch(create(ttl=-1)), "InvalidInput", "minInclusive '0'"),
    ("TTL 2^31", batch(create(ttl=2**31)), "InvalidInput", "maxInclusive '2147483647'"),
    (
        "long value",
        batch(create(HOST, "TXT", '"' + "x" * 3999 + '"')),
        "InvalidInput",
        "maxLength '4000'",
    ),
    (
        "no TTL",
        batch(create(ttl=None)),
        "InvalidInput",
        "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords],"
        f" or TrafficPolicyInstanceId], but found none in Change with [Action=CREATE, Name={HOST},"
        " Type=A, SetIdentifier=null]",
    ),
    (
        "TTL and alias",
        batch(create(alias=HOST).replace("<AliasTarget>", "<TTL>60</TTL><AliasTarget>")),
        "InvalidInput",
        "but found more than one in Change with",
    ),
    (
        "weight without identifier",
        batch(create(weight=1)),
        "InvalidInput",
        "Missing field 'SetIdentifier' in Change with",
    ),
    (
        "identifier without weight",
        batch(create(identifier="s")),
        "InvalidInput",
        "but found none in Change with",
    ),
    (
        "empty identifier",
        batch(create(identifier="", weight=1)),
        "InvalidInput",
        "minLength '1'",
    ),
]


@pytest.mark.parametrize(("body", "code", "message"), columns(DOCUMENTS), ids=ids(DOCUMENTS))
def test_document_is_refused(
    service: Service, zone_id: str, body: bytes, code: str, message: str
) -> None:
    answer = ask(service, "POST", change_target(zone_id), body)
    assert (answer.status, answer.root, answer.code) == (400, "ErrorResponse", code)
    assert message in answer.text("Message")
    assert answer.text("Type") == "Sender" and answer.text("RequestId")
    assert service.records(zone_id) == {}


def test_prolog_comment_blanks_and_xml_escapes_are_accepted(service: Service, zone_id: str) -> None:
    body = batch(upsert(HOST, "TXT", '"a & b < c"'), comment="é & <x>").replace(b"><", b">\n  <")
    body = b'<?xml version="1.0" encoding="UTF-8"?>\n' + body
    answer = ok(ask(service, "POST", change_target(zone_id), body))
    assert answer.text("Comment") == "é & <x>"
    assert service.records(zone_id) == {(HOST + ".", "TXT"): (60, ['"a & b < c"'])}


def test_target_without_its_last_slash_is_the_same(service: Service, zone_id: str) -> None:
    ok(ask(service, "POST", change_target(zone_id).rstrip("/"), batch(create())))


# Names.

NAMES = [
    ("plain", "a." + ZONE, f"a.{ZONE}."),
    ("final dot", f"a.{ZONE}.", f"a.{ZONE}."),
    ("upper case", "A.DYN.Example.COM", f"a.{ZONE}."),
    ("apex", ZONE, f"{ZONE}."),
    ("underscore and hyphen", f"_a-b.{ZONE}", f"_a-b.{ZONE}."),
    ("wildcard", f"*.{ZONE}", f"\\052.{ZONE}."),
    ("wildcard escaped", f"\\052.{ZONE}", f"\\052.{ZONE}."),
    ("asterisk within", f"a*b.*.{ZONE}", f"a\\052b.\\052.{ZONE}."),
    ("other signs", f"a+b@c.{ZONE}", f"a\\053b\\100c.{ZONE}."),
    ("a letter escaped", f"\\101b.{ZONE}", f"ab.{ZONE}."),
    ("a dot escaped", f"a\\056b.{ZONE}", f"a\\056b.{ZONE}."),
    ("blank and byte 255 escaped", f"a\\040\\377.{ZONE}", f"a\\040\\377.{ZONE}."),
    ("label of 63", f"{LABEL63}.{ZONE}", f"{LABEL63}.{ZONE}."),
    ("label of 63 with escapes", f"{'a' * 62}\\052.{ZONE}", f"{'a' * 62}\\052.{ZONE}."),
    ("name of 253", NAME253, NAME253 + "."),
]


@pytest.mark.parametrize(("written", "returned"), columns(NAMES), ids=ids(NAMES))
def test_name_comes_back_folded_and_escaped(
    service: Service, zone_id: str, written: str, returned: str
) -> None:
    ok(submit(service, zone_id, create(written)))
    assert service.records(zone_id) == {(returned, "A"): (60, ["192.0.2.1"])}
    ok(submit(service, zone_id, delete(returned)))
    assert service.records(zone_id) == {}


BAD_NAMES = [
    ("empty", "", "DomainLabelEmpty (Domain label is empty) encountered with ''"),
    (
        "empty label",
        f"a..{ZONE}",
        f"DomainLabelEmpty (Domain label is empty) encountered with 'a..{ZONE}'",
    ),
    ("leading dot", f".{ZONE}", "DomainLabelEmpty (Domain label is empty)"),
    ("two final dots", f"a.{ZONE}..", "DomainLabelEmpty (Domain label is empty)"),
    (
        "label of 64",
        f"{LABEL63}a.{ZONE}",
        f"DomainLabelTooLong (Domain label is too long) encountered with '{LABEL63}a'",
    ),
    ("name of 254", NAME253.replace("b", "bb", 1), "DomainNameTooLong (Domain name is too long)"),
    ("name of 255", "x." + NAME253, "DomainNameTooLong (Domain name is too long)"),
    (
        "blank",
        f"a b.{ZONE}",
        "UnsupportedCharacter (Value contains unsupported characters) encountered with ' '",
    ),
    ("tab", f"a\tb.{ZONE}", "UnsupportedCharacter (Value contains unsupported characters)"),
    (
        "not ASCII",
        f"\u00fc.{ZONE}",
        "UnsupportedCharacter (Value contains unsupported characters) encountered with '\u00fc'",
    ),
    ("backslash", f"a\\b.{ZONE}", "UnsupportedCharacter (Value contains unsupported characters)"),
    ("escape beyond a byte", f"a\\400.{ZONE}", "UnsupportedCharacter"),
]


@pytest.mark.parametrize(("name", "message"), columns(BAD_NAMES), ids=ids(BAD_NAMES))
def test_bad_name_is_an_error_in_the_general_shape(
    service: Service, zone_id: str, name: str, message: str
) -> None:
    answer = submit(service, zone_id, create(), create(name))
    assert (answer.status, answer.root) == (400, "ErrorResponse")
    assert answer.code == "InvalidChangeBatch"
    assert answer.text("Message").startswith(f"FATAL problem: {message}")
    assert service.records(zone_id) == {}


# Values.

GOOD_VALUES = [
    ("A", "0.0.0.0"),
    ("A", "255.255.255.255"),
    ("AAAA", "::"),
    ("AAAA", "2001:DB8:0:0::1"),
    ("AAAA", "::ffff:192.0.2.1"),
    ("CNAME", "other.example.org"),
    ("CNAME", "\\052.example.org."),
    ("NS", "ns.example.org."),
    ("PTR", "host.example.org"),
    ("TXT", '""'),
    ("TXT", '"a" "b"'),
    ("TXT", '"a""b"'),
    ("TXT", '"say \\"yes\\" \\\\ \\304"'),
    ("TXT", '"' + "x" * 255 + '"'),
    ("TXT", '"' + "\\304" * 255 + '"'),
    ("SPF", '"v=spf1 -all"'),
    ("MX", "10 mail.example.org"),
    ("SRV", "1 10 5269 xmpp.example.org."),
    ("CAA", '0 issue "ca.example.org"'),
    ("SSHFP", "4 2 123456789abcdef67890123456789abcdef67890123456789abcdef123456789"),
]


@pytest.mark.parametrize(("kind", "value"), GOOD_VALUES)
def test_value_is_accepted(service: Service, zone_id: str, kind: str, value: str) -> None:
    ok(submit(service, zone_id, create(HOST, kind, value)))
    assert service.records(zone_id) == {(HOST + ".", kind): (60, [value])}


NOT_IPV4 = "ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)"
NOT_IPV6 = "AAAARRDATAIllegalIPv6Address (Value is not a valid IPv6 address)"
NOT_QUOTED = "InvalidCharacterString (Value should be enclosed in quotation marks)"
BAD_VALUES = [
    ("A", "192.0.2", NOT_IPV4),
    ("A", "192.0.2.256", NOT_IPV4),
    ("A", "192.0.2.01", NOT_IPV4),
    ("A", "192.0.2.1,192.0.2.2", NOT_IPV4),
    ("A", "", NOT_IPV4),
    ("A", "2001:db8::1", NOT_IPV4),
    ("A", "192.0.2.1 192.0.2.2", "ARRDATANotSingleField (Value contains spaces)"),
    ("A", " 192.0.2.1", "ARRDATANotSingleField (Value contains spaces)"),
    ("AAAA", "192.0.2.1", NOT_IPV6),
    ("AAAA", "2001:db8:::1", NOT_IPV6),
    ("AAAA", "fe80::1%eth0", NOT_IPV6),
    ("AAAA", "::1 ::2", "AAAARRDATANotSingleField (Value contains spaces)"),
    ("TXT", "bare", NOT_QUOTED),
    ("TXT", '"open', NOT_QUOTED),
    ("TXT", '"a" b', NOT_QUOTED),
    ("TXT", '"a\\"', NOT_QUOTED),
    ("TXT", "", NOT_QUOTED),
    ("TXT", '"' + "x" * 256 + '"', "CharacterStringTooLong (Value is too long)"),
    ("TXT", '"\u00fc"', "UnsupportedCharacter (Value contains unsupported characters)"),
    ("CNAME", "a b", "CNAMERRDATANotSingleField (Value contains spaces)"),
    ("CNAME", "a..b", "CNAMERRDATAIllegalName"),
    ("MX", "mail.example.org", "MXRRDATANot2Fields"),
    ("MX", "65536 mail.example.org", "MXRRDATAIllegalNumber"),
    ("SRV", "1 10 xmpp.example.org", "SRVRRDATANot4Fields"),
    ("CAA", "0 issue ca.example.org", "CAARRDATANot3Fields"),
]


@pytest.mark.parametrize(("kind", "value", "message"), BAD_VALUES)
def test_value_is_refused(
    service: Service, zone_id: str, kind: str, value: str, message: str
) -> None:
    answer = submit(service, zone_id, upsert("good." + ZONE), upsert(HOST, kind, value))
    assert (answer.status, answer.root) == (400, "InvalidChangeBatch")
    (sentence,) = answer.messages
    assert sentence.startswith(INVALID + message)
    assert f"encountered with '{value}'" in sentence
    assert service.records(zone_id) == {}
