# SPDX-License-Identifier: BSD-2-Clause
"""The variables in deploy/ and in compose.aws.yaml are a configuration that the daemon starts with."""

from __future__ import annotations

import pytest

from deploy.containers import settings
from system.harness import BUILD, Tls, environment, run

FILES = ("ecs-task.json", "eks.yaml", "compose.aws.yaml")


@pytest.mark.parametrize("name", FILES)
def test_daemon_takes_the_settings_of_the_file(name: str, tls: Tls) -> None:
    files = {"MOORING_CERTIFICATE": str(tls.certificate), "MOORING_PRIVATE_KEY": str(tls.key)}
    found = {**settings()[name], **files}
    done = run([BUILD / "mooringd", "-n"], env=environment(**found))
    assert (done.returncode, done.stdout + done.stderr) == (0, "environment: OK\n")
    shown = run([BUILD / "mooringd", "-T"], env=environment(**found)).stdout
    assert found["MOORING_ZONE_HOSTED_ZONE_ID"] in shown
    if "MOORING_LISTEN_AT" in found:
        assert "proxy-protocol = true" in shown
        assert '\nlisten = {"[::]' not in shown, "all come by the load balancer"


@pytest.mark.parametrize("name", FILES)
def test_variable_that_is_misspelt_in_it_would_be_told(name: str) -> None:
    found = {**settings()[name], "MOORING_STORE_TABEL": "x"}
    done = run([BUILD / "mooringd", "-n"], env=environment(**found))
    assert done.returncode == 1 and "MOORING_STORE_TABEL" in done.stderr
