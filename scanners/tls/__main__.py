"""The scanner alone: `python -m scanners.tls [--hellos] HOST:PORT` prints the facts as JSON.

With `--hellos` it lists versions, suites and groups and reads no certificate.
"""

import socket
import sys

import msgspec

from scanners import Means, ScanError, Target
from scanners.tls.place import Depth
from scanners.tls.scan import TlsScanner

_WRONG_USAGE, _NOT_DONE = 2, 4


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
        facts = TlsScanner(depth=depth).scan(
            Target(address=str(address), name=name, ports=(int(port),)), Means()
        )
    except (OSError, UnicodeError, ScanError) as error:
        sys.stderr.write(f"{name}: {error}\n")
        return _NOT_DONE
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(facts)) + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
