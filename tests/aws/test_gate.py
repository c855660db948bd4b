# SPDX-License-Identifier: BSD-2-Clause
"""The gate accepts what the reference SDK sends and refuses each way of getting it wrong."""

from __future__ import annotations

import json
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from aws import route53, sigv4
from aws.errors import Reply
from aws.gate import Gate, Upstream, classify
from aws.sigv4 import Identity, Refusal, Request
from aws.vectors import golden_cases, golden_request
from aws.wire import Stream, read_reply, read_request

GOLDEN = golden_cases()
SIGNED = [case for case in GOLDEN if case["authorization"]]
BY_NAME = {case["name"]: case for case in GOLDEN}


def moment(case: dict) -> datetime:
    return datetime.fromisoformat(case["timestamp"].replace("Z", "+00:00"))


def identity_of(case: dict) -> Identity:
    credentials = case["credentials"]
    return Identity(
        "golden",
        credentials["access_key_id"],
        credentials["secret_access_key"],
        credentials.get("token"),
    )


def checked(case: dict, request: Request, **changes: object) -> Identity:
    identity = changes.pop("identity", identity_of(case))
    arguments = {
        "service": case["signing_service"],
        "region": case["signing_region"],
        "now": moment(case),
        **changes,
    }
    return sigv4.check_signature(request, {identity.access_key: identity}, **arguments)


def with_header(request: Request, name: str, value: str | None) -> Request:
    """A copy with the header replaced, or without it; a new one goes to the end."""
    headers = [(k, v) for k, v in request.headers if k.lower() != name.lower().encode()]
    if value is not None:
        headers.append((name.encode(), value.encode("latin-1")))
    return replace(request, headers=headers)


def resigned(
    case: dict,
    request: Request,
    *,
    date: str = "20251123T123456Z",
    scope: list[str] | None = None,
    drop: str | None = None,
    algorithm: str = sigv4.ALGORITHM,
) -> Request:
    """Signed right for what it says, so that nothing but the change under test is wrong."""
    scope = scope or [date[:8], case["signing_region"], case["signing_service"], "aws4_request"]
    request = with_header(request, "X-Amz-Date", date)
    unsigned = {"authorization", "content-length", drop}
    signed = sorted(name for name in request.names() if name not in unsigned)
    key = case["credentials"]
    digest = sigv4.signature(request, signed, date, scope, key["secret_access_key"])
    value = (
        f"{algorithm} Credential={key['access_key_id']}/{'/'.join(scope)},"
        f" SignedHeaders={';'.join(signed)}, Signature={digest}"
    )
    return with_header(request, "Authorization", value)


@pytest.mark.parametrize("case", SIGNED, ids=lambda case: case["name"])
def test_golden_request_is_accepted(case: dict) -> None:
    request = golden_request(case)
    signed = sigv4.parse_authorization(request).signed_headers
    assert sigv4.canonical_request(request, signed) == case["canonical_request"]
    assert checked(case, request).access_key == case["credentials"]["access_key_id"]


def test_every_golden_case_is_looked_at() -> None:
    assert len(GOLDEN) == 49 and len(SIGNED) == 48


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case["name"])
def test_golden_request_is_classified(case: dict) -> None:
    service, operation = classify(golden_request(case))
    assert service == case["service"]
    if service != "route53" or operation != "Unknown":
        assert operation.lower() == case["operation"].replace("_", "")


@pytest.mark.parametrize("case", SIGNED, ids=lambda case: case["name"])
def test_each_wrong_byte_of_a_golden_request_is_refused(case: dict) -> None:
    request = golden_request(case)
    other = replace(identity_of(case), secret_key="wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEZ")
    wrong: list[tuple[str, Callable[[], object]]] = [
        ("secret", lambda: checked(case, request, identity=other)),
        ("region", lambda: checked(case, request, region="ap-east-2")),
        ("service", lambda: checked(case, request, service="execute-api")),
        ("early", lambda: checked(case, request, now=moment(case) - timedelta(seconds=301))),
        ("late", lambda: checked(case, request, now=moment(case) + timedelta(seconds=301))),
        ("body", lambda: checked(case, replace(request, body=request.body + b" "))),
        ("method", lambda: checked(case, replace(request, method="PUT"))),
        ("path", lambda: checked(case, replace(request, target=b"/x" + request.target))),
        ("host", lambda: checked(case, with_header(request, "Host", "localhost:4566"))),
        ("token", lambda: checked(case, with_header(request, "X-Amz-Security-Token", "x"))),
        ("unsigned", lambda: checked(case, with_header(request, "X-Amz-Extra", "1"))),
        ("key", lambda: checked(case, request, identity=replace(other, access_key="AKIDOTHER"))),
    ]
    for what, attempt in wrong:
        with pytest.raises(Refusal):
            attempt()
            pytest.fail(f"accepted with a wrong {what}")


def test_five_minutes_either_way_are_still_accepted() -> None:
    case = BY_NAME["ddb-getitem-consistent"]
    for seconds in (-300, 300):
        assert checked(case, golden_request(case), now=moment(case) + timedelta(seconds=seconds))


def authorization_without(parameter: str) -> Callable[[dict, Request], Request]:
    def change(case: dict, request: Request) -> Request:
        kept = [
            part
            for part in case["authorization"].removeprefix("AWS4-HMAC-SHA256 ").split(", ")
            if not part.startswith(parameter + "=")
        ]
        return with_header(request, "Authorization", "AWS4-HMAC-SHA256 " + ", ".join(kept))

    return change


def scoped(*scope: str) -> Callable[[dict, Request], Request]:
    return lambda case, request: resigned(case, request, scope=list(scope))


REFUSALS = [
    ("no header", lambda c, r: with_header(r, "Authorization", None), "MissingAuthenticationToken"),
    (
        "bearer",
        lambda c, r: with_header(r, "Authorization", "Bearer x"),
        "MissingAuthenticationToken",
    ),
    ("no credential", authorization_without("Credential"), "IncompleteSignature"),
    ("no signature", authorization_without("Signature"), "IncompleteSignature"),
    ("no signed headers", authorization_without("SignedHeaders"), "IncompleteSignature"),
    ("no date", lambda c, r: with_header(r, "X-Amz-Date", None), "IncompleteSignature"),
    (
        "date format",
        lambda c, r: resigned(c, r, date="2025-11-23T12:34:56Z"),
        "IncompleteSignature",
    ),
    ("algorithm", lambda c, r: resigned(c, r, algorithm="AWS4-HMAC-SHA1"), "IncompleteSignature"),
    ("host unsigned", lambda c, r: resigned(c, r, drop="host"), "InvalidSignature"),
    ("type unsigned", lambda c, r: resigned(c, r, drop="content-type"), "InvalidSignature"),
    ("target unsigned", lambda c, r: resigned(c, r, drop="x-amz-target"), "InvalidSignature"),
    ("date unsigned", lambda c, r: resigned(c, r, drop="x-amz-date"), "InvalidSignature"),
    ("short scope", scoped("20251123", "eu-west-1", "dynamodb"), "IncompleteSignature"),
    ("scope date", scoped("20251122", "eu-west-1", "dynamodb", "aws4_request"), "InvalidSignature"),
    (
        "scope region",
        scoped("20251123", "eu-west-2", "dynamodb", "aws4_request"),
        "InvalidSignature",
    ),
    (
        "scope service",
        scoped("20251123", "eu-west-1", "route53", "aws4_request"),
        "InvalidSignature",
    ),
    ("terminator", scoped("20251123", "eu-west-1", "dynamodb", "aws3_request"), "InvalidSignature"),
    (
        "two hosts",
        lambda c, r: replace(r, headers=[*r.headers, (b"Host", b"evil.example")]),
        "InvalidSignature",
    ),
    (
        "two authorizations",
        lambda c, r: replace(r, headers=[*r.headers, (b"Authorization", b"Basic eA==")]),
        "IncompleteSignature",
    ),
]


@pytest.mark.parametrize(
    ("change", "code"), [row[1:] for row in REFUSALS], ids=[r[0] for r in REFUSALS]
)
def test_request_is_refused_with_the_services_code(
    change: Callable[[dict, Request], Request], code: str
) -> None:
    case = BY_NAME["ddb-getitem-consistent"]
    with pytest.raises(Refusal) as caught:
        checked(case, change(case, golden_request(case)))
    assert caught.value.code == code


def test_resigning_helper_signs_right() -> None:
    case = BY_NAME["ddb-getitem-consistent"]
    assert checked(case, resigned(case, golden_request(case)))


NOW = datetime(2025, 11, 23, 12, 34, 56, tzinfo=UTC)


# The gate as a server, in front of an emulator that tells what reached it.


class Recorder:
    """Answers every request with {} and keeps its bytes."""

    def __init__(self) -> None:
        self.seen: list[bytes] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._run, daemon=True).start()

    @property
    def upstream(self) -> Upstream:
        return Upstream("127.0.0.1", self.listener.getsockname()[1])

    def _run(self) -> None:
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        with sock:
            stream = Stream(sock)
            try:
                while True:
                    self.seen.append(read_request(stream)[1])
                    sock.sendall(Reply(200, b"{}").wire(NOW))
            except Exception:  # the gate closed: this emulator has nothing to tell about it
                return


@pytest.fixture(name="recorder")
def fixture_recorder() -> Iterator[Recorder]:
    recorder = Recorder()
    yield recorder
    recorder.listener.close()


@pytest.fixture(name="gate")
def fixture_gate(recorder: Recorder) -> Iterator[Gate]:
    golden = identity_of(BY_NAME["ddb-getitem-consistent"])
    upstreams = {name: recorder.upstream for name in ("dynamodb", "route53", "sns", "sts")}
    with Gate(upstreams, [golden], "eu-west-1", clock=lambda: NOW) as gate:
        yield gate
        assert gate.unexpected == []


def wire(request: Request) -> bytes:
    lines = [request.method.encode() + b" " + request.target + b" HTTP/1.1"]
    lines += [name + b": " + value for name, value in request.headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + request.body


def send(gate: Gate, request: Request) -> tuple[int, bytes, bytes]:
    """Status, head and body of the gate's reply."""
    with socket.create_connection(("127.0.0.1", gate.port), 10) as sock:
        sock.sendall(wire(request))
        status, reply, _ = read_reply(Stream(sock), request.method)
        head, _, body = reply.partition(b"\r\n\r\n")
        return status, head, body


def get_item() -> Request:
    return golden_request(BY_NAME["ddb-getitem-consistent"])


def upsert(body: bytes | None = None) -> Request:
    case = BY_NAME["r53-upsert-a"]
    request = golden_request(case)
    if body is not None:
        request = with_header(replace(request, body=body), "Content-Length", str(len(body)))
    return resigned(case, request)


def test_what_passes_reaches_the_emulator_byte_for_byte(gate: Gate, recorder: Recorder) -> None:
    assert send(gate, get_item())[0] == 200
    assert recorder.seen == [wire(get_item())]
    (call,) = gate.calls("dynamodb:GetItem")
    assert (call.status, call.access_key, call.code) == (200, "AKIDEXAMPLE", None)


def test_json_refusal_has_the_services_shape_and_checksum(gate: Gate, recorder: Recorder) -> None:
    request = replace(get_item(), body=get_item().body.replace(b"home", b"hoax"))
    status, head, body = send(gate, request)
    assert status == 400 and recorder.seen == []
    error = json.loads(body)
    assert error["__type"] == "com.amazon.coral.service#InvalidSignatureException"
    assert error["message"].startswith("The request signature we calculated does not match")
    assert f"x-amz-crc32: {zlib.crc32(body)}".encode() in head
    assert gate.calls()[0].code == "InvalidSignatureException"


def test_xml_refusal_has_the_services_shape(gate: Gate, recorder: Recorder) -> None:
    request = replace(upsert(), body=upsert().body.replace(b"203.0.113.9", b"203.0.113.8"))
    status, _, body = send(gate, request)
    assert status == 403 and recorder.seen == []
    assert b"<Code>SignatureDoesNotMatch</Code>" in body
    assert b"</ErrorResponse>" in body


@pytest.mark.parametrize(
    ("content_type", "body", "status", "kind"),
    [
        ("application/json", None, 404, "UnknownOperationException"),
        ("application/x-amz-json-1.0; charset=utf-8", None, 404, "UnknownOperationException"),
        ("application/x-amz-json-1.0", b"[1]", 400, "SerializationException"),
        ("application/x-amz-json-1.0", b'{"a":', 400, "SerializationException"),
    ],
)
def test_json_protocol_is_exact(
    gate: Gate, content_type: str, body: bytes | None, status: int, kind: str
) -> None:
    case = BY_NAME["ddb-getitem-consistent"]
    request = with_header(get_item(), "Content-Type", content_type)
    if body is not None:
        request = with_header(replace(request, body=body), "Content-Length", str(len(body)))
    got, _, reply = send(gate, resigned(case, request))
    assert got == status and json.loads(reply)["__type"].endswith("#" + kind)


def test_policy_allows_what_it_lists_and_nothing_else(recorder: Recorder) -> None:
    case, get_case = BY_NAME["ddb-updateitem-cas"], BY_NAME["ddb-getitem-consistent"]
    narrow = replace(identity_of(case), allowed=frozenset({"dynamodb:GetItem"}))
    with Gate({"dynamodb": recorder.upstream}, [narrow], "eu-west-1", clock=lambda: NOW) as gate:
        assert send(gate, get_item())[0] == 200
        status, _, body = send(gate, resigned(get_case, golden_request(case)))
        assert status == 400
        assert json.loads(body)["__type"].endswith("#AccessDeniedException")
        assert len(recorder.seen) == 1


def test_everybody_may_ask_who_he_is(recorder: Recorder) -> None:
    case = BY_NAME["sts-getcalleridentity-regional"]
    nobody = replace(identity_of(case), allowed=frozenset())
    upstreams = {"sts": recorder.upstream}
    with Gate(upstreams, [nobody], case["region"], clock=lambda: NOW) as gate:
        assert send(gate, golden_request(case))[0] == 200


def test_unsigned_web_identity_passes_and_nothing_else_unsigned(recorder: Recorder) -> None:
    case = BY_NAME["sts-webidentity-unsigned"]
    with Gate({"sts": recorder.upstream}, [], case["region"], clock=lambda: NOW) as gate:
        assert send(gate, golden_request(case))[0] == 200
        request = with_header(golden_request(BY_NAME["sts-assumerole"]), "Authorization", None)
        assert send(gate, request)[0] == 403


def change_xml(*changes: str, namespace: str = route53.ROUTE53_NAMESPACE) -> bytes:
    inner = "".join(f"<Change>{change}</Change>" for change in changes)
    return (
        f'<ChangeResourceRecordSetsRequest xmlns="{namespace}"><ChangeBatch><Changes>{inner}'
        "</Changes></ChangeBatch></ChangeResourceRecordSetsRequest>"
    ).encode()


def record(name: str = "h.example.com", kind: str = "A", value: str = "203.0.113.9") -> str:
    return (
        f"<Action>UPSERT</Action><ResourceRecordSet><Name>{name}</Name><Type>{kind}</Type>"
        f"<TTL>60</TTL><ResourceRecords><ResourceRecord><Value>{value}</Value></ResourceRecord>"
        "</ResourceRecords></ResourceRecordSet>"
    )


BATCHES = [
    ("good", change_xml(record()), None),
    ("good pair", change_xml(record(), record(kind="AAAA", value="2001:db8::1")), None),
    ("not xml", b"<a", "MalformedInput"),
    ("namespace", change_xml(record(), namespace="http://x/"), "MalformedInput"),
    ("empty", change_xml(), "InvalidInput"),
    ("action", change_xml(record().replace("UPSERT", "UPDATE")), "InvalidInput"),
    ("type", change_xml(record(kind="HINFO")), "InvalidInput"),
    ("no ttl", change_xml(record().replace("<TTL>60</TTL>", "")), "InvalidInput"),
    ("negative ttl", change_xml(record().replace("60", "-1")), "InvalidInput"),
    (
        "order",
        change_xml(record().replace("<TTL>60</TTL>", "").replace("<Type>", "<TTL>60</TTL><Type>")),
        "InvalidInput",
    ),
    ("IPv4", change_xml(record(value="203.0.113.256")), "InvalidChangeBatch"),
    ("IPv6", change_xml(record(kind="AAAA")), "InvalidChangeBatch"),
    ("twice", change_xml(record(), record(name="H.example.com.")), "InvalidChangeBatch"),
    ("outside", change_xml(record(name="h.evilexample.com")), "InvalidChangeBatch"),
    ("long label", change_xml(record(name="a" * 64 + ".example.com")), "InvalidChangeBatch"),
    ("blank", change_xml(record(name="a b.example.com")), "InvalidChangeBatch"),
    (
        "500 upserts",
        change_xml(*(record(name=f"h{n}.example.com") for n in range(500))),
        None,
    ),
    (
        "501 upserts",
        change_xml(*(record(name=f"h{n}.example.com") for n in range(501))),
        "InvalidChangeBatch",
    ),
]


@pytest.mark.parametrize(
    ("body", "code"), [row[1:] for row in BATCHES], ids=[b[0] for b in BATCHES]
)
def test_change_batch_is_checked_as_route53_does(body: bytes, code: str | None) -> None:
    if code is None:
        route53.check_batch(body, "example.com.")
        return
    with pytest.raises(route53.Bad) as caught:
        route53.check_batch(body, "example.com.")
    assert caught.value.reply.code == code


def test_bad_batch_does_not_reach_the_emulator(gate: Gate, recorder: Recorder) -> None:
    status, _, body = send(gate, upsert(change_xml(record(value="x"))))
    assert status == 400 and recorder.seen == []
    assert b"<InvalidChangeBatch xmlns=" in body


def test_second_batch_of_a_zone_in_flight_is_refused(gate: Gate) -> None:
    hold = gate.script.hold_after("route53:ChangeResourceRecordSets")
    first: list[int] = []
    thread = threading.Thread(target=lambda: first.append(send(gate, upsert())[0]))
    thread.start()
    hold.wait_arrived()
    status, _, body = send(gate, upsert())
    hold.release()
    thread.join(10)
    assert status == 400 and b"<Code>PriorRequestNotComplete</Code>" in body
    assert first == [200]
    assert send(gate, upsert())[0] == 200


def test_scripted_error_is_given_once(gate: Gate, recorder: Recorder) -> None:
    gate.script.fail("dynamodb:GetItem", "ProvisionedThroughputExceeded", "slow down")
    status, _, body = send(gate, get_item())
    assert status == 400 and recorder.seen == []
    assert b"dynamodb.v20120810#ProvisionedThroughputExceededException" in body
    assert send(gate, get_item())[0] == 200


def test_chance_spares_some_calls(gate: Gate, recorder: Recorder) -> None:
    fault = gate.script.fail("dynamodb:GetItem", "InternalServerError", status=500, times=None)
    fault.chance = 0.5
    statuses = {send(gate, get_item())[0] for _ in range(30)}
    assert statuses == {200, 500} and len(recorder.seen) == 30 - fault.hits


def test_reply_is_cut_at_the_byte_asked_for(gate: Gate, recorder: Recorder) -> None:
    gate.script.cut("dynamodb:GetItem", 20)
    with socket.create_connection(("127.0.0.1", gate.port), 10) as sock:
        sock.sendall(wire(get_item()))
        received = b""
        with pytest.raises(ConnectionResetError):
            while data := sock.recv(100):
                received += data
    # A reset may overtake what was sent before it, never more than that arrives.
    assert received in (b"", b"HTTP/1.1 200 OK\r\nDat"[:20]) and len(recorder.seen) == 1


def test_lost_reply_was_accepted(gate: Gate, recorder: Recorder) -> None:
    gate.script.lose_reply("dynamodb:GetItem")
    with socket.create_connection(("127.0.0.1", gate.port), 10) as sock:
        sock.sendall(wire(get_item()))
        with pytest.raises(ConnectionResetError):
            sock.recv(100)
    assert recorder.seen == [wire(get_item())]


def test_call_held_before_has_not_reached_the_emulator(gate: Gate, recorder: Recorder) -> None:
    hold = gate.script.hold_before("dynamodb:GetItem")
    thread = threading.Thread(target=send, args=(gate, get_item()))
    thread.start()
    hold.wait_arrived()
    assert recorder.seen == [] and gate.calls() == []
    hold.release()
    gate.wait_calls("dynamodb:GetItem")
    thread.join(10)
    assert len(recorder.seen) == 1


def test_call_about_something_else_is_not_held(gate: Gate) -> None:
    hold = gate.script.hold_before("route53:ChangeResourceRecordSets", about="h2.example.com")
    assert send(gate, upsert(change_xml(record("h1.example.com"))))[0] == 200
    thread = threading.Thread(
        target=send, args=(gate, upsert(change_xml(record("h2.example.com"))))
    )
    thread.start()
    hold.wait_arrived()
    assert len(gate.calls()) == 1
    hold.release()
    thread.join(10)


def test_call_held_and_dropped_never_reaches_the_emulator(gate: Gate, recorder: Recorder) -> None:
    hold = gate.script.hold_before("dynamodb:GetItem")
    with socket.create_connection(("127.0.0.1", gate.port), 10) as sock:
        sock.sendall(wire(get_item()))
        hold.wait_arrived()
        hold.drop()
        assert sock.recv(100) == b""
    assert recorder.seen == [] and gate.calls() == []


def test_call_held_until_the_end_may_find_no_emulator_any_more(
    gate: Gate, recorder: Recorder
) -> None:
    before = set(threading.enumerate())
    hold = gate.script.hold_before("dynamodb:GetItem")
    with socket.create_connection(("127.0.0.1", gate.port), 10) as sock:
        sock.sendall(wire(get_item()))
        hold.wait_arrived()
        recorder.listener.shutdown(socket.SHUT_RDWR)
        recorder.listener.close()
        gate.close()
        assert sock.recv(100) == b""
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
    assert recorder.seen == [] and gate.unexpected == []


def test_emulator_that_is_gone_before_the_end_is_unexpected(gate: Gate, recorder: Recorder) -> None:
    recorder.listener.shutdown(socket.SHUT_RDWR)
    recorder.listener.close()
    with socket.create_connection(("127.0.0.1", gate.port), 10) as sock:
        sock.sendall(wire(get_item()))
        assert sock.recv(100) == b""
    (said,) = gate.unexpected
    assert said.startswith("the emulator of dynamodb does not answer")
    gate.unexpected.clear()


def test_session_that_has_ended_is_refused(gate: Gate, recorder: Recorder) -> None:
    assert send(gate, get_item())[0] == 200
    gate.expired.add("AKIDEXAMPLE")
    status, _, body = send(gate, get_item())
    assert (status, json.loads(body)["__type"].rpartition("#")[2]) == (400, "ExpiredTokenException")
    status, _, body = send(gate, upsert())
    assert status == 403 and b"<Code>ExpiredToken</Code>" in body
    assert len(recorder.seen) == 1
