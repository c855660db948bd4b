# SPDX-License-Identifier: BSD-2-Clause
"""IAM policies of identities: read as strictly as IAM's own validator and evaluated like there
(IAM User Guide, "Policy evaluation logic", "IAM JSON policy elements").

    policy = Policy.read(text)           # ValueError for what IAM would refuse or nobody meant
    policy.allows(Ask("dynamodb:GetItem", "arn:aws:dynamodb:eu-west-1:000000000000:table/t"))

An element, an operator or an action that is not known here is an error, so that a policy with a
misspelt one is no policy that happens to refuse everything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote

from aws.sigv4 import Request
from aws.strict_route53 import conditions

CHARACTERS_MAX = 6144  # of a managed policy, white space left out
ACCOUNT = "000000000000"
ELEMENTS = {"Sid", "Effect", "Action", "Resource", "Condition"}
ACTIONS = {
    "dynamodb": {
        "BatchGetItem",
        "BatchWriteItem",
        "ConditionCheckItem",
        "CreateTable",
        "DeleteItem",
        "DeleteTable",
        "DescribeContinuousBackups",
        "DescribeTable",
        "DescribeTimeToLive",
        "GetItem",
        "ListTables",
        "PutItem",
        "Query",
        "Scan",
        "UpdateContinuousBackups",
        "UpdateItem",
        "UpdateTable",
    },
    "route53": {
        "ChangeResourceRecordSets",
        "GetChange",
        "GetHostedZone",
        "GetHostedZoneLimit",
        "ListHostedZones",
        "ListHostedZonesByName",
        "ListResourceRecordSets",
    },
    "sns": {"Publish"},
    "sts": {"AssumeRole"},
}
# Of a transaction: each of its parts needs its own permission, the call as such none.
PARTS = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}


@dataclass(frozen=True)
class Ask:
    """One thing that a call wants to do. context: condition key -> its values."""

    action: str
    resource: str
    context: dict[str, list[str]] = field(default_factory=dict)


# Reading.


def as_list(value: object, what: str) -> list[str]:
    items = value if isinstance(value, list) else [value]
    if not items or not all(isinstance(item, str) and item for item in items):
        raise ValueError(f"{what} must be a string or a list of strings, not {value!r}")
    return items


def like(pattern: str, value: str) -> bool:
    """Any number of any characters for "*", one for "?"."""
    translated = "".join(
        ".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern
    )
    return re.fullmatch(translated, value, re.DOTALL) is not None


TESTS: dict[str, tuple[Callable[[str, str], bool], bool]] = {
    # operator: (whether a value of the policy matches one of the call, whether that is denied)
    "StringEquals": (lambda wanted, value: wanted == value, False),
    "StringNotEquals": (lambda wanted, value: wanted == value, True),
    "StringLike": (like, False),
    "StringNotLike": (like, True),
}


@dataclass(frozen=True)
class Condition:
    """One operator on one key. quantifier: "ForAllValues", "ForAnyValue" or ""."""

    quantifier: str
    operator: str
    key: str
    values: tuple[str, ...]

    def holds(self, context: dict[str, list[str]]) -> bool:
        found = context.get(self.key, [])
        if self.operator == "Null":
            return (not found) == (self.values == ("true",))
        test, is_negated = TESTS[self.operator]
        results = [any(test(v, one) for v in self.values) != is_negated for one in found]
        if self.quantifier == "ForAllValues":
            return all(results)
        if self.quantifier == "ForAnyValue":
            return any(results)
        # Only a set operator compares a key that has several values.
        return len(results) == 1 and results[0] or (not results and is_negated)


def read_conditions(element: object) -> tuple[Condition, ...]:
    found = []
    if not isinstance(element, dict):
        raise ValueError(f"Condition must be an object, not {element!r}")
    for written, keys in element.items():
        quantifier, _, operator = written.rpartition(":")
        if quantifier not in ("", "ForAllValues", "ForAnyValue"):
            raise ValueError(f"{quantifier} is no set operator")
        if operator not in TESTS and (operator != "Null" or quantifier):
            raise ValueError(f"{written} is no condition operator known here")
        for key, value in keys.items():
            if key not in conditions.KEYS:
                raise ValueError(f"{key} is no condition key known here")
            values = tuple(as_list(value, key))
            for each in values if operator != "Null" else ():
                problem = conditions.problem(key, each)
                if problem is not None:
                    raise ValueError(f"{key}: {problem}")
            found.append(Condition(quantifier, operator, key, values))
    return tuple(found)


def check_action(action: str) -> str:
    service, colon, name = action.partition(":")
    if action == "*":
        return action
    if not colon or service not in ACTIONS:
        raise ValueError(f"{action} is of no service known here")
    if not any(like(name.lower(), known.lower()) for known in ACTIONS[service]):
        raise ValueError(f"{action} is no action known here")
    return action


def check_resource(resource: str) -> str:
    if resource != "*" and not re.fullmatch(r"arn:[^:]+:[a-z0-9]+:[^:]*:[^:]*:.+", resource):
        raise ValueError(f"{resource} is no ARN")
    return resource


@dataclass(frozen=True)
class Statement:
    allows: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: tuple[Condition, ...]

    @classmethod
    def read(cls, element: object) -> Statement:
        if not isinstance(element, dict) or not set(element) <= ELEMENTS:
            raise ValueError(f"no statement, or with an element not known here: {element!r}")
        if element.get("Effect") not in ("Allow", "Deny"):
            raise ValueError(f"Effect must be Allow or Deny in {element!r}")
        if not re.fullmatch(r"[A-Za-z0-9]*", element.get("Sid", "")):
            raise ValueError(f"Sid must be letters and digits in {element!r}")
        return cls(
            element["Effect"] == "Allow",
            tuple(check_action(each) for each in as_list(element.get("Action"), "Action")),
            tuple(check_resource(each) for each in as_list(element.get("Resource"), "Resource")),
            read_conditions(element.get("Condition", {})),
        )

    def is_about(self, ask: Ask) -> bool:
        return (
            any(like(each.lower(), ask.action.lower()) for each in self.actions)
            and any(like(each, ask.resource) for each in self.resources)
            and all(condition.holds(ask.context) for condition in self.conditions)
        )


@dataclass(frozen=True)
class Policy:
    statements: tuple[Statement, ...]

    @classmethod
    def read(cls, document: str | dict) -> Policy:
        text = document if isinstance(document, str) else json.dumps(document)
        if len(re.sub(r"\s", "", text)) > CHARACTERS_MAX:
            raise ValueError(f"a policy has at most {CHARACTERS_MAX} characters")
        value = json.loads(text)
        if set(value) != {"Version", "Statement"} or value["Version"] != "2012-10-17":
            raise ValueError("a policy is a Version 2012-10-17 and a Statement")
        statements = value["Statement"]
        statements = statements if isinstance(statements, list) else [statements]
        if not statements:
            raise ValueError("a policy has a statement")
        sids = [each["Sid"] for each in statements if each.get("Sid")]
        if len(set(sids)) != len(sids):
            raise ValueError("a Sid stands twice")
        return cls(tuple(Statement.read(each) for each in statements))

    def allows(self, ask: Ask) -> bool:
        """A statement that denies wins; without any that allows, it is denied."""
        about = [statement for statement in self.statements if statement.is_about(ask)]
        return bool(about) and all(statement.allows for statement in about)

    def __add__(self, other: Policy) -> Policy:
        """Both attached to one identity."""
        return Policy(self.statements + other.statements)


# What a call asks for.


def table_arn(region: str, name: object, index: object = None) -> str:
    """name may be an ARN itself."""
    text = str(name)
    if not text.startswith("arn:"):
        text = f"arn:aws:dynamodb:{region}:{ACCOUNT}:table/{text}"
    return text if index is None else f"{text}/index/{index}"


def asks_of_dynamodb(body: dict, operation: str, region: str) -> list[Ask]:
    if operation in ("TransactWriteItems", "TransactGetItems"):
        return [
            Ask(f"dynamodb:{PARTS[part]}", table_arn(region, inner.get("TableName")))
            for item in body.get("TransactItems", [])
            for part, inner in item.items()
            if part in PARTS
        ]
    action = f"dynamodb:{operation}"
    if operation in ("BatchGetItem", "BatchWriteItem"):
        return [Ask(action, table_arn(region, name)) for name in body.get("RequestItems", {})]
    if operation == "ListTables":
        return [Ask(action, "*")]
    return [Ask(action, table_arn(region, body.get("TableName"), body.get("IndexName")))]


def asks_of_route53(request: Request, operation: str) -> list[Ask]:
    action = f"route53:{operation}"
    path = unquote(request.path.decode("latin-1")).removeprefix("/2013-04-01/").split("/")
    kinds = {"hostedzone": "hostedzone", "hostedzonelimit": "hostedzone", "change": "change"}
    if path[0] not in kinds or len(path) < 2:
        return [Ask(action, "*")]
    context = {}
    if operation == "ChangeResourceRecordSets":
        context = conditions.of_batch(request.body)
    return [Ask(action, f"arn:aws:route53:::{kinds[path[0]]}/{path[1]}", context)]


def asks_of(request: Request, service: str, operation: str, region: str) -> list[Ask]:
    """Each of them must be allowed."""
    if service == "route53":
        return asks_of_route53(request, operation)
    if service == "dynamodb":
        return asks_of_dynamodb(json.loads(request.body), operation, region)
    form = parse_qs(request.body.decode("latin-1"))
    resource = form.get("RoleArn", form.get("TopicArn", ["*"]))[0]
    return [Ask(f"{service}:{operation}", resource)]
