# SPDX-License-Identifier: BSD-2-Clause
"""The bodies of successful replies, and pages of the two kinds of listings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from xml.sax.saxutils import escape

from aws.errors import ROUTE53_NAMESPACE, Reply, request_id
from aws.strict_route53.xmlio import refused
from aws.strict_route53.zone import NAME_SERVERS, RecordSet, Zone

ROUTING_BEFORE_TTL = (
    "Weight",
    "Region",
    "GeoLocation",
    "Failover",
    "MultiValueAnswer",
)


def tag(name: str, value: object) -> str:
    shown = str(value).lower() if isinstance(value, bool) else str(value)
    return f"<{name}>{escape(shown)}</{name}>"


def optional(name: str, value: object | None) -> str:
    return "" if value is None else tag(name, value)


def document(root: str, inner: str) -> Reply:
    body = f'<?xml version="1.0"?>\n<{root} xmlns="{ROUTE53_NAMESPACE}">{inner}</{root}>'
    headers = {"Content-Type": "text/xml", "x-amzn-RequestId": request_id()}
    return Reply(200, body.encode(), headers)


def change_info(
    root: str, change_id: str, status: str, submitted_at: datetime, comment: str | None
) -> Reply:
    at = submitted_at.astimezone(timezone.utc)
    written = f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"
    inner = (
        tag("Id", f"/change/{change_id}")
        + tag("Status", status)
        + tag("SubmittedAt", written)
        + optional("Comment", comment)
    )
    return document(root, f"<ChangeInfo>{inner}</ChangeInfo>")


def record_set_xml(record_set: RecordSet) -> str:
    routing = dict(record_set.routing)
    inner = tag("Name", record_set.name) + tag("Type", record_set.kind)
    inner += optional("SetIdentifier", record_set.identifier)
    inner += "".join(routing.pop(name, "") for name in ROUTING_BEFORE_TTL)
    inner += optional("TTL", record_set.ttl)
    if record_set.values:
        records = (
            f"<ResourceRecord>{tag('Value', value)}</ResourceRecord>" for value in record_set.values
        )
        inner += f"<ResourceRecords>{''.join(records)}</ResourceRecords>"
    alias = record_set.alias
    if alias is not None:
        inner += (
            f"<AliasTarget>{tag('HostedZoneId', alias.zone_id)}{tag('DNSName', alias.name)}"
            f"{tag('EvaluateTargetHealth', alias.evaluate)}</AliasTarget>"
        )
    inner += "".join(routing.values())
    return f"<ResourceRecordSet>{inner}</ResourceRecordSet>"


def page_size(written: str | None, largest: int) -> int:
    """More than the largest page is answered with the largest page."""
    if written is None:
        return largest
    if not written.isdecimal() or not written.isascii() or int(written) < 1:
        raise refused("InvalidInput", f"maxitems must be a positive number, not '{written}'")
    return min(int(written), largest)


def page_of(
    items: Sequence[object], begins: Callable[[object], bool], size: int
) -> tuple[list, object | None]:
    """The items from the first where begins holds, and the first of the next page."""
    start = next((i for i, item in enumerate(items) if begins(item)), len(items))
    following = items[start + size] if start + size < len(items) else None
    return list(items[start : start + size]), following


def record_sets(page: list[RecordSet], following: RecordSet | None, size: int) -> Reply:
    inner = "".join(record_set_xml(record_set) for record_set in page)
    inner = f"<ResourceRecordSets>{inner}</ResourceRecordSets>"
    inner += tag("IsTruncated", following is not None)
    if following is not None:
        inner += tag("NextRecordName", following.name) + tag("NextRecordType", following.kind)
        inner += optional("NextRecordIdentifier", following.identifier)
    return document("ListResourceRecordSetsResponse", inner + tag("MaxItems", size))


def zone_xml(zone: Zone) -> str:
    return (
        f"<HostedZone>{tag('Id', '/hostedzone/' + zone.id)}{tag('Name', zone.name)}"
        f"{tag('CallerReference', 'reference-' + zone.id)}"
        f"<Config>{tag('PrivateZone', False)}</Config>"
        f"{tag('ResourceRecordSetCount', len(zone.sets))}</HostedZone>"
    )


def hosted_zone(zone: Zone) -> Reply:
    servers = "".join(tag("NameServer", name.removesuffix(".")) for name in NAME_SERVERS)
    delegation = f"<DelegationSet><NameServers>{servers}</NameServers></DelegationSet>"
    return document("GetHostedZoneResponse", zone_xml(zone) + delegation)


def zone_limit(zone: Zone, kind: str, value: int) -> Reply:
    inner = f"<Limit>{tag('Type', kind)}{tag('Value', value)}</Limit>"
    return document("GetHostedZoneLimitResponse", inner + tag("Count", len(zone.sets)))


def zones_xml(page: list[Zone]) -> str:
    return f"<HostedZones>{''.join(zone_xml(zone) for zone in page)}</HostedZones>"


def hosted_zones(page: list[Zone], following: Zone | None, size: int, marker: str | None) -> Reply:
    inner = zones_xml(page) + optional("Marker", marker)
    inner += tag("IsTruncated", following is not None)
    inner += "" if following is None else tag("NextMarker", following.id)
    return document("ListHostedZonesResponse", inner + tag("MaxItems", size))


def hosted_zones_by_name(
    page: list[Zone], following: Zone | None, size: int, dns_name: str | None, zone_id: str | None
) -> Reply:
    inner = zones_xml(page) + optional("DNSName", dns_name) + optional("HostedZoneId", zone_id)
    inner += tag("IsTruncated", following is not None)
    if following is not None:
        inner += tag("NextDNSName", following.name) + tag("NextHostedZoneId", following.id)
    return document("ListHostedZonesByNameResponse", inner + tag("MaxItems", size))
