# SPDX-License-Identifier: BSD-2-Clause
"""Replies in the shapes that the services give their errors: JSON, REST-XML and Query."""

from __future__ import annotations

import itertools
import json
import zlib
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape

ROUTE53_NAMESPACE = "https://route53.amazonaws.com/doc/2013-04-01/"
REASONS = {200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 500: "Error"}
REQUEST_NUMBERS = itertools.count(1)

# Whose exception a JSON code is: the service's own or the framework's in front of it.
DYNAMODB_PREFIX = "com.amazonaws.dynamodb.v20120810#"
FRAMEWORK_PREFIX = "com.amazon.coral.service#"
FRAMEWORK_CODES = {
    "AccessDenied",
    "ExpiredToken",
    "IncompleteSignature",
    "InvalidSignature",
    "MissingAuthenticationToken",
    "Serialization",
    "Throttling",
    "UnknownOperation",
    "UnrecognizedClient",
}
# What REST-XML and Query services call the same trouble.
XML_CODES = {
    "InvalidSignature": "SignatureDoesNotMatch",
    "UnrecognizedClient": "InvalidClientTokenId",
}
XML_FORBIDDEN = {
    "AccessDenied",
    "ExpiredToken",
    "IncompleteSignature",
    "InvalidClientTokenId",
    "MissingAuthenticationToken",
    "SignatureDoesNotMatch",
}


@dataclass
class Reply:
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    code: str | None = None

    def wire(self, now: datetime) -> bytes:
        """now: what the service's clock says; clients learn from it."""
        head = [f"HTTP/1.1 {self.status} {REASONS.get(self.status, 'Status')}"]
        fields = {"Date": format_datetime(now, usegmt=True), **self.headers}
        fields["Content-Length"] = str(len(self.body))
        head += [f"{name}: {value}" for name, value in fields.items()]
        return ("\r\n".join(head) + "\r\n\r\n").encode("latin-1") + self.body


def request_id() -> str:
    return f"GATE{next(REQUEST_NUMBERS):048d}"


def json_reply(status: int, value: object, code: str | None = None) -> Reply:
    body = json.dumps(value).encode()
    headers = {
        "Content-Type": "application/x-amz-json-1.0",
        "x-amzn-RequestId": request_id(),
        "x-amz-crc32": str(zlib.crc32(body)),
    }
    return Reply(status, body, headers, code)


def json_error(code: str, message: str, status: int = 400) -> Reply:
    name = code if code.endswith(("Exception", "Error")) else code + "Exception"
    prefix = FRAMEWORK_PREFIX if code in FRAMEWORK_CODES else DYNAMODB_PREFIX
    if code == "UnknownOperation":
        status = 404
    return json_reply(status, {"__type": prefix + name, "message": message}, name)


def xml_error(code: str, message: str, status: int | None = None) -> Reply:
    name = XML_CODES.get(code, code)
    if status is None:
        status = 403 if name in XML_FORBIDDEN else 404 if name.startswith("NoSuch") else 400
    identifier = request_id()
    body = (
        f'<?xml version="1.0"?>\n<ErrorResponse xmlns="{ROUTE53_NAMESPACE}"><Error>'
        f"<Type>{'Receiver' if status >= 500 else 'Sender'}</Type><Code>{escape(name)}</Code>"
        f"<Message>{escape(message)}</Message></Error><RequestId>{identifier}</RequestId>"
        "</ErrorResponse>"
    ).encode()
    return Reply(status, body, {"Content-Type": "text/xml", "x-amzn-RequestId": identifier}, name)


def invalid_change_batch(messages: list[str]) -> Reply:
    """The shape that ChangeResourceRecordSets alone has."""
    identifier = request_id()
    inner = "".join(f"<Message>{escape(message)}</Message>" for message in messages)
    body = (
        f'<?xml version="1.0"?>\n<InvalidChangeBatch xmlns="{ROUTE53_NAMESPACE}"><Messages>'
        f"{inner}</Messages><RequestId>{identifier}</RequestId></InvalidChangeBatch>"
    ).encode()
    headers = {"Content-Type": "text/xml", "x-amzn-RequestId": identifier}
    return Reply(400, body, headers, "InvalidChangeBatch")


def error(service: str, code: str, message: str, status: int | None = None) -> Reply:
    if service in ("dynamodb", "sqs"):
        return json_error(code, message, status or 400)
    if code == "InvalidChangeBatch":
        return invalid_change_batch([message])
    return xml_error(code, message, status)
