# SPDX-License-Identifier: BSD-2-Clause
"""A certificate and its key where certbot keeps them: two links, each led elsewhere by itself."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from faults.certificates import Authority
from system.harness import run

NAME = "DNS:localhost"
SHORT_LIVED_DAYS = 6


def serial_of(certificate: Path) -> str:
    done = run(["openssl", "x509", "-noout", "-serial", "-in", certificate])
    return done.stdout.strip().partition("=")[2]


@dataclass
class Lineage:
    directory: Path
    authority: Authority
    made: int = field(default=0)

    @property
    def certificate(self) -> Path:
        return self.directory / "fullchain.pem"

    @property
    def key(self) -> Path:
        return self.directory / "privkey.pem"

    def issue(self, *, shift: str = "+0d", days: int = SHORT_LIVED_DAYS) -> tuple[Path, Path]:
        """Files beside the links, which lead elsewhere so far."""
        self.made += 1
        return self.authority.issue(f"n{self.made}", NAME, shift=shift, days=days)

    @staticmethod
    def lead(link: Path, target: Path) -> None:
        aside = link.with_suffix(".aside")
        aside.symlink_to(target)
        os.replace(aside, link)

    def install(self, pair: tuple[Path, Path]) -> str:
        """The serial number of what is served then."""
        self.lead(self.certificate, pair[0])
        self.lead(self.key, pair[1])
        return serial_of(pair[0])


def new_lineage(directory: Path) -> Lineage:
    """With a certificate in it."""
    authority = Authority(directory)
    authority.make()
    (directory / "live").mkdir()
    lineage = Lineage(directory / "live", authority)
    lineage.install(lineage.issue())
    return lineage
