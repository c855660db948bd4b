# SPDX-License-Identifier: BSD-2-Clause
"""Hosts on the LAN behind a router, which follow its IPv6 prefix, over several requests and daemons,
and with AWS. What one request means is in tests/protocol/4-prefix.rows."""

from __future__ import annotations

import itertools
import json
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from system.conftest import Amazon, Service
from system.harness import (
    ZONE,
    Config,
    Response,
    Router,
    Tls,
    basic,
    dig,
    eventually,
    exchange,
    get,
    parse_response,
)

V4 = "192.0.2.1"
P = "2001:db8:1:2"
COUNTER = itertools.count(1)

# The hosts of an account, and their interface ids.
HOME = {"home": None, "nas": "::1:2:3:4", "cam": "::253:ff:fe12:3456"}
SUBNETS = {"home": None, "nas": "::1:2:3:4", "cam": "::5:1:2:3:4"}
PLAIN = {"home": None, "nas": None}
NAS, CAM = f"{P}:1:2:3:4", f"{P}:253:ff:fe12:3456"
BOTH = {"nas": NAS, "cam": CAM}


@pytest.fixture(name="service", scope="module")
def fixture_service(tmp_path_factory: pytest.TempPathFactory, tls: Tls) -> Iterator[Service]:
    lab = {"name-server-addresses": ["127.0.0.1"], "allow-special-addresses": True}
    config = Config(
        tmp_path_factory.mktemp("lan"),
        tls,
        top={"dns-responses-per-second": 0},
        zones={ZONE: lab},
    )
    service = Service(config)
    service.start()
    yield service
    service.finish()


@dataclass
class Lan:
    """One account with its hosts, whose names end in its number."""

    service: Service
    number: int
    router: Router

    def name(self, host: str) -> str:
        return f"{host}{self.number}.{ZONE}"

    def update(self, query: str) -> Response:
        for host in ("home", "nas", "cam"):
            query = query.replace(f"@{host}", self.name(host))
        return self.router.update(query)

    def ids(self, **ids: str) -> None:
        for host, text in ids.items():
            self.service.ctl.ok(
                "host", "set", self.router.user, self.name(host), "--interface-id", text
            )

    def has(self, host: str, address: str | None) -> None:
        wanted = [address] if address else []
        port = self.service.daemon.dns_port
        eventually(
            f"{host} has {address}", lambda: dig(port, self.name(host), "AAAA") == wanted
        )

    def state(self, host: str) -> dict:
        states = self.service.ctl.json("user", "show", self.router.user)["state"]
        return next(state for state in states if state["host"] == self.name(host))


def make_lan(service: Service, hosts: dict[str, str | None]) -> Lan:
    n = next(COUNTER)
    lan = Lan(service, n, Router(service.daemon, f"lan{n}", ""))
    lan.router.password = service.ctl.add(f"lan{n}", *(lan.name(host) for host in hosts))
    lan.ids(**{host: text for host, text in hosts.items() if text})
    return lan


def test_nothing_is_done_and_told_where_nothing_changed(service: Service) -> None:
    lan = make_lan(service, HOME)
    assert lan.update(f"hostname=@home&myip={P}::1").text == f"good {P}::1"
    for host, address in BOTH.items():
        lan.has(host, address)
    eventually("all is published", lambda: all(lan.state(host)["published"] for host in HOME))
    before = {host: lan.state(host) for host in HOME}
    for _ in range(3):
        assert lan.update(f"hostname=@home&myip={P}::1").text == f"nochg {P}::1"
    assert {host: lan.state(host) for host in HOME} == before


def test_a_new_prefix_takes_all_along_and_is_one_line_in_the_log(service: Service) -> None:
    lan = make_lan(service, HOME)
    for n in range(1, 4):
        p = f"2001:db8:{n}:7"
        query = f"hostname=@home&myip={V4},{p}::1&ip6lanprefix={p}::/64"
        assert lan.update(query).text == f"good {V4},{p}::1"
        lan.has("nas", f"{p}:1:2:3:4")
        lan.has("cam", f"{p}:253:ff:fe12:3456")
    assert lan.update(f"hostname=@home&ip6lanprefix={p}::/64&myip={V4}").text == f"nochg {V4}"

    def mine() -> list[dict[str, str]]:
        lines = [line.fields for line in service.daemon.entries("update")]
        return [line for line in lines if line["user"] == lan.router.user]

    eventually("all lines are there", lambda: len(mine()) == 4)
    assert [line.get("renumbered") for line in mine()] == ["2", "2", "2", None]
    assert mine()[-1]["prefix"] == "2001:db8:3:7::/64" and mine()[-1]["host"] == lan.name("home")


def test_a_host_that_gets_or_changes_its_id_follows_with_the_next_request(
    service: Service,
) -> None:
    lan = make_lan(service, PLAIN)
    query = f"hostname=@home&myip={P}::1"
    assert lan.update(query).text == f"good {P}::1"
    lan.has("nas", None)
    lan.ids(nas="::1:2:3:4")
    eventually("it is known", lambda: lan.update(query) and dig(
        service.daemon.dns_port, lan.name("nas"), "AAAA") == [NAS])
    lan.ids(nas="::5")
    eventually("it is known", lambda: lan.update(query) and dig(
        service.daemon.dns_port, lan.name("nas"), "AAAA") == [f"{P}::5"])
    lan.ids(nas="none")
    eventually("it is gone", lambda: "interface-id" not in lan.state("nas"))
    assert lan.update("hostname=@home&myip=2001:db8:9:9::1").status == 200
    lan.has("home", "2001:db8:9:9::1")
    lan.has("nas", f"{P}::5")


def test_an_address_of_its_own_stays_until_there_is_a_prefix(service: Service) -> None:
    lan = make_lan(service, HOME)
    own = "2001:db8:9:9::5"
    assert lan.update(f"hostname=@nas&myip={own}").text == f"good {own}"
    assert lan.update(f"hostname=@home&myip={V4}").text == f"good {V4}"
    assert lan.update(f"hostname=@nas&myip={own}").text == f"nochg {own}"
    lan.has("nas", own)
    assert lan.update(f"hostname=@home&myip={V4}&ip6lanprefix={P}::/64").text == f"nochg {V4}"
    lan.has("nas", NAS)


# As a FRITZ!Box fills in its template: everything unescaped, what it has not is empty.
FRITZBOX = (
    "/nic/update?hostname={home}&myip={v4}&myipv6={v6}&ip6lanprefix={prefix}"
    "&dualstack={dual}&username=lan&pass=%&domain={home}"
)


def test_a_fritzbox_with_its_prefix(service: Service) -> None:
    lan = make_lan(service, SUBNETS)

    def ask(v4: str, v6: str, prefix: str, dual: str) -> tuple[int, str]:
        target = FRITZBOX.format(home=lan.name("home"), v4=v4, v6=v6, prefix=prefix, dual=dual)
        raw = get(
            target,
            "Authorization: " + basic(lan.router.user, lan.router.password),
            "User-Agent: Fritz!Box DDNS/1.0.1",
            "Connection: close",
        )
        context = service.config.tls.context()
        found = parse_response(exchange(service.daemon.https_port, raw, context))
        return found.status, found.text

    wan, lan_prefix = "2001:db8:ffff::1", "2001:db8:1:100::/56"
    assert ask(V4, wan, lan_prefix, "1") == (200, f"good {V4},{wan}")
    lan.has("nas", "2001:db8:1:100:1:2:3:4")
    lan.has("cam", "2001:db8:1:105:1:2:3:4")
    # Before it has a prefix again.
    assert ask("192.0.2.2", "2001:db8:ffff::2", "", "1") == (
        200, "good 192.0.2.2,2001:db8:ffff::2")
    lan.has("home", "2001:db8:ffff::2")
    lan.has("nas", "2001:db8:1:100:1:2:3:4")
    # DS-Lite: no IPv4 of its own.
    assert ask("", "2001:db8:ffff::2", "2001:db8:1:200::/57", "0") == (
        200, "nochg 2001:db8:ffff::2")
    lan.has("nas", "2001:db8:1:200:1:2:3:4")
    lan.has("cam", "2001:db8:1:205:1:2:3:4")
    assert ask("192.0.2.2", "", "", "0") == (200, "nochg 192.0.2.2")
    lan.has("nas", "2001:db8:1:200:1:2:3:4")


def test_the_largest_lan_is_renumbered_by_one_request(service: Service) -> None:
    lan = make_lan(service, {"home": None})
    names = [f"h{i}.lan{lan.number}.{ZONE}" for i in range(64)]
    service.ctl.ok("host", "add", lan.router.user, *names)
    with sqlite3.connect(service.config.store["path"]) as store:
        ids = " ".join(f"{name}=::{i + 1:x}" for i, name in enumerate(names))
        store.execute(
            "UPDATE accounts SET interface_ids = ? WHERE user = ?", (ids, lan.router.user)
        )
    store.close()
    port = service.daemon.dns_port
    eventually("the hosts are known", lambda: lan.update(
        f"hostname=@home,{names[0]}&myip={V4}").text.count("nohost") == 0)
    assert lan.update(f"hostname=@home&myip={V4}&ip6lanprefix={P}::/64").text == f"nochg {V4}"
    for i in (0, 20, 40, 63):
        eventually("it is there", lambda i=i: dig(port, names[i], "AAAA") == [f"{P}::{i + 1:x}"])
    eventually("it is logged", lambda: "64" in [
        line.fields.get("renumbered") for line in service.daemon.entries("update")])
    eventually("all is confirmed", lambda: all(
        state["published"] for state in service.ctl.json("user", "show", lan.router.user)["state"]
    ))


def test_routers_that_ask_at_once_leave_one_prefix(service: Service) -> None:
    lan = make_lan(service, HOME)
    prefixes = [f"2001:db8:{n}:7" for n in range(1, 17)]
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda p: lan.update(f"hostname=@home&myip={p}::1"), prefixes))
    assert {reply.status for reply in replies} == {200}
    home = lan.state("home")["ipv6"]
    p = home.removesuffix("::1")
    assert p in prefixes
    lan.has("nas", f"{p}:1:2:3:4")
    lan.has("cam", f"{p}:253:ff:fe12:3456")


def test_removal_takes_the_record_of_a_host_on_the_lan(service: Service) -> None:
    lan = make_lan(service, HOME)
    assert lan.update(f"hostname=@home&myip={P}::1").status == 200
    lan.has("nas", NAS)
    service.ctl.ok("host", "remove", lan.router.user, lan.name("nas"))
    lan.has("nas", None)
    assert lan.update("hostname=@home&myip=2001:db8:9:9::1").status == 200
    lan.has("cam", "2001:db8:9:9:253:ff:fe12:3456")
    lan.has("nas", None)
    service.ctl.ok("user", "remove", lan.router.user)
    lan.has("cam", None)


def test_a_killed_daemon_publishes_the_lan_at_its_next_start(
    make_service: Callable[..., Service],
) -> None:
    service = make_service()
    service.start()
    lan = make_lan(service, HOME)
    assert lan.update(f"hostname=@home&myip={P}::1").text == f"good {P}::1"
    service.daemon.kill()
    with sqlite3.connect(service.config.store["path"]) as store:
        store.execute("UPDATE hosts SET pub = 0 WHERE name = ?", (lan.name("nas"),))
    store.close()
    service.start()
    lan.has("nas", NAS)
    eventually("it is confirmed", lambda: lan.state("nas")["published"])


# DynamoDB and Route 53.


def aws_lan(amazon: Amazon, make_service: Callable[..., Service]) -> Lan:
    # No write behind the answers: the calls of an update are counted.
    service = amazon.service(make_service, top={"history": "none"})
    service.start()
    return make_lan(service, HOME)


def test_one_write_and_one_batch_of_route53(
    amazon: Amazon, make_service: Callable[..., Service]
) -> None:
    lan = aws_lan(amazon, make_service)
    for n in range(1, 3):
        p = f"2001:db8:{n}:7"
        sent = len(amazon.gate.calls())
        assert lan.update(f"hostname=@home&myip={p}::1").text == f"good {p}::1"
        records = amazon.records()
        assert records[lan.name("nas"), "AAAA"] == [f"{p}:1:2:3:4"]
        assert records[lan.name("cam"), "AAAA"] == [f"{p}:253:ff:fe12:3456"]
        now = [call.action for call in amazon.gate.calls()[sent:]]
        assert now.count("route53:ChangeResourceRecordSets") == 1
        if n > 1:
            assert now.index("dynamodb:UpdateItem") < now.index("route53:ChangeResourceRecordSets")
    eventually("all is confirmed", lambda: all(lan.state(host)["published"] for host in HOME))
    before = len(amazon.gate.calls())
    assert lan.update(f"hostname=@home&myip={p}::1").text == f"nochg {p}::1"
    assert [call.action for call in amazon.gate.calls()[before:]] == ["dynamodb:GetItem"]


def test_route53_refuses_a_host_on_the_lan_and_nobody_hears_of_it(
    amazon: Amazon, make_service: Callable[..., Service]
) -> None:
    lan = aws_lan(amazon, make_service)
    amazon.gate.refuse_names.add(lan.name("nas") + ".")
    assert lan.update(f"hostname=@home&myip={P}::1").text == f"good {P}::1"
    eventually("the other one is there", lambda: (
        amazon.records().get((lan.name("cam"), "AAAA")) == [CAM]))
    assert (lan.name("nas"), "AAAA") not in amazon.records()


def test_the_table_keeps_the_ids_where_others_write_it(
    amazon: Amazon, make_service: Callable[..., Service]
) -> None:
    lan = aws_lan(amazon, make_service)
    item = amazon.database.item(lan.router.user)
    assert item["interface_ids"] == {"M": {
        lan.name("nas"): {"S": "::1:2:3:4"}, lan.name("cam"): {"S": "::253:ff:fe12:3456"}}}
    lan.service.ctl.ok("user", "set", lan.router.user, "--ttl", "120")
    lan.service.ctl.ok("user", "rename", lan.router.user, "renamed")
    assert amazon.database.item("renamed")["interface_ids"] == item["interface_ids"]
    shown = lan.service.ctl.json("user", "show", "renamed")["state"]
    assert [state.get("interface-id") for state in shown] == list(HOME.values())


def test_verify_and_removal_know_the_records_of_the_lan(
    amazon: Amazon, make_service: Callable[..., Service]
) -> None:
    lan = aws_lan(amazon, make_service)
    assert lan.update(f"hostname=@home&myip={P}::1").status == 200
    eventually("all is confirmed", lambda: all(lan.state(host)["published"] for host in HOME))
    assert json.loads(lan.service.ctl.ok("verify", "--json")) == []
    lan.service.ctl.ok("host", "remove", lan.router.user, lan.name("nas"))
    assert (lan.name("nas"), "AAAA") not in amazon.records()
    lan.service.ctl.ok("user", "remove", lan.router.user)
    assert amazon.records() == {}
