# SPDX-License-Identifier: BSD-2-Clause
"""mooringctl export and import: from one store into another, and from the files of other
servers. In both stores."""

from __future__ import annotations

import csv
import fcntl
import io
import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from aws.emulators import BATCH_ACTIONS, TABLE
from system.cloud import act_before
from system.conftest import Amazon, Service
from system.harness import BUILD, HOST, ZONE, Ctl, environment, eventually, run

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "pages"))
from pages import blocks  # noqa: E402  pylint: disable=wrong-import-position

SECRET = "hush hush 1"
OTHER = f"other.{ZONE}"
COMPLETE = "claims:complete"
GET = "dynamodb:GetItem"
TRANSACT = "dynamodb:TransactWriteItems"


@dataclass
class Stores:
    """Two services: what is exported, and where it goes."""

    old: Service
    new: Service
    folder: Path

    def write(self, name: str, text: str) -> str:
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o600)
        return str(path)

    def take(self, name: str, text: str, *words: str) -> subprocess.CompletedProcess[str]:
        done = self.new.ctl.run("import", self.write(name, text), *words)
        assert SECRET not in done.stdout + done.stderr
        return done

    def is_in(self, user: str, secret: str, host: str) -> bool:
        query = f"hostname={host}&myip=203.0.113.9"
        answer = self.new.router(user, secret).update(query).text
        return answer in ("good 203.0.113.9", "nochg 203.0.113.9")


@pytest.fixture(name="stores", params=["sqlite", "dynamodb"])
def fixture_stores(
    request: pytest.FixtureRequest, make_service: Callable[..., Service], tmp_path: Path
) -> Stores:
    """The new store is of that kind, the old one always SQLite."""
    old = make_service(name="old")
    if request.param == "sqlite":
        return Stores(old, make_service(), tmp_path)
    amazon = request.getfixturevalue("amazon")
    return Stores(old, amazon.service(make_service), tmp_path)


@pytest.fixture(name="embedded_stores")
def fixture_embedded_stores(make_service: Callable[..., Service], tmp_path: Path) -> Stores:
    return Stores(make_service(name="old"), make_service(), tmp_path)


def counts(done: subprocess.CompletedProcess[str]) -> dict[str, int]:
    last = done.stdout.splitlines()[-1]
    return {word: int(n) for n, word in re.findall(r"(\d+) (\w+)", last) if int(n)}


def results(done: subprocess.CompletedProcess[str]) -> dict[str, tuple[str, str]]:
    """Of a report in text: login to result and reason."""
    found = {}
    for line in done.stdout.splitlines()[:-1]:
        _, user, result, *why = re.split("  +", line)
        found[user] = (result, why[0] if why else "")
    return found


def known(ctl: Ctl) -> dict[str, dict]:
    return {account["user"]: account for account in ctl.json("user", "list")}


def fill(ctl: Ctl) -> str:
    """Accounts of every kind; the secret of "full"."""
    options = ("--ttl", "300", "--quirk", "one-line", "--valid-until", "2097-01-31")
    secret = ctl.add("full", HOST, f"nas.{ZONE}", options=(*options, "--from", "127.0.0.0/8"))
    ctl.ok("host", "set", "full", f"nas.{ZONE}", "--interface-id", "::1:2:3:4")
    ctl.add("größer, \"quoted\"", OTHER, secret=SECRET)
    ctl.ok("user", "disable", "größer, \"quoted\"")
    return secret


def in_order(exported: str) -> list[str]:
    """DynamoDB lists in an order of its own."""
    return sorted(line.rstrip(",") for line in exported.splitlines()[1:])


def export_to(ctl: Ctl, out: object) -> subprocess.CompletedProcess[str]:
    argv = [str(BUILD / "mooringctl"), "-c", str(ctl.config), "export"]
    return subprocess.run(
        argv,
        check=False,
        env=environment(),
        stdout=out,
        stderr=subprocess.PIPE,
        text=True,
        timeout=30,
    )


@pytest.mark.parametrize("form", ["json", "csv"])
def test_what_is_exported_is_imported(stores: Stores, form: str) -> None:
    old, new = stores.old.ctl, stores.new.ctl
    secret = fill(old)
    exported = old.ok("export", "--format", form)
    path = stores.write(f"all.{form}", exported)
    dry = new.run("import", path)
    assert (dry.returncode, counts(dry)) == (0, {"new": 2})
    assert dry.stderr == "mooringctl: nothing is written without --yes\n"
    for words in (("--dry-run",), ("--json",)):
        assert new.run("import", path, *words).stderr == ""
    assert new.json("user", "list") == []
    done = new.run("import", path, "--yes")
    assert (done.returncode, counts(done), done.stderr) == (0, {"made": 2}, "")
    assert known(new) == known(old)
    shown = new.json("user", "show", "full")["state"]
    assert [state.get("interface-id") for state in shown] == [None, "::1:2:3:4"]
    again = new.run("import", path, "--yes")
    assert (again.returncode, counts(again)) == (0, {"there": 2})
    assert in_order(new.ok("export", "--format", form)) == in_order(exported)
    stores.new.start()
    assert stores.is_in("full", secret, HOST)


def test_the_page_says_how_one_store_gets_what_another_has(stores: Stores) -> None:
    fill(stores.old.ctl)
    page = TOP / "docs" / "MOVING.md"
    taken, given = (b.text for b in blocks(page) if b.argument == "tests/system/test_import.py")
    path = f"{BUILD}:{os.environ['PATH']}"
    for ctl, commands in ((stores.old.ctl, taken), (stores.new.ctl, given)):
        env = environment(**ctl.env, PATH=path, MOORING_CONFIG=str(ctl.config))
        done = run(["bash", "-c", commands], env=env, cwd=stores.folder)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert (stores.folder / "accounts.json").stat().st_mode & 0o777 == 0o600
    assert known(stores.new.ctl) == known(stores.old.ctl)


def test_an_export_is_one_line_for_each_account(embedded_stores: Stores) -> None:
    ctl = embedded_stores.old.ctl
    fill(ctl)
    head, *lines, foot = ctl.ok("export").splitlines()
    assert head == '{"version":1,"accounts":[' and foot == "]}"
    full = json.loads(lines[0].rstrip(","))
    assert full.pop("secret").startswith("$sha256$")
    assert full == {
        "user": "full",
        "hosts": [HOST, f"nas.{ZONE}"],
        "ttl": 300,
        "quirks": ["one-line"],
        "valid-until": "2097-01-31T23:59:59Z",
        "from": ["127.0.0.0/8"],
        "interface-ids": [f"nas.{ZONE}=::1:2:3:4"],
    }
    assert json.loads(lines[1])["disabled"] is True
    table = list(csv.DictReader(ctl.ok("export", "--format", "csv").splitlines()))
    assert [row["user"] for row in table] == ["full", 'größer, "quoted"']
    assert table[0]["hosts"] == f"{HOST} nas.{ZONE}" and table[1]["disabled"] == "true"


def test_an_export_is_not_for_everybody(embedded_stores: Stores, tmp_path: Path) -> None:
    ctl = embedded_stores.old.ctl
    ctl.add("router1", HOST)
    leader, follower = pty.openpty()
    with os.fdopen(leader, "rb"), os.fdopen(follower, "wb") as terminal:
        done = export_to(ctl, terminal)
    assert done.returncode == 1 and "is not for a terminal" in done.stderr
    for mode, warned in ((0o600, False), (0o640, True)):
        path = tmp_path / f"{mode:o}.json"
        path.touch(mode)
        path.chmod(mode)
        with path.open("w") as out:
            done = export_to(ctl, out)
        assert done.returncode == 0 and ("can be read by others" in done.stderr) == warned
        assert len(json.loads(path.read_text())["accounts"]) == 1


CSV = f"""user,secret,hosts
good,{SECRET},{HOST}
short,1234567,x
away,{SECRET},x.example.net
good,{SECRET},y
same,{SECRET},{HOST}
"""


def test_bad_lines_stop_all_of_it_unless_they_are_skipped(stores: Stores) -> None:
    ctl = stores.new.ctl
    done = stores.take("a.csv", CSV, "--yes")
    assert done.returncode == 1 and ctl.json("user", "list") == []
    assert "nothing is written, because of 4 refused" in done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "line 2  good   new"
    assert lines[1] == "line 3  short  refused  the secret is shorter than 8 bytes"
    assert lines[2].endswith("x.example.net is in none of the configured zones")
    assert lines[3] == "line 5  good   refused  the login is on line 2 already"
    assert lines[4] == (
        f"line 6  same   refused  {HOST} is on line 2 already; --shared gives it to both"
    )
    assert counts(done) == {"new": 1, "refused": 4}
    done = stores.take("a.csv", CSV, "--yes", "--skip-bad")
    assert done.returncode == 1 and counts(done) == {"made": 1, "refused": 4}
    assert set(known(ctl)) == {"good"}
    stores.new.start()
    assert stores.is_in("good", SECRET, HOST)


def test_what_is_there_stays_as_it_is(stores: Stores) -> None:
    ctl = stores.new.ctl
    ctl.add("differs", HOST, secret=SECRET)
    ctl.add("owner", OTHER)
    text = (
        f"user,secret,hosts,ttl\ndiffers,{SECRET},{HOST} x,300\nthief,{SECRET},{OTHER},\n"
    )
    before = known(ctl)
    done = stores.take("a.csv", text, "--yes", "--skip-bad")
    assert done.returncode == 1 and known(ctl) == before
    assert results(done) == {
        "differs": ("differs", "hosts, ttl: left as it is there"),
        "thief": ("refused", f'{OTHER} belongs to user "owner"; --shared gives it to both'),
    }
    done = stores.take("a.csv", text, "--yes", "--shared")
    assert (done.returncode, counts(done)) == (1, {"made": 1, "differ": 1})
    assert known(ctl)["thief"]["hosts"] == [OTHER]


def test_new_secrets_are_in_a_file_of_their_own(stores: Stores) -> None:
    ctl = stores.new.ctl
    names = [f"h{i}.{ZONE}" for i in range(3)]
    text = "# of nsupdate.info\n" + "\n".join(names) + "\n"
    words = ("--format", "hosts", "--yes")
    done = stores.take("names", text, *words)
    assert done.returncode == 1 and "--new-secrets FILE says where to" in done.stderr
    assert ctl.json("user", "list") == []
    path = stores.folder / "new.csv"
    done = stores.take("names", text, *words, "--new-secrets", str(path))
    assert (done.returncode, counts(done)) == (0, {"made": 3})
    assert path.stat().st_mode & 0o777 == 0o600
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert [(row["user"], row["hosts"]) for row in rows] == [(name, name) for name in names]
    assert not any(row["secret"] in done.stdout + done.stderr for row in rows)
    before = path.read_text()
    done = stores.take("names", text, *words, "--new-secrets", str(path))
    assert (done.returncode, counts(done)) == (0, {"there": 3})
    assert path.read_text() == before
    # The file itself can be imported: all of it is there.
    assert ctl.ok("import", str(path)).splitlines()[-1].startswith("0 made, 0 new, 3 there")
    stores.new.start()
    for row in rows:
        assert stores.is_in(row["user"], row["secret"], row["hosts"])


def new_secrets(stores: Stores) -> tuple[subprocess.CompletedProcess[str], Path]:
    """Of one account that gets a new secret."""
    path = stores.folder / "new.csv"
    words = ("--format", "hosts", "--yes", "--new-secrets", str(path))
    return stores.take("names", HOST, *words), path


def test_a_file_of_secrets_that_another_run_writes_is_left_alone(stores: Stores) -> None:
    """flock(2) is what the other run has on it."""
    path = stores.folder / "new.csv"
    path.write_text("")
    path.chmod(0o600)
    with path.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        done, _ = new_secrets(stores)
        assert done.returncode == 1 and done.stdout == ""
        (said,) = done.stderr.splitlines()
        assert said.startswith(f"mooringctl: another import writes its secrets to {path}: ")
        assert stores.new.ctl.json("user", "list") == [] and path.read_text() == ""
    done, _ = new_secrets(stores)
    assert (done.returncode, counts(done)) == (0, {"made": 1})


def put_row(amazon: Amazon, user: str, host: str) -> None:
    item = {"user": {"S": user}, "pass": {"S": SECRET}, "host": {"S": host}}
    amazon.database.put_item(item)


def test_a_secret_that_may_count_is_kept(
    amazon: Amazon, make_service: Callable[..., Service], tmp_path: Path
) -> None:
    """The account is stored, and its answer lost, again and again."""
    stores = Stores(make_service(name="old"), amazon.service(make_service), tmp_path)
    put_row(amazon, "test1", OTHER)
    amazon.gate.script.lose_reply(TRANSACT, times=None)
    done, path = new_secrets(stores)
    assert done.returncode == 1 and "; once more goes on with the rest" in done.stderr
    assert counts(done) == {"new": 1} and HOST in known(stores.new.ctl)
    amazon.gate.script.clear()
    kept = path.read_text()
    done, _ = new_secrets(stores)
    assert (done.returncode, counts(done)) == (0, {"there": 1}) and path.read_text() == kept
    (row,) = csv.DictReader(kept.splitlines())
    stores.new.start()
    assert stores.is_in(HOST, row["secret"], HOST)


def test_a_secret_of_an_account_that_was_not_made_is_not_kept(
    amazon: Amazon, make_service: Callable[..., Service], tmp_path: Path
) -> None:
    stores = Stores(make_service(name="old"), amazon.service(make_service), tmp_path)
    put_row(amazon, "test1", OTHER)
    act_before(amazon.gate, "TransactWriteItems", lambda: put_row(amazon, HOST, HOST))
    done, path = new_secrets(stores)
    assert done.returncode == 1 and counts(done) == {"refused": 1}
    assert results(done)[HOST] == ("refused", "somebody else has made it meanwhile")
    assert not path.exists()


def test_secrets_are_written_to_nobody_elses_file(embedded_stores: Stores) -> None:
    path = embedded_stores.write("new.csv", "")
    Path(path).chmod(0o644)
    words = ("--format", "hosts", "--yes", "--new-secrets", path)
    done = embedded_stores.take("names", HOST, *words)
    assert done.returncode == 1 and "may be read by others" in done.stderr
    assert embedded_stores.new.ctl.json("user", "list") == []


def test_secrets_are_not_written_into_the_file_that_is_read(embedded_stores: Stores) -> None:
    """Its first line is that of a file of new secrets."""
    ctl = embedded_stores.new.ctl
    path = Path(embedded_stores.write("a.csv", f"user,secret,hosts\nrouter1,,{HOST}\n"))
    before = path.read_text()
    link = embedded_stores.folder / "new.csv"
    os.link(path, link)
    for words in ((str(path),), ("-", "--format", "csv")):
        with path.open() as lines:
            done = ctl.run("import", *words, "--yes", "--new-secrets", str(link), stdin=lines)
        assert done.returncode == 1 and "new.csv is the file that is read" in done.stderr
    assert path.read_text() == before and ctl.json("user", "list") == []


DYNDNSD = f"""# dyndnsd.rb
host: "0.0.0.0"
port: 8080
domain: "{ZONE}"
updater:
  name: "command_with_bind_zone"
  params:
    zone_file: "dyn.zone"
users:
  foo:
    password: "{SECRET}"
    hosts:
      - {HOST}
      - {OTHER}
"""
DDCLIENT = f"""daemon=300
protocol=dyndns2
use=web, web=checkip.example.com
server=members.example.com
login=foo
password='{SECRET}'
{HOST}, {OTHER}
protocol=cloudflare, login=x, password={SECRET.replace(' ', '')}2 www.example.com
"""


@pytest.mark.parametrize(("name", "text"), [("config.yml", DYNDNSD), ("ddclient.conf", DDCLIENT)])
def test_files_of_others_are_imported(stores: Stores, name: str, text: str) -> None:
    done = stores.take(name, text, "--yes")
    assert done.returncode == 0 and results(done)["foo"] == ("made", ""), done.stderr
    assert known(stores.new.ctl)["foo"]["hosts"] == [HOST, OTHER]
    done = stores.take(name, text, "--yes")
    assert done.returncode == 0 and results(done)["foo"] == ("there", "")
    stores.new.start()
    assert stores.is_in("foo", SECRET, HOST) and stores.is_in("foo", SECRET, OTHER)


def test_the_table_of_the_original_goes_into_sqlite(
    amazon: Amazon, embedded_stores: Stores, make_service: Callable[..., Service]
) -> None:
    for user, host in (("test1", "test1"), ("test2", OTHER)):
        amazon.database.put_item({
            "user": {"S": user}, "pass": {"S": SECRET}, "ttl": {"S": "3600"}, "host": {"S": host},
        })
    # One that mooring made, with its claim.
    made = amazon.service(make_service, name="cloud").ctl.add("made", HOST)
    scan = amazon.database.dynamodb().scan(TableName=TABLE)
    items = {key: scan[key] for key in ("Items", "Count", "ScannedCount")}
    text = json.dumps({**items, "ConsumedCapacity": None}, indent=4)
    done = embedded_stores.take("table.json", text, "--yes")
    assert (done.returncode, counts(done)) == (0, {"made": 3}), done.stdout
    found = known(embedded_stores.new.ctl)
    assert found["test1"]["hosts"] == [f"test1.{ZONE}"] and found["test1"]["ttl"] == 3600
    assert found["test2"]["secret-form"] == "crypt" and found["made"]["secret-form"] == "sha256"
    embedded_stores.new.start()
    assert embedded_stores.is_in("test2", SECRET, OTHER)
    assert embedded_stores.is_in("made", made, HOST)


def many(n: int) -> str:
    lines = (f"router{i},{SECRET} {i},h{i}.{ZONE}" for i in range(n))
    return "user,secret,hosts\n" + "\n".join(lines) + "\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_run_that_was_stopped_goes_on(embedded_stores: Stores, number: int) -> None:
    """Of new secrets, too, none is lost."""
    ctl = embedded_stores.new.ctl
    n = 80
    names = "\n".join(f"new{i},,n{i}.{ZONE}" for i in range(n))
    path = embedded_stores.write("a.csv", many(n) + names + "\n")
    secrets = embedded_stores.folder / "new.csv"
    words = ["import", path, "--yes", "--new-secrets", str(secrets)]
    argv = [str(BUILD / "mooringctl"), "-c", str(ctl.config), *words]
    process = subprocess.Popen(
        argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
    )
    eventually("some are made", lambda: len(ctl.json("user", "list")) >= 3)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    done = len(ctl.json("user", "list"))
    assert 3 <= done < 2 * n
    if number == signal.SIGINT:
        assert process.returncode == 1 and "; once more goes on with the rest" in err
        assert out.splitlines()[-1].startswith(f"{done} made, {2 * n - done} new, 0 there")
    ended = ctl.run(*words)
    assert (ended.returncode, counts(ended)) == (0, {"made": 2 * n - done, "there": done})
    assert SECRET not in out + err + ended.stdout + ended.stderr
    last = {row["user"]: row["secret"] for row in csv.DictReader(secrets.read_text().splitlines())}
    assert set(last) == {f"new{i}" for i in range(n)}
    embedded_stores.new.start()
    for user in ("new0", f"new{n - 1}"):
        assert embedded_stores.is_in(user, last[user], f"n{user[3:]}.{ZONE}")


def read_until(fd: int, text: str | None) -> str:
    """None: to the end."""
    found = ""
    while text is None or text not in found:
        try:
            data = os.read(fd, 4096)
        except OSError:  # Linux: the other end is closed
            data = b""
        if not data:
            assert text is None, found
            break
        found += data.decode()
    return found


@pytest.mark.parametrize(("answer", "made"), [("n", 0), ("", 0), ("y", 200)])
def test_terminal_is_asked_and_sees_how_far_it_is(
    embedded_stores: Stores, answer: str, made: int
) -> None:
    ctl = embedded_stores.new.ctl
    path = embedded_stores.write("a.csv", many(200))
    ours, theirs = pty.openpty()
    argv = [str(BUILD / "mooringctl"), "-c", str(ctl.config), "import", path]
    with subprocess.Popen(
        argv, stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, text=True, env=environment()
    ) as process:
        os.close(theirs)
        read_until(ours, "write 200 accounts? [y/N] ")
        assert ctl.json("user", "list") == []
        os.write(ours, answer.encode() + b"\n")
        shown = read_until(ours, None)
        out = process.stdout.read()
    os.close(ours)
    assert process.returncode == 0 and SECRET not in out + shown
    assert len(ctl.json("user", "list")) == made
    assert (f"{made} made, 0 new, 0 there" in out) == bool(made)
    if made:
        # 20 ms each at least: it takes longer than the two seconds of silence.
        assert re.search(r"\d+ of 200 accounts made, \d+/s, about \d+ s left", shown), shown


def test_help_says_what_is_not_asked_about(embedded_stores: Stores) -> None:
    shown = embedded_stores.new.ctl.ok("import", "--help")
    assert "ask no question before records, secrets or accounts change" in shown


def test_a_terminal_is_not_asked_about_what_cannot_be_written(embedded_stores: Stores) -> None:
    ctl = embedded_stores.new.ctl
    path = embedded_stores.write("a.csv", CSV)
    ours, theirs = pty.openpty()
    argv = [str(BUILD / "mooringctl"), "-c", str(ctl.config), "import", path]
    with subprocess.Popen(
        argv, stdin=theirs, stdout=theirs, stderr=theirs, text=True, env=environment()
    ) as process:
        os.close(theirs)
        shown = read_until(ours, None)
    os.close(ours)
    assert process.returncode == 1 and "[y/N]" not in shown
    assert shown.count("0 made, 1 new, 0 there") == 1
    last = shown.splitlines()[-1]
    assert last.startswith("mooringctl: nothing is written, because of 4 refused: mend the file")


def test_without_the_permission_to_list_each_login_is_looked_up(
    make_amazon: Callable[..., Amazon], make_service: Callable[..., Service], tmp_path: Path
) -> None:
    amazon = make_amazon(actions=BATCH_ACTIONS - {"dynamodb:Scan"})
    stores = Stores(make_service(name="old"), amazon.service(make_service), tmp_path)
    item = {"user": {"S": "test1"}, "pass": {"S": SECRET}, "host": {"S": HOST}}
    amazon.database.put_item(item)
    text = f"user,secret,hosts\ntest1,{SECRET},{HOST}\nrouter1,{SECRET},{OTHER}\n"
    done = stores.take("a.csv", text, "--yes")
    assert (done.returncode, counts(done)) == (0, {"made": 1, "there": 1}), done.stderr
    assert "not checked whether other accounts have the names" in done.stderr
    assert amazon.database.item("test1") == item
    assert amazon.database.item("router1")["pass"]["S"].startswith("$y$")
    # Who could not look does not say that every name is claimed: that of test1 is not.
    assert amazon.database.item(COMPLETE) is None


def test_looking_up_tells_how_far_it_is_and_can_be_interrupted(
    make_amazon: Callable[..., Amazon], make_service: Callable[..., Service], tmp_path: Path
) -> None:
    amazon = make_amazon(actions=BATCH_ACTIONS - {"dynamodb:Scan"})
    stores = Stores(make_service(name="old"), amazon.service(make_service), tmp_path)
    path = stores.write("a.csv", many(200))
    # Both are longer than the silence of a command that is over at once.
    amazon.gate.script.delay(GET, 1.1, times=2)
    third = amazon.gate.script.hold_before(GET)
    ours, theirs = pty.openpty()
    argv = [BUILD / "mooringctl", "-c", stores.new.ctl.config, "import", path, "--dry-run"]
    env = environment(**stores.new.ctl.env)
    with subprocess.Popen(argv, stdin=theirs, stdout=theirs, stderr=theirs, env=env) as process:
        os.close(theirs)
        read_until(ours, "2 of 200 logins looked up")
        third.wait_arrived()
        process.send_signal(signal.SIGINT)
        third.release()
        shown = read_until(ours, None)
    os.close(ours)
    assert process.returncode == 1 and "interrupted before it was done" in shown
    assert len(amazon.gate.calls(GET)) < 200


def test_only_a_new_table_has_every_name_claimed(
    amazon: Amazon, make_service: Callable[..., Service], tmp_path: Path
) -> None:
    stores = Stores(make_service(name="old"), amazon.service(make_service), tmp_path)
    text = f"user,secret,hosts\nrouter1,{SECRET},{HOST}\n"
    assert stores.take("a.csv", text, "--yes").returncode == 0
    assert amazon.database.item(COMPLETE) is not None
    amazon.database.fresh_table()
    put_row(amazon, "test1", OTHER)
    assert stores.take("a.csv", text, "--yes").returncode == 0
    assert amazon.database.item(COMPLETE) is None


def test_a_report_in_json(embedded_stores: Stores) -> None:
    done = embedded_stores.take("a.csv", CSV, "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)[:2] == [
        {"line": 2, "user": "good", "result": "new"},
        {
            "line": 3,
            "user": "short",
            "result": "refused",
            "why": "the secret is shorter than 8 bytes",
        },
    ]
    assert embedded_stores.new.ctl.json("user", "list") == []


def test_a_report_has_the_logins_as_they_are(embedded_stores: Stores) -> None:
    logins = ['größer, "x"', "a\\b", "ö" * 64]
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(["user", "secret", "hosts"])
    lines.writerows([login, SECRET, f"h{i}.{ZONE}"] for i, login in enumerate(logins))
    done = embedded_stores.take("a.csv", text.getvalue(), "--json")
    assert [row["user"] for row in json.loads(done.stdout)] == logins
    assert list(results(embedded_stores.take("a.csv", text.getvalue()))) == logins


WRONG = [
    (
        "a.csv",
        "user,hosts\n",
        ("--yes", "--dry-run"),
        2,
        "mooringctl: --yes and --dry-run exclude each other; try mooringctl --help",
    ),
    ("a.csv", "user,hosts\n", ("--format", "xml"), 2, "--format takes csv or json, or for an import dynamodb"),
    ("names", HOST, (), 1, "the name of the file does not tell what is in it"),
    ("a.csv", "", (), 1, "a.csv is empty"),
    ("a.json", f'{{"accounts":[\n{{"user":"a","secret":"{SECRET}"', (), 1, "line 2: this is not"),
    ("a.csv", f'user,secret,hosts\na,"{SECRET}', (), 1, "line 2: a quote is not closed"),
    ("a.yml", f"users:\n  a:\n    password: *{SECRET}", (), 1, "line 3: YAML of this form"),
    ("a.conf", f"password={SECRET}\nlogin='a\n", (), 1, "line 2: a quote is not closed"),
]


@pytest.mark.parametrize(("name", "text", "words", "status", "complaint"), WRONG)
def test_what_cannot_be_read_is_one_sentence(
    embedded_stores: Stores,
    name: str,
    text: str,
    words: tuple[str, ...],
    status: int,
    complaint: str,
) -> None:
    done = embedded_stores.take(name, text, *words)
    assert (done.returncode, done.stdout) == (status, "")
    assert complaint in done.stderr and done.stderr.count("\n") == 1
    assert embedded_stores.new.ctl.json("user", "list") == []


def test_standard_input_is_a_file(embedded_stores: Stores) -> None:
    ctl = embedded_stores.new.ctl
    text = f"user,secret,hosts\nrouter1,{SECRET},{HOST}\n"
    done = ctl.run("import", "-", "--format", "csv", "--yes", input=text)
    assert (done.returncode, counts(done)) == (0, {"made": 1})


def test_malformed_accounts_are_not_exported(
    amazon: Amazon, make_service: Callable[..., Service]
) -> None:
    service = amazon.service(make_service)
    service.ctl.add("router1", HOST)
    amazon.database.put_item({"user": {"S": "bad"}, "host": {"S": OTHER}})
    done = service.ctl.run("export")
    assert done.returncode == 1 and "left out: the item of user \"bad\"" in done.stderr
    assert [one["user"] for one in json.loads(done.stdout)["accounts"]] == ["router1"]


# By the name in an export.
UNREADABLE: dict[str, dict] = {
    "ttl": {"ttl": {"S": "1h"}},
    "disabled": {"disabled": {"S": "yes"}},
    "quirks": {"quirks": {"S": "x"}},
    "valid-until": {"valid_until": {"S": "soon"}},
    "from": {"sources": {"SS": ["192.0.2.0/24", "home"]}},
    "interface-ids": {"interface_ids": {"M": {HOST: {"S": "x"}}}},
}


def test_settings_that_cannot_be_read_are_told(
    amazon: Amazon, make_service: Callable[..., Service]
) -> None:
    service = amazon.service(make_service)
    service.ctl.add("router1", OTHER)
    item = {"user": {"S": "test1"}, "pass": {"S": SECRET}, "host": {"S": HOST}}
    everything = item
    for name, attributes in UNREADABLE.items():
        everything = {**everything, **attributes}
        amazon.database.put_item({**item, **attributes})
        for form in ("json", "csv"):
            done = service.ctl.run("export", "--format", form)
            told = f"warning: what of its {name} cannot be read is left out: the item of user "
            assert done.stderr.startswith(f'mooringctl: {told}"test1" is malformed: '), name
            assert done.returncode == 1 and done.stderr.count("\n") == 1
            assert "test1" in done.stdout and "router1" in done.stdout
    amazon.database.put_item(everything)
    assert f"what of its {', '.join(UNREADABLE)} cannot" in service.ctl.run("export").stderr
    # What is wrong with its state is no loss: that is not exported.
    amazon.database.put_item({**item, "state": {"S": "x"}})
    assert "ignored" in known(service.ctl)["test1"]
    done = service.ctl.run("export")
    assert (done.returncode, done.stderr) == (0, "")
