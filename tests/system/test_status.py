# SPDX-License-Identifier: BSD-2-Clause
"""mooringctl status, and the socket that it asks at."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Thread

import pytest

from system.cloud import CHANGE, LIST, Cloud
from system.conftest import Amazon, Service
from system.harness import BUILD, HOST, ZONE, environment, eventually, run

ADDRESS = "203.0.113.7"
NOBODY = 65534
IS_ROOT = os.geteuid() == 0
TROUBLE, NO_ANSWER = 1, 3
FAILED = 1


@pytest.fixture(name="place")
def fixture_place(tmp_path: Path) -> Path:
    """Where the socket is: a path of it has to be short."""
    return tmp_path / "s"


@pytest.fixture(name="service")
def fixture_service(make_service: Callable[..., Service], place: Path) -> Service:
    return make_service(top={"status-socket": str(place)})


def ask(place: Path, request: str = '{"ask":"status"}') -> list[dict]:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(30)
        client.connect(str(place))
        client.sendall(request.encode() + b"\n")
        answer = b""
        while piece := client.recv(1 << 20):
            answer += piece
    return [json.loads(line) for line in answer.splitlines()]


def hosts_of(service: Service) -> dict[str, dict]:
    done = service.ctl.run("status", "--json")
    return {each["host"]: each for each in json.loads(done.stdout)["hosts"]}


def test_a_host_is_told_from_its_making_to_its_update(service: Service, place: Path) -> None:
    service.start()
    secret = service.ctl.add("router", HOST)
    eventually("the new host is known", lambda: len(ask(place)) == 3)
    told = hosts_of(service)[HOST]
    assert told["words"] == "never asked" and told["asked"] is None and not told["trouble"]

    for word in ("good", "nochg"):
        answer = service.router("router", secret).update(f"myip={ADDRESS}")
        assert answer.body.decode() == f"{word} {ADDRESS}"
    text = service.ctl.ok("status")
    first, *rows = text.splitlines()
    assert first.startswith("mooringd ") and first.endswith(": 1 host")
    head, row = rows[-2:]
    assert head.split() == ["HOST", "USER", "ADDRESS", "SINCE", "ASKED", "STATE"]
    assert row.split()[:3] == [HOST, "router", ADDRESS] and row.endswith("published")
    assert row.index("published") == head.index("STATE")
    assert "\x1b" not in text
    told = hosts_of(service)[HOST]
    assert told["state"] == "published" and told["ipv4"] == ADDRESS and told["from"] == "127.0.0.1"
    one = service.ctl.ok("status", HOST)
    assert f"address:  {ADDRESS}\n" in one and ", from 127.0.0.1" in one
    assert service.ctl.ok("status", "home") == one or HOST in service.ctl.ok("status", "home")
    missing = service.ctl.run("status", "other." + ZONE)
    assert missing.returncode == 1 and "no account has" in missing.stderr


def test_the_agent_is_told_as_printable_text(service: Service, place: Path, tmp_path: Path) -> None:
    service.start()
    secret = service.ctl.add("router", HOST)
    config = tmp_path / "curl"
    config.write_text(f'user = "router:{secret}"\n')
    url = f"https://127.0.0.1:{service.daemon.https_port}/nic/update?myip={ADDRESS}"
    done = run(["curl", "-sS", "-k", "-K", config, "-A", "agent \u00e9" + "x" * 300, url])
    assert done.stdout == f"good {ADDRESS}", done.stderr
    agent = hosts_of(service)[HOST]["agent"]
    assert agent.startswith("agent \\xc3\\xa9xxx") and len(agent) <= 127
    lines = ask(place, f'{{"ask":"host","host":"{HOST.upper()}"}}')
    assert [line["line"] for line in lines] == ["daemon", "host", "end"]
    assert lines[1]["agent"] == agent
    service.daemon.stop()
    assert hosts_of(service)[HOST]["agent"] == agent


def test_what_was_asked_outlives_the_daemon(service: Service, place: Path) -> None:
    service.start()
    secret = service.ctl.add("router", HOST)
    assert service.router("router", secret).update(f"myip={ADDRESS}").status == 200
    asked = hosts_of(service)[HOST]["asked"]
    assert asked is not None
    service.daemon.stop()
    assert not place.exists()

    done = service.ctl.run("status")
    assert done.returncode == NO_ANSWER and done.stderr == ""
    assert done.stdout.startswith(f"nobody listens at {place}: mooringd does not run, or has no ")
    assert done.stdout.splitlines()[-1].split()[:3] == [HOST, "router", ADDRESS]
    told = hosts_of(service)[HOST]
    assert told["asked"] == asked and told["words"] == "published"

    service.start()
    eventually("it was read", lambda: any(line.get("asked") for line in ask(place)))
    assert hosts_of(service)[HOST]["asked"] == asked


def test_a_rename_takes_along_when_hosts_were_asked_for(service: Service, place: Path) -> None:
    """Beside a daemon that runs, and without."""
    service.start()
    secret = service.ctl.add("router", HOST)
    assert service.router("router", secret).update(f"myip={ADDRESS}").status == 200
    asked = hosts_of(service)[HOST]["asked"]

    def is_renamed(user: str) -> bool:
        (line,) = [each for each in ask(place) if each["line"] == "host"]
        return line["user"] == user

    service.ctl.ok("user", "rename", "router", "second")
    eventually("the daemon knows it", lambda: is_renamed("second"))
    told = hosts_of(service)[HOST]
    assert (told["user"], told["asked"], told["from"]) == ("second", asked, "127.0.0.1")
    service.daemon.stop()
    assert hosts_of(service)[HOST]["asked"] == asked
    service.ctl.ok("user", "rename", "second", "third")
    told = hosts_of(service)[HOST]
    assert (told["user"], told["asked"]) == ("third", asked)
    service.start()
    eventually("it was read", lambda: any(line.get("asked") for line in ask(place)))
    assert hosts_of(service)[HOST]["asked"] == asked


def test_since_when_a_host_has_its_address_outlives_the_daemon(service: Service) -> None:
    """Not when it was published last, which is done anew each day."""
    service.start()
    secret = service.ctl.add("router", HOST)
    assert service.router("router", secret).update(f"myip={ADDRESS}").status == 200
    since = hosts_of(service)[HOST]["since"]
    assert since is not None
    service.daemon.stop()
    assert hosts_of(service)[HOST]["since"] == since
    long_ago = int(time.time()) - 9 * 86400 - 60
    with closing(sqlite3.connect(service.config.store["path"])) as store, store:
        store.execute("UPDATE hosts SET wanted = ?", (long_ago * 1000,))
    row = service.ctl.run("status").stdout.splitlines()[-1]
    assert f"{ADDRESS}  9 days ago  " in row and row.endswith("  published")
    service.start()
    eventually("the store was read", lambda: hosts_of(service)[HOST]["state"] == "published")
    row = service.ctl.ok("status").splitlines()[-1]
    assert f"{ADDRESS}  9 days ago  " in row and row.endswith("  published")


def test_who_was_not_kept_to_have_asked_did_so_for_the_address(service: Service) -> None:
    """As after a crash, and of a table: silent it is not said to be."""
    service.start()
    secret = service.ctl.add("router", HOST)
    assert service.router("router", secret).update(f"myip={ADDRESS}").status == 200
    service.daemon.kill()
    long_ago = int(time.time()) - 9 * 86400 - 60
    with closing(sqlite3.connect(service.config.store["path"])) as store, store:
        store.execute("DELETE FROM seen")
        store.execute("UPDATE hosts SET wanted = ?", (long_ago * 1000,))
        store.execute("UPDATE history SET time = ?", (long_ago,))
    row = service.ctl.run("status").stdout.splitlines()[-1]
    assert row.split("  ")[-3:] == ["9 days ago", "within 9 days", "published"]
    told = hosts_of(service)[HOST]
    assert told["asked"] == told["since"] and told["asked-or-later"] and told["from"] is None
    assert re.search(r"\nasked: +\S+, 9 days ago or later", service.ctl.run("status", HOST).stdout)


def test_what_the_store_should_not_have_is_not_told(service: Service, place: Path) -> None:
    """A host that left its account, and a time that was written while the clock was ahead."""
    service.start()
    secret = service.ctl.add("router", HOST)
    service.daemon.stop()
    with closing(sqlite3.connect(service.config.store["path"])) as store, store:
        store.executemany(
            "INSERT INTO seen (user, name, time) VALUES ('router', ?, ?)",
            [(HOST, int(time.time()) + 10**8), (f"gone.{ZONE}", 1600000000)],
        )
    assert hosts_of(service)[HOST]["words"] == "never asked"
    service.start()
    eventually("the store was listed", lambda: ask(place)[0]["complete"])
    told = hosts_of(service)
    assert list(told) == [HOST] and told[HOST]["words"] == "never asked"
    assert service.router("router", secret).update(f"myip={ADDRESS}").status == 200
    asked = hosts_of(service)[HOST]["asked"]
    service.daemon.stop()
    assert asked is not None and hosts_of(service)[HOST]["asked"] == asked
    with closing(sqlite3.connect(service.config.store["path"])) as store:
        assert store.execute("SELECT name FROM seen").fetchall() == [(HOST,)]


def test_what_happened_at_no_moment_is_no_moment_of_a_request(service: Service) -> None:
    service.start()
    secret = service.ctl.add("router", HOST)
    assert service.router("router", secret).update(f"myip={ADDRESS}").status == 200
    service.daemon.stop()
    with closing(sqlite3.connect(service.config.store["path"])) as store, store:
        store.execute("DELETE FROM seen")
        store.execute("UPDATE hosts SET wanted = 0, since = 0, time = 0")
        store.execute("UPDATE history SET time = ?", (2**63 - 1,))
    told = service.ctl.run("status", HOST).stdout
    assert re.search(r"\nsince: +not known\nasked: +not known\n", told), told


def test_a_silent_host_comes_before_one_that_asks(service: Service) -> None:
    service.start()
    secret = service.ctl.add("router", HOST)
    service.ctl.add("quiet", "zzz." + ZONE)
    assert service.router("router", secret).update(f"myip={ADDRESS}").status == 200
    service.daemon.stop()
    with closing(sqlite3.connect(service.config.store["path"])) as store, store:
        store.execute(
            "INSERT INTO seen (user, name, time) VALUES ('quiet', ?, ?)",
            ("zzz." + ZONE, int(time.time()) - 9 * 86400 - 60),
        )
    lines = service.ctl.run("status").stdout.splitlines()
    assert lines[-2].startswith("zzz.") and lines[-2].endswith("silent for 9 days")
    assert lines[-1].startswith(HOST) and lines[-1].endswith("published")


def test_what_waits_for_route_53_says_why(
    make_cloud: Callable[..., Cloud], place: Path
) -> None:
    cloud = make_cloud(LIST, top={"status-socket": str(place)})
    service = cloud.service
    secret = service.ctl.add("router", HOST)
    service.start()
    assert service.router("router", secret).update(f"myip={ADDRESS}").status == 503
    eventually("it is noticed", lambda: "route53-denied" in ask(place)[0]["trouble"])
    done = service.ctl.run("status")
    assert done.returncode == TROUBLE and done.stderr == ""
    assert "\ntrouble: route53-denied: Route 53 refuses a zone\n" in done.stdout
    row = done.stdout.splitlines()[-1]
    assert re.search(r"  waits for Route 53 since \d+ s: .*AccessDenied", row), row
    told = hosts_of(service)[HOST]
    assert told["state"] == "queued" and told["trouble"] and told["ipv4"] == ADDRESS


def test_what_was_forgotten_is_not_said_to_be_never(
    amazon: Amazon, make_service: Callable[..., Service], place: Path
) -> None:
    """A daemon that keeps no account in memory does not know what the table has."""
    service = amazon.service(make_service, top={"status-socket": str(place), "settle-time": 1})
    secret = service.ctl.add("router", HOST)
    service.start()
    assert service.router("router", secret).update(f"myip={ADDRESS}").status == 200
    amazon.wait_made_sure("router")
    service.daemon.stop()
    told = hosts_of(service)[HOST]
    assert told["words"] == "published"
    assert told["asked"] == told["since"] is not None and told["asked-or-later"]
    service.start(env={"MOORING_ACCOUNT_CACHE": "0"})
    eventually("the host is known", lambda: len(ask(place)) == 3)
    told = hosts_of(service)[HOST]
    assert told["state"] == "unknown" and not told["trouble"]
    assert told["words"] == "not asked since the start"


def test_a_change_that_is_simply_under_way_is_no_trouble(
    make_cloud: Callable[..., Cloud], place: Path
) -> None:
    cloud = make_cloud(top={"status-socket": str(place)})
    service = cloud.service
    secret = service.ctl.add("router", HOST)
    service.start()
    seen = []
    cloud.before(CHANGE, lambda: seen.append(service.ctl.run("status", "--json")))
    assert service.router("router", secret).update(f"myip={ADDRESS}").status == 200
    told = json.loads(seen[0].stdout)
    assert told["hosts"][0]["state"] == "queued", told
    assert seen[0].returncode == 0 and not told["trouble"] and not told["hosts"][0]["trouble"]


def test_the_last_twenty_changes_of_one_host_are_told(service: Service) -> None:
    service.start()
    service.ctl.add("router", HOST)
    began = int(time.time()) - 1000
    with closing(sqlite3.connect(service.config.store["path"])) as store, store:
        # The last of them changed nothing.
        store.executemany(
            "INSERT INTO history (host, nr, time, user, old_v4, v4, asked_from, verdict, agent)"
            " VALUES (?, ?, ?, 'router', ?, ?, '192.0.2.9', 'good', 'inadyn')",
            [
                (HOST, n, began + n, f"192.0.2.{n - 1}", f"192.0.2.{n}")
                for n in range(1, 26)
            ]
            + [(HOST, 26, began + 26, "192.0.2.25", "192.0.2.25")],
        )
    told = service.ctl.json("status", HOST)["changes"]
    assert [each["ipv4"] for each in told] == [f"192.0.2.{n}" for n in range(6, 26)]
    assert told[-1]["old-ipv4"] == "192.0.2.24"
    assert told[0]["held-ipv4"] == 1
    rows = service.ctl.ok("status", HOST).splitlines()
    assert rows[-21] == "" and "192.0.2.5 -> 192.0.2.6" in rows[-20]
    assert "192.0.2.24 -> 192.0.2.25" in rows[-1] and "inadyn" in rows[-1]
    assert "changes" not in service.ctl.json("status")


def test_a_table_s_history_tells_who_asked_last(
    amazon: Amazon, make_service: Callable[..., Service], place: Path
) -> None:
    """A table does not keep when a host was asked for, and the daemon was just started."""
    top = {"status-socket": str(place), "settle-time": 1, "history": "changes"}
    service = amazon.service(make_service, top=top)
    secret = service.ctl.add("router", HOST)
    service.start()
    assert service.router("router", secret).update(f"myip={ADDRESS}").status == 200
    amazon.wait_made_sure("router")
    eventually("it is in the history", lambda: ADDRESS in service.ctl.run("history", HOST).stdout)
    service.daemon.stop()
    service.start()
    eventually("the table was read", lambda: len(ask(place)) == 3)
    (told,) = service.ctl.json("status", HOST)["hosts"]
    assert told["from"] == "127.0.0.1" and told["asked"] is not None
    amazon.gate.script.fail("dynamodb:GetItem", "InternalServerError", status=500, times=None)
    text = service.ctl.run("status", HOST).stdout
    assert f"address:  {ADDRESS}" in text and "\nits changes cannot be read: " in text
    whole = json.loads(service.ctl.run("status", HOST, "--json").stdout)
    assert "InternalServerError" in whole["no-changes"] and whole["changes"] == []


def test_without_a_socket_the_store_is_read(make_service: Callable[..., Service]) -> None:
    service = make_service(top={"status-socket": ""})
    service.start()
    service.ctl.add("router", HOST)
    done = service.ctl.run("status")
    assert done.returncode == NO_ANSWER
    assert "status-socket is empty; this is what the store says" in done.stdout
    assert done.stdout.splitlines()[-1].endswith("never asked")
    told = json.loads(service.ctl.run("status", "--json").stdout)
    assert told["running"] is None and "status-socket is empty" in told["why"]


def test_no_store_is_made_by_looking(service: Service) -> None:
    done = service.ctl.run("status")
    assert done.returncode == NO_ANSWER and "the store cannot be read" in done.stdout
    assert "what the store says" not in done.stdout
    assert not Path(service.config.store["path"]).exists()
    told = json.loads(service.ctl.run("status", "--json").stdout)
    assert told["hosts"] == [] and told["trouble"]


def test_the_service_manager_s_folder_is_taken(
    make_service: Callable[..., Service], tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    service = make_service(env={"RUNTIME_DIRECTORY": str(folder)}, top={"landlock": True})
    service.start()
    made = folder / "status.sock"
    assert stat.S_IMODE(made.stat().st_mode) == 0o660 and stat.S_ISSOCK(made.stat().st_mode)
    assert service.ctl.run("status").returncode == 0
    service.daemon.stop()
    assert list(folder.iterdir()) == []


def test_a_daemon_that_hangs_is_told_from_the_store(service: Service, place: Path) -> None:
    service.start()
    service.ctl.add("router", HOST)
    service.daemon.send_signal(signal.SIGSTOP)
    done = service.ctl.run("status")
    service.daemon.send_signal(signal.SIGCONT)
    assert done.returncode == NO_ANSWER and done.stderr == ""
    head, *rows = done.stdout.splitlines()
    hangs = f"mooringd listens at {place}, and does not answer within 10 s"
    assert head == f"{hangs}; this is what the store says"
    assert rows[-1].split()[:2] == [HOST, "router"]


def pid_at(place: Path) -> int:
    return ask(place)[0]["pid"]


def test_a_daemon_that_starts_beside_another_leaves_it_its_socket(
    service: Service, place: Path
) -> None:
    first = service.start()
    second = service.start()
    assert f"there is no status socket path={place} why=" in second.log
    assert "another daemon has it" in second.log
    assert pid_at(place) == first.process.pid
    second.stop()
    assert pid_at(place) == first.process.pid
    # The first one ends, and the next may have it, although another runs that has none.
    third = service.start()
    first.stop()
    assert not place.exists() and not Path(f"{place}.lock").exists()
    fourth = service.start()
    assert pid_at(place) == fourth.process.pid
    assert third.process.poll() is None


def test_what_a_crash_has_left_is_no_obstacle(service: Service, place: Path) -> None:
    service.start().kill()
    assert place.exists()
    assert service.ctl.run("status").returncode == NO_ANSWER
    daemon = service.start()
    assert service.ctl.run("status").returncode == 0
    assert pid_at(place) == daemon.process.pid


def test_of_two_that_start_together_one_has_the_socket(service: Service, place: Path) -> None:
    service.start().kill()
    both = [service.launch(), service.launch()]
    pids = [daemon.wait_ready().process.pid for daemon in both]
    assert pid_at(place) in pids
    refused = [daemon for daemon in both if "there is no status socket" in daemon.log]
    assert [daemon.process.pid for daemon in refused] == [
        pid for pid in pids if pid != pid_at(place)
    ]


@pytest.mark.skipif(not IS_ROOT, reason="only root can become somebody else")
def test_a_user_of_another_group_may_not_ask(service: Service, place: Path) -> None:
    service.start()
    for folder in (place.parent, *place.parent.parents):
        if not folder.stat().st_mode & 0o001 and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o011)
    program = "import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])"
    words = [sys.executable, "-c", program, str(place)]
    stranger = run(words, user=NOBODY, group=NOBODY, extra_groups=[])
    assert stranger.returncode != 0 and "PermissionError" in stranger.stderr, stranger.stderr
    member = run(words, user=NOBODY, group=NOBODY, extra_groups=[place.stat().st_gid])
    assert member.returncode == 0, member.stderr


def test_ten_thousand_hosts_are_told_beside_updates(service: Service, place: Path) -> None:
    service.start()
    secret = service.ctl.add("router", HOST)
    service.daemon.stop()
    with closing(sqlite3.connect(service.config.store["path"])) as store, store:
        store.executemany(
            "INSERT INTO accounts (user, secret) VALUES (?, 'not a secret')",
            [(f"u{i}",) for i in range(10000)],
        )
        store.executemany(
            "INSERT INTO hosts (user, name) VALUES (?, ?)",
            [(f"u{i}", f"h{i}.{ZONE}") for i in range(10000)],
        )
    service.start()
    lines = ask(place)
    assert len(lines) == 10003 and lines[-1] == {"line": "end", "hosts": 10001}
    assert len({line["host"] for line in lines[1:-1]}) == 10001
    # One that does not read keeps nobody waiting, and nor does its answer.
    with socket.socket(socket.AF_UNIX) as lazy:
        lazy.connect(str(place))
        lazy.sendall(b'{"ask":"status"}\n')
        assert service.router("router", secret).update(f"myip={ADDRESS}").body.startswith(b"good")
        assert len(ask(place)) == 10003
    done = service.ctl.run("status")
    assert done.returncode == 0 and len(done.stdout.splitlines()) == 10004


def test_a_request_that_is_none_is_refused_in_a_sentence(service: Service, place: Path) -> None:
    service.start()
    assert ask(place, "{}")[0]["line"] == "error"
    assert "version 1" in ask(place, '{"version":9,"ask":"status"}')[0]["why"]


def test_colours_are_for_terminals_alone(service: Service) -> None:
    service.start()
    service.ctl.add("router", HOST)
    service.daemon.stop()
    with closing(sqlite3.connect(service.config.store["path"])) as store, store:
        store.execute("UPDATE hosts SET v4 = ?, seq = 2, pub = 1", (ADDRESS,))

    def shown(**env: str) -> str:
        leader, follower = pty.openpty()
        words = [BUILD / "mooringctl", "-c", service.config.write(), "status"]
        child = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=follower, env=environment(TERM="xterm", **env)
        )
        os.close(follower)
        text = b""
        while True:
            try:
                piece = os.read(leader, 65536)
            except OSError:  # the last one has closed it
                break
            if not piece:
                break
            text += piece
        os.close(leader)
        assert child.wait(30) == NO_ANSWER
        return text.decode()

    assert "\x1b[31mwaits to be published\x1b[0m" in shown()
    assert "\x1b" not in shown(NO_COLOR="1") and "waits to be published" in shown(NO_COLOR="1")
    assert "\x1b[31m" in shown(NO_COLOR="")


@contextmanager
def spoken(place: Path, answers: list[Callable[[socket.socket], object]]) -> Iterator[list[int]]:
    """In the place of a daemon: does to each connection what is next, the last again and again.
    Yields the numbers of connections that there were."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(place))
    listener.listen()
    taken: list[int] = []

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:  # the test is over, and has closed it
                return
            # Counted first: who is answered may be done before this thread goes on.
            n = len(taken)
            taken.append(n)
            with client:
                answers[min(n, len(answers) - 1)](client)

    with listener:
        Thread(target=serve, daemon=True).start()
        yield taken


DAEMON_LINE = b'{"line":"daemon","complete":true,"trouble":[]}\n'
# How the one connection too many is closed: each looks different to who has it.
CLOSINGS: dict[str, Callable[[socket.socket], object]] = {
    "at once": lambda client: None,
    "unread": lambda client: client.recv(1),
    "read": lambda client: client.recv(1024),
}


@pytest.mark.parametrize("closing_word", CLOSINGS)
def test_a_daemon_that_is_busy_is_asked_again(
    service: Service, place: Path, closing_word: str
) -> None:
    def answer(client: socket.socket) -> None:
        client.recv(1024)
        client.sendall(DAEMON_LINE + b'{"line":"end","hosts":0}\n')

    close = CLOSINGS[closing_word]
    with spoken(place, [close]) as taken:
        done = service.ctl.run("status")
        assert done.returncode == FAILED and done.stdout == ""
        busy = f"mooringctl: mooringd is busy with others at {place}: try again\n"
        assert done.stderr == busy and len(taken) == 5
    place.unlink()
    with spoken(place, [close, close, answer]):
        assert service.ctl.json("status")["running"] is True


def test_an_answer_that_is_cut_off_is_none(service: Service, place: Path) -> None:
    def cut(client: socket.socket) -> None:
        client.recv(1)
        client.sendall(DAEMON_LINE)

    with spoken(place, [cut]) as taken:
        done = service.ctl.run("status")
        assert done.returncode == FAILED and "not understood, or cut off" in done.stderr
        assert len(taken) == 1


def watched(service: Service, n: int, *words: str) -> tuple[list[dict], int, str]:
    """What it shows n times, until nobody reads any more; its exit status, and its last words."""
    command = [BUILD / "mooringctl", "-c", service.config.write(), "status", *words]
    with subprocess.Popen(
        [*command, "--watch", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(**service.env),
        text=True,
    ) as child:
        told = [json.loads(child.stdout.readline()) for _ in range(n)]
        child.stdout.close()
        last = child.stderr.read()
        return told, child.wait(30), last


@pytest.mark.parametrize("words", [(), (HOST,)], ids=["all", "one"])
def test_watch_reads_a_table_once(
    amazon: Amazon, make_service: Callable[..., Service], place: Path, words: tuple[str, ...]
) -> None:
    service = amazon.service(make_service, top={"status-socket": str(place)})
    service.ctl.add("router", HOST)

    def calls(act: Callable[[], object]) -> list[str]:
        before = len(amazon.gate.calls())
        act()
        return [call.action for call in amazon.gate.calls()[before:]]

    once = calls(lambda: service.ctl.run("status", *words))
    assert once.count("dynamodb:Scan") == 1
    shown = []
    assert calls(lambda: shown.append(watched(service, 2, *words))) == once
    for told in shown[0][0]:
        assert [each["host"] for each in told["hosts"]] == [HOST] and told["complete"]


def test_watch_says_how_old_it_is(
    amazon: Amazon, make_service: Callable[..., Service], place: Path
) -> None:
    service = amazon.service(make_service, top={"status-socket": str(place)})
    service.ctl.add("router", HOST)
    words = [BUILD / "mooringctl", "-c", service.config.write(), "status", "--watch"]
    env = environment(**service.env)
    with subprocess.Popen(words, stdout=subprocess.PIPE, env=env, text=True) as child:
        heads = []
        while len(heads) < 2:
            line = child.stdout.readline()
            heads += [line] if line.startswith("nobody listens") else []
        child.terminate()
    assert heads[0].endswith("; this is what the store says\n")
    assert re.search(r"; this is what the store said \d+ s ago\n$", heads[1]), heads[1]


def test_watch_of_a_store_that_cannot_be_opened_keeps_nothing(service: Service) -> None:
    Path(service.config.store["path"]).mkdir()
    told, status, last = watched(service, 1)
    assert all("store" in each and each["hosts"] == [] for each in told)
    # A leak would be told, and change the status.
    assert status == FAILED and last.startswith("mooringctl: cannot write to standard output"), last


def test_watch_shows_it_again(service: Service) -> None:
    service.start()
    words = [BUILD / "mooringctl", "-c", service.config.write(), "status", "--watch", "--json"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, env=environment(), text=True) as child:
        told = [json.loads(child.stdout.readline()) for _ in range(2)]
        child.terminate()
    assert all(each["running"] and each["hosts"] == [] for each in told)
