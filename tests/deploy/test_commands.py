# SPDX-License-Identifier: BSD-2-Clause
"""The commands of the pages that speak to AWS: there are such operations, with such options, by the models
of AWS's own SDK; and the stack is asked for with parameters that it has."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache

import botocore.exceptions
import botocore.session
import pytest
from botocore import xform_name

from deploy.template import TOP, read

PAGES = [TOP / "README.md", *sorted((TOP / "docs").glob("*.md"))]
# Of the command line alone, with any operation.
GLOBAL = {"query", "output", "cli-input-json", "region", "profile"}
# Those that are no operation of the service.
OWN = {
    ("cloudformation", "deploy"): {
        "stack-name",
        "template-file",
        "capabilities",
        "parameter-overrides",
    },
    ("sso", "login"): {"profile", "use-device-code"},
    ("configure", "export-credentials"): {"profile"},
}
COMMAND = re.compile(r"(?<![\w/.:-])aws ([a-z0-9-]+) ([a-z0-9-]+)(?=[\s`]|$)")
# What is quoted ends no command, and holds no option.
QUOTED = re.compile(r'"\$\(.*?\)"|\'[^\']*\'|"[^"]*"', re.DOTALL)


@cache
def session() -> botocore.session.Session:
    return botocore.session.get_session()


def commands(text: str) -> Iterator[list[str]]:
    """The words behind "aws", what is quoted as it is."""
    text = re.sub(r"\\\n\s*", "", text)
    for found in COMMAND.finditer(text):
        quoted: list[str] = []

        def keep(match: re.Match, quoted: list[str] = quoted) -> str:
            quoted.append(match[0])
            return f"QUOTED{len(quoted) - 1}X"

        rest = QUOTED.sub(keep, text[found.start() : found.start() + 2000])
        line = re.split(r"[\n`|;]| \|\| ", rest)[0]
        words = [re.sub(r"QUOTED(\d+)X", lambda m: quoted[int(m[1])], w) for w in line.split()]
        yield words[1:]


def options_of(service: str, operation: str) -> set[str]:
    try:
        model = session().get_service_model(service)
    except botocore.exceptions.UnknownServiceError:
        raise LookupError(f"there is no service {service}") from None
    for name in model.operation_names:
        if xform_name(name, "-") == operation:
            shape = model.operation_model(name).input_shape
            members = {xform_name(member, "-") for member in shape.members} if shape else set()
            return members | {f"no-{member}" for member in members} | GLOBAL
    raise LookupError(f"{service} has no operation {operation}")


def waiter_options(service: str, waiter: str) -> set[str]:
    model = session().get_waiter_model(service)
    for name in model.waiter_names:
        if xform_name(name, "-") == waiter:
            return options_of(service, xform_name(model.get_waiter(name).operation, "-"))
    raise LookupError(f"{service} has no waiter {waiter}")


def check(words: list[str]) -> None:
    service, operation, *rest = words
    if operation == "wait":
        known = waiter_options(service, rest.pop(0))
    elif (service, operation) in OWN:
        known = OWN[service, operation]
    else:
        known = options_of(service, operation)
    for word in rest:
        name = word.removeprefix("--").partition("=")[0]
        if word.startswith("--") and name not in known:
            raise LookupError(f"{service} {operation} has no option --{name}")


def overrides(words: list[str]) -> dict[str, str]:
    given = words[words.index("--parameter-overrides") + 1 :]
    pairs = (shlex.split(word)[0].partition("=") for word in given if "=" in word)
    return {name: value for name, _, value in pairs}


ALL = [(page.name, words) for page in PAGES for words in commands(page.read_text("utf-8"))]


def test_commands_of_the_pages_are_known_to_aws() -> None:
    wrong = []
    for page, words in ALL:
        try:
            check(words)
        except LookupError as problem:
            wrong.append(f"{page}: {problem}: aws {' '.join(words)[:60]}")
    assert wrong == []
    assert len([page for page, _ in ALL if page == "AWS.md"]) > 20, "they are found at all"


def test_stack_is_asked_for_with_its_parameters() -> None:
    asked = [words for _, words in ALL if words[:2] == ["cloudformation", "deploy"]]
    assert len(asked) >= 2
    parameters = read()["Parameters"]
    needed = {name for name, each in parameters.items() if "Default" not in each}
    for words in asked:
        given = overrides(words)
        assert needed <= set(given) <= set(parameters), words
        for name, value in given.items():
            pattern = parameters[name].get("AllowedPattern", ".*")
            assert re.fullmatch(pattern, value), (name, value)
        assert words[words.index("--template-file") + 1] == "cloudformation.yaml"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("aws dynamodb create-tabel --table-name x", "no operation create-tabel"),
        ("aws dinamodb create-table", "no service dinamodb"),
        ("aws dynamodb create-table \\\n    --tablename x", "no option --tablename"),
        ("aws dynamodb wait table-exist --table-name x", "no waiter table-exist"),
        ("aws cloudformation deploy --stack x", "no option --stack"),
        ("x | aws dynamodb scan --table-name 'a\n--b' --limits 3 | y", "no option --limits"),
        ("say `aws iam create-role --role x` to it", "no option --role"),
    ],
)
def test_mistake_in_a_command_is_found(line: str, said: str) -> None:
    (words,) = commands(line)
    with pytest.raises(LookupError, match=said):
        check(words)


def test_no_option_is_seen_in_what_is_quoted_or_follows() -> None:
    line = """aws dynamodb scan --table-name "$(x --arg "$u" '{}')" --limit 1 || rm --force"""
    (words,) = commands(line)
    check(words)
    assert "--limit" in words and "--force" not in words
