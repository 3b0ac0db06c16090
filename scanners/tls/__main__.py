"""The scanner alone: `python -m scanners.tls [--hellos] HOST:PORT` prints the facts as JSON.

With `--hellos` it lists versions, suites and groups and reads no certificate.
"""

from __future__ import annotations

import gc
import socket
import sys
import time
from datetime import UTC, datetime

from scanners.tls.look import PROBES_A_PORT, Look, look
from scanners.tls.place import PUBLIC_ROOTS, WAITING, Depth, Place, server_name
from scanners.tls.written import written

_WRONG_USAGE, _NOT_DONE = 2, 4
_TIMEOUT = 5.0
"""Seconds for one probe."""
_AT_ONCE = 4
"""Connections that may be open at once, as at a normal pace."""


def run(arguments: list[str]) -> int:
    """Look at the one place that is named; the exit code."""
    depth = Depth.HELLOS if arguments[:1] == ["--hellos"] else Depth.WHOLE
    places = arguments[1:] if depth is Depth.HELLOS else arguments
    host, colon, port = (places[0] if len(places) == 1 else "").rpartition(":")
    if not (host and colon and port.isdecimal() and 0 < int(port) <= 0xFFFF):  # noqa: PLR2004 - the last port
        sys.stderr.write("usage: python -m scanners.tls [--hellos] HOST:PORT\n")
        return _WRONG_USAGE
    name = host.strip("[]")
    try:
        # In bytes where it can be: a text makes the system load all that internationalised names need.
        asked = name.encode("ascii") if name.isascii() else name
        address = socket.getaddrinfo(asked, int(port), type=socket.SOCK_STREAM)[0][4][0]
    except (OSError, UnicodeError) as error:
        sys.stderr.write(f"{name}: {error}\n")
        return _NOT_DONE
    return _shown(_looked_at(name, str(address), int(port), depth), name)


def _looked_at(name: str, address: str, port: int, depth: Depth) -> Look:
    """A look at the place, as `scan` takes one at a port that was asked for, without its fact types."""
    place = Place(
        address=address,
        port=port,
        server_name=server_name(name),
        name=name,
        upgrade=WAITING.get(port, ""),
        stores=(PUBLIC_ROOTS,),
        depth=depth,
        at_once=_AT_ONCE,
    )
    ends = time.monotonic() + PROBES_A_PORT * _TIMEOUT
    return look(place, timeout=_TIMEOUT, ends=ends, at=datetime.now(UTC))


def _shown(seen: Look, name: str) -> int:
    """Print what was seen; the exit code."""
    if not seen.took_connection:
        sys.stderr.write(f"{name}: {'; '.join(gap.detail for gap in seen.gaps)}\n")
        return _NOT_DONE
    gaps = tuple({"path": gap.path, "reason": gap.reason.value, "detail": gap.detail} for gap in seen.gaps)
    facts = ({"gaps": gaps} if gaps else {}) | {"endpoints": (seen.told,)}
    sys.stdout.buffer.write(written(facts).encode() + b"\n")
    return 0


if __name__ == "__main__":
    gc.disable()  # nothing here lives long enough to be collected: 2 ms of 130
    code = run(sys.argv[1:])
    gc.freeze()  # nor at the end: 5 ms of 130
    sys.exit(code)
