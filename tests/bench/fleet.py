# SPDX-License-Identifier: BSD-2-Clause
"""A DynamoDB with more accounts than an emulator can be filled with in a reasonable time.

ministack's own code, in this process, does every operation but Scan, for which it sorts the whole
table for each page. Rows of accounts are copies of rows that mooring wrote itself; each is made when
somebody asks for it. The gate in front checks signatures."""

from __future__ import annotations

import copy
import json
import math
import re
import threading
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from ministack.services import dynamodb as ministack

from aws.errors import Reply, json_error
from aws.gate import Gate
from aws.sigv4 import Identity, Request
from aws.wire import Stream, Upstream

NUMBER = re.compile(r"\d{7}")
MODEL = "8264157"  # of the account that the others are copies of: seven digits found nowhere else
STEP = 7368787  # a prime: numbers in an order that is not theirs, as keys of a Scan are
NO_SORT_KEY = "__no_sort__"  # ministack's
PAGE_BYTES = 2**20
READ_UNIT = 4096  # Developer Guide, "Read and write operations": of items read, half if eventual
WATCHED = {"user": {"S": "mooring"}}  # src/ops/store_watch.c
LOOK = "GetItem every 10 s"
LISTINGS = ("Query", "Scan")
READS = ("GetItem", LOOK, *LISTINGS)
WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems")
SCAN_MEMBERS = {
    "TableName",
    "Limit",
    "ExclusiveStartKey",
    "ConsistentRead",
    "ReturnConsumedCapacity",
}


@dataclass(frozen=True)
class Model:
    """A row of which each account has a copy, with the account's number in the place of MODEL."""

    key: str
    item: str  # JSON
    size: int  # as DynamoDB counts it

    def copy(self, number: str) -> str:
        return self.item.replace(MODEL, number)


@dataclass
class Page:
    """Of a Scan."""

    items: list[str]
    size: int
    last: str | None  # the key to go on from


class Rows(dict):
    """A table's rows as ministack has them: key -> sort key -> item. Copies are made by get()."""

    def __init__(self, rows: dict, models: list[Model], accounts: int):
        super().__init__(rows)
        self.models, self.accounts = models, accounts
        self._kinds = {model.key: kind for kind, model in enumerate(models)}
        self._removed: set[str] = set()

    def _kind(self, key: str) -> tuple[int, str] | None:
        """Which model the key's row is a copy of, and the account's number."""
        found = NUMBER.search(key)
        if found is None or int(found[0]) >= self.accounts:
            return None
        kind = self._kinds.get(key.replace(found[0], MODEL))
        return None if kind is None else (kind, found[0])

    def get(self, key: str, default: object = None) -> object:
        if key not in self and key not in self._removed and (found := self._kind(key)):
            self[key] = {NO_SORT_KEY: json.loads(self.models[found[0]].copy(found[1]))}
        return super().get(key, default)

    def setdefault(self, key: str, default: object = None) -> object:
        return self[key] if self.get(key) is not None else super().setdefault(key, default)

    def __delitem__(self, key: str) -> None:
        super().__delitem__(key)
        self._removed.add(key)

    # A Scan: copies first, then the rows that are none.

    def _position(self, key: str) -> int:
        found = self._kind(key)
        if found is None:
            return self._copies + self._others().index(key)
        kind, number = found
        turn = int(number) * pow(STEP, -1, self.accounts) % self.accounts
        return turn * len(self.models) + kind

    @property
    def _copies(self) -> int:
        return self.accounts * len(self.models)

    def _others(self) -> list[str]:
        return [key for key in self if self._kind(key) is None]

    def _from(self, position: int) -> Iterator[tuple[str, str, int]]:
        """Key, item and size."""
        for at in range(position, self._copies):
            turn, kind = divmod(at, len(self.models))
            model, number = self.models[kind], f"{turn * STEP % self.accounts:07d}"
            key = model.key.replace(MODEL, number)
            if key in self:
                yield key, *written(self[key])
            elif key not in self._removed:
                yield key, model.copy(number), model.size
        for key in self._others()[max(0, position - self._copies) :]:
            yield key, *written(self[key])

    def page(self, start: str | None, limit: int) -> Page:
        page = Page([], 0, None)
        last = None
        for key, item, size in self._from(0 if start is None else self._position(start) + 1):
            if len(page.items) == limit or page.size + size > PAGE_BYTES:
                page.last = last
                break
            page.items.append(item)
            page.size += size
            last = key
        return page


def written(row: dict) -> tuple[str, int]:
    item = row[NO_SORT_KEY]
    return json.dumps(item), size_of(item)


def size_of(item: dict) -> int:
    return ministack._item_size_bytes(item)  # pylint: disable=protected-access


def read_units(size: int, is_consistent: bool) -> float:
    units = max(1, math.ceil(size / READ_UNIT))
    return units if is_consistent else units / 2


def write_units(reply: dict) -> float:
    """Of one table: an object, or for a transaction a list of one."""
    used = reply.get("ConsumedCapacity", {})
    return used[0]["CapacityUnits"] if isinstance(used, list) else used.get("CapacityUnits", 1)


@dataclass
class Used:
    """Requests by operation, and what they cost."""

    requests: Counter[str]
    units: defaultdict[str, float]

    def of_updates(self) -> Used:
        """A daemon lists the table and looks at it beside them."""
        kept = [name for name in self.requests if name not in (LOOK, *LISTINGS)]
        units = defaultdict(float, {name: self.units[name] for name in kept})
        return Used(Counter({name: self.requests[name] for name in kept}), units)

    @property
    def total(self) -> int:
        return self.requests.total()

    @property
    def reads(self) -> float:
        return sum(units for name, units in self.units.items() if name in READS)

    @property
    def writes(self) -> float:
        return sum(units for name, units in self.units.items() if name in WRITES)


class FleetTable:
    """One table, of the original's name and key. Any thread may call anything here."""

    def __init__(self, description: dict):
        self._lock = threading.Condition()
        self._table = description["TableName"]
        self._used = Used(Counter(), defaultdict(float))
        self._listed: Used | None = None
        self.calls("CreateTable", description)
        self._row_table["items"] = Rows({}, [], 0)

    @property
    def _row_table(self) -> dict:
        return ministack._tables.get(self._table)  # pylint: disable=protected-access

    def close(self) -> None:
        """ministack's tables are of the whole process."""
        self.calls("DeleteTable", {"TableName": self._table})

    def calls(self, operation: str, request: dict) -> dict:
        """For setting up: not counted."""
        reply = self._ministack(operation, request)
        if reply.status != 200:
            raise RuntimeError(reply.body)
        return json.loads(reply.body)

    def multiply(self, accounts: int) -> None:
        """From now on the rows that hold MODEL are there once for each account."""
        with self._lock:
            rows = dict(self._row_table["items"])
            models = [
                Model(key, *written(rows.pop(key))) for key in list(rows) if MODEL in key
            ]
            self._row_table["items"] = Rows(rows, models, accounts)
            self._row_table["ItemCount"] = accounts * len(models) + len(rows)

    # Counting.

    def take_used(self) -> Used:
        """Since the last time; wait_listed() begins anew, too."""
        with self._lock:
            self._listed = None
            used, self._used = self._used, Used(Counter(), defaultdict(float))
            return used

    def wait_listed(self, timeout: float) -> Used:
        """Until the whole table was read once, and what was used by then."""
        with self._lock:
            if not self._lock.wait_for(lambda: self._listed is not None, timeout):
                raise TimeoutError(f"not listed in {timeout} s: {self._used}")
            return self._listed

    def _count(self, operation: str, units: float) -> None:
        self._used.requests[operation] += 1
        self._used.units[operation] += units

    # Answering.

    def answer(self, operation: str, body: bytes) -> Reply:
        request = json.loads(body)
        with self._lock:
            if operation == "Scan":
                return self._scan(request)
            asks = request.get("ReturnConsumedCapacity")
            reply = self._ministack(operation, {**request, "ReturnConsumedCapacity": "TOTAL"})
            if operation not in (*READS, *WRITES):
                self._count(operation, 0)
            elif reply.status == 200 and operation in READS:
                self._count_read(operation, request, json.loads(reply.body))
            else:
                self._count(operation, write_units(json.loads(reply.body)))
            return reply if asks else without_capacity(reply)

    def _count_read(self, operation: str, request: dict, reply: dict) -> None:
        items = reply.get("Items", [reply.get("Item", {})])
        size = sum(size_of(item) for item in items)
        name = LOOK if request.get("Key") == WATCHED else operation
        self._count(name, read_units(size, request.get("ConsistentRead", False)))

    def _scan(self, request: dict) -> Reply:
        """The members that mooring sends."""
        unknown = request.keys() - SCAN_MEMBERS
        if unknown:
            return json_error("ValidationException", f"no bench has {sorted(unknown)} of a Scan")
        start = request.get("ExclusiveStartKey", {}).get("user", {}).get("S")
        rows = self._row_table["items"]
        page = rows.page(start, request.get("Limit", 10**9))
        units = read_units(page.size, request.get("ConsistentRead", False))
        self._count("Scan", units)
        if page.last is None and self._listed is None:
            self._listed = copy.deepcopy(self._used)
            self._lock.notify_all()
        return reply_of(200, scan_text(self._table, page, units, request).encode())

    @staticmethod
    def _ministack(operation: str, request: dict) -> Reply:
        """Its coroutine waits for nothing."""
        headers = {"x-amz-target": f"DynamoDB_20120810.{operation}"}
        work = ministack.handle_request("POST", "/", headers, json.dumps(request).encode(), {})
        try:
            work.send(None)
        except StopIteration as done:
            status, _, body = done.value
            return reply_of(status, body if isinstance(body, bytes) else body.encode())
        raise RuntimeError(f"{operation} waits")


def scan_text(table: str, page: Page, units: float, request: dict) -> str:
    """Put together as text: most items are in JSON already."""
    n = len(page.items)
    text = f'{{"Count":{n},"ScannedCount":{n},"Items":[{",".join(page.items)}]'
    if page.last is not None:
        text += f',"LastEvaluatedKey":{{"user":{{"S":{json.dumps(page.last)}}}}}'
    if request.get("ReturnConsumedCapacity", "NONE") != "NONE":
        text += f',"ConsumedCapacity":{{"TableName":"{table}","CapacityUnits":{units}}}'
    return text + "}"


def without_capacity(reply: Reply) -> Reply:
    """It was not asked for."""
    found = json.loads(reply.body)
    if "ConsumedCapacity" not in found:
        return reply
    del found["ConsumedCapacity"]
    return reply_of(reply.status, json.dumps(found).encode())


def reply_of(status: int, body: bytes) -> Reply:
    headers = {"Content-Type": "application/x-amz-json-1.0", "x-amz-crc32": str(zlib.crc32(body))}
    return Reply(status, body, headers)


class FleetGate(Gate):
    """Signatures are checked and calls recorded as in any test; DynamoDB is the table."""

    def __init__(self, table: FleetTable, route53: Upstream, identity: Identity, region: str):
        self._table = table
        super().__init__({"route53": route53}, [identity], region)

    def _exchange(
        self, request: Request, raw: bytes, service: str, upstreams: dict[str, Stream]
    ) -> tuple[int, bytes]:
        if service != "dynamodb":
            return super()._exchange(request, raw, service, upstreams)
        operation = (request.one("x-amz-target") or "").partition(".")[2]
        reply = self._table.answer(operation, request.body)
        return reply.status, reply.wire(self.clock())
