"""How fast and how complete ports are found and named, beside nmap: over a slow, lossy network of namespaces.

`python -m tests.benchmarks.ports [RUNS]` (3 if not said). Needs root, a compiler and nmap.
"""

import resource
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

from scanners import Means, Pace, Target
from scanners.kit import nmap
from scanners.ports import SCANNER
from scanners.ports.course import Manner, State
from scanners.ports.sweep import Bounds, Want, sweep
from tests.benchmarks.tls import Bars
from tests.servers.wan import THERE, Wan, wan, why_not

OPEN = (
    22,
    80,
    443,
    1883,
    3306,
    5432,
    5900,
    8080,
    8443,
    9443,
    10443,
    20000,
    30000,
    40000,
    50000,
    60000,
    61000,
    65535,
)
ALL = tuple(range(1, 65536))
PEER = ("nmap", "-sS", "-Pn", "-n", "-T4", "--min-rate", "5000", "-p-", "-oX", "-", THERE)
ONE_STAGE = ("nmap", "-sS", "-sV", "-Pn", "-n", "-T4", "--min-rate", "5000", "-p-", "-oX", "-", THERE)
MANNER = Manner(rate=9000, at_once=6000)
HOSTS = 8192
FLEET_PORTS = (*range(1, 200), 443, 8080)


def main() -> int:
    """Print the figures and the bars; 1 if one falls short."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    bars = Bars()
    _memory(bars)
    _pace(bars)
    if why_not():
        print(f"the network is left out: {why_not()}")
        return int(bars.short)
    for name, is_silent in (("reject", False), ("drop", True)):
        with wan(delay=0.04, loss=0.01, is_silent=is_silent) as net, net.listen(*OPEN):
            _found(bars, net, name, runs)
    _fleet(bars)
    _stages(bars)
    return int(bars.short)


def _found(bars: Bars, net: Wan, name: str, runs: int) -> None:
    """All ports of one host, by turns with nmap."""
    ours, theirs, missed = [], [], 0
    for _ in range(runs):
        began = time.monotonic()
        wants = [Want(address=THERE, ports=ALL, manner=MANNER)]
        (course,) = net.run(lambda: sweep(wants, Bounds(until=time.monotonic() + 300)))  # noqa: B023
        ours.append(time.monotonic() - began)
        found = {port for port in ALL if course.states[port] == State.OPEN}
        missed += found != set(OPEN) or State.UNDECIDED in {course.states[port] for port in ALL}
        began = time.monotonic()
        written = _in(net, PEER)
        theirs.append(time.monotonic() - began)
        print(f"{name}: {ours[-1]:.1f} s, nmap {theirs[-1]:.1f} s, {_open(written)} of {len(OPEN)} by nmap")
    bars.set(f"{name}-to-nmap", statistics.median(ours) / statistics.median(theirs), 1.1)
    bars.set(f"{name}-runs-with-a-port-missed-of-{runs}", missed, 0)


def _fleet(bars: Bars) -> None:
    """Many hosts at once: every open port is found, and no host is asked faster than it should be."""
    hosts = [f"198.18.1.{number}" for number in range(256)]
    with wan(delay=0.04, loss=0.01) as net, net.listen(22, 80, 443, 8080):
        net.ip(net.far, "route", "add", "local", "198.18.1.0/24", "dev", "lo")
        manner = Manner(rate=100, at_once=100)
        wants = [Want(address=host, ports=FLEET_PORTS, manner=manner) for host in hosts]
        began, spent = time.monotonic(), time.process_time()
        courses = net.run(lambda: sweep(wants, Bounds(until=time.monotonic() + 300, rate=6000)))
    wall, spent = time.monotonic() - began, time.process_time() - spent
    print(f"fleet: {len(hosts)} hosts of {len(FLEET_PORTS)} ports in {wall:.1f} s, {spent:.1f} s of CPU")
    found = sum(course.states.count(State.OPEN) for course in courses)
    bars.set("fleet-open-ports-missed", 4 * len(hosts) - found, 0)
    bars.set("fleet-wall-to-its-rate", wall / (len(hosts) * len(FLEET_PORTS) / 6000), 1.5)


def _stages(bars: Bars) -> None:
    """Every port found and named, to nmap's one stage; two of the ports say nothing."""
    speech = b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"
    with (
        wan(delay=0.04, loss=0.01, is_silent=True) as net,
        net.listen(22, 2222, 40022, speech=speech),
        net.listen(25, 2525, speech=b"220 mx.example.test ESMTP Postfix\r\n"),
        net.listen(7001, 50001, keeps=True),
    ):
        target = Target(address=THERE, ports=ALL)
        began = time.monotonic()
        facts = net.run(lambda: SCANNER.scan(target, Means(pace=Pace.BRISK, deadline=600)))
        ours = time.monotonic() - began
        began = time.monotonic()
        _in(net, ONE_STAGE)
        theirs = time.monotonic() - began
    named = [port.service for port in tuple.__iter__(facts.open) if isinstance(port.service, str)]
    print(f"stages: {ours:.1f} s and {len(named)} named of 5 that talk; nmap in one {theirs:.1f} s")
    bars.set("two-stages-to-one", ours / theirs, 0.25)
    bars.set("talking-ports-without-name", 5 - len(named), 0)


def _pace(bars: Bars) -> None:
    """How exact the rate is, and what a silent port costs, on loopback."""
    wants = [Want(address="127.0.13.1", ports=tuple(range(1, 3001)), manner=Manner(rate=1000, at_once=500))]
    began = time.monotonic()
    sweep(wants, Bounds(until=began + 60))
    bars.set("rate-off-percent", abs((time.monotonic() - began) / 3.0 - 1) * 100, 3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        target = Target(address="127.0.0.1", ports=(server.getsockname()[1],))
        began = time.monotonic()
        SCANNER.scan(target, Means())
        bars.set("silent-port-seconds", time.monotonic() - began, 5)


def _memory(bars: Bars) -> None:
    """The XML of many hosts, read as it comes."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    count = sum(1 for _ in nmap.hosts(_xml()))
    spent = time.process_time() - began
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"xml: {count} hosts in {spent:.2f} s of CPU")
    bars.set("xml-hosts-lost", HOSTS - count, 0)
    bars.set("xml-memory-mb", (after - before) / 1024, 20)


def _xml() -> Iterator[bytes]:
    """About 50 MB of what nmap writes."""
    ports = "".join(
        f'<port protocol="tcp" portid="{port}"><state state="open" reason="syn-ack" reason_ttl="64"/>'
        f'<service name="http" product="nginx" version="1.22.1" extrainfo="Debian" method="probed" conf="10">'
        f"<cpe>cpe:/a:igor_sysoev:nginx:1.22.1</cpe></service></port>\n"
        for port in range(8000, 8024)
    )
    yield b"<?xml version='1.0'?><!DOCTYPE nmaprun>\n<nmaprun scanner='nmap' args=''>\n"
    for number in range(HOSTS):
        address = f"10.0.{number >> 8}.{number & 255}"
        yield f'<host><address addr="{address}" addrtype="ipv4"/><ports>{ports}</ports></host>\n'.encode()
    yield b"</nmaprun>"


def _open(written: bytes) -> int:
    return sum(port.state == "open" for host in nmap.hosts([written]) for port in host.ports)


def _in(net: Wan, line: tuple[str, ...]) -> bytes:
    words = ["ip", "netns", "exec", net.near, *line]
    return subprocess.run(words, capture_output=True, check=True, timeout=900).stdout


if __name__ == "__main__":
    raise SystemExit(main())
