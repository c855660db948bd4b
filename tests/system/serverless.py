# SPDX-License-Identifier: BSD-2-Clause
"""The function of the serverless stack, by what it was seen to answer: it stands in for it where routers
go back to it."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import parse_qs, urlsplit

import botocore.client
import botocore.exceptions

TTL = 300
USER_LEN_MIN, PASSWORD_LEN_MIN = 3, 8
Answer = tuple[int, str]
TROUBLE = (500, "911")
CRASH = (502, '{"message": "Internal server error"}')  # what its API says then


@dataclass
class Function:
    """It keeps nothing; the table and the zone are all it has."""

    dynamodb: botocore.client.BaseClient
    route53: botocore.client.BaseClient
    table: str
    zone_id: str

    def answer(self, raw: bytes, client: str = "127.0.0.1") -> Answer:
        """raw: a request as it is on the wire. client: X-Forwarded-For, as its API makes it."""
        first, *lines = raw.decode("latin-1").split("\r\n\r\n")[0].split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        query = parse_qs(urlsplit(first.split(" ")[1]).query, keep_blank_values=True)
        login = read_login(headers.get("Authorization", ""))
        if login is None:
            return TROUBLE
        user, password = login
        if len(user) < USER_LEN_MIN or len(password) < PASSWORD_LEN_MIN:
            return 403, "badauth"
        item = self.dynamodb.get_item(TableName=self.table, Key={"user": {"S": user}}).get("Item")
        if item is None:
            return 403, "badauth"
        try:
            if item["pass"]["S"] != password:
                return 403, "badauth"
            host, ttl = item["host"]["S"], int(item.get("ttl", {"S": TTL})["S"])
            address = str(ip_address(query["myip"][0] if "myip" in query else client))
        except (KeyError, ValueError):
            return TROUBLE
        return self.publish(host, ttl, address)

    def publish(self, host: str, ttl: int, address: str) -> Answer:
        """Each time, whatever the zone has; the host name of the request is never looked at."""
        records = {
            "Name": host,
            "Type": "AAAA" if ":" in address else "A",
            "TTL": ttl,
            "ResourceRecords": [{"Value": address}],
        }
        change = {"Action": "UPSERT", "ResourceRecordSet": records}
        try:
            self.route53.change_resource_record_sets(
                HostedZoneId=self.zone_id, ChangeBatch={"Changes": [change]}
            )
        except botocore.exceptions.ClientError:
            return CRASH
        return 200, f"good {address}"


def read_login(header: str) -> tuple[str, str] | None:
    scheme, _, rest = header.partition(" ")
    if scheme != "Basic":
        return None
    try:
        user, colon, password = base64.b64decode(rest, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (user, password) if colon and user.isalnum() else None
