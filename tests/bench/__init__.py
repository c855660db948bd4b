# SPDX-License-Identifier: BSD-2-Clause
"""What script/bench measures: `python3 -m bench BUILD DOCUMENT [--full] PART...`.

front     HTTPS beside nginx and a bare libmicrohttpd
route53   many hosts change at once, at Route 53's own quotas and without any
engine    updates while others wait: the engine alone (engine.c), and by HTTP
scale     200,000 accounts, or with --full 1,000,000, in DynamoDB and in SQLite

Each part writes its own section of the document and leaves the others as they are. Figures of one
table are of one run. routers.c and load.c are the clients.
"""
