"""Network zones in namespaces, with a router that filters between them: needs root and iptables-legacy."""

import contextlib
import os
import selectors
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.servers.ssh import make_key, sshd_path
from tests.servers.wan import inside

_PATIENCE = 10.0
ZONES = {"desk": "198.18.1", "kiosks": "198.18.2", "cde": "198.18.3", "guest": "198.18.4"}
"""Zones and the first bytes of their networks (RFC 2544); .1 is the router, .2 the host."""


def address(zone: str) -> str:
    """Where the host of a zone stands."""
    return f"{ZONES[zone]}.2"


@cache
def why_not() -> str:
    """Why there can be no zones here; empty if there can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    for program in ("ip", "iptables-legacy"):
        if shutil.which(program, path=_path()) is None:
            return f"{program} is not installed"
    tried = f"try{os.getpid()}"
    if subprocess.run(["ip", "netns", "add", tried], capture_output=True, check=False, timeout=10).returncode:
        return "network namespaces are not permitted here"
    words = ["ip", "netns", "exec", tried, "iptables-legacy", "-A", "FORWARD", "-j", "REJECT"]
    done = subprocess.run(words, capture_output=True, check=False, timeout=10, env=_environment())
    _command("ip", "netns", "delete", tried)
    return "" if done.returncode == 0 else "this kernel has no legacy iptables"


@dataclass(frozen=True, slots=True, kw_only=True)
class Zones:
    """A router and one host in each zone."""

    tag: str
    folder: Path
    key: Path

    def space(self, zone: str) -> str:
        """The namespace of a zone's host, or of the router."""
        return f"{zone}{self.tag}"

    def rule(self, *words: str) -> None:
        """Add a rule to the router's FORWARD chain."""
        self.run("router", "iptables-legacy", "-A", "FORWARD", *words)

    def run(self, zone: str, *words: str) -> None:
        """Run a program in a zone, which must succeed."""
        _command("ip", "netns", "exec", self.space(zone), *words)

    def compliance(self, zone: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Run our own command line in a zone."""
        command = ["ip", "netns", "exec", self.space(zone), sys.executable, "-m", "compliance", *words]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=100, env=_environment()
        )

    @contextlib.contextmanager
    def listen(self, zone: str, *ports: int) -> Iterator[None]:
        """Listening sockets in a zone that accept and close."""
        sockets = inside(
            self.space(zone), lambda: [socket.create_server(("0.0.0.0", port)) for port in ports]
        )
        stop = threading.Event()
        thread = threading.Thread(target=_serve, args=(sockets, stop))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
            for each in sockets:
                each.close()

    @contextlib.contextmanager
    def sshd(self, zone: str, settings: str = "") -> Iterator[str]:
        """A sshd in a zone, at port 22; gives its line for known_hosts."""
        folder = self.folder / zone
        folder.mkdir()
        host_key = make_key(folder / "host_key")
        (folder / "authorized_keys").write_text(self.key.with_suffix(".pub").read_text())
        (folder / "sshd_config").write_text(
            f"Port 22\nHostKey {host_key}\nAuthorizedKeysFile {folder}/authorized_keys\nPidFile none\n"
            "StrictModes no\nUsePAM no\nPermitRootLogin prohibit-password\nPasswordAuthentication no\n"
            f"UseDNS no\n{settings}"
        )
        command = ["ip", "netns", "exec", self.space(zone), sshd_path(), "-D", "-e", "-f"]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [*command, str(folder / "sshd_config")], stdin=subprocess.DEVNULL, stderr=log
            )
        try:
            _wait_for("Server listening", folder / "log", process)
            public = " ".join((folder / "host_key.pub").read_text().split()[:2])
            yield f"{address(zone)} {public}\n"
        finally:
            process.terminate()
            process.wait(10)


@contextlib.contextmanager
def zones(folder: Path) -> Iterator[Zones]:
    """The router, which forwards all until it is told otherwise, and the zones."""
    made = Zones(tag=str(os.getpid()), folder=folder, key=make_key(folder / "user_key"))
    with contextlib.ExitStack() as stack:
        for name in ("router", *ZONES):
            _command("ip", "netns", "add", made.space(name))
            stack.callback(_command, "ip", "netns", "delete", made.space(name))
            made.run(name, "ip", "link", "set", "lo", "up")
        for number, (zone, net) in enumerate(ZONES.items()):
            leg = f"leg{number}"
            words = ["type", "veth", "peer", "name", "up0", "netns", made.space(zone)]
            _command("ip", "-n", made.space("router"), "link", "add", leg, *words)
            for space, device, last in (("router", leg, 1), (zone, "up0", 2)):
                _command("ip", "-n", made.space(space), "addr", "add", f"{net}.{last}/24", "dev", device)
                _command("ip", "-n", made.space(space), "link", "set", device, "up")
            _command("ip", "-n", made.space(zone), "route", "add", "default", "via", f"{net}.1")
        switch = Path("/proc/sys/net/ipv4/ip_forward")
        inside(made.space("router"), lambda: switch.write_text("1"))
        yield made


def _serve(sockets: Sequence[socket.socket], stop: threading.Event) -> None:
    with selectors.DefaultSelector() as selector:
        for server in sockets:
            server.settimeout(0)
            selector.register(server, selectors.EVENT_READ)
        while not stop.is_set():
            for key, _ in selector.select(0.05):
                with contextlib.suppress(OSError):
                    key.fileobj.accept()[0].close()


def _wait_for(words: str, log: Path, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and process.poll() is None:
        if words in log.read_text(errors="replace"):
            return
        time.sleep(0.02)
    raise RuntimeError(log.read_text(errors="replace"))


def _path() -> str:
    return f"{os.environ['PATH']}:/usr/sbin:/sbin"


def _environment() -> dict[str, str]:
    return {**os.environ, "PATH": _path()}


def _command(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True, timeout=60, env=_environment())
