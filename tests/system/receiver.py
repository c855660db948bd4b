# SPDX-License-Identifier: BSD-2-Clause
"""A webhook of somebody's: it takes what it is sent, refuses it, or never answers."""

from __future__ import annotations

import json
import ssl
import threading
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Event = dict[str, object]


class Receiver:
    """On a free port of 127.0.0.1. status: what it answers; hangs: it answers nobody until it is
    closed. paths are all that were asked for, events the JSON of those that were taken, requests
    the headers and bodies of all. tls: it speaks HTTPS."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.status = 204
        self.scheme = "http" if tls is None else "https"
        self.requests: list[tuple[Message, bytes]] = []
        self.hangs = False
        self.paths: list[str] = []
        self.events: list[Event] = []
        self._lock = threading.Lock()
        self._closed = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def take(self) -> None:
                length = int(self.headers.get("Content-Length", "0"))
                body = self.rfile.read(length)
                receiver.requests.append((self.headers, body))
                receiver.take(self.path, body)
                if receiver.hangs:
                    receiver.wait_closed()
                    self.close_connection = True
                    return
                self.send_response(receiver.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_POST(self) -> None:  # the name is http.server's
                self.take()

            def do_GET(self) -> None:  # the name is http.server's
                self.take()

            def log_message(self, format: str, *args: object) -> None:
                """Nothing: the tests look at what was taken."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self._server.server_address[1]}"

    def take(self, path: str, body: bytes) -> None:
        with self._lock:
            self.paths.append(path)
            if body[:1] == b"{" and self.status < 300 and not self.hangs:
                self.events.append(json.loads(body))

    def wait_closed(self) -> None:
        self._closed.wait()

    def of_kind(self, kind: str) -> list[Event]:
        with self._lock:
            return [event for event in self.events if event["event"] == kind]

    def close(self) -> None:
        self._closed.set()
        self._server.shutdown()
        self._server.server_close()
