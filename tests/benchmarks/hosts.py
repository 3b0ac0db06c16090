"""How much a look at a host from inside costs: run as `python -m tests.benchmarks.hosts`.

Against others in the same run: a bare login by asyncssh, ansible over a way of 40 ms, lynis on the host.
`look` is what the run starts in a network namespace: it prints the seconds that all facts of a host take.
"""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path

import asyncssh

from scanners.config import config_facts
from scanners.discovery.parse import parse
from scanners.discovery.plan import Cursor, Plan, new_probe, search_script
from scanners.kit.collector import collect, script, sections
from scanners.kit.hostkeys import Trust, known_hosts_pins
from scanners.kit.shell import LocalShell, Said
from scanners.kit.ssh import Access, SshShell, default_access
from scanners.packages import package_facts
from tests.benchmarks.auditors import ansible, ansible_seconds, children_cpu, lynis_cpu
from tests.servers.ssh import SshServer, ssh_server
from tests.servers.wan import THERE, inside, wan, why_not

_LOGINS = 20
_PINS = 10_000
_RTT = 0.04
_LOG_MEGABYTES = 64

Bar = tuple[str, float, float, str]
"""Name, value, limit, and whether the limit is the most (`<=`) or the least (`>=`)."""


def main() -> int:
    """Print a line for each bar; 1 if one falls short."""
    missed = False
    for name, value, limit, sign in _bars():
        well = value <= limit if sign == "<=" else value >= limit
        missed |= not well
        print(f"bar {name}: {value:.2f} (want {sign} {limit:g}) {'ok' if well else 'short'}", flush=True)
    return int(missed)


def _bars() -> Iterator[Bar]:
    wall, cpu, said = _collector()
    yield "collector-wall-seconds", wall, 3.0, "<="
    yield "collector-cpu-seconds", cpu, 1.5, "<="
    yield "collector-output-kilobytes", len(said.stdout) / 1000, 1000, "<="
    yield "parse-milliseconds", _parse_seconds(said) * 1000, 100, "<="
    yield "search-megabytes-per-second", _search_rate(), 50, ">="
    yield from _login_bars()
    yield from _way_bars()
    audited = lynis_cpu()
    if audited is None:
        print("no figure: lynis is not to be had here")
    else:
        yield "lynis-cpu-ratio", audited / cpu, 50, ">="


def _login_bars() -> Iterator[Bar]:
    """Our CPU for one host, against a bare login with the key in hand."""
    with tempfile.TemporaryDirectory() as folder, ssh_server(Path(folder)) as server:
        key = asyncssh.read_private_key(server.key)
        bare = _bare_cpu(server, key)
        yield "bare-login-cpu-milliseconds", bare * 1000, 25, "<="
        yield "login-cpu-ratio", _login_cpu(server, key, pins=0) / bare, 2.0, "<="
        yield "login-with-10000-pins-ratio", _login_cpu(server, key, pins=_PINS) / bare, 2.0, "<="
        rsa = _rsa_key(server)
        yield "login-with-rsa-key-ratio", _login_cpu(server, rsa, pins=0) / _bare_cpu(server, rsa), 2.0, "<="


def _way_bars() -> Iterator[Bar]:
    """All facts of a host over a way of 40 ms, against ansible's setup and package_facts over the same."""
    reason, program = why_not(), ansible()
    if reason or program is None:
        print(f"no figure: {reason or 'ansible is not to be had here'}")
        return
    with tempfile.TemporaryDirectory() as name, wan(delay=_RTT) as way, ExitStack() as stack:
        folder = Path(name)
        server = inside(way.far, lambda: stack.enter_context(ssh_server(folder / "sshd", address=THERE)))
        words = [sys.executable, "-m", "tests.benchmarks.hosts", "look", str(server.port), server.login]
        words += [str(server.key), str(server.known_hosts)]
        spaced = ["ip", "netns", "exec", way.near, *words]
        looks = [subprocess.run(spaced, check=True, capture_output=True, timeout=120) for _ in range(3)]
        ours = min(float(said.stdout) for said in looks)
        theirs = min(ansible_seconds(program, way, server, folder) for _ in range(2))
    print(f"all facts over 40 ms: {ours:.2f} s; ansible {theirs:.2f} s")
    yield "ansible-wall-ratio", theirs / ours, 5, ">="


def look(port: str, login: str, key: str, known_hosts: str) -> int:
    """Print how many seconds all facts of the host at the far end take."""
    access = default_access(Trust(pins=known_hosts_pins(Path(known_hosts))), key_files=(Path(key),))
    began = time.perf_counter()
    cut = collect(SshShell(THERE, login, access=access, port=int(port)), 60)
    config_facts(cut)
    package_facts(cut, date(2026, 1, 1))
    print(time.perf_counter() - began)
    return 0


def _collector() -> tuple[float, float, Said]:
    """Wall and CPU seconds of the quickest of three runs, and what was said."""
    runs = []
    for _ in range(3):
        began, used = time.perf_counter(), children_cpu()
        said = LocalShell().run(script("m"), timeout=60)
        runs.append((time.perf_counter() - began, children_cpu() - used, said))
    return min(runs, key=lambda run: run[0])


def _parse_seconds(said: Said) -> float:
    def work() -> None:
        cut = sections(said, "m")
        config_facts(cut)
        package_facts(cut, date(2026, 1, 1))

    return _cpu(work)


def _search_rate() -> float:
    """Megabytes a second that the search reads of a log as programs write them."""
    line = "2026-11-23T04:26:09.{0:06d} kiosk-7 pay[{0}]: request {0:016x} took 12.{0:03d} ms bytes={0} ok\n"
    text = "".join(line.format(number) for number in range(10_000))
    with tempfile.TemporaryDirectory() as folder:
        with Path(folder, "app.log").open("w") as log:
            log.writelines(text for _ in range(_LOG_MEGABYTES * 1_000_000 // len(text)))
        probe = new_probe()
        searching = search_script(Plan(roots=(folder,)), Cursor(), probe, marker="m", seconds=100)
        began = time.perf_counter()
        said = LocalShell().run(searching, timeout=120)
        took = time.perf_counter() - began
    answer = parse(said, "m", probe, datetime.now(UTC))
    assert answer.proved
    assert answer.cut is None
    return answer.bytes / took / 1e6


def _rsa_key(server: SshServer) -> asyncssh.SSHKey:
    """A new RSA key that the server lets in."""
    key = asyncssh.generate_private_key("ssh-rsa", key_size=3072)
    with server.key.with_name("authorized_keys").open("ab") as allowed:
        allowed.write(key.export_public_key("openssh"))
    return key


def _bare_cpu(server: SshServer, key: asyncssh.SSHKey) -> float:
    """CPU seconds of one login with one exec by asyncssh as it comes, with key and pin as objects."""
    pin = asyncssh.read_public_key(server.host_key.with_suffix(".pub"))

    async def log_in(times: int) -> None:
        for _ in range(times):
            async with asyncssh.connect(
                "127.0.0.1",
                server.port,
                config=None,
                username=server.login,
                client_keys=[key],
                agent_path=None,
                known_hosts=lambda *_: ([pin], [], []),
            ) as connection:
                await connection.run("true")

    asyncio.run(log_in(1))
    return _cpu(lambda: asyncio.run(log_in(_LOGINS))) / _LOGINS


def _login_cpu(server: SshServer, key: asyncssh.SSHKey, *, pins: int) -> float:
    """Our CPU seconds for one login with one exec, with so many other hosts pinned."""
    path = server.known_hosts.with_name(f"pins-{pins}")
    line = server.known_hosts.read_text().split(" ", 1)[1]
    path.write_text(server.known_hosts.read_text() + "".join(f"host-{i}.example {line}" for i in range(pins)))
    access = Access(trust=Trust(pins=known_hosts_pins(path)), keys=(key,), sudo=False)
    shell = SshShell("127.0.0.1", server.login, access=access, port=server.port)
    shell.run(b"true\n", timeout=10)

    def log_in() -> None:
        for _ in range(_LOGINS):
            shell.run(b"true\n", timeout=10)

    return _cpu(log_in) / _LOGINS


def _cpu(work: Callable[[], None]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


if __name__ == "__main__":
    sys.exit(look(*sys.argv[2:]) if sys.argv[1:2] == ["look"] else main())
