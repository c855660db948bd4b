# SPDX-License-Identifier: BSD-2-Clause
"""python3 -m aws.strict_route53 --zone NAME ...: serves until its standard input ends.

Prints one line of JSON: port, control_port and the zones' ids by name.
"""

from __future__ import annotations

import argparse
import json
import sys

from aws.strict_route53 import (
    NO_LIMITS,
    Chaos,
    Control,
    Limits,
    ScaledClock,
    Settings,
    StrictRoute53,
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="strict_route53")
    parser.add_argument("--zone", action="append", default=[], help="a hosted zone's name")
    parser.add_argument("--scale", type=float, default=1, help="how much faster time passes")
    parser.add_argument("--propagation", type=float, default=30, help="seconds until INSYNC")
    parser.add_argument("--batch", type=float, default=0, help="seconds that a batch takes")
    parser.add_argument("--no-limits", action="store_true", help="never Throttling")
    parser.add_argument("--chaos-seed", type=int, help="with 5%% of the calls in trouble")
    options = parser.parse_args()
    limits = NO_LIMITS if options.no_limits else Limits()
    settings = Settings(limits, options.propagation, options.batch)
    with StrictRoute53(settings, ScaledClock(options.scale)) as server, Control(server) as control:
        if options.chaos_seed is not None:
            server.faults.chaos = Chaos(options.chaos_seed)
        zones = {name: server.new_zone(name) for name in options.zone}
        ports = {"port": server.port, "control_port": control.port}
        print(json.dumps({**ports, "zones": zones}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
