# SPDX-License-Identifier: BSD-2-Clause
"""A proxy in front of an AWS emulator that is as strict as AWS about who calls and how.

Every request's signature is computed anew from its raw bytes; what AWS would refuse is refused with
AWS's own codes. What passes goes to the emulator byte for byte, so that an emulator which checks
signatures sees the client's, not ours. Who may do what is a list of actions, or an IAM policy with
its resources and conditions (iam.py). Every call is recorded, and a script (faults.py) can fail,
delay, hold or cut it.
"""

from __future__ import annotations

import json
import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from urllib.parse import parse_qs

from aws import iam, route53, sigv4
from aws.errors import Reply, error
from aws.faults import Fault, Script
from aws.sigv4 import Identity, Refusal, Request
from aws.wire import Closed, Malformed, Stream, Upstream, read_reply, read_request

UPSTREAM_TIMEOUT_S = 60
JSON_TYPES = {"dynamodb": "application/x-amz-json-1.0", "sqs": "application/x-amz-json-1.0"}
JSON_TARGETS = {"DynamoDB_20120810": "dynamodb", "AmazonSQS": "sqs"}
FORM_TYPE = "application/x-www-form-urlencoded"
FORM_VERSIONS = {"2010-03-31": "sns", "2011-06-15": "sts", "2010-05-08": "iam"}
UNSIGNED_ACTIONS = {"sts:AssumeRoleWithWebIdentity"}
FREE_ACTIONS = {"sts:GetCallerIdentity"}  # no policy is asked about them
ROUTE53_OPERATIONS = [
    ("POST", r"/hostedzone/[^/]+/rrset/?", "ChangeResourceRecordSets"),
    ("GET", r"/hostedzone/[^/]+/rrset", "ListResourceRecordSets"),
    ("GET", r"/hostedzone/[^/]+", "GetHostedZone"),
    ("GET", r"/hostedzone", "ListHostedZones"),
    ("POST", r"/hostedzone", "CreateHostedZone"),
    ("GET", r"/hostedzonesbyname", "ListHostedZonesByName"),
    ("GET", r"/hostedzonelimit/[^/]+/[^/]+", "GetHostedZoneLimit"),
    ("GET", r"/change/[^/]+", "GetChange"),
]
CHANGE_PATH = re.compile(rb"/2013-04-01/hostedzone/([A-Z0-9]{1,32})/rrset/?")
GLOBAL_REGION = "us-east-1"


@dataclass
class Call:
    """One finished call; code is AWS's error name, None when it went well or was not looked at."""

    service: str
    operation: str
    access_key: str
    status: int
    code: str | None
    at: float
    body: bytes

    @property
    def action(self) -> str:
        return f"{self.service}:{self.operation}"

    def json(self) -> dict:
        return json.loads(self.body)


def utc_now() -> datetime:
    return datetime.now(UTC)


def classify(request: Request) -> tuple[str, str]:
    """Service and operation by the request's form, not by what its signature claims."""
    target = request.one("x-amz-target")
    if target is not None:
        prefix, _, operation = target.partition(".")
        return JSON_TARGETS.get(prefix, "dynamodb"), operation or "Unknown"
    path = request.path.decode("latin-1")
    if path.startswith("/2013-04-01/"):
        rest = path.removeprefix("/2013-04-01")
        for method, pattern, operation in ROUTE53_OPERATIONS:
            if request.method == method and re.fullmatch(pattern, rest):
                return "route53", operation
        return "route53", "Unknown"
    form = parse_qs(request.body.decode("latin-1"))
    version = form.get("Version", [""])[0]
    if version in FORM_VERSIONS:
        return FORM_VERSIONS[version], form.get("Action", ["Unknown"])[0]
    return "dynamodb", "Unknown"


def check_protocol(request: Request, service: str, operation: str) -> None:
    content_type = request.one("content-type")
    wanted = JSON_TYPES.get(service)
    if wanted is not None:
        if request.method != "POST" or request.target != b"/" or operation == "Unknown":
            raise Refusal("UnknownOperation", "The operation is not known.")
        if content_type != wanted:
            raise Refusal("UnknownOperation", f"Content-Type must be {wanted}.")
        try:
            if not isinstance(json.loads(request.body), dict):
                raise ValueError
        except ValueError:
            raise Refusal("Serialization", "The body is not a JSON object.") from None
    elif service == "route53":
        if operation == "Unknown":
            raise Refusal("UnknownOperation", f"No operation at {request.method} of this path.")
    elif not (content_type or "").startswith(FORM_TYPE):
        raise Refusal("UnknownOperation", f"Content-Type must be {FORM_TYPE}.")


def check_policy(
    identity: Identity, request: Request, service: str, operation: str, region: str
) -> None:
    action = f"{service}:{operation}"
    if action in FREE_ACTIONS:
        return
    if identity.policy is None:
        denied = [] if identity.may(action) else [iam.Ask(action, "*")]
    else:
        asked = iam.asks_of(request, service, operation, region)
        denied = [ask for ask in asked if not identity.policy.allows(ask)]
    for ask in denied:
        raise Refusal(
            "AccessDenied",
            f"User: arn:aws:iam::{iam.ACCOUNT}:user/{identity.name} is not authorized to perform:"
            f" {ask.action} on resource: {ask.resource} because no identity-based policy allows the"
            f" {ask.action} action",
        )


class Gate:
    """upstreams: service name -> emulator. Use as a context manager; port is the one to call."""

    def __init__(
        self,
        upstreams: dict[str, Upstream],
        identities: Iterable[Identity],
        region: str,
        *,
        clock: Callable[[], datetime] = utc_now,
        tls: ssl.SSLContext | None = None,
    ):
        self.upstreams = upstreams
        self.identities = {identity.access_key: identity for identity in identities}
        self.region = region
        self.clock = clock
        self.script = Script()
        self.zones: dict[str, str] = {}  # hosted zone id -> name with its final dot
        self.refuse_names: set[str] = set()  # record names (final dot) that Route 53 shall not take
        self.expired: set[str] = set()  # access keys of sessions that have ended
        self.unexpected: list[str] = []  # what broke inside the gate; a test asserts it empty
        self._tls = tls
        self._closed = False
        self._changed = threading.Condition()
        self._calls: list[Call] = []
        self._busy_zones: set[bytes] = set()
        self._sockets: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> Gate:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Cut off first: what is held and then let go finds nobody to answer, and maybe no emulator
        any more."""
        self._closed = True
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()
        with self._changed:
            sockets = list(self._sockets)
        for sock in sockets:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.script.clear()

    # What the tests ask.

    def calls(self, action: str | None = None) -> list[Call]:
        with self._changed:
            return [call for call in self._calls if action in (None, call.action)]

    def forget(self) -> None:
        with self._changed:
            self._calls.clear()

    def wait_calls(self, action: str, n: int = 1, timeout: float = 30) -> list[Call]:
        """Waits until n calls of the action are finished."""

        def found() -> list[Call]:
            return [call for call in self._calls if call.action == action]

        with self._changed:
            if not self._changed.wait_for(lambda: len(found()) >= n, timeout):
                raise TimeoutError(f"{len(found())} of {n} calls of {action} in {timeout} s")
            return found()

    # Connections.

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        upstreams: dict[str, Stream] = {}
        try:
            if self._tls is not None:
                sock.settimeout(UPSTREAM_TIMEOUT_S)
                sock = self._tls.wrap_socket(sock, server_side=True)
            with self._changed:
                self._sockets.add(sock)
            stream = Stream(sock)
            while self._serve_one(stream, upstreams):
                pass
        except (Closed, OSError):
            pass
        except Malformed as problem:
            self.unexpected.append(f"malformed HTTP: {problem}")
        except Exception as problem:  # pylint: disable=broad-exception-caught
            self.unexpected.append(repr(problem))
            raise
        finally:
            with self._changed:
                self._sockets.discard(sock)
            sock.close()
            for upstream in upstreams.values():
                upstream.sock.close()

    def _serve_one(self, stream: Stream, upstreams: dict[str, Stream]) -> bool:
        """Returns whether another request may follow on the connection."""
        request, raw = read_request(stream)
        service, operation = classify(request)
        fault = None
        try:
            self._check(request, service, operation)
            fault = self.script.take(f"{service}:{operation}", request.body)
            status, code, reply = self._pass(request, raw, service, fault, upstreams)
        except Refusal as refusal:
            answer = error(service, refusal.code, refusal.message)
            status, code, reply = answer.status, answer.code, answer.wire(self.clock())
        except route53.Bad as bad:
            status, code, reply = bad.reply.status, bad.reply.code, bad.reply.wire(self.clock())
        self._record(request, service, operation, status, code)
        return self._send(stream.sock, reply, fault)

    def _check(self, request: Request, service: str, operation: str) -> None:
        check_protocol(request, service, operation)
        if f"{service}:{operation}" in UNSIGNED_ACTIONS:
            return
        region = GLOBAL_REGION if service in ("route53", "iam") else self.region
        identity = sigv4.check_signature(request, self.identities, service, region, self.clock())
        if identity.access_key in self.expired:
            raise Refusal("ExpiredToken", "The security token included in the request is expired")
        check_policy(identity, request, service, operation, self.region)
        match = CHANGE_PATH.fullmatch(request.path)
        if operation == "ChangeResourceRecordSets" and match:
            zone = self.zones.get(match[1].decode())
            route53.check_batch(request.body, zone, frozenset(self.refuse_names))

    def _pass(
        self,
        request: Request,
        raw: bytes,
        service: str,
        fault: Fault | None,
        upstreams: dict[str, Stream],
    ) -> tuple[int, str | None, bytes]:
        """One change batch per hosted zone at a time, as Route 53 has it."""
        match = CHANGE_PATH.fullmatch(request.path)
        zone = match[1] if match and request.method == "POST" else None
        if zone is not None:
            with self._changed:
                if zone in self._busy_zones:
                    raise Refusal(
                        "PriorRequestNotComplete",
                        "The request was rejected because Route 53 was still processing a prior"
                        " request.",
                    )
                self._busy_zones.add(zone)
        try:
            return self._forward(request, raw, service, fault or Fault(None), upstreams)
        finally:
            with self._changed:
                self._busy_zones.discard(zone or b"")

    def _forward(
        self,
        request: Request,
        raw: bytes,
        service: str,
        fault: Fault,
        upstreams: dict[str, Stream],
    ) -> tuple[int, str | None, bytes]:
        if fault.before is not None and not fault.before.wait_here():
            raise Closed
        if fault.delay_s:
            threading.Event().wait(fault.delay_s)
        if fault.reply is not None:
            return fault.reply.status, fault.reply.code, fault.reply.wire(self.clock())
        status, reply = self._exchange(request, raw, service, upstreams)
        if fault.after is not None and not fault.after.wait_here():
            raise Closed
        return status, None, reply

    def _exchange(
        self, request: Request, raw: bytes, service: str, upstreams: dict[str, Stream]
    ) -> tuple[int, bytes]:
        upstream = self.upstreams.get(service)
        if upstream is None:
            answer = error(service, "UnknownOperation", f"The gate has no upstream for {service}.")
            return answer.status, answer.wire(self.clock())
        kept = upstreams.pop(service, None)
        if kept is not None:
            try:
                return self._ask(kept, request, raw, service, upstreams)
            except (Closed, OSError):
                pass  # it was idle, and the emulator closed it meanwhile
        try:
            address = (upstream.host, upstream.port)
            fresh = Stream(socket.create_connection(address, UPSTREAM_TIMEOUT_S))
            return self._ask(fresh, request, raw, service, upstreams)
        except (Closed, OSError) as problem:
            if self._closed:
                raise
            self.unexpected.append(f"the emulator of {service} does not answer: {problem!r}")
            raise

    @staticmethod
    def _ask(
        stream: Stream, request: Request, raw: bytes, service: str, upstreams: dict[str, Stream]
    ) -> tuple[int, bytes]:
        lives = False
        try:
            stream.sock.sendall(raw)
            status, reply, lives = read_reply(stream, request.method)
            return status, reply
        finally:
            if lives:
                upstreams[service] = stream
            else:
                stream.sock.close()

    def _record(
        self, request: Request, service: str, operation: str, status: int, code: str | None
    ) -> None:
        credential = re.search(r"Credential=([^/,]*)", request.one("authorization") or "")
        call = Call(
            service,
            operation,
            credential[1] if credential else "",
            status,
            code,
            monotonic(),
            request.body,
        )
        with self._changed:
            self._calls.append(call)
            self._changed.notify_all()

    @staticmethod
    def _send(sock: socket.socket, reply: bytes, fault: Fault | None) -> bool:
        if fault is None or fault.cut is None:
            sock.sendall(reply)
            return True
        sock.sendall(reply[: fault.cut])
        # A reset instead of an orderly end, as from a machine that died.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False


__all__ = ["Call", "Gate", "Identity", "Reply", "Upstream"]
