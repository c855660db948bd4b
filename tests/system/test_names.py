# SPDX-License-Identifier: BSD-2-Clause
"""Names that Route 53 takes and the serverless stack passed on, in every place that has names."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aws.emulators import Dynalite
from system.cloud import Cloud, simple
from system.conftest import Amazon, Service
from system.harness import ZONE, dig

LABELS = ["home_pc", "_dyn", "_", "-a-", "-", "a--b", "ho--me", "xn--a", "xn--", "xn--zzz--", "0"]
ZONES = ["_dyn.example.com", "-dyn-.example.com", "xn--dyn.example.com", "dy--n_.example.com"]


def add(service: Service, *names: str) -> str:
    """Behind `--`: some of them begin with a hyphen."""
    words = ("user", "add", "--secret-stdin", "router1", "--", *names)
    service.ctl.ok(*words, input="made-up-secret\n")
    return "made-up-secret"


def test_router_with_such_a_name_is_served_and_resolved(embedded: Service) -> None:
    names = [f"{label}.{ZONE}" for label in LABELS]
    secret = add(embedded, *names)
    router = embedded.router("router1", secret)
    answer = router.update(f"hostname={','.join(names).upper()}&myip=203.0.113.5")
    assert answer.text == "\n".join(["good 203.0.113.5"] * len(names))
    port = embedded.daemon.ports("dns")[0]
    for name in names:
        assert dig(port, name, "A", "+noidnout", "+noidnin", "-q") == ["203.0.113.5"], name
    shown = embedded.ctl.json("user", "show", "router1")
    assert shown["hosts"] == names


def test_such_names_are_not_taken_for_others(embedded: Service) -> None:
    secret = embedded.ctl.add("router1", f"a_b.{ZONE}")
    router = embedded.router("router1", secret)
    assert router.update(f"hostname=a-b.{ZONE}&myip=203.0.113.5").text == "nohost"
    assert router.update(f"hostname=a_b.{ZONE}&myip=203.0.113.5").text == "good 203.0.113.5"
    port = embedded.daemon.ports("dns")[0]
    assert dig(port, f"a-b.{ZONE}", "A") == []
    for wrong in ("a+b", "a b", "a/b", "a..b", "b\N{LATIN SMALL LETTER U WITH DIAERESIS}_c"):
        done = embedded.ctl.run("user", "add", "router2", f"{wrong}.{ZONE}")
        assert done.returncode == 1 and "is not a host name" in done.stderr


@pytest.mark.parametrize("title", ZONES)
def test_zone_with_such_a_title_is_published_verified_and_repaired(
    make_cloud: Callable[..., Cloud], title: str
) -> None:
    cloud = make_cloud(title=title, top={"settle-time": 1})
    names = [f"{label}.{title}" for label in (*LABELS, "*")]
    secret = add(cloud.service, *names)
    cloud.service.start()
    router = cloud.service.router("router1", secret)
    answer = router.update(f"hostname={','.join(names)}&myip=203.0.113.5")
    assert answer.text == "\n".join(["good 203.0.113.5"] * len(names))
    wanted = cloud.records
    assert {name for name, _ in wanted} == {f"{label}.{title}." for label in (*LABELS, "\\052")}
    cloud.wait_made_sure()
    assert cloud.drift() == []
    cloud.behind(
        simple("DELETE", names[0], "A", "203.0.113.5"),
        simple("UPSERT", names[1], "A", "203.0.113.9"),
    )
    assert {each["host"] for each in cloud.drift()} == set(names[:2])
    cloud.drift("--repair")
    assert cloud.records == wanted
    done = cloud.service.ctl.run("user", "remove", "router1")
    assert (done.returncode, done.stderr, cloud.records) == (0, "", {})


@pytest.mark.parametrize("database", ["ministack", "dynalite"])
def test_row_of_the_original_with_such_a_name_is_served(
    request: pytest.FixtureRequest,
    make_amazon: Callable[..., Amazon],
    make_service: Callable[..., Service],
    database: str,
) -> None:
    table: Dynalite = request.getfixturevalue(database)
    amazon = make_amazon(table)
    for n, label in enumerate(LABELS):
        table.put_item({"user": {"S": f"r{n}"}, "pass": {"S": "p"}, "host": {"S": label}})
    service = amazon.service(make_service)
    service.start()
    for n, label in enumerate(LABELS):
        router = service.router(f"r{n}", "p")
        assert router.update("myip=203.0.113.5").text == "good 203.0.113.5", label
        assert router.update("myip=203.0.113.5").text == "nochg 203.0.113.5", label
    assert amazon.records() == {(f"{label}.{ZONE}", "A"): ["203.0.113.5"] for label in LABELS}
