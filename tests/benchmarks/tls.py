"""How much a look at TLS costs: connections, CPU, wall time beside other scanners, time lost on bad servers.

`python -m tests.benchmarks.tls`. Other scanners run as programs, in turn with ours, if they are installed.
"""

import contextlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from scanners import Means, Pace, Target
from scanners.tls import SCANNER
from tests.servers import tls as servers
from tests.servers.pki import make_pki

RUNS = 7
MODERN = (
    "ssl_protocols TLSv1.2 TLSv1.3; ssl_prefer_server_ciphers on;"
    "ssl_ciphers ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-CHACHA20-POLY1305;"
)
OLD = f"ssl_protocols TLSv1 TLSv1.1 TLSv1.2; ssl_ciphers {servers.WEAKEST};"
NMAP = ("nmap", "-Pn", "-n", "--script", "ssl-enum-ciphers,ssl-cert,ssl-dh-params", "-p")
DEADLINE = 3.0
FLEET = 50


class Bars:
    """The bars so far, and whether one fell short."""

    short = False

    def set(self, name: str, value: float, want: float) -> None:
        """Print one bar."""
        ok = value <= want
        self.short = self.short or not ok
        print(f"bar {name}: {value:.3g} (want <= {want}) {'ok' if ok else 'short'}", flush=True)


def main() -> int:
    """Print the figures and the bars; 1 if one falls short."""
    bars = Bars()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        pki = make_pki(folder)
        leaf = pki.leaf()
        port = stack.enter_context(servers.nginx_server(folder, MODERN, leaf))
        old = stack.enter_context(servers.nginx_server(folder, OLD, leaf))
        ports = tuple(servers.free_port() for _ in range(FLEET))
        listens = " ".join(f"listen {servers.HERE}:{one} ssl;" for one in ports)
        stack.enter_context(servers.nginx_server(folder, MODERN + listens, leaf))
        _connections(bars, port, old)
        _cpu(bars, port)
        _one(bars, port)
        _fleet(bars, ports)
        _bad(bars)
    return int(bars.short)


def _look(*ports: int, means: Means | None = None) -> object:
    return SCANNER.scan(Target(address=servers.HERE, name="localhost", ports=ports), means or Means())


def _connections(bars: Bars, port: int, old: int) -> None:
    (modern,), (worst,) = _look(port).endpoints, _look(old).endpoints
    bars.set("connections-modern", modern.connections, 50)
    # One refusal a version, order, fallback; one for the early change of keys and five for RSA paddings.
    bars.set("connections-beyond-suites-old", worst.connections - len(worst.suites), 16)


def _cpu(bars: Bars, port: int) -> None:
    def spent() -> float:
        before = time.process_time()
        _look(port)
        return (time.process_time() - before) * 1000

    bars.set("client-cpu-ms-modern", statistics.median(spent() for _ in range(RUNS)), 6.5)


def _one(bars: Bars, port: int) -> None:
    ours = [sys.executable, "-m", "scanners.tls", f"localhost:{port}"]
    peers = {"nmap": [*NMAP, str(port), servers.HERE], "sslscan": ["sslscan", f"localhost:{port}"]}
    for name, theirs in peers.items():
        if shutil.which(theirs[0]):
            bars.set(f"fresh-process-to-{name}", _ratio(lambda: _run(ours), lambda t=theirs: _run(t)), 0.5)


def _fleet(bars: Bars, ports: tuple[int, ...]) -> None:
    brisk = Means(pace=Pace.BRISK)
    print(f"{FLEET} endpoints: {_timed(lambda: _look(*ports, means=brisk)):.2f} s")
    if shutil.which("nmap"):
        nmap = [*NMAP, ",".join(map(str, ports)), servers.HERE]
        ratio = _ratio(lambda: _look(*ports, means=brisk), lambda: _run(nmap), runs=3)
        bars.set("fifty-endpoints-to-nmap", ratio, 0.5)


def _bad(bars: Bars) -> None:
    for say in (servers.silent, servers.dripping, servers.resetting, servers.babbling, servers.flooding):
        with servers.bad_server(say) as port:
            means = Means(timeout=DEADLINE * 2, deadline=DEADLINE)
            bars.set(
                f"seconds-{say.__name__}", _timed(lambda p=port, m=means: _look(p, means=m)), DEADLINE * 1.1
            )


def _ratio(ours: Callable[[], object], theirs: Callable[[], object], *, runs: int = RUNS) -> float:
    """Our wall time to theirs: the median of runs in turn."""
    return statistics.median(_timed(ours) / _timed(theirs) for _ in range(runs))


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=300)


if __name__ == "__main__":
    sys.exit(main())
