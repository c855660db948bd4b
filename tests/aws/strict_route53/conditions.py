# SPDX-License-Identifier: BSD-2-Clause
"""What a change batch is to a policy: the values of the condition keys of Route 53 (Developer Guide,
"Using IAM policy conditions for fine-grained access control")."""

from __future__ import annotations

from aws.strict_route53 import names
from aws.strict_route53.xmlio import ACTIONS, TYPES, Refused, parse_batch

PREFIX = "route53:ChangeResourceRecordSets"
NAMES = PREFIX + "NormalizedRecordNames"
KINDS = PREFIX + "RecordTypes"
ACTIONS_KEY = PREFIX + "Actions"
KEYS = {NAMES, KINDS, ACTIONS_KEY}


def normal(name: str) -> str:
    """In lower case, without the final dot, everything else than letters, digits, hyphens and
    underscores in labels as octal escapes. Raises names.NameProblem."""
    return str(names.parse(name)).removesuffix(".")


def of_batch(body: bytes) -> dict[str, list[str]]:
    """Key -> values, each once. Of what cannot be read: none, and the service refuses it."""
    try:
        changes = parse_batch(body).changes
        found = {
            NAMES: [normal(change.name) for change in changes],
            KINDS: [change.kind for change in changes],
            ACTIONS_KEY: [change.action for change in changes],
        }
    except (Refused, names.NameProblem):
        return {}
    return {key: sorted(set(values)) for key, values in found.items()}


def problem(key: str, value: str) -> str | None:
    """Why a value of a policy can never be one of a batch; None: it can. Patterns are values."""
    if key == KINDS:
        return None if value in TYPES else f"{value} is not a record type"
    if key == ACTIONS_KEY:
        return None if value in ACTIONS else f"{value} is not an action"
    if value != value.lower() or value.endswith("."):
        return f"{value} is not in lower case, or has a final dot"
    plain = value.replace("*", "").replace("?", "")
    for label in plain.split("."):
        kept = names.ESCAPE.sub("", label)
        if not all(ord(c) in names.SHOWN for c in kept):
            return f"{value} has characters that are not escaped"
    return None
