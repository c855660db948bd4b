# SPDX-License-Identifier: BSD-2-Clause
"""Fixtures: certificates, the daemon, the tool, the clients' logins and Amazon."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from aws.emulators import BATCH_ACTIONS, REGION, TABLE, Dynalite, Dynamodb, Ministack
from aws.gate import Gate
from aws.sigv4 import Identity
from faults.observe import is_made_sure
from system.clients import Login
from system.cloud import fixture_make_cloud  # noqa: F401  pylint: disable=unused-import
from system.harness import (
    BUILD,
    HOST,
    ZONE,
    Config,
    Ctl,
    Daemon,
    Router,
    Tls,
    Value,
    eventually,
)
from system.receiver import Receiver


AMAZON = {"amazon", "dynalite", "make_amazon", "make_cloud", "ministack"}
# What only a program with an HTTP client, and libcurl's for mail, can tell of events.
RECEIVERS = {"https", "mail", "receiver"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        values = item.callspec.params.values() if hasattr(item, "callspec") else ()
        if "dynalite" in item.fixturenames or "dynalite" in values:
            item.add_marker("dynalite")
        if not AMAZON.isdisjoint(item.fixturenames) or "dynamodb" in values:
            item.add_marker("aws")
        if not RECEIVERS.isdisjoint(item.fixturenames):
            item.add_marker("http_client")


@pytest.fixture(scope="session", autouse=True)
def fixture_programs() -> None:
    for name in ("mooringd", "mooringctl"):
        if not (BUILD / name).exists():
            pytest.exit(f"{BUILD / name} is not built; set MOORING_BUILD", returncode=3)


@pytest.fixture(name="tls", scope="session")
def fixture_tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    return Tls(tmp_path_factory.mktemp("tls")).make_authority()


@dataclass
class Service:
    """One configuration with whatever daemons and tools a test runs on it."""

    config: Config
    env: dict[str, str] = field(default_factory=dict)
    daemons: list[Daemon] = field(default_factory=list)
    secret: str = ""  # of the account that a test file's own fixture made

    def launch(self, **options: object) -> Daemon:
        """Starts a daemon and does not wait; options as for Daemon."""
        options["env"] = {**self.env, **options.get("env", {})}
        daemon = Daemon(self.config, **options)
        self.daemons.append(daemon)
        return daemon

    def start(self, **options: object) -> Daemon:
        return self.launch(**options).wait_ready()

    @property
    def ctl(self) -> Ctl:
        return Ctl(self.config.write(), self.env)

    @property
    def daemon(self) -> Daemon:
        return self.daemons[-1]

    def router(self, user: str, password: str) -> Router:
        return Router(self.daemon, user, password)

    def finish(self) -> None:
        """Ends what still runs; every daemon must end well."""
        problems = []
        for daemon in self.daemons:
            try:
                if daemon.process.poll() is None:
                    daemon.stop()
                daemon.wait()
                daemon.check_reports()
            except AssertionError as problem:
                problems.append(str(problem))
        assert not problems, "\n".join(problems)


@pytest.fixture(name="receiver")
def fixture_receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture(name="make_service")
def fixture_make_service(tmp_path: Path, tls: Tls) -> Iterator[Callable[..., Service]]:
    """Arguments: top, store, zones (what the file says), env, name (of its directory)."""
    made: list[Service] = []

    def make(
        *,
        top: dict[str, Value] | None = None,
        store: dict[str, Value] | None = None,
        zones: dict[str, dict[str, Value]] | None = None,
        env: dict[str, str] | None = None,
        name: str = "mooring",
    ) -> Service:
        directory = tmp_path / name
        directory.mkdir(exist_ok=True)
        config = Config(directory, tls, dict(top or {}), dict(store or {}), dict(zones or {}))
        service = Service(config, dict(env or {}))
        made.append(service)
        return service

    yield make
    for service in made:
        service.finish()


@pytest.fixture(name="embedded")
def fixture_embedded(make_service: Callable[..., Service]) -> Service:
    """The embedded default, running."""
    service = make_service()
    service.start()
    return service


@pytest.fixture(name="make_login")
def fixture_make_login(tmp_path: Path, tls: Tls) -> Callable[..., Login]:
    """A client's settings, with a directory of its own for each."""
    count = 0

    def make(daemon: Daemon, user: str, password: str, host: str = HOST) -> Login:
        nonlocal count
        count += 1
        directory = tmp_path / f"client{count}"
        directory.mkdir()
        return Login(daemon.https_port, user, password, [host], tls.ca, directory)

    return make


# Amazon.


@pytest.fixture(name="ministack", scope="session")
def fixture_ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ministack]:
    emulator = Ministack(tmp_path_factory.mktemp("ministack"))
    yield emulator
    emulator.stop()


@pytest.fixture(name="dynalite", scope="session")
def fixture_dynalite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dynalite]:
    emulator = Dynalite(tmp_path_factory.mktemp("dynalite"))
    yield emulator
    emulator.stop()


@dataclass
class Amazon:
    """A fresh table and a fresh hosted zone behind a gate, and a user who may use both."""

    gate: Gate
    database: Dynamodb
    ministack: Ministack
    identity: Identity
    zone_id: str

    def env(self, identity: Identity | None = None) -> dict[str, str]:
        who = identity or self.identity
        return {
            "AWS_ACCESS_KEY_ID": who.access_key,
            "AWS_SECRET_ACCESS_KEY": who.secret_key,
            "AWS_ENDPOINT_URL": self.gate.url,
        }

    @property
    def store(self) -> dict[str, Value]:
        return {"type": "dynamodb", "table": TABLE, "region": REGION}

    @property
    def zones(self) -> dict[str, dict[str, Value]]:
        zone: dict[str, Value] = {
            "publisher": "route53",
            "hosted-zone-id": self.zone_id,
            "allow-special-addresses": True,
        }
        return {ZONE: zone}

    def records(self) -> dict[tuple[str, str], list[str]]:
        """(name without its final dot, type) -> values, as Route 53 has them now."""
        found = self.ministack.records(self.zone_id)
        return {(name.rstrip("."), kind): values for (name, kind), (_, values) in found.items()}

    def wait_made_sure(self, *users: str) -> None:
        """Their hosts were published once. What is new is intended and sent once more after
        settle-time: on a slow machine beside whatever a test does then."""
        for user in users:
            eventually(
                f"{user} is sent once more",
                lambda user=user: is_made_sure(self.database.item(user)),
            )

    def service(self, make_service: Callable[..., Service], **changes: object) -> Service:
        identity = changes.pop("identity", None)
        settings = {"store": self.store, "zones": self.zones, "env": self.env(identity)}
        return make_service(**{**settings, **changes})


@pytest.fixture(name="make_amazon")
def fixture_make_amazon(ministack: Ministack) -> Iterator[Callable[..., Amazon]]:
    gates: list[Gate] = []

    def make(
        database: Dynamodb | None = None,
        actions: frozenset[str] = BATCH_ACTIONS,
        *,
        zones: Ministack = ministack,
        **options: object,
    ) -> Amazon:
        """database: who plays DynamoDB; zones: who plays Route 53; options as for Gate."""
        database = database or zones
        database.fresh_table()
        identity = zones.new_user("mooring", actions)
        upstreams = {"dynamodb": database.upstream, "route53": zones.upstream}
        gate = Gate(upstreams, [identity], REGION, **options)
        gates.append(gate)
        zone_id = zones.new_zone(ZONE)
        gate.zones[zone_id] = ZONE + "."
        return Amazon(gate, database, zones, identity, zone_id)

    yield make
    for gate in gates:
        gate.close()
    assert [problem for gate in gates for problem in gate.unexpected] == []


@pytest.fixture(name="amazon")
def fixture_amazon(make_amazon: Callable[..., Amazon]) -> Amazon:
    return make_amazon()
