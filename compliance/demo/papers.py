"""What the operator has written: settings, inventory, waivers, authorised scripts, advisories."""

import base64
import datetime as dt
import getpass
import hashlib
import platform
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

_DAY = re.compile(r"\b(?P<way>AGO|IN)-(?P<days>[0-9]+)\b")
_INLINE = re.compile(r"<script>(?P<text>.*?)</script>", re.DOTALL)
OFFICE = "127.77.9.21"
"""The address of the host that is logged in to."""
_ECOSYSTEMS: Mapping[str, str] = {"debian": "Debian:{}", "ubuntu": "Ubuntu:{}:LTS"}
"""What OSV calls the releases of a system, by the name in its os-release."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """The operator's files."""

    settings: Path
    inventory: Path
    advisories: Path


def written(folder: Path, *, root: Path, web: str) -> Papers:
    """All of it, in the folder; `root` is the authority's file, `web` the booking site's address."""
    page = f"https://{web}:8443/pay.html"
    authorised = folder / "payment-pages.toml"
    authorised.write_text(_authorised(page), encoding="utf-8")
    waivers = folder / "waivers"
    waivers.mkdir(exist_ok=True)
    (waivers / "demo.yaml").write_text(_filled("waivers.yaml", folder), encoding="utf-8")
    settings = folder / "compliance.toml"
    settings.write_text(_settings(folder, root, page), encoding="utf-8")
    inventory, advisories = folder / "inventory.yaml", folder / "DEMO-2026-0001.json"
    _, _, declared = _filled("inventory.yaml", folder).partition("\n\n")
    inventory.write_text(declared, encoding="utf-8")
    advisories.write_text(_filled("advisory.json", folder), encoding="utf-8")
    return Papers(settings=settings, inventory=inventory, advisories=advisories)


def _settings(folder: Path, root: Path, page: str) -> str:
    """Settings that know the estate's authority, its keys and pins, where to search, and its payment page."""
    office = folder / "office-1"
    return (
        'organisation = "Example Parking (demo)"\n'
        f'database = "sqlite:///{folder}/compliance.db"\n'
        f'waiver_folders = ["{folder}/waivers"]\n\n'
        f'[ssh]\nport = 2222\nkeys = ["{office}/login_key"]\nknown_hosts = "{_pins(folder)}"\n\n'
        f'[tls]\nown_roots = "{root}"\n\n'
        f'[discovery]\nroots = ["{office}/data"]\nseconds = 30\n\n'
        f'[http]\npayment_pages = ["{page}"]\nauthorised = "{folder}/payment-pages.toml"\n'
    )


def _pins(folder: Path) -> Path:
    """A file with the host key of the one host that is logged in to."""
    pins, public = folder / "known_hosts", folder / "office-1" / "host_key.pub"
    key = " ".join(public.read_text("ascii").split()[:2]) if public.exists() else ""
    pins.write_text(f"[{OFFICE}]:2222 {key}\n" if key else "", encoding="ascii")
    return pins


def _authorised(page: str) -> str:
    """What may run on the payment page: the script inside it, and not the one that it loads."""
    found = _INLINE.search(files("compliance.demo").joinpath("pages", "pay.html").read_text("utf-8"))
    digest = hashlib.sha256(found["text"].encode() if found else b"").digest()
    return (
        'format = "payment-pages/v1"\n\n[[scripts]]\n'
        f'page = "{page}"\nscript = "inline"\nsha256 = "sha256-{base64.b64encode(digest).decode()}"\n'
        f'reason = "names the shop"\nby = "web team"\nat = "{_today().isoformat()}"\n'
    )


def _filled(name: str, folder: Path) -> str:
    """A shipped file with the login, the folders, the days and the system of this very estate."""
    text = files("compliance.demo").joinpath(name).read_text("utf-8")
    words = {
        "LOGIN": getpass.getuser(),
        "FOLDER": str(folder),
        "TODAY": _today().isoformat(),
        '"ECOSYSTEM", "name"': f'"{_ecosystem()}", "name"',
    }
    for word, meant in words.items():
        text = text.replace(word, meant)
    return _DAY.sub(_day, text)


def _ecosystem() -> str:
    """What OSV calls this system's release; Debian's where it is none that we know."""
    try:
        told = platform.freedesktop_os_release()
    except OSError:
        told = {}
    return _ECOSYSTEMS.get(told.get("ID", ""), "Debian:{}").format(told.get("VERSION_ID", "12"))


def _day(found: re.Match[str]) -> str:
    """The day that AGO-n or IN-n stands for."""
    days = int(found["days"]) * (-1 if found["way"] == "AGO" else 1)
    return (_today() + dt.timedelta(days=days)).isoformat()


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()
