# SPDX-License-Identifier: BSD-2-Clause
"""mooringctl verify on the strict Route 53: what was changed behind mooring's back is found, and
repaired where it is mooring's own."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from system.cloud import ALIAS, CHANGE, LIST, Cloud, change, simple
from system.conftest import Service
from system.harness import HOST, ZONE

CAM = f"cam.{ZONE}"
STAR = f"*.{ZONE}"


def publish(cloud: Cloud) -> None:
    """Two hosts and a wildcard, by a daemon that then ends."""
    secret = cloud.service.ctl.add("router1", HOST, CAM, STAR)
    cloud.service.start()
    router = cloud.service.router("router1", secret)
    for name in (HOST, CAM, STAR):
        answer = router.update(f"hostname={name}&myip=203.0.113.5,2001:db8::5")
        assert answer.text == "good 203.0.113.5,2001:db8::5"
    cloud.service.daemon.stop()


@pytest.fixture(name="cloud")
def fixture_cloud(make_cloud: Callable[..., Cloud]) -> Cloud:
    cloud = make_cloud(top={"settle-time": 1})
    publish(cloud)
    return cloud


def test_what_was_published_is_no_drift(cloud: Cloud) -> None:
    assert cloud.drift() == []
    status, output = cloud.verify()
    assert status == 0
    assert output == (
        f"zone {ZONE}: 6 as wanted, 0 missing, 0 different, 0 foreign, 0 waiting\n"
    )
    assert {call.action for call in cloud.strict.calls()[-2:]} == {LIST}


def test_what_else_the_zone_holds_is_left_out(cloud: Cloud) -> None:
    cloud.service.ctl.ok("host", "add", "router1", f"a.b.{ZONE}")
    cloud.behind(
        simple("CREATE", f"www.{ZONE}", "A", "192.0.2.1", "192.0.2.2"),
        simple("CREATE", HOST, "TXT", '"home"'),
        # One label with a dot in it is another name than a.b's two.
        simple("CREATE", f"a\\056b.{ZONE}", "A", "192.0.2.1", "192.0.2.2"),
    )
    assert cloud.drift() == []


def test_drift_is_listed_and_repaired(cloud: Cloud) -> None:
    wanted = cloud.records
    cloud.behind(
        simple("DELETE", HOST, "A", "203.0.113.5"),
        simple("UPSERT", HOST, "AAAA", "2001:db8::5", ttl=300),
        simple("UPSERT", STAR, "A", "192.0.2.7"),
    )
    status, output = cloud.verify()
    assert status == 1
    assert output.splitlines() == [
        f"different {STAR} A: the zone has 192.0.2.7 ttl 60 instead of 203.0.113.5 ttl 60",
        f"missing {HOST} A: the zone lacks 203.0.113.5 ttl 60",
        f"different {HOST} AAAA: the zone has 2001:db8::5 ttl 300 instead of 2001:db8::5 ttl 60",
        f"zone {ZONE}: 3 as wanted, 1 missing, 2 different, 0 foreign, 0 waiting",
    ]
    found = cloud.drift()
    assert [(each["drift"], each["host"], each["type"]) for each in found] == [
        ("different", STAR, "A"),
        ("missing", HOST, "A"),
        ("different", HOST, "AAAA"),
    ]
    assert found[1] == {
        "drift": "missing",
        "zone": ZONE,
        "host": HOST,
        "type": "A",
        "wanted": "203.0.113.5",
        "wanted-ttl": 60,
        "found": None,
        "found-ttl": None,
    }
    assert cloud.records != wanted, "verify alone changes nothing"

    status, output = cloud.verify("--repair")
    assert status == 0
    assert f"repaired {STAR} A: 203.0.113.5 ttl 60\n" in output
    assert output.count("repaired ") == 3
    assert cloud.records == wanted
    assert cloud.drift() == []


def test_repair_in_json_says_what_it_did(cloud: Cloud) -> None:
    cloud.behind(simple("DELETE", CAM, "A", "203.0.113.5"))
    status, output = cloud.verify("--json", "--repair")
    assert status == 0
    assert [(each["drift"], each["host"]) for each in json.loads(output)] == [
        ("missing", CAM),
        ("repaired", CAM),
    ]
    assert cloud.drift("--repair") == []


def test_other_spelling_of_an_address_is_no_drift(cloud: Cloud) -> None:
    cloud.behind(simple("DELETE", HOST, "AAAA", "2001:db8::5"))
    cloud.behind(simple("CREATE", HOST.upper(), "AAAA", "2001:0DB8:0:0::5"))
    assert cloud.records[HOST + ".", "AAAA"] == (60, ["2001:0DB8:0:0::5"])
    assert cloud.drift() == []


def test_foreign_record_sets_are_listed_and_left_alone(cloud: Cloud) -> None:
    cloud.behind(
        change("UPSERT", HOST, "A", ALIAS),
        simple("UPSERT", CAM, "A", "203.0.113.5", "203.0.113.6"),
        simple("DELETE", STAR, "A", "203.0.113.5"),
    )
    cloud.behind(
        change(
            "CREATE",
            STAR,
            "A",
            "<SetIdentifier>one</SetIdentifier><Weight>1</Weight><TTL>60</TTL><ResourceRecords>"
            "<ResourceRecord><Value>203.0.113.5</Value></ResourceRecord></ResourceRecords>",
        )
    )
    found = cloud.drift()
    assert [(each["drift"], each["host"], each["foreign"]) for each in found] == [
        ("foreign", STAR, "a routing policy"),
        ("foreign", CAM, "several values"),
        ("foreign", HOST, "an alias"),
    ]
    before, batches = cloud.records, len(cloud.strict.calls(CHANGE))
    status, output = cloud.verify("--repair")
    assert status == 1 and "repaired" not in output
    assert cloud.records == before and len(cloud.strict.calls(CHANGE)) == batches


def test_one_refused_record_set_keeps_no_other_from_repair(cloud: Cloud) -> None:
    cloud.behind(
        *(simple("DELETE", name, "A", "203.0.113.5") for name in (HOST, CAM, STAR)),
        simple("DELETE", CAM, "AAAA", "2001:db8::5"),
    )
    cloud.gate.refuse_names.add(CAM + ".")
    done = cloud.service.ctl.run("verify", "--repair")
    assert done.returncode == 1
    assert done.stdout.count("repaired ") == 2
    assert done.stderr.count("\n") == 2 and done.stderr.count("is not permitted") == 2
    assert cloud.records[HOST + ".", "A"] == (60, ["203.0.113.5"])
    assert [(each["host"], each["type"]) for each in cloud.drift()] == [(CAM, "A"), (CAM, "AAAA")]


def test_zone_of_many_pages(cloud: Cloud) -> None:
    """More than two pages, before and behind the hosts in the order of the listing."""
    for letter in "az":
        cloud.behind(
            *(simple("CREATE", f"{letter}{n:03}.{ZONE}", "A", "192.0.2.1") for n in range(400))
        )
    cloud.behind(simple("DELETE", HOST, "AAAA", "2001:db8::5"))
    cloud.strict.forget()
    (found,) = cloud.drift()
    assert (found["drift"], found["host"], found["type"]) == ("missing", HOST, "AAAA")
    # Three pages, and then the one record set that seems to be missing.
    assert len(cloud.strict.calls(LIST)) == 4


def test_host_that_waits_is_told_and_left_to_the_daemon(make_cloud: Callable[..., Cloud]) -> None:
    cloud = make_cloud()
    secret = cloud.service.ctl.add("router1", HOST, CAM)
    cloud.gate.script.fail(f"route53:{CHANGE}", "AccessDenied", "not now", times=None)
    cloud.service.start()
    answer = cloud.service.router("router1", secret).update(f"hostname={HOST}&myip=203.0.113.5")
    assert answer.status == 503
    (found,) = cloud.drift()
    assert (found["drift"], found["host"], found["type"]) == ("waiting", HOST, "A")
    status, output = cloud.verify("--repair")
    assert status == 0 and f"waiting {HOST} A: 203.0.113.5 is still to be published" in output
    assert cloud.records == {}


def test_name_that_is_refused_is_told_from_one_that_waits(make_cloud: Callable[..., Cloud]) -> None:
    """Beside a CNAME Route 53 takes no address: its router is told dnserr until somebody acts."""
    cloud = make_cloud()
    secret = cloud.service.ctl.add("router1", HOST, CAM, STAR)
    cloud.behind(
        simple("CREATE", CAM, "CNAME", "www.example.net.", ttl=60),
        simple("CREATE", STAR, "CNAME", "www.example.net.", ttl=300),
    )
    cloud.service.start()
    router = cloud.service.router("router1", secret)
    assert router.update(f"hostname={CAM}&myip=203.0.113.5").text.startswith("dnserr")
    cloud.gate.script.fail(f"route53:{CHANGE}", "AccessDenied", "not now", times=None)
    assert router.update(f"hostname={HOST}&myip=203.0.113.5").status == 503
    found = cloud.drift()
    assert [(each["drift"], each["host"], each["type"]) for each in found] == [
        ("foreign", STAR, "A"),
        ("foreign", CAM, "A"),
        ("waiting", HOST, "A"),
    ]
    assert {each["foreign"] for each in found[:2]} == {"a CNAME"}
    before, batches = cloud.records, len(cloud.strict.calls(CHANGE))
    status, output = cloud.verify("--repair")
    assert status == 1 and "repaired" not in output
    assert f"foreign {CAM} A: the zone has a CNAME, which mooring never makes\n" in output
    assert cloud.records == before and len(cloud.strict.calls(CHANGE)) == batches


def test_cname_instead_of_what_was_published_is_foreign(cloud: Cloud) -> None:
    cloud.behind(
        simple("DELETE", CAM, "A", "203.0.113.5"),
        simple("DELETE", CAM, "AAAA", "2001:db8::5"),
        simple("CREATE", CAM, "CNAME", "www.example.net."),
    )
    assert [(each["drift"], each["type"], each["foreign"]) for each in cloud.drift()] == [
        ("foreign", "A", "a CNAME"),
        ("foreign", "AAAA", "a CNAME"),
    ]


def test_denied_listing_prints_the_missing_statement(make_cloud: Callable[..., Cloud]) -> None:
    cloud = make_cloud(CHANGE)
    publish(cloud)
    done = cloud.service.ctl.run("verify")
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith("mooringctl: ") and done.stderr.count("\n") == 1
    statement = json.loads(done.stderr[done.stderr.index("{") :])
    assert statement == {
        "Effect": "Allow",
        "Action": "route53:ListResourceRecordSets",
        "Resource": f"arn:aws:route53:::hostedzone/{cloud.zone_id}",
    }


def test_builtin_zone_has_nothing_to_compare(embedded: Service) -> None:
    secret = embedded.ctl.add("router1", HOST)
    embedded.router("router1", secret).update("myip=203.0.113.5")
    assert "nothing to compare" in embedded.ctl.ok("verify")
    assert embedded.ctl.json("verify") == []
