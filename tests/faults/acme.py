# SPDX-License-Identifier: BSD-2-Clause
"""pebble, the authority that Let's Encrypt tests ACME clients with, and the clients as the pages call
them."""

from __future__ import annotations

import json
import shlex
import socket
import ssl
import subprocess
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from faults.lineage import SHORT_LIVED_DAYS
from system.harness import HOST, TOP, Tls, environment, eventually, run

PAGE = TOP / "docs" / "VM.md"
HOOK = TOP / "etc" / "deploy-certificate"
DAY_S = 86400


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def is_open(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


def commands(*words: str) -> list[list[str]]:
    """The lines of the page that begin so after sudo, each without it."""
    text = PAGE.read_text().replace("\\\n", " ")
    lines = [shlex.split(line) for line in text.splitlines() if line.startswith("    sudo ")]
    found = [line[1:] for line in lines if line[1 : 1 + len(words)] == list(words)]
    assert found, f"{PAGE} has no line with {words}"
    return found


@dataclass
class Pebble:
    """Knows the daemon as the name server of HOST, and asks for challenges on its port."""

    directory: Path
    tls: Tls
    dns_port: int
    http_port: int

    def __post_init__(self) -> None:
        self.port, self.admin_port = free_port(), free_port()
        config = self.directory / "pebble.json"
        config.write_text(
            json.dumps(
                {
                    "pebble": {
                        "listenAddress": f"127.0.0.1:{self.port}",
                        "managementListenAddress": f"127.0.0.1:{self.admin_port}",
                        "certificate": str(self.tls.certificate),
                        "privateKey": str(self.tls.key),
                        "httpPort": self.http_port,
                        "tlsPort": 1,
                        "certificateValidityPeriod": SHORT_LIVED_DAYS * DAY_S,
                    }
                }
            )
        )
        self._log = (self.directory / "pebble.log").open("w")
        self._process = subprocess.Popen(
            ["pebble", "-config", config, "-dnsserver", f"127.0.0.1:{self.dns_port}"],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            # No pauses, every name asked anew, nothing left to chance.
            env=environment(
                PEBBLE_VA_NOSLEEP="1", PEBBLE_AUTHZREUSE="0", PEBBLE_WFE_NONCEREJECT="0"
            ),
        )
        eventually("pebble listens", self._listens, 30)

    def _listens(self) -> bool:
        assert self._process.poll() is None, self.log()
        return is_open(self.port) and is_open(self.admin_port)

    def log(self) -> str:
        return (self.directory / "pebble.log").read_text()

    def root(self) -> Path:
        """What signed all that it signs."""
        path = self.directory / "root.pem"
        context: ssl.SSLContext = self.tls.context()
        url = f"https://localhost:{self.admin_port}/roots/0"
        with urllib.request.urlopen(url, timeout=30, context=context) as reply:
            path.write_bytes(reply.read())
        return path

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}/dir"

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(30)
        self._log.close()


@dataclass
class Client:
    """certbot and lego in folders of their own; what they make goes to the daemon's by the hook."""

    pebble: Pebble
    directory: Path
    webroot: Path
    hook_settings: dict[str, str]

    def run(self, words: list[str], extra: dict[str, list[str]]) -> None:
        """A line of the page with the places of this test; extra: words behind a word of it."""
        places = {
            "ddns.example.com": HOST,
            "/var/lib/mooring-acme": str(self.webroot),
            "/usr/share/mooring/deploy-certificate": str(HOOK),
            "/etc/lego": str(self.directory / "lego"),
        }
        argv: list[str] = []
        for word in words:
            argv += [places.get(word, word), *extra.get(word, [])]
        done = run(
            argv,
            env=environment(
                REQUESTS_CA_BUNDLE=str(self.pebble.tls.ca),
                LEGO_CA_CERTIFICATES=str(self.pebble.tls.ca),
                **self.hook_settings,
            ),
        )
        assert done.returncode == 0, f"{argv}\n{done.stdout}{done.stderr}\n{self.pebble.log()}"

    def certbot(self, words: list[str]) -> None:
        folders = [
            word
            for what in ("config", "work", "logs")
            for word in (f"--{what}-dir", str(self.directory / "certbot" / what))
        ]
        quiet = ["--non-interactive", "--agree-tos", "--register-unsafely-without-email"]
        self.run(words, {words[1]: ["--server", self.pebble.url, *folders, *quiet]})

    def lego(self, words: list[str], *more: str) -> None:
        """more: behind the word "renew"."""
        there = ["--http.webroot", str(self.webroot), "--server", self.pebble.url]
        self.run(words, {"--http": there, "renew": list(more)})
