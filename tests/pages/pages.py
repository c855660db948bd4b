#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The documents as programs: what stands indented or fenced in a page is run as it stands there.

    pages.py check PAGE...              every block is run, or is marked; of all commands at most one in
                                        five is an example
    pages.py links PAGE...              every link to a file, and to a heading in it, leads there
    pages.py tests PAGE...              every file of the tree and every test that is named exists
    pages.py script PAGE [SECTION [FIRST-LAST]]
                                        a bash script of a page's or a section's blocks, or of some
                                        of them, counted from 1 without what is not run
    pages.py script-of TEST PAGE [SECTION [FIRST-LAST]]
                                        of those that say that TEST runs them
    pages.py sections TEST PAGE...      the sections that have such blocks

A mark is a comment of its own before the block:

    <!-- example: why it is not run -->      commands for readers only
    <!-- text: what it is -->                no commands: a picture, settings, lines of a log
    <!-- run: tests/FOLDER/TEST -->          the test that runs it
    <!-- file: /path -->                     the block is what the file holds
    <!-- may fail: why -->                   run, whatever its status

Blocks of commands of our own programs need no mark: tests/system/test_page_commands.py runs every one of
them. A page of docs/clients, which is made of what the tests run with those clients, says to its readers with
the sentence of EXAMPLES that nobody runs it.
"""

from __future__ import annotations

import re
import shlex
import sys
import textwrap
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

EXAMPLES = "The commands on this page are examples."
# Pages, or sections of them, that tests run.
RUN = {
    "README.md": {"Your first router in five minutes", "In a container"},
    "CONTAINER.md": None,  # the whole page
}
MARK = re.compile(r"^\s*<!-- (example|text|run|file|may fail): (.+?) -->\s*$")
OURS = re.compile(r"(sudo )?(mooringctl|mooringd) [^&;]*(#.*)?")
EXAMPLES_MAX = 5  # of so many commands one
HEADING = re.compile(r"^(#+) (.+?)\s*$")
# Not those to other hosts.
LINK = re.compile(r"\]\((?![a-z]+:)([^)\s]+)\)")
# What is named as code: a file of the tree, or a test.
NAMED_FILE = re.compile(r"`((?:tests|src|etc|script|docs|systemd|deploy)/[\w./-]+)`")
NAMED_TEST = re.compile(r"`((?:test_|[a-z]+_)\w+_\w+)`")
TEST = re.compile(r"^(?:def (test_\w+)|START_TEST\((\w+)\))", re.MULTILINE)
INDENT = 4
FENCES = ("```", "~~~")


@dataclass
class Block:
    page: str
    line: int
    sections: tuple[str, ...]  # the headings above it
    mark: str  # "" without one
    argument: str
    text: str

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"


def is_code(line: str) -> bool:
    return line.startswith((" " * INDENT, "\t"))


def fence_of(line: str) -> str:
    """Empty when the line is none."""
    return next((fence for fence in FENCES if line.strip().startswith(fence)), "")


def ends_paragraph(line: str) -> bool:
    """Code may follow it."""
    return not line.strip() or bool(HEADING.match(line) or MARK.match(line) or fence_of(line))


def blocks(path: Path) -> Iterator[Block]:
    """In order. A block is fenced, or indented by four or more and not the rest of a paragraph. A
    fence without an end goes to the end of the page."""
    lines = path.read_text().splitlines()
    headings: list[str] = []
    mark, argument = "", ""
    at = 0
    while at < len(lines):
        line = lines[at]
        if found := HEADING.match(line):
            del headings[len(found[1]) - 1 :]
            headings += [""] * (len(found[1]) - 1 - len(headings)) + [found[2]]
        start, text = at, ""
        if fence := fence_of(line):
            rest = range(at + 1, len(lines))
            end = next((i for i in rest if lines[i].strip() == fence), len(lines))
            text = "\n".join(lines[at + 1 : end])
            at = end
        elif is_code(line) and (at == 0 or ends_paragraph(lines[at - 1])):
            end = at
            while end < len(lines) and (is_code(lines[end]) or not lines[end].strip()):
                end += 1
            text = "\n".join(lines[at:end]).rstrip()
            at = end - 1
        if text:
            yield Block(
                path.name, start + 1, tuple(headings), mark, argument, textwrap.dedent(text)
            )
        if found := MARK.match(line):
            mark, argument = found[1], found[2]
        elif text or line.strip():
            mark, argument = "", ""
        at += 1


def commands(text: str) -> list[str]:
    """Each with the lines that it goes on in; of a transcript, what is typed."""
    found: list[str] = []
    lines = text.splitlines()
    if any(line.startswith("$ ") for line in lines):
        lines = [line[2:] for line in lines if line.startswith("$ ")]
    left = ""
    for line in lines:
        left += line
        try:
            words = shlex.split(left.removesuffix("\\"), comments=True)
        except ValueError:  # a quotation goes on
            left += "\n"
            continue
        if left.endswith("\\"):
            left = left.removesuffix("\\")
            continue
        found += [left] if words else []
        left = ""
    return found


def is_run(block: Block) -> bool:
    sections = RUN.get(block.page, set())
    return sections is None or any(name in sections for name in block.sections)


def is_ours(block: Block) -> bool:
    return all(OURS.fullmatch(command) for command in commands(block.text))


def problem(block: Block) -> str:
    """Empty when there is none."""
    if block.mark == "run" and not Path(block.argument).exists():
        return f"there is no {block.argument}"
    if block.mark in ("example", "text", "run") or is_run(block) or is_ours(block):
        return ""
    return "is neither run nor marked as an example"


def check(paths: list[Path]) -> int:
    bad = 0
    known: list[Block] = []
    for path in paths:
        if EXAMPLES in " ".join(path.read_text().split()):
            if path.parent.name != "clients":
                print(f"{path.name}: says that nobody runs it, as pages of clients may")
                bad += 1
            continue
        known += blocks(path)
    for block in known:
        if what := problem(block):
            print(f"{block.place}: {what}")
            bad += 1
    counts = Counter[bool]()
    for block in known:
        if block.mark not in ("text", "file"):
            counts[block.mark == "example"] += len(commands(block.text))
    if counts[True] * EXAMPLES_MAX > counts.total():
        print(f"of {counts.total()} commands {counts[True]} are examples: more than one in {EXAMPLES_MAX}")
        bad += 1
    return 1 if bad else 0


def sections(test: str, paths: list[Path]) -> int:
    """Status 1 when there are none."""
    found = {
        (block.page, block.sections[-1]): None
        for path in paths
        for block in blocks(path)
        if (block.mark, block.argument) == ("run", test)
    }
    for page, section in found:
        print(f"{page}: {section}")
    return 0 if found else 1


def prose(path: Path) -> Iterator[tuple[int, str]]:
    """The lines that are no block, and their numbers; what stands in backquotes is left out."""
    fence = ""
    for number, line in enumerate(path.read_text().splitlines(), 1):
        found = fence_of(line)
        if found and fence in ("", found):
            fence = "" if fence else found
        elif not fence and not is_code(line):
            yield number, line


def anchors(path: Path) -> set[str]:
    """Of the headings, as forges make them: in lower case, `-` for a blank, no punctuation."""
    found: set[str] = set()
    for _, line in prose(path):
        if heading := HEADING.match(line):
            name = re.sub(r"[^\w -]", "", heading[2].lower()).replace(" ", "-")
            same = sum(1 for other in found if re.fullmatch(re.escape(name) + r"(-\d+)?", other))
            found.add(f"{name}-{same}" if same else name)
    return found


def links(paths: list[Path]) -> int:
    bad = 0
    for path in paths:
        for number, line in prose(path):
            for target in LINK.findall(re.sub(r"`[^`]*`", "", line)):
                name, _, anchor = target.partition("#")
                to = path.parent / name if name else path
                if not to.exists():
                    print(f"{path}:{number}: there is no {to}")
                    bad += 1
                elif anchor and anchor not in anchors(to):
                    print(f"{path}:{number}: {to} has no heading #{anchor}")
                    bad += 1
    return 1 if bad else 0


def tests_of(tree: Path) -> set[str]:
    files = [*tree.glob("**/*.py"), *tree.glob("**/*.c")]
    found = (match for path in files for match in TEST.findall(path.read_text(encoding="utf-8")))
    return {of_python or of_check for of_python, of_check in found}


def tests(paths: list[Path]) -> int:
    """Of the tree in the working folder. A name without "test_" may be something else, a metric say,
    unless "test:" or "tests:" stands before it."""
    known, bad = tests_of(Path("tests")), 0
    for path in paths:
        for number, line in prose(path):
            files = (name for name in NAMED_FILE.findall(line) if "NAME" not in name)
            missing = [name for name in files if not Path(name).exists()]
            said = re.search(r"\btests?: ", line)
            for name in NAMED_TEST.findall(line[said.start() :] if said else line):
                if (said or name.startswith("test_")) and name not in known:
                    missing.append(name)
            for name in missing:
                print(f"{path}:{number}: there is no {name}")
            bad += len(missing)
    return 1 if bad else 0


def script(path: Path, section: str | None, span: str | None, test: str | None = None) -> str:
    wanted = [b for b in blocks(path) if section is None or section in b.sections]
    if test is None:
        wanted = [b for b in wanted if b.mark not in ("example", "text", "run")]
    else:
        wanted = [b for b in wanted if (b.mark, b.argument) == ("run", test)]
    if span is not None:
        first, _, last = span.partition("-")
        wanted = wanted[int(first) - 1 : int(last) if last else None]
    if not wanted:
        sys.exit(f"pages.py: {path}: nothing to run under {section!r}")
    parts = ["set -eo pipefail", "trap 'echo \"pages: $place failed\" >&2' ERR"]
    for block in wanted:
        parts += [f"place={shlex.quote(block.place)}", 'echo "== $place"']
        if block.mark == "file":
            name = shlex.quote(block.argument)
            parts.append(f"cat >{name} <<'END-OF-BLOCK'\n{block.text}\nEND-OF-BLOCK")
        elif block.mark == "may fail":
            parts.append(f"{{\n{block.text}\n}} || echo \"(status $?)\"")
        else:
            parts.append(block.text)
    return "\n".join(parts) + "\n"


def main(words: list[str]) -> int:
    if len(words) >= 2 and words[0] == "check":
        return check([Path(word) for word in words[1:]])
    if len(words) >= 2 and words[0] == "links":
        return links([Path(word) for word in words[1:]])
    if len(words) >= 2 and words[0] == "tests":
        return tests([Path(word) for word in words[1:]])
    if len(words) >= 3 and words[0] == "sections":
        return sections(words[1], [Path(word) for word in words[2:]])
    if 2 <= len(words) <= 4 and words[0] == "script":
        name, span = (words[2:] + [None, None])[:2]
        sys.stdout.write(script(Path(words[1]), name, span))
        return 0
    if 3 <= len(words) <= 5 and words[0] == "script-of":
        name, span = (words[3:] + [None, None])[:2]
        sys.stdout.write(script(Path(words[2]), name, span, words[1]))
        return 0
    sys.stderr.write(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
