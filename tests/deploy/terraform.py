# SPDX-License-Identifier: BSD-2-Clause
"""deploy/terraform as Terraform reads it, as far as these files go: no Terraform is at hand, so
python-hcl2 parses them, and what they say is worked out here. An expression of a kind that is not known
here is an error.

A resource is named as its twin in the template (task_role: TaskRole), and stands for itself where it is
referred to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

import hcl2
from aws.iam import ACCOUNT

from deploy.template import DEPLOY, PSEUDO

MODULE = DEPLOY / "terraform"
REGION = PSEUDO["AWS::Region"]
FACTS = {
    "data.aws_partition.current.partition": PSEUDO["AWS::Partition"],
    "data.aws_caller_identity.current.account_id": ACCOUNT,
}
# What tells the region in every version of the provider.
REGION_OF_TOPIC = 'split(":", aws_sns_topic.alarms.arn)[3]'
REFERENCE = re.compile(r"(?:data\.)?aws_\w+\.(\w+)(?:\[(?:0|\*)\])?\.(\w+)")


def logical(name: str) -> str:
    """task_role: TaskRole."""
    return "".join(word.capitalize() for word in name.split("_"))


def plain(value: object) -> object:
    """Without what the parser adds."""
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        kept = {k: v for k, v in value.items() if not k.startswith("__")}
        return {k.strip('"'): plain(v) for k, v in kept.items()}
    return value


def parts(expression: str, separator: str) -> list[str]:
    """Cut at separator, where no bracket and no quote is open."""
    found, depth, quoted, start = [], 0, False, 0
    for i, c in enumerate(expression):
        if c == '"' and expression[i - 1] != "\\":
            quoted = not quoted
        elif not quoted:
            depth += (c in "([{") - (c in ")]}")
            if depth == 0 and expression.startswith(separator, i):
                found.append(expression[start:i])
                start = i + len(separator)
    return [part.strip() for part in (*found, expression[start:])]


@cache
def blocks_of_module() -> dict[str, list]:
    found: dict[str, list] = {}
    for path in sorted(MODULE.glob("*.tf")):
        with path.open(encoding="utf-8") as file:
            for kind, blocks in plain(hcl2.load(file)).items():
                found.setdefault(kind, []).extend(blocks)
    return found


@dataclass
class Module:
    variables: dict[str, object]
    blocks: dict[str, list] = field(default_factory=blocks_of_module)
    locals: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.locals = {k: v for each in self.blocks["locals"] for k, v in each.items()}
        declared = self.declared()
        assert set(self.variables) <= set(declared)
        defaults = {k: self.value(v["default"]) for k, v in declared.items() if "default" in v}
        self.variables = {**defaults, **self.variables}

    def declared(self) -> dict[str, dict]:
        return {k: v for each in self.blocks["variable"] for k, v in each.items()}

    def outputs(self) -> set[str]:
        return {name for each in self.blocks["output"] for name in each}

    def value(self, raw: object, each: tuple[str, object] | None = None) -> object:
        """each: the key and the value, in a block with for_each."""
        if isinstance(raw, list):
            return [self.value(one, each) for one in raw]
        if isinstance(raw, dict):
            return {name: self.value(one, each) for name, one in raw.items()}
        if not isinstance(raw, str):
            return raw
        if raw.startswith("${") and raw.endswith("}"):
            return self.expression(raw[2:-1], each)
        return self.expression(raw, each)

    def expression(self, text: str, each: tuple[str, object] | None) -> object:
        if text.startswith('"'):
            whole = re.sub(
                r"\$\{([^}]*)\}",
                lambda match: json.dumps(str(self.expression(match[1], each)))[1:-1],
                text,
            )
            return json.loads(whole)
        if len(condition := parts(text, "?")) == 2:
            yes, no = parts(condition[1], ":")
            return self.expression(yes if self.holds(condition[0], each) else no, each)
        if text.startswith("["):
            inner = text[1:-1].strip()
            return [self.expression(one, each) for one in parts(inner, ",")] if inner else []
        if re.fullmatch(r"-?\d+", text):
            return int(text)
        return self.reference(text, each)

    def holds(self, text: str, each: tuple[str, object] | None) -> bool:
        if len(sides := parts(text, "==")) == 2:
            return self.expression(sides[0], each) == self.expression(sides[1], each)
        one, other = parts(text, ">")
        return self.expression(one, each) > self.expression(other, each)

    def reference(self, text: str, each: tuple[str, object] | None) -> object:
        if text == REGION_OF_TOPIC:
            return REGION
        if text in FACTS:
            return FACTS[text]
        if text == "each.key" or text == "each.value":
            return each[text == "each.value"]
        if text.endswith("[each.key]"):
            return self.reference(text.removesuffix("[each.key]"), each)[each[0]]
        kind, _, name = text.partition(".")
        if kind == "var":
            return self.variables[name]
        if kind == "local":
            return self.value(self.locals[name])
        found = REFERENCE.fullmatch(text)
        assert found, f"nothing is known of {text}"
        if text.startswith("data.aws_iam_policy_document."):
            return self.document(found[1])
        return logical(found[1])

    def resources(self, kind: str) -> Iterator[tuple[str, dict]]:
        """Those that are made; of one with for_each each."""
        for block in self.blocks["resource"]:
            for name, raw in block.get(kind, {}).items():
                body = dict(raw)
                if self.value(body.pop("count", 1)) == 0:
                    continue
                if "for_each" in body:
                    for pair in self.value(body.pop("for_each")).items():
                        yield pair[0], self.value(body, pair)
                else:
                    yield logical(name), self.value(body)

    def kinds(self) -> set[str]:
        return {kind for block in self.blocks["resource"] for kind in block}

    def document(self, name: str) -> dict:
        """A policy, as the provider writes it."""
        (raw,) = (
            block["aws_iam_policy_document"][name]
            for block in self.blocks["data"]
            if name in block.get("aws_iam_policy_document", {})
        )
        return {
            "Version": "2012-10-17",
            "Statement": [self.statement(each) for each in raw["statement"]],
        }

    def statement(self, raw: dict) -> dict:
        found: dict[str, object] = {"Effect": "Allow", "Action": self.value(raw["actions"])}
        assert set(raw) <= {"actions", "resources", "condition", "principals"}
        if "resources" in raw:
            found["Resource"] = self.value(raw["resources"])
        for each in raw.get("principals", []):
            (service,) = self.value(each["identifiers"])
            found["Principal"] = {self.value(each["type"]): service}
        for each in raw.get("condition", []):
            tests = found.setdefault("Condition", {}).setdefault(self.value(each["test"]), {})
            tests[self.value(each["variable"])] = self.value(each["values"])
        return found
