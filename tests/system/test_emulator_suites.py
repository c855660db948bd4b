# SPDX-License-Identifier: BSD-2-Clause
"""The conformance suites of the backends (C programs) against emulators behind the gate."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aws.emulators import REGION, TABLE, Dynalite, Ministack
from system.conftest import Amazon
from system.harness import BUILD, REPORTS, environment, run


def suite_environment(amazon: Amazon) -> dict[str, str]:
    return environment(
        AWS_ACCESS_KEY_ID=amazon.identity.access_key,
        AWS_SECRET_ACCESS_KEY=amazon.identity.secret_key,
        AWS_REGION=REGION,
        MOORING_TEST_DYNAMODB_ENDPOINT=amazon.gate.url,
        MOORING_TEST_ROUTE53_ENDPOINT=amazon.gate.url,
        MOORING_TEST_TABLE=TABLE,
        MOORING_TEST_ZONE_ID=amazon.zone_id,
        CK_FORK="no",
    )


def run_suite(name: str, amazon: Amazon, **more: str) -> None:
    program = BUILD / "tests" / "suite" / name
    assert program.exists(), f"{program} is not built: make emulator-programs"
    done = run([program], env=suite_environment(amazon) | more, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "100%" in done.stdout and not REPORTS.search(done.stderr)
    assert amazon.gate.calls(), "the suite asked nothing of the emulator"


@pytest.mark.parametrize("name", ["ministack", "dynalite"])
def test_store_conforms_on_dynamodb(
    request: pytest.FixtureRequest, make_amazon: Callable[..., Amazon], name: str
) -> None:
    database: Ministack | Dynalite = request.getfixturevalue(name)
    # dynalite has no transactions.
    plain = {"MOORING_TEST_PLAIN": "1"} if name == "dynalite" else {}
    run_suite("emu_store_dynamodb", make_amazon(database), **plain)


def test_publisher_conforms_on_route53(amazon: Amazon) -> None:
    run_suite("emu_dns_route53", amazon)
