"""One GET: sent over a connection of its own, its answer bounded and read by the rules of RFC 9112."""

import re
from dataclasses import dataclass

from scanners.kit.line import Ending, LineEnded, Place, connected

MOST_BYTES = 512 * 1024
"""How much of one answer is read."""

_HEAD_ENDS = re.compile(rb"\r?\n\r?\n")
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})[ \r\n]")
_MOST_HEADERS = 128
_AGENT = "Mozilla/5.0 (compatible; compliance-scan)"
_DEFAULT_PORTS = {True: 443, False: 80}


class NotHttp(Exception):
    """Something answered, but not in HTTP; `heard` is how it began."""

    def __init__(self, heard: bytes) -> None:
        super().__init__("not HTTP")
        self.heard = heard


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    headers: tuple[tuple[str, str], ...]
    """Names in lower case, values as they came."""
    body: bytes
    whole: bool
    """The body came to its end."""

    def header(self, name: str) -> str:
        """The first value of a header; empty if it is not there."""
        return next((value for each, value in self.headers if each == name), "")

    def all(self, name: str) -> list[str]:
        """All values of a header."""
        return [value for each, value in self.headers if each == name]


def fetch(place: Place, path: str, *, tls: bool) -> Answer:
    """The answer to a GET; raises `LineEnded` if none came, `NotHttp` if what came is something else."""
    with connected(place) as line:
        if tls:
            line.secure()
        line.send(_request(place, path, tls=tls))
        try:
            heard, whole = line.hear(_is_whole, most=MOST_BYTES), True
        except LineEnded as error:
            if not error.heard:
                raise
            heard, whole = error.heard, error.ending is Ending.CLOSED
    return _read(heard, whole=whole)


def _request(place: Place, path: str, *, tls: bool) -> bytes:
    host = place.name or (f"[{place.address}]" if ":" in place.address else place.address)
    authority = host if place.port == _DEFAULT_PORTS[tls] else f"{host}:{place.port}"
    lines = (
        f"GET {path} HTTP/1.1",
        f"Host: {authority}",
        f"User-Agent: {_AGENT}",
        "Accept: */*",
        "Accept-Encoding: identity",
        "Connection: close",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii", "replace")


def _is_whole(heard: bytes) -> bool:
    """Whether an answer is whole, as far as its length is told; or whether it is none."""
    if not b"HTTP/1.".startswith(heard[:7]):
        return True
    ends = _HEAD_ENDS.search(heard[:MOST_BYTES])
    if ends is None:
        return False
    head = heard[: ends.start()].lower()
    if re.search(rb"\ntransfer-encoding:[^\n]*chunked", head):
        return heard.endswith(b"0\r\n\r\n")
    told = re.search(rb"\ncontent-length:[ \t]*(\d{1,12})", head)
    return told is not None and len(heard) - ends.end() >= int(told[1])


def _read(heard: bytes, *, whole: bool) -> Answer:
    status = _STATUS.match(heard)
    if status is None:
        raise NotHttp(heard[:512])
    ends = _HEAD_ENDS.search(heard)
    head, body = (heard[: ends.start()], heard[ends.end() :]) if ends else (heard, b"")
    headers = tuple(_header(line) for line in head.splitlines()[1 : _MOST_HEADERS + 1] if b":" in line)
    answer = Answer(status=int(status[1]), headers=headers, body=body[:MOST_BYTES], whole=whole)
    if "chunked" in answer.header("transfer-encoding").lower():
        body, complete = _unchunked(answer.body)
        return Answer(status=answer.status, headers=headers, body=body, whole=whole and complete)
    told = answer.header("content-length")
    is_short = told.isascii() and told.isdigit() and len(told) < 13 and len(body) < int(told)  # noqa: PLR2004 (a bound)
    return Answer(status=answer.status, headers=headers, body=answer.body, whole=whole and not is_short)


def _header(line: bytes) -> tuple[str, str]:
    name, _, value = line.partition(b":")
    return name.decode("latin-1").strip().lower()[:80], value.decode("latin-1").strip()[:8192]


def _unchunked(data: bytes) -> tuple[bytes, bool]:
    """The body without its chunks' heads (RFC 9112 s7.1), and whether the last chunk was there."""
    pieces: list[bytes] = []
    at = 0
    while size := re.compile(rb"([0-9a-fA-F]{1,8})[^\r\n]{0,256}\r\n").match(data, at):
        length = int(size[1], 16)
        if length == 0:
            return b"".join(pieces), True
        pieces.append(data[size.end() : size.end() + length])
        at = size.end() + length + 2
    return b"".join(pieces), False
