# SPDX-License-Identifier: BSD-2-Clause
"""The requests and replies of the pages: what is typed there gets the reply that stands below it."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from system.conftest import Service
from system.harness import ZONE, dig

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "pages"))
from pages import Block, blocks  # noqa: E402  pylint: disable=wrong-import-position

ME = "tests/system/test_transcripts.py"
TRANSCRIPTS = [
    block
    for page in sorted((TOP / "docs").glob("*.md"))
    for block in blocks(page)
    if (block.mark, block.argument) == ("run", ME)
]
# Who asks, where the page does not say it: the sender whose address a reply names.
SENDER = {"/checkip": "192.0.2.1"}
SECRET = "not in a page"
INTERFACE_IDS = {"nas": "::1:2:3:4", "cam": "::5:1:2:3:4"}


def steps(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each command, and the lines of its reply."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        typed, *lines = part.splitlines()
        said = [line for line in lines if not line.startswith("#")]
        yield typed, comparable("\n".join(said).strip().splitlines())


def comparable(lines: list[str]) -> list[str]:
    """Of a head: neither the day nor the order of the fields, which is the HTTP library's."""
    if not lines or not lines[0].startswith("HTTP/"):
        return lines
    end = lines.index("") if "" in lines else len(lines)
    fields = ["Date:" if line.startswith("Date: ") else line for line in lines[1:end]]
    return [lines[0], *sorted(fields), *lines[end:]]


def served(service: Service, block: Block) -> Service:
    """With the account that the page tells of."""
    names = sorted(set(re.findall(rf"(\w+)\.{re.escape(ZONE)}", block.text)) | {"home"})
    options = ("--quirk", "may-clear") if "may-clear" in block.text else ()
    service.ctl.add("alice", *(f"{name}.{ZONE}" for name in names), secret=SECRET, options=options)
    if "ip6lanprefix" in block.text:
        for name, interface_id in INTERFACE_IDS.items():
            service.ctl.ok("host", "add", "alice", f"{name}.{ZONE}", "--interface-id", interface_id)
    service.start()
    return service


def typed_there(service: Service, command: str) -> list[str]:
    """What the command prints, as if the service had its name and port 443."""
    (port, *_) = service.daemon.ports("https")
    sender = next((ip for path, ip in SENDER.items() if path in command), "198.51.100.7")
    header = f"X-Forwarded-For: {sender}"
    shell = f"""
        curl() {{ command curl -sSk --connect-to ddns.example.com:443:127.0.0.1:{port} -H {shlex.quote(header)} "$@"; }}
        wget() {{
            command wget --no-check-certificate --no-hsts --header {shlex.quote(header)} \
                "${{@/#https:\\/\\/ddns.example.com/https://127.0.0.1:{port}}}"
        }}
        {command.replace("SECRET", shlex.quote(SECRET))}
        """
    done = subprocess.run(
        ["bash", "-c", shell], check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return comparable(done.stdout.splitlines())


def test_transcripts_are_found() -> None:
    assert len(TRANSCRIPTS) >= 5
    assert list(steps("# why\n$ one\nA\n\nB\n\n# more\n$ two\n")) == [("one", ["A", "", "B"]), ("two", [])]


@pytest.mark.parametrize("block", TRANSCRIPTS, ids=lambda block: block.place)
def test_page_shows_what_a_client_gets(make_service: Callable[..., Service], block: Block) -> None:
    service = served(make_service(top={"trusted-proxies": ["127.0.0.1"]}), block)
    for typed, said in steps(block.text):
        assert typed_there(service, typed) == said, typed
    for name, address in re.findall(r"\b(nas|cam) (?:is )?(2001:[0-9a-f:]+)", block.text):
        assert dig(service.daemon.dns_port, f"{name}.{ZONE}", "AAAA") == [address]
