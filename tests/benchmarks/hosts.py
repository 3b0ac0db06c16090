"""How much a look at a host from inside costs: run as `python -m tests.benchmarks.hosts`."""

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import asyncssh

from scanners.config import config_facts
from scanners.kit.collector import script, sections
from scanners.kit.hostkeys import Trust, known_hosts_pins
from scanners.kit.shell import LocalShell, Said
from scanners.kit.ssh import Access, SshShell
from scanners.packages import package_facts
from tests.servers.ssh import SshServer, ssh_server

_LOGINS = 20
_PINS = 10_000


def main() -> int:
    """Print a line for each bar; 1 if one falls short."""
    wall, cpu, said = _collector()
    with tempfile.TemporaryDirectory() as folder, ssh_server(Path(folder)) as server:
        key = asyncssh.read_private_key(server.key)
        plain = _login_cpu(server, key, pins=0)
        rsa = _login_cpu(server, _rsa_key(server), pins=0)
        many = _login_cpu(server, key, pins=_PINS)
    bars = (
        ("collector-wall-seconds", wall, 3.0),
        ("collector-cpu-seconds", cpu, 1.5),
        ("collector-output-kilobytes", len(said.stdout) / 1000, 1000),
        ("parse-milliseconds", _parse_seconds(said) * 1000, 100),
        ("login-cpu-milliseconds", plain * 1000, 25),
        ("login-with-rsa-key-object-ratio", rsa / plain, 2.0),
        ("login-with-10000-pins-ratio", many / plain, 2.0),
    )
    for name, value, most in bars:
        print(f"bar {name}: {value:.2f} (want <= {most:g}) {'ok' if value <= most else 'short'}")
    return int(any(value > most for _, value, most in bars))


def _collector() -> tuple[float, float, Said]:
    """Wall and CPU seconds of the quickest of three runs, and what was said."""
    runs = []
    for _ in range(3):
        began, used = time.perf_counter(), _children_cpu()
        said = LocalShell().run(script("m"), timeout=60)
        runs.append((time.perf_counter() - began, _children_cpu() - used, said))
    return min(runs, key=lambda run: run[0])


def _parse_seconds(said: Said) -> float:
    def parse() -> None:
        cut = sections(said, "m")
        config_facts(cut)
        package_facts(cut, date(2026, 1, 1))

    return _cpu(parse)


def _rsa_key(server: SshServer) -> asyncssh.SSHKey:
    """A new RSA key that the server lets in."""
    key = asyncssh.generate_private_key("ssh-rsa", key_size=3072)
    with server.key.with_name("authorized_keys").open("ab") as allowed:
        allowed.write(key.export_public_key("openssh"))
    return key


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


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
