# SPDX-License-Identifier: BSD-2-Clause
"""mooringd, nginx and a bare libmicrohttpd side by side: CPU per request, rates, memory, start-up.

In rounds that alternate between the servers; ratios mean something, absolute figures only for that
machine."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import ssl
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.daemon import environment
from bench.document import measured, section, table

ROUNDS = 3
CLIENTS = (8, 32)
REQUESTS = {"full": 4000, "resumed": 8000, "keepalive": 40000}
LABELS = {
    "full": "new connection, full TLS 1.3 handshake",
    "resumed": "new connection, resumed session",
    "keepalive": "kept connection",
}
IDLE = 1000
PATH = "/nic/update?hostname=home.dyn.example.com&myip=203.0.113.7"
NGINX = "/usr/sbin/nginx"
TICK = os.sysconf("SC_CLK_TCK")

Case = tuple[str, int]
Result = dict[str, dict]  # server -> case -> a figure for each round


def cases() -> list[Case]:
    return [(mode, clients) for mode in REQUESTS for clients in CLIENTS]


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """A server process (and its children) under measurement."""

    def __init__(self, name: str, argv: list[str | Path], port: int, **kwargs: object):
        self.name, self.port = name, port
        begin = time.monotonic()
        self.process = subprocess.Popen(argv, **kwargs)
        self.start_s = self.wait_until_serving() - begin

    def wait_until_serving(self) -> float:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1) as raw:
                    with context.wrap_socket(raw):
                        return time.monotonic()
            except (ConnectionError, ssl.SSLError):
                if self.process.poll() is not None:
                    break
        sys.exit(f"bench: {self.name} does not serve on port {self.port}")

    def pids(self) -> list[int]:
        pids = [self.process.pid]
        path = f"/proc/{pids[0]}/task/{pids[0]}/children"
        return pids + [int(p) for p in Path(path).read_text().split()]

    def cpu_s(self) -> float:
        total = 0
        for pid in self.pids():
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
        return total / TICK

    def memory_mb(self) -> dict[str, float]:
        files = {"rss": ("status", "VmRSS"), "pss": ("smaps_rollup", "Pss")}
        return {kind: self._sum_kb(*where) / 1024 for kind, where in files.items()}

    def _sum_kb(self, file: str, field: str) -> int:
        texts = (Path(f"/proc/{pid}/{file}").read_text() for pid in self.pids())
        return sum(int(re.search(rf"^{field}:\s+(\d+)", text, re.M)[1]) for text in texts)

    def stop(self) -> None:
        if self.process.stdin:
            self.process.stdin.close()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=15)


def certificate(directory: Path) -> tuple[Path, Path]:
    key, cert = directory / "key.pem", directory / "cert.pem"
    # fmt: off
    argv = [
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
        "-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", key, "-out", cert,
    ]
    # fmt: on
    subprocess.run(argv, check=True, stderr=subprocess.DEVNULL)
    return cert, key


def start_nginx(directory: Path, cert: Path, key: Path) -> Server:
    port = free_port()
    config = directory / "nginx.conf"
    config.write_text(f"""
daemon off; master_process on; worker_processes auto; pid {directory}/nginx.pid;
error_log {directory}/nginx-error.log;
events {{ worker_connections 4096; }}
http {{
    access_log {directory}/nginx-access.log;
    client_body_temp_path {directory}; proxy_temp_path {directory}; fastcgi_temp_path {directory};
    uwsgi_temp_path {directory}; scgi_temp_path {directory};
    keepalive_requests 1000; keepalive_timeout 60s; default_type text/plain;
    server {{
        listen 127.0.0.1:{port} ssl backlog=1024;
        ssl_certificate {cert}; ssl_certificate_key {key};
        ssl_protocols TLSv1.2 TLSv1.3; ssl_session_tickets on;
        location / {{ return 200 "nochg 203.0.113.7"; }}
    }}
}}
""")
    argv = [NGINX, "-p", directory, "-c", config]
    return Server("nginx", argv, port, stderr=subprocess.DEVNULL)


def start_bare(build: Path, cert: Path, key: Path) -> Server:
    port = free_port()
    argv = [build / "tests/bench/bare", str(port), cert, key]
    return Server("bare libmicrohttpd", argv, port, stdin=subprocess.PIPE)


def mooring_config(directory: Path, cert: Path, key: Path, port: int) -> Path:
    config = directory / "mooring.conf"
    config.write_text(f"""
listen = {{ "127.0.0.1:{port}" }}
dns-listen = {{ "127.0.0.1:0" }}
certificate = "{cert}"
private-key = "{key}"
max-connections-per-client = 4096
keepalive-timeout = 60
header-timeout = 60
store {{ path = "{directory}/mooring.db" }}
zone "dyn.example.com" {{ allow-special-addresses = true name-server-addresses = "127.0.0.1" }}
""")
    return config


def start_mooringd(build: Path, directory: Path, cert: Path, key: Path) -> Server:
    port = free_port()
    config = mooring_config(directory, cert, key, port)
    secret = directory / "secret"
    if not secret.exists():
        argv = [build / "mooringctl", "-c", config, "user", "add", "bench", "home.dyn.example.com"]
        done = subprocess.run(
            [*argv, "--json"], check=True, stdout=subprocess.PIPE, text=True, env=environment()
        )
        secret.write_text(f"bench:{json.loads(done.stdout)['secret']}\n")
    with open(directory / "mooringd.log", "ab") as log:
        argv = [build / "mooringd", "-c", config]
        return Server("mooringd", argv, port, stderr=log, env=environment())


def load(
    build: Path, mode: str, clients: int, server: Server, requests: int, directory: Path
) -> dict[str, float]:
    program = build / "tests/bench/load"
    argv = [program, mode, str(server.port), str(clients), str(requests), PATH]
    before = server.cpu_s()
    done = subprocess.run(
        [*argv, directory / "secret"], check=True, stdout=subprocess.PIPE, text=True
    )
    out = done.stdout.split()
    cpu = server.cpu_s() - before
    n, seconds = int(out[0]), float(out[1])
    return {"cpu_us": cpu / n * 1e6, "rate": n / seconds, "p99_us": int(out[3])}


def memory_with_idle(build: Path, server: Server) -> dict[str, dict[str, float]]:
    before = server.memory_mb()
    argv = [build / "tests/bench/load", "idle", str(server.port), str(IDLE)]
    with subprocess.Popen(
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        if holder.stdout.readline() != "ready\n":
            sys.exit(f"bench: {server.name} did not take {IDLE} connections")
        return {"idle": before, "held": server.memory_mb()}


def measure(build: Path, directory: Path) -> Result:
    cert, key = certificate(directory)
    start: dict[str, Callable[[], Server]] = {
        "mooringd": lambda: start_mooringd(build, directory, cert, key),
        "nginx": lambda: start_nginx(directory, cert, key),
        "bare libmicrohttpd": lambda: start_bare(build, cert, key),
    }
    result: Result = {name: {case: [] for case in cases()} | {"start": []} for name in start}
    for name, make in start.items():
        server = make()
        result[name]["memory"] = memory_with_idle(build, server)
        server.stop()
    for round_number in range(ROUNDS):
        for name, make in start.items():
            server = make()
            result[name]["start"].append(server.start_s)
            load(build, "keepalive", CLIENTS[0], server, CLIENTS[0] * 20, directory)
            for mode, clients in cases():
                figures = load(build, mode, clients, server, REQUESTS[mode], directory)
                result[name][mode, clients].append(figures)
                print(
                    f"round {round_number + 1} {name:20} {mode:10} {clients:2} clients"
                    f" {figures['cpu_us']:7.1f} us CPU/request {figures['rate']:8.0f} requests/s"
                )
            server.stop()
    return result


def row(label: str, values: dict[str, float], form: str) -> list[str]:
    # The kernel counts CPU time in ticks: of a short run it may have counted none.
    ratio = f"**{values['mooringd'] / values['nginx']:.2f}**" if values["nginx"] else "-"
    return [label, *(form.format(value) for value in values.values()), ratio]


def case_rows(result: Result, case: Case) -> list[list[str]]:
    label = f"{LABELS[case[0]]}, {case[1]} clients"

    def medians(field: str) -> dict[str, float]:
        return {
            name: statistics.median(figures[field] for figures in found[case])
            for name, found in result.items()
        }

    return [
        row(f"{label}: CPU a request", medians("cpu_us"), "{:.0f} µs"),
        row(f"{label}: requests/s", medians("rate"), "{:.0f}"),
    ]


def memory_rows(result: Result) -> list[list[str]]:
    states = (("idle", "memory, idle"), ("held", f"memory, {IDLE} idle TLS connections"))
    return [
        row(
            f"{label} ({kind.upper()})",
            {name: found["memory"][state][kind] for name, found in result.items()},
            "{:.1f} MB",
        )
        for state, label in states
        for kind in ("rss", "pss")
    ]


def table_of(result: Result) -> str:
    starts = {n: statistics.median(found["start"]) * 1000 for n, found in result.items()}
    rows = []
    for case in cases():
        rows += case_rows(result, case)
    rows += [row("start to first handshake", starts, "{:.0f} ms"), *memory_rows(result)]
    return table(["", *result, "mooringd / nginx"], rows)


def nginx_version() -> str:
    said = subprocess.run([NGINX, "-v"], check=True, capture_output=True, text=True).stderr
    return said.split("/")[-1].strip()


def report(build: Path, directory: Path) -> str:
    figures = table_of(measure(build, directory))
    return section(
        "Front",
        f"{measured()}, nginx {nginx_version()}: medians of {ROUNDS} rounds in one run; the clients"
        " are threads on the same machine, each with one connection at a time.",
        "mooringd answers a real update: the password checked against SQLite, `nochg`, one log line"
        " to a file. nginx answers a constant 200 of the same body, with its access log to a file."
        " The bare libmicrohttpd answers the same constant and logs nothing: the difference to"
        " mooringd is what our own code costs.",
        figures,
    )
