# SPDX-License-Identifier: BSD-2-Clause
"""What the clients of Debian keep. How they are set up is in system/clients.py."""

from __future__ import annotations

from clients.belief import RETRIES, STOPS, UPDATED, Client, by_status
from system import clients
from system.clients import Login, Outcome
from system.harness import environment, quoted, run

FATAL_OF_INADYN = (48, 50)  # "DDNS server response not OK", "Authentication failure"


def ddclient_believes(login: Login, address: str, _outcome: Outcome) -> list[str]:
    """Its cache has a line for each host: `status=good,ip=...`, from version 3.11 on by family.
    Whatever is not good is tried again after min-error-interval."""
    cache = login.directory / "ddclient.cache"
    lines = cache.read_text().splitlines() if cache.exists() else []

    def kept(host: str) -> bool:
        line = next((text for text in lines if text.endswith(" " + host)), "")
        values = dict(item.partition("=")[::2] for item in line.rpartition(" ")[0].split(","))
        if values.get("status") == "good" and address in (values.get("ip"), values.get("ipv4")):
            return True
        return all(
            values.get(f"status-{family}") == "good" and values.get(family) == item
            for item in address.split(",")
            for family in ["ipv6" if ":" in item else "ipv4"]
        )

    return [UPDATED if kept(host) else RETRIES for host in login.hosts]


def inadyn_believes(login: Login, address: str, outcome: Outcome) -> list[str]:
    """A cache file for each host. Without -C a fatal answer ends the daemon."""
    stopped = any(f"Error code {code}:" in outcome.output for code in FATAL_OF_INADYN)

    def kept(host: str) -> bool:
        # From version 2.11 on the plugin's name comes before the host's.
        files = (login.directory / "inadyn-cache").glob(f"*{host}.cache")
        return any(file.read_text() == address for file in files)

    return [
        UPDATED if kept(host) else STOPS if stopped else RETRIES for host in login.hosts
    ]


def inadyn_plugin(login: Login, address: str) -> Outcome:
    """Its plugin for Dyn, whose server is built in; the network of these tests says who that is."""
    script = login.file("inadyn-address", f"#!/bin/sh\necho {address}\n")
    script.chmod(0o700)
    config = login.file(
        "inadyn.conf",
        f'allow-ipv6 = true\nca-trust-file = "{login.ca}"\nprovider default@dyndns.org {{\n'
        f"    hostname = {quoted(login.hosts)}\n"
        f'    username = "{login.user}"\n    password = "{login.password}"\n'
        f'    checkip-command = "{script}"\n}}\n',
    )
    return clients.run_inadyn(login, config)


def ddupdate_believes(login: Login, address: str, _outcome: Outcome) -> list[str]:
    """A file for the service, from version 0.7 on for the host, written after a success; a timer
    starts it each hour."""
    files = (login.directory / "ddupdate-home" / "cache" / "ddupdate").glob("mooring*.ip")
    text = "".join(file.read_text() for file in files)
    return [UPDATED if all(f"'{item}'" in text for item in address.split(",")) else RETRIES]


def cron_curl(login: Login, address: str) -> Outcome:
    """The line of the documents: -f makes an exit status of the reply's."""
    config = login.file("curlrc", f'user = "{login.user}:{login.password}"\n')
    # fmt: off
    done = run([
        "curl", "-fsS", "--config", config, "--cacert", login.ca, "--max-time", "30",
        login.url(address),
    ])
    # fmt: on
    return Outcome(done.stdout, done.stdout + done.stderr, done.returncode == 0)


def busybox_wget(login: Login, address: str) -> Outcome:
    """It leaves TLS to openssl, if that is there, and sends its password at once."""
    url = login.url(address).replace("https://", f"https://{login.user}:{login.password}@")
    done = run(
        ["busybox", "wget", "-O", "-", url],
        env=environment(SSL_CERT_FILE=str(login.ca)),
    )
    return Outcome(done.stdout, done.stdout + done.stderr, done.returncode == 0)


DEBIAN = {
    "curl": Client(cron_curl, by_status),
    "wget": Client(clients.wget, by_status),
    "busybox-wget": Client(busybox_wget, by_status),
    "ddclient": Client(clients.ddclient, ddclient_believes),
    "inadyn-custom": Client(clients.inadyn, inadyn_believes),
    "inadyn-plugin": Client(inadyn_plugin, inadyn_believes),
    "ddupdate": Client(clients.ddupdate, ddupdate_believes),
}
