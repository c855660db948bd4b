# SPDX-License-Identifier: BSD-2-Clause
"""What other hands make of an item: a loading script, Terraform, the console, a restored backup.
Each function has the item as it is now, and as it was when its older address was at rest."""

from __future__ import annotations

import copy

Item = dict


def name_of(item: Item) -> str:
    """Its one host's, however the attribute is written by now."""
    ((kind, value),) = item["host"].items()
    if kind == "L":
        ((_, value),) = value[0].items()
    return value[0] if kind == "SS" else value


def without_state(now: Item, _: Item) -> Item:
    """What db_load.sh and Terraform write."""
    return {key: value for key, value in now.items() if key != "state"}


def older_state(now: Item, old: Item) -> Item:
    return {**now, "state": old["state"]}


def whole_old_item(_: Item, old: Item) -> Item:
    return old


def older_state_owed(now: Item, old: Item) -> Item:
    """A copy from when the older address was on its way itself."""
    found = copy.deepcopy(older_state(now, old))
    for entry in found["state"]["M"].values():
        entry["M"]["pub"]["N"] = str(int(entry["M"]["seq"]["N"]) - 1)
    return found


def without_entry(now: Item, _: Item) -> Item:
    return {**now, "state": {"M": {}}}


def other_address(now: Item, old: Item) -> Item:
    """Get, edit, put."""
    found = copy.deepcopy(older_state(now, old))
    for entry in found["state"]["M"].values():
        entry["M"]["v4"]["S"] = "198.51.99.9"
    return found


def host_as_set(now: Item, _: Item) -> Item:
    return {**without_state(now, {}), "host": {"SS": [name_of(now)]}}


def host_as_list(now: Item, _: Item) -> Item:
    label = name_of(now).partition(".")[0]
    return {**without_state(now, {}), "host": {"L": [{"S": label}]}}


REWRITES = [
    without_state,
    older_state,
    whole_old_item,
    older_state_owed,
    without_entry,
    other_address,
    host_as_set,
    host_as_list,
]

# Of these, nobody can take what they leave for an earlier truth.
STATELESS = [without_state, without_entry, host_as_set, host_as_list]
