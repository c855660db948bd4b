# SPDX-License-Identifier: BSD-2-Clause
"""The libraries that home-made clients are written with; their few lines are in scripts/."""

from __future__ import annotations

import subprocess
from pathlib import Path

from clients.belief import Client, by_status
from system.clients import Login, Outcome
from system.harness import environment, run

SCRIPTS = Path(__file__).parent / "scripts"
PYTHON = "/usr/bin/python3"  # Debian's, with its requests


def outcome(done: subprocess.CompletedProcess[str]) -> Outcome:
    return Outcome(done.stdout, done.stdout + done.stderr, done.returncode == 0)


def urllib(login: Login, address: str) -> Outcome:
    # fmt: off
    return outcome(run(
        [PYTHON, SCRIPTS / "ask_urllib.py", login.url(address), login.user, login.password],
        env=environment(SSL_CERT_FILE=str(login.ca)),
    ))
    # fmt: on


def requests(login: Login, address: str) -> Outcome:
    url = login.url(address).partition("?")[0]
    # fmt: off
    return outcome(run(
        [
            PYTHON, SCRIPTS / "ask_requests.py", url, login.user, login.password, login.host,
            address,
        ],
        env=environment(REQUESTS_CA_BUNDLE=str(login.ca)),
    ))
    # fmt: on


def pfsense(kind: str, login: Login, address: str) -> Outcome:
    url = login.url(address)
    if kind == "dyndns":
        url = url.replace("?", "?system=dyndns&") + "&wildcard=OFF&mx=&backmx=NO"
    # fmt: off
    return outcome(run([
        "php", SCRIPTS / "pfsense.php", kind, url, login.user, login.password, login.ca, address,
    ]))
    # fmt: on


def node(login: Login, address: str) -> Outcome:
    # fmt: off
    return outcome(run(
        ["node", SCRIPTS / "fetch.mjs", login.url(address), login.user, login.password],
        env=environment(NODE_EXTRA_CA_CERTS=str(login.ca)),
    ))
    # fmt: on


SCRIPTED = {
    "urllib": Client(urllib, by_status),
    "requests": Client(requests, by_status),
    "pfsense-custom": Client(lambda *given: pfsense("custom", *given), by_status),
    "pfsense-dyndns": Client(lambda *given: pfsense("dyndns", *given), by_status),
    "node-fetch": Client(node, by_status),
}
