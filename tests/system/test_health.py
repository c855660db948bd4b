# SPDX-License-Identifier: BSD-2-Clause
"""mooringctl health: what a container's HEALTHCHECK learns of the daemon beside it."""

from __future__ import annotations

import json
import signal
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from system.conftest import Service
from system.harness import BUILD, environment, run

pytestmark = pytest.mark.http_client

KEYS = ("listen", "listen-plain", "admin-listen")


def free_port() -> int:
    with socket.socket(socket.AF_INET6) as held:
        held.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        held.bind(("::", 0))
        return held.getsockname()[1]


@pytest.fixture(name="serving")
def fixture_serving(make_service: Callable[..., Service]) -> Callable[..., Service]:
    """A daemon on a fixed port: mooringctl cannot know what the system chose for port 0."""

    def start(key: str, address: str) -> Service:
        top = {"listen": [], key: [address]} if key == "listen-plain" else {key: [address]}
        service = make_service(top=top)
        service.start()
        return service

    return start


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "[::1]", "[::]"])
def test_daemon_that_serves_is_healthy(
    serving: Callable[..., Service], key: str, host: str
) -> None:
    service = serving(key, f"{host}:{free_port()}")
    assert service.ctl.ok("health") == "ok\n"
    assert json.loads(service.ctl.ok("health", "--json")) == {"ok": True, "why": "ok"}


def test_no_proxy_stands_between(serving: Callable[..., Service]) -> None:
    service = serving("listen-plain", f"127.0.0.1:{free_port()}")
    nowhere = f"http://127.0.0.1:{free_port()}"
    service.env.update(http_proxy=nowhere, https_proxy=nowhere, ALL_PROXY=nowhere)
    assert service.ctl.ok("health") == "ok\n"


@pytest.mark.parametrize("key", KEYS)
def test_daemon_that_does_not_run_is_not_healthy(
    make_service: Callable[..., Service], key: str
) -> None:
    top = {"listen": [], key: [f"[::]:{free_port()}"]}
    if key == "admin-listen":
        top["listen"] = [f"127.0.0.1:{free_port()}"]
    ctl = make_service(top=top).ctl
    done = ctl.run("health")
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith("mooringctl: ") and done.stderr.count("\n") == 1
    told = ctl.run("health", "--json")
    assert told.returncode == 1 and json.loads(told.stdout)["ok"] is False


def test_daemon_that_hangs_is_not_healthy(serving: Callable[..., Service]) -> None:
    service = serving("admin-listen", f"127.0.0.1:{free_port()}")
    service.daemon.send_signal(signal.SIGSTOP)
    try:
        done = service.ctl.run("health")
    finally:
        service.daemon.send_signal(signal.SIGCONT)
    assert done.returncode == 1 and "no reply in time" in done.stderr


def test_ready_tells_what_readyz_says(serving: Callable[..., Service]) -> None:
    service = serving("admin-listen", f"127.0.0.1:{free_port()}")
    assert service.ctl.ok("health", "--ready") == "ready\n"


def test_readiness_needs_the_admin_listener(serving: Callable[..., Service]) -> None:
    done = serving("listen", f"127.0.0.1:{free_port()}").ctl.run("health", "--ready")
    assert done.returncode == 1 and "admin-listen" in done.stderr


def test_port_that_the_system_chose_is_known_to_the_log_alone(
    make_service: Callable[..., Service],
) -> None:
    done = make_service().ctl.run("health")
    assert done.returncode == 1 and "only the log knows it" in done.stderr


def test_configuration_by_environment_alone(
    make_service: Callable[..., Service], tmp_path: Path
) -> None:
    port = free_port()
    service = make_service(top={"listen": [], "listen-plain": [f"[::]:{port}"]})
    service.start()
    # As in a container: no file, each key from the environment.
    variables = {
        "MOORING_ZONE": "dyn.example.com",
        "MOORING_ZONE_NAME_SERVER_ADDRESSES": "127.0.0.1",
        "MOORING_LISTEN": "",
        "MOORING_LISTEN_PLAIN": f"[::]:{port}",
        "MOORING_STORE_PATH": str(tmp_path / "not-there" / "store.db"),
    }
    done = run([BUILD / "mooringctl", "health"], env=environment(**variables))
    assert (done.returncode, done.stdout) == (0, "ok\n"), done.stderr


class Starting(BaseHTTPRequestHandler):
    """What an admin listener says before the store was read."""

    def do_GET(self) -> None:
        self.send_response(503)
        self.end_headers()
        self.wfile.write(b"starting")

    def log_message(self, *_words: object) -> None:
        pass


def test_who_is_not_ready_says_why(make_service: Callable[..., Service]) -> None:
    with HTTPServer(("127.0.0.1", 0), Starting) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        ctl = make_service(top={"admin-listen": [f"127.0.0.1:{server.server_port}"]}).ctl
        for words in (["--ready"], []):
            done = ctl.run("health", *words)
            assert (done.returncode, done.stdout) == (1, "")
            assert done.stderr == "mooringctl: the daemon answers with status 503: starting\n"
        server.shutdown()
