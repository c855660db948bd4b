# SPDX-License-Identifier: BSD-2-Clause
"""One call for each update, as the original makes them: python3 -m bench.one_by_one PORT ZONE_ID
SCALE. Standard input names the hosts, one a line; prints the calls made.

The original is a function that starts anew for each update, many at once. A refused call is tried
again after a random part of 1, 2, 4 ... 20 seconds, as botocore's standard retries have it, but for
ever: botocore gives up after the second retry, and the router comes back in minutes. Time passes
SCALE times as fast, in the service as in here."""

from __future__ import annotations

import http.client
import random
import sys
import threading
from queue import Empty, SimpleQueue

AT_ONCE = 64
CAP_S = 20
XML = (
    '<?xml version="1.0" encoding="UTF-8"?><ChangeResourceRecordSetsRequest'
    ' xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><ChangeBatch><Changes><Change>'
    "<Action>UPSERT</Action><ResourceRecordSet><Name>%s</Name><Type>A</Type><TTL>60</TTL>"
    "<ResourceRecords><ResourceRecord><Value>%s</Value></ResourceRecord></ResourceRecords>"
    "</ResourceRecordSet></Change></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>"
)


class Worker(threading.Thread):
    """Of AT_ONCE that run at once; takes the next host when one is done."""

    def __init__(self, port: int, zone_id: str, hosts: SimpleQueue[str], scale: float):
        super().__init__()
        self.hosts, self.scale = hosts, scale
        self.target = f"/2013-04-01/hostedzone/{zone_id}/rrset/"
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.calls = 0

    def run(self) -> None:
        try:
            while True:
                self.change(self.hosts.get_nowait())
        except Empty:
            self.connection.close()

    def change(self, host: str) -> None:
        retries = 0
        while not self.call(host):
            pause = random.random() * min(2**retries, CAP_S)
            threading.Event().wait(pause / self.scale)
            retries += 1

    def call(self, host: str) -> bool:
        """Whether it was accepted."""
        self.calls += 1
        self.connection.request("POST", self.target, XML % (host, "203.0.113.7"))
        response = self.connection.getresponse()
        body = response.read()
        if response.status != 200 and b"Throttling" not in body and b"PriorRequest" not in body:
            raise RuntimeError(body.decode())
        return response.status == 200


def main() -> None:
    port, zone_id, scale = int(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    hosts: SimpleQueue[str] = SimpleQueue()
    for line in sys.stdin:
        hosts.put(line.strip())
    workers = [Worker(port, zone_id, hosts, scale) for _ in range(AT_ONCE)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    print(sum(worker.calls for worker in workers))


main()
