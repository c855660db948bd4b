# SPDX-License-Identifier: BSD-2-Clause
"""The strict Route 53 on the wire: HTTP, faults, chaos, the log of calls and the JSON control."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from aws.emulators import REGION, clean_environment
from aws.gate import Gate
from aws.sigv4 import Identity
from aws.strict_kit import (
    ZONE,
    Answer,
    Connection,
    batch,
    change_target,
    create,
    sets_target,
    upsert,
)
from aws.strict_route53 import (
    NO_LIMITS,
    Chaos,
    Control,
    Fault,
    ManualClock,
    ScaledClock,
    Settings,
    StrictRoute53,
    accepted_then_500,
    garbage,
    lost_reply,
    throttled,
)

HOST = "h." + ZONE
CHANGE = "ChangeResourceRecordSets"
LIST = "ListResourceRecordSets"
MADE = {(HOST + ".", "A"): (60, ["192.0.2.1"])}


@pytest.fixture(name="clock")
def fixture_clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(name="server")
def fixture_server(clock: ManualClock) -> Iterator[StrictRoute53]:
    with StrictRoute53(Settings(NO_LIMITS), clock) as server:
        yield server
        assert server.unexpected == []


@pytest.fixture(name="zone_id")
def fixture_zone_id(server: StrictRoute53) -> str:
    return server.new_zone(ZONE)


def post(server: StrictRoute53, zone_id: str, *changes: str) -> Answer:
    with Connection(server.port) as connection:
        return connection.ask("POST", change_target(zone_id), batch(*changes))


# HTTP.


def test_connection_is_kept_and_replies_carry_date_and_request_id(
    server: StrictRoute53, zone_id: str
) -> None:
    with Connection(server.port) as connection:
        for _ in range(3):
            assert connection.ask("POST", change_target(zone_id), batch(upsert())).status == 200
        connection.request("GET", sets_target(zone_id))
        response = connection.getresponse()
        body = response.read()
    assert Answer(200, body).names[-1] == HOST + "."
    assert response.getheader("Content-Type") == "text/xml"
    assert response.getheader("x-amzn-RequestId")
    date = datetime.strptime(response.getheader("Date"), "%a, %d %b %Y %H:%M:%S %Z")
    assert abs(datetime.now(timezone.utc) - date.replace(tzinfo=timezone.utc)) < timedelta(
        minutes=1
    )
    assert server.connections == 1


def raw_exchange(server: StrictRoute53, zone_id: str, *fields: str, version: str = "1.1") -> bytes:
    """All that comes until the server closes."""
    head = [f"GET {sets_target(zone_id)} HTTP/{version}", "Host: localhost", *fields]
    with socket.create_connection(("127.0.0.1", server.port), 10) as sock:
        sock.sendall(("\r\n".join(head) + "\r\n\r\n").encode())
        received = b""
        while data := sock.recv(65536):
            received += data
    return received


@pytest.mark.parametrize(("fields", "version"), [(("Connection: close",), "1.1"), ((), "1.0")])
def test_connection_is_closed_when_asked(
    server: StrictRoute53, zone_id: str, fields: tuple[str, ...], version: str
) -> None:
    assert raw_exchange(server, zone_id, *fields, version=version).startswith(b"HTTP/1.1 200 OK")


# Faults.


def test_error_is_given_instead_and_only_as_often_as_asked(
    server: StrictRoute53, zone_id: str
) -> None:
    server.faults.add(throttled(action=CHANGE, times=2))
    server.faults.add(Fault(CHANGE, status=503, code="ServiceUnavailable", message="later"))
    codes = []
    for _ in range(4):
        answer = post(server, zone_id, create())
        codes.append((answer.status, answer.code))
    assert codes == [
        (400, "Throttling"),
        (400, "Throttling"),
        (503, "ServiceUnavailable"),
        (200, None),
    ]
    assert [call.fault for call in server.calls()] == [True, True, True, False]
    assert server.statistics()["faults"] == 3


def test_fault_is_for_the_call_of_its_number(server: StrictRoute53, zone_id: str) -> None:
    server.faults.add(throttled(action=CHANGE, call=2))
    server.faults.add(Fault(call=5, code="AccessDenied", message="no"))
    listing_of = sets_target(zone_id)
    with Connection(server.port) as connection:
        statuses = [connection.ask("GET", listing_of).status]  # 1st call of all
        for _ in range(3):  # 2nd to 4th, the changes' 1st to 3rd
            statuses.append(connection.ask("POST", change_target(zone_id), batch(upsert())).status)
        statuses += [connection.ask("GET", listing_of).status for _ in range(2)]
    assert statuses == [200, 200, 400, 200, 403, 200]


def test_lost_reply_was_accepted(server: StrictRoute53, zone_id: str) -> None:
    server.faults.add(lost_reply(action=CHANGE))
    with pytest.raises(http.client.RemoteDisconnected):
        post(server, zone_id, create())
    assert server.records(zone_id) == MADE
    assert [(call.status, call.fault) for call in server.calls()] == [(200, True)]


@pytest.mark.parametrize("fault", [lost_reply(), Fault(cut=0), Fault(cut=50)], ids=str)
def test_lost_reply_is_lost_through_the_gate_too(clock: ManualClock, fault: Fault) -> None:
    identity = Identity("m", "AKIAMOORING", "secret")
    with StrictRoute53(Settings(NO_LIMITS, keep_alive=False), clock) as server:
        zone_id = server.new_zone(ZONE)
        with (
            Gate({"route53": server.upstream}, [identity], REGION) as gate,
            Connection(gate.port, identity) as connection,
        ):
            body = batch(upsert())
            assert connection.ask("POST", change_target(zone_id), body).status == 200
            server.faults.add(replace(fault, action=CHANGE))
            with pytest.raises((http.client.HTTPException, ConnectionResetError)):
                connection.ask("POST", change_target(zone_id), body)
            assert len(server.calls(CHANGE)) == 2 and server.connections == 2
            assert server.unexpected == []  # the gate's own list tells of each such loss


def test_request_may_be_lost_before_it_was_accepted(server: StrictRoute53, zone_id: str) -> None:
    server.faults.add(Fault(CHANGE, code="InternalFailure", lose=True))
    with pytest.raises(http.client.RemoteDisconnected):
        post(server, zone_id, create())
    assert server.records(zone_id) == {}


def test_error_after_acceptance(server: StrictRoute53, zone_id: str) -> None:
    server.faults.add(accepted_then_500(action=CHANGE))
    answer = post(server, zone_id, create())
    assert (answer.status, answer.code) == (500, "InternalFailure")
    assert server.records(zone_id) == MADE


def test_garbage_is_sent_as_it_is(server: StrictRoute53, zone_id: str) -> None:
    server.faults.add(garbage(action=CHANGE))
    server.faults.add(Fault(CHANGE, body=b"", after=True))
    answer = post(server, zone_id, create())
    assert (answer.status, server.records(zone_id)) == (200, {})
    assert answer.body.startswith(b"<html>")
    answer = post(server, zone_id, create())
    assert (answer.status, answer.body, server.records(zone_id)) == (200, b"", MADE)


@pytest.mark.parametrize("sent", [0, 1, 20, 200])
def test_reply_is_cut_at_its_byte(server: StrictRoute53, zone_id: str, sent: int) -> None:
    server.faults.add(Fault(LIST, cut=sent))
    received = b""
    with socket.create_connection(("127.0.0.1", server.port), 10) as sock:
        sock.sendall(f"GET {sets_target(zone_id)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        with pytest.raises(ConnectionResetError):
            while data := sock.recv(1):
                received += data
    # A reset may overtake what was sent before it, never more than that arrives.
    assert len(received) <= sent and b"HTTP/1.1 200 OK\r\n".startswith(received[:17])


def test_connection_may_be_closed_after_a_whole_reply(server: StrictRoute53, zone_id: str) -> None:
    server.faults.add(Fault(LIST, close=True))
    assert b"</ListResourceRecordSetsResponse>" in raw_exchange(server, zone_id)


def test_cleared_faults_are_over(server: StrictRoute53, zone_id: str) -> None:
    server.faults.add(throttled(times=None))
    server.faults.chaos = Chaos(1, 1.0)
    assert post(server, zone_id, create()).status == 400
    server.faults.clear()
    assert post(server, zone_id, create()).status == 200


def test_chaos_of_a_seed_is_always_the_same() -> None:
    def drawn(seed: int) -> list[Fault | None]:
        chaos = Chaos(seed, 0.05)
        return [chaos.draw() for _ in range(2000)]

    faults = [fault for fault in drawn(7) if fault is not None]
    assert 60 <= len(faults) <= 140
    assert drawn(7) == drawn(7) != drawn(8)
    assert {fault.code for fault in faults} >= {"Throttling", "ServiceUnavailable", None}
    assert any(fault.lose for fault in faults) and any(fault.cut is not None for fault in faults)
    assert all(fault is None for fault in (Chaos(7, 0).draw() for _ in range(100)))
    with pytest.raises(ValueError):
        Chaos(7, 1.5)


def test_client_that_tries_again_gets_through_chaos() -> None:
    """Whatever is drawn, what was accepted is there, and UPSERT may be repeated."""
    with StrictRoute53(Settings(NO_LIMITS), ScaledClock(1000)) as server:
        zone_id = server.new_zone(ZONE)
        server.faults.chaos = Chaos(3, 0.5)
        for n in range(40):
            for _ in range(20):
                try:
                    if post(server, zone_id, upsert(HOST, "A", f"192.0.2.{n}")).status == 200:
                        break
                except (http.client.HTTPException, OSError):
                    pass
            else:
                pytest.fail("20 attempts did not get through")
            assert server.records(zone_id)[HOST + ".", "A"] == (60, [f"192.0.2.{n}"])
        assert server.unexpected == [] and server.statistics()["faults"] > 20


# Inspection.


def test_calls_are_logged_with_time_size_and_result(
    server: StrictRoute53, zone_id: str, clock: ManualClock
) -> None:
    clock.advance(10)
    body = batch(create(), create("i." + ZONE))
    with Connection(server.port) as connection:
        connection.ask("POST", change_target(zone_id), body)
        clock.advance(1.5)
        connection.ask("POST", change_target(zone_id), body)
        connection.ask("GET", "/2013-04-01/change/C1")
    shown = [
        (c.number, c.at, c.action, c.changes, c.body_bytes, c.status, c.code)
        for c in server.calls()
    ]
    assert shown == [
        (1, 10, CHANGE, 2, len(body), 200, None),
        (2, 11.5, CHANGE, 2, len(body), 400, "InvalidChangeBatch"),
        (3, 11.5, "GetChange", 0, 0, 404, "NoSuchChange"),
    ]
    assert [call.zone_id for call in server.calls(CHANGE)] == [zone_id] * 2
    server.forget()
    assert server.calls() == []


def control_ask(port: int, method: str, path: str, value: object = None) -> tuple[int, object]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, None if value is None else json.dumps(value))
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def test_other_processes_ask_and_tell_by_json(server: StrictRoute53, clock: ManualClock) -> None:
    with Control(server) as control:
        port = control.port
        status, made = control_ask(port, "POST", "/zones", {"name": ZONE})
        assert status == 200
        zone_id = made["id"]
        assert control_ask(port, "GET", "/zones") == (200, {zone_id: ZONE + "."})
        fault = {"action": CHANGE, "code": "Throttling", "times": 1, "body": None}
        assert control_ask(port, "POST", "/faults", fault)[0] == 200
        assert [f["code"] for f in control_ask(port, "GET", "/faults")[1]] == ["Throttling"]
        assert post(server, zone_id, create()).code == "Throttling"
        assert post(server, zone_id, create()).status == 200
        records = [{"name": HOST + ".", "type": "A", "ttl": 60, "values": ["192.0.2.1"]}]
        assert control_ask(port, "GET", f"/zones/{zone_id}/records") == (200, records)
        assert [c["code"] for c in control_ask(port, "GET", "/calls")[1]] == ["Throttling", None]
        assert control_ask(port, "GET", f"/calls?action={LIST}") == (200, [])
        assert control_ask(port, "GET", "/statistics")[1]["max_overlap"] == {zone_id: 1}
        assert control_ask(port, "POST", "/clock", {"advance_s": 5}) == (200, {"now": 5})
        assert control_ask(port, "POST", "/chaos", {"seed": 1, "rate": 1}) == (200, {})
        assert control_ask(port, "DELETE", "/faults") == (200, {})
        assert server.faults.chaos is None
        assert control_ask(port, "DELETE", "/calls") == (200, {}) and server.calls() == []


@pytest.mark.parametrize(
    ("method", "path", "value", "status"),
    [
        ("GET", "/nothing", None, 404),
        ("GET", "/zones/Z9/records", None, 404),
        ("POST", "/nothing", {}, 404),
        ("DELETE", "/zones", None, 404),
        ("POST", "/zones", {}, 400),
        ("POST", "/zones", {"name": "a..b"}, 400),
        ("POST", "/faults", {"colour": 1}, 400),
        ("POST", "/faults", [], 400),
        ("POST", "/chaos", {"seed": 1, "rate": 2}, 400),
        ("POST", "/clock", {}, 400),
    ],
)
def test_control_refuses(
    server: StrictRoute53, method: str, path: str, value: object, status: int
) -> None:
    with Control(server) as control:
        assert control_ask(control.port, method, path, value)[0] == status
    assert server.faults.faults == [] and server.faults.chaos is None


def test_program_serves_until_its_input_ends() -> None:
    command = [sys.executable, "-m", "aws.strict_route53", "--zone", ZONE, "--no-limits"]
    tests = Path(__file__).parent.parent
    with subprocess.Popen(
        command,
        cwd=tests,
        env=clean_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        told = json.loads(program.stdout.readline())
        zone_id = told["zones"][ZONE]
        with Connection(told["port"]) as connection:
            assert connection.ask("POST", change_target(zone_id), batch(create())).status == 200
        records = control_ask(told["control_port"], "GET", f"/zones/{zone_id}/records")[1]
        assert [each["name"] for each in records] == [HOST + "."]
        program.stdin.close()
        assert program.wait(10) == 0
