# SPDX-License-Identifier: BSD-2-Clause
"""One call of mooringd, or of mooringctl, fails: the n-th of what an update makes, by the embedded
default or over DynamoDB and Route 53, a question, a reload.

Whatever it was: the daemon answers as if nothing had been, or 911, or closes; what it says is so; it
serves the next request; and it ends without a report of the sanitizers, of memory that was left, too.
"""

from __future__ import annotations

import signal
import socket
import struct
from subprocess import CompletedProcess
from time import monotonic, sleep

import pytest

from aws.wire import Closed
from system.harness import READY, ZONE, Ctl, Daemon, eventually
from system.nameserver import HEADER, SERVFAIL, TYPES, encode_name, read_exactly
from torture.state import State
from torture.victims import CLOSED, KINDS, STATE, WAIT_S, Torture, Victim

NO_REPLY_S = 0.2
OF_EACH_KIND = pytest.mark.parametrize("victim", KINDS, indirect=True)


def check_good(victim: Victim, torture: Torture, n: int) -> None:
    address = victim.new_address()
    with torture.armed(n):
        text = victim.update(address)
    assert text in (f"good {address}", "911", CLOSED), text
    if text.startswith("good"):
        assert victim.is_so(address), (victim.published(), victim.stored())
    victim.answered_well()


@OF_EACH_KIND
def test_good(victim: Victim, torture: Torture) -> None:
    torture.run(
        lambda: victim.update(victim.new_address()), lambda n: check_good(victim, torture, n)
    )


@OF_EACH_KIND
def test_first_good(victim: Victim, torture: Torture) -> None:
    """Of a host that is new: its name may have to be claimed, and it replaces no state."""

    def check(n: int) -> None:
        victim.take_new_account()
        check_good(victim, torture, n)

    victim.take_new_account()
    torture.run(lambda: victim.update(victim.new_address()), check)


@OF_EACH_KIND
def test_nochg(victim: Victim, torture: Torture) -> None:
    def check(n: int) -> None:
        address = victim.address()
        with torture.armed(n):
            text = victim.update(address)
        assert text in (f"nochg {address}", f"good {address}", "911", CLOSED), text
        victim.answered_well()

    torture.run(lambda: victim.update(victim.address()), check)


@OF_EACH_KIND
def test_badauth(victim: Victim, torture: Torture) -> None:
    def check(n: int) -> None:
        with torture.armed(n):
            text = victim.update("192.0.9.9", "wrong")
        assert text in ("badauth", "911", CLOSED), text
        assert victim.is_so(victim.address()), (victim.published(), victim.stored())
        victim.answered_well()

    torture.run(lambda: victim.update("192.0.9.9", "wrong"), check)


def ask(victim: Victim, tcp: bool, timeout: float = WAIT_S) -> bytes:
    """The reply; nothing if none comes."""
    name = encode_name(victim.host)
    question = HEADER.pack(1, 0, 1, 0, 0, 0) + name + struct.pack("!2H", TYPES["A"], 1)
    kind = socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.settimeout(timeout)
        try:
            sock.connect(("127.0.0.1", victim.daemon.dns_port))
            if not tcp:
                sock.send(question)
                return sock.recv(65535)
            sock.sendall(struct.pack("!H", len(question)) + question)
            (length,) = struct.unpack("!H", read_exactly(sock, 2))
            return read_exactly(sock, length)
        except (OSError, Closed):
            return b""


@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
def test_question(victim: Victim, torture: Torture, tcp: bool) -> None:
    def check(n: int) -> None:
        address = socket.inet_aton(victim.address())
        with torture.armed(n):
            reply = ask(victim, tcp, NO_REPLY_S)
        assert not reply or reply[3] & 15 == SERVFAIL or reply.endswith(address), reply
        eventually("the next one is answered", lambda: ask(victim, tcp).endswith(address))

    torture.run(lambda: ask(victim, tcp), check)
    victim.answered_well()


def reload(daemon: Daemon, state: State) -> None:
    """Ends when the daemon said so; or when the call failed that was to, and it had some time."""
    done = "the certificate (was read again|in use stays)"
    before = len(daemon.log_lines(done))
    daemon.send_signal(signal.SIGHUP)
    deadline = monotonic() + WAIT_S
    while len(daemon.log_lines(done)) == before and monotonic() < deadline:
        if state.slot(0).failed:
            deadline = min(deadline, monotonic() + NO_REPLY_S)
        sleep(0.005)


def test_reload(victim: Victim, torture: Torture) -> None:
    def check(n: int) -> None:
        with torture.armed(n):
            reload(victim.daemon, victim.state)
        assert victim.daemon.process.poll() is None, f"it ended:\n{victim.daemon.log}"
        victim.answered_well()

    torture.run(lambda: reload(victim.daemon, victim.state), check)


def test_user_add(victim: Victim, torture: Torture) -> None:
    ctl = Ctl(victim.service.config.write(), {STATE: str(victim.state.path)})

    def add(name: str) -> CompletedProcess[str]:
        return ctl.run("user", "add", name, f"{name}.{ZONE}")

    def check(n: int) -> None:
        name = f"u{n}"
        with torture.armed(n):
            done = add(name)
        assert done.returncode in (0, 1, 2), (done.returncode, done.stderr)
        is_there = name in victim.service.ctl.ok("user", "list").split()
        assert (done.returncode == 0) == is_there, (done, is_there)
        assert done.stderr.strip() or done.returncode == 0, done

    torture.run(lambda: add("counted"), check, "mooringctl")
    victim.answered_well()


@OF_EACH_KIND
def test_start(victim: Victim, torture: Torture) -> None:
    """It starts, or says in one line why not."""

    def start() -> Daemon:
        daemon = victim.service.launch()
        eventually(
            "it starts or ends",
            lambda: bool(daemon.log_lines(READY)) or daemon.process.poll() is not None,
            WAIT_S,
        )
        return daemon

    def check(n: int) -> None:
        with torture.armed(n):
            daemon = start()
        victim.service.daemons.remove(daemon)
        if daemon.process.poll() is None:
            daemon.stop()
            return
        assert daemon.wait() in (1, 2, 78), daemon.log
        assert daemon.log
        daemon.check_reports()

    victim.daemon.stop()
    torture.run(lambda: start().stop(), check)
