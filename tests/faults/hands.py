# SPDX-License-Identifier: BSD-2-Clause
"""A game with other hands at the table and the zone: items are written anew, put back as they once
were, deleted and made again; `mooringctl verify --repair` runs meanwhile; two accounts may have one
name."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field, replace
from time import monotonic

import botocore.client

from aws.emulators import TABLE
from faults.game import SETTLE_S, Game
from faults.observe import states_of
from faults.oracle import ACKNOWLEDGED
from faults.rewrites import REWRITES, STATELESS, Item
from faults.rivals import DAEMONS
from faults.world import Account
from system.harness import BUILD, REPORTS, environment, eventually

REWRITTEN, DELETED, REPAIRED = 0.12, 0.04, 0.03  # of the rounds
MADE_AGAIN = 0.1  # of what is deleted, in a round
BETWEEN = 0.6  # of the publications that are held until another one overtakes them
PRESENT_MIN = 2
COPIES_MAX = 8  # that somebody keeps of an item
REPAIR_MAX_S = 60
DONE_MAX_S, ACKNOWLEDGED_MAX_S = 60, 30
GONE = ("badauth", "nohost")  # honest answers to whoever has no item


def state_of(item: Item) -> str:
    return str(list(states_of(item).values()))


@dataclass
class Meddled(Game):
    """restores: older states are put back, too. Nobody can know then what was on its way before, so
    a repair runs at rest, as docs/OPERATIONS.md asks for after a restore. shares: two accounts have
    one name."""

    restores: bool = False
    shares: bool = False
    both: list[Account] = field(default_factory=list)  # that have one name
    copies: dict[Account, list[Item]] = field(default_factory=dict)
    deleted: dict[Account, Item] = field(default_factory=dict)
    touched: dict[Account, float] = field(default_factory=dict)  # when, since the last rest
    put_back: set[Account] = field(default_factory=set)  # an older state, since then
    were_deleted: set[str] = field(default_factory=set)  # hosts
    killed_at: dict[int, float] = field(default_factory=dict)
    has_forgotten: bool = False  # since the last rest: what was to be sent once more
    repair: subprocess.Popen | None = None
    client: botocore.client.BaseClient | None = None

    def __post_init__(self) -> None:
        self.client = self.pair.world.database.dynamodb()
        if self.shares:
            (main,) = self.pair.world.accounts(1)
            self.both = [main, replace(main, user="spare")]
            self.put({**self.item(main), "user": {"S": "spare"}})

    @property
    def accounts(self) -> list[Account]:
        return [self.flapping, *self.quiet, *self.both]

    # The table.

    def item(self, account: Account) -> Item | None:
        key = {"user": {"S": account.user}}
        return self.client.get_item(TableName=TABLE, Key=key, ConsistentRead=True).get("Item")

    def put(self, item: Item) -> None:
        self.client.put_item(TableName=TABLE, Item=item)

    def present(self) -> list[Account]:
        return [one for one in self.accounts if one not in self.deleted]

    def rewrite(self, account: Account) -> None:
        """Not at one moment: what a daemon writes between is lost."""
        now = self.item(account)
        copies = self.copies.setdefault(account, [])
        ways = [*STATELESS, *(REWRITES if self.restores and copies else [])]
        way = self.chance.choice(ways)
        old = self.chance.choice(copies) if copies else now
        if "state" in now and "state" in old:
            self.put(way(now, old))
            self.note_hand(account, is_older=way not in STATELESS)
            self.note(f"{account.user}'s item is written anew: {way.__name__}: {state_of(now)}")
            self.trouble["rewritten"] += 1
            self.trouble[way.__name__] += 1
        if "state" in now:
            copies[COPIES_MAX - 1 :] = [now]

    def note_hand(self, account: Account, *, is_older: bool) -> None:
        self.touched[account] = monotonic()
        if is_older:
            self.put_back.add(account)

    def delete(self, account: Account) -> None:
        self.deleted[account] = self.item(account)
        self.were_deleted.add(account.host)
        self.client.delete_item(TableName=TABLE, Key={"user": {"S": account.user}})
        self.note(f"{account.user}'s item is deleted")
        self.trouble["deleted"] += 1

    def make_again(self, account: Account) -> None:
        """By whoever has a copy, with its state where copies are put back."""
        item = self.deleted.pop(account)
        if not self.restores or self.chance.random() < 0.5:
            item = {name: value for name, value in item.items() if name != "state"}
        self.put(item)
        self.note_hand(account, is_older="state" in item)
        self.note(f"{account.user}'s item is made again: {state_of(item)}")

    def kill(self, number: int) -> None:
        """Of two daemons that are gone within settle-time nobody may be left who knows that an item
        was new: docs/OPERATIONS.md, "Several daemons", asks for a repair then."""
        now = monotonic()
        others = [at for other, at in self.killed_at.items() if other != number]
        hands = [at for at in self.touched.values() if now - at < 2 * SETTLE_S]
        if hands and any(now - at < SETTLE_S for at in others):
            self.has_forgotten = True
        super().kill(number)
        self.killed_at[number] = monotonic()

    # The zone.

    def begin_repair(self) -> None:
        if self.repair is not None and self.repair.poll() is None:
            return
        self.end_repair()
        self.note("a repair begins")
        tool = self.pair.world.service.ctl
        self.repair = subprocess.Popen(
            [BUILD / "mooringctl", "-c", tool.config, "verify", "--repair"],
            env=environment(**tool.env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def end_repair(self) -> int | None:
        """Its exit status: 1 says that it could not do everything, which trouble excuses."""
        if self.repair is None:
            return None
        running, self.repair = self.repair, None
        output, _ = running.communicate(timeout=REPAIR_MAX_S)
        self.note(f"a repair has ended: {output}")
        assert running.returncode in (0, 1) and not REPORTS.search(output), output
        self.trouble[f"repairs, status {running.returncode}"] += 1
        self.trouble["repaired"] += output.count("repaired ")
        return running.returncode

    # Rounds.

    def choose_router(self) -> Account:
        if self.both and self.chance.random() < 0.3:
            return self.chance.choice(self.both)
        return super().choose_router()

    def meddle(self) -> None:
        if self.chance.random() < REWRITTEN:
            self.rewrite(self.chance.choice(self.present()))
        if self.chance.random() < DELETED and len(self.present()) > PRESENT_MIN:
            self.delete(self.chance.choice(self.present()))
        if self.chance.random() < REPAIRED:
            self.begin_repair()
        for account in [one for one in self.deleted if self.chance.random() < MADE_AGAIN]:
            self.make_again(account)

    def round(self) -> None:
        super().round()
        self.meddle()

    def choose_ambushed(self) -> tuple[Account, Account]:
        if self.both and self.chance.random() < 0.5:
            account, other = self.chance.sample(self.both, 2)
            return account, other
        return super().choose_ambushed()

    def before_overtaking(self, account: Account) -> None:
        """What nobody has seen yet who overtakes it: the item is another one by then."""
        if account in self.deleted or self.chance.random() >= BETWEEN:
            return
        hand = self.chance.choice(("rewritten", "made again", "repaired"))
        self.trouble[f"{hand} between"] += 1
        if hand == "rewritten":
            self.rewrite(account)
        elif hand == "made again":
            self.delete(account)
            self.make_again(account)
        else:
            self.begin_repair()

    # At rest.

    def last(self, account: Account) -> str:
        asked = self.pair.world.last_asked(account)
        return asked.address if asked else self.pair.world.new_address()

    def is_acknowledged(self, account: Account, address: str) -> bool:
        number = self.chance.randrange(DAEMONS)
        return self.pair.told(account, address, number).partition(" ")[0] in ACKNOWLEDGED

    def acknowledge(self, account: Account, address: str) -> None:
        eventually(
            f"{account.user} is told of {address}",
            lambda: self.is_acknowledged(account, address),
            ACKNOWLEDGED_MAX_S,
        )

    def has_nothing_to_do(self) -> bool:
        return all(self.pair.world.metrics(n)["mooring_hosts_pending"] == 0 for n in range(DAEMONS))

    def is_unknown(self, account: Account) -> bool:
        """Only its router can tell what its host is to have: nothing was acknowledged since a hand
        was at its item, or that hand may have had it believe something older."""
        touched = self.touched.get(account)
        asked = self.pair.world.oracle.asked(account.host)
        return account in self.put_back or (
            touched is not None
            and not any(one.acknowledged and one.began > touched for one in asked)
        )

    def ask_the_unknown_once_more(self) -> None:
        """As routers do. Of the two with one name it is the last one's word that counts."""
        for account in (self.flapping, *self.quiet):
            if self.is_unknown(account):
                self.acknowledge(account, self.last(account))
        if any(self.is_unknown(account) for account in self.both):
            for account in self.chance.sample(self.both, len(self.both)):
                self.acknowledge(account, self.pair.world.new_address())
        self.touched.clear()
        self.put_back.clear()

    def note_writer(self) -> None:
        """Of the two with one name."""
        for account in self.both:
            for state in states_of(self.item(account)).values():
                if not state.is_over:
                    self.pair.world.writers[account.host] = account.user

    def check_words(self) -> None:
        """Refused was nobody but who had no item."""
        refused = {one.host for one in self.pair.world.oracle.asked() if one.word in GONE}
        assert refused <= self.were_deleted

    def rest(self) -> None:
        for account in list(self.deleted):
            self.make_again(account)
        self.calm()
        self.end_repair()
        eventually("the daemons are done", self.has_nothing_to_do, DONE_MAX_S)
        self.ask_the_unknown_once_more()
        self.note_writer()
        if self.restores or self.has_forgotten:
            self.begin_repair()
            assert self.end_repair() == 0
        self.has_forgotten = False
        self.pair.world.check(within=60, ordered=False, unanswered=True, also=GONE)
        self.check_words()
