"""The scanner alone: `python -m scanners.tls HOST:PORT` prints the facts as JSON."""

import socket
import sys

import msgspec

from scanners import Means, ScanError, Target
from scanners.tls import SCANNER

_WRONG_USAGE, _NOT_DONE = 2, 4


def run(arguments: list[str]) -> int:
    """Look at the one place that is named; the exit code."""
    host, colon, port = (arguments[0] if len(arguments) == 1 else "").rpartition(":")
    if not (host and colon and port.isdecimal() and 0 < int(port) <= 0xFFFF):  # noqa: PLR2004 - the last port
        sys.stderr.write("usage: python -m scanners.tls HOST:PORT\n")
        return _WRONG_USAGE
    name = host.strip("[]")
    try:
        address = socket.getaddrinfo(name, int(port), type=socket.SOCK_STREAM)[0][4][0]
        facts = SCANNER.scan(Target(address=str(address), name=name, ports=(int(port),)), Means())
    except (OSError, UnicodeError, ScanError) as error:
        sys.stderr.write(f"{name}: {error}\n")
        return _NOT_DONE
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(facts)) + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
