# SPDX-License-Identifier: BSD-2-Clause
"""promtool, and what a daemon's metrics are to it."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from time import time

import yaml

from system.harness import TOP, Daemon, ask_admin, run

ALERTS = TOP / "deploy" / "prometheus" / "alerts.yaml"
TARGET = {"job": "mooring", "instance": "ddns.example.com:9153"}
SAMPLE = re.compile(r"(\w+)(?:\{(.*)\})? (\S+)")
LABEL = re.compile(r'(\w+)="([^"]*)"')

Series = dict[str, float]


def promtool(*words: str | Path, **options: object) -> str:
    """The program of Debian's package: unpacked where script/test says, or installed."""
    program = os.environ.get("MOORING_PROMTOOL") or shutil.which("promtool")
    assert program, "neither MOORING_PROMTOOL is set nor promtool installed"
    done = run([program, *words], **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def with_target(name: str, labels: str) -> str:
    target = [f'{key}="{value}"' for key, value in TARGET.items()]
    return f"{name}{{{','.join([*([labels] if labels else []), *target])}}}"


def scrape(daemon: Daemon | None) -> Series:
    """As Prometheus stores it, `up` included. In a test of rules time() begins at 0: the end of the
    certificate is told from now on."""
    up = with_target("up", "")
    if daemon is None:
        return {up: 0}
    found: Series = {up: 1}
    for line in ask_admin(daemon, "/metrics").text.splitlines():
        if line.startswith("#"):
            continue
        name, labels, value = SAMPLE.fullmatch(line).groups()
        moment = time() if "_not_after_" in name else 0
        found[with_target(name, labels or "")] = float(value) - moment
    return found


def names_in(text: str) -> list[tuple[str, dict[str, str]]]:
    """Each metric that a query names, with the labels that it wants."""
    found = re.findall(r"\b(mooring_\w+)(?:\{([^}]*)\})?", text)
    return [(name, dict(re.findall(r'(\w+)=~?"([^"]*)"', labels))) for name, labels in found]


def is_exported(name: str, labels: dict[str, str], series: Iterable[str]) -> bool:
    """Every word of every label, but for those of the target."""
    own = [dict(LABEL.findall(each)) for each in series if each.partition("{")[0] == name]
    wanted = [(k, word) for k, v in labels.items() if k not in TARGET for word in v.split("|")]
    return bool(own) and all(any(has.get(k) == word for has in own) for k, word in wanted)


def alerts() -> dict[str, dict]:
    with ALERTS.open(encoding="utf-8") as stream:
        groups = yaml.safe_load(stream)["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


# Scrapes while all is well, and in the trouble that follows, one a minute.
WELL, TROUBLE = 60, 20
COUNTERS = ("_total", "_bucket", "_sum", "_count")
AGE = "mooring_oldest_change_age_seconds"


def growth(name: str, well: float | None, last: float) -> float:
    """What each further scrape of the trouble adds: to a counter what the trouble has added, to the
    age of what waits a minute."""
    metric = name.partition("{")[0]
    if metric.endswith(COUNTERS):
        return last - (well or 0)
    return 60 if metric == AGE and last > 0 else 0


def values_of(name: str, well: float | None, trouble: list[float | None], n: int) -> str:
    """In promtool's notation."""
    first = f"_x{WELL + 1}" if well is None else f"{well:f}x{WELL}"
    *before, last = trouble
    words = ["_" if value is None else f"{value:f}" for value in before]
    more = n - len(trouble)
    if last is None:
        words.append(f"_x{more + 1}")
    else:
        words.append(f"{last:f}+{growth(name, well, last):f}x{more}")
    return " ".join([first, *words])


def check_firing(
    folder: Path, firing: set[str], well: Series, *trouble: Series, n: int = TROUBLE, every: int = 1
) -> None:
    """Of all alerts none fires as long as all is well, and just these after n scrapes in trouble, each
    so many minutes after the one before."""
    named = {name for name, _ in names_in(ALERTS.read_text(encoding="utf-8"))} | {"up"}
    names = {name: None for each in (well, *trouble) for name in each}
    series = [
        {
            "series": name,
            "values": values_of(name, well.get(name), [t.get(name) for t in trouble], n),
        }
        for name in names
        if name.partition("{")[0] in named
    ]
    tests = [
        {
            "expr": 'max by (alertname) (ALERTS{alertstate="firing"})',
            "eval_time": f"{scrapes * every}m",
            "exp_samples": [
                {"labels": f'{{alertname="{alert}"}}', "value": 1} for alert in sorted(expected)
            ],
        }
        for scrapes, expected in ((WELL, set()), (WELL + n, firing))
    ]
    step = f"{every}m"
    test = {"interval": step, "input_series": series, "promql_expr_test": tests}
    content = {"rule_files": [str(ALERTS)], "evaluation_interval": step, "tests": [test]}
    path = folder / "rules-test.yaml"
    path.write_text(json.dumps(content), encoding="utf-8")  # JSON is YAML, too
    promtool("test", "rules", path)
