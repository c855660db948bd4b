# SPDX-License-Identifier: BSD-2-Clause
"""mooringd, nginx and a bare libmicrohttpd side by side: CPU per request, rates, memory, start-up.

Run by script/bench. Every figure of one table comes from one run on one machine, in rounds that
alternate between the servers; ratios mean something, absolute figures only for that machine."""

import datetime
import json
import os
import pathlib
import platform
import re
import signal
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = 3
CLIENTS = (8, 32)
REQUESTS = {"full": 4000, "resumed": 8000, "keepalive": 40000}
IDLE = 1000
PATH = "/nic/update?hostname=home.dyn.example.com&myip=203.0.113.7"
TICK = os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """A server process (and its children) under measurement."""

    def __init__(self, name, argv, port, **kwargs):
        self.name, self.port = name, port
        begin = time.monotonic()
        self.process = subprocess.Popen(argv, **kwargs)
        self.start_s = self.wait_until_serving() - begin

    def wait_until_serving(self):
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

    def pids(self):
        pids = [self.process.pid]
        path = f"/proc/{pids[0]}/task/{pids[0]}/children"
        return pids + [int(p) for p in pathlib.Path(path).read_text().split()]

    def cpu_s(self):
        total = 0
        for pid in self.pids():
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
        return total / TICK

    def pss_mb(self):
        total = 0
        for pid in self.pids():
            text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
            total += int(re.search(r"^Pss:\s+(\d+)", text, re.M).group(1))
        return total / 1024

    def rss_mb(self):
        total = 0
        for pid in self.pids():
            text = pathlib.Path(f"/proc/{pid}/status").read_text()
            total += int(re.search(r"^VmRSS:\s+(\d+)", text, re.M).group(1))
        return total / 1024

    def stop(self):
        if self.process.stdin:
            self.process.stdin.close()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=15)


def certificate(directory):
    key, cert = directory / "key.pem", directory / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", key, "-out", cert],
        check=True, stderr=subprocess.DEVNULL)
    return cert, key


def start_nginx(directory, cert, key):
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
    keepalive_requests 1000000; keepalive_timeout 60s; default_type text/plain;
    server {{
        listen 127.0.0.1:{port} ssl backlog=1024;
        ssl_certificate {cert}; ssl_certificate_key {key};
        ssl_protocols TLSv1.2 TLSv1.3; ssl_session_tickets on;
        location / {{ return 200 "nochg 203.0.113.7"; }}
    }}
}}
""")
    return Server("nginx", ["/usr/sbin/nginx", "-p", directory, "-c", config], port,
                  stderr=subprocess.DEVNULL)


def start_bare(build, cert, key):
    port = free_port()
    return Server("bare libmicrohttpd", [build / "bare", str(port), cert, key], port,
                  stdin=subprocess.PIPE)


def mooring_config(directory, cert, key, port):
    config = directory / "mooring.conf"
    config.write_text(f"""
listen = {{ "127.0.0.1:{port}" }}
dns-listen = {{ "127.0.0.1:0" }}
certificate = "{cert}"
private-key = "{key}"
max-connections-per-client = 4096
keepalive-requests = 1000000
keepalive-timeout = 60
header-timeout = 60
store {{ path = "{directory}/mooring.db" }}
zone "dyn.example.com" {{ allow-special-addresses = true }}
""")
    return config


def start_mooringd(build, directory, cert, key):
    port = free_port()
    config = mooring_config(directory, cert, key, port)
    secret = directory / "secret"
    if not secret.exists():
        out = subprocess.run([build / "mooringctl", "-c", config, "user", "add", "bench",
                              "home.dyn.example.com", "--json"],
                             check=True, capture_output=True, text=True).stdout
        secret.write_text(f"bench:{json.loads(out)['secret']}\n")
    with open(directory / "mooringd.log", "ab") as log:
        return Server("mooringd", [build / "mooringd", "-c", config], port, stderr=log)


def load(build, mode, clients, server, requests, directory):
    before = server.cpu_s()
    out = subprocess.run(
        [build / "load", mode, str(server.port), str(clients), str(requests), PATH,
         directory / "secret"], check=True, capture_output=True, text=True).stdout.split()
    cpu = server.cpu_s() - before
    n, seconds = int(out[0]), float(out[1])
    return {"cpu_us": cpu / n * 1e6, "rate": n / seconds, "p99_us": int(out[3])}


def memory_with_idle(build, server):
    before = {"rss": server.rss_mb(), "pss": server.pss_mb()}
    holder = subprocess.Popen([build / "load", "idle", str(server.port), str(IDLE)],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    if holder.stdout.readline() != "ready\n":
        sys.exit(f"bench: {server.name} did not take {IDLE} connections")
    result = {"idle": before, "held": {"rss": server.rss_mb(), "pss": server.pss_mb()}}
    holder.stdin.close()
    holder.wait()
    return result


def measure(build, directory):
    cert, key = certificate(directory)
    start = {
        "mooringd": lambda: start_mooringd(build, directory, cert, key),
        "nginx": lambda: start_nginx(directory, cert, key),
        "bare libmicrohttpd": lambda: start_bare(build, cert, key),
    }
    cases = [(mode, clients) for mode in REQUESTS for clients in CLIENTS]
    result = {name: {case: [] for case in cases} | {"start": []} for name in start}
    for name, make in start.items():
        server = make()
        result[name]["memory"] = memory_with_idle(build, server)
        server.stop()
    for round_number in range(ROUNDS):
        for name, make in start.items():
            server = make()
            result[name]["start"].append(server.start_s)
            load(build, "keepalive", CLIENTS[0], server, CLIENTS[0] * 20, directory)
            for case in cases:
                mode, clients = case
                figures = load(build, mode, clients, server, REQUESTS[mode], directory)
                result[name][case].append(figures)
                print(f"round {round_number + 1} {name:20} {mode:10} {clients:2} clients "
                      f"{figures['cpu_us']:7.1f} us CPU/request {figures['rate']:8.0f} requests/s")
            server.stop()
    return result


def median(result, name, case, field):
    return statistics.median(figures[field] for figures in result[name][case])


def table(result):
    label = {"full": "new connection, full TLS 1.3 handshake", "resumed": "new connection, resumed session",
             "keepalive": "kept connection"}
    lines = ["| | mooringd | nginx | bare libmicrohttpd | mooringd / nginx |", "|---|---|---|---|---|"]
    for case in ((mode, clients) for mode in label for clients in CLIENTS):
        text = f"{label[case[0]]}, {case[1]} clients"
        cpu = {n: median(result, n, case, "cpu_us") for n in result}
        rate = {n: median(result, n, case, "rate") for n in result}
        lines.append(f"| {text}: CPU a request | " + " | ".join(f"{v:.0f} µs" for v in cpu.values())
                     + f" | **{cpu['mooringd'] / cpu['nginx']:.2f}** |")
        lines.append(f"| {text}: requests/s | " + " | ".join(f"{v:.0f}" for v in rate.values())
                     + f" | **{rate['mooringd'] / rate['nginx']:.2f}** |")
    starts = {n: statistics.median(result[n]["start"]) * 1000 for n in result}
    lines.append("| start to first handshake | " + " | ".join(f"{v:.0f} ms" for v in starts.values())
                 + f" | **{starts['mooringd'] / starts['nginx']:.2f}** |")
    for state, text in (("idle", "memory, idle"), ("held", f"memory, {IDLE} idle TLS connections")):
        for kind in ("rss", "pss"):
            values = {n: result[n]["memory"][state][kind] for n in result}
            lines.append(f"| {text} ({kind.upper()}) | " + " | ".join(f"{v:.1f} MB" for v in values.values())
                         + f" | **{values['mooringd'] / values['nginx']:.2f}** |")
    return "\n".join(lines)


def main():
    build, target = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    with tempfile.TemporaryDirectory(prefix="mooring-bench-") as name:
        directory = pathlib.Path(name)
        text = table(measure(build, directory))
    nginx = subprocess.run(["/usr/sbin/nginx", "-v"], capture_output=True, text=True).stderr.split("/")[-1].strip()
    print("\n" + text)
    target.write_text(f"""# Benchmark

Written by `script/bench` on {datetime.date.today()} ({os.cpu_count()} cores, {platform.machine()}, nginx {nginx}): medians of {ROUNDS}
rounds in one run; the clients are threads on the same machine, each with one connection at a time. Only the ratios carry over
to another machine.

mooringd answers a real update: HTTP Basic verified against SQLite, `nochg`, one log line to a file. nginx answers a constant
200 of the same body, with its access log to a file. The bare libmicrohttpd answers the same constant and logs nothing: the
difference to mooringd is what our own code costs.

{text}
""")


main()
