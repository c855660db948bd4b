# SPDX-License-Identifier: BSD-2-Clause
"""mooringctl verify while daemons go on publishing: no drift that is none, and never an older
address over a newer one at rest."""

from __future__ import annotations

import contextlib
import os
import pty
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aws.strict_route53 import Fault
from system.cloud import CHANGE, LIST, Cloud, act_before, simple
from system.conftest import Amazon, Service
from system.harness import BUILD, HOST, ZONE, Router, environment, eventually

CAM = f"cam.{ZONE}"
OLD, NEW = "203.0.113.5", "203.0.113.6"


@pytest.fixture(name="cloud")
def fixture_cloud(make_cloud: Callable[..., Cloud]) -> Cloud:
    # What a test does while a request waits takes longer than an attempt may.
    return make_cloud(top={"settle-time": 1, "aws-request-timeout": 30, "route53-timeout": 30})


@pytest.fixture(name="router")
def fixture_router(cloud: Cloud) -> Router:
    """One host, published, and its record taken out of the zone by somebody else."""
    secret = cloud.service.ctl.add("router1", HOST, CAM)
    cloud.service.start()
    router = cloud.service.router("router1", secret)
    assert router.update(f"hostname={HOST}&myip={OLD}").text == f"good {OLD}"
    cloud.wait_made_sure()
    cloud.behind(simple("DELETE", HOST, "A", OLD))
    return router


def move(router: Router) -> Callable[[], None]:
    def act() -> None:
        assert router.update(f"hostname={HOST}&myip={NEW}").text == f"good {NEW}"

    return act


def comes_to(cloud: Cloud, *addresses: str) -> None:
    wanted = {(HOST + ".", "A"): (60, list(addresses))} if addresses else {}
    eventually("zone and store agree", lambda: cloud.records == wanted and not cloud.drift(), 20)


def start_repair(cloud: Cloud, stdout: int) -> subprocess.Popen:
    tool = cloud.service.ctl
    return subprocess.Popen(
        [BUILD / "mooringctl", "-c", tool.config, "verify", "--repair"],
        env=environment(**tool.env),
        stdout=stdout,
        stderr=subprocess.STDOUT if stdout == subprocess.PIPE else None,
    )


def state(cloud: Cloud) -> dict:
    (found,) = [
        each
        for each in cloud.service.ctl.json("user", "show", "router1")["state"]
        if each["host"] == HOST
    ]
    return found


def test_update_before_the_listing_is_answered_is_no_drift(cloud: Cloud, router: Router) -> None:
    """The store was read before, the page after."""
    cloud.before(LIST, move(router))
    assert cloud.drift() == []
    assert cloud.records == {(HOST + ".", "A"): (60, [NEW])}


def test_update_after_the_page_was_made_is_no_drift(cloud: Cloud, router: Router) -> None:
    cloud.after(LIST, move(router))
    assert cloud.drift() == []


@pytest.mark.parametrize("when", ["before", "after"])
def test_update_during_the_listing_is_not_repaired(
    cloud: Cloud, router: Router, when: str
) -> None:
    getattr(cloud, when)(LIST, move(router))
    status, output = cloud.verify("--repair")
    assert status == 0 and "repaired" not in output
    assert cloud.records == {(HOST + ".", "A"): (60, [NEW])}
    comes_to(cloud, NEW)


@pytest.mark.parametrize("when", ["before", "after"])
def test_update_that_crosses_the_repair_ends_on_top(
    cloud: Cloud, router: Router, when: str
) -> None:
    """The intent of the repair is noted; its batch is on the way or has just landed."""
    getattr(cloud, when)(CHANGE, move(router))
    status, output = cloud.verify("--repair")
    assert status == 0 and f"repaired {HOST} A: {OLD} ttl 60" in output
    comes_to(cloud, NEW)


@pytest.mark.parametrize("when", ["before", "after"])
def test_update_after_a_killed_repair_ends_on_top(cloud: Cloud, router: Router, when: str) -> None:
    """The repair's batch lands last, and nobody is there any more to see that."""
    process: list[subprocess.Popen] = []

    def cross() -> None:
        process[0].kill()
        process[0].wait()
        move(router)()

    getattr(cloud, when)(CHANGE, cross)
    process.append(start_repair(cloud, subprocess.DEVNULL))
    eventually("it is killed", lambda: process[0].poll() is not None)
    eventually("the update is stored", lambda: state(cloud)["ipv4"] == NEW)
    comes_to(cloud, NEW)


def test_killed_repair_is_finished_by_the_next_update(cloud: Cloud, router: Router) -> None:
    process: list[subprocess.Popen] = []
    cloud.before(CHANGE, lambda: (process[0].kill(), process[0].wait()))
    cloud.strict.faults.add(Fault(action=CHANGE, call=3, code="InternalFailure", status=500))
    process.append(start_repair(cloud, subprocess.DEVNULL))
    eventually("it is killed", lambda: process[0].poll() is not None)
    assert [each["drift"] for each in cloud.drift()] == ["waiting"]
    # An account that is kept in memory is nochg for a moment.
    query = f"hostname={HOST}&myip={OLD}"
    eventually("it is published", lambda: router.update(query).text == f"good {OLD}")
    comes_to(cloud, OLD)


def forget_host(cloud: Cloud) -> Callable[[], None]:
    return lambda: cloud.service.ctl.ok("host", "remove", "router1", HOST) and None


def forget_account(cloud: Cloud) -> Callable[[], None]:
    return lambda: cloud.service.ctl.ok("user", "remove", "router1") and None


@pytest.mark.parametrize("forget", [forget_host, forget_account])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("operation", [LIST, CHANGE])
def test_host_that_is_removed_meanwhile_is_not_brought_back(
    cloud: Cloud, router: Router, forget: Callable, when: str, operation: str
) -> None:
    assert router is not None
    getattr(cloud, when)(operation, forget(cloud))
    cloud.verify("--repair")
    assert cloud.records == {}
    assert cloud.drift() == []


def test_host_that_moves_to_another_account_is_left_to_it(cloud: Cloud, router: Router) -> None:
    assert router is not None

    def act() -> None:
        cloud.service.ctl.ok("host", "remove", "router1", HOST)
        secret = cloud.service.ctl.add("router2", HOST)
        other = cloud.service.router("router2", secret)
        eventually("it is known", lambda: other.update(f"myip={NEW}").text == f"good {NEW}")

    cloud.before(CHANGE, act)
    cloud.verify("--repair")
    eventually(
        "the new owner's address", lambda: cloud.records == {(HOST + ".", "A"): (60, [NEW])}, 20
    )


def kill_while_it_publishes(cloud: Cloud, router: Router) -> None:
    """NEW is on its way, and nobody waits for it any more."""
    hold = cloud.gate.script.hold_before(f"route53:{CHANGE}")
    threading.Thread(target=ask_in_vain, args=(router,), daemon=True).start()
    hold.wait_arrived()
    cloud.service.daemons.pop().kill()
    hold.drop()


def ask_in_vain(router: Router) -> None:
    with contextlib.suppress(OSError, AssertionError):
        router.update(f"hostname={HOST}&myip={NEW}")


def database(cloud: Cloud) -> Path:
    return cloud.service.config.directory / "mooring.db"


def put_back(cloud: Cloud, copy: Path) -> None:
    """A restored volume, or a table restored from its backup: no daemon hears of it."""
    path = database(cloud)
    for rest in path.parent.glob("mooring.db-*"):
        rest.unlink()
    shutil.copy(copy, path)


def test_what_was_on_its_way_before_a_restore_does_not_stay(
    make_cloud: Callable[..., Cloud], tmp_path: Path
) -> None:
    cloud = make_cloud(top={"settle-time": 1, "aws-request-timeout": 30, "route53-timeout": 30})
    secret = cloud.service.ctl.add("router1", HOST)
    cloud.service.start()
    router = cloud.service.router("router1", secret)
    assert router.update(f"hostname={HOST}&myip={OLD}").text == f"good {OLD}"
    cloud.wait_made_sure()
    cloud.service.config.top["settle-time"] = 4  # of the repair: time for what is late
    copy = tmp_path / "copy.db"
    cloud.service.ctl.ok("backup", str(copy))
    kill_while_it_publishes(cloud, router)
    put_back(cloud, copy)
    cloud.behind(simple("DELETE", HOST, "A", OLD))
    process = start_repair(cloud, subprocess.PIPE)
    eventually("it is repaired", lambda: cloud.records.get((HOST + ".", "A")) == (60, [OLD]))
    assert not state(cloud)["published"]
    cloud.behind(simple("UPSERT", HOST, "A", NEW))  # where Route 53 got it at last
    output = process.communicate(timeout=60)[0].decode()
    assert process.returncode == 0 and output.count("repaired ") == 1, output
    assert cloud.records == {(HOST + ".", "A"): (60, [OLD])}
    assert state(cloud)["published"] and cloud.drift() == []


def test_repair_killed_while_it_waits_leaves_the_host_owed(
    make_cloud: Callable[..., Cloud],
) -> None:
    cloud = make_cloud(top={"settle-time": 60})
    secret = cloud.service.ctl.add("router1", HOST)
    cloud.service.start()
    router = cloud.service.router("router1", secret)
    assert router.update(f"hostname={HOST}&myip={OLD}").text == f"good {OLD}"
    cloud.behind(simple("DELETE", HOST, "A", OLD))
    process = start_repair(cloud, subprocess.DEVNULL)
    eventually("it is repaired", lambda: cloud.records != {})
    process.kill()
    process.wait()
    assert [each["drift"] for each in cloud.drift()] == ["waiting"]


def test_zones_wait_together(make_cloud: Callable[..., Cloud]) -> None:
    cloud = make_cloud(top={"settle-time": 2}, others=("other.example",))
    hosts = (HOST, "home.other.example")
    secret = cloud.service.ctl.add("router1", *hosts)
    cloud.service.start()
    router = cloud.service.router("router1", secret)
    assert router.update(f"hostname={','.join(hosts)}&myip={OLD}").text.count("good") == 2
    cloud.wait_made_sure()
    zones = cloud.service.config.zones
    zone_ids = [zones[name]["hosted-zone-id"] for name in (ZONE, "other.example")]
    for host, zone_id in zip(hosts, zone_ids, strict=True):
        cloud.behind(simple("DELETE", host, "A", OLD), zone_id=zone_id)
    cloud.strict.forget()
    status, output, shown = on_terminal(cloud, "--repair")
    assert status == 0 and output.count("repaired ") == 2
    assert f"{ZONE}: 0 of 2 seconds waited for what may still arrive" in shown
    assert [call.zone_id for call in cloud.strict.calls(CHANGE)] == zone_ids * 2
    assert cloud.drift() == []


def test_without_updateitem_the_newer_address_ends_on_top_too(
    amazon: Amazon, make_service: Callable[..., Service]
) -> None:
    """There is no intent to compare then: what came meanwhile is seen behind the batch."""
    # No history: UpdateItem fails below, and that of the repair is meant.
    top = {"aws-request-timeout": 30, "route53-timeout": 30, "settle-time": 1, "history": "none"}
    service = amazon.service(make_service, top=top)
    secret = service.ctl.add("router1", HOST)
    service.start()
    router = service.router("router1", secret)
    assert router.update(f"myip={OLD}").text == f"good {OLD}"
    amazon.wait_made_sure("router1")
    amazon.ministack.route53().change_resource_record_sets(
        HostedZoneId=amazon.zone_id,
        ChangeBatch={
            "Changes": [
                {
                    "Action": "DELETE",
                    "ResourceRecordSet": {
                        "Name": HOST,
                        "Type": "A",
                        "TTL": 60,
                        "ResourceRecords": [{"Value": OLD}],
                    },
                }
            ]
        },
    )
    amazon.gate.script.fail("dynamodb:UpdateItem", "AccessDeniedException", "not you")
    act_before(amazon.gate, CHANGE, move(router))
    done = service.ctl.run("verify", "--repair")
    assert done.returncode == 0 and "allow dynamodb:UpdateItem" in done.stderr
    assert [line for line in done.stdout.splitlines() if line.startswith("repaired")] == [
        f"repaired {HOST} A: {OLD} ttl 60",
        f"repaired {HOST} A: {NEW} ttl 60",
    ]
    assert amazon.records() == {(HOST, "A"): [NEW]}
    assert service.ctl.json("verify") == []


def test_host_of_a_disabled_account_is_compared_and_repaired(cloud: Cloud, router: Router) -> None:
    assert router is not None
    cloud.service.ctl.ok("user", "disable", "router1")
    (found,) = cloud.drift()
    assert (found["drift"], found["host"]) == ("missing", HOST)
    assert cloud.verify("--repair")[0] == 0
    comes_to(cloud, OLD)


def test_several_repairs_at_once(cloud: Cloud, router: Router) -> None:
    tool = cloud.service.ctl
    many = [f"h{n}.{ZONE}" for n in range(30)]
    secret = tool.add("router2", *many)
    other = cloud.service.router("router2", secret)
    for at in range(0, 30, 15):
        assert other.update(f"hostname={','.join(many[at : at + 15])}&myip={OLD}").status == 200
    cloud.wait_made_sure()
    cloud.behind(*(simple("DELETE", name, "A", OLD) for name in many))
    running = [start_repair(cloud, subprocess.PIPE) for _ in range(3)]
    outputs = [each.communicate(timeout=60)[0].decode() for each in running]
    assert [each.returncode for each in running] == [0, 0, 0], outputs
    assert all(cloud.records[name + ".", "A"] == (60, [OLD]) for name in (HOST, *many))
    assert cloud.drift() == []
    assert router.update(f"hostname={HOST}&myip={OLD}").text == f"nochg {OLD}"


def test_what_is_published_meanwhile_is_neither_drift_nor_waiting(
    cloud: Cloud, router: Router
) -> None:
    cloud.gate.script.fail(f"route53:{CHANGE}", "Throttling", "not now", times=3)
    threading.Thread(
        target=router.update, args=(f"hostname={HOST}&myip={NEW}",), daemon=True
    ).start()
    eventually("it is owed", lambda: state(cloud)["ipv4"] == NEW)
    waiting = threading.Event()

    def landed() -> None:
        eventually("it is published", lambda: state(cloud)["published"], 30)
        waiting.set()

    cloud.before(LIST, landed)
    assert cloud.drift() == []
    assert waiting.is_set()


@pytest.fixture(name="load")
def fixture_load(cloud: Cloud) -> Iterator[Callable[[], None]]:
    """Eight hosts that change four times a second, in a zone of 20 slow pages."""
    names = [f"m{n}.{ZONE}" for n in range(8)]
    secret = cloud.service.ctl.add("mover", *names)
    cloud.service.start()
    router = cloud.service.router("mover", secret)
    for first in range(0, 6000, 400):
        cloud.behind(
            *(
                simple("CREATE", f"{'az'[n % 2]}{n:04}.{ZONE}", "A", "192.0.2.1")
                for n in range(first, min(first + 400, 6000))
            )
        )
    stop = threading.Event()
    answers: list[str] = []

    def run() -> None:
        n = 0
        while not stop.is_set():
            address = f"203.0.113.{n % 250 + 1}"
            answers.append(router.update(f"hostname={names[n % 8]}&myip={address}").text)
            n += 1
            stop.wait(0.25)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    eventually("every host is published", lambda: len(answers) > 8, 20)
    cloud.strict.faults.add(Fault(action=LIST, times=None, delay_s=0.3))

    def finish() -> None:
        stop.set()
        thread.join(20)
        assert all(text.startswith("good ") for text in answers), answers

    yield finish
    stop.set()
    thread.join(20)


def assert_rate(calls: list[float], most: int) -> None:
    """Never more than so many a second, by when they arrived. One may arrive late, when this
    machine is busy; the next one is sent after its answer, and those after that in turn. Clocks of
    whole milliseconds are left their two."""
    for i, first in enumerate(calls):
        for j, last in enumerate(calls[i + 1 :], i + 1):
            assert last - first > (j - i - 1) / most - 0.002, f"{j - i + 1} calls"


def test_no_false_drift_and_no_older_address_under_load(
    cloud: Cloud, load: Callable[[], None]
) -> None:
    cloud.strict.forget()
    found = cloud.drift()
    assert [each for each in found if each["drift"] != "waiting"] == []
    pages = [call.at for call in cloud.strict.calls(LIST)]
    assert len(pages) >= 21
    assert_rate(pages, 5)  # half of 10

    cloud.behind(*(simple("UPSERT", f"m{n}.{ZONE}", "A", "192.0.2.9") for n in range(8)))
    status, _ = cloud.verify("--repair")
    assert status == 0
    load()
    wanted = {
        each["host"] + ".": [each["ipv4"]]
        for each in cloud.service.ctl.json("user", "show", "mover")["state"]
    }

    def is_right() -> bool:
        found = cloud.records
        return all(found[name, "A"][1] == values for name, values in wanted.items())

    eventually("zone and store agree", is_right, 20)
    cloud.strict.faults.clear()
    assert cloud.drift() == []


def test_rate_is_kept_to(cloud: Cloud, router: Router) -> None:
    assert router is not None
    for first in range(0, 1800, 400):
        cloud.behind(
            *(
                simple("CREATE", f"x{n:04}.{ZONE}", "A", "192.0.2.1")
                for n in range(first, min(first + 400, 1800))
            )
        )
    cloud.strict.forget()
    assert len(cloud.drift("--rate", "2")) == 1
    pages = [call.at for call in cloud.strict.calls(LIST)]
    assert len(pages) == 8  # seven pages, and the one record set
    assert_rate(pages, 2)


@pytest.mark.parametrize("value", ["0", "-1", "x", "1.5", "10001", ""])
def test_wrong_rate_is_wrong_usage(cloud: Cloud, value: str) -> None:
    done = cloud.service.ctl.run("verify", "--rate", value)
    assert done.returncode == 2 and "--rate" in done.stderr and done.stdout == ""


def on_terminal(cloud: Cloud, *options: str) -> tuple[int, str, str]:
    """Exit status, standard output, and what a terminal as standard error got."""
    tool = cloud.service.ctl
    master, slave = pty.openpty()
    with subprocess.Popen(
        [BUILD / "mooringctl", "-c", tool.config, "verify", *options],
        env=environment(**tool.env),
        stdout=subprocess.PIPE,
        stderr=slave,
    ) as process:
        os.close(slave)
        shown = b""
        while True:
            try:
                chunk = os.read(master, 4096)
            except OSError:  # EIO: the other end is closed
                break
            if not chunk:
                break
            shown += chunk
        output = process.stdout.read().decode()
    os.close(master)
    return process.returncode, output, shown.decode()


def test_progress_is_one_line_on_a_terminal_and_none_elsewhere(
    make_cloud: Callable[..., Cloud],
) -> None:
    cloud = make_cloud(CHANGE, LIST, "GetHostedZone")
    cloud.service.ctl.add("router1", HOST)
    cloud.behind(
        *(simple("CREATE", f"x{n:03}.{ZONE}", "A", "192.0.2.1", ttl=300) for n in range(400))
    )
    status, output, shown = on_terminal(cloud, "--rate", "50")
    assert (status, "\r" in output) == (0, False)
    assert "\n" not in shown and shown.endswith("\r\033[K")
    assert f"{ZONE}: 300 of 402 record sets listed, at most 50 requests/s, about " in shown
    assert " s left" in shown
    assert cloud.verify()[0] == 0  # which asserts that nothing is on standard error
    assert on_terminal(cloud, "--json", "--rate", "50")[2] == ""


def test_progress_does_without_the_permission_to_count(cloud: Cloud) -> None:
    cloud.service.ctl.add("router1", HOST)
    status, _, shown = on_terminal(cloud)
    assert status == 0 and f"{ZONE}: 2 record sets listed, at most 5 requests/s" in shown


@pytest.mark.parametrize("signo", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted_repair_leaves_nothing_half_done(
    cloud: Cloud, router: Router, signo: signal.Signals
) -> None:
    assert router is not None
    tool = cloud.service.ctl
    many = [f"h{n:02}.{ZONE}" for n in range(80)]
    secret = tool.add("router2", *many)
    other = cloud.service.router("router2", secret)
    for at in range(0, 80, 20):
        assert other.update(f"hostname={','.join(many[at : at + 20])}&myip={OLD}").status == 200
    cloud.wait_made_sure()
    cloud.behind(*(simple("DELETE", name, "A", OLD) for name in many))
    process: list[subprocess.Popen] = []
    cloud.before(CHANGE, lambda: process[0].send_signal(signo))
    process.append(
        subprocess.Popen(
            [BUILD / "mooringctl", "-c", tool.config, "verify", "--repair"],
            env=environment(**tool.env),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    )
    output, told = (each.decode() for each in process[0].communicate(timeout=60))
    assert process[0].returncode == 1 and "interrupted" in told and told.count("\n") == 1
    assert output.count("repaired ") == 50 and len(cloud.records) == 50
    left = cloud.drift()
    assert len(left) == 31 and {each["drift"] for each in left} == {"missing"}


def test_repair_that_is_denied_changes_nothing(cloud: Cloud, router: Router) -> None:
    assert router is not None
    cloud.gate.script.fail(f"route53:{CHANGE}", "AccessDenied", "not you", times=None)
    done = cloud.service.ctl.run("verify", "--repair")
    assert done.returncode == 1 and "repaired" not in done.stdout
    assert done.stderr.count("\n") == 1 and "AccessDenied" in done.stderr
    assert [each["drift"] for each in cloud.drift()] == ["missing"]
    cloud.gate.script.clear()
    assert cloud.verify("--repair")[0] == 0
    comes_to(cloud, OLD)


@pytest.mark.parametrize(
    ("command", "operation"), [("verify", LIST), ("doctor", LIST), ("doctor", CHANGE)]
)
def test_interrupted_look_changes_nothing(
    cloud: Cloud, router: Router, command: str, operation: str
) -> None:
    """verify without --repair and doctor write nothing that could be left half done."""
    assert router is not None
    tool = cloud.service.ctl
    before = tool.ok("user", "show", "router1", "--json"), cloud.records
    process: list[subprocess.Popen] = []
    cloud.before(operation, lambda: process[0].send_signal(signal.SIGINT))
    process.append(
        subprocess.Popen(
            [BUILD / "mooringctl", "-c", tool.config, command],
            env=environment(**tool.env),
            stdout=subprocess.DEVNULL,
        )
    )
    assert process[0].wait(timeout=60) == -signal.SIGINT
    assert (tool.ok("user", "show", "router1", "--json"), cloud.records) == before
