# SPDX-License-Identifier: BSD-2-Clause
"""The daemon that all clients meet; see world.py. It needs the network of tests/clients/network."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from clients.world import PROVIDERS, World, settings, start_refuser
from system.conftest import Service, fixture_programs  # noqa: F401  pylint: disable=unused-import
from system.harness import Tls


@pytest.fixture(name="world", scope="session")
def fixture_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    other = Tls(tmp_path_factory.mktemp("other")).make_authority()
    tls = Tls(tmp_path_factory.mktemp("tls"), names=PROVIDERS).make_authority()
    place = tmp_path_factory.mktemp("world")
    amazon = start_refuser()
    env = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{amazon.server_port}",
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI",
    }
    service = Service(settings(place, tls), env)
    service.start()
    yield World(service, tls, other.ca, place)
    service.finish()
    amazon.shutdown()
    amazon.server_close()
