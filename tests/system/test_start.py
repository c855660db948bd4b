# SPDX-License-Identifier: BSD-2-Clause
"""The addresses that are listened on, what `mooringd -n --start` finds, and an edited configuration."""

from __future__ import annotations

import re
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from system.conftest import Service
from system.handover import Kept, handing_over
from system.harness import BUILD, ZONE, Daemon, environment, run
from system.lending import lend, lend_files

ALONE = [sys.executable, str(Path(__file__).with_name("alone.py"))]
LISTEN = "0A"  # the state of a TCP socket in proc(5)
ANY_V4, ANY_V6 = "00000000", "0" * 32


def bound(daemon: Daemon) -> set[tuple[str, str, int]]:
    """What is bound in the daemon's own network: (table, address as in proc(5), port)."""
    found = set()
    for table in ("tcp", "tcp6", "udp", "udp6"):
        path = Path(f"/proc/{daemon.process.pid}/net/{table}")
        for line in path.read_text().splitlines()[1:] if path.exists() else ():
            words = line.split()
            address, _, port = words[1].partition(":")
            if table.startswith("udp") or words[3] == LISTEN:
                found.add((table, address, int(port, 16)))
    return found


# Addresses.


@pytest.mark.parametrize("order", [1, -1], ids=["IPv4 first", "IPv6 first"])
def test_both_families_of_one_port(make_service: Callable[..., Service], order: int) -> None:
    ports = {"listen": 443, "listen-plain": 80, "admin-listen": 9153, "dns-listen": 53}
    top = {key: [f"0.0.0.0:{port}", f"[::]:{port}"][::order] for key, port in ports.items()}
    daemon = make_service(top=top).start(wrapper=ALONE)
    want = {("tcp", ANY_V4, port) for port in ports.values()}
    want |= {("tcp6", ANY_V6, port) for port in ports.values()}
    want |= {("udp", ANY_V4, 53), ("udp6", ANY_V6, 53)}
    assert bound(daemon) == want


def defaults(service: Service) -> Service:
    for key in ("listen", "dns-listen"):
        del service.config.top[key]
    return service


def test_any_address_is_for_both_families(make_service: Callable[..., Service]) -> None:
    daemon = defaults(make_service()).start(wrapper=ALONE)
    assert bound(daemon) == {("tcp6", ANY_V6, 443), ("tcp6", ANY_V6, 53), ("udp6", ANY_V6, 53)}
    assert not daemon.log_lines("IPv6")


def test_a_kernel_without_ipv6_serves_the_defaults(make_service: Callable[..., Service]) -> None:
    daemon = defaults(make_service()).start(wrapper=[*ALONE, "--without-ipv6"])
    assert bound(daemon) == {("tcp", ANY_V4, 443), ("tcp", ANY_V4, 53), ("udp", ANY_V4, 53)}
    lines = daemon.log_lines("this kernel has no IPv6")
    assert len(lines) == 2 and "[::]:443" in lines[0] and "[::]:53" in lines[1]
    (ready,) = daemon.log_lines("ready ")
    assert "https=0.0.0.0:443" in ready and "dns=0.0.0.0:53" in ready


@pytest.mark.parametrize("key", ["listen", "listen-plain", "admin-listen", "dns-listen"])
def test_an_address_that_somebody_wrote_needs_ipv6(
    make_service: Callable[..., Service], key: str
) -> None:
    service = make_service(top={key: ["[::]:8053"]})
    daemon = service.launch(wrapper=[*ALONE, "--without-ipv6"])
    assert daemon.wait() == 1
    (line,) = daemon.log_lines(r"\[::\]:8053")
    assert "this kernel has no IPv6" in line
    service.daemons.remove(daemon)


# mooringd -n --start.


def start_check(service: Service, **options: object) -> tuple[int, list[str]]:
    done = run([BUILD / "mooringd", "-n", "--start", "-c", service.config.write()], **options)
    assert "Sanitizer" not in done.stderr, done.stderr
    assert (done.returncode == 0) == (done.stdout == f"{service.config.path}: OK\n"), done.stdout
    return done.returncode, done.stderr.splitlines()


@pytest.fixture(name="readable")
def fixture_readable(make_service: Callable[..., Service]) -> Service:
    """A service whose files the user mooring may read, should there be one."""
    service = make_service()
    lend_files(service)
    return service


def test_nothing_is_in_the_way(readable: Service) -> None:
    assert start_check(readable) == (0, [])


def test_bad_certificate_of_a_listener_is_told(readable: Service) -> None:
    key = readable.config.directory / "bad.key"
    key.write_text("nothing")
    lend(key)
    pair = f"{readable.config.tls.certificate}:{key}"
    readable.config.listeners = {"x": {"address": "127.0.0.1:0", "certificates": [pair]}}
    status, lines = start_check(readable)
    assert status == 1 and len(lines) == 1 and f"{key}: " in lines[0], lines


def test_every_taken_port_is_told(readable: Service) -> None:
    with ExitStack() as stack:
        taken = {}
        for key in ("listen", "listen-plain", "admin-listen"):
            server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            taken[key] = server.getsockname()[1]
        # Both transports of one port, so that nobody else can take one of them meanwhile.
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        taken["dns-listen"] = server.getsockname()[1]
        dns = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        dns.bind(("127.0.0.1", taken["dns-listen"]))
        for key, port in taken.items():
            readable.config.top[key] = [f"127.0.0.1:{port}"]
        status, lines = start_check(readable)
        assert status == 1 and len(lines) == len(taken) + 1
        told = [re.search(r"127\.0\.0\.1:(\d+)( \(UDP\))?: .* in use", line) for line in lines]
        assert all(told), lines
        wanted = [(str(port), None) for port in taken.values()]
        wanted.append((str(taken["dns-listen"]), " (UDP)"))
        assert sorted(t.groups("") for t in told) == sorted((p, u or "") for p, u in wanted)


def test_sockets_of_the_service_manager_are_not_in_use(readable: Service) -> None:
    with Kept() as kept:
        port, dns = kept.tcp(), kept.dns()
        readable.config.top["listen"] = [f"127.0.0.1:{port}"]
        readable.config.top["dns-listen"] = [f"127.0.0.1:{dns}"]
        argv = [BUILD / "mooringd", "-n", "--start", "-c", readable.config.write()]
        done = run([*handing_over(kept.fds), *argv], pass_fds=kept.fds)
        assert (done.returncode, done.stderr) == (0, "")
        status, lines = start_check(readable)
        assert status == 1 and len(lines) == 3
        readable.config.top["listen"] = ["127.0.0.1:0"]
        readable.config.write()
        done = run([*handing_over(kept.fds), *argv], pass_fds=kept.fds)
        assert done.returncode == 78 and f"127.0.0.1:{port} (TCP)" in done.stderr


def test_every_file_is_told(readable: Service, tmp_path: Path) -> None:
    readable.config.top["private-key"] = str(tmp_path / "absent.pem")
    readable.config.store["path"] = str(tmp_path / "a-file" / "mooring.db")
    (tmp_path / "a-file").touch()
    status, lines = start_check(readable)
    assert status == 1 and len(lines) == 2
    assert "absent.pem" in lines[0] and "a-file" in lines[1]


@pytest.mark.parametrize("kind", ["a folder", "no database", "in a folder that is not there"])
def test_a_store_that_no_start_can_open_is_told(readable: Service, kind: str) -> None:
    path = readable.config.directory / "store.db"
    if kind == "a folder":
        path.mkdir(mode=0o777)
    elif kind == "no database":
        path.write_text("# not a database, but a long enough file\n")
        path.chmod(0o666)
    else:
        path /= "mooring.db"
    readable.config.store["path"] = str(path)
    status, lines = start_check(readable)
    faults = [line for line in lines if "warning: every user of this machine" not in line]
    assert status == 1 and len(faults) == 1 and str(path.parent) in faults[0]


@pytest.mark.parametrize("words", [["-n"], ["-n", "--start"], ["-T"], ["--version"], ["-h"]])
def test_output_that_cannot_be_written_fails(readable: Service, words: list[str]) -> None:
    argv = [BUILD / "mooringd", "-c", readable.config.write(), *words]
    with open("/dev/full", "w", encoding="ascii") as full:
        done = subprocess.run(
            argv, check=False, env=environment(), stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1 and "standard output" in done.stderr


def test_nothing_is_left_behind_by_a_check(readable: Service) -> None:
    before = sorted(readable.config.directory.iterdir())
    readable.config.write()
    assert start_check(readable) == (0, [])
    assert sorted(readable.config.directory.iterdir()) in (before, [readable.config.path])
    readable.start()


# A reload after an edit.


def reload(service: Service) -> list[str]:
    """What the log says of the configuration until the certificate is read again."""
    daemon = service.daemons[0]
    n = len(daemon.log_lines("certificate was read again"))
    seen = len(daemon.log.splitlines())
    service.config.write()
    daemon.send_signal(signal.SIGHUP)
    daemon.wait_log("certificate was read again", n + 1)
    return [line for line in daemon.log.splitlines()[seen:] if "configuration" in line]


def test_a_reload_says_what_needs_a_restart(embedded: Service) -> None:
    config = embedded.config
    assert not reload(embedded)
    config.top["retry-after"] = 77
    config.zones[ZONE]["ttl"] = 5
    config.zones["more.example.org"] = {"name-servers": ["ns.example.net"]}
    (line,) = reload(embedded)
    wanted = f"restart mooringd to use the new retry-after, zone {ZONE} ttl, zone more.example.org"
    assert wanted in line
    del config.top["retry-after"], config.zones[ZONE]["ttl"], config.zones["more.example.org"]
    assert not reload(embedded)


def test_a_reload_says_what_is_wrong(embedded: Service) -> None:
    embedded.config.top["retry-after"] = "soon"
    (line,) = reload(embedded)
    assert "a restart would fail" in line and "retry-after" in line
    del embedded.config.top["retry-after"]
    assert not reload(embedded)


# What the kernel may show of the process.


@pytest.mark.parametrize("options", [(), ("--debuggable",)], ids=["as always", "for a developer"])
def test_a_core_dump_is_for_developers_alone(
    make_service: Callable[..., Service], options: tuple[str, ...]
) -> None:
    daemon = make_service().start(options=options)
    limits = Path(f"/proc/{daemon.process.pid}/limits").read_text()
    size = re.search(r"^Max core file size +(\S+) +(\S+)", limits, re.MULTILINE)
    ours = [str(n) for n in resource.getrlimit(resource.RLIMIT_CORE)]
    ours = ["unlimited" if n == str(resource.RLIM_INFINITY) else n for n in ours]
    assert list(size.groups()) == (ours if options else ["0", "0"])
    assert len(daemon.log_lines("core dumps and debuggers")) == len(options)
