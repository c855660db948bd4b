# SPDX-License-Identifier: BSD-2-Clause
"""What real clients believe after each kind of answer, over TLS that they verify."""

from __future__ import annotations

import pytest

from clients.belief import ASKED, CANNOT, FOOLED, UPDATED, Client, judged
from clients.debian import DEBIAN
from clients.registries import REGISTRIES
from clients.scripted import SCRIPTED
from clients.situations import SITUATIONS
from clients.world import World
from system.harness import eventually, run

CLIENTS: dict[str, Client] = {**DEBIAN, **SCRIPTED, **REGISTRIES}
SLOW_TO_GET = set(REGISTRIES)

# The letters are those of belief.py; where there are two hosts and two letters, one for each. Where
# versions differ, the name is that of Debian's package, and the version follows it.
BELIEFS = """
client                    v4 v6 both nochg two badauth nohost notfqdn numhost dnserr later 911 no-ca mixed
curl                      U  U  U    U     U   R       F      F       F       F      R     R   R     UF
wget                      U  U  U    U     U   R       F      F       F       F      R     R   R     UF
busybox-wget              U  U  U    U     U   R       F      F       F       F      R     R   R     UF
ddclient@3.10             U  U  R    U     U   R       R      R       R       R      R     R   R     UR
ddclient@3.11             U  U  U    U     U   R       R      R       R       R      R     R   R     DR
inadyn-custom             U  U  -    U     U   S       S      S       -       S      R     R   R     US
inadyn-plugin             U  U  -    U     U   S       R      S       -       R      R     R   R     UR
ddupdate                  U  U  U    U     -   R       R      R       -       R      R     R   R     -
urllib                    U  U  U    U     U   R       F      F       F       F      R     R   R     UF
requests                  U  U  U    U     U   R       F      F       F       F      R     R   R     UF
pfsense-custom            U  U  U    U     D   R       R      R       R       R      R     R   R     DR
pfsense-dyndns            U  U  U    U     U   R       R      R       R       R      R     R   R     UF
node-fetch                U  U  U    U     U   R       F      F       F       F      R     R   R     UF
dyndnsc                   U  U  -    N     -   R       R      R       -       R      R     R   R     -
noipy                     U  U  U    N     U   R       R      R       R       R      R     R   R     UF
ddns-noip                 U  U  U    U     U   R       R      R       -       R      R     R   R     UR
ddns-callback             U  U  U    U     U   R       F      F       -       F      R     R   R     UF
dynamic-dns-update-client U  -  -    U     U   S       F      F       F       F      S     S   S     UF
teleddns                  U  U  U    U     -   S       S      -       -       R      R     R   -     -
"""

# With the quirk of the account that is for it: nobody is fooled any more, but for one.
WITH_QUIRKS = """
client                    quirk         nohost notfqdn numhost dnserr two mixed
curl                      errors-as-4xx R      R       R       R      U   DR
wget                      errors-as-4xx R      R       R       R      U   DR
busybox-wget              errors-as-4xx R      R       R       R      U   DR
urllib                    errors-as-4xx R      R       R       R      U   DR
requests                  errors-as-4xx R      R       R       R      U   DR
node-fetch                errors-as-4xx R      R       R       R      U   DR
ddns-callback             errors-as-4xx F      R       -       F      U   UF
dynamic-dns-update-client errors-as-4xx S      S       S       S      U   S
pfsense-custom            one-line      R      R       R       R      U   DR
pfsense-dyndns            one-line      R      R       R       R      U   DR
noipy                     one-line      R      R       R       R      U   DR
"""
# It knows no status but 400, 401, 403 and 5xx for a failure.
NO_HELP = {"ddns-callback"}


def installed(package: str) -> str:
    return run(["dpkg-query", "-W", "-f", "${Version}", package]).stdout


def rows() -> list[tuple[str, str, str]]:
    """Client, situation, letters; of the versions of a client, those of the one that is here."""
    head, *lines = (line.split() for line in BELIEFS.strip("\n").splitlines())
    found = []
    for title, *letters in lines:
        name, _, version = title.partition("@")
        if not version or installed(name).startswith(version):
            found += [(name, *cell) for cell in zip(head[1:], letters, strict=True)]
    return found


def rows_with_quirks() -> list[tuple[str, str, str, str]]:
    """The same, and the quirk."""
    head, *lines = (line.split() for line in WITH_QUIRKS.strip("\n").splitlines())
    return [
        (name, which, letters, quirk)
        for name, quirk, *cells in lines
        for which, letters in zip(head[2:], cells, strict=True)
    ]


def parameters(found: list[tuple[str, ...]]) -> list[object]:
    return [
        pytest.param(
            *row,
            id=" ".join(row[:2]),
            marks=[pytest.mark.registries] if row[0] in SLOW_TO_GET else [],
        )
        for row in found
        if row[2] != CANNOT
    ]


def verdicts(world: World, user: str) -> set[str]:
    """What the account was told so far."""
    return {
        word
        for line in world.service.daemon.entries("update")
        if line.fields.get("user") == user
        for word in line.fields["verdict"].split(",")
    }


def test_every_client_has_a_row() -> None:
    assert {row[0] for row in rows()} == set(CLIENTS)
    assert {row[1] for row in rows()} == set(SITUATIONS)


def check_belief(world: World, name: str, which: str, letters: str, quirk: str | None) -> None:
    client, situation = CLIENTS[name], SITUATIONS[which]
    login, address = situation.prepare(world, client, quirk)
    outcome = client.update(login, address)
    thinks = client.believes(login, address, outcome)
    published = [set(address.split(",")) <= world.published(host) for host in login.hosts]
    found = [judged(word, is_up) for word, is_up in zip(thinks, published, strict=True)]

    words = situation.words
    if letters == ASKED:
        letters, words = UPDATED, words - {"nochg"}
    if len(letters) == 1:
        letters *= len(login.hosts)
    assert "".join(found) == letters, outcome.output
    # The daemon's line is written before its reply, and read a little later.
    eventually("the daemon's line", lambda: verdicts(world, login.user) >= words)
    assert verdicts(world, login.user) == words, outcome.output


@pytest.mark.parametrize(("name", "which", "letters"), parameters(rows()))
def test_client_believes(world: World, name: str, which: str, letters: str) -> None:
    check_belief(world, name, which, letters, None)


@pytest.mark.parametrize(("name", "which", "letters", "quirk"), parameters(rows_with_quirks()))
def test_quirk_helps(world: World, name: str, which: str, letters: str, quirk: str) -> None:
    check_belief(world, name, which, letters, quirk)


def test_nobody_who_is_fooled_is_left_without_a_quirk() -> None:
    fooled = {name for name, _, letters in rows() if FOOLED in letters}
    helped = {row[0] for row in rows_with_quirks()}
    still = {name for name, _, letters, _ in rows_with_quirks() if FOOLED in letters}
    assert (fooled - helped, still) == (set(), NO_HELP)
