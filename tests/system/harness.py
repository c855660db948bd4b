# SPDX-License-Identifier: BSD-2-Clause
"""Runs mooringd and mooringctl, and speaks to them as raw bytes."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from time import monotonic

from aws.emulators import clean_environment

from system.handover import handing_over
from system.logline import Line, log_pattern, parse_line
from system.unit_filters import under_filters

TOP = Path(__file__).resolve().parent.parent.parent
BUILD = Path(os.environ.get("MOORING_BUILD") or TOP / "build").resolve()
SUPPRESSIONS = TOP / "tests" / "thread" / "suppressions"
# Under valgrind, say, a program takes its time.
PATIENCE = int(os.environ.get("MOORING_PATIENCE", "1"))
START_TIMEOUT_S = 20 * PATIENCE
STOP_TIMEOUT_S = 20 * PATIENCE
HAS_FILTERS = os.environ.get("MOORING_FILTERS") != "no"
CLIENT_TIMEOUT_S = 60 * PATIENCE
REPORTS = re.compile(
    r"(ERROR|WARNING|FATAL): (Address|Leak|Thread|Memory)Sanitizer|runtime error:|MHD_PANIC|Assertion"
)
ZONE = "dyn.example.com"
HOST = "home.dyn.example.com"
NAME = "ddns.example.test"  # the service's own name in its certificate

Value = str | int | bool | list[str]


def environment(**extra: str) -> dict[str, str]:
    """Nothing of the caller's AWS, proxy or mooring settings; sanitizers are strict."""
    kept = {k: v for k, v in clean_environment().items() if not k.startswith("MOORING_")}
    return {
        **kept,
        "ASAN_OPTIONS": "detect_leaks=1:detect_stack_use_after_return=1:abort_on_error=0:exitcode=99",
        "TSAN_OPTIONS": f"suppressions={SUPPRESSIONS}:exitcode=99",
        "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1:exitcode=99",
        "AWS_EC2_METADATA_DISABLED": "true",
        **extra,
    }


def run(argv: list[str | Path], **options: object) -> subprocess.CompletedProcess[str]:
    settings = {"env": environment(), "timeout": CLIENT_TIMEOUT_S, **options}
    if "input" not in settings:
        settings.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run(
        [str(word) for word in argv], check=False, capture_output=True, text=True, **settings
    )


def eventually(what: str, found: Callable[[], bool], timeout: float = 30) -> None:
    """For what only shows by asking again; found() should itself take a moment. timeout is patience with a
    slow machine, or what was promised."""
    deadline = monotonic() + timeout
    pause = threading.Event()
    while not found():
        if monotonic() > deadline:
            raise TimeoutError(f"not within {timeout} s: {what}")
        pause.wait(0.05)


# Certificates.


@dataclass
class Tls:
    """An authority and one server certificate by it."""

    directory: Path
    serial: int = 0
    names: tuple[str, ...] = ()  # more than its own, for the certificate

    @property
    def ca(self) -> Path:
        return self.directory / "ca.pem"

    @property
    def certificate(self) -> Path:
        return self.directory / "server.pem"

    @property
    def key(self) -> Path:
        return self.directory / "server.key"

    def openssl(self, *words: str | Path) -> str:
        done = run(["openssl", *words], cwd=self.directory)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def make_authority(self) -> Tls:
        # fmt: off
        self.openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-days", "30", "-subj", "/CN=mooring test authority", "-keyout", "ca.key",
            "-out", "ca.pem",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign",
        )
        # fmt: on
        return self.make_certificate()

    def make_certificate(self, stem: str = "server") -> Tls:
        """A new key and certificate; each has a serial number of its own."""
        self.serial += 1
        names = ",".join(f"DNS:{name}" for name in ("localhost", NAME, *self.names))
        (self.directory / "extensions").write_text(
            f"subjectAltName={names},IP:127.0.0.1,IP:::1\n"
            "basicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth\n"
        )
        # fmt: off
        self.openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-subj", f"/CN={NAME}", "-keyout", f"{stem}.key.new", "-out", "server.csr",
        )
        self.openssl(
            "x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
            "-set_serial", str(self.serial), "-days", "30", "-extfile", "extensions",
            "-out", f"{stem}.pem.new",
        )
        # fmt: on
        for suffix in ("key", "pem"):
            new = self.directory / f"{stem}.{suffix}.new"
            new.rename(self.directory / f"{stem}.{suffix}")
        return self

    def context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.ca))

    def server_context(self) -> ssl.SSLContext:
        """For the gate to be an AWS endpoint with."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


# Configuration.


def quoted(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return "{ " + ", ".join(quoted(item) for item in value) + " }" if value else "{}"
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def section(values: dict[str, Value]) -> str:
    return "".join(f"{key} = {quoted(value)}\n" for key, value in values.items())


@dataclass
class Config:
    """What the file will say; the defaults are the embedded service on free ports."""

    directory: Path
    tls: Tls
    top: dict[str, Value] = field(default_factory=dict)
    store: dict[str, Value] = field(default_factory=dict)
    zones: dict[str, dict[str, Value]] = field(default_factory=dict)
    listeners: dict[str, dict[str, Value]] = field(default_factory=dict)
    notifies: dict[str, dict[str, Value]] = field(default_factory=dict)
    heartbeats: dict[str, dict[str, Value]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.top = {
            "listen": ["127.0.0.1:0"],
            "dns-listen": ["127.0.0.1:0"],
            "certificate": str(self.tls.certificate),
            "private-key": str(self.tls.key),
            # Tests fail to log in, and change a host, as often as they like; those that are about
            # the brakes set them (test_guessing.py).
            "auth-penalty": 0,
            "changes-per-hour": 0,
            # Nor is there a write behind an answer where a test counts them (test_history.py).
            "history": "none",
            **self.top,
        }
        self.store = self.store or {"type": "sqlite", "path": str(self.directory / "mooring.db")}
        self.zones = self.zones or {
            ZONE: {"name-server-addresses": ["127.0.0.1"], "allow-special-addresses": True}
        }

    @property
    def path(self) -> Path:
        return self.directory / "mooring.conf"

    def text(self) -> str:
        kinds = {
            "listen-at": self.listeners,
            "zone": self.zones,
            "notify": self.notifies,
            "heartbeat": self.heartbeats,
        }
        titled = "".join(
            f'{kind} "{name}" {{\n{section(values)}}}\n'
            for kind, sections in kinds.items()
            for name, values in sections.items()
        )
        return section(self.top) + "store {\n" + section(self.store) + "}\n" + titled

    def write(self) -> Path:
        """Only what is new: commands that run at once each call this, and read the file."""
        text = self.text()
        if not self.path.exists() or self.path.read_text() != text:
            self.path.write_text(text)
        return self.path


# The daemon.


class Daemon:
    """One mooringd, under the unit's filters of system calls. stop() proves that it ends well, kill()
    is the plug pulled. inherited: file descriptors that it gets as a service manager's."""

    def __init__(
        self,
        config: Config,
        *,
        env: dict[str, str] | None = None,
        wrapper: list[str] | None = None,
        options: tuple[str, ...] = (),
        filtered: bool = True,
        inherited: Sequence[int] = (),
        program: Path = BUILD / "mooringd",
    ):
        self.config = config
        self.env = env or {}
        self.lines: list[str] = []
        self.times: list[float] = []  # when each line was read
        self._changed = threading.Condition()
        self._may_read = threading.Lock()
        self._ended = False
        filters = under_filters(program) if filtered and HAS_FILTERS else []
        heir = handing_over(inherited) if inherited else []
        argv = [*(wrapper or []), *heir, *filters, str(program), "-c", str(config.write()), *options]
        self.process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment(HOME=str(config.directory), **self.env),
            cwd=config.directory,
            pass_fds=inherited,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        with self.process.stderr as stream:
            for raw in stream:
                with self._may_read, self._changed:
                    self.lines.append(raw.decode(errors="replace").rstrip("\n"))
                    self.times.append(monotonic())
                    self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    @contextmanager
    def unread(self) -> Iterator[None]:
        """Nobody reads its log meanwhile, but for what the reader has already taken from the pipe."""
        with self._may_read:
            yield

    @property
    def log(self) -> str:
        with self._changed:
            return "\n".join(self.lines)

    def log_lines(self, pattern: str) -> list[str]:
        with self._changed:
            return [line for line in self.lines if re.search(pattern, line)]

    def entries(self, message: str = "") -> list[Line]:
        """The lines so far, parsed; those with that message alone if one is given."""
        with self._changed:
            found = [parse_line(line) for line in self.lines]
        return [line for line in found if message in ("", line.message)]

    def wait_log(self, pattern: str, n: int = 1, timeout: float = START_TIMEOUT_S) -> list[str]:
        """The first n lines that match; fails at once when the daemon ends without them."""

        def found() -> list[str]:
            return [line for line in self.lines if re.search(pattern, line)]

        with self._changed:
            self._changed.wait_for(lambda: len(found()) >= n or self._ended, timeout)
            lines = found()
        assert len(lines) >= n, f"no {pattern!r} (x{n}) in the log:\n{self.log}"
        return lines

    def wait_ready(self) -> Daemon:
        self.wait_log(READY)
        return self

    @cached_property
    def _ready(self) -> dict[str, list[int]]:
        return ready_ports(self.wait_log(READY)[0])

    def ports(self, kind: str) -> list[int]:
        """The real ports of "https", "plain", "admin" or "dns" as the ready line tells them."""
        return self._ready.get(kind, [])

    @property
    def https_port(self) -> int:
        return self.ports("https")[0]

    @property
    def plain_port(self) -> int:
        return self.ports("plain")[0]

    @property
    def dns_port(self) -> int:
        return self.ports("dns")[0]

    @property
    def url(self) -> str:
        return f"https://localhost:{self.https_port}"

    def cpu_seconds(self) -> float:
        """User and system time so far, from proc(5)."""
        text = Path(f"/proc/{self.process.pid}/stat").read_text()
        fields = text.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def send_signal(self, number: int) -> None:
        self.process.send_signal(number)

    def wait(self, timeout: float = STOP_TIMEOUT_S) -> int:
        status = self.process.wait(timeout)
        self._reader.join(timeout)
        return status

    def stop(self, number: int = signal.SIGTERM) -> None:
        if self.process.poll() is None:
            self.send_signal(number)
        try:
            status = self.wait()
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.wait()
            raise AssertionError(f"did not end within {STOP_TIMEOUT_S} s:\n{self.log}") from None
        self.check_reports()
        forbidden = " by a call that the unit forbids" if status == -signal.SIGSYS else ""
        assert status == 0, f"ended with {status}{forbidden}:\n{self.log}"

    def kill(self) -> None:
        self.process.kill()
        self.wait()

    def check_reports(self) -> None:
        assert not REPORTS.search(self.log), self.log


READY = log_pattern("ready")


def ready_ports(line: str) -> dict[str, list[int]]:
    """From `ready https=127.0.0.1:43211 dns=127.0.0.1:5353,[::1]:5353`, or the same as JSON."""
    return {
        kind: [int(address.rpartition(":")[2]) for address in addresses.split(",")]
        for kind, addresses in parse_line(line).fields.items()
    }


# The administrator's tool.


@dataclass
class Ctl:
    config: Path
    env: dict[str, str] = field(default_factory=dict)

    def run(self, *words: str, **options: object) -> subprocess.CompletedProcess[str]:
        done = run(
            [BUILD / "mooringctl", "-c", self.config, *words],
            **{"env": environment(**self.env), **options},
        )
        assert not REPORTS.search(done.stderr), done.stderr
        return done

    def ok(self, *words: str, **options: object) -> str:
        done = self.run(*words, **options)
        assert done.returncode == 0, f"{words}: {done.returncode}: {done.stderr}"
        return done.stdout

    def json(self, *words: str) -> object:
        return json.loads(self.ok(*words, "--json"))

    def add(self, user: str, *hosts: str, secret: str | None = None, options: tuple = ()) -> str:
        """Makes an account and returns its secret."""
        if secret is not None:
            self.ok("user", "add", user, *hosts, *options, "--secret-stdin", input=secret + "\n")
            return secret
        made = self.json("user", "add", user, *hosts, *options)
        assert made["user"] == user
        return made["secret"]


# HTTP as bytes.


@dataclass
class Response:
    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes
    version: str

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def one(self, name: str) -> str | None:
        values = self.all(name)
        assert len(values) <= 1, f"{name} came more than once: {values}"
        return values[0] if values else None

    @property
    def text(self) -> str:
        return self.body.decode("ascii")


def parse_response(raw: bytes) -> Response:
    head, separator, body = raw.partition(b"\r\n\r\n")
    assert separator, f"no reply: {raw[:200]!r}"
    first, *lines = head.decode("latin-1").split("\r\n")
    version, status, reason = (first + "  ").split(" ", 2)
    headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    return Response(int(status), reason.strip(), headers, body, version)


def connect(
    port: int, context: ssl.SSLContext | None = None, timeout: float = 15, host: str = "127.0.0.1"
) -> socket.socket:
    sock = socket.create_connection((host, port), timeout)
    if context is None:
        return sock
    try:
        return context.wrap_socket(sock, server_hostname="localhost")
    except OSError:
        sock.close()
        raise


def read_to_end(sock: socket.socket) -> bytes:
    received = b""
    try:
        while data := sock.recv(65536):
            received += data
    except (ConnectionResetError, ssl.SSLEOFError):
        pass
    return received


def read_one(sock: socket.socket) -> Response:
    """One reply of a connection that stays open."""
    received = b""
    while b"\r\n\r\n" not in received:
        data = sock.recv(65536)
        assert data, f"closed after {received!r}"
        received += data
    length = int(parse_response(received).one("Content-Length"))
    while len(parse_response(received).body) < length:
        data = sock.recv(65536)
        assert data, f"closed after {received!r}"
        received += data
    return parse_response(received)


def exchange(
    port: int, raw: bytes, context: ssl.SSLContext | None = None, timeout: float = 15
) -> bytes:
    """What comes back until the server closes."""
    with connect(port, context, timeout) as sock:
        sock.sendall(raw)
        return read_to_end(sock)


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def get(target: str, *headers: str, version: str = "HTTP/1.1", method: str = "GET") -> bytes:
    lines = [f"{method} {target} {version}", "Host: localhost", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


# What monitors ask.

SAMPLE = re.compile(r'(mooring_[a-z0-9_]+(?:\{(?:[a-z]+="[^"\\\n]*",?)+\})?) (-?\d+(?:\.\d+)?)')


def ask_admin(daemon: Daemon, target: str, method: str = "GET") -> Response:
    raw = get(target, "Connection: close", method=method)
    return parse_response(exchange(daemon.ports("admin")[0], raw))


def metrics(daemon: Daemon) -> dict[str, float]:
    """Every sample; fails on a line that is none, and on a family without its head."""
    found: dict[str, float] = {}
    typed: set[str] = set()
    for line in ask_admin(daemon, "/metrics").text.splitlines():
        if head := re.fullmatch(r"# TYPE (mooring_\w+) (counter|gauge|histogram)", line):
            assert head[1] not in typed
            typed.add(head[1])
            if head[2] == "histogram":
                typed |= {head[1] + suffix for suffix in ("_bucket", "_sum", "_count")}
        elif not line.startswith("# HELP mooring_"):
            sample = SAMPLE.fullmatch(line)
            assert sample, line
            assert sample[1].partition("{")[0] in typed and sample[1] not in found
            found[sample[1]] = float(sample[2]) if "." in sample[2] else int(sample[2])
    return found


@dataclass
class Router:
    """A client with a login, as plain as can be."""

    daemon: Daemon
    user: str
    password: str

    def update(self, query: str = "", timeout: float = 15) -> Response:
        target = "/nic/update" + (f"?{query}" if query else "")
        raw = get(target, "Authorization: " + basic(self.user, self.password), "Connection: close")
        context = self.daemon.config.tls.context()
        return parse_response(exchange(self.daemon.https_port, raw, context, timeout))


# DNS.


def dig(port: int, name: str, kind: str, *options: str) -> list[str]:
    """The short answer, sorted."""
    done = run(
        [
            "dig",
            "@127.0.0.1",
            "-p",
            str(port),
            "+tries=2",
            "+time=2",
            "+short",
            *options,
            name,
            kind,
        ]
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return sorted(done.stdout.split())


def dig_status(port: int, name: str, kind: str = "A", *options: str) -> str:
    """NOERROR, NXDOMAIN, REFUSED ..."""
    done = run(["dig", "@127.0.0.1", "-p", str(port), "+tries=2", "+time=2", *options, name, kind])
    match = re.search(r"status: (\w+)", done.stdout)
    assert match, done.stdout + done.stderr
    return match[1]
