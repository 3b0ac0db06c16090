"""The other scanners of TLS, found or installed: each runs as a program of its own, none is imported.

sslscan, nmap and testssl.sh are packages of the system; sslyze (AGPL) gets a throw-away environment in the
user's cache folder.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

_PACKAGES = {"sslscan": "sslscan", "nmap": "nmap", "testssl": "testssl.sh"}
_NMAP_SCRIPTS = "ssl-enum-ciphers,ssl-cert,ssl-dh-params"
_INSTALL_SECONDS = 600


def peers() -> dict[str, str]:
    """The path of each peer that is there, or that could be installed."""
    sslyze = _sslyze()
    found = {"sslyze": str(sslyze)} if sslyze.exists() else {}
    return found | {name: path for name in _PACKAGES if (path := _packaged(name))}


def command(name: str, path: str, host: str, ports: tuple[int, ...]) -> list[str]:
    """How a peer is told to look at these ports of a host."""
    places = [f"{host}:{port}" for port in ports]
    match name:
        case "nmap":
            listed = ",".join(map(str, ports))
            return [path, "-Pn", "-n", "--script", _NMAP_SCRIPTS, "-p", listed, "--", host]
        case "testssl":
            return [path, "--warnings", "batch", "--color", "0", places[0]]
        case _:
            return [path, *places]


def _packaged(name: str) -> str:
    """A program of the system, installed if this may; empty if it is not to be had."""
    if not shutil.which(name) and os.geteuid() == 0 and shutil.which("apt-get"):
        _run("apt-get", "install", "--yes", "--quiet", _PACKAGES[name])
    return shutil.which(name) or ""


def _sslyze() -> Path:
    """sslyze in an environment of its own."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    home = cache / "compliance-benchmarks" / "sslyze"
    if not (home / "bin" / "sslyze").exists():
        _run(sys.executable, "-m", "venv", str(home))
        _run(str(home / "bin" / "pip"), "install", "--quiet", "--quiet", "sslyze")
    return home / "bin" / "sslyze"


def _run(*words: str) -> None:
    """Run an installer; where it fails the peer is not there, and its bar is told as such."""
    subprocess.run(words, check=False, stdout=subprocess.DEVNULL, timeout=_INSTALL_SECONDS)
