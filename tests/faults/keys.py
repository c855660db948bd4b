# SPDX-License-Identifier: BSD-2-Clause
"""Who hands out keys: the metadata service of an instance and a container's endpoint, in one."""

from __future__ import annotations

import json
import secrets
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic

from aws.emulators import BATCH_ACTIONS
from aws.gate import Gate
from aws.sigv4 import Identity

ROLE = "mooring-role"
ROLES = "/latest/meta-data/iam/security-credentials/"
CONTAINER = "/container/keys"

OK, SILENT, SLOW, REFUSED_TOKEN = "ok", "silent", "slow", "refused token"
SLOW_S = 5


@dataclass(frozen=True)
class Handed:
    """A request that was answered."""

    method: str
    path: str
    at: float


class KeyServer:
    """mode may change at any time; rotate() makes new keys and lets the old ones end."""

    def __init__(self, gate: Gate, now: Callable[[], datetime] | None = None):
        self.gate = gate
        self.mode = OK
        self.requests: list[Handed] = []
        self.identities: list[Identity] = []
        self.expires = datetime.now(UTC)
        self._now = now or (lambda: datetime.now(UTC))
        self._released = threading.Event()
        self._tokens: set[str] = set()
        self._server: ThreadingHTTPServer | None = None
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port: int = listener.getsockname()[1]
        self.rotate()
        self.up()

    def __enter__(self) -> KeyServer:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.down()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def secrets(self) -> set[str]:
        """That no log may hold."""
        return {one.secret_key for one in self.identities} | {one.token for one in self.identities}

    def rotate(self, lifetime: timedelta = timedelta(hours=6), *, ends: bool = True) -> Identity:
        """New keys; ends: the old ones are told from now on that they have expired."""
        key, token = "ASIA" + secrets.token_hex(8).upper(), secrets.token_hex(40)
        new = Identity("mooring", key, secrets.token_hex(20), token, BATCH_ACTIONS)
        self.gate.identities[key] = new
        self.expires = self._now() + lifetime
        self.identities.append(new)
        if ends:
            self.gate.expired.update(one.access_key for one in self.identities[:-1])
        return new

    def up(self) -> None:
        """Listens, as it did when it was made."""
        if self._server is not None:
            return
        self._released.clear()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                owner.answer(self)

            def do_PUT(self) -> None:
                owner.answer(self)

            def log_message(self, *_arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def down(self) -> None:
        """Nobody listens any more."""
        if self._server is None:
            return
        self._released.set()
        self._server.shutdown()
        self._server.server_close()
        self._server = None

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.requests.append(Handed(handler.command, handler.path, monotonic()))
        if self.mode == SILENT:
            self._released.wait(60)
            return
        if self.mode == SLOW:
            self._released.wait(SLOW_S)
        status, body = self._judge(handler.command, handler.path, handler.headers)
        try:
            handler.send_response(status)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)
        except OSError:
            pass  # whoever asked has given up

    def _judge(self, method: str, path: str, headers: object) -> tuple[int, bytes]:
        if path == CONTAINER:
            return 200, self._document()
        if (method, path) == ("PUT", "/latest/api/token"):
            token = secrets.token_hex(16)
            self._tokens.add(token)
            return 200, token.encode()
        if self.mode == REFUSED_TOKEN or headers["X-aws-ec2-metadata-token"] not in self._tokens:
            return 401, b""
        answers = {ROLES: ROLE.encode(), ROLES + ROLE: self._document()}
        return (200, answers[path]) if path in answers else (404, b"")

    def _document(self) -> bytes:
        now = self.identities[-1]
        return json.dumps(
            {
                "Code": "Success",
                "Type": "AWS-HMAC",
                "AccessKeyId": now.access_key,
                "SecretAccessKey": now.secret_key,
                "Token": now.token,
                "Expiration": self.expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
        ).encode()


def container(url: str) -> dict[str, str]:
    """The environment of a daemon in a container."""
    return {
        "AWS_ACCESS_KEY_ID": "",
        "AWS_SECRET_ACCESS_KEY": "",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": url + CONTAINER,
    }


def instance(url: str) -> dict[str, str]:
    """That of one on an instance."""
    return {
        "AWS_ACCESS_KEY_ID": "",
        "AWS_SECRET_ACCESS_KEY": "",
        "AWS_EC2_METADATA_DISABLED": "false",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": url,
    }
