# SPDX-License-Identifier: BSD-2-Clause
"""Clients that Debian does not have, pinned in requirements.txt and script/test.

MOORING_CLIENTS is the folder that script/test has put them in.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

from clients.belief import RETRIES, STOPS, UPDATED, Client, by_status, family_of
from system.clients import Login, Outcome
from system.harness import environment, run

PLACE = Path(os.environ.get("MOORING_CLIENTS", "/nonexistent"))
TRUST = "REQUESTS_CA_BUNDLE"


def program(name: str) -> Path:
    return PLACE / "bin" / name


def dyndnsc(login: Login, address: str) -> Outcome:
    """It keeps nothing, and asks the name server instead whether there is anything to do."""
    family = "INET6" if ":" in address else "INET"
    config = login.file(
        "dyndnsc.ini",
        "[dyndnsc]\nconfigs = mooring\n[mooring]\nupdater = dyndns2\n"
        f"updater-url = {login.url(address).partition('?')[0]}\n"
        f"updater-hostname = {login.host}\n"
        f"updater-userid = {login.user}\nupdater-password = {login.password}\n"
        f"detector = command\ndetector-family = {family}\ndetector-command = echo {address}\n",
    )
    # fmt: off
    done = run(
        [program("dyndnsc"), "-c", config, "-vv"], env=environment(**{TRUST: str(login.ca)})
    )
    # fmt: on
    return Outcome(done.stdout, done.stdout + done.stderr, done.returncode == 0)


def noipy(login: Login, address: str) -> Outcome:
    """Its exit status says nothing; its last line does."""
    url = login.url(address).partition("?")[0]
    # fmt: off
    done = run(
        [
            program("noipy"), "--provider", "generic", "--url", url,
            "-u", login.user, "-p", login.password,
            "-n", login.host, address,
        ],
        env=environment(HOME=str(login.directory), **{TRUST: str(login.ca)}),
    )
    # fmt: on
    said = done.stdout + done.stderr
    return Outcome(done.stdout, said, "SUCCESS:" in said or "No update required" in said)


def ddns(provider: list[str], login: Login, address: str) -> Outcome:
    """Its cache has what it takes for published, a key for each host and family."""
    items = address.split(",")
    rules = [(family_of(item), item) for item in items]
    others = {"4", "6"} - {family_of(item) for item in items}
    # fmt: off
    done = run([
        program("ddns"), *provider, "--ssl", login.ca, "--cache", login.directory / "ddns.cache",
        *(word for family, item in rules for word in (
            f"--index{family}", f"shell:echo {item}",
            *(word for host in login.hosts for word in (f"--ipv{family}", host)),
        )),
        *(word for family in others for word in (f"--index{family}", "false")),
    ])
    # fmt: on
    return Outcome(done.stdout, done.stdout + done.stderr, done.returncode == 0)


def ddns_noip(login: Login, address: str) -> Outcome:
    server = f"https://{login.server}:{login.port}"
    words = ["--dns", "noip", "--endpoint", server, "--id", login.user, "--token", login.password]
    return ddns(words, login, address)


def ddns_callback(login: Login, address: str) -> Outcome:
    """Its address stands in a JSON body."""
    url = f"https://{login.user}:{login.password}@{login.server}:{login.port}/nic/update"
    body = json.dumps({"hostname": "__DOMAIN__", "myip": "__IP__"})
    return ddns(["--dns", "callback", "--id", url, "--token", body], login, address)


def ddns_believes(login: Login, address: str, _outcome: Outcome) -> list[str]:
    cache = login.directory / "ddns.cache"
    kept = json.loads(cache.read_text()) if cache.exists() else {}
    wanted = {"AAAA" if ":" in item else "A": item for item in address.split(",")}

    def known(host: str) -> bool:
        return all(kept.get(f"{host}:{kind}") == item for kind, item in wanted.items())

    return [UPDATED if known(host) else RETRIES for host in login.hosts]


def update_client(login: Login, _address: str) -> Outcome:
    """dynamic-dns-update-client. It asks checkip.dyndns.com, and keeps the address before it sends."""
    # fmt: off
    done = run(
        [
            program("dynamic-dns-update-client"), login.url("").partition("?")[0],
            "--ip-address-provider", "dyndns", "--ip-address-url-parameter-name", "myip",
            "--url-parameter", f"hostname={login.host}",
            "--basic-auth-username", login.user, "--basic-auth-password", login.password,
            "--cache-ip-address", "--cache-file", login.directory / "address",
        ],
        env=environment(**{TRUST: str(login.ca)}),
    )
    # fmt: on
    return Outcome(done.stdout, done.stdout + done.stderr, done.returncode == 0)


def teleddns(login: Login, address: str) -> Outcome:
    """It trusts the authorities that are compiled into it and no others: plain HTTP, then."""
    families = {family_of(item) for item in address.split(",")}
    config = login.file(
        "teleddns.yaml",
        f"ddns_url: 'http://{login.user}:{login.password}@{login.server}:{login.port}/nic/update'\n"
        f"hostname: '{login.host}'\ninterfaces: ['*']\n"
        f"enable_ipv4: {json.dumps('4' in families)}\nenable_ipv6: {json.dumps('6' in families)}\n"
        "report_ipv4_private: true\nreport_ipv6_ula: true\n",
    )
    done = run([program("teleddns"), "--oneshot", "--config", config])
    return Outcome(done.stdout, done.stdout + done.stderr, done.returncode == 0)


def by_next_run(update: Callable[[Login, str], Outcome], silent: str) -> Callable:
    """For clients whose belief shows only when they run again: they say `silent`, or send."""

    def believes(login: Login, address: str, outcome: Outcome) -> list[str]:
        again = update(login, address)
        if silent not in again.output:
            return [RETRIES] * len(login.hosts)
        return [UPDATED if outcome.ok else STOPS] * len(login.hosts)

    return believes


def teleddns_believes(login: Login, _address: str, outcome: Outcome) -> list[str]:
    word = UPDATED if outcome.ok else STOPS if "permanent failure" in outcome.output else RETRIES
    return [word] * len(login.hosts)


REGISTRIES = {
    "dyndnsc": Client(dyndnsc, by_next_run(dyndnsc, "nothing to do")),
    "noipy": Client(noipy, by_status),
    "ddns-noip": Client(ddns_noip, ddns_believes),
    "ddns-callback": Client(ddns_callback, ddns_believes),
    "dynamic-dns-update-client": Client(
        update_client,
        by_next_run(update_client, "so no update will be made"),
        own={"4": "198.51.100.7"},
    ),
    "teleddns": Client(
        teleddns, teleddns_believes, port=80, own={"4": "10.20.30.40", "6": "fd00:20::30:40"}
    ),
}
