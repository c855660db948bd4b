# SPDX-License-Identifier: BSD-2-Clause
"""tests/pages/pages.py: what it takes for a command of a page, what it says of one that nobody
runs, and what the script that it makes of them does."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

PAGES = Path(__file__).resolve().parents[1] / "pages/pages.py"

Done = subprocess.CompletedProcess[str]


def pages(*words: object) -> Done:
    return subprocess.run(
        [sys.executable, str(PAGES), *map(str, words)],
        check=False,
        capture_output=True,
        text=True,
        timeout=30,
    )


def page(folder: Path, text: str, name: str = "PAGE.md") -> Path:
    path = folder / name
    path.write_text(textwrap.dedent(text))
    return path


def run(path: Path, *words: str) -> Done:
    """What bash makes of the script."""
    made = pages("script", path, *words)
    assert made.returncode == 0, made.stderr
    return subprocess.run(
        ["bash"], input=made.stdout, cwd=path.parent, check=False, capture_output=True, text=True
    )


# --- check ---

UNMARKED = {
    "indented": "Do\n\n    rm -r /\n",
    "fenced": "Do\n\n```\nrm -r /\n```\n",
    "fenced with a language": "Do\n\n```sh\nrm -r /\n```\n",
    "the mark is of another block": "<!-- example: no -->\n\n    one\n\nand\n\n    two\n",
    "text stands between": "<!-- example: no -->\n\nDo\n\n    one\n",
    "a mark that nobody knows": "<!-- exmaple: no -->\n\n    one\n",
    "a mark without a reason": "<!-- example: -->\n\n    one\n",
    "run only where the page is run": "<!-- may fail: no -->\n\n    one\n",
    "beside one of ours": "Do\n\n    mooringctl user list && one\n",
    "a file's": "<!-- file: /etc/x -->\n\n    one\n",
    "in a list": "- Do\n\n      one\n",
    "indented by a tab": "Do\n\n\tone\n",
    "fenced by tildes": "Do\n\n~~~\none\n~~~\n",
    "a fence without an end": "Do\n\n```\none\n",
    "a fence of the other kind in it": "~~~\n```\none\n~~~\n",
    "right below a heading": "# Title\n    one\n",
    "right below another block": "<!-- example: no -->\n```\none\n```\n    two\n",
}
MARKED = {
    "indented": "<!-- example: why -->\n\n    rm -r /\n",
    "with a blank line in it": "<!-- example: why -->\n\n    one\n\n    two\n",
    "fenced": "<!-- example: why -->\n```\nrm -r /\n```\n",
    "in a list": "- Do\n\n  <!-- example: why -->\n\n      one\n",
    "right below its mark": "<!-- example: why -->\n    one\n",
    "no commands": "<!-- text: settings -->\n\n    one = 1\n",
    "run by a test": f"<!-- run: {__file__} -->\n\n    one\n",
    "ours": "Do\n\n    sudo mooringctl user list | less   # all\n    mooringd -n\n",
    "no block: a line that goes on": "Do what\n    stands here\n",
    "no block at all": "Words `in` a row.\n",
}
# Beside so many commands that are run, some may be examples.
RUN = "Do\n\n" + "".join(f"    mooringctl user show {n}\n" for n in range(20))


@pytest.mark.parametrize("name", UNMARKED)
def test_block_without_a_mark_is_told_with_its_place(tmp_path: Path, name: str) -> None:
    path = page(tmp_path, UNMARKED[name])
    done = pages("check", path, page(tmp_path, RUN, "RUN.md"))
    assert done.returncode == 1
    (said,) = done.stdout.splitlines()
    place, _, what = said.partition(": ")
    assert what == "is neither run nor marked as an example"
    file, _, line = place.partition(":")
    text = UNMARKED[name].splitlines()
    assert file == "PAGE.md" and text[int(line) - 1].strip()[:3] in ("```", "~~~", "one", "two", "rm ", "moo")


@pytest.mark.parametrize("name", MARKED)
def test_marked_block_is_fine(tmp_path: Path, name: str) -> None:
    done = pages("check", page(tmp_path, MARKED[name]), page(tmp_path, RUN, "RUN.md"))
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize(("n", "status"), [(4, 1), (5, 0)])
def test_one_command_in_five_may_be_an_example(tmp_path: Path, n: int, status: int) -> None:
    """One that goes on in a second line is one, and so is a question of a transcript."""
    run = "<!-- run: {} -->\n\n    $ one \\\n    $   more\n    reply\n\nand\n\n{}"
    ours = "".join(f"    mooringctl user show {i}\n" for i in range(n - 2))
    path = page(tmp_path, f"<!-- example: no -->\n\n    one 'a\n    b'\n\nand\n\n{run.format(__file__, ours)}")
    done = pages("check", path)
    assert done.returncode == status, done.stdout
    if status:
        assert done.stdout == f"of {n} commands 1 are examples: more than one in 5\n"


def test_test_that_is_to_run_a_block_exists(tmp_path: Path) -> None:
    done = pages("check", page(tmp_path, "<!-- run: tests/nowhere -->\n\n    one\n"))
    assert (done.returncode, done.stdout) == (1, "PAGE.md:3: there is no tests/nowhere\n")


def test_page_of_a_client_says_that_nobody_runs_it(tmp_path: Path) -> None:
    (tmp_path / "clients").mkdir()
    text = "The commands on\nthis page are examples.\n\n    one\n"
    assert pages("check", page(tmp_path, text, "clients/curl.md")).returncode == 0
    done = pages("check", page(tmp_path, text))
    assert (done.returncode, done.stdout) == (1, "PAGE.md: says that nobody runs it, as pages of clients may\n")


def test_page_or_section_that_tests_run_needs_no_mark(tmp_path: Path) -> None:
    whole = page(tmp_path, "# Title\n\n    one\n", "CONTAINER.md")
    assert pages("check", whole).returncode == 0
    text = "# Title\n\n{}\n## In a container\n\n    one\n\n### More\n\n    two\n\n## Else\n{}"
    readme = page(tmp_path, text.format("", ""), "README.md")
    assert pages("check", readme).returncode == 0
    for blocks in (("    three\n", ""), ("", "\n    three\n")):
        readme.write_text(text.format(*blocks))
        done = pages("check", whole, readme)
        assert done.returncode == 1 and done.stdout.startswith("README.md:")


# --- script ---


def test_blocks_are_run_in_one_shell_and_their_places_told(tmp_path: Path) -> None:
    path = page(
        tmp_path,
        """\
        # One

            a=1
            cd /

        <!-- example: not run -->

            echo never

        ## Two

        ```
        echo "$a $PWD"
        ```
        """,
    )
    done = run(path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "== PAGE.md:3\n== PAGE.md:12\n1 /\n"
    assert run(path, "Two").stdout == "== PAGE.md:12\n /\n".replace("/", str(tmp_path))


@pytest.mark.parametrize(
    "command", ["false", "false; true", "false | true", "test -e /nonexistent/file", "( exit 3 )"]
)
def test_example_that_fails_is_noticed_and_ends_the_script(tmp_path: Path, command: str) -> None:
    path = page(tmp_path, f"    echo one\n\nand\n\n    {command}\n\nand\n\n    echo three\n")
    done = run(path)
    assert done.returncode != 0
    assert done.stdout == "== PAGE.md:1\none\n== PAGE.md:5\n"
    assert done.stderr == "pages: PAGE.md:5 failed\n"


def test_example_that_fails_in_the_middle_of_a_block_is_noticed(tmp_path: Path) -> None:
    done = run(page(tmp_path, "# One\n\n    echo one\n    false\n    echo three\n"))
    assert done.returncode != 0 and "three" not in done.stdout
    assert "PAGE.md:3 failed" in done.stderr


def test_block_that_may_fail_tells_its_status_and_the_next_is_run(tmp_path: Path) -> None:
    path = page(tmp_path, "<!-- may fail: why -->\n\n    (exit 7)\n\nand\n\n    echo two\n")
    done = run(path)
    assert done.returncode == 0
    assert done.stdout == "== PAGE.md:3\n(status 7)\n== PAGE.md:7\ntwo\n"
    path.write_text(path.read_text().replace("echo two", "false"))
    assert run(path).returncode != 0, "the mark is of one block"


def test_blocks_that_another_test_runs_are_that_ones(tmp_path: Path) -> None:
    text = "# S\n\n    echo 1\n\n<!-- run: {0} -->\n\n    echo 2\n\n# T\n\n<!-- run: other -->\n\n    echo 3\n"
    path = page(tmp_path, text.format(__file__))
    assert run(path).stdout == "== PAGE.md:3\n1\n"
    for test, said in ((__file__, "2"), ("other", "3")):
        made = pages("script-of", test, path)
        done = subprocess.run(["bash"], input=made.stdout, check=False, capture_output=True, text=True)
        assert done.stdout.splitlines()[1:] == [said]
    assert pages("script-of", "other", path, "S").returncode != 0
    assert pages("sections", "other", path).stdout == "PAGE.md: T\n"
    assert pages("sections", "nobody", path).returncode == 1


def test_file_holds_the_block_byte_for_byte(tmp_path: Path) -> None:
    text = "a = $HOME `id`\n\n  'b' \\\n"
    path = page(tmp_path, f"<!-- file: it's here -->\n\n```\n{text}```\n")
    assert run(path).returncode == 0
    assert (tmp_path / "it's here").read_text() == text


@pytest.mark.parametrize(
    ("span", "said"),
    [("1", "123"), ("2", "23"), ("1-1", "1"), ("2-3", "23"), ("3", "3"), ("1-3", "123")],
)
def test_some_blocks_of_a_section_are_counted_without_the_examples(
    tmp_path: Path, span: str, said: str
) -> None:
    example = "<!-- example: no -->\n\n    echo no\n"
    blocks = ["    echo 1\n", example, "    echo 2\n", "    echo 3\n"]
    done = run(page(tmp_path, "# S\n\n" + "\n.\n\n".join(blocks)), "S", span)
    lines = [line for line in done.stdout.splitlines() if not line.startswith("==")]
    assert "".join(lines) == said


@pytest.mark.parametrize("words", [("None",), ("S", "3-4"), ("S", "2-1")])
def test_nothing_to_run_is_an_error(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = pages("script", page(tmp_path, "# S\n\n    echo 1\n\n.\n\n    echo 2\n"), *words)
    assert done.returncode != 0 and done.stdout == ""
    assert "nothing to run" in done.stderr


# --- links ---


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("[a](OTHER.md)", ""),
        ("[a](OTHER.md#one-two)", ""),
        ("[a](OTHER.md#one-two-1)", ""),
        ("[a](#here-its-a_b)", ""),
        ("[a](https://nowhere.invalid/x)", ""),
        ("`[a](NONE.md)`", ""),
        ("    [a](NONE.md)", ""),
        ("[a](NONE.md)", "there is no "),
        ("[a](OTHER.md) [b](NONE.md#x)", "there is no "),
        ("[a](OTHER.md#one-two-2)", "has no heading #one-two-2"),
        ("[a](OTHER.md#code)", "has no heading #code"),
        ("[a](#nowhere)", "has no heading #nowhere"),
    ],
)
def test_links_lead_somewhere(tmp_path: Path, link: str, said: str) -> None:
    page(tmp_path, "# One, two!\n\n## One two\n\n```\n# Code\n```\n", "OTHER.md")
    done = pages("links", page(tmp_path, f"# Here: it's `a_b`\n\n{link}\n"))
    assert done.returncode == (1 if said else 0), done.stdout
    assert said in done.stdout and bool(said) == bool(done.stdout)
    assert not said or f"{tmp_path}/PAGE.md:3: " in done.stdout


@pytest.mark.parametrize("words", [(), ("check",), ("links",), ("script",), ("run", "x")])
def test_wrong_usage_is_told(words: tuple[str, ...]) -> None:
    done = pages(*words)
    assert done.returncode == 2 and "pages.py check PAGE..." in done.stderr
