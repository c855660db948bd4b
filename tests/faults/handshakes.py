# SPDX-License-Identifier: BSD-2-Clause
"""Clients that open one TLS connection after another and look at the certificate."""

from __future__ import annotations

import socket
import ssl
import threading
from collections import Counter
from pathlib import Path

from system.harness import CLIENT_TIMEOUT_S, get, parse_response, read_to_end

REQUEST = get("/healthz", "Connection: close")
PAUSE_S = 0.01
VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)


def context_of(ca: Path, version: ssl.TLSVersion) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(ca))
    context.minimum_version = context.maximum_version = version
    return context


class Handshakes:
    """Each version of TLS from two threads, until stop(), which fails if one connection did."""

    def __init__(self, port: int, ca: Path, name: str = "localhost"):
        self.shown: Counter[str] = Counter()  # serial numbers
        self._port = port
        self._name = name
        self._changed = threading.Condition()
        self._stopped = threading.Event()
        self._problems: list[BaseException] = []
        self._threads = [
            threading.Thread(target=self._work, args=(context_of(ca, version),))
            for version in VERSIONS * 2
        ]
        for thread in self._threads:
            thread.start()

    def wait_shown(self, serial: str, timeout: float = CLIENT_TIMEOUT_S) -> None:
        """Until a connection that began later was shown this certificate."""
        with self._changed:
            before = self.shown[serial]
            assert self._changed.wait_for(
                lambda: self.shown[serial] > before or self._problems, timeout
            ), f"{serial} is not shown: {self.shown}"

    def stop(self) -> int:
        """How many there were."""
        self._stopped.set()
        for thread in self._threads:
            thread.join(2 * CLIENT_TIMEOUT_S)
            assert not thread.is_alive(), "a client waits for ever"
        if self._problems:
            raise self._problems[0]
        return self.shown.total()

    def _work(self, context: ssl.SSLContext) -> None:
        try:
            while not self._stopped.wait(PAUSE_S):
                serial = self._once(context)
                with self._changed:
                    self.shown[serial] += 1
                    self._changed.notify_all()
        except BaseException as problem:  # pylint: disable=broad-exception-caught  # raised by stop()
            with self._changed:
                self._problems.append(problem)
                self._changed.notify_all()

    def _once(self, context: ssl.SSLContext) -> str:
        tcp = socket.create_connection(("127.0.0.1", self._port), CLIENT_TIMEOUT_S)
        with tcp, context.wrap_socket(tcp, server_hostname=self._name) as sock:
            serial = sock.getpeercert()["serialNumber"]
            sock.sendall(REQUEST)
            reply = parse_response(read_to_end(sock))
        assert (reply.status, reply.text) == (200, "ok")
        return serial
