# SPDX-License-Identifier: BSD-2-Clause
"""Requests to Route 53 and what comes back, for the tests of the strict one."""

from __future__ import annotations

import http.client
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote
from xml.sax.saxutils import escape

from aws import sigv4
from aws.errors import ROUTE53_NAMESPACE
from aws.sigv4 import Identity, Request
from aws.strict_route53 import Service

ZONE = "dyn.example.com"
NS = "{" + ROUTE53_NAMESPACE + "}"


# Requests.


def record_set(
    name: str = "h." + ZONE,
    kind: str = "A",
    *values: str,
    ttl: int | str | None = 60,
    identifier: str | None = None,
    weight: int | None = None,
    alias: str | None = None,
    alias_zone: str = "Z35SXDOTRQ7X7K",
) -> str:
    """Without values, one that suits an A record; with an alias, none."""
    values = values or ("192.0.2.1",)
    inner = f"<Name>{escape(name)}</Name><Type>{kind}</Type>"
    inner += f"<SetIdentifier>{identifier}</SetIdentifier>" if identifier is not None else ""
    inner += f"<Weight>{weight}</Weight>" if weight is not None else ""
    if alias is not None:
        inner += (
            f"<AliasTarget><HostedZoneId>{alias_zone}</HostedZoneId><DNSName>{alias}</DNSName>"
            "<EvaluateTargetHealth>false</EvaluateTargetHealth></AliasTarget>"
        )
        return f"<ResourceRecordSet>{inner}</ResourceRecordSet>"
    inner += f"<TTL>{ttl}</TTL>" if ttl is not None else ""
    records = (
        f"<ResourceRecord><Value>{escape(value)}</Value></ResourceRecord>" for value in values
    )
    inner += f"<ResourceRecords>{''.join(records)}</ResourceRecords>"
    return f"<ResourceRecordSet>{inner}</ResourceRecordSet>"


def change(action: str, *arguments: str, **options: object) -> str:
    return f"<Change><Action>{action}</Action>{record_set(*arguments, **options)}</Change>"


def create(*arguments: str, **options: object) -> str:
    return change("CREATE", *arguments, **options)


def upsert(*arguments: str, **options: object) -> str:
    return change("UPSERT", *arguments, **options)


def delete(*arguments: str, **options: object) -> str:
    return change("DELETE", *arguments, **options)


def many(action: Callable[..., str], n: int) -> list[str]:
    """So many changes of different names and addresses."""
    return [action(f"h{i}.{ZONE}", "A", f"192.0.{i // 256}.{i % 256}") for i in range(n)]


def request_xml(inner: str, namespace: str = ROUTE53_NAMESPACE) -> bytes:
    root = "ChangeResourceRecordSetsRequest"
    return f'<{root} xmlns="{namespace}">{inner}</{root}>'.encode()


def batch(*changes: str, comment: str | None = None) -> bytes:
    said = f"<Comment>{escape(comment)}</Comment>" if comment is not None else ""
    return request_xml(f"<ChangeBatch>{said}<Changes>{''.join(changes)}</Changes></ChangeBatch>")


def sets_target(zone_id: str, **query: object) -> str:
    shown = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in query.items())
    return f"/2013-04-01/hostedzone/{zone_id}/rrset" + (f"?{shown}" if shown else "")


def change_target(zone_id: str) -> str:
    return f"/2013-04-01/hostedzone/{zone_id}/rrset/"


def signed_headers(
    identity: Identity, method: str, target: str, body: bytes, host: str
) -> dict[str, str]:
    date = sigv4.basic_format(datetime.now(UTC))
    headers = {"Host": host, "X-Amz-Date": date}
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    request = Request(method, target.encode(), encoded, body)
    scope = [date[:8], "us-east-1", "route53", "aws4_request"]
    signed = ["host", "x-amz-date"]
    digest = sigv4.signature(request, signed, date, scope, identity.secret_key)
    headers["Authorization"] = (
        f"{sigv4.ALGORITHM} Credential={identity.access_key}/{'/'.join(scope)},"
        f" SignedHeaders={';'.join(signed)}, Signature={digest}"
    )
    return headers


# Answers.


@dataclass
class Answer:
    status: int
    body: bytes

    @property
    def tree(self) -> ElementTree.Element:
        return ElementTree.fromstring(self.body)

    @property
    def root(self) -> str:
        return self.tree.tag.removeprefix(NS)

    def texts(self, name: str) -> list[str]:
        return [element.text or "" for element in self.tree.iter(NS + name)]

    def text(self, name: str) -> str:
        (found,) = self.texts(name)
        return found

    @property
    def code(self) -> str | None:
        """Of either shape of an error."""
        if self.root == "InvalidChangeBatch":
            return self.root
        return self.text("Code") if self.root == "ErrorResponse" else None

    @property
    def messages(self) -> list[str]:
        return self.texts("Message")

    @property
    def names(self) -> list[str]:
        return self.texts("Name")

    @property
    def change_id(self) -> str:
        return self.text("Id").removeprefix("/change/")


def ask(service: Service, method: str, target: str, body: bytes = b"") -> Answer:
    """Without a transport."""
    ticket = service.arrive(method, target, body)
    reply = service.handle(ticket)
    service.leave(ticket, reply)
    return Answer(reply.status, reply.body)


def ok(answer: Answer) -> Answer:
    assert answer.status == 200, answer.body
    return answer


def submit(service: Service, zone_id: str, *changes: str) -> Answer:
    return ask(service, "POST", change_target(zone_id), batch(*changes))


def listing(service: Service, zone_id: str, **query: object) -> Answer:
    return ask(service, "GET", sets_target(zone_id, **query))


class Connection(http.client.HTTPConnection):
    """Of a real port; one connection for all its calls as long as the server keeps it."""

    def __init__(self, port: int, identity: Identity | None = None):
        super().__init__("127.0.0.1", port, timeout=10)
        self.identity = identity

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def ask(self, method: str, target: str, body: bytes = b"") -> Answer:
        headers = {}
        if self.identity is not None:
            host = f"127.0.0.1:{self.port}"
            headers = signed_headers(self.identity, method, target, body, host)
        self.request(method, target, body or None, headers)
        response = self.getresponse()
        return Answer(response.status, response.read())
