"""How much a look at TLS costs: connections, CPU, wall time beside other scanners, time lost on bad servers.

`python -m tests.benchmarks.tls`. Other scanners run as programs, in turn with ours; what is missing is got.
"""

import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from scanners import Means, Pace, Target
from scanners.tls import SCANNER, lanes
from scanners.tls.facts import TlsFacts
from scanners.tls.link import Link
from scanners.tls.place import Depth
from scanners.tls.plan import Sweep, stages
from scanners.tls.scan import TlsScanner
from scanners.tls.suites import FALLBACK_SCSV, PROTOCOLS, TLS13
from scanners.tls.talk import Talk
from tests.benchmarks.peers import command, peers
from tests.servers import tls as servers
from tests.servers.pki import make_pki

RUNS = 7
MODERN = (
    "ssl_protocols TLSv1.2 TLSv1.3; ssl_prefer_server_ciphers on;"
    "ssl_ciphers ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-CHACHA20-POLY1305;"
)
OLD = f"ssl_protocols TLSv1 TLSv1.1 TLSv1.2; ssl_ciphers {servers.WEAKEST};"
HELLOS = {"sslscan": 1 / 5, "nmap": 1 / 5, "sslyze": 1 / 12, "testssl": 1 / 500}
"""Our wall time to a peer's, for versions, suites and groups."""
WHOLE = {"sslscan": 1 / 2, "nmap": 1 / 2, "sslyze": 1 / 6, "testssl": 1 / 200}
"""The same for all facts, more than any peer gives."""
FLEETS = {"nmap": 1 / 2, "sslyze": 1 / 12}
TURNS = {"sslyze": 5, "testssl": 1}
DEADLINE = 3.0
FLEET = 50


class Bars:
    """The bars so far, and whether one fell short."""

    short = False

    def set(self, name: str, value: float, want: float) -> None:
        """Print one bar."""
        ok = value <= want
        self.short = self.short or not ok
        print(f"bar {name}: {value:.3g} (want <= {want:.3g}) {'ok' if ok else 'short'}", flush=True)


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
        found = peers()
        missing = sorted(HELLOS.keys() - found)
        print(f"peers: {', '.join(found) or 'none'}" + (f"; not there: {', '.join(missing)}" * bool(missing)))
        _one(bars, found, port, name)
        _fleet(bars, found, ports)
        _bad(bars)
    return int(bars.short)


def _look(*ports: int, means: Means | None = None) -> TlsFacts:
    return SCANNER.scan(Target(address=servers.HERE, name="localhost", ports=ports), means or Means())


def _listed(*ports: int, means: Means | None = None) -> TlsFacts:
    """Versions, suites and groups alone."""
    scanner = TlsScanner(depth=Depth.HELLOS)
    return scanner.scan(Target(address=servers.HERE, name="localhost", ports=ports), means or Means())


def _connections(bars: Bars, port: int, old: int) -> None:
    (modern,) = _look(port).endpoints
    bars.set("connections-modern", modern.connections, 50)
    for server, where in (("modern", port), ("old", old)):
        asked, found = _asked(where)
        counts = ", ".join(f"{PROTOCOLS[number]} {count}" for number, count in asked.items())
        print(f"hellos to the {server} server: {counts}")
        # Beside one for each suite: the last refusal, and the list turned round to see who decides.
        beyond = (asked[number] - len(found.versions[number].suites) for number in asked if number != TLS13)
        bars.set(f"connections-beyond-suites-of-a-version-{server}", max(beyond), 2)


def _asked(port: int) -> tuple[Counter[int], Sweep]:
    """How many hellos of each version a listing takes; and what it found."""
    asked, found = Counter[int](), Sweep()
    link = Link(address=servers.HERE, port=port, timeout=5.0, ends=time.monotonic() + 60)
    for stage in stages(Talk(server_name="localhost"), found):
        for steps in stage:
            with contextlib.suppress(StopIteration):
                offer = next(steps)
                while True:
                    asked[offer.version] += FALLBACK_SCSV not in offer.suites  # that is another question
                    offer = steps.send(lanes.asked(offer, link))
    return asked, found


def _cpu(bars: Bars, port: int) -> None:
    def spent(look: Callable[[int], object]) -> float:
        before = time.process_time()
        look(port)
        return (time.process_time() - before) * 1000

    bars.set("client-cpu-ms-modern-hellos", statistics.median(spent(_listed) for _ in range(RUNS)), 5.0)
    bars.set("client-cpu-ms-modern-whole", statistics.median(spent(_look) for _ in range(RUNS)), 5.0)


def _one(bars: Bars, found: dict[str, str], port: int, cache: str) -> None:
    """A fresh process beside each peer: hellos alone, then everything."""
    # As an installed program has them: modules that were compiled when they were first imported.
    alone = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    alone["PYTHONPYCACHEPREFIX"] = cache
    ours = [sys.executable, "-m", "scanners.tls"]
    for name, path in found.items():
        theirs = command(name, path, "localhost", (port,))
        for what, options, wants in (("hellos", ["--hellos"], HELLOS), ("whole", [], WHOLE)):
            mine = [*ours, *options, f"localhost:{port}"]
            _run(mine, alone)
            ratio = _ratio(
                lambda m=mine: _run(m, alone), lambda t=theirs: _run(t), runs=TURNS.get(name, RUNS)
            )
            bars.set(f"fresh-process-{what}-to-{name}", ratio, wants[name])


def _fleet(bars: Bars, found: dict[str, str], ports: tuple[int, ...]) -> None:
    brisk = Means(pace=Pace.BRISK)
    print(f"{FLEET} endpoints, all facts: {_timed(lambda: _look(*ports, means=brisk)):.2f} s")
    for name in [name for name in FLEETS if name in found]:
        theirs = command(name, found[name], servers.HERE, ports)
        ratio = _ratio(lambda: _listed(*ports, means=brisk), lambda t=theirs: _run(t), runs=3)
        bars.set(f"fifty-endpoints-to-{name}", ratio, FLEETS[name])


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


def _run(words: list[str], environment: dict[str, str] | None = None) -> None:
    """Run a program; what a scanner makes of the server may also be told by its exit code."""
    out = subprocess.DEVNULL
    subprocess.run(words, check=False, stdin=out, stdout=out, stderr=out, timeout=600, env=environment)


if __name__ == "__main__":
    sys.exit(main())
