# SPDX-License-Identifier: BSD-2-Clause
"""nginx and HAProxy in front of a daemon, with the configurations of docs/OPERATIONS.md, and what they say
that they have sent to it."""

from __future__ import annotations

import re
import socket
import subprocess
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from system.harness import TOP, environment, eventually

PAGE = TOP / "docs/OPERATIONS.md"
BACKEND = "127.0.0.1:8080"  # as the page has it
IMPATIENCE_S = 1  # of the proxies: some requests never end
TRIED = re.compile(r"\d{3}")
NOT_SENT = "502"  # a kept connection that the daemon had closed, or that it closed without a reply


def of_the_page(mark: str) -> str:
    """The block behind that mark."""
    _, found, rest = PAGE.read_text().partition(f"<!-- text: {mark} -->\n\n")
    assert found, mark
    lines = re.match(r"(?:(?:    .*)?\n)+", rest)[0]
    return textwrap.dedent(lines)


def changed(text: str, *changes: tuple[str, str]) -> str:
    for old, new in changes:
        assert re.search(old, text, re.MULTILINE), f"the page has no {old!r}"
        text = re.sub(old, new, text, flags=re.MULTILINE)
    return text


def nginx_configuration(directory: Path, sock: socket.socket, backend: int) -> str:
    """Without TLS, so that every byte can be sent."""
    port = sock.getsockname()[1]
    server = changed(
        of_the_page("nginx"),
        (re.escape(BACKEND), f"127.0.0.1:{backend}"),
        ("listen 443 ssl", f"listen 127.0.0.1:{port}"),
        ("^ *ssl_.*\n", ""),
    )
    places = "".join(
        f"{kind}_temp_path {directory}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return (
        f"daemon off; master_process off; pid {directory}/pid; error_log {directory}/errors info;\n"
        "events {}\nhttp {\n"
        "log_format sent '$upstream_status $request_method $request_uri';\n"
        f"access_log {directory}/sent sent;\n{places}"
        f"client_header_timeout {IMPATIENCE_S}; client_body_timeout {IMPATIENCE_S};\n"
        f"keepalive_timeout {IMPATIENCE_S}; lingering_close off;\n{server}}}\n"
    )


def haproxy_configuration(_: Path, sock: socket.socket, backend: int) -> str:
    server = changed(
        of_the_page("HAProxy in HTTP mode"),
        (re.escape(BACKEND), f"127.0.0.1:{backend}"),
        (r"bind \S+ ssl crt .*", f"bind fd@{sock.fileno()}"),
        ("^ *option httpchk.*\n", ""),  # its checks would be requests of their own
        (" check$", ""),
    )
    return (
        "global\n log fd@1 format raw local0\n"
        f"defaults\n timeout connect 5s\n timeout client {IMPATIENCE_S}s\n timeout server 15s\n"
        f" timeout http-request {IMPATIENCE_S}s\n timeout http-keep-alive {IMPATIENCE_S}s\n"
        " http-reuse always\n log global\n log-format '%s,%ST %HM %HU'\n"
        f"{server}"
    )


@dataclass
class HttpProxy:
    port: int
    log: Path
    process: subprocess.Popen[bytes]

    def requests(self) -> list[str]:
        """What it sent so far: method and target of each that the daemon was to answer."""
        found = []
        for line in self.log.read_text(errors="replace").splitlines():
            status, _, rest = line.partition(" ")
            if "<NOSRV>" not in status and TRIED.findall(status):
                found += [rest] * sum(each != NOT_SENT for each in TRIED.findall(status))
        return found

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(15)


PROGRAMS: dict[str, tuple[str, Callable[[Path, socket.socket, int], str]]] = {
    "nginx": ("/usr/sbin/nginx", nginx_configuration),
    "haproxy": ("/usr/sbin/haproxy", haproxy_configuration),
}


def start_proxy(kind: str, directory: Path, backend: int) -> HttpProxy:
    """backend: the daemon's port for plain HTTP."""
    program, configuration = PROGRAMS[kind]
    log, path = directory / "sent", directory / f"{kind}.conf"
    with socket.create_server(("127.0.0.1", 0)) as sock, log.open("wb") as out:
        port = sock.getsockname()[1]
        path.write_text(configuration(directory, sock, backend))
        words = ["-p", directory, "-c", path] if kind == "nginx" else ["-db", "-f", path]
        inherited = [] if kind == "nginx" else [sock.fileno()]
        if kind == "nginx":
            sock.close()
        process = subprocess.Popen(
            [program, *words],
            pass_fds=inherited,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=out,
        )
    proxy = HttpProxy(port, log, process)

    def listens() -> bool:
        assert process.poll() is None, f"{kind} has ended with {process.returncode}"
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    eventually(f"{kind} listens", listens)
    return proxy
