# SPDX-License-Identifier: BSD-2-Clause
"""mooringctl as scripts rely on it: output, exit statuses, and what the daemon makes of it."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from system.conftest import Amazon, Service
from system.harness import (
    BUILD,
    HOST,
    ZONE,
    Ctl,
    Router,
    basic,
    dig,
    dig_status,
    environment,
    eventually,
    exchange,
    get,
    parse_response,
    run,
)

CAM = f"cam.{ZONE}"
SECRET = re.compile(r"[A-Za-z0-9]{32}")


@pytest.fixture(name="ctl")
def fixture_ctl(make_service: Callable[..., Service]) -> Ctl:
    """On a store that no daemon uses."""
    return make_service().ctl


def test_user_add_json_is_the_fixed_form(ctl: Ctl) -> None:
    output = ctl.ok("user", "add", "router1", HOST, CAM, "--json")
    assert output.count("\n") == 1
    made = json.loads(output)
    assert list(made) == ["user", "secret", "hosts"]
    assert made["user"] == "router1" and made["hosts"] == [HOST, CAM]
    assert SECRET.fullmatch(made["secret"])


def test_user_add_text_shows_the_secret_once(ctl: Ctl) -> None:
    output = ctl.ok("user", "add", "router1", HOST)
    secret = re.search(r"^secret: +(\S+)$", output, re.M)[1]
    assert SECRET.fullmatch(secret)
    for reading in (["user", "show", "router1"], ["user", "list"]):
        for option in ([], ["--json"]):
            assert secret not in ctl.ok(*reading, *option)


def test_given_secret_is_neither_shown_nor_stored_readable(ctl: Ctl) -> None:
    output = ctl.ok(
        "user", "add", "router1", HOST, "--secret-stdin", "--json", input="correct horse\n"
    )
    assert json.loads(output) == {"user": "router1", "hosts": [HOST]}
    shown = ctl.json("user", "show", "router1")
    assert shown["secret-form"] == "crypt"
    database = ctl.config.parent / "mooring.db"
    stored = b"".join(path.read_bytes() for path in database.parent.glob("mooring.db*"))
    assert b"router1" in stored and b"correct horse" not in stored


@pytest.mark.parametrize(
    ("user", "secret", "warned"),
    [
        ("router1", "correct horse", []),
        ("jörg", "correct horse", ["login"]),
        ("router1", "pässwörter", ["secret"]),
        ("jörg", "pässwörter", ["secret", "login"]),
    ],
)
def test_what_is_not_ascii_is_warned_of(
    ctl: Ctl, user: str, secret: str, warned: list[str]
) -> None:
    done = ctl.run("user", "add", user, HOST, "--secret-stdin", input=secret + "\n")
    assert done.returncode == 0
    lines = done.stderr.splitlines()
    assert [line.split(" is not ASCII")[0] for line in lines] == [
        f"mooringctl: warning: the {what}" for what in warned
    ]
    assert secret not in done.stderr
    again = ctl.run("user", "passwd", user, "--secret-stdin", input="pässwörter\n")
    assert again.returncode == 0 and "the secret is not ASCII" in again.stderr
    renamed = ctl.run("user", "rename", user, "müller")
    assert renamed.returncode == 0 and "the login is not ASCII" in renamed.stderr
    renamed = ctl.run("user", "rename", "müller", "router2")
    assert renamed.returncode == 0 and renamed.stderr == ""


def test_secret_that_no_client_could_send_is_refused(ctl: Ctl) -> None:
    words = ("user", "add", "router1", HOST, "--secret-stdin")
    for secret in ("p\xe4ssw\xf6rter", "pass\x07words"):
        done = ctl.run(*words, input=secret + "\n", encoding="latin-1")
        assert done.returncode == 1
        assert done.stderr == (
            "mooringctl: the secret holds a control character or is not UTF-8\n"
        )
    assert ctl.run("user", "show", "router1").returncode == 1


def test_show_and_list_json(ctl: Ctl) -> None:
    ctl.add("router1", HOST, CAM, options=("--ttl", "120", "--quirk", "nochg-as-good"))
    ctl.add("router2", f"b.{ZONE}")
    shown = ctl.json("user", "show", "router1")
    assert shown["user"] == "router1" and shown["hosts"] == [HOST, CAM]
    assert (shown["ttl"], shown["disabled"]) == (120, False)
    assert shown["quirks"] == ["nochg-as-good"] and shown["secret-form"] == "sha256"
    assert [entry["host"] for entry in shown["state"]] == [HOST, CAM]
    assert all(entry["ipv4"] is None and not entry["published"] for entry in shown["state"])
    listed = ctl.json("user", "list")
    assert sorted(entry["user"] for entry in listed) == ["router1", "router2"]


def interface_ids(ctl: Ctl) -> dict[str, str]:
    states = ctl.json("user", "show", "router1")["state"]
    return {state["host"]: state["interface-id"] for state in states if "interface-id" in state}


def test_interface_ids_are_set_changed_shown_and_taken_away(ctl: Ctl) -> None:
    ctl.add("router1", HOST)
    ctl.ok("host", "add", "router1", "cam", "--interface-id", "::1:2:3:4")
    assert interface_ids(ctl) == {CAM: "::1:2:3:4"}
    assert f"{CAM} (never updated; interface id ::1:2:3:4)" in ctl.ok("user", "show", "router1")
    ctl.ok("host", "set", "router1", "Cam", "--interface-id", "00:53:00:12:34:56")
    ctl.ok("user", "set", "router1", "--ttl", "120")
    ctl.ok("user", "rename", "router1", "router9")
    ctl.ok("user", "rename", "router9", "router1")
    assert interface_ids(ctl) == {CAM: "::253:ff:fe12:3456"}
    listed = {entry["host"]: entry for entry in ctl.json("host", "list", "router1")}
    assert listed[CAM]["interface-id"] == "::253:ff:fe12:3456"
    assert "interface-id" not in listed[HOST]
    made = json.loads(ctl.ok("host", "set", "router1", CAM, "--interface-id", "none", "--json"))
    assert made["hosts"] == [HOST, CAM] and interface_ids(ctl) == {}


def test_an_account_has_64_interface_ids_at_most(ctl: Ctl) -> None:
    ctl.add("router1", *(f"h{i}" for i in range(64)), HOST)
    with sqlite3.connect(ctl.config.parent / "mooring.db") as store:
        ids = " ".join(f"h{i}.{ZONE}=::{i + 1:x}" for i in range(64))
        store.execute("UPDATE accounts SET interface_ids = ?", (ids,))
    store.close()
    done = ctl.run("host", "set", "router1", HOST, "--interface-id", "::1")
    assert done.returncode == 1 and "64 hosts" in done.stderr and done.stderr.count("\n") == 1
    ctl.ok("host", "set", "router1", "h0", "--interface-id", "none")
    ctl.ok("host", "set", "router1", HOST, "--interface-id", "::1")
    assert len(interface_ids(ctl)) == 64


def test_interface_ids_that_cannot_be_read_are_told_and_replaced(ctl: Ctl) -> None:
    ctl.add("router1", HOST, CAM)
    with sqlite3.connect(ctl.config.parent / "mooring.db") as store:
        store.execute("UPDATE accounts SET interface_ids = ?", (f"{HOST}=::1 {CAM}=eth0",))
    store.close()
    assert "ignored:  " in ctl.ok("user", "show", "router1")
    ctl.ok("user", "set", "router1", "--ttl", "120")
    done = ctl.run("host", "set", "router1", CAM, "--interface-id", "::2")
    assert done.returncode == 0 and "warning: what of its interface ids" in done.stderr
    assert interface_ids(ctl) == {HOST: "::1", CAM: "::2"}
    assert "ignored" not in ctl.ok("user", "show", "router1")


def test_state_shows_what_the_daemon_published(embedded: Service) -> None:
    secret = embedded.ctl.add("router1", HOST)
    embedded.router("router1", secret).update("myip=203.0.113.5,2001:db8::5")
    (state,) = embedded.ctl.json("user", "show", "router1")["state"]
    assert (state["ipv4"], state["ipv6"]) == ("203.0.113.5", "2001:db8::5")
    assert state["published"] is True
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", state["time"])


def test_bare_label_is_completed_with_the_zone(ctl: Ctl) -> None:
    made = json.loads(ctl.ok("user", "add", "router1", "home", "--json"))
    assert made["hosts"] == [HOST]


REFUSED = [
    (["user", "add", "router1", CAM], "exists"),
    (["user", "add", "router2", HOST], "router1"),
    (["user", "add", "router2", "home.example.org"], "zone"),
    (["user", "add", "router2", "bad!." + ZONE], "bad!"),
    (["user", "add", "ro:uter", CAM], "login"),
    (["user", "add", "caf\x1b[31m", CAM], "login"),
    (["user", "add", "x" * 129, CAM], "128"),
    (["user", "add", "caf\udce9", CAM], "login"),
    (["user", "show", "ro:uter"], "login"),
    (["user", "set", "nobody", "--ttl", "60"], "nobody"),
    (["host", "list", "nobody"], "nobody"),
    (["user", "show", "--", "--json"], "--json"),
    (["user", "show", "nobody"], "nobody"),
    (["user", "passwd", "nobody"], "nobody"),
    (["user", "remove", "nobody"], "nobody"),
    (["user", "disable", "nobody"], "nobody"),
    (["host", "add", "nobody", CAM], "nobody"),
    (["host", "add", "router1", "home.example.org"], "zone"),
    (["host", "set", "nobody", CAM, "--interface-id", "::1"], "nobody"),
    (["host", "set", "router1", CAM, "--interface-id", "::1"], CAM),
    (["host", "set", "router1", "bad!", "--interface-id", "::1"], "bad!"),
    (["host", "add", "router1", HOST, "--interface-id", "::1"], HOST),
    (["host", "remove", "router1", CAM], CAM),
    (["host", "remove", "router1", HOST], "host"),
]


@pytest.mark.parametrize(("words", "named"), REFUSED, ids=ascii)
def test_refusal_is_one_sentence_and_changes_nothing(
    ctl: Ctl, words: list[str], named: str
) -> None:
    ctl.add("router1", HOST)
    before = ctl.ok("user", "list", "--json")
    done = ctl.run(*words)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith("mooringctl: ") and done.stderr.count("\n") == 1
    assert named.lower() in done.stderr.lower()
    assert ctl.ok("user", "list", "--json") == before


# What is given, and what the sentence must name.
WRONG = [
    ([], "command"),
    (["user"], "add, list, show"),
    (["user", "ad", "router1", HOST], '"ad"'),
    (["user", "add"], "NAME"),
    (["user", "add", "router1"], "HOST"),
    (["user", "add", "router1", ""], "HOST"),
    (["user", "show", ""], "NAME"),
    (["user", "list", "router1"], '"router1"'),
    (["user", "list", "--ttl", "5"], "--ttl"),
    (["user", "list", "--repair"], "--repair"),
    (["user", "add", "router2", CAM, "--ttl"], "--ttl"),
    (["user", "add", "router2", CAM, "--ttl", ""], "--ttl"),
    (["user", "add", "router2", CAM, "--ttl", "soon"], "--ttl"),
    (["user", "add", "router2", CAM, "--ttl", "0"], "--ttl"),
    (["user", "add", "router2", CAM, "--ttl", "604801"], "--ttl"),
    (["user", "add", "router2", CAM, "--ttl=-5"], "--ttl"),
    (["user", "add", "router2", CAM, "--quirk", "odd"], "--quirk"),
    (["user", "set", "router1"], "--ttl"),
    (["user", "set", "router1", "--valid-until", "2027-02-30"], "--valid-until"),
    (["user", "set", "router1", "--valid-until", "soon"], "--valid-until"),
    (["user", "set", "router1", "--from", "192.0.2.1/24"], "--from"),
    (["user", "add", "router2", CAM, "--from", "home"], "--from"),
    (["host", "set", "router1", HOST], "--interface-id"),
    (["host", "set", "router1", "--interface-id", "::1"], "HOST"),
    (["host", "set", "router1", HOST, "--interface-id"], "--interface-id"),
    (["host", "set", "router1", HOST, "--interface-id", "2001:db8::1"], "first 32 bits"),
    (["host", "set", "router1", HOST, "--interface-id", "::1/64"], "MAC address"),
    (["host", "add", "router1", CAM, "--interface-id", "01:00:5e:00:00:01"], "group"),
    (["host", "add", "router1", CAM, "b", "--interface-id", "::1"], "one host"),
    (["user", "add", "router2", CAM, "--interface-id", "::1"], "--interface-id"),
    (["user", "rename", "router1"], "NEW"),
    (["user", "set", "router1", "--quirk", "--"], "--quirk"),
    (["user", "set", "router1", "--secret-stdin"], "--secret-stdin"),
    (["verify", "router1"], '"router1"'),
    (["host"], "list, add, set, remove"),
    (["host", "list", "router1", "router2"], '"router2"'),
    (["host", "add", "router1"], "HOST"),
    (["frobnicate"], '"frobnicate"'),
    (["frobnicate", "--help"], '"frobnicate"'),
    (["user", "list", "--frobnicate=hidden"], "--frobnicate"),
    (["user", "list", "-q"], "-q"),
    (["user", "list", "--json=yes"], "--json"),
    (["user", "list", "-c"], "-c"),
    (["user", "list", "-c", ""], "-c"),
    (["doctor", "--dns-port", "0"], "--dns-port"),
    (["doctor", "--dns-port", "65536"], "--dns-port"),
    (["doctor", "--resolver", "resolver.example.net"], "--resolver"),
    (["test"], "URL"),
    (["test", "https://localhost/", "--user", "ro:uter"], "--user"),
    (["test", "https://localhost/", "--cacert", ""], "--cacert"),
]


@pytest.mark.parametrize(("words", "named"), WRONG, ids=ascii)
def test_wrong_usage_exits_with_two_and_is_named(ctl: Ctl, words: list[str], named: str) -> None:
    ctl.add("router1", HOST)
    before = ctl.ok("user", "show", "router1", "--json")
    done = ctl.run(*words)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("mooringctl: ") and done.stderr.count("\n") == 1
    assert named in done.stderr and "hidden" not in done.stderr
    assert ctl.ok("user", "show", "router1", "--json") == before


def test_options_stand_anywhere(ctl: Ctl) -> None:
    ctl.add("router1", HOST)
    program, conf = str(BUILD / "mooringctl"), str(ctl.config)
    for words in (
        ["user", "show", "router1", "--json", "-c", conf],
        ["--json", "user", "-c", conf, "show", "router1"],
        ["user", "--json", "show", f"-c{conf}", "--", "router1"],
        ["-c", "absent.conf", "user", "show", "router1", "--json", "-c", conf],
    ):
        done = run([program, *words])
        assert done.returncode == 0 and json.loads(done.stdout)["user"] == "router1"


def test_every_command_has_help(ctl: Ctl) -> None:
    summary = ctl.ok("--help")
    commands = re.findall(r"^  ([a-z]+(?: [a-z]+)?) .*", summary, re.M)
    assert len(commands) >= 14
    for command in commands:
        shown = ctl.ok(*command.split(), "--help")
        assert command in shown.splitlines()[0] and "--help" in shown
    assert "user add" in ctl.ok("user", "--help") and "doctor" not in ctl.ok("user", "-h")


def test_set_changes_what_is_named_alone(ctl: Ctl) -> None:
    ctl.add("router1", HOST, options=("--ttl", "120"))
    shown = json.loads(
        ctl.ok("user", "set", "router1", "--quirk", "nochg-as-good", "--json")
    )
    assert (shown["ttl"], shown["quirks"]) == (120, ["nochg-as-good"])
    ctl.ok("user", "set", "router1", "--ttl", "604800")
    shown = ctl.json("user", "show", "router1")
    assert (shown["ttl"], shown["quirks"]) == (604800, ["nochg-as-good"])
    ctl.ok("user", "set", "router1", "--ttl", "default", "--quirk", "-nochg-as-good")
    shown = ctl.json("user", "show", "router1")
    assert (shown["ttl"], shown["quirks"], shown["hosts"]) == (None, [], [HOST])


def test_an_account_may_have_an_end_and_sources(ctl: Ctl) -> None:
    options = ("--valid-until", "2027-01-31", "--from", "2001:db8::/32", "--from", "192.0.2.7")
    ctl.add("router1", HOST, options=options)
    shown = ctl.json("user", "show", "router1")
    assert shown["valid-until"] == "2027-01-31T23:59:59Z"
    assert shown["from"] == ["2001:db8::/32", "192.0.2.7/32"]
    text = ctl.ok("user", "show", "router1")
    assert "until:    2027-01-31T23:59:59Z\nfrom:     2001:db8::/32 192.0.2.7/32\n" in text
    ctl.ok("user", "set", "router1", "--valid-until", "2020-01-31T12:00:00Z")
    assert "status:   ended\n" in ctl.ok("user", "show", "router1")
    assert "ended" in ctl.ok("user", "list")
    # What is not named stays; prefixes replace those before.
    ctl.ok("user", "set", "router1", "--from", "198.51.100.0/24")
    shown = ctl.json("user", "show", "router1")
    assert (shown["valid-until"], shown["from"]) == ("2020-01-31T12:00:00Z", ["198.51.100.0/24"])
    ctl.ok("user", "set", "router1", "--valid-until", "never", "--from", "anywhere")
    shown = ctl.json("user", "show", "router1")
    assert "valid-until" not in shown and "from" not in shown
    assert "until" not in ctl.ok("user", "show", "router1")
    done = ctl.run("user", "set", "router1", "--from", "anywhere", "--from", "192.0.2.1")
    assert done.returncode == 1 and done.stderr == "mooringctl: --from anywhere stands alone\n"


def test_host_list_shows_all_or_one_account(embedded: Service) -> None:
    ctl = embedded.ctl
    secret = ctl.add("router1", HOST, CAM)
    ctl.add("router2", f"b.{ZONE}")
    assert embedded.router("router1", secret).update(f"hostname={HOST}&myip=203.0.113.5").status == 200
    assert sorted(entry["host"] for entry in ctl.json("host", "list")) == sorted(
        [HOST, CAM, f"b.{ZONE}"]
    )
    home, cam = ctl.json("host", "list", "router1")
    assert (home["host"], home["user"], home["ipv4"]) == (HOST, "router1", "203.0.113.5")
    assert home["published"] is True and cam["published"] is False
    assert re.search(rf"^{HOST} +router1 +203\.0\.113\.5 +- +published$", ctl.ok("host", "list"), re.M)


def test_columns_are_aligned_for_logins_in_utf8(ctl: Ctl) -> None:
    # Columns of a terminal: 1 for each but the wide ones (East Asian), which take two.
    for login, host in (("plain", "a"), ("größer", "b"), ("日本", "c"), ("e\u0301", "d")):
        ctl.add(login, f"{host}.{ZONE}")
    wide = {"日": 2, "本": 2, "\u0301": 0}
    for words, mark in ((("user", "list"), "enabled"), (("host", "list"), "never")):
        for locale in ("C", "C.UTF-8"):
            lines = ctl.ok(*words, env=environment(LC_ALL=locale)).splitlines()
            at = {sum(wide.get(c, 1) for c in line[: line.index(mark)]) for line in lines}
            assert len(lines) == 4 and len(at) == 1


def write_to(sink: str, ctl: Ctl, *words: str) -> subprocess.CompletedProcess[str]:
    """mooringctl with a standard output that takes nothing."""
    argv = [str(BUILD / "mooringctl"), "-c", str(ctl.config), *words]
    reader, out = os.pipe()
    os.close(reader)
    if sink == "closed":
        argv = ["sh", "-c", 'exec "$@" >&-', "sh", *argv]
    elif sink == "full":
        os.close(out)
        out = os.open("/dev/full", os.O_WRONLY)
    with os.fdopen(out) as stdout:
        return subprocess.run(
            argv,
            check=False,
            env=environment(),
            timeout=30,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
        )


SINKS = {"full": "No space left on device", "closed": "Bad file descriptor", "gone": "Broken pipe"}
READINGS = [
    ("user", "list"),
    ("user", "list", "--json"),
    ("user", "show", "router1", "--json"),
    ("user", "set", "router1", "--ttl", "5", "--json"),
    ("user", "disable", "router1", "--json"),
    ("host", "list"),
    ("host", "add", "router1", CAM, "--json"),
    ("verify",),
    ("verify", "--json"),
    ("doctor", "--resolver", "127.0.0.1:9"),  # shows each line at once
    ("doctor", "--resolver", "127.0.0.1:9", "--json"),
    ("--help",),
    ("user", "add", "--help"),
    ("--version",),
]


@pytest.mark.parametrize("sink", SINKS)
def test_output_that_cannot_be_written_fails(ctl: Ctl, sink: str) -> None:
    ctl.add("router1", HOST)
    for words in READINGS:
        done = write_to(sink, ctl, *words)
        assert done.returncode == 1, words
        told = f"mooringctl: cannot write to standard output: {SINKS[sink]}\n"
        assert done.stderr == told, words


@pytest.mark.parametrize("sink", SINKS)
@pytest.mark.parametrize("option", [(), ("--json",)], ids=["text", "json"])
def test_account_whose_secret_cannot_be_printed_is_taken_back(
    ctl: Ctl, sink: str, option: tuple[str, ...]
) -> None:
    ctl.add("router1", HOST)
    stored = ctl.ok("user", "list", "--json")
    done = write_to(sink, ctl, "user", "add", "router2", CAM, *option)
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert "standard output" in done.stderr and "taken back" in done.stderr
    assert ctl.ok("user", "list", "--json") == stored


def test_old_secret_stays_when_the_new_one_cannot_be_printed(embedded: Service) -> None:
    secret = embedded.ctl.add("router1", HOST)
    for sink in SINKS:
        done = write_to(sink, embedded.ctl, "user", "passwd", "router1")
        assert done.returncode == 1 and "old secret" in done.stderr
    router = embedded.router("router1", secret)
    soon(router, "myip=203.0.113.5", "good 203.0.113.5")


def test_four_that_start_at_once_make_one_store(make_service: Callable[..., Service]) -> None:
    """Whoever comes first makes the tables; nobody fails, and nothing of anybody is lost. Who meets
    whom at which step is chance: hence so many rounds, each on a store that is not there yet."""
    logins = [f"router{n}" for n in range(4)]
    with ThreadPoolExecutor(len(logins)) as pool:
        for round_ in range(60):
            ctl = make_service(name=f"round{round_}").ctl
            added = pool.map(lambda who, c=ctl: c.run("user", "add", who, f"{who}.{ZONE}"), logins)
            for done in added:
                assert (done.returncode, done.stderr) == (0, ""), f"round {round_}"
            with closing(sqlite3.connect(ctl.config.parent / "mooring.db")) as database:
                rows = database.execute("SELECT user FROM accounts ORDER BY user").fetchall()
            assert [user for (user,) in rows] == logins


def test_missing_configuration_names_the_file(ctl: Ctl) -> None:
    done = Ctl(ctl.config.with_name("absent.conf")).run("user", "list")
    assert done.returncode == 1 and "absent.conf" in done.stderr
    assert done.stderr.count("\n") == 1


def test_configuration_is_found_by_the_environment(ctl: Ctl) -> None:
    secret = ctl.add("router1", HOST)
    done = run(
        [BUILD / "mooringctl", "user", "list"], env=environment(MOORING_CONFIG=str(ctl.config))
    )
    assert done.returncode == 0 and "router1" in done.stdout and secret not in done.stdout


def test_help_and_version_go_to_standard_output() -> None:
    for option in ("--help", "--version"):
        done = run([BUILD / "mooringctl", option])
        assert done.returncode == 0 and done.stdout and done.stderr == ""


# What a running daemon makes of it, without a signal: it asks the store each sync-interval (1 s)
# whether somebody else wrote.


def soon(router: Router, query: str, text: str) -> None:
    eventually(f"{query} is answered {text}", lambda: router.update(query).text == text)


def test_new_password_replaces_the_old_one(embedded: Service) -> None:
    old = embedded.ctl.add("router1", HOST)
    assert embedded.router("router1", old).update("myip=203.0.113.5").status == 200
    new = embedded.ctl.json("user", "passwd", "router1")["secret"]
    assert SECRET.fullmatch(new) and new != old
    soon(embedded.router("router1", old), "myip=203.0.113.5", "badauth")
    assert embedded.router("router1", new).update("myip=203.0.113.6").text == "good 203.0.113.6"


def test_disabled_account_is_badauth_until_it_is_enabled(embedded: Service) -> None:
    secret = embedded.ctl.add("router1", HOST)
    router = embedded.router("router1", secret)
    assert router.update("myip=203.0.113.5").text == "good 203.0.113.5"
    embedded.ctl.ok("user", "disable", "router1")
    soon(router, "myip=203.0.113.5", "badauth")
    assert dig(embedded.daemon.dns_port, HOST, "A") == ["203.0.113.5"]
    embedded.ctl.ok("user", "enable", "router1")
    soon(router, "myip=203.0.113.6", "good 203.0.113.6")


def gone(service: Service, name: str) -> Callable[[], bool]:
    return lambda: dig_status(service.daemon.dns_port, name) == "NXDOMAIN"


def test_removed_host_and_account_leave_the_name_server(embedded: Service) -> None:
    secret = embedded.ctl.add("router1", HOST, CAM)
    embedded.ctl.add("router2", f"b.{ZONE}")
    router = embedded.router("router1", secret)
    both = f"hostname={HOST},{CAM}&myip=203.0.113.5,2001:db8::5"
    assert router.update(both).status == 200
    port = embedded.daemon.dns_port
    assert dig(port, CAM, "A") == dig(port, HOST, "A") == ["203.0.113.5"]

    embedded.ctl.ok("host", "remove", "router1", CAM)
    eventually("the host is gone", gone(embedded, CAM), timeout=15)
    assert dig_status(port, CAM, "AAAA") == "NXDOMAIN"
    assert dig(port, HOST, "A") == ["203.0.113.5"]
    soon(router, f"hostname={CAM}&myip=203.0.113.5", "nohost")

    embedded.ctl.ok("user", "remove", "router1")
    eventually("the account's host is gone", gone(embedded, HOST), timeout=15)
    soon(router, "myip=203.0.113.5", "badauth")


@pytest.mark.parametrize("name", [f"ns1.{ZONE}", f"NS1.{ZONE}.", "ns1"])
def test_a_name_server_is_no_host(ctl: Ctl, name: str) -> None:
    ctl.add("router1", HOST)
    for words in (["user", "add", "router2", CAM, name], ["host", "add", "router1", name]):
        done = ctl.run(*words)
        assert done.returncode == 1 and not done.stdout
        assert done.stderr.count("\n") == 1 and f"ns1.{ZONE} is a name server" in done.stderr
    assert ctl.json("user", "show", "router1")["hosts"] == [HOST]
    assert ctl.run("user", "show", "router2").returncode == 1


def test_a_name_server_in_an_account_by_hand_is_dnserr(embedded: Service) -> None:
    secret = embedded.ctl.add("router1", HOST)
    with sqlite3.connect(embedded.config.store["path"]) as store:
        store.execute("UPDATE hosts SET name = ?", (f"ns1.{ZONE}",))
    store.close()
    router = embedded.router("router1", secret)
    soon(router, f"hostname=ns1.{ZONE}&myip=203.0.113.5", "dnserr")
    assert dig(embedded.daemon.dns_port, f"ns1.{ZONE}", "A") == ["127.0.0.1"]


def test_added_host_can_be_updated_soon(embedded: Service) -> None:
    secret = embedded.ctl.add("router1", HOST)
    router = embedded.router("router1", secret)
    assert router.update(f"hostname={CAM}&myip=203.0.113.5").text == "nohost"
    embedded.ctl.ok("host", "add", "router1", CAM)
    soon(router, f"hostname={CAM}&myip=203.0.113.5", "good 203.0.113.5")
    assert dig(embedded.daemon.dns_port, CAM, "A") == ["203.0.113.5"]


def test_removal_deletes_the_records_of_route53(
    amazon: Amazon, make_service: Callable[..., Service]
) -> None:
    service = amazon.service(make_service)
    secret = service.ctl.add("router1", HOST, CAM)
    service.start()
    router = service.router("router1", secret)
    assert router.update(f"hostname={HOST},{CAM}&myip=203.0.113.5,2001:db8::5").status == 200
    assert len(amazon.records()) == 4
    service.ctl.ok("host", "remove", "router1", CAM)
    assert set(amazon.records()) == {(HOST, "A"), (HOST, "AAAA")}
    service.ctl.ok("user", "remove", "router1")
    assert amazon.records() == {} and amazon.database.item("router1") is None


def test_dynamodb_trouble_is_one_sentence(
    amazon: Amazon, make_service: Callable[..., Service]
) -> None:
    ctl = amazon.service(make_service).ctl
    ctl.add("router1", HOST)
    amazon.gate.script.fail("dynamodb:Scan", "AccessDenied", "not for you", times=None)
    done = ctl.run("user", "list")
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert "dynamodb:Scan" in done.stderr or "Scan" in done.stderr
    assert amazon.identity.secret_key not in done.stderr


# mooringctl test URL


@pytest.mark.http_client
def test_test_explains_the_reply(embedded: Service) -> None:
    secret = embedded.ctl.add("router1", HOST)
    url = f"{embedded.daemon.url}/nic/update?hostname={HOST}&myip=203.0.113.5"
    words = ["test", url, "--user", "router1", "--cacert", str(embedded.config.tls.ca)]
    done = embedded.ctl.run(*words, input=secret + "\n")
    assert done.returncode == 0 and "HTTP 200" in done.stdout and "good 203.0.113.5" in done.stdout
    assert secret not in done.stdout + done.stderr
    report = json.loads(embedded.ctl.ok(*words, "--json", input=secret + "\n"))
    assert report["status"] == 200 and report["ok"] is True
    assert report["lines"][0]["reply"] == "nochg 203.0.113.5"
    done = embedded.ctl.run(*words, input="wrong-password\n")
    assert done.returncode == 1 and "HTTP 401" in done.stdout and "badauth" in done.stdout


@pytest.mark.http_client
def test_test_refuses_what_it_must(embedded: Service) -> None:
    ca = str(embedded.config.tls.ca)
    done = embedded.ctl.run("test", "https://router1:secret@localhost/nic/update", "--cacert", ca)
    assert done.returncode == 1 and "--user" in done.stderr and "secret@" not in done.stderr
    done = embedded.ctl.run("test", f"{embedded.daemon.url}/nic/update")
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert "certificate" in done.stderr.lower()


def test_files_belong_to_the_owner_of_the_database_when_root_runs_it(
    make_service: Callable[..., Service],
) -> None:
    """Or the daemon, which is not root, could not write beside its own database."""
    owner = 65534 if os.geteuid() == 0 else os.geteuid()
    with tempfile.TemporaryDirectory() as directory:
        os.chown(directory, owner, -1)
        service = make_service(store={"type": "sqlite", "path": f"{directory}/mooring.db"})
        service.ctl.add("late", HOST)
        assert {entry.stat().st_uid for entry in os.scandir(directory)} == {owner}
        # Once more with the file there: its owner counts, not the folder's.
        os.chown(directory, owner, -1)
        service.ctl.ok("user", "disable", "late")
        assert {entry.stat().st_uid for entry in os.scandir(directory)} == {owner}


def test_new_account_is_usable_while_the_daemon_runs(embedded: Service) -> None:
    """No restart, no signal."""
    embedded.ctl.add("early", CAM)
    raw = get("/nic/update?myip=203.0.113.5", "Authorization: " + basic("late", "x" * 32))
    context = embedded.config.tls.context()
    answer = parse_response(exchange(embedded.daemon.https_port, raw, context))
    assert answer.text == "badauth"
    secret = embedded.ctl.add("late", HOST)
    assert embedded.router("late", secret).update("myip=203.0.113.5").text == "good 203.0.113.5"


# mooringctl user rename


def test_rename_keeps_all_but_the_login(embedded: Service) -> None:
    ctl, port = embedded.ctl, embedded.daemon.dns_port
    secret = ctl.add("router1", HOST, CAM, options=("--ttl", "120", "--quirk", "nochg-as-good"))
    ctl.add("router2", f"b.{ZONE}")
    assert embedded.router("router1", secret).update(f"hostname={HOST}&myip=203.0.113.5").status == 200
    before = ctl.json("user", "show", "router1")
    shown = json.loads(ctl.ok("user", "rename", "router1", "größer", "--json"))
    assert shown["user"] == "größer"
    assert ctl.json("user", "show", "größer") == {**before, "user": "größer"}
    assert ctl.run("user", "show", "router1").returncode == 1
    soon(embedded.router("router1", secret), "myip=203.0.113.5", "badauth")
    renamed = embedded.router("größer", secret)
    assert renamed.update(f"hostname={HOST}&myip=203.0.113.5").text == "good 203.0.113.5"
    assert dig(port, HOST, "A") == ["203.0.113.5"]
    for words in (["größer", "router2"], ["größer", "größer"]):
        done = ctl.run("user", "rename", *words)
        assert done.returncode == 1 and "exists already" in done.stderr
    for words in (["nobody", "somebody"], ["größer", "a:b"], ["größer", "a\x1b"]):
        done = ctl.run("user", "rename", *words)
        assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert ctl.json("user", "show", "größer")["hosts"] == [HOST, CAM]


def test_rename_under_load_loses_no_address(embedded: Service) -> None:
    """A router that asks all the time, with both logins: whatever is acknowledged stays."""
    ctl, port = embedded.ctl, embedded.daemon.dns_port
    secret = ctl.add("a", HOST)
    routers = {name: embedded.router(name, secret) for name in ("a", "b")}
    for n in range(1, 7):
        old, new = ("a", "b") if n % 2 else ("b", "a")
        acknowledged = f"203.0.{n}.251"
        soon(routers[old], f"myip={acknowledged}", f"good {acknowledged}")
        with ThreadPoolExecutor(1) as pool:
            rename = pool.submit(ctl.ok, "user", "rename", old, new)
            k = 0
            while not rename.done():
                k = k % 250 + 1
                address = f"203.0.{n}.{k}"
                text = routers[old].update(f"myip={address}").text
                assert text in (f"good {address}", "badauth")
                acknowledged = address if text.startswith("good") else acknowledged
                assert dig(port, HOST, "A") in ([], [acknowledged])
            rename.result()
        eventually("it is there", lambda: dig(port, HOST, "A") == [acknowledged])
        soon(routers[new], f"myip={acknowledged}", f"nochg {acknowledged}")


def test_rename_in_a_table(amazon: Amazon, make_service: Callable[..., Service]) -> None:
    service = amazon.service(make_service)
    ctl = service.ctl
    secret = ctl.add("router1", HOST, CAM)
    service.start()
    router = service.router("router1", secret)
    assert router.update(f"hostname={HOST}&myip=203.0.113.5").status == 200
    item = amazon.database.item("router1")
    ctl.ok("user", "rename", "router1", "router2")
    assert amazon.database.item("router1") is None
    renamed = amazon.database.item("router2")
    assert {**item, "user": renamed["user"]} == renamed
    router2 = service.router("router2", secret)
    assert router2.update(f"hostname={HOST}&myip=203.0.113.5").text == "nochg 203.0.113.5"
    assert amazon.records() == {(HOST, "A"): ["203.0.113.5"]}
    ctl.add("router3", f"b.{ZONE}")
    assert "exists already" in ctl.run("user", "rename", "router2", "router3").stderr


def test_rename_that_an_earlier_version_left_half_way_is_ended_by_another(
    amazon: Amazon, make_service: Callable[..., Service]
) -> None:
    service = amazon.service(make_service)
    ctl = service.ctl
    ctl.add("router1", HOST)
    first = amazon.database.item("router1")
    assert first is not None
    second = {**first, "user": {"S": "router2"}}
    amazon.database.put_item(second)
    ctl.ok("user", "rename", "router1", "router2")
    assert amazon.database.item("router1") is None
    assert amazon.database.item("router2") == second
