# SPDX-License-Identifier: BSD-2-Clause
"""Python's urllib: it sends its password after the challenge. Exit status 0: the update is made.

Usage: ask_urllib.py URL USER PASSWORD, the authority in SSL_CERT_FILE
"""

import sys
import urllib.error
import urllib.request

url, user, password = sys.argv[1:]
keys = urllib.request.HTTPPasswordMgrWithDefaultRealm()
keys.add_password(None, url, user, password)
opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(keys))
try:
    with opener.open(url, timeout=30) as reply:
        print(reply.read().decode())
except urllib.error.HTTPError as problem:
    sys.exit(f"{problem.code} {problem.read().decode()}")
