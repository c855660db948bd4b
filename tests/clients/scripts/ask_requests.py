# SPDX-License-Identifier: BSD-2-Clause
"""Python's requests in the way of OPNsense's own client: any 2xx is a success, the body is not read
but for its first word. Exit status 0: it keeps the address as sent.

Usage: ask_requests.py URL USER PASSWORD HOSTS ADDRESS, the authority in REQUESTS_CA_BUNDLE
"""

import sys

import requests

url, user, password, hosts, address = sys.argv[1:]
reply = requests.get(
    url,
    params={"hostname": hosts, "myip": address, "system": "dyndns", "wildcard": "NOCHG"},
    auth=(user, password),
    headers={"User-Agent": "OPNsense-dyndns"},
    timeout=30,
)
print(reply.status_code, reply.text)
sys.exit(0 if 200 <= reply.status_code < 300 and reply.text.split() else 1)
