# SPDX-License-Identifier: BSD-2-Clause
"""The strict Route 53 in time: quotas, batches that overlap, propagation."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timezone

import pytest

from aws.strict_kit import (
    ZONE,
    Answer,
    Connection,
    ask,
    batch,
    change_target,
    create,
    delete,
    listing,
    submit,
    upsert,
)
from aws.strict_route53 import (
    NO_LIMITS,
    Fault,
    Limits,
    ManualClock,
    ScaledClock,
    Service,
    Settings,
    StrictRoute53,
)

HOST = "h." + ZONE
CHANGE = "ChangeResourceRecordSets"
LIST = "ListResourceRecordSets"
NOW = datetime(2026, 11, 23, 12, 34, 56, 7000, timezone.utc)


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


# Quotas.


def is_throttled(answer: Answer) -> bool:
    if answer.status == 200:
        return False
    assert (answer.status, answer.root, answer.code) == (400, "ErrorResponse", "Throttling")
    assert answer.text("Message") == "Rate exceeded"
    return True


def passed(attempts: int, attempt: Callable[[], Answer]) -> int:
    return sum(not is_throttled(attempt()) for _ in range(attempts))


def test_fifty_requests_at_once_then_ten_a_second(clock: ManualClock) -> None:
    service = Service(Settings(), clock)
    zone_id = service.new_zone(ZONE)
    assert passed(60, lambda: listing(service, zone_id)) == 50
    clock.advance(0.05)
    assert passed(5, lambda: listing(service, zone_id)) == 0
    for seconds, more in ((0.05, 1), (1, 10), (2.5, 25), (3600, 50)):
        clock.advance(seconds)
        assert passed(60, lambda: listing(service, zone_id)) == more
    assert service.statistics()["throttled"] == {"requests": 169, "changes": 0}
    assert [call.code for call in service.calls()].count("Throttling") == 169


def test_bucket_of_the_account_is_shared_by_all_actions_and_zones(clock: ManualClock) -> None:
    service = Service(Settings(), clock)
    zone_ids = [service.new_zone(ZONE), service.new_zone("b.org")]
    assert passed(25, lambda: listing(service, zone_ids[0])) == 25
    assert passed(20, lambda: submit(service, zone_ids[0], upsert())) == 20
    assert passed(9, lambda: submit(service, zone_ids[1], upsert("h.b.org"))) == 5


def test_action_has_a_bucket_of_its_own(clock: ManualClock) -> None:
    limits = Limits(requests=(50, 10), actions={LIST: (3, 1)})
    service = Service(Settings(limits), clock)
    zone_id = service.new_zone(ZONE)
    assert passed(5, lambda: listing(service, zone_id)) == 3
    # What the action's own bucket refused took nothing from the account's.
    assert passed(60, lambda: submit(service, zone_id, upsert())) == 47


def test_change_bucket_counts_an_upsert_twice(clock: ManualClock) -> None:
    service = Service(Settings(Limits(requests=None)), clock)
    zone_id = service.new_zone(ZONE)

    def changes(action: Callable[..., str], n: int) -> list[str]:
        return [action(f"h{i}.{ZONE}") for i in range(n)]

    assert not is_throttled(submit(service, zone_id, *changes(upsert, 500)))  # 1,000 of 1,500
    assert not is_throttled(submit(service, zone_id, *changes(delete, 400)))
    assert is_throttled(submit(service, zone_id, *changes(create, 101)))
    assert len(service.records(zone_id)) == 100
    assert not is_throttled(submit(service, zone_id, *changes(create, 100)))
    assert is_throttled(submit(service, zone_id, upsert()))
    clock.advance(0.02)  # two tokens
    assert not is_throttled(submit(service, zone_id, upsert()))
    assert is_throttled(submit(service, zone_id, delete()))
    clock.advance(15)
    assert not is_throttled(submit(service, zone_id, *changes(upsert, 500)))
    assert not is_throttled(submit(service, zone_id, *changes(upsert, 250)))
    assert is_throttled(submit(service, zone_id, delete()))
    assert service.statistics()["throttled"] == {"requests": 0, "changes": 4}


def test_buckets_hold_no_more_than_their_burst(clock: ManualClock) -> None:
    service = Service(Settings(Limits(requests=(2, 1))), clock)
    zone_id = service.new_zone(ZONE)
    clock.advance(100)
    assert passed(5, lambda: listing(service, zone_id)) == 2


def test_scaled_clock_runs_faster() -> None:
    clock = ScaledClock(1e6)
    before = clock.now()
    clock.wait(100)  # a tenth of a millisecond
    assert clock.now() - before >= 100
    with pytest.raises(ValueError):
        ScaledClock(0)


# Overlapping batches.

PRIOR = "The request was rejected because Route 53 was still processing a prior request."


def is_prior(answer: Answer) -> bool:
    if answer.status == 200:
        return False
    assert (answer.status, answer.code) == (400, "PriorRequestNotComplete")
    assert answer.text("Message") == PRIOR
    return True


def test_batch_while_another_of_the_zone_is_handled_is_refused(
    server: StrictRoute53, zone_id: str, clock: ManualClock
) -> None:
    other = server.new_zone("b.org")
    server.faults.add(Fault(CHANGE, delay_s=5))
    first: list[Answer] = []
    thread = threading.Thread(target=lambda: first.append(post(server, zone_id, upsert())))
    thread.start()
    clock.wait_waiting()
    assert is_prior(post(server, zone_id, upsert()))
    assert not is_prior(post(server, other, upsert("h.b.org")))
    assert listing(server, zone_id).status == 200
    assert server.records(zone_id) == {}
    clock.advance(5)
    thread.join(10)
    assert not is_prior(first[0]) and not is_prior(post(server, zone_id, upsert()))
    assert (server.max_overlap(zone_id), server.max_overlap(other)) == (2, 1)
    assert server.statistics()["prior_not_complete"] == 1
    assert sorted(call.overlap for call in server.calls(CHANGE)) == [1, 1, 1, 2]


def test_zone_may_work_on_an_answered_batch_for_a_while(clock: ManualClock) -> None:
    clock.advance(100)
    service = Service(Settings(NO_LIMITS, batch_s=2), clock)
    zone_id = service.new_zone(ZONE)
    assert not is_prior(submit(service, zone_id, upsert()))
    clock.advance(1.9)
    assert is_prior(submit(service, zone_id, upsert()))
    clock.advance(0.1)
    assert submit(service, zone_id, upsert(HOST, "A", "x")).code == "InvalidChangeBatch"
    assert not is_prior(submit(service, zone_id, upsert()))  # a refused batch keeps nobody waiting
    assert service.max_overlap(zone_id) == 1


def test_batches_one_after_another_never_overlap(server: StrictRoute53, zone_id: str) -> None:
    with Connection(server.port) as connection:
        for n in range(50):
            body = batch(upsert(HOST, "A", f"192.0.2.{n}"))
            assert not is_prior(connection.ask("POST", change_target(zone_id), body))
    assert server.max_overlap(zone_id) == 1


# Changes.


def test_what_took_effect_is_told_in_its_order(server: StrictRoute53, zone_id: str) -> None:
    addresses = ("192.0.2.1", "192.0.2.2")
    for address in addresses:
        assert post(server, zone_id, upsert(HOST, "A", address)).status == 200
    assert post(server, zone_id, create(HOST, "A", "192.0.2.3")).status == 400
    assert post(server, zone_id, delete(HOST, "A", addresses[1])).status == 200
    assert [each.values for each in server.applied()] == [*((a,) for a in addresses), ()]
    assert {(each.zone_id, each.name, each.kind) for each in server.applied()} == {
        (zone_id, HOST + ".", "A")
    }


def test_change_is_pending_and_then_in_sync(clock: ManualClock) -> None:
    service = Service(Settings(NO_LIMITS, propagation_s=60), clock, wall=lambda: NOW)
    zone_id = service.new_zone(ZONE)
    target = change_target(zone_id)
    made = ask(service, "POST", target, batch(upsert(), comment="why"))
    assert made.text("SubmittedAt") == "2026-11-23T12:34:56.007Z"
    clock.advance(59)
    second = submit(service, zone_id, delete())
    assert second.change_id != made.change_id

    def status(answer: Answer) -> str:
        return ask(service, "GET", "/2013-04-01/change/" + answer.change_id).text("Status")

    assert (status(made), status(second)) == ("PENDING", "PENDING")
    clock.advance(1)
    assert (status(made), status(second)) == ("INSYNC", "PENDING")
    clock.advance(59)
    assert status(second) == "INSYNC"
    answer = ask(service, "GET", "/2013-04-01/change/" + made.change_id)
    assert (answer.root, answer.text("Comment")) == ("GetChangeResponse", "why")


def test_change_that_is_not_there(clock: ManualClock) -> None:
    answer = ask(Service(Settings(), clock), "GET", "/2013-04-01/change/C1")
    assert (answer.status, answer.code) == (404, "NoSuchChange")
    assert answer.text("Message") == "Could not find resource with ID: C1"


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/"),
        ("GET", "/2012-12-12/hostedzone"),
        ("PUT", "/2013-04-01/hostedzone/Z1/rrset/"),
        ("GET", "/2013-04-01/change//change/C1"),
        ("POST", "/2013-04-01/hostedzone//hostedzone/Z1/rrset/"),
        ("DELETE", "/2013-04-01/hostedzone/Z1"),
    ],
)
def test_unknown_operation(clock: ManualClock, method: str, target: str) -> None:
    answer = ask(Service(Settings(), clock), method, target)
    assert (answer.status, answer.code) == (404, "UnknownOperationException")
