# SPDX-License-Identifier: BSD-2-Clause
"""What can happen to a client, with the words that the daemon then logs."""

from __future__ import annotations

from dataclasses import dataclass

from clients.belief import Client, family_of
from clients.world import DYN, LAME, SLOW, STRICT, TOO_MANY, World
from system.clients import Login
from system.harness import Router

V4, V6 = "203.0.113.5", "2001:db8::5"
STRANGE = {"nohost": f"somebody-else.{DYN}", "notfqdn": f"ho!me.{DYN}"}


@dataclass(frozen=True)
class Situation:
    """words: of the daemon's log, for all of the account's requests together."""

    words: set[str]
    zone: str = DYN
    addresses: tuple[str, ...] = (V4,)
    hosts: int = 1
    known: bool = False  # whether the address is the host's already
    stranger: str | None = None  # a host beside the account's own, or in their place
    password: str | None = None

    trusts: bool = True  # whether the client is given the right authority

    def prepare(
        self, world: World, client: Client, quirk: str | None = None
    ) -> tuple[Login, str]:
        """The client's login, and the address or addresses that it shall send."""
        login = world.login(self.zone, max(self.hosts, 1), quirk)
        own = client.own or {}
        address = ",".join(own.get(family_of(item), item) for item in self.addresses)
        if self.known:
            reply = Router(world.service.daemon, login.user, login.password).update(
                f"hostname={login.host}&myip={address}"
            )
            assert reply.text == f"good {address}"
        if self.stranger is not None:
            login.hosts = [*login.hosts[: self.hosts], self.stranger]
        if self.password is not None:
            login.password = self.password
        if not self.trusts:
            login.ca = world.other_ca
        login.port = client.port
        return login, address


SITUATIONS = {
    "v4": Situation({"good"}),
    "v6": Situation({"good"}, addresses=(V6,)),
    "both": Situation({"good"}, addresses=(V4, V6)),
    "nochg": Situation({"good", "nochg"}, known=True),
    "two": Situation({"good"}, hosts=2),
    "badauth": Situation({"badauth"}, password="wrong"),
    "nohost": Situation({"nohost"}, hosts=0, stranger=STRANGE["nohost"]),
    "notfqdn": Situation({"notfqdn"}, hosts=0, stranger=STRANGE["notfqdn"]),
    "numhost": Situation({"numhost"}, hosts=TOO_MANY),
    "dnserr": Situation({"dnserr"}, zone=STRICT),
    "later": Situation({"dnserr"}, zone=LAME),
    "911": Situation({"911"}, zone=SLOW),
    "no-ca": Situation(set(), trusts=False),
    "mixed": Situation({"good", "nohost"}, stranger=STRANGE["nohost"]),
}
