# SPDX-License-Identifier: BSD-2-Clause
"""What script/bench measures: `python3 -m bench BUILD DOCUMENT PART...`.

front     HTTPS beside nginx and a bare libmicrohttpd

Each part writes its own section of the document and leaves the others as they are. Figures of one
table are of one run. load.c is the client.
"""
