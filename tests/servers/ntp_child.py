"""A time server in a network of its own: `unshare -n python -m tests.servers.ntp_child NTPD FILE`.

Prints what each question is told, one line each.
"""

import subprocess
import sys
import time

from scanners.ports.udp import FURTHER, QUESTIONS, look

_PORT = 123
_HERE = "127.0.0.1"


def main(program: str, settings: str) -> None:
    """Run the server until it tells the time, then ask it."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True, timeout=10)
    server = subprocess.Popen(
        [program, "-n", "-c", settings], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        ends = time.monotonic() + 15
        while time.monotonic() < ends:
            (told,) = look(_HERE, time.monotonic() + 3, {_PORT: QUESTIONS[_PORT]})
            if told.state == "answered":
                break
            time.sleep(0.1)
        (control,) = look(_HERE, time.monotonic() + 3, {_PORT: FURTHER[_PORT]})
        for seen in (told, control):
            print(seen.locus, seen.state, seen.extra if seen.state == "answered" else "")
    finally:
        server.terminate()
        server.wait(10)


if __name__ == "__main__":
    main(*sys.argv[1:])
