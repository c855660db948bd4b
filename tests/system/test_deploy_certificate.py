# SPDX-License-Identifier: BSD-2-Clause
"""etc/deploy-certificate: the hook that gives the daemon a renewed certificate."""

from __future__ import annotations

import grp
import os
import signal
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from system.conftest import Service
from system.harness import TOP, Tls, environment, eventually, run

HOOK = TOP / "etc" / "deploy-certificate"
GROUP = grp.getgrgid(os.getgid()).gr_name
FILES = ("fullchain.pem", "privkey.pem")


@pytest.fixture(name="lineage")
def fixture_lineage(tmp_path: Path) -> Path:
    """As certbot keeps one: links to the files of this renewal."""
    folder = tmp_path / "live" / "ddns.example.com"
    folder.mkdir(parents=True)
    made = Tls(tmp_path).make_authority()
    (folder / "fullchain.pem").symlink_to(made.certificate)
    (folder / "privkey.pem").symlink_to(made.key)
    return folder


def deploy(target: Path, *words: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
    settings = {"MOORING_TLS_DIR": str(target), "MOORING_GROUP": GROUP, **env}
    return run([HOOK, *words], env=environment(**settings))


def called_by(who: str, lineage: Path) -> tuple[list[Path], dict[str, str]]:
    chain, key = lineage / FILES[0], lineage / FILES[1]
    if who == "certbot":
        return [], {"RENEWED_LINEAGE": str(lineage), "RENEWED_DOMAINS": "ddns.example.com"}
    if who == "lego":
        return [], {"LEGO_CERT_PATH": str(chain), "LEGO_CERT_KEY_PATH": str(key)}
    return [chain, key], {}


@pytest.mark.parametrize("who", ["certbot", "lego", "hand"])
def test_pair_is_installed_with_its_modes(tmp_path: Path, lineage: Path, who: str) -> None:
    target = tmp_path / "etc" / "tls"
    words, env = called_by(who, lineage)
    for _ in ("the first time", "a renewal"):
        done = deploy(target, *words, **env)
        assert done.returncode == 0, done.stderr
        for name in FILES:
            assert (target / name).read_bytes() == (lineage / name).read_bytes()
            assert not (target / name).is_symlink()
        assert (target / "fullchain.pem").stat().st_mode & 0o777 == 0o644
        assert (target / "privkey.pem").stat().st_mode & 0o777 == 0o640
        assert sorted(item.name for item in target.iterdir()) == sorted(FILES)


@pytest.mark.parametrize("broken", ["chain", "key", "empty", "group", "nothing"])
def test_whatever_is_wrong_the_pair_that_was_there_stays(
    tmp_path: Path, lineage: Path, broken: str
) -> None:
    target = tmp_path / "tls"
    words, env = called_by("certbot", lineage)
    assert deploy(target, *words, **env).returncode == 0
    before = {name: (target / name).read_bytes() for name in FILES}
    if broken in ("chain", "key"):
        (lineage / FILES[broken == "key"]).unlink()
    elif broken == "empty":
        (lineage / "fullchain.pem").unlink()
        (lineage / "fullchain.pem").touch()
    elif broken == "group":
        env["MOORING_GROUP"] = "no-such-group"
    else:
        env = {}
    done = deploy(target, **env)
    assert done.returncode == (2 if broken == "nothing" else 1)
    assert done.stderr.count("\n") == 1
    assert {name: (target / name).read_bytes() for name in FILES} == before
    assert sorted(item.name for item in target.iterdir()) == sorted(FILES)


def test_daemon_takes_what_was_deployed(
    make_service: Callable[..., Service], tmp_path: Path, lineage: Path
) -> None:
    target = tmp_path / "tls"
    words, env = called_by("certbot", lineage)
    assert deploy(target, *words, **env).returncode == 0
    service = make_service(
        top={
            "certificate": str(target / "fullchain.pem"),
            "private-key": str(target / "privkey.pem"),
        }
    )
    daemon = service.start()
    renewed = Tls(tmp_path / "again")
    renewed.directory.mkdir()
    renewed.make_authority()
    assert deploy(target, renewed.certificate, renewed.key).returncode == 0
    daemon.send_signal(signal.SIGHUP)  # what systemctl reload does
    wanted = renewed.certificate.read_text()
    eventually(
        "the renewed certificate is served",
        lambda: ssl.get_server_certificate(("127.0.0.1", daemon.https_port)) == wanted,
    )
