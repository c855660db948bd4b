# SPDX-License-Identifier: BSD-2-Clause
"""Whoever is to be told of events is told: at least once, off the path of the updates."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from system.conftest import Amazon, Service
from system.harness import BUILD, HOST, ZONE, Tls, environment, eventually, metrics, run
from system.lending import lend, lend_files
from system.notified import amazon_service, told
from system.receiver import Event, Receiver
from system.terminal import Terminal

FIRST, SECOND = "203.0.113.1", "203.0.113.2"
CAM = f"cam.{ZONE}"
# Other daemons go on with what a killed one held after so long, and some time for a slow machine.
LEASE_S = 120
NOBODY = 65534

MakeService = Callable[..., Service]


@pytest.fixture(name="service")
def fixture_service(make_service: MakeService, receiver: Receiver) -> Service:
    service = told(make_service(), receiver)
    service.secret = service.ctl.add("router1", HOST)
    return service


def update(service: Service, address: str) -> str:
    return service.router("router1", service.secret).update(f"myip={address}").text


def wait_events(receiver: Receiver, kind: str, n: int = 1, timeout: float = 30) -> list[Event]:
    eventually(f"{n} of {kind}", lambda: len(receiver.of_kind(kind)) >= n, timeout)
    return receiver.of_kind(kind)


def counted(service: Service, result: str) -> float:
    return metrics(service.daemon).get(f'mooring_notices_total{{result="{result}"}}', 0)


def test_a_changed_address_is_told_once(service: Service, receiver: Receiver) -> None:
    service.start()
    assert update(service, FIRST) == f"good {FIRST}"
    (event,) = wait_events(receiver, "address-changed")
    assert (event["host"], event["user"], event["old"], event["new"]) == (
        HOST,
        "router1",
        "",
        FIRST,
    )
    assert event["text"] == f"{HOST} is now at {FIRST}"
    eventually("it is confirmed", lambda: update(service, FIRST) == f"nochg {FIRST}")
    assert update(service, SECOND) == f"good {SECOND}"
    second = wait_events(receiver, "address-changed", 2)[1]
    assert (second["old"], second["new"]) == (FIRST, SECOND)
    assert second["id"] != event["id"]
    eventually("both are delivered", lambda: counted(service, "delivered") == 2)


def test_a_target_has_its_events_and_hosts(make_service: MakeService, receiver: Receiver) -> None:
    service = told(make_service(), receiver, hosts=[CAM], events=["address-changed"])
    service.secret = service.ctl.add("router1", HOST, CAM)
    service.start()
    router = service.router("router1", service.secret)
    answer = router.update(f"hostname={HOST},{CAM}&myip={FIRST}").text
    assert answer.splitlines() == [f"good {FIRST}"] * 2
    (event,) = wait_events(receiver, "address-changed")
    assert event["host"] == CAM
    assert counted(service, "delivered") <= 1


def test_within_the_quiet_time_it_waits(service: Service, receiver: Receiver) -> None:
    now = time.time()
    around = [time.strftime("%H:%M", time.localtime(now + s)) for s in (-7200, 7200)]
    service.config.notifies["hook"]["quiet"] = "-".join(around)
    service.config.notifies["loud"] = {**service.config.notifies["hook"], "quiet": ""}
    service.start()
    assert update(service, FIRST) == f"good {FIRST}"
    wait_events(receiver, "address-changed")
    eventually(
        "the other one waits", lambda: metrics(service.daemon)["mooring_notices_waiting"] == 1
    )
    assert counted(service, "delivered") == 1 and len(receiver.of_kind("address-changed")) == 1
    (kept,) = json.loads(service.ctl.run("notify", "list", "--json").stdout)
    assert (kept["target"], kept["state"], kept["attempts"]) == ("hook", "waiting", 0)


def test_a_target_that_never_answers_holds_nobody_up(service: Service, receiver: Receiver) -> None:
    receiver.hangs = True
    service.config.notifies["hook"]["timeout"] = 10
    daemon = service.start()
    for n in range(1, 20):
        begun = time.monotonic()
        assert update(service, f"203.0.113.{n}") == f"good 203.0.113.{n}"
        assert time.monotonic() - begun < 8  # the update's deadline: it was not waited for
        # Else it may be replaced before it is stored, and only the last one is told then.
        eventually("it is kept", lambda n=n: update(service, f"203.0.113.{n}")[:5] == "nochg")
    eventually("one is being sent", lambda: len(receiver.paths) >= 1)
    begun = time.monotonic()
    daemon.stop()
    assert time.monotonic() - begun < 20
    # What was not delivered is, by the next one.
    receiver.hangs = False
    service.start()
    events = wait_events(receiver, "address-changed", 19, LEASE_S)
    assert {event["new"] for event in events} == {f"203.0.113.{n}" for n in range(1, 20)}


def test_what_is_refused_is_given_up_and_shown(service: Service, receiver: Receiver) -> None:
    receiver.status = 404
    service.start()
    update(service, FIRST)
    eventually("it is given up", lambda: counted(service, "dead") == 1)
    assert metrics(service.daemon)["mooring_notices_dead"] == 1
    service.daemon.wait_log("a notice is given up")


def test_a_flood_is_a_few_notices_and_a_digest(
    make_service: MakeService, receiver: Receiver
) -> None:
    service = told(make_service(), receiver, **{"per-minute": 10})
    names = [f"h{n}.{ZONE}" for n in range(200)]
    service.secret = service.ctl.add("router1", *names)
    service.start()
    router = service.router("router1", service.secret)
    batches = [",".join(names[at : at + 20]) for at in range(0, 200, 20)]

    def ask(batch: str, address: str) -> set[str]:
        return set(router.update(f"hostname={batch}&myip={address}").text.splitlines())

    for n in range(1, 6):
        address = f"203.0.113.{n}"
        for batch in batches:
            assert ask(batch, address) == {f"good {address}"}
        # What is replaced before it was told is not told.
        for batch in batches:
            eventually("all are told", lambda b=batch, a=address: ask(b, a) == {f"nochg {a}"})
    (digest, *_) = wait_events(receiver, "digest", 1, 180)
    assert "address-changed" in str(digest["text"])
    n_counted = counted(service, "digested")
    assert n_counted > 900
    eventually(
        "each was told or counted",
        lambda: len(receiver.of_kind("address-changed")) + n_counted == 1000,
    )


def test_a_target_that_is_away_does_not_fill_the_log(
    make_service: MakeService, receiver: Receiver
) -> None:
    receiver.status = 503
    service = told(make_service(), receiver)
    names = [f"h{n}.{ZONE}" for n in range(20)]
    service.secret = service.ctl.add("router1", *names)
    service.start()
    begun = time.monotonic()
    service.router("router1", service.secret).update(f"hostname={','.join(names)}&myip={FIRST}")
    eventually("each was tried", lambda: counted(service, "failed") >= 20)
    lines = [line for line in service.daemon.lines if "is tried again" in line]
    assert 1 <= len(lines) <= 1 + (time.monotonic() - begun) // 60
    receiver.status = 204
    service.daemon.wait_log("a target takes notices again target=hook more=")
    eventually("all are delivered", lambda: counted(service, "delivered") == 20)


def test_a_daemon_that_was_killed_says_so(service: Service, receiver: Receiver) -> None:
    service.config.top["status-socket"] = str(service.config.directory / "status.sock")
    service.start().kill()
    assert receiver.of_kind("restarted") == []
    service.start()
    (event,) = wait_events(receiver, "restarted")
    assert "had not ended by itself" in str(event["text"])
    service.daemon.stop()
    service.start()
    update(service, FIRST)
    wait_events(receiver, "address-changed")
    assert len(receiver.of_kind("restarted")) == 1


def test_logins_that_fail_again_and_again_are_told(service: Service, receiver: Receiver) -> None:
    service.config.top["auth-penalty"] = 60
    service.start()
    router = service.router("router1", "wrong")
    for _ in range(8):
        router.update(f"myip={FIRST}")
    (event,) = wait_events(receiver, "logins-refused")
    assert event["user"] == "router1"
    assert str(event["text"]).endswith("from 127.0.0.1")


def test_a_heartbeat_is_asked_after_accepted_updates(
    service: Service, receiver: Receiver
) -> None:
    service.config.notifies.clear()
    service.config.heartbeats["hc"] = {"url": f"{receiver.url}/ping/{{host}}?a={{host}}"}
    service.start()
    service.router("router1", "wrong").update(f"myip={FIRST}")
    assert update(service, FIRST) == f"good {FIRST}"
    eventually("it is asked", lambda: receiver.paths == [f"/ping/{HOST}?a={HOST}"])

    def sent() -> float:
        return metrics(service.daemon)['mooring_heartbeats_total{result="sent"}']

    for n in range(2, 5):
        eventually("that one is over", lambda n=n: sent() == n - 1)
        update(service, FIRST)
        eventually("it is asked again", lambda n=n: receiver.paths == [receiver.paths[0]] * n)
    assert metrics(service.daemon)['mooring_heartbeats_total{result="failed"}'] == 0


# What a section names, and what is said of it: of a file that is not there, or of an empty one.
FILES = {
    "secret-file": "cannot be read: No such file",
    "token-file": "cannot be read: No such file",
    "ca-file": "cannot be read: No such file",
    "password-file": "cannot be read: No such file",
    "empty ca-file": "has no certificate",
    "empty secret-file": "there is no key in it",
}


@pytest.mark.parametrize("what", FILES)
def test_a_file_that_a_target_lacks_is_found_before_the_start(service: Service, what: str) -> None:
    """And no restart would mend it."""
    key = what.split()[-1]
    path = service.config.directory / "file"
    if "empty" in what:
        path.touch(0o600)
    if key == "password-file":
        mail = {"type": "smtp", "url": "smtp://127.0.0.1:1", "from": "a@b.c", "to": ["a@b.c"]}
        service.config.notifies["hook"] = {**mail, "user": "u"}
    service.config.notifies["hook"][key] = str(path)
    lend_files(service)
    if path.exists() and os.geteuid() == 0:
        lend(path)
    sentence = f'notify "hook": {key}: {path}'
    for words, status in (((), 78), (("-n",), 1), (("-n", "--start"), 1)):
        done = run([BUILD / "mooringd", "-c", service.config.write(), *words], env=environment())
        assert done.returncode == status, done.stderr
        assert sentence in done.stderr and FILES[what] in done.stderr
    found = service.ctl.run("doctor").stdout
    assert f"FAIL notify: {sentence}" in found


def test_so_is_one_of_a_heartbeat(service: Service) -> None:
    path = str(service.config.directory / "missing")
    url = "http://127.0.0.1:1/{token}"
    service.config.heartbeats["hc"] = {"url": url, "token-file": path}
    sentence = f'heartbeat "hc": token-file: {path} cannot be read'
    for words, status in (((), 78), (("-n",), 1)):
        done = run([BUILD / "mooringd", "-c", service.config.write(), *words], env=environment())
        assert done.returncode == status and sentence in done.stderr
    assert f"FAIL heartbeat: {sentence}" in service.ctl.run("doctor").stdout


class Tokens:
    """Of two targets and a heartbeat, in their files; and which of them the receiver has seen."""

    def __init__(self, service: Service, receiver: Receiver) -> None:
        self.service = service
        self.receiver = receiver
        self.paths = [service.config.directory / f"token{n}" for n in range(3)]
        self.n_seen = 0
        hook = service.config.notifies.pop("hook") | {"events": ["address-changed"]}
        for n in range(2):
            service.config.notifies[f"hook{n}"] = {**hook, "token-file": str(self.paths[n])}
        url = f"{receiver.url}/beat/{{token}}"
        service.config.heartbeats["beat"] = {"url": url, "token-file": str(self.paths[2])}

    def write(self, *words: str) -> None:
        for path, word in zip(self.paths, words, strict=True):
            path.unlink(missing_ok=True)
            path.write_text(f"{word}\n")
            path.chmod(0o600)

    def reload(self) -> None:
        self.service.daemon.send_signal(signal.SIGHUP)

    def is_stale(self) -> float:
        return metrics(self.service.daemon)['mooring_reload_failed{what="targets"}']

    def seen(self, address: str) -> list[str]:
        """What comes of a change."""
        first = self.n_seen
        assert update(self.service, address) == f"good {address}"
        self.n_seen += 3
        eventually("all are told", lambda: len(self.receiver.paths) >= self.n_seen)
        bearers = [headers["Authorization"] for headers, _ in self.receiver.requests[first:]]
        beats = [path for path in self.receiver.paths[first:] if path.startswith("/beat/")]
        return sorted(
            [bearer.removeprefix("Bearer ") for bearer in bearers if bearer is not None]
            + [path.removeprefix("/beat/") for path in beats]
        )


@pytest.mark.parametrize("walls", [False, True])
def test_secrets_are_read_again_all_or_none(
    service: Service, receiver: Receiver, walls: bool
) -> None:
    """New files, behind walls that were raised before they were there, too."""
    service.config.top["landlock"] = walls
    tokens = Tokens(service, receiver)
    tokens.write("old0", "old1", "old2")
    service.start()
    assert tokens.seen(FIRST) == ["old0", "old1", "old2"]
    for n, spoilt in enumerate((1, 2), 1):
        tokens.write("new0", "new1", "new2")
        tokens.paths[spoilt].chmod(0o644)
        tokens.reload()
        section = 'notify "hook1"' if spoilt == 1 else 'heartbeat "beat"'
        (*_, line) = service.daemon.wait_log("the secrets of the targets in use stay", n)
        assert f"would fail: {section}: token-file: {tokens.paths[spoilt]} may be read" in line
        assert tokens.is_stale() == 1
        assert tokens.seen(f"203.0.113.{10 + n}") == ["old0", "old1", "old2"]
    tokens.write("new0", "new1", "new2")
    tokens.reload()
    eventually("they are taken", lambda: tokens.is_stale() == 0)
    assert tokens.seen(SECOND) == ["new0", "new1", "new2"]
    assert not re.search("(old|new)[012]", service.daemon.log)


def test_files_that_are_there_are_no_trouble(service: Service, tls: Tls) -> None:
    key = service.config.directory / "pseudonym.key"
    key.write_text("0f" * 32)
    key.chmod(0o600)
    service.config.top["pseudonym-key-file"] = str(key)
    service.config.notifies["hook"]["ca-file"] = str(tls.ca)
    service.config.notifies["tell"] = {"type": "exec", "command": ["/nonexistent/tell"]}
    done = run([BUILD / "mooringd", "-c", service.config.write(), "-n"], env=environment())
    assert done.returncode == 0
    assert 'notify "tell": command: /nonexistent/tell cannot be run' in done.stderr
    found = service.ctl.run("doctor").stdout
    assert 'notify "hook" has its files' in found and "/nonexistent/tell cannot be run" in found
    assert f"the key is in {key}" in found
    key.write_text("0f")
    found = service.ctl.run("doctor").stdout
    assert "does not have one line of 64 to 128 hexadecimal digits" in found


def test_what_was_given_up_is_listed_and_sent_again_or_dropped(
    service: Service, receiver: Receiver
) -> None:
    receiver.status = 410
    service.config.top["status-socket"] = str(service.config.directory / "status.sock")
    service.config.notifies["hook"]["events"] = ["address-changed"]
    service.start()
    for address in (FIRST, SECOND):
        update(service, address)
        eventually("it is confirmed", lambda a=address: update(service, a) == f"nochg {a}")
    eventually("both are given up", lambda: counted(service, "dead") == 2)
    eventually("the store knows", lambda: len(given_up(service)) == 2)
    # Status 0: whoever is to be told, hosts and daemon are well.
    status = service.ctl.ok("status")
    assert re.search(r"2 notices were given up, as the store was read \d+ s ago: ", status)
    told = json.loads(service.ctl.ok("status", "--json"))
    assert told["notices"] == {"waiting": 0, "given-up": 2, "kept": True}
    first, second = given_up(service)
    assert (first["target"], first["host"], first["attempts"]) == ("hook", HOST, 1)
    assert "410" in str(first["why"])
    assert f"given-up  address-changed  {HOST}" in service.ctl.run("notify", "list").stdout
    receiver.status = 204
    assert "1 notice" in service.ctl.run("notify", "retry", str(first["id"])).stdout
    assert "\n1 notice dropped" in service.ctl.run("notify", "drop", "--all").stdout
    assert [notice["id"] for notice in notices(service)] == [first["id"]]
    # A daemon looks at its start, and every five minutes.
    service.daemon.stop()
    down = service.ctl.run("status")
    assert "1 notice waits for its target" in down.stdout and down.returncode == 3
    told = json.loads(service.ctl.run("status", "--json").stdout)
    assert told["notices"] == {"waiting": 1, "given-up": 0, "kept": True}
    service.start()
    (event,) = wait_events(receiver, "address-changed")
    assert event["id"] == first["id"]
    assert second["id"] not in {notice["id"] for notice in notices(service)}


def test_an_id_is_of_several_targets_and_each_is_told_apart(
    service: Service, receiver: Receiver
) -> None:
    """The one that is away is held by the daemon, and is listed before the others."""
    away = Receiver()
    away.status, receiver.status = 503, 410
    hook = service.config.notifies.pop("hook")
    hook["events"] = ["address-changed"]
    service.config.notifies["away"] = {**hook, "url": f"{away.url}/hook"}
    service.config.notifies["gone-1"] = hook
    service.config.notifies["gone-2"] = hook
    service.start()
    update(service, FIRST)
    eventually("two are given up", lambda: len(given_up(service)) == 2)
    eventually("the third was tried", lambda: counted(service, "failed") >= 1)
    id_ = str(given_up(service)[0]["id"])
    assert {notice["id"] for notice in notices(service)} == {id_}
    done = service.ctl.run("notify", "retry", id_, "gone-2")
    assert (done.returncode, done.stdout.splitlines()[0]) == (
        0,
        f"{id_} for gone-2: waiting again: a daemon sends it within five minutes",
    )
    assert [notice["target"] for notice in given_up(service)] == ["gone-1"]
    done = service.ctl.run("notify", "retry", id_)
    assert done.returncode == 0
    left = "it was not given up, and is left as it is"
    assert f"{id_} for away: {left}\n" in done.stdout
    assert f"{id_} for gone-2: {left}\n" in done.stdout
    assert f"{id_} for gone-1: waiting again" in done.stdout and "\n1 notice wait" in done.stdout
    done = service.ctl.run("notify", "drop", id_)
    assert (done.returncode, done.stderr) == (1, "mooringctl: 1 of 3 was left to a daemon\n")
    assert f"{id_} for away: a daemon is at work on it: try again later\n" in done.stdout
    assert "2 notices dropped" in done.stdout
    assert [notice["target"] for notice in notices(service)] == ["away"]
    for words in ((id_, "gone-1"), ("0" * 32,)):
        done = service.ctl.run("notify", "drop", *words)
        assert done.returncode == 1 and "there is no notice" in done.stderr
    away.close()


def insert(service: Service, id_: str, target: str, **columns: object) -> None:
    """A notice, as whoever may write to the store writes it."""
    now = int(time.time())
    event = {"version": 1, "id": id_, "event": "address-changed", "host": HOST, "user": "router1"}
    event |= {"old": "", "new": FIRST, "text": "x", "at": "2026-11-30T12:00:00Z", "at-s": now}
    row = {"id": id_, "target": target, "body": json.dumps(event), "made": now, "next": now}
    row |= {"attempts": 0, "state": "waiting", "why": "", "holder": "", "held_until": 0}
    row |= columns
    with sqlite3.connect(service.config.directory / "mooring.db") as db:
        places = ", ".join("?" * len(row))
        db.execute(
            f"INSERT INTO notices ({', '.join(row)}) VALUES ({places})", list(row.values())
        )
    db.close()


def test_what_the_store_has_makes_no_header_and_no_line(
    service: Service, receiver: Receiver
) -> None:
    forged = {"version": 1, "id": "x\r\nX-Evil: 1", "event": "test", "user": "u\nv"}
    forged |= {"host": "\x1b[31mred\nnext", "old": "", "new": "", "text": "", "at-s": 1}
    for target in ("gone", "hook"):
        insert(service, "a" * 32, target, body=json.dumps(forged))
    lines = service.ctl.run("notify", "list").stdout.splitlines()
    assert len(lines) == 2 and all(line.isprintable() and "?" in line for line in lines)
    service.start()
    eventually("it is given up", lambda: counted(service, "dead") == 1)
    assert receiver.paths == []
    (dead,) = given_up(service)
    assert "is no event of this version" in str(dead["why"])


def test_rows_that_are_no_notices_are_seen_and_dropped(service: Service) -> None:
    insert(service, "a" * 32, "hook", state="asleep")
    insert(service, "b" * 32, "hook", made=-5)
    insert(service, "a b", "no name\n")
    rows = [line.split(maxsplit=6) for line in service.ctl.ok("notify", "list").splitlines()]
    listed = {(row[5], row[1], row[2]): row[6] for row in rows}
    assert listed == {
        ("a" * 32, "hook", "given-up"): "its row cannot be read: its state is none",
        ("b" * 32, "hook", "given-up"): "its row cannot be read: the notice has no usable time",
        ("row-3", "?", "given-up"): "its row cannot be read: the notice has no usable id",
    }
    service.start()
    eventually("they are counted", lambda: metrics(service.daemon)["mooring_notices_dead"] == 3)
    assert service.ctl.ok("notify", "drop", "row-3").endswith("1 notice dropped\n")
    assert service.ctl.ok("notify", "drop", "--all").endswith("2 notices dropped\n")
    assert notices(service) == []


def test_what_is_told_again_has_a_new_life(service: Service, receiver: Receiver) -> None:
    receiver.status = 503
    made = int(time.time()) - 4 * 86400
    insert(service, "a" * 32, "hook", state="dead", made=made, attempts=80)
    assert "1 notice" in service.ctl.ok("notify", "retry", "--all")
    service.start()
    eventually("it is tried again", lambda: counted(service, "failed") == 1)
    assert counted(service, "dead") == 0 and given_up(service) == []


def test_what_waits_for_a_section_that_is_gone_is_dropped(
    service: Service, receiver: Receiver
) -> None:
    receiver.status = 503
    service.config.notifies["hook"]["events"] = ["address-changed"]
    service.start()
    update(service, FIRST)
    eventually("it was tried", lambda: counted(service, "failed") >= 1)
    service.daemon.stop()
    assert service.ctl.ok("notify", "drop", "--all").startswith("0 notices dropped")
    service.config.notifies["other"] = service.config.notifies.pop("hook")
    assert [notice["gone"] for notice in notices(service)] == [True]
    assert "no section notify has that name" in service.ctl.ok("notify", "list")
    service.start()
    eventually(
        "it is counted",
        lambda: metrics(service.daemon)["mooring_notices_without_target"] == 1,
    )
    service.daemon.stop()
    assert service.ctl.ok("notify", "drop", "--all").endswith(": dropped\n1 notice dropped\n")
    assert notices(service) == []


def notices(service: Service) -> list[Event]:
    found = service.ctl.json("notify", "list")
    assert isinstance(found, list)
    return found


def given_up(service: Service) -> list[Event]:
    return [notice for notice in notices(service) if notice["state"] == "given-up"]


def test_a_test_says_what_the_target_answered(service: Service, receiver: Receiver) -> None:
    good = service.ctl.run("notify", "test")
    assert good.stdout.startswith("hook: delivered: 127.0.0.1")
    (event,) = receiver.of_kind("test")
    assert event["host"] == ""
    receiver.status = 403
    bad = service.ctl.run("notify", "test", "hook")
    assert bad.stdout.startswith("hook: not delivered: 127.0.0.1")
    assert "403" in bad.stdout
    assert "1 of 1 targets did not take it" in bad.stderr
    other = service.ctl.run("notify", "test", "nobody")
    assert 'has no notify "nobody"' in other.stderr
    wrong = service.ctl.run("notify", "retry")
    assert "--all" in wrong.stderr


@pytest.fixture(name="owned")
def fixture_owned(make_service: MakeService) -> Iterator[Service]:
    """Its store is nobody's if root runs this."""
    with tempfile.TemporaryDirectory() as directory:
        if os.geteuid() == 0:
            os.chown(directory, NOBODY, -1)
        service = make_service(store={"type": "sqlite", "path": f"{directory}/mooring.db"})
        service.ctl.add("router1", HOST)
        yield service


def folder(service: Service) -> Path:
    return Path(str(service.config.store["path"])).parent


def test_a_test_by_root_runs_as_whom_the_store_belongs_to(owned: Service) -> None:
    told_to = folder(owned) / "uid"
    script = f"id -u >{told_to}"
    owned.config.notifies["tell"] = {"type": "exec", "command": ["/bin/sh", "-c", script]}
    owned.ctl.ok("notify", "test", "tell")
    assert told_to.read_text() == f"{os.geteuid() or NOBODY}\n"


def test_a_test_by_root_reads_what_the_daemon_could(owned: Service, receiver: Receiver) -> None:
    is_root = os.geteuid() == 0
    service = told(owned, receiver)
    secret = folder(service) / "token"
    secret.write_text("tok-Sesame\n")
    secret.chmod(0o600)
    service.config.notifies["hook"]["token-file"] = str(secret)
    done = service.ctl.run("notify", "test", "hook")
    assert done.returncode == (1 if is_root else 0)
    assert ("cannot be read: Permission denied" in done.stdout) == is_root


# On DynamoDB and Route 53 several daemons may share the table.


def test_of_two_daemons_on_one_table_one_delivers(
    amazon: Amazon, make_service: MakeService, receiver: Receiver
) -> None:
    first = amazon_service(amazon, make_service, receiver, name="first")
    second = amazon_service(amazon, make_service, receiver, name="second")
    first.secret = second.secret = first.ctl.add("router1", HOST)
    # What the first one cannot deliver, both know of once the second one has looked.
    receiver.status = 503
    first.start()
    assert update(first, FIRST) == f"good {FIRST}"
    eventually("it was tried", lambda: counted(first, "failed") >= 1)
    second.start()
    receiver.status = 204
    wait_events(receiver, "address-changed", 1, LEASE_S)
    eventually("it is kept no more", lambda: first.ctl.json("notify", "list") == [], LEASE_S)
    amazon.wait_made_sure("router1")
    assert len(receiver.of_kind("address-changed")) == 1
    assert counted(first, "delivered") + counted(second, "delivered") == 1


def test_under_a_policy_that_only_reads_notices_live_in_memory_and_it_is_said(
    make_amazon: Callable[..., Amazon], make_service: MakeService, receiver: Receiver
) -> None:
    amazon = make_amazon()
    service = amazon_service(amazon, make_service, receiver)
    service.secret = service.ctl.add("router1", HOST)
    allowed = frozenset({"dynamodb:GetItem", "route53:ChangeResourceRecordSets"})
    reader = amazon.ministack.new_user("reader", allowed)
    amazon.gate.identities[reader.access_key] = reader
    service.env = amazon.env(reader)
    service.start()
    assert update(service, FIRST) == f"good {FIRST}"
    (event,) = wait_events(receiver, "address-changed")
    assert event["new"] == FIRST
    (line,) = service.daemon.wait_log("the store takes no notices")
    assert "notify:*" in line and "dynamodb:UpdateItem" in line.split("why=")[1]
    assert metrics(service.daemon)["mooring_notices_in_memory"] == 1
    assert "notices are not kept" in service.ctl.run("status").stdout
    # Nobody remembers the address beyond the daemon's end, so the same one is told as a new one.
    service.daemon.stop()
    service.start()
    assert update(service, FIRST) == f"good {FIRST}"
    (_, event) = wait_events(receiver, "address-changed", 2)
    assert (event["old"], event["new"]) == ("", FIRST)


SLOT = "notify:"
GET, UPDATE = "dynamodb:GetItem", "dynamodb:UpdateItem"


def in_table(
    amazon: Amazon, make_service: MakeService, receiver: Receiver, *addresses: str
) -> Service:
    """A service without a daemon, of which these changes could not be told."""
    receiver.status = 410
    service = amazon_service(amazon, make_service, receiver)
    service.secret = service.ctl.add("router1", HOST)
    service.start()
    for address in addresses:
        assert update(service, address) == f"good {address}"
        eventually("it is confirmed", lambda a=address: update(service, a) == f"nochg {a}")
    amazon.wait_made_sure("router1")
    eventually("they are given up", lambda: len(given_up(service)) == len(addresses))
    service.daemon.stop()
    return service


def looked_at(amazon: Amazon) -> int:
    """Slots of notices that were read."""
    return sum(SLOT.encode() in call.body for call in amazon.gate.calls(GET))


def test_without_a_daemon_status_tells_the_notices_of_a_table(
    amazon: Amazon, make_service: MakeService, receiver: Receiver
) -> None:
    service = in_table(amazon, make_service, receiver, FIRST)
    done = service.ctl.run("status")
    assert (done.returncode, done.stderr) == (3, "")
    assert "\n1 notice was given up: mooringctl notify list says why\n" in done.stdout
    told = json.loads(service.ctl.run("status", "--json").stdout)
    assert told["notices"] == {"waiting": 0, "given-up": 1, "kept": True}
    # One host alone has none; and where nobody is told of anything, there are none.
    amazon.gate.forget()
    assert "notices" not in json.loads(service.ctl.run("status", HOST, "--json").stdout)
    hook = service.config.notifies.pop("hook")
    assert "notice" not in service.ctl.run("status").stdout
    assert looked_at(amazon) == 0
    service.config.notifies["hook"] = hook
    amazon.gate.script.fail(GET, "AccessDenied", "not for you", times=None)
    done = service.ctl.run("status")
    assert done.returncode == 3 and "AccessDenied" in done.stderr
    assert "\nnotices cannot be read: " in done.stdout and "not for you" in done.stdout
    assert done.stdout.splitlines()[-1].split()[:3] == [HOST, "router1", FIRST]
    told = json.loads(service.ctl.run("status", "--json").stdout)
    assert "not for you" in told["no-notices"] and "notices" not in told and told["hosts"]


def test_who_may_not_list_the_table_is_told_its_notices(
    amazon: Amazon, make_service: MakeService, receiver: Receiver
) -> None:
    service = in_table(amazon, make_service, receiver, FIRST)
    amazon.gate.script.fail("dynamodb:Scan", "AccessDenied", "not for you", times=None)
    done = service.ctl.run("status")
    assert "trouble: the store cannot be read: accounts cannot be listed" in done.stdout
    assert "\n1 notice was given up: " in done.stdout and done.returncode == 3


def test_how_far_a_retry_of_many_is_is_told(
    amazon: Amazon, make_service: MakeService, receiver: Receiver
) -> None:
    service = in_table(amazon, make_service, receiver, FIRST, SECOND)
    # Each notice takes two calls, and each of these is over before it is told by itself.
    amazon.gate.script.delay(UPDATE, 1.1, times=None)
    words = [BUILD / "mooringctl", "-c", service.config.write(), "notify", "retry", "--all"]
    with Terminal(words, environment(**service.env)) as terminal:
        status, shown = terminal.finish()
    assert status == 0 and "2 notices waiting again" in shown.rpartition("\x1b[K")[2]
    line = r"\rdynamodb: 1 of 2 notices, 0/s, about \d s left\x1b\[K"
    assert re.search(line, shown), shown
    assert [notice["state"] for notice in notices(service)] == ["waiting"] * 2


# A command of the administrator's, behind the walls, too.


@pytest.mark.parametrize("walls", [False, True])
def test_a_command_is_told(make_service: MakeService, tmp_path: Path, walls: bool) -> None:
    script, out = tmp_path / "tell", tmp_path / "told"
    script.write_text(f'#!/bin/sh\ncat >>"{out}"\necho >>"{out}"\n')
    script.chmod(0o755)
    service = make_service(top={"landlock": walls})
    service.config.notifies["tell"] = {
        "type": "exec",
        "command": [str(script)],
        "events": ["address-changed"],
    }
    service.secret = service.ctl.add("router1", HOST)
    service.start()
    assert update(service, FIRST) == f"good {FIRST}"
    eventually("the command was run", lambda: out.exists() and out.read_text().endswith("}\n"))
    event = json.loads(out.read_text())
    assert (event["event"], event["new"]) == ("address-changed", FIRST)
