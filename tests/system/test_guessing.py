# SPDX-License-Identifier: BSD-2-Clause
"""Passwords that are guessed: who is braked, who is not, and what is left in the log."""

from __future__ import annotations

import re
import socket
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count
from pathlib import Path
from time import monotonic

import pytest

from faults.clock import sanitizer_runtime
from system.conftest import Service
from system.harness import (
    Daemon,
    Response,
    Value,
    basic,
    connect,
    eventually,
    get,
    metrics,
    parse_response,
    read_to_end,
    run,
)

LOGIN_FAILURES = 5  # at once, before the brake holds
CLIENT_FAILURES = 20
# Of so long penalties none runs down in a test, however slow the machine is.
BRAKED = {"auth-penalty": 120, "auth-penalty-max": 7200}
TOP = {"listen-plain": ["127.0.0.1:0"], "admin-listen": ["127.0.0.1:0"]}
ATTACKER, NEIGHBOUR, OWNER = "127.0.0.2", "127.0.0.3", "127.0.0.4"
CLEAR, SLOW = "correct horse", "battery staple"


@pytest.fixture(name="make_braked")
def fixture_make_braked(make_service: Callable[..., Service]) -> Callable[..., Service]:
    numbers = count()

    def make(env: dict[str, str] | None = None, **top: Value) -> Service:
        service = make_service(
            top={**TOP, **BRAKED, **top}, env=env, name=f"mooring{next(numbers)}"
        )
        add_accounts(service)
        service.start()
        return service

    return make


SECRETS: dict[str, str] = {}


def add_accounts(service: Service) -> None:
    """One of each kind of secret; clear text is what a hand has written."""
    SECRETS["generated"] = service.ctl.add("generated", "generated.dyn.example.com")
    service.ctl.add("slow", "slow.dyn.example.com", secret=SLOW)
    service.ctl.add("clear", "clear.dyn.example.com", secret="to be replaced")
    write_secret(service, "clear", CLEAR)
    SECRETS.update(slow=SLOW, clear=CLEAR)


def write_secret(service: Service, user: str, secret: str) -> None:
    with closing(sqlite3.connect(service.config.directory / "mooring.db")) as database, database:
        database.execute("UPDATE accounts SET secret = ? WHERE user = ?", (secret, user))


def ask(
    daemon: Daemon, source: str, user: str, password: str, *headers: str, myip: str = "192.0.2.1"
) -> Response:
    raw = get(
        f"/nic/update?myip={myip}",
        "Authorization: " + basic(user, password),
        "Connection: close",
        *headers,
    )
    with socket.create_connection(
        ("127.0.0.1", daemon.plain_port), 15, source_address=(source, 0)
    ) as sock:
        sock.sendall(raw)
        return parse_response(read_to_end(sock))


def word(response: Response) -> str:
    return response.text.split(" ")[0]


def guess(daemon: Daemon, source: str, user: str, n: int, *headers: str) -> list[str]:
    return [word(ask(daemon, source, user, f"guess{i}", *headers)) for i in range(n)]


def check_braked(response: Response) -> None:
    assert (response.status, response.text) == (503, "911")
    assert 1 <= int(response.one("Retry-After") or 0) <= BRAKED["auth-penalty-max"]
    assert response.one("WWW-Authenticate") is None


@pytest.mark.parametrize("user", ["clear", "slow", "nobody"])
def test_guesses_at_one_login_are_braked_for_that_client_alone(
    make_braked: Callable[..., Service], user: str
) -> None:
    daemon = make_braked().daemon
    words = guess(daemon, ATTACKER, user, LOGIN_FAILURES + 10)
    assert words[:LOGIN_FAILURES] == ["badauth"] * LOGIN_FAILURES
    assert words[LOGIN_FAILURES:] == ["911"] * 10
    # Right and wrong are told the same.
    right = ask(daemon, ATTACKER, user, SECRETS.get(user, "x"))
    wrong = ask(daemon, ATTACKER, user, "x")
    check_braked(right)
    check_braked(wrong)
    # The owner is elsewhere, and other logins of the attacker's address are as before.
    if user in SECRETS:
        assert word(ask(daemon, OWNER, user, SECRETS[user])) == "good"
    assert word(ask(daemon, ATTACKER, "generated", SECRETS["generated"])) == "good"
    found = metrics(daemon)
    assert found['mooring_logins_braked_total{by="login"}'] >= 10
    assert found['mooring_limit{name="auth-penalty"}'] == BRAKED["auth-penalty"]


def test_a_router_behind_the_same_address_gets_in(make_braked: Callable[..., Service]) -> None:
    daemon = make_braked().daemon
    for user in ("clear", "slow", "generated"):
        assert word(ask(daemon, ATTACKER, user, SECRETS[user])) == "good"
    for i in range(CLIENT_FAILURES + 5):
        guess(daemon, ATTACKER, f"nobody{i}", 1)
    check_braked(ask(daemon, ATTACKER, "yet another", "x"))
    for user in ("clear", "slow", "generated"):
        guess(daemon, ATTACKER, user, 1)
        check_braked(ask(daemon, ATTACKER, user, "x"))
        assert word(ask(daemon, ATTACKER, user, SECRETS[user])) == "nochg"
    assert metrics(daemon)["mooring_verified_logins_total"] >= 1


def test_a_slow_hash_waits_for_the_end_of_the_brake(make_braked: Callable[..., Service]) -> None:
    daemon = make_braked().daemon
    for i in range(CLIENT_FAILURES + 1):
        guess(daemon, ATTACKER, f"nobody{i}", 1)
    check_braked(ask(daemon, ATTACKER, "slow", SLOW))
    assert word(ask(daemon, ATTACKER, "clear", CLEAR)) == "good"
    assert word(ask(daemon, ATTACKER, "generated", SECRETS["generated"])) == "good"
    assert word(ask(daemon, OWNER, "slow", SLOW)) == "good"
    # By now it was right, elsewhere.
    assert word(ask(daemon, ATTACKER, "slow", SLOW)) == "nochg"


def test_the_client_is_whom_a_trusted_proxy_names(make_braked: Callable[..., Service]) -> None:
    daemon = make_braked(**{"trusted-proxies": ["127.0.0.2"]}).daemon
    attacker, owner = "X-Forwarded-For: 198.51.100.7", "X-Forwarded-For: 198.51.100.8"
    words = guess(daemon, ATTACKER, "clear", LOGIN_FAILURES + 1, attacker)
    assert words[-1] == "911"
    assert word(ask(daemon, ATTACKER, "clear", CLEAR, owner)) == "good"
    check_braked(ask(daemon, ATTACKER, "clear", CLEAR, attacker))


def test_without_the_keys_there_is_no_brake(make_braked: Callable[..., Service]) -> None:
    for off in ("auth-penalty", "auth-penalty-max"):
        daemon = make_braked(**{off: 0}).daemon
        assert guess(daemon, ATTACKER, "clear", CLIENT_FAILURES + 5) == ["badauth"] * 25
        daemon.stop()


def test_failures_are_one_line_a_second_and_a_count(make_braked: Callable[..., Service]) -> None:
    service = make_braked(**{"auth-penalty": 0})
    daemon = service.daemon
    began = monotonic()
    n = 60
    guess(daemon, ATTACKER, "clear", n)
    ask(daemon, NEIGHBOUR, "clear", "x")
    ask(daemon, ATTACKER, "clear", CLEAR)
    took = monotonic() - began

    def told() -> int:
        lines = daemon.entries("lines of failed updates left out")
        return sum(int(line.fields["lines"]) for line in lines)

    def written(client: str) -> int:
        return len(daemon.log_lines(rf"update id=\d+ client={client} verdict=badauth"))

    eventually("all are told", lambda: told() + written(ATTACKER) == n)
    assert 1 <= written(ATTACKER) <= took + 2
    assert written(NEIGHBOUR) == 1
    assert len(daemon.wait_log(rf"client={ATTACKER} verdict=good")) == 1
    assert metrics(daemon)["mooring_log_lines_limited_total"] == n - written(ATTACKER)


def test_a_braked_line_says_so_and_fail2ban_finds_it(make_braked: Callable[..., Service]) -> None:
    daemon = make_braked().daemon
    guess(daemon, ATTACKER, "clear", LOGIN_FAILURES)

    def is_told() -> bool:
        assert word(ask(daemon, ATTACKER, "clear", "x")) == "911"
        return bool(daemon.log_lines("verdict=911 braked=login"))

    eventually("the next second's line", is_told)
    line = daemon.log_lines("braked=login")[0]
    assert re.search(rf"update id=\d+ client={ATTACKER} verdict=911 braked=login user=clear ", line)


def test_a_host_changes_so_often_and_then_comes_again(
    make_service: Callable[..., Service],
) -> None:
    service = make_service(top={**TOP, "changes-per-hour": 3})
    add_accounts(service)
    daemon = service.start()

    def change(i: int) -> Response:
        return ask(daemon, OWNER, "clear", CLEAR, myip=f"192.0.2.{i}")

    assert [word(change(i)) for i in range(1, 4)] == ["good"] * 3
    refused = change(4)
    assert (refused.status, refused.text) == (503, "911")
    assert 1000 < int(refused.one("Retry-After") or 0) <= 1200
    # What changes nothing is free, and so are other hosts.
    for _ in range(5):
        assert change(3).text == "nochg 192.0.2.3"
    assert word(ask(daemon, OWNER, "slow", SLOW, myip="192.0.2.4")) == "good"
    assert metrics(daemon)["mooring_changes_limited_total"] == 1
    assert len(daemon.wait_log("verdict=911 braked=changes user=clear")) == 1


@pytest.mark.parametrize("user", ["slow", "nobody"])
def test_slow_hashes_are_shared_among_the_clients(
    make_braked: Callable[..., Service], user: str
) -> None:
    """A flood of wrong passwords from four addresses, without the brake: everybody else gets in."""
    service = make_braked(**{"auth-penalty": 0})
    routers = [f"slow{i}" for i in range(6)]
    for name in routers:
        service.ctl.add(name, f"{name}.dyn.example.com", secret=SLOW)
    daemon = service.daemon
    assert word(ask(daemon, OWNER, "slow", SLOW)) == "good"  # a refusal has its price now
    over = threading.Event()

    def attack(i: int) -> None:
        while not over.is_set():
            ask(daemon, f"127.0.1.{i % 4}", user, "x")

    with ThreadPoolExecutor(80) as pool:
        for i in range(80):
            pool.submit(attack, i)
        try:
            eventually("the flood", lambda: metrics(daemon)["mooring_hashes_waiting"] > 20, 60)
            words = [
                word(ask(daemon, f"127.0.2.{i}", name, SLOW)) for i, name in enumerate(routers)
            ]
            again = [
                word(ask(daemon, f"127.0.2.{i}", name, SLOW)) for i, name in enumerate(routers)
            ]
        finally:
            over.set()
    assert (words, again) == (["good"] * len(routers), ["nochg"] * len(routers))


def test_a_password_that_was_right_is_not_hashed_again_unless_the_secret_changes(
    make_braked: Callable[..., Service],
) -> None:
    service = make_braked()
    daemon = service.daemon
    assert word(ask(daemon, OWNER, "slow", SLOW)) == "good"
    for _ in range(5):
        assert word(ask(daemon, OWNER, "slow", SLOW)) == "nochg"
    assert metrics(daemon)["mooring_verified_logins_total"] >= 5
    service.ctl.ok("user", "passwd", "slow", "--secret-stdin", input="another secret\n")
    # Another process has written: the daemon looks once a second.
    eventually("it is seen", lambda: word(ask(daemon, OWNER, "slow", SLOW)) != "nochg")
    assert word(ask(daemon, OWNER, "slow", "another secret")) == "nochg"


def test_a_hash_that_would_take_minutes_is_refused_and_named(
    make_braked: Callable[..., Service],
) -> None:
    service = make_braked()
    costly = "$6$rounds=200000000$abcdefgh$" + "x" * 86
    write_secret(service, "clear", costly)
    daemon = service.daemon
    assert word(ask(daemon, OWNER, "clear", CLEAR)) == "badauth"
    daemon.wait_log('an account cannot be used as it is stored user=clear why=".*would take .* ms')
    doctor = service.ctl.run("doctor")
    assert doctor.returncode == 1 and costly not in doctor.stdout + doctor.stderr
    assert re.search(r"clear.*would take \d+ ms here", doctor.stdout + doctor.stderr)


STUCK = r"""
#include <crypt.h>
#include <string.h>
#include <unistd.h>
char *crypt_r(const char *phrase, const char *setting, struct crypt_data *data)
{
	(void)data;
	if (strcmp(phrase, "stuck") == 0)
		write(2, "hashing\n", 8), pause();
	strcpy(data->output, setting);
	if (strlen(setting) < 50) /* without a hash */
		strcat(data->output, "$0123456789012345678901234567890123456789012");
	return data->output;
}
"""


def test_a_hash_that_runs_does_not_hold_up_the_stop(
    make_braked: Callable[..., Service], tmp_path: Path
) -> None:
    source, library = tmp_path / "stuck.c", tmp_path / "stuck.so"
    source.write_text(STUCK)
    built = run(["cc", "-shared", "-fPIC", "-O1", "-w", "-o", library, source])
    assert built.returncode == 0, built.stderr
    env = {"LD_PRELOAD": ":".join([*sanitizer_runtime(), str(library)])}
    service = make_braked(env=env, **{"update-deadline": 1})
    daemon = service.daemon
    assert word(ask(daemon, OWNER, "generated", SECRETS["generated"])) == "good"
    with connect(daemon.plain_port) as sock:
        sock.sendall(get("/nic/update", "Authorization: " + basic("slow", "stuck")))
        daemon.wait_log("^hashing$")
        daemon.stop()  # fails if it takes long
        assert parse_response(read_to_end(sock)).text == "911"
