# SPDX-License-Identifier: BSD-2-Clause
"""Faults 7 and 8: the table cannot be read or written, or answers what no table answers."""

from __future__ import annotations

import json
import threading
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import pytest

from aws.errors import Reply
from faults.world import CHANGE, READ, WRITE, Account, World, has_sanitizers
from system.harness import Response

TROUBLE = [("ProvisionedThroughputExceededException", 400), ("InternalServerError", 500)]
SERVED = "known accounts are served from memory"
TYPE = "application/x-amz-json-1.0"
MEBIBYTE = 1 << 20
RSS_MORE_MAX_KB = 2 * 1024
LIVENESS_MAX_S = 0.1


def is_911(answer: Response) -> bool:
    return (answer.status, answer.text) == (503, "911") and int(answer.one("Retry-After")) > 0


def fail_table(world: World, code: str, status: int) -> None:
    for action in (READ, WRITE):
        world.gate.script.fail(action, code, "Rate exceeded", status=status, times=None)


def store_trouble(world: World) -> float:
    return world.metrics()["mooring_store_trouble_total"]


def published(world: World, accounts: Sequence[Account]) -> dict[Account, str]:
    """Every account has its address."""
    found = {account: world.new_address() for account in accounts}
    for account, address in found.items():
        assert world.update(account, address).text == f"good {address}"
    return found


def ask_all_kinds(world: World, known: dict[Account, str], unknown: Account) -> None:
    """One round of every kind of client."""
    with ThreadPoolExecutor(len(known)) as pool:
        for answer, address in zip(pool.map(world.update, known, known.values()), known.values()):
            assert (answer.status, answer.text) == (200, f"nochg {address}")
    account, address = next(iter(known.items()))
    assert is_911(world.stranger(account.user, account.secret, world.new_address())), "a change"
    assert is_911(world.stranger(account.user, "wrong-secret", address)), "a wrong password"
    assert is_911(world.stranger("nobody", "wrong-secret", address)), "an unknown user"
    assert is_911(world.update(unknown, world.new_address())), "an account not read before"


@pytest.mark.fault(
    7,
    "DynamoDB refuses or fails every call for 120 s",
    "routers that did not move keep their nochg, all others get 911, nobody badauth",
)
@pytest.mark.parametrize(("code", "status"), TROUBLE)
def test_known_routers_are_served_while_the_table_is_in_trouble(
    make_world: Callable[..., World], long: bool, figures: dict, code: str, status: int
) -> None:
    world = make_world(store={"timeout": 1}, top={"history": "changes"})
    accounts, (unknown,) = world.accounts(20), world.accounts(1)
    world.start()
    known = published(world, accounts)
    world.wait_made_sure(accounts)
    world.mark()
    changes = len(world.gate.calls(CHANGE))
    fail_table(world, code, status)
    alive: list[float] = []
    began = monotonic()
    while not alive or monotonic() - began < (120 if long else 5):
        ask_all_kinds(world, known, unknown)
        for _ in range(20):
            asked = monotonic()
            assert world.liveness() == (200, "ok")
            alive.append(monotonic() - asked)
    alive.sort()
    median, p99 = (alive[int(len(alive) * share)] for share in (0.5, 0.99))
    figures[f"updates answered ({status})"] = world.oracle.words()["nochg"]
    figures[f"/healthz p99 ms ({status})"] = round(1000 * p99, 1)
    assert median < LIVENESS_MAX_S  # the slowest ones depend on the machine, too
    # Who throttles answers: only silence and failure make us look elsewhere.
    away = status == 500
    assert world.readiness() == ((503, "dynamodb-unavailable") if away else (200, "ready"))
    assert world.metrics()['mooring_aws_breaker_open{service="dynamodb"}'] == away
    assert store_trouble(world) > 0
    assert len(world.gate.calls(CHANGE)) == changes, "nothing is published without its intent"
    assert world.daemons[0].log_lines(SERVED)
    world.heal()
    moved = accounts[0]
    world.settle([unknown])
    assert world.readiness() == (200, "ready")
    address = world.new_address()
    assert world.update(moved, address).text == f"good {address}"
    assert world.stranger(moved.user, "wrong-secret", address).text == "badauth"
    assert world.stranger("nobody", "wrong-secret", address).text == "badauth"
    world.check()


def reply(body: bytes, status: int = 200, crc: int | None = None) -> Reply:
    """Not more wrong than its body: the checksum is right unless it is given."""
    crc = zlib.crc32(body) if crc is None else crc
    return Reply(status, body, {"Content-Type": TYPE, "x-amz-crc32": str(crc)}, "garbage")


def item(**changes: object) -> bytes:
    return json.dumps({"Item": {"user": {"S": "user0"}, "pass": {"S": "x"}, **changes}}).encode()


NO_OBJECT = {
    "empty": b"",
    "truncated": item(host={"S": "h0.dyn.example.com"})[:-9],
    "HTML": b"<html><body>503 Service Unavailable</body></html>",
    "NUL": item().replace(b"user0", b"us\0er0"),
    "escaped NUL": item(**{"ho\0st": {"S": "h0.dyn.example.com"}}),
    "not UTF-8": item().replace(b"user0", b"us\xff\xfe0"),
    "a number": b"42",
    "an array": b"[" + item() + b"]",
    "null": b"null",
    "twice the same key": b'{"Item":{"user":{"S":"user0"}},"Item":{"user":{"S":"user0"}}}',
    "deeply nested": b'{"Item":{"user":' + b"[" * 100_000 + b"]" * 100_000 + b"}}",
    "10 MB": item(host={"SS": ["h" * 1000] * 10_000}),
    "10 MB of blanks": b" " * (10 * MEBIBYTE),
}
# Items that a hand wrote are no garbage: tests/system/test_rows.py has them.
NO_ITEM = {
    "an item that is null": b'{"Item":null}',
    "an item that is an array": b'{"Item":[]}',
}
# Of a write only its success counts: any object is as good as the empty one.
FOR_ALL = {
    **{what: reply(body) for what, body in NO_OBJECT.items()},
    "a wrong crc32": reply(item(), crc=1),
    "404 without a body": reply(b"", 404),
    "302 to elsewhere": Reply(302, b"", {"Location": "http://127.0.0.1:1/"}, "garbage"),
}
REPLIES = {
    READ: {**FOR_ALL, **{what: reply(body) for what, body in NO_ITEM.items()}},
    WRITE: FOR_ALL,
}


def pour(world: World, account: Account, what: str, action: str) -> Response:
    """One update while the action is answered by garbage."""
    fault = world.gate.script.answer(action, REPLIES[action][what], times=None)
    answer = world.update(account, world.new_address())
    assert fault.hits > 0
    world.heal()
    world.settle([account])  # else the breaker spares us the rest
    return answer


@pytest.mark.fault(
    8,
    "DynamoDB answers garbage: truncated, of wrong types, 10 MB, nested, doubled, with NUL ...",
    "rejected, 911, memory bounded (+2 MB)",
)
@pytest.mark.parametrize("action", [READ, WRITE])
def test_garbage_is_answered_911_and_believed_by_nobody(
    make_world: Callable[..., World], long: bool, figures: dict, action: str
) -> None:
    world = make_world(store={"timeout": 1})
    (account,) = world.accounts(1)
    world.start()
    published(world, [account])
    world.wait_made_sure([account])
    pour(world, account, "10 MB", action)
    before = world.mark()
    trouble = store_trouble(world)
    for _ in range(30 if long else 1):
        for what in REPLIES[action]:
            assert is_911(pour(world, account, what, action)), what
    assert store_trouble(world) > trouble
    assert world.liveness() == (200, "ok")
    more = world.mark().rss_kb - before.rss_kb
    if not has_sanitizers():
        figures[f"more memory, KB ({action.partition(':')[2]})"] = more
        assert more <= RSS_MORE_MAX_KB
    world.settle([account])
    world.check()


def test_garbage_does_not_touch_other_accounts(make_world: Callable[..., World]) -> None:
    """While one account's reads come as garbage, those of the others go on."""
    world = make_world()
    victim, *others = world.accounts(6)
    world.start()
    published(world, [victim, *others])
    world.wait_made_sure([victim, *others])  # or that would take the garbage
    for number, (what, garbage) in enumerate(REPLIES[READ].items()):
        world.gate.script.answer(READ, garbage)
        answers = []
        first = threading.Thread(
            target=lambda: answers.append(world.update(victim, world.new_address()))
        )
        first.start()
        first.join(20)
        (answer,) = answers
        assert answer.text != "badauth", what
        world.heal()
        other, address = others[number % len(others)], world.new_address()
        assert world.update(other, address).text == f"good {address}", what
    world.settle([victim])
    world.check()
