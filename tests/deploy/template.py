# SPDX-License-Identifier: BSD-2-Clause
"""deploy/cloudformation.yaml as CloudFormation reads it: with parameters, without its functions.

    stack = Stack({"ZoneName": "dyn.example.com", "HostedZoneId": "Z1"})
    stack.properties("Table")      # KeyError where its condition does not hold
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml
from aws.emulators import REGION
from aws.iam import ACCOUNT

TOP = Path(__file__).parents[2]
DEPLOY = TOP / "deploy"
TEMPLATE = DEPLOY / "cloudformation.yaml"
PSEUDO = {"AWS::Partition": "aws", "AWS::Region": REGION, "AWS::AccountId": ACCOUNT}


class Loader(yaml.SafeLoader):
    """Short forms of functions become long ones."""


def long_form(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict:
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    else:
        value = loader.construct_sequence(node, deep=True)
    if suffix == "GetAtt":
        value = value.split(".", 1)
    return {suffix if suffix == "Ref" else f"Fn::{suffix}": value}


Loader.add_multi_constructor("!", long_form)


@cache
def read() -> dict:
    """Read once: nobody changes it."""
    with TEMPLATE.open(encoding="utf-8") as file:
        # SafeLoader's own constructors and the one above.
        return yaml.load(file, Loader)


class Stack:
    """A resource's Ref is its logical name, an attribute of it NAME.ATTRIBUTE."""

    def __init__(self, parameters: dict[str, str]):
        self.template = read()
        known = self.template["Parameters"]
        assert set(parameters) <= set(known), parameters
        self.names = dict(PSEUDO)
        for name, each in known.items():
            value = parameters[name] if name in parameters else each["Default"]
            pattern = each.get("AllowedPattern")
            assert pattern is None or re.fullmatch(pattern, str(value)), (name, value)
            assert value in each.get("AllowedValues", [value]), (name, value)
            self.names[name] = value
        self.conditions: dict[str, bool] = {}
        for name, each in self.template["Conditions"].items():
            self.conditions[name] = self.resolved(each)

    def resolved(self, value: object) -> object:
        """A function that is not known here is an error."""
        if isinstance(value, list):
            return [self.resolved(each) for each in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, inner),) = value.items()
            if name == "Ref":
                return self.names[inner] if inner in self.names else self.logical(inner)
            if name.startswith("Fn::"):
                return self.call(name.removeprefix("Fn::"), inner)
        return {name: self.resolved(inner) for name, inner in value.items()}

    def call(self, function: str, inner: object) -> object:
        if function == "Equals":
            one, other = self.resolved(inner)
            return one == other
        if function == "Not":
            return not self.resolved(inner)[0]
        if function == "If":
            return self.resolved(inner[1] if self.conditions[inner[0]] else inner[2])
        if function == "GetAtt":
            return f"{self.logical(inner[0])}.{inner[1]}"
        if function == "Join":
            return inner[0].join([self.resolved(inner[1])])
        assert function == "Sub", function
        text, more = (inner, {}) if isinstance(inner, str) else inner
        names = {**self.names, **self.resolved(more)}
        return re.sub(r"\$\{([^}]*)\}", lambda match: str(names[match[1]]), text)

    def logical(self, name: str) -> str:
        assert name in self.resources, f"{name} is referred to, and not made"
        return name

    @property
    def resources(self) -> dict[str, dict]:
        return {
            name: each
            for name, each in self.template["Resources"].items()
            if "Condition" not in each or self.conditions[each["Condition"]]
        }

    def properties(self, name: str) -> dict:
        return self.resolved(self.resources[name].get("Properties", {}))

    def of_type(self, kind: str) -> dict[str, dict]:
        return {n: self.properties(n) for n, each in self.resources.items() if each["Type"] == kind}

    def policy(self, name: str) -> dict:
        return self.properties(name)["PolicyDocument"]

    def outputs(self) -> dict[str, object]:
        return {
            name: self.resolved(each["Value"])
            for name, each in self.template["Outputs"].items()
            if "Condition" not in each or self.conditions[each["Condition"]]
        }
