# SPDX-License-Identifier: BSD-2-Clause
"""Services that tell a receiver of what happens."""

from __future__ import annotations

from collections.abc import Callable

from system.conftest import Amazon, Service
from system.receiver import Receiver


def told(service: Service, receiver: Receiver, **keys: object) -> Service:
    """The receiver is a target of the service."""
    service.config.top["admin-listen"] = ["127.0.0.1:0"]
    service.config.notifies["hook"] = {"url": f"{receiver.url}/hook", "per-minute": 600, **keys}
    return service


def amazon_service(
    amazon: Amazon, make_service: Callable[..., Service], receiver: Receiver, **options: object
) -> Service:
    top = {"settle-time": 1, "history": "none"}
    service = told(amazon.service(make_service, top=top, **options), receiver)
    service.config.top["status-socket"] = str(service.config.directory / "status.sock")
    service.config.notifies["hook"]["events"] = ["address-changed"]
    return service
