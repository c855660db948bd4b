# SPDX-License-Identifier: BSD-2-Clause
"""Each event is told by its real cause, once, and again when it comes to that again. What takes
hours takes none here: the daemon's clocks are moved (tests/faults/clock.py)."""

from __future__ import annotations

import re
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from faults.clock import Clock
from system.certificates import ECDSA, make_pair
from system.cloud import CHANGE, Cloud, simple
from system.conftest import Service
from system.harness import HOST, ZONE, eventually, metrics
from system.notified import told
from system.receiver import Event, Receiver

CAM = f"cam.{ZONE}"
MINUTE, HOUR, DAY = 60, 3600, 24 * 3600
LOOK = MINUTE + 1  # the daemon looks every minute
TIMEOUT = 5 * MINUTE  # of an attempt: whatever is moved beside it is less
FIRST, SECOND = "203.0.113.1", "203.0.113.2"

MakeService = Callable[..., Service]


@pytest.fixture(name="clock")
def fixture_clock(tmp_path: Path) -> Clock:
    return Clock(tmp_path)


@pytest.fixture(name="service")
def fixture_service(make_service: MakeService, receiver: Receiver, clock: Clock) -> Service:
    return told(make_service(env=clock.env), receiver, timeout=TIMEOUT)


def is_delivered(service: Service) -> bool:
    """Nothing is being sent: if time were moved, that would be late, and be sent again."""
    return metrics(service.daemon)["mooring_notices_waiting"] == 0


def wait_events(service: Service, receiver: Receiver, kind: str, n: int) -> list[Event]:
    """All that there are of it, and those are n."""
    eventually(f"{n} of {kind}", lambda: len(receiver.of_kind(kind)) >= n)
    eventually("they are delivered", lambda: is_delivered(service))
    events = receiver.of_kind(kind)
    assert len(events) == n, events
    return events


def test_a_silent_host_is_told_once_for_each_silence(
    service: Service, receiver: Receiver, clock: Clock
) -> None:
    service.config.notifies["hook"] |= {"events": ["host-silent"], "silent-days": 1}
    # An answer "nochg" publishes nothing, so that nothing is published after the time was moved.
    service.config.zones[ZONE]["republish-interval"] = 365 * DAY
    passwords = {host: service.ctl.add(host.partition(".")[0], host) for host in (HOST, CAM)}
    service.start()

    def ask(host: str) -> str:
        return service.router(host.partition(".")[0], passwords[host]).update(f"myip={FIRST}").text

    def silence(n: int) -> Event:
        """That n is told: behind a look that was under way when the time was moved the next one is
        an hour later. The test has some ten of these hours."""

        def is_told() -> bool:
            if is_delivered(service):
                clock.let_pass(MINUTE)
            return len(receiver.of_kind("host-silent")) >= n

        eventually(f"silence {n} is told", is_told)
        return wait_events(service, receiver, "host-silent", n)[n - 1]

    assert ask(HOST) == f"good {FIRST}"
    eventually("it is confirmed", lambda: ask(HOST) == f"nochg {FIRST}")
    clock.let_pass(DAY // 2)
    assert ask(CAM) == f"good {FIRST}"
    clock.let_pass(DAY // 2)
    event = silence(1)
    assert (event["host"], event["user"]) == (HOST, HOST.partition(".")[0])
    assert event["text"] == f"no update of {HOST} for 1 day; the last one came from 127.0.0.1"
    clock.let_pass(DAY // 2)
    assert silence(2)["host"] == CAM
    # It speaks, and falls silent again.
    assert ask(HOST) == f"nochg {FIRST}"
    clock.let_pass(DAY)
    again = silence(3)
    assert again["host"] == HOST and again["id"] != event["id"]


def of_cloud(cloud: Cloud, receiver: Receiver, clock: Clock, event: str) -> Service:
    service = told(cloud.service, receiver, events=[event], timeout=TIMEOUT)
    service.env |= clock.env
    cloud.gate.clock = clock.now
    return service


def test_a_name_that_route_53_refuses_is_told_once_an_hour(
    make_cloud: Callable[..., Cloud], receiver: Receiver, clock: Clock
) -> None:
    """Beside a CNAME there is no address."""
    cloud = make_cloud()
    service = of_cloud(cloud, receiver, clock, "name-refused")
    secret = service.ctl.add("router1", HOST)
    cloud.behind(simple("CREATE", HOST, "CNAME", "www.example.net."))
    service.start()
    router = service.router("router1", secret)

    def ask(address: str) -> None:
        assert router.update(f"myip={address}").text.startswith("dnserr")

    ask(FIRST)
    (event,) = wait_events(service, receiver, "name-refused", 1)
    assert (event["host"], event["user"], event["new"]) == (HOST, "router1", FIRST)
    assert event["text"] == f"the DNS refuses {HOST} with the address {FIRST}"
    ask(FIRST)
    ask(SECOND)
    assert wait_events(service, receiver, "name-refused", 2)[1]["new"] == SECOND
    clock.let_pass(HOUR)
    ask(SECOND)
    again = wait_events(service, receiver, "name-refused", 3)[2]
    assert again["new"] == SECOND and again["id"] != event["id"]


# What is looked for by the minute. Of that reload-failed is looked for last: once it is told, the
# others would have been.


def own_certificate(service: Service) -> None:
    """One that the test may spoil."""
    for key, path in (
        ("certificate", service.config.tls.certificate),
        ("private-key", service.config.tls.key),
    ):
        service.config.top[key] = shutil.copy2(path, service.config.directory)


def spoil_certificate(service: Service) -> None:
    Path(str(service.config.top["certificate"])).write_text("nonsense\n")
    service.daemon.wait_log("the certificate in use stays")


def spoil_configuration(service: Service) -> None:
    before = len(service.daemon.log_lines("a restart would fail"))
    service.config.path.write_text("nonsense\n")
    service.daemon.send_signal(signal.SIGHUP)
    service.daemon.wait_log("a restart would fail", before + 1)


def mend(service: Service) -> None:
    service.config.write()
    service.daemon.send_signal(signal.SIGHUP)
    eventually(
        "nothing is spoilt",
        lambda: all(
            value == 0
            for name, value in metrics(service.daemon).items()
            if name.startswith("mooring_reload_failed")
        ),
    )


def failed_reloads(service: Service, receiver: Receiver, n: int) -> list[str]:
    """What could not be read."""
    return [
        str(event["text"]).removesuffix(
            " cannot be read again, and the one in use stays: the log says why"
        )
        for event in wait_events(service, receiver, "reload-failed", n)
    ]


def test_a_publication_that_waits_is_told_each_time_that_it_comes_to_that(
    make_cloud: Callable[..., Cloud], receiver: Receiver, clock: Clock
) -> None:
    cloud = make_cloud(top={"update-deadline": 1})
    service = of_cloud(cloud, receiver, clock, "publication-late")
    service.config.notifies["hook"]["events"] = ["publication-late", "reload-failed"]
    own_certificate(service)
    secret = service.ctl.add("router1", HOST)
    service.start()

    def wait_for_route_53(address: str) -> None:
        cloud.gate.script.fail(f"route53:{CHANGE}", "ServiceUnavailable", times=None)
        assert service.router("router1", secret).update(f"myip={address}").text == "911"
        clock.let_pass(6 * MINUTE)

    def get_it_published() -> None:
        cloud.gate.script.clear()
        clock.let_pass(MINUTE)  # it is tried again
        eventually(
            "none waits", lambda: metrics(service.daemon)["mooring_changes_queued"] == 0
        )

    wait_for_route_53(FIRST)
    (event,) = wait_events(service, receiver, "publication-late", 1)
    assert event["text"] == "1 change waits for DNS, the oldest for 6 minutes"
    assert (event["host"], event["user"]) == ("", "")
    get_it_published()
    spoil_configuration(service)
    clock.let_pass(LOOK)
    assert failed_reloads(service, receiver, 1) == ["the configuration"]
    wait_for_route_53(SECOND)
    spoil_certificate(service)
    clock.let_pass(LOOK)
    # It is late, and it was told within the hour.
    assert failed_reloads(service, receiver, 2)[1] == "a certificate"
    wait_events(service, receiver, "publication-late", 1)
    clock.let_pass(HOUR)
    again = wait_events(service, receiver, "publication-late", 2)[1]
    assert again["id"] != event["id"]
    get_it_published()


def test_a_certificate_that_ends_is_told_and_its_end(
    service: Service, receiver: Receiver, clock: Clock
) -> None:
    service.config.notifies["hook"]["events"] = ["certificate-ending", "reload-failed"]
    certificate, key = make_pair(service.config.directory, "own", ECDSA, 30).split(":")
    service.config.top |= {"certificate": certificate, "private-key": key}
    service.start()

    def told_of(n: int) -> Event:
        return wait_events(service, receiver, "certificate-ending", n)[n - 1]

    clock.let_pass(21 * DAY)
    ending = told_of(1)
    third = "less than a third of the certificate's time is left"
    assert re.fullmatch(f"{third}, it ends in [89] days: {certificate}", str(ending["text"]))
    spoil_configuration(service)
    clock.let_pass(LOOK)
    assert failed_reloads(service, receiver, 1) == ["the configuration"]
    told_of(1)
    # It is renewed, and the next one is not.
    new = make_pair(service.config.directory, "new", ECDSA, 60).split(":")
    for path, its in zip(new, (certificate, key), strict=True):
        Path(path).rename(its)
    service.daemon.wait_log("the certificate was read again", 2)  # SIGHUP read the old one again
    clock.let_pass(20 * DAY)
    again = told_of(2)
    assert re.fullmatch(f"{third}, it ends in 1[89] days: {certificate}", str(again["text"]))
    clock.let_pass(19 * DAY)
    over = told_of(3)
    assert over["text"] == f"the certificate has expired: {certificate}"
    assert len({str(event["id"]) for event in (ending, again, over)}) == 3
    # Each start tells it once more.
    service.daemon.stop()
    service.start()
    clock.let_pass(LOOK)
    assert told_of(4)["id"] == over["id"]


def test_a_reload_that_failed_is_told_once_an_hour(
    service: Service, receiver: Receiver, clock: Clock
) -> None:
    service.config.notifies["hook"]["events"] = ["reload-failed"]
    own_certificate(service)
    pepper = service.config.directory / "pepper"
    pepper.write_text(f"1 {'0f' * 32}\n")
    pepper.chmod(0o600)
    service.config.top["pepper-file"] = str(pepper)
    service.start()
    spoil_configuration(service)
    clock.let_pass(LOOK)
    assert failed_reloads(service, receiver, 1) == ["the configuration"]
    spoil_certificate(service)
    clock.let_pass(LOOK)
    assert failed_reloads(service, receiver, 2)[1] == "a certificate"
    shutil.copy2(service.config.tls.certificate, str(service.config.top["certificate"]))
    mend(service)
    # While those are well, another one is told of.
    pepper.unlink()
    service.daemon.send_signal(signal.SIGHUP)
    service.daemon.wait_log("the peppers in use stay")
    clock.let_pass(LOOK)
    assert failed_reloads(service, receiver, 3)[2] == "the file of peppers"
    spoil_configuration(service)
    clock.let_pass(HOUR)
    assert failed_reloads(service, receiver, 4)[3] == "the configuration"
    assert len({str(event["id"]) for event in receiver.of_kind("reload-failed")}) == 4
