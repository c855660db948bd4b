# SPDX-License-Identifier: BSD-2-Clause
"""Two daemons, one table, one zone: an older publication lands after a newer one, at the worst
moments that there are."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from aws.faults import Fault, Hold
from faults.rivals import CHANGE, WRITE, Pair, fixture_make_pair
from faults.world import Account
from system.harness import ZONE, eventually

A, B = 0, 1


def held(pair: Pair, number: int) -> tuple[Hold, Hold]:
    """The next publication of the daemon: before it lands, and before the daemon hears of it."""
    before, after = Hold(), Hold()
    script = pair.roads[number].script
    script.holds += [before, after]
    script.add(Fault(CHANGE, before=before, after=after))
    return before, after


def is_owed(pair: Pair, account: Account) -> bool:
    state = pair.world.state(account)
    return state.pub < state.seq


def stays_quiet(pair: Pair, account: Account) -> bool:
    changes = pair.changes(account)
    threading.Event().wait(3 * pair.settle_s)
    return pair.changes(account) == changes


def zone_has(pair: Pair, account: Account, address: str) -> bool:
    return pair.world.records().get((account.host, "A")) == [address]


def check_rest(pair: Pair) -> None:
    """Zone and table agree, and nothing is owed."""
    pair.heal()
    pair.world.check(ordered=False, unanswered=True)


def check_quiet(pair: Pair, account: Account) -> None:
    """And it stays so once everybody has looked again: nobody flaps."""
    check_rest(pair)
    still = threading.Event()  # nothing tells that nothing happens
    still.wait(pair.settle_s + 0.5)
    before = pair.changes(account)
    still.wait(pair.settle_s + 0.5)
    assert pair.changes(account) == before
    check_rest(pair)


@pytest.fixture(name="pair")
def fixture_pair(make_pair: Callable[..., Pair]) -> Pair:
    pair = make_pair()
    return pair


@pytest.fixture(name="account")
def fixture_account(pair: Pair) -> Account:
    """Published, by A, and at rest; both daemons run."""
    (account,) = pair.world.accounts(1)
    pair.start()
    first = pair.world.new_address()
    assert pair.told(account, first, A) == f"good {first}"
    pair.wait_made_sure(account)
    return account


def overtake(pair: Pair, account: Account) -> tuple[str, str, Hold, Hold]:
    """A publishes an older address, held; B a newer one, which is in the zone."""
    older, newer = pair.world.new_address(), pair.world.new_address()
    before, after = held(pair, A)
    pair.ask(account, older, A)
    before.wait_arrived()
    assert pair.told(account, newer, B) == f"good {newer}"
    assert zone_has(pair, account, newer)
    return older, newer, before, after


def land(before: Hold, after: Hold) -> None:
    before.release()
    after.wait_arrived()


@pytest.mark.fault(
    43,
    "Two daemons on one zone, their publications in the wrong order",
    "the newer address stays; at most two changes an intent",
)
def test_late_publication_is_repaired_and_nobody_flaps(
    pair: Pair, account: Account, figures: dict[str, object]
) -> None:
    start, seq = len(pair.changes(account)), pair.world.state(account).seq
    older, newer, before, after = overtake(pair, account)
    land(before, after)
    assert zone_has(pair, account, older)
    after.release()
    eventually("it is repaired", lambda: zone_has(pair, account, newer), 20)
    check_quiet(pair, account)
    changes = pair.changes(account)[start:]
    figures["changes of 2"] = len(changes)
    # The repair, and the second look of who repaired it: the newer address is its intent since. The
    # other one's second look may come before that.
    assert changes[:2] == [newer, older] and set(changes[2:]) == {newer}
    assert len(changes) <= 1 + 2 * (pair.world.state(account).seq - seq - 1)
    repairs = [pair.world.metrics(number)["mooring_publish_repairs_total"] for number in (A, B)]
    assert repairs[A] >= 1 and sum(repairs) <= 3


def test_both_swap_order_many_times(pair: Pair, account: Account) -> None:
    """Each in turn is the late one."""
    for late in (A, B) * 4:
        older, newer = pair.world.new_address(), pair.world.new_address()
        before, after = held(pair, late)
        waiting = pair.ask(account, older, late)
        before.wait_arrived()
        assert pair.told(account, newer, 1 - late) == f"good {newer}"
        land(before, after)
        after.release()
        assert waiting.result().text == f"good {older}"
    check_quiet(pair, account)


@pytest.mark.parametrize("ends", ["killed", "stopped"])
def test_daemon_that_ends_before_its_repair(pair: Pair, account: Account, ends: str) -> None:
    older, newer, before, after = overtake(pair, account)
    seq = pair.world.state(account).seq
    land(before, after)
    if ends == "killed":
        pair.kill(A)
    after.release()
    if ends == "stopped":
        pair.daemon(A).stop()
    # One that is stopped may have intended its repair: then it owes that, until somebody starts.
    if pair.world.state(account).seq == seq:
        eventually("the other one repairs it", lambda: zone_has(pair, account, newer), 20)
    assert older in pair.changes(account)
    pair.start(A)
    eventually("it is repaired", lambda: zone_has(pair, account, newer), 20)
    check_rest(pair)


def test_both_killed_before_the_repair(pair: Pair, account: Account) -> None:
    older, newer, before, after = overtake(pair, account)
    land(before, after)
    pair.kill(A)
    pair.kill(B)
    after.release()
    assert zone_has(pair, account, older) and is_owed(pair, account)
    pair.start(A)
    eventually("the next start repairs it", lambda: zone_has(pair, account, newer), 20)
    pair.start(B)
    check_rest(pair)


def test_killed_daemons_call_lands_after_its_next_start(
    make_pair: Callable[..., Pair],
) -> None:
    """The network keeps the call of a dead daemon; a newer address is already published."""
    pair = make_pair(settle_s=2)
    (account,) = pair.world.accounts(1)
    pair.start()
    older, newer = pair.world.new_address(), pair.world.new_address()
    pair.roads[A].keeps_calls = True
    before, after = held(pair, A)
    pair.ask(account, older, A)
    before.wait_arrived()
    pair.kill(A)
    pair.new_road(A)
    pair.start(A)
    eventually("what it owed is published", lambda: zone_has(pair, account, older), 20)
    assert pair.told(account, newer, B) == f"good {newer}"
    land(before, after)
    assert zone_has(pair, account, older)
    after.release()
    eventually("it is repaired", lambda: zone_has(pair, account, newer), 20)
    check_rest(pair)


def test_killed_daemons_call_lands_after_the_item_was_written_anew(
    make_pair: Callable[..., Pair],
) -> None:
    """Without its state: nothing in the table tells that an older address is on its way."""
    pair = make_pair(settle_s=2)
    (account,) = pair.world.accounts(1)
    pair.start()
    older, newer = pair.world.new_address(), pair.world.new_address()
    pair.roads[A].keeps_calls = True
    before, after = held(pair, A)
    pair.ask(account, older, A)
    before.wait_arrived()
    pair.kill(A)
    item = pair.world.database.item(account.user)
    pair.world.database.put_item(
        {name: value for name, value in item.items() if name not in ("state", "owed")}
    )
    assert pair.told(account, newer, B) == f"good {newer}"
    assert pair.told(account, newer, B) == f"nochg {newer}"
    land(before, after)
    assert zone_has(pair, account, older)
    after.release()
    eventually("it is sent once more", lambda: zone_has(pair, account, newer), 20)
    assert pair.told(account, newer, B) == f"nochg {newer}"
    pair.new_road(A)
    pair.start(A)
    check_quiet(pair, account)


def test_confirmation_lost_while_the_other_overtakes(pair: Pair, account: Account) -> None:
    older, newer = pair.world.new_address(), pair.world.new_address()
    script = pair.roads[A].script
    published = script.hold_after(CHANGE)
    waiting = pair.ask(account, older, A)
    published.wait_arrived()
    script.lose_reply(WRITE, times=3)
    confirming = script.hold_before(WRITE)
    published.release()
    # Three lost replies, then the confirmation is tried again: a newer address is there first.
    confirming.wait_arrived()
    assert pair.told(account, newer, B) == f"good {newer}"
    confirming.release()
    assert waiting.result().text in (f"good {older}", "911")
    check_rest(pair)


def test_both_publish_what_is_owed_at_their_start(pair: Pair, account: Account) -> None:
    older, newer = pair.world.new_address(), pair.world.new_address()
    intended = pair.roads[A].script.hold_before(CHANGE)
    pair.ask(account, older, A)
    intended.wait_arrived()
    pair.kill(A)
    pair.kill(B)
    intended.drop()
    holds = [held(pair, number) for number in (A, B)]
    pair.start()
    for before, _ in holds:
        before.wait_arrived()
    land(*holds[B])
    holds[B][1].release()
    eventually("one has published it", lambda: zone_has(pair, account, older), 20)
    assert pair.told(account, newer, B) == f"good {newer}"
    land(*holds[A])
    pair.kill(A)
    holds[A][1].release()
    eventually("the newer one is back", lambda: zone_has(pair, account, newer), 20)
    pair.start(A)
    check_rest(pair)


def test_account_removed_while_its_publication_is_held(pair: Pair, account: Account) -> None:
    before, after = held(pair, A)
    pair.ask(account, pair.world.new_address(), A)
    before.wait_arrived()
    done = pair.world.service.ctl.run("user", "remove", account.user)
    # The table has the newer address alone: whose the one in the zone is, nobody can tell.
    assert done.returncode == 0 and account.hosts[0] in done.stderr
    land(before, after)
    assert len(pair.world.records()) == 1
    after.release()
    eventually("its record is gone", lambda: pair.world.records() == {}, 20)


def make_again(pair: Pair, old: Account, new: Account) -> None:
    ctl = pair.world.service.ctl
    ctl.ok("user", "remove", old.user)
    ctl.add(new.user, new.host, secret=new.secret)


def test_account_removed_and_made_again(pair: Pair, account: Account) -> None:
    """The first change of the new life, and the same number of the life before."""
    (other,) = pair.world.accounts(1)
    older, newer = pair.world.new_address(), pair.world.new_address()
    before, after = held(pair, A)
    pair.ask(other, older, A)
    before.wait_arrived()
    make_again(pair, other, other)
    assert pair.told(other, newer, B) == f"good {newer}"
    land(before, after)
    assert zone_has(pair, other, older)
    after.release()
    eventually("the new life's address is back", lambda: zone_has(pair, other, newer), 20)
    check_rest(pair)
    assert zone_has(pair, account, pair.changes(account)[-1])


def test_host_moves_to_another_account(pair: Pair, account: Account) -> None:
    new = Account("mover", account.secret, account.hosts)
    older, newer = pair.world.new_address(), pair.world.new_address()
    before, after = held(pair, A)
    pair.ask(account, older, A)
    before.wait_arrived()
    make_again(pair, account, new)
    assert pair.told(new, newer, B) == f"good {newer}"
    land(before, after)
    assert zone_has(pair, new, older)
    after.release()
    eventually("the new account's address is back", lambda: zone_has(pair, new, newer), 20)
    # It is sent twice, since the old account's may land again, and so is each new host; then nobody
    # sends anything more.
    eventually("it comes to rest", lambda: stays_quiet(pair, new), 30)
    assert pair.changes(new).count(newer) <= 6 and not is_owed(pair, new)


__all__ = ["ZONE", "fixture_make_pair"]
