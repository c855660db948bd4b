# SPDX-License-Identifier: BSD-2-Clause
"""Backups of the embedded store while everybody uses it, and the way back."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import resource
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import termios
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from system.conftest import Amazon, Service
from system.harness import (
    BUILD,
    HOST,
    ZONE,
    Ctl,
    Router,
    dig,
    dig_status,
    environment,
    eventually,
    run,
)

CAM = f"cam.{ZONE}"
FIRST, SECOND, THIRD = "203.0.113.1", "203.0.113.2", "203.0.113.3"


@pytest.fixture(name="ctl")
def fixture_ctl(make_service: Callable[..., Service]) -> Ctl:
    """On a store that no daemon uses."""
    ctl = make_service().ctl
    ctl.add("router1", HOST)
    return ctl


def run_with(ctl: Ctl, stdin: object, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(BUILD / "mooringctl"), "-c", str(ctl.config), *words],
        check=False,
        env=environment(),
        stdin=stdin,
        capture_output=True,
        text=True,
        timeout=30,
    )


def store_of(ctl: Ctl) -> Path:
    return ctl.config.parent / "mooring.db"


def rows(path: Path, question: str) -> list[tuple]:
    """What a backup holds, opened as a file that nobody may write to."""
    with contextlib.closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True)) as db:
        return db.execute(question).fetchall()


def leftovers(folder: Path) -> set[str]:
    """Of a restore that failed: its private copy, and the file for the old content."""
    return {p.name for p in folder.iterdir() if "restore-" in p.name}


@contextlib.contextmanager
def under_load(work: Callable[[], None]) -> Iterator[None]:
    """Does work again and again, in a thread, as long as the block lasts."""
    stop = threading.Event()
    failed: list[BaseException] = []

    def loop() -> None:
        try:
            while not stop.is_set():
                work()
        except BaseException as problem:  # noqa: BLE001 - told below
            failed.append(problem)

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    assert not failed, failed


# Backup.


def test_backup_has_what_a_plain_copy_lacks(embedded: Service, tmp_path: Path) -> None:
    secret = embedded.ctl.add("router1", HOST)
    assert embedded.router("router1", secret).update(f"myip={FIRST}").status == 200
    target, plain = tmp_path / "backup.db", tmp_path / "plain.db"
    assert embedded.ctl.ok("backup", str(target)) == f"{target}: 1 account\n"
    assert rows(target, "SELECT user, name, v4, seq, pub FROM hosts") == [
        ("router1", HOST, FIRST, 1, 1)
    ]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert {p.name for p in tmp_path.iterdir() if p.name.startswith("backup")} == {"backup.db"}
    shutil.copy(store_of(embedded.ctl), plain)
    with contextlib.suppress(sqlite3.Error):
        assert rows(plain, "SELECT v4 FROM hosts") != [(FIRST,)]


def test_every_backup_under_load_is_of_one_moment(embedded: Service, tmp_path: Path) -> None:
    """Two hosts of one update are written together: no backup may have one without the other."""
    router = embedded.router("router1", embedded.ctl.add("router1", HOST, CAM))
    count = iter(range(1, 1_000_000))

    def update() -> None:
        n = next(count)
        address = f"203.0.{n // 250 % 250}.{n % 250 + 1}"
        assert router.update(f"hostname={HOST},{CAM}&myip={address}").status == 200

    update()
    seen = set()
    i = 0
    with under_load(update):
        while i < 12 or len(seen) <= 3:  # a busy machine updates less often
            i += 1
            assert i < 1000
            target = tmp_path / f"{i % 3}.db"  # an older backup is replaced
            embedded.ctl.ok("backup", str(target))
            (home, cam) = rows(target, "SELECT v4, seq FROM hosts ORDER BY name")
            assert home == cam
            seen.add(home)


def test_backup_to_standard_output(ctl: Ctl, tmp_path: Path) -> None:
    with (tmp_path / "piped.db").open("wb") as out:
        done = subprocess.run(
            [BUILD / "mooringctl", "-c", ctl.config, "backup", "-"],
            check=False,
            env=environment(TMPDIR=str(tmp_path)),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.PIPE,
            timeout=30,
        )
    assert (done.returncode, done.stderr) == (0, b"")
    assert rows(tmp_path / "piped.db", "SELECT user FROM accounts") == [("router1",)]
    assert {p.name for p in tmp_path.iterdir() if p.is_file()} == {"piped.db"}


def test_backup_is_not_written_to_a_terminal(ctl: Ctl) -> None:
    leader, follower = pty.openpty()
    with os.fdopen(leader, "rb"), os.fdopen(follower, "wb") as terminal:
        done = subprocess.run(
            [BUILD / "mooringctl", "-c", ctl.config, "backup", "-"],
            check=False,
            env=environment(),
            stdout=terminal,
            stderr=subprocess.PIPE,
            timeout=30,
        )
    assert done.returncode == 1 and b"terminal" in done.stderr


def make_other(path: Path) -> None:
    path.write_text("not a backup")


def make_database(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE accounts (user)")
        db.commit()


@pytest.mark.parametrize("make", [make_other, make_database, Path.mkdir, os.mkfifo])
def test_backup_replaces_nothing_else(
    ctl: Ctl, tmp_path: Path, make: Callable[[Path], None]
) -> None:
    target = tmp_path / "target"
    make(target)
    before = target.lstat(), target.read_bytes() if target.is_file() else None
    done = ctl.run("backup", str(target))
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and str(target) in done.stderr
    after = target.lstat(), target.read_bytes() if target.is_file() else None
    assert before[0].st_mtime_ns == after[0].st_mtime_ns and before[1] == after[1]


def test_backup_over_the_store_itself_is_refused(ctl: Ctl, tmp_path: Path) -> None:
    link = tmp_path / "link.db"
    link.symlink_to(store_of(ctl))
    for target in (store_of(ctl), link):
        done = ctl.run("backup", str(target))
        assert done.returncode == 1 and "a store" in done.stderr
    assert ctl.json("user", "show", "router1")["hosts"] == [HOST]


def test_backup_of_no_store_or_into_no_folder(ctl: Ctl, tmp_path: Path) -> None:
    done = ctl.run("backup", str(tmp_path / "absent" / "b.db"))
    assert done.returncode == 1 and "absent/b.db: No such file" in done.stderr
    store_of(ctl).unlink()
    done = ctl.run("backup", str(tmp_path / "b.db"))
    assert done.returncode == 1 and "mooring.db" in done.stderr
    assert not (tmp_path / "b.db").exists() and not store_of(ctl).exists()


def test_full_disk_leaves_the_older_backup(ctl: Ctl, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    target = folder / "b.db"
    ctl.ok("backup", str(target))
    old = target.read_bytes()
    with contextlib.closing(sqlite3.connect(store_of(ctl))) as db:
        db.executemany(
            "INSERT INTO accounts (user, secret) VALUES (?, ?)",
            [(f"many{i}", "x" * 100) for i in range(1000)],
        )
        db.commit()

    def limit() -> None:
        """What write(2) says is EFBIG: as final as a full disk, and anybody can have it. The file
        beside the store that all who read it share has 32768 bytes."""
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (40000, 40000))

    options = {"preexec_fn": limit, "restore_signals": False}
    done = ctl.run("backup", str(target), **options)
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert f'"{target}" cannot be written: File too large' in done.stderr
    assert target.read_bytes() == old and [p.name for p in folder.iterdir()] == ["b.db"]
    done = ctl.run("restore", str(target), **options)
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert ctl.json("user", "show", "router1")["hosts"] == [HOST]
    assert not leftovers(store_of(ctl).parent)


STOPS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


def start(ctl: Ctl, *words: str, **options: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [BUILD / "mooringctl", "-c", ctl.config, *words],
        env=environment(TMPDIR=str(ctl.config.parent)),
        stderr=subprocess.PIPE,
        **options,
    )


def is_interrupted(process: subprocess.Popen[bytes]) -> None:
    _, said = process.communicate(timeout=30)
    assert (process.returncode, said) == (1, b"mooringctl: interrupted before it was done\n")


@pytest.mark.parametrize("stop", STOPS)
def test_interrupted_backup_leaves_the_older_one_alone(
    ctl: Ctl, tmp_path: Path, stop: signal.Signals
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    target = folder / "b.db"
    ctl.ok("backup", str(target))
    old = target.read_bytes()
    with contextlib.closing(sqlite3.connect(store_of(ctl))) as db:
        # Keeps even readers out: the backup waits with its draft open.
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("UPDATE accounts SET ttl = 77")
        db.commit()
        process = start(ctl, "backup", str(target), stdin=subprocess.DEVNULL)
        eventually("the draft is there", lambda: len(list(folder.iterdir())) == 2)
        process.send_signal(stop)
    is_interrupted(process)
    assert [p.name for p in folder.iterdir()] == ["b.db"] and target.read_bytes() == old


@pytest.mark.parametrize("stop", STOPS)
def test_interrupted_backup_to_standard_output_leaves_no_draft(
    ctl: Ctl, stop: signal.Signals
) -> None:
    """Its reader is slow: it is interrupted while it waits for it."""
    before = set(ctl.config.parent.iterdir())
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb"):
        full = fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
        process = start(ctl, "backup", "-", stdin=subprocess.DEVNULL, stdout=writer)
        os.close(writer)
        eventually("the pipe is full", lambda: waiting(reader) == full)
        process.send_signal(stop)
        is_interrupted(process)
    assert {p for p in ctl.config.parent.iterdir() if "-shm" not in p.name} - before == set()


def waiting(pipe: int) -> int:
    """Bytes in a pipe."""
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, b"\0\0\0\0"), sys.byteorder)


def test_damaged_store_gives_no_backup(ctl: Ctl, tmp_path: Path) -> None:
    data = bytearray(store_of(ctl).read_bytes())
    data[4096:8192:13] = b"\xa5" * len(data[4096:8192:13])
    store_of(ctl).write_bytes(data)
    done = ctl.run("backup", str(tmp_path / "b.db"))
    assert done.returncode == 1 and "mooring.db" in done.stderr
    assert [p for p in tmp_path.iterdir() if p.name.startswith("b.db")] == []


def test_backup_belongs_to_who_takes_it_and_the_store_to_its_owner(
    make_service: Callable[..., Service],
) -> None:
    """Root takes backups into a folder of its own, of a store that is the daemon's."""
    owner = 65534 if os.geteuid() == 0 else os.geteuid()
    with tempfile.TemporaryDirectory() as directory, tempfile.TemporaryDirectory() as private:
        os.chown(directory, owner, -1)
        ctl = make_service(store={"type": "sqlite", "path": f"{directory}/mooring.db"}).ctl
        ctl.add("router1", HOST)
        ctl.ok("backup", f"{private}/b.db")
        assert Path(private, "b.db").stat().st_uid == os.geteuid()
        ctl.ok("user", "remove", "router1")
        ctl.ok("restore", f"{private}/b.db")
        assert ctl.json("user", "show", "router1")["hosts"] == [HOST]
        assert {entry.stat().st_uid for entry in os.scandir(directory)} == {owner}
        assert {stat.S_IMODE(e.stat().st_mode) for e in os.scandir(directory)} == {0o600}


# Restore.


def truncated(good: bytes) -> bytes:
    return good[: len(good) // 2]


def spoiled(good: bytes) -> bytes:
    return good[:4096] + bytes(b ^ 0xFF for b in good[4096:])


def edited(good: bytes, statement: str) -> bytes:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "edited.db")
        path.write_bytes(good)
        with contextlib.closing(sqlite3.connect(path)) as db:
            db.executescript(statement)
        return path.read_bytes()


BAD = {
    "nothing": lambda good: b"",
    "text": lambda good: b"SQLite format 3 is what this is not\n" * 100,
    "truncated": truncated,
    "spoiled": spoiled,
    "other program": lambda good: edited(good, "PRAGMA application_id = 1"),
    "later version": lambda good: edited(good, "PRAGMA user_version = 99"),
    "no table": lambda good: edited(good, "DROP TABLE hosts"),
    "trigger": lambda good: edited(
        good, "CREATE TRIGGER t AFTER DELETE ON hosts BEGIN DELETE FROM accounts; END"
    ),
    "view": lambda good: edited(
        good, "DROP TABLE hosts; CREATE VIEW hosts AS SELECT user FROM accounts"
    ),
    "seq without end": lambda good: edited(good, f"UPDATE hosts SET seq = {2**63 - 1}"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_backup_changes_nothing(ctl: Ctl, tmp_path: Path, name: str) -> None:
    good, bad = tmp_path / "good.db", tmp_path / "bad.db"
    ctl.ok("backup", str(good))
    bad.write_bytes(BAD[name](good.read_bytes()))
    ctl.add("router2", CAM)
    before = ctl.ok("user", "list", "--json")
    given = bad.read_bytes()
    done = ctl.run("restore", str(bad))
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith("mooringctl: ") and done.stderr.count("\n") == 1
    assert ctl.ok("user", "list", "--json") == before and bad.read_bytes() == given
    assert {p.name for p in store_of(ctl).parent.glob("mooring.db*")} == {"mooring.db"}


@pytest.mark.parametrize("source", ["store", "folder", "absent", "terminal"])
def test_restore_of_no_file_is_refused(ctl: Ctl, tmp_path: Path, source: str) -> None:
    paths = {"store": store_of(ctl), "folder": tmp_path, "absent": tmp_path / "absent.db"}
    if source in paths:
        done = ctl.run("restore", str(paths[source]))
    else:
        leader, follower = pty.openpty()
        with os.fdopen(leader, "rb"), os.fdopen(follower, "rb") as terminal:
            done = run_with(ctl, terminal, "restore", "-")
            assert "typed" in done.stderr
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert ctl.json("user", "show", "router1")["hosts"] == [HOST]


def before_of(output: str) -> str:
    return output.splitlines()[1].split(maxsplit=1)[1]


def test_way_back_is_named_and_works(ctl: Ctl, tmp_path: Path) -> None:
    ctl.ok("backup", str(tmp_path / "b.db"))
    ctl.add("router2", CAM)
    output = ctl.ok("restore", str(tmp_path / "b.db"))
    assert [entry["user"] for entry in ctl.json("user", "list")] == ["router1"]
    ctl.ok("restore", before_of(output))
    assert [entry["user"] for entry in ctl.json("user", "list")] == ["router1", "router2"]


@pytest.mark.parametrize("stop", STOPS)
def test_interrupted_restore_leaves_the_store_as_it_was(
    ctl: Ctl, tmp_path: Path, stop: signal.Signals
) -> None:
    ctl.ok("backup", str(tmp_path / "b.db"))
    folder = store_of(ctl).parent
    ctl.ok("user", "set", "router1", "--ttl", "77")
    process = start(ctl, "restore", "-", stdin=subprocess.PIPE)
    process.stdin.write((tmp_path / "b.db").read_bytes()[:5000])
    process.stdin.flush()
    eventually("it is being copied", lambda: copied(folder) == [5000])
    process.send_signal(stop)
    is_interrupted(process)
    assert not leftovers(folder) and ctl.json("user", "show", "router1")["ttl"] == 77


def copied(folder: Path) -> list[int]:
    """Bytes in the private copy of a restore."""
    return [p.stat().st_size for p in folder.glob("*.restore-*/backup")]


def test_restore_from_standard_input_and_of_a_plain_copy(ctl: Ctl, tmp_path: Path) -> None:
    backup = tmp_path / "b.db"
    ctl.ok("backup", str(backup))
    ctl.ok("user", "remove", "router1")
    with backup.open("rb") as source:
        done = run_with(ctl, source, "restore", "-")
    assert done.returncode == 0, done.stderr
    assert ctl.json("user", "show", "router1")["hosts"] == [HOST]
    # As a snapshot of the file system has it: the change is in the log beside the file.
    with contextlib.closing(sqlite3.connect(store_of(ctl))) as db:
        db.execute("UPDATE accounts SET ttl = 77")
        db.commit()
        for suffix in ("", "-wal"):
            shutil.copy(f"{store_of(ctl)}{suffix}", f"{tmp_path}/copy.db{suffix}")
    ctl.ok("user", "set", "router1", "--ttl", "default")
    ctl.ok("restore", f"{tmp_path}/copy.db")
    assert ctl.json("user", "show", "router1")["ttl"] == 77


def test_restore_makes_the_store_that_is_not_there(ctl: Ctl, tmp_path: Path) -> None:
    ctl.ok("backup", str(tmp_path / "b.db"))
    store_of(ctl).unlink()
    ctl.ok("restore", str(tmp_path / "b.db"))
    assert ctl.json("user", "show", "router1")["hosts"] == [HOST]


def soon(router: Router, query: str, text: str) -> None:
    eventually(f"{query} is answered {text}", lambda: router.update(query).text == text)


def test_running_daemon_publishes_what_was_restored(embedded: Service, tmp_path: Path) -> None:
    ctl, port = embedded.ctl, embedded.daemon.dns_port
    router = embedded.router("router1", ctl.add("router1", HOST))
    gone = embedded.router("gone", ctl.add("gone", f"gone.{ZONE}"))
    assert router.update(f"myip={FIRST},2001:db8::1").status == 200
    assert gone.update(f"myip={FIRST}").status == 200
    ctl.ok("backup", str(tmp_path / "b.db"))

    ctl.ok("user", "remove", "gone")
    late = embedded.router("late", ctl.add("late", CAM))
    assert late.update(f"myip={SECOND}").status == 200
    assert router.update(f"myip={SECOND}").status == 200
    ctl.ok("user", "passwd", "router1")
    eventually("gone is gone", lambda: dig_status(port, f"gone.{ZONE}") == "NXDOMAIN")

    ctl.ok("restore", str(tmp_path / "b.db"))
    eventually("the address is back", lambda: dig(port, HOST, "A") == [FIRST])
    assert dig(port, HOST, "AAAA") == ["2001:db8::1"]
    eventually("so is the account", lambda: dig(port, f"gone.{ZONE}", "A") == [FIRST])
    eventually("what came later went", lambda: dig_status(port, CAM) == "NXDOMAIN")
    soon(late, f"myip={SECOND}", "badauth")
    # The old secret counts again; what is published already is so.
    soon(router, f"myip={FIRST},2001:db8::1", f"nochg {FIRST},2001:db8::1")
    soon(gone, f"myip={FIRST}", f"nochg {FIRST}")
    assert router.update(f"myip={THIRD}").text == f"good {THIRD}"
    assert dig(port, HOST, "A") == [THIRD]
    assert all(entry["published"] for entry in ctl.json("host", "list"))


def test_restore_under_load_is_what_everybody_sees(embedded: Service, tmp_path: Path) -> None:
    """Updates go on while the content is replaced twice a second: whatever is acknowledged after
    the last restore is in the zone, and the store agrees with it."""
    ctl, port = embedded.ctl, embedded.daemon.dns_port
    router = embedded.router("router1", ctl.add("router1", HOST, CAM))
    count = iter(range(1, 1_000_000))
    acknowledged = [""]

    def update() -> None:
        n = next(count)
        address = f"203.0.{n // 250 % 250}.{n % 250 + 1}"
        answer = router.update(f"hostname={HOST},{CAM}&myip={address}")
        assert set(answer.text.split("\n")) <= {f"good {address}", "911"}, answer.text
        acknowledged[0] = address if answer.text.startswith("good") else acknowledged[0]

    update()
    ctl.ok("backup", str(tmp_path / "b.db"))
    with under_load(update):
        for _ in range(8):
            ctl.ok("restore", str(tmp_path / "b.db"))
    update()
    for name in (HOST, CAM):
        eventually(f"{name} has it", lambda name=name: dig(port, name, "A") == [acknowledged[0]])
    listed = ctl.json("host", "list")
    assert {entry["ipv4"] for entry in listed} == {acknowledged[0]}
    eventually(
        "all is published",
        lambda: all(entry["published"] for entry in ctl.json("host", "list")),
    )
    eventually("it says so", lambda: embedded.daemon.log_lines("the store was restored"))


def test_restore_without_a_daemon_is_published_by_the_next_start(
    make_service: Callable[..., Service], tmp_path: Path
) -> None:
    service = make_service()
    router = None
    secret = service.ctl.add("router1", HOST)
    service.start()
    router = service.router("router1", secret)
    assert router.update(f"myip={FIRST}").status == 200
    service.ctl.ok("backup", str(tmp_path / "b.db"))
    assert router.update(f"myip={SECOND}").status == 200
    service.daemon.stop()
    service.ctl.ok("restore", str(tmp_path / "b.db"))
    (state,) = service.ctl.json("host", "list")
    assert (state["ipv4"], state["published"]) == (FIRST, False)
    service.start()
    port = service.daemon.dns_port
    eventually("it is published", lambda: dig(port, HOST, "A") == [FIRST])
    eventually("and noted", lambda: service.ctl.json("host", "list")[0]["published"])


def test_restore_is_published_to_route53(
    amazon: Amazon, make_service: Callable[..., Service], tmp_path: Path
) -> None:
    """A zone that is not in the daemon's memory; and no account cache to be asked for."""
    service = amazon.service(make_service, store={}, top={"account-cache": 0, "settle-time": 1})
    ctl = service.ctl
    secret = ctl.add("router1", HOST)
    service.start()
    router = service.router("router1", secret)
    assert router.update(f"myip={FIRST}").status == 200
    ctl.ok("backup", str(tmp_path / "b.db"))
    assert router.update(f"myip={SECOND},2001:db8::2").status == 200
    late = service.router("late", ctl.add("late", CAM))
    assert late.update(f"myip={SECOND}").status == 200
    assert set(amazon.records()) == {(HOST, "A"), (HOST, "AAAA"), (CAM, "A")}

    ctl.ok("restore", str(tmp_path / "b.db"))
    eventually("only what was restored", lambda: amazon.records() == {(HOST, "A"): [FIRST]})
    soon(router, f"myip={FIRST}", f"nochg {FIRST}")
    assert amazon.records() == {(HOST, "A"): [FIRST]}


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_table_is_backed_up_by_aws(
    amazon: Amazon, make_service: Callable[..., Service], tmp_path: Path, command: str
) -> None:
    ctl = amazon.service(make_service).ctl
    target = tmp_path / "b.db"
    done = ctl.run(command, str(target))
    assert done.returncode == 1 and "point-in-time" in done.stderr
    assert done.stderr.count("\n") == 1 and not target.exists()


def test_wrong_usage(ctl: Ctl) -> None:
    for words in (["backup"], ["restore"], ["backup", ""], ["backup", "a", "b"]):
        done = ctl.run(*words)
        assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert run([BUILD / "mooringctl", "restore", "--help"]).returncode == 0
    assert json.loads(ctl.ok("user", "list", "--json"))
