# SPDX-License-Identifier: BSD-2-Clause
"""The log's line about a client that needs a quirk which its account lacks."""

from __future__ import annotations

import shlex
from collections.abc import Callable

from system.conftest import Service
from system.harness import (
    HOST,
    ZONE,
    Response,
    basic,
    eventually,
    exchange,
    get,
    metrics,
    parse_response,
)

LACKS = "a client needs a quirk that its account lacks"


def ask(service: Service, user: str, secret: str, agent: str, query: str = "") -> Response:
    raw = get(f"/nic/update?{query}", "Authorization: " + basic(user, secret),
              "Connection: close", f"User-Agent: {agent}")  # fmt: skip
    context = service.daemon.config.tls.context()
    return parse_response(exchange(service.daemon.https_port, raw, context))


def told(service: Service) -> list[dict]:
    return [line.fields for line in service.daemon.entries(LACKS)]


def test_the_log_has_the_command_that_mends_it(make_service: Callable[..., Service]) -> None:
    service = make_service(top={"admin-listen": ["127.0.0.1:0"]})
    ctl = service.ctl
    opnsense = ctl.add("o'brien; reboot", HOST)
    pfsense = ctl.add("pfsense", f"a.{ZONE}", f"b.{ZONE}", options=("--quirk", "nochg-as-good"))
    other = ctl.add("other", f"c.{ZONE}")
    service.start()
    address = "myip=81.2.69.1"
    # The wrong password tells nothing.
    assert ask(service, "other", "wrong", "OPNsense-dyndns", address).status == 401
    assert ask(service, "other", other, "inadyn/2.10.0", address).text == "good 81.2.69.1"
    for _ in range(3):
        assert ask(service, "o'brien; reboot", opnsense, "OPNsense-dyndns", address).status == 200
    eventually("the line is written", lambda: len(told(service)) == 1)
    first = told(service)[0]
    assert first["client"] == "OPNsense" and first["user"] == "o'brien; reboot"
    words = shlex.split(first["run"])
    assert words == ["mooringctl", "user", "set", "--quirk", "errors-as-4xx", "o'brien; reboot"]

    def second() -> bool:
        ask(service, "pfsense", pfsense, "phpDynDNS/0.7", f"hostname=a.{ZONE},b.{ZONE}&{address}")
        return len(told(service)) == 2

    eventually("one line a second", second)
    assert told(service)[1]["run"] == "mooringctl user set --quirk one-line pfsense"
    assert metrics(service.daemon)["mooring_quirk_hints_total"] == 2
    # The command works as it is written, and then there is nothing to tell.
    ctl.ok(*words[1:])
    shown = ctl.json("user", "show", "o'brien; reboot")
    assert shown["quirks"] == ["errors-as-4xx"]
    answer = ask(service, "o'brien; reboot", opnsense, "OPNsense-dyndns", "hostname=x.example")
    assert (answer.status, answer.text) == (404, "nohost")


def test_quirks_are_shown_and_taken_away(embedded: Service) -> None:
    ctl = embedded.ctl
    words = ["nochg-as-good", "errors-as-4xx", "one-line", "any-hostname", "may-clear"]
    ctl.add("router1", HOST, options=tuple(w for q in words for w in ("--quirk", q)))
    assert ctl.json("user", "show", "router1")["quirks"] == words
    assert ctl.json("user", "list")[0]["quirks"] == words
    assert f"quirks:   {' '.join(words)}\n" in ctl.ok("user", "show", "router1")
    ctl.ok("user", "set", "router1", "--quirk", "-one-line", "--quirk", "-nochg-as-good")
    assert ctl.json("user", "show", "router1")["quirks"] == [words[1], *words[3:]]
    ctl.ok("host", "add", "router1", f"second.{ZONE}")
    done = ctl.run("user", "set", "router1", "--quirk", "any-hostname")
    assert done.returncode == 0
    assert done.stderr == (
        "mooringctl: warning: any-hostname does nothing while the account has several hosts\n"
    )
