"""A slow and lossy network between two namespaces: needs root and a compiler."""

import contextlib
import ctypes
import os
import selectors
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Self, TypeVar

T = TypeVar("T")

HERE = "198.18.0.1"
THERE = "198.18.0.2"
"""Addresses for measurements (RFC 2544), inside the namespaces only."""
THERE_6 = "fd00:18::2"
_NEW_NET = 0x40000000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wan:
    """The two namespaces, by name."""

    near: str
    far: str

    def run(self, work: Callable[[], T]) -> T:
        """What `work` gives, done where the scanner stands; threads that it starts stand there too."""
        return inside(self.near, work)

    def there(self, work: Callable[[], T]) -> T:
        """What `work` gives, done on the far side; programs and threads that it starts stand there too."""
        return inside(self.far, work)

    def listen(
        self, *ports: int, address: str = "0.0.0.0", speech: bytes = b"", keeps: bool = False
    ) -> "Servers":
        """Servers on the far side that say `speech` and close, or keep the line; a context."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        make = lambda port: socket.create_server((address, port), family=family, backlog=512)  # noqa: E731
        return Servers(inside(self.far, lambda: [make(port) for port in ports]), speech, keeps=keeps)

    def ip(self, side: str, *words: str) -> None:
        """Set something up on one side."""
        _command("ip", "-n", side, *words)

    def forward(self) -> None:
        """Let the far side be a router."""
        switch = Path("/proc/sys/net/ipv4/ip_forward")
        inside(self.far, lambda: switch.write_text("1"))


class Servers:
    """Listening sockets with one thread that accepts on all of them."""

    def __init__(self, sockets: list[socket.socket], speech: bytes, *, keeps: bool) -> None:
        self._sockets, self._speech, self._keeps = sockets, speech, keeps
        self._kept: list[socket.socket] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        for server in (*self._sockets, *self._kept):
            server.close()

    def _serve(self) -> None:
        with selectors.DefaultSelector() as selector:
            for server in self._sockets:
                server.settimeout(0)
                selector.register(server, selectors.EVENT_READ)
            while not self._stop.is_set():
                for key, _ in selector.select(0.05):
                    with contextlib.suppress(OSError):
                        connection, _ = key.fileobj.accept()
                        if self._keeps:
                            self._kept.append(connection)
                            continue
                        with connection:
                            connection.sendall(self._speech)


@cache
def why_not() -> str:
    """Why there can be no such network here; empty if there can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    for program in ("ip", "cc"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    if not Path("/dev/net/tun").exists():
        return "there is no /dev/net/tun"
    tried = f"try{os.getpid()}"
    done = subprocess.run(["ip", "netns", "add", tried], capture_output=True, check=False, timeout=10)
    if done.returncode:
        return "network namespaces are not permitted here"
    _command("ip", "netns", "delete", tried)
    return ""


@contextlib.contextmanager
def wan(*, delay: float = 0.0, loss: float = 0.0, is_silent: bool = False, seed: int = 1) -> Iterator[Wan]:
    """Two namespaces; each way takes half of `delay` seconds and loses a share of the packets.

    `is_silent`: the far side's refusals are dropped, as by a firewall.
    """
    made = Wan(near=f"near{os.getpid()}", far=f"far{os.getpid()}")
    words = [str(int(delay / 2 * 1e6)), str(int(loss * 1000)), str(int(is_silent)), str(seed)]
    with contextlib.ExitStack() as stack:
        for name in (made.near, made.far):
            _command("ip", "netns", "add", name)
            stack.callback(_command, "ip", "netns", "delete", name)
        relay = stack.enter_context(
            subprocess.Popen(
                [str(_built()), made.near, made.far, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        )
        stack.callback(relay.kill)
        assert relay.stdout is not None
        assert relay.stdout.readline() == b"ready\n"
        for side, four, six in ((made.near, HERE, "fd00:18::1"), (made.far, THERE, THERE_6)):
            made.ip(side, "addr", "add", f"{four}/15", "dev", "wan")
            made.ip(side, "addr", "add", f"{six}/64", "dev", "wan", "nodad")
            made.ip(side, "link", "set", "wan", "up", "txqueuelen", "20000")
            made.ip(side, "link", "set", "lo", "up")
        yield made


@cache
def _built() -> Path:
    """The relay, compiled once a run."""
    program = Path(mkdtemp(prefix="wan")) / "wan"
    _command("cc", "-O2", "-o", str(program), str(Path(__file__).with_name("wan.c")))
    return program


def _command(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True, timeout=60)


def inside(name: str, work: Callable[[], T]) -> T:
    """What `work` gives in a thread of that namespace."""

    def enter() -> T:
        libc = ctypes.CDLL(None, use_errno=True)
        with Path("/var/run/netns", name).open("rb") as space:
            if libc.setns(space.fileno(), _NEW_NET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
        return work()

    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(enter).result()
