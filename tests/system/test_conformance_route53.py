# SPDX-License-Identifier: BSD-2-Clause
"""The Route 53 publisher's conformance suite (a C program of the build) on the strict Route 53."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from aws.emulators import REGION
from aws.gate import Gate
from aws.sigv4 import Identity
from aws.strict_route53 import ScaledClock, Settings, StrictRoute53
from system.harness import BUILD, REPORTS, ZONE, environment, run

CHANGE = "ChangeResourceRecordSets"
ACTIONS = frozenset({"route53:ChangeResourceRecordSets", "route53:ListResourceRecordSets"})


@pytest.fixture(name="strict")
def fixture_strict() -> Iterator[StrictRoute53]:
    """AWS's quotas, but so fast a clock that the suite's own listings never meet them: how quickly it
    asks depends on the machine. Quotas are the matter of test_pace.py."""
    with StrictRoute53(Settings(), ScaledClock(60000)) as server:
        yield server
        assert server.unexpected == []


@pytest.mark.parametrize("error_lists", [True, False], ids=["list", "sentence"])
def test_publisher_conforms_on_the_strict_route53(strict: StrictRoute53, error_lists: bool) -> None:
    """In both shapes that a refused batch is answered with."""
    strict.settings.error_lists = error_lists
    program = BUILD / "tests" / "suite" / "emu_dns_route53"
    assert program.exists(), f"{program} is not built: make emulator-programs"
    identity = Identity("mooring", "AKIAMOORING", secrets.token_hex(20), None, ACTIONS)
    zone_id = strict.new_zone(ZONE)
    with Gate({"route53": strict.upstream}, [identity], REGION) as gate:
        settings = environment(
            AWS_ACCESS_KEY_ID=identity.access_key,
            AWS_SECRET_ACCESS_KEY=identity.secret_key,
            AWS_REGION=REGION,
            MOORING_TEST_ROUTE53_ENDPOINT=gate.url,
            MOORING_TEST_ZONE_ID=zone_id,
            CK_FORK="no",
        )
        done = run([program], env=settings, timeout=300)
        assert gate.unexpected == []
    assert done.returncode == 0, done.stdout + done.stderr
    assert "100%" in done.stdout and not REPORTS.search(done.stderr)
    accepted = [call for call in strict.calls(CHANGE) if call.status == 200]
    assert len(accepted) > 10 and strict.max_overlap(zone_id) == 1
    assert max(call.changes for call in accepted) > 10, "no batch of many was ever sent"
    refused = {call.code for call in strict.calls()} - {None}
    assert refused <= {"InvalidChangeBatch"}, refused  # the suite's own deletes of what is gone
