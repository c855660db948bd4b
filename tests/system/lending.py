# SPDX-License-Identifier: BSD-2-Clause
"""What root's mooringd -n --start looks at it reads as the user mooring, should there be one."""

from __future__ import annotations

import grp
import os
from contextlib import suppress
from pathlib import Path

from system.conftest import Service


def lend(path: Path) -> None:
    """To the group of that user: a secret that all can read is warned of."""
    with suppress(KeyError):
        os.chown(path, 0, grp.getgrnam("mooring").gr_gid)
    path.chmod(0o640)


def lend_files(service: Service) -> None:
    """Those of the service, and the folders on the way to them."""
    if os.geteuid() != 0:
        return
    lend(service.config.tls.key)
    service.config.directory.chmod(0o777)
    for path in (service.config.directory, service.config.tls.directory):
        for above in [path, *list(path.parents)[:-2]]:
            above.chmod(above.stat().st_mode | 0o055)
