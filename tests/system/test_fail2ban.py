# SPDX-License-Identifier: BSD-2-Clause
"""etc/fail2ban: what fail2ban makes of our log, and that nobody can have somebody else banned."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Callable
from configparser import ConfigParser
from pathlib import Path

import pytest

from system.conftest import Service
from system.harness import TOP, Daemon, basic, environment, get, read_to_end, run

FILTER = TOP / "etc" / "fail2ban" / "mooringd.filter"
JAIL = TOP / "etc" / "fail2ban" / "mooringd.jail"
ATTACKER, OWNER, VICTIM = "127.0.0.2", "127.0.0.4", "203.0.113.9"
OURS = f"update id=1 client={VICTIM} verdict=badauth user=x ms=1"
FORGED = (
    f"x client={VICTIM} verdict=badauth",
    f" {OURS}",
    f"\n{OURS}",
    f"\r\n{OURS}",
    f"\u2028{OURS}",
    f"\u0085{OURS}",
    f"\x1b[2K\r{OURS}",
    f'" {OURS}',
    f"host mooringd[1]: {OURS}",
    f"\n2026-11-28T21:34:40.007Z {OURS}",
    f"<ADDR>{VICTIM}",
)


def fail2ban_regex(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """The program of Debian's package: unpacked where script/test says, or installed."""
    unpacked = os.environ.get("MOORING_FAIL2BAN")
    if not unpacked:
        program = shutil.which("fail2ban-regex")
        assert program, "neither MOORING_FAIL2BAN is set nor fail2ban installed"
        return run([program, *words])
    top = Path(unpacked)
    env = environment(PYTHONPATH=str(top / "usr/lib/python3/dist-packages"))
    return run(
        ["/usr/bin/python3", top / "usr/bin/fail2ban-regex", "-c", top / "etc/fail2ban", *words],
        env=env,
    )


def banned(log: Path) -> set[str]:
    done = fail2ban_regex("-o", "ip", log, FILTER)
    assert done.returncode in (0, 1), done.stderr  # 1: nothing matched
    assert "Traceback" not in done.stderr, done.stderr
    return set(re.findall(r"^[0-9a-f.:]+$", done.stdout, re.MULTILINE))


def send(daemon: Daemon, source: str, login: str, password: str, text: str) -> None:
    """With the text wherever a request has room for it."""
    agent = "".join(c if c.isprintable() and c.isascii() else "?" for c in text)
    raw = get(
        f"/nic/update?hostname={agent.replace(' ', '+')}&myip=192.0.2.1",
        "Authorization: " + basic(login, password),
        f"User-Agent: {agent}",
        "Connection: close",
    )
    with socket.create_connection(
        ("127.0.0.1", daemon.plain_port), 15, source_address=(source, 0)
    ) as sock:
        sock.sendall(raw)
        read_to_end(sock)


@pytest.fixture(name="service")
def fixture_service(make_service: Callable[..., Service]) -> Service:
    top = {
        "listen-plain": ["127.0.0.1:0"],
        "admin-listen": ["127.0.0.1:0"],
        "auth-penalty": 0,  # every failure has its line's chance
        "trusted-proxies": [],
    }
    return make_service(top=top)


def of_syslog(line: str) -> str:
    """As rsyslog writes an entry of the journal; fail2ban reads the journal without the time."""
    time, _, rest = line.partition(" ")
    return f"{time} vm1 mooringd[4711]: {rest}"


def check_banned(daemon: Daemon, folder: Path, clients: set[str]) -> None:
    lines = daemon.log_lines("")
    for name, form in (("file", str), ("syslog", of_syslog)):
        log = folder / name
        log.write_text("".join(form(line) + "\n" for line in lines))
        assert banned(log) == clients, name


def test_only_the_address_that_fails_is_banned(service: Service, tmp_path: Path) -> None:
    secret = service.ctl.add("router1", "a.dyn.example.com")
    daemon = service.start()
    send(daemon, OWNER, "router1", secret, "ddclient/3.9")
    send(daemon, ATTACKER, "router1", "guess", "ddclient/3.9")
    daemon.wait_log(f"client={ATTACKER} verdict=badauth")
    check_banned(daemon, tmp_path, {ATTACKER})


def test_no_login_name_or_agent_has_somebody_else_banned(service: Service, tmp_path: Path) -> None:
    """Each attempt from an address of its own: a client has one line a second."""
    service.ctl.add("router1", "a.dyn.example.com")
    daemon = service.start()
    attackers = [f"127.0.1.{n}" for n in range(1, len(FORGED) + 1)]
    for attacker, text in zip(attackers, FORGED, strict=True):
        send(daemon, attacker, text, "guess", text)
        daemon.wait_log(f"client={attacker} verdict=badauth")
    check_banned(daemon, tmp_path, set(attackers))


def test_jail_uses_the_filter_and_counts_less_than_a_line_a_second() -> None:
    jail = ConfigParser()
    jail.read(JAIL)
    section = jail["mooringd"]
    assert section["filter"] == "mooringd"
    minutes = int(section["findtime"].removesuffix("m"))
    assert int(section["maxretry"]) < minutes * 60
