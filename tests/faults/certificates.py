# SPDX-License-Identifier: BSD-2-Clause
"""Certificates that no client may believe, and one that it may, whatever the time is."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

from system.harness import run

KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
ADDRESS = "IP:127.0.0.1"


@dataclass
class Authority:
    directory: Path
    stem: str = "ca"

    @property
    def ca(self) -> Path:
        return self.directory / f"{self.stem}.pem"

    def openssl(self, *words: str | Path, shift: str = "+0d") -> None:
        """At another time than now."""
        done = run(["faketime", "-f", shift, "openssl", *words], cwd=self.directory)
        assert done.returncode == 0, done.stderr

    def make(self) -> Authority:
        """Good from ten years ago until thirty years later."""
        # fmt: off
        self.openssl(
            "req", "-x509", *KEY, "-days", "14600", "-subj", f"/CN=Amazon {self.stem}",
            "-keyout", f"{self.stem}.key", "-out", self.ca,
            "-addext", "keyUsage=critical,keyCertSign,cRLSign", shift="-3650d",
        )
        # fmt: on
        return self

    def issue(
        self, stem: str, name: str = ADDRESS, *, shift: str = "-3650d", days: int = 14000
    ) -> tuple[Path, Path]:
        """A certificate and its key; name: as in a subjectAltName."""
        pem, key = self.directory / f"{stem}.pem", self.directory / f"{stem}.key"
        extensions = self.directory / f"{stem}.ext"
        extensions.write_text(
            f"subjectAltName={name}\nbasicConstraints=critical,CA:FALSE\n"
            "extendedKeyUsage=serverAuth\n"
        )
        # fmt: off
        self.openssl(
            "req", *KEY, "-subj", "/CN=amazon", "-keyout", key, "-out", f"{stem}.csr",
        )
        self.openssl(
            "x509", "-req", "-in", f"{stem}.csr", "-CA", self.ca, "-CAkey", f"{self.stem}.key",
            "-CAcreateserial", "-days", str(days), "-extfile", extensions, "-out", pem, shift=shift,
        )
        # fmt: on
        return pem, key

    def server_context(self) -> ssl.SSLContext:
        """For a gate that shall be believed."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.issue("gate"))
        return context
