# SPDX-License-Identifier: BSD-2-Clause
"""A file that is not the store: "badauth" would stop every router for good."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from system.conftest import BATCH_ACTIONS, Amazon, Service
from system.harness import HOST, Ctl, Router, eventually, exchange, get, parse_response


def store_of(service: Service) -> Path:
    return Path(str(service.config.store["path"]))


def make_empty(path: Path, _service: Service) -> None:
    path.write_bytes(b"")


def make_blank(path: Path, _service: Service) -> None:
    """SQLite's, and nothing in it."""
    with closing(sqlite3.connect(path)) as db:
        db.executescript("CREATE TABLE t (a); DROP TABLE t;")


def make_other(path: Path, service: Service) -> None:
    """The store of another machine."""
    config = path.with_name("other.conf")
    text = service.config.text().replace(str(store_of(service)), str(path))
    config.write_text(text)
    Ctl(config).add("stranger", "away.dyn.example.com")


MAKES: dict[str, Callable[[Path, Service], None]] = {
    "empty": make_empty,
    "blank": make_blank,
    "other": make_other,
}


def ask(router: Router, v4: str) -> str:
    return router.update(f"hostname={HOST}&myip={v4}").text


def moved(wrong: Path, store: Path) -> None:
    """In one step, as mv does it."""
    for name in store.parent.glob("mooring.db-*"):
        name.unlink()
    wrong.rename(store)


def copied(wrong: Path, store: Path) -> None:
    """Into the file that the daemon has open, as cp does it, beside what belongs to the right one."""
    shutil.copy(wrong, store)


def put_in_place(
    service: Service,
    make: Callable[[Path, Service], None],
    put: Callable[[Path, Path], None],
) -> Path:
    """Returns where the right one is now."""
    right, wrong = store_of(service).with_name("right.db"), store_of(service).with_name("wrong.db")
    with closing(sqlite3.connect(store_of(service))) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(store_of(service), right)
    make(wrong, service)
    put(wrong, store_of(service))
    return right


@pytest.mark.parametrize("put", [moved, copied])
@pytest.mark.parametrize("kind", MAKES)
def test_file_that_is_not_the_store_stops_no_router(
    embedded: Service, kind: str, put: Callable[[Path, Path], None]
) -> None:
    secret = embedded.ctl.add("router1", HOST)
    router = embedded.router("router1", secret)
    assert ask(router, "192.0.2.1") == "good 192.0.2.1"
    right = put_in_place(embedded, MAKES[kind], put)
    assert ask(router, "192.0.2.2") == "911"
    assert ask(embedded.router("nobody", secret), "192.0.2.3") == "911"
    assert ask(embedded.router("stranger", secret), "192.0.2.3") == "911"
    embedded.daemon.wait_log("is an empty file|is not the one that was opened at the start")
    put(right, store_of(embedded))
    assert ask(router, "192.0.2.4") == "good 192.0.2.4"
    assert ask(embedded.router("nobody", secret), "192.0.2.3") == "badauth"


def test_empty_file_is_no_store_at_the_start_either(make_service: Callable[..., Service]) -> None:
    service = make_service()
    store_of(service).write_bytes(b"")
    daemon = service.launch()
    assert daemon.wait() == 1
    assert "is an empty file: put the store back, or remove the file" in daemon.log
    done = service.ctl.run("user", "list")
    assert done.returncode == 1
    assert "is an empty file" in done.stderr
    assert store_of(service).read_bytes() == b""
    store_of(service).unlink()
    service.ctl.add("router1", HOST)


def test_store_without_accounts_refuses_nobody(embedded: Service) -> None:
    """A new store in a volume that was not mounted; the last account removed."""
    stranger = embedded.router("nobody", "secret")
    assert ask(stranger, "192.0.2.1") == "911"
    embedded.daemon.wait_log("the store has no accounts")
    secret = embedded.ctl.add("router1", HOST)
    assert ask(stranger, "192.0.2.1") == "badauth"
    assert ask(embedded.router("router1", "wrong"), "192.0.2.1") == "badauth"
    assert ask(embedded.router("router1", secret), "192.0.2.1") == "good 192.0.2.1"
    embedded.ctl.ok("user", "remove", "router1")
    router = embedded.router("router1", secret)
    # The daemon asks each sync-interval whether somebody wrote.
    eventually("it is gone", lambda: not ask(router, "192.0.2.1").startswith("nochg"))
    assert ask(router, "192.0.2.1") == "911"
    # Nobody who sends no login is kept waiting by that.
    raw = get("/nic/update", "Connection: close")
    reply = exchange(embedded.daemon.https_port, raw, embedded.config.tls.context())
    assert parse_response(reply).text == "badauth"


ROW = {"user": {"S": "router1"}, "pass": {"S": "test9994"}, "host": {"S": HOST}}
ORIGINAL = frozenset({"dynamodb:GetItem", "route53:ChangeResourceRecordSets"})


@pytest.mark.parametrize("actions", [BATCH_ACTIONS, ORIGINAL], ids=["all", "original"])
def test_table_that_was_emptied_refuses_nobody(
    make_amazon: Callable[..., Amazon],
    make_service: Callable[..., Service],
    actions: frozenset[str],
) -> None:
    """Made anew by a script while the daemon runs, and found empty at a start. Where the table may not
    be listed, the first account that is found says that it is not empty."""
    amazon = make_amazon(actions=actions)
    service = amazon.service(make_service)
    service.start()
    router, stranger = service.router("router1", "test9994"), service.router("nobody", "test9994")
    assert ask(stranger, "192.0.2.1") == "911"
    amazon.database.put_item(ROW)
    assert ask(router, "192.0.2.1") == "good 192.0.2.1"
    assert ask(stranger, "192.0.2.1") == "badauth"
    amazon.database.fresh_table()
    if actions is BATCH_ACTIONS:
        assert ask(router, "192.0.2.2") == "911"
        assert ask(stranger, "192.0.2.2") == "911"
    amazon.database.put_item(ROW)
    assert ask(router, "192.0.2.3") == "good 192.0.2.3"
    assert ask(stranger, "192.0.2.3") == "badauth"
