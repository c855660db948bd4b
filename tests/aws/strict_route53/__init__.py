# SPDX-License-Identifier: BSD-2-Clause
"""A Route 53 that refuses what Amazon's refuses, for what no emulator checks.

Written from the API reference, the Developer Guide and the sentences that the service is known to
answer with: batches that apply whole or not at all, the grammar of names and values, the order of
the XML's elements, the limits of one request, PriorRequestNotComplete, both token buckets,
PENDING before INSYNC, octal escapes and the order of listings.

    with StrictRoute53(clock=ManualClock()) as aws:
        zone_id = aws.new_zone("dyn.example.com")
        gate = Gate({"route53": aws.upstream}, [identity], REGION)   # checks the signatures
        ...
        assert aws.records(zone_id) == {("home.dyn.example.com.", "A"): (60, ["192.0.2.1"])}
        assert aws.max_overlap(zone_id) == 1
        assert aws.statistics()["throttled"] == {"requests": 0, "changes": 0}

Time is the clock's: ManualClock stands until advance(), ScaledClock(60) runs a minute in a second.
Trouble: aws.faults.add(lost_reply(action="ChangeResourceRecordSets", call=3)), or
aws.faults.chaos = Chaos(seed=1, rate=0.05). With the gate in front, lost and cut replies want
Settings(keep_alive=False), lest the gate asks again, and the gate lists them as unexpected.
Other processes start `python3 -m aws.strict_route53`, or a test starts a Control for them; they
speak JSON to it.

    names       domain names              zone     batches, conflicts     service  actions, log of calls
    values      record values             buckets  clocks, quotas         server   HTTP, faults
    xmlio       the request's schema      replies  bodies, pages          control  JSON for others
    conditions  a batch to a policy
"""

from aws.strict_route53.buckets import NO_LIMITS, Limits, ManualClock, ScaledClock
from aws.strict_route53.control import Control
from aws.strict_route53.faults import (
    Chaos,
    Fault,
    accepted_then_500,
    garbage,
    lost_reply,
    throttled,
)
from aws.strict_route53.server import StrictRoute53
from aws.strict_route53.service import Call, Service, Settings

__all__ = [
    "NO_LIMITS",
    "Call",
    "Chaos",
    "Control",
    "Fault",
    "Limits",
    "ManualClock",
    "ScaledClock",
    "Service",
    "Settings",
    "StrictRoute53",
    "accepted_then_500",
    "garbage",
    "lost_reply",
    "throttled",
]
