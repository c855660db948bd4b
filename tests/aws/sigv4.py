# SPDX-License-Identifier: BSD-2-Clause
"""Signature Version 4 as the server sees it: the raw request as it came off the wire.

Written from the description in the IAM User Guide ("Create a signed AWS API request") and the
order of checks that the services show. It shares no code with the daemon's signer, so that one
cannot hide the other's mistakes.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aws.iam import Policy

ALGORITHM = "AWS4-HMAC-SHA256"
CLOCK_WINDOW = timedelta(minutes=5)
UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
HEX_DIGITS = frozenset(b"0123456789abcdefABCDEF")


@dataclass
class Request:
    """One HTTP request, undecoded. Header names keep the spelling and order of the wire."""

    method: str
    target: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes = b""
    version: str = "HTTP/1.1"

    @property
    def path(self) -> bytes:
        return self.target.partition(b"?")[0]

    @property
    def query(self) -> bytes:
        return self.target.partition(b"?")[2]

    def all(self, name: str) -> list[bytes]:
        wanted = name.lower().encode()
        return [value for key, value in self.headers if key.lower() == wanted]

    def one(self, name: str) -> str | None:
        values = self.all(name)
        return values[0].decode("latin-1").strip() if values else None

    def names(self) -> set[str]:
        return {key.lower().decode("latin-1") for key, _ in self.headers}


@dataclass(frozen=True)
class Identity:
    """Somebody with a key. allowed: actions on anything ("dynamodb:GetItem" ...), None: all; or
    policy: a document, which then decides alone."""

    name: str
    access_key: str
    secret_key: str
    token: str | None = None
    allowed: frozenset[str] | None = None
    policy: Policy | None = None

    def may(self, action: str) -> bool:
        return self.allowed is None or action in self.allowed


class Refusal(Exception):
    """A request that the gate does not let pass; code is AWS's name for it without its suffix."""

    def __init__(self, code: str, message: str):
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass
class Authorization:
    algorithm: str
    access_key: str
    scope: list[str]
    signed_headers: list[str]
    signature: str
    parameters: dict[str, str] = field(default_factory=dict)


def uri_encode(raw: bytes, keep: bytes = b"") -> str:
    return "".join(chr(c) if c in UNRESERVED or c in keep else f"%{c:02X}" for c in raw)


def percent_decode(raw: bytes) -> bytes:
    out = bytearray()
    at = 0
    while at < len(raw):
        pair = raw[at + 1 : at + 3]
        if raw[at] == ord("%") and len(pair) == 2 and HEX_DIGITS.issuperset(pair):
            out.append(int(pair, 16))
            at += 3
        else:
            out.append(raw[at])
            at += 1
    return bytes(out)


def canonical_path(path: bytes) -> str:
    """RFC 3986 dot segments removed, slashes collapsed, and the encoded path encoded once more."""
    kept: list[bytes] = []
    for segment in path.split(b"/"):
        if segment == b"..":
            del kept[-1:]
        elif segment not in (b"", b"."):
            kept.append(segment)
    clean = b"/" + b"/".join(kept)
    if kept and path.endswith((b"/", b"/.", b"/..")):
        clean += b"/"
    return uri_encode(clean, keep=b"/")


def canonical_query(query: bytes) -> str:
    """Sorted as pairs: "-" and "." sort before "=", so sorting "k=v" strings would be wrong."""
    pairs = []
    for item in query.split(b"&"):
        if item:
            name, _, value = item.partition(b"=")
            pairs.append((uri_encode(percent_decode(name)), uri_encode(percent_decode(value))))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def canonical_headers(request: Request, signed: list[str]) -> str:
    lines = []
    for name in signed:
        values = [
            re.sub(r" +", " ", value.decode("latin-1").strip()) for value in request.all(name)
        ]
        lines.append(f"{name}:{','.join(values)}\n")
    return "".join(lines)


def canonical_request(request: Request, signed: list[str]) -> str:
    return "\n".join(
        (
            request.method,
            canonical_path(request.path),
            canonical_query(request.query),
            canonical_headers(request, signed),
            ";".join(signed),
            hashlib.sha256(request.body).hexdigest(),
        )
    )


def string_to_sign(request: Request, signed: list[str], date: str, scope: list[str]) -> str:
    digest = hashlib.sha256(canonical_request(request, signed).encode("latin-1")).hexdigest()
    return "\n".join((ALGORITHM, date, "/".join(scope), digest))


def signature(request: Request, signed: list[str], date: str, scope: list[str], key: str) -> str:
    mac = ("AWS4" + key).encode()
    for part in scope:
        mac = hmac.digest(mac, part.encode(), "sha256")
    return hmac.new(
        mac, string_to_sign(request, signed, date, scope).encode(), hashlib.sha256
    ).hexdigest()


def parse_authorization(request: Request) -> Authorization:
    values = request.all("authorization")
    if not values:
        raise Refusal("MissingAuthenticationToken", "Request is missing Authentication Token")
    text = values[0].decode("latin-1").strip()
    if len(values) > 1:
        raise Refusal("IncompleteSignature", "The request has more than one Authorization header.")
    if not text.startswith("AWS4-"):
        raise Refusal("MissingAuthenticationToken", "Request is missing Authentication Token")
    algorithm, _, rest = text.partition(" ")
    parameters = dict(
        (part.strip().partition("=")[0], part.strip().partition("=")[2]) for part in rest.split(",")
    )
    missing = [
        f"Authorization header requires '{name}' parameter."
        for name in ("Credential", "Signature", "SignedHeaders")
        if not parameters.get(name)
    ]
    if request.one("x-amz-date") is None and request.one("date") is None:
        missing.append(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
        )
    if missing:
        # The real services echo the header here; the gate does not, so that no log holds it.
        raise Refusal("IncompleteSignature", " ".join(missing))
    key, *scope = parameters["Credential"].split("/")
    return Authorization(
        algorithm,
        key,
        scope,
        parameters["SignedHeaders"].split(";"),
        parameters["Signature"],
        parameters,
    )


def basic_format(moment: datetime) -> str:
    return moment.strftime("%Y%m%dT%H%M%SZ")


def check_clock(date: str, now: datetime) -> None:
    try:
        if not re.fullmatch(r"\d{8}T\d{6}Z", date):
            raise ValueError(date)
        signed_at = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise Refusal(
            "IncompleteSignature",
            f"Date must be in ISO-8601 'basic format'. Got '{date}'."
            " See http://en.wikipedia.org/wiki/ISO_8601",
        ) from None
    earliest, latest = now - CLOCK_WINDOW, now + CLOCK_WINDOW
    server = basic_format(now)
    if signed_at < earliest:
        raise Refusal(
            "InvalidSignature",
            f"Signature expired: {date} is now earlier than {basic_format(earliest)}"
            f" ({server} - 5 min.)",
        )
    if signed_at > latest:
        raise Refusal(
            "InvalidSignature",
            f"Signature not yet current: {date} is still later than {basic_format(latest)}"
            f" ({server} + 5 min.)",
        )


def check_signed_headers(request: Request, signed: list[str]) -> None:
    """Host, Content-Type and each x-amz-* that is sent must be covered, and nothing invented."""
    if "host" not in signed:
        raise Refusal(
            "InvalidSignature",
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
        )
    for name in sorted(request.names()):
        if (name.startswith("x-amz-") or name == "content-type") and name not in signed:
            raise Refusal(
                "InvalidSignature",
                f"'{name}' must be a 'SignedHeader' in the AWS Authorization.",
            )
    if signed != sorted(set(signed)) or any(name != name.lower() for name in signed):
        raise Refusal("InvalidSignature", "SignedHeaders must be lower-case, sorted and unique.")
    absent = [name for name in signed if name not in request.names()]
    if absent:
        raise Refusal("InvalidSignature", f"A signed header was not sent: '{absent[0]}'.")
    for name in ("host", "x-amz-date", "x-amz-security-token", "x-amz-target", "content-type"):
        if len(request.all(name)) > 1:
            raise Refusal("InvalidSignature", f"The header '{name}' was sent more than once.")


def check_scope(authorization: Authorization, date: str, region: str, service: str) -> None:
    scope = authorization.scope
    if len(scope) != 4:
        got = "/".join(scope)
        raise Refusal(
            "IncompleteSignature",
            f"Credential must have exactly 5 slash-delimited elements, got '.../{got}'.",
        )
    problems = []
    if scope[1] != region:
        problems.append(f"Credential should be scoped to a valid region, not '{scope[1]}'. ")
    if scope[2] != service:
        problems.append(f"Credential should be scoped to correct service: '{service}'. ")
    if scope[3] != "aws4_request":
        problems.append("Credential should be scoped with a valid terminator: 'aws4_request'. ")
    if scope[0] != date[:8]:
        problems.append(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from"
            f" HTTP: '{scope[0]}' != '{date[:8]}', from '{date}'. "
        )
    if problems:
        raise Refusal("InvalidSignature", "".join(problems))


def check_signature(
    request: Request,
    identities: dict[str, Identity],
    service: str,
    region: str,
    now: datetime,
) -> Identity:
    """Checks in the order that the services show; returns who it was or raises Refusal."""
    authorization = parse_authorization(request)
    date = request.one("x-amz-date") or request.one("date") or ""
    check_clock(date, now)
    check_signed_headers(request, authorization.signed_headers)
    if authorization.algorithm != ALGORITHM:
        raise Refusal(
            "IncompleteSignature", f"Unsupported AWS 'algorithm': '{authorization.algorithm}'."
        )
    check_scope(authorization, date, region, service)
    identity = identities.get(authorization.access_key)
    token = request.one("x-amz-security-token")
    if identity is None or identity.token != token:
        raise Refusal(
            "UnrecognizedClient", "The security token included in the request is invalid."
        )
    wanted = signature(
        request, authorization.signed_headers, date, authorization.scope, identity.secret_key
    )
    if not hmac.compare_digest(wanted, authorization.signature):
        raise Refusal(
            "InvalidSignature",
            "The request signature we calculated does not match the signature you provided."
            " Check your AWS Secret Access Key and signing method. Consult the service"
            " documentation for details.",
        )
    return identity
