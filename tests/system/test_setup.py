# SPDX-License-Identifier: BSD-2-Clause
"""mooringctl setup: asks, looks whether it is so, and writes a configuration that the daemon starts
with; whatever goes wrong before, nothing is changed."""

from __future__ import annotations

import grp
import json
import os
import re
import shutil
import socket
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from system.conftest import Service
from system.harness import BUILD, HOST, ZONE, Config, Ctl, Tls, dig, environment, run
from system.nameserver import SERVFAIL, Answer, NameServer
from system.terminal import CONTROL_C, CONTROL_D, Terminal

SERVER = "ddns.example.com"
NS = f"ns1.{ZONE}"
SECRET = re.compile(r"^secret: ([A-Za-z0-9]{32})$", re.MULTILINE)
AGAIN = "look again? [y/N] "
PASTE = "Whoever serves the zone above dyn.example.com has to enter this"

# Everything as it should be.
FOUND = {
    (ZONE, "NS"): Answer([NS]),
    (SERVER, "A"): Answer(["127.0.0.1"]),
    (SERVER, "AAAA"): Answer(),
}


@dataclass
class Written(Config):
    """A configuration that is there already."""

    file: Path = field(default_factory=Path)

    def write(self) -> Path:
        return self.file


@dataclass
class Setup:
    """One machine on which mooring is set up, and the DNS that it sees."""

    folder: Path
    tls: Tls
    dns: NameServer
    services: list[Service] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        return self.folder / "mooring.conf"

    @property
    def common(self) -> list[str]:
        return ["setup", "--resolver", f"127.0.0.1:{self.dns.port}"]

    @property
    def answers(self) -> dict[str, str]:
        """Of the embedded default, by option."""
        return {
            "domain": ZONE,
            "publish": "builtin",
            "name-server": NS,
            "address": "127.0.0.1",
            "lab": "yes",
            "dns-listen": "127.0.0.1:0",
            "server": SERVER,
            "certificate": "files",
            "certificate-file": str(self.tls.certificate),
            "key-file": str(self.tls.key),
            "listen": "127.0.0.1:0",
            "store": "sqlite",
            "store-path": str(self.folder / "mooring.db"),
            "user": "router1",
            "host": HOST,
        }

    def options(self, leave_out: tuple[str, ...] = (), **changes: str) -> list[str]:
        answers = {**self.answers, **{key.replace("_", "-"): v for key, v in changes.items()}}
        return [
            word
            for option, value in answers.items()
            if option not in leave_out
            for word in (f"--{option}", value)
        ]

    @property
    def environ(self) -> dict[str, str]:
        return environment(HOME=str(self.folder), **self.env)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return Ctl(self.path).run(*self.common, *words, env=self.environ)

    def terminal(self, *words: str) -> Terminal:
        argv = [BUILD / "mooringctl", "-c", self.path, *self.common, *words]
        return Terminal(argv, self.environ)

    def check_service(self, shown: str) -> None:
        """The daemon starts with what was written, and takes an update of the account."""
        (secret,) = SECRET.findall(shown)
        service = Service(Written(self.folder, self.tls, file=self.path))
        self.services.append(service)
        daemon = service.start()
        answer = service.router("router1", secret).update(f"hostname={HOST}&myip=127.0.0.2")
        assert answer.text == "good 127.0.0.2"
        assert dig(daemon.dns_port, HOST, "A") == ["127.0.0.2"]
        assert dig(daemon.dns_port, ZONE, "NS") == [f"{NS}."]

    def check_untouched(self) -> None:
        assert [path.name for path in self.folder.iterdir()] == []


@pytest.fixture(name="setup")
def fixture_setup(tmp_path: Path, tls: Tls) -> Iterator[Setup]:
    folder = tmp_path / "etc"
    folder.mkdir()
    with NameServer(dict(FOUND)) as dns:
        made = Setup(folder, tls, dns)
        yield made
    for service in made.services:
        service.finish()


PROMPTS = {
    "domain": "Domain: ",
    "publish": "Name server (builtin or route53) [builtin]: ",
    "name-server": f"Names of this name server [{NS}]: ",
    "address": "Public addresses of this server",
    "lab": "Private addresses for hosts (yes or no) [no]: ",
    "dns-listen": "Addresses and ports of the name server, or Enter for [::]:53: ",
    "server": "Name of this server for routers [",
    "certificate": "Certificate (certbot, lego, files or none) [certbot]: ",
    "certificate-file": "File with the certificate [/etc/mooring/tls/fullchain.pem]: ",
    "key-file": "File with its private key [/etc/mooring/tls/privkey.pem]: ",
    "listen": "Addresses and ports for updates, or Enter for [::]:443: ",
    "store": "Store of accounts (sqlite or dynamodb) [sqlite]: ",
    "store-path": "File of the store [/var/lib/mooring/mooring.db]: ",
    "user": "Login of a first account, or none [none]: ",
    "host": f"Its host names [home.{ZONE}]: ",
}
# What Enter stands for.
DEFAULTS = {"publish", "name-server", "store", "host"}


def answer_all(setup: Setup, terminal: Terminal) -> None:
    for option, prompt in PROMPTS.items():
        terminal.answer(prompt, "" if option in DEFAULTS else setup.answers[option])


def test_every_question_in_a_terminal(setup: Setup) -> None:
    with setup.terminal() as terminal:
        answer_all(setup, terminal)
        asked = terminal.expect(f"write {setup.path}? [y/N] ")
        assert 'name-server-addresses = { "127.0.0.1" }' in asked
        setup.check_untouched()
        terminal.type("y\n")
        status, shown = terminal.finish()
    assert status == 0 and f"{setup.path} is written" in shown
    assert f"mooringd -c '{setup.path}'" in shown and "doctor" in shown
    setup.check_service(shown)


def test_options_alone_without_a_terminal(setup: Setup) -> None:
    done = setup.run(*setup.options())
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{setup.path} is written" in done.stdout
    assert stat.S_IMODE(setup.path.stat().st_mode) == 0o644
    setup.check_service(done.stdout)


def test_an_option_takes_what_its_question_takes(setup: Setup) -> None:
    done = setup.run(*setup.options(host=f"{HOST.split('.', maxsplit=1)[0]},nas"))
    assert (done.returncode, done.stderr) == (0, "")
    account = json.loads(Ctl(setup.path).ok("user", "show", "router1", "--json"))
    assert account["hosts"] == [HOST, f"nas.{ZONE}"]


def test_with_all_options_nobody_is_asked_in_a_terminal_either(setup: Setup) -> None:
    with setup.terminal(*setup.options()) as terminal:
        status, shown = terminal.finish()
    assert status == 0 and "[y/N]" not in shown and "Domain" not in shown
    assert len(SECRET.findall(shown)) == 1


def test_both_ways_write_the_same(setup: Setup) -> None:
    with setup.terminal() as terminal:
        answer_all(setup, terminal)
        terminal.answer(f"write {setup.path}? [y/N] ", "y")
        assert terminal.finish()[0] == 0
    typed = setup.path.read_text()
    setup.path.unlink()
    Path(setup.answers["store-path"]).unlink()
    assert setup.run(*setup.options()).returncode == 0
    assert setup.path.read_text() == typed


OPTIONAL = {"lab", "user", "host"}
NEEDED = sorted(PROMPTS.keys() - OPTIONAL)


@pytest.mark.parametrize("option", NEEDED)
def test_without_a_terminal_a_missing_answer_is_named(setup: Setup, option: str) -> None:
    done = setup.run(*setup.options((option,)))
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"mooringctl: nobody can be asked here: --{option} has to say it")
    assert done.stdout == ""
    setup.check_untouched()


def test_yes_takes_the_defaults(setup: Setup) -> None:
    defaults = ("publish", "name-server", "lab", "store", "user", "host", "server")
    done = setup.run(*setup.options(defaults, domain="lab.example.com"), "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    text = setup.path.read_text()
    assert 'name-servers = { "ns1.lab.example.com" }' in text and 'publisher = "builtin"' in text
    assert "allow-special-addresses" not in text
    assert not SECRET.search(done.stdout)


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("domain", "dyn", 'must be a name with a dot in it, not "dyn"'),
        ("address", "127.0.0.0/8", 'must be an IPv4 or IPv6 address, not "127.0.0.0/8"'),
        ("server", HOST, f"must lie outside of {ZONE}, in which only hosts' names are served"),
        ("publish", "bind", 'must be builtin or route53, not "bind"'),
        ("table", "mooring", "counts only with --store dynamodb"),
        (
            "store-path",
            "mooring.db",
            'must be a path that begins with / and has no quotes in it, not "mooring.db"',
        ),
    ],
)
def test_a_wrong_option_changes_nothing(
    setup: Setup, option: str, value: str, sentence: str
) -> None:
    done = setup.run(*setup.options((option,)), f"--{option}", value)
    assert done.returncode == 2
    assert done.stderr == f"mooringctl: --{option} {sentence}; try mooringctl --help\n"
    setup.check_untouched()


def test_a_wrong_answer_is_asked_again(setup: Setup) -> None:
    with setup.terminal(*setup.options(("domain", "listen"))) as terminal:
        terminal.answer("Domain: ", "dyn")
        terminal.answer('This must be a name with a dot in it, not "dyn".\nDomain: ', ZONE)
        terminal.answer("for [::]:443: ", "443")
        terminal.answer('[::]:443, not "443".\nAddresses and ports for updates', "127.0.0.1:0")
        terminal.answer(f"write {setup.path}? [y/N] ", "y")
        assert terminal.finish()[0] == 0
    assert 'listen = { "127.0.0.1:0" }' in setup.path.read_text()


def test_an_interrupt_has_changed_nothing(setup: Setup) -> None:
    with setup.terminal() as terminal:
        terminal.answer(PROMPTS["domain"], ZONE)
        terminal.answer(PROMPTS["publish"])
        terminal.expect(PROMPTS["name-server"])
        terminal.type(CONTROL_C)
        status, shown = terminal.finish()
    assert status != 0 and PROMPTS["name-server"] not in shown
    setup.check_untouched()


def test_the_end_of_the_input_has_changed_nothing(setup: Setup) -> None:
    with setup.terminal() as terminal:
        terminal.answer(PROMPTS["domain"], ZONE)
        terminal.expect(PROMPTS["publish"])
        terminal.type(CONTROL_D)
        status, shown = terminal.finish()
    assert status == 1
    assert "mooringctl: nothing was written: there is no answer for --publish\n" in shown
    setup.check_untouched()


@pytest.mark.parametrize("line", ["n", ""])
def test_nothing_is_written_without_a_yes(setup: Setup, line: str) -> None:
    with setup.terminal(*setup.options(("domain",))) as terminal:
        terminal.answer(PROMPTS["domain"], ZONE)
        terminal.answer(f"write {setup.path}? [y/N] ", line)
        status, shown = terminal.finish()
    assert status == 1 and "mooringctl: nothing was written\n" in shown
    setup.check_untouched()


def test_a_configuration_that_is_there_is_replaced_only_when_told(setup: Setup) -> None:
    setup.path.write_text("# mine\n")
    setup.path.chmod(0o640)
    for words in ([], setup.options()):  # before anybody is asked
        done = setup.run(*words)
        assert done.returncode == 1 and f"{setup.path} is there already: --replace" in done.stderr
        assert setup.path.read_text() == "# mine\n"
    shown = setup.run(*setup.options(), "--dry-run")
    assert shown.returncode == 0 and f'zone "{ZONE}"' in shown.stdout
    assert [path.name for path in setup.folder.iterdir()] == ["mooring.conf"]
    done = setup.run(*setup.options(), "--replace")
    assert (done.returncode, done.stderr) == (0, "")
    (kept,) = setup.folder.glob("mooring.conf.before-setup-*")
    assert f"what was there is kept as {kept}" in done.stdout
    assert kept.read_text() == "# mine\n"
    assert stat.S_IMODE(setup.path.stat().st_mode) == 0o640
    setup.check_service(done.stdout)


def test_a_dry_run_shows_what_would_be_written(setup: Setup) -> None:
    shown = setup.run(*setup.options(), "--dry-run").stdout
    setup.check_untouched()
    assert not SECRET.search(shown)
    setup.run(*setup.options())
    assert shown.split(" would be:\n\n")[1] == setup.path.read_text()


def test_the_environment_may_name_the_file(setup: Setup) -> None:
    setup.env["MOORING_CONFIG"] = str(setup.path)
    words = setup.options(("user", "host"))
    done = run([BUILD / "mooringctl", *setup.common, *words], env=setup.environ)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{setup.path} is written" in done.stdout and f"-c '{setup.path}' doctor" in done.stdout


def test_a_file_that_cannot_be_written_is_told_before_anybody_is_asked(setup: Setup) -> None:
    path = setup.folder / "missing" / "too" / "mooring.conf"
    with Terminal([BUILD / "mooringctl", "-c", path, "setup"], setup.environ) as terminal:
        status, shown = terminal.finish()
    sentence = f"{path} cannot be written by this user: No such file or directory"
    assert (status, shown) == (1, f"mooringctl: {sentence}\n")
    setup.check_untouched()


# What it looks at.


def next_of(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line.strip() for line in done.stdout.split("\nNext:\n\n")[1].splitlines()]


def lines_of(done: subprocess.CompletedProcess[str], check: str) -> list[str]:
    return [line for line in done.stdout.splitlines() if line[5:].startswith(check + ": ")]


@dataclass
class World:
    answers: dict[tuple[str, str], Answer]
    lines: list[str]
    is_told: bool  # what to enter at the parent


WORLDS = {
    "all is there": World(
        FOUND,
        [f"ok   delegation {ZONE}: delegated to {NS}", f"ok   server {SERVER}: has 127.0.0.1"],
        False,
    ),
    "nothing is there": World(
        {},
        [
            f"warn delegation {ZONE}: not delegated: nobody names its name servers; the parent "
            f"zone needs NS records for it: {NS} (no failure: allow-special-addresses makes it a "
            "lab)",
            f"warn server {SERVER}: has no address yet",
        ],
        True,
    ),
    "before the first start": World(
        {**FOUND, (ZONE, "NS"): Answer(rcode=SERVFAIL)},
        [
            f"note delegation {ZONE}: a resolver answers SERVFAIL: as it is while the parent zone "
            "names this server, and it is not started",
            f"ok   server {SERVER}: has 127.0.0.1",
        ],
        True,
    ),
    "somebody else's": World(
        {(ZONE, "NS"): Answer(["ns.example.net"]), (SERVER, "A"): Answer(["192.0.2.7"])},
        [
            f"warn delegation {ZONE}: delegated to ns.example.net, none of which is the zone's: "
            f"{NS} (no failure: allow-special-addresses makes it a lab)",
            f"warn server {SERVER}: has 192.0.2.7, and not only addresses of this server",
        ],
        True,
    ),
}


@pytest.mark.parametrize("name", WORLDS)
def test_what_the_world_sees_is_told(setup: Setup, name: str) -> None:
    world = WORLDS[name]
    setup.dns.answers = world.answers
    done = setup.run(*setup.options(), "--dry-run")
    assert (done.returncode, done.stderr) == (0, "")
    told = lines_of(done, f"delegation {ZONE}") + lines_of(done, f"server {SERVER}")
    assert told == world.lines
    assert (PASTE in done.stdout) == world.is_told
    if world.is_told:
        paste = done.stdout.split(PASTE)[1].split("\n\n")[1]
        assert [line.strip() for line in paste.splitlines()] == [
            f"{ZONE}. IN NS {NS}.",
            f"{NS}. IN A 127.0.0.1",
            f"{SERVER}. IN A 127.0.0.1",
        ]


def test_what_lies_elsewhere_is_told_apart(setup: Setup) -> None:
    setup.dns.answers = {}
    done = setup.run(*setup.options(server="vm7.hoster.net"), "--dry-run")
    assert (done.returncode, done.stderr) == (0, "")
    parent, other = done.stdout.split(PASTE)[1].split("These names lie outside of that zone")
    assert "hoster" not in parent
    assert other.split("\n\n")[1] == "    vm7.hoster.net. IN A 127.0.0.1"


def test_whoever_enters_it_at_once_may_look_again(setup: Setup) -> None:
    setup.dns.answers = {}
    with setup.terminal(*setup.options(("domain",))) as terminal:
        terminal.answer(PROMPTS["domain"], ZONE)
        assert PASTE in terminal.answer(AGAIN, "y")
        terminal.expect(AGAIN)
        setup.dns.answers = dict(FOUND)
        terminal.type("y\n")
        shown = terminal.expect("write ")
        assert f"ok   delegation {ZONE}: delegated to {NS}" in shown and PASTE not in shown
        terminal.type("n\n")
        assert terminal.finish()[0] == 1


def test_who_does_not_look_again_goes_on(setup: Setup) -> None:
    setup.dns.answers = {}
    with setup.terminal(*setup.options(("domain",))) as terminal:
        terminal.answer(PROMPTS["domain"], ZONE)
        terminal.answer(AGAIN)
        terminal.answer(f"write {setup.path}? [y/N] ", "y")
        assert terminal.finish()[0] == 0


def test_without_a_resolver_nothing_is_known(setup: Setup) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as held:
        held.bind(("127.0.0.1", 0))  # so that nobody else has the port
        held.connect(("127.0.0.1", 9))  # and what others send there is refused
        port = held.getsockname()[1]
        done = setup.run(*setup.options(), "--dry-run", "--resolver", f"127.0.0.1:{port}")
    assert done.returncode == 0
    assert "not known: no resolver answers" in lines_of(done, f"delegation {ZONE}")[0]
    assert "not known: no resolver answers" in lines_of(done, f"server {SERVER}")[0]


def test_a_resolver_that_is_waited_for_is_told(setup: Setup) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        resolver = f"127.0.0.1:{silent.getsockname()[1]}"
        with setup.terminal(*setup.options(), "--dry-run", "--resolver", resolver) as terminal:
            terminal.expect("\rwaiting for a resolver: 2 of 8 seconds, about 6 s left\x1b[K")
            shown = terminal.expect(f"delegation {ZONE}: not known")
            assert shown.endswith(f"\r\x1b[Kwarn delegation {ZONE}: not known"), shown
            terminal.type(CONTROL_C)
            terminal.finish()


@pytest.mark.parametrize("option", ["listen", "dns-listen"])
def test_a_port_that_is_taken_is_told(setup: Setup, option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        at = f"127.0.0.1:{taken.getsockname()[1]}"
        done = setup.run(*setup.options((option,)), f"--{option}", at, "--dry-run")
        again = setup.run(*setup.options((option,)), f"--{option}", at, "--dry-run", "--replace")
    assert done.returncode == 0
    assert lines_of(done, option) == [
        f"warn {option}: {at}: the address is in use by another program"
    ]
    (line,) = lines_of(again, option)
    assert line.endswith("another program (mooringd itself, if it runs already)")
    other = "dns-listen" if option == "listen" else "listen"
    assert lines_of(done, other) == [f"ok   {other}: 127.0.0.1:0 is free"]


def test_a_name_server_needs_both_udp_and_tcp(setup: Setup) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        at = f"127.0.0.1:{taken.getsockname()[1]}"
        done = setup.run(*setup.options(("dns-listen",)), "--dns-listen", at, "--dry-run")
    assert lines_of(done, "dns-listen") == [
        f"warn dns-listen: {at} (UDP): the address is in use by another program"
    ]


def test_an_address_of_another_machine_is_told(setup: Setup) -> None:
    done = setup.run(*setup.options(("lab",), address="1.1.1.1"), "--dry-run")
    assert done.returncode == 0
    (line,) = lines_of(done, "address 1.1.1.1")
    assert line.startswith("note address 1.1.1.1: not on this machine")
    (line,) = lines_of(setup.run(*setup.options(), "--dry-run"), "address 127.0.0.1")
    assert line == (
        "warn address 127.0.0.1: nobody on the Internet reaches it: good for a lab only"
    )


def test_a_domain_that_would_be_for_hosts_alone_is_told(setup: Setup) -> None:
    changes = {"domain": "example.net", "name_server": "ns1.example.net", "host": "home"}
    done = setup.run(*setup.options(**changes), "--dry-run")
    (line,) = lines_of(done, "domain example.net")
    assert line.startswith("warn domain example.net: all of it would be names of hosts")
    assert lines_of(setup.run(*setup.options(), "--dry-run"), f"domain {ZONE}") == []


def test_files_of_a_certificate_are_looked_at(setup: Setup) -> None:
    missing = setup.folder.parent / "missing.pem"
    done = setup.run(*setup.options(("user", "host"), certificate_file=str(missing)))
    assert done.returncode == 1 and done.stderr == "mooringctl: there is no certificate yet\n"
    assert next_of(done)[0] == f"# see to the certificate, {missing}, and its key, {setup.tls.key}"
    assert lines_of(done, "certificate") == [
        f"warn certificate: {missing}: No such file or directory"
    ]
    (line,) = lines_of(done, "certificates")
    assert line.startswith("FAIL certificates: ") and str(missing) in line


# Certificates by another program.


def make_program(folder: Path, name: str, status: int) -> None:
    """Writes its words into a file beside it, one a line."""
    program = folder / name
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >"$0.words"\nexit {status}\n')
    program.chmod(0o755)


@pytest.fixture(name="programs")
def fixture_programs_of_path(setup: Setup, tmp_path: Path) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    setup.env["PATH"] = f"{folder}:{os.environ['PATH']}"
    return folder


def certificate_options(setup: Setup, program: str) -> list[str]:
    options = setup.options(("certificate-file", "key-file", "user", "host"), certificate=program)
    return [*options, "--email", "you@example.com"]


WORDS = {
    "certbot": ["certonly", "--standalone", "-d", SERVER, "--email", "you@example.com"],
    "lego": ["--path", "/etc/lego", "--email", "you@example.com", "--domains", SERVER],
}


GETS = "# gets the certificate, and agrees to the terms of its authority"


def check_nothing_came(done: subprocess.CompletedProcess[str], name: str) -> None:
    """It has ended well, and there is nothing where the daemon looks."""
    assert done.returncode == 1
    assert done.stderr == (
        f"mooringctl: there is no certificate yet, although {name} has ended well\n"
    )
    assert lines_of(done, "certificates")[0].startswith("FAIL certificates: ")
    assert next_of(done)[0].startswith("# see to the certificate, /etc/mooring/tls/fullchain.pem")


@pytest.mark.parametrize("name", WORDS)
def test_the_program_is_run_when_told(setup: Setup, programs: Path, name: str) -> None:
    make_program(programs, name, 0)
    done = setup.run(*certificate_options(setup, name))
    assert done.returncode == 0 and not (programs / f"{name}.words").exists()
    assert lines_of(done, name) == [f"ok   {name}: is installed"]
    left = next_of(done)
    assert left[:2] == [GETS, next(line for line in left if line.startswith(f"sudo {name} "))]
    assert left[2].startswith("mooringd -c ") and "This gets" not in done.stdout
    done = setup.run(*certificate_options(setup, name), "--replace", "--run-certificate")
    check_nothing_came(done, name)
    words = (programs / f"{name}.words").read_text().splitlines()
    assert words[:6] == WORDS[name]
    assert words[-1].endswith("/share/mooring/deploy-certificate")
    assert ("renew" in next_of(done)[-1]) == (name == "lego")


def test_a_program_that_fails_is_told_and_the_rest_is_done(setup: Setup, programs: Path) -> None:
    make_program(programs, "certbot", 3)
    done = setup.run(*certificate_options(setup, "certbot"), "--run-certificate")
    assert done.returncode == 1
    assert done.stderr == (
        "mooringctl: there is no certificate yet: certbot ended with status 3\n"
    )
    assert setup.path.exists() and next_of(done)[0] == GETS
    assert next_of(done)[1].startswith("sudo certbot certonly ")


def test_a_program_that_is_not_there_is_told(setup: Setup, programs: Path) -> None:
    setup.env["PATH"] = str(programs)
    done = setup.run(*certificate_options(setup, "lego"), "--run-certificate")
    assert done.returncode == 1 and setup.path.exists()
    assert lines_of(done, "lego") == ["warn lego: is not installed here"]
    assert done.stderr == (
        "mooringctl: there is no certificate yet: cannot run lego: No such file or directory\n"
    )


def test_the_program_is_run_after_a_yes(setup: Setup, programs: Path) -> None:
    make_program(programs, "certbot", 0)
    options = certificate_options(setup, "certbot")
    at = options.index("--domain")
    for line, is_run in (("n", False), ("y", True)):
        with setup.terminal(*options[:at], *options[at + 2 :], "--replace") as terminal:
            terminal.answer(PROMPTS["domain"], ZONE)
            terminal.answer(PROMPTS["user"])
            terminal.answer(f"write {setup.path}? [y/N] ", "y")
            terminal.answer("run it now? [y/N] ", line)
            status, shown = terminal.finish()
        assert status == int(is_run) and (GETS in shown) == (not is_run)
        assert (programs / "certbot.words").exists() == is_run


HOOK = Path(__file__).parents[2] / "etc" / "deploy-certificate"
# As certbot does once it has a certificate.
CERTBOT = """#!/bin/sh
while [ "$1" != --deploy-hook ]; do shift; done
RENEWED_LINEAGE={lineage} exec "$2"
"""


def test_the_hook_that_is_installed_beside_it_gives_the_certificate_away(
    setup: Setup, programs: Path, tmp_path: Path
) -> None:
    """Program and hook in the folders of an installation; certbot's part is played."""
    hook = tmp_path / "share" / "mooring" / "deploy-certificate"
    hook.parent.mkdir(parents=True)
    shutil.copy(HOOK, hook)
    shutil.copy(BUILD / "mooringctl", programs)
    lineage, given = tmp_path / "lineage", tmp_path / "tls"
    lineage.mkdir()
    shutil.copy(setup.tls.certificate, lineage / "fullchain.pem")
    shutil.copy(setup.tls.key, lineage / "privkey.pem")
    (programs / "certbot").write_text(CERTBOT.format(lineage=lineage))
    (programs / "certbot").chmod(0o755)
    make_program(programs, "systemctl", 1)  # no daemon to be reloaded
    setup.env["MOORING_TLS_DIR"] = str(given)
    setup.env["MOORING_GROUP"] = grp.getgrgid(os.getgid()).gr_name
    words = [*setup.common, *certificate_options(setup, "certbot"), "--run-certificate"]
    done = run([programs / "mooringctl", "-c", setup.path, *words], env=setup.environ)
    check_nothing_came(done, "certbot")  # the daemon looks elsewhere
    assert f"--deploy-hook '{hook}'" in done.stdout
    assert (given / "fullchain.pem").read_bytes() == setup.tls.certificate.read_bytes()
    assert (given / "privkey.pem").read_bytes() == setup.tls.key.read_bytes()


def test_a_folder_that_is_missing_is_left_to_be_made(setup: Setup) -> None:
    path = setup.folder / "new" / "mooring.db"
    done = setup.run(*setup.options(("user", "host"), store_path=str(path)))
    assert (done.returncode, done.stderr) == (0, "")
    assert next_of(done)[1:3] == [f"sudo mkdir '{path.parent}'", f"mooringd -c '{setup.path}'"]


def test_run_and_dry_run_exclude_each_other(setup: Setup) -> None:
    done = setup.run("--dry-run", "--run-certificate")
    assert done.returncode == 2 and "exclude each other" in done.stderr


# Amazon's.


@pytest.mark.aws
def test_a_table_and_a_hosted_zone(setup: Setup) -> None:
    options = [
        *("--domain", ZONE, "--publish", "route53", "--hosted-zone", "Z0123456789"),
        *("--server", SERVER, "--certificate", "none", "--listen", "127.0.0.1:0"),
        *("--store", "dynamodb", "--table", "mooring"),
    ]
    done = setup.run(*options)
    assert (done.returncode, done.stderr) == (0, "")
    assert lines_of(done, "credentials")[0].startswith("note credentials: none of AWS's")
    assert "aws route53 get-hosted-zone --id Z0123456789" in done.stdout
    text = setup.path.read_text()
    assert 'hosted-zone-id = "Z0123456789"' in text and 'table = "mooring"' in text
    assert "region" not in text and "dns-listen" not in text
    setup.env.update({"AWS_ACCESS_KEY_ID": "AKIA", "AWS_REGION": "eu-west-1"})
    done = setup.run(*options, "--replace")
    assert lines_of(done, "credentials")[0].startswith("ok   credentials: there are some")
    assert 'region = "eu-west-1"' in setup.path.read_text()
    checked = run([BUILD / "mooringd", "-c", setup.path, "-n"])
    assert checked.returncode == 0, checked.stderr


def test_an_account_that_cannot_be_made_is_told(setup: Setup) -> None:
    done = setup.run(*setup.options(host=NS))
    assert done.returncode == 1 and setup.path.exists()
    assert NS in done.stderr and "Next:" in done.stdout
