# SPDX-License-Identifier: BSD-2-Clause
"""Peppers: keys beside the store that take part in its secrets; and "user rehash", which turns clear
text into hashes. In both stores."""

from __future__ import annotations

import contextlib
import json
import signal
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from aws.emulators import BATCH_ACTIONS, Dynamodb
from system.cloud import act_before
from system.conftest import Amazon, Service
from system.harness import BUILD, HOST, ZONE, environment, eventually, metrics, run

KEYS = {1: "ab" * 32, 2: "0123456789ABCDEF" * 8, 3: "c5" * 40}
OTHER = f"other.{ZONE}"
GIVEN = "chosen by a person"
RELOAD_FAILED = 'mooring_reload_failed{what="peppers"}'


@dataclass
class Peppered:
    """A service with its file of keys, on one of the stores."""

    service: Service
    path: Path
    database: Dynamodb | None
    amazon: Amazon | None

    def write(self, *versions: int) -> None:
        """Not in the order of their age."""
        lines = [f"{version} {KEYS[version]}" for version in reversed(sorted(versions))]
        self.path.write_text("# version key\n\n" + "\n".join(lines) + "\n")
        self.path.chmod(0o600)

    def reload(self) -> None:
        """A reload that is over: it looks at the configuration, and at the keys behind that."""
        self.service.daemon.send_signal(signal.SIGHUP)

    @contextlib.contextmanager
    def sqlite(self) -> object:
        with contextlib.closing(sqlite3.connect(self.service.config.store["path"])) as db, db:
            yield db

    def stored(self, user: str) -> str:
        if self.database is not None:
            return self.database.item(user)["pass"]["S"]
        with self.sqlite() as db:
            return db.execute("SELECT secret FROM accounts WHERE user = ?", (user,)).fetchone()[0]

    def set_stored(self, user: str, secret: str) -> None:
        """What a hand writes."""
        if self.database is not None:
            self.database.put_item({**self.database.item(user), "pass": {"S": secret}})
            return
        with self.sqlite() as db:
            db.execute("UPDATE accounts SET secret = ? WHERE user = ?", (secret, user))

    def add_clear(self, user: str, host: str, secret: str) -> str:
        """A row of the serverless stack."""
        self.service.ctl.add(user, host)
        self.set_stored(user, secret)
        return secret

    def answer(self, user: str, secret: str) -> str:
        return self.service.router(user, secret).update("myip=203.0.113.9").text

    def is_in(self, user: str, secret: str) -> bool:
        return self.answer(user, secret) in ("good 203.0.113.9", "nochg 203.0.113.9")

    def doctor(self, check: str) -> dict:
        done = self.service.ctl.run("doctor", "--json")
        found = [line for line in json.loads(done.stdout) if line["check"] == check]
        assert len(found) == 1, done.stdout
        return found[0]

    def assert_silent(self) -> None:
        log = self.service.daemon.log
        assert not any(key.lower() in log.lower() for key in KEYS.values())
        assert GIVEN not in log


@pytest.fixture(name="peppered", params=["sqlite", "dynamodb"])
def fixture_peppered(
    request: pytest.FixtureRequest, make_service: Callable[..., Service], tmp_path: Path
) -> Peppered:
    path = tmp_path / "pepper"
    top = {"pepper-file": str(path), "stale-age": 0}
    if request.param == "sqlite":
        return Peppered(make_service(top=top), path, None, None)
    amazon = request.getfixturevalue("amazon")
    return Peppered(amazon.service(make_service, top=top), path, amazon.database, amazon)


def test_new_secrets_have_the_newest_key_and_old_ones_stay_right(peppered: Peppered) -> None:
    service = peppered.service
    service.config.top.update({"landlock": True, "pepper-file": ""})
    secrets = {"plain": service.ctl.add("plain", HOST)}
    service.config.top["pepper-file"] = str(peppered.path)
    ctl = service.ctl
    peppered.write(1)
    secrets["first"] = ctl.add("first", f"first.{ZONE}")
    service.start()
    peppered.write(1, 2)
    # Restoring goes on before the daemon knows the key: nobody is told badauth.
    secrets["second"] = ctl.add("second", f"second.{ZONE}")
    secrets["given"] = ctl.add("given", f"given.{ZONE}", secret=GIVEN)
    assert peppered.answer("second", secrets["second"]) == "911"
    assert peppered.answer("given", secrets["given"]) == "911"
    peppered.reload()
    eventually("the key is known", lambda: peppered.is_in("second", secrets["second"]))
    for user, secret in secrets.items():
        assert peppered.is_in(user, secret), user
        assert peppered.answer(user, secret + "x") == "badauth", user
        assert secret not in peppered.stored(user)
    begins = {user: peppered.stored(user)[:15] for user in secrets}
    assert not begins["plain"].startswith("$sha256$p=")
    assert begins["first"] == "$sha256$p=1$sha"
    assert begins["second"] == "$sha256$p=2$sha"
    assert begins["given"] == "$sha256$p=2$y$j"
    shown = ctl.json("user", "show", "given")
    assert (shown["secret-form"], shown["pepper"]) == ("crypt", 2)
    assert "pepper" not in ctl.json("user", "show", "plain")
    found = peppered.doctor("accounts")
    assert found["result"] == "warn" and "1 with an older pepper" in found["detail"]
    assert "1 with a hash without pepper" in found["detail"]
    assert peppered.doctor("peppers")["detail"].startswith("new secrets get version 2 of ")
    secrets["first"] = ctl.json("user", "passwd", "first")["secret"]
    assert peppered.stored("first").startswith("$sha256$p=2$")
    eventually("the new one counts", lambda: peppered.is_in("first", secrets["first"]))
    peppered.assert_silent()


def test_a_key_that_is_missing_is_our_trouble_and_of_its_accounts_alone(
    peppered: Peppered,
) -> None:
    service, ctl = peppered.service, peppered.service.ctl
    peppered.write(1, 2)
    first = ctl.add("first", HOST, secret=GIVEN)
    peppered.write(3)
    second = ctl.add("second", OTHER)
    service.start()
    for secret in (first, "wrong", ""):
        reply = service.router("first", secret).update("myip=203.0.113.9")
        assert (reply.status, reply.text) == (503, "911"), secret
        assert reply.one("Retry-After")
    assert peppered.is_in("second", second)
    assert peppered.answer("second", "wrong") == "badauth"
    assert peppered.answer("nobody", "wrong") == "badauth"
    assert service.daemon.log_lines("the pepper of a secret is not in pepper-file user=first")
    found = peppered.doctor("accounts")
    assert found["result"] == "FAIL"
    assert '1 whose pepper is not in pepper-file, which get 911' in found["detail"]
    assert found["detail"].split("): ")[1].startswith("first")
    # Who is refused anyway is.
    ctl.ok("user", "disable", "first")
    eventually("it is disabled", lambda: peppered.answer("first", first) == "badauth")
    ctl.ok("user", "enable", "first")
    peppered.write(3, 2)
    peppered.reload()
    eventually("the key is there again", lambda: peppered.is_in("first", first))
    assert peppered.doctor("accounts")["result"] == "warn"
    peppered.assert_silent()


def test_keys_that_cannot_be_used_replace_nothing(
    make_service: Callable[..., Service], tmp_path: Path
) -> None:
    path = tmp_path / "pepper"
    service = make_service(top={"pepper-file": str(path), "admin-listen": ["127.0.0.1:0"]})
    peppered = Peppered(service, path, None, None)
    peppered.write(1)
    secret = service.ctl.add("router1", HOST)
    service.start()
    for make in (
        lambda: path.write_text(f"1 {KEYS[1]}\nx {KEYS[2]}\n"),
        lambda: path.write_text(""),
        path.unlink,
        lambda: (peppered.write(1), path.chmod(0o644)),
    ):
        make()
        before = len(service.daemon.log_lines("the peppers in use stay"))
        peppered.reload()
        service.daemon.wait_log("the peppers in use stay", before + 1)
        assert metrics(service.daemon)[RELOAD_FAILED] == 1
        assert peppered.is_in("router1", secret)
        done = service.ctl.run("user", "passwd", "router1")
        assert done.returncode == 1 and "pepper-file: " in done.stderr
        assert service.ctl.run("user", "show", "router1").returncode == 0
        assert peppered.doctor("peppers")["result"] == "FAIL"
        assert not any(key in done.stderr for key in KEYS.values())
    # A start would fail, and a check of it does.
    other = service.launch()
    assert other.wait() == 1
    assert other.log_lines("may be read or written by others")
    done = run([BUILD / "mooringd", "-n", "-c", service.config.path], env=environment())
    assert done.returncode == 1 and "may be read or written by others" in done.stderr
    service.daemons.remove(other)
    peppered.write(1)
    peppered.reload()
    eventually("they are taken", lambda: metrics(service.daemon)[RELOAD_FAILED] == 0)
    peppered.assert_silent()


def rehash(peppered: Peppered, *options: str) -> str:
    return peppered.service.ctl.ok("user", "rehash", *options)


def test_rehash_turns_clear_text_into_hashes(peppered: Peppered) -> None:
    service, ctl = peppered.service, peppered.service.ctl
    peppered.write(1)
    older = ctl.add("older", f"older.{ZONE}")
    peppered.write(1, 2)
    secrets = {
        "plain1": peppered.add_clear("plain1", HOST, "test9994"),
        "plain2": peppered.add_clear("plain2", OTHER, "$ecret ü"),
    }
    peppered.add_clear("broken", f"broken.{ZONE}", "$sha256$broken")
    fine = ctl.add("fine", f"fine.{ZONE}")
    service.start()
    assert peppered.is_in("plain1", secrets["plain1"])
    dry = ctl.run("user", "rehash", "--all", "--dry-run")
    assert dry.returncode == 0 and "the serverless stack knows no hash" in dry.stderr
    assert peppered.stored("plain1") == "test9994"
    out = rehash(peppered, "--all", "--yes")
    for text in (dry.stdout + dry.stderr, out):
        assert not any(secret in text for secret in secrets.values())
    assert dry.stdout.replace("would be rehashed", "rehashed").split() == out.split()
    lines = {line.split()[0]: line.split(None, 1)[1] for line in out.splitlines()}
    assert lines["plain1"] == lines["plain2"] == "rehashed"
    assert "of an older pepper: user passwd gives a new secret" in lines["older"]
    assert "it cannot be used as it is stored" in lines["broken"]
    assert out.splitlines()[-1] == "2 rehashed, 2 left as they are, 1 need nothing"
    for user, secret in secrets.items():
        assert peppered.stored(user).startswith("$sha256$p=2$y$"), user
        assert secret not in peppered.stored(user)
        eventually("it is right", lambda u=user, s=secret: peppered.is_in(u, s))
        assert peppered.answer(user, secret + "x") == "badauth"
        assert peppered.answer(user, peppered.stored(user)) == "badauth"
    assert peppered.is_in("older", older) and peppered.is_in("fine", fine)
    assert peppered.stored("broken") == "$sha256$broken"
    again = json.loads(rehash(peppered, "--all", "--yes", "--json"))
    assert [(line["user"], line["result"]) for line in sorted(again, key=str)] == [
        ("broken", "left"),
        ("older", "left"),
    ]


def test_rehash_of_one_account_without_a_key(peppered: Peppered) -> None:
    service = peppered.service
    service.config.top["pepper-file"] = ""
    ctl = service.ctl
    peppered.add_clear("plain1", HOST, "test9994")
    peppered.add_clear("plain2", OTHER, "test9995")
    before = ctl.json("user", "show", "plain1")
    assert peppered.doctor("accounts")["detail"].find("2 with a secret in clear text") > 0
    assert ctl.ok("user", "rehash", "plain1", "--yes").startswith("plain1  rehashed\n1 rehashed, ")
    assert peppered.stored("plain1").startswith("$y$")
    assert peppered.stored("plain2") == "test9995"
    assert ctl.json("user", "show", "plain1") == {**before, "secret-form": "crypt"}
    service.start()
    assert peppered.is_in("plain1", "test9994") and peppered.is_in("plain2", "test9995")


@pytest.mark.parametrize(
    ("words", "status", "complaint"),
    [
        (("--all",), 2, "needs --yes: passwords in clear text are gone for good then"),
        (("plain1",), 2, "needs --yes"),
        ((), 2, "needs a NAME, or --all"),
        (("plain1", "--all", "--yes"), 2, "needs a NAME, or --all"),
        (("nobody", "--yes"), 1, 'there is no user "nobody"'),
    ],
)
def test_rehash_that_is_not_agreed_to_changes_nothing(
    make_service: Callable[..., Service], words: tuple[str, ...], status: int, complaint: str
) -> None:
    peppered = Peppered(make_service(), Path(), None, None)
    peppered.add_clear("plain1", HOST, "test9994")
    done = peppered.service.ctl.run("user", "rehash", *words)
    assert (done.returncode, done.stdout) == (status, "")
    assert complaint in done.stderr and done.stderr.count("\n") == 1
    assert peppered.stored("plain1") == "test9994"


def test_what_somebody_changes_meanwhile_is_not_undone(
    amazon: Amazon, make_service: Callable[..., Service]
) -> None:
    peppered = Peppered(amazon.service(make_service), Path(), amazon.database, amazon)
    peppered.add_clear("plain1", HOST, "test9994")
    act_before(amazon.gate, "UpdateItem", lambda: peppered.set_stored("plain1", "changed 1"))
    out = rehash(peppered, "--all", "--yes")
    assert "plain1  left  somebody has changed it meanwhile" in out
    assert out.splitlines()[-1] == "0 rehashed, 1 left as they are, 0 need nothing"
    assert peppered.stored("plain1") == "changed 1"
    assert "plain1  rehashed" in rehash(peppered, "--all", "--yes")


def test_rehash_where_the_table_may_not_be_written(
    make_amazon: Callable[..., Amazon], make_service: Callable[..., Service]
) -> None:
    amazon = make_amazon(actions=BATCH_ACTIONS - {"dynamodb:UpdateItem"})
    peppered = Peppered(amazon.service(make_service), Path(), amazon.database, amazon)
    for user, host in (("plain1", HOST), ("plain2", OTHER)):
        amazon.database.put_item(
            {"user": {"S": user}, "pass": {"S": "test9994"}, "host": {"S": host}}
        )
    done = peppered.service.ctl.run("user", "rehash", "--all", "--yes")
    assert done.returncode == 1
    assert "0 of 2 rehashed: " in done.stderr and "UpdateItem" in done.stderr
    assert "test9994" not in done.stdout + done.stderr
    assert peppered.stored("plain1") == peppered.stored("plain2") == "test9994"
