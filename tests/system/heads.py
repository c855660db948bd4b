# SPDX-License-Identifier: BSD-2-Clause
"""Request bytes and the bytes that they are answered with, whatever libmicrohttpd is below.

An answer is a list of replies, each written out but for the order of its header lines and the date;
no reply at all is an empty list, and the connection is closed after the last one always.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

HEAD_MAX = 16 * 1024
FIELDS_MAX = 100
REASONS = {
    100: "Continue",
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "(Content|Payload|Request Entity) Too Large",
    431: "Request Header Fields Too Large",
    505: "HTTP Version Not Supported",
}


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: frozenset[tuple[str, str]]

    def __str__(self) -> str:
        return f"{self.status} {self.body!r} {sorted(self.headers)}"


def answer(status: int, body: str = "", *more: str, keep: bool = False, length: int = -1) -> Answer:
    """length is Content-Length's, if it is not that of the body (HEAD)."""
    lines = [
        f"Content-Length: {len(body) if length < 0 else length}",
        "Content-Type: text/plain",
        "Cache-Control: no-store",
        *more,
    ]
    if not keep:
        lines.append("Connection: close")
    return Answer(status, body.encode(), frozenset(tuple(line.split(": ", 1)) for line in lines))


CONTINUE = Answer(100, b"", frozenset())
OK = answer(200, "ok")
OK_KEPT = answer(200, "ok", keep=True)
NOT_FOUND = answer(404, "not found")
BAD = answer(400, "bad request")
BODY_TOO_LARGE = answer(413, "body too large")
HEAD_TOO_LARGE = answer(431, "head too large")
VERSION = answer(505, "version not supported")
BAD_METHOD = answer(405, "method not allowed", "Allow: GET, HEAD")
BAD_AGENT = answer(405, "badagent", "Allow: GET, POST, PUT")
BADAUTH = answer(401, "badauth", 'WWW-Authenticate: Basic realm="DynDNS API Access"')


def read_answers(raw: bytes, *, head_only: bool = False) -> list[Answer]:
    """Every reply in raw; fails where it is anything else."""
    found = []
    while raw:
        head, separator, raw = raw.partition(b"\r\n\r\n")
        assert separator, f"no end of the head: {head!r}"
        first, *lines = head.decode("latin-1").split("\r\n")
        match = re.fullmatch(r"HTTP/1\.1 ([0-9]{3}) (.*)", first)
        assert match, f"no status line: {first!r}"
        status = int(match[1])
        assert re.fullmatch(REASONS[status], match[2]), first
        pairs = [tuple(line.split(": ", 1)) for line in lines]
        assert len(set(name.lower() for name, _ in pairs)) == len(pairs), f"twice: {lines}"
        headers = frozenset(pair for pair in pairs if pair[0] != "Date")
        length = 0 if head_only else int(dict(headers).get("Content-Length", "0"))
        assert len(raw) >= length, f"a body of {len(raw)} bytes: {head!r}"
        found.append(Answer(status, raw[:length], headers))
        raw = raw[length:]
    return found


@dataclass(frozen=True)
class Row:
    what: str
    sent: bytes
    answers: tuple[Answer, ...]
    ends: bool = False  # the client says that nothing more will come
    may_continue: bool = False  # before 1.0, libmicrohttpd says 100 first, whatever is there already

    def __str__(self) -> str:
        return self.what

    @property
    def head_only(self) -> bool:
        return self.sent.startswith(b"HEAD ")


def row(what: str, sent: bytes, *answers: Answer, ends: bool = False) -> Row:
    return Row(what, sent, answers, ends, b"Expect: 100-continue" in sent and b"HTTP/1.1" in sent)


LINE = b"GET /healthz HTTP/1.1\r\n"
HOST = b"Host: x\r\n"
TOP = LINE + HOST
NEXT = LINE + HOST + b"\r\n"
KEEP = LINE + HOST + b"Connection: keep-alive\r\n\r\n"
LOGIN = b"Authorization: Basic eDp5\r\n"
FORM = b"POST /healthz HTTP/1.1\r\n" + HOST
PUT = b"PUT /nic/update HTTP/1.1\r\n" + HOST


def filled(size: int) -> bytes:
    """A head of size bytes with few header lines."""
    lines = TOP
    while size - len(lines) > 2:
        n = min(4000, size - len(lines) - 2)
        if size - len(lines) - 2 - n < 8:
            n = size - len(lines) - 2
        lines += b"X: " + b"a" * (n - 5) + b"\r\n"
    assert len(lines) == size - 2
    return lines + b"\r\n"


def lines(count: int) -> bytes:
    return b"".join(b"X-%d: a\r\n" % n for n in range(count))


def longest(first: bytes) -> bytes:
    """A head that begins with these lines and has as many bytes and lines as one may have."""
    count = FIELDS_MAX + 1 - first.count(b"\n")
    size = HEAD_MAX - len(first) - 2
    more = (b"X: " + b"a" * (size // count - 5) + b"\r\n") * (count - 1)
    return first + more + b"X: " + b"a" * (size - len(more) - 5) + b"\r\n\r\n"


def longest_at_first(first: bytes) -> bytes:
    """As longest(), but that all lines after the first of these are as short as can be."""
    short = b"a:\r\n" * (FIELDS_MAX - first.count(b"\n"))
    return first + b"X: " + b"a" * (HEAD_MAX - len(first) - len(short) - 7) + b"\r\n" + short + b"\r\n"


def target(text: bytes) -> bytes:
    return b"GET /healthz" + text + b" HTTP/1.1\r\n" + HOST + b"\r\n"


def version(text: bytes) -> bytes:
    return b"GET /healthz" + text + b"\r\n" + HOST + b"\r\n"


def header(text: bytes) -> bytes:
    return TOP + text + b"\r\n\r\n"


KEPT = TOP + b"Connection: keep-alive\r\n"
# Kept, with as many bytes and lines as a head may have.
LONGEST = [longest(KEPT), longest_at_first(KEPT)]

SERVED = [
    row("HTTP/1.1", NEXT, OK),
    row("HTTP/1.0 without Host", b"GET /healthz HTTP/1.0\r\n\r\n", OK),
    row("HTTP/1.0 with Host", b"GET /healthz HTTP/1.0\r\n" + HOST + b"\r\n", OK),
    row("HTTP/1.2 is taken for 1.1", version(b" HTTP/1.2"), OK),
    row("HTTP/1.9 is taken for 1.1", version(b" HTTP/1.9"), OK),
    row("lines end with LF", b"GET /healthz HTTP/1.1\nHost: x\n\n", OK),
    row("lines end with either", b"GET /healthz HTTP/1.1\nHost: x\r\nX: a\n\r\n", OK),
    row("HTTP/1.0 with LF", b"GET /healthz HTTP/1.0\n\n", OK),
    row("an empty line first", b"\r\n" + NEXT, OK),
    row("empty lines of both kinds first", b"\r\n\n\r\n" + NEXT, OK),
    row("64 empty lines first", b"\r\n" * 64 + NEXT, OK),
    row("blanks after the method", b"GET   /healthz HTTP/1.1\r\n" + HOST + b"\r\n", OK),
    row("absolute form", b"GET http://x/healthz HTTP/1.1\r\n" + HOST + b"\r\n", OK),
    row("no first slash", b"GET healthz HTTP/1.1\r\n" + HOST + b"\r\n", OK),
    row("a query", target(b"?a=b&c=%41&d=%00&e=%zz&f"), OK),
    row("a query with question marks", target(b"?a=?&?=b??"), OK),
    row("a query of 1500 parameters", target(b"?" + b"a&" * 1500), OK),
    row("bytes above ASCII in the query", target(b"?a=\xc3\xa4\xff"), OK),
    row("quotes and brackets in the query", target(b"?a=\"'<>[]{}|^`\\"), OK),
    row("a fragment", target(b"#a"), NOT_FOUND),
    row("an escaped NUL in the path", target(b"%00"), NOT_FOUND),
    row("no Host's value", LINE + b"Host:\r\n\r\n", OK),
    row("a header in capitals", LINE + b"HOST: x\r\n\r\n", OK),
    row("blanks around a value", header(b"X: \t a \t "), OK),
    row("no blank before a value", header(b"X:a"), OK),
    row("no value", header(b"X:"), OK),
    row("bytes above ASCII in a value", header(b"X: \xe4\xf6\xfc\x80\xff"), OK),
    row("every other token in a name", header(b"!#$%&'*+-.^_`|~09azAZ: a"), OK),
    row("Content-Length: 0", header(b"Content-Length: 0"), OK),
    row("Content-Length: 000", header(b"Content-Length: 000"), OK),
    row("a GET with a body", header(b"Content-Length: 3") + b"abc", OK),
    row("blanks around a length", header(b"Content-Length: \t3 \t") + b"abc", OK),
    row("leading zeros in a length", header(b"Content-Length: 0003") + b"abc", OK),
    row("a body of 4096 bytes", header(b"Content-Length: 4096") + b"a" * 4096, OK),
    row("one Transfer-Encodings", header(b"Transfer-Encodings: chunked"), OK),
    row("a Cookie", header(b"Cookie: a=b; c=\"d\"; ;,=; e"), OK),
    row("12 KB of cookies", header(b"Cookie: " + b"a=b; " * 2400), OK),
    row("two X-Forwarded-For of a stranger", header(b"X-Forwarded-For: a\r\nX-Forwarded-For: b"), OK),
    row("Expect without a body", header(b"Expect: 100-continue"), OK),
    row("Expect and the body at once", header(b"Expect: 100-continue\r\nContent-Length: 3") + b"abc", OK),
    row("Expect in HTTP/1.0", b"GET /healthz HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc", OK),
    row("another Expect", header(b"Expect: nothing\r\nContent-Length: 3") + b"abc", OK),
    row("Upgrade to HTTP/2", header(b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c"), OK),
    row("8 KB of head", filled(8 * 1024), OK),
    row("12 KB of head", filled(12 * 1024), OK),
    row("the longest head", filled(HEAD_MAX), OK),
    row("the most header lines", LINE + HOST + lines(FIELDS_MAX - 1) + b"\r\n", OK),
    row("the longest target", target(b"?" + b"a" * (HEAD_MAX - 35 - 1 - 0)), OK),
    row("the longest head of the most lines", longest(TOP), OK),
    row("the longest head and the longest body", longest(TOP + b"Content-Length: 4096\r\n") + b"a" * 4096, OK),
    row("the longest head and the longest reply", longest(b"GET /nic/update HTTP/1.1\r\n" + HOST), BADAUTH),
    row("the longest heads, kept", LONGEST[0] * 2 + NEXT, OK_KEPT, OK_KEPT, OK),
    row("one long header, then short ones, kept", LONGEST[1] * 2 + KEEP * 100 + NEXT, *[OK_KEPT] * 102, OK),
    row("empty lines, then the longest head", b"\r\n" * 64 + longest(TOP), OK),
    row("two requests", KEEP + NEXT, OK_KEPT, OK),
    row("a body, then a request", TOP + b"Connection: keep-alive\r\nContent-Length: 3\r\n\r\nabc" + NEXT,
        OK_KEPT, OK),
    row("a line end after a body", TOP + b"Connection: keep-alive\r\nContent-Length: 3\r\n\r\nabc\r\n" + NEXT,
        OK_KEPT, OK),
    row("what follows the last request", NEXT + NEXT, OK),
    row("what follows the last request is no HTTP", NEXT + b"\x00\x01\r\n\r\n", OK),
    row("another method", b"BREW /healthz HTTP/1.1\r\n" + HOST + b"\r\n", BAD_METHOD),
    row("a method of 60 letters", b"A" * 60 + b" /healthz HTTP/1.1\r\n" + HOST + b"\r\n", BAD_METHOD),
    row("a method in small letters", b"get /nic/update HTTP/1.1\r\n" + HOST + b"\r\n", BAD_AGENT),
    row("an update without a login", b"GET /nic/update HTTP/1.1\r\n" + HOST + b"\r\n", BADAUTH),
    row("a POST without a length", FORM + b"\r\n", BAD_METHOD),
]  # fmt: skip

METHODS = [
    row("a blank first", b" GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n", BAD),
    row("a tabulator after the method", b"GET\t/healthz HTTP/1.1\r\n" + HOST + b"\r\n", BAD),
    row("NUL in the method", b"G\0ET /healthz HTTP/1.1\r\n" + HOST + b"\r\n", BAD),
    row("a control character in the method", b"G\x01ET /healthz HTTP/1.1\r\n" + HOST + b"\r\n", BAD),
    row("a byte above ASCII in the method", b"G\xcbT /healthz HTTP/1.1\r\n" + HOST + b"\r\n", BAD),
    row("a colon in the method", b"GET: /healthz HTTP/1.1\r\n" + HOST + b"\r\n", BAD),
    row("a method alone", b"GET\r\n\r\n", BAD),
    row("a method and a blank", b"GET \r\n\r\n", BAD),
    row("CONNECT", b"CONNECT x:443 HTTP/1.1\r\n" + HOST + b"\r\n", BAD),
    row("a ClientHello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", BAD),
    row("NULs", b"\0" * 32, BAD),
    row("65 empty lines first", b"\n" * 65 + NEXT, BAD),
    row("CR first", b"\r" + NEXT, BAD),
    row("a header first", HOST + LINE + b"\r\n", BAD),
]

TARGETS = [
    row("a blank in the target", target(b" x"), BAD),
    row("a blank at the target's end", target(b" "), BAD),
    row("a tabulator in the target", target(b"\tx"), BAD),
    row("a tabulator at the target's end", target(b"\t"), BAD),
    row("NUL in the target", target(b"\0x"), BAD),
    row("NUL at the target's end", target(b"\0"), BAD),
    row("NUL in the query", target(b"?a=\0"), BAD),
    row("a blank in the query", target(b"?a= b"), BAD),
    row("a vertical tabulator in the target", target(b"\x0bx"), BAD),
    row("a form feed in the target", target(b"\x0cx"), BAD),
    row("ESC in the target", target(b"\x1b[1m"), BAD),
    row("DEL in the target", target(b"\x7f"), BAD),
    row("CR in the target", target(b"\rx"), BAD),
    row("a target too long", target(b"?" + b"a" * HEAD_MAX), HEAD_TOO_LARGE),
]

VERSIONS = [
    row("no version", b"GET /healthz\r\n\r\n", BAD),
    row("no version, LF", b"GET /healthz\n", BAD),
    row("an empty version", version(b" "), BAD),
    row("HTTP/0.9", version(b" HTTP/0.9"), VERSION),
    row("HTTP/2.0", version(b" HTTP/2.0"), VERSION),
    row("HTTP/3", version(b" HTTP/3"), VERSION),
    row("the beginning of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", VERSION),
    row("HTTP/1", version(b" HTTP/1"), BAD),
    row("HTTP/1.", version(b" HTTP/1."), BAD),
    row("HTTP/1.11", version(b" HTTP/1.11"), BAD),
    row("HTTP/11.1", version(b" HTTP/11.1"), BAD),
    row("HTTP/1.x", version(b" HTTP/1.x"), BAD),
    row("http/1.1", version(b" http/1.1"), BAD),
    row("HTTPS/1.1", version(b" HTTPS/1.1"), BAD),
    row("FTP/1.1", version(b" FTP/1.1"), BAD),
    row("a blank after the version", version(b" HTTP/1.1 "), BAD),
    row("a tabulator after the version", version(b" HTTP/1.1\t"), BAD),
    row("two blanks before the version", version(b"  HTTP/1.1"), BAD),
    row("a tabulator before the version", version(b"\tHTTP/1.1"), BAD),
    row("NUL after the version", version(b" HTTP/1.1\0"), BAD),
    row("CR after the version", version(b" HTTP/1.1\r"), BAD),
]

NAMES = [
    row("no Host in HTTP/1.1", LINE + b"\r\n", BAD),
    row("no Host in HTTP/1.5", b"GET /healthz HTTP/1.5\r\n\r\n", BAD),
    row("no Host in HTTP/1.1, LF", b"GET /healthz HTTP/1.1\n\n", BAD),
    row("two Hosts", header(b"Host: y"), BAD),
    row("two Hosts that are the same", header(b"host: x"), BAD),
    row("two Hosts in HTTP/1.0", b"GET /healthz HTTP/1.0\r\n" + HOST * 2 + b"\r\n", BAD),
    row("two Authorizations", TOP + LOGIN * 2 + b"\r\n", BAD),
    row("a line without a colon", header(b"X"), BAD),
    row("no name", header(b": a"), BAD),
    row("a blank before the colon", header(b"X : a"), BAD),
    row("a tabulator before the colon", header(b"X\t: a"), BAD),
    row("a blank in a name", header(b"X Y: a"), BAD),
    row("NUL in a name", header(b"X\0: a"), BAD),
    row("a control character in a name", header(b"X\x01: a"), BAD),
    row("DEL in a name", header(b"X\x7f: a"), BAD),
    row("a byte above ASCII in a name", header(b"X\xe4: a"), BAD),
    row("brackets in a name", header(b"X(): a"), BAD),
    row("CR in a name", header(b"X\rY: a"), BAD),
    row("a folded line", header(b"X: a\r\n b"), BAD),
    row("a folded line, tabulator", header(b"X: a\r\n\tb"), BAD),
    row("a folded line, LF", header(b"X: a\n b"), BAD),
    row("a folded line of blanks", header(b"X: a\r\n  "), BAD),
    row("a folded Content-Length", header(b"Content-Length:\r\n 3") + b"abc", BAD),
    row("a folded first line", LINE + b" X: a\r\n" + HOST + b"\r\n", BAD),
    row("the empty line has a blank", TOP + b" \r\n\r\n", BAD),
]

VALUES = [
    row("NUL in a value", header(b"X: a\0b"), BAD),
    row("NUL at a value's end", header(b"X: a\0"), BAD),
    row("NUL in Host", LINE + b"Host: x\0y\r\n\r\n", BAD),
    row("a control character in a value", header(b"X: a\x01"), BAD),
    row("ESC in a value", header(b"X: \x1b[1m"), BAD),
    row("DEL in a value", header(b"X: a\x7f"), BAD),
    row("CR in a value", header(b"X: a\rb"), BAD),
    row("CR in a value hides a header", header(b"X: a\rContent-Length: 4"), BAD),
    row("CR CR LF", header(b"X: a\r"), BAD),
    row("CR alone ends the head", TOP + b"\rX", BAD),
    row("lines end with CR", b"GET /healthz HTTP/1.1\rHost: x\r\r", BAD),
    row("too long a value", header(b"X: " + b"a" * HEAD_MAX), HEAD_TOO_LARGE),
    row("a head one byte too long", filled(HEAD_MAX + 1), HEAD_TOO_LARGE),
    row("one header line too many", LINE + HOST + lines(FIELDS_MAX) + b"\r\n", HEAD_TOO_LARGE),
    row("the longest head of the most lines, without Host", longest(LINE), BAD),
    row("one line too many in the longest head", longest(TOP)[:-2] + b"X", HEAD_TOO_LARGE),
    row("5000 header lines", TOP + b"a:\n" * 5000 + b"\n", HEAD_TOO_LARGE),
    row("100 KB of head", filled(100 * 1024), HEAD_TOO_LARGE),
]

LENGTHS = [
    *(
        row(f"Content-Length: {text!r}", header(b"Content-Length: " + text) + NEXT, BAD)
        for text in (
            b"", b" ", b"-1", b"+5", b"5, 5", b"5,6", b"5 5", b"0x5", b"5.0", b"1e3", b"a", b"5a",
            b"\"5\"", b"\xef\xbc\x95", b"-0", b"0-", b"4;", b"\t",
        )
    ),
    *(
        row(f"Content-Length: {text!r}", header(b"Content-Length: " + text), BODY_TOO_LARGE)
        for text in (
            b"4097", b"65536", b"4294967296", b"4294967301", b"18446744073709551615",
            b"18446744073709551616", b"18446744073709551621", b"99999999999999999999999999",
        )
    ),
    row("two lengths", header(b"Content-Length: 0\r\nContent-Length: 4") + NEXT, BAD),
    row("two lengths that are the same", header(b"Content-Length: 0\r\nContent-Length: 0"), BAD),
    row("a blank before the length's colon", header(b"Content-Length : 4") + NEXT, BAD),
    Row("too large a length and Expect", header(b"Expect: 100-continue\r\nContent-Length: 5000"),
        (BODY_TOO_LARGE,)),
    *(
        row(f"Transfer-Encoding: {text!r}", header(b"Transfer-Encoding: " + text) + b"0\r\n\r\n" + NEXT,
            BAD)
        for text in (
            b"chunked", b"CHUNKED", b"chunked, chunked", b"gzip, chunked", b"chunked, identity",
            b"identity", b"xchunked", b"chunked;a=b", b"", b"\x0bchunked", b"\"chunked\"",
        )
    ),
    row("a length, then chunks", header(b"Content-Length: 5\r\nTransfer-Encoding: chunked") + b"0\r\n\r\n" + NEXT,
        BAD),
    row("chunks, then a length", header(b"Transfer-Encoding: chunked\r\nContent-Length: 5") + b"0\r\n\r\n" + NEXT,
        BAD),
    row("two Transfer-Encodings", header(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"), BAD),
    row("chunks in HTTP/1.0", b"POST /nic/update HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", BAD),
    row("a blank before the encoding's colon", header(b"Transfer-Encoding : chunked") + NEXT, BAD),
]  # fmt: skip

# RFC 9110 9.3.2: no body, and the length that it would have.
TO_HEAD = [
    row("HEAD", b"HEAD /healthz HTTP/1.1\r\n" + HOST + b"\r\n", answer(200, length=2)),
    row("HEAD without Host", b"HEAD /healthz HTTP/1.1\r\n\r\n", answer(400, length=11)),
    row("HEAD and a blank in the target", b"HEAD /a b HTTP/1.1\r\n", answer(400, length=11)),
    row("HEAD and a folded line", b"HEAD / HTTP/1.1\r\n" + HOST + b" b\r\n\r\n", answer(400, length=11)),
    row("HEAD and too large a head", b"HEAD / HTTP/1.1\r\n" + lines(FIELDS_MAX + 1) + b"\r\n", answer(431, length=14)),
    row("HEAD of another version", b"HEAD / HTTP/2.0\r\n\r\n", answer(505, length=21)),
]  # fmt: skip

SEQUENCES = [
    row("a refused request, then another", LINE + b"\r\n" + NEXT, BAD),
    row("a refused one and its keep-alive", LINE + b"Connection: keep-alive\r\n\r\n" + NEXT, BAD),
    row("too large a body, then another", PUT + b"Content-Length: 5000\r\n\r\n" + b"a" * 5000 + NEXT,
        BODY_TOO_LARGE),
    row("a refused one after a kept one", KEEP + LINE + b"\r\n" + NEXT, OK_KEPT, BAD),
    row("no HTTP after a kept one", KEEP + b"\x16\x03\x01", OK_KEPT, BAD),
    row("another version after a kept one", KEEP + b"GET / HTTP/2.0\r\n\r\n", OK_KEPT, VERSION),
    row("a folded line after two kept ones", KEEP * 2 + header(b"X: a\r\n b"), OK_KEPT, OK_KEPT, BAD),
    row("a head too large after a kept one", KEEP + filled(20000), OK_KEPT, HEAD_TOO_LARGE),
    row("40 kept ones and a bad one", KEEP * 40 + b"(", *[OK_KEPT] * 40, BAD),
    row("a body longer than its length", TOP + b"Connection: keep-alive\r\nContent-Length: 1\r\n\r\n((",
        OK_KEPT, BAD),
    row("nothing at all", b"", ends=True),
    row("empty lines, then the end", b"\r\n\r\n", ends=True),
    row("half a request line", b"GET /heal", ends=True),
    row("half a head", TOP, ends=True),
    row("half a body", header(b"Content-Length: 3") + b"ab", ends=True),
    row("the end after a request", NEXT, OK, ends=True),
    row("the end after a refused request", LINE + b"\r\n", BAD, ends=True),
]  # fmt: skip

ROWS = [*SERVED, *METHODS, *TARGETS, *VERSIONS, *NAMES, *VALUES, *LENGTHS, *TO_HEAD, *SEQUENCES]
