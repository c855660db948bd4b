# SPDX-License-Identifier: BSD-2-Clause
"""Fixtures: the emulator that knows CloudFormation."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from aws.emulators import Ministack


@pytest.fixture(name="ministack", scope="session")
def fixture_ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ministack]:
    emulator = Ministack(tmp_path_factory.mktemp("ministack"))
    yield emulator
    emulator.stop()
