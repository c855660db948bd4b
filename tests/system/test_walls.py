# SPDX-License-Identifier: BSD-2-Clause
"""The walls of Landlock around a running daemon: what it needs is within, and all else is not."""

from __future__ import annotations

import ctypes
import shutil
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from system.conftest import Service
from system.harness import HOST, dig, exchange, get, parse_response

CREATE_RULESET = 444  # landlock_create_ruleset(2), the same number on every machine
VERSION = 1
STAYS = "the certificate in use stays"
OUTSIDE = "a file leads to where the daemon may not read since its start"


def landlock_version() -> int:
    return int(ctypes.CDLL(None).syscall(CREATE_RULESET, None, 0, VERSION))


@pytest.fixture(name="archive")
def fixture_archive(tmp_path: Path) -> Path:
    """As certbot has it: the files that are named are links, and a renewal turns them."""
    archive = tmp_path / "archive"
    archive.mkdir()
    return archive


def name_through_links(service: Service, archive: Path, live: Path) -> None:
    """The daemon's pair, as the first one of an archive, behind links in live."""
    live.mkdir()
    for key in ("certificate", "private-key"):
        name = Path(str(service.config.top[key])).name
        shutil.copy2(str(service.config.top[key]), archive / f"1-{name}")
        (live / name).symlink_to(archive / f"1-{name}")
        service.config.top[key] = str(live / name)


def turn(service: Service, folder: Path, number: int) -> None:
    """Writes the next files into folder, and turns the links to them."""
    for key in ("certificate", "private-key"):
        link = Path(str(service.config.top[key]))
        target = folder / f"{number}-{link.name}"
        shutil.copy2(link, target)
        new = link.with_name("new")
        new.symlink_to(target)
        new.replace(link)


@pytest.fixture(name="walled")
def fixture_walled(make_service: Callable[..., Service], archive: Path, tmp_path: Path) -> Service:
    service = make_service(top={"landlock": True, "log-level": "debug"})
    tls = service.config.tls
    service.config.top |= {"certificate": str(tls.certificate), "private-key": str(tls.key)}
    name_through_links(service, archive, tmp_path / "live")
    service.start()
    return service


def test_a_daemon_behind_its_walls_serves(walled: Service) -> None:
    if landlock_version() > 0:
        walled.daemon.wait_log("behind the walls of Landlock")
    secret = walled.ctl.add("router1", HOST)
    router = walled.router("router1", secret)
    assert router.update("myip=203.0.113.5").text == "good 203.0.113.5"
    assert router.update("myip=203.0.113.5").text == "nochg 203.0.113.5"
    assert dig(walled.daemon.dns_port, HOST, "A") == ["203.0.113.5"]
    assert dig(walled.daemon.dns_port, HOST, "A", "+tcp") == ["203.0.113.5"]
    walled.daemon.stop()
    walled.start()
    assert walled.router("router1", secret).update("myip=203.0.113.5").text == "nochg 203.0.113.5"


def test_no_thread_is_without_walls(walled: Service) -> None:
    """Landlock wants that privileges cannot be gained; threads inherit both from the first."""
    if landlock_version() <= 0:
        walled.daemon.wait_log("this kernel has no Landlock")
        return
    walled.daemon.stop()
    walled.start(filtered=False)  # who puts filters on may have to give up privileges for that
    tasks = list(Path(f"/proc/{walled.daemon.process.pid}/task").iterdir())
    assert len(tasks) > 2
    for task in tasks:
        assert "\nNoNewPrivs:\t1\n" in (task / "status").read_text()


def test_a_renewal_into_the_archive_is_read(walled: Service, archive: Path) -> None:
    turn(walled, archive, 2)
    walled.daemon.send_signal(signal.SIGHUP)
    walled.daemon.wait_log("the certificate was read again")
    assert STAYS not in walled.daemon.log


def test_a_link_that_leads_out_is_told_and_the_old_pair_stays(
    walled: Service, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    turn(walled, outside, 2)
    walled.daemon.send_signal(signal.SIGHUP)
    if landlock_version() <= 0:
        walled.daemon.wait_log("the certificate was read again")
        return
    walled.daemon.wait_log(STAYS)
    line = walled.daemon.wait_log(OUTSIDE)[0]
    assert "restart mooringd" in line and str(outside) in line
    secret = walled.ctl.add("router1", HOST)
    router = walled.router("router1", secret)
    assert router.update("myip=203.0.113.6").text == "good 203.0.113.6"
    walled.daemon.stop()
    walled.start()
    assert walled.router("router1", secret).update("myip=203.0.113.6").text == "nochg 203.0.113.6"


def test_without_the_key_there_are_no_walls(
    make_service: Callable[..., Service],
    archive: Path,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    service = make_service(top={"log-level": "debug"})
    tls = service.config.tls
    service.config.top |= {"certificate": str(tls.certificate), "private-key": str(tls.key)}
    name_through_links(service, archive, tmp_path / "live")
    service.start()
    turn(service, tmp_path_factory.mktemp("outside"), 2)
    service.daemon.send_signal(signal.SIGHUP)
    service.daemon.wait_log("the certificate was read again")
    assert "Landlock" not in service.daemon.log


@pytest.mark.aws
def test_an_endpoint_of_an_own_port_is_reached(make_service: Callable[..., Service]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as table:
        port = table.getsockname()[1]
        service = make_service(
            top={"landlock": True},
            store={
                "type": "dynamodb",
                "table": "accounts",
                "region": "eu-west-1",
                "endpoint": f"http://127.0.0.1:{port}",
            },
            env={"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x"},
        )
        service.launch()
        table.settimeout(60)
        table.accept()[0].close()


def test_answers_to_challenges_are_read_where_they_are_left(
    make_service: Callable[..., Service], tmp_path_factory: pytest.TempPathFactory
) -> None:
    webroot = tmp_path_factory.mktemp("webroot")
    service = make_service(
        top={"landlock": True, "acme-webroot": str(webroot), "listen-plain": ["127.0.0.1:0"]}
    )
    service.start()
    challenges = webroot / ".well-known" / "acme-challenge"
    challenges.mkdir(parents=True)
    (challenges / "token").write_text("token.thumbprint")
    raw = get("/.well-known/acme-challenge/token", "Connection: close")
    answer = parse_response(exchange(service.daemon.plain_port, raw))
    assert (answer.status, answer.text) == (200, "token.thumbprint")
