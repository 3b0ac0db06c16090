"""Hold nmap: our own options go in, literal addresses by its standard input; typed sightings stream out.

nmap gets no environment of ours, no name to look up, no longer than its deadline. Its XML is read while it
comes, one host at a time, so that any number of hosts takes the memory of one. nmap (NPSL) is used as it is.
"""

import ipaddress
import os
import selectors
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO
from xml.parsers import expat

from scanners import Garbled, TimedOut, ToolMissing, Unreachable

ALWAYS = ("-sT", "-n", "-Pn", "--unprivileged", "--max-retries", "2", "-oX", "-", "-iL", "-")
"""Connect scan, no names asked, no ping, addresses from standard input: these stand in every call."""
IDENTIFY = ("-T4", "-sV", "--version-intensity", "2")
_LONGEST = 64 * 1024 * 1024
_LONGEST_WORD = 1000
_CHUNK = 65536
_GRACE = 5.0

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One port as nmap tells it; what it says of the service came from the host and is not to be trusted."""

    port: int
    protocol: str
    state: str
    reason: str
    name: str = ""
    product: str = ""
    version: str = ""
    extra: str = ""
    probed: bool = False
    """The service answered a probe; otherwise its name is guessed from the port's number."""
    tls: bool = False


@dataclass(slots=True, kw_only=True)
class Sighted:
    """One host as nmap tells it."""

    address: str = ""
    timed_out: bool = False
    """nmap gave the host up; it says nothing of its ports then."""
    ports: list[Sighting] = field(default_factory=list)


def identify(address: str, port: int, seconds: float) -> Sighting | None:
    """What nmap names on one TCP port; None if it knows nothing.

    Raises `ToolMissing`, `Unreachable`, `TimedOut` or `Garbled`.
    """
    options = (*IDENTIFY, "-p", str(port))
    for host in run((ipaddress.ip_address(address),), options, seconds):
        if host.timed_out:
            raise TimedOut("the host did not answer all of nmap's questions in time")
        for seen in host.ports:
            if seen.port == port and seen.probed and seen.name not in {"", "tcpwrapped", "ssl"}:
                return seen
        return None
    return None


def run(addresses: Iterable[Address], options: tuple[str, ...], seconds: float) -> Iterator[Sighted]:
    """What nmap sees of each address, as it comes; `options` are ours. Raises as `identify` does.

    All addresses must be of one family.
    """
    asked = tuple(addresses)
    family = ("-6",) if asked[0].version == 6 else ()  # noqa: PLR2004 (the Internet Protocol's own number)
    bound = ("--host-timeout", f"{max(1, int(seconds * 1000))}ms")
    line = (_program(), *ALWAYS, *family, *bound, *options)
    with tempfile.TemporaryFile() as complaints:
        count = 0
        try:
            for host in hosts(_written(line, asked, time.monotonic() + seconds + _GRACE, complaints)):
                count += 1
                yield host
        except Garbled as error:
            raise Garbled(f"{error}: {_said(complaints)}") from error
        if not count:
            raise Unreachable(f"nmap could not look: {_said(complaints) or 'it names no host'}")


def hosts(chunks: Iterable[bytes]) -> Iterator[Sighted]:
    """The hosts in nmap's XML, each as soon as it ends; raises `Garbled` for what is none."""
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.begin
    parser.EndElementHandler = reader.end
    parser.EntityDeclHandler = reader.refuse
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)  # noqa: FBT003 (expat takes it by position)
            yield from reader.taken()
        parser.Parse(b"", True)  # noqa: FBT003 (the same)
    except expat.ExpatError as error:
        raise Garbled(f"what nmap wrote is no XML ({error})") from error
    except (KeyError, ValueError) as error:
        raise Garbled(f"what nmap wrote could not be read ({type(error).__name__})") from error
    yield from reader.taken()


class _Reader:
    """Collects one host from expat's events."""

    def __init__(self) -> None:
        self._host: Sighted | None = None
        self._port: dict[str, str] = {}
        self._done: list[Sighted] = []

    def taken(self) -> list[Sighted]:
        """The hosts that ended since this was last called."""
        done, self._done = self._done, []
        return done

    def begin(self, tag: str, values: dict[str, str]) -> None:
        """An element begins."""
        if tag == "host":
            self._host = Sighted(timed_out=values.get("timedout") == "true")
        elif self._host is None:
            return
        elif tag == "address" and not self._host.address:
            self._host.address = values["addr"]
        elif tag == "port":
            self._port = {"portid": values["portid"], "protocol": values["protocol"]}
        elif tag in {"state", "service"} and self._port:
            self._port |= {f"{tag}.{key}": value[:_LONGEST_WORD] for key, value in values.items()}

    def end(self, tag: str) -> None:
        """An element ends."""
        if self._host is None:
            return
        if tag == "port":
            self._host.ports.append(_sighting(self._port))
            self._port = {}
        elif tag == "host":
            self._done.append(self._host)
            self._host = None

    def refuse(self, *_: object) -> None:
        """Refuse entities: whatever declares any is not nmap."""
        raise ValueError("an entity is declared")


def _sighting(said: dict[str, str]) -> Sighting:
    probed = said.get("service.method") == "probed"
    name = said.get("service.name", "")
    return Sighting(
        port=int(said["portid"]),
        protocol=said["protocol"],
        state=said["state.state"],
        reason=said["state.reason"],
        name=name,
        product=said.get("service.product", ""),
        version=said.get("service.version", ""),
        extra=said.get("service.extrainfo", ""),
        probed=probed,
        tls=probed and (said.get("service.tunnel") == "ssl" or name == "ssl"),
    )


def _program() -> str:
    path = shutil.which("nmap")
    if path is None:
        raise ToolMissing("nmap is not installed here; on Debian: apt-get install nmap")
    return path


def _written(
    line: tuple[str, ...], addresses: tuple[Address, ...], until: float, complaints: IO[bytes]
) -> Iterator[bytes]:
    """What the program writes, piece by piece; it is dead when this ends, raises or is closed."""
    surroundings = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
    with tempfile.TemporaryFile() as wanted:
        wanted.write("".join(f"{address}\n" for address in addresses).encode("ascii"))
        wanted.seek(0)
        with subprocess.Popen(
            line, stdin=wanted, stdout=subprocess.PIPE, stderr=complaints, env=surroundings
        ) as program:
            try:
                yield from _chunks(program, until)
            finally:
                program.kill()


def _chunks(program: subprocess.Popen[bytes], until: float) -> Iterator[bytes]:
    stdout = program.stdout
    assert stdout is not None  # noqa: S101 (a pipe was asked for; this tells the type checker)
    total = 0
    with selectors.DefaultSelector() as selector:
        selector.register(stdout, selectors.EVENT_READ)
        while selector.select(max(0.0, until - time.monotonic())):
            chunk = os.read(stdout.fileno(), _CHUNK)
            if not chunk:
                return
            total += len(chunk)
            if total > _LONGEST:
                raise Garbled("nmap wrote more than 64 MiB")
            yield chunk
    raise TimedOut("nmap did not come to an end in time")


def _said(complaints: IO[bytes]) -> str:
    """What the program complained of, in one short line."""
    complaints.seek(0)
    text = complaints.read(2000).decode("utf-8", "replace")
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:200]
