# SPDX-License-Identifier: BSD-2-Clause
"""The clients that Debian ships, each configured as its own documentation says.

Every one checks the server's certificate against the authority it is given. Each function sends one
update and returns the word that the client understood: "good", "nochg", or what it says instead.
"""

from __future__ import annotations

import re
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

from system.harness import CLIENT_TIMEOUT_S, environment, quoted, run

DDUPDATE_DATA = Path(__file__).parent


@dataclass
class Login:
    """What is typed into a client."""

    port: int
    user: str
    password: str
    hosts: list[str]
    ca: Path
    directory: Path
    server: str = "localhost"

    @property
    def host(self) -> str:
        """All of them in one request."""
        return ",".join(self.hosts)

    def file(self, name: str, text: str) -> Path:
        path = self.directory / name
        path.write_text(text)
        path.chmod(0o600)
        return path

    def url(self, address: str) -> str:
        return f"https://{self.server}:{self.port}/nic/update?hostname={self.host}&myip={address}"


@dataclass
class Outcome:
    word: str
    output: str
    ok: bool


def outcome(done: subprocess.CompletedProcess[str], pattern: str, ok: bool) -> Outcome:
    """ok: what the client itself thinks of it."""
    output = done.stdout + done.stderr
    output = re.sub(r"(?m)^(opt|globals|config|cache)\{.*\n", "", output)  # ddclient's settings
    match = re.search(pattern, output)
    return Outcome(match[1] if match else "", output, ok)


def curl(login: Login, address: str) -> Outcome:
    config = login.file("curlrc", f'user = "{login.user}:{login.password}"\n')
    # fmt: off
    done = run([
        "curl", "-sS", "--config", config, "--noproxy", "*", "--cacert", login.ca,
        "--max-time", "30", "--write-out", "\n%{http_code}", login.url(address),
    ])
    # fmt: on
    body, _, status = done.stdout.rpartition("\n")
    return Outcome(body.partition(" ")[0], done.stdout + done.stderr, status == "200")


def wget(login: Login, address: str) -> Outcome:
    """Sends its password only when it is asked for it."""
    config = login.file("wgetrc", f"user = {login.user}\npassword = {login.password}\n")
    # fmt: off
    done = run([
        "wget", "--config", config, "--no-proxy", "--no-hsts", "--tries=1", "--timeout=30",
        f"--ca-certificate={login.ca}", "--content-on-error", "-nv", "-O", "-", login.url(address),
    ])
    # fmt: on
    return Outcome(done.stdout.partition(" ")[0], done.stdout + done.stderr, done.returncode == 0)


def ddclient(login: Login, address: str, *, force: bool = False) -> Outcome:
    # Its server must hold a dot; the certificate names this address too.
    server = login.server if "." in login.server else "127.0.0.1"
    use = f"use=ip, ip={address}\n"
    if "," in address:
        v4, v6 = address.split(",")
        use = f"use=no\nusev4=ipv4, ipv4={v4}\nusev6=ipv6, ipv6={v6}\n"
    config = login.file(
        "ddclient.conf",
        f"ssl=yes\nssl_ca_file={login.ca}\n{use}"
        f"protocol=dyndns2, server={server}:{login.port}, login={login.user},"
        f" password={login.password} {login.host}\n",
    )
    # fmt: off
    done = run([
        "ddclient", "-daemon=0", "-foreground", "-verbose", "-debug",
        *(["-force"] if force else []), "-file", config,
        "-cache", login.directory / "ddclient.cache",
    ])
    # fmt: on
    # It complains about nochg, and keeps it as a success.
    ok = re.search(
        r"(?m)^SUCCESS: .*(updating|skipped)|^WARNING: .*: nochg:", done.stdout + done.stderr
    )
    return outcome(
        done, r"(?m)^RECEIVE:\s+(good|nochg|badauth|nohost|dnserr|911)\b", ok is not None
    )


def inadyn(login: Login, address: str, *, force: bool = False) -> Outcome:
    script = login.file("inadyn-address", f"#!/bin/sh\necho {address}\n")
    script.chmod(0o700)
    config = login.file(
        "inadyn.conf",
        f'allow-ipv6 = true\nca-trust-file = "{login.ca}"\n'
        f"custom mooring:1 {{\n"
        f"    hostname = {quoted(login.hosts)}\n"
        f'    username = "{login.user}"\n    password = "{login.password}"\n'
        f'    ddns-server = "{login.server}:{login.port}"\n'
        f'    ddns-path = "/nic/update?hostname=%h&myip=%i"\n'
        f"    ddns-response = {{ good, nochg }}\n"
        f'    checkip-command = "{script}"\n}}\n',
    )
    return run_inadyn(login, config, force=force)


def run_until(words: str, argv: list[str | Path]) -> subprocess.CompletedProcess[str]:
    """Ends a client that would wait from then on: its status is then that of SIGTERM."""
    with subprocess.Popen(
        [str(word) for word in argv],
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        late = threading.Timer(CLIENT_TIMEOUT_S, process.kill)
        late.start()
        output = ""
        for line in process.stdout:
            output += line
            if words in line:
                process.terminate()
        late.cancel()
    return subprocess.CompletedProcess(argv, process.returncode, output, "")


def run_inadyn(login: Login, config: Path, *, force: bool = False) -> Outcome:
    cache = login.directory / "inadyn-cache"
    cache.mkdir(exist_ok=True)
    for host in login.hosts:
        known = cache / f"{host}.cache"
        if not known.exists():
            known.write_text("192.0.2.0")  # or it would ask the machine's resolver for the name
    # fmt: off
    done = run_until("Will retry again", [
        "inadyn", "-1", "-n", "-l", "debug", "--no-pidfile", f"--cache-dir={cache}", "-f", config,
        *(["--force"] if force else []),
    ])
    # fmt: on
    # A server that it cannot trust is a passing trouble to it, and "-1" ends with 0.
    ok = done.returncode == 0 and "handshake" not in done.stdout + done.stderr
    return outcome(done, r"(?m)^(good|nochg|badauth|nohost|dnserr|911)\b", ok)


def ddupdate(login: Login, address: str, *, force: bool = False) -> Outcome:
    """Its providers are written in; a mooring needs the plugin beside this file."""
    home = login.directory / "ddupdate-home"
    home.mkdir(exist_ok=True)
    netrc = home / ".netrc"
    netrc.write_text(f"machine {login.server} login {login.user} password {login.password}\n")
    netrc.chmod(0o600)
    # Version 0.7.2 (Debian 13) falls over when it has no settings to start from.
    settings = home / "config"
    settings.mkdir(exist_ok=True)
    (settings / "ddupdate.conf").write_text("[update]\n")
    items = address.split(",")
    options = [f"ip6={item}" if ":" in item else f"ip={item}" for item in items]
    version = "all" if len(items) > 1 else "v6" if ":" in address else "v4"
    # fmt: off
    done = run(
        [
            "ddupdate", "-H", login.host, "-s", "mooring", "-o", f"server={login.server}:{login.port}",
            "-a", "hardcoded-ip", "-v", version, "-l", "info",
            *(word for option in options for word in ("-O", option)), *(["-f"] if force else []),
        ],
        env=environment(
            HOME=str(home), XDG_DATA_HOME=str(DDUPDATE_DATA), XDG_CACHE_HOME=str(home / "cache"),
            XDG_CONFIG_HOME=str(settings), SSL_CERT_FILE=str(login.ca),
            PYTHONDONTWRITEBYTECODE="1",
        ),
    )
    # fmt: on
    # That version also ends with 0 whatever happened.
    ok = done.returncode == 0 and "Cannot update" not in done.stdout + done.stderr
    return outcome(done, r"Update completed: (\w+)", ok)


CLIENTS = {
    "curl": curl,
    "wget": wget,
    "ddclient": ddclient,
    "inadyn": inadyn,
    "ddupdate": ddupdate,
}
# These keep what they sent and stay silent when the address is the same, unless told to send again.
SILENT_WHEN_UNCHANGED = {"ddclient", "inadyn", "ddupdate"}
