# SPDX-License-Identifier: BSD-2-Clause
"""The settings with which the files of deploy/ start the daemon, and the image that they start."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

import yaml

from deploy.template import DEPLOY, TOP


def task() -> dict:
    return json.loads((DEPLOY / "ecs-task.json").read_text(encoding="utf-8"))


def manifests() -> dict[str, dict]:
    """Kind -> the object: there is one of each."""
    with (DEPLOY / "eks.yaml").open(encoding="utf-8") as file:
        found = list(yaml.safe_load_all(file))
    by_kind = {each["kind"]: each for each in found}
    assert len(by_kind) == len(found)
    return by_kind


def compose() -> dict:
    (service,) = yaml.safe_load((TOP / "compose.aws.yaml").read_text(encoding="utf-8"))[
        "services"
    ].values()
    return service


def settings() -> dict[str, dict[str, str]]:
    """File -> the variables that it gives the daemon."""
    (container,) = task()["containerDefinitions"]
    return {
        "ecs-task.json": {each["name"]: each["value"] for each in container["environment"]},
        "eks.yaml": manifests()["ConfigMap"]["data"],
        "compose.aws.yaml": compose()["environment"],
    }


@dataclass(frozen=True)
class Image:
    """What the last stage of the Dockerfile says."""

    user: str
    ports: tuple[str, ...]
    health: tuple[str, ...]
    intervals: dict[str, int]  # of the health check, seconds
    volume: str

    @classmethod
    def read(cls) -> Image:
        text = (TOP / "Dockerfile").read_text(encoding="utf-8").rpartition("\nFROM ")[2]
        words = dict(re.findall(r"^(USER|EXPOSE|HEALTHCHECK|VOLUME) (.+)$", text, re.MULTILINE))
        options, _, command = words["HEALTHCHECK"].partition(" CMD ")
        return cls(
            words["USER"],
            tuple(words["EXPOSE"].split()),
            tuple(json.loads(command)),
            {name: int(value) for name, value in re.findall(r"--([\w-]+)=(\d+)s", options)},
            words["VOLUME"],
        )
