"""Hold nmap: our own options and one literal address go in, typed sightings come out, nothing waits for ever.

python-nmap reads what nmap wrote. It does not start it: it splits its host text into options, inherits the
whole environment and collects without a bound. nmap (NPSL) and python-nmap (GPL-3) are used as they are.
"""

import ipaddress
import os
import re
import selectors
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO
from xml.etree import ElementTree as ET

import nmap

from scanners import Garbled, TimedOut, ToolMissing, Unreachable

ALWAYS = ("-sT", "-n", "-Pn", "--unprivileged", "--max-retries", "2", "--stats-every", "1s", "-oX", "-")
"""Connect scan, no names asked, no ping: these stand in every call."""
_LONGEST = 64 * 1024 * 1024
_CHUNK = 65536
_GRACE = 5.0
_PERCENT = re.compile(rb'<taskprogress task="Connect Scan"[^>]* percent="([0-9.]{1,6})"')
_STRANGE = (AttributeError, KeyError, TypeError, ValueError, nmap.PortScannerError)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One port as nmap tells it; what it says of the service came from the host and is not to be trusted."""

    port: int
    state: str
    reason: str
    name: str
    product: str
    version: str
    extra: str
    probed: bool
    """The service answered a probe; otherwise its name is guessed from the port's number."""
    tls: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Others:
    """Ports of one state that nmap tells together, because they are many."""

    state: str
    count: int
    ports: str
    """Which they are, as ranges."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What one run of nmap says of its one host."""

    asked: str
    """The ports asked for, as ranges."""
    ports: tuple[Sighting, ...]
    others: tuple[Others, ...]
    reasons: frozenset[str]
    """Why ports were given their state, over all of them."""


def run(address: Address, options: tuple[str, ...], seconds: float, told: Callable[[float], None]) -> Account:
    """What nmap saw of one address; raises `ToolMissing`, `Unreachable`, `TimedOut` or `Garbled`.

    `options` are ours, never typed; `told` hears the share of the connect scan that is done.
    """
    family = ("-6",) if address.version == 6 else ()  # noqa: PLR2004 (the Internet Protocol's own number)
    bound = ("--host-timeout", f"{max(1, int(seconds * 1000))}ms")
    line = (_program(), *ALWAYS, *family, *bound, *options, "--", str(address))
    with tempfile.TemporaryFile() as complaints:
        written = _output(line, seconds + _GRACE, complaints, told)
        complaints.seek(0)
        said = complaints.read(2000).decode("utf-8", "replace").strip()
    return _account(written, said)


def _program() -> str:
    path = shutil.which("nmap")
    if path is None:
        raise ToolMissing("nmap is not installed here; on Debian: apt-get install nmap")
    return path


def _output(
    line: tuple[str, ...], seconds: float, complaints: IO[bytes], told: Callable[[float], None]
) -> bytes:
    """Everything the program wrote, or `TimedOut`; it is dead when this returns or raises."""
    surroundings = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
    with subprocess.Popen(
        line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaints, env=surroundings
    ) as program:
        try:
            written = bytearray()
            for chunk in _chunks(program, time.monotonic() + seconds):
                written += chunk
                if len(written) > _LONGEST:
                    raise Garbled("nmap wrote more than 64 MiB about one host")
                for percent in _PERCENT.findall(chunk):
                    told(min(float(percent) / 100, 1.0))
            return bytes(written)
        finally:
            program.kill()


def _chunks(program: subprocess.Popen[bytes], until: float) -> Iterator[bytes]:
    stdout = program.stdout
    assert stdout is not None  # noqa: S101 (a pipe was asked for; this tells the type checker)
    with selectors.DefaultSelector() as selector:
        selector.register(stdout, selectors.EVENT_READ)
        while selector.select(max(0.0, until - time.monotonic())):
            chunk = os.read(stdout.fileno(), _CHUNK)
            if not chunk:
                return
            yield chunk
    raise TimedOut("nmap did not come to an end in time")


def _account(written: bytes, said: str) -> Account:
    try:
        text = written.decode("utf-8")
        tree = ET.fromstring(text)  # noqa: S314 (our own nmap wrote it; expat refuses entity bombs)
        read = nmap.PortScanner((_program(),)).analyse_nmap_xml_scan(text)
        host = tree.find("host")
        if host is None:
            raise Unreachable(f"nmap could not look: {_one_line(said) or 'it names no host'}")
        if host.get("timedout") == "true":
            raise TimedOut("the host did not answer all of nmap's questions in time")
        seen = next(iter(read["scan"].values())).get("tcp", {})
        return Account(
            asked=read["nmap"]["scaninfo"]["tcp"]["services"],
            ports=tuple(_sighting(number, seen[number], host) for number in sorted(seen)),
            others=tuple(_others(element) for element in host.iter("extraports")),
            reasons=frozenset(
                str(e.get("reason")) for tag in ("state", "extrareasons") for e in host.iter(tag)
            ),
        )
    except _STRANGE as error:
        raise Garbled(
            f"what nmap wrote could not be read: {_one_line(said) or type(error).__name__}"
        ) from error
    except ET.ParseError as error:
        raise Garbled(f"what nmap wrote is no XML: {_one_line(said) or error}") from error


def _sighting(number: int, seen: dict[str, str], host: ET.Element) -> Sighting:
    """python-nmap's words for a port, and whether TLS was spoken, which it leaves out."""
    service = host.find(f"ports/port[@portid='{number}']/service")
    probed = service is not None and service.get("method") == "probed"
    tunnel = service is not None and service.get("tunnel") == "ssl"
    return Sighting(
        port=number,
        state=seen["state"],
        reason=seen["reason"],
        name=seen["name"] or "",
        product=seen["product"],
        version=seen["version"],
        extra=seen["extrainfo"],
        probed=probed,
        tls=probed and (tunnel or seen["name"] == "ssl"),
    )


def _others(element: ET.Element) -> Others:
    lists = [reason.get("ports", "") for reason in element.iter("extrareasons")]
    if not all(lists):
        raise Garbled("this nmap does not list the ports it counts; version 7.90 or newer is needed")
    return Others(state=element.get("state", ""), count=int(element.get("count", "")), ports=",".join(lists))


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:200]
