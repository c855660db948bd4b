# SPDX-License-Identifier: BSD-2-Clause
"""Two daemons, one table, one zone, a host that flaps between them, and trouble before every step:
at rest zone and table have what was acknowledged last, for every name."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from ipaddress import IPv4Address

import pytest

from faults.game import HOSTS, SETTLE_S, TOP, Game, seeds
from faults.rivals import DAEMONS, Pair, fixture_make_pair
from faults.world import Account

ROUNDS, ROUNDS_TO_REST = 120, 40  # of one game
GAMES = 10  # of the long form, each from a seed of its own
# By the daemon whose intent it is, and a second time when it has looked again.
CHANGES_PER_INTENT = 2


def landed_late(pair: Pair, account: Account) -> int:
    """How often an address came after one that was asked for later; each is asked for once."""
    history = [int(IPv4Address(address)) for address in pair.world.history(account.host)]
    return sum(new < old for old, new in zip(history, history[1:]))


def check_counts(game: Game) -> Counter[str]:
    """At rest: how much was published for what."""
    world = game.pair.world
    game.pause.wait(SETTLE_S + 1)  # for the second looks
    states = [world.state(account) for account in (game.flapping, *game.quiet)]
    found = Counter(
        intents=sum(state.seq for state in states),
        changes=len(world.route53.applied()),
        requests=len(world.oracle.asked()),
        late=landed_late(game.pair, game.flapping),
    )
    # What one has asked for may be taken over once by the other, who intends it anew.
    assert found["intents"] <= DAEMONS * found["requests"]
    assert found["changes"] <= CHANGES_PER_INTENT * found["intents"] + game.again
    game.pause.wait(SETTLE_S + 1)
    assert len(world.route53.applied()) == found["changes"], "they go on publishing"
    return found


def play(pair: Pair, seed: int) -> Counter[str]:
    flapping, *quiet = pair.world.accounts(HOSTS)
    game = Game(pair, random.Random(seed), flapping, quiet)
    with game.named(seed):
        game.play(ROUNDS, ROUNDS_TO_REST)
        found = check_counts(game)
    print(f"seed {seed}: {dict(found)}, {dict(game.trouble)}")
    return found


@pytest.mark.fault(
    43,
    "Two daemons on one table and zone, a host that flaps, trouble before every step",
    "at rest zone = table = last acknowledged; two changes an intent, and what faults repeat",
)
@pytest.mark.parametrize("database", ["dynalite", "ministack"])
def test_at_rest_zone_and_table_have_what_was_acknowledged_last(
    make_pair: Callable[..., Pair], database: str, long: bool, figures: dict[str, object]
) -> None:
    games = GAMES if long else 1
    found: Counter[str] = Counter()
    for seed in seeds(games):
        pair = make_pair(database, settle_s=SETTLE_S, top=TOP)
        found += play(pair, seed)
        pair.close()
    # Otherwise nothing was tried.
    assert found["late"] > 0 and found["changes"] > found["intents"] / 2
    figures[f"rounds, {database}"] = ROUNDS * games
    figures[f"changes per intent, {database}"] = round(found["changes"] / found["intents"], 2)
    figures[f"landed late, {database}"] = found["late"]


__all__ = ["fixture_make_pair"]
