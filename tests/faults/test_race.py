# SPDX-License-Identifier: BSD-2-Clause
"""Rival daemons, trouble before every step, kills, and other hands at the table and the zone: at
rest zone and table have what was acknowledged last, or what was asked for since, for every name."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

import pytest

from faults.game import HOSTS, SETTLE_S, TOP, seeds
from faults.hands import Meddled
from faults.rivals import Pair, fixture_make_pair

# Of one game, and after how many of them it comes to rest.
ROUNDS, ROUNDS_TO_REST = 60, 30  # 300 in all
ROUNDS_LONG, ROUNDS_TO_REST_LONG = 120, 40
GAMES_LONG = 17  # of each kind on each database: 10,200 rounds in all
WRITTEN, PUT_BACK, SHARED = "rewritten, deleted", "put back, too", "a name of two accounts"
# Daemons know of the other account's change by the name's claim, which needs transactions: dynalite
# has none.
KINDS = [
    (WRITTEN, "dynalite"),
    (WRITTEN, "ministack"),
    (PUT_BACK, "dynalite"),
    (PUT_BACK, "ministack"),
    (SHARED, "ministack"),
]


@pytest.mark.fault(
    43,
    "Two daemons, trouble, kills; items rewritten, put back, deleted; a shared name; repairs",
    "at rest zone = table = last acknowledged or asked for since",
)
@pytest.mark.parametrize(("kind", "database"), KINDS)
def test_at_rest_they_agree_whatever_other_hands_did(
    make_pair: Callable[..., Pair],
    kind: str,
    database: str,
    long: bool,
    figures: dict[str, object],
) -> None:
    rounds, to_rest = (ROUNDS_LONG, ROUNDS_TO_REST_LONG) if long else (ROUNDS, ROUNDS_TO_REST)
    games = GAMES_LONG if long else 1
    found: Counter[str] = Counter()
    for seed in seeds(games):
        pair = make_pair(database, settle_s=SETTLE_S, top=TOP)
        flapping, *quiet = pair.world.accounts(HOSTS)
        game = Meddled(
            pair,
            random.Random(seed),
            flapping,
            quiet,
            restores=kind == PUT_BACK,
            shares=kind == SHARED,
        )
        with game.named(seed):
            game.play(rounds, to_rest)
        print(f"seed {seed}: {dict(game.trouble)}")
        found += game.trouble
        pair.close()
    # Otherwise nothing was tried. In a short game it may be one of them alone.
    assert found["rewritten"] + found["deleted"] > 0
    assert not long or (found["rewritten"] > 0 and found["deleted"] > 0)
    figures[f"rounds, {kind}, {database}"] = rounds * games


__all__ = ["fixture_make_pair"]
