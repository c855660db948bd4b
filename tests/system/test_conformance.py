# SPDX-License-Identifier: BSD-2-Clause
"""mooringctl conformance: against this daemon, and against servers that are wrong in one thing each."""

from __future__ import annotations

import base64
import json
import os
import pty
import re
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest

from system.conftest import Service
from system.harness import BUILD, HOST, ZONE, dig, environment, eventually, run
from system.nameserver import Answer, NameServer
from system.rows import PUBLIC, Row, read_rows

pytestmark = pytest.mark.http_client

CAM = f"cam.{ZONE}"
SECRET = "a-good-secret"
ROWS = [row for row in read_rows() if row.file == PUBLIC]


def ask(url: str, *options: str, hosts: tuple[str, ...] = (HOST, CAM), **how: object) -> object:
    named = [word for host in hosts for word in ("--host", host)]
    argv = [BUILD / "mooringctl", "conformance", url, "--user", "router1", *named, *options]
    return run(argv, **{"input": SECRET + "\n", **how})


def report(url: str, *options: str, **how: object) -> tuple[int, dict]:
    done = ask(url, "--yes", "--rate", "10000", "--json", *options, **how)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def results(found: dict, result: str) -> list[str]:
    return [f"{row['rules']}: {row['what']}" for row in found["rows"] if row["result"] == result]


def title(row: Row) -> str:
    return f"{' '.join(row.rules)}: {row.what}"


# This daemon.


@pytest.fixture(name="mooring")
def fixture_mooring(embedded: Service) -> Service:
    embedded.ctl.add("router1", HOST, CAM, secret=SECRET)
    return embedded


def test_this_server_passes_every_row(mooring: Service) -> None:
    mooring.router("router1", SECRET).update(f"hostname={HOST}&myip=192.0.2.1,2001:db8::1")
    mooring.router("router1", SECRET).update(f"hostname={CAM}&myip=192.0.2.2,2001:db8::2")
    port = mooring.daemon.dns_port
    options = ("--cacert", str(mooring.config.tls.ca), "--resolver", f"127.0.0.1:{port}")
    status, found = report(mooring.daemon.url, *options)
    assert results(found, "deviates") == results(found, "unjudged") == []
    assert (status, found["pass"]) == (0, len(ROWS))
    assert results(found, "passes") == [title(row) for row in ROWS]
    assert found["requests"] < 2 * len(ROWS)
    # They have their addresses again.
    assert [dig(port, HOST, kind) for kind in ("A", "AAAA")] == [["192.0.2.1"], ["2001:db8::1"]]
    assert [dig(port, CAM, kind) for kind in ("A", "AAAA")] == [["192.0.2.2"], ["2001:db8::2"]]
    assert f"{HOST}; 192.0.2.1 was put back; 2001:db8::1 was put back" in found["afterwards"]


def test_what_was_not_there_before_is_told(mooring: Service) -> None:
    port = mooring.daemon.dns_port
    options = ("--cacert", str(mooring.config.tls.ca), "--resolver", f"127.0.0.1:{port}")
    status, found = report(mooring.daemon.url, *options, hosts=(HOST,))
    assert status == 0
    assert results(found, "unjudged") == ["F1 H1: two names of the account"]
    assert "it had no IPv4 address, and may have one now" in found["afterwards"]


def test_text_names_each_row_and_the_end(mooring: Service) -> None:
    options = ("--cacert", str(mooring.config.tls.ca), "--resolver", "127.0.0.1:1")
    done = ask(mooring.daemon.url, "--yes", "--rate", "10000", *options)
    assert done.returncode == 0 and done.stderr == ""
    *rows, end, home, _ = done.stdout.splitlines()
    assert rows == [f"passes    {title(row)}" for row in ROWS]
    assert re.fullmatch(rf"{len(ROWS)} pass, 0 deviate, 0 unjudged; \d+ requests", end)
    assert home.startswith(f"{HOST}; what IPv4 address it had is not known")


def test_private_sender_is_not_held_against_a_server(mooring: Service) -> None:
    """A zone on the Internet takes no address of the server's own machine."""
    mooring.daemon.stop()
    mooring.config.zones[ZONE]["allow-special-addresses"] = False
    mooring.start()
    options = ("--cacert", str(mooring.config.tls.ca), "--resolver", "127.0.0.1:1")
    status, found = report(mooring.daemon.url, *options)
    assert status == 0
    assert results(found, "unjudged") == ["V1 A5: no address: the sender's"]
    assert results(found, "deviates") == []


# Servers that are wrong.


@dataclass
class Asked:
    """A request as the wrong server sees it."""

    method: str
    target: str
    version: str
    headers: dict[str, str]
    body: str
    login: str = ""
    password: str = ""

    @property
    def values(self) -> dict[str, str]:
        query = urlsplit("http://x/" + self.target.lstrip("/")).query
        pairs = parse_qsl(query, True) + parse_qsl(self.body, True)
        return {name.lower(): value.strip() for name, value in pairs}


@dataclass
class Said:
    status: int
    body: str
    headers: dict[str, str] = field(default_factory=dict)
    close: bool = True
    length: bool = True


@dataclass
class Rival:
    """A server for two hosts. spoil() makes of a right reply the one that it gives."""

    spoil: Callable[[Asked, Said], Said] = lambda _, said: said
    records: dict[tuple[str, int], str] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def answer(self, asked: Asked) -> Said:
        self.asked.append(asked)
        return self.spoil(asked, self.right(asked))

    def right(self, asked: Asked) -> Said:
        if (asked.login, asked.password) != ("router1", SECRET):
            return Said(401, "badauth", {"WWW-Authenticate": 'Basic realm="x"'})
        names = [name for name in asked.values.get("hostname", "").split(",") if name]
        return Said(200, "\n".join(self.line(name, asked.values) for name in names))

    def line(self, name: str, values: dict[str, str]) -> str:
        name = name.lower().removesuffix(".")
        if ".." in name:
            return "notfqdn"
        if name not in (HOST, CAM):
            return "nohost"
        given = f"{values.get('myip', '')},{values.get('myipv6', '')}".split(",")
        addresses = [canonical(one) for one in given if one] or ["127.0.0.1"]
        if None in addresses:
            return "dnserr"
        new = {(name, 6 if ":" in one else 4): one for one in addresses}
        word = "nochg" if all(self.records.get(key) == new[key] for key in new) else "good"
        self.records.update(new)
        return f"{word} {','.join(new[key] for key in sorted(new))}"


def canonical(text: str) -> str | None:
    import ipaddress

    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    return None if found.is_unspecified else str(found)


@pytest.fixture(name="serve")
def fixture_serve() -> Iterator[Callable[[Rival], str]]:
    servers: list[ThreadingHTTPServer] = []

    def serve(rival: Rival) -> str:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                self.raw_requestline = self.rfile.readline(65537)
                if not self.raw_requestline or not self.parse_request():
                    self.close_connection = True
                    return
                answer_over(self, rival)

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def answer_over(handler: BaseHTTPRequestHandler, rival: Rival) -> None:
    method, target, version = handler.requestline.split(" ")
    headers = {name.lower(): value for name, value in handler.headers.items()}
    body = handler.rfile.read(int(headers.get("content-length", "0"))).decode()
    asked = Asked(method, target, version, headers, body)
    if headers.get("authorization", "").startswith("Basic "):
        pair = base64.b64decode(headers["authorization"][6:]).decode()
        asked.login, _, asked.password = pair.partition(":")
    said = rival.answer(asked)
    data = said.body.encode()
    lines = [f"HTTP/1.1 {said.status} x", *(f"{k}: {v}" for k, v in said.headers.items())]
    if said.close:
        lines.append("Connection: close")
    if said.length:
        lines.append(f"Content-Length: {len(data)}")
    else:
        lines.append("Transfer-Encoding: chunked")
        data = b"%x\r\n%s\r\n0\r\n\r\n" % (len(data), data)
    handler.wfile.write(("\r\n".join(lines) + "\r\n\r\n").encode() + data)
    handler.close_connection = True


def test_a_right_server_of_somebody_else_passes(serve: Callable[[Rival], str]) -> None:
    status, found = report(serve(Rival()), "--resolver", "127.0.0.1:1")
    assert results(found, "deviates") == results(found, "unjudged") == []
    assert status == 0


def spoil_row(row: Row) -> Callable[[Asked, Said], Said]:
    """Answers what this row asks last otherwise than the row wants it, and nothing else."""
    exchange = row.exchanges[-1 if "one family" in row.what else 0]
    method, target, version = exchange.ask.split(" ")
    target = target.replace("public1.dyn.example.com", HOST).replace("PUBLIC1.DYN.EXAMPLE.COM", HOST.upper())
    target = target.replace("public2.dyn.example.com", CAM)
    logins = {"nobody": ("", ""), "wrong": ("router1", "not-the-password"), "empty": ("router1", "")}
    login = logins.get(exchange.account, ("router1", SECRET))

    def spoil(asked: Asked, said: Said) -> Said:
        is_it = (method, target, version) == (asked.method, asked.target, asked.version)
        agent = ("-User-Agent" in exchange.head) == ("user-agent" not in asked.headers)
        if not is_it or not agent or (asked.login, asked.password) != login:
            return said
        return otherwise(exchange.replies[0].judge, said)

    return spoil


def otherwise(judge: list[str], said: Said) -> Said:
    if "headers" in judge:
        said.headers.pop("WWW-Authenticate", None)
        return Said(said.status, said.body, said.headers, close=False, length=False)
    if "refused" in judge:
        return Said(200, "good 192.0.2.77")
    if "bytes" in judge:
        return Said(said.status, said.body + "\n", said.headers)
    if "word" in judge:
        word = {"good": "nochg", "nochg": "good"}[said.body.split()[0]]
        return Said(said.status, f"{word} {said.body.split()[1]}")
    if "address" in judge:
        return Said(said.status, said.body.split()[0])
    if judge == ["status"]:
        return Said(403 if said.status == 401 else 404, said.body, said.headers)
    return Said(said.status, "911", said.headers)


def test_no_two_rows_ask_the_same() -> None:
    asked = [
        (one.ask, one.account, str(one.head)) for row in ROWS for one in row.exchanges
    ]
    assert len(asked) == len(set(asked))


@pytest.mark.parametrize("row", ROWS, ids=title)
def test_each_deviation_is_found_alone(serve: Callable[[Rival], str], row: Row) -> None:
    status, found = report(serve(Rival(spoil_row(row))), "--resolver", "127.0.0.1:1")
    assert results(found, "deviates") == [title(row)]
    assert status == 1
    (told,) = [one for one in found["rows"] if one["result"] == "deviates"]
    assert told["found"] and told["hurts"] == row.hurts


# Mistakes of servers that there are.


def test_chunks_trailing_lines_and_prose_are_told(serve: Callable[[Rival], str]) -> None:
    def spoil(_: Asked, said: Said) -> Said:
        return Said(said.status, said.body + "\r\n", said.headers, close=False, length=False)

    status, found = report(serve(Rival(spoil)), "--resolver", "127.0.0.1:1")
    assert status == 1
    assert results(found, "deviates") == [
        "F3: the reply has a length and is not chunked",
        "F4: the connection is closed after the reply",
        "F1 F2: nothing follows the word, no line end either",
    ]


def test_a_server_that_remembers_nothing_fails_where_that_matters(
    serve: Callable[[Rival], str],
) -> None:
    def spoil(_: Asked, said: Said) -> Said:
        return Said(said.status, said.body.replace("nochg", "good"), said.headers)

    _, found = report(serve(Rival(spoil)), "--resolver", "127.0.0.1:1")
    assert results(found, "deviates") == [
        "V4 T1: the same address again changes nothing",
        "A8 D3: what is no address is refused, and changes nothing",
        "A10 A2: the same IPv6 address written out is the same",
        "A6: an update of one family leaves the other alone",
    ]


# When it ends early.


@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        (401, "badauth", 'the first update, as every router sends it, is refused: 401 "badauth"'),
        (429, "", "the server wants no more requests: 429"),
        (200, "abuse", 'the server wants no more requests: 200 "abuse"'),
        (200, "good \x1b[31m", "is refused"),
    ],
)
def test_it_stops_where_the_server_has_had_enough(
    serve: Callable[[Rival], str], status: int, body: str, sentence: str
) -> None:
    rival = Rival(lambda *_: Said(status, body))
    url = serve(rival)
    if "\x1b" in body:
        done = ask(url, "--yes", "--rate", "10000", "--resolver", "127.0.0.1:1")
        assert "\x1b" not in done.stdout + done.stderr
        return
    done = ask(url, "--yes", "--rate", "10000", "--resolver", "127.0.0.1:1")
    assert done.returncode == 1 and sentence in done.stderr
    assert len(rival.asked) == 1


def test_ban_in_the_middle_ends_it_and_puts_back(serve: Callable[[Rival], str]) -> None:
    def spoil(_: Asked, said: Said) -> Said:
        return said if len(rival.asked) != 9 else Said(200, "abuse")

    rival = Rival(spoil)
    answers = {(HOST, "A"): Answer(["203.0.113.9"]), (HOST, "AAAA"): Answer([])}
    with NameServer(answers) as dns:
        done = ask(serve(rival), "--yes", "--rate", "10000", "--resolver", f"127.0.0.1:{dns.port}")
    assert done.returncode == 1 and "wants no more requests" in done.stderr
    assert len(rival.asked) == 10
    assert rival.records[HOST, 4] == "203.0.113.9"
    assert f"{HOST}; 203.0.113.9 was put back; it had no IPv6 address" in done.stdout


def test_nobody_answers(serve: Callable[[Rival], str]) -> None:
    done = ask("http://127.0.0.1:1", "--yes", "--rate", "10000", "--resolver", "127.0.0.1:1")
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert "may have one now" not in done.stdout and "is not known" not in done.stdout


def test_signal_ends_it_and_the_address_is_put_back(serve: Callable[[Rival], str]) -> None:
    rival = Rival()
    with NameServer({(HOST, "A"): Answer(["203.0.113.9"])}) as dns:
        resolver = f"127.0.0.1:{dns.port}"
        words = ["--user", "router1", "--host", HOST, "--yes", "--rate", "20", "--resolver", resolver]
        argv = [str(BUILD / "mooringctl"), "conformance", serve(rival), *words]
        process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, env=environment(),
        )  # fmt: skip
        process.stdin.write(SECRET + "\n")
        process.stdin.flush()
        eventually("some rows are asked", lambda: len(rival.asked) > 5)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 1 and "interrupted" in err
    assert rival.records[HOST, 4] == "203.0.113.9" and "203.0.113.9 was put back" in out
    assert len(rival.asked) < len(ROWS)


# What is asked before.


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["http://x", "--host", HOST], "--user"),
        (["http://x", "--user", "router1"], "--host"),
        (["http://x", "--user", "router1", *["--host", HOST] * 3], "once or twice"),
        (["x.example", "--user", "router1", "--host", HOST], "https://NAME"),
        (["ftp://x", "--user", "router1", "--host", HOST], "https://NAME"),
        (["http://u:p@x", "--user", "router1", "--host", HOST], "every user of this machine"),
        (["http://x/nic/update?hostname=", "--user", "r", "--host", HOST], "ends with the path"),
        (["http://x", "--user", "router1", "--host", HOST], "--yes"),
    ],
)
def test_wrong_usage_asks_nobody_anything(words: list[str], sentence: str) -> None:
    done = run([BUILD / "mooringctl", "conformance", *words], input=SECRET + "\n")
    assert done.returncode == 2 and sentence in done.stderr
    assert SECRET not in done.stderr + done.stdout


def test_another_path_is_asked_instead(serve: Callable[[Rival], str]) -> None:
    rival = Rival()
    status, _ = report(serve(rival) + "/dyn/up", "--resolver", "127.0.0.1:1")
    assert status == 0
    paths = {urlsplit(one.target).path for one in rival.asked}
    assert "/dyn/up" in paths and "/nic/update" not in paths


@pytest.mark.parametrize(("answer", "status", "n"), [("n", 2, 0), ("", 2, 0), ("y", 0, 1)])
def test_terminal_is_asked_first(
    serve: Callable[[Rival], str], answer: str, status: int, n: int
) -> None:
    rival = Rival()
    ours, theirs = pty.openpty()
    words = ["--user", "router1", "--host", HOST, "--rate", "10000", "--resolver", "127.0.0.1:1"]
    argv = [str(BUILD / "mooringctl"), "conformance", serve(rival), *words]
    process = subprocess.Popen(
        argv, stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, text=True, env=environment()
    )
    os.close(theirs)
    shown = read_until(ours, "[y/N] ")
    assert HOST in shown and rival.asked == []
    os.write(ours, answer.encode() + b"\n")
    if n:
        read_until(ours, "Password: ")
        os.write(ours, SECRET.encode() + b"\n")
    shown = read_until(ours, None)
    process.communicate(timeout=60)
    assert process.returncode == status
    assert (len(rival.asked) > 0) == bool(n)
    assert SECRET not in shown
    if n:
        assert f"of {len(ROWS)} rows asked" in shown


def read_until(fd: int, text: str | None) -> str:
    """None: to the end."""
    found = ""
    while text is None or text not in found:
        try:
            data = os.read(fd, 65536)
        except OSError:
            break
        if not data:
            break
        found += data.decode(errors="replace")
    return found
