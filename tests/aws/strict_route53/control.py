# SPDX-License-Identifier: BSD-2-Clause
"""What a test in another process asks of a StrictRoute53 and tells it: JSON on a port of its own.

GET    /zones                     {id: name}
POST   /zones      {"name": ...}  {"id": id}
GET    /zones/ID/records          [{"name", "type", "ttl", "values"}]
GET    /calls[?action=...]        [{"number", "at", "action", "zone_id", "changes", ...}]
DELETE /calls                     forgets them
GET    /statistics                calls, throttled, prior_not_complete, max_overlap, faults
GET    /faults                    those that are left
POST   /faults     {...}          one more, by the fields of faults.Fault
POST   /chaos      {"seed": N, "rate": 0.05, "delay_max_s": 1}
DELETE /faults                    no more trouble of either kind
POST   /clock      {"advance_s": N}   of a ManualClock only
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from aws.strict_route53.buckets import ManualClock
from aws.strict_route53.faults import Chaos, Fault
from aws.strict_route53.service import Service, call_to_json


class Control:
    """port is where it listens until close()."""

    def __init__(self, service: Service):
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(service))
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def __enter__(self) -> Control:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def records(service: Service, zone_id: str) -> list[dict]:
    return [
        {"name": name, "type": kind, "ttl": ttl, "values": values}
        for (name, kind), (ttl, values) in service.records(zone_id).items()
    ]


def advance(service: Service, value: dict) -> dict:
    if not isinstance(service.clock, ManualClock):
        raise ValueError("the clock runs by itself")
    service.clock.advance(float(value["advance_s"]))
    return {"now": service.clock.now()}


def start_chaos(service: Service, value: dict) -> dict:
    service.faults.chaos = Chaos(**value)
    return {}


def get(service: Service, path: str, query: dict[str, list[str]]) -> object:
    """Raises LookupError when there is no such thing."""
    match path.strip("/").split("/"):
        case ["zones"]:
            return service.zones()
        case ["zones", zone_id, "records"]:
            return records(service, zone_id)
        case ["calls"]:
            action = query.get("action", [None])[0]
            return [call_to_json(call) for call in service.calls(action)]
        case ["statistics"]:
            return service.statistics()
        case ["faults"]:
            return [fault.to_json() for fault in list(service.faults.faults)]
    raise LookupError(path)


def post(service: Service, path: str, value: dict) -> object:
    actions: dict[str, Callable[[], object]] = {
        "/zones": lambda: {"id": service.new_zone(value["name"])},
        "/faults": lambda: service.faults.add(Fault.from_json(value)).to_json(),
        "/chaos": lambda: start_chaos(service, value),
        "/clock": lambda: advance(service, value),
    }
    if path not in actions:
        raise LookupError(path)
    return actions[path]()


def delete(service: Service, path: str) -> object:
    actions = {"/calls": service.forget, "/faults": service.faults.clear}
    if path not in actions:
        raise LookupError(path)
    actions[path]()
    return {}


def handler_of(service: Service) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_args: object) -> None:
            pass

        def _answer(self, produce: Callable[[str, dict], object]) -> None:
            path, _, query = self.path.partition("?")
            try:
                status, value = 200, produce(path, parse_qs(query))
            except (ValueError, TypeError, KeyError) as problem:
                status, value = 400, {"error": str(problem)}
                if isinstance(problem, KeyError) and self.command == "GET":
                    status = 404
            except LookupError as problem:
                status, value = 404, {"error": f"there is no {problem}"}
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _body(self) -> dict:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            value = json.loads(raw)
            if not isinstance(value, dict):
                raise ValueError("the body is not an object")
            return value

        def do_GET(self) -> None:  # pylint: disable=invalid-name
            self._answer(lambda path, query: get(service, path, query))

        def do_POST(self) -> None:  # pylint: disable=invalid-name
            self._answer(lambda path, _: post(service, path, self._body()))

        def do_DELETE(self) -> None:  # pylint: disable=invalid-name
            self._answer(lambda path, _: delete(service, path))

    return Handler
